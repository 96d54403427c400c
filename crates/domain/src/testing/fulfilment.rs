//! How a script asks for what locations do of orders, and for what carriers carry.

use std::collections::BTreeMap;

use super::notation::{id, line_of, lines, quantity, sent_amount, shipment_of, source, text, value, yes_or_no};
use super::orders::draft_item;
use super::{Shop, ship};
use crate::{
    Allocation, AllocationRule, BookingFault, Carrier, CarrierAnswer, ChangeFulfilment, Command, Consign,
    ConsignmentAct, ConsignmentDraft, ConsignmentId, ConsignmentStage, DeliveryMethod, Demand, Departure, Excess,
    Extra, FulfilmentAct, FulfilmentDraft, FulfilmentEdit, FulfilmentOrderId, LineWish, OrderId, Placing, Redact,
    RepackShipment, ReviseOrder, ShipOrder, ShipmentId,
};

/// `fo=default:0x2,1x1;:0x1` (lines by their positions; a location, or none), or `auto=default,east` with `share` and
/// `partly`.
pub(super) fn allocation(options: &mut BTreeMap<&str, &str>) -> Allocation {
    if let Some(sources) = options.remove("auto") {
        return Allocation::Rule(rule(sources, options.remove("share").is_some(), options.remove("partly").is_some()));
    }
    let Some(drafts) = options.remove("fo") else { return Allocation::None };
    Allocation::Orders(drafts.split(';').map(draft).collect())
}

fn rule(sources: &str, split: bool, partial: bool) -> AllocationRule {
    AllocationRule { sources: sources.split(',').map(source).collect(), split, partial, reason: "none".to_owned() }
}

fn draft(word: &str) -> FulfilmentDraft {
    let (location, rows) = word.split_once(':').expect("location:lines");
    let row = |row: &str| {
        let (at, pieces) = row.split_once('x').expect("line x quantity");
        (usize::try_from(id(at)).expect("a position"), quantity(pieces))
    };
    let (location, method) = match location.strip_prefix('~') {
        Some(rest) => (rest, DeliveryMethod::Digital),
        None => (location, DeliveryMethod::Delivery),
    };
    FulfilmentDraft {
        location: (!location.is_empty()).then(|| source(location)),
        method,
        lines: rows.split(',').map(row).collect(),
        ..FulfilmentDraft::default()
    }
}

/// The fulfilment order that is named after its order.
fn fulfilment(rest: &[&str]) -> FulfilmentOrderId {
    FulfilmentOrderId(id(rest[1]))
}

/// `allocate ORDER sources [share] [partly]`, `move-to ORDER FO source`, `split ORDER FO LINES… [at=source]`,
/// `merge ORDER FO FO [LINES…] [alike=member:otherwise]`, `cancel-rows ORDER FO LINES…`, `cancel-all ORDER`, `unfulfil ORDER FO SHIPMENT…`,
/// `say ORDER FO reference [member:value]`
pub(super) fn change(shop: &Shop, verb: &str, rest: &[&str]) -> ChangeFulfilment {
    let order = OrderId(id(rest[0]));
    let some = |from: usize| lines(shop, order, &rest[from.min(rest.len())..]);
    let act = match verb {
        "allocate" => FulfilmentAct::Allocate(rule(rest[1], rest.contains(&"share"), rest.contains(&"partly"))),
        "move-to" => FulfilmentAct::Move { fulfilment: fulfilment(rest), location: source(rest[2]) },
        "split" => FulfilmentAct::Split {
            fulfilment: fulfilment(rest),
            lines: some(2),
            location: value(rest, "at").map(source),
            reference: None,
        },
        "merge" => FulfilmentAct::Merge {
            source: fulfilment(rest),
            lines: some(3),
            destination: FulfilmentOrderId(id(rest[2])),
            alike: value(rest, "alike")
                .map(|pair| pair.split_once(':').expect("member:otherwise"))
                .map(|(name, otherwise)| (text(name), Some(text(otherwise))))
                .into_iter()
                .collect(),
        },
        "cancel-rows" => {
            FulfilmentAct::Cancel { fulfilment: fulfilment(rest), lines: some(2), reason: "unwanted".to_owned() }
        }
        "cancel-all" => FulfilmentAct::CancelAll { reason: "unwanted".to_owned() },
        "unfulfil" => FulfilmentAct::Unfulfil {
            fulfilment: fulfilment(rest),
            shipments: rest[2..].iter().map(|word| ShipmentId(id(word))).collect(),
        },
        _ => FulfilmentAct::Edit {
            fulfilment: fulfilment(rest),
            edit: FulfilmentEdit {
                reference: Some(text(rest[2])),
                extra: rest[3..]
                    .iter()
                    .map(|pair| pair.split_once(':').expect("member:value"))
                    .map(|(name, value)| (text(name), Some(text(value))))
                    .collect(),
                ..FulfilmentEdit::default()
            },
        },
    };
    ChangeFulfilment { order, act }
}

/// `revise ORDER LINES… [add=SKU*quantity@price,…] [shipping=amount] [fo=…] [auto=…]`: a line is `SKU*quantity[@price]`, of which so many are
/// wanted in all.
pub(super) fn revise(shop: &Shop, rest: &[&str]) -> ReviseOrder {
    let order = OrderId(id(rest[0]));
    let (mut lines, mut more, mut shipping, mut options) = (BTreeMap::new(), Vec::new(), None, BTreeMap::new());
    for word in &rest[1..] {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "shipping" => shipping = sent_amount(value).amount,
            "add" => more.extend(value.split(',').map(draft_item)),
            "fo" | "auto" | "share" | "partly" => drop(options.insert(key, value)),
            _ => {
                let line = draft_item(word);
                let wish = LineWish {
                    quantity: line.quantity.expect("a line has a quantity"),
                    price: line.price.amount,
                    name: None,
                    extra: None,
                };
                lines.insert(line_of(shop, order, &line.sku), wish);
            }
        }
    }
    let placing = match allocation(&mut options) {
        Allocation::Orders(drafts) => Placing::Orders(drafts),
        Allocation::Rule(rule) => Placing::Rule(rule),
        Allocation::None | Allocation::At(_) => Placing::Open,
    };
    let seen = shop.get(order).items.iter().map(|item| item.id).collect();
    let reason = "unwanted".to_owned();
    ReviseOrder { order, seen, lines, more, shipping, placing, reason, email: None, extra: Extra::new() }
}

/// `redact ORDER`: nothing that a door keeps stays.
pub(super) fn redact(rest: &[&str]) -> Redact {
    Redact { order: OrderId(id(rest[0])), extra: Extra::new(), items: BTreeMap::new(), consignments: BTreeMap::new() }
}

/// `fulfil ORDER FO LINES… [from=source] [later] [close]`: from where it is allocated unless said; goods leave at once, or
/// `later`.
pub(super) fn fulfil(shop: &Shop, rest: &[&str]) -> ShipOrder {
    let order = OrderId(id(rest[0]));
    let found = shop.set.orders.get(&order).and_then(Option::as_ref);
    let of = fulfilment(rest);
    let location = found.and_then(|order| order.fulfilment.iter().find(|found| found.id == of)?.location.clone());
    let seen = value(rest, "from").or(location.as_ref().map(|code| code.0.as_str()));
    let mut ask = ship(order, lines(shop, order, &rest[2..]), seen.unwrap_or("nowhere"));
    ask.excess = Excess::Refuse;
    ask.departure = Departure::Fulfilled { deduct: !rest.contains(&"later"), close: rest.contains(&"close") };
    ask.fulfilment = Some(of);
    ask
}

/// `repack SHIPMENT [LINES…] [ready=yes|no] [demand] [serial=SKU]`
pub(super) fn repack(shop: &Shop, rest: &[&str]) -> Command {
    let (order, shipment) = shipment_of(shop, rest[0]);
    let serial = Extra::from([("serialNumber".to_owned(), "\"S\"".to_owned())]);
    Command::RepackShipment(RepackShipment {
        order,
        shipment,
        ready: yes_or_no(rest, "ready"),
        lines: lines(shop, order, &rest[1..]),
        demand: if rest.contains(&"demand") { Demand::Allocate } else { Demand::Refuse },
        line_extra: value(rest, "serial").map(|name| (line_of(shop, order, name), serial)).into_iter().collect(),
    })
}

fn prebooked(rest: &[&str]) -> Option<(String, Option<String>)> {
    value(rest, "number").map(|number| (text(number), None))
}

fn carrier(rest: &[&str]) -> Option<Carrier> {
    value(rest, "by").map(|name| Carrier::parse(name).expect("a carrier"))
}

/// `consign ORDER FO LINES… [by=rehearsal|own] [draft] [number=…] [as=…] [beside=…] [fulfil [later]]`, or `consign - as=…` of no
/// order.
pub(super) fn consign(shop: &Shop, rest: &[&str]) -> Consign {
    let of = (rest[0] != "-").then(|| {
        let order = OrderId(id(rest[0]));
        (order, fulfilment(rest), lines(shop, order, &rest[2..]))
    });
    let draft = ConsignmentDraft {
        reference: value(rest, "as").map(text),
        order_reference: "W".to_owned(),
        carrier: carrier(rest),
        prebooked: prebooked(rest),
        hold: rest.contains(&"draft"),
        beside: value(rest, "beside")
            .map(|seen| seen.split(',').filter(|word| *word != "none").map(|word| ConsignmentId(id(word))).collect()),
        ..ConsignmentDraft::default()
    };
    let fulfil = rest.contains(&"fulfil").then(|| Box::new(self::fulfil(shop, rest)));
    Consign { of, fulfil, draft }
}

/// `confirm CONSIGNMENT [by=…|nobody] [number=…]`, `cancel-consignment CONSIGNMENT`, `move-on CONSIGNMENT stage`,
/// `carrier CONSIGNMENT booked|refused|cancelled|unknown`
pub(super) fn act(shop: &Shop, verb: &str, rest: &[&str]) -> Command {
    let consignment = ConsignmentId(id(rest[0]));
    let found = shop.set.consignments.get(&consignment).and_then(Option::as_ref);
    let order = found.and_then(|found| found.order);
    let act = match verb {
        "confirm" => ConsignmentAct::Confirm {
            by: value(rest, "by").map(|name| (Carrier::parse(name), None)),
            prebooked: prebooked(rest),
            faults: Vec::new(),
            extra: Extra::new(),
        },
        "cancel-consignment" => ConsignmentAct::Cancel,
        "move-on" => {
            ConsignmentAct::Move { to: ConsignmentStage::parse(rest[1]).expect("a stage of a consignment"), at: None }
        }
        _ => {
            let answer = match rest[1] {
                "booked" => CarrierAnswer::Booked { tracking: format!("T{consignment}"), label: "label".to_owned() },
                "cancelled" => CarrierAnswer::Cancelled,
                "refused" => CarrierAnswer::Refused {
                    faults: vec![BookingFault {
                        code: "postcode_invalid".to_owned(),
                        field: None,
                        message: "no".to_owned(),
                        by_carrier: true,
                        is_error: true,
                    }],
                },
                _ => CarrierAnswer::Unknown { why: "silence".to_owned() },
            };
            let attempt = found.map_or(0, |found| found.attempts);
            return Command::SettleConsignment { order, consignment, attempt, answer };
        }
    };
    Command::ActOnConsignment { order, consignment, act }
}
