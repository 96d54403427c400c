//! What may have become of the moment before.

use waybill_domain::{CreditMemo, Invoice, InvoiceState, Operation, OperationState, Order, Shipment, State, Wish};

use super::check::{Checked, Seen, Wrong, hold, same};

/// Whether one operation is the other without what people said, its order having been redacted since.
fn is_redacted((before, now): (&Seen, &Seen), was: &Operation, is: &Operation) -> bool {
    let redacted = |seen: &Seen| seen.set.orders.get(&was.order).and_then(Option::as_ref)?.redacted_at;
    let without = |operation: &Operation| Operation { wish: Wish::Void, reason: None, ..operation.clone() };
    redacted(before).is_none()
        && redacted(now).is_some()
        && was.wish.kind() == is.wish.kind()
        && without(was) == without(is)
}

/// What was once true of documents stays; orders do not jump back; and while a gateway is asked about an order, nobody
/// touches it (D5, E1).
pub(super) fn kept(before: &Seen, now: &Seen) -> Checked {
    for invoice in before.invoices() {
        let of = |invoice: &Invoice| (invoice.number.clone(), invoice.amounts, invoice.lines.clone());
        let found = now.set.invoices.get(&invoice.id).and_then(Option::as_ref).map(of);
        same(Some(of(invoice)), found, "D: an invoice is never rewritten", String::new)?;
    }
    for memo in before.memos() {
        let of = |memo: &CreditMemo| (memo.number.clone(), memo.amounts, memo.adjustments, memo.lines.clone());
        let found = now.set.credit_memos.get(&memo.id).and_then(Option::as_ref).map(of);
        same(Some(of(memo)), found, "D: a credit memo is never rewritten", String::new)?;
    }
    // What is fulfilled and still here can be taken back.
    for shipment in before.shipments().filter(|shipment| shipment.deducted && shipment.left_at.is_some()) {
        let of = |shipment: &Shipment| (shipment.number.clone(), shipment.source.clone(), shipment.lines.clone());
        let found = now.set.shipments.get(&shipment.id).and_then(Option::as_ref).map(of);
        same(Some(of(shipment)), found, "D: a shipment's goods are never rewritten", String::new)?;
    }
    for operation in before.operations().filter(|operation| operation.state != OperationState::Open) {
        let found = now.set.operations.get(&operation.id).and_then(Option::as_ref);
        let has_failed = found.is_some_and(|found| {
            operation.state == OperationState::Done
                && found.state == OperationState::Failed
                && found.made == operation.made
        });
        hold(
            has_failed
                || found == Some(operation)
                || found.is_some_and(|found| is_redacted((before, now), operation, found)),
            "M5: what is settled stays settled, but for what fails late",
            || format!("{operation:?}\nthen {found:?}"),
        )?;
    }
    for was in before.orders() {
        let Some(is) = now.set.orders.get(&was.id).and_then(Option::as_ref) else {
            return Err(Wrong { expected: "D: an order stays".to_owned(), found: format!("order {} is gone", was.id) });
        };
        let (from, to) = (was.stage.state, is.stage.state);
        let is_over = matches!(from, State::Complete | State::Closed | State::Canceled);
        let voided = |invoice: &Invoice| {
            let now = now.set.invoices.get(&invoice.id).and_then(Option::as_ref).map(|found| found.state);
            invoice.state != InvoiceState::Canceled && now == Some(InvoiceState::Canceled)
        };
        let unpacked = |shipment: &Shipment| {
            let found = now.set.shipments.get(&shipment.id).and_then(Option::as_ref);
            found.is_none_or(|found| found.lines != shipment.lines)
        };
        let opens_again = before.invoices().any(|invoice| invoice.order == was.id && voided(invoice))
            || before.shipments().any(|shipment| shipment.order == was.id && unpacked(shipment));
        let may = from == to
            || (from == State::Complete && to == State::Closed)
            || (from == State::Complete && to == State::Processing && opens_again);
        hold(!is_over || may, "D5: an order that is over stays over", || {
            format!("order {}: {from:?}, then {to:?}", was.id)
        })?;
        if was.operation.is_some() && was.operation == is.operation {
            let of = |order: &Order| (order.stage.state, order.items.clone(), order.paid, order.refunded);
            same(of(was), of(is), "E1: while a gateway is asked, nothing else is done to the order", || {
                format!("order {}", was.id)
            })?;
        }
    }
    Ok(())
}
