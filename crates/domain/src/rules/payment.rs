//! Money first: what waits for a gateway, and what its answer makes of it (design, "Money first").

use crate::testing::check;

#[test]
fn money_is_set_aside_when_an_order_comes_in() {
    check(
        "order A*2@10 method=rehearsal pay=ok => new: A 2; waits for 1
         payment-of 1 => rehearsal open 0: captured 0, refunded 0
         settle 1 unknown => awaits 1; new: A 2; waits for 1
         settle 1 done until=9000 => new: A 2
         payment-of 1 => rehearsal authorised 20 until 9000: captured 0, refunded 0
         settle 1 refused => new: A 2",
    );
}

#[test]
fn an_order_whose_money_cannot_be_set_aside_is_stopped() {
    check(
        "order A*2@10 method=rehearsal pay=ok => new: A 2; waits for 1
         settle 1 refused => declined 1; holded: A 2
         payment-of 1 => rehearsal declined 0: captured 0, refunded 0
         ship 1 => no: cannot ship what is holded
         release 1 => new: A 2
         invoice 1 capture => no: payment is declined
         cancel 1 => canceled: A 2 c2",
    );
}

#[test]
fn what_the_shop_has_set_aside_is_taken_as_it_is() {
    check(
        "order A*2@10 method=stripe auth=pi_1 => new: A 2
         payment-of 1 => stripe authorised 20: captured 0, refunded 0
         order A*2@10 method=stripe auth=pi_1 authorised=15 until=500 => new: A 2
         invoice 2 A*1 capture => no: authorisation ended at 500
         order A*2@10 method=stripe auth=pi_1 authorised=15 => new: A 2
         invoice 3 capture => no: 20 of 15 authorised
         invoice 3 A*1 capture => awaits 1; new: A 2; waits for 1
         settle 1 done => processing: A 2 i1
         invoice 3 A*1 capture => no: 10 of 5 authorised
         order A*2@10 method=stripe => new: A 2
         invoice 4 capture => no: payment is open",
    );
}

#[test]
fn an_invoice_is_made_when_its_money_is_here() {
    check(
        "order A*2@10 method=stripe auth=pi_1 => new: A 2
         invoice 1 A*1 capture => awaits 1; new: A 2; waits for 1
         invoice 1 A*1 => no: operation 1 is under way
         ship 1 => no: operation 1 is under way
         cancel 1 => no: operation 1 is under way
         hold 1 => no: operation 1 is under way
         refund 1 => no: operation 1 is under way
         settle 1 done => processing: A 2 i1
         settle 1 done => processing: A 2 i1
         invoice-of 1 => 000000001 of 1: subtotal 10 incl 10 total 10; A 1 row 10 incl 10
         payment-of 1 => stripe authorised 20: captured 10, refunded 0
         money 1 => subtotal 20 total 20 invoiced 10 paid 10",
    );
}

#[test]
fn a_declined_capture_leaves_nothing() {
    check(
        "order A*2@10 method=stripe auth=pi_1 => new: A 2
         invoice 1 capture => awaits 1; new: A 2; waits for 1
         settle 1 refused => declined 1; new: A 2
         payment-of 1 => stripe authorised 20: captured 0, refunded 0
         invoice 1 => processing: A 2 i2
         invoice-of 1 => 000000001 of 2: subtotal 20 incl 20 total 20; A 2 row 20 incl 20
         payment-of 1 => stripe authorised 20: captured 0, refunded 0",
    );
}

#[test]
fn a_shipment_leaves_when_it_is_paid() {
    check(
        "product A qty=5
         order A*3@10 shipping=4 method=stripe auth=pi_1 => new: A 3; holds A 3
         ship 1 A*2 capture => awaits 1; new: A 3; holds A 3; waits for 1
         stock-of A => default 3; held 3; salable 0
         settle 1 done => processing: A 3 s2 i2; holds A 1
         stock-of A => default 3; held 1; salable 2
         shipment-of 1 => 000000001 of 2 from default: A 2
         invoice-of 1 => 000000001 of 2: subtotal 20 incl 20 shipping 4 total 24; A 2 row 20 incl 20
         ship 1 capture => awaits 2; processing: A 3 s2 i2; holds A 1; waits for 2
         settle 2 done => complete: A 3 s3 i3
         payment-of 1 => stripe authorised 34: captured 34, refunded 0",
    );
}

#[test]
fn goods_that_are_not_paid_for_go_back() {
    check(
        "product A qty=5
         order A*3@10 method=stripe auth=pi_1 => new: A 3; holds A 3
         ship 1 A*2 capture => awaits 1; new: A 3; holds A 3; waits for 1
         settle 1 refused => declined 1; new: A 3; holds A 3
         stock-of A => default 5; held 3; salable 2
         ship 1 A*2 => processing: A 3 s2; holds A 1
         shipment-of 2 => 000000001 of 2 from default: A 2",
    );
}

#[test]
fn what_is_paid_already_leaves_at_once() {
    check(
        "product A qty=6
         order A*3@10 method=stripe auth=pi_1 => new: A 3; holds A 3
         invoice 1 A*2 capture => awaits 1; new: A 3; holds A 3; waits for 1
         settle 1 done => processing: A 3 i2; holds A 3
         ship 1 A*2 capture => processing: A 3 s2 i2; holds A 1
         ship 1 A*1 capture => awaits 2; processing: A 3 s2 i2; holds A 1; waits for 2
         order A*1@10 => new: A 1; holds A 1
         ship 2 capture => complete: A 1 s1 i1
         order A*1@10 method=somewhere => new: A 1; holds A 1
         ship 3 capture => no: payment method somewhere
         ship 3 => processing: A 1 s1",
    );
}

#[test]
fn what_was_refunded_pays_for_nothing_else() {
    check(
        "product A qty=6
         order A*3@10 method=stripe auth=pi_1 => new: A 3; holds A 3
         invoice 1 A*1 capture => awaits 1; new: A 3; holds A 3; waits for 1
         settle 1 done => processing: A 3 i1; holds A 3
         refund 1 A*1 back=A => processing: A 3 i1 r1; holds A 2
         ship 1 A*1 capture => awaits 2; processing: A 3 i1 r1; holds A 2; waits for 2
         settle 2 done => processing: A 3 s1 i2 r1; holds A 1",
    );
}

#[test]
fn another_amount_than_was_asked_for_stops_the_order() {
    check(
        "order A*2@10 method=stripe auth=pi_1 => new: A 2
         invoice 1 capture => awaits 1; new: A 2; waits for 1
         settle 1 done amount=15 => holded: A 2
         payment-of 1 => stripe authorised 20: captured 15, refunded 0
         money 1 => subtotal 20 total 20",
    );
}

#[test]
fn what_moved_in_another_amount_than_was_asked_for_is_kept_in_the_books() {
    check(
        "product A qty=5
         order A*2@10 method=stripe auth=pi_1 => new: A 2; holds A 2
         ship 1 A*2 capture => awaits 1; new: A 2; holds A 2; waits for 1
         stock-of A => default 3; held 2; salable 1
         settle 1 done amount=15 => holded: A 2; holds A 2
         stock-of A => default 5; held 2; salable 3
         payment-of 1 => stripe authorised 20: captured 15, refunded 0
         failed 1 => holded: A 2; holds A 2
         payment-of 1 => stripe authorised 20: captured 0, refunded 0
         order A*2@10 method=stripe auth=pi_2 => new: A 2; holds A 2
         invoice 2 capture => awaits 2; new: A 2; holds A 2; waits for 2
         settle 2 done => processing: A 2 i2; holds A 2
         refund 2 A*1 invoice=2 online => awaits 3; processing: A 2 i2; holds A 2; waits for 3
         settle 3 done amount=15 => holded: A 2 i2; holds A 2
         payment-of 2 => stripe authorised 20: captured 20, refunded 15
         release 2 => processing: A 2 i2; holds A 2
         refund 2 A*1 invoice=2 online => no: 5 left to refund",
    );
}

#[test]
fn what_the_shop_has_set_aside_is_looked_at_first() {
    check(
        "order A*3@10 method=stripe auth=pi_1 unseen => new: A 3; waits for 1
         payment-of 1 => stripe open 0: captured 0, refunded 0
         settle 1 done ref=pi_1 amount=25 until=9000 => new: A 3
         payment-of 1 => stripe authorised 25 until 9000: captured 0, refunded 0
         invoice 1 capture => no: 30 of 25 authorised
         order A*3@10 method=stripe auth=pi_2 unseen => new: A 3; waits for 2
         settle 2 refused => declined 2; holded: A 3
         payment-of 2 => stripe declined 0: captured 0, refunded 0",
    );
}

#[test]
fn an_authorisation_that_ends_is_warned_of_once_or_renewed() {
    check(
        "order A*3@10 method=rehearsal pay=ok => new: A 3; waits for 1
         mind 1 => no: operation 1 is under way
         settle 1 done until=9000 => new: A 3
         mind 1 => new: A 3
         mind 1 renew => new: A 3
         payment-of 1 => rehearsal authorised 30 until 9000: captured 0, refunded 0
         order A*3@10 method=rehearsal pay=ok => new: A 3; waits for 2
         settle 2 done until=9000 => new: A 3
         invoice 2 A*1 capture => awaits 3; new: A 3; waits for 3
         settle 3 done => processing: A 3 i1
         mind 2 renew => processing: A 3 i1; waits for 4
         settle 4 done until=20000 => processing: A 3 i1
         payment-of 2 => rehearsal authorised 30 until 20000: captured 10, refunded 0
         mind 2 renew => processing: A 3 i1; waits for 5
         settle 5 refused => declined 5; processing: A 3 i1
         payment-of 2 => rehearsal authorised 30 until 20000: captured 10, refunded 0
         at 20000
         invoice 2 capture => no: authorisation ended at 20000
         ship 2 capture => no: authorisation ended at 20000",
    );
}

#[test]
fn what_ends_at_the_gateway_is_not_captured_any_more() {
    check(
        "order A*3@10 method=rehearsal pay=ok => new: A 3; waits for 1
         settle 1 done => new: A 3
         ended 1 => new: A 3
         payment-of 1 => rehearsal voided 30: captured 0, refunded 0
         invoice 1 capture => no: payment is voided",
    );
}

#[test]
fn what_was_taken_whole_does_not_end() {
    check(
        "order A*2@10 method=rehearsal pay=ok => new: A 2; waits for 1
         settle 1 done => new: A 2
         invoice 1 capture => awaits 2; new: A 2; waits for 2
         settle 2 done => processing: A 2 i2
         ended 1 => processing: A 2 i2
         payment-of 1 => rehearsal authorised 20: captured 20, refunded 0",
    );
}

#[test]
fn the_end_of_an_authorisation_that_was_renewed_ends_nothing() {
    check(
        "order A*3@10 method=rehearsal pay=ok => new: A 3; waits for 1
         settle 1 done until=9000 => new: A 3
         invoice 1 A*1 capture => awaits 2; new: A 3; waits for 2
         settle 2 done => processing: A 3 i1
         mind 1 renew => processing: A 3 i1; waits for 3
         settle 3 done until=20000 => processing: A 3 i1
         ended 1 => processing: A 3 i1
         payment-of 1 => rehearsal authorised 30 until 20000: captured 10, refunded 0
         failed 2 => holded: A 3 i1
         payment-of 1 => rehearsal authorised 20 until 20000: captured 0, refunded 0
         ended 3 => holded: A 3 i1
         payment-of 1 => rehearsal voided 20 until 20000: captured 0, refunded 0",
    );
}

#[test]
fn an_invoice_gives_back_what_it_took_and_no_more() {
    check(
        "order A*4@10 method=stripe auth=pi_1 => new: A 4
         invoice 1 A*1 capture => awaits 1; new: A 4; waits for 1
         settle 1 done => processing: A 4 i1
         invoice 1 A*3 capture => awaits 2; processing: A 4 i1; waits for 2
         settle 2 done => processing: A 4 i4
         refund 1 invoice=1 A*3 online => awaits 3; processing: A 4 i4; waits for 3
         settle 3 done => processing: A 4 i4 r1
         memo-of 1 => 000000001 of 1: subtotal 10 total 10; A 1 row 10 incl 10
         refund 1 invoice=1 A*1 online => no: invoice cannot be refunded
         refund 1 invoice=2 A*1 online => awaits 4; processing: A 4 i4 r1; waits for 4
         settle 4 done => processing: A 4 i4 r2
         refund 1 invoice=2 A*2 online => awaits 5; processing: A 4 i4 r2; waits for 5
         settle 5 done => closed: A 4 i4 r4
         order A*4@10 method=stripe auth=pi_2 => new: A 4
         invoice 2 A*2 capture => awaits 6; new: A 4; waits for 6
         settle 6 done => processing: A 4 i2
         invoice 2 A*2 capture => awaits 7; processing: A 4 i2; waits for 7
         settle 7 done => processing: A 4 i4
         refund 2 invoice=3 A*1 online => awaits 8; processing: A 4 i4; waits for 8
         settle 8 done => processing: A 4 i4 r1
         refund 2 invoice=3 A*2 online => awaits 9; processing: A 4 i4 r1; waits for 9
         settle 9 done => processing: A 4 i4 r2",
    );
}

#[test]
fn kits_are_paid_by_the_lines_that_carry_their_money() {
    check(
        "product P qty=20
         product Q qty=20
         order bundle:KIT*2@30!separate ( P*4 Q*2 ) => new: KIT 2, +P 4, +Q 2; holds P 4, Q 2
         ship 1 P*1 capture => processing: KIT 2 s1 i1, +P 4 s1 i2, +Q 2 i1; holds P 3, Q 2
         ship 1 Q*1 capture => processing: KIT 2 s1 i1, +P 4 s1 i2, +Q 2 s1 i1; holds P 3, Q 1
         order bundle:KIT*2@30!dynamic ( P*4@7 Q*2@16 ) => new: KIT 2, +P 4, +Q 2; holds P 4, Q 2
         ship 2 KIT*1 capture => processing: KIT 2 s1 i1, +P 4 i2, +Q 2 i1; holds P 2, Q 1",
    );
}

#[test]
fn a_cancel_sets_free_what_was_set_aside() {
    check(
        "order A*2@10 method=stripe auth=pi_1 => new: A 2
         cancel 1 => canceled: A 2 c2; waits for 1
         settle 1 done => canceled: A 2 c2
         payment-of 1 => stripe voided 20: captured 0, refunded 0
         order A*2@10 => new: A 2
         cancel 2 => canceled: A 2 c2",
    );
}

#[test]
fn a_refund_is_made_when_the_gateway_gave_the_money_back() {
    check(
        "order A*2@10 method=stripe auth=pi_1 => new: A 2
         invoice 1 capture => awaits 1; new: A 2; waits for 1
         settle 1 done => processing: A 2 i2
         refund 1 invoice=1 A*1 online => awaits 2; processing: A 2 i2; waits for 2
         settle 2 refused => declined 2; processing: A 2 i2
         refund 1 invoice=1 A*1 online => awaits 3; processing: A 2 i2; waits for 3
         settle 3 done => processing: A 2 i2 r1
         memo-of 1 => 000000001 of 1: subtotal 10 total 10; A 1 row 10 incl 10
         payment-of 1 => stripe authorised 20: captured 20, refunded 10
         refund 1 invoice=1 online => awaits 4; processing: A 2 i2 r1; waits for 4
         settle 4 done => closed: A 2 i2 r2
         order A*1@10 method=stripe auth=pi_2 => new: A 1
         invoice 2 => processing: A 1 i1
         refund 2 invoice=2 online => no: nothing was captured",
    );
}

#[test]
fn a_gateway_gives_back_no_more_of_an_invoice_than_it_took_for_it() {
    check(
        "order A*3@10 method=stripe auth=pi_1 => new: A 3
         invoice 1 A*1 capture => awaits 1; new: A 3; waits for 1
         settle 1 done => processing: A 3 i1
         invoice 1 capture => awaits 2; processing: A 3 i1; waits for 2
         settle 2 done => processing: A 3 i3
         refund 1 invoice=1 online plus=2 => no: 10 left to refund
         refund 1 invoice=1 plus=2 => processing: A 3 i3 r1
         refund 1 invoice=2 A*1 online plus=11 => no: 18 left to refund
         refund 1 invoice=2 A*1 online plus=8 => awaits 3; processing: A 3 i3 r1; waits for 3",
    );
}

#[test]
fn a_remark_closes_no_order_whose_refund_is_under_way() {
    check(
        "order A*2@10!virtual method=stripe auth=pi_1 => new: A 2
         invoice 1 capture => awaits 1; new: A 2; waits for 1
         settle 1 done => complete: A 2 i2
         refund 1 invoice=1 A*1 online => awaits 2; complete: A 2 i2; waits for 2
         comment 1 closed => complete/closed: A 2 i2; waits for 2
         settle 2 done => complete: A 2 i2 r1
         memo-of 1 => 000000001 of 1: subtotal 10 total 10; A 1 row 10 incl 10",
    );
}
