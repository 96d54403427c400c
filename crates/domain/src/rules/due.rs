//! Money that had come and has failed since: what is due again, and what becomes of it (invariant M3).

use crate::testing::check;

#[test]
fn a_capture_that_fails_after_all_makes_its_invoice_due_again_and_stops_the_order() {
    check(
        "product A qty=6
         order A*3@10 method=stripe auth=pi_1 => new: A 3; holds A 3
         ship 1 A*1 capture => awaits 1; new: A 3; holds A 3; waits for 1
         settle 1 done => processing: A 3 s1 i1; holds A 2
         failed 1 => holded: A 3 s1 i1; holds A 2
         failed 1 => holded: A 3 s1 i1; holds A 2
         money 1 => subtotal 30 total 30 invoiced 10
         payment-of 1 => stripe authorised 30: captured 0, refunded 0
         ship 1 => no: cannot ship what is holded
         release 1 => processing: A 3 s1 i1; holds A 2
         capture-invoice 1 1 => awaits 2; processing: A 3 s1 i1; holds A 2; waits for 2
         settle 2 refused => declined 2; processing: A 3 s1 i1; holds A 2
         capture-invoice 1 1 => awaits 3; processing: A 3 s1 i1; holds A 2; waits for 3
         settle 3 done => processing: A 3 s1 i1; holds A 2
         money 1 => subtotal 30 total 30 invoiced 10 paid 10
         payment-of 1 => stripe authorised 30: captured 10, refunded 0
         capture-invoice 1 1 => no: nothing to capture",
    );
}

#[test]
fn an_invoice_that_is_due_again_can_be_voided_and_its_goods_invoiced_otherwise_or_canceled() {
    check(
        "product A qty=6
         order A*3@10 shipping=4 method=stripe auth=pi_1 => new: A 3; holds A 3
         ship 1 A*1 capture => awaits 1; new: A 3; holds A 3; waits for 1
         settle 1 done => processing: A 3 s1 i1; holds A 2
         invoice 1 A*1 => processing: A 3 s1 i2; holds A 2
         void-invoice 1 1 => no: nothing to void
         failed 1 => holded: A 3 s1 i2; holds A 2
         void-invoice 1 2 => no: nothing to void
         void-invoice 1 1 => holded: A 3 s1 i1; holds A 2
         void-invoice 1 1 => no: nothing to void
         capture-invoice 1 1 => no: nothing to capture
         money 1 => subtotal 30 shipping 4 total 34 invoiced 10 paid 10
         release 1 => processing: A 3 s1 i1; holds A 2
         invoice 1 A*1 => processing: A 3 s1 i2; holds A 2
         invoice-of 3 => 000000003 of 1: subtotal 10 incl 10 shipping 4 total 14; A 1 row 10 incl 10
         cancel 1 => processing: A 3 s1 i2 c1; holds A 1; waits for 2
         settle 2 done => processing: A 3 s1 i2 c1; holds A 1
         money 1 => subtotal 30 shipping 4 total 34 invoiced 24 paid 24 canceled-subtotal 10 canceled 10",
    );
}

#[test]
fn voiding_opens_what_was_complete_and_leaves_what_was_given_back() {
    check(
        "order A*1@10 method=stripe auth=pi_1 => new: A 1
         ship 1 capture => awaits 1; new: A 1; waits for 1
         settle 1 done => complete: A 1 s1 i1
         failed 1 => complete: A 1 s1 i1
         void-invoice 1 1 => processing: A 1 s1
         invoice 1 => complete: A 1 s1 i1
         order A*2@10 method=stripe auth=pi_2 => new: A 2
         invoice 2 A*1 capture => awaits 2; new: A 2; waits for 2
         settle 2 done => processing: A 2 i1
         refund 2 A*1 => processing: A 2 i1 r1
         failed 2 => holded: A 2 i1 r1
         void-invoice 2 3 => no: nothing to void
         order bundle:KIT*2@30 ( P*4 Q*2 ) method=stripe auth=pi_3 => new: KIT 2, +P 4, +Q 2
         invoice 3 KIT*1 capture => awaits 3; new: KIT 2, +P 4, +Q 2; waits for 3
         settle 3 done => processing: KIT 2 i1, +P 4 i2, +Q 2 i1
         failed 3 => holded: KIT 2 i1, +P 4 i2, +Q 2 i1
         void-invoice 3 4 => holded: KIT 2, +P 4, +Q 2",
    );
}

#[test]
fn virtual_goods_come_back_with_their_invoice_and_are_held_again() {
    check(
        "product FILE qty=5 kind=downloadable
         order FILE*1@10 method=stripe auth=pi_1 => new: FILE 1; holds FILE 1
         invoice 1 capture => awaits 1; new: FILE 1; holds FILE 1; waits for 1
         settle 1 done => complete: FILE 1 i1
         failed 1 => complete: FILE 1 i1
         stock-of FILE => default 4; held 0; salable 4
         void-invoice 1 1 => processing: FILE 1; holds FILE 1
         stock-of FILE => default 5; held 1; salable 4
         invoice 1 => complete: FILE 1 i1
         stock-of FILE => default 4; held 0; salable 4",
    );
}

#[test]
fn what_must_be_paid_does_not_leave_while_something_is_due_again() {
    check(
        "product A qty=5
         order A*2@10 method=stripe auth=pi_1 => new: A 2; holds A 2
         invoice 1 capture => awaits 1; new: A 2; holds A 2; waits for 1
         settle 1 done => processing: A 2 i2; holds A 2
         failed 1 => holded: A 2 i2; holds A 2
         release 1 => processing: A 2 i2; holds A 2
         cancel 1 => no: 20 due again
         ship 1 A*1 capture => no: 20 due again
         void-invoice 1 1 => processing: A 2; holds A 2
         cancel 1 => canceled: A 2 c2; waits for 2",
    );
}

#[test]
fn a_capture_that_fails_when_its_money_was_given_back_is_due_again() {
    check(
        "order A*2@10 method=stripe auth=pi_1 => new: A 2
         invoice 1 A*1 capture => awaits 1; new: A 2; waits for 1
         settle 1 done => processing: A 2 i1
         refund 1 invoice=1 online => awaits 2; processing: A 2 i1; waits for 2
         settle 2 done => processing: A 2 i1 r1
         failed 1 => holded: A 2 i1 r1
         money 1 => subtotal 20 total 20 invoiced 10 refunded 10
         payment-of 1 => stripe authorised 20: captured 0, refunded 10
         release 1 => processing: A 2 i1 r1
         refund 1 => no: nothing left to refund; 0 left to refund
         capture-invoice 1 1 => awaits 3; processing: A 2 i1 r1; waits for 3
         settle 3 done => processing: A 2 i1 r1
         money 1 => subtotal 20 total 20 invoiced 10 paid 10 refunded 10
         payment-of 1 => stripe authorised 20: captured 10, refunded 10",
    );
}

#[test]
fn an_order_with_money_that_is_due_again_is_not_over() {
    check(
        "order A*1@10!virtual method=stripe auth=pi_1 => new: A 1
         invoice 1 capture => awaits 1; new: A 1; waits for 1
         settle 1 done => complete: A 1 i1
         order A*1@10 method=stripe auth=pi_2 => new: A 1
         ship 2 capture => awaits 2; new: A 1; waits for 2
         settle 2 done => complete: A 1 s1 i1
         failed 2 => complete: A 1 s1 i1
         comment 2 complete => complete: A 1 s1 i1
         capture-invoice 2 2 => awaits 3; complete: A 1 s1 i1; waits for 3
         settle 3 done => complete: A 1 s1 i1
         refund 2 => closed: A 1 s1 i1 r1
         failed 3 => closed: A 1 s1 i1 r1
         capture-invoice 2 2 => awaits 4; closed: A 1 s1 i1 r1; waits for 4
         settle 4 done => closed: A 1 s1 i1 r1
         money 2 => subtotal 10 total 10 invoiced 10 paid 10 refunded 10",
    );
}

#[test]
fn nothing_is_canceled_while_something_is_due_again() {
    check(
        "order A*2@10 shipping=5 method=stripe auth=pi_1 => new: A 2
         invoice 1 A*1 capture => awaits 1; new: A 2; waits for 1
         settle 1 done => processing: A 2 i1
         failed 1 => holded: A 2 i1
         release 1 => processing: A 2 i1
         cancel 1 => no: 15 due again
         void-invoice 1 1 => processing: A 2
         cancel 1 => canceled: A 2 c2; waits for 2
         money 1 => subtotal 20 shipping 5 total 25 canceled-subtotal 20 canceled 25",
    );
}

#[test]
fn what_is_canceled_after_a_void_is_canceled_once() {
    check(
        "order A*2@10 shipping=5 method=stripe auth=pi_1 => new: A 2
         invoice 1 A*1 capture => awaits 1; new: A 2; waits for 1
         settle 1 done => processing: A 2 i1
         cancel 1 => processing: A 2 i1 c1; waits for 2
         settle 2 refused => declined 2; processing: A 2 i1 c1
         failed 1 => holded: A 2 i1 c1
         release 1 => processing: A 2 i1 c1
         void-invoice 1 1 => processing: A 2 c1
         cancel 1 => canceled: A 2 c2; waits for 3
         money 1 => subtotal 20 shipping 5 total 25 canceled-subtotal 20 canceled 25",
    );
}

#[test]
fn a_refund_ends_no_order_that_something_is_due_for() {
    check(
        "order A*2@10 method=stripe auth=pi_1 => new: A 2
         ship 1 A*1 capture => awaits 1; new: A 2; waits for 1
         settle 1 done => processing: A 2 s1 i1
         failed 1 => holded: A 2 s1 i1
         release 1 => processing: A 2 s1 i1
         invoice 1 A*1 capture => awaits 2; processing: A 2 s1 i1; waits for 2
         settle 2 done => processing: A 2 s1 i2
         ship 1 A*1 => processing: A 2 s2 i2
         refund 1 A*1 => processing: A 2 s2 i2 r1
         capture-invoice 1 1 => awaits 3; processing: A 2 s2 i2 r1; waits for 3
         settle 3 done => complete: A 2 s2 i2 r1
         refund 1 => closed: A 2 s2 i2 r2",
    );
}

#[test]
fn a_capture_is_not_the_last_while_another_invoice_is_due() {
    check(
        "order A*2@10 method=stripe auth=pi_1 => new: A 2
         invoice 1 A*1 capture => awaits 1; new: A 2; waits for 1
         settle 1 done => processing: A 2 i1
         failed 1 => holded: A 2 i1
         release 1 => processing: A 2 i1
         invoice 1 A*1 capture => awaits 2; processing: A 2 i1; waits for 2
         is-last 2 => false
         settle 2 done => processing: A 2 i2
         capture-invoice 1 1 => awaits 3; processing: A 2 i2; waits for 3
         is-last 3 => true
         settle 3 done => processing: A 2 i2",
    );
}

#[test]
fn what_is_due_again_is_warned_of_and_no_more_is_renewed_than_is_owed() {
    check(
        "order A*3@10 method=rehearsal pay=ok => new: A 3; waits for 1
         settle 1 done until=9000 => new: A 3
         invoice 1 A*1 => processing: A 3 i1
         mind 1 renew => processing: A 3 i1; waits for 2
         settle 2 done until=20000 => processing: A 3 i1
         payment-of 1 => rehearsal authorised 20 until 20000: captured 0, refunded 0
         invoice 1 capture => awaits 3; processing: A 3 i1; waits for 3
         settle 3 done => processing: A 3 i3
         mind 1 renew => processing: A 3 i3
         failed 3 => holded: A 3 i3
         mind 1 renew => holded: A 3 i3; waits for 4
         settle 4 done until=30000 => holded: A 3 i3
         payment-of 1 => rehearsal authorised 20 until 30000: captured 0, refunded 0",
    );
}

#[test]
fn late_news_waits_for_what_is_under_way() {
    check(
        "order A*2@10 method=stripe auth=pi_1 => new: A 2
         invoice 1 A*1 capture => awaits 1; new: A 2; waits for 1
         settle 1 done => processing: A 2 i1
         invoice 1 A*1 capture => awaits 2; processing: A 2 i1; waits for 2
         failed 1 => no: operation 2 is under way
         settle 2 done => processing: A 2 i2
         failed 1 => holded: A 2 i2
         payment-of 1 => stripe authorised 20: captured 10, refunded 0",
    );
}

#[test]
fn a_refund_that_fails_after_all_is_for_a_person_to_see_to() {
    check(
        "order A*2@10 method=stripe auth=pi_1 => new: A 2
         invoice 1 capture => awaits 1; new: A 2; waits for 1
         settle 1 done => processing: A 2 i2
         refund 1 invoice=1 A*1 online => awaits 2; processing: A 2 i2; waits for 2
         settle 2 done => processing: A 2 i2 r1
         failed 2 => holded: A 2 i2 r1
         payment-of 1 => stripe authorised 20: captured 20, refunded 0
         failed 1 => holded: A 2 i2 r1",
    );
}

#[test]
fn what_is_packed_and_paid_does_not_leave_once_its_money_has_failed() {
    check(
        "product A qty=5
         order A*2@10 method=stripe auth=pi_1 => new: A 2; holds A 2
         ship 1 pack capture => awaits 1; new: A 2; holds A 2; waits for 1
         settle 1 done => complete: A 2 s2 i2; holds A 2
         failed 1 => complete: A 2 s2 i2; holds A 2
         complete 1 capture => no: 20 due again
         complete 1 ready=yes => complete: A 2 s2 i2; holds A 2
         complete 1 sent=yes => no: 20 due again
         complete 1 ready=no => complete: A 2 s2 i2; holds A 2
         complete 1 ready=yes sent=yes => no: 20 due again
         stock-of A => default 5 bound 2; held 2; salable 3
         capture-invoice 1 1 => awaits 2; complete: A 2 s2 i2; holds A 2; waits for 2
         settle 2 done => complete: A 2 s2 i2; holds A 2
         complete 1 ready=yes sent=yes => complete: A 2 s2 i2
         stock-of A => default 3; held 0; salable 3",
    );
}

#[test]
fn what_was_sent_before_its_money_failed_is_not_good_to_go_after_it() {
    check(
        "product A qty=5
         order A*2@10 method=stripe auth=pi_1 => new: A 2; holds A 2
         ship 1 sent capture => awaits 1; new: A 2; holds A 2; waits for 1
         settle 1 done => complete: A 2 s2 i2; holds A 2
         failed 1 => complete: A 2 s2 i2; holds A 2
         complete 1 ready=yes => no: 20 due again
         repack 1 ready=yes => no: 20 due again
         complete 1 track=1Z => complete: A 2 s2 i2; holds A 2
         stock-of A => default 5 bound 2; held 2; salable 3",
    );
}

#[test]
fn an_invoice_that_is_due_again_pays_for_no_shipment() {
    check(
        "product A qty=5
         order A*3@10 method=stripe auth=pi_1 => new: A 3; holds A 3
         ship 1 A*1 pack => processing: A 3 s1; holds A 3
         invoice 1 capture => awaits 1; processing: A 3 s1; holds A 3; waits for 1
         settle 1 done => processing: A 3 s1 i3; holds A 3
         ship 1 A*1 pack => processing: A 3 s2 i3; holds A 3
         failed 1 => holded: A 3 s2 i3; holds A 3
         release 1 => processing: A 3 s2 i3; holds A 3
         complete 1 capture => no: 30 due again
         complete 1 ready=yes => processing: A 3 s2 i3; holds A 3
         shipment-of 1 => 000000001 of 1 from default: A 1; here ready
         complete 2 ready=yes sent=yes => no: 30 due again
         ship 1 A*1 off => processing: A 3 s3 i3; holds A 3
         shipment-of 3 => 000000003 of 1 from default: A 1; here ready sent
         capture-invoice 1 1 => awaits 2; processing: A 3 s3 i3; holds A 3; waits for 2
         settle 2 done => complete: A 3 s3 i3; holds A 3
         complete 1 ready=yes sent=yes => complete: A 3 s3 i3; holds A 2
         complete 3 ready=yes => complete: A 3 s3 i3; holds A 1",
    );
}

#[test]
fn what_was_paid_by_a_voided_invoice_is_to_be_paid() {
    check(
        "product A qty=5
         order A*2@10 method=stripe auth=pi_1 => new: A 2; holds A 2
         ship 1 ready capture => awaits 1; new: A 2; holds A 2; waits for 1
         settle 1 done => complete: A 2 s2 i2; holds A 2
         failed 1 => complete: A 2 s2 i2; holds A 2
         void-invoice 1 1 => processing: A 2 s2; holds A 2
         shipment-of 1 => 000000001 of 2 from default: A 2; here ready
         complete 1 sent=yes => processing: A 2 s2; holds A 2
         stock-of A => default 5 bound 2; held 2; salable 3
         complete 1 capture => awaits 2; processing: A 2 s2; holds A 2; waits for 2
         settle 2 done => complete: A 2 s2 i2
         stock-of A => default 3; held 0; salable 3",
    );
}

#[test]
fn nothing_is_canceled_at_a_location_while_something_is_due_again() {
    check(
        "product A qty=5
         order A*3@10 method=stripe auth=pi_1 fo=default:0x3 => new: A 3; holds A 3
         invoice 1 A*1 capture => awaits 1; new: A 3; holds A 3; waits for 1
         settle 1 done => processing: A 3 i1; holds A 3
         failed 1 => holded: A 3 i1; holds A 3
         release 1 => processing: A 3 i1; holds A 3
         cancel-rows 1 1 A*2 => no: 10 due again
         cancel-all 1 => no: 10 due again
         void-invoice 1 1 => processing: A 3; holds A 3
         cancel-rows 1 1 A*1 => processing: A 3 c1; holds A 2
         cancel-all 1 => canceled: A 3 c3; waits for 2",
    );
}
