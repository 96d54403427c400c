//! Contract section 5.1, and invariant S2: what is sent is kept, what is left out is computed, what contradicts
//! itself is refused; and stock is held for it.

use crate::testing::check;

#[test]
fn computes_what_is_left_out() {
    check(
        "product A qty=10 price=7
         order A*2 B*1@5 => new: A 2, B 1; holds A 2
         money 1 => subtotal 19 total 19
         order B*3,row=10,tax=2 shipping=4 => new: B 3
         money 2 => subtotal 10 shipping 4 tax 2 total 16",
    );
}

#[test]
fn spreads_what_only_the_order_names_over_its_lines() {
    check(
        "order A*1@10 B*1@20 discount=-4 tax=1 total=27 => new: A 1, B 1
         invoice 1 A*1 => processing: A 1 i1, B 1
         invoice-of 1 => 000000001 of 1: subtotal 10 incl 10 discount -1.33 tax 0.33 total 9; A 1 row 10 incl 10 tax 0.33 discount 1.33",
    );
}

#[test]
fn tax_that_is_not_on_the_lines_is_on_shipping() {
    check(
        "order A*1@10,tax=1 shipping=5 tax=1.5 total=16.5 => new: A 1
         money 1 => subtotal 10 shipping 5 tax 1.5 total 16.5
         order A*1@10,tax=1 tax=1.5 => no: tax_amount is 1, not 1.5",
    );
}

#[test]
fn refuses_what_contradicts_itself() {
    check(
        "order A*2@10 subtotal=21 => no: subtotal is 20, not 21
         order A*2@10 total=30 due=10 => no: grand_total is 20, not 30; total_due is 20, not 10
         order A*2@10,row=25 => no: row_total of A is 20, not 25
         order A*2@10,discount=30 => no: discount_amount of A is 20, not 30; grand_total cannot be
         order A*2@10 quantity=3 => no: total_qty_ordered is 2, not 3
         order A*2@10/9 => no: price is 9, not 10
         order A*2@10 tax=1 shipping_tax=2 shipping=5 => no: tax_amount is 2, not 1
         order A*2@10 discount=-1 shipping_discount=2 shipping=5 => no: discount_amount is -2, not -1",
    );
}

#[test]
fn refuses_amounts_that_cannot_be() {
    check(
        "order A*2@-1 => no: price cannot be; grand_total cannot be
         order A*2@1,tax=-1 => no: tax_amount cannot be
         order A*2@1 discount=1 => no: discount_amount cannot be
         order A*99999999@9999999999 => no: row_total cannot be",
    );
}

#[test]
fn refuses_lines_that_cannot_be() {
    check(
        "order => no: no items
         order A* => no: no quantity of A
         order A*0 => no: no quantity of A
         order A*-1 => no: no quantity of A
         order A*1.5 => no: 1.5 A is not whole
         order A*1.5!decimal => new: A 1.5
         order _*1 gadget:B*1 C*0 => no: no sku at 0; no kind gadget; no quantity of C",
    );
}

#[test]
fn nothing_starts_at_its_end() {
    check(
        "order A*1 state=complete => no: no order starts as complete
         order A*1 state=closed => no: no order starts as closed
         order A*1 state=canceled => no: no order starts as canceled
         order A*1 state=odd => no: no order starts as odd
         order A*1 state=pending_payment => pending_payment: A 1
         order A*1 state=processing status=vip => processing/vip: A 1
         order A*1 store=9 => no: no store 9",
    );
}

#[test]
fn the_last_unit_is_promised_once() {
    check(
        "product A qty=3
         order A*2 a_*1 => new: A 2, a  1; holds A 3
         order A*1 => no: 1 A, 0 to promise
         cancel 1 => canceled: A 2 c2, a  1 c1
         order A*1 => new: A 1; holds A 1",
    );
}

#[test]
fn says_of_each_sku_that_there_is_not_enough() {
    check(
        "product A qty=1
         product B qty=1 out_at=1
         product C qty=1 backorders=yes
         product D
         order A*2 B*1 C*9 D*1 => no: 2 A, 1 to promise; 1 B, -1 to promise; 1 D, 0 to promise",
    );
}

#[test]
fn only_what_is_in_stock_at_enabled_sources_of_the_stock_can_be_promised() {
    check(
        "product A qty=1
         source far name=Far country=US postcode=1
         count A@far=5 A@east=5:out
         order A*2 => no: 2 A, 1 to promise
         count A@east=5
         order A*2 => new: A 2; holds A 2
         source east enabled=no
         order A*1 => no: 1 A, -1 to promise",
    );
}

#[test]
fn the_stock_that_promised_stays_the_stock_of_the_order() {
    check(
        "product A qty=5
         order A*2 => new: A 2; holds A 2
         stock name=East channels=base => stock 2
         link 2 east 1
         order A*1 => no: 1 A, 0 to promise
         cancel 1 => canceled: A 2 c2
         stock-of A => default 5; held 0; salable 5",
    );
}

#[test]
fn numbers_are_per_store_and_a_number_of_ours_is_not_given_twice() {
    check(
        "order A*1 number=000000003 => new: A 1
         order A*1 number=000000003 => no: number 000000003 is taken
         order A*1 => new: A 1
         order A*1 number=000000004 => no: number 000000004 is taken
         order A*1 number=+00000009 => new: A 1
         order A*1 => new: A 1
         order A*1 number=000000005 => no: number 000000005 is taken
         store fr base EUR
         order A*1 store=2 currency=USD => new: A 1
         order A*1 store=2 number=2000000001 => no: number 2000000001 is taken
         order A*1 store=2 number=000000003 => new: A 1
         order A*1 store=2 number=2000000003 => no: number 2000000003 is taken",
    );
}

#[test]
fn numbers_that_differ_in_zeros_in_front_are_one() {
    check(
        "order A*1 number=7 => new: A 1
         order A*1 number=000000007 => no: number 000000007 is taken
         order A*1 => new: A 1
         order A*1 number=8 => no: number 8 is taken
         order A*1 number=08 => no: number 08 is taken
         order A*1 number=W-8 => new: A 1
         order A*1 number=12345678901 => new: A 1
         order A*1 => new: A 1
         order A*1 number=9 => no: number 9 is taken",
    );
}

#[test]
fn an_address_needs_all_that_a_parcel_needs() {
    check(
        "order A*1 billing= => new: A 1
         order A*1 billing=city,telephone => no: address without city telephone
         order A*1 shipto=street => no: address without street
         order A*1 billing=me@nowhere => no: address without  bad email",
    );
}
