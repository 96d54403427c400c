//! Rules of shipping, invoicing and state, as a table of texts: what is asked, and what comes of it.

use crate::testing::{Shop, count, line, ship};
use crate::{
    Act, Command, DraftItem, Excess, InvoiceOrder, OrderId, Outcome, Quantity, Refusal, SourceChoice, SourceCode, State,
};

/// Ships `wish` (such as `0:2 1:1.5`: line and quantity; empty for all) of an order of five A and three B, and tells
/// what came of it.
fn check(wish: &str, source: &str, expected: &str) {
    let mut shop = Shop::open().with("A", 10).with("B", 2);
    shop.act(&Command::SaveSourceItems(vec![count("A", "east", Quantity::whole(1))])).expect("it is a count");
    let mut items = vec![line("A", 5, 10), line("B", 2, 10)];
    items[1].quantity = Some(Quantity::whole(2));
    let order = shop.order(items).expect("there is enough");
    let lines = wish
        .split_whitespace()
        .map(|part| {
            let (position, quantity) = part.split_once(':').expect("line:quantity");
            let position: usize = position.parse().expect("a line");
            (shop.item(order, position), Quantity::parse(quantity).expect("a quantity"))
        })
        .collect();
    let outcome = shop.act(&Command::Ship(ship(order, lines, source)));
    assert_eq!(tell(&shop, order, outcome), expected, "{wish:?} from {source}");
}

fn tell(shop: &Shop, order: OrderId, outcome: Result<Outcome, Vec<Refusal>>) -> String {
    match outcome {
        Err(refusals) => refusals.iter().map(short).collect::<Vec<_>>().join("; "),
        Ok(_) => {
            let order = shop.get(order);
            let shipped: Vec<String> = order.items.iter().map(|item| item.done.shipped.to_string()).collect();
            let held: Vec<String> = order.held().iter().map(|(sku, held)| format!("{sku}:{held}")).collect();
            format!("{} shipped {} held {}", order.stage.state.as_str(), shipped.join(" "), held.join(" "))
        }
    }
}

/// A refusal in few words.
fn short(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NothingAsked(_) => "nothing asked".to_owned(),
        Refusal::NothingLeft(_) => "nothing left".to_owned(),
        Refusal::OrderInState { status, .. } => format!("order is {status}"),
        Refusal::NoSuchSource(source) => format!("no source {source}"),
        Refusal::NotStockedAt { source, sku } => format!("no {sku} at {source}"),
        Refusal::NotEnoughAt { source, sku, asked, on_hand } => format!("{asked} {sku} of {on_hand} at {source}"),
        Refusal::MoreThanLeft { sku, asked, left, .. } => format!("{asked} {sku} of {left} left"),
        Refusal::NotOfOrder { item, .. } => format!("no line {item}"),
        Refusal::NotWhole { sku, asked } => format!("{asked} {sku} is not whole"),
        Refusal::NotEnoughToPromise { sku, asked, salable } => format!("{asked} {sku} of {salable} to promise"),
        Refusal::SourceNotNamed => "source not named".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn ships_what_is_asked_and_holds_the_rest() {
    check("0:2", "default", "processing shipped 2 0 held a:3 b:2".replace("a:", "A:").replace("b:", "B:").as_str());
    check("0:5 1:2", "default", "processing shipped 5 2 held ");
}

#[test]
fn ships_all_that_is_left_when_nothing_is_listed() {
    check("", "default", "processing shipped 5 2 held ");
}

#[test]
fn trims_what_is_more_than_left_and_the_fraction_of_whole_pieces() {
    check("0:99", "default", "processing shipped 5 0 held B:2");
    check("0:2.9", "default", "processing shipped 2 0 held A:3 B:2");
    check("0:1 0:3", "default", "processing shipped 3 0 held A:2 B:2");
}

#[test]
fn refuses_a_shipment_of_nothing() {
    check("0:0", "default", "nothing asked");
    check("0:-4", "default", "nothing asked");
    check("0:0.9", "default", "nothing asked");
}

#[test]
fn refuses_for_each_sku_what_the_source_does_not_have() {
    check("", "east", "5 A of 1 at east; no B at east");
    check("0:1", "nowhere", "no source nowhere");
    check("0:1", "", "no source ");
}

#[test]
fn refuses_excess_when_told_to() {
    let mut shop = Shop::open().with("A", 10);
    let order = shop.order(vec![line("A", 5, 10)]).expect("there is enough");
    let item = shop.item(order, 0);
    let mut ask = |lines: Vec<(crate::ItemId, Quantity)>| {
        let ask = crate::ShipOrder { excess: Excess::Refuse, ..ship(order, lines, "default") };
        let outcome = shop.act(&Command::Ship(ask));
        tell(&shop, order, outcome)
    };
    let pieces = Quantity::whole;
    assert_eq!(ask(vec![(item, pieces(3)), (item, pieces(3))]), "6 A of 5 left");
    assert_eq!(ask(vec![(item, Quantity(15_000))]), "1.5 A is not whole");
    assert_eq!(ask(vec![(crate::ItemId(99), pieces(1))]), "no line 99; nothing asked");
    assert_eq!(ask(vec![(item, pieces(2)), (item, pieces(1))]), "processing shipped 3 held A:2");
}

#[test]
fn the_only_enabled_source_need_not_be_named() {
    let mut shop = Shop::open().with("A", 10);
    let order = shop.order(vec![line("A", 5, 10)]).expect("there is enough");
    let ask = crate::ShipOrder { source: SourceChoice::OnlyEnabled, ..ship(order, Vec::new(), "") };
    let outcome = shop.act(&Command::Ship(ask.clone()));
    assert_eq!(tell(&shop, order, outcome), "source not named");
    let off = vec![crate::SourceField::Name("East".to_owned()), crate::SourceField::Enabled(false)]
        .into_iter()
        .chain([crate::SourceField::Country("US".to_owned()), crate::SourceField::Postcode("1".to_owned())])
        .collect();
    let east = Command::SaveSource { code: SourceCode("east".to_owned()), fields: off };
    shop.act(&east).expect("a source can be switched off");
    let outcome = shop.act(&Command::Ship(ask));
    assert_eq!(tell(&shop, order, outcome), "processing shipped 5 held ");
}

#[test]
fn an_order_is_complete_when_it_is_shipped_and_invoiced_in_either_order() {
    let ship_all = |order| Command::Ship(ship(order, Vec::new(), "default"));
    let invoice_all = |order| Command::Invoice(InvoiceOrder { order, lines: Vec::new(), capture: true, comment: None });
    for ship_first in [true, false] {
        let mut shop = Shop::open().with("A", 10);
        let order = shop.order(vec![line("A", 5, 10)]).expect("there is enough");
        let (first, second) =
            if ship_first { (ship_all(order), invoice_all(order)) } else { (invoice_all(order), ship_all(order)) };
        shop.act(&first).expect("the order is new");
        assert_eq!(shop.get(order).stage.state, State::Processing);
        shop.act(&second).expect("half of it is done");
        assert_eq!(shop.get(order).stage.state, State::Complete);
    }
}

#[test]
fn a_held_or_canceled_order_ships_nothing() {
    let mut shop = Shop::open().with("A", 10);
    let order = shop.order(vec![line("A", 5, 10)]).expect("there is enough");
    let all = Command::Ship(ship(order, Vec::new(), "default"));
    shop.act(&Command::HoldOrder(order)).expect("it is new");
    let outcome = shop.act(&all);
    assert_eq!(tell(&shop, order, outcome), "order is holded");
    assert_eq!(shop.act(&Command::CancelOrder(order)), Ok(Outcome::NotPossible(Act::Cancel)));
    shop.act(&Command::ReleaseOrder(order)).expect("it is on hold");
    assert_eq!(shop.act(&Command::CancelOrder(order)), Ok(Outcome::Done));
    let outcome = shop.act(&all);
    assert_eq!(tell(&shop, order, outcome), "order is canceled; nothing asked");
    assert_eq!(shop.act(&Command::CancelOrder(order)), Ok(Outcome::NotPossible(Act::Cancel)));
}

#[test]
fn the_last_unit_is_promised_once() {
    let mut shop = Shop::open().with("A", 3);
    assert!(shop.order(vec![line("A", 2, 10), line("a ", 1, 10)]).is_ok());
    let refused = shop.order(vec![line("A", 1, 10)]).expect_err("all are held");
    assert_eq!(refused.iter().map(short).collect::<Vec<_>>(), ["1 A of 0 to promise"]);
}

#[test]
fn what_nobody_counts_is_neither_held_nor_taken() {
    let mut shop = Shop::open();
    let order = shop.order(vec![line("GIFT", 500, 0)]).expect("it is not counted");
    let outcome = shop.act(&Command::Ship(ship(order, Vec::new(), "default")));
    assert_eq!(tell(&shop, order, outcome), "processing shipped 500 held ");
}

#[test]
fn the_parts_of_a_kit_are_held_and_leave_with_it() {
    let mut shop = Shop::open().with("PART", 10);
    let kit = DraftItem { kind: Some("bundle".to_owned()), ..line("KIT", 2, 30) };
    let part = DraftItem { parent: Some(0), ..line("PART", 6, 0) };
    let order = shop.order(vec![kit, part]).expect("there are ten");
    let lines = vec![(shop.item(order, 0), Quantity::ONE)];
    let outcome = shop.act(&Command::Ship(ship(order, lines, "default")));
    assert_eq!(tell(&shop, order, outcome), "processing shipped 1 0 held PART:3");
    let left = shop.set.source_item(&crate::Sku::new("PART"), &SourceCode("default".to_owned()));
    assert_eq!(left.map(|item| item.on_hand), Some(Quantity::whole(7)));
}

#[test]
fn parts_that_cannot_be_shared_out_evenly_over_their_kits_are_refused() {
    let mut shop = Shop::open().with("PART", 10);
    let kit = DraftItem { kind: Some("bundle".to_owned()), ..line("KIT", 3, 30) };
    let part = DraftItem { parent: Some(0), ..line("PART", 1, 0) };
    let refused = shop.order(vec![kit, part]).expect_err("a third of a part is not to be had");
    assert!(matches!(refused.as_slice(), [Refusal::Contradiction { field: "qty_ordered", .. }]), "{refused:?}");
}
