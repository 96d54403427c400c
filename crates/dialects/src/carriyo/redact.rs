//! `POST orders/{}/redact`: an order that is closed or cancelled forgets whom it was for (contract `carriyo.md`, section 6).
//!
//! What this door keeps as it came is JSON of its own, so it says here what of that is known to speak of nobody, member by
//! member. Whatever else a client has sent goes.

use serde_json::{Map, Value};
use waybill_domain::{Command, Redact};
use waybill_engine::store::CarriedOrder;

use super::order::{keep, kept, now};
use super::{Answer, Ask, KEPT};
use crate::kept as whole;

/// What stays of an order.
const ORDER: &[&str] = &[
    "language",
    "sales_channel",
    "delivery_method",
    "delivery_type",
    "taxes_included",
    "duties_included",
    "payment.currency",
    "payment.order_total",
    "payment.payment_on_delivery",
    "shipping_lines.name",
    "shipping_lines.carrier",
    "shipping_lines.price",
];

/// What stays of a line: the goods. A picture, or what was written on them, may have been somebody's own.
const GOODS: &[&str] = &[
    "id",
    "sku",
    "product_ref",
    "description",
    "barcode",
    "digital",
    "quantity",
    "unit_price",
    "price.amount",
    "price.currency",
    "weight.value",
    "weight.unit",
    "origin_country",
    "hs_code",
    "dangerous_goods",
];

/// What stays of a shipment, beside its items: who carries how much, and what is still to be paid.
const SHIPMENT: &[&str] = &[
    "entity_type",
    "merchant",
    "references.alternate_reference",
    "order_type",
    "order_date",
    "language",
    "pre_booked",
    "ship_zone",
    "payment.payment_mode",
    "payment.total_amount",
    "payment.pending_amount",
    "payment.currency",
    "carrier_account.carrier_id",
    "carrier_account.carrier_account_name",
    "carrier_account.carrier",
    "delivery.delivery_type",
    "delivery.scheduled_from",
    "delivery.scheduled_to",
    "delivery.scheduled_date",
    "pre_booking_info.input_carrier",
    "pre_booking_info.carrier_tracking_no",
    "parcels.partner_parcel_reference",
    "parcels.weight.value",
    "parcels.weight.unit",
    "parcels.dimension.width",
    "parcels.dimension.height",
    "parcels.dimension.depth",
    "parcels.dimension.unit",
    "parcels.parcel_items.sku",
    "parcels.parcel_items.quantity",
];

/// Redacts an order, and shows it as it is then.
pub(crate) async fn redact(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let names = ask.names_of(&found, Vec::new());
    ask.execute(Command::Redact(Box::new(request(&found))), &names).await?;
    now(&ask, found.order.id).await
}

fn request(found: &CarriedOrder) -> Redact {
    let CarriedOrder { order, prices: _, details, consignments } = found;
    let items = details.items.iter().filter_map(|(item, extra)| {
        let goods = impersonal(&whole::read(extra, KEPT), GOODS);
        extra.contains_key(KEPT).then(|| (*item, whole::write(KEPT, goods)))
    });
    let consignments = consignments.iter().map(|consignment| {
        let said = whole::read(&consignment.extra, KEPT);
        let mut stays = impersonal(&said, SHIPMENT);
        let goods = said.get("items").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
        let goods: Vec<Value> = goods.map(|item| Value::Object(impersonal(item, GOODS))).collect();
        stays.insert("items".to_owned(), goods.into());
        (consignment.id, whole::write(KEPT, stays))
    });
    Redact {
        order: order.id,
        extra: keep(&impersonal(&kept(&details.extra), ORDER)),
        items: items.collect(),
        consignments: consignments.collect(),
    }
}

/// Those members of an object that are named, by their paths from it; lists are looked through.
fn impersonal(map: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let mut left = Map::new();
    for (name, value) in map {
        let below: Vec<&str> =
            names.iter().filter_map(|path| path.strip_prefix(name.as_str())?.strip_prefix('.')).collect();
        let stays = match value {
            Value::Object(map) if !below.is_empty() => Some(Value::Object(impersonal(map, &below))),
            Value::Array(list) if !below.is_empty() => {
                let objects = list.iter().filter_map(Value::as_object);
                Some(objects.map(|map| Value::Object(impersonal(map, &below))).collect())
            }
            Value::Object(_) | Value::Array(_) => None,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                names.contains(&name.as_str()).then(|| value.clone())
            }
        };
        left.extend(stays.map(|stays| (name.clone(), stays)));
    }
    left
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_named_stays_however_deep_and_in_whatever_shape_it_came() {
        let said = json!({
            "language": "de",
            "customer": {"contact_name": "Ann"},
            "sales_channel": {"contact_name": "Ann"},
            "payment": {"currency": "EUR", "order_total": 5, "card_holder": "Ann"},
            "shipping_lines": [{"name": "Express", "price": 3, "notes": "for Ann"}, "Ann"],
        });
        let left = impersonal(said.as_object().expect("it is an object"), ORDER);
        let wanted = json!({
            "language": "de",
            "payment": {"currency": "EUR", "order_total": 5},
            "shipping_lines": [{"name": "Express", "price": 3}],
        });
        assert_eq!(Value::Object(left), wanted);
    }
}
