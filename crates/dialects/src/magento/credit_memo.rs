//! Credit memos as this door shows them, and what is said of them (contract 8.5, 8.6).

use serde_json::{Map, Value, json};
use waybill_domain::{Command, CreditMemoId, DocumentId, Money, Subject};
use waybill_engine::store::{CreditMemoView, Entity};

use super::document::{self, both};
use super::taken::number;
use super::wire::criteria::Names;
use super::wire::fault::Fault;
use super::{Answer, Ask, listed};
use crate::time;

const NAMES: Names = &[
    ("entity_id", "id"),
    ("order_id", "order_id"),
    ("invoice_id", "invoice"),
    ("store_id", "store"),
    ("increment_id", "number"),
    ("state", "state"),
    ("grand_total", "total"),
    ("base_grand_total", "base_total"),
    ("subtotal", "subtotal"),
    ("shipping_amount", "shipping"),
    ("tax_amount", "tax"),
    ("discount_amount", "discount"),
    ("created_at", "created_at"),
    ("updated_at", "updated_at"),
];

/// One credit memo.
pub(crate) async fn get(ask: Ask) -> Answer {
    let id = CreditMemoId(ask.values().int("id").unwrap_or(0));
    show(&ask, id).await
}

/// A credit memo as the answer to who made it.
pub(crate) async fn show(ask: &Ask, id: CreditMemoId) -> Answer {
    if id.0 == 0 {
        return Err(Fault::id_needed().into());
    }
    let found = ask.read(move |view, tenant| view.credit_memo(tenant, id)).await?;
    Ok(object(&found.ok_or_else(Fault::no_entity)?))
}

/// Credit memos that match.
pub(crate) async fn list(ask: Ask) -> Answer {
    listed(&ask, Entity::CreditMemos, NAMES, |view, tenant, ids| view.credit_memos(tenant, ids), object).await
}

/// A credit memo's comments; of one that does not exist there are none.
pub(crate) async fn comments(ask: Ask) -> Answer {
    document::comments(ask, Subject::CreditMemo).await
}

/// Adds a comment.
pub(crate) async fn comment(ask: Ask) -> Answer {
    document::comment(ask, |id| DocumentId::CreditMemo(CreditMemoId(id))).await
}

/// Tells the customer again.
pub(crate) async fn mail(ask: Ask) -> Answer {
    let id = CreditMemoId(ask.values().int("id").unwrap_or(0));
    document::mail(&ask, Command::MailDocument(DocumentId::CreditMemo(id))).await
}

/// A credit memo is not canceled: Magento's own answer, whatever is sent (contract 8.6).
pub(crate) async fn cancel(_: Ask) -> Answer {
    Err(Fault::bad("You can not cancel Credit Memo").into())
}

fn object(view: &CreditMemoView) -> Value {
    let CreditMemoView { memo, order, account, details, comments, mailed } = view;
    let amounts = &memo.amounts;
    let mut map = document::head(order, account, details);
    let totals = [
        ("adjustment", memo.adjustments.sum()),
        ("adjustment_positive", memo.adjustments.positive),
        ("adjustment_negative", memo.adjustments.negative),
        ("discount_amount", amounts.discount),
        ("grand_total", amounts.total),
        ("discount_tax_compensation_amount", amounts.compensation),
        ("subtotal", amounts.subtotal),
        ("subtotal_incl_tax", amounts.subtotal_incl_tax),
        ("tax_amount", amounts.tax),
        ("shipping_amount", amounts.shipping),
        ("shipping_incl_tax", amounts.shipping_incl_tax),
        ("shipping_tax_amount", amounts.shipping_tax),
    ];
    for (name, money) in totals {
        map.extend(both(name, money));
    }
    map.extend(document::shipping_compensation(amounts.shipping_compensation));
    map.extend(document::mailed(*mailed));
    let members = [
        ("created_at", json!(time::show(memo.created_at))),
        ("updated_at", json!(time::show(memo.updated_at))),
        ("entity_id", json!(memo.id.0)),
        ("increment_id", json!(memo.number)),
        ("invoice_id", json!(memo.invoice.map(|invoice| invoice.0))),
        ("order_id", json!(memo.order.0)),
        ("state", json!(memo.state.number())),
        ("store_id", json!(memo.store.0)),
        ("comments", comments.iter().map(document::comment_object).collect()),
    ];
    map.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let items: Vec<Value> = memo.lines.iter().map(|line| line_object(view, line)).collect();
    map.insert("items".to_owned(), Value::Array(items));
    Value::Object(map)
}

fn line_object(view: &CreditMemoView, line: &waybill_domain::CreditMemoLine) -> Value {
    let mut map: Map<String, Value> =
        document::line(&view.order, &view.account, line.item, line.amounts.as_ref()).into_iter().collect();
    // Declared as always there.
    map.entry("base_cost".to_owned()).or_insert(Value::Null);
    map.entry("base_price".to_owned()).or_insert_with(|| number(Money::ZERO.base));
    map.insert("entity_id".to_owned(), json!(line.id.0));
    map.insert("parent_id".to_owned(), json!(view.memo.id.0));
    map.insert("order_item_id".to_owned(), json!(line.item.0));
    map.insert("qty".to_owned(), number(line.quantity));
    Value::Object(map)
}
