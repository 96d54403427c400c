//! Other quantities in a shipment that has not left, and shipments that are taken back (contract `centra.md`, sections 8
//! and 10).

use std::collections::{BTreeMap, BTreeSet};

use crate::complete::{find, may_move};
use crate::{
    Act, Cause, Change, Decision, Demand, Event, Extra, IdKind, Invalid, ItemId, Lines, Moment, Only, Order, OrderId,
    Outcome, Packed, Paid, Quantity, Refusal, RowStage, Shipment, ShipmentFact, ShipmentId, ShipmentLine,
    ShipmentLineId, State, WorkingSet, bind, conclude, move_on, not_under_way, nothing_due_again, pack, ship, shipment,
    unpack,
};

/// "This is what is in the shipment."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepackShipment {
    pub order: OrderId,
    pub shipment: ShipmentId,
    pub ready: Option<bool>,
    /// What there is of each line from now on; none takes it out. Lines that are not named stay.
    pub lines: Lines,
    pub demand: Demand,
    /// Further members of the lines, for doors that show them.
    pub line_extra: BTreeMap<ItemId, Extra>,
}

/// Changes what is in a shipment, or that it is good to go.
pub fn repack(set: &WorkingSet, ask: &RepackShipment, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    let (order, found) = find(set, ask.order, ask.shipment)?;
    not_under_way(order)?;
    may_move(order)?;
    let wanted = wanted(order, found, ask)?;
    let changes = |line: &&ShipmentLine| wanted.get(&line.item).is_some_and(|quantity| *quantity != line.quantity);
    let is_new = |id: &ItemId| !found.lines.iter().any(|line| line.item == *id);
    if found.lines.iter().any(|line| changes(&line)) || wanted.keys().any(is_new) {
        still_open(order, found, Act::Repack)?;
    }
    let mut decision = Decision::new();
    let mut after = order.clone();
    let mut saved = found.clone();
    for (id, quantity) in &wanted {
        let was = found.lines.iter().find(|line| line.item == *id).map_or(Quantity::ZERO, |line| line.quantity);
        let change = *quantity - was;
        if change < Quantity::ZERO {
            unpack(&mut after, found.id, *id, Quantity::ZERO - change);
        } else if change > Quantity::ZERO {
            let rows = vec![(*id, change)];
            bind(set, &mut after, &rows, &found.source, ask.demand, moment)?;
            let packed = Packed { shipment: found.id, stage: RowStage::Packing, left: false };
            pack(&mut after, &rows, &found.source, packed, Only::default(), moment);
        }
        if change != Quantity::ZERO {
            ship::set_shipped(&mut after, *id, |shipped| shipped + change, &mut decision);
        }
        match saved.lines.iter_mut().find(|line| line.item == *id) {
            Some(line) => line.quantity = *quantity,
            None => saved.lines.push(line(*id, *quantity, moment)),
        }
    }
    for (id, extra) in &ask.line_extra {
        if let Some(line) = saved.lines.iter_mut().find(|line| line.item == *id) {
            line.extra.extend(extra.clone());
        }
    }
    let (kits, parts): (Vec<_>, Vec<_>) =
        saved.lines.into_iter().partition(|line| shipment::stands_above(order, line.item));
    let (kept, mut gone): (Vec<_>, Vec<_>) = parts.into_iter().partition(|line| line.quantity > Quantity::ZERO);
    if kept.is_empty() {
        return Err(vec![Refusal::NothingAsked(Act::Repack)]);
    }
    saved.total = kept.iter().map(|line| line.quantity).sum();
    saved.lines = kept;
    // A kit stands above its parts as long as one of them is there.
    let above = shipment::above(order, saved.lines.iter().map(|line| line.item));
    let (kits, without) = kits.into_iter().partition(|kit| above.contains(&kit.item));
    saved.lines.extend::<Vec<ShipmentLine>>(kits);
    gone.extend::<Vec<ShipmentLine>>(without);
    for kit in &above {
        if !saved.lines.iter().any(|line| line.item == *kit) {
            saved.lines.push(line(*kit, Quantity::ONE, moment));
        }
    }
    shipment::count_kits(set, order, &mut after, &[found], &above, &mut decision);
    if !found.is_complete() {
        saved.ready_at = saved.ready_since(ask.ready, moment.now);
    }
    saved.updated_at = moment.now;
    if saved.is_complete() && !saved.deducted {
        nothing_due_again(order)?;
        let goods = shipment::goods(order, saved.lines.iter().map(|line| (line.item, line.quantity)));
        ship::take_from(set, &after, &saved.source, &goods, Cause::Shipped(found.id), &mut decision)?;
        saved.deducted = true;
    }
    move_on(&mut after, saved.packed());
    go_back(&mut after);
    conclude(order, &mut after, Event::ShipmentCreated, moment, &mut decision);
    let gone = gone.into_iter().map(|line| line.id).collect();
    decision.push(Change::ShipmentSaved { shipment: Box::new(saved), gone });
    Ok(decision.with(Outcome::Shipment { id: found.id, sequence: found.sequence }))
}

fn line(item: ItemId, quantity: Quantity, moment: &mut Moment<'_>) -> ShipmentLine {
    ShipmentLine { id: ShipmentLineId(moment.draw(IdKind::ShipmentLine)), item, quantity, extra: Extra::new() }
}

/// What there is to be of each line, if that can be.
fn wanted(order: &Order, found: &Shipment, ask: &RepackShipment) -> Result<BTreeMap<ItemId, Quantity>, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut wanted = BTreeMap::new();
    for (id, quantity) in &ask.lines {
        let line = order.item(*id).filter(|item| !order.is_dummy_for_shipping(item) && !item.is_virtual);
        let Some(item) = line else {
            refusals.push(Refusal::NotOfOrder { act: Act::Repack, item: *id });
            continue;
        };
        let there = found.lines.iter().find(|line| line.item == *id).map_or(Quantity::ZERO, |line| line.quantity);
        let left = order.to_ship(item) + there;
        if *quantity < Quantity::ZERO {
            refusals.push(Refusal::Invalid(Invalid::Negative { field: "qty" }));
        } else if quantity.has_fraction() && !item.decimal {
            refusals.push(Refusal::NotWhole { sku: item.sku.clone(), asked: *quantity });
        } else if *quantity > left {
            let (sku, name) = (item.sku.clone(), item.name.clone());
            refusals.push(Refusal::MoreThanLeft { act: Act::Repack, item: *id, sku, name, asked: *quantity, left });
        }
        wanted.insert(*id, *quantity);
    }
    // To ask for none of what is not there is to ask for what is.
    wanted.retain(|id, quantity| *quantity > Quantity::ZERO || found.lines.iter().any(|line| line.item == *id));
    let stays = |id: &ItemId| !wanted.contains_key(id) && !shipment::stands_above(order, *id);
    let stay = found.lines.iter().map(|line| line.item).filter(stays);
    let there: BTreeSet<ItemId> =
        wanted.iter().filter(|(_, quantity)| **quantity > Quantity::ZERO).map(|(id, _)| *id).chain(stay).collect();
    let above = shipment::above(order, there.iter().copied());
    for id in ask.line_extra.keys().filter(|id| !there.contains(id) && !above.contains(id)) {
        let refusal = Refusal::NotOfOrder { act: Act::Repack, item: *id };
        if !refusals.contains(&refusal) {
            refusals.push(refusal);
        }
    }
    if refusals.is_empty() { Ok(wanted) } else { Err(refusals) }
}

/// Refuses to change what has left, or is paid, or was given back.
fn still_open(order: &Order, found: &Shipment, act: Act) -> Result<(), Vec<Refusal>> {
    let fact = match found.paid {
        _ if found.left_at.is_some() || found.deducted => ShipmentFact::Sent,
        Paid::By(_) => ShipmentFact::Captured,
        // It can still be taken back: its money is not with us.
        Paid::Elsewhere if act == Act::Repack => ShipmentFact::Paid,
        Paid::Elsewhere | Paid::No if found.is_refunded(order) => ShipmentFact::Refunded,
        Paid::Elsewhere | Paid::No => return Ok(()),
    };
    Err(vec![Refusal::ShipmentIs { act, fact }])
}

/// Takes a shipment back; its goods stay bound to its source. Its number is not given again.
pub fn delete(
    set: &WorkingSet,
    order: OrderId,
    id: ShipmentId,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let (order, found) = find(set, order, id)?;
    not_under_way(order)?;
    still_open(order, found, Act::Delete)?;
    let mut decision = Decision::new();
    let mut after = order.clone();
    take_out(order, &mut after, found, &mut decision);
    shipment::count_kits(set, order, &mut after, &[found], &BTreeSet::new(), &mut decision);
    go_back(&mut after);
    conclude(order, &mut after, Event::ShipmentCreated, moment, &mut decision);
    decision.push(Change::ShipmentGone { order: order.id, shipment: id });
    Ok(decision)
}

/// Takes all lines of a shipment back; the kits above them are counted when all is taken back that is to be.
pub(crate) fn take_out(order: &Order, after: &mut Order, found: &Shipment, decision: &mut Decision) {
    for line in found.lines.iter().filter(|line| !shipment::stands_above(order, line.item)) {
        ship::set_shipped(after, line.item, |shipped| shipped - line.quantity, decision);
        unpack(after, found.id, line.item, line.quantity);
    }
}

/// An order that was over is not, if something of it is to be shipped again.
pub(crate) fn go_back(order: &mut Order) {
    if order.stage.state == State::Complete && order.can_ship() {
        order.enter(State::Processing);
    }
}
