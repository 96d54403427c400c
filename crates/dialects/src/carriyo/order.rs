//! Orders as this door shows them (contract `carriyo.md`, section 5).

use serde_json::{Map, Value, json};
use waybill_domain::{
    Amount, DeliveryMethod, Details, Extra, FulfilmentOrder, Item, ItemId, Order, OrderId, Quantity, Row, RowStage,
    Timestamp,
};
use waybill_engine::store::sql::Value as Stored;
use waybill_engine::store::{CarriedAsk, CarriedOrder, Entity, Filter, Query, Test};

use super::merchant::Merchant;
use super::{Answer, Ask, KEPT, Stop, fault, ids, location, words};
use crate::{kept, time};

/// Before the names of members that this door keeps of an order, a line or a fulfilment order.
const MEMBER: &str = "carriyo.";
/// The reason of an order for which no location was found (contract 2.6).
pub(crate) const NOT_ALLOCATED: &str = "AUTO_ALLOCATION_FAILED";

/// Members of an order that are shown as they came.
pub(crate) const ORDER_MEMBERS: &[&str] = &[
    "language",
    "sales_channel",
    "customer_key",
    "customer",
    "billing_address",
    "delivery_address",
    "delivery_method",
    "delivery_type",
    "delivery_schedule",
    "delivery_option",
    "customer_collection_address",
    "customer_collection_schedule",
    "payment",
    "discount_applications",
    "shipping_lines",
    "carriyo_metadata",
    "taxes_included",
    "duties_included",
];

/// Members of a fulfilment order that are shown as they came; those of the order unless it has its own.
pub(crate) const FULFILMENT_MEMBERS: &[&str] = &[
    "delivery_type",
    "delivery_address",
    "delivery_schedule",
    "delivery_option",
    "customer_collection_address",
    "customer_collection_schedule",
    "carriyo_metadata",
];

/// Members as they are kept: each under a name of its own, so that two who change different ones do not undo each other.
pub(crate) fn keep(members: &Map<String, Value>) -> Extra {
    members.iter().map(|(name, value)| (kept_name(name), value.to_string())).collect()
}

/// The name that a member is kept under.
pub(crate) fn kept_name(member: &str) -> String {
    format!("{MEMBER}{member}")
}

/// What was kept.
pub(crate) fn kept(extra: &Extra) -> Map<String, Value> {
    let own = extra.iter().filter_map(|(name, json)| Some((name.strip_prefix(MEMBER)?, json)));
    own.filter_map(|(name, json)| Some((name.to_owned(), serde_json::from_str(json).ok()?))).collect()
}

/// One member of what was kept.
pub(crate) fn kept_member(extra: &Extra, member: &str) -> Option<Value> {
    serde_json::from_str(extra.get(&kept_name(member))?).ok()
}

/// What was kept of a line.
pub(crate) fn kept_of_line(details: &Details, item: ItemId) -> Map<String, Value> {
    details.items.get(&item).map(|extra| kept::read(extra, KEPT)).unwrap_or_default()
}

/// How the client calls each line: by its own id, if it gave one.
pub(crate) fn line_ids(found: &CarriedOrder) -> Vec<(ItemId, String)> {
    let name = |item: &Item| match kept_of_line(&found.details, item.id).get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(_) | None => item.id.to_string(),
    };
    found.order.items.iter().map(|item| (item.id, name(item))).collect()
}

/// Lines that are shown: a kit that ships as one, or its parts.
pub(crate) fn is_shown(order: &Order, item: &Item) -> bool {
    !order.is_dummy_for_shipping(item)
}

/// `GET orders/{}`.
pub(crate) async fn get(ask: Ask) -> Answer {
    let found = ask.order().await?;
    Ok(shown(&found, &ask.merchant))
}

/// The order as it is now.
pub(crate) async fn now(ask: &Ask, id: OrderId) -> Answer {
    let found = ask.engine.carried_order(CarriedAsk { tenant: ask.tenant(), order: id, means_for: None }).await?;
    found.map(|(found, _)| shown(&found, &ask.merchant)).ok_or_else(|| fault(404, words::no_order(&ids::order(id))))
}

/// `GET orders` (contract, section 6, "list").
pub(crate) async fn list(ask: Ask) -> Answer {
    let page = Page::read(&ask)?;
    let merchants: Vec<&str> = ask.query_all("merchant");
    if !merchants.is_empty() && !merchants.contains(&ask.merchant.merchant.as_str()) {
        return Ok(Value::Array(Vec::new()));
    }
    let one = |field: &'static str, test: Test| vec![Filter { field, test }];
    let mut groups = vec![one("store", Test::Equal(Stored::Int(ask.store.0)))];
    for (field, from, to) in
        [("created_at", "creation_date_from", "creation_date_to"), ("updated_at", "update_date_from", "update_date_to")]
    {
        if let Some(at) = ask.query_date(from)? {
            groups.push(one(field, Test::GreaterOrEqual(Stored::Int(at.0))));
        }
        if let Some(at) = ask.query_date(to)? {
            groups.push(one(field, Test::LessOrEqual(Stored::Int(at.0))));
        }
    }
    if let Some(words) = ask.query("search_string").filter(|text| !text.is_empty()) {
        let id = ids::read_order(words).map_or(0, |id| id.0);
        groups.push(vec![
            Filter { field: "number", test: Test::Equal(Stored::from(words.to_owned())) },
            Filter { field: "email", test: Test::Equal(Stored::from(words.to_owned())) },
            Filter { field: "id", test: Test::Equal(Stored::Int(id)) },
        ]);
    }
    let query = Query { groups, sort: vec![("id", true)], limit: Some(page.size), offset: page.offset() };
    let found = ask
        .read(move |view, tenant| {
            let ids = view.search(tenant, Entity::Orders, &query)?.ids;
            let ids: Vec<_> = ids.into_iter().map(|id| (tenant, OrderId(id))).collect();
            view.carried_orders(&ids)
        })
        .await?;
    Ok(found.iter().flatten().map(|found| shown(found, &ask.merchant)).collect())
}

/// `GET orders/{}/change-logs`: who did what, by date.
pub(crate) async fn change_logs(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let newest_first = match ask.query("sort_order") {
        None | Some("" | "ASC") => false,
        Some("DESC") => true,
        Some(_) => return Err(fault(400, words::of_field("sort_order", "must be one of [ASC, DESC]"))),
    };
    let id = found.order.id;
    let mut acts = ask.read(move |view, tenant| view.acts_on(tenant, id)).await?;
    if newest_first {
        acts.reverse();
    }
    let log = |(at, who, what): (Timestamp, String, String)| json!({"log_date": time::show_iso(at), "order_id": ids::order(id), "operation": what, "source": who});
    Ok(acts.into_iter().map(log).collect())
}

/// A page of a list.
pub(crate) struct Page {
    pub(crate) number: i64,
    pub(crate) size: i64,
}

impl Page {
    pub(crate) fn read(ask: &Ask) -> Result<Page, Stop> {
        let number = |name: &str, most: i64, least: i64, unless: i64| match ask.query(name) {
            None | Some("") => Ok(unless),
            Some(text) => text
                .parse::<i64>()
                .ok()
                .filter(|number| (least..=most).contains(number))
                .ok_or_else(|| fault(400, words::of_field(name, &format!("must be between {least} and {most}")))),
        };
        Ok(Page { number: number("page", 1_000_000, 0, 0)?, size: number("page_size", 100, 10, 10)? })
    }

    pub(crate) fn offset(&self) -> i64 {
        self.number * self.size
    }
}

impl Ask {
    pub(crate) fn query_date(&self, name: &str) -> Result<Option<Timestamp>, Stop> {
        match self.query(name) {
            None | Some("") => Ok(None),
            Some(text) => {
                let wrong = || fault(400, words::of_field(name, "must be a date-time (ISO 8601)"));
                time::parse_iso(text).map(Some).ok_or_else(wrong)
            }
        }
    }
}

/// A whole order.
pub(crate) fn shown(found: &CarriedOrder, merchant: &Merchant) -> Value {
    let CarriedOrder { order, prices: _, details, consignments } = found;
    let lines = line_ids(found);
    let mut map = kept(&details.extra);
    let mut say = |name: &str, value: Value| {
        map.insert(name.to_owned(), value);
    };
    say("tenant", merchant.tenant.as_str().into());
    say("order_id", ids::order(order.id).into());
    say("merchant", merchant.merchant.as_str().into());
    say("partner_order_reference", order.number.as_str().into());
    say("order_date", time::show_iso(order.created_at).into());
    say("creation_date", time::show_iso(order.created_at).into());
    say("update_date", time::show_iso(order.updated_at).into());
    say("status", order.fulfilment_status().as_str().into());
    let reason = order.rows().filter_map(|(_, row)| row.reason.clone()).last();
    say("auto_allocation_failed", (reason.as_deref() == Some(NOT_ALLOCATED)).into());
    say("redacted", order.redacted_at.is_some().into());
    if order.fulfilment_status() == waybill_domain::FulfilmentStatus::Cancelled {
        say("cancellation_reason", reason.unwrap_or_else(|| "OTHER".to_owned()).into());
    }
    let name = |item: ItemId| lines.iter().find(|(id, _)| *id == item).map_or("", |(_, name)| name.as_str());
    let of_line = |item: &Item| line(found, item, name(item.id));
    say("line_items", order.items.iter().filter(|item| is_shown(order, item)).map(of_line).collect());
    let of_fulfilment = |found: &FulfilmentOrder| fulfilment(order, found, &name);
    say("fulfillment_orders", order.fulfilment.iter().map(of_fulfilment).collect());
    let faults = consignments.iter().filter(|consignment| !consignment.stage.is_cancelled()).flat_map(|consignment| {
        let id = ids::shipment(consignment.id);
        consignment.faults.iter().map(move |fault| super::shipment::error_detail(fault, Some(&id)))
    });
    say("error_details", faults.collect());
    let email = order.email.as_str();
    for (name, address) in [("billing_address", &details.billing), ("delivery_address", &details.shipping)] {
        if let (false, Some(address)) = (map.contains_key(name), address) {
            map.insert(name.to_owned(), location::of_address(address, email));
        }
    }
    if !map.contains_key("payment") {
        let total = order.grand_total.amount;
        map.insert("payment".to_owned(), json!({"currency": order.currency, "order_total": number(total)}));
    }
    Value::Object(map)
}

/// A line.
pub(crate) fn line(found: &CarriedOrder, item: &Item, name: &str) -> Value {
    let order = &found.order;
    let mut map = kept_of_line(&found.details, item.id);
    let mut unless_said = |name: &str, value: Value| {
        map.entry(name.to_owned()).or_insert(value);
    };
    unless_said("description", item.name.as_str().into());
    let price = found.prices.get(&item.id).copied().unwrap_or(Amount::ZERO);
    unless_said("unit_price", number(price));
    unless_said("digital", item.is_virtual.into());
    map.insert("id".to_owned(), name.into());
    map.insert("sku".to_owned(), item.sku.as_str().into());
    map.insert("quantity".to_owned(), pieces(item.ordered - item.done.canceled));
    let cancelled = order.fulfilment.iter().flat_map(|fulfilment| {
        let is_of = |row: &&Row| row.item == item.id && row.stage == RowStage::Cancelled;
        fulfilment.rows.iter().filter(is_of).map(|row| {
            json!({
                "quantity": pieces(row.quantity),
                "cancellation_reason": row.reason.as_deref().unwrap_or("OTHER"),
                "date": time::show_iso(row.cancelled_at.unwrap_or(fulfilment.updated_at)),
            })
        })
    });
    map.insert("removed_quantities".to_owned(), cancelled.collect());
    Value::Object(map)
}

fn fulfilment<'a>(order: &Order, found: &FulfilmentOrder, name: &impl Fn(ItemId) -> &'a str) -> Value {
    let mut map = kept(&found.extra);
    let mut say = |name: &str, value: Value| {
        map.insert(name.to_owned(), value);
    };
    say("fulfillment_order_id", ids::fulfilment_order(found.id).into());
    if let Some(reference) = &found.reference {
        say("partner_fulfillment_order_reference", reference.as_str().into());
    }
    say("status", found.status().as_str().into());
    if let Some(code) = &found.location {
        say("location_id", code.0.as_str().into());
        say("fulfillment_location", location::of_code(&code.0));
    }
    say("delivery_method", method_word(found.method).into());
    say("creation_date", time::show_iso(found.created_at).into());
    say("update_date", time::show_iso(found.updated_at).into());
    let row = |row: &Row| {
        let mut map = Map::new();
        map.insert("id".to_owned(), name(row.item).into());
        map.insert("sku".to_owned(), order.item(row.item).map_or("", |item| item.sku.as_str()).into());
        map.insert("quantity".to_owned(), pieces(row.quantity));
        map.insert("status".to_owned(), words::stage_word(row.stage).into());
        if let Some(shipment) = row.shipment {
            map.insert("fulfillment_id".to_owned(), ids::fulfilment(shipment).into());
        }
        if let Some(reference) = &row.reference {
            map.insert("partner_fulfillment_reference".to_owned(), reference.as_str().into());
        }
        map.insert("shipment_ids".to_owned(), row.consignments.iter().map(|id| ids::shipment(*id)).collect());
        if let Some(reason) = &row.reason {
            map.insert("cancellation_reason".to_owned(), reason.as_str().into());
        }
        Value::Object(map)
    };
    say("line_items", found.rows.iter().map(row).collect());
    Value::Object(map)
}

/// A delivery method on the wire.
pub(crate) fn method_word(method: DeliveryMethod) -> &'static str {
    match method {
        DeliveryMethod::Delivery => "DELIVERY",
        DeliveryMethod::Collection => "COLLECTION",
        DeliveryMethod::Digital => "DIGITAL",
    }
}

/// Pieces: whole where they are.
pub(crate) fn pieces(quantity: Quantity) -> Value {
    written(&quantity.to_string())
}

/// An amount as a number.
pub(crate) fn number(amount: Amount) -> Value {
    written(&amount.to_string())
}

fn written(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}
