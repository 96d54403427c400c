//! Contract section 3: how an order moves, and what a hold, a release and a remark do.

use crate::testing::check;

#[test]
fn an_order_is_complete_when_it_is_shipped_and_invoiced_in_either_order() {
    check(
        "product A qty=10
         order A*5@10 => new: A 5; holds A 5
         ship 1 => processing: A 5 s5
         invoice 1 => complete: A 5 s5 i5
         order A*5@10 => new: A 5; holds A 5
         invoice 2 => processing: A 5 i5; holds A 5
         ship 2 => complete: A 5 s5 i5",
    );
}

#[test]
fn a_virtual_order_is_complete_as_soon_as_it_is_invoiced() {
    check(
        "product FILE qty=10 kind=downloadable
         order FILE*2@5 => new: FILE 2; holds FILE 2
         invoice 1 FILE*1 => processing: FILE 2 i1; holds FILE 1
         invoice 1 => complete: FILE 2 i2
         stock-of FILE => default 8; held 0; salable 8",
    );
}

#[test]
fn a_free_order_is_complete_too() {
    check(
        "product A qty=10
         order A*1@0 method=free => new: A 1; holds A 1
         invoice 1 => processing: A 1 i1; holds A 1
         ship 1 => complete: A 1 s1 i1",
    );
}

#[test]
fn an_invoice_resets_an_own_status_and_a_shipment_keeps_it() {
    check(
        "product A qty=10
         order A*4@1 state=processing status=packing => processing/packing: A 4; holds A 4
         ship 1 A*1 => processing/packing: A 4 s1; holds A 3
         invoice 1 A*1 => processing: A 4 s1 i1; holds A 3",
    );
}

#[test]
fn a_hold_remembers_and_a_release_restores() {
    check(
        "product A qty=10
         order A*1 state=processing status=packing => processing/packing: A 1; holds A 1
         hold 1 => holded: A 1; holds A 1
         hold 1 => no: cannot hold what is holded
         invoice 1 => no: cannot invoice what is holded
         cancel 1 => not possible
         release 1 => processing/packing: A 1; holds A 1
         release 1 => no: cannot release what is packing
         hold 9 => no: no order 9",
    );
}

#[test]
fn what_is_over_or_under_review_cannot_be_put_on_hold() {
    check(
        "product A qty=10
         order A*1@5 => new: A 1; holds A 1
         invoice 1 => processing: A 1 i1; holds A 1
         ship 1 => complete: A 1 s1 i1
         hold 1 => no: cannot hold what is complete
         order A*1 state=payment_review => payment_review: A 1; holds A 1
         hold 2 => no: cannot hold what is payment_review
         order A*1 => new: A 1; holds A 1
         cancel 3 => canceled: A 1 c1
         hold 3 => no: cannot hold what is canceled",
    );
}

#[test]
fn an_order_that_came_in_on_hold_starts_when_it_is_released() {
    check(
        "product A qty=10
         order A*1 state=holded => holded: A 1; holds A 1
         release 1 => new: A 1; holds A 1",
    );
}

#[test]
fn a_remark_sets_the_status_and_none_clears_it() {
    check(
        "product A qty=10
         order A*1 => new: A 1; holds A 1
         comment 1 on_its_way => new/on its way: A 1; holds A 1
         comment 1 => new/: A 1; holds A 1
         comment 2 x => no: no order 2",
    );
}

#[test]
fn a_virtual_order_that_is_called_closed_is_closed_and_holds_nothing() {
    check(
        "product FILE qty=10 kind=virtual
         order FILE*1@5 => new: FILE 1; holds FILE 1
         comment 1 closed => new/closed: FILE 1; holds FILE 1
         order FILE*1@5 FILE*2@5!lock-invoice => new: FILE 1, FILE 2; holds FILE 3
         invoice 2 => complete: FILE 1 i1, FILE 2
         comment 2 closed => closed: FILE 1 i1, FILE 2
         stock-of FILE => default 9; held 1; salable 8",
    );
}

#[test]
fn what_closes_an_order_ends_its_holds() {
    check(
        "product A qty=10
         order A*1@5!lock-invoice!lock-ship state=processing => closed: A 1
         stock-of A => default 10; held 0; salable 10
         order GIFT*1@0 A*1@0!lock-ship B*1@9 => new: GIFT 1, A 1, B 1; holds A 1
         invoice 2 GIFT*1 A*1 => processing: GIFT 1 i1, A 1 i1, B 1; holds A 1
         ship 2 GIFT*1 => processing: GIFT 1 s1 i1, A 1 i1, B 1; holds A 1
         cancel 2 => closed: GIFT 1 s1 i1, A 1 i1, B 1 c1
         stock-of A => default 10; held 0; salable 10",
    );
}

#[test]
fn a_description_changes_and_what_is_not_named_stays() {
    check(
        "product A qty=10
         order A*1 => new: A 1; holds A 1
         amend 1 status=called email=b@example.com firstname=Bo => new/called: A 1; holds A 1
         amend 1 unchangeable=items => no: items does not change
         amend 2 status=x => no: no order 2",
    );
}
