//! What is done to fulfilment orders and consignments.

use std::collections::BTreeMap;

use waybill_domain::{
    AllocationRule, Amount, Capture, Carrier, ChangeFulfilment, Command, Consign, ConsignmentAct, ConsignmentDraft,
    ConsignmentStage, Costs, Demand, Departure, DraftItem, Excess, Extra, FulfilmentAct, FulfilmentDraft,
    FulfilmentOrder, Item, LineWish, Lines, Notify, Order, Placing, Quantity, Redact, ReviseOrder, Row, RowStage, Sent,
    ShipOrder, SourceChoice, SourceCode, WorkingSet, currency_digits,
};

use super::asks::SOURCES;
use super::random::Random;

/// What the sandbox carrier obeys; mostly nothing.
const WORDS: [&str; 13] = [
    "",
    "",
    "",
    "",
    "-refuse",
    "-decline",
    "-stall",
    "-lost-after",
    "-late",
    "-keeps-label",
    "-cancel-decline",
    "-cancel-stall",
    "-cancel-lost-after",
];

fn source(random: &mut Random) -> SourceCode {
    SourceCode(random.pick(&SOURCES).to_owned())
}

/// Some of the rows of a fulfilment order that are so far; mostly all of one.
fn rows(random: &mut Random, found: &FulfilmentOrder, which: fn(&Row) -> bool) -> Lines {
    let is_wild = random.chance(1, 8);
    let rows: Vec<&Row> = found.rows.iter().filter(|row| is_wild || which(row)).collect();
    let mut lines = Lines::new();
    for row in rows {
        if random.chance(2, 3) {
            let some = 1 + random.below((row.quantity.0 / Quantity::ONE.0).max(1));
            lines.push((row.item, row.quantity.min(Quantity(some * Quantity::ONE.0))));
        }
    }
    lines
}

/// How an order that comes in, or is there, gets its locations.
pub(super) fn rule(random: &mut Random) -> AllocationRule {
    AllocationRule {
        sources: SOURCES.iter().filter(|_| random.chance(4, 5)).map(|code| SourceCode((*code).to_owned())).collect(),
        split: random.chance(2, 3),
        partial: random.chance(2, 3),
        reason: "AUTO_ALLOCATION_FAILED".to_owned(),
    }
}

/// Some lines of an order are wanted otherwise: fewer, more, at another price, or others.
fn revise(random: &mut Random, order: &Order) -> Command {
    let unit = 10_i64.pow(4 - u32::from(currency_digits(&order.currency)));
    let price = |random: &mut Random| Amount((1 + random.below(9_999)) * unit);
    let pieces = |random: &mut Random, most: i64| Quantity::whole(random.below(most + 1));
    let mut lines = BTreeMap::new();
    for Item { id, ordered, done, parent, .. } in &order.items {
        let is = *ordered - done.canceled;
        // Of parts of kits only what nobody asks for.
        let (most, is_wild) = (is.0 / Quantity::ONE.0 + 2, random.chance(1, 16));
        if (parent.is_none() || is_wild) && random.chance(1, 2) {
            let quantity = if random.chance(1, 2) { is } else { pieces(random, most) };
            let price = random.chance(1, 8).then(|| price(random));
            lines.insert(*id, LineWish { quantity, price, name: None, extra: None });
        }
    }
    let more = (0..random.below(3)).map(|_| DraftItem {
        sku: random.pick(&["A", "B", "P"]).to_owned(),
        quantity: Some(Quantity::whole(1 + random.below(3))),
        price: Sent { amount: Some(price(random)), base: None },
        ..DraftItem::default()
    });
    let more: Vec<DraftItem> = more.collect();
    let placing = match random.below(3) {
        0 => Placing::Open,
        1 => Placing::Rule(rule(random)),
        _ => {
            // Some of them at one place, where perhaps nothing of it lies yet.
            let drafts = (0..=random.below(3)).map(|_| {
                let lines = [1, 1, 2].map(|back| order.items.len() + more.len() - back.min(order.items.len()));
                let lines = lines.into_iter().take(usize::try_from(1 + random.below(2)).unwrap_or(1));
                FulfilmentDraft {
                    location: random.chance(2, 3).then(|| source(random)),
                    lines: lines.map(|at| (at, Quantity::ONE)).collect(),
                    ..FulfilmentDraft::default()
                }
            });
            Placing::Orders(drafts.collect())
        }
    };
    let seen = order.items.iter().map(|item| item.id).collect();
    Command::ReviseOrder(Box::new(ReviseOrder {
        order: order.id,
        seen,
        lines,
        more,
        shipping: random.chance(1, 8).then(|| price(random)),
        placing,
        reason: "unwanted".to_owned(),
        email: None,
        extra: Extra::new(),
    }))
}

/// Whether nothing is left to be done of it.
pub(super) fn is_over(order: &Order) -> bool {
    !order.fulfilment.is_empty()
        && order.redacted_at.is_none()
        && order.rows().all(|(_, row)| matches!(row.stage, RowStage::Cancelled | RowStage::Closed))
}

/// Something to do with what locations do of an order.
pub(super) fn about(random: &mut Random, set: &WorkingSet, order: &Order) -> Option<Command> {
    let change = |act: FulfilmentAct| Some(Command::ChangeFulfilment(ChangeFulfilment { order: order.id, act }));
    let consignments: Vec<_> =
        set.consignments.values().flatten().filter(|found| found.order == Some(order.id)).collect();
    if let Some(found) = random.any(&consignments)
        && random.chance(1, 3)
    {
        let act = match random.below(4) {
            0 => ConsignmentAct::Cancel,
            1 => ConsignmentAct::Confirm {
                by: Some((Some(random.pick(&Carrier::ALL)), None)),
                prebooked: None,
                faults: Vec::new(),
                extra: Extra::new(),
            },
            _ => {
                let is_wild = random.chance(1, 8);
                let can = |stage: &&ConsignmentStage| is_wild || found.stage.may_become(**stage);
                let stages: Vec<_> = ConsignmentStage::ALL.iter().filter(can).copied().collect();
                ConsignmentAct::Move { to: *random.any(&stages)?, at: None }
            }
        };
        return Some(Command::ActOnConsignment { order: Some(order.id), consignment: found.id, act });
    }
    if random.chance(1, if is_over(order) { 2 } else { 40 }) {
        let (items, consignments) = ([].into(), [].into());
        return Some(Command::Redact(Box::new(Redact { order: order.id, extra: Extra::new(), items, consignments })));
    }
    if random.chance(1, 6) {
        return Some(revise(random, order));
    }
    let Some(found) = random.any(&order.fulfilment) else {
        let lines = order.items.iter().enumerate().filter(|_| random.chance(3, 4));
        let drafts = vec![FulfilmentDraft {
            lines: lines.map(|(at, item)| (at, item.ordered)).collect(),
            location: Some(source(random)),
            ..FulfilmentDraft::default()
        }];
        return change(if random.chance(1, 2) {
            FulfilmentAct::Allocate(rule(random))
        } else {
            FulfilmentAct::Assign { drafts, lines: order.items.iter().map(|item| item.id).collect() }
        });
    };
    let fulfilment = found.id;
    let pending = |row: &Row| matches!(row.stage, RowStage::Open | RowStage::Allocated);
    match random.below(12) {
        0 => change(FulfilmentAct::Allocate(rule(random))),
        1 => change(FulfilmentAct::Move { fulfilment, location: source(random) }),
        2 => {
            let location = random.chance(1, 2).then(|| source(random));
            change(FulfilmentAct::Split { fulfilment, lines: rows(random, found, pending), location, reference: None })
        }
        3 => {
            let is_wild = random.chance(1, 8);
            let can =
                |one: &&FulfilmentOrder| is_wild || (one.location == found.location && one.rows.iter().all(pending));
            let alike: Vec<_> = order.fulfilment.iter().filter(can).map(|one| one.id).collect();
            match alike[..] {
                [destination, source, ..] => {
                    change(FulfilmentAct::Merge { source, lines: Vec::new(), destination, alike: BTreeMap::new() })
                }
                // There is to be something that can be merged.
                _ => {
                    let (lines, location) = (rows(random, found, pending), found.location.clone());
                    change(FulfilmentAct::Split { fulfilment, lines, location, reference: None })
                }
            }
        }
        4 => change(FulfilmentAct::Cancel {
            fulfilment,
            lines: rows(random, found, pending),
            reason: "unwanted".to_owned(),
        }),
        5 if random.chance(1, 3) => change(FulfilmentAct::CancelAll { reason: "unwanted".to_owned() }),
        5 | 6 => {
            let is_wild = random.chance(1, 8);
            let is_likely = |row: &&Row| is_wild || row.stage == RowStage::Fulfilled;
            let shipments: Vec<_> =
                found.rows.iter().filter(is_likely).filter_map(|row| row.shipment).take(1).collect();
            if shipments.is_empty() {
                return Some(Command::Ship(fulfil(random, order, found)));
            }
            change(FulfilmentAct::Unfulfil { fulfilment, shipments })
        }
        7 | 8 => Some(Command::Ship(fulfil(random, order, found))),
        at => {
            let fulfil = (at == 9).then(|| Box::new(fulfil(random, order, found)));
            let lines = match &fulfil {
                Some(fulfil) => fulfil.lines.clone(),
                None => rows(random, found, |row| matches!(row.stage, RowStage::Allocated | RowStage::Fulfilled)),
            };
            let draft = ConsignmentDraft {
                order_reference: format!("order-{}{}", order.id, random.pick(&WORDS)),
                carrier: random.pick(&[None, Some(Carrier::Own), Some(Carrier::Rehearsal), Some(Carrier::Rehearsal)]),
                hold: random.chance(1, 6),
                ..ConsignmentDraft::default()
            };
            Some(Command::Consign(Box::new(Consign { of: Some((order.id, fulfilment, lines)), fulfil, draft })))
        }
    }
}

fn fulfil(random: &mut Random, order: &Order, found: &FulfilmentOrder) -> ShipOrder {
    ShipOrder {
        order: order.id,
        lines: rows(random, found, |row| row.stage == RowStage::Allocated),
        source: SourceChoice::Named(found.location.clone().unwrap_or_else(|| source(random))),
        excess: Excess::Refuse,
        capture: Capture::No,
        departure: Departure::Fulfilled { deduct: random.chance(1, 2), close: random.chance(1, 4) },
        costs: Costs::All,
        demand: Demand::Refuse,
        fulfilment: Some(found.id),
        reference: None,
        tracks: Vec::new(),
        comment: None,
        notify: Notify::No,
        extra: Extra::new(),
        line_extra: BTreeMap::new(),
    }
}
