//! Contract sections 8, 9.2 and 10.4: what is given back, and what becomes of the goods.

use crate::testing::check;

#[test]
fn gives_everything_back_and_closes_the_order() {
    check(
        "product A qty=5
         order A*2@10,tax=2,discount=1 shipping=5 shipping_tax=0.5 => new: A 2; holds A 2
         invoice 1 => processing: A 2 i2; holds A 2
         ship 1 => complete: A 2 s2 i2
         refund 1 back=all => closed: A 2 s2 i2 r2
         memo-of 1 => 000000001 of 2: subtotal 20 discount -1 shipping 5 shipping-tax 0.5 tax 2.5 total 26.5; A 2 row 20 incl 22 tax 2 discount 1
         money 1 => subtotal 20 discount -1 shipping 5 tax 2.5 total 26.5 invoiced 26.5 paid 26.5 refunded 26.5
         stock-of A => default 5; held 0; salable 5
         refund 1 => no: cannot refund what is closed",
    );
}

#[test]
fn thirds_of_ten_come_back_as_they_went() {
    check(
        "order A*3@3.3333,row=10,tax=1,discount=2 => new: A 3
         invoice 1 => processing: A 3 i3
         refund 1 A*1 => processing: A 3 i3 r1
         refund 1 A*1 => processing: A 3 i3 r2
         refund 1 A*1 => closed: A 3 i3 r3
         memo-of 1 => 000000001 of 1: subtotal 3.33 discount -0.66 tax 0.33 total 3; A 1 row 3.33 incl 3.67 tax 0.33 discount 0.66
         memo-of 2 => 000000002 of 1: subtotal 3.34 discount -0.68 tax 0.34 total 3; A 1 row 3.34 incl 3.67 tax 0.34 discount 0.68
         memo-of 3 => 000000003 of 1: subtotal 3.33 discount -0.66 tax 0.33 total 3; A 1 row 3.33 incl 3.66 tax 0.33 discount 0.66",
    );
}

#[test]
fn goods_go_back_to_the_sources_they_came_from_by_priority_and_once() {
    check(
        "product A qty=5
         count A@east=5
         order A*4@10 => new: A 4; holds A 4
         invoice 1 => processing: A 4 i4; holds A 4
         ship 1 A*1 from=east => processing: A 4 s1 i4; holds A 3
         ship 1 A*2 => processing: A 4 s3 i4; holds A 1
         refund 1 A*1 back=A => complete: A 4 s3 i4 r1; holds A 1
         stock-of A => default 4, east 4; held 1; salable 7
         refund 1 A*2 back=A => complete: A 4 s3 i4 r3; holds A 1
         stock-of A => default 5, east 5; held 1; salable 9
         refund 1 A*1 back=A => closed: A 4 s3 i4 r4
         stock-of A => default 5, east 5; held 0; salable 10",
    );
}

#[test]
fn what_was_never_sent_is_free_again_or_gone() {
    check(
        "product A qty=10
         order A*10@1 => new: A 10; holds A 10
         invoice 1 => processing: A 10 i10; holds A 10
         refund 1 A*1 => processing: A 10 i10 r1; holds A 9
         stock-of A => default 9; held 9; salable 0
         refund 1 A*1 back=A => processing: A 10 i10 r2; holds A 8
         stock-of A => default 9; held 8; salable 1",
    );
}

#[test]
fn what_was_never_sent_is_not_sent_back() {
    check(
        "product A qty=5
         order A*2@10 => new: A 2; holds A 2
         invoice 1 => processing: A 2 i2; holds A 2
         ship 1 A*1 => processing: A 2 s1 i2; holds A 1
         refund 1 A*1 => complete: A 2 s1 i2 r1; holds A 1
         stock-of A => default 4; held 1; salable 3
         refund 1 A*1 back=A => closed: A 2 s1 i2 r2
         stock-of A => default 4; held 0; salable 4",
    );
}

#[test]
fn what_was_sent_and_does_not_come_back_changes_no_stock() {
    check(
        "product A qty=5
         order A*2@10 => new: A 2; holds A 2
         invoice 1 => processing: A 2 i2; holds A 2
         ship 1 => complete: A 2 s2 i2
         refund 1 A*1 => complete: A 2 s2 i2 r1
         stock-of A => default 3; held 0; salable 3",
    );
}

#[test]
fn shipping_goes_back_in_parts_and_no_further() {
    check(
        "order A*1@10 shipping=9 shipping_tax=1 => new: A 1
         invoice 1 => processing: A 1 i1
         refund 1 A*0 shipping=3 => processing: A 1 i1
         memo-of 1 => 000000001 of 0: shipping 3 shipping-tax 0.33 tax 0.33 total 3.33;
         refund 1 A*0 shipping=7 => no: 6 left of shipping
         refund 1 A*0 shipping=-1 => no: 6 left of shipping
         refund 1 A*0 shipping=3 => processing: A 1 i1
         refund 1 A*0 => processing: A 1 i1
         memo-of 3 => 000000003 of 0: shipping 3 shipping-tax 0.34 tax 0.34 total 3.34;
         refund 1 => closed: A 1 i1 r1
         order A*1@10 => new: A 1
         invoice 2 => processing: A 1 i1
         refund 2 shipping=1 => no: no shipping",
    );
}

#[test]
fn adjustments_give_more_or_keep_some_back() {
    check(
        "order A*2@10 => new: A 2
         invoice 1 => processing: A 2 i2
         refund 1 A*1 plus=2.5 less=1 => processing: A 2 i2 r1
         memo-of 1 => 000000001 of 1: subtotal 10 plus 2.5 less 1 total 11.5; A 1 row 10 incl 10
         refund 1 plus=0.01 => no: 8.5 left to refund
         refund 1 less=1.5 => closed: A 2 i2 r2
         memo-of 2 => 000000002 of 1: subtotal 10 less 1.5 total 8.5; A 1 row 10 incl 10
         refund 1 A*0 less=1 => no: cannot refund what is closed; less than nothing",
    );
}

#[test]
fn what_is_kept_back_is_not_to_be_refunded_any_more() {
    check(
        "order A*1@10 => new: A 1
         invoice 1 => processing: A 1 i1
         ship 1 => complete: A 1 s1 i1
         refund 1 less=4 => closed: A 1 s1 i1 r1
         money 1 => subtotal 10 total 10 invoiced 10 paid 10 refunded 6",
    );
}

#[test]
fn more_than_is_left_is_refused_at_once() {
    check(
        "order A*2@10 => new: A 2
         refund 1 A*1 => no: 1 A, 0 left
         invoice 1 A*1 => processing: A 2 i1
         refund 1 A*2 => no: 2 A, 1 left
         refund 1 A*0.5 => no: A is refunded whole
         refund 1 #99*1 => no: no line 99
         refund 9 => no: no order 9",
    );
}

#[test]
fn an_order_that_was_never_paid_has_nothing_to_give() {
    check(
        "order A*2@10 shipping=5 => new: A 2
         refund 1 => no: 0 left to refund
         cancel 1 => canceled: A 2 c2
         refund 1 => no: cannot refund what is canceled; 0 left to refund",
    );
}

#[test]
fn what_is_not_on_the_memo_cannot_come_back() {
    check(
        "order A*2@10 => new: A 2
         order B*1@10 => new: B 1
         invoice 1 => processing: A 2 i2
         refund 1 A*1 back=#99 => no: no line 99 anywhere
         refund 1 A*1 back=#2 => no: B is not on the memo",
    );
}

#[test]
fn an_invoice_is_refunded_where_its_method_can() {
    check(
        "order A*2@10 => new: A 2
         invoice 1 => processing: A 2 i2
         refund 1 invoice=1 => no: invoice cannot be refunded
         refund 1 invoice=7 => no: no invoice 7
         order A*3@0 method=free => new: A 3
         invoice 2 A*2 => processing: A 3 i2
         invoice 2 A*1 => processing: A 3 i3
         refund 2 invoice=3 A*3 => processing: A 3 i3 r1
         memo-of 1 => 000000001 of 1: ; A 1
         refund 1 invoice=3 => no: no invoice 3",
    );
}

#[test]
fn kits_are_refunded_by_the_line_that_carries_their_money() {
    check(
        "product P qty=20
         product Q qty=20
         order bundle:KIT*2@30 ( P*4 Q*2 ) => new: KIT 2, +P 4, +Q 2; holds P 4, Q 2
         invoice 1 => processing: KIT 2 i2, +P 4 i4, +Q 2 i2; holds P 4, Q 2
         ship 1 => complete: KIT 2 s2 i2, +P 4 i4, +Q 2 i2
         refund 1 P*1 => no: P carries no money
         refund 1 KIT*1 back=KIT => complete: KIT 2 s2 i2 r1, +P 4 i4 r2, +Q 2 i2 r1
         stock-of P => default 18; held 0; salable 18
         order bundle:KIT*2@30!dynamic!separate ( P*4@7 Q*2@16 ) => new: KIT 2, +P 4, +Q 2; holds P 4, Q 2
         invoice 2 => processing: KIT 2 i2, +P 4 i4, +Q 2 i2; holds P 4, Q 2
         refund 2 P*1 back=P => processing: KIT 2 i2, +P 4 i4 r1, +Q 2 i2; holds P 3, Q 2
         refund 2 KIT*1 => no: KIT carries no money",
    );
}

#[test]
fn virtual_goods_come_back_to_the_first_source() {
    check(
        "product FILE qty=5 kind=downloadable
         order FILE*2@10 => new: FILE 2; holds FILE 2
         invoice 1 => complete: FILE 2 i2
         stock-of FILE => default 3; held 0; salable 3
         refund 1 FILE*1 back=FILE => complete: FILE 2 i2 r1
         stock-of FILE => default 4; held 0; salable 4
         refund 1 => closed: FILE 2 i2 r2
         stock-of FILE => default 4; held 0; salable 4",
    );
}

#[test]
fn the_order_s_currency_follows_the_base_currency() {
    check(
        "order A*3@10/9 currency=EUR rate=1.1111 => new: A 3
         invoice 1 => processing: A 3 i3
         refund 1 A*0 plus=1 => processing: A 3 i3
         memo-of 1 => 000000001 of 0: plus 1.11/1 total 1.11/1;
         refund 1 A*0 plus=26 => processing: A 3 i3
         memo-of 2 => 000000002 of 0: plus 28.89/26 total 28.89/26;",
    );
}

#[test]
fn each_invoice_gives_back_its_own_money_whatever_the_order() {
    check(
        "order A*3@3.33,row=10 method=stripe auth=pi_1 => new: A 3
         invoice 1 A*1 capture => awaits 1; new: A 3; waits for 1
         settle 1 done => processing: A 3 i1
         invoice 1 A*1 capture => awaits 2; processing: A 3 i1; waits for 2
         settle 2 done => processing: A 3 i2
         invoice 1 A*1 capture => awaits 3; processing: A 3 i2; waits for 3
         settle 3 done => processing: A 3 i3
         refund 1 invoice=2 online => awaits 4; processing: A 3 i3; waits for 4
         settle 4 done => processing: A 3 i3 r1
         refund 1 invoice=3 online => awaits 5; processing: A 3 i3 r1; waits for 5
         settle 5 done => processing: A 3 i3 r2
         refund 1 invoice=1 online => awaits 6; processing: A 3 i3 r2; waits for 6
         settle 6 done => closed: A 3 i3 r3
         money 1 => subtotal 10 total 10 invoiced 10 paid 10 refunded 10",
    );
}

#[test]
fn of_an_invoice_no_more_is_refunded_than_is_unrefunded() {
    check(
        "order A*2@10 B*1@5 method=stripe auth=pi_1 => new: A 2, B 1
         invoice 1 A*2 capture => awaits 1; new: A 2, B 1; waits for 1
         settle 1 done => processing: A 2 i2, B 1
         refund 1 invoice=1 A*3 online => no: A more than is unrefunded
         refund 1 invoice=1 A*2 online => awaits 2; processing: A 2 i2, B 1; waits for 2
         settle 2 done => processing: A 2 i2 r2, B 1
         refund 1 invoice=1 A*1 online => no: nothing left to refund; invoice cannot be refunded; A more than is unrefunded",
    );
}

#[test]
fn nothing_is_refunded_of_less_than_nothing() {
    check(
        "order A*2@10 shipping=5 => new: A 2
         invoice 1 => processing: A 2 i2
         refund 1 A*-1 => no: -1 A, 2 left",
    );
}

#[test]
fn what_is_written_off_is_not_bound_to_another_order() {
    check(
        "product A qty=1
         count A@east=1
         order A*1@10 at=default => new: A 1; holds A 1
         order A*1@10 => new: A 1; holds A 1
         invoice 2 => processing: A 1 i1; holds A 1
         refund 2 => closed: A 1 i1 r1
         stock-of A => default 1 bound 1, east 0 out; held 1; salable 0
         ship 1 => processing: A 1 s1",
    );
}

#[test]
fn what_is_written_off_was_bound_to_its_own_order_before_it_was_anywhere_else() {
    check(
        "product A qty=5
         count A@east=3
         order A*3@10 fo=east:0x2 => new: A 3; holds A 3
         invoice 1 => processing: A 3 i3; holds A 3
         stock-of A => default 5, east 3 bound 2; held 3; salable 5
         refund 1 A*2 => processing: A 3 i3 r2; holds A 1
         rows-of 1 => allocated: 1 east: A 1 allocated, A 1 cancelled (creditmemo_created); 2 nowhere: A 1 cancelled (creditmemo_created)
         stock-of A => default 4, east 2 bound 1; held 1; salable 5
         ship 1 from=east => complete: A 3 s1 i3 r2",
    );
}

#[test]
fn what_is_packed_or_of_no_use_is_not_written_off() {
    check(
        "product A qty=2
         count A@east=1
         order A*3@10 => new: A 3; holds A 3
         ship 1 A*2 pack => processing: A 3 s2; holds A 3
         invoice 1 => processing: A 3 s2 i3; holds A 3
         adjust A@default=4:2 => done
         refund 1 A*1 => complete: A 3 s2 i3 r1; holds A 2
         stock-of A => default 4 bound 2 unavailable 2, east 0 out; held 2; salable 0
         complete 1 ready=yes sent=yes => complete: A 3 s2 i3 r1
         stock-of A => default 2 unavailable 2, east 0 out; held 0; salable 0",
    );
}

#[test]
fn virtual_goods_of_no_use_are_not_handed_over() {
    check(
        "product CODE qty=2 kind=downloadable
         count CODE@east=1
         adjust CODE@default=2:1 => done
         order CODE*2@5 => new: CODE 2; holds CODE 2
         invoice 1 => complete: CODE 2 i2
         stock-of CODE => default 1 unavailable 1, east 0 out; held 0; salable 0",
    );
}
