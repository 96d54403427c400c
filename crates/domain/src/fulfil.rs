//! What is done to fulfilment orders: allocate, move, split, merge, cancel, unfulfil, and what is said of them (contract
//! `carriyo.md`, section 6).

use std::collections::{BTreeMap, BTreeSet};

use crate::allocate::{allocate, assign, known, rest_is_open, stocked};
use crate::cancel::Shipped;
use crate::repack::{go_back, take_out};
use crate::{
    Act, AllocationRule, Change, Consignment, ConsignmentId, Decision, DeliveryMethod, Event, FulfilmentDraft,
    FulfilmentOrder, FulfilmentOrderId, FulfilmentStatus, IdKind, ItemId, Lines, Moment, Order, OrderId, Outcome, Paid,
    Quantity, Refusal, Row, RowStage, Shipment, ShipmentFact, ShipmentId, SourceCode, State, Timestamp, WorkingSet,
    bring_back, cancel, conclude, not_redacted, not_under_way, shipment,
};

/// "Do this to what locations do of the order."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeFulfilment {
    pub order: OrderId,
    pub act: FulfilmentAct,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FulfilmentAct {
    /// Finds locations for what no fulfilment order has, or is open.
    Allocate(AllocationRule),
    /// Replaces what nothing was done to yet by these; what they leave out no fulfilment order has. Their lines are by the
    /// positions of these.
    Assign { drafts: Vec<FulfilmentDraft>, lines: Vec<ItemId> },
    /// Another location does it.
    Move { fulfilment: FulfilmentOrderId, location: SourceCode },
    /// Some of it becomes a fulfilment order of its own.
    Split { fulfilment: FulfilmentOrderId, lines: Lines, location: Option<SourceCode>, reference: Option<String> },
    /// Some of it goes to another one of the same location. Members that must be alike on both are named, each with what
    /// holds where it is not said.
    Merge {
        source: FulfilmentOrderId,
        lines: Lines,
        destination: FulfilmentOrderId,
        alike: BTreeMap<String, Option<String>>,
    },
    /// Some of it is not wanted any more.
    Cancel { fulfilment: FulfilmentOrderId, lines: Lines, reason: String },
    /// Nothing of the order is.
    CancelAll { reason: String },
    /// What was fulfilled is not: goods come back to where they were allocated.
    Unfulfil { fulfilment: FulfilmentOrderId, shipments: Vec<ShipmentId> },
    /// Something else is said of it.
    Edit { fulfilment: FulfilmentOrderId, edit: FulfilmentEdit },
}

impl FulfilmentAct {
    /// Its name in the audit trail.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            FulfilmentAct::Allocate(_) | FulfilmentAct::Assign { .. } => "allocate order",
            FulfilmentAct::Move { .. } => "move fulfilment order",
            FulfilmentAct::Split { .. } => "split fulfilment order",
            FulfilmentAct::Merge { .. } => "merge fulfilment orders",
            FulfilmentAct::Cancel { .. } => "cancel fulfilment order lines",
            FulfilmentAct::CancelAll { .. } => "cancel fulfilment",
            FulfilmentAct::Unfulfil { .. } => "unfulfil",
            FulfilmentAct::Edit { .. } => "edit fulfilment order",
        }
    }
}

/// What is said of a fulfilment order; what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FulfilmentEdit {
    pub reference: Option<String>,
    pub method: Option<DeliveryMethod>,
    /// Members that doors show again; `None` takes one away.
    pub extra: BTreeMap<String, Option<String>>,
    /// What the shop's own systems call its shipments.
    pub shipments: Vec<(ShipmentId, String)>,
}

/// Decides an act on an order's fulfilment orders.
pub fn change(set: &WorkingSet, ask: &ChangeFulfilment, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    let Some(order) = set.order(ask.order) else {
        return Err(vec![Refusal::NoSuchOrder(ask.order)]);
    };
    not_under_way(order)?;
    not_redacted(order)?;
    let mut decision = Decision::new();
    let mut after = order.clone();
    let mut event = Event::OrderClosed;
    match &ask.act {
        FulfilmentAct::Allocate(rule) => {
            open_for_change(order, Act::Allocate)?;
            if !allocate(set, &mut after, rule, moment)? {
                return Err(vec![Refusal::SourceNotNamed]);
            }
        }
        FulfilmentAct::Assign { drafts, lines } => {
            open_for_change(order, Act::Allocate)?;
            assign(set, &mut after, drafts, lines, moment, &mut decision)?;
        }
        FulfilmentAct::Move { fulfilment, location } => {
            let found = find(order, *fulfilment)?;
            may(found, Act::Move)?;
            known(set, location)?;
            let rows = found.rows.clone();
            let here = one_mut(&mut after, *fulfilment);
            here.location = Some(location.clone());
            for row in here.rows.iter_mut().filter(|row| row.stage == RowStage::Open) {
                row.stage = RowStage::Allocated;
            }
            merge_rows(here);
            stocked(set, order, rows.iter().map(|row| row.item), location, moment, &mut decision);
        }
        FulfilmentAct::Split { fulfilment, lines, location, reference } => {
            let found = find(order, *fulfilment)?.clone();
            pending(order, &found, lines, Act::Split)?;
            let location = location.clone().or_else(|| found.location.clone());
            if let Some(location) = &location {
                known(set, location)?;
                stocked(set, order, lines.iter().map(|(item, _)| *item), location, moment, &mut decision);
            }
            let stage = if location.is_some() { RowStage::Allocated } else { RowStage::Open };
            let id = FulfilmentOrderId(moment.draw(IdKind::FulfilmentOrder));
            let new = FulfilmentOrder {
                id,
                reference: reference.clone(),
                location,
                rows: Vec::new(),
                created_at: moment.now,
                updated_at: moment.now,
                ..found
            };
            after.fulfilment.push(new);
            for (item, quantity) in summed(lines) {
                for (_, row) in after.lift(item, quantity, |other, row| rank_pending(other.id == *fulfilment, row)) {
                    after.put(id, Row { stage, ..row });
                }
            }
        }
        FulfilmentAct::Merge { source, lines, destination, alike } => {
            let (from, to) = (find(order, *source)?, find(order, *destination)?);
            let is_alike = |(name, otherwise): (&String, &Option<String>)| {
                let said = |found: &FulfilmentOrder| found.extra.get(name).or(otherwise.as_ref()).cloned();
                said(from) == said(to)
            };
            let is_same = from.id != to.id
                && from.location == to.location
                && from.method == to.method
                && alike.iter().all(is_alike);
            let is_fulfilled =
                |row: &Row| matches!(row.stage, RowStage::Fulfilled | RowStage::Packing | RowStage::Closed);
            if !is_same || from.rows.iter().chain(&to.rows).any(is_fulfilled) {
                return Err(vec![Refusal::CannotMerge]);
            }
            let all = || from.rows.iter().filter(|row| row.is_pending()).map(|row| (row.item, row.quantity)).collect();
            let lines: Lines = if lines.is_empty() { all() } else { lines.clone() };
            pending(order, from, &lines, Act::Merge)?;
            for (item, quantity) in summed(&lines) {
                for (_, row) in after.lift(item, quantity, |other, row| rank_pending(other.id == *source, row)) {
                    after.put(*destination, row);
                }
            }
            // What was cancelled of it is kept where the rest is.
            let left = one_mut(&mut after, *source);
            if left.rows.iter().all(|row| row.stage == RowStage::Cancelled) {
                for row in std::mem::take(&mut left.rows) {
                    after.put(*destination, row);
                }
            }
        }
        FulfilmentAct::Cancel { fulfilment, lines, reason } => {
            open_for_cancel(order)?;
            let found = find(order, *fulfilment)?;
            pending(order, found, lines, Act::Cancel)?;
            let unwanted = summed(lines);
            no_torn_kits(order, &unwanted)?;
            cancel::lines(set.account(order.id), order, &mut after, &unwanted, Shipped::StaysDue, &mut decision)?;
            give_up(&mut after, &unwanted, Some(*fulfilment), reason, moment.now);
            event = Event::OrderCanceled;
        }
        FulfilmentAct::CancelAll { reason } => {
            open_for_cancel(order)?;
            let waits = order.rows().find(|(_, row)| row.is_pending() && !row.consignments.is_empty());
            if let Some((_, row)) = waits {
                return Err(vec![Refusal::CarrierWaits { item: row.item }]);
            }
            if !order.can_cancel() {
                return Err(vec![cannot_cancel(order)]);
            }
            cancel_all(set, order, &mut after, reason, moment, &mut decision)?;
            event = Event::OrderCanceled;
        }
        FulfilmentAct::Unfulfil { fulfilment, shipments } => {
            unfulfil(set, order, &mut after, *fulfilment, shipments, moment, &mut decision)?;
            event = Event::ShipmentCreated;
        }
        FulfilmentAct::Edit { fulfilment, edit } => {
            let found = find(order, *fulfilment)?;
            if edit.method.is_some_and(|method| method != found.method) {
                may(found, Act::Edit)?;
            }
            let here = one_mut(&mut after, *fulfilment);
            say(here, edit);
        }
    }
    conclude(order, &mut after, event, moment, &mut decision);
    if event == Event::OrderCanceled {
        cancel::set_free(set, order, &after, moment, &mut decision);
    }
    Ok(decision.with(Outcome::Order(order.id)))
}

fn find(order: &Order, id: FulfilmentOrderId) -> Result<&FulfilmentOrder, Vec<Refusal>> {
    order.fulfilment.iter().find(|found| found.id == id).ok_or_else(|| vec![Refusal::NoSuchFulfilment(id)])
}

fn one_mut(order: &mut Order, id: FulfilmentOrderId) -> &mut FulfilmentOrder {
    order.fulfilment.iter_mut().find(|found| found.id == id).expect("it was found")
}

/// Refuses what is only for fulfilment orders that nothing was done to yet.
fn may(found: &FulfilmentOrder, act: Act) -> Result<(), Vec<Refusal>> {
    match found.status() {
        FulfilmentStatus::Open | FulfilmentStatus::PartiallyAllocated | FulfilmentStatus::Allocated => Ok(()),
        status @ (FulfilmentStatus::Processing
        | FulfilmentStatus::Fulfilled
        | FulfilmentStatus::Cancelled
        | FulfilmentStatus::Closed) => Err(vec![Refusal::FulfilmentInState { act, status }]),
    }
}

/// The same of all of an order's.
pub(crate) fn open_for_change(order: &Order, act: Act) -> Result<(), Vec<Refusal>> {
    if matches!(order.stage.state, State::Canceled | State::Closed | State::Holded | State::PaymentReview) {
        return Err(vec![Refusal::OrderInState { act, status: order.stage.status_text().to_owned() }]);
    }
    Ok(())
}

/// Refuses to cancel what no door may cancel.
pub(crate) fn open_for_cancel(order: &Order) -> Result<(), Vec<Refusal>> {
    if cancel::may_cancel(order)? { Ok(()) } else { Err(vec![cannot_cancel(order)]) }
}

fn cannot_cancel(order: &Order) -> Refusal {
    Refusal::OrderInState { act: Act::Cancel, status: order.stage.status_text().to_owned() }
}

/// Sums what is named twice.
pub(crate) fn summed(lines: &Lines) -> BTreeMap<ItemId, Quantity> {
    let mut summed = BTreeMap::new();
    for (item, quantity) in lines {
        *summed.entry(*item).or_insert(Quantity::ZERO) += *quantity;
    }
    summed
}

fn rank_pending(is_it: bool, row: &Row) -> Option<u8> {
    (is_it && row.is_pending()).then(|| u8::from(!row.consignments.is_empty()))
}

/// Refuses lines of which the fulfilment order has not so many to which nothing was done yet.
pub(crate) fn pending(order: &Order, found: &FulfilmentOrder, lines: &Lines, act: Act) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    if lines.is_empty() {
        return Err(vec![Refusal::NothingAsked(act)]);
    }
    for (item, asked) in summed(lines) {
        let rows: Vec<&Row> = found.rows.iter().filter(|row| row.item == item).collect();
        let Some(first) = rows.first() else {
            refusals.push(Refusal::NotInFulfilment { item });
            continue;
        };
        let of = |which: &dyn Fn(&Row) -> bool| -> Quantity {
            rows.iter().filter(|row| which(row)).map(|row| row.quantity).sum()
        };
        let (left, free) = (of(&Row::is_pending), of(&|row| row.is_pending() && row.consignments.is_empty()));
        let decimal = order.item(item).is_some_and(|item| item.decimal);
        if asked <= Quantity::ZERO || (asked.has_fraction() && !decimal) {
            refusals.push(Refusal::MoreThanRows { item, asked, left });
        } else if left == Quantity::ZERO {
            refusals.push(Refusal::RowsInStage { act, item, stage: first.stage });
        } else if asked > left {
            refusals.push(Refusal::MoreThanRows { item, asked, left });
        } else if asked > free && act != Act::Fulfil {
            refusals.push(Refusal::CarrierWaits { item });
        }
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Refuses to cancel some pieces of a kit whose price is on other lines than its parcel: it is canceled whole, with its order.
pub(crate) fn no_torn_kits(order: &Order, unwanted: &BTreeMap<ItemId, Quantity>) -> Result<(), Vec<Refusal>> {
    let torn = unwanted.keys().filter(|id| order.item(**id).is_some_and(|item| order.is_of_torn_kit(item)));
    let refusals: Vec<Refusal> = torn.map(|item| Refusal::OnlyWithOrder { item: *item }).collect();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Rows that have gone the same way become one.
fn merge_rows(fulfilment: &mut FulfilmentOrder) {
    let mut rows: Vec<Row> = Vec::new();
    for row in std::mem::take(&mut fulfilment.rows) {
        match rows.iter_mut().find(|other| other.is_like(&row)) {
            Some(other) => other.quantity += row.quantity,
            None => rows.push(row),
        }
    }
    fulfilment.rows = rows;
}

fn say(here: &mut FulfilmentOrder, edit: &FulfilmentEdit) {
    let FulfilmentEdit { reference, method, extra, shipments } = edit;
    here.reference = reference.clone().or(here.reference.take());
    here.method = method.unwrap_or(here.method);
    for (name, value) in extra {
        match value {
            Some(value) => drop(here.extra.insert(name.clone(), value.clone())),
            None => drop(here.extra.remove(name)),
        }
    }
    for (shipment, reference) in shipments {
        for row in here.rows.iter_mut().filter(|row| row.shipment == Some(*shipment)) {
            row.reference = Some(reference.clone());
        }
    }
}

/// Moves rows of what is not wanted any more to where they say so.
pub(crate) fn give_up(
    order: &mut Order,
    wanted: &BTreeMap<ItemId, Quantity>,
    only: Option<FulfilmentOrderId>,
    reason: &str,
    at: Timestamp,
) {
    for (item, quantity) in wanted {
        let lifted = order.lift(*item, *quantity, |other, row| {
            let is_it = only.is_none_or(|only| only == other.id) && row.is_pending() && row.consignments.is_empty();
            // What no location has bound goes first.
            is_it.then(|| u8::from(row.stage != RowStage::Open))
        });
        for (of, row) in lifted {
            order.put(of, row.cancelled(reason, at));
        }
    }
}

/// Gives up all that nothing was done to; its rows say why.
pub(crate) fn cancel_all(
    set: &WorkingSet,
    order: &Order,
    after: &mut Order,
    reason: &str,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) -> Result<(), Vec<Refusal>> {
    let in_work = order.rows().any(|(_, row)| !row.is_pending() && row.stage != RowStage::Cancelled);
    let is_shipped = order.items.iter().any(|item| item.done.shipped > Quantity::ZERO);
    if in_work || is_shipped {
        let status = order.fulfilment_status();
        return Err(vec![Refusal::FulfilmentInState { act: Act::Cancel, status }]);
    }
    rest_is_open(after, moment);
    let wanted: BTreeMap<ItemId, Quantity> = order
        .items
        .iter()
        .map(|item| (item.id, order.to_cancel(item)))
        .filter(|(_, quantity)| *quantity > Quantity::ZERO)
        .collect();
    cancel::lines(set.account(order.id), order, after, &wanted, Shipped::Ends, decision)?;
    give_up(after, &wanted, None, reason, moment.now);
    Ok(())
}

/// Takes back what was fulfilled: goods come back where they were, and are bound there.
fn unfulfil(
    set: &WorkingSet,
    order: &Order,
    after: &mut Order,
    fulfilment: FulfilmentOrderId,
    shipments: &[ShipmentId],
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) -> Result<(), Vec<Refusal>> {
    let found = find(order, fulfilment)?;
    if shipments.is_empty() {
        return Err(vec![Refusal::NothingAsked(Act::Unfulfil)]);
    }
    // Each is taken back once, however often it is named, and so is what carries several of them.
    let mut gone: BTreeMap<ShipmentId, &Shipment> = BTreeMap::new();
    let mut carried: BTreeSet<ConsignmentId> = BTreeSet::new();
    for id in shipments {
        let is_here = found.rows.iter().any(|row| row.shipment == Some(*id));
        let Some(shipment) = set.shipment(*id).filter(|_| is_here) else {
            return Err(vec![Refusal::NoSuchShipment(*id)]);
        };
        for (_, row) in order.rows().filter(|(_, row)| row.shipment == Some(*id)) {
            if row.stage == RowStage::Closed {
                return Err(vec![Refusal::RowsInStage { act: Act::Unfulfil, item: row.item, stage: row.stage }]);
            }
            carried.extend(&row.consignments);
        }
        let fact = match shipment.paid {
            _ if shipment.left_at.is_some() => Some(ShipmentFact::Sent),
            Paid::By(_) => Some(ShipmentFact::Captured),
            Paid::No | Paid::Elsewhere => shipment.is_refunded(order).then_some(ShipmentFact::Refunded),
        };
        if let Some(fact) = fact {
            return Err(vec![Refusal::ShipmentIs { act: Act::Unfulfil, fact }]);
        }
        gone.insert(*id, shipment);
    }
    for id in carried {
        let consignment = set.consignment(id).expect("a row's consignments are loaded");
        if !consignment.stage.is_before_shipped() {
            return Err(vec![Refusal::ConsignmentIs { act: Act::Unfulfil, stage: consignment.stage }]);
        }
        let cancelled = crate::carry::cancelled(consignment, moment);
        unlink(set, after, consignment);
        decision.push(Change::ConsignmentSaved(Box::new(cancelled)));
    }
    for shipment in gone.values() {
        take_back(set, order, after, shipment, moment, decision);
    }
    let gone: Vec<&Shipment> = gone.into_values().collect();
    shipment::count_kits(set, order, after, &gone, &BTreeSet::new(), decision);
    Ok(())
}

/// A cancelled consignment carries no rows: those that the others have brought are over.
pub(crate) fn unlink(set: &WorkingSet, after: &mut Order, consignment: &Consignment) {
    let has_arrived = |id: &ConsignmentId| set.consignment(*id).is_some_and(|other| other.stage.is_delivered());
    for fulfilment in &mut after.fulfilment {
        for row in fulfilment.rows.iter_mut().filter(|row| row.consignments.contains(&consignment.id)) {
            row.consignments.retain(|id| *id != consignment.id);
            row.close_if_arrived(has_arrived);
        }
        merge_rows(fulfilment);
    }
}

fn take_back(
    set: &WorkingSet,
    order: &Order,
    after: &mut Order,
    found: &Shipment,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    if found.deducted {
        let goods = shipment::goods(order, found.lines.iter().map(|line| (line.item, line.quantity)));
        bring_back(set, &goods, &found.source, found.id, moment, decision);
    }
    take_out(order, after, found, decision);
    for fulfilment in &mut after.fulfilment {
        merge_rows(fulfilment);
    }
    go_back(after);
    decision.push(Change::ShipmentGone { order: order.id, shipment: found.id });
}
