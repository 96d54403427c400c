//! `PATCH orders/{}`: what is said of an order, what of it is wanted, and what locations do of it (contract `carriyo.md`,
//! section 6, "update").

use serde_json::Value;
use waybill_domain::{AmendOrder, ChangeFulfilment, Command, Customer, FulfilmentAct, ItemId, Lines, Quantity};
use waybill_engine::store::CarriedOrder;

use super::act::drafts;
use super::body::{Faults, LONGEST_REFERENCE, Object, number};
use super::order::{ORDER_MEMBERS, is_shown, keep, line, line_ids, now};
use super::{Answer, Ask, intake, location, words};

/// Why lines are given up of which nobody says why.
const NO_REASON: &str = "OTHER";

/// Members of a line that are not said by who sends it back.
const COMPUTED: &[&str] = &["id", "quantity", "removed_quantities"];

/// Changes an order, and shows it as it is then.
pub(crate) async fn update(ask: Ask) -> Answer {
    let found = ask.order().await?;
    let order = found.order.id;
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    for fixed in ["partner_order_reference", "merchant"] {
        if body.get(fixed).is_some() {
            body.fault(fixed, "cannot be changed");
        }
    }
    for place in ["customer", "billing_address", "delivery_address", "customer_collection_address"] {
        body.object(place).map(|place| location::draft(&place));
    }
    intake::method(&body);
    if body.get("line_items").is_some() && body.get("fulfillment_orders").is_some() {
        body.fault("fulfillment_orders", "cannot be changed together with line_items, send one after the other");
    }
    let (wanted, asked) = wanted(&body, &found);
    let drafts = body.get("fulfillment_orders").map(|_| drafts(&body, &found));
    let said = intake::members(&body, ORDER_MEMBERS);
    let (wanted, drafts, said) = faults.unless((wanted, drafts, said))?;
    let names = ask.names_of(&found, asked);
    let email = said.get("billing_address").or(said.get("customer")).and_then(|place| place["contact_email"].as_str());
    let change = |act: FulfilmentAct| Command::ChangeFulfilment(ChangeFulfilment { order, act });
    // What may be refused goes first, under the request's own key; what is said of the order is another part, if there are two.
    let act = match drafts {
        Some(drafts) => Some(FulfilmentAct::Assign(drafts)),
        None if wanted.is_empty() => None,
        None => Some(FulfilmentAct::Reduce { to: wanted, reason: NO_REASON.to_owned() }),
    };
    let amend = || AmendOrder {
        order,
        status: None,
        email: email.map(str::to_owned),
        customer: Customer::default(),
        extra: keep(&said),
        seen: None,
        unchangeable: Vec::new(),
    };
    let amend = (!said.is_empty()).then(|| Command::AmendOrder(Box::new(amend())));
    let mut commands = act.map(change).into_iter().chain(amend);
    if let Some(first) = commands.next() {
        ask.execute(first, &names).await?;
    }
    if let Some(second) = commands.next() {
        ask.execute_part(second, "members", &names).await?;
    }
    now(&ask, order).await
}

/// How much of each line is wanted, and the order in which the body names them; what it leaves out is not wanted at all. Lines
/// can be taken away, wholly or in part; to want more, or something else, is another order.
fn wanted(body: &Object<'_>, found: &CarriedOrder) -> (Lines, Vec<ItemId>) {
    if body.get("line_items").is_none() {
        return (Lines::new(), Vec::new());
    }
    let given = body.list("line_items").unwrap_or_default();
    if given.is_empty() {
        body.fault("line_items", words::EMPTY);
    }
    let mut known = line_ids(found);
    known.retain(|(item, _)| found.order.item(*item).is_some_and(|item| is_shown(&found.order, item)));
    let mut wanted = Lines::new();
    for one in given {
        let id = one.required("id", LONGEST_REFERENCE);
        let Some(item) = known.iter().find(|(_, known)| *known == id).and_then(|(item, _)| found.order.item(*item))
        else {
            if !id.is_empty() {
                one.fault("id", "is no line of this order, and lines cannot be added");
            }
            continue;
        };
        if wanted.iter().any(|(other, _)| *other == item.id) {
            one.fault("id", "duplicate line item id");
        }
        let is = item.ordered - item.done.canceled;
        // As it is shown, it can be said again: with none left, or in parts of a piece.
        let said = one.get("quantity").and_then(number).and_then(|text| Quantity::parse(&text).ok());
        let quantity = if said == Some(is) { said } else { one.pieces("quantity") };
        if quantity.is_some_and(|quantity| quantity > is) {
            one.fault("quantity", &format!("must not be greater than {is}, lines cannot grow"));
        }
        let shown = line(found, item, &id);
        for (name, value) in
            one.map.iter().filter(|(name, value)| !COMPUTED.contains(&name.as_str()) && !value.is_null())
        {
            if !is_same(value, shown.get(name).unwrap_or(&Value::Null)) {
                one.fault(name, "cannot be changed");
            }
        }
        wanted.extend(quantity.map(|quantity| (item.id, quantity)));
    }
    let asked: Vec<ItemId> = wanted.iter().map(|(id, _)| *id).collect();
    let lines = found.order.items.iter().filter(|item| is_shown(&found.order, item));
    let left_out = lines.filter(|item| !asked.contains(&item.id)).map(|item| (item.id, Quantity::ZERO));
    wanted.extend(left_out.collect::<Vec<_>>());
    (wanted, asked)
}

/// Whether somebody says what is shown already; 10 is 10.0.
fn is_same(said: &Value, shown: &Value) -> bool {
    said == shown || (said.is_number() && said.as_f64() == shown.as_f64())
}
