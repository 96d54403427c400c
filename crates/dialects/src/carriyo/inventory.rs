//! Inventory: what systems that keep stock say, and what there is (contract `carriyo.md`, section 2.5).

use serde_json::{Map, Value, json};
use waybill_domain::{Adjustment, Command, Level, Quantity, Sku, SourceCode, SourceItem};
use waybill_engine::random_hex;

use super::body::{Faults, LONGEST_REFERENCE, Object};
use super::order::pieces;
use super::words::{self, Names};
use super::{Answer, Ask, fault, json_of};

/// `POST inventory/events`: all of them happen, or none.
pub(crate) async fn events(ask: Ask) -> Answer {
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    let request = body.filled("request_id", LONGEST_REFERENCE);
    let list = body.list("events").unwrap_or_default();
    if list.is_empty() {
        body.fault("events", words::EMPTY);
    }
    let mut adjustments = Vec::new();
    for event in list {
        let kind = event.required("type", LONGEST_REFERENCE);
        let (sku, location) = (product(&event), event.required("location_id", LONGEST_REFERENCE));
        let level = |quantity: Quantity| if kind == "ADJUST" { Level::By(quantity) } else { Level::To(quantity) };
        let (on_hand, unavailable) = (event.quantity("on_hand"), event.quantity("unavailable"));
        if !matches!(kind.as_str(), "" | "SET" | "ADJUST") {
            event.fault("type", "must be one of [SET, ADJUST]");
        }
        if event.get("on_hand").is_none() && event.get("unavailable").is_none() {
            event.fault("on_hand", words::NULL);
        }
        adjustments.push(Adjustment {
            source: SourceCode(location),
            sku: Sku::new(&sku),
            on_hand: on_hand.map(level),
            unavailable: unavailable.map(level),
        });
    }
    faults.unless(())?;
    let count = adjustments.len();
    ask.execute(Command::AdjustStock(adjustments), &Names::default()).await?;
    let request = request.unwrap_or_else(random_hex);
    json_of(&json!({"request_id": request, "status": "completed", "events": count}))
}

fn product(event: &Object<'_>) -> String {
    match event.filled("product_id", LONGEST_REFERENCE) {
        Some(id) => id,
        None => event.required("sku", LONGEST_REFERENCE),
    }
}

/// `GET inventory/product-id/{}`: of every location.
pub(crate) async fn get(ask: Ask) -> Answer {
    let name = ask.names[0].clone();
    let sku = Sku::new(&name);
    let items = ask.read(move |view, tenant| view.source_items_of(tenant, &sku)).await?;
    if items.is_empty() {
        return Err(fault(404, format!("No inventory found with the product id: {name}")));
    }
    let level = |item: &SourceItem| {
        let mut map = Map::new();
        map.insert("location_id".to_owned(), item.source.0.as_str().into());
        for (name, quantity) in [
            ("on_hand", item.on_hand),
            ("reserved", item.allocated),
            ("unavailable", item.unavailable),
            ("available", item.free()),
        ] {
            map.insert(name.to_owned(), pieces(quantity));
        }
        Value::Object(map)
    };
    json_of(
        &json!({"product_id": name, "sku": items[0].sku.as_str(), "locations": items.iter().map(level).collect::<Vec<_>>()}),
    )
}
