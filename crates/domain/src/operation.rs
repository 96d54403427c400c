//! Money first: an act that needs a gateway is written down as an operation, and decided when the gateway has answered
//! (design, "Money first"; invariants M1 to M5, E1).
//!
//! Between the two nothing else is done to the order's goods or money, so what is decided in the end is what was
//! promised in the beginning.

use crate::{
    Amount, Cause, Change, Comment, CommentDraft, Decision, DocumentId, ErrandId, Event, GatewayAnswer, Hold,
    HoldReason, IdKind, InvoiceId, Method, Moment, Movement, Operation, OperationId, OperationState, Order, OrderId,
    Outcome, Payment, PaymentStage, Quantity, Receipt, Refusal, ShipmentId, Sku, SourceCode, State, Subject, Timestamp,
    Wish, WishKind, WorkingSet, arrive, arrive_at, comment, complete, conclude, due, invoice, note, refund, ship,
};

/// Refuses what would cross an operation of the order that is under way.
pub(crate) fn not_under_way(order: &Order) -> Result<(), Vec<Refusal>> {
    match order.operation {
        None => Ok(()),
        Some(operation) => Err(vec![Refusal::PaymentUnderWay { order: order.id, operation }]),
    }
}

/// Refuses what would go on as if all that is invoiced were paid (invariant M3).
pub(crate) fn nothing_due_again(order: &Order) -> Result<(), Vec<Refusal>> {
    if order.due_again > Amount::ZERO {
        return Err(vec![Refusal::DueAgain { due: order.due_again, currency: order.currency.clone() }]);
    }
    Ok(())
}

/// Refuses to collect money that comes through a system which we know nothing of.
pub(crate) fn not_elsewhere(order: &Order) -> Result<(), Vec<Refusal>> {
    if order.method.as_deref().map(Method::of) == Some(Method::Elsewhere) {
        return Err(vec![Refusal::PaymentMethod { method: order.method.clone() }]);
    }
    Ok(())
}

/// The order's payment, if so much can be taken from it now (invariant M4).
pub(crate) fn capturable<'a>(
    set: &'a WorkingSet,
    order: &Order,
    amount: Amount,
    now: Timestamp,
) -> Result<&'a Payment, Vec<Refusal>> {
    let Some(payment) = set.payment(order.id) else {
        return Err(vec![Refusal::PaymentMethod { method: order.method.clone() }]);
    };
    let refusal = match payment.stage {
        PaymentStage::Open | PaymentStage::Declined | PaymentStage::Voided => {
            Refusal::NotAuthorised { stage: payment.stage }
        }
        PaymentStage::Authorised => match payment.until {
            Some(until) if until <= now => Refusal::AuthorisationEnded { at: until },
            Some(_) | None if amount > payment.left() => {
                Refusal::MoreThanAuthorised { left: payment.left(), asked: amount, currency: order.currency.clone() }
            }
            Some(_) | None => return Ok(payment),
        },
    };
    Err(vec![refusal])
}

/// Writes down what is to be asked of the gateway.
pub(crate) fn begin(
    order: OrderId,
    wish: Wish,
    amount: Amount,
    of: Option<String>,
    last: bool,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) -> OperationId {
    let id = OperationId(moment.draw(IdKind::Operation));
    decision.push(Change::OperationBegun(Box::new(Operation {
        id,
        order,
        errand: ErrandId(moment.draw(IdKind::Errand)),
        wish,
        amount,
        of,
        last,
        state: OperationState::Open,
        reference: None,
        made: None,
        invoice: None,
        reason: None,
        created_at: moment.now,
        settled_at: None,
    })));
    id
}

/// Decides what follows from a gateway's answer. Asked twice, the second changes nothing and says what came of the
/// first; no answer is no news (invariant E1).
pub fn settle(
    set: &WorkingSet,
    id: OperationId,
    answer: &GatewayAnswer,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let Some(operation) = set.operation(id) else {
        return Err(vec![Refusal::NoSuchOperation(id)]);
    };
    if operation.state != OperationState::Open {
        return Ok(Decision::new().with(operation.outcome()));
    }
    let order = set.order(operation.order).expect("an operation is of an order");
    let payment = set.payment(operation.order).expect("an operation is of a payment");
    match answer {
        GatewayAnswer::Unknown { .. } => Ok(Decision::new().with(operation.outcome())),
        GatewayAnswer::Done(receipt) => done(set, operation, order, payment, receipt, moment),
        GatewayAnswer::Refused { reason } => Ok(refused(set, operation, order, payment, reason, moment)),
    }
}

fn done(
    set: &WorkingSet,
    operation: &Operation,
    order: &Order,
    payment: &Payment,
    receipt: &Receipt,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    // What the order is once the operation is no longer in its way.
    let before = Order { operation: None, ..order.clone() };
    let payment = Change::PaymentSaved(Box::new(with(payment, operation.wish.kind(), receipt)));
    let is_other = operation.moves_money() && receipt.amount != operation.amount;
    let mut decision = Decision::new();
    let (made, invoice) = match carry_out(set, operation, &before, receipt, moment, &mut decision) {
        Ok(made) if !is_other => {
            decision.push(payment);
            made
        }
        // The order was kept for this, so it cannot be; but money that has moved is never forgotten.
        other => {
            decision = Decision::of(payment);
            goods_back(set, operation, order, moment, &mut decision);
            let why = match other {
                Ok(_) => format!("{} was asked for", operation.amount.price(&order.currency)),
                Err(refusals) => format!("its document cannot be made: {refusals:?}"),
            };
            let (price, reference) = (receipt.amount.price(&order.currency), &receipt.reference);
            let text = format!("{price} moved at the gateway (transaction \"{reference}\"), but {why}");
            stop(&before, text, moment, &mut decision);
            (None, None)
        }
    };
    let settled = Operation {
        state: OperationState::Done,
        amount: if operation.moves_money() { receipt.amount } else { operation.amount },
        reference: Some(receipt.reference.clone()),
        made,
        invoice,
        settled_at: Some(moment.now),
        ..operation.clone()
    };
    let outcome = settled.outcome();
    decision.push(Change::OperationSettled(Box::new(settled)));
    Ok(decision.with(outcome))
}

/// The payment with what has come of an operation.
fn with(payment: &Payment, kind: WishKind, receipt: &Receipt) -> Payment {
    let mut payment = payment.clone();
    match kind {
        WishKind::Authorise => {
            payment.stage = PaymentStage::Authorised;
            payment.authorisation = Some(receipt.reference.clone());
            // What was captured of an earlier authorisation stays captured.
            payment.authorised = payment.captured + receipt.amount;
            payment.until = receipt.until;
            payment.warned = false;
        }
        WishKind::Capture => payment.captured += receipt.amount,
        WishKind::Void => payment.stage = PaymentStage::Voided,
        WishKind::Refund => payment.refunded += receipt.amount,
    }
    payment
}

/// Makes what has waited for the gateway, and tells of it: the document, and the invoice whose money it was.
fn carry_out(
    set: &WorkingSet,
    operation: &Operation,
    before: &Order,
    receipt: &Receipt,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) -> Result<(Option<DocumentId>, Option<InvoiceId>), Vec<Refusal>> {
    let (price, reference) = (receipt.amount.price(&before.currency), &receipt.reference);
    match &operation.wish {
        Wish::Authorise => {
            let text = format!("Authorized amount of {price}. Transaction ID: \"{reference}\"");
            tell(before, text, moment, decision);
            Ok((None, None))
        }
        Wish::Void => {
            tell(before, format!("Voided authorization. Transaction ID: \"{reference}\""), moment, decision);
            Ok((None, None))
        }
        Wish::Invoice(ask) => {
            let (id, after) = invoice::make(set, before, ask, Some(reference), moment, decision)?;
            captured(&after, &price, reference, moment, decision);
            Ok((Some(DocumentId::Invoice(id)), Some(id)))
        }
        Wish::Pay(id) => {
            let after = due::pay(set, before, *id, reference, moment, decision)?;
            captured(&after, &price, reference, moment, decision);
            Ok((Some(DocumentId::Invoice(*id)), Some(*id)))
        }
        Wish::Ship { ask, source, shipment, before: _ } => {
            let (id, after) = ship::make_paid(set, before, ask, (*shipment, source), reference, moment, decision)?;
            captured(&after, &price, reference, moment, decision);
            Ok((Some(DocumentId::Shipment(*shipment)), Some(id)))
        }
        Wish::Complete(ask) => {
            let (id, after) = complete::make_paid(set, before, ask, reference, moment, decision)?;
            captured(&after, &price, reference, moment, decision);
            Ok((Some(DocumentId::Shipment(ask.shipment)), Some(id)))
        }
        Wish::Refund(ask) => {
            let id = refund::make(set, before, ask, moment, decision)?;
            Ok((Some(DocumentId::CreditMemo(id)), None))
        }
    }
}

fn captured(order: &Order, price: &str, reference: &str, moment: &mut Moment<'_>, decision: &mut Decision) {
    tell(order, format!("Captured amount of {price} online. Transaction ID: \"{reference}\""), moment, decision);
}

/// Nothing was done at the gateway: what was kept ready for it goes back.
fn refused(
    set: &WorkingSet,
    operation: &Operation,
    order: &Order,
    payment: &Payment,
    reason: &str,
    moment: &mut Moment<'_>,
) -> Decision {
    let mut decision = Decision::new();
    let price = operation.amount.price(&order.currency);
    let before = Order { operation: None, ..order.clone() };
    match &operation.wish {
        // What is set aside already stays so until it ends.
        Wish::Authorise if payment.stage == PaymentStage::Authorised => {
            tell(&before, format!("The authorization could not be renewed: {reason}"), moment, &mut decision);
        }
        Wish::Authorise => {
            decision.push(Change::PaymentSaved(Box::new(Payment { stage: PaymentStage::Declined, ..payment.clone() })));
            stop(&before, format!("The authorization of {price} was declined: {reason}"), moment, &mut decision);
        }
        Wish::Void => tell(&before, format!("The authorization could not be voided: {reason}"), moment, &mut decision),
        Wish::Invoice(_) | Wish::Pay(_) => tell(&before, declined(&price, reason), moment, &mut decision),
        Wish::Ship { .. } | Wish::Complete(_) => {
            goods_back(set, operation, order, moment, &mut decision);
            tell(&before, declined(&price, reason), moment, &mut decision);
        }
        Wish::Refund(_) => {
            tell(&before, format!("The refund of {price} was declined: {reason}"), moment, &mut decision)
        }
    }
    let settled = Operation {
        state: OperationState::Refused,
        reason: Some(reason.to_owned()),
        settled_at: Some(moment.now),
        ..operation.clone()
    };
    decision.push(Change::OperationSettled(Box::new(settled)));
    decision.with(Outcome::Declined(operation.id))
}

fn declined(price: &str, reason: &str) -> String {
    format!("The capture of {price} was declined: {reason}")
}

/// Puts goods back that lay ready for a shipment, where there are any, and takes back what was bound for it. Nobody has
/// done anything else to the order's rows meanwhile.
fn goods_back(
    set: &WorkingSet,
    operation: &Operation,
    order: &Order,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    let (shipment, source, goods) = match &operation.wish {
        Wish::Ship { ask, source, shipment, before } => {
            if let Some(before) = before {
                let mut unbound = Order { fulfilment: before.clone(), ..order.clone() };
                note(order, &mut unbound, moment, decision);
            }
            (*shipment, source, ship::goods_ready(order, ask))
        }
        Wish::Complete(ask) => {
            let found = set.shipment(ask.shipment).expect("a shipment is kept while it is being paid");
            (found.id, &found.source, complete::goods_ready(order, found, ask))
        }
        Wish::Authorise | Wish::Void | Wish::Invoice(_) | Wish::Pay(_) | Wish::Refund(_) => return,
    };
    bring_back(set, &goods, source, shipment, moment, decision);
}

/// Puts the goods of a shipment back where they came from.
pub(crate) fn bring_back(
    set: &WorkingSet,
    goods: &[(Sku, Quantity)],
    source: &SourceCode,
    shipment: ShipmentId,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    for (sku, change) in goods {
        let there = arrive_at(set, sku, source, moment, decision);
        let cause = Cause::NotShipped(shipment);
        let movement = Movement { source: source.clone(), sku: there.sku.clone(), change: *change, cause };
        decision.push(arrive(&there, movement, set.product(sku)));
    }
}

/// Adds to the order's history what happened at the gateway.
pub(crate) fn tell(order: &Order, text: String, moment: &mut Moment<'_>, decision: &mut Decision) {
    let draft = CommentDraft { text: Some(text), notified: Some(false), visible_on_front: false };
    let told = comment(&draft, Subject::Order, order.id.0, moment);
    decision.push(Change::Commented(Comment {
        status: order.stage.status.clone(),
        entity: Some("order".to_owned()),
        ..told
    }));
}

/// Stops the order until somebody has looked at its payment, and says why.
pub(crate) fn stop(order: &Order, text: String, moment: &mut Moment<'_>, decision: &mut Decision) {
    let mut after = order.clone();
    let handle = "payment";
    let is_held = order.stage.state == State::Holded;
    if order.can_hold() || (is_held && !order.stage.holds.iter().any(|hold| hold.handle == handle)) {
        let (reason, note) = (HoldReason::AwaitingPayment, Some(text.clone()));
        after.hold(Hold { handle: handle.to_owned(), reason, note, at: moment.now });
    }
    tell(&after, text, moment, decision);
    conclude(order, &mut after, Event::OrderClosed, moment, decision);
}
