//! Contract sections 2 and 11: configurable, bundle, grouped, virtual, downloadable.

use crate::testing::check;

#[test]
fn a_configurable_ships_and_is_invoiced_as_its_parent_and_its_variant_leaves() {
    check(
        "product RED qty=10
         order configurable:SHIRT*3@20 ( RED*3 ) => new: SHIRT 3, +RED 3; holds RED 3
         ship 1 RED*1 => no: nothing asked to ship
         invoice 1 RED*1 => no: nothing asked to invoice
         ship 1 SHIRT*2 => processing: SHIRT 3 s2, +RED 3; holds RED 1
         stock-of RED => default 8; held 1; salable 7
         shipment-of 1 => 000000001 of 2 from default: SHIRT 2
         invoice 1 SHIRT*1 => processing: SHIRT 3 s2 i1, +RED 3 i1; holds RED 1
         invoice-of 1 => 000000001 of 2: subtotal 20 incl 20 total 20; SHIRT 1 row 20 incl 20, RED 1
         invoice 1 => processing: SHIRT 3 s2 i3, +RED 3 i3; holds RED 1
         ship 1 => complete: SHIRT 3 s3 i3, +RED 3 i3",
    );
}

#[test]
fn a_variant_counts_by_its_parent_whatever_its_own_line_says() {
    check(
        "product RED qty=10
         order configurable:SHIRT*2@20 ( RED*1 ) => new: SHIRT 2, +RED 1; holds RED 2
         ship 1 => processing: SHIRT 2 s2, +RED 1
         stock-of RED => default 8; held 0; salable 8",
    );
}

#[test]
fn the_cost_of_a_configurable_is_that_of_its_variant() {
    check(
        "order configurable:SHIRT*2@20 ( RED*2,cost=7 ) A*1@1,cost=0.5 => new: SHIRT 2, +RED 2, A 1
         invoice 1 SHIRT*1 A*1 => processing: SHIRT 2 i1, +RED 2 i1, A 1 i1
         invoice-of 1 => 000000001 of 3: subtotal 21 incl 21 cost 0/7.5 total 21; SHIRT 1 row 20 incl 20, RED 1, A 1 row 1 incl 1",
    );
}

#[test]
fn a_bundle_with_its_own_price_ships_as_one_and_its_parts_leave_with_it() {
    check(
        "product P qty=10
         product Q qty=10
         order bundle:KIT*2@30 ( P*6 Q*2 ) => new: KIT 2, +P 6, +Q 2; holds P 6, Q 2
         ship 1 P*3 => no: nothing asked to ship; ship KIT itself
         ship 1 KIT*1 Q*1 => no: ship KIT itself
         ship 1 KIT*1 => processing: KIT 2 s1, +P 6, +Q 2; holds P 3, Q 1
         shipment-of 1 => 000000001 of 1 from default: KIT 1
         stock-of P => default 7; held 3; salable 4
         invoice 1 P*3 => no: nothing asked to invoice
         invoice 1 KIT*1 => processing: KIT 2 s1 i1, +P 6 i3, +Q 2 i1; holds P 3, Q 1
         invoice-of 1 => 000000001 of 5: subtotal 30 incl 30 total 30; KIT 1 row 30 incl 30, P 3, Q 1
         invoice 1 => processing: KIT 2 s1 i2, +P 6 i6, +Q 2 i2; holds P 3, Q 1
         ship 1 => complete: KIT 2 s2 i2, +P 6 i6, +Q 2 i2
         stock-of Q => default 8; held 0; salable 8",
    );
}

#[test]
fn a_bundle_with_its_own_price_whose_parts_ship_on_their_own() {
    check(
        "product P qty=10
         product Q qty=10
         order bundle:KIT*2@30!separate ( P*6 Q*2 ) => new: KIT 2, +P 6, +Q 2; holds P 6, Q 2
         ship 1 KIT*1 => no: nothing asked to ship; ship the parts of KIT
         ship 1 P*3 => processing: KIT 2 s1, +P 6 s3, +Q 2; holds P 3, Q 2
         shipment-of 1 => 000000001 of 3 from default: KIT 1, P 3
         ship 1 Q*1 => processing: KIT 2 s1, +P 6 s3, +Q 2 s1; holds P 3, Q 1
         invoice 1 KIT*1 => processing: KIT 2 s1 i1, +P 6 s3 i3, +Q 2 s1 i1; holds P 3, Q 1
         ship 1 => processing: KIT 2 s2 i1, +P 6 s6 i3, +Q 2 s2 i1
         invoice 1 => complete: KIT 2 s2 i2, +P 6 s6 i6, +Q 2 s2 i2",
    );
}

#[test]
fn a_bundle_whose_parts_carry_its_price_ships_as_one() {
    check(
        "product P qty=10
         product Q qty=10
         order bundle:KIT*2@11!dynamic ( P*6@3 Q*2@2 ) => new: KIT 2, +P 6, +Q 2; holds P 6, Q 2
         money 1 => subtotal 22 total 22
         ship 1 KIT*1 => processing: KIT 2 s1, +P 6, +Q 2; holds P 3, Q 1
         invoice 1 KIT*1 => processing: KIT 2 s1 i1, +P 6 i3, +Q 2 i1; holds P 3, Q 1
         invoice-of 1 => 000000001 of 5: subtotal 11 incl 11 total 11; KIT 1, P 3 row 9 incl 9, Q 1 row 2 incl 2
         invoice 1 P*1 => processing: KIT 2 s1 i2, +P 6 i4, +Q 2 i1; holds P 3, Q 1
         invoice 1 KIT*1 => no: 3 P, 2 left
         invoice 1 => processing: KIT 2 s1 i2, +P 6 i6, +Q 2 i2; holds P 3, Q 1
         ship 1 => complete: KIT 2 s2 i2, +P 6 i6, +Q 2 i2",
    );
}

#[test]
fn a_bundle_whose_parts_carry_its_price_and_ship_on_their_own() {
    check(
        "product P qty=10
         product Q qty=10
         order bundle:KIT*1@11!dynamic!separate ( P*3@3 Q*1@2 ) => new: KIT 1, +P 3, +Q 1; holds P 3, Q 1
         ship 1 P*2 => processing: KIT 1 s1, +P 3 s2, +Q 1; holds P 1, Q 1
         invoice 1 Q*1 => processing: KIT 1 s1 i1, +P 3 s2, +Q 1 i1; holds P 1, Q 1
         cancel 1 => processing: KIT 1 s1 i1, +P 3 s2 c1, +Q 1 i1; holds Q 1
         ship 1 => processing: KIT 1 s1 i1, +P 3 s2 c1, +Q 1 s1 i1
         invoice 1 => complete: KIT 1 s1 i1, +P 3 s2 i2 c1, +Q 1 s1 i1",
    );
}

#[test]
fn the_last_word_on_a_bundle_counts_for_its_parts_too() {
    check(
        "order bundle:KIT*2@30 ( P*6 ) => new: KIT 2, +P 6
         invoice 1 KIT*2 KIT*1 => processing: KIT 2 i1, +P 6 i3",
    );
}

#[test]
fn whatever_is_asked_of_a_bundle_is_compared_with_what_is_left() {
    check(
        "order bundle:KIT*1@30!dynamic ( P*99999999@1 ) => new: KIT 1, +P 99999999
         invoice 1 KIT*99999999 => no: 100000000 P, 99999999 left
         order bundle:KIT*1@30!lock-invoice ( P*99999999 ) A*1@1 => new: KIT 1, +P 99999999, A 1
         invoice 2 KIT*99999999 A*1 => processing: KIT 1, +P 99999999, A 1 i1",
    );
}

#[test]
fn prices_of_parts_say_that_they_carry_the_price() {
    check(
        "order bundle:KIT*1@5 ( P*2@3 ) => new: KIT 1, +P 2
         money 1 => subtotal 6 total 6
         order bundle:KIT*1@5 ( P*2@0 ) => new: KIT 1, +P 2
         money 2 => subtotal 5 total 5",
    );
}

#[test]
fn members_of_a_group_stand_alone() {
    check(
        "product A qty=5
         order grouped:A*2@4 => new: A 2; holds A 2
         ship 1 A*1 => processing: A 2 s1; holds A 1
         invoice 1 => processing: A 2 s1 i2; holds A 1
         ship 1 => complete: A 2 s2 i2",
    );
}

#[test]
fn a_virtual_part_leaves_with_the_invoice_and_the_rest_of_the_kit_with_the_shipment() {
    check(
        "product P qty=10
         product KEY qty=10 kind=virtual
         order bundle:KIT*2@30 ( P*2 KEY*2 ) => new: KIT 2, +P 2, +KEY 2; holds KEY 2, P 2
         invoice 1 KIT*1 => processing: KIT 2 i1, +P 2 i1, +KEY 2 i1; holds KEY 1, P 2
         stock-of KEY => default 9; held 1; salable 8
         ship 1 => processing: KIT 2 s2 i1, +P 2 i1, +KEY 2 i1; holds KEY 1
         invoice 1 => complete: KIT 2 s2 i2, +P 2 i2, +KEY 2 i2
         stock-of P => default 8; held 0; salable 8",
    );
}

#[test]
fn a_kit_of_virtual_parts_is_virtual() {
    check(
        "product KEY qty=10 kind=virtual
         order bundle:KIT*1@30 ( KEY*2 ) => new: KIT 1, +KEY 2; holds KEY 2
         ship 1 => no: cannot ship what is pending; nothing asked to ship
         invoice 1 => complete: KIT 1 i1, +KEY 2 i2",
    );
}

#[test]
fn virtual_goods_leave_by_priority_as_far_as_there_are_any() {
    check(
        "product FILE kind=downloadable qty=2
         count FILE@east=2
         order FILE*4@1 => new: FILE 4; holds FILE 4
         count FILE@default=1
         invoice 1 FILE*2 => processing: FILE 4 i2; holds FILE 2
         stock-of FILE => default 0 out, east 1; held 2; salable -1
         invoice 1 => complete: FILE 4 i4
         stock-of FILE => default 0 out, east 0 out; held 0; salable 0",
    );
}

#[test]
fn two_kits_share_what_there_is_of_a_part() {
    check(
        "product P qty=10
         order bundle:KIT*1@1 ( P*6 ) bundle:BOX*1@1 ( P*4 ) P*1@1 => no: 11 P, 10 to promise
         order bundle:KIT*1@1 ( P*6 ) bundle:BOX*1@1 ( P*4 ) => new: KIT 1, +P 6, BOX 1, +P 4; holds P 10
         ship 1 KIT*1 => processing: KIT 1 s1, +P 6, BOX 1, +P 4; holds P 4
         cancel 1 => canceled: KIT 1 s1, +P 6, BOX 1 c1, +P 4
         stock-of P => default 4; held 0; salable 4",
    );
}

#[test]
fn parts_that_cannot_be_shared_out_over_their_kits_are_refused() {
    check(
        "product P qty=10
         product KG qty=10 decimal=yes
         order bundle:KIT*3@30 ( P*1 ) => no: qty_ordered of P is 0.9999, not 1
         order bundle:KIT*2@30 ( P*5 ) => no: 2.5 P is not whole
         order bundle:KIT*2.5@30!decimal ( P*5 ) => no: 2.5 KIT is not whole
         order bundle:KIT*2@30 ( KG*5 ) => new: KIT 2, +KG 5; holds KG 5",
    );
}
