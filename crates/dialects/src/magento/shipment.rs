//! Shipments, their comments, labels and tracks (contract 7.3).

use serde_json::{Map, Value, json};
use waybill_domain::{Command, DocumentId, Extra, OrderId, Outcome, ShipmentId, Subject, Track, TrackId};
use waybill_engine::store::{Entity, ShipmentView};

use super::document::{self, comment_object};
use super::taken::{Taken, number};
use super::wire::criteria::Names;
use super::wire::fault::{Entry, Fault};
use super::wire::shape;
use super::{Answer, Ask, Stop, listed, ship, words};
use crate::time;

const NAMES: Names = &[
    ("entity_id", "id"),
    ("order_id", "order_id"),
    ("store_id", "store"),
    ("increment_id", "number"),
    ("total_qty", "total"),
    ("source_code", "source"),
    ("created_at", "created_at"),
    ("updated_at", "updated_at"),
];

/// Members of a shipment that are kept and shown as they came.
const KEPT: &[&str] = &[
    "billing_address_id",
    "customer_id",
    "shipping_address_id",
    "shipment_status",
    "shipping_label",
    "total_weight",
    "packages",
    "total_qty",
    "store_id",
];

/// Members of a shipment's line that are kept and shown as they came.
const LINE_KEPT: &[&str] =
    &["additional_data", "description", "name", "price", "product_id", "row_total", "sku", "weight"];

fn kept(object: &Taken<'_>, names: &[&str]) -> Extra {
    names.iter().filter_map(|name| object.0.get(*name).map(|value| ((*name).to_owned(), value.to_string()))).collect()
}

/// What of a sent shipment is shown again.
pub(crate) fn extra(entity: &Taken<'_>) -> Extra {
    kept(entity, KEPT)
}

/// What of a sent line is shown again.
pub(crate) fn line_extra(item: &Taken<'_>) -> Extra {
    kept(item, LINE_KEPT)
}

/// One shipment.
pub(crate) async fn get(ask: Ask) -> Answer {
    let id = ShipmentId(ask.values().int("id").unwrap_or(0));
    show(&ask, id).await
}

/// Shipments that match.
pub(crate) async fn list(ask: Ask) -> Answer {
    listed(&ask, Entity::Shipments, NAMES, |view, tenant, ids| view.shipments(tenant, ids), object).await
}

async fn find(ask: &Ask, id: ShipmentId) -> Result<ShipmentView, Stop> {
    if id.0 == 0 {
        return Err(Fault::id_needed().into());
    }
    let found = ask.read(move |view, tenant| view.shipment(tenant, id)).await?;
    Ok(found.ok_or_else(Fault::no_entity)?)
}

/// A shipment as the answer to who made it.
pub(crate) async fn show(ask: &Ask, id: ShipmentId) -> Answer {
    Ok(object(&find(ask, id).await?))
}

fn object(view: &ShipmentView) -> Value {
    let ShipmentView { shipment, order, account, details, comments, mailed } = view;
    let mut map = read_extra("SalesDataShipment", &shipment.extra);
    let address = |address: &Option<waybill_domain::Address>| address.as_ref().map(|address| address.id.0);
    let mut fill = |name: &str, value: Value| {
        if !value.is_null() {
            map.entry(name.to_owned()).or_insert(value);
        }
    };
    fill("billing_address_id", json!(address(&details.billing)));
    fill("shipping_address_id", json!(address(&details.shipping)));
    fill("customer_id", json!(details.customer.id));
    fill("store_id", json!(shipment.store.0));
    fill("total_qty", number(shipment.total));
    fill("packages", json!([]));
    map.insert("created_at".to_owned(), json!(time::show(shipment.created_at)));
    map.insert("updated_at".to_owned(), json!(time::show(shipment.updated_at)));
    map.insert("entity_id".to_owned(), json!(shipment.id.0));
    map.insert("increment_id".to_owned(), json!(shipment.number));
    map.insert("order_id".to_owned(), json!(shipment.order.0));
    map.extend(document::mailed(*mailed));
    let items: Vec<Value> = shipment
        .lines
        .iter()
        .map(|line| {
            let mut map = read_extra("SalesDataShipmentItem", &line.extra);
            let mut fill = |name: &str, value: Value| {
                map.entry(name.to_owned()).or_insert(value);
            };
            if let Some(item) = order.item(line.item) {
                fill("name", json!(item.name));
                fill("sku", json!(item.sku.as_str()));
                fill("product_id", json!(item.product.map(|product| product.0)));
                if let Some(weight) = details.items.get(&item.id).and_then(|extra| extra.get("weight")) {
                    fill("weight", serde_json::from_str(weight).unwrap_or(Value::Null));
                }
            }
            if let Some(account) = account.lines.get(&line.item) {
                fill("price", number(account.price.amount));
            }
            map.insert("entity_id".to_owned(), json!(line.id.0));
            map.insert("parent_id".to_owned(), json!(shipment.id.0));
            map.insert("order_item_id".to_owned(), json!(line.item.0));
            map.insert("qty".to_owned(), number(line.quantity));
            Value::Object(map)
        })
        .collect();
    map.insert("items".to_owned(), Value::Array(items));
    map.insert("tracks".to_owned(), shipment.tracks.iter().map(track_object).collect());
    map.insert("comments".to_owned(), comments.iter().map(comment_object).collect());
    map.insert("extension_attributes".to_owned(), json!({"source_code": shipment.source.0}));
    Value::Object(map)
}

/// Members of a thing, as this shape has them, that were kept as JSON text; other doors keep some of their own beside
/// them.
pub(crate) fn read_extra(object: &str, extra: &Extra) -> Map<String, Value> {
    let members = &shape::shape(object).members;
    let ours = extra.iter().filter(|(name, _)| members.iter().any(|member| member.name == name.as_str()));
    ours.filter_map(|(name, text)| Some((name.clone(), serde_json::from_str(text).ok()?))).collect()
}

fn track_object(track: &Track) -> Value {
    json!({
        "order_id": track.order.0,
        "created_at": time::show(track.created_at),
        "entity_id": track.id.0,
        "parent_id": track.shipment.0,
        "updated_at": time::show(track.created_at),
        "weight": track.weight.map(number),
        "qty": track.quantity.map(number),
        "description": track.description,
        "track_number": track.number,
        "title": track.title,
        "carrier_code": track.carrier,
    })
}

/// A shipment's comments; of one that does not exist there are none.
pub(crate) async fn comments(ask: Ask) -> Answer {
    document::comments(ask, Subject::Shipment).await
}

/// Adds a comment.
pub(crate) async fn comment(ask: Ask) -> Answer {
    document::comment(ask, |id| DocumentId::Shipment(ShipmentId(id))).await
}

/// Tells the customer again.
pub(crate) async fn mail(ask: Ask) -> Answer {
    let id = ShipmentId(ask.values().int("id").unwrap_or(0));
    document::mail(&ask, Command::MailDocument(DocumentId::Shipment(id))).await
}

/// A shipment's label, as it was sent; empty when there is none.
pub(crate) async fn label(ask: Ask) -> Answer {
    let view = find(&ask, ShipmentId(ask.values().int("id").unwrap_or(0))).await?;
    let label = read_extra("SalesDataShipment", &view.shipment.extra).remove("shipping_label");
    Ok(label.unwrap_or_else(|| json!("")))
}

/// Adds a tracking number.
pub(crate) async fn add_track(ask: Ask) -> Answer {
    let entity = ask.values().object("entity").expect("it is required");
    let draft = ship::track(&entity)?;
    let (shipment, order) = (entity.int("parent_id").unwrap_or(0), entity.int("order_id").unwrap_or(0));
    let missing: Vec<Entry> = [
        ("Parent Track Id", shipment == 0),
        ("Order Id", order == 0),
        ("Number", draft.number.trim().is_empty()),
        ("Carrier Code", draft.carrier.trim().is_empty()),
    ]
    .into_iter()
    .filter(|(_, missing)| *missing)
    .map(|(label, _)| Entry::new(format!("\"{label}\" is required. Enter and try again.")))
    .collect();
    if !missing.is_empty() {
        return Err(Fault::could_not_save("Could not save the shipment tracking.").with(missing).into());
    }
    let shipment = ShipmentId(shipment);
    let command = Command::AddTrack { shipment, order: OrderId(order), track: draft };
    let outcome = ask.execute(command, words::track).await?;
    let view = find(&ask, shipment).await?;
    let made = view.shipment.tracks.iter().find(|track| outcome == Outcome::Track(track.id));
    Ok(made.map_or(Value::Null, track_object))
}

/// Takes a tracking number away.
pub(crate) async fn remove_track(ask: Ask) -> Answer {
    let id = ask.values().int("id").unwrap_or(0);
    if id == 0 {
        return Err(Fault::id_needed().into());
    }
    ask.execute(Command::RemoveTrack(TrackId(id)), words::plain).await?;
    Ok(json!(true))
}
