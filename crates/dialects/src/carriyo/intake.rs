//! `POST orders`: orders that come in, with the fulfilment orders that the client names, or those that a rule finds
//! (contract `carriyo.md`, sections 2.6 and 6).

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use waybill_domain::{
    AcceptOrder, Addresses, Allocation, AllocationRule, Amount, Command, DeliveryMethod, DraftAddress, DraftItem,
    FulfilmentDraft, Outcome, Quantity, Sent, SentTotals, SourceCode, distance_order, priority_order,
};

use super::body::{Faults, LONGEST_REFERENCE, LONGEST_TEXT, Object};
use super::merchant::Mode;
use super::order::{FULFILMENT_MEMBERS, NOT_ALLOCATED, ORDER_MEMBERS, keep, now};
use super::words::{self, Names};
use super::{Answer, Ask, KEPT, Stop, location};
use crate::kept;

/// Takes an order in.
pub(crate) async fn create(ask: Ask) -> Answer {
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    let order = draft(&ask, &body);
    let (mut order, fulfilment) = faults.unless(order)?;
    order.allocation = if fulfilment.is_empty() {
        rule(&ask, order.shipping.as_ref()).await?.map_or(Allocation::None, Allocation::Rule)
    } else {
        Allocation::Orders(fulfilment)
    };
    let command = Command::AcceptOrder(Box::new(order));
    match ask.execute(command, &Names::default()).await? {
        Outcome::Order(id) => now(&ask, id).await,
        other => unreachable!("an order is accepted, not {other:?}"),
    }
}

/// How the client's orders are allocated where nobody says how.
pub(crate) async fn rule(ask: &Ask, address: Option<&DraftAddress>) -> Result<Option<AllocationRule>, Stop> {
    let (mode, store) = (ask.merchant.allocation, ask.store);
    if mode == Mode::Manual {
        return Ok(None);
    }
    let place = address.map(|address| {
        let DraftAddress { country, postcode, city, region, .. } = address.clone();
        (country, postcode, city, region.unwrap_or_default())
    });
    let sources = ask.read(move |view, tenant| {
        let places = view.places(tenant)?;
        let stock = places.stock_of(store);
        if mode == Mode::Priority {
            return Ok(priority_order(&places, stock));
        }
        let position = match &place {
            Some((country, postcode, city, region)) => view.locate(country, postcode, city, region)?,
            None => None,
        };
        Ok(distance_order(&places, stock, position))
    });
    Ok(Some(AllocationRule {
        sources: sources.await?,
        split: ask.merchant.split,
        partial: ask.merchant.partial,
        reason: NOT_ALLOCATED.to_owned(),
    }))
}

fn draft(ask: &Ask, body: &Object<'_>) -> (AcceptOrder, Vec<FulfilmentDraft>) {
    let merchant = body.required("merchant", LONGEST_REFERENCE);
    if !merchant.is_empty() && merchant != ask.merchant.merchant {
        body.fault("merchant", "merchant not found");
    }
    let number = body.required("partner_order_reference", LONGEST_REFERENCE);
    let address = |name: &str| body.object(name).map(|place| location::draft(&place));
    let (billing, customer) = (address("billing_address"), address("customer"));
    let (delivery, collection) = (address("delivery_address"), address("customer_collection_address"));
    let billing = billing.or(customer).or_else(|| delivery.clone());
    let shipping = delivery.or(collection).or_else(|| billing.clone());
    method(body);
    for name in ["language", "sales_channel", "customer_key", "delivery_type"] {
        body.text(name, LONGEST_REFERENCE);
    }
    for name in ["taxes_included", "duties_included"] {
        body.flag(name);
    }
    let currency = payment(body).and_then(|payment| payment.filled("currency", 3));
    let costs = shipping_costs(body);
    let (items, ids) = items(body);
    let quantities = items.iter().enumerate().filter_map(|(at, item)| Some((at, item.quantity?)));
    let fulfilment = fulfilment_drafts(body, &ids, quantities.collect());
    let order = AcceptOrder {
        store: ask.store,
        number: Some(number),
        currency,
        email: billing.as_ref().and_then(|address| address.email.clone()),
        customer: waybill_domain::Customer {
            id: None,
            firstname: billing.as_ref().map(|address| address.firstname.clone()).filter(|name| !name.is_empty()),
            lastname: billing.as_ref().map(|address| address.lastname.clone()).filter(|name| !name.is_empty()),
        },
        items,
        sent: SentTotals { shipping: Sent { amount: Some(costs), base: None }, ..SentTotals::default() },
        billing,
        shipping,
        extra: keep(&members(body, ORDER_MEMBERS)),
        created_at: body.date("order_date"),
        addresses: Addresses::AsGiven,
        hold_stock: true,
        ..AcceptOrder::default()
    };
    (order, fulfilment)
}

/// What is said of the order's money.
pub(crate) fn payment<'a>(body: &Object<'a>) -> Option<Object<'a>> {
    let payment = body.object("payment")?;
    for name in ["order_total", "payment_on_delivery"] {
        payment.amount(name);
    }
    Some(payment)
}

/// What it costs to ship the order: the prices of its shipping lines.
pub(crate) fn shipping_costs(body: &Object<'_>) -> Amount {
    body.list("shipping_lines").unwrap_or_default().iter().filter_map(|line| line.amount("price")).sum()
}

/// Those of these members that are there, as they came.
pub(crate) fn members(body: &Object<'_>, names: &[&str]) -> Map<String, Value> {
    names.iter().filter_map(|name| Some(((*name).to_owned(), body.kept(name)?.clone()))).collect()
}

/// A delivery method; delivery unless it is said.
pub(crate) fn method(body: &Object<'_>) -> Option<DeliveryMethod> {
    match body.filled("delivery_method", LONGEST_REFERENCE)?.as_str() {
        "DELIVERY" => Some(DeliveryMethod::Delivery),
        "COLLECTION" => Some(DeliveryMethod::Collection),
        "DIGITAL" => Some(DeliveryMethod::Digital),
        _ => {
            body.fault("delivery_method", "must be one of [DELIVERY, COLLECTION, DIGITAL]");
            None
        }
    }
}

/// The lines, and how the client calls each.
fn items(body: &Object<'_>) -> (Vec<DraftItem>, Vec<String>) {
    let lines = body.list("line_items").unwrap_or_default();
    body.must_be_filled("line_items");
    let ids = line_names(&lines, &[]);
    let items = lines.iter().zip(&ids).map(|(line, id)| item(line, id)).collect();
    (items, ids)
}

/// How the client calls each of these lines: as it says, or else by the next number that is free beside those that are taken.
pub(crate) fn line_names(lines: &[Object<'_>], taken: &[String]) -> Vec<String> {
    let given: Vec<Option<String>> = lines.iter().map(|line| line.filled("id", LONGEST_REFERENCE)).collect();
    let is_free = |id: &String| !given.contains(&Some(id.clone())) && !taken.contains(id);
    let mut free = (1..).map(|number: usize| number.to_string()).filter(is_free);
    let mut ids: Vec<String> = Vec::new();
    for (line, given) in lines.iter().zip(&given) {
        let id = given.clone().unwrap_or_else(|| free.next().expect("there are more numbers than lines"));
        if ids.contains(&id) {
            line.fault("id", "duplicate line item id");
        }
        ids.push(id);
    }
    ids
}

/// A line that is new.
pub(crate) fn item(line: &Object<'_>, id: &str) -> DraftItem {
    let digital = line.flag("digital");
    DraftItem {
        sku: line.required("sku", LONGEST_REFERENCE),
        name: line.filled("description", LONGEST_TEXT),
        quantity: line.pieces("quantity"),
        is_virtual: digital,
        kind: digital.filter(|digital| *digital).map(|_| "virtual".to_owned()),
        price: Sent { amount: line.amount("unit_price"), base: None },
        extra: kept::write(KEPT, said_of_line(line, id)),
        ..DraftItem::default()
    }
}

/// What is kept of a line as it came.
pub(crate) fn said_of_line(line: &Object<'_>, id: &str) -> Map<String, Value> {
    for name in ["product_ref", "barcode"] {
        line.text(name, LONGEST_REFERENCE);
    }
    let mut kept = line.kept_whole();
    for computed in ["sku", "quantity", "removed_quantities"] {
        kept.remove(computed);
    }
    kept.insert("id".to_owned(), id.into());
    kept
}

/// The fulfilment orders that a client names; their lines by the positions of these, of which there are so many.
pub(crate) fn fulfilment_drafts(
    body: &Object<'_>,
    ids: &[String],
    mut left: BTreeMap<usize, Quantity>,
) -> Vec<FulfilmentDraft> {
    let inherited = members(body, FULFILMENT_MEMBERS);
    let order_method = method(body).unwrap_or_default();
    let mut drafts = Vec::new();
    for one in body.list("fulfillment_orders").unwrap_or_default() {
        let mut kept = inherited.clone();
        kept.extend(members(&one, FULFILMENT_MEMBERS));
        for place in ["delivery_address", "customer_collection_address"] {
            one.object(place).map(|place| location::draft(&place));
        }
        let mut lines = Vec::new();
        let named = one.list("line_items").unwrap_or_default();
        if named.is_empty() {
            one.fault("line_items", words::EMPTY);
        }
        for line in named {
            let id = line.required("id", LONGEST_REFERENCE);
            let quantity = line.pieces("quantity");
            let at = ids.iter().position(|other| *other == id);
            let (Some(at), Some(quantity)) = (at, quantity) else {
                if at.is_none() && !id.is_empty() {
                    line.fault("id", &format!("line item {id} not found in order"));
                }
                continue;
            };
            if let Some(left) = left.get_mut(&at) {
                if quantity > *left {
                    line.fault("quantity", &words::too_many(quantity, *left));
                    continue;
                }
                *left -= quantity;
            }
            lines.push((at, quantity));
        }
        drafts.push(FulfilmentDraft {
            id: one
                .filled("fulfillment_order_id", LONGEST_REFERENCE)
                .and_then(|id| super::ids::read_fulfilment_order(&id)),
            reference: one.filled("partner_fulfillment_order_reference", LONGEST_REFERENCE),
            location: place(&one),
            method: method(&one).unwrap_or(order_method),
            extra: keep(&kept),
            lines,
        });
    }
    drafts
}

/// Where a fulfilment order is done, by the location's id or by its code; both are the code of our source.
fn place(one: &Object<'_>) -> Option<SourceCode> {
    let named = one.object("fulfillment_location").and_then(|place| {
        let id = place.filled("partner_location_id", LONGEST_REFERENCE);
        id.or_else(|| place.filled("partner_location_code", LONGEST_REFERENCE))
    });
    one.filled("location_id", LONGEST_REFERENCE).or(named).map(SourceCode)
}
