//! What is done to orders and their fulfilment orders (contract `carriyo.md`, section 6).

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use waybill_domain::{
    ChangeFulfilment, Command, DeliveryMethod, DraftAddress, FulfilmentAct, FulfilmentEdit, FulfilmentOrder,
    FulfilmentOrderId, ItemId, Lines, Quantity, SourceCode,
};
use waybill_engine::store::CarriedOrder;

use super::body::{Faults, LONGEST_REFERENCE, Object};
use super::order::{FULFILMENT_MEMBERS, kept, kept_member, kept_name, line_ids, shown};
use super::words::{self, Names};
use super::{Answer, Ask, Stop, fault, ids, intake, location};

/// Reasons that the documents know.
const REASONS: &[&str] = &[
    "CUSTOMER_CANCELLATION",
    "AUTO_ALLOCATION_FAILED",
    "INVENTORY_OUT_OF_STOCK",
    "STAFF_ERROR",
    "PAYMENT_ISSUE",
    "OTHER",
];

/// Carries out an act on an order, and shows it as it is then.
async fn change(ask: &Ask, found: CarriedOrder, act: FulfilmentAct, names: &Names) -> Answer {
    let order = found.order.id;
    ask.execute_on(found, Command::ChangeFulfilment(ChangeFulfilment { order, act }), names).await
}

/// The fulfilment order that the address names.
pub(crate) fn fulfilment(ask: &Ask, found: &CarriedOrder) -> Result<FulfilmentOrderId, Stop> {
    let name = &ask.names[1];
    let id = ids::read_fulfilment_order(name).filter(|id| found.order.fulfilment.iter().any(|one| one.id == *id));
    id.ok_or_else(|| fault(404, words::no_fulfilment_order(name)))
}

/// The lines that a body names, with the order in which it names them (contract 3.3, step 3).
pub(crate) fn lines(body: &Object<'_>, name: &str, known: &[(ItemId, String)]) -> (Lines, Vec<ItemId>) {
    let (mut lines, mut asked) = (Vec::new(), Vec::new());
    for line in body.list(name).unwrap_or_default() {
        let id = line.required("id", LONGEST_REFERENCE);
        let quantity = line.pieces("quantity");
        match known.iter().find(|(_, known)| *known == id) {
            Some((item, _)) => {
                asked.push(*item);
                lines.extend(quantity.map(|quantity| (*item, quantity)));
            }
            None if id.is_empty() => {}
            None => line.fault("id", &words::not_in_fulfilment(&id)),
        }
    }
    (summed(lines), asked)
}

/// Each line once: what is named twice is summed.
pub(crate) fn summed(lines: Lines) -> Lines {
    let mut all = Lines::new();
    for (item, quantity) in lines {
        match all.iter_mut().find(|(other, _)| *other == item) {
            Some((_, sum)) => *sum += quantity,
            None => all.push((item, quantity)),
        }
    }
    all
}

/// Lines that must be there.
pub(crate) fn some_lines(body: &Object<'_>, known: &[(ItemId, String)]) -> (Lines, Vec<ItemId>) {
    let named = lines(body, "line_items", known);
    body.must_be_filled("line_items");
    named
}

fn reason(body: &Object<'_>) -> String {
    let reason = body.required("cancellation_reason", LONGEST_REFERENCE);
    match reason.as_str() {
        // A client that is known to send it.
        "ORDER_CANCELLED" => "OTHER".to_owned(),
        known if known.is_empty() || REASONS.contains(&known) => reason,
        _ => {
            body.fault("cancellation_reason", &format!("must be one of [{}]", REASONS.join(", ")));
            reason
        }
    }
}

/// `POST …/cancel` of an order.
pub(crate) async fn cancel_order(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let faults = Faults::default();
    let reason = reason(&Object::whole(&ask.body, &faults));
    let reason = faults.unless(reason)?;
    let names = ask.names_of(&found, Vec::new());
    change(&ask, found, FulfilmentAct::CancelAll { reason }, &names).await
}

/// `POST …/allocate`, which is ours: by the client's rule, or as the body says.
pub(crate) async fn allocate(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let names = ask.names_of(&found, Vec::new());
    let faults = Faults::default();
    let drafts = drafts(&Object::whole(&ask.body, &faults), &found);
    let drafts = faults.unless(drafts)?;
    if !drafts.is_empty() {
        let lines = all_lines(&found);
        return change(&ask, found, FulfilmentAct::Assign { drafts, lines }, &names).await;
    }
    let Some(rule) = intake::rule(&ask, destination(&found).as_ref()).await? else {
        let message = "must not be empty where orders are allocated by hand";
        return Err(fault(400, words::of_field("fulfillment_orders", message)));
    };
    change(&ask, found, FulfilmentAct::Allocate(rule), &names).await
}

/// All lines of an order as it was found.
pub(crate) fn all_lines(found: &CarriedOrder) -> Vec<ItemId> {
    found.order.items.iter().map(|item| item.id).collect()
}

/// Where an order goes, as far as a rule asks.
pub(crate) fn destination(found: &CarriedOrder) -> Option<DraftAddress> {
    found.details.shipping.as_ref().map(|address| DraftAddress {
        country: address.country.clone(),
        postcode: address.postcode.clone(),
        city: address.city.clone(),
        region: address.region.clone(),
        ..DraftAddress::default()
    })
}

/// The fulfilment orders that a body names for an order that is there: lines by their positions in it.
pub(crate) fn drafts(body: &Object<'_>, found: &CarriedOrder) -> Vec<waybill_domain::FulfilmentDraft> {
    let ids: Vec<String> = line_ids(found).into_iter().map(|(_, id)| id).collect();
    drafts_of(body, found, &ids, BTreeMap::new())
}

/// The same where the order's lines change with them: `ids` are how they are called then, and `left` how many there are of
/// each, as far as the body says.
pub(crate) fn drafts_of(
    body: &Object<'_>,
    found: &CarriedOrder,
    ids: &[String],
    left: BTreeMap<usize, Quantity>,
) -> Vec<waybill_domain::FulfilmentDraft> {
    let mut drafts = intake::fulfilment_drafts(body, ids, left);
    for draft in &mut drafts {
        if let Some(there) = found.order.fulfilment.iter().find(|one| is_meant(draft, one)) {
            draft.location = draft.location.take().or_else(|| there.location.clone());
        }
    }
    drafts
}

fn is_meant(draft: &waybill_domain::FulfilmentDraft, one: &FulfilmentOrder) -> bool {
    draft.id == Some(one.id) || (draft.reference.is_some() && draft.reference == one.reference)
}

/// `POST …/unfulfill`.
pub(crate) async fn unfulfil(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let fulfilment = fulfilment(&ask, &found)?;
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    let list = body.get("fulfillment_ids").and_then(Value::as_array);
    if list.is_none_or(Vec::is_empty) {
        body.fault("fulfillment_ids", words::EMPTY);
    }
    let mut shipments = Vec::new();
    for (at, id) in list.into_iter().flatten().enumerate() {
        match id.as_str().and_then(ids::read_fulfilment) {
            Some(id) => shipments.push(id),
            None => faults.push(&format!("fulfillment_ids[{at}]"), "fulfillment not found"),
        }
    }
    let shipments = faults.unless(shipments)?;
    let names = ask.names_of(&found, Vec::new());
    change(&ask, found, FulfilmentAct::Unfulfil { fulfilment, shipments }, &names).await
}

/// `POST …/cancel` of lines.
pub(crate) async fn cancel_lines(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let fulfilment = fulfilment(&ask, &found)?;
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    let (reason, (lines, asked)) = (reason(&body), some_lines(&body, &line_ids(&found)));
    let (reason, lines, asked) = faults.unless((reason, lines, asked))?;
    let names = ask.names_of(&found, asked);
    change(&ask, found, FulfilmentAct::Cancel { fulfilment, lines, reason }, &names).await
}

/// `POST …/split`.
pub(crate) async fn split(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let fulfilment = fulfilment(&ask, &found)?;
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    let (lines, asked) = some_lines(&body, &line_ids(&found));
    let location = body.filled("location_id", LONGEST_REFERENCE).map(SourceCode);
    let reference = body.filled("partner_fulfillment_order_reference", LONGEST_REFERENCE);
    faults.unless(())?;
    let names = ask.names_of(&found, asked);
    change(&ask, found, FulfilmentAct::Split { fulfilment, lines, location, reference }, &names).await
}

/// `POST …/fulfillment-orders/merge`.
pub(crate) async fn merge(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    let mut asked = Vec::new();
    let mut part = |name: &str| {
        let Some(part) = body.object(name) else {
            if body.get(name).is_none() {
                body.fault(name, words::NULL);
            }
            return (FulfilmentOrderId(0), Lines::new());
        };
        let id = part.required("fulfillment_order_id", LONGEST_REFERENCE);
        let known = ids::read_fulfilment_order(&id).filter(|id| found.order.fulfilment.iter().any(|one| one.id == *id));
        if known.is_none() && !id.is_empty() {
            part.fault("fulfillment_order_id", &words::no_fulfilment_order(&id));
        }
        let (lines, named) = lines(&part, "line_items", &line_ids(&found));
        asked.extend(named);
        (known.unwrap_or(FulfilmentOrderId(0)), lines)
    };
    let (source, lines) = part("source");
    let (destination, _) = part("destination");
    faults.unless(())?;
    let names = ask.names_of(&found, asked);
    // What a fulfilment order does not say itself is said of its order.
    let name = kept_name("delivery_type");
    let of_order = found.details.extra.get(&name).cloned();
    let alike = BTreeMap::from([(name, of_order)]);
    change(&ask, found, FulfilmentAct::Merge { source, lines, destination, alike }, &names).await
}

/// `PATCH …/update-location`.
pub(crate) async fn update_location(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let fulfilment = fulfilment(&ask, &found)?;
    let faults = Faults::default();
    let location = Object::whole(&ask.body, &faults).required("location_id", LONGEST_REFERENCE);
    let location = faults.unless(SourceCode(location))?;
    let names = ask.names_of(&found, Vec::new());
    change(&ask, found, FulfilmentAct::Move { fulfilment, location }, &names).await
}

/// Says something else of a fulfilment order; `None` takes a member away.
async fn edit(
    ask: &Ask,
    found: CarriedOrder,
    fulfilment: FulfilmentOrderId,
    method: Option<DeliveryMethod>,
    members: Vec<(&str, Option<Value>)>,
) -> Answer {
    let extra: BTreeMap<String, Option<String>> =
        members.into_iter().map(|(name, value)| (kept_name(name), value.map(|value| value.to_string()))).collect();
    let edit = FulfilmentEdit { method, extra, ..FulfilmentEdit::default() };
    let names = ask.names_of(&found, Vec::new());
    change(ask, found, FulfilmentAct::Edit { fulfilment, edit }, &names).await
}

fn method_of(found: &CarriedOrder, fulfilment: FulfilmentOrderId) -> DeliveryMethod {
    found.order.fulfilment.iter().find(|one| one.id == fulfilment).map_or(DeliveryMethod::Delivery, |one| one.method)
}

/// A window, as it is shown again: both ends or none, and the first before the second.
pub(crate) fn schedule(body: &Object<'_>) -> Option<Value> {
    let (from, to) = (body.date("scheduled_from"), body.date("scheduled_to"));
    match (from, to) {
        (Some(from), Some(to)) if from > to => {
            body.fault("scheduled_from", "must not be after scheduled_to");
            None
        }
        (Some(_), Some(_)) => Some(Value::Object(intake::members(body, &["scheduled_from", "scheduled_to"]))),
        (Some(_), None) => {
            body.fault("scheduled_to", words::NULL);
            None
        }
        (None, Some(_)) => {
            body.fault("scheduled_from", words::NULL);
            None
        }
        (None, None) => None,
    }
}

fn schedule_member(method: DeliveryMethod) -> Option<&'static str> {
    match method {
        DeliveryMethod::Delivery => Some("delivery_schedule"),
        DeliveryMethod::Collection => Some("customer_collection_schedule"),
        DeliveryMethod::Digital => None,
    }
}

fn address_member(method: DeliveryMethod) -> Option<&'static str> {
    match method {
        DeliveryMethod::Delivery => Some("delivery_address"),
        DeliveryMethod::Collection => Some("customer_collection_address"),
        DeliveryMethod::Digital => None,
    }
}

/// `PATCH …/update-schedule`.
pub(crate) async fn update_schedule(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let fulfilment = fulfilment(&ask, &found)?;
    let Some(member) = schedule_member(method_of(&found, fulfilment)) else {
        return Err(fault(400, "A DIGITAL fulfillment order has no schedule"));
    };
    let faults = Faults::default();
    let schedule = schedule(&Object::whole(&ask.body, &faults));
    let schedule = faults.unless(schedule)?;
    edit(&ask, found, fulfilment, None, vec![(member, schedule)]).await
}

/// `PATCH …/update-address`.
pub(crate) async fn update_address(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let fulfilment = fulfilment(&ask, &found)?;
    let Some(member) = address_member(method_of(&found, fulfilment)) else {
        return Err(fault(400, "A DIGITAL fulfillment order has no address"));
    };
    let faults = Faults::default();
    location::draft(&Object::whole(&ask.body, &faults));
    faults.unless(())?;
    let address = Value::Object(ask.body.clone());
    edit(&ask, found, fulfilment, None, vec![(member, Some(address))]).await
}

/// `PATCH …/update-delivery-method`: address and schedule of the one before are gone.
pub(crate) async fn update_delivery_method(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let fulfilment = fulfilment(&ask, &found)?;
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    let method = intake::method(&body);
    if body.get("delivery_method").is_none() {
        body.fault("delivery_method", words::NULL);
    }
    let address = body.object("address").map(|place| {
        location::draft(&place);
        Value::Object(place.kept_whole())
    });
    let schedule = schedule(&body);
    faults.unless(())?;
    let method = method.unwrap_or_default();
    let mut members: BTreeMap<&str, Option<Value>> = BTreeMap::new();
    let before = method_of(&found, fulfilment);
    if before != method {
        members.extend(schedule_member(before).into_iter().chain(address_member(before)).map(|name| (name, None)));
    }
    members.extend(address_member(method).zip(address).map(|(name, value)| (name, Some(value))));
    members.extend(schedule_member(method).zip(schedule).map(|(name, value)| (name, Some(value))));
    edit(&ask, found, fulfilment, Some(method), members.into_iter().collect()).await
}

/// `PATCH …/update-partner-references`, also by its old address.
pub(crate) async fn update_references(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let fulfilment = fulfilment(&ask, &found)?;
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    let reference = body.filled("partner_fulfillment_order_reference", LONGEST_REFERENCE);
    let rows = found.order.fulfilment.iter().filter(|one| one.id == fulfilment).flat_map(|one| &one.rows);
    let known: Vec<_> = rows.filter_map(|row| row.shipment).collect();
    let mut shipments = Vec::new();
    for one in body.list("fulfillments").unwrap_or_default() {
        let id = ids::read_fulfilment(&one.required("fulfillment_id", LONGEST_REFERENCE));
        let reference = one.required("partner_fulfillment_reference", LONGEST_REFERENCE);
        match id.filter(|id| known.contains(id)) {
            Some(id) => shipments.push((id, reference)),
            None => one.fault("fulfillment_id", "fulfillment not found"),
        }
    }
    faults.unless(())?;
    if reference.is_none() && shipments.is_empty() {
        return shown(&found, &ask.merchant);
    }
    let edit = FulfilmentEdit { reference, shipments, ..FulfilmentEdit::default() };
    let names = ask.names_of(&found, Vec::new());
    change(&ask, found, FulfilmentAct::Edit { fulfilment, edit }, &names).await
}

/// What a fulfilment order says of its delivery: its own members, else the order's.
pub(crate) fn said(found: &CarriedOrder, one: &FulfilmentOrder) -> Map<String, Value> {
    let of_order = |name: &&str| Some(((*name).to_owned(), kept_member(&found.details.extra, name)?));
    let mut all: Map<String, Value> = FULFILMENT_MEMBERS.iter().filter_map(of_order).collect();
    all.extend(kept(&one.extra));
    all
}
