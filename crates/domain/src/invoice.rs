//! Invoices, and the decision that makes one (contract sections 6.1 and 9.1).

use std::collections::BTreeMap;

use crate::{
    Account, Act, Amount, Amounts, Cause, Change, CommentDraft, Decision, Document, DocumentId, Done, Event, IdKind,
    InvoiceId, InvoiceLineId, Item, ItemId, Kind, LineAmounts, Lines, Method, Moment, Money, Movement, Notify, Order,
    OrderId, Outcome, Progress, Quantity, Refusal, Roundings, Share, Sku, SourceCode, State, StoreId, Subject,
    Timestamp, Wish, WorkingSet, begin, capturable, comment, conclude, currency_digits, leave, not_elsewhere,
    not_under_way, number, of_lines, priority_order, select, tell_of_document,
};

/// What a customer owes, or has paid, for a part of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    pub id: InvoiceId,
    pub order: OrderId,
    pub store: StoreId,
    pub number: String,
    pub state: InvoiceState,
    /// The gateway's reference of the money, where one collected it.
    pub transaction: Option<String>,
    pub amounts: Amounts,
    /// Of all its lines, those that carry no money too.
    pub total: Quantity,
    pub lines: Vec<InvoiceLine>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Where an invoice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvoiceState {
    /// Not paid yet.
    Open,
    /// Paid: what an offline method is at once.
    Paid,
    /// Taken back.
    Canceled,
}

impl InvoiceState {
    /// Magento's number for it (contract section 2).
    pub fn number(self) -> i64 {
        match self {
            InvoiceState::Open => 1,
            InvoiceState::Paid => 2,
            InvoiceState::Canceled => 3,
        }
    }

    /// Reads what [`InvoiceState::number`] gives.
    pub fn from_number(number: i64) -> Option<InvoiceState> {
        match number {
            1 => Some(InvoiceState::Open),
            2 => Some(InvoiceState::Paid),
            3 => Some(InvoiceState::Canceled),
            _ => None,
        }
    }
}

/// A line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceLine {
    pub id: InvoiceLineId,
    pub item: ItemId,
    pub quantity: Quantity,
    /// `None` where another line carries the money.
    pub amounts: Option<LineAmounts>,
}

/// "Invoice this order."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceOrder {
    pub order: OrderId,
    /// Empty: all that is left.
    pub lines: Lines,
    pub shipping: Shipping,
    /// Whether a gateway is to collect the money now. Otherwise it counts as paid by other means, as it does for
    /// offline methods.
    pub capture: bool,
    pub comment: Option<CommentDraft>,
    pub notify: Notify,
}

/// Whether an invoice takes the order's shipping costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shipping {
    /// If no other has.
    #[default]
    WithFirst,
    /// It is left to another.
    Not,
}

/// Makes an invoice of what is still to be invoiced. Where a gateway is to collect the money, it is asked first.
pub fn invoice(set: &WorkingSet, ask: &InvoiceOrder, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    let Some(order) = set.order(ask.order) else {
        return Err(vec![Refusal::NoSuchOrder(ask.order)]);
    };
    not_under_way(order)?;
    let rows = checked_rows(order, ask)?;
    let mut decision = Decision::new();
    if ask.capture
        && let Some((total, last)) = to_collect(set, order, &rows, ask.shipping)
    {
        let payment = capturable(set, order, total, moment.now)?;
        let of = payment.authorisation.clone();
        let id = begin(order.id, Wish::Invoice(ask.clone()), total, of, last, moment, &mut decision);
        return Ok(decision.with(Outcome::Awaits(id)));
    }
    if ask.capture {
        not_elsewhere(order)?;
    }
    let (id, _) = make(set, order, ask, None, moment, &mut decision)?;
    Ok(decision.with(Outcome::Invoice(id)))
}

/// What a gateway is to collect for these rows, and whether that is the last of the order; none where there is none to
/// ask, or nothing to collect.
fn to_collect(set: &WorkingSet, order: &Order, rows: &Lines, shipping: Shipping) -> Option<(Amount, bool)> {
    let Method::Gateway(_) = Method::of(order.method.as_deref()?) else {
        return None;
    };
    let (amounts, _) = amounts(order, set.account(order.id), rows, shipping);
    let total = amounts.total.amount;
    let is_left = |item: &Item| {
        let on_invoice = rows.iter().find(|(id, _)| *id == item.id).map_or(Quantity::ZERO, |(_, quantity)| *quantity);
        order.to_invoice(item) > on_invoice
    };
    // What is due again is to be taken too.
    let is_last = order.due_again == Amount::ZERO && !order.items.iter().any(is_left);
    (total > Amount::ZERO).then_some((total, is_last))
}

/// The same for an invoice that another act needs.
pub(crate) fn to_collect_for(
    set: &WorkingSet,
    order: &Order,
    ask: &InvoiceOrder,
) -> Result<Option<(Amount, bool)>, Vec<Refusal>> {
    Ok(to_collect(set, order, &checked_rows(order, ask)?, ask.shipping))
}

/// What an invoice would come to; none where it cannot be.
pub(crate) fn total_of(set: &WorkingSet, order: &Order, ask: &InvoiceOrder) -> Option<Money> {
    let (amounts, _) = amounts(order, set.account(order.id), &rows(order, ask).ok()?, ask.shipping);
    Some(amounts.total)
}

/// The rows of the invoice that is asked for, if nothing stands in the way.
fn checked_rows(order: &Order, ask: &InvoiceOrder) -> Result<Lines, Vec<Refusal>> {
    let rows = rows(order, ask)?;
    let refusals = refusals(order, &rows);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    if order.method.is_none() {
        return Err(vec![Refusal::PaymentMethod { method: None }]);
    }
    Ok(rows)
}

/// Makes a paid invoice, hands over what is virtual, and moves the order on; the order as it is then. `transaction` is
/// the gateway's reference of the money.
pub(crate) fn make(
    set: &WorkingSet,
    order: &Order,
    ask: &InvoiceOrder,
    transaction: Option<&str>,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) -> Result<(InvoiceId, Order), Vec<Refusal>> {
    let rows = checked_rows(order, ask)?;
    let account = set.account(order.id);
    let id = InvoiceId(moment.draw(IdKind::Invoice));
    let mut after = order.clone();
    count_invoiced(order, &mut after, &rows, decision);
    let (amounts, line_amounts) = amounts(order, account, &rows, ask.shipping);
    decision.push(Change::Invoiced {
        order: order.id,
        amounts,
        lines: line_amounts.iter().map(|(item, amounts)| (*item, *amounts)).collect(),
    });
    after.paid += amounts.total;
    decision.push(Change::Paid { order: order.id, paid: after.paid, due_again: after.due_again });
    hand_over_virtual(set, order, &after, id, decision);
    let state = after.resolve(Progress::Made);
    after.enter(state);
    conclude(order, &mut after, Event::InvoiceCreated, moment, decision);

    let invoice = Invoice {
        id,
        order: order.id,
        store: order.store,
        number: number(set, order.store, Document::Invoice, decision),
        state: InvoiceState::Paid,
        transaction: transaction.map(str::to_owned),
        amounts,
        total: rows.iter().map(|(_, quantity)| *quantity).sum(),
        lines: rows
            .iter()
            .filter(|(_, quantity)| *quantity > Quantity::ZERO)
            .map(|(item, quantity)| InvoiceLine {
                id: InvoiceLineId(moment.draw(IdKind::InvoiceLine)),
                item: *item,
                quantity: *quantity,
                amounts: line_amounts.get(item).copied(),
            })
            .collect(),
        created_at: moment.now,
        updated_at: moment.now,
    };
    decision.push(Change::InvoiceMade(Box::new(invoice)));
    let remark = ask.comment.as_ref().map(|draft| comment(draft, Subject::Invoice, id.0, moment));
    let told = (ask.notify, remark.as_ref().map(|remark| remark.id));
    decision.changes.extend(remark.map(Change::Commented));
    tell_of_document(set, order, DocumentId::Invoice(id), told, moment, decision);
    Ok((id, after))
}

/// Counts what is invoiced: of the lines that carry money as the rows say, of the others no more than those explain.
fn count_invoiced(before: &Order, after: &mut Order, rows: &Lines, decision: &mut Decision) {
    let rows = rows.iter().filter(|(_, quantity)| *quantity > Quantity::ZERO);
    let (followers, carriers): (Vec<_>, Vec<_>) = rows
        .map(|(item, quantity)| (before.item(*item).expect("rows are lines of this order"), *quantity))
        .partition(|(item, _)| before.is_dummy_for_money(item));
    for (item, quantity) in carriers.into_iter().chain(followers) {
        let most = if before.is_dummy_for_money(item) { explained(after, item) } else { item.ordered };
        let line = after.item_mut(item.id).expect("a clone has the same lines");
        let invoiced = (line.done.invoiced + quantity).min(most).min(line.ordered - line.done.canceled);
        line.done = Done { invoiced, ..line.done };
        decision.push(Change::ItemDone { order: before.id, item: item.id, done: line.done });
    }
}

/// How many of a line that carries no money those explain that do.
pub(crate) fn explained(order: &Order, item: &Item) -> Quantity {
    match order.parent(item) {
        Some(parent) => item.selection.each(parent.done.invoiced),
        None => order.kits_begun(item.id, |done| done.invoiced),
    }
}

/// The rows of the invoice: every line that can be on it, also with none (contract section 6.1, steps 2 and 3).
fn rows(order: &Order, ask: &InvoiceOrder) -> Result<Lines, Vec<Refusal>> {
    let listed = listed_with_parts(order, ask);
    let mut rows = Vec::new();
    for item in &order.items {
        if !may_be_on_invoice(order, item, &listed) {
            continue;
        }
        let dummy = order.is_dummy_for_money(item);
        let asked = match listed.get(&item.id) {
            Some(quantity) => *quantity,
            None if dummy && item.ordered > Quantity::ZERO => item.ordered,
            None if dummy => Quantity::ONE,
            None if listed.is_empty() => order.to_invoice(item),
            None => Quantity::ZERO,
        };
        // A line that carries no money is only told along; no more of it than there is.
        let asked = if dummy { asked.min(item.ordered) } else { asked };
        let quantity = asked.truncated_unless(item.decimal).floored();
        let left = order.to_invoice(item);
        if quantity > left && !dummy {
            return Err(vec![Refusal::MoreThanLeft {
                act: Act::Invoice,
                item: item.id,
                sku: item.sku.clone(),
                name: item.name.clone(),
                asked: quantity,
                left,
            }]);
        }
        rows.push((item.id, quantity));
    }
    Ok(rows)
}

/// What was listed, and with a parent its parts that were not.
fn listed_with_parts(order: &Order, ask: &InvoiceOrder) -> BTreeMap<ItemId, Quantity> {
    // The last word on a line counts; what is not of this order is passed over.
    let mut listed: BTreeMap<ItemId, Quantity> = ask.lines.iter().copied().collect();
    for part in &order.items {
        if let Some(parent) = order.parent(part)
            && let Some(quantity) = listed.get(&parent.id).copied()
        {
            listed.entry(part.id).or_insert(match parent.kind {
                Kind::Bundle => part.selection.each(quantity),
                Kind::Simple | Kind::Virtual | Kind::Downloadable | Kind::Configurable | Kind::Grouped => quantity,
            });
        }
    }
    listed
}

fn may_be_on_invoice(order: &Order, item: &Item, listed: &BTreeMap<ItemId, Quantity>) -> bool {
    let is_wanted = |line: &Item| {
        if listed.is_empty() {
            order.to_invoice(line) > Quantity::ZERO
        } else {
            listed.get(&line.id).is_some_and(|quantity| *quantity > Quantity::ZERO)
        }
    };
    if item.locked_invoice {
        false
    } else if !order.is_dummy_for_money(item) {
        order.to_invoice(item) > Quantity::ZERO
    } else {
        match order.parent(item) {
            Some(parent) => is_wanted(parent),
            None => order.children(item.id).any(is_wanted),
        }
    }
}

/// All that stands in the way, in the order of the contract (section 6.1, "Validation").
fn refusals(order: &Order, rows: &Lines) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if rows.iter().all(|(_, quantity)| *quantity == Quantity::ZERO) {
        refusals.push(Refusal::NothingAsked(Act::Invoice));
    }
    match order.stage.state {
        State::PaymentReview | State::Holded | State::Canceled | State::Complete | State::Closed => {
            refusals.push(Refusal::OrderInState { act: Act::Invoice, status: order.stage.status_text().to_owned() })
        }
        State::New | State::PendingPayment | State::Processing if !order.can_invoice() => {
            refusals.push(Refusal::NothingLeft(Act::Invoice));
        }
        State::New | State::PendingPayment | State::Processing => {}
    }
    refusals
}

/// The invoice's amounts, and those of its lines that carry money (contract section 9.1). What a line's last
/// invoice gets is what is left, so that the invoices of an order sum to it.
fn amounts(
    order: &Order,
    account: &Account,
    rows: &Lines,
    shipping: Shipping,
) -> (Amounts, BTreeMap<ItemId, LineAmounts>) {
    let shares: Vec<Share> = rows
        .iter()
        .filter(|(_, quantity)| *quantity > Quantity::ZERO)
        .map(|(id, quantity)| (order.item(*id).expect("rows are lines of this order"), *quantity))
        .filter(|(item, _)| !order.is_dummy_for_money(item))
        .map(|(item, quantity)| {
            let line = &account.lines[&item.id];
            let rest = line.ordered - line.invoiced - line.canceled;
            Share { item: item.id, quantity, left: order.to_invoice(item), rest }
        })
        .collect();
    let parts = Roundings::of(order).lines(&shares);
    let mut amounts = of_lines(&parts);
    // The first takes all the shipping, and the next one if that was voided.
    if shipping == Shipping::WithFirst && account.invoiced.is_without_shipping() {
        amounts.discount = amounts.discount - account.ordered.shipping_discount;
        amounts.shipping_discount = account.ordered.shipping_discount;
        amounts.shipping = account.ordered.shipping;
        amounts.shipping_incl_tax = account.ordered.shipping_incl_tax;
        amounts.shipping_tax = account.ordered.shipping_tax;
        amounts.shipping_compensation = account.ordered.shipping_compensation;
        amounts.tax += account.ordered.shipping_tax;
    }
    amounts.cost = cost(order, account, rows);
    amounts.total = amounts.sum();
    (amounts, parts)
}

/// What the goods cost the seller: of a kit or configurable, what its parts do.
pub(crate) fn cost(order: &Order, account: &Account, rows: &Lines) -> Money {
    let digits = currency_digits(&order.base_currency);
    let of = |(id, quantity): &(ItemId, Quantity)| {
        let item = order.item(*id).filter(|item| !order.has_children(item))?;
        account.lines[&item.id].cost?.base.times(*quantity)
    };
    let base: Amount = rows.iter().filter_map(of).sum();
    Money { amount: Amount::ZERO, base: base.round(digits) }
}

/// Virtual and downloadable goods leave their sources with the invoice: by priority, as far as there are any
/// (contract section 10.4).
fn hand_over_virtual(set: &WorkingSet, before: &Order, after: &Order, invoice: InvoiceId, decision: &mut Decision) {
    let mut leaving = BTreeMap::new();
    for (was, is) in before.items.iter().zip(&after.items) {
        if was.tracked && was.is_virtual {
            *leaving.entry(&was.sku).or_insert(Quantity::ZERO) += before.still_to_leave(was) - after.still_to_leave(is);
        }
    }
    for (sku, wanted) in leaving {
        if wanted <= Quantity::ZERO {
            continue;
        }
        take_by_priority(set, (before, after), sku, wanted, Cause::Invoiced(invoice), decision);
    }
}

/// Takes goods that leave without a shipment, as far as there are any: what the order is no longer bound to from where it
/// was bound (invariant S4), the rest from the sources of its stock, by priority. What others are bound to stays theirs.
pub(crate) fn take_by_priority(
    set: &WorkingSet,
    (before, after): (&Order, &Order),
    sku: &Sku,
    wanted: Quantity,
    cause: Cause,
    decision: &mut Decision,
) {
    let mut taken: Vec<(SourceCode, Quantity)> = Vec::new();
    let mut rest = wanted;
    for (source, unbound) in unbound(before, after, sku) {
        let there = set.source_item(sku, &source).map_or(Quantity::ZERO, |item| item.free() + unbound);
        let part = there.floored().min(unbound).min(rest);
        rest -= part;
        taken.push((source, part));
    }
    for row in select(set, &priority_order(set.places(), before.stock), &[(sku.clone(), rest)]).rows {
        match taken.iter_mut().find(|(source, _)| *source == row.source) {
            Some((_, part)) => *part += row.deduct,
            None => taken.push((row.source, row.deduct)),
        }
    }
    for (source, quantity) in taken.into_iter().filter(|(_, quantity)| *quantity > Quantity::ZERO) {
        let item = set.source_item(sku, &source).expect("goods are taken from source items that exist");
        let movement = Movement { source, sku: item.sku.clone(), change: -quantity, cause };
        decision.push(leave(item, movement, set.product(sku)));
    }
}

/// Where an act leaves less of a sku bound to an order than there was, and how much.
fn unbound(before: &Order, after: &Order, sku: &Sku) -> Vec<(SourceCode, Quantity)> {
    if before.fulfilment.is_empty() {
        return Vec::new();
    }
    let mut after = after.clone();
    // As the act does in the end; of its rows only what they bind is looked at.
    after.fit_rows("", before.updated_at);
    let is = after.allocated();
    let of_sku = before.allocated().into_iter().filter(|((_, bound), _)| bound == sku);
    let change = of_sku.map(|(key, was)| {
        let still = is.get(&key).copied().unwrap_or(Quantity::ZERO);
        (key.0, was - still)
    });
    change.filter(|(_, change)| *change > Quantity::ZERO).collect()
}
