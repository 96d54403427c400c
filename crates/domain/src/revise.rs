//! An order's lines as they are wanted now: fewer, more, at another price, or others (contract `carriyo.md`, section 6,
//! "update").

use std::collections::BTreeMap;

use crate::accept::{MOST_ITEMS, bad, can_promise, items};
use crate::allocate::{allocate, assign, rest_is_open};
use crate::cancel::{self, Shipped};
use crate::fulfil::{give_up, no_torn_kits, open_for_cancel, open_for_change};
use crate::{
    AcceptOrder, Account, Act, Address, AddressId, AllocationRule, Amount, Amounts, BadOrder, Change, Decision,
    Details, DraftItem, Event, Extra, FulfilmentDraft, FulfilmentStatus, IdKind, Item, ItemId, LineAccount,
    LineAmounts, Moment, Money, Order, OrderId, Outcome, PaymentStage, Quantity, Refusal, Row, RowStage, Sent,
    SentTotals, State, WorkingSet, changed_holds, conclude, not_redacted, not_under_way, nothing_due_again,
    price_order,
};

/// "These lines of the order are wanted otherwise."
#[derive(Clone, Debug, PartialEq)]
pub struct ReviseOrder {
    pub order: OrderId,
    /// The lines that were there when it was asked: where there are others by now, nothing is done.
    pub seen: Vec<ItemId>,
    /// Lines that are there; those that are not named stay as they are.
    pub lines: BTreeMap<ItemId, LineWish>,
    /// Lines that are not there yet; none is a part of another.
    pub more: Vec<DraftItem>,
    /// What it costs to ship the order, in its currency; as before unless given.
    pub shipping: Option<Amount>,
    pub placing: Placing,
    /// Why pieces are given up, if some are.
    pub reason: String,
    /// The order's; as before unless given.
    pub email: Option<String>,
    /// Further members of the order; those that are not named stay.
    pub extra: Extra,
}

/// What is wanted of a line that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct LineWish {
    /// How many in all, with those that were shipped and without those that were cancelled.
    pub quantity: Quantity,
    /// What one piece costs, in the order's currency; as before unless given.
    pub price: Option<Amount>,
    /// As before unless given.
    pub name: Option<String>,
    /// Its further members as they were read, and what replaces them: where they are others by now, nothing is done. As before
    /// unless given.
    pub extra: Option<(Extra, Extra)>,
}

/// Where what is added is to be fulfilled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placing {
    /// Nowhere yet.
    Open,
    /// As these say, and so is all else that nothing was done to yet. Lines go by their positions: first those that were
    /// seen, then those that are added.
    Orders(Vec<FulfilmentDraft>),
    /// Where a rule finds it, and what else is open; it is open where the rule finds nothing.
    Rule(AllocationRule),
}

/// A line that is new, or otherwise than it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Revised {
    pub item: Item,
    pub account: LineAccount,
    /// What is ordered more, or less.
    pub added: LineAmounts,
    pub is_new: bool,
}

/// Decides how an order's lines change.
pub fn revise(set: &WorkingSet, ask: &ReviseOrder, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    let Some(order) = set.order(ask.order) else {
        return Err(vec![Refusal::NoSuchOrder(ask.order)]);
    };
    not_under_way(order)?;
    not_redacted(order)?;
    if order.items.len() != ask.seen.len() || ask.seen.iter().any(|id| order.item(*id).is_none()) {
        return Err(vec![Refusal::DescriptionChanged]);
    }
    if let Placing::Orders(_) = ask.placing {
        open_for_change(order, Act::Allocate)?;
    }
    let account = set.account(order.id);
    let Sorted { mut unwanted, priced } = sort(order, account, &ask.lines)?;
    if !unwanted.is_empty() {
        open_for_cancel(order)?;
        no_torn_kits(order, &unwanted)?;
    }
    let shipping = ask.shipping.filter(|shipping| *shipping != account.ordered.shipping.amount);
    if !priced.is_empty() || !ask.more.is_empty() || shipping.is_some() {
        may_cost_otherwise(set, order, account)?;
    }
    if shipping.is_some() && !is_shipping_open(account) {
        return Err(vec![Refusal::ShippingStands]);
    }
    let (mut lines, shipping) = revised(set, order, account, (ask, priced, shipping), moment)?;
    let details = described(set, ask, &lines, moment)?;
    renamed(order, account, &ask.lines, &mut lines);
    let ids: Vec<ItemId> = ask.seen.iter().copied().chain(new_ids(&lines)).collect();
    let grows = lines.iter().any(|line| order.item(line.item.id).is_none_or(|was| was.ordered < line.item.ordered));

    let mut decision = Decision::new();
    // What is added is there before anything is given up: what is given up is then not the last of its order, and goes with
    // what it costs by now.
    let (mut grown, mut account) = (order.clone(), account.clone());
    if !lines.is_empty() || !shipping.is_zero() {
        let amounts = amounts(&lines, shipping);
        grown.take_revised(&lines, &amounts);
        account.take_revised(&lines, &amounts);
        decision.push(Change::Revised { order: order.id, lines, amounts });
    }
    // There must be an invoice yet that can take it.
    if !shipping.is_zero() && grown.is_invoiced() {
        return Err(vec![Refusal::ShippingStands]);
    }
    if let Some(details) = details {
        let email = ask.email.clone().unwrap_or_else(|| order.email.clone());
        decision.push(Change::Described { order: order.id, email, details: Box::new(details), at: moment.now });
    }
    let mut after = grown.clone();
    let is_less = !unwanted.is_empty();
    if is_less {
        cancel::lines(&account, &grown, &mut after, &unwanted, Shipped::StaysDue, &mut decision)?;
        give_up_unassigned(order, &mut after, &mut unwanted, &ask.reason, moment);
        give_up(&mut after, &unwanted, None, &ask.reason, moment.now);
    }
    // Beyond what is held for it already.
    can_promise(set, after.stock, changed_holds(order, &after).into_iter())?;
    match &ask.placing {
        Placing::Orders(drafts) => assign(set, &mut after, drafts, &ids, moment, &mut decision)?,
        Placing::Open | Placing::Rule(_) if !grows => {}
        placing => {
            let is_placed = match placing {
                Placing::Rule(rule) => allocate(set, &mut after, rule, moment)?,
                Placing::Open | Placing::Orders(_) => false,
            };
            if !is_placed && !after.fulfilment.is_empty() {
                rest_is_open(&mut after, moment);
            }
        }
    }
    if decision.changes.is_empty() && after == *order {
        return Ok(decision.with(Outcome::Order(order.id)));
    }
    let event = if is_less { Event::OrderCanceled } else { Event::OrderPlaced };
    conclude(order, &mut after, event, moment, &mut decision);
    if is_less {
        cancel::set_free(set, order, &after, moment, &mut decision);
    }
    Ok(decision.with(Outcome::Order(order.id)))
}

/// What of the lines that are there is too much, and what of them costs otherwise: more of it, or at another price.
struct Sorted {
    unwanted: BTreeMap<ItemId, Quantity>,
    /// With as many pieces as are to be priced: those that are more, or all at another price.
    priced: Vec<(Item, DraftItem)>,
}

fn sort(order: &Order, account: &Account, lines: &BTreeMap<ItemId, LineWish>) -> Result<Sorted, Vec<Refusal>> {
    let mut found = Sorted { unwanted: BTreeMap::new(), priced: Vec::new() };
    let mut refusals = Vec::new();
    for (id, LineWish { quantity, price, .. }) in lines {
        let Some(item) = order.item(*id) else {
            refusals.push(Refusal::NotOfOrder { act: Act::Edit, item: *id });
            continue;
        };
        let (is, spare) = (item.ordered - item.done.canceled, order.spare(item).min(order.to_cancel(item)));
        let cost = &account.lines[id];
        let price = price.filter(|price| *price != cost.price.amount);
        if *quantity < Quantity::ZERO {
            refusals.push(Refusal::BadOrder(BadOrder::NoQuantity { sku: item.sku.to_string() }));
        } else if quantity.has_fraction() && !item.decimal {
            refusals.push(Refusal::NotWhole { sku: item.sku.clone(), asked: *quantity });
        } else if is - *quantity > spare {
            refusals.push(Refusal::LessThanTaken { item: *id, least: is - spare });
        } else if (*quantity > is || price.is_some()) && !is_plain(order, item, cost) {
            refusals.push(Refusal::CostUnknown { item: *id });
        } else if price.is_some() && item.done.invoiced + item.done.canceled > Quantity::ZERO {
            refusals.push(Refusal::PriceStands { item: *id });
        } else {
            if *quantity < is {
                found.unwanted.insert(*id, is - *quantity);
            }
            if *quantity > is || price.is_some() {
                let more = (*quantity - is).floored();
                let (ordered, price) = match price {
                    Some(price) => (item.ordered + more, Sent { amount: Some(price), base: None }),
                    None => (more, Sent { amount: Some(cost.price.amount), base: Some(cost.price.base) }),
                };
                let draft = DraftItem { sku: item.sku.to_string(), price, ..DraftItem::default() };
                found.priced.push((Item { ordered, ..item.clone() }, draft));
            }
        }
    }
    if refusals.is_empty() { Ok(found) } else { Err(refusals) }
}

/// Whether a line costs its price times its pieces, and nothing else, so that it is known what one more costs.
fn is_plain(order: &Order, item: &Item, cost: &LineAccount) -> bool {
    let LineAmounts { tax, discount, compensation, .. } = cost.ordered;
    let is_of_kit = item.parent.is_some() || order.has_children(item);
    !is_of_kit && [tax, discount, compensation].into_iter().all(|money| money.is_zero())
}

/// Whether the shipping is still to be invoiced, and costs what is said and nothing else.
fn is_shipping_open(account: &Account) -> bool {
    let Account { ordered, invoiced, canceled, .. } = account;
    let beside = [ordered.shipping_tax, ordered.shipping_discount, ordered.shipping_compensation];
    invoiced.is_without_shipping() && canceled.is_without_shipping() && beside.into_iter().all(Money::is_zero)
}

/// Refuses to change what is to be paid for an order that is done, or whose money a gateway has set aside.
fn may_cost_otherwise(set: &WorkingSet, order: &Order, account: &Account) -> Result<(), Vec<Refusal>> {
    nothing_due_again(order)?;
    match order.stage.state {
        State::New | State::PendingPayment | State::Processing => {}
        State::Complete | State::Closed | State::Canceled | State::Holded | State::PaymentReview => {
            let status = order.stage.status_text().to_owned();
            return Err(vec![Refusal::OrderInState { act: Act::Edit, status }]);
        }
    }
    match order.fulfilment_status() {
        FulfilmentStatus::Open
        | FulfilmentStatus::PartiallyAllocated
        | FulfilmentStatus::Allocated
        | FulfilmentStatus::Processing => {}
        status @ (FulfilmentStatus::Fulfilled | FulfilmentStatus::Cancelled | FulfilmentStatus::Closed) => {
            return Err(vec![Refusal::OrderInState { act: Act::Edit, status: status.as_str().to_owned() }]);
        }
    }
    if set.payment(order.id).is_some_and(|payment| payment.stage != PaymentStage::Open) {
        return Err(vec![Refusal::MoneySetAside]);
    }
    // The last open pieces took it along: it would be invoiced with what comes now.
    if !account.canceled.is_without_shipping() {
        return Err(vec![Refusal::ShippingStands]);
    }
    Ok(())
}

/// The lines that cost otherwise, and those that are new, with what they cost now; and what the shipping costs more, or less.
fn revised(
    set: &WorkingSet,
    order: &Order,
    account: &Account,
    (ask, priced, shipping): (&ReviseOrder, Vec<(Item, DraftItem)>, Option<Amount>),
    moment: &mut Moment<'_>,
) -> Result<(Vec<Revised>, Money), Vec<Refusal>> {
    if order.items.len() + ask.more.len() > MOST_ITEMS {
        return Err(bad(BadOrder::TooManyItems { most: MOST_ITEMS }));
    }
    let mut like = AcceptOrder {
        store: order.store,
        rate: Some(account.rate),
        items: ask.more.clone(),
        hold_stock: order.items.iter().all(|item| item.holds),
        sent: SentTotals { shipping: Sent { amount: shipping, base: None }, ..SentTotals::default() },
        ..AcceptOrder::default()
    };
    let (mut all, mut drafts): (Vec<Item>, Vec<DraftItem>) = priced.into_iter().unzip();
    all.extend(items(set, &like, moment)?);
    drafts.append(&mut like.items);
    like.items = drafts;
    let part = Order { items: all, fulfilment: Vec::new(), ..order.clone() };
    let Account { ordered, lines: mut costs, .. } = price_order(set, &part, &like)?;
    let shipping = shipping.map_or(Money::ZERO, |_| ordered.shipping - account.ordered.shipping);
    let revise = |item: Item| {
        let new = costs.remove(&item.id).expect("each line was priced");
        let (Some(was), Some(old)) = (order.item(item.id), account.lines.get(&item.id)) else {
            return Revised { item, added: new.ordered, account: new, is_new: true };
        };
        let LineAccount { price, price_incl_tax, original_price, ordered, .. } = new;
        if price.amount == old.price.amount {
            // What is more comes to what there was, however that was rounded.
            let mut account = old.clone();
            account.ordered.add(&ordered);
            let item = Item { ordered: was.ordered + item.ordered, ..item };
            return Revised { item, account, added: ordered, is_new: false };
        }
        let added = ordered - old.ordered;
        let account = LineAccount { price, price_incl_tax, original_price, ordered, ..old.clone() };
        Revised { item, account, added, is_new: false }
    };
    Ok((part.items.into_iter().map(revise).collect(), shipping))
}

fn new_ids(lines: &[Revised]) -> impl Iterator<Item = ItemId> {
    lines.iter().filter(|line| line.is_new).map(|line| line.item.id)
}

/// What the order says of itself and its lines now, if that is something else.
fn described(
    set: &WorkingSet,
    ask: &ReviseOrder,
    lines: &[Revised],
    moment: &mut Moment<'_>,
) -> Result<Option<Details>, Vec<Refusal>> {
    let was = set.details.get(&ask.order).expect("the needs name the details");
    let mut details = was.clone();
    for (item, (seen, said)) in ask.lines.iter().filter_map(|(item, wish)| Some((item, wish.extra.as_ref()?))) {
        if was.items.get(item).unwrap_or(&Extra::new()) != seen {
            return Err(vec![Refusal::DescriptionChanged]);
        }
        details.items.insert(*item, said.clone());
    }
    details.items.extend(new_ids(lines).zip(ask.more.iter().map(|draft| draft.extra.clone())));
    details.extra.extend(ask.extra.clone());
    // One that had nothing to send had nowhere to send it.
    if details.shipping.is_none() && lines.iter().any(|line| line.is_new && !line.item.is_virtual) {
        let id = AddressId(moment.draw(IdKind::Address));
        details.shipping = details.billing.clone().map(|billing| Address { id, ..billing });
    }
    Ok((details != *was || ask.email.is_some()).then_some(details))
}

/// Lines that are called otherwise.
fn renamed(order: &Order, account: &Account, wishes: &BTreeMap<ItemId, LineWish>, lines: &mut Vec<Revised>) {
    for (id, LineWish { name, .. }) in wishes {
        let (Some(name), Some(was)) = (name, order.item(*id)) else { continue };
        match lines.iter_mut().find(|line| line.item.id == *id) {
            Some(line) => line.item.name.clone_from(name),
            None if was.name != *name => lines.push(Revised {
                item: Item { name: name.clone(), ..was.clone() },
                account: account.lines[id].clone(),
                added: LineAmounts::default(),
                is_new: false,
            }),
            None => {}
        }
    }
}

/// What is ordered more, or less.
fn amounts(lines: &[Revised], shipping: Money) -> Amounts {
    let mut amounts = Amounts { shipping, shipping_incl_tax: shipping, ..Amounts::default() };
    for Revised { added, .. } in lines {
        amounts.subtotal += added.row;
        amounts.subtotal_incl_tax += added.full();
        amounts.discount += -added.discount;
        amounts.tax += added.tax;
        amounts.compensation += added.compensation;
    }
    Amounts { total: amounts.sum(), ..amounts }
}

/// Gives up what no fulfilment order has first; a row of no location says why. `unwanted` is what is left then.
fn give_up_unassigned(
    order: &Order,
    after: &mut Order,
    unwanted: &mut BTreeMap<ItemId, Quantity>,
    reason: &str,
    moment: &mut Moment<'_>,
) {
    let mut nowhere = order.fulfilment.iter().find(|found| found.location.is_none()).map(|found| found.id);
    for (id, quantity) in unwanted {
        let Some(item) = order.item(*id) else { continue };
        let part = order.unassigned(item).min(*quantity);
        if part > Quantity::ZERO {
            let place = *nowhere.get_or_insert_with(|| after.nowhere(moment));
            after.put(place, Row::new(*id, part, RowStage::Open).cancelled(reason, moment.now));
            *quantity -= part;
        }
    }
}
