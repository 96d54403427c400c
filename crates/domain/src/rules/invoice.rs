//! Contract section 6.1.

use crate::testing::check;

#[test]
fn invoices_what_is_listed_and_then_all_that_is_left() {
    check(
        "product A qty=10
         order A*5@10 B*1@3 => new: A 5, B 1; holds A 5
         invoice 1 A*2 => processing: A 5 i2, B 1; holds A 5
         invoice-of 1 => 000000001 of 2: subtotal 20 incl 20 total 20; A 2 row 20 incl 20
         invoice 1 => processing: A 5 i5, B 1 i1; holds A 5
         invoice-of 2 => 000000002 of 4: subtotal 33 incl 33 total 33; A 3 row 30 incl 30, B 1 row 3 incl 3
         money 1 => subtotal 53 total 53 invoiced 53 paid 53",
    );
}

#[test]
fn refuses_more_than_is_left_at_once() {
    check(
        "order A*5@10 B*1@3 => new: A 5, B 1
         invoice 1 A*6 B*9 => no: 6 A, 5 left
         invoice 1 A*5 => processing: A 5 i5, B 1
         invoice 1 A*1 => no: nothing asked to invoice
         invoice 1 B*1 => processing: A 5 i5, B 1 i1
         invoice 1 => no: nothing asked to invoice; nothing left to invoice",
    );
}

#[test]
fn the_last_word_on_a_line_counts_and_negatives_are_nothing() {
    check(
        "order A*5@10 => new: A 5
         invoice 1 A*9 A*2 => processing: A 5 i2
         invoice 1 A*-1 => no: nothing asked to invoice
         invoice 1 A*0 => no: nothing asked to invoice
         invoice 1 A*1.9 => processing: A 5 i3",
    );
}

#[test]
fn unknown_lines_are_passed_over() {
    check(
        "order A*5@10 => new: A 5
         invoice 1 #99*1 => no: nothing asked to invoice
         invoice 1 A*1 #99*1 => processing: A 5 i1
         invoice 9 => no: no order 9",
    );
}

#[test]
fn fractions_count_where_quantities_have_them() {
    check(
        "order KG*2.5@10!decimal => new: KG 2.5
         invoice 1 KG*0.5 => processing: KG 2.5 i0.5
         invoice 1 => processing: KG 2.5 i2.5
         invoice-of 2 => 000000002 of 2: subtotal 20 incl 20 total 20; KG 2 row 20 incl 20",
    );
}

#[test]
fn refuses_by_state_and_says_the_status() {
    check(
        "order A*1@1 state=payment_review => payment_review: A 1
         invoice 1 => no: cannot invoice what is payment_review
         order A*1@1 => new: A 1
         cancel 2 => canceled: A 1 c1
         invoice 2 => no: nothing asked to invoice; cannot invoice what is canceled
         invoice 2 A*1 => no: nothing asked to invoice; cannot invoice what is canceled",
    );
}

#[test]
fn a_locked_line_is_not_invoiced() {
    check(
        "order A*1@1!lock-invoice B*1@2 => new: A 1, B 1
         invoice 1 => processing: A 1, B 1 i1
         invoice 1 => no: nothing asked to invoice; nothing left to invoice",
    );
}

#[test]
fn what_no_gateway_of_ours_collects_counts_as_paid_by_other_means() {
    check(
        "order A*1@1 method=elsewhere => new: A 1
         invoice 1 capture => no: payment method elsewhere
         invoice 1 => processing: A 1 i1
         order A*1@1 method=none => new: A 1
         invoice 2 => no: payment method -
         order A*1@1 method=banktransfer => new: A 1
         invoice 3 => processing: A 1 i1",
    );
}

#[test]
fn an_order_that_waits_for_payment_is_in_progress_once_it_is_invoiced() {
    check(
        "order A*2@1 state=pending_payment => pending_payment: A 2
         invoice 1 A*1 => processing: A 2 i1",
    );
}
