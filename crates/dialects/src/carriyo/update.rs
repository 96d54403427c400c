//! `PATCH orders/{}`: what is said of an order, what of it is wanted, and what locations do of it (contract `carriyo.md`,
//! section 6, "update").

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use waybill_domain::{
    AmendOrder, ChangeFulfilment, Command, Customer, DraftItem, Extra, FulfilmentAct, Item, ItemId, LineWish, Placing,
    Quantity, ReviseOrder,
};
use waybill_engine::store::CarriedOrder;

use super::act::{all_lines, destination, drafts_of};
use super::body::{Faults, LONGEST_REFERENCE, LONGEST_TEXT, Object, number};
use super::order::{ORDER_MEMBERS, is_shown, keep, kept_of_line, line_ids, now};
use super::{Answer, Ask, KEPT, Stop, again, intake, location, words};
use crate::kept;

/// Why lines are given up of which nobody says why.
const NO_REASON: &str = "OTHER";

/// Changes an order, and shows it as it is then.
pub(crate) async fn update(ask: Ask) -> Answer {
    again(&ask, |ask| Box::pin(update_once(ask))).await
}

async fn update_once(ask: &Ask) -> Answer {
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
    let wanted = body.get("line_items").map(|_| wanted(&body, &found));
    let shipping = body.get("shipping_lines").map(|_| intake::shipping_costs(&body));
    let drafts = body.get("fulfillment_orders").map(|_| match &wanted {
        Some(wanted) => drafts_of(&body, &found, &wanted.ids, wanted.left.clone()),
        None => {
            let ids: Vec<String> = line_ids(&found).into_iter().map(|(_, id)| id).collect();
            drafts_of(&body, &found, &ids, BTreeMap::new())
        }
    });
    let said = intake::members(&body, ORDER_MEMBERS);
    let (wanted, shipping, drafts, said) = faults.unless((wanted, shipping, drafts, said))?;
    let asked = wanted.as_ref().map(|wanted| wanted.asked.clone()).unwrap_or_default();
    let names = ask.names_of(&found, asked);
    let email = said.get("billing_address").or(said.get("customer")).and_then(|place| place["contact_email"].as_str());
    // What may be refused goes first, under the request's own key; what is said of the order is another part, if there are two.
    let first = match (wanted, shipping, drafts) {
        (None, None, None) => None,
        (None, None, Some(drafts)) => {
            let act = FulfilmentAct::Assign { drafts, lines: all_lines(&found) };
            Some(Command::ChangeFulfilment(ChangeFulfilment { order, act }))
        }
        (wanted, shipping, drafts) => {
            let wanted = wanted.unwrap_or_default();
            let placing = match drafts {
                Some(drafts) => Placing::Orders(drafts),
                None => placing(ask, &found, &wanted).await?,
            };
            let Wanted { lines, more, .. } = wanted;
            let reason = NO_REASON.to_owned();
            Some(Command::ReviseOrder(Box::new(ReviseOrder {
                order,
                seen: all_lines(&found),
                lines,
                more,
                shipping,
                placing,
                reason,
            })))
        }
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
    let mut commands = first.into_iter().chain(amend);
    if let Some(first) = commands.next() {
        ask.execute(first, &names).await?;
    }
    if let Some(second) = commands.next() {
        ask.execute_part(second, "members", &names).await?;
    }
    now(ask, order).await
}

/// The lines that are wanted, in place of those that are there.
#[derive(Default)]
struct Wanted {
    lines: Vec<LineWish>,
    more: Vec<DraftItem>,
    /// How each line is called, those that are added at the end.
    ids: Vec<String>,
    /// How many there are to be of each, by its position among these.
    left: BTreeMap<usize, Quantity>,
    /// The lines that are there in the order in which the body names them.
    asked: Vec<ItemId>,
}

/// Reads the lines that are wanted: those that are not named are not wanted at all, and those that are not there are added. Of
/// one that is there, what is not said stays.
fn wanted(body: &Object<'_>, found: &CarriedOrder) -> Wanted {
    let given = body.list("line_items").unwrap_or_default();
    if given.is_empty() {
        body.fault("line_items", words::EMPTY);
    }
    let known = line_ids(found);
    let mut ids: Vec<String> = known.iter().map(|(_, id)| id.clone()).collect();
    let names = intake::line_names(&given, &ids);
    let (mut lines, mut more, mut left, mut asked) = (Vec::new(), Vec::new(), BTreeMap::new(), Vec::new());
    for (one, id) in given.iter().zip(&names) {
        let there = known.iter().position(|(_, known)| known == id);
        let item = there.and_then(|at| Some((at, found.order.item(known[at].0)?)));
        let (at, quantity) = match item {
            Some((at, item)) if is_shown(&found.order, item) => {
                let wish = wish(one, id, item, found);
                asked.push(item.id);
                let quantity = wish.as_ref().map(|wish| wish.quantity);
                lines.extend(wish);
                (at, quantity)
            }
            // A part of a kit.
            Some(_) => {
                one.fault("id", "is a part of another line");
                continue;
            }
            None => {
                let draft = intake::item(one, id);
                let quantity = draft.quantity;
                more.push(draft);
                ids.push(id.clone());
                (ids.len() - 1, quantity)
            }
        };
        left.extend(quantity.map(|quantity| (at, quantity)));
    }
    let shown = found.order.items.iter().filter(|item| is_shown(&found.order, item));
    let left_out = shown.filter(|item| !asked.contains(&item.id)).map(|item| LineWish {
        item: item.id,
        quantity: Quantity::ZERO,
        price: None,
        name: None,
        extra: None,
    });
    lines.extend(left_out.collect::<Vec<_>>());
    Wanted { lines, more, ids, left, asked }
}

/// What is wanted of a line that is there; none where that cannot be read.
fn wish(one: &Object<'_>, id: &str, item: &Item, found: &CarriedOrder) -> Option<LineWish> {
    if one.filled("sku", LONGEST_REFERENCE).is_some_and(|sku| sku != item.sku.as_str()) {
        one.fault("sku", "cannot be changed, take the line away and add another");
    }
    if one.flag("digital").is_some_and(|digital| digital != item.is_virtual) {
        one.fault("digital", "cannot be changed");
    }
    let price = one.amount("unit_price");
    let name = one.filled("description", LONGEST_TEXT);
    let was = kept_of_line(&found.details, item.id);
    let mut members: Map<String, Value> = was.clone();
    members.extend(intake::said_of_line(one, id).into_iter().filter(|(_, value)| !value.is_null()));
    let all = || {
        let mut all = found.details.items.get(&item.id).cloned().unwrap_or_else(Extra::new);
        all.extend(kept::write(KEPT, members.clone()));
        all
    };
    // As it is shown, it can be said again: with none left, or in parts of a piece.
    let is = item.ordered - item.done.canceled;
    let said = one.get("quantity").and_then(number).and_then(|text| Quantity::parse(&text).ok());
    let quantity = if said == Some(is) { said } else { one.pieces("quantity") }?;
    Some(LineWish { item: item.id, quantity, price, name, extra: (members != was).then(all) })
}

/// Where what is added goes: where the client's rule says, as it does of orders that come in.
async fn placing(ask: &Ask, found: &CarriedOrder, wanted: &Wanted) -> Result<Placing, Stop> {
    let is_more = |wish: &LineWish| {
        found.order.item(wish.item).is_some_and(|item| wish.quantity > item.ordered - item.done.canceled)
    };
    if wanted.more.is_empty() && !wanted.lines.iter().any(is_more) {
        return Ok(Placing::Open);
    }
    Ok(intake::rule(ask, destination(found).as_ref()).await?.map_or(Placing::Open, Placing::Rule))
}
