//! Where to ship from (contract 10.6).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use waybill_domain::{
    Algorithm, Position, Quantity, Sku, StockId, distance_order, metres_between, priority_order, select,
};
use waybill_engine::store::Needs;

use super::places::degrees;
use super::taken::{Taken, number};
use super::wire::fault::Fault;
use super::{Answer, Ask};

/// The algorithms there are.
pub(crate) async fn algorithms(_: Ask) -> Answer {
    Ok(Algorithm::ALL
        .iter()
        .map(|algorithm| {
            let (title, by) = match algorithm {
                Algorithm::Distance => ("Distance Priority", "shipping address distance from the source"),
                Algorithm::Priority => ("Source Priority", "predefined priority of Source"),
            };
            let description = format!("Algorithm which provides Source Selections based on {by}");
            json!({"code": algorithm.code(), "title": title, "description": description})
        })
        .collect())
}

/// What to take from where.
pub(crate) async fn result(ask: Ask) -> Answer {
    let values = ask.values();
    let code = values.text("algorithm_code").unwrap_or_default();
    let algorithm = Algorithm::parse(&code).ok_or_else(|| {
        Fault::positional(400, "There is no source selection algorithm \"%1\". Use distance or priority.", &[&code])
    })?;
    let request = values.object("inventory_request").expect("it is required");
    let stock = StockId(request.int("stock_id").unwrap_or(0));
    let wanted: Vec<(Sku, Quantity)> = request
        .objects("items")
        .iter()
        .map(|item| Ok((Sku::new(item.str("sku").unwrap_or("")), item.quantity("qty")?.unwrap_or(Quantity::ZERO))))
        .collect::<Result<_, Fault>>()?;
    let skus: BTreeSet<Sku> = wanted.iter().map(|(sku, _)| sku.clone()).collect();
    let needs = Needs { places: true, everywhere: skus, ..Needs::default() };

    let destination = request.extension().and_then(|extension| extension.object("destination_address"));
    let address = match (algorithm, destination) {
        (Algorithm::Priority, _) => None,
        (Algorithm::Distance, None) => {
            return Err(Fault::bad("No destination address was provided in the request").into());
        }
        (Algorithm::Distance, Some(address)) => {
            let text = |name: &str| address.text(name).unwrap_or_default();
            Some([text("country"), text("postcode"), text("city"), text("region")])
        }
    };
    let (set, position) = ask
        .read(move |view, tenant| {
            let position = match &address {
                Some([country, postcode, city, region]) => view.locate(country, postcode, city, region)?,
                None => None,
            };
            Ok((view.working_set(tenant, &needs)?, position))
        })
        .await?;
    let order = match algorithm {
        Algorithm::Priority => priority_order(set.places(), stock),
        Algorithm::Distance => distance_order(set.places(), stock, position),
    };
    let selection = select(&set, &order, &wanted);
    let items: Vec<Value> = selection
        .rows
        .iter()
        .map(|row| {
            json!({
                "source_code": row.source.0,
                "sku": row.sku.as_str(),
                "qty_to_deduct": number(row.deduct),
                "qty_available": number(row.available),
            })
        })
        .collect();
    Ok(json!({"source_selection_items": items, "shippable": selection.shippable}))
}

/// How distances are measured.
pub(crate) async fn provider(_: Ask) -> Answer {
    Ok(json!("offline"))
}

/// The distance between two places, in metres.
pub(crate) async fn distance(ask: Ask) -> Answer {
    let values = ask.values();
    let place = |name: &'static str| {
        let place = values.object(name).expect("it is required");
        position(&place)?.ok_or_else(|| Fault::required(&[name]))
    };
    Ok(json!(metres_between(place("source")?, place("destination")?)))
}

fn position(place: &Taken<'_>) -> Result<Option<Position>, Fault> {
    let (latitude, longitude) = (degrees(place, "lat", 90)?, degrees(place, "lng", 180)?);
    Ok(latitude.zip(longitude).map(|(latitude, longitude)| Position { latitude, longitude }))
}
