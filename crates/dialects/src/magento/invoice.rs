//! Invoices (contract 6.1, 6.2).

use serde_json::{Map, Value, json};
use waybill_domain::{
    Command, DocumentId, InvoiceId, InvoiceOrder, ItemId, Lines, Notify, OrderId, Outcome, Quantity, Shipping, Subject,
};
use waybill_engine::store::{Entity, InvoiceView};

use super::document::{self, both};
use super::taken::{Taken, number};
use super::wire::criteria::Names;
use super::wire::fault::Fault;
use super::{Answer, Ask, Stop, listed, words};
use crate::time;

const NAMES: Names = &[
    ("entity_id", "id"),
    ("order_id", "order_id"),
    ("store_id", "store"),
    ("increment_id", "number"),
    ("transaction_id", "transaction_id"),
    ("state", "state"),
    ("total_qty", "quantity"),
    ("grand_total", "total"),
    ("base_grand_total", "base_total"),
    ("subtotal", "subtotal"),
    ("shipping_amount", "shipping"),
    ("tax_amount", "tax"),
    ("discount_amount", "discount"),
    ("created_at", "created_at"),
    ("updated_at", "updated_at"),
];

/// Invoices an order, in full or in part; the invoice's id.
pub(crate) async fn invoice(ask: Ask) -> Answer {
    let values = ask.values();
    let command = InvoiceOrder {
        order: OrderId(values.int("order_id").unwrap_or(0)),
        lines: lines(&values)?,
        shipping: Shipping::WithFirst,
        capture: values.flag("capture").unwrap_or(false),
        comment: document::comment_with(&values),
        notify: document::notify(&values),
    };
    match ask.execute(Command::Invoice(command), words::invoice).await? {
        Outcome::Invoice(id) => Ok(id.0.into()),
        other => unreachable!("an invoice order makes an invoice, not {other:?}"),
    }
}

/// Lines of an order and how many of each, as invoices and credit memos name them.
pub(crate) fn lines(values: &Taken<'_>) -> Result<Lines, Fault> {
    let line = |item: &Taken<'_>| {
        let quantity = item.quantity("qty")?.unwrap_or(Quantity::ZERO);
        Ok((ItemId(item.int("order_item_id").unwrap_or(0)), quantity))
    };
    values.objects("items").iter().map(line).collect()
}

/// One invoice.
pub(crate) async fn get(ask: Ask) -> Answer {
    Ok(object(&find(&ask, id(&ask)).await?))
}

fn id(ask: &Ask) -> InvoiceId {
    InvoiceId(ask.values().int("id").unwrap_or(0))
}

async fn find(ask: &Ask, id: InvoiceId) -> Result<InvoiceView, Stop> {
    if id.0 == 0 {
        return Err(Fault::id_needed().into());
    }
    let found = ask.read(move |view, tenant| view.invoice(tenant, id)).await?;
    Ok(found.ok_or_else(Fault::no_entity)?)
}

/// Invoices that match.
pub(crate) async fn list(ask: Ask) -> Answer {
    listed(&ask, Entity::Invoices, NAMES, |view, tenant, ids| view.invoices(tenant, ids), object).await
}

/// Stores an invoice as an object; with us the same act as `order/:id/invoice`.
pub(crate) async fn save(ask: Ask) -> Answer {
    let entity = ask.values().object("entity").expect("it is required");
    if entity.int("entity_id").is_some_and(|id| id != 0) {
        return Err(Fault::bad("An invoice that was made cannot be changed. Add comments instead.").into());
    }
    let mut lines = lines(&entity)?;
    if lines.is_empty() {
        // An empty list would mean everything.
        lines.push((ItemId(0), Quantity::ZERO));
    }
    let command = InvoiceOrder {
        order: OrderId(entity.int("order_id").unwrap_or(0)),
        lines,
        shipping: Shipping::WithFirst,
        capture: false,
        comment: entity.objects("comments").first().map(document::comment_draft),
        // Objects are stored; nobody is told.
        notify: Notify::No,
    };
    match ask.execute(Command::Invoice(command), words::invoice).await? {
        Outcome::Invoice(id) => Ok(object(&find(&ask, id).await?)),
        other => unreachable!("an invoice order makes an invoice, not {other:?}"),
    }
}

/// Collects the money of an invoice that is due. Most are paid from the start, and then there is nothing to collect
/// (contract 6.2).
pub(crate) async fn capture(ask: Ask) -> Answer {
    let invoice = id(&ask);
    let order = order_of(&ask, invoice).await?;
    ask.execute(Command::CaptureInvoice { order, invoice }, words::plain).await?;
    Ok(json!("1"))
}

/// Voids an invoice that is due again. Any other is paid: what was captured is refunded instead (contract 6.2).
pub(crate) async fn void(ask: Ask) -> Answer {
    let invoice = id(&ask);
    let order = order_of(&ask, invoice).await?;
    ask.execute(Command::VoidInvoice { order, invoice }, words::plain).await?;
    Ok(json!(true))
}

/// The order that an invoice is of.
pub(crate) async fn order_of(ask: &Ask, invoice: InvoiceId) -> Result<OrderId, Stop> {
    if invoice.0 == 0 {
        return Err(Fault::id_needed().into());
    }
    let order = ask.read(move |view, tenant| view.order_of_invoice(tenant, invoice)).await?;
    Ok(order.ok_or_else(Fault::no_entity)?)
}

/// An invoice's comments; of one that does not exist there are none.
pub(crate) async fn comments(ask: Ask) -> Answer {
    document::comments(ask, Subject::Invoice).await
}

/// Adds a comment.
pub(crate) async fn comment(ask: Ask) -> Answer {
    document::comment(ask, |id| DocumentId::Invoice(InvoiceId(id))).await
}

/// Tells the customer again.
pub(crate) async fn mail(ask: Ask) -> Answer {
    let command = Command::MailDocument(DocumentId::Invoice(id(&ask)));
    document::mail(&ask, command).await
}

fn object(view: &InvoiceView) -> Value {
    let InvoiceView { invoice, credited, order, account, details, comments, mailed } = view;
    let amounts = &invoice.amounts;
    let mut map = document::head(order, account, details);
    let totals = [
        ("discount_amount", amounts.discount),
        ("grand_total", amounts.total),
        ("discount_tax_compensation_amount", amounts.compensation),
        ("subtotal", amounts.subtotal),
        ("subtotal_incl_tax", amounts.subtotal_incl_tax),
        ("tax_amount", amounts.tax),
    ];
    for (name, money) in totals {
        map.extend(both(name, money));
    }
    // The first invoice takes the shipping; the others have none, not zero (contract 9.1).
    if !amounts.shipping.is_zero() || !amounts.shipping_incl_tax.is_zero() {
        map.extend(both("shipping_amount", amounts.shipping));
        map.extend(both("shipping_incl_tax", amounts.shipping_incl_tax));
        map.extend(both("shipping_tax_amount", amounts.shipping_tax));
        map.extend(document::shipping_compensation(amounts.shipping_compensation));
    }
    if !credited.lines.is_empty() || !credited.total.is_zero() {
        map.insert("base_total_refunded".to_owned(), number(credited.total.base));
        map.insert("is_used_for_refund".to_owned(), json!(1));
    }
    map.extend(document::mailed(*mailed));
    let members = [
        ("can_void_flag", json!(0)),
        ("created_at", json!(time::show(invoice.created_at))),
        ("updated_at", json!(time::show(invoice.updated_at))),
        ("entity_id", json!(invoice.id.0)),
        ("increment_id", json!(invoice.number)),
        ("order_id", json!(invoice.order.0)),
        ("state", json!(invoice.state.number())),
        ("store_id", json!(invoice.store.0)),
        ("transaction_id", json!(invoice.transaction)),
        ("total_qty", number(invoice.total)),
        ("comments", comments.iter().map(document::comment_object).collect()),
    ];
    map.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let items: Vec<Value> = invoice.lines.iter().map(|line| line_object(view, line)).collect();
    map.insert("items".to_owned(), Value::Array(items));
    Value::Object(map)
}

fn line_object(view: &InvoiceView, line: &waybill_domain::InvoiceLine) -> Value {
    let mut map: Map<String, Value> =
        document::line(&view.order, &view.account, line.item, line.amounts.as_ref()).into_iter().collect();
    map.insert("entity_id".to_owned(), json!(line.id.0));
    map.insert("parent_id".to_owned(), json!(view.invoice.id.0));
    map.insert("order_item_id".to_owned(), json!(line.item.0));
    map.insert("qty".to_owned(), number(line.quantity));
    Value::Object(map)
}
