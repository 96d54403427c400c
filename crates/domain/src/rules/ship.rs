//! Contract sections 7.1, 7.2, 10.4 and 10.5.

use crate::testing::check;

#[test]
fn ships_what_is_asked_and_holds_the_rest() {
    check(
        "product A qty=10
         product B qty=2
         order A*5@10 B*2@10 => new: A 5, B 2; holds A 5, B 2
         ship 1 A*2 => processing: A 5 s2, B 2; holds A 3, B 2
         ship 1 A*3 B*2 => processing: A 5 s5, B 2 s2
         stock-of A => default 5; held 0; salable 5
         stock-of B => default 0 out; held 0; salable 0
         shipment-of 2 => 000000002 of 5 from default: A 3, B 2",
    );
}

#[test]
fn ships_all_that_is_left_when_nothing_is_listed() {
    check(
        "product A qty=10
         product FILE qty=10 kind=virtual
         order A*5@10 FILE*1@1 => new: A 5, FILE 1; holds A 5, FILE 1
         ship 1 A*1 => processing: A 5 s1, FILE 1; holds A 4, FILE 1
         ship 1 => processing: A 5 s5, FILE 1; holds FILE 1
         shipment-of 2 => 000000002 of 4 from default: A 4",
    );
}

#[test]
fn trims_what_is_more_than_left_and_the_fraction_of_whole_pieces() {
    check(
        "product A qty=10
         product KG qty=10 decimal=yes
         order A*5@10 KG*2.5@1 => new: A 5, KG 2.5; holds A 5, KG 2.5
         ship 1 A*2.9 KG*0.5 => processing: A 5 s2, KG 2.5 s0.5; holds A 3, KG 2
         ship 1 A*99 KG*99 => processing: A 5 s5, KG 2.5 s2.5",
    );
}

#[test]
fn the_last_word_on_a_line_counts_and_unknown_lines_are_passed_over() {
    check(
        "product A qty=10
         order A*5@10 => new: A 5; holds A 5
         ship 1 A*1 A*3 #99*1 => processing: A 5 s3; holds A 2
         ship 1 #99*1 => no: nothing asked to ship",
    );
}

#[test]
fn refuses_a_shipment_of_nothing() {
    check(
        "product A qty=10
         order A*5@10 => new: A 5; holds A 5
         ship 1 A*0 => no: nothing asked to ship
         ship 1 A*-4 => no: nothing asked to ship
         ship 1 A*0.9 => no: nothing asked to ship
         ship 2 => no: no order 2
         ship 1 => processing: A 5 s5
         ship 1 => no: nothing left to ship; nothing asked to ship",
    );
}

#[test]
fn refuses_by_state_and_says_the_status() {
    check(
        "product A qty=10
         product FILE qty=10 kind=virtual
         order A*1 => new: A 1; holds A 1
         hold 1 => holded: A 1; holds A 1
         ship 1 A*1 => no: cannot ship what is holded
         release 1 => new: A 1; holds A 1
         cancel 1 => canceled: A 1 c1
         ship 1 A*1 => no: cannot ship what is canceled; nothing asked to ship
         order A*1 state=payment_review status=fraud => payment_review/fraud: A 1; holds A 1
         ship 2 => no: cannot ship what is fraud
         order FILE*1@5 => new: FILE 1; holds FILE 1
         ship 3 => no: cannot ship what is pending; nothing asked to ship",
    );
}

#[test]
fn a_locked_line_stays_behind() {
    check(
        "product A qty=10
         product B qty=10
         order A*1@5 B*1@5!lock-ship => new: A 1, B 1; holds A 1, B 1
         ship 1 => processing: A 1 s1, B 1; holds B 1
         ship 1 B*1 => no: nothing left to ship; nothing asked to ship
         ship 1 B*1 strict => no: nothing left to ship; 1 B, 0 left; nothing asked to ship",
    );
}

#[test]
fn each_track_needs_a_number() {
    check(
        "product A qty=10
         order A*2 => new: A 2; holds A 2
         ship 1 A*1 track=_ => no: track without number
         ship 1 A*1 track=1Z => processing: A 2 s1; holds A 1
         shipment-of 1 => 000000001 of 1 from default: A 1; track 1Z",
    );
}

#[test]
fn strictly_asked_it_refuses_excess_fractions_and_unknown_lines() {
    check(
        "product A qty=10
         order A*5@10 => new: A 5; holds A 5
         ship 1 A*3 A*3 strict => no: 6 A, 5 left
         ship 1 A*1.5 strict => no: 1.5 A is not whole
         ship 1 #99*1 strict => no: no line 99; nothing asked to ship
         ship 1 A*2 #99*1 strict => no: no line 99
         ship 1 A*2 A*-1 strict => no: qty is negative
         ship 1 A*2 A*1 strict => processing: A 5 s3; holds A 2",
    );
}

#[test]
fn goods_leave_the_named_source_and_no_other() {
    check(
        "product A qty=10
         product B qty=2
         count A@east=1
         order A*5@10 B*2@10 => new: A 5, B 2; holds A 5, B 2
         ship 1 from=east => no: 5 A, 1 at east; no B at east
         ship 1 from=nowhere => no: no source nowhere
         ship 1 A*1 from=east => processing: A 5 s1, B 2; holds A 4, B 2
         stock-of A => default 10, east 0 out; held 4; salable 6",
    );
}

#[test]
fn two_lines_of_one_sku_cannot_take_the_same_pieces() {
    check(
        "product A qty=10
         order A*3 a_*3 => new: A 3, a  3; holds A 6
         count A@default=5
         ship 1 => no: 6 A, 5 at default
         count A@default=6
         ship 1 => processing: A 3 s3, a  3 s3
         stock-of A => default 0 out; held 0; salable 0",
    );
}

#[test]
fn a_source_that_is_disabled_or_not_linked_still_ships() {
    check(
        "product A qty=10
         source far name=Far country=US postcode=1
         count A@far=3 A@east=3
         source east enabled=no
         order A*2 => new: A 2; holds A 2
         ship 1 A*1 from=far => processing: A 2 s1; holds A 1
         ship 1 A*1 from=east => processing: A 2 s2
         stock-of A => default 10, east 2, far 2; held 0; salable 10",
    );
}

#[test]
fn at_its_threshold_a_source_item_is_out_of_stock_unless_more_may_be_sold() {
    check(
        "product A qty=10 out_at=2
         product B qty=10 out_at=2 backorders=yes
         order A*8 B*8 => new: A 8, B 8; holds A 8, B 8
         ship 1 A*7 B*7 => processing: A 8 s7, B 8 s7; holds A 1, B 1
         stock-of A => default 3; held 1; salable 0
         ship 1 => processing: A 8 s8, B 8 s8
         stock-of A => default 2 out; held 0; salable -2
         stock-of B => default 2; held 0; salable 0",
    );
}

#[test]
fn what_was_sold_on_backorder_waits_for_goods() {
    check(
        "product A qty=1 backorders=yes
         order A*3 => new: A 3; holds A 3
         ship 1 => no: 3 A, 1 at default
         ship 1 A*1 => processing: A 3 s1; holds A 2
         count A@default=2
         ship 1 => processing: A 3 s3",
    );
}

#[test]
fn what_nobody_counts_is_neither_held_nor_taken() {
    check(
        "product WRAP managed=no qty=1
         order WRAP*5 GIFT*500 => new: WRAP 5, GIFT 500
         ship 1 from=east => processing: WRAP 5 s5, GIFT 500 s500
         stock-of WRAP => default 1; held 0; salable 1",
    );
}

#[test]
fn a_sku_without_a_product_is_counted_where_it_lies() {
    check(
        "count X@east=3
         order X*2 => new: X 2; holds X 2
         ship 1 => no: no X at default
         ship 1 from=east => processing: X 2 s2
         stock-of X => east 1; held 0; salable 1",
    );
}

#[test]
fn an_order_that_holds_nothing_takes_goods_when_it_ships() {
    check(
        "product A qty=3
         order A*3 => new: A 3; holds A 3
         order A*2 nohold => new: A 2
         ship 2 => processing: A 2 s2
         stock-of A => default 1; held 3; salable -2",
    );
}

#[test]
fn without_a_source_it_is_the_only_one_of_the_stock_or_default() {
    check(
        "product A qty=10
         count A@east=5
         order A*2 => new: A 2; holds A 2
         ship 1 A*1 only-linked => processing: A 2 s1; holds A 1
         shipment-of 1 => 000000001 of 1 from default: A 1
         stock name=East channels=base => stock 2
         link 2 east 1
         order A*1 => new: A 1; holds A 1
         ship 2 only-linked => processing: A 1 s1
         shipment-of 2 => 000000002 of 1 from east: A 1",
    );
}

#[test]
fn the_only_enabled_source_need_not_be_named() {
    check(
        "product A qty=10
         order A*5 => new: A 5; holds A 5
         ship 1 only-enabled => no: name a source
         source east enabled=no
         ship 1 only-enabled => processing: A 5 s5",
    );
}

#[test]
fn an_own_status_survives_a_shipment_in_progress_but_not_the_first_one() {
    check(
        "product A qty=10
         order A*3 status=fresh => new/fresh: A 3; holds A 3
         ship 1 A*1 => processing: A 3 s1; holds A 2
         comment 1 packing => processing/packing: A 3 s1; holds A 2
         ship 1 A*1 => processing/packing: A 3 s2; holds A 1
         order A*1 state=pending_payment => pending_payment: A 1; holds A 1
         ship 2 => pending_payment: A 1 s1",
    );
}

#[test]
fn tracks_and_remarks_are_added_to_shipments_that_exist() {
    check(
        "product A qty=10
         order A*3 => new: A 3; holds A 3
         order A*3 => new: A 3; holds A 3
         ship 1 => processing: A 3 s3
         track 1 2 1Z => no: shipment 1 is not of order 2
         track 2 1 1Z => no: no shipment 2
         track 1 1 1Z => track 1
         shipment-of 1 => 000000001 of 3 from default: A 3; track 1Z
         untrack 1
         untrack 1 => no: no track 1
         shipment-of 1 => 000000001 of 3 from default: A 3
         comment-shipment 1 => comment 1
         comment-shipment 2 => no: no shipment 2",
    );
}
