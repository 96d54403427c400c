//! Contract section 9.1: what goes on which invoice, and how it is rounded.

use crate::testing::check;

#[test]
fn shipping_and_its_tax_and_discount_go_on_the_first_invoice() {
    check(
        "order A*2@10,tax=2,discount=1 shipping=5 shipping_tax=0.5 shipping_discount=1 => new: A 2
         money 1 => subtotal 20 discount -2 shipping 5 tax 2.5 total 25.5
         invoice 1 A*1 => processing: A 2 i1
         invoice-of 1 => 000000001 of 1: subtotal 10 incl 11 discount -1.5 shipping 5 tax 1.5 total 15; A 1 row 10 incl 11 tax 1 discount 0.5
         invoice 1 => processing: A 2 i2
         invoice-of 2 => 000000002 of 1: subtotal 10 incl 11 discount -0.5 tax 1 total 10.5; A 1 row 10 incl 11 tax 1 discount 0.5",
    );
}

#[test]
fn thirds_of_ten_sum_to_ten() {
    check(
        "order A*3@3.3333,row=10,tax=1,discount=2 => new: A 3
         invoice 1 A*1 => processing: A 3 i1
         invoice 1 A*1 => processing: A 3 i2
         invoice 1 A*1 => processing: A 3 i3
         invoice-of 1 => 000000001 of 1: subtotal 3.33 incl 3.67 discount -0.66 tax 0.33 total 3; A 1 row 3.33 incl 3.67 tax 0.33 discount 0.66
         invoice-of 2 => 000000002 of 1: subtotal 3.34 incl 3.67 discount -0.68 tax 0.34 total 3; A 1 row 3.34 incl 3.67 tax 0.34 discount 0.68
         invoice-of 3 => 000000003 of 1: subtotal 3.33 incl 3.66 discount -0.66 tax 0.33 total 3; A 1 row 3.33 incl 3.66 tax 0.33 discount 0.66
         money 1 => subtotal 10 discount -2 tax 1 total 9 invoiced 9 paid 9",
    );
}

#[test]
fn what_one_line_rounds_away_the_next_gets() {
    // A third of a cent is left over by each of the first two lines.
    check(
        "order A*3@0.3333,row=1 B*3@0.3333,row=1 C*3@0.3333,row=1 => new: A 3, B 3, C 3
         invoice 1 A*1 B*1 C*1 => processing: A 3 i1, B 3 i1, C 3 i1
         invoice-of 1 => 000000001 of 3: subtotal 1 incl 1 total 1; A 1 row 0.33 incl 0.33, B 1 row 0.34 incl 0.34, C 1 row 0.33 incl 0.33",
    );
}

#[test]
fn what_is_left_over_by_rows_pushes_discounts_the_other_way() {
    check(
        "order A*3@0.3333,row=1,discount=0.5 => new: A 3
         invoice 1 A*1 => processing: A 3 i1
         invoice-of 1 => 000000001 of 1: subtotal 0.33 incl 0.33 discount -0.16 total 0.17; A 1 row 0.33 incl 0.33 discount 0.16",
    );
}

#[test]
fn no_amount_has_more_digits_than_its_currency() {
    check(
        "order A*3@33,row=100,tax=10 currency=JPY rate=100 => new: A 3
         invoice 1 A*1 => processing: A 3 i1
         invoice-of 1 => 000000001 of 1: subtotal 33/0.33 incl 37/0.37 tax 4/0.04 total 37/0.37; A 1 row 33/0.33 incl 37/0.37 tax 4/0.04",
    );
}

#[test]
fn after_a_cancel_the_rest_of_a_line_is_what_was_not_canceled() {
    check(
        "order A*3@3.3333,row=10,tax=1 B*1@5 => new: A 3, B 1
         ship 1 A*2 => processing: A 3 s2, B 1
         invoice 1 B*1 => processing: A 3 s2, B 1 i1
         cancel 1 => processing: A 3 s2 c1, B 1 i1
         invoice 1 A*1 => processing: A 3 s2 i1 c1, B 1 i1
         invoice 1 A*1 => processing: A 3 s2 i2 c1, B 1 i1
         money 1 => subtotal 15 tax 1 total 16 invoiced 12.34 paid 12.34 canceled-subtotal 3.33 canceled 3.66",
    );
}

#[test]
fn the_base_currency_has_amounts_of_its_own() {
    check(
        "order A*2@10/9 shipping=4/3.6 currency=EUR rate=1.1111 => new: A 2
         money 1 => subtotal 20/18 shipping 4/3.6 total 24/21.6
         invoice 1 A*1 => processing: A 2 i1
         invoice-of 1 => 000000001 of 1: subtotal 10/9 incl 10/9 shipping 4/3.6 total 14/12.6; A 1 row 10/9 incl 10/9",
    );
}
