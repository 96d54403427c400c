//! Transactions: what gateways did (contract 4, appendix A).

use serde_json::{Value, json};
use waybill_domain::{Amount, OperationState, PaymentStage, WishKind};
use waybill_engine::store::{Entity, OperationView};

use super::wire::criteria::Names;
use super::wire::fault::Fault;
use super::{Answer, Ask, listed};
use crate::time;

const NAMES: Names = &[
    ("transaction_id", "id"),
    ("order_id", "order_id"),
    ("payment_id", "order_id"),
    ("txn_id", "reference"),
    ("parent_txn_id", "of_reference"),
    ("txn_type", "type"),
    ("created_at", "created_at"),
];

/// One transaction.
pub(crate) async fn get(ask: Ask) -> Answer {
    let id = ask.values().int("id").unwrap_or(0);
    if id == 0 {
        return Err(Fault::id_needed().into());
    }
    let found = ask.read(move |view, tenant| Ok(view.operations(tenant, &[id])?.pop())).await?;
    let done = found.filter(|view| view.operation.state == OperationState::Done);
    Ok(object(&done.ok_or_else(Fault::no_entity)?))
}

/// Transactions that match.
pub(crate) async fn list(ask: Ask) -> Answer {
    listed(&ask, Entity::Transactions, NAMES, |view, tenant, ids| view.operations(tenant, ids), object).await
}

fn object(view: &OperationView) -> Value {
    let operation = &view.operation;
    let payment = &view.payment;
    // As Magento's gateways do, a void bears the name of what it sets free.
    let reference = operation.reference.as_deref();
    let (kind, reference) = match operation.wish.kind() {
        WishKind::Authorise => ("authorization", reference.map(str::to_owned)),
        WishKind::Capture => ("capture", reference.map(str::to_owned)),
        WishKind::Void => ("void", reference.map(|reference| format!("{reference}-void"))),
        WishKind::Refund => ("refund", reference.map(str::to_owned)),
    };
    // What can still be captured, or given back, is not closed.
    let is_closed = match operation.wish.kind() {
        WishKind::Authorise => payment.stage != PaymentStage::Authorised || payment.left() <= Amount::ZERO,
        WishKind::Capture => payment.refunded >= payment.captured,
        WishKind::Void | WishKind::Refund => true,
    };
    json!({
        "transaction_id": operation.id.0,
        "order_id": operation.order.0,
        "payment_id": operation.order.0,
        "txn_id": reference,
        "parent_txn_id": operation.of.as_ref().filter(|_| kind != "authorization"),
        "txn_type": kind,
        "is_closed": i64::from(is_closed),
        "additional_information": [],
        "created_at": time::show(operation.created_at),
        "child_transactions": [],
    })
}
