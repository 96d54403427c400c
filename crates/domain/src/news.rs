//! What a gateway tells us late: that money which had come has not, or that what was set aside is free again
//! (invariant M3). What becomes of an invoice that is due again stands in `due.rs`.

use crate::{
    Amount, Change, Decision, DocumentId, InvoiceState, Moment, Operation, OperationId, OperationState, Order, OrderId,
    Payment, PaymentStage, Refusal, Wish, WishKind, WorkingSet, begin, due, not_under_way, stop, tell,
};

/// What a gateway tells us of an operation that it had answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// What was done has failed after all; in the gateway's words.
    Failed { reason: String },
    /// What was set aside is free again, without our asking.
    Ended { reason: String },
}

/// Takes late news, once nothing else is under way. A capture that failed makes its invoice due again and stops the
/// order, so that nothing more leaves; a refund that failed stops it too, for a person to see to. Told twice, the
/// second changes nothing.
pub fn take(set: &WorkingSet, id: OperationId, news: &News, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    let Some(operation) = set.operation(id) else {
        return Err(vec![Refusal::NoSuchOperation(id)]);
    };
    let order = set.order(operation.order).expect("an operation is of an order");
    let payment = set.payment(operation.order).expect("an operation is of a payment");
    if operation.state != OperationState::Done {
        return Ok(Decision::new());
    }
    not_under_way(order)?;
    let kind = operation.wish.kind();
    Ok(match (news, kind) {
        (News::Ended { reason }, WishKind::Authorise) => ended(operation, order, payment, reason, moment),
        (News::Failed { reason }, WishKind::Capture) => capture_failed(set, operation, order, payment, reason, moment),
        (News::Failed { reason }, WishKind::Refund) => refund_failed(operation, order, payment, reason, moment),
        (News::Ended { .. }, WishKind::Capture | WishKind::Void | WishKind::Refund)
        | (News::Failed { .. }, WishKind::Authorise | WishKind::Void) => Decision::new(),
    })
}

fn ended(operation: &Operation, order: &Order, payment: &Payment, reason: &str, moment: &mut Moment<'_>) -> Decision {
    let mut decision = Decision::new();
    // One that was renewed ends, as it should: captures take from its successor. And one that was taken whole has ended.
    let is_in_use = operation.reference == payment.authorisation && payment.left() > Amount::ZERO;
    if is_in_use && payment.stage == PaymentStage::Authorised {
        decision.push(Change::PaymentSaved(Box::new(Payment { stage: PaymentStage::Voided, ..payment.clone() })));
        tell(order, format!("The authorization has ended at the gateway: {reason}"), moment, &mut decision);
    }
    decision
}

fn capture_failed(
    set: &WorkingSet,
    operation: &Operation,
    order: &Order,
    payment: &Payment,
    reason: &str,
    moment: &mut Moment<'_>,
) -> Decision {
    let mut decision = failed(operation, reason);
    let (captured, failed) = (payment.captured - operation.amount, payment.failed + operation.amount);
    // What an earlier authorisation had covered cannot be taken from the one that renewed it.
    let gone = if operation.of == payment.authorisation { Amount::ZERO } else { operation.amount };
    let authorised = payment.authorised - gone;
    // And its end is to be minded again.
    let payment = Payment { captured, failed, authorised, warned: false, ..payment.clone() };
    decision.push(Change::PaymentSaved(Box::new(payment)));
    let price = operation.amount.price(&order.currency);
    let text = format!("The capture of {price} has failed after all: {reason}");
    let invoice =
        operation.invoice.and_then(|id| set.invoice(id)).filter(|invoice| invoice.state == InvoiceState::Paid);
    let mut after = order.clone();
    if let Some(invoice) = invoice {
        after.paid = order.paid - invoice.amounts.total;
        after.due_again += invoice.amounts.total.amount;
        due::stand(&after, invoice.id, InvoiceState::Open, None, moment, &mut decision);
    }
    stop(&after, text, moment, &mut decision);
    decision
}

fn refund_failed(
    operation: &Operation,
    order: &Order,
    payment: &Payment,
    reason: &str,
    moment: &mut Moment<'_>,
) -> Decision {
    let mut decision = failed(operation, reason);
    let refunded = payment.refunded - operation.amount;
    decision.push(Change::PaymentSaved(Box::new(Payment { refunded, ..payment.clone() })));
    if let Some(DocumentId::CreditMemo(memo)) = operation.made {
        decision.push(Change::CreditMemoOpen { order: order.id, memo, at: moment.now });
    }
    let price = operation.amount.price(&order.currency);
    let text = format!("The refund of {price} has failed after all: {reason}. The customer has not got it.");
    stop(order, text, moment, &mut decision);
    decision
}

fn failed(operation: &Operation, reason: &str) -> Decision {
    Decision::of(Change::OperationFailed(Box::new(Operation {
        state: OperationState::Failed,
        reason: Some(reason.to_owned()),
        ..operation.clone()
    })))
}

const HOUR_MS: i64 = 3_600_000;

/// Warns, once, that what is set aside for an order will be free again soon; or has it set aside anew, where the
/// customer left a means of payment for that (invariant M4).
pub fn mind_authorisation(
    set: &WorkingSet,
    id: OrderId,
    renew: bool,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let Some(order) = set.order(id) else {
        return Err(vec![Refusal::NoSuchOrder(id)]);
    };
    not_under_way(order)?;
    let mut decision = Decision::new();
    let Some(payment) = set.payment(id).filter(|payment| payment.stage == PaymentStage::Authorised && !payment.warned)
    else {
        return Ok(decision);
    };
    decision.push(Change::PaymentSaved(Box::new(Payment { warned: true, ..payment.clone() })));
    // Of what is set aside, no more than is owed: some of it may have been paid by other means.
    let owed = order.grand_total.amount - order.paid.amount - set.account(id).canceled.total.amount;
    let left = payment.left().min(owed);
    if left <= Amount::ZERO {
        return Ok(decision);
    }
    if renew && payment.instrument.is_some() {
        begin(id, Wish::Authorise, left, None, false, moment, &mut decision);
        return Ok(decision);
    }
    let hours = payment.until.map_or(0, |until| (until.0 - moment.now.0).max(0) / HOUR_MS);
    let price = left.price(&order.currency);
    tell(order, format!("The authorization of {price} ends in {hours} hours."), moment, &mut decision);
    Ok(decision)
}
