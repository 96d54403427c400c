//! Contract sections 3 ("Cancel") and 5.3.

use crate::testing::check;

#[test]
fn cancels_everything_and_gives_the_stock_back() {
    check(
        "product A qty=10
         order A*5@10 B*1@3 shipping=7 => new: A 5, B 1; holds A 5
         stock-of A => default 10; held 5; salable 5
         cancel 1 => canceled: A 5 c5, B 1 c1
         stock-of A => default 10; held 0; salable 10
         money 1 => subtotal 53 shipping 7 total 60 canceled-subtotal 53 canceled 60
         cancel 1 => not possible
         cancel 9 => no: no order 9",
    );
}

#[test]
fn cancels_what_is_neither_shipped_nor_invoiced() {
    check(
        "product A qty=10
         order A*5@10 => new: A 5; holds A 5
         ship 1 A*2 => processing: A 5 s2; holds A 3
         cancel 1 => canceled: A 5 s2 c3
         stock-of A => default 8; held 0; salable 8
         ship 1 A*1 => no: cannot ship what is canceled; nothing asked to ship",
    );
}

#[test]
fn what_was_invoiced_is_still_to_be_shipped() {
    check(
        "product A qty=10
         order A*5@10 shipping=3 => new: A 5; holds A 5
         invoice 1 A*2 => processing: A 5 i2; holds A 5
         cancel 1 => processing: A 5 i2 c3; holds A 2
         stock-of A => default 10; held 2; salable 8
         money 1 => subtotal 50 shipping 3 total 53 invoiced 23 paid 23 canceled-subtotal 30 canceled 30
         ship 1 => complete: A 5 s2 i2 c3
         cancel 1 => not possible",
    );
}

#[test]
fn what_was_invoiced_and_shipped_is_complete_once_the_rest_is_canceled() {
    check(
        "product A qty=10
         product B qty=10
         order A*2@10 B*1@4 => new: A 2, B 1; holds A 2, B 1
         invoice 1 A*2 => processing: A 2 i2, B 1; holds A 2, B 1
         ship 1 A*2 => processing: A 2 s2 i2, B 1; holds B 1
         cancel 1 => complete: A 2 s2 i2, B 1 c1
         stock-of B => default 10; held 0; salable 10",
    );
}

#[test]
fn what_is_fully_invoiced_cannot_be_canceled() {
    check(
        "product A qty=10
         order A*1@10 => new: A 1; holds A 1
         invoice 1 => processing: A 1 i1; holds A 1
         cancel 1 => not possible
         order A*1@10 state=payment_review => payment_review: A 1; holds A 1
         cancel 2 => not possible",
    );
}

#[test]
fn a_kit_whose_parts_carry_its_price_is_canceled_with_its_parts() {
    check(
        "product P qty=20
         product A qty=10
         order A*1@5 bundle:KIT*2@30!dynamic ( P*6@5 ) => new: A 1, KIT 2, +P 6; holds A 1, P 6
         invoice 1 A*1 => processing: A 1 i1, KIT 2, +P 6; holds A 1, P 6
         ship 1 A*1 => processing: A 1 s1 i1, KIT 2, +P 6; holds P 6
         cancel 1 => complete: A 1 s1 i1, KIT 2 c2, +P 6 c6
         stock-of P => default 20; held 0; salable 20
         money 1 => subtotal 35 total 35 invoiced 5 paid 5 canceled-subtotal 30 canceled 30",
    );
}

#[test]
fn virtual_parts_of_what_is_complete_are_not_held() {
    check(
        "product P qty=5
         product KEY qty=5 kind=virtual
         order bundle:KIT*4@9 ( KEY*4 P*4 ) => new: KIT 4, +KEY 4, +P 4; holds KEY 4, P 4
         ship 1 => processing: KIT 4 s4, +KEY 4, +P 4; holds KEY 4
         invoice 1 KIT*1 => processing: KIT 4 s4 i1, +KEY 4 i1, +P 4 i1; holds KEY 3
         cancel 1 => complete: KIT 4 s4 i1, +KEY 4 i1, +P 4 i1
         stock-of KEY => default 4; held 0; salable 4",
    );
}

#[test]
fn a_kit_of_which_some_parts_are_paid_goes_on() {
    check(
        "product P qty=20
         product Q qty=20
         order bundle:KIT*3@30!dynamic ( P*6@5 Q*3@1 ) => new: KIT 3, +P 6, +Q 3; holds P 6, Q 3
         invoice 1 P*2 => processing: KIT 3 i1, +P 6 i2, +Q 3; holds P 6, Q 3
         cancel 1 => processing: KIT 3 i1 c2, +P 6 i2 c4, +Q 3 c2; holds P 2, Q 1
         invoice 1 => processing: KIT 3 i1 c2, +P 6 i2 c4, +Q 3 i1 c2; holds P 2, Q 1
         ship 1 => complete: KIT 3 s1 i1 c2, +P 6 i2 c4, +Q 3 i1 c2",
    );
}

#[test]
fn a_kit_whose_parts_ship_on_their_own_is_canceled_as_far_as_it_is_whole() {
    check(
        "product P qty=20
         product Q qty=20
         product A qty=10
         order A*1@5 bundle:KIT*3@30!separate ( P*6 Q*3 ) => new: A 1, KIT 3, +P 6, +Q 3; holds A 1, P 6, Q 3
         invoice 1 A*1 => processing: A 1 i1, KIT 3, +P 6, +Q 3; holds A 1, P 6, Q 3
         ship 1 A*1 P*1 => processing: A 1 s1 i1, KIT 3 s1, +P 6 s1, +Q 3; holds P 5, Q 3
         cancel 1 => complete: A 1 s1 i1, KIT 3 s1 c2, +P 6 s1 c4, +Q 3 c2; holds P 1, Q 1
         ship 1 => complete: A 1 s1 i1, KIT 3 s1 c2, +P 6 s2 c4, +Q 3 s1 c2",
    );
}
