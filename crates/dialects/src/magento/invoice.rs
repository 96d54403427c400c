//! Invoices (contract 6.1, 6.2).

use serde_json::{Map, Value, json};
use waybill_domain::{Command, CommentDraft, InvoiceId, InvoiceOrder, ItemId, Money, OrderId, Outcome, Quantity};
use waybill_engine::store::{Entity, InvoiceView};

use super::shipment::comment_object;
use super::taken::{Taken, number};
use super::wire::criteria::Names;
use super::wire::fault::Fault;
use super::{Answer, Ask, listed, time, words};

const NAMES: Names = &[
    ("entity_id", "id"),
    ("order_id", "order_id"),
    ("store_id", "store"),
    ("increment_id", "number"),
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
    let told = values.flag("append_comment").unwrap_or(false) && values.flag("notify").unwrap_or(false);
    let line = |item: &Taken<'_>| {
        let quantity = item.quantity("qty")?.unwrap_or(Quantity::ZERO);
        Ok::<_, Fault>((ItemId(item.int("order_item_id").unwrap_or(0)), quantity))
    };
    let command = InvoiceOrder {
        order: OrderId(values.int("order_id").unwrap_or(0)),
        lines: values.objects("items").iter().map(line).collect::<Result<_, _>>()?,
        capture: values.flag("capture").unwrap_or(false),
        comment: values.object("comment").map(|comment| CommentDraft {
            text: comment.text("comment"),
            notified: Some(told),
            visible_on_front: comment.flag("is_visible_on_front").unwrap_or(false),
        }),
    };
    match ask.execute(Command::Invoice(command), words::invoice).await? {
        Outcome::Invoice(id) => Ok(id.0.into()),
        other => unreachable!("an invoice order makes an invoice, not {other:?}"),
    }
}

/// One invoice.
pub(crate) async fn get(ask: Ask) -> Answer {
    let id = InvoiceId(ask.values().int("id").unwrap_or(0));
    if id.0 == 0 {
        return Err(Fault::id_needed().into());
    }
    let found = ask.read(move |view, tenant| view.invoice(tenant, id)).await?;
    Ok(object(&found.ok_or_else(Fault::no_entity)?))
}

/// Invoices that match.
pub(crate) async fn list(ask: Ask) -> Answer {
    listed(&ask, Entity::Invoices, NAMES, |view, tenant, ids| view.invoices(tenant, ids), object).await
}

fn object(view: &InvoiceView) -> Value {
    let InvoiceView { invoice, order, account, details, comments } = view;
    let amounts = &invoice.amounts;
    let mut map = Map::new();
    let mut both = |name: &str, money: Money| {
        map.insert(name.to_owned(), number(money.amount));
        map.insert(format!("base_{name}"), number(money.base));
    };
    both("discount_amount", amounts.discount);
    both("grand_total", amounts.total);
    both("discount_tax_compensation_amount", amounts.compensation);
    both("subtotal", amounts.subtotal);
    both("subtotal_incl_tax", amounts.subtotal_incl_tax);
    both("tax_amount", amounts.tax);
    // The first invoice takes the shipping; the others have none, not zero (contract 9.1).
    if !amounts.shipping.is_zero() || !amounts.shipping_incl_tax.is_zero() {
        both("shipping_amount", amounts.shipping);
        both("shipping_incl_tax", amounts.shipping_incl_tax);
        both("shipping_tax_amount", amounts.shipping_tax);
        let compensation = amounts.shipping_compensation;
        map.insert("shipping_discount_tax_compensation_amount".to_owned(), number(compensation.amount));
        map.insert("base_shipping_discount_tax_compensation_amnt".to_owned(), number(compensation.base));
    }
    let kept = super::shipment::read_extra(&details.extra);
    for name in [
        "global_currency_code",
        "store_currency_code",
        "base_to_global_rate",
        "store_to_base_rate",
        "store_to_order_rate",
    ] {
        if let Some(value) = kept.get(name) {
            map.insert(name.to_owned(), value.clone());
        }
    }
    let address = |address: &Option<waybill_domain::Address>| address.as_ref().map(|address| address.id.0);
    let members = [
        ("base_currency_code", json!(order.base_currency)),
        ("order_currency_code", json!(order.currency)),
        ("base_to_order_rate", number(account.rate)),
        ("billing_address_id", json!(address(&details.billing))),
        ("shipping_address_id", json!(address(&details.shipping))),
        ("can_void_flag", json!(0)),
        ("created_at", json!(time::show(invoice.created_at))),
        ("updated_at", json!(time::show(invoice.updated_at))),
        ("entity_id", json!(invoice.id.0)),
        ("increment_id", json!(invoice.number)),
        ("order_id", json!(invoice.order.0)),
        ("state", json!(invoice.state.number())),
        ("store_id", json!(invoice.store.0)),
        ("total_qty", number(invoice.total)),
        ("comments", comments.iter().map(comment_object).collect()),
    ];
    map.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let items: Vec<Value> = invoice.lines.iter().map(|line| line_object(view, line)).collect();
    map.insert("items".to_owned(), Value::Array(items));
    Value::Object(map)
}

fn line_object(view: &InvoiceView, line: &waybill_domain::InvoiceLine) -> Value {
    let mut map = Map::new();
    if let Some(amounts) = &line.amounts {
        let mut both = |name: &str, money: Money| {
            map.insert(name.to_owned(), number(money.amount));
            map.insert(format!("base_{name}"), number(money.base));
        };
        both("row_total", amounts.row);
        both("row_total_incl_tax", amounts.row_incl_tax);
        both("tax_amount", amounts.tax);
        both("discount_amount", amounts.discount);
        both("discount_tax_compensation_amount", amounts.compensation);
    }
    if let Some(account) = view.account.lines.get(&line.item) {
        let mut both = |name: &str, money: Money| {
            map.insert(name.to_owned(), number(money.amount));
            map.insert(format!("base_{name}"), number(money.base));
        };
        both("price", account.price);
        both("price_incl_tax", account.price_incl_tax);
        if let Some(cost) = account.cost {
            map.insert("base_cost".to_owned(), number(cost.base));
        }
    }
    if let Some(item) = view.order.item(line.item) {
        map.insert("name".to_owned(), json!(item.name));
        map.insert("sku".to_owned(), json!(item.sku.as_str()));
        map.insert("product_id".to_owned(), json!(item.product.map(|product| product.0)));
    }
    map.insert("entity_id".to_owned(), json!(line.id.0));
    map.insert("parent_id".to_owned(), json!(view.invoice.id.0));
    map.insert("order_item_id".to_owned(), json!(line.item.0));
    map.insert("qty".to_owned(), number(line.quantity));
    Value::Object(map)
}
