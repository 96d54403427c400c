//! The decision that gives money back (contract section 8), in full or in part; `refund/amounts.rs` says how much,
//! `refund/goods.rs` what becomes of the goods.

mod amounts;
mod goods;

use std::collections::BTreeMap;

use crate::{
    Act, Amount, Change, Comment, CommentDraft, CreditMemo, CreditMemoId, CreditMemoLine, CreditMemoLineId,
    CreditMemoState, Credited, Decision, Document, DocumentId, Done, Event, IdKind, Invoice, InvoiceId, InvoiceState,
    Item, ItemId, LineAmounts, Lines, Method, Moment, Money, Notify, Order, OrderId, Outcome, Progress, Quantity,
    Refusal, State, Subject, Wish, WorkingSet, begin, comment, conclude, not_under_way, number, tell_of_document,
};

pub use goods::Departed;
pub(crate) use goods::first_that_knows;

/// "Give money back for this order."
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefundOrder {
    pub order: OrderId,
    /// Only what this invoice of the order took.
    pub invoice: Option<InvoiceId>,
    /// Empty: all that is left.
    pub lines: Lines,
    /// Whether the gateway is to give the money back; otherwise somebody did it by other means.
    pub online: bool,
    /// How much of the shipping, without tax, in the base currency; all that is left unless given.
    pub shipping: Option<Amount>,
    /// What is given beyond goods and shipping, in the base currency.
    pub adjustment_positive: Amount,
    /// What is kept back, in the base currency.
    pub adjustment_negative: Amount,
    /// Lines whose goods come back, or need not leave.
    pub return_to_stock: Vec<ItemId>,
    /// What the client takes it to be all in all, in the base currency: another total is refused.
    pub total: Option<Amount>,
    pub comment: Option<CommentDraft>,
    pub notify: Notify,
}

/// The invoice that is taken back, and what earlier credit memos took back of it.
#[derive(Clone, Copy)]
struct Of<'a> {
    invoice: &'a Invoice,
    credited: &'a Credited,
}

/// Makes a credit memo of what is still to be refunded. Where a gateway is to give the money back, it is asked first.
pub fn refund(set: &WorkingSet, ask: &RefundOrder, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    let Some(order) = set.order(ask.order) else {
        return Err(vec![Refusal::NoSuchOrder(ask.order)]);
    };
    not_under_way(order)?;
    let Draft { of, amounts, .. } = draft(set, order, ask)?;
    let mut decision = Decision::new();
    let total = amounts.amounts.total.amount;
    if ask.online && total > Amount::ZERO {
        let Some(capture) = of.and_then(|of| of.invoice.transaction.clone()) else {
            return Err(vec![Refusal::NotCaptured]);
        };
        let id = begin(order.id, Wish::Refund(ask.clone()), total, Some(capture), false, moment, &mut decision);
        return Ok(decision.with(Outcome::Awaits(id)));
    }
    let id = make(set, order, ask, moment, &mut decision)?;
    Ok(decision.with(Outcome::CreditMemo(id)))
}

/// What a credit memo would say, if nothing stands in the way of it.
struct Draft<'a> {
    of: Option<Of<'a>>,
    rows: Lines,
    amounts: amounts::MemoAmounts,
}

fn draft<'a>(set: &'a WorkingSet, order: &Order, ask: &RefundOrder) -> Result<Draft<'a>, Vec<Refusal>> {
    let of = match ask.invoice {
        None => None,
        Some(id) => match set.invoice(id).filter(|invoice| invoice.order == order.id) {
            Some(invoice) => Some(Of { invoice, credited: set.credited(id) }),
            None => return Err(vec![Refusal::NoSuchInvoice(id)]),
        },
    };
    let account = set.account(order.id);
    let rows = rows(order, of, ask)?;
    let most = most(set, order, of, ask);
    let amounts = amounts::of(order, account, of, &rows, most, ask)?;
    let refusals = refusals(set, order, of, &rows, (amounts.amounts.total, most), ask);
    if refusals.is_empty() { Ok(Draft { of, rows, amounts }) } else { Err(refusals) }
}

/// What can be given back at the most: what is paid and was not given back yet. A gateway gives back what it took for
/// this invoice, whatever else was paid for the order.
fn most(set: &WorkingSet, order: &Order, of: Option<Of<'_>>, ask: &RefundOrder) -> Money {
    let left = order.paid - order.refunded;
    let Some(of) = of.filter(|_| ask.online) else {
        return left;
    };
    let mut most = left.min(of.invoice.amounts.total - of.credited.total);
    if of.invoice.transaction.is_some()
        && let Some(payment) = set.payment(order.id)
    {
        most.amount = most.amount.min(payment.captured - payment.refunded);
    }
    most
}

/// Makes the credit memo, brings the goods back where they came from or frees what was never sent, and moves the order
/// on.
pub(crate) fn make(
    set: &WorkingSet,
    order: &Order,
    ask: &RefundOrder,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) -> Result<CreditMemoId, Vec<Refusal>> {
    let Draft { of, rows, amounts } = draft(set, order, ask)?;
    let id = CreditMemoId(moment.draw(IdKind::CreditMemo));
    let mut after = order.clone();
    count_refunded(order, &mut after, &rows, decision);
    goods::settle(set, order, &after, ask, id, moment, decision);
    after.refunded += amounts.amounts.total;
    after.kept_back += amounts.adjustments.negative.amount;
    let state = after.resolve(Progress::Unmade);
    if state != after.stage.state || of.is_some() {
        after.enter(state);
    }
    decision.push(Change::Refunded {
        order: order.id,
        refunded: after.refunded,
        kept_back: after.kept_back,
        amounts: amounts.amounts,
        lines: amounts.lines.iter().map(|(item, amounts)| (*item, *amounts)).collect(),
    });
    let told = Comment {
        status: after.stage.status.clone(),
        entity: Some("order".to_owned()),
        ..comment(&told(order, ask, amounts.amounts.total), Subject::Order, order.id.0, moment)
    };
    decision.push(Change::Commented(told));
    conclude(order, &mut after, Event::CreditMemoCreated, moment, decision);

    let memo = CreditMemo {
        id,
        order: order.id,
        invoice: ask.invoice,
        store: order.store,
        number: number(set, order.store, Document::CreditMemo, decision),
        state: CreditMemoState::Refunded,
        online: ask.online,
        amounts: amounts.amounts,
        adjustments: amounts.adjustments,
        total: rows.iter().map(|(_, quantity)| *quantity).sum(),
        lines: rows
            .iter()
            .filter(|(_, quantity)| *quantity > Quantity::ZERO)
            .map(|(item, quantity)| CreditMemoLine {
                id: CreditMemoLineId(moment.draw(IdKind::CreditMemoLine)),
                item: *item,
                quantity: *quantity,
                amounts: amounts.lines.get(item).copied(),
            })
            .collect(),
        created_at: moment.now,
        updated_at: moment.now,
    };
    decision.push(Change::CreditMemoMade(Box::new(memo)));
    let remark = ask.comment.as_ref().map(|draft| comment(draft, Subject::CreditMemo, id.0, moment));
    let told = (ask.notify, remark.as_ref().map(|remark| remark.id));
    decision.changes.extend(remark.map(Change::Commented));
    tell_of_document(set, order, DocumentId::CreditMemo(id), told, moment, decision);
    Ok(id)
}

/// What the order's history says of it (contract section 8.1).
fn told(order: &Order, ask: &RefundOrder, total: Money) -> CommentDraft {
    let how = if ask.online { "online" } else { "offline" };
    CommentDraft {
        text: Some(format!("We refunded {} {how}.", total.base.price(&order.base_currency))),
        notified: Some(false),
        visible_on_front: false,
    }
}

/// The rows of the credit memo: every line that can be on it, also with none (contract section 8.1, step 1).
fn rows(order: &Order, of: Option<Of<'_>>, ask: &RefundOrder) -> Result<Lines, Vec<Refusal>> {
    // The last word on a line counts.
    let listed: BTreeMap<ItemId, Quantity> =
        ask.lines.iter().map(|(item, quantity)| (*item, quantity.floored())).collect();
    let invalid = |item: &Item, asked: Quantity| {
        let left = order.to_refund(item);
        let (sku, name) = (item.sku.clone(), item.name.clone());
        vec![Refusal::MoreThanLeft { act: Act::Refund, item: item.id, sku, name, asked, left }]
    };
    for (item, asked) in ask.lines.iter().filter(|(_, asked)| *asked < Quantity::ZERO) {
        if let Some(item) = order.item(*item) {
            return Err(invalid(item, *asked));
        }
    }
    let mut rows = Vec::new();
    for item in order.items.iter().filter(|item| of.is_none_or(|of| of.quantity(item.id) > Quantity::ZERO)) {
        let quantity = if order.is_dummy_for_money(item) {
            match follows(order, item, &listed) {
                Some(quantity) => quantity.min(item.done.invoiced),
                None => continue,
            }
        } else {
            let asked = match listed.get(&item.id) {
                Some(quantity) => *quantity,
                None if listed.is_empty() => order.to_refund(item),
                None => Quantity::ZERO,
            };
            // Of an invoice no more than it has, and that is an answer (contract section 8.2).
            of.map_or(asked, |of| asked.min(of.left(item.id)))
        };
        if quantity > order.to_refund(item) && !order.is_dummy_for_money(item) {
            return Err(invalid(item, quantity));
        }
        rows.push((item.id, quantity));
    }
    Ok(rows)
}

impl Of<'_> {
    /// How many of a line the invoice has.
    fn quantity(&self, item: ItemId) -> Quantity {
        self.invoice.lines.iter().filter(|line| line.item == item).map(|line| line.quantity).sum()
    }

    /// How many of those were not taken back yet.
    fn left(&self, item: ItemId) -> Quantity {
        let credited = self.credited.lines.get(&item).map_or(Quantity::ZERO, |(credited, _)| *credited);
        (self.quantity(item) - credited).floored()
    }

    /// What those are worth.
    fn worth(&self, item: ItemId) -> LineAmounts {
        let lines = self.invoice.lines.iter().filter(|line| line.item == item);
        let mut worth = LineAmounts::default();
        for amounts in lines.filter_map(|line| line.amounts.as_ref()) {
            worth.add(amounts);
        }
        worth - self.credited.lines.get(&item).map(|(_, credited)| *credited).unwrap_or_default()
    }
}

/// How many of a line that carries no money are told along; `None` when it is not on the memo.
fn follows(order: &Order, item: &Item, listed: &BTreeMap<ItemId, Quantity>) -> Option<Quantity> {
    let listed_of = |item: ItemId| listed.get(&item).copied().unwrap_or(Quantity::ZERO);
    match order.parent(item) {
        Some(parent) => {
            let kits = if listed.is_empty() { order.to_refund(parent) } else { listed_of(parent.id) };
            (kits > Quantity::ZERO).then(|| item.selection.each(kits))
        }
        None => {
            let nothing_listed = listed.values().all(|quantity| *quantity == Quantity::ZERO);
            let is_wanted = |part: &Item| {
                if nothing_listed {
                    order.to_refund(part) > Quantity::ZERO
                } else {
                    listed_of(part.id) > Quantity::ZERO
                }
            };
            order.children(item.id).any(is_wanted).then_some(item.done.invoiced)
        }
    }
}

/// Counts what is refunded: of the lines that carry money as the rows say, of the others no more than those explain.
fn count_refunded(before: &Order, after: &mut Order, rows: &Lines, decision: &mut Decision) {
    let rows = rows.iter().filter(|(_, quantity)| *quantity > Quantity::ZERO);
    let (followers, carriers): (Vec<_>, Vec<_>) = rows
        .map(|(item, quantity)| (before.item(*item).expect("rows are lines of this order"), *quantity))
        .partition(|(item, _)| before.is_dummy_for_money(item));
    for (item, quantity) in carriers.into_iter().chain(followers) {
        let most = if !before.is_dummy_for_money(item) {
            item.done.invoiced
        } else if let Some(parent) = after.parent(item) {
            item.selection.each(parent.done.refunded)
        } else {
            after.kits_ended(item.id, |done| done.refunded)
        };
        let line = after.item_mut(item.id).expect("a clone has the same lines");
        let refunded = (line.done.refunded + quantity).min(most).min(line.done.invoiced);
        let added = refunded - line.done.refunded;
        line.done = Done { refunded, ..line.done };
        if !before.is_dummy_for_shipping(item) && !item.is_virtual {
            line.done.unsent += unsent_of(before, item, added).min(before.to_ship(item));
        }
        decision.push(Change::ItemDone { order: before.id, item: item.id, done: line.done });
    }
}

/// How many of those that are refunded have not been sent: what was sent is given back first.
fn unsent_of(order: &Order, item: &Item, added: Quantity) -> Quantity {
    // What lies in a shipment that is still here was not sent.
    let sent = item.done.shipped - order.packed(item.id);
    let sent_and_kept = sent - (item.done.refunded - item.done.unsent);
    (added - sent_and_kept.floored()).floored()
}

/// All that stands in the way, in the order of the contract (section 8.1, "Validation").
fn refusals(
    set: &WorkingSet,
    order: &Order,
    of: Option<Of<'_>>,
    rows: &Lines,
    (total, most): (Money, Money),
    ask: &RefundOrder,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    match order.stage.state {
        State::PaymentReview | State::Holded | State::Canceled | State::Closed => {
            refusals.push(Refusal::OrderInState { act: Act::Refund, status: order.stage.status_text().to_owned() });
        }
        State::New | State::PendingPayment | State::Processing | State::Complete => {
            let (paid, refunded) = (order.paid.amount, order.refunded.amount);
            if refunded != Amount::ZERO && refunded >= paid {
                refusals.push(Refusal::NothingLeft(Act::Refund));
            }
        }
    }
    for (id, quantity) in rows {
        let item = order.item(*id).expect("rows are lines of this order");
        if quantity.has_fraction() && !item.decimal && !order.is_dummy_for_money(item) {
            refusals.push(Refusal::NotWholeToRefund { sku: item.sku.clone() });
        }
    }
    if total.base.0 < 0 || total.amount.0 < 0 {
        refusals.push(Refusal::NegativeTotal);
    }
    if total.base > most.base || total.amount > most.amount {
        refusals.push(if total.base > most.base {
            Refusal::MoreThanPaid { left: most.base.max(Amount::ZERO), currency: order.base_currency.clone() }
        } else {
            Refusal::MoreThanPaid { left: most.amount.max(Amount::ZERO), currency: order.currency.clone() }
        });
    }
    if let Some(sent) = ask.total.filter(|sent| *sent != total.base) {
        refusals.push(Refusal::Contradiction { field: "base_grand_total", sku: None, sent, computed: total.base });
    }
    if of.is_some_and(|of| !of.can_be_refunded(order)) {
        refusals.push(Refusal::InvoiceNotRefundable);
    }
    for (id, quantity) in &ask.lines {
        match order.item(*id) {
            // A request for money alone names no line.
            None if id.0 == 0 && ask.lines.len() == 1 => {}
            None => refusals.push(Refusal::NotOfOrder { act: Act::Refund, item: *id }),
            Some(item) if order.is_dummy_for_money(item) => {
                refusals.push(Refusal::CarriesNoMoney { sku: item.sku.clone() });
            }
            Some(item) if of.is_some() && *quantity > order.to_refund(item) => {
                refusals.push(Refusal::MoreThanUnrefunded { sku: item.sku.clone() });
            }
            Some(_) => {}
        }
    }
    refusals.extend(unreturnable(set, order, rows, ask));
    refusals
}

impl Of<'_> {
    /// Whether the invoice was paid, something of it is left, and its method can give back (contract section 8.2).
    fn can_be_refunded(&self, order: &Order) -> bool {
        let can_give_back = match order.method.as_deref() {
            Some("free") => true,
            Some(method) => matches!(Method::of(method), Method::Gateway(_)),
            None => false,
        };
        let (total, credited) = (self.invoice.amounts.total, self.credited.total);
        let is_left = credited.amount < total.amount || credited.base < total.base || total.is_zero();
        self.invoice.state == InvoiceState::Paid && is_left && can_give_back
    }
}

/// The first line whose goods cannot come back, as it is not on the memo (contract section 8.1, step 5).
fn unreturnable(set: &WorkingSet, order: &Order, rows: &Lines, ask: &RefundOrder) -> Option<Refusal> {
    let of_memo = |id: ItemId| rows.iter().any(|(item, _)| *item == id);
    let item = ask.return_to_stock.iter().copied().find(|id| !of_memo(*id))?;
    let sku = order.item(item).map(|item| &item.sku).or_else(|| set.sku_of_item(item));
    Some(match sku {
        Some(sku) => Refusal::NotOnMemo { sku: sku.clone() },
        None => Refusal::NotOnAnyOrder { item },
    })
}
