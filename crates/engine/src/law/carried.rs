//! A history of what locations do of orders, and of what carriers carry.

use std::collections::BTreeMap;

use waybill_domain::{
    AcceptOrder, Allocation, AllocationRule, Amount, BookingFault, Carrier, CarrierAnswer, ChangeFulfilment, Command,
    CommentDraft, Consign, ConsignmentAct, ConsignmentDraft, ConsignmentId, ConsignmentStage, Count, Departure,
    DraftItem, Excess, Extra, FulfilmentAct, FulfilmentDraft, FulfilmentEdit, FulfilmentOrderId, ItemId, LineWish,
    Lines, OrderId, Placing, Quantity, Redact, ReviseOrder, Sent, ShipOrder, ShipmentId, SourceChoice, SourceField,
    TrackDraft,
};

use super::{line, order, ship, sku, source};

/// A history that makes every kind of change to fulfilment orders, consignments and carrier accounts.
pub(super) fn history() -> Vec<Command> {
    let east = vec![
        SourceField::Name("East".to_owned()),
        SourceField::Country("US".to_owned()),
        SourceField::Postcode("1".to_owned()),
    ];
    let first = FulfilmentOrderId(1);
    let moved = FulfilmentOrderId(2);
    vec![
        Command::SaveSource { code: source("east"), fields: east },
        Command::SaveSourceItems(vec![count("A", "default"), count("A", "east"), count("B", "default")]),
        account("acme", true),
        account("acme", false),
        // What no location does yet is given out, in parts, and back together; and less of it is wanted.
        order(1, vec![line("A", 12), line("B", 2)]),
        change(1, FulfilmentAct::Allocate(rule(&["default", "east"]))),
        change(
            1,
            FulfilmentAct::Split {
                fulfilment: first,
                lines: some(1, 3),
                location: Some(source("east")),
                reference: Some("FO-2".to_owned()),
            },
        ),
        change(1, FulfilmentAct::Move { fulfilment: moved, location: source("default") }),
        change(
            1,
            FulfilmentAct::Merge { source: moved, lines: some(1, 1), destination: first, alike: BTreeMap::new() },
        ),
        change(1, FulfilmentAct::Cancel { fulfilment: first, lines: some(1, 1), reason: "gone".to_owned() }),
        revise(1, &[1, 2], vec![wish(1, 10)], Vec::new(), Placing::Open),
        change(1, FulfilmentAct::Edit { fulfilment: first, edit: said() }),
        // Fulfilled, and carried: the carrier says no, then yes, and then it has it and brings it.
        fulfil(1, first, some(1, 2), Departure::Fulfilled { deduct: false, close: false }),
        consign(Some((1, first, Vec::new())), draft(Carrier::Rehearsal)),
        settle(Some(1), 1, 1, refused()),
        act(Some(1), 1, confirm()),
        settle(Some(1), 1, 2, CarrierAnswer::Unknown { why: "silence".to_owned() }),
        settle(Some(1), 1, 2, booked("RC1")),
        moves(Some(1), 1, ConsignmentStage::ReadyToShip),
        moves(Some(1), 1, ConsignmentStage::Shipped),
        moves(Some(1), 1, ConsignmentStage::Delivered),
        // Carried before anybody said that it was fulfilled.
        consign(
            Some((1, first, some(1, 1))),
            ConsignmentDraft { prebooked: Some(("T2".to_owned(), Some("label".to_owned()))), ..draft(Carrier::Own) },
        ),
        moves(Some(1), 2, ConsignmentStage::Shipped),
        // Cancelled while nobody knows whether it was booked.
        consign(Some((1, first, some(1, 1))), ConsignmentDraft { hold: true, ..draft(Carrier::Rehearsal) }),
        act(Some(1), 3, confirm()),
        act(Some(1), 3, ConsignmentAct::Cancel),
        settle(Some(1), 3, 1, booked("RC3")),
        settle(Some(1), 3, 1, CarrierAnswer::Cancelled),
        // Fulfilled and not: what was to carry it is cancelled with it.
        fulfil(1, first, some(1, 1), Departure::Fulfilled { deduct: true, close: false }),
        consign(Some((1, first, Vec::new())), draft(Carrier::Rehearsal)),
        settle(Some(1), 4, 1, booked("RC4")),
        change(1, FulfilmentAct::Unfulfil { fulfilment: first, shipments: vec![ShipmentId(4)] }),
        settle(Some(1), 4, 1, refused()),
        fulfil(1, first, some(1, 1), Departure::Fulfilled { deduct: true, close: true }),
        // An order that says itself who does what; given out anew, and not wanted.
        allocated(vec![FulfilmentDraft {
            reference: Some("FO-3".to_owned()),
            location: Some(source("east")),
            extra: more(),
            lines: vec![(0, Quantity::whole(2))],
            ..FulfilmentDraft::default()
        }]),
        change(
            2,
            FulfilmentAct::Assign {
                drafts: vec![FulfilmentDraft {
                    location: Some(source("default")),
                    lines: vec![(0, Quantity::ONE)],
                    ..FulfilmentDraft::default()
                }],
                lines: vec![ItemId(3)],
            },
        ),
        change(2, FulfilmentAct::CancelAll { reason: "gone".to_owned() }),
        // Over, and nobody is to be found in it any more; one of them was shipped, paid for and told of.
        Command::CommentOnOrder {
            order: OrderId(2),
            comment: CommentDraft { text: Some("for Ann".to_owned()), notified: Some(true), visible_on_front: true },
            status: None,
            entity: "order".to_owned(),
        },
        redact(2),
        redact(2),
        allocated(vec![FulfilmentDraft {
            location: Some(source("east")),
            extra: more(),
            lines: vec![(0, Quantity::whole(3))],
            ..FulfilmentDraft::default()
        }]),
        told(3, FulfilmentOrderId(6), some(4, 3)),
        consign(Some((3, FulfilmentOrderId(6), Vec::new())), draft(Carrier::Rehearsal)),
        settle(Some(3), 5, 1, refused()),
        act(Some(3), 5, confirm()),
        settle(Some(3), 5, 2, booked("RC7")),
        moves(Some(3), 5, ConsignmentStage::Shipped),
        moves(Some(3), 5, ConsignmentStage::Delivered),
        redact(3),
        // Of no order.
        consign(None, ConsignmentDraft { reference: Some("SHOP-9".to_owned()), ..draft(Carrier::Rehearsal) }),
        settle(None, 6, 1, booked("RC5")),
        act(None, 6, ConsignmentAct::Cancel),
        settle(None, 6, 1, CarrierAnswer::Cancelled),
        fulfil_and_consign(1, first, some(1, 1)),
        settle(Some(1), 7, 1, booked("RC6")),
        // More of a line, at another price and with another name; less of it, and another line instead, where a rule finds it.
        order(1, vec![DraftItem { is_virtual: Some(true), ..plain("A", 2) }]),
        revise(4, &[5], vec![otherwise(5, 3)], Vec::new(), Placing::Open),
        revise(4, &[5], vec![wish(5, 1)], vec![plain("B", 2)], Placing::Rule(rule(&["default"]))),
        revise(
            4,
            &[5, 6],
            vec![wish(6, 3)],
            Vec::new(),
            Placing::Orders(vec![FulfilmentDraft {
                location: Some(source("default")),
                lines: vec![(1, Quantity::ONE)],
                ..FulfilmentDraft::default()
            }]),
        ),
    ]
}

fn count(text: &str, code: &str) -> Count {
    Count {
        source: source(code),
        sku: sku(text),
        quantity: Quantity::whole(20),
        in_stock: true,
        raise_to_allocated: false,
    }
}

fn rule(sources: &[&str]) -> AllocationRule {
    let sources = sources.iter().map(|code| source(code)).collect();
    AllocationRule { sources, split: true, partial: true, reason: "none".to_owned() }
}

fn change(order: i64, act: FulfilmentAct) -> Command {
    Command::ChangeFulfilment(ChangeFulfilment { order: OrderId(order), act })
}

fn revise(order: i64, seen: &[i64], lines: Vec<(ItemId, LineWish)>, more: Vec<DraftItem>, placing: Placing) -> Command {
    let (order, seen) = (OrderId(order), seen.iter().map(|id| ItemId(*id)).collect());
    Command::ReviseOrder(Box::new(ReviseOrder {
        order,
        seen,
        lines: lines.into_iter().collect(),
        more,
        shipping: Some(Amount(70_000)),
        placing,
        reason: "fewer".to_owned(),
        email: Some("bob@example.com".to_owned()),
        extra: said_of_order(),
    }))
}

/// A line that costs its price.
fn plain(text: &str, pieces: i64) -> DraftItem {
    DraftItem { tax: Sent::default(), ..line(text, pieces) }
}

fn wish(item: i64, pieces: i64) -> (ItemId, LineWish) {
    (ItemId(item), LineWish { quantity: Quantity::whole(pieces), price: None, name: None, extra: None })
}

fn otherwise(item: i64, pieces: i64) -> (ItemId, LineWish) {
    let (item, wish) = wish(item, pieces);
    let extra = Some((plain("A", 1).extra, more()));
    (item, LineWish { price: Some(Amount(44_444)), name: Some("Lamp".to_owned()), extra, ..wish })
}

fn said_of_order() -> Extra {
    Extra::from([("channel".to_owned(), "\"phone\"".to_owned())])
}

fn some(item: i64, pieces: i64) -> Lines {
    vec![(ItemId(item), Quantity::whole(pieces))]
}

fn more() -> Extra {
    Extra::from([("notes".to_owned(), "\"with \\\"care\\\"\"".to_owned())])
}

fn account(id: &str, active: bool) -> Command {
    Command::SaveCarrierAccount {
        id: id.to_owned(),
        name: "Acme".to_owned(),
        carrier: Carrier::Rehearsal,
        active,
        extra: more(),
    }
}

fn said() -> FulfilmentEdit {
    let extra = [("schedule".to_owned(), Some("{}".to_owned()))].into();
    FulfilmentEdit { reference: Some("FO-1".to_owned()), extra, ..FulfilmentEdit::default() }
}

fn allocated(drafts: Vec<FulfilmentDraft>) -> Command {
    let Command::AcceptOrder(ask) = order(1, vec![line("A", 3)]) else { unreachable!("it is an order") };
    Command::AcceptOrder(Box::new(AcceptOrder { allocation: Allocation::Orders(drafts), ..*ask }))
}

/// From where it is allocated.
fn fulfil(order: i64, fulfilment: FulfilmentOrderId, lines: Lines, departure: Departure) -> Command {
    let Command::Ship(ask) = ship(order, lines) else { unreachable!("it is a shipment") };
    Command::Ship(ShipOrder {
        source: SourceChoice::Named(source("default")),
        excess: Excess::Refuse,
        departure,
        fulfilment: Some(fulfilment),
        reference: Some("SHOP-F".to_owned()),
        tracks: Vec::new(),
        ..ask
    })
}

/// The same with all that a letter tells.
fn told(order: i64, fulfilment: FulfilmentOrderId, lines: Lines) -> Command {
    let departure = Departure::Fulfilled { deduct: false, close: false };
    let Command::Ship(ask) = fulfil(order, fulfilment, lines, departure) else { unreachable!("it is a shipment") };
    let title = Some("Ann's parcel".to_owned());
    let track = TrackDraft { number: "T".to_owned(), title, ..TrackDraft::default() };
    Command::Ship(ShipOrder { source: SourceChoice::Named(source("east")), tracks: vec![track], ..ask })
}

fn redact(order: i64) -> Command {
    Command::Redact(Box::new(Redact {
        order: OrderId(order),
        extra: more(),
        items: [(ItemId(4), more())].into(),
        consignments: [(ConsignmentId(5), more())].into(),
    }))
}

fn draft(carrier: Carrier) -> ConsignmentDraft {
    ConsignmentDraft {
        order_reference: "SHOP".to_owned(),
        carrier: Some(carrier),
        account: Some("acme".to_owned()),
        extra: more(),
        ..ConsignmentDraft::default()
    }
}

fn consign(of: Option<(i64, FulfilmentOrderId, Lines)>, draft: ConsignmentDraft) -> Command {
    let of = of.map(|(order, fulfilment, lines)| (OrderId(order), fulfilment, lines));
    Command::Consign(Box::new(Consign { of, fulfil: None, draft }))
}

/// In one decision.
fn fulfil_and_consign(order: i64, fulfilment: FulfilmentOrderId, lines: Lines) -> Command {
    let departure = Departure::Fulfilled { deduct: true, close: false };
    let Command::Ship(ask) = fulfil(order, fulfilment, lines.clone(), departure) else {
        unreachable!("it is a shipment")
    };
    let of = Some((OrderId(order), fulfilment, lines));
    Command::Consign(Box::new(Consign { of, fulfil: Some(Box::new(ask)), draft: draft(Carrier::Rehearsal) }))
}

fn confirm() -> ConsignmentAct {
    let warning = BookingFault { is_error: false, by_carrier: false, ..fault() };
    ConsignmentAct::Confirm { by: None, prebooked: None, faults: vec![warning], extra: more() }
}

fn act(order: Option<i64>, consignment: i64, act: ConsignmentAct) -> Command {
    Command::ActOnConsignment { order: order.map(OrderId), consignment: ConsignmentId(consignment), act }
}

fn moves(order: Option<i64>, consignment: i64, to: ConsignmentStage) -> Command {
    act(order, consignment, ConsignmentAct::Move { to, at: None })
}

fn settle(order: Option<i64>, consignment: i64, attempt: i64, answer: CarrierAnswer) -> Command {
    let order = order.map(OrderId);
    Command::SettleConsignment { order, consignment: ConsignmentId(consignment), attempt, answer }
}

fn booked(tracking: &str) -> CarrierAnswer {
    CarrierAnswer::Booked { tracking: tracking.to_owned(), label: format!("https://carrier.example/{tracking}.pdf") }
}

fn refused() -> CarrierAnswer {
    CarrierAnswer::Refused { faults: vec![fault()] }
}

fn fault() -> BookingFault {
    BookingFault {
        code: "postcode_invalid".to_owned(),
        field: Some("dropoff.postcode".to_owned()),
        message: "\"no\"".to_owned(),
        by_carrier: true,
        is_error: true,
    }
}
