//! What becomes of the goods of a refund (contract section 10.4): what was sent goes back where it came from, what was
//! not is free again; or, where goods do not come back, both are gone.

use std::collections::BTreeMap;

use super::RefundOrder;
use crate::{
    Cause, CreditMemoId, Decision, Item, ItemId, Moment, Movement, Order, Quantity, Sku, SourceCode, SourceItem,
    StockId, WorkingSet, arrive, arrive_at, take_by_priority,
};

/// What left sources for an order, and what came back of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Departed {
    /// By source and line of a shipment.
    pub shipped: BTreeMap<(SourceCode, ItemId), Quantity>,
    pub returned: BTreeMap<(SourceCode, Sku), Quantity>,
}

/// Moves the goods of what is refunded. `after` has the lines as the refund leaves them, and the state from before:
/// what it no longer holds is what was never sent.
pub(super) fn settle(
    set: &WorkingSet,
    before: &Order,
    after: &Order,
    ask: &RefundOrder,
    memo: CreditMemoId,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    let is_returned = |item: &Item| {
        ask.return_to_stock.contains(&item.id) || item.parent.is_some_and(|id| ask.return_to_stock.contains(&id))
    };
    let mut back: BTreeMap<(&Sku, bool), Quantity> = BTreeMap::new();
    let mut lost: BTreeMap<&Sku, Quantity> = BTreeMap::new();
    for (was, is) in before.items.iter().zip(&after.items).filter(|(was, _)| was.tracked) {
        let refunded = is.done.refunded - was.done.refunded;
        let unsent = before.still_to_leave(was) - after.still_to_leave(is);
        if is_returned(was) {
            *back.entry((&was.sku, was.is_virtual)).or_insert(Quantity::ZERO) += (refunded - unsent).floored();
        } else {
            *lost.entry(&was.sku).or_insert(Quantity::ZERO) += unsent;
        }
    }
    for ((sku, is_virtual), quantity) in back {
        let mut rest = quantity;
        for (source, most) in places_of_origin(set, before, sku, is_virtual) {
            let part = rest.min(most);
            if part > Quantity::ZERO {
                bring_back(set, before, sku, &source, part, memo, moment, decision);
                rest -= part;
            }
        }
    }
    for (sku, quantity) in lost {
        if quantity > Quantity::ZERO {
            take_by_priority(set, (before, after), sku, quantity, Cause::WrittenOff(memo), decision);
        }
    }
}

/// Where goods of a sku may go back to, and how many at the most: the sources of the order's shipments, by priority.
/// What is virtual was never anywhere in particular.
fn places_of_origin(set: &WorkingSet, order: &Order, sku: &Sku, is_virtual: bool) -> Vec<(SourceCode, Quantity)> {
    if is_virtual {
        let first = first_that_knows(set, order.stock, sku);
        return first.map(|item| (item.source.clone(), Quantity(i64::MAX))).into_iter().collect();
    }
    let by_priority = set.places().sources_of(order.stock);
    let departed = set.departed(order.id);
    let mut taken: BTreeMap<&SourceCode, Quantity> = BTreeMap::new();
    for ((source, line), quantity) in &departed.shipped {
        let line = order.item(*line).expect("a shipment's lines are of its order");
        for (goods, each) in order.goods_of(line) {
            if goods == sku {
                *taken.entry(source).or_insert(Quantity::ZERO) += each.each(*quantity);
            }
        }
    }
    let rank = |code: &SourceCode| by_priority.iter().position(|source| source.code == *code).unwrap_or(usize::MAX);
    let mut places: Vec<(SourceCode, Quantity)> = taken
        .into_iter()
        .map(|(source, taken)| {
            let returned = departed.returned.get(&(source.clone(), sku.clone())).copied().unwrap_or(Quantity::ZERO);
            (source.clone(), (taken - returned).floored())
        })
        .collect();
    places.sort_by_key(|(source, _)| rank(source));
    places
}

/// Where virtual goods come back to: the first source of the stock that knows them.
pub(crate) fn first_that_knows<'a>(set: &'a WorkingSet, stock: StockId, sku: &Sku) -> Option<&'a SourceItem> {
    set.places().sources_of(stock).into_iter().find_map(|source| set.source_item(sku, &source.code))
}

#[expect(clippy::too_many_arguments, reason = "a movement has this many sides")]
fn bring_back(
    set: &WorkingSet,
    order: &Order,
    sku: &Sku,
    source: &SourceCode,
    quantity: Quantity,
    memo: CreditMemoId,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    let there = arrive_at(set, sku, source, moment, decision);
    let cause = Cause::Returned { order: order.id, memo };
    let movement = Movement { source: source.clone(), sku: there.sku.clone(), change: quantity, cause };
    decision.push(arrive(&there, movement, set.product(sku)));
}
