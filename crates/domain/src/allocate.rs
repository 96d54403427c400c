//! Where an order's lines are to be fulfilled: as a client says, by a rule, or at one source (contract `carriyo.md`, sections
//! 2.6 and 6).

use std::collections::BTreeMap;

use crate::{
    Act, Change, Decision, DeliveryMethod, Extra, FulfilmentOrder, FulfilmentOrderId, FulfilmentStatus, IdKind, Item,
    ItemId, Moment, Order, Quantity, Refusal, Row, RowStage, Sku, SourceCode, SourceItem, WorkingSet, arrive_at,
};

/// A fulfilment order as a client gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FulfilmentDraft {
    /// The one that it was, where it is there already.
    pub id: Option<FulfilmentOrderId>,
    pub reference: Option<String>,
    pub location: Option<SourceCode>,
    pub method: DeliveryMethod,
    pub extra: Extra,
    /// By the positions of its lines: those of an order that comes in, or those that are named beside.
    pub lines: Vec<(usize, Quantity)>,
}

/// How locations are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocationRule {
    /// The sources in the order in which they are tried.
    pub sources: Vec<SourceCode>,
    /// Whether several locations may share an order.
    pub split: bool,
    /// Whether what finds no location waits; otherwise nothing is allocated, and an order that comes in is cancelled.
    pub partial: bool,
    /// Why, then.
    pub reason: String,
}

/// Makes sure that what is bound to a location has a place there, if there is nothing of it yet: somebody says that there
/// will be.
pub(crate) fn stocked(
    set: &WorkingSet,
    order: &Order,
    items: impl Iterator<Item = ItemId>,
    location: &SourceCode,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    for item in items.filter_map(|id| order.item(id)).filter(|item| !item.is_virtual) {
        let goods: Vec<Sku> = order.goods_of(item).map(|(sku, _)| sku.clone()).collect();
        for sku in goods {
            // The same decision may have made it for another part of the order.
            let is_it = |new: &SourceItem| new.sku == sku && new.source == *location;
            let is_made = |change: &Change| matches!(change, Change::SourceItemAdded(new) if is_it(new));
            if set.source_item(&sku, location).is_none() && !decision.changes.iter().any(is_made) {
                arrive_at(set, &sku, location, moment, decision);
            }
        }
    }
}

pub(crate) fn known(set: &WorkingSet, location: &SourceCode) -> Result<(), Vec<Refusal>> {
    if set.places().sources.contains_key(location) {
        return Ok(());
    }
    Err(vec![Refusal::NoSuchSource(location.clone())])
}

/// Binds an order's lines to the locations that are named; what is left over is open (contract `carriyo.md`, 6).
pub(crate) fn assign(
    set: &WorkingSet,
    order: &mut Order,
    drafts: &[FulfilmentDraft],
    ids: &[ItemId],
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    for location in drafts.iter().filter_map(|draft| draft.location.as_ref()) {
        if let Err(more) = known(set, location) {
            refusals.extend(more);
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    // What nothing was done to yet is given out anew; what a carrier waits for stays where it is.
    for fulfilment in &mut order.fulfilment {
        fulfilment.rows.retain(|row| !row.is_pending() || !row.consignments.is_empty());
    }
    for draft in drafts {
        let there = draft.id.and_then(|id| order.fulfilment.iter().position(|found| found.id == id));
        let by_reference = || {
            let reference = draft.reference.as_ref()?;
            order.fulfilment.iter().position(|found| found.reference.as_ref() == Some(reference))
        };
        let stage = if draft.location.is_some() { RowStage::Allocated } else { RowStage::Open };
        let id = match there.or_else(by_reference) {
            Some(at) => {
                let found = &mut order.fulfilment[at];
                // What was done there stays there.
                if found.rows.iter().all(|row| row.stage == RowStage::Cancelled) {
                    found.location.clone_from(&draft.location);
                }
                found.method = draft.method;
                found.extra.extend(draft.extra.clone());
                found.reference = draft.reference.clone().or(found.reference.take());
                if found.location == draft.location { Some(found.id) } else { None }
            }
            None => None,
        };
        let id = id.unwrap_or_else(|| {
            let id = FulfilmentOrderId(moment.draw(IdKind::FulfilmentOrder));
            order.fulfilment.push(FulfilmentOrder {
                id,
                reference: draft.reference.clone(),
                location: draft.location.clone(),
                method: draft.method,
                extra: draft.extra.clone(),
                rows: Vec::new(),
                created_at: moment.now,
                updated_at: moment.now,
            });
            id
        });
        for (position, quantity) in &draft.lines {
            let Some(item) = ids.get(*position).and_then(|id| order.item(*id)).cloned() else {
                refusals.push(Refusal::NotOfOrder { act: Act::Allocate, item: ItemId(0) });
                continue;
            };
            let left = order.unassigned(&item);
            if *quantity <= Quantity::ZERO || *quantity > left || (quantity.has_fraction() && !item.decimal) {
                refusals.push(Refusal::MoreThanRows { item: item.id, asked: *quantity, left });
                continue;
            }
            order.put(id, Row::new(item.id, *quantity, stage));
        }
        if let Some(location) = &draft.location {
            let items: Vec<ItemId> = draft.lines.iter().filter_map(|(at, _)| ids.get(*at).copied()).collect();
            stocked(set, order, items.into_iter(), location, moment, decision);
        }
    }
    if refusals.is_empty() {
        rest_is_open(order, moment);
        Ok(())
    } else {
        Err(refusals)
    }
}

/// What no fulfilment order has is one that no location has.
pub(crate) fn rest_is_open(order: &mut Order, moment: &mut Moment<'_>) {
    let carries = |order: &Order, item: &Item| item.is_virtual || !order.is_dummy_for_shipping(item);
    let rest: Vec<(ItemId, Quantity)> = order
        .items
        .iter()
        .filter(|item| carries(order, item) && !order.has_children(item) || !order.is_dummy_for_shipping(item))
        .map(|item| (item.id, order.unassigned(item)))
        .filter(|(_, quantity)| *quantity > Quantity::ZERO)
        .collect();
    if rest.is_empty() {
        return;
    }
    let is_open = |found: &&FulfilmentOrder| found.location.is_none() && found.status() == FulfilmentStatus::Open;
    let id = match order.fulfilment.iter().find(is_open) {
        Some(found) => found.id,
        None => order.nowhere(moment),
    };
    for (item, quantity) in rest {
        order.put(id, Row::new(item, quantity, RowStage::Open));
    }
}

/// Finds locations for what is open: as few as can be, in the order of the rule; whether that was done (contract
/// `carriyo.md`, 2.6).
pub(crate) fn allocate(
    set: &WorkingSet,
    order: &mut Order,
    rule: &AllocationRule,
    moment: &mut Moment<'_>,
) -> Result<bool, Vec<Refusal>> {
    for source in &rule.sources {
        known(set, source)?;
    }
    let mut wanted: BTreeMap<ItemId, Quantity> = BTreeMap::new();
    for item in order.items.clone() {
        if item.is_virtual || order.is_dummy_for_shipping(&item) {
            continue;
        }
        let open = order.in_rows(item.id, |row| row.stage == RowStage::Open);
        let quantity = open + order.unassigned(&item);
        if quantity > Quantity::ZERO {
            wanted.insert(item.id, quantity);
        }
    }
    let is_asked = !wanted.is_empty();
    let mut taken = Taken::new();
    let mut plan: Vec<(SourceCode, ItemId, Quantity)> = Vec::new();
    // One that has everything goes before several that share it.
    let single = rule.sources.iter().find(|source| {
        let mut tried = taken.clone();
        wanted.iter().all(|(id, quantity)| fits(set, order, source, *id, *quantity, &mut tried) == *quantity)
    });
    let tried: Vec<&SourceCode> = match single {
        Some(source) => vec![source],
        None if rule.split => rule.sources.iter().collect(),
        None if rule.partial => rule.sources.iter().take(1).collect(),
        None => Vec::new(),
    };
    for source in tried {
        for (id, quantity) in &mut wanted {
            let found = fits(set, order, source, *id, *quantity, &mut taken);
            if found > Quantity::ZERO {
                plan.push((source.clone(), *id, found));
                *quantity -= found;
            }
        }
    }
    let is_missing = wanted.values().any(|quantity| *quantity > Quantity::ZERO);
    if is_missing && !rule.partial {
        return Ok(false);
    }
    for (source, item, quantity) in plan {
        let home = order.home(&source, moment);
        let lifted = order.lift(item, quantity, |_, row| (row.stage == RowStage::Open).then_some(0));
        let found: Quantity = lifted.iter().map(|(_, row)| row.quantity).sum();
        for (_, row) in lifted {
            order.put(home, Row { stage: RowStage::Allocated, ..row });
        }
        order.put(home, Row::new(item, quantity - found, RowStage::Allocated));
    }
    // An order that no location can do anything of is left as it was.
    if !is_asked || order.rows().next().is_some() {
        rest_is_open(order, moment);
    }
    Ok(true)
}

/// What was taken from sources in one plan so far.
type Taken = BTreeMap<(SourceCode, Sku), Quantity>;

/// How many of a line a source has free, at the most so many; they are counted as taken. What others hold is not free for
/// an order that holds nothing itself: it has no promise that could be broken, and they have.
fn take_free(
    set: &WorkingSet,
    order: &Order,
    source: &SourceCode,
    item: &Item,
    quantity: Quantity,
    taken: &mut Taken,
) -> Quantity {
    let goods: Vec<(Sku, Quantity)> = order.goods_of(item).map(|(sku, each)| (sku.clone(), each)).collect();
    let mut most = quantity;
    for (sku, each) in &goods {
        let free = set.source_item(sku, source).map_or(Quantity::ZERO, |found| found.free());
        let free = free - taken.get(&(source.clone(), sku.clone())).copied().unwrap_or(Quantity::ZERO);
        let free = if item.holds { free } else { free.min(unpromised(set, order, source, sku, taken)) };
        most = most.min(free.floored().per(*each).unwrap_or(Quantity::ZERO));
    }
    let found = most.truncated_unless(item.decimal).floored();
    for (sku, each) in goods {
        *taken.entry((source.clone(), sku)).or_insert(Quantity::ZERO) += each.each(found);
    }
    found
}

/// How much of a sku at a source is promised to nobody; where its goods are not among those that the order's stock
/// promises, all of it.
fn unpromised(set: &WorkingSet, order: &Order, source: &SourceCode, sku: &Sku, taken: &Taken) -> Quantity {
    let promised_from: Vec<&SourceCode> = set.sellable(order.stock, sku).map(|item| &item.source).collect();
    if !promised_from.contains(&source) {
        return Quantity(i64::MAX);
    }
    // What it is bound to already is not among what is held.
    let bound = order.allocated();
    let own = |at: &&SourceCode| {
        let key = ((*at).clone(), sku.clone());
        bound.get(&key).into_iter().chain(taken.get(&key)).copied().sum::<Quantity>()
    };
    set.unheld(order.stock, sku) - promised_from.iter().map(own).sum()
}

/// The same, of a source that is enabled.
fn fits(
    set: &WorkingSet,
    order: &Order,
    source: &SourceCode,
    id: ItemId,
    quantity: Quantity,
    taken: &mut Taken,
) -> Quantity {
    let is_enabled = set.places().sources.get(source).is_some_and(|source| source.enabled);
    let item = order.item(id).expect("lines are of the order");
    if is_enabled { take_free(set, order, source, item, quantity, taken) } else { Quantity::ZERO }
}

/// Binds an order that comes in to a source, as far as goods are free there; the rest waits in a fulfilment order without
/// one.
pub(crate) fn allocate_at(set: &WorkingSet, order: &mut Order, source: &SourceCode, moment: &mut Moment<'_>) {
    let mut taken = Taken::new();
    let mut open = Vec::new();
    for item in order.items.clone() {
        if item.is_virtual || order.is_dummy_for_shipping(&item) {
            continue;
        }
        let bound = take_free(set, order, source, &item, order.to_ship(&item), &mut taken);
        if bound > Quantity::ZERO {
            let home = order.home(source, moment);
            order.put(home, Row::new(item.id, bound, RowStage::Allocated));
        }
        open.push((item.id, order.to_ship(&item) - bound));
    }
    open.retain(|(_, quantity)| *quantity > Quantity::ZERO);
    if !open.is_empty() {
        let id = order.nowhere(moment);
        for (item, quantity) in open {
            order.put(id, Row::new(item, quantity, RowStage::Open));
        }
    }
}
