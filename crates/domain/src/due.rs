//! Invoices that are due again, as the money that had come for them has failed: they are collected once more, or voided
//! (contract section 6.2).

use std::collections::BTreeMap;

use crate::{
    Account, Amount, Cause, Change, Decision, Done, Event, Invoice, InvoiceId, InvoiceState, LineAmounts, Moment,
    Money, Movement, Order, OrderId, Outcome, Paid, Quantity, Refusal, Shipment, Sku, State, Wish, WorkingSet, arrive,
    begin, capturable, conclude, explained, first_that_knows, not_under_way, tell,
};

/// Has a gateway collect an invoice that is due.
pub fn capture_invoice(
    set: &WorkingSet,
    order: OrderId,
    id: InvoiceId,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let (order, invoice) = find(set, order, id)?;
    if invoice.state != InvoiceState::Open {
        return Err(vec![Refusal::NothingToCapture]);
    }
    let total = invoice.amounts.total.amount;
    let payment = capturable(set, order, total, moment.now)?;
    let mut decision = Decision::new();
    let of = payment.authorisation.clone();
    let is_last = order.due_again == total && !order.items.iter().any(|item| order.to_invoice(item) > Quantity::ZERO);
    let operation = begin(order.id, Wish::Pay(id), total, of, is_last, moment, &mut decision);
    Ok(decision.with(Outcome::Awaits(operation)))
}

/// An invoice that was due is paid; the order as it is then.
pub(crate) fn pay(
    set: &WorkingSet,
    order: &Order,
    id: InvoiceId,
    transaction: &str,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) -> Result<Order, Vec<Refusal>> {
    let invoice = set.invoice(id).ok_or_else(|| vec![Refusal::NoSuchInvoice(id)])?;
    if invoice.state != InvoiceState::Open || invoice.amounts.total.amount == Amount::ZERO {
        return Err(vec![Refusal::NothingToCapture]);
    }
    let mut after = order.clone();
    after.paid += invoice.amounts.total;
    after.due_again = (after.due_again - invoice.amounts.total.amount).max(Amount::ZERO);
    stand(&after, id, InvoiceState::Paid, Some(transaction.to_owned()), moment, decision);
    conclude(order, &mut after, Event::InvoiceCreated, moment, decision);
    Ok(after)
}

/// Says where an invoice stands now, and with it what of its order is paid and due again.
pub(crate) fn stand(
    after: &Order,
    invoice: InvoiceId,
    state: InvoiceState,
    transaction: Option<String>,
    moment: &Moment<'_>,
    decision: &mut Decision,
) {
    decision.push(Change::InvoiceStands { order: after.id, invoice, state, transaction, at: moment.now });
    decision.push(Change::Paid { order: after.id, paid: after.paid, due_again: after.due_again });
}

/// Takes back an invoice whose money has failed: what it covered can be invoiced anew, or canceled. No gateway is
/// asked, as none has anything for it. Where its money was given back already, it stays due.
pub fn void_invoice(
    set: &WorkingSet,
    order: OrderId,
    id: InvoiceId,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let (order, invoice) = find(set, order, id)?;
    if invoice.state != InvoiceState::Open {
        return Err(vec![Refusal::NothingToVoid]);
    }
    let mut decision = Decision::new();
    let mut after = order.clone();
    let mut account = set.account(order.id).clone();
    uncount(&mut after, &mut account, invoice, &mut decision);
    if !covers_refunds(&after, &account) {
        return Err(vec![Refusal::NothingToVoid]);
    }
    after.due_again = (order.due_again - invoice.amounts.total.amount).max(Amount::ZERO);
    stand(&after, id, InvoiceState::Canceled, None, moment, &mut decision);
    unpay(set, order, id, moment, &mut decision);
    // What is on hold stays so until somebody releases it.
    if after.stage.state == State::Complete {
        after.enter(State::Processing);
    }
    take_back_virtual(set, order, &after, id, &mut decision);
    let text = format!("Invoice #{} was voided, as its money has not come.", invoice.number);
    tell(&after, text, moment, &mut decision);
    conclude(order, &mut after, Event::InvoiceCreated, moment, &mut decision);
    Ok(decision)
}

/// What it paid for and is still here has to be paid anew.
fn unpay(set: &WorkingSet, order: &Order, invoice: InvoiceId, moment: &Moment<'_>, decision: &mut Decision) {
    let here = order.packed_shipments();
    for found in here.iter().filter_map(|id| set.shipment(*id)).filter(|found| found.paid == Paid::By(invoice)) {
        let saved = Shipment { paid: Paid::No, updated_at: moment.now, ..found.clone() };
        decision.push(Change::ShipmentSaved { shipment: Box::new(saved), gone: Vec::new() });
    }
}

/// Takes an invoice out of what its order and account count as invoiced: of the lines that carry money what it says, of
/// the others what those no longer explain.
fn uncount(order: &mut Order, account: &mut Account, invoice: &Invoice, decision: &mut Decision) {
    let (carriers, followers): (Vec<_>, Vec<_>) = invoice.lines.iter().partition(|line| line.amounts.is_some());
    for line in carriers.iter().chain(&followers) {
        let item = order.item(line.item).expect("an invoice's lines are of its order");
        let invoiced = match line.amounts {
            Some(_) => item.done.invoiced - line.quantity,
            None => item.done.invoiced.min(explained(order, item)),
        };
        let done = Done { invoiced, ..item.done };
        decision.push(Change::ItemDone { order: order.id, item: item.id, done });
        order.item_mut(line.item).expect("it was found").done = done;
    }
    let amounts = -invoice.amounts;
    let lines: Vec<_> = carriers.iter().filter_map(|line| Some((line.item, -line.amounts?))).collect();
    account.invoiced.add(&amounts);
    for (item, amounts) in &lines {
        account.lines.get_mut(item).expect("each line has an account").invoiced.add(amounts);
    }
    decision.push(Change::Invoiced { order: order.id, amounts, lines });
}

/// Virtual and downloadable goods left with the invoice; they are held for the order again.
fn take_back_virtual(set: &WorkingSet, before: &Order, after: &Order, invoice: InvoiceId, decision: &mut Decision) {
    let before = Order { stage: after.stage.clone(), ..before.clone() };
    let mut back: BTreeMap<&Sku, Quantity> = BTreeMap::new();
    for (was, is) in before.items.iter().zip(&after.items).filter(|(was, _)| was.tracked && was.is_virtual) {
        let open_again = after.still_to_leave(is) - before.still_to_leave(was);
        *back.entry(&was.sku).or_insert(Quantity::ZERO) += open_again;
    }
    for (sku, quantity) in back {
        if let Some(item) = first_that_knows(set, before.stock, sku).filter(|_| quantity > Quantity::ZERO) {
            let cause = Cause::Invoiced(invoice);
            let movement = Movement { source: item.source.clone(), sku: item.sku.clone(), change: quantity, cause };
            decision.push(arrive(item, movement, set.product(sku)));
        }
    }
}

/// Whether what is still invoiced and paid covers all that was given back.
fn covers_refunds(order: &Order, account: &Account) -> bool {
    let line = |of: &LineAmounts| [of.row, of.row_incl_tax, of.tax, of.discount, of.compensation];
    order.items.iter().all(|item| item.done.refunded <= item.done.invoiced)
        && account.lines.values().all(|of| covers(line(&of.invoiced), line(&of.refunded)))
        && covers(account.invoiced.shipping_parts(), account.refunded.shipping_parts())
        && covers([order.paid], [order.refunded])
}

fn covers<const N: usize>(wholes: [Money; N], parts: [Money; N]) -> bool {
    wholes.iter().zip(parts).all(|(whole, part)| part.amount <= whole.amount && part.base <= whole.base)
}

/// The order and its invoice, if nothing of the order is under way.
fn find(set: &WorkingSet, order: OrderId, id: InvoiceId) -> Result<(&Order, &Invoice), Vec<Refusal>> {
    let Some(order) = set.order(order) else {
        return Err(vec![Refusal::NoSuchOrder(order)]);
    };
    let Some(invoice) = set.invoice(id).filter(|invoice| invoice.order == order.id) else {
        return Err(vec![Refusal::NoSuchInvoice(id)]);
    };
    not_under_way(order)?;
    Ok((order, invoice))
}
