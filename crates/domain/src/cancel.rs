//! Cancel, hold, release, and remarks on orders and documents (contract sections 3 and 5.3).

use std::collections::BTreeMap;

use crate::{
    Account, Act, Amount, Amounts, Change, CommentDraft, Decision, DocumentId, Done, Event, Hold, HoldReason, Item,
    ItemId, LineAmounts, Moment, Money, Order, OrderId, Outcome, PaymentStage, Quantity, Refusal, State, Subject, Wish,
    WorkingSet, begin, comment, conclude, currency_digits, not_under_way, nothing_due_again, order_of, split,
    tell_of_comment,
};

/// Cancels what is neither invoiced nor shipped, and gives its stock back. An order that cannot be canceled is
/// an answer, not a refusal.
pub fn cancel(set: &WorkingSet, id: OrderId, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    let order = find(set, id)?;
    if !may_cancel(order)? || !order.can_cancel() {
        return Ok(Decision::new().with(Outcome::NotPossible(Act::Cancel)));
    }
    let mut decision = Decision::new();
    let mut after = order.clone();
    let all = order.items.iter().map(|item| (item.id, order.to_cancel(item)));
    let all = all.filter(|(_, quantity)| *quantity > Quantity::ZERO).collect();
    lines(set.account(order.id), order, &mut after, &all, Shipped::Ends, &mut decision)?;
    conclude(order, &mut after, Event::OrderCanceled, moment, &mut decision);
    set_free(set, order, &after, moment, &mut decision);
    Ok(decision)
}

/// Whether an order is in a state in which something of it can be canceled; refused while its money is under way, or due
/// again.
pub(crate) fn may_cancel(order: &Order) -> Result<bool, Vec<Refusal>> {
    not_under_way(order)?;
    nothing_due_again(order)?;
    Ok(match order.stage.state {
        State::New | State::PendingPayment | State::Processing | State::Complete => true,
        State::Holded | State::PaymentReview | State::Canceled | State::Closed => false,
    })
}

/// What becomes of pieces that are shipped and not invoiced when all is canceled that can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shipped {
    /// The order ends, and with it what they cost (contract section 3, "Cancel").
    Ends,
    /// They are still to be paid, and the order goes on until then.
    StaysDue,
}

/// Cancels so many of some lines, with their money. With the last of what can be canceled goes the order-wide money, and the
/// order's state, unless something of it is still to be paid.
pub(crate) fn lines(
    account: &Account,
    order: &Order,
    after: &mut Order,
    wanted: &BTreeMap<ItemId, Quantity>,
    shipped: Shipped,
    decision: &mut Decision,
) -> Result<(), Vec<Refusal>> {
    let id = order.id;
    let mut refusals = Vec::new();
    let mut lines = Vec::new();
    for (item, canceled) in wanted.iter().filter_map(|(id, quantity)| Some((order.item(*id)?, *quantity))) {
        let left = order.to_cancel(item);
        if canceled > left {
            let (sku, name) = (item.sku.clone(), item.name.clone());
            refusals.push(Refusal::MoreThanLeft { act: Act::Cancel, item: item.id, sku, name, asked: canceled, left });
            continue;
        }
        let line = after.item_mut(item.id).expect("a clone has the same lines");
        line.done = Done { canceled: line.done.canceled + canceled, ..line.done };
        decision.push(Change::ItemDone { order: id, item: item.id, done: line.done });
        if !order.is_dummy_for_money(item) {
            let line = &account.lines[&item.id];
            let part = |component: fn(&LineAmounts) -> Money| {
                let rest = component(&line.ordered) - component(&line.invoiced) - component(&line.canceled);
                let uncanceled = order.to_invoice(item) - canceled;
                share_of(rest, canceled, uncanceled, order)
            };
            lines.push((
                item.id,
                LineAmounts {
                    row: part(|of| of.row),
                    row_incl_tax: part(|of| of.row_incl_tax),
                    tax: part(|of| of.tax),
                    discount: part(|of| of.discount),
                    compensation: part(|of| of.compensation),
                },
            ));
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let is_all =
        order.items.iter().all(|item| wanted.get(&item.id).copied().unwrap_or(Quantity::ZERO) == order.to_cancel(item));
    let is_due = after.items.iter().any(|item| !item.locked_invoice && after.to_invoice(item) > Quantity::ZERO);
    let state = state_after(order);
    let ends = match (shipped, state) {
        (_, State::Processing) | (Shipped::StaysDue, _) => is_all && !is_due,
        (Shipped::Ends, _) => is_all,
    };
    // Nothing was canceled of an order of which something was shipped, even where all of that was given back.
    let is_shipped = order.items.iter().any(|item| item.done.shipped > Quantity::ZERO);
    let stays = shipped == Shipped::StaysDue && (!ends || state == State::Canceled && is_shipped);
    if is_all && !stays {
        after.enter(state);
    }
    let (ordered, invoiced, canceled) = (&account.ordered, &account.invoiced, &account.canceled);
    let sum = |component: fn(&LineAmounts) -> Money| -> Money { lines.iter().map(|(_, line)| component(line)).sum() };
    // The order-wide amounts go with the last of it (contract section 3, "Cancel").
    let amounts = if !ends {
        Amounts {
            subtotal: sum(|of| of.row),
            tax: sum(|of| of.tax),
            discount: sum(|of| of.discount),
            total: sum(|of| of.row) + sum(|of| of.tax) + sum(|of| of.compensation) - sum(|of| of.discount),
            ..Amounts::default()
        }
    } else {
        Amounts {
            subtotal: ordered.subtotal - invoiced.subtotal - canceled.subtotal,
            tax: ordered.tax - invoiced.tax - canceled.tax,
            shipping: ordered.shipping - invoiced.shipping - canceled.shipping,
            discount: invoiced.discount - ordered.discount - canceled.discount,
            total: order.grand_total - order.paid - canceled.total,
            ..Amounts::default()
        }
    };
    decision.push(Change::CanceledAmounts { order: id, amounts, lines });
    Ok(())
}

/// Has what is set aside for an order set free, where nothing more of it will be taken.
pub(crate) fn set_free(
    set: &WorkingSet,
    before: &Order,
    after: &Order,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    let rest_is_open = after.can_invoice() || before.can_cancel() && after.can_cancel();
    if let Some(payment) = set.payment(after.id).filter(|_| !rest_is_open)
        && payment.stage == PaymentStage::Authorised
        && payment.left() > Amount::ZERO
    {
        begin(after.id, Wish::Void, payment.left(), payment.authorisation.clone(), false, moment, decision);
    }
}

/// What an order becomes when its rest is canceled: canceled, unless something of it was invoiced; and then complete,
/// unless that is still to be shipped, be it by its kit or as its parts.
fn state_after(order: &Order) -> State {
    let stays = |line: &Item| order.to_ship(line) > order.to_cancel(line);
    let mut state = State::Canceled;
    for item in order.items.iter().filter(|item| order.to_refund(item) > Quantity::ZERO) {
        if stays(item) || order.parent(item).is_some_and(stays) || order.children(item.id).any(stays) {
            return State::Processing;
        }
        state = State::Complete;
    }
    state
}

/// The part of what is left of a component that goes with `canceled` of `canceled + kept` pieces.
fn share_of(rest: Money, canceled: Quantity, kept: Quantity, order: &Order) -> Money {
    let weights = [canceled.0, kept.0];
    let part = |rest, currency: &str| split(rest, &weights, currency_digits(currency))[0];
    Money { amount: part(rest.amount, &order.currency), base: part(rest.base, &order.base_currency) }
}

/// Puts an order on hold; it remembers what it was. One that is on hold can be held for a further reason.
pub fn hold(
    set: &WorkingSet,
    id: OrderId,
    (handle, reason, note): (&str, HoldReason, Option<&str>),
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let order = find(set, id)?;
    not_under_way(order)?;
    let is_further = !handle.is_empty() && !order.stage.holds.iter().any(|hold| hold.handle == handle);
    let can_hold = order.can_hold() || (order.stage.state == State::Holded && is_further);
    if !can_hold {
        return Err(vec![Refusal::OrderInState { act: Act::Hold, status: order.stage.status_text().to_owned() }]);
    }
    let mut after = order.clone();
    after.hold(Hold { handle: handle.to_owned(), reason, note: note.map(str::to_owned), at: moment.now });
    let mut decision = Decision::new();
    conclude(order, &mut after, Event::OrderClosed, moment, &mut decision);
    Ok(decision)
}

/// Takes one hold off an order, or all of them; with the last it goes on where it was before.
pub fn release(
    set: &WorkingSet,
    id: OrderId,
    handle: Option<&str>,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let order = find(set, id)?;
    not_under_way(order)?;
    let is_there = |handle: &str| order.stage.holds.iter().any(|hold| hold.handle == handle);
    if order.stage.state != State::Holded || !handle.is_none_or(is_there) {
        return Err(vec![Refusal::OrderInState { act: Act::Release, status: order.stage.status_text().to_owned() }]);
    }
    let mut after = order.clone();
    after.stage.holds.retain(|hold| handle.is_some_and(|handle| hold.handle != handle));
    if !after.stage.holds.is_empty() {
        let mut decision = Decision::new();
        conclude(order, &mut after, Event::OrderClosed, moment, &mut decision);
        return Ok(decision);
    }
    // An order that came in on hold was nothing before: it starts.
    let (state, status) =
        after.stage.before_hold.take().unwrap_or((State::New, Some(State::New.default_status().to_owned())));
    after.stage.state = state;
    after.stage.status = status;
    let mut decision = Decision::new();
    conclude(order, &mut after, Event::OrderClosed, moment, &mut decision);
    Ok(decision)
}

/// Adds a remark to an order and sets its status; no status clears it (contract section 5.3).
pub fn comment_on_order(
    set: &WorkingSet,
    id: OrderId,
    draft: &CommentDraft,
    status: Option<&str>,
    entity: &str,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let order = find(set, id)?;
    let mut after = order.clone();
    after.stage.status = status.map(str::to_owned);
    let mut comment = comment(draft, Subject::Order, id.0, moment);
    comment.status = status.map(str::to_owned);
    comment.entity = Some(entity.to_owned());
    let outcome = Outcome::Comment(comment.id);
    let mut decision = Decision::of(Change::Commented(comment.clone())).with(outcome);
    tell_of_comment(set, order, None, &comment, moment, &mut decision);
    conclude(order, &mut after, Event::OrderClosed, moment, &mut decision);
    Ok(decision)
}

/// Adds a remark to a document.
pub fn comment_on_document(
    set: &WorkingSet,
    document: DocumentId,
    draft: &CommentDraft,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let order = order_of(set, document)?;
    let (subject, parent) = match document {
        DocumentId::Shipment(id) => (Subject::Shipment, id.0),
        DocumentId::Invoice(id) => (Subject::Invoice, id.0),
        DocumentId::CreditMemo(id) => (Subject::CreditMemo, id.0),
    };
    let comment = comment(draft, subject, parent, moment);
    let mut decision = Decision::of(Change::Commented(comment.clone())).with(Outcome::Comment(comment.id));
    if draft.notified == Some(true) {
        let order = set.order(order).expect("a document is of an order");
        tell_of_comment(set, order, Some(document), &comment, moment, &mut decision);
    }
    Ok(decision)
}

fn find(set: &WorkingSet, id: OrderId) -> Result<&Order, Vec<Refusal>> {
    set.order(id).ok_or_else(|| vec![Refusal::NoSuchOrder(id)])
}
