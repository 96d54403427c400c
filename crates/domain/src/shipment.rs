//! Shipments and their tracking numbers.

use std::collections::BTreeSet;

use crate::{
    Amount, Change, Decision, Extra, IdKind, InvoiceId, Item, ItemId, Moment, Order, OrderId, Outcome, Packed,
    Quantity, Refusal, RowStage, ShipmentId, ShipmentLineId, Sku, SourceCode, StoreId, Timestamp, TrackId, WorkingSet,
    ship,
};

/// What left a source for an order, or is being packed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipment {
    pub id: ShipmentId,
    pub order: OrderId,
    /// Its running number among the shipments of its order, from 1: never given twice.
    pub sequence: i64,
    pub store: StoreId,
    pub number: String,
    /// Where the goods were taken from; it never changes.
    pub source: SourceCode,
    /// Pieces, lines that only carry others not counted.
    pub total: Quantity,
    pub lines: Vec<ShipmentLine>,
    pub tracks: Vec<Track>,
    /// When it was good to go: packed, with its papers.
    pub ready_at: Option<Timestamp>,
    /// When it was sent.
    pub left_at: Option<Timestamp>,
    pub paid: Paid,
    /// Whether it carries the order's shipping costs.
    pub costs: bool,
    /// Whether its goods are off their source: done once, when it is sent, complete or fulfilled, as its door has it.
    pub deducted: bool,
    pub extra: Extra,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Whether what a shipment takes is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paid {
    /// Not that we know of.
    #[default]
    No,
    /// It costs nothing, or the money came before or by other means.
    Elsewhere,
    /// With this invoice, which was made for it.
    By(InvoiceId),
}

/// A line of a shipment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipmentLine {
    pub id: ShipmentLineId,
    pub item: ItemId,
    pub quantity: Quantity,
    pub extra: Extra,
}

/// A tracking number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    pub id: TrackId,
    pub shipment: ShipmentId,
    pub order: OrderId,
    pub number: String,
    pub title: Option<String>,
    pub carrier: String,
    pub description: Option<String>,
    pub weight: Option<Amount>,
    pub quantity: Option<Quantity>,
    pub created_at: Timestamp,
}

/// A tracking number as a client gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackDraft {
    pub number: String,
    pub title: Option<String>,
    pub carrier: String,
    pub description: Option<String>,
    pub weight: Option<Amount>,
    pub quantity: Option<Quantity>,
}

impl Shipment {
    /// Since when it is good to go, after somebody said whether it is; what was not said stays.
    pub(crate) fn ready_since(&self, said: Option<bool>, now: Timestamp) -> Option<Timestamp> {
        match said {
            Some(true) => self.ready_at.or(Some(now)),
            Some(false) if !self.deducted => None,
            // What has left stays ready.
            Some(false) | None => self.ready_at,
        }
    }

    /// How its pieces lie in it.
    pub(crate) fn packed(&self) -> Packed {
        let is_fulfilled = self.ready_at.is_some() || self.deducted;
        let stage = if is_fulfilled { RowStage::Fulfilled } else { RowStage::Packing };
        Packed { shipment: self.id, stage, left: self.deducted }
    }

    /// Whether money was given back for pieces like those in it that left.
    pub(crate) fn is_refunded(&self, order: &Order) -> bool {
        let is_it = |item: &Item| item.done.refunded > item.done.unsent;
        self.lines.iter().any(|line| order.item(line.item).is_some_and(is_it))
    }

    /// Whether it is good to go, paid and sent.
    pub fn is_complete(&self) -> bool {
        self.ready_at.is_some() && self.left_at.is_some() && self.paid != Paid::No
    }
}

/// What leaves a source with these lines of a shipment.
pub(crate) fn goods(order: &Order, lines: impl Iterator<Item = (ItemId, Quantity)>) -> Vec<(Sku, Quantity)> {
    let mut goods: std::collections::BTreeMap<&Sku, Quantity> = std::collections::BTreeMap::new();
    for (item, quantity) in lines {
        let item = order.item(item).expect("a shipment's lines are of its order");
        // A parent that only stands above its parts has nothing to carry.
        if order.is_dummy_for_shipping(item) {
            continue;
        }
        for (sku, each) in order.goods_of(item) {
            *goods.entry(sku).or_insert(Quantity::ZERO) += each.each(quantity);
        }
    }
    goods.into_iter().map(|(sku, quantity)| (sku.clone(), quantity)).collect()
}

/// The kits that stand above some lines of a shipment, as their parts are sent apart.
pub(crate) fn above(order: &Order, lines: impl Iterator<Item = ItemId>) -> BTreeSet<ItemId> {
    lines.filter_map(|line| order.item(line)?.parent).filter(|parent| stands_above(order, *parent)).collect()
}

/// Whether a line of a shipment carries nothing itself.
pub(crate) fn stands_above(order: &Order, line: ItemId) -> bool {
    order.is_dummy_for_shipping(order.item(line).expect("a shipment's lines are of its order"))
}

/// Counts kits anew that stood on shipments which are no more, or stand above the parts of one that is made: each counts
/// the shipments that it stands on, but no more than its parts have begun.
pub(crate) fn count_kits(
    set: &WorkingSet,
    order: &Order,
    after: &mut Order,
    gone: &[&Shipment],
    made: &BTreeSet<ItemId>,
    decision: &mut Decision,
) {
    let lines = gone.iter().flat_map(|shipment| &shipment.lines).map(|line| line.item);
    let kits: BTreeSet<ItemId> = lines.filter(|line| stands_above(order, *line)).chain(made.iter().copied()).collect();
    for kit in kits {
        let on = |shipment: &Shipment| -> Quantity {
            shipment.lines.iter().filter(|line| line.item == kit).map(|line| line.quantity).sum()
        };
        let shipped = &set.departed(order.id).shipped;
        let left: Quantity = shipped.iter().filter(|((_, line), _)| *line == kit).map(|(_, count)| *count).sum();
        let here: Quantity = order.packed_shipments().iter().filter_map(|id| set.shipment(*id)).map(on).sum();
        let no_more: Quantity = gone.iter().map(|shipment| on(shipment)).sum();
        let more = if made.contains(&kit) { Quantity::ONE } else { Quantity::ZERO };
        let count = (left + here - no_more + more).min(after.kits_begun(kit, |done| done.shipped));
        if after.item(kit).is_some_and(|item| item.done.shipped != count) {
            ship::set_shipped(after, kit, |_| count, decision);
        }
    }
}

/// A tracking number, with its ids.
pub(crate) fn track(draft: &TrackDraft, shipment: ShipmentId, order: OrderId, moment: &mut Moment<'_>) -> Track {
    let TrackDraft { number, title, carrier, description, weight, quantity } = draft.clone();
    Track {
        id: TrackId(moment.draw(IdKind::Track)),
        shipment,
        order,
        number,
        title,
        carrier,
        description,
        weight,
        quantity,
        created_at: moment.now,
    }
}

/// Adds a tracking number to a shipment of this order.
pub fn add_track(
    set: &WorkingSet,
    shipment: ShipmentId,
    order: OrderId,
    draft: &TrackDraft,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let Some(found) = set.shipment(shipment) else {
        return Err(vec![Refusal::NoSuchShipment(shipment)]);
    };
    if found.order != order {
        return Err(vec![Refusal::ShipmentOfOtherOrder { shipment, order }]);
    }
    let track = track(draft, shipment, order, moment);
    let outcome = Outcome::Track(track.id);
    Ok(Decision::of(Change::TrackAdded(track)).with(outcome))
}

/// Takes a tracking number away again.
pub fn remove_track(set: &WorkingSet, track: TrackId) -> Result<Decision, Vec<Refusal>> {
    match set.track(track) {
        Some(_) => Ok(Decision::of(Change::TrackRemoved(track))),
        None => Err(vec![Refusal::NoSuchTrack(track)]),
    }
}
