//! Letters: which are wanted, and when (contract sections 5.3, 6.1, 7.1, 8.1; invariant E5).

use crate::testing::check;

#[test]
fn a_letter_is_wanted_with_the_document_that_it_tells_of() {
    check(
        "mailing order invoice shipment creditmemo
         product A qty=9
         order A*3@10 => new: A 3; holds A 3
         ship 1 A*1 notify => processing: A 3 s1; holds A 2
         invoice 1 A*1 append => processing: A 3 s1 i1; holds A 2
         refund 1 A*1 => processing: A 3 s1 i1 r1; holds A 2
         letters => 1 shipment 1 to a@example.com wanted, 2 invoice 1 with remark 2 to a@example.com wanted",
    );
}

#[test]
fn a_refund_tells_of_its_credit_memo() {
    check(
        "mailing creditmemo
         order A*1@10 => new: A 1
         invoice 1 notify => processing: A 1 i1
         refund 1 append => closed: A 1 i1 r1
         letters => 1 creditmemo 1 with remark 3 to a@example.com wanted",
    );
}

#[test]
fn what_is_switched_off_is_not_wanted() {
    check(
        "order A*3@10 => new: A 3
         invoice 1 A*1 append => processing: A 3 i1
         comment 1 told => processing/: A 3 i1
         mail 1 => not possible
         letters => none
         mailing invoice
         comment-invoice 1 told => comment 3
         invoice 1 A*1 notify => processing: A 3 i2
         mail-invoice 1 => letter 2
         letters => 1 invoice 2 to a@example.com wanted, 2 invoice 1 to a@example.com again wanted",
    );
}

#[test]
fn a_remark_is_told_where_it_says_so() {
    check(
        "mailing order_comment invoice_comment shipment_comment creditmemo_comment
         product A qty=9
         order A*1@10 => new: A 1; holds A 1
         comment 1 new => new/new: A 1; holds A 1
         comment 1 told => new/: A 1; holds A 1
         ship 1 notify => processing: A 1 s1
         invoice 1 notify => complete: A 1 s1 i1
         refund 1 notify => closed: A 1 s1 i1 r1
         comment-shipment 1 told => comment 7
         comment-invoice 1 told => comment 8
         comment-memo 1 => comment 9
         comment-memo 1 told => comment 10
         letters => 1 order_comment 1 with remark 2 to a@example.com wanted, \
            2 shipment_comment 1 with remark 7 to a@example.com wanted, \
            3 invoice_comment 1 with remark 8 to a@example.com wanted, \
            4 creditmemo_comment 1 with remark 10 to a@example.com wanted",
    );
}

#[test]
fn who_waits_for_a_gateway_is_told_when_the_document_is_there_and_not_before() {
    check(
        "mailing invoice shipment creditmemo
         product A qty=9
         order A*3@10 method=stripe auth=pi_1 => new: A 3; holds A 3
         invoice 1 A*1 capture append => awaits 1; new: A 3; holds A 3; waits for 1
         letters => none
         settle 1 refused => declined 1; new: A 3; holds A 3
         letters => none
         invoice 1 A*1 capture append => awaits 2; new: A 3; holds A 3; waits for 2
         settle 2 done => processing: A 3 i1; holds A 3
         letters => 1 invoice 1 with remark 3 to a@example.com wanted
         ship 1 A*2 capture notify => awaits 3; processing: A 3 i1; holds A 3; waits for 3
         amend 1 email=b@example.com => processing: A 3 i1; holds A 3; waits for 3
         settle 3 done => processing: A 3 s2 i2; holds A 1
         refund 1 A*1 invoice=1 online notify => awaits 4; processing: A 3 s2 i2; holds A 1; waits for 4
         settle 4 done => processing: A 3 s2 i2 r1; holds A 1
         letters => 1 invoice 1 with remark 3 to a@example.com wanted, \
            2 shipment 1 to b@example.com wanted, 3 creditmemo 1 to b@example.com wanted",
    );
}

#[test]
fn who_asks_again_gets_it_again() {
    check(
        "mailing order invoice
         order A*1@10 => new: A 1
         invoice 1 notify => processing: A 1 i1
         mail 1 => letter 2
         mail 1 => letter 3
         mail-invoice 1 => letter 4
         mail 7 => no: no order 7
         mail-invoice 7 => no: no invoice 7
         mail-shipment 7 => no: no shipment 7
         mail-memo 7 => no: no credit memo 7
         letters => 1 invoice 1 to a@example.com wanted, 2 order 1 to a@example.com again wanted, \
            3 order 1 to a@example.com again wanted, 4 invoice 1 to a@example.com again wanted",
    );
}

#[test]
fn a_letter_is_settled_once_but_what_was_not_known_may_become_known() {
    check(
        "mailing order
         order A*1@10 => new: A 1
         mail 1 => letter 1
         mail 1 => letter 2
         mail 1 => letter 3
         settle-letter 1 perhaps
         settle-letter 1 sent
         settle-letter 1 refused
         settle-letter 2 refused
         settle-letter 2 sent
         settle-letter 3 sent
         settle-letter 3 perhaps
         letters => 1 order 1 to a@example.com again sent, 2 order 1 to a@example.com again refused, \
            3 order 1 to a@example.com again sent",
    );
}
