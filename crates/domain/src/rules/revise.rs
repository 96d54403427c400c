//! What may become of an order's lines once it is there.

use crate::testing::check;

#[test]
fn lines_that_are_not_wanted_any_more_are_taken_from_whoever_has_them() {
    check(
        "product A qty=9
         product B qty=9
         order A*5@1 B*2@1 => new: A 5, B 2; holds A 5, B 2
         revise 1 A*3 => new: A 5 c2, B 2; holds A 3, B 2
         rows-of 1 => open: 1 nowhere: A 2 cancelled (unwanted)
         allocate 1 default => new: A 5 c2, B 2; holds A 3, B 2
         consign 1 2 A*1 by=own => consignment 1 booked W-1
         revise 1 A*0 => no: at least 1 of line 1
         revise 1 A*3 B*2 => new: A 5 c2, B 2; holds A 3, B 2
         revise 1 A*1 B*0 => new: A 5 c4, B 2 c2; holds A 1
         rows-of 1 => processing: 1 nowhere: A 2 cancelled (unwanted); 2 default: A 1 allocated c1, A 2 cancelled (unwanted), B 2 cancelled (unwanted)
         stock-of A => default 9 bound 1; held 1; salable 8",
    );
}

#[test]
fn what_is_paid_stays_and_a_kit_with_two_prices_goes_whole() {
    check(
        "product A qty=9
         product P qty=20
         order A*5@1 => new: A 5; holds A 5
         invoice 1 A*3 => processing: A 5 i3; holds A 5
         revise 1 A*2 => no: at least 3 of line 1
         revise 1 A*3 => processing: A 5 i3 c2; holds A 3
         order bundle:KIT*2@30!dynamic ( P*6@5 ) => new: KIT 2, +P 6; holds P 6
         revise 2 KIT*1 => no: line 2 goes with its order only
         rows-of 2 => open: ",
    );
}

#[test]
fn more_is_wanted_as_far_as_there_is_more() {
    check(
        "product A qty=9
         product B qty=4
         order A*5@2 shipping=3 => new: A 5; holds A 5
         revise 1 A*10 => no: 5 A, 4 to promise
         revise 1 A*7 => new: A 7; holds A 7
         money 1 => subtotal 14 shipping 3 total 17
         revise 1 A*7 add=B*3@1.50 => new: A 7, B 3; holds A 7, B 3
         money 1 => subtotal 18.5 shipping 3 total 21.5
         rows-of 1 => open: 
         stock-of A => default 9; held 7; salable 2
         stock-of B => default 4; held 3; salable 1",
    );
}

#[test]
fn what_is_added_is_open_or_where_somebody_says() {
    check(
        "product A qty=9
         product B qty=9
         order A*5@2 fo=default:0x5 => new: A 5; holds A 5
         revise 1 A*6 => new: A 6; holds A 6
         rows-of 1 => partiallyallocated: 1 default: A 5 allocated; 2 nowhere: A 1 open
         revise 1 A*6 add=B*2@1 auto=default => new: A 6, B 2; holds A 6, B 2
         rows-of 1 => allocated: 1 default: A 6 allocated, B 2 allocated
         revise 1 A*7 fo=default:0x4,1x2;:0x3 => new: A 7, B 2; holds A 7, B 2
         rows-of 1 => partiallyallocated: 3 default: A 4 allocated, B 2 allocated; 4 nowhere: A 3 open
         revise 1 A*8 fo=default:0x9 => no: 9 of line 1, 8 there
         rows-of 1 => partiallyallocated: 3 default: A 4 allocated, B 2 allocated; 4 nowhere: A 3 open",
    );
}

#[test]
fn what_is_exchanged_keeps_the_shipping_of_its_order() {
    check(
        "product A qty=9
         product B qty=9
         order A*5@2 shipping=3 fo=default:0x5 => new: A 5; holds A 5
         revise 1 A*0 add=B*1@4 => new: A 5 c5, B 1; holds B 1
         money 1 => subtotal 14 shipping 3 total 17 canceled-subtotal 10 canceled 10
         rows-of 1 => open: 1 default: A 5 cancelled (unwanted); 2 nowhere: B 1 open
         invoice 1 => processing: A 5 c5, B 1 i1; holds B 1
         money 1 => subtotal 14 shipping 3 total 17 invoiced 7 paid 7 canceled-subtotal 10 canceled 10
         revise 1 A*1 => processing: A 6 c5, B 1 i1; holds A 1, B 1
         money 1 => subtotal 16 shipping 3 total 19 invoiced 7 paid 7 canceled-subtotal 10 canceled 10
         invoice 1 => processing: A 6 i1 c5, B 1 i1; holds A 1, B 1
         money 1 => subtotal 16 shipping 3 total 19 invoiced 9 paid 9 canceled-subtotal 10 canceled 10",
    );
}

#[test]
fn a_price_changes_until_somebody_relies_on_it() {
    check(
        "product A qty=9
         order A*4@2 => new: A 4; holds A 4
         revise 1 A*4@2.25 => new: A 4; holds A 4
         money 1 => subtotal 9 total 9
         revise 1 A*3@3 => new: A 4 c1; holds A 3
         money 1 => subtotal 12 total 12 canceled-subtotal 3 canceled 3
         revise 1 A*3@2.25 => no: the price of line 1 stands
         revise 1 A*3@3 => new: A 4 c1; holds A 3
         order A*2@2,tax=1 => new: A 2; holds A 2
         revise 2 A*3 => no: nobody knows what more of line 2 costs
         revise 2 A*2@3 => no: nobody knows what more of line 2 costs
         revise 2 A*1 => new: A 2 c1; holds A 1
         revise 2 A*1.5 => no: 1.5 A is not whole
         money 2 => subtotal 4 tax 1 total 5 canceled-subtotal 2 canceled 2.5",
    );
}

#[test]
fn nothing_is_added_to_what_is_done_held_or_paid_for_elsewhere() {
    check(
        "product A qty=30
         order A*2@2 fo=default:0x2 => new: A 2; holds A 2
         fulfil 1 1 A*2 => processing: A 2 s2
         revise 1 A*3 => no: cannot edit what is fulfilled
         order A*2@2 => new: A 2; holds A 2
         hold 2 => holded: A 2; holds A 2
         revise 2 A*3 => no: cannot edit what is holded
         order A*2@2 => new: A 2; holds A 2
         cancel 3 => canceled: A 2 c2
         revise 3 A*1 => no: cannot edit what is canceled
         order A*2@2 method=stripe pay=pm_1 auth=pi_1 => new: A 2; holds A 2
         revise 4 A*3 => no: money is set aside
         revise 4 A*2@1 => no: money is set aside
         revise 4 A*1 => new: A 2 c1; holds A 1",
    );
}

#[test]
fn goods_on_an_order_of_downloads_make_it_one_with_a_parcel() {
    check(
        "product A qty=9
         order A*1@2!virtual => new: A 1; holds A 1
         revise 1 A*1 add=A*2@3 => new: A 1, A 2; holds A 3
         ship 1 default => processing: A 1, A 2 s2; holds A 1",
    );
}

#[test]
fn shipping_costs_something_else_until_it_is_invoiced() {
    check(
        "product A qty=9
         order A*4@2 shipping=3 => new: A 4; holds A 4
         revise 1 A*5 shipping=4.50 => new: A 5; holds A 5
         money 1 => subtotal 10 shipping 4.5 total 14.5
         revise 1 A*5 shipping=4.50 => new: A 5; holds A 5
         revise 1 shipping=0 => new: A 5; holds A 5
         money 1 => subtotal 10 total 10
         invoice 1 A*1 => processing: A 5 i1; holds A 5
         revise 1 shipping=1 => processing: A 5 i1; holds A 5
         invoice 1 A*1 => processing: A 5 i2; holds A 5
         money 1 => subtotal 10 shipping 1 total 11 invoiced 5 paid 5
         revise 1 shipping=2 => no: the shipping stands
         order A*1@2 shipping_tax=1 shipping=3 => new: A 1; holds A 1
         revise 2 shipping=2 => no: the shipping stands
         order A*1@2 => new: A 1; holds A 1
         invoice 3 => processing: A 1 i1; holds A 1
         revise 3 shipping=2 => no: the shipping stands",
    );
}

#[test]
fn what_goes_and_what_comes_add_up_at_their_prices() {
    check(
        "product A qty=9
         product B qty=9
         order A*1@2 B*2@2 shipping=3 => new: A 1, B 2; holds A 1, B 2
         revise 1 A*0 => new: A 1 c1, B 2; holds B 2
         revise 1 A*0 B*0 shipping=5 => canceled: A 1 c1, B 2 c2
         money 1 => subtotal 6 shipping 5 total 11 canceled-subtotal 6 canceled 11
         revise 1 A*1 => no: cannot edit what is canceled
         order A*3@0.33,row=1.01 => new: A 3; holds A 3
         revise 2 A*4 => new: A 4; holds A 4
         money 2 => subtotal 1.34 total 1.34
         order A*2@2 currency=EUR rate=0.5 => new: A 2; holds A 2
         revise 3 A*3 add=B*1@3 => new: A 3, B 1; holds A 3, B 1
         money 3 => subtotal 9/18 total 9/18
         revise 3 A*3@4 => new: A 3, B 1; holds A 3, B 1
         money 3 => subtotal 15/30 total 15/30",
    );
}

#[test]
fn lines_that_are_on_their_way_grow_too() {
    check(
        "product A qty=9
         order A*4@2 fo=default:0x4 => new: A 4; holds A 4
         fulfil 1 1 A*2 => processing: A 4 s2; holds A 2
         invoice 1 A*1 => processing: A 4 s2 i1; holds A 2
         refund 1 A*1 => processing: A 4 s2 i1 r1; holds A 2
         revise 1 A*6 => processing: A 6 s2 i1 r1; holds A 4
         rows-of 1 => processing: 1 default: A 2 allocated, A 2 fulfilled in 1 left; 2 nowhere: A 2 open
         revise 1 A*2 => processing: A 6 s2 i1 c4 r1
         stock-of A => default 7; held 0; salable 7
         order A*2@2 nohold => new: A 2
         revise 2 A*20 => new: A 20
         order A*1@2 => new: A 1; holds A 1
         revise 3 A*0 add=A*4@1 => new: A 1 c1, A 4; holds A 4
         revise 3 A*0 add=A*9@1 => no: 9 A, 3 to promise",
    );
}

#[test]
fn goods_go_to_one_place_where_nothing_of_them_lies_by_several_ways() {
    check(
        "product A qty=9
         source east name=East country=US postcode=1
         order A*4@2 fo=east:0x1;east:0x2 => new: A 4; holds A 4
         revise 1 A*5 add=A*2@1 fo=east:0x1,1x1;east:0x2,1x1 => new: A 5, A 2; holds A 7
         rows-of 1 => partiallyallocated: 3 nowhere: A 2 open; 4 east: A 1 allocated, A 1 allocated; 5 east: A 2 allocated, A 1 allocated
         stock-of A => default 9, east 0 bound 5 out; held 7; salable 2",
    );
}
