//! Shipments: what carriers carry (contract `carriyo.md`, section 7).

use serde_json::{Map, Value, json};
use waybill_domain::{
    BookingFault, Command, Consign, Consignment, ConsignmentAct, ConsignmentDraft, ConsignmentStage, Outcome, Timestamp,
};
use waybill_engine::store::ConsignmentList;

use super::body::{Faults, LONGEST_REFERENCE, Object};
use super::order::Page;
use super::ship::{Booking, booking, carried};
use super::words::{self, Names};
use super::{Answer, Ask, KEPT, Stop, fault, ids, intake, json_of};
use crate::{kept, time};

/// Members of a shipment that are shown as they came.
const MEMBERS: &[&str] = &[
    "entity_type",
    "merchant",
    "references",
    "payment",
    "collection",
    "pickup",
    "dropoff",
    "items",
    "customs",
    "freight",
    "custom_attributes",
    "order_date",
    "order_type",
    "language",
    "pre_booked",
];

/// A fault as it is told; of an order with the shipment that it is about.
pub(crate) fn error_detail(fault: &BookingFault, shipment: Option<&str>) -> Value {
    let BookingFault { code, field, message, by_carrier, is_error } = fault;
    let mut map = Map::new();
    let mut say = |name: &str, text: &str| map.insert(name.to_owned(), text.into());
    say("level", if *is_error { "ERROR" } else { "WARNING" });
    say("code", code);
    if let Some(field) = field {
        let of = shipment.map_or_else(|| field.clone(), |id| format!("{id}.{field}"));
        say("field", &of);
    }
    say("message", message);
    say("source", if *by_carrier { "CARRIER" } else { "CARRIYO" });
    say("trigger", "BOOKING");
    say("type", "VALIDATION");
    Value::Object(map)
}

/// A whole shipment: its status sits in `post_shipping_info`.
fn shown(found: &Consignment, tenant: &str) -> Value {
    let Consignment { extra, faults, milestones, .. } = found;
    let mut map = kept::read(extra, KEPT);
    let id = ids::shipment(found.id);
    let kept_info = map.remove("pre_booking_info");
    let mut info = Map::new();
    let mut say = |name: &str, value: Value| {
        info.insert(name.to_owned(), value);
    };
    say("status", found.stage.as_str().into());
    if let Some(tracking) = &found.tracking {
        say("tracking_no", tracking.as_str().into());
    }
    if let Some(label) = &found.label {
        say("default_label_url", label.as_str().into());
        say("carrier_pdf_label_url", label.as_str().into());
    }
    if let Some(url) = kept_info.as_ref().and_then(|info| info.get("carrier_tracking_url")) {
        say("carrier_tracking_url", url.clone());
    }
    let reached = milestones.iter().map(|(stage, at)| (stage.as_str().to_owned(), time::show_iso(*at).into()));
    say("key_milestones", Value::Object(reached.collect()));
    say("error_details", faults.iter().map(|fault| error_detail(fault, None)).collect());
    let mut references = map.get("references").and_then(Value::as_object).cloned().unwrap_or_default();
    references.insert("partner_order_reference".to_owned(), found.order_reference.as_str().into());
    references.insert("partner_shipment_reference".to_owned(), found.reference.as_str().into());
    let parcels = map.get("parcels").and_then(Value::as_array).cloned().unwrap_or_default();
    let numbered = parcels.into_iter().enumerate().map(|(at, mut parcel)| {
        if let Some(parcel) = parcel.as_object_mut() {
            parcel.insert("parcel_id".to_owned(), format!("{id}-{}", at + 1).into());
        }
        parcel
    });
    let numbered: Vec<Value> = numbered.collect();
    let mut say = |name: &str, value: Value| {
        map.insert(name.to_owned(), value);
    };
    if !numbered.is_empty() {
        say("parcels", numbered.into());
    }
    say("tenant", tenant.into());
    say("shipment_id", id.into());
    say("references", Value::Object(references));
    if let Some(order) = found.order {
        say("order_id", ids::order(order).into());
    }
    if let Some(fulfilment) = found.fulfilment {
        say("fulfillment_order_id", ids::fulfilment_order(fulfilment).into());
    }
    say("pre_booked", found.prebooked.into());
    if let Some(info) = kept_info {
        say("pre_booking_info", info);
    }
    say("post_shipping_info", Value::Object(info));
    say("creation_date", time::show_iso(found.created_at).into());
    say("update_date", time::show_iso(found.updated_at).into());
    let confirmed = |(stage, at): &(ConsignmentStage, Timestamp)| (*stage != ConsignmentStage::Draft).then_some(*at);
    if let Some(at) = milestones.iter().find_map(confirmed) {
        say("confirmation_date", time::show_iso(at).into());
    }
    Value::Object(map)
}

/// The shipment that the address names, by our id or by the shop's reference. One of another store's order is not found.
async fn find(ask: &Ask) -> Result<Consignment, Stop> {
    let (name, store) = (ask.names[0].clone(), ask.store);
    let found = ask.read(move |view, tenant| {
        let by_id = match ids::read_shipment(&name) {
            Some(id) => view.consignment(tenant, id)?,
            None => None,
        };
        let Some(found) =
            by_id.map_or_else(|| view.consignment_of_reference(tenant, &name), |found| Ok(Some(found)))?
        else {
            return Ok(None);
        };
        let order = found.order.map_or(Ok(None), |order| view.order(tenant, order))?;
        Ok(order.is_none_or(|order| order.store == store).then_some(found))
    });
    let found = found.await?.filter(|found| is_of(found, &ask.merchant.merchant));
    found.ok_or_else(|| fault(404, words::no_shipment(&ask.names[0])))
}

/// Whether it is this account's: one of no order says so itself.
fn is_of(found: &Consignment, merchant: &str) -> bool {
    let merchant_of = |said: &Map<String, Value>| said.get("merchant").and_then(Value::as_str).map(str::to_owned);
    found.order.is_some() || merchant_of(&kept::read(&found.extra, KEPT)).as_deref() == Some(merchant)
}

fn names(ask: &Ask) -> Names {
    Names { shipment: ask.names.first().cloned().unwrap_or_default(), ..Names::default() }
}

async fn now(ask: &Ask, id: waybill_domain::ConsignmentId) -> Answer {
    let found = ask.read(move |view, tenant| view.consignment(tenant, id)).await?;
    let found = found.ok_or_else(|| fault(404, words::no_shipment(&ids::shipment(id))))?;
    json_of(&shown(&found, &ask.merchant.tenant))
}

/// `GET shipments/{}`.
pub(crate) async fn get(ask: Ask) -> Answer {
    json_of(&shown(&find(&ask).await?, &ask.merchant.tenant))
}

/// `GET shipments`: those that changed last come first.
pub(crate) async fn list(ask: Ask) -> Answer {
    let page = Page::read(&ask)?;
    let span = |from: Option<Timestamp>, to: Option<Timestamp>| {
        (from.unwrap_or(Timestamp(i64::MIN)), to.unwrap_or(Timestamp(i64::MAX)))
    };
    let merchants = ask.query_all("merchant");
    if !merchants.is_empty() && !merchants.contains(&ask.merchant.merchant.as_str()) {
        return json_of(&json!([]));
    }
    let list = ConsignmentList {
        updated: span(ask.query_date("update_date_from")?, ask.query_date("update_date_to")?),
        created: span(ask.query_date("creation_date_from")?, ask.query_date("creation_date_to")?),
        words: ask.query("search_string").unwrap_or_default().to_owned(),
        store: ask.store,
        limit: page.size,
        offset: page.offset(),
    };
    let found = ask.read(move |view, tenant| view.list_consignments(tenant, &list)).await?;
    let own = found.iter().filter(|found| is_of(found, &ask.merchant.merchant));
    json_of(&own.map(|found| shown(found, &ask.merchant.tenant)).collect::<Vec<_>>())
}

/// `POST shipments`: of no order of ours.
pub(crate) async fn create(ask: Ask) -> Answer {
    let hold = ask.query_flag("draft")?;
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    body.required("merchant", LONGEST_REFERENCE);
    let references = body.object("references");
    if body.get("references").is_none() {
        body.fault("references", words::NULL);
    }
    let order_reference =
        references.as_ref().map(|all| all.required("partner_order_reference", LONGEST_REFERENCE)).unwrap_or_default();
    let reference = references.and_then(|all| all.filled("partner_shipment_reference", LONGEST_REFERENCE));
    if body.flag("pre_booked") == Some(true) && body.get("pre_booking_info").is_none() {
        body.fault("pre_booking_info", words::NULL);
    }
    let mut asked_for = carried(&body);
    let said = said(&ask, &body);
    faults.unless(())?;
    let mut map = std::mem::take(&mut asked_for.said);
    map.extend(said);
    let accounts = ask.read(|view, tenant| view.carrier_accounts(tenant)).await?;
    let Booking { carrier, account, faults } = booking(&mut map, &asked_for, None, &accounts, None)?;
    let draft = ConsignmentDraft {
        // The order's, unless it has one of its own.
        reference,
        order_reference,
        carrier,
        account,
        prebooked: asked_for.prebooked.map(|booked| (booked.tracking, booked.label)),
        hold,
        faults,
        beside: None,
        extra: kept::write(KEPT, map),
    };
    let command = Command::Consign(Box::new(Consign { of: None, fulfil: None, draft }));
    match ask.execute(command, &names(&ask)).await? {
        Outcome::Consignment(id) => now(&ask, id).await,
        other => unreachable!("a consignment is made, not {other:?}"),
    }
}

/// What is shown again as it came, if it can be.
fn said(ask: &Ask, body: &Object<'_>) -> Map<String, Value> {
    if body.filled("merchant", LONGEST_REFERENCE).is_some_and(|merchant| merchant != ask.merchant.merchant) {
        body.fault("merchant", "merchant not found");
    }
    body.object("references");
    for item in body.list("items").unwrap_or_default() {
        item.required("sku", LONGEST_REFERENCE);
        item.pieces("quantity");
    }
    intake::members(body, MEMBERS)
}

async fn act(ask: &Ask, found: &Consignment, act: ConsignmentAct) -> Answer {
    let command = Command::ActOnConsignment { order: found.order, consignment: found.id, act };
    ask.execute(command, &names(ask)).await?;
    now(ask, found.id).await
}

/// `POST shipments/{}/confirm`; what the body says replaces what was said before.
pub(crate) async fn confirm(ask: Ask) -> Answer {
    let found = find(&ask).await?;
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    let mut asked_for = carried(&body);
    let said = said(&ask, &body);
    faults.unless(())?;
    let mut map = kept::read(&found.extra, KEPT);
    map.extend(std::mem::take(&mut asked_for.said));
    // Its reference is locked.
    map.extend(said.into_iter().filter(|(name, _)| name != "references"));
    let of = found.order;
    let (accounts, order) = ask
        .read(move |view, tenant| {
            let order = of.map_or(Ok(None), |order| view.order(tenant, order))?;
            Ok((view.carrier_accounts(tenant)?, order))
        })
        .await?;
    let currency = order.as_ref().map(|order| order.currency.as_str());
    let Booking { carrier, account, faults } =
        booking(&mut map, &asked_for, found.account.as_deref(), &accounts, currency)?;
    let confirm = ConsignmentAct::Confirm {
        by: Some((carrier, account)),
        prebooked: asked_for.prebooked.map(|booked| (booked.tracking, booked.label)),
        faults,
        extra: kept::write(KEPT, map),
    };
    act(&ask, &found, confirm).await
}

/// `POST shipments/{}/cancel`.
pub(crate) async fn cancel(ask: Ask) -> Answer {
    let found = find(&ask).await?;
    act(&ask, &found, ConsignmentAct::Cancel).await
}

/// `POST shipments/{}/update-status`.
pub(crate) async fn update_status(ask: Ask) -> Answer {
    let found = find(&ask).await?;
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    let word = body.required("new_status", LONGEST_REFERENCE);
    let at = body.date("update_date");
    let to = ConsignmentStage::parse(&word);
    if to.is_none() && !word.is_empty() {
        body.fault("new_status", "is not a shipment status");
    }
    let (to, at) = faults.unless((to, at))?;
    let Some(to) = to else {
        return Err(fault(400, words::of_field("new_status", words::BLANK)));
    };
    act(&ask, &found, ConsignmentAct::Move { to, at }).await
}
