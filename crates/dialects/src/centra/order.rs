//! Orders listed, and what may be changed of them (contract `centra.md`, sections 11 and 12).

use serde_json::{Map, Value};
use waybill_domain::{AmendOrder, Command, Customer, Details, OrderId, Refusal};
use waybill_engine::store::sql::Value as Stored;
use waybill_engine::store::{Entity, Filter, Query, Test};

use super::fields::{self, KEPT};
use super::intake::{LONGEST_COMMENT, within_bounds};
use super::plugin::Status;
use super::shipment::{page, times};
use super::{Answer, Ask, Executed, Stop, no, ok, product, words};
use crate::kept;

/// How many orders are read to find those of a page, where their status decides: it follows from much that no index
/// knows.
const READ_AT_ONCE: i64 = 100;

/// `GET orders`: by order number, those with the statuses that the plugin shows.
pub(crate) async fn list(ask: Ask) -> Answer {
    let refuse = |msg: String| Stop::No(no(msg));
    let query = ask.query();
    let (limit, offset) = page(query, 20).map_err(refuse)?;
    let mut search = search(&ask).map_err(refuse)?;
    if let Some(number) = query.int("order").map_err(refuse)? {
        let order = ask.find_order(number).await?.unwrap_or(OrderId(0));
        search.groups.push(vec![Filter { field: "id", test: Test::Equal(Stored::Int(order.0)) }]);
    }
    let plugin = ask.plugin.clone();
    let orders = ask
        .read(move |view, tenant| {
            let (mut shown, mut passed, mut read) = (Vec::new(), 0, 0);
            while (shown.len() as i64) < limit {
                let part = Query { limit: Some(READ_AT_ONCE), offset: read, ..search.clone() };
                let ids = view.search(tenant, Entity::Orders, &part)?.ids;
                let found = view.order_views(tenant, &ids.iter().map(|id| OrderId(*id)).collect::<Vec<_>>())?;
                let of: Vec<OrderId> = found.iter().map(|found| found.order.id).collect();
                let shipments = view.shipments_of(tenant, &of)?;
                let catalogue = product::catalogue(view, tenant, found.iter().map(|found| &found.order))?;
                for found in &found {
                    let own = shipments.get(&found.order.id).map_or(&[][..], Vec::as_slice);
                    let has_open = own.iter().any(|shipment| !shipment.deducted && !shipment.is_complete());
                    let is_hidden = words::is_hidden(&found.order) && !plugin.show_held;
                    if is_hidden || !plugin.statuses.contains(&Status::of(&found.order, has_open)) {
                        continue;
                    }
                    if passed < offset {
                        passed += 1;
                    } else if (shown.len() as i64) < limit {
                        shown.push(fields::order(found, own, &catalogue, &plugin));
                    }
                }
                read += READ_AT_ONCE;
                if (ids.len() as i64) < READ_AT_ONCE {
                    break;
                }
            }
            Ok(shown)
        })
        .await?;
    Ok(ok([("orders", orders.into())]))
}

fn search(ask: &Ask) -> Result<Query, String> {
    let query = ask.query();
    let mut groups = times(query)?;
    let one = |field: &'static str, test: Test| vec![Filter { field, test }];
    groups.push(one("store", Test::Equal(Stored::Int(ask.store.0))));
    if let Some(customer) = query.int("customer_id")? {
        groups.push(one("customer", Test::Equal(Stored::Int(customer))));
    }
    if !ask.plugin.markets.is_empty() {
        let markets = ask.plugin.markets.iter().map(|market| Stored::Int(*market)).collect();
        groups.push(one("market", Test::In(markets)));
    }
    if !ask.plugin.statuses.contains(&Status::Cancelled) {
        groups.push(one("state", Test::NotEqual(Stored::from("canceled".to_owned()))));
    }
    Ok(Query { groups, sort: vec![("id", false)], limit: None, offset: 0 })
}

/// `PUT orders`: remarks and further attributes.
pub(crate) async fn update(ask: Ask) -> Answer {
    let body = ask.body();
    let refuse = |msg: String| Stop::No(no(msg));
    let Some(number) = body.int("order").map_err(refuse)? else {
        return Err(refuse(words::ORDER_REQUIRED.to_owned()));
    };
    let refuse = |msg: String| Stop::No(no(msg).and("order", number));
    let Some(order) = ask.find_order(number).await? else {
        return Err(refuse(words::ORDER_UNKNOWN.to_owned()));
    };
    let found = ask.read(move |view, tenant| view.order_view(tenant, order)).await?;
    let Some(found) = found else {
        return Err(refuse(words::ORDER_UNKNOWN.to_owned()));
    };
    if !ask.plugin.has_market(found.details.market) {
        return Err(refuse(words::WRONG_MARKET.to_owned()));
    }
    let change = |kept: &mut Map<String, Value>| {
        for (name, replace) in [("internalComment", "replaceInternalComment"), ("comment", "replaceComment")] {
            let replace = body.flag(replace)?.unwrap_or(false);
            if let Some(text) = body.text(name, LONGEST_COMMENT)? {
                append(kept, name, text, replace)?;
            }
        }
        if let Some(attributes) = body.object("extraAttributes")? {
            let all = kept.entry("extraAttributes").or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(all) = all {
                all.extend(attributes.0.clone());
            }
            within_bounds(Some(all), "extraAttributes")?;
        }
        Ok(())
    };
    amend(&ask, order, found.details, None, change).await?.map_err(refuse)?;
    Ok(ok([("order", number.into())]))
}

/// How often what is kept is changed anew when others were faster.
const MOST_OFTEN: usize = 20;

/// Changes what this door keeps of an order, whoever else changes it; under a key of its own where it is one part of a request.
/// `seen` is what was read of it already. What is wrong with the change is told within.
pub(crate) async fn amend(
    ask: &Ask,
    order: OrderId,
    seen: Details,
    part: Option<&str>,
    change: impl Fn(&mut Map<String, Value>) -> Result<(), String>,
) -> Result<Result<(), String>, Stop> {
    let mut details = seen;
    let mut refused = String::new();
    for _ in 0..MOST_OFTEN {
        let mut kept = fields::kept(&details);
        if let Err(fault) = change(&mut kept) {
            return Ok(Err(fault));
        }
        let command = Command::AmendOrder(Box::new(AmendOrder {
            order,
            status: None,
            email: None,
            customer: Customer::default(),
            extra: kept::write(KEPT, kept),
            seen: Some(details.extra),
            unchangeable: Vec::new(),
        }));
        let done = match part {
            None => ask.execute(command).await,
            Some(part) => ask.execute_part(command, part).await,
        };
        match done {
            Ok(_) => return Ok(Ok(())),
            Err(Executed::Stop(stop)) => return Err(stop),
            Err(Executed::Refused(refusals)) => {
                refused = words::general(&refusals);
                if refusals != [Refusal::DescriptionChanged] {
                    break;
                }
            }
        }
        match ask.read(move |view, tenant| view.order_view(tenant, order)).await? {
            Some(found) => details = found.details,
            None => return Ok(Err(words::ORDER_UNKNOWN.to_owned())),
        }
    }
    Ok(Err(refused))
}

/// Adds a remark below those that are there, or in their place; all of them together are no longer than one may be.
pub(crate) fn append(kept: &mut Map<String, Value>, name: &str, text: String, replace: bool) -> Result<(), String> {
    let before = kept.get(name).and_then(Value::as_str).filter(|before| !before.is_empty() && !replace);
    let text = before.map_or_else(|| text.clone(), |before| format!("{before}\n{text}"));
    if text.chars().count() > LONGEST_COMMENT {
        return Err(words::invalid_value(name));
    }
    kept.insert(name.to_owned(), Value::String(text));
    Ok(())
}
