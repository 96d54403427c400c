//! Shipments that are packed before they leave (contract `centra.md`, sections 2.2 to 2.4, 3, 6, 8, 9, 10 and 17).

use crate::testing::check;

#[test]
fn goods_leave_when_the_shipment_is_ready_sent_and_paid() {
    check(
        "product A qty=10
         order A*3@10 => new: A 3; holds A 3
         ship 1 A*2 pack => processing: A 3 s2; holds A 3
         shipment-of 1 => 000000001 of 2 from default: A 2; here
         rows-of 1 => processing: 1 default: A 2 packing in 1
         stock-of A => default 10 bound 2; held 3; salable 7
         complete 1 ready=yes => processing: A 3 s2; holds A 3
         shipment-of 1 => 000000001 of 2 from default: A 2; here ready
         rows-of 1 => processing: 1 default: A 2 fulfilled in 1
         complete 1 sent=yes => processing: A 3 s2; holds A 3
         stock-of A => default 10 bound 2; held 3; salable 7
         complete 1 capture => processing: A 3 s2 i2; holds A 1
         stock-of A => default 8; held 1; salable 7
         shipment-of 1 => 000000001 of 2 from default: A 2
         rows-of 1 => processing: 1 default: A 2 fulfilled in 1 left",
    );
}

#[test]
fn everything_in_one_call() {
    check(
        "product A qty=10
         order A*3@10 => new: A 3; holds A 3
         ship 1 A*3 off capture => complete: A 3 s3 i3
         stock-of A => default 7; held 0; salable 7",
    );
}

#[test]
fn a_split_order_is_captured_to_the_cent_and_never_twice() {
    check(
        "product A qty=10
         order A*3@10 shipping=5 total=35 method=rehearsal pay=ok => new: A 3; holds A 3; waits for 1
         settle 1 done ref=auth => new: A 3; holds A 3
         ship 1 A*2 pack capture => awaits 2; new: A 3; holds A 3; waits for 2
         settle 2 done => processing: A 3 s2 i2; holds A 3
         invoice-of 1 => 000000001 of 2: subtotal 20 incl 20 shipping 5 total 25; A 2 row 20 incl 20
         ship 1 A*1 pack capture => no: shipping is taken already
         ship 1 A*1 pack capture rest-of-costs => awaits 3; processing: A 3 s2 i2; holds A 3; waits for 3
         settle 3 done => complete: A 3 s3 i3; holds A 3
         payment-of 1 => rehearsal authorised 35: captured 35, refunded 0",
    );
}

#[test]
fn money_that_was_taken_for_the_whole_order_is_not_asked_for_again() {
    check(
        "product A qty=10
         order A*3@10 shipping=5 total=35 => new: A 3; holds A 3
         invoice 1 => processing: A 3 i3; holds A 3
         ship 1 A*2 pack capture => processing: A 3 s2 i3; holds A 3
         ship 1 A*1 off capture => complete: A 3 s3 i3; holds A 2",
    );
}

#[test]
fn what_was_never_bound_and_leaves_at_once_is_bound_to_nothing() {
    check(
        "product A qty=10
         order A*3@10 => new: A 3; holds A 3
         invoice 1 => processing: A 3 i3; holds A 3
         ship 1 A*2 off => processing: A 3 s2 i3; holds A 1
         ship 1 A*2 off strict => no: 2 A, 1 left
         stock-of A => default 8; held 1; salable 7",
    );
}

#[test]
fn a_shipment_that_waits_for_its_money_keeps_its_costs() {
    check(
        "product A qty=10
         order A*3@10 shipping=5 total=35 method=rehearsal pay=ok => new: A 3; holds A 3; waits for 1
         settle 1 done ref=auth => new: A 3; holds A 3
         ship 1 A*2 pack => processing: A 3 s2; holds A 3
         ship 1 A*1 pack capture rest-of-costs => awaits 2; processing: A 3 s2; holds A 3; waits for 2
         settle 2 done => processing: A 3 s3 i1; holds A 3
         invoice-of 1 => 000000001 of 1: subtotal 10 incl 10 total 10; A 1 row 10 incl 10
         complete 1 capture ready=yes sent=yes => awaits 3; processing: A 3 s3 i1; holds A 3; waits for 3
         stock-of A => default 8 bound 3; held 3; salable 5
         settle 3 done => complete: A 3 s3 i3; holds A 1
         stock-of A => default 8 bound 1; held 1; salable 7
         payment-of 1 => rehearsal authorised 35: captured 35, refunded 0",
    );
}

#[test]
fn what_the_bank_declines_makes_no_shipment_and_takes_no_number() {
    check(
        "product A qty=10
         order A*3@10 method=rehearsal pay=ok => new: A 3; holds A 3; waits for 1
         settle 1 done ref=auth => new: A 3; holds A 3
         ship 1 A*2 off capture => awaits 2; new: A 3; holds A 3; waits for 2
         settle 2 refused => declined 2; new: A 3; holds A 3
         stock-of A => default 10; held 3; salable 7
         ship 1 A*2 pack => processing: A 3 s2; holds A 3
         shipment-of 2 => 000000001 of 2 from default: A 2; here
         complete 2 ready=yes sent=yes capture => awaits 3; processing: A 3 s2; holds A 3; waits for 3
         settle 3 refused => declined 3; processing: A 3 s2; holds A 3
         shipment-of 2 => 000000001 of 2 from default: A 2; here",
    );
}

#[test]
fn what_was_bound_for_a_capture_that_is_declined_is_bound_no_longer() {
    check(
        "product A qty=10
         count A@east=5
         order A*2@10 method=rehearsal pay=ok => new: A 2; holds A 2; waits for 1
         settle 1 done ref=auth => new: A 2; holds A 2
         ship 1 pack capture => awaits 2; new: A 2; holds A 2; waits for 2
         stock-of A => default 10 bound 2, east 5; held 2; salable 13
         settle 2 unknown => awaits 2; new: A 2; holds A 2; waits for 2
         stock-of A => default 10 bound 2, east 5; held 2; salable 13
         settle 2 refused => declined 2; new: A 2; holds A 2
         rows-of 1 => open:
         stock-of A => default 10, east 5; held 2; salable 13
         settle 2 refused => declined 2; new: A 2; holds A 2
         ship 1 pack from=east => processing: A 2 s2; holds A 2
         rows-of 1 => processing: 2 east: A 2 packing in 2",
    );
}

#[test]
fn a_declined_capture_leaves_fulfilment_orders_as_they_were() {
    check(
        "product A qty=2 backorders=yes
         count A@east=1
         order A*4@10 method=rehearsal pay=ok auto=default,east share partly => new: A 4; holds A 4; waits for 1
         settle 1 done ref=auth => new: A 4; holds A 4
         say 1 2 E-1 => new: A 4; holds A 4
         consign 1 2 A*1 as=W-1 by=own draft => consignment 1 draft W-1
         rows-of 1 => processing: 1 default: A 2 allocated; 2 east: A 1 allocated c1; 3 nowhere: A 1 open
         count A@default=9 => done
         ship 1 pack demand capture => awaits 2; new: A 4; holds A 4; waits for 2
         rows-of 1 => processing: 1 default: A 3 allocated, A 1 allocated c1
         cancel-consignment 1 => no: operation 2 is under way
         move-on 1 shipped => no: operation 2 is under way
         settle 2 refused => declined 2; new: A 4; holds A 4
         rows-of 1 => processing: 1 default: A 2 allocated; 2 east: A 1 allocated c1; 3 nowhere: A 1 open
         stock-of A => default 9 bound 2, east 1 bound 1; held 4; salable 6
         ship 1 pack demand capture => awaits 3; new: A 4; holds A 4; waits for 3
         settle 3 done amount=5 => holded: A 4; holds A 4
         rows-of 1 => processing: 1 default: A 2 allocated; 2 east: A 1 allocated c1; 3 nowhere: A 1 open",
    );
}

#[test]
fn a_shipment_that_costs_nothing_is_paid() {
    check(
        "product A qty=10
         order A*3@0 => new: A 3; holds A 3
         ship 1 A*1 pack => processing: A 3 s1; holds A 3
         shipment-of 1 => 000000001 of 1 from default: A 1; here paid
         order A*1@5 => new: A 1; holds A 1
         invoice 2 => processing: A 1 i1; holds A 1
         ship 2 off => complete: A 1 s1 i1",
    );
}

#[test]
fn what_lies_in_one_shipment_goes_into_no_other() {
    check(
        "product A qty=10
         order A*3@10 => new: A 3; holds A 3
         ship 1 A*2 pack => processing: A 3 s2; holds A 3
         ship 1 A*2 strict => no: 2 A, 1 left
         ship 1 A*1 => processing: A 3 s3; holds A 2
         ship 1 A*1 pack => no: nothing left to ship; nothing asked to ship
         rows-of 1 => processing: 1 default: A 2 packing in 1, A 1 fulfilled in 2 left
         cancel 1 => not possible",
    );
}

#[test]
fn what_is_bound_to_one_order_leaves_with_no_other() {
    check(
        "product A qty=3
         count A@east=5
         order A*2@10 => new: A 2; holds A 2
         order A*2@10 => new: A 2; holds A 2
         ship 1 pack => processing: A 2 s2; holds A 2
         ship 2 => no: 2 A, 1 at default
         ship 2 pack => no: 2 A, 1 at default
         ship 2 from=east => processing: A 2 s2
         uncount A default => no: 2 A bound at default
         count A@default=1 => done
         complete 1 ready=yes sent=yes capture => no: 2 A, 1 at default
         count A@default=1:raise => done
         complete 1 ready=yes sent=yes capture => complete: A 2 s2 i2",
    );
}

#[test]
fn other_quantities_while_it_is_open() {
    check(
        "product A qty=10
         product B qty=10
         order A*3@10 B*2@5 => new: A 3, B 2; holds A 3, B 2
         ship 1 A*3 pack => processing: A 3 s3, B 2; holds A 3, B 2
         repack 1 A*1 B*2 => processing: A 3 s1, B 2 s2; holds A 3, B 2
         shipment-of 1 => 000000001 of 3 from default: A 1, B 2; here
         rows-of 1 => processing: 1 default: A 1 packing in 1, A 2 allocated, B 2 packing in 1
         repack 1 A*4 => no: 4 A, 3 left
         repack 1 A*0 B*0 => no: nothing asked to repack
         repack 1 A*-1 => no: qty is negative
         repack 1 B*0 ready=yes => processing: A 3 s1, B 2; holds A 3, B 2
         shipment-of 1 => 000000001 of 1 from default: A 1; here ready
         complete 1 capture => processing: A 3 s1 i1, B 2; holds A 3, B 2
         repack 1 A*2 => no: cannot repack what is captured
         repack 1 A*1 ready=no => processing: A 3 s1 i1, B 2; holds A 3, B 2
         complete 1 ready=yes sent=yes => processing: A 3 s1 i1, B 2; holds A 2, B 2
         repack 1 A*2 => no: cannot repack what is sent
         delete-shipment 1 => no: cannot delete what is sent",
    );
}

#[test]
fn a_serial_number_is_of_something_in_the_shipment() {
    check(
        "product A qty=10
         product B qty=10
         product P qty=10
         order A*3@10 B*2@5 bundle:KIT*1@9!separate ( P*1@1 ) => new: A 3, B 2, KIT 1, +P 1; holds A 3, B 2, P 1
         ship 1 A*2 pack => processing: A 3 s2, B 2, KIT 1, +P 1; holds A 3, B 2, P 1
         repack 1 serial=B => no: no line 2
         repack 1 serial=KIT => no: no line 3
         repack 1 B*0 serial=B => no: no line 2
         repack 1 A*9 serial=B => no: 9 A, 3 left; no line 2
         repack 1 serial=A => processing: A 3 s2, B 2, KIT 1, +P 1; holds A 3, B 2, P 1
         repack 1 B*1 P*1 serial=KIT => processing: A 3 s2, B 2 s1, KIT 1 s1, +P 1 s1; holds A 3, B 2, P 1
         repack 1 B*0 A*1 serial=B => no: no line 2
         repack 1 B*0 => processing: A 3 s2, B 2, KIT 1 s1, +P 1 s1; holds A 3, B 2, P 1
         repack 1 B*0 => processing: A 3 s2, B 2, KIT 1 s1, +P 1 s1; holds A 3, B 2, P 1",
    );
}

#[test]
fn a_shipment_that_is_taken_back_leaves_its_number_behind() {
    check(
        "product A qty=10
         order A*3@10 => new: A 3; holds A 3
         ship 1 A*3 pack => processing: A 3 s3; holds A 3
         delete-shipment 1 => processing: A 3; holds A 3
         rows-of 1 => allocated: 1 default: A 3 allocated
         ship 1 A*3 pack => processing: A 3 s3; holds A 3
         shipment-of 2 => 000000002 of 3 from default: A 3; here
         complete 2 capture => complete: A 3 s3 i3; holds A 3
         delete-shipment 2 => no: cannot delete what is captured
         delete-shipment 1 => no: no shipment 1",
    );
}

#[test]
fn a_refund_leaves_what_is_packed_to_the_warehouse() {
    check(
        "product A qty=10
         order A*2@10 => new: A 2; holds A 2
         ship 1 pack capture => complete: A 2 s2 i2; holds A 2
         refund 1 => complete: A 2 s2 i2 r2; holds A 2
         complete 1 ready=yes sent=yes => closed: A 2 s2 i2 r2",
    );
}

#[test]
fn several_holds_end_with_the_last() {
    check(
        "product A qty=10
         order A*2@10 => new: A 2; holds A 2
         ship 1 A*1 pack => processing: A 2 s1; holds A 2
         hold 1 as=fraud => holded: A 2 s1; holds A 2
         hold 1 => no: cannot hold what is holded
         hold 1 as=address => holded: A 2 s1; holds A 2
         complete 1 ready=yes => no: cannot ship what is holded
         release 1 as=fraud => holded: A 2 s1; holds A 2
         release 1 as=fraud => no: cannot release what is holded
         release 1 as=address => processing: A 2 s1; holds A 2
         hold 1 as=fraud => holded: A 2 s1; holds A 2
         hold 1 as=address => holded: A 2 s1; holds A 2
         release 1 => processing: A 2 s1; holds A 2",
    );
}

#[test]
fn an_order_that_comes_in_is_bound_as_far_as_goods_are_free() {
    check(
        "product A qty=3 backorders=yes
         order A*5@10 at=default => new: A 5; holds A 5
         rows-of 1 => partiallyallocated: 1 default: A 3 allocated; 2 nowhere: A 2 open
         stock-of A => default 3 bound 3; held 5; salable -2
         ship 1 A*4 pack => no: 4 A, 3 allocated
         ship 1 A*4 pack demand => no: 1 A, 0 at default
         ship 1 A*3 pack => processing: A 5 s3; holds A 5
         count A@default=6 => done
         ship 1 A*2 pack => no: 2 A, 0 allocated
         ship 1 A*2 pack demand => processing: A 5 s5; holds A 5
         rows-of 1 => processing: 1 default: A 3 packing in 1, A 2 packing in 2
         order A*1@10 at=default => new: A 1; holds A 1
         rows-of 2 => allocated: 3 default: A 1 allocated
         cancel 2 => canceled: A 1 c1
         rows-of 2 => cancelled: 3 default: A 1 cancelled (order_canceled)",
    );
}

#[test]
fn an_order_that_holds_nothing_is_bound_to_nothing_that_others_hold() {
    check(
        "product A qty=4 out_at=1
         count A@east=1
         source far name=Far country=US postcode=1
         count A@far=2
         order A*3@10 => new: A 3; holds A 3
         order A*2@10 A*1@10 nohold at=default => new: A 2, A 1
         rows-of 2 => partiallyallocated: 1 default: A 2 allocated; 2 nowhere: A 1 open
         allocate 2 default,east share partly => new: A 2, A 1
         rows-of 2 => partiallyallocated: 1 default: A 2 allocated; 2 nowhere: A 1 open
         order A*1@10 nohold at=far => new: A 1
         rows-of 3 => allocated: 3 far: A 1 allocated
         order A*3@10 nohold auto=east,far share => canceled: A 3 c3
         ship 1 A*2 => processing: A 3 s2; holds A 1
         count A@east=3 => done
         allocate 2 default,east share partly => new: A 2, A 1
         rows-of 2 => allocated: 1 default: A 2 allocated; 5 east: A 1 allocated",
    );
}

#[test]
fn an_order_that_nobody_confirmed_waits() {
    check(
        "product A qty=3
         order A*1@10 at=default unconfirmed => holded: A 1; holds A 1
         ship 1 pack => no: cannot ship what is holded
         release 1 as=confirm => new: A 1; holds A 1
         ship 1 pack => processing: A 1 s1; holds A 1",
    );
}

#[test]
fn a_held_order_is_not_packed_anew() {
    check(
        "product A qty=10
         order A*3@10 => new: A 3; holds A 3
         ship 1 A*1 pack capture => processing: A 3 s1 i1; holds A 3
         complete 1 sent=yes ready=no => processing: A 3 s1 i1; holds A 3
         hold 1 as=fraud => holded: A 3 s1 i1; holds A 3
         repack 1 A*1 ready=yes => no: cannot ship what is holded",
    );
}

#[test]
fn what_is_packed_was_not_sent_when_money_is_given_back() {
    check(
        "product A qty=10
         order A*3@10 => new: A 3; holds A 3
         invoice 1 => processing: A 3 i3; holds A 3
         ship 1 A*1 pack => processing: A 3 s1 i3; holds A 3
         refund 1 A*2 => complete: A 3 s1 i3 r2; holds A 1
         ship 1 A*1 pack => no: nothing left to ship; nothing asked to ship",
    );
}

#[test]
fn what_was_invoiced_meanwhile_leaves_without_a_capture() {
    check(
        "product A qty=2
         order A*2@10 => new: A 2; holds A 2
         ship 1 A*2 pack => processing: A 2 s2; holds A 2
         invoice 1 => complete: A 2 s2 i2; holds A 2
         complete 1 ready=yes sent=yes => complete: A 2 s2 i2",
    );
}

#[test]
fn a_kit_sent_apart_is_begun_while_one_of_its_parts_is_packed() {
    check(
        "product P qty=10
         product Q qty=10
         order bundle:KIT*1@0!separate ( P*1@10 Q*1@30 ) => new: KIT 1, +P 1, +Q 1; holds P 1, Q 1
         ship 1 P*1 pack => processing: KIT 1 s1, +P 1 s1, +Q 1; holds P 1, Q 1
         ship 1 Q*1 pack => processing: KIT 1 s1, +P 1 s1, +Q 1 s1; holds P 1, Q 1
         delete-shipment 2 => processing: KIT 1 s1, +P 1 s1, +Q 1; holds P 1, Q 1
         delete-shipment 1 => processing: KIT 1, +P 1, +Q 1; holds P 1, Q 1",
    );
}

#[test]
fn a_kit_sent_apart_counts_the_shipments_that_it_stands_on_and_no_more_than_are_begun() {
    check(
        "product P qty=10
         product Q qty=10
         order bundle:KIT*2@0!separate ( P*2@10 Q*2@30 ) => new: KIT 2, +P 2, +Q 2; holds P 2, Q 2
         ship 1 P*1 => processing: KIT 2 s1, +P 2 s1, +Q 2; holds P 1, Q 2
         ship 1 P*1 pack => processing: KIT 2 s2, +P 2 s2, +Q 2; holds P 1, Q 2
         ship 1 Q*1 pack => processing: KIT 2 s2, +P 2 s2, +Q 2 s1; holds P 1, Q 2
         delete-shipment 3 => processing: KIT 2 s2, +P 2 s2, +Q 2; holds P 1, Q 2
         delete-shipment 2 => processing: KIT 2 s1, +P 2 s1, +Q 2; holds P 1, Q 2",
    );
}

#[test]
fn a_kit_stands_on_a_shipment_as_long_as_one_of_its_parts_does() {
    check(
        "product P qty=10
         product Q qty=10
         product A qty=10
         order A*1@5 bundle:KIT*2@9!separate ( P*2@10 Q*2@30 ) => new: A 1, KIT 2, +P 2, +Q 2; holds A 1, P 2, Q 2
         ship 1 A*1 pack => processing: A 1 s1, KIT 2, +P 2, +Q 2; holds A 1, P 2, Q 2
         repack 1 P*1 => processing: A 1 s1, KIT 2 s1, +P 2 s1, +Q 2; holds A 1, P 2, Q 2
         shipment-of 1 => 000000001 of 2 from default: A 1, P 1, KIT 1; here
         ship 1 Q*2 pack => processing: A 1 s1, KIT 2 s2, +P 2 s1, +Q 2 s2; holds A 1, P 2, Q 2
         repack 1 P*2 => processing: A 1 s1, KIT 2 s2, +P 2 s2, +Q 2 s2; holds A 1, P 2, Q 2
         repack 1 P*0 => processing: A 1 s1, KIT 2 s1, +P 2, +Q 2 s2; holds A 1, P 2, Q 2
         shipment-of 1 => 000000001 of 1 from default: A 1; here
         repack 2 Q*0 => no: nothing asked to repack
         repack 2 Q*1 => processing: A 1 s1, KIT 2 s1, +P 2, +Q 2 s1; holds A 1, P 2, Q 2
         delete-shipment 1 => processing: A 1, KIT 2 s1, +P 2, +Q 2 s1; holds A 1, P 2, Q 2
         delete-shipment 2 => processing: A 1, KIT 2, +P 2, +Q 2; holds A 1, P 2, Q 2",
    );
}

#[test]
fn what_is_bound_to_an_order_is_not_carried_elsewhere() {
    check(
        "product A qty=2
         count A@east=0
         order A*2@10 at=default => new: A 2; holds A 2
         transfer default east A*1 => no: not enough A to transfer",
    );
}

#[test]
fn what_has_left_unpaid_is_captured_once() {
    check(
        "product A qty=10
         product P qty=10
         order A*5@10 method=stripe auth=pi_1 => new: A 5; holds A 5
         ship 1 A*2 => processing: A 5 s2; holds A 3
         complete 1 capture => awaits 1; processing: A 5 s2; holds A 3; waits for 1
         settle 1 done => processing: A 5 s2 i2; holds A 3
         payment-of 1 => stripe authorised 50: captured 20, refunded 0
         order bundle:KIT*3@30!separate ( P*6 ) method=stripe auth=pi_2 => new: KIT 3, +P 6; holds P 6
         ship 2 P*2 => processing: KIT 3 s1, +P 6 s2; holds P 4
         complete 2 capture => awaits 2; processing: KIT 3 s1, +P 6 s2; holds P 4; waits for 2
         settle 2 done => processing: KIT 3 s1 i1, +P 6 s2 i2; holds P 4",
    );
}

#[test]
fn what_has_left_stays_ready() {
    check(
        "product A qty=10
         order A*2@10 fo=default:0x2 => new: A 2; holds A 2
         fulfil 1 1 A*1 => processing: A 2 s1; holds A 1
         complete 1 ready=no => processing: A 2 s1; holds A 1
         shipment-of 1 => 000000001 of 1 from default: A 1; here ready
         repack 1 ready=no => processing: A 2 s1; holds A 1
         shipment-of 1 => 000000001 of 1 from default: A 1; here ready",
    );
}
