//! Fulfilment orders and consignments (contract `carriyo.md`, sections 2, 3, 6 and 9).

use crate::Change;
use crate::testing::{Shop, check};

#[test]
fn statuses_follow_from_rows() {
    check(
        "product A qty=9
         product B qty=9
         order A*2@1 B*2@1 fo=default:0x2 => new: A 2, B 2; holds A 2, B 2
         rows-of 1 => partiallyallocated: 1 default: A 2 allocated; 2 nowhere: B 2 open
         stock-of A => default 9 bound 2; held 2; salable 7
         move-to 1 2 east => new: A 2, B 2; holds A 2, B 2
         rows-of 1 => allocated: 1 default: A 2 allocated; 2 east: B 2 allocated
         fulfil 1 1 A*1 => processing: A 2 s1, B 2; holds A 1, B 2
         rows-of 1 => processing: 1 default: A 1 allocated, A 1 fulfilled in 1 left; 2 east: B 2 allocated
         stock-of A => default 8 bound 1; held 1; salable 7
         unfulfil 1 1 1 => processing: A 2, B 2; holds A 2, B 2
         rows-of 1 => allocated: 1 default: A 2 allocated; 2 east: B 2 allocated
         stock-of A => default 9 bound 2; held 2; salable 7
         fulfil 1 1 A*2 => processing: A 2 s2, B 2; holds B 2
         cancel-rows 1 2 B*2 => processing: A 2 s2, B 2 c2
         rows-of 1 => fulfilled: 1 default: A 2 fulfilled in 2 left; 2 east: B 2 cancelled (unwanted)
         order A*1@1 fo=default:0x1 => new: A 1; holds A 1
         fulfil 2 3 A*1 close => processing: A 1 s1
         rows-of 2 => closed: 3 default: A 1 closed in 3 left
         order A*1@1 fo=default:0x1 => new: A 1; holds A 1
         cancel-all 3 => canceled: A 1 c1
         rows-of 3 => cancelled: 4 default: A 1 cancelled (unwanted)
         cancel-all 3 => no: cannot cancel what is canceled
         allocate 3 default => no: cannot allocate what is canceled",
    );
}

#[test]
fn how_many_of_a_row_are_carried() {
    // The quantity tests of section 9: what nobody carries goes first, and is carried again only when there is no more.
    check(
        "product A qty=9
         order A*5@1 fo=default:0x5 => new: A 5; holds A 5
         consign 1 1 A*3 by=own => consignment 1 booked W-1
         rows-of 1 => processing: 1 default: A 2 allocated, A 3 allocated c1
         consign 1 1 A*6 by=own => no: 6 of line 1, 5 there
         consign 1 1 A*3 by=own => consignment 2 booked W-2
         rows-of 1 => processing: 1 default: A 2 allocated c1, A 2 allocated c2, A 1 allocated c1 c2
         fulfil 1 1 A*5 => processing: A 5 s5
         rows-of 1 => fulfilled: 1 default: A 2 fulfilled in 1 left c1, A 2 fulfilled in 1 left c2, A 1 fulfilled in 1 left c1 c2
         consign 1 1 A*5 by=own => consignment 3 booked W-3
         rows-of 1 => fulfilled: 1 default: A 2 fulfilled in 1 left c1 c3, A 2 fulfilled in 1 left c2 c3, A 1 fulfilled in 1 left c1 c2 c3
         consign 1 1 A*6 by=own => no: 6 of line 1, 5 there",
    );
}

#[test]
fn statuses_of_orders_follow_from_those_of_fulfilment_orders() {
    check(
        "product A qty=9
         product B qty=9
         order A*2@1 B*2@1 fo=default:0x2 => new: A 2, B 2; holds A 2, B 2
         move-to 1 2 default => new: A 2, B 2; holds A 2, B 2
         fulfil 1 1 A*2 close => processing: A 2 s2, B 2; holds B 2
         rows-of 1 => processing: 1 default: A 2 closed in 1 left; 2 default: B 2 allocated
         cancel-rows 1 2 B*2 => processing: A 2 s2, B 2 c2
         rows-of 1 => closed: 1 default: A 2 closed in 1 left; 2 default: B 2 cancelled (unwanted)
         order A*2@1 B*2@1 fo=default:0x2 => new: A 2, B 2; holds A 2, B 2
         move-to 2 4 default => new: A 2, B 2; holds A 2, B 2
         cancel-rows 2 3 A*2 => new: A 2 c2, B 2; holds B 2
         rows-of 2 => allocated: 3 default: A 2 cancelled (unwanted); 4 default: B 2 allocated
         cancel-rows 2 4 B*2 => canceled: A 2 c2, B 2 c2
         rows-of 2 => cancelled: 3 default: A 2 cancelled (unwanted); 4 default: B 2 cancelled (unwanted)",
    );
}

#[test]
fn goods_leave_once_whoever_has_them() {
    check(
        "product A qty=9
         order A*5@1 fo=default:0x5 => new: A 5; holds A 5
         consign 1 1 A*3 by=rehearsal => consignment 1 pending W-1 asked
         rows-of 1 => processing: 1 default: A 2 allocated, A 3 allocated c1
         carrier 1 unknown => consignment 1 pending W-1 asked
         carrier 1 booked => consignment 1 booked W-1 T1 labelled
         stock-of A => default 9 bound 5; held 5; salable 4
         consign 1 1 A*6 by=own => no: 6 of line 1, 5 there
         fulfil 1 1 A*2 => processing: A 5 s2; holds A 3
         rows-of 1 => processing: 1 default: A 2 allocated, A 1 allocated c1, A 2 fulfilled in 1 left c1
         cancel-rows 1 1 A*3 => no: a carrier waits for line 1
         cancel-rows 1 1 A*2 => processing: A 5 s2 c2; holds A 1
         move-on 1 shipped => consignment 1 shipped W-1 T1 labelled
         rows-of 1 => fulfilled: 1 default: A 2 fulfilled in 1 left c1, A 2 cancelled (unwanted), A 1 fulfilled in 2 left c1
         stock-of A => default 6; held 0; salable 6
         cancel-consignment 1 => no: not from shipped to cancelled
         unfulfil 1 1 1 => no: cannot unfulfil what is sent
         move-on 1 delivered => consignment 1 delivered W-1 T1 labelled
         rows-of 1 => closed: 1 default: A 2 closed in 1 left c1, A 2 cancelled (unwanted), A 1 closed in 2 left c1
         move-on 1 booked => no: not from delivered to booked",
    );
}

#[test]
fn a_fulfilment_whose_goods_leave_with_the_carrier() {
    check(
        "product A qty=9
         order A*2@1 fo=default:0x2 => new: A 2; holds A 2
         fulfil 1 1 A*2 later => processing: A 2 s2; holds A 2
         rows-of 1 => fulfilled: 1 default: A 2 fulfilled in 1
         stock-of A => default 9 bound 2; held 2; salable 7
         consign 1 1 number=X1 by=own => consignment 1 booked W-1 X1
         shipment-of 1 => 000000001 of 2 from default: A 2; track X1; here ready
         consign - as=Z number=X1 by=own => no: X1 is taken
         consign - as=W-1 by=own => no: W-1 is taken
         move-on 1 shipped => consignment 1 shipped W-1 X1
         stock-of A => default 7; held 0; salable 7
         rows-of 1 => fulfilled: 1 default: A 2 fulfilled in 1 left c1",
    );
}

#[test]
fn what_is_fulfilled_is_carried_at_once_or_not_at_all() {
    check(
        "product A qty=9
         order A*5@1 fo=default:0x5 => new: A 5; holds A 5
         consign 1 1 A*2 fulfil by=own number=X1 => consignment 1 booked W-1 X1
         rows-of 1 => processing: 1 default: A 3 allocated, A 2 fulfilled in 1 left c1
         shipment-of 1 => 000000001 of 2 from default: A 2; track X1; here ready
         consign 1 1 A*2 fulfil by=own number=X1 => no: X1 is taken
         consign 1 1 A*4 fulfil by=own => no: 4 of line 1, 3 there
         consign 1 1 A*1 fulfil close by=own => no: nothing to carry
         cancel-all 1 => no: cannot cancel what is processing
         rows-of 1 => processing: 1 default: A 3 allocated, A 2 fulfilled in 1 left c1
         consign 1 1 A*2 fulfil later by=rehearsal => consignment 2 pending W-2 asked
         rows-of 1 => processing: 1 default: A 1 allocated, A 2 fulfilled in 1 left c1, A 2 fulfilled in 2 c2
         stock-of A => default 7 bound 3; held 3; salable 4",
    );
}

#[test]
fn what_a_carrier_waits_for_is_fulfilled_for_another_only_when_there_is_no_more() {
    check(
        "product A qty=9
         order A*5@1 fo=default:0x5 => new: A 5; holds A 5
         consign 1 1 A*2 by=own => consignment 1 booked W-1
         consign 1 1 A*2 fulfil by=own => consignment 2 booked W-2
         rows-of 1 => processing: 1 default: A 1 allocated, A 2 allocated c1, A 2 fulfilled in 1 left c2
         fulfil 1 1 A*1 close => processing: A 5 s3; holds A 2
         rows-of 1 => processing: 1 default: A 1 allocated, A 1 allocated c1, A 2 fulfilled in 1 left c2, A 1 closed in 2 left c1
         consign 1 1 A*2 fulfil by=own => consignment 3 booked W-3
         rows-of 1 => fulfilled: 1 default: A 2 fulfilled in 1 left c2, A 1 closed in 2 left c1, A 1 fulfilled in 3 left c3, A 1 fulfilled in 3 left c1 c3",
    );
}

#[test]
fn an_order_of_another_door_of_which_nothing_is_sent_is_over() {
    check(
        "product A qty=9
         product FILE kind=virtual qty=9
         order A*2@1 => new: A 2; holds A 2
         invoice 1 => processing: A 2 i2; holds A 2
         rows-of 1 => open: 
         refund 1 => closed: A 2 i2 r2
         rows-of 1 => cancelled: 
         order FILE*2@1 => new: FILE 2; holds FILE 2
         invoice 2 => complete: FILE 2 i2
         rows-of 2 => closed: 
         order FILE*2@1 => new: FILE 2; holds FILE 2
         cancel 3 => canceled: FILE 2 c2
         rows-of 3 => cancelled: 
         order A*1@1 FILE*1@1 => new: A 1, FILE 1; holds A 1, FILE 1
         invoice 4 A*1 => processing: A 1 i1, FILE 1; holds A 1, FILE 1
         refund 4 A*1 => processing: A 1 i1 r1, FILE 1; holds FILE 1
         rows-of 4 => open: ",
    );
}

#[test]
fn what_is_cancelled_by_another_door_is_still_known_to_its_carrier() {
    check(
        "product A qty=9
         order A*2@1 fo=default:0x2 => new: A 2; holds A 2
         consign 1 1 A*2 by=own => consignment 1 booked W-1
         cancel 1 => canceled: A 2 c2
         rows-of 1 => cancelled: 1 default: A 2 cancelled c1 (order_canceled)
         cancel-consignment 1 => consignment 1 cancelled W-1
         rows-of 1 => cancelled: 1 default: A 2 cancelled (order_canceled)",
    );
}

#[test]
fn labels_that_nobody_wants_go_back() {
    check(
        "product A qty=9
         order A*2@1 fo=default:0x2 => new: A 2; holds A 2
         consign 1 1 A*2 by=rehearsal => consignment 1 pending W-1 asked
         cancel-consignment 1 => consignment 1 cancelled W-1 asked
         rows-of 1 => allocated: 1 default: A 2 allocated
         carrier 1 booked => consignment 1 cancelled W-1 T1 labelled asked
         carrier 1 cancelled => consignment 1 cancelled W-1 T1
         carrier 1 booked => consignment 1 cancelled W-1 T1
         consign 1 1 A*2 draft => consignment 2 draft W-2
         confirm 2 => consignment 2 error W-2 no_carrier_assigned
         confirm 2 by=rehearsal => consignment 2 pending W-2 asked
         carrier 2 refused => consignment 2 error W-2 postcode_invalid
         confirm 2 => consignment 2 pending W-2 asked
         carrier 2 booked => consignment 2 booked W-2 T2 labelled
         confirm 2 => no: cannot confirm what is booked
         fulfil 1 1 A*2 => processing: A 2 s2
         unfulfil 1 1 1 => processing: A 2; holds A 2
         consignment-of 2 => 2 cancelled W-2 T2 labelled asked
         rows-of 1 => allocated: 1 default: A 2 allocated",
    );
}

#[test]
fn splits_and_merges_keep_every_piece() {
    check(
        "product KBD qty=5
         product MON qty=5
         order KBD*1@1 MON*1@1 fo=default:0x1,1x1 => new: KBD 1, MON 1; holds KBD 1, MON 1
         split 1 1 MON*1 at=east => new: KBD 1, MON 1; holds KBD 1, MON 1
         rows-of 1 => allocated: 1 default: KBD 1 allocated; 2 east: MON 1 allocated
         stock-of MON => default 5, east 0 bound 1 out; held 1; salable 4
         split 1 1 MON*1 => no: line 2 not in fulfilment order
         split 1 1 KBD*2 => no: 2 of line 1, 1 there
         merge 1 2 1 => no: cannot merge
         move-to 1 2 default => new: KBD 1, MON 1; holds KBD 1, MON 1
         merge 1 2 1 => new: KBD 1, MON 1; holds KBD 1, MON 1
         rows-of 1 => allocated: 1 default: KBD 1 allocated, MON 1 allocated
         stock-of MON => default 5 bound 1, east 0 out; held 1; salable 4
         move-to 1 1 nowhere => no: no source nowhere
         move-to 1 9 east => no: no fulfilment order 9
         fulfil 1 1 KBD*1 => processing: KBD 1 s1, MON 1; holds MON 1
         move-to 1 1 east => no: cannot move what is processing",
    );
}

#[test]
fn a_rule_finds_as_few_locations_as_can_be() {
    check(
        "product A qty=2
         product B qty=2
         count A@east=5 B@east=1
         order A*2@1 B*1@1 auto=default,east => new: A 2, B 1; holds A 2, B 1
         rows-of 1 => allocated: 1 default: A 2 allocated, B 1 allocated
         order A*3@1 B*2@1 auto=default,east => canceled: A 3 c3, B 2 c2
         rows-of 2 => cancelled: 2 nowhere: A 3 cancelled (none), B 2 cancelled (none)
         stock-of A => default 2 bound 2, east 5; held 2; salable 5
         order A*3@1 B*2@1 auto=default,east share => new: A 3, B 2; holds A 3, B 2
         rows-of 3 => allocated: 3 default: B 1 allocated; 4 east: A 3 allocated, B 1 allocated
         order A*2@1 => new: A 2; holds A 2
         rows-of 4 => open: 
         allocate 4 east => new: A 2; holds A 2
         rows-of 4 => allocated: 5 east: A 2 allocated
         order A*1@1 => no: 1 A, 0 to promise",
    );
}

#[test]
fn what_is_not_open_is_refused() {
    check(
        "product A qty=9
         product FILE qty=9 kind=virtual
         order A*3@1 => new: A 3; holds A 3
         consign 1 1 A*1 => no: no fulfilment order 1
         order A*3@1 FILE*1@1 fo=:0x3;~:1x1 => new: A 3, FILE 1; holds A 3, FILE 1
         consign 2 1 A*1 => no: cannot ship line 2: open
         consign 2 1 => no: nothing asked to ship
         consign 2 2 FILE*1 => no: nothing to carry
         fulfil 2 1 A*1 => no: no source nowhere
         order A*3@1 fo=default:0x4 => no: 4 of line 4, 3 there
         order A*3@1 fo=nowhere:0x3 => no: no source nowhere
         cancel-consignment 7 => no: no consignment 7",
    );
}

#[test]
fn the_number_of_what_was_cancelled_is_free_once_no_carrier_has_a_label_under_it() {
    check(
        "consign - as=Z1 number=X1 by=own => consignment 1 booked Z1 X1
         consign - as=Z2 number=X1 by=own => no: X1 is taken
         cancel-consignment 1 => consignment 1 cancelled Z1 X1
         consign - as=Z2 number=X1 by=own => consignment 2 booked Z2 X1
         cancel-consignment 1 => no: not from cancelled to cancelled
         move-on 1 delivered => no: X1 is taken
         consign - as=Z3 number=X1 by=own => no: X1 is taken
         consign - as=Z3 by=rehearsal => consignment 3 pending Z3 asked
         carrier 3 booked => consignment 3 booked Z3 T3 labelled
         cancel-consignment 3 => consignment 3 cancelled Z3 T3 labelled asked
         consign - as=Z4 number=T3 by=own => no: T3 is taken
         carrier 3 cancelled => consignment 3 cancelled Z3 T3
         consign - as=Z4 number=T3 by=own draft => consignment 4 draft Z4 T3
         confirm 4 number=X1 => no: X1 is taken
         confirm 4 => consignment 4 booked Z4 T3
         cancel-consignment 2 => consignment 2 cancelled Z2 X1
         move-on 1 delivered => consignment 1 delivered Z1 X1
         consign - as=Z5 number=X1 by=own => no: X1 is taken",
    );
}

#[test]
fn a_consignment_that_was_made_with_regard_to_others_is_refused_when_those_have_changed() {
    check(
        "product A qty=4
         order A*4@10 fo=default:0x4 => new: A 4; holds A 4
         consign 1 1 A*1 by=own beside=none => consignment 1 booked W-1
         consign 1 1 A*1 by=own beside=none => no: other consignments than were seen
         consign 1 1 A*1 fulfil by=own beside=none => no: other consignments than were seen
         consign 1 1 A*1 fulfil by=own beside=1 => consignment 2 booked W-2
         cancel-consignment 1 => consignment 1 cancelled W-1
         consign 1 1 A*1 by=own beside=1,2 => no: other consignments than were seen
         consign 1 1 A*1 by=own beside=2 => consignment 3 booked W-3
         consign 1 1 A*1 by=own => consignment 4 booked W-4",
    );
}

#[test]
fn what_a_carrier_has_is_what_it_was_asked_for() {
    check(
        "product A qty=9
         order A*4@1 fo=default:0x4 => new: A 4; holds A 4
         consign 1 1 A*2 by=own => consignment 1 booked W-1
         consign 1 1 A*2 by=own => consignment 2 booked W-2
         move-on 2 shipped => consignment 2 shipped W-2
         rows-of 1 => processing: 1 default: A 2 allocated c1, A 2 fulfilled in 1 left c2
         cancel-consignment 1 => consignment 1 cancelled W-1
         move-on 2 delivered => consignment 2 delivered W-2
         rows-of 1 => processing: 1 default: A 2 allocated, A 2 closed in 1 left c2
         stock-of A => default 7 bound 2; held 2; salable 5",
    );
}

#[test]
fn what_is_shipped_and_not_invoiced_is_still_to_be_paid_when_the_rest_is_canceled() {
    check(
        "product A qty=99
         order A*5@10 shipping=4 method=stripe auth=pi_1 fo=default:0x5 => new: A 5; holds A 5
         fulfil 1 1 A*3 => processing: A 5 s3; holds A 2
         cancel-rows 1 1 A*2 => processing: A 5 s3 c2
         money 1 => subtotal 50 shipping 4 total 54 canceled-subtotal 20 canceled 20
         invoice 1 => complete: A 5 s3 i3 c2
         money 1 => subtotal 50 shipping 4 total 54 invoiced 34 paid 34 canceled-subtotal 20 canceled 20
         order A*5@10 shipping=4 fo=default:0x5 => new: A 5; holds A 5
         fulfil 2 2 A*3 => processing: A 5 s3; holds A 2
         invoice 2 A*1 => processing: A 5 s3 i1; holds A 2
         cancel-rows 2 2 A*2 => processing: A 5 s3 i1 c2
         money 2 => subtotal 50 shipping 4 total 54 invoiced 14 paid 14 canceled-subtotal 20 canceled 20
         invoice 2 => complete: A 5 s3 i3 c2
         order A*5@10 shipping=4 fo=default:0x5 => new: A 5; holds A 5
         invoice 3 A*3 => processing: A 5 i3; holds A 5
         fulfil 3 3 A*3 => processing: A 5 s3 i3; holds A 2
         cancel-rows 3 3 A*2 => complete: A 5 s3 i3 c2
         money 3 => subtotal 50 shipping 4 total 54 invoiced 34 paid 34 canceled-subtotal 20 canceled 20",
    );
}

#[test]
fn nothing_is_canceled_of_what_waits_for_a_person() {
    check(
        "product A qty=9
         order A*2@1 fo=default:0x2 => new: A 2; holds A 2
         hold 1 as=fraud => holded: A 2; holds A 2
         cancel 1 => not possible
         cancel-rows 1 1 A*2 => no: cannot cancel what is holded
         cancel-all 1 => no: cannot cancel what is holded
         release 1 => new: A 2; holds A 2
         cancel-rows 1 1 A*2 => canceled: A 2 c2
         cancel-all 1 => no: cannot cancel what is canceled",
    );
}

#[test]
fn what_has_arrived_is_closed_when_the_other_consignment_is_cancelled() {
    check(
        "product A qty=9
         order A*2@1 fo=default:0x2 => new: A 2; holds A 2
         fulfil 1 1 A*2 => processing: A 2 s2
         consign 1 1 A*2 => consignment 1 error W-1 no_carrier_assigned
         consign 1 1 A*2 by=own => consignment 2 booked W-2
         move-on 2 shipped => consignment 2 shipped W-2
         move-on 2 delivered => consignment 2 delivered W-2
         rows-of 1 => fulfilled: 1 default: A 2 fulfilled in 1 left c1 c2
         cancel-consignment 1 => consignment 1 cancelled W-1 no_carrier_assigned
         rows-of 1 => closed: 1 default: A 2 closed in 1 left c2
         order A*2@1 fo=default:0x2 => new: A 2; holds A 2
         fulfil 2 2 A*2 => processing: A 2 s2
         consign 2 2 A*2 by=own => consignment 3 booked W-3
         cancel-consignment 3 => consignment 3 cancelled W-3
         rows-of 2 => fulfilled: 2 default: A 2 fulfilled in 2 left",
    );
}

#[test]
fn what_is_named_twice_is_unfulfilled_once() {
    check(
        "product A qty=9
         order A*2@1 fo=default:0x2 => new: A 2; holds A 2
         fulfil 1 1 A*2 => processing: A 2 s2
         unfulfil 1 1 1 1 => processing: A 2; holds A 2
         rows-of 1 => allocated: 1 default: A 2 allocated
         stock-of A => default 9 bound 2; held 2; salable 7",
    );
}

#[test]
fn one_consignment_of_two_fulfilments_is_cancelled_once() {
    let mut shop = Shop::open();
    for ask in [
        "product A qty=9",
        "order A*2@1 fo=default:0x2",
        "fulfil 1 1 A*1",
        "fulfil 1 1 A*1",
        "consign 1 1 A*2 by=rehearsal",
        "carrier 1 booked",
        "unfulfil 1 1 1 2",
    ] {
        shop.say(ask);
    }
    assert_eq!(shop.say("rows-of 1"), "allocated: 1 default: A 2 allocated");
    let is_cancelled = |change: &&Change| matches!(change, Change::ConsignmentSaved(saved) if saved.unwanted);
    assert_eq!(shop.changes.iter().filter(is_cancelled).count(), 1);
}

#[test]
fn goods_are_fulfilled_where_the_fulfilment_order_is_now() {
    check(
        "product A qty=9
         count A@east=9
         order A*2@1 fo=default:0x2 => new: A 2; holds A 2
         move-to 1 1 east => new: A 2; holds A 2
         fulfil 1 1 A*2 from=default => no: fulfilment order 1 is elsewhere
         consign 1 1 A*2 fulfil by=own from=default => no: fulfilment order 1 is elsewhere
         stock-of A => default 9, east 9 bound 2; held 2; salable 16
         fulfil 1 1 A*2 => processing: A 2 s2
         stock-of A => default 9, east 7; held 0; salable 16",
    );
}

#[test]
fn what_must_be_alike_of_fulfilment_orders_that_become_one() {
    check(
        "product A qty=9
         order A*3@1 fo=default:0x1;default:0x1;default:0x1 => new: A 3; holds A 3
         say 1 1 one type:same_day => new: A 3; holds A 3
         say 1 2 two type:standard => new: A 3; holds A 3
         merge 1 2 1 alike=type:standard => no: cannot merge
         merge 1 3 1 alike=type:standard => no: cannot merge
         merge 1 3 2 alike=type:standard => new: A 3; holds A 3
         rows-of 1 => allocated: 1 default: A 1 allocated; 2 default: A 2 allocated
         merge 1 2 1 => new: A 3; holds A 3",
    );
}

#[test]
fn a_consignment_is_confirmed_with_the_carrier_that_is_named_last() {
    check(
        "consign - as=Z1 number=X1 by=own draft => consignment 1 draft Z1 X1
         confirm 1 by=nobody number=X2 => consignment 1 error Z1 X2 carrier_account_invalid
         confirm 1 => consignment 1 error Z1 X2 carrier_account_invalid
         confirm 1 by=own => consignment 1 booked Z1 X2",
    );
}

#[test]
fn what_is_digital_is_over_as_soon_as_it_is_fulfilled() {
    check(
        "product A qty=9
         product FILE qty=9 kind=virtual
         order A*3@1 FILE*2@1 fo=default:0x3;~:1x2 => new: A 3, FILE 2; holds A 3, FILE 2
         rows-of 1 => partiallyallocated: 1 default: A 3 allocated; 2 nowhere: FILE 2 open
         fulfil 1 2 FILE*3 => no: 3 of line 2, 2 there
         fulfil 1 2 FILE*1 close => new: A 3, FILE 2; holds A 3, FILE 2
         rows-of 1 => processing: 1 default: A 3 allocated; 2 nowhere: FILE 1 open, FILE 1 closed
         fulfil 1 2 FILE*1 close => new: A 3, FILE 2; holds A 3, FILE 2
         fulfil 1 2 FILE*1 close => no: cannot fulfil line 2: closed
         fulfil 1 1 A*3 close => processing: A 3 s3, FILE 2; holds FILE 2
         rows-of 1 => closed: 1 default: A 3 closed in 1 left; 2 nowhere: FILE 2 closed
         order FILE*1@1 fo=~:0x1 => new: FILE 1; holds FILE 1
         fulfil 2 3 FILE*1 close => new: FILE 1; holds FILE 1
         rows-of 2 => closed: 3 nowhere: FILE 1 closed
         order FILE*1@1 fo=~:0x1 => new: FILE 1; holds FILE 1
         hold 3 => holded: FILE 1; holds FILE 1
         fulfil 3 4 FILE*1 close => no: cannot fulfil what is holded",
    );
}

#[test]
fn what_is_digital_is_closed_beside_what_is_carried() {
    check(
        "product A qty=9
         product FILE qty=9 kind=virtual
         order A*3@1 FILE*1@1 fo=default:0x3,1x1 => new: A 3, FILE 1; holds A 3, FILE 1
         consign 1 1 A*1 FILE*1 by=own => no: nothing to carry
         fulfil 1 1 A*3 FILE*1 => processing: A 3 s3, FILE 1; holds FILE 1
         rows-of 1 => fulfilled: 1 default: A 3 fulfilled in 1 left, FILE 1 closed
         shipment-of 1 => 000000001 of 3 from default: A 3; here ready
         consign 1 1 by=own => consignment 1 booked W-1
         move-on 1 shipped => consignment 1 shipped W-1
         move-on 1 delivered => consignment 1 delivered W-1
         rows-of 1 => closed: 1 default: FILE 1 closed, A 3 closed in 1 left c1",
    );
}

#[test]
fn what_is_only_carried_moves_and_frees_nothing() {
    let mut shop = Shop::open().with("A", 9);
    for (ask, answer) in [
        ("order A*4@1 fo=default:0x3", "new: A 4; holds A 4"),
        ("fulfil 1 1 A*1 later", "processing: A 4 s1; holds A 4"),
    ] {
        assert_eq!(shop.say(ask), answer);
    }
    let before = shop.changes.len();
    for ask in ["consign 1 1 A*1 by=own", "consign 1 1 A*2 by=rehearsal", "consign 1 1 A*1 draft by=rehearsal"] {
        assert!(shop.say(ask).starts_with("consignment"), "{ask}");
    }
    // `engine/needs.rs` loads nothing of what an order holds for it.
    let frees = |change: &&Change| {
        matches!(
            change,
            Change::Held(_) | Change::Allocated { .. } | Change::StockMoved { .. } | Change::ItemDone { .. }
        )
    };
    assert_eq!(shop.changes[before..].iter().find(frees), None);
}
