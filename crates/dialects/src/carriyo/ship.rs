//! Ship and fulfil: a fulfilment order's lines go to a carrier (contract `carriyo.md`, sections 3, 4 and 6).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use waybill_domain::{
    Amount, BookingFault, Capture, Carrier, CarrierAccount, Command, Consign, ConsignmentDraft, Costs, DeliveryMethod,
    Demand, Departure, Excess, Extra, FulfilmentOrder, Lines, Notify, Quantity, ShipOrder, SourceChoice, Timestamp,
};
use waybill_engine::store::{CarriedOrder, Means};

use super::account::Chosen;
use super::act::{fulfilment, lines, said, schedule, some_lines, summed};
use super::body::{Faults, LONGEST_REFERENCE, LONGEST_TEXT, Object};
use super::order::{number, pieces};
use super::words::{self, Names};
use super::{Answer, Ask, KEPT, Stop, account, again, body, fault, ids, location, order};
use crate::{kept, time};

/// `POST …/ship`.
pub(crate) async fn ship(ask: Ask) -> Answer {
    again(&ask, |ask| Box::pin(ship_once(ask))).await
}

async fn ship_once(ask: &Ask) -> Answer {
    let draft_only = ask.query_flag("create_draft_shipment")?;
    let (found, means) = ask.order_and_means(ids::read_fulfilment_order(&ask.names[1])).await?;
    let fulfilment = fulfilment(ask, &found)?;
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    let mut names = ask.names_of(&found, Vec::new());
    let (named, asked) = lines(&body, "line_items", &names.lines);
    names.asked = asked;
    body.must_not_be_empty("line_items");
    let one = one_of(&found, fulfilment)?;
    let carried = if named.is_empty() { summed(one.waiting()) } else { named.clone() };
    let asked_for = read(&body, &found, one, &carried, uncollected(&found));
    let asked_for = faults.unless(asked_for)?;
    let draft = consignment(ask, &found, &names, &carried, asked_for, means, draft_only)?;
    let consign = Consign { of: Some((found.order.id, fulfilment, named)), fulfil: None, draft };
    ask.execute_on(found, Command::Consign(Box::new(consign)), &names).await
}

/// `POST …/fulfill`: the goods are fulfilled, and a carrier has them unless that is skipped.
pub(crate) async fn fulfil(ask: Ask) -> Answer {
    again(&ask, |ask| Box::pin(fulfil_once(ask))).await
}

async fn fulfil_once(ask: &Ask) -> Answer {
    let (draft_only, skip) = (ask.query_flag("create_draft_shipment")?, ask.query_flag("skip_shipping")?);
    let (found, means) = ask.order_and_means(ids::read_fulfilment_order(&ask.names[1])).await?;
    let id = fulfilment(ask, &found)?;
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    let mut names = ask.names_of(&found, Vec::new());
    let (named, asked) = some_lines(&body, &names.lines);
    names.asked = asked;
    let reference = body.filled("partner_fulfillment_reference", LONGEST_REFERENCE);
    let one = one_of(&found, id)?;
    let is_digital = |item| found.order.item(item).is_some_and(|item| item.is_virtual);
    let carried: Lines = named.iter().copied().filter(|(item, _)| !is_digital(*item)).collect();
    let asked_for = read(&body, &found, one, &carried, uncollected(&found));
    let asked_for = faults.unless(asked_for)?;
    let source = match one.location.clone() {
        Some(source) => SourceChoice::Named(source),
        // What is digital comes from nowhere.
        None if carried.is_empty() => SourceChoice::OnlyLinked,
        None => {
            let errors = carried.iter().map(|(item, _)| {
                let line = names.line(*item);
                let message = format!("line item {line} is open, must be allocated before it is fulfilled");
                words::of_field(&names.place(*item, "id"), &message)
            });
            return Err(Stop::Fault(400, errors.collect()));
        }
    };
    let nothing_to_carry = skip || one.method == DeliveryMethod::Digital || carried.is_empty();
    let ask_ship = ShipOrder {
        order: found.order.id,
        lines: named,
        source,
        excess: Excess::Refuse,
        capture: Capture::No,
        departure: Departure::Fulfilled {
            deduct: ask.merchant.deduct_on_fulfil || nothing_to_carry,
            close: nothing_to_carry,
        },
        costs: Costs::All,
        demand: Demand::Refuse,
        fulfilment: Some(id),
        reference,
        tracks: Vec::new(),
        comment: None,
        notify: Notify::No,
        extra: Extra::new(),
        line_extra: BTreeMap::new(),
    };
    let command = if nothing_to_carry {
        Command::Ship(ask_ship)
    } else {
        let draft = consignment(ask, &found, &names, &carried, asked_for, means, draft_only)?;
        let of = Some((found.order.id, id, carried));
        Command::Consign(Box::new(Consign { of, fulfil: Some(Box::new(ask_ship)), draft }))
    };
    ask.execute_on(found, command, &names).await
}

fn one_of(found: &CarriedOrder, id: waybill_domain::FulfilmentOrderId) -> Result<&FulfilmentOrder, Stop> {
    let one = found.order.fulfilment.iter().find(|one| one.id == id);
    one.ok_or_else(|| fault(404, words::no_fulfilment_order(&ids::fulfilment_order(id))))
}

/// What the customer pays on delivery and no shipment that lives collects (contract 4.5).
fn uncollected(found: &CarriedOrder) -> Amount {
    let wanted = on_delivery(found);
    if wanted <= Amount::ZERO {
        return Amount::ZERO;
    }
    let alive = found.consignments.iter().filter(|consignment| !consignment.stage.is_cancelled());
    let collected =
        alive.map(|consignment| amount(kept::read(&consignment.extra, KEPT).get("payment"), "pending_amount"));
    (wanted - collected.sum()).max(Amount::ZERO)
}

/// What the customer pays on delivery, whatever is collected already.
fn on_delivery(found: &CarriedOrder) -> Amount {
    amount(order::kept_member(&found.details.extra, "payment").as_ref(), "payment_on_delivery")
}

fn amount(payment: Option<&Value>, name: &str) -> Amount {
    let text = payment.and_then(|payment| payment.get(name)).and_then(body::number);
    text.and_then(|text| Amount::parse(&text).ok()).unwrap_or(Amount::ZERO)
}

/// What a body says of how goods are carried (contract, section 4).
pub(crate) struct Carried {
    pub(crate) account: Option<Chosen>,
    pub(crate) prebooked: Option<Prebooked>,
    /// What is shown again.
    pub(crate) said: Map<String, Value>,
}

/// Something that the shop has booked itself.
pub(crate) struct Prebooked {
    pub(crate) carrier: Option<String>,
    pub(crate) tracking: String,
    pub(crate) label: Option<String>,
}

/// Reads everything of it: what is wrong with its shape is told at once.
fn read(body: &Object<'_>, found: &CarriedOrder, one: &FulfilmentOrder, lines: &Lines, uncollected: Amount) -> Carried {
    let mut carried = carried(body);
    carried.said.insert("payment".to_owned(), payment(body, found, lines, uncollected));
    let said = said(found, one);
    let delivery = body.object("delivery").map(|delivery| delivery.map.clone()).unwrap_or_else(|| {
        let mut delivery = Map::new();
        delivery.extend(said.get("delivery_type").map(|kind| ("delivery_type".to_owned(), kind.clone())));
        delivery.extend(said.get("delivery_schedule").and_then(Value::as_object).cloned().unwrap_or_default());
        delivery
    });
    carried.said.insert("delivery".to_owned(), Value::Object(delivery));
    let member =
        if one.method == DeliveryMethod::Collection { "customer_collection_address" } else { "delivery_address" };
    let of_order = || {
        let address = found.details.shipping.as_ref()?;
        Some(json!(location::OfAddress { address, email: &found.order.email }))
    };
    let dropoff = said.get(member).cloned().or_else(of_order).unwrap_or_else(|| json!({}));
    carried.said.insert("dropoff".to_owned(), dropoff);
    carried
}

/// Account, parcels, delivery and pre-booking.
pub(crate) fn carried(body: &Object<'_>) -> Carried {
    let mut said = Map::new();
    let mut parcels = Vec::new();
    for parcel in body.list("parcels").unwrap_or_default() {
        for (name, parts) in [("weight", &["value"][..]), ("dimension", &["width", "height", "depth"])] {
            let Some(measure) = parcel.object(name) else { continue };
            for part in parts {
                if measure.quantity(part).is_some_and(|value| value.0 <= 0) {
                    measure.fault(part, "must be greater than 0");
                }
            }
            let units: &[&str] = if name == "weight" { &["kg", "g", "lb", "oz"] } else { &["cm", "in"] };
            if measure.filled("unit", LONGEST_REFERENCE).is_some_and(|unit| !units.contains(&unit.as_str())) {
                measure.fault("unit", &format!("must be one of [{}]", units.join(", ")));
            }
        }
        for item in parcel.list("parcel_items").unwrap_or_default() {
            item.required("sku", LONGEST_REFERENCE);
            item.pieces("quantity");
        }
        parcel.text("description", LONGEST_TEXT);
        parcel.text("partner_parcel_reference", LONGEST_REFERENCE);
        parcels.push(Value::Object(parcel.kept_whole()));
    }
    if !parcels.is_empty() {
        said.insert("parcels".to_owned(), Value::Array(parcels));
    }
    if let Some(delivery) = body.object("delivery") {
        delivery.text("delivery_type", LONGEST_REFERENCE);
        delivery.text("notes", LONGEST_TEXT);
        // One that ends before it begins is told when it is booked.
        if !is_backwards(delivery.date("scheduled_from"), delivery.date("scheduled_to")) {
            schedule(&delivery);
        }
        said.insert("delivery".to_owned(), Value::Object(delivery.kept_whole()));
    }
    if let Some(zone) = body.filled("ship_zone", LONGEST_REFERENCE) {
        said.insert("ship_zone".to_owned(), zone.into());
    }
    let account = body.object("carrier_account").map(|account| Chosen {
        id: account.filled("carrier_id", LONGEST_REFERENCE),
        name: account.filled("carrier_account_name", LONGEST_REFERENCE),
    });
    let prebooked = body.object("pre_booking_info").map(|info| {
        said.insert("pre_booking_info".to_owned(), Value::Object(info.kept_whole()));
        Prebooked {
            carrier: info.filled("input_carrier", LONGEST_REFERENCE),
            tracking: info.required("carrier_tracking_no", LONGEST_REFERENCE),
            label: info.filled("carrier_pdf_label_url", LONGEST_TEXT),
        }
    });
    Carried { account, prebooked, said }
}

fn is_backwards(from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
    matches!((from, to), (Some(from), Some(to)) if from > to)
}

/// What the customer still pays at the door (contract 4.5): what no other shipment collects, unless the body says.
fn payment(body: &Object<'_>, found: &CarriedOrder, lines: &Lines, uncollected: Amount) -> Value {
    let currency = found.order.currency.as_str();
    let price = |item: &waybill_domain::ItemId| found.prices.get(item).copied().unwrap_or(Amount::ZERO);
    let total: Amount = lines.iter().filter_map(|(item, quantity)| price(item).times(*quantity)).sum();
    let Some(said) = body.object("payment") else {
        let mode = if uncollected > Amount::ZERO { "CASH_ON_DELIVERY" } else { "PRE_PAID" };
        return json!({
            "payment_mode": mode,
            "total_amount": number(total.max(uncollected)),
            "pending_amount": number(uncollected),
            "currency": currency,
        });
    };
    let total = said.amount("total_amount").unwrap_or(total);
    let pending = said.amount("pending_amount").or_else(|| said.amount("payment_on_delivery")).unwrap_or(Amount::ZERO);
    if pending > total {
        said.fault("pending_amount", "must not be greater than total_amount");
    }
    let mode = said.filled("payment_mode", LONGEST_REFERENCE);
    match mode.as_deref() {
        Some("CASH_ON_DELIVERY") if pending == Amount::ZERO => {
            said.fault("pending_amount", "must be greater than 0 for CASH_ON_DELIVERY");
        }
        None | Some("PRE_PAID" | "CASH_ON_DELIVERY") => {}
        Some(_) => said.fault("payment_mode", "must be one of [PRE_PAID, CASH_ON_DELIVERY]"),
    }
    let mode = if pending > Amount::ZERO { "CASH_ON_DELIVERY" } else { "PRE_PAID" };
    json!({
        "payment_mode": mode,
        "total_amount": number(total),
        "pending_amount": number(pending),
        "currency": said.filled("currency", 3).unwrap_or_else(|| currency.to_owned()),
    })
}

/// A fault that we find ourselves.
pub(crate) fn fault_of(code: &str, field: &str, message: &str) -> BookingFault {
    BookingFault {
        code: code.to_owned(),
        field: Some(field.to_owned()),
        message: message.to_owned(),
        by_carrier: false,
        is_error: true,
    }
}

/// The consignment of some lines (contract 3.4).
fn consignment(
    ask: &Ask,
    found: &CarriedOrder,
    names: &Names,
    lines: &Lines,
    mut carried: Carried,
    means: Means,
    draft_only: bool,
) -> Result<ConsignmentDraft, Stop> {
    let Means { source, accounts } = means;
    let mut map = std::mem::take(&mut carried.said);
    let mut say = |name: &str, value: Value| {
        map.insert(name.to_owned(), value);
    };
    say("entity_type", "FORWARD".into());
    say("merchant", ask.merchant.merchant.as_str().into());
    if let Some(source) = &source {
        say("pickup", location::of_source(source));
    }
    let item = |(id, quantity): &(waybill_domain::ItemId, waybill_domain::Quantity)| {
        let item = found.order.item(*id)?;
        let mut map = order::kept_of_line(&found.details, *id);
        let price = found.prices.get(id).copied().unwrap_or(Amount::ZERO);
        map.insert("id".to_owned(), names.line(*id).into());
        map.insert("sku".to_owned(), item.sku.as_str().into());
        map.entry("description".to_owned()).or_insert_with(|| item.name.as_str().into());
        map.insert("quantity".to_owned(), pieces(*quantity));
        map.insert("price".to_owned(), json!({"amount": number(price), "currency": found.order.currency}));
        Some(Value::Object(map))
    };
    say("items", lines.iter().filter_map(item).collect());
    let Booking { carrier, account, faults } =
        booking(&mut map, &carried, None, &accounts, Some(&found.order.currency))?;
    Ok(ConsignmentDraft {
        reference: None,
        order_reference: found.order.number.clone(),
        carrier,
        account,
        prebooked: carried.prebooked.map(|booked| (booked.tracking, booked.label)),
        hold: draft_only,
        faults,
        // What is collected on delivery was reckoned with these.
        beside: (on_delivery(found) > Amount::ZERO).then(|| found.order.consigned()),
        extra: kept::write(KEPT, map),
    })
}

/// Who is to carry a shipment, and what stands in the way.
pub(crate) struct Booking {
    pub(crate) carrier: Option<Carrier>,
    pub(crate) account: Option<String>,
    pub(crate) faults: Vec<BookingFault>,
}

/// Finds a shipment's carrier and all its faults, by everything that has been said of it so far: `said` is what the request
/// says, and `map` that with what was said before. `account` is the one that it had, `currency` that of its order.
pub(crate) fn booking(
    map: &mut Map<String, Value>,
    said: &Carried,
    account: Option<&str>,
    accounts: &[CarrierAccount],
    currency: Option<&str>,
) -> Result<Booking, Stop> {
    let prebooked = map.get("pre_booking_info");
    let mut faults = Vec::new();
    let end = |name: &str| map.get("delivery").and_then(|delivery| time::parse_iso(delivery[name].as_str()?));
    if is_backwards(end("scheduled_from"), end("scheduled_to")) {
        faults.push(fault_of("time_slot_invalid", "delivery", "scheduled_from is after scheduled_to"));
    }
    // What the shop has booked itself has a carrier that knows.
    if prebooked.is_none() {
        faults.extend(missing(map.get("dropoff").unwrap_or(&Value::Null)));
        if map.get("items").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            faults.push(fault_of("required_data_missing", "items", words::EMPTY));
        }
    }
    let paid_in = map.get("payment").and_then(|payment| payment["currency"].as_str());
    if let (Some(paid_in), Some(currency)) = (paid_in, currency)
        && paid_in != currency
    {
        faults.push(fault_of("payment_currency_invalid", "payment.currency", "is not the currency of the order"));
    }
    faults.extend(parcel_faults(map));
    let input_carrier = prebooked.and_then(|info| info["input_carrier"].as_str()).filter(|name| !name.is_empty());
    let found = booked_with(accounts, said, account, input_carrier)?;
    match found {
        Some(account) if !account.active => {
            faults.push(fault_of("carrier_account_invalid", "carrier_account", "the account is not active"));
        }
        Some(account) if prebooked.is_none() && !account::can_be_booked(account) => {
            let message =
                "this carrier cannot be booked through Waybill yet: book it yourself and send pre_booking_info";
            faults.push(fault_of("carrier_account_invalid", "carrier_account", message));
        }
        Some(_) | None => {}
    }
    // A number alone, of a shop without accounts, is its own.
    let is_own = prebooked.is_some() && input_carrier.is_none();
    let carrier = found.map(|account| account.carrier).or(is_own.then_some(Carrier::Own));
    match found {
        Some(account) => drop(map.insert("carrier_account".to_owned(), account::shown_in(&account.id, accounts))),
        None => drop(map.remove("carrier_account")),
    }
    Ok(Booking { carrier, account: found.map(|account| account.id.clone()), faults })
}

/// The account that it goes with: what is said now goes before what was said, and if nothing was, it is the first that is
/// active.
fn booked_with<'a>(
    accounts: &'a [CarrierAccount],
    said: &Carried,
    account: Option<&str>,
    input_carrier: Option<&str>,
) -> Result<Option<&'a CarrierAccount>, Stop> {
    if let Some(chosen) = said.account.as_ref().filter(|chosen| chosen.is_given()) {
        let found = chosen.find(accounts);
        return found.map(Some).ok_or_else(|| fault(400, words::of_field("carrier_account", words::NO_ACCOUNT)));
    }
    let names_carrier = said.prebooked.as_ref().is_some_and(|booked| booked.carrier.is_some());
    let had = account.filter(|_| !names_carrier).and_then(|id| accounts.iter().find(|account| account.id == id));
    let goes_by = |account: &&CarrierAccount| input_carrier.is_none_or(|name| account::goes_by(account, name));
    Ok(had.or_else(|| accounts.iter().find(|account| account.active && goes_by(account))))
}

/// More in the parcels than is shipped.
fn parcel_faults(map: &Map<String, Value>) -> Vec<BookingFault> {
    let quantity_of = |item: &Value| {
        let text = item.get("quantity").and_then(body::number);
        text.and_then(|text| Quantity::parse(&text).ok()).unwrap_or(Quantity::ZERO)
    };
    let mut left: BTreeMap<&str, Quantity> = BTreeMap::new();
    for item in map.get("items").and_then(Value::as_array).into_iter().flatten() {
        *left.entry(item["sku"].as_str().unwrap_or("")).or_insert(Quantity::ZERO) += quantity_of(item);
    }
    let mut faults = Vec::new();
    for (at, parcel) in map.get("parcels").and_then(Value::as_array).into_iter().flatten().enumerate() {
        for item in parcel["parcel_items"].as_array().into_iter().flatten() {
            let sku = item["sku"].as_str().unwrap_or("");
            let rest = left.entry(sku).or_insert(Quantity::ZERO);
            *rest -= quantity_of(item);
            if *rest < Quantity::ZERO {
                let field = format!("parcels[{at}].parcel_items");
                faults.push(fault_of("parcel_item_invalid", &field, &format!("more of {sku} than is shipped")));
            }
        }
    }
    faults
}

/// What a carrier needs to know of where it goes.
fn missing(dropoff: &Value) -> Vec<BookingFault> {
    let is_there = |name: &str| dropoff[name].as_str().is_some_and(|text| !text.trim().is_empty());
    let mut faults = Vec::new();
    for name in ["contact_name", "address1", "city", "country"] {
        if !is_there(name) {
            faults.push(fault_of("required_data_missing", &format!("dropoff.{name}"), words::BLANK));
        }
    }
    if !is_there("contact_phone") {
        faults.push(fault_of("phone_number_missing_error", "dropoff.contact_phone", words::BLANK));
    }
    faults
}
