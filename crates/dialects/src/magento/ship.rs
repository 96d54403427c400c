//! `POST order/:orderId/ship` and `POST shipment` (contract 7.1, 7.2): the same act.

use std::collections::BTreeMap;

use waybill_domain::{
    Capture, Command, Costs, Demand, Departure, Excess, Extra, ItemId, Notify, OrderId, Outcome, Quantity, ShipOrder,
    SourceChoice, SourceCode, TrackDraft,
};

use super::invoice::lines;
use super::taken::Taken;
use super::wire::fault::{Entry, Fault};
use super::{Answer, Ask, document, shipment, words};

/// Ships an order, in full or in part; the shipment's id.
pub(crate) async fn ship(ask: Ask) -> Answer {
    let values = ask.values();
    let command = ShipOrder {
        order: OrderId(values.int("order_id").unwrap_or(0)),
        lines: lines(&values)?,
        source: source(&values),
        excess: Excess::Trim,
        capture: capture(&values),
        departure: Departure::Now,
        costs: Costs::All,
        demand: Demand::Refuse,
        fulfilment: None,
        reference: None,
        tracks: values.objects("tracks").iter().map(track).collect::<Result<_, _>>()?,
        comment: document::comment_with(&values),
        notify: document::notify(&values),
        extra: Extra::new(),
        line_extra: BTreeMap::new(),
    };
    match ask.execute(Command::Ship(command), words::ship).await? {
        Outcome::Shipment { id, .. } => Ok(id.0.into()),
        other => unreachable!("a ship order makes a shipment, not {other:?}"),
    }
}

/// The source that the request names, or the rule when it names none (contract 10.5).
fn source(values: &Taken<'_>) -> SourceChoice {
    let named = values
        .object("arguments")
        .and_then(|arguments| arguments.extension())
        .and_then(|extension| extension.text("source_code"))
        .or_else(|| values.text("source_code"));
    match named {
        Some(code) => SourceChoice::Named(SourceCode(code)),
        None => SourceChoice::OnlyLinked,
    }
}

/// Whether what is shipped must be paid first. Magento knows no such thing: the argument is ours, and it does not when
/// it is left out.
fn capture(values: &Taken<'_>) -> Capture {
    let extension = values.object("arguments").and_then(|arguments| arguments.extension());
    match extension.and_then(|extension| extension.flag("waybill_capture")) {
        Some(true) => Capture::Required,
        Some(false) | None => Capture::No,
    }
}

/// A tracking number as it was sent.
pub(crate) fn track(track: &Taken<'_>) -> Result<TrackDraft, Fault> {
    Ok(TrackDraft {
        number: track.text("track_number").unwrap_or_default(),
        title: track.text("title"),
        carrier: track.text("carrier_code").unwrap_or_default(),
        description: track.text("description"),
        weight: track.amount("weight")?,
        quantity: track.quantity("qty")?,
    })
}

/// Stores a shipment as an object; with us the same act as `ship`, which refuses what is not to be had.
pub(crate) async fn save(ask: Ask) -> Answer {
    let entity = ask.values().object("entity").expect("it is required");
    if entity.int("entity_id").is_some_and(|id| id != 0) {
        return Err(Fault::bad("The shipment couldn't be saved.")
            .with(vec![Entry::new("A shipment that was made cannot be changed. Add tracks and comments instead.")])
            .into());
    }
    let (items, order) = (entity.objects("items"), entity.int("order_id").unwrap_or(0));
    if items.is_empty() {
        return Err(Fault::could_not_save("The shipment couldn't be saved.")
            .with(vec![Entry::new("We cannot create an empty shipment.")])
            .into());
    }
    let mut lines = Vec::new();
    let mut line_extra = BTreeMap::new();
    for item in &items {
        let id = ItemId(item.int("order_item_id").unwrap_or(0));
        lines.push((id, item.quantity("qty")?.unwrap_or(Quantity::ZERO)));
        line_extra.insert(id, shipment::line_extra(item));
    }
    let command = ShipOrder {
        order: OrderId(order),
        lines,
        source: match entity.extension().and_then(|extension| extension.text("source_code")) {
            Some(code) => SourceChoice::Named(SourceCode(code)),
            None => SourceChoice::OnlyEnabled,
        },
        excess: Excess::Refuse,
        capture: Capture::No,
        departure: Departure::Now,
        costs: Costs::All,
        demand: Demand::Refuse,
        fulfilment: None,
        reference: None,
        tracks: entity.objects("tracks").iter().map(track).collect::<Result<_, _>>()?,
        comment: entity.objects("comments").first().map(document::comment_draft),
        // Objects are stored; nobody is told.
        notify: Notify::No,
        extra: shipment::extra(&entity),
        line_extra,
    };
    match ask.execute(Command::Ship(command), words::shipment).await? {
        Outcome::Shipment { id, .. } => shipment::show(&ask, id).await,
        other => unreachable!("a ship order makes a shipment, not {other:?}"),
    }
}
