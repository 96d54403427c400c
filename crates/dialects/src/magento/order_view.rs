//! An order as this door shows it (contract 5.2, appendix A).

use serde_json::{Map, Value, json};
use waybill_domain::{Address, Amount, Comment, Item, ItemId, LineAccount, LineAmounts, Money, Order, Quantity, State};
use waybill_engine::store::OrderView;

use super::document::{self, both, shipping_compensation};
use super::shipment::read_extra;
use super::taken::number;
use crate::time;

/// An order object.
pub(crate) fn order(view: &OrderView) -> Value {
    let OrderView { order, account, details, comments, payment: _, mailed } = view;
    let mut map = read_extra("SalesDataOrder", &details.extra);
    let kept_extension = map.remove("extension_attributes");
    map.extend(document::mailed(*mailed));
    let mut put = |name: &str, value: Value| {
        map.insert(name.to_owned(), value);
    };

    put("entity_id", json!(order.id.0));
    put("increment_id", json!(order.number));
    put("store_id", json!(order.store.0));
    put("state", json!(order.stage.state.as_str()));
    put("status", json!(order.stage.status));
    if let Some((state, status)) = &order.stage.before_hold {
        put("hold_before_state", json!(state.as_str()));
        put("hold_before_status", json!(status));
    }
    put("is_virtual", json!(i64::from(order.is_virtual)));
    put("created_at", json!(time::show(order.created_at)));
    put("updated_at", json!(time::show(order.updated_at)));
    put("order_currency_code", json!(order.currency));
    put("base_currency_code", json!(order.base_currency));
    put("base_to_order_rate", number(account.rate));
    put("customer_email", json!(order.email));
    put("customer_id", json!(details.customer.id));
    put("customer_firstname", json!(details.customer.firstname));
    put("customer_lastname", json!(details.customer.lastname));
    put("shipping_description", json!(details.shipping_description));
    put("billing_address_id", json!(details.billing.as_ref().map(|address| address.id.0)));
    put("total_item_count", json!(order.items.iter().filter(|item| item.parent.is_none()).count()));
    put("total_qty_ordered", number(order.total_ordered()));
    put("base_total_qty_ordered", number(order.total_ordered()));

    for (name, value) in totals(view) {
        put(&name, value);
    }

    put("items", order.items.iter().map(|item| self::item(view, item)).collect());
    put(
        "billing_address",
        details.billing.as_ref().map_or(Value::Null, |address| self::address(order, address, "billing")),
    );
    put("payment", payment(view));
    put("status_histories", comments.iter().rev().map(history).collect());
    let mut extension = kept_extension.and_then(|value| value.as_object().cloned()).unwrap_or_default();
    extension.insert("shipping_assignments".to_owned(), json!([shipping_assignment(view)]));
    extension.insert("payment_additional_info".to_owned(), payment_info(view));
    put("extension_attributes", Value::Object(extension));
    Value::Object(map)
}

/// What was ordered, and what documents have made of it: stages that nothing has reached are absent.
fn totals(view: &OrderView) -> Vec<(String, Value)> {
    let OrderView { order, account, .. } = view;
    let ordered = &account.ordered;
    let mut pairs: Vec<[(String, Value); 2]> = vec![
        both("subtotal", ordered.subtotal),
        both("subtotal_incl_tax", ordered.subtotal_incl_tax),
        both("discount_amount", ordered.discount),
        both("shipping_amount", ordered.shipping),
        both("shipping_incl_tax", ordered.shipping_incl_tax),
        both("shipping_discount_amount", ordered.shipping_discount),
        both("shipping_tax_amount", ordered.shipping_tax),
        both("tax_amount", ordered.tax),
        both("discount_tax_compensation_amount", ordered.compensation),
        both("grand_total", order.grand_total),
        both("total_due", floor(order.grand_total - order.paid)),
    ];
    if account.invoices > 0 {
        let invoiced = &account.invoiced;
        pairs.extend([
            both("subtotal_invoiced", invoiced.subtotal),
            both("discount_invoiced", invoiced.discount),
            both("shipping_invoiced", invoiced.shipping),
            both("tax_invoiced", invoiced.tax),
            both("discount_tax_compensation_invoiced", invoiced.compensation),
            both("total_invoiced", invoiced.total),
            both("total_paid", order.paid),
        ]);
    }
    if account.credit_memos > 0 {
        let refunded = &account.refunded;
        let online = account.refunded_online;
        pairs.extend([
            both("subtotal_refunded", refunded.subtotal),
            both("discount_refunded", refunded.discount),
            both("shipping_refunded", refunded.shipping),
            both("shipping_tax_refunded", refunded.shipping_tax),
            both("tax_refunded", refunded.tax),
            both("discount_tax_compensation_refunded", refunded.compensation),
            both("total_refunded", order.refunded),
            both("adjustment_positive", account.adjustments.positive),
            both("adjustment_negative", account.adjustments.negative),
        ]);
        if order.refunded != online {
            pairs.push(both("total_offline_refunded", order.refunded - online));
        }
        if !online.is_zero() {
            pairs.push(both("total_online_refunded", online));
        }
    }
    let canceled = &account.canceled;
    if order.stage.state == State::Canceled || *canceled != waybill_domain::Amounts::default() {
        pairs.extend([
            both("subtotal_canceled", canceled.subtotal),
            both("discount_canceled", canceled.discount),
            both("shipping_canceled", canceled.shipping),
            both("tax_canceled", canceled.tax),
            both("total_canceled", canceled.total),
        ]);
    }
    let mut members: Vec<(String, Value)> = pairs.into_iter().flatten().collect();
    members.extend(shipping_compensation(ordered.shipping_compensation));
    if account.invoices > 0 {
        let cost = account.invoiced.cost - account.refunded.cost;
        members.push(("base_total_invoiced_cost".to_owned(), number(cost.base)));
    }
    members
}

fn floor(money: Money) -> Money {
    Money { amount: money.amount.max(Amount::ZERO), base: money.base.max(Amount::ZERO) }
}

/// A line, as it is shown everywhere: row totals less the discount (contract 5.2).
pub(crate) fn item(view: &OrderView, item: &Item) -> Value {
    let mut map = line(view, item);
    if let Some(parent) = item.parent.and_then(|parent: ItemId| view.order.item(parent)) {
        map.insert("parent_item".to_owned(), Value::Object(line(view, parent)));
    }
    Value::Object(map)
}

fn line(view: &OrderView, item: &Item) -> Map<String, Value> {
    let OrderView { order, account, details, .. } = view;
    let mut map = details.items.get(&item.id).map(|extra| read_extra("SalesDataOrderItem", extra)).unwrap_or_default();
    let mut put = |name: &str, value: Value| {
        map.insert(name.to_owned(), value);
    };
    put("item_id", json!(item.id.0));
    put("order_id", json!(order.id.0));
    put("store_id", json!(order.store.0));
    put("parent_item_id", json!(item.parent.map(|parent| parent.0)));
    put("product_id", json!(item.product.map(|product| product.0)));
    put("product_type", json!(item.kind.as_str()));
    put("sku", json!(item.sku.as_str()));
    put("name", json!(item.name));
    put("is_virtual", json!(i64::from(item.is_virtual)));
    put("is_qty_decimal", json!(i64::from(item.decimal)));
    if item.locked_invoice {
        put("locked_do_invoice", json!(1));
    }
    if item.locked_ship {
        put("locked_do_ship", json!(1));
    }
    put("created_at", json!(time::show(order.created_at)));
    put("updated_at", json!(time::show(order.updated_at)));
    let quantities: [(&str, Quantity); 5] = [
        ("qty_ordered", item.ordered),
        ("qty_canceled", item.done.canceled),
        ("qty_invoiced", item.done.invoiced),
        ("qty_shipped", item.done.shipped),
        ("qty_refunded", item.done.refunded),
    ];
    for (name, quantity) in quantities {
        put(name, number(quantity));
    }
    if let Some(account) = account.lines.get(&item.id) {
        for (name, value) in line_amounts(account) {
            put(&name, value);
        }
    }
    map
}

fn line_amounts(account: &LineAccount) -> Vec<(String, Value)> {
    let LineAccount { price, price_incl_tax, original_price, cost, ordered, invoiced, refunded, canceled } = account;
    let row = floor(ordered.row - ordered.discount);
    let row_incl_tax = floor(ordered.row + ordered.tax + ordered.compensation - ordered.discount);
    let pairs = [
        both("price", *price),
        both("price_incl_tax", *price_incl_tax),
        both("original_price", *original_price),
        both("row_total", row),
        both("row_total_incl_tax", row_incl_tax),
        both("tax_amount", ordered.tax),
        both("discount_amount", ordered.discount),
        both("discount_tax_compensation_amount", ordered.compensation),
        both("row_invoiced", invoiced.row),
        both("tax_invoiced", invoiced.tax),
        both("discount_invoiced", invoiced.discount),
        both("discount_tax_compensation_invoiced", invoiced.compensation),
    ];
    let mut members: Vec<(String, Value)> = pairs.into_iter().flatten().collect();
    members.extend(both("amount_refunded", refunded.row));
    if *refunded != LineAmounts::default() {
        members.extend(both("tax_refunded", refunded.tax));
        members.extend(both("discount_refunded", refunded.discount));
        members.extend(both("discount_tax_compensation_refunded", refunded.compensation));
    }
    if !canceled.tax.is_zero() {
        members.push(("tax_canceled".to_owned(), number(canceled.tax.amount)));
    }
    if let Some(cost) = cost {
        members.push(("base_cost".to_owned(), number(cost.base)));
    }
    members
}

fn address(order: &Order, address: &Address, role: &str) -> Value {
    let mut map = read_extra("SalesDataOrderAddress", &address.extra);
    let members = [
        ("address_type", json!(role)),
        ("city", json!(address.city)),
        ("company", json!(address.company)),
        ("country_id", json!(address.country)),
        ("email", json!(address.email)),
        ("entity_id", json!(address.id.0)),
        ("firstname", json!(address.firstname)),
        ("lastname", json!(address.lastname)),
        ("parent_id", json!(order.id.0)),
        ("postcode", json!(address.postcode)),
        ("region", json!(address.region)),
        ("region_code", json!(address.region_code)),
        ("region_id", json!(address.region_id)),
        ("street", json!(address.street)),
        ("telephone", json!(address.telephone)),
    ];
    map.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
    Value::Object(map)
}

fn payment(view: &OrderView) -> Value {
    let OrderView { order, account, details, .. } = view;
    let Some(method) = &order.method else {
        return Value::Null;
    };
    let mut map = read_extra("SalesDataOrderPayment", &details.payment);
    map.entry("additional_information").or_insert_with(|| json!([]));
    let mut members: Vec<(String, Value)> = Vec::new();
    members.extend(both("amount_ordered", order.grand_total));
    members.extend(both("shipping_amount", account.ordered.shipping));
    if account.invoices > 0 {
        members.extend(both("amount_paid", order.paid));
        members.extend(both("shipping_captured", account.invoiced.shipping));
    }
    if account.credit_memos > 0 {
        members.extend(both("amount_refunded", order.refunded));
        members.extend(both("shipping_refunded", account.refunded.shipping));
        if !account.refunded_online.is_zero() {
            let online = account.refunded_online.base;
            members.push(("base_amount_refunded_online".to_owned(), number(online)));
        }
    }
    if let Some(payment) = &view.payment {
        members.push(("amount_authorized".to_owned(), number(payment.authorised)));
        members.extend(payment.authorisation.as_ref().map(|reference| ("last_trans_id".to_owned(), json!(reference))));
    }
    members.push(("entity_id".to_owned(), json!(order.id.0)));
    members.push(("parent_id".to_owned(), json!(order.id.0)));
    members.push(("method".to_owned(), json!(method)));
    map.extend(members);
    Value::Object(map)
}

fn payment_info(view: &OrderView) -> Value {
    let info = view.details.payment.get("additional_information");
    let values: Vec<Value> = info.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    values
        .into_iter()
        .enumerate()
        .map(|(index, value)| {
            json!({"key": index.to_string(), "value": value.as_str().map_or_else(|| value.to_string(), str::to_owned)})
        })
        .collect()
}

fn shipping_assignment(view: &OrderView) -> Value {
    let OrderView { order, account, details, .. } = view;
    let ordered = &account.ordered;
    let mut total: Map<String, Value> = [
        both("shipping_amount", ordered.shipping),
        both("shipping_incl_tax", ordered.shipping_incl_tax),
        both("shipping_discount_amount", ordered.shipping_discount),
        both("shipping_tax_amount", ordered.shipping_tax),
    ]
    .into_iter()
    .flatten()
    .collect();
    if account.invoices > 0 {
        total.extend(both("shipping_invoiced", account.invoiced.shipping));
    }
    if account.credit_memos > 0 {
        total.extend(both("shipping_refunded", account.refunded.shipping));
        total.extend(both("shipping_tax_refunded", account.refunded.shipping_tax));
    }
    json!({
        "shipping": {
            "address": details.shipping.as_ref().map(|address| self::address(order, address, "shipping")),
            "method": details.shipping_method,
            "total": total,
        },
        "items": order.items.iter().map(|item| self::item(view, item)).collect::<Vec<_>>(),
        "stock_id": order.stock.0,
    })
}

/// A remark in an order's history.
pub(crate) fn history(comment: &Comment) -> Value {
    json!({
        "comment": comment.text,
        "created_at": time::show(comment.created_at),
        "entity_id": comment.id.0,
        "entity_name": comment.entity,
        "is_customer_notified": comment.notified.map(i64::from),
        "is_visible_on_front": i64::from(comment.visible_on_front),
        "parent_id": comment.parent,
        "status": comment.status,
    })
}
