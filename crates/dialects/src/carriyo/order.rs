//! Orders as this door shows them (contract `carriyo.md`, section 5).

use serde::Deserialize;
use serde_json::{Map, Value, json};
use waybill_domain::{Amount, Details, Extra, Item, ItemId, Order, OrderId, Quantity, Timestamp};
use waybill_engine::store::sql::Value as Stored;
use waybill_engine::store::{CarriedAsk, CarriedOrder, Entity, Filter, Query, Test};

use super::merchant::Merchant;
use super::shown::Shown;
use super::{Answer, Ask, KEPT, Stop, fault, ids, json_of, words};
use crate::{kept, time};

/// Before the names of members that this door keeps of an order, a line or a fulfilment order.
pub(crate) const MEMBER: &str = "carriyo.";
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

/// What is kept of a line, as far as its name.
#[derive(Deserialize)]
struct Called {
    id: String,
}

/// How the client calls each line: by its own id, if it gave one.
pub(crate) fn line_ids(found: &CarriedOrder) -> Vec<(ItemId, String)> {
    let name = |item: &Item| {
        let kept = found.details.items.get(&item.id).and_then(|extra| extra.get(KEPT));
        let called = kept.and_then(|json| serde_json::from_str::<Called>(json).ok());
        called.map_or_else(|| item.id.to_string(), |called| called.id)
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
    shown(&found, &ask.merchant)
}

/// The order as it is now.
pub(crate) async fn now(ask: &Ask, id: OrderId) -> Answer {
    let found = ask.engine.carried_order(CarriedAsk { tenant: ask.tenant(), order: id, means_for: None }).await?;
    let (found, _) = found.ok_or_else(|| fault(404, words::no_order(&ids::order(id))))?;
    shown(&found, &ask.merchant)
}

/// `GET orders` (contract, section 6, "list").
pub(crate) async fn list(ask: Ask) -> Answer {
    let page = Page::read(&ask)?;
    let merchants: Vec<&str> = ask.query_all("merchant");
    if !merchants.is_empty() && !merchants.contains(&ask.merchant.merchant.as_str()) {
        return json_of(&json!([]));
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
    let named: Vec<_> = found.iter().flatten().map(|found| (found, line_ids(found))).collect();
    let shown = |(found, lines)| Shown { found, merchant: &ask.merchant, lines };
    json_of(&named.iter().map(|(found, lines)| shown((*found, lines.as_slice()))).collect::<Vec<_>>())
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
    json_of(&acts.into_iter().map(log).collect::<Vec<_>>())
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

/// An order as it goes out.
pub(crate) fn shown(found: &CarriedOrder, merchant: &Merchant) -> Answer {
    json_of(&Shown { found, merchant, lines: &line_ids(found) })
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
