//! Contract section 10.6.

use crate::testing::check;

const SHOP: &str = "
    source north name=North country=US postcode=1 lat=40749300 lng=-73640700
    source south name=South country=US postcode=1 lat=38018180 lng=-121319930
    source none name=None country=US postcode=1
    source off name=Off country=US postcode=1 enabled=no
    stock name=West channels=base => stock 2
    link 2 none 4 2 south 1 2 north 2 2 off 3
    count A@south=2 B@south=0 A@north=5 A@none=3 A@off=9
";

fn check_selection(script: &str) {
    check(&format!("{SHOP}\n{script}"));
}

#[test]
fn takes_from_each_source_by_priority_what_is_still_needed() {
    check_selection(
        "select 2 A*4 => all: south A 2 of 2, north A 2 of 5, none A 0 of 3
         select 2 A*99 => not all: south A 2 of 2, north A 5 of 5, none A 3 of 3
         select 2 A*0 => all: south A 0 of 2, north A 0 of 5, none A 0 of 3
         select 2 X*1 => not all:
         select 9 A*1 => not all:",
    );
}

#[test]
fn rows_stand_by_source_and_then_by_the_age_of_the_source_item() {
    check_selection(
        "count B@north=1
         select 2 B*1 A*1 => all: south A 1 of 2, south B 0 of 0, north A 0 of 5, north B 1 of 1, none A 0 of 3",
    );
}

#[test]
fn what_is_switched_off_is_passed_over() {
    check_selection(
        "count A@south=2:out
         source north enabled=no
         select 2 A*1 => all: none A 1 of 3",
    );
}

#[test]
fn what_is_bound_or_of_no_use_is_left_where_it_is() {
    check_selection(
        "adjust A@north=5:2
         order A*2@10 nohold fo=south:0x1,0x1 => new: A 2
         select 2 A*4 => all: south A 0 of 0, north A 3 of 3, none A 1 of 3
         select 2 A*7 => not all: south A 0 of 0, north A 3 of 3, none A 3 of 3
         count A@south=1
         select 2 A*1 => all: south A 0 of 0, north A 1 of 3, none A 0 of 3",
    );
}

#[test]
fn equal_skus_are_not_merged() {
    check_selection("select 2 A*9 a*1 => all: south A 1 of 2, north A 0 of 5, none A 0 of 3");
}

#[test]
fn the_nearest_comes_first_and_places_unknown_last_by_priority() {
    check_selection(
        "select 2 A*6 near 40710070,-73957160 => all: north A 5 of 5, south A 1 of 2, none A 0 of 3
         select 2 A*3 near 38000000,-121000000 => all: south A 2 of 2, north A 1 of 5, none A 0 of 3
         select 2 A*3 near unknown => all: south A 2 of 2, north A 1 of 5, none A 0 of 3",
    );
}
