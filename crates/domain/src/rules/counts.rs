//! Contract sections 10.1 (source items, bulk) and 10.7.

use crate::testing::check;

#[test]
fn sets_how_much_lies_where() {
    check(
        "count A@default=5 A@east=2:out
         stock-of A => default 5, east 2 out; held 0; salable 5
         count a@east=3
         stock-of A => default 5, east 3; held 0; salable 8",
    );
}

#[test]
fn the_last_of_equal_counts_counts() {
    check(
        "count A@default=5 A@default=7
         stock-of A => default 7; held 0; salable 7",
    );
}

#[test]
fn says_everything_that_is_wrong_with_a_count() {
    check(
        "count => no: nothing given
         count _@_=-1 => no: sku is empty; sku has outer blanks; source_code is empty; source_code has blanks; quantity is negative
         count A_@ea_st=1 => no: sku has outer blanks; source_code has blanks
         count 12345678901234567890123456789012345678901234567890123456789012345@east=1 => no: sku is longer than 64
         count A@nowhere=1 B@east=1 => no: no source nowhere
         uncount => no: nothing given",
    );
}

#[test]
fn takes_skus_off_sources_and_passes_over_what_is_not_there() {
    check(
        "count A@default=5 A@east=2
         uncount A east A east B default
         stock-of A => default 5; held 0; salable 5",
    );
}

#[test]
fn sets_and_changes_what_lies_there_and_what_is_kept_back() {
    check(
        "adjust A@default=5:2
         stock-of A => default 5 unavailable 2; held 0; salable 3
         adjust A@default=+-1 A@default=+3
         stock-of A => default 7 unavailable 2; held 0; salable 5
         adjust A@default=:+-2
         stock-of A => default 7; held 0; salable 7
         adjust A@default=+-8 => no: on_hand is negative
         adjust A@default=:-1 => no: unavailable is negative
         adjust A@nowhere=1 => no: no source nowhere
         adjust A@default=0
         stock-of A => default 0 out; held 0; salable 0",
    );
}

#[test]
fn assigns_and_unassigns_and_says_how_many() {
    check(
        "count A@default=5
         assign A,B default,east => 3
         stock-of A => default 5, east 0 out; held 0; salable 5
         assign A,B default,east => 0
         assign A nowhere => no: no source nowhere
         assign _,A east => no: sku is empty
         unassign A,C default,east => 2
         stock-of A => ; held 0; salable 0
         unassign A nowhere => no: no source nowhere",
    );
}

#[test]
fn moves_all_that_lies_at_one_source_to_another() {
    check(
        "count A@default=5 A@east=2 B@default=3:out
         move A,B,C default east
         stock-of A => default 0 out, east 7; held 0; salable 7
         stock-of B => default 0 out, east 3 out; held 0; salable 0
         move A east default unassign
         stock-of A => default 7; held 0; salable 7
         move A east east => no: same source
         move A here there => no: no origin here; no destination there",
    );
}

#[test]
fn transfers_some() {
    check(
        "count A@default=5 A@east=2:out
         transfer default east A*2
         stock-of A => default 3, east 4; held 0; salable 7
         transfer default east A*2 A*2 => no: not enough A to transfer
         transfer default east A*0 => no: not enough A to transfer
         transfer default east A*-1 B*1 => no: not enough A to transfer; no B at default to transfer
         transfer default default A*1 => no: same source
         transfer here there A*1 => no: no origin here; no destination there
         transfer default east A*3
         stock-of A => default 0 out, east 7; held 0; salable 7",
    );
}

#[test]
fn a_product_says_what_lies_at_the_default_source() {
    check(
        "product A
         stock-of A => ; held 0; salable 0
         product A qty=0 in_stock=no
         stock-of A => ; held 0; salable 0
         product A qty=5
         stock-of A => default 5; held 0; salable 5
         product A in_stock=no
         stock-of A => default 5 out; held 0; salable 0
         product A qty=0
         stock-of A => default 0 out; held 0; salable 0
         product B in_stock=yes
         stock-of B => default 0; held 0; salable 0
         product KIT kind=bundle qty=5
         stock-of KIT => ; held 0; salable 0",
    );
}

#[test]
fn says_everything_that_is_wrong_with_a_product() {
    check(
        "product A name=_ price=-1 qty=-1 => no: name is empty; price is negative; qty is negative
         product _ => no: sku is empty; name is empty
         product 12345678901234567890123456789012345678901234567890123456789012345 => no: sku is longer than 64
         delete-product A => no: no product A",
    );
}

#[test]
fn a_product_that_goes_or_becomes_a_composite_leaves_its_sources() {
    check(
        "product A qty=5
         count A@east=1
         delete-product A
         stock-of A => ; held 0; salable 0
         product B qty=5
         count B@east=1
         product B kind=bundle
         stock-of B => ; held 0; salable 0",
    );
}

#[test]
fn what_is_held_of_a_product_that_is_gone_can_be_given_back() {
    check(
        "product A qty=5
         order A*2 => new: A 2; holds A 2
         delete-product A
         ship 1 => no: no A at default
         cancel 1 => canceled: A 2 c2
         stock-of A => ; held 0; salable 0",
    );
}
