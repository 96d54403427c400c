//! `PATCH orders/{}`: what is said of an order, what of it is wanted, and what locations do of it (contract `carriyo.md`,
//! section 6, "update").

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use waybill_domain::{
    AmendOrder, ChangeFulfilment, Command, Customer, DraftItem, FulfilmentAct, Item, ItemId, LineWish, Placing,
    Quantity, ReviseOrder,
};
use waybill_engine::store::CarriedOrder;

use super::act::{all_lines, destination, drafts, drafts_of};
use super::body::{Faults, LONGEST_REFERENCE, LONGEST_TEXT, MOST, Object, number};
use super::order::{ORDER_MEMBERS, is_shown, keep, kept_of_line, line_ids, now};
use super::{Answer, Ask, KEPT, again, intake, location};
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
    if let Some(payment) = intake::payment(&body)
        && payment.filled("currency", 3).is_some_and(|currency| currency != found.order.currency)
    {
        payment.fault("currency", &format!("must be {}, the currency of the order", found.order.currency));
    }
    let wanted = body.get("line_items").map(|_| read(&body, &found));
    let shipping = body.get("shipping_lines").map(|_| intake::shipping_costs(&body));
    let drafts = body.get("fulfillment_orders").map(|_| match &wanted {
        Some(wanted) => drafts_of(&body, &found, &wanted.ids, wanted.left.clone()),
        None => drafts(&body, &found),
    });
    let said = intake::members(&body, ORDER_MEMBERS);
    let (wanted, shipping, drafts, said) = faults.unless((wanted, shipping, drafts, said))?;
    let asked = wanted.as_ref().map(|wanted| wanted.asked.clone()).unwrap_or_default();
    let names = ask.names_of(&found, asked);
    let place = said.get("billing_address").or(said.get("customer"));
    let email = place.and_then(|place| place["contact_email"].as_str()).map(str::to_owned);
    let command = match (wanted, shipping, drafts) {
        (None, None, None) => Command::AmendOrder(Box::new(AmendOrder {
            order,
            status: None,
            email,
            customer: Customer::default(),
            extra: keep(&said),
            seen: None,
            unchangeable: Vec::new(),
        })),
        (None, None, Some(drafts)) if said.is_empty() => {
            let act = FulfilmentAct::Assign { drafts, lines: all_lines(&found) };
            Command::ChangeFulfilment(ChangeFulfilment { order, act })
        }
        (wanted, shipping, drafts) => {
            let placing = match (&wanted, drafts) {
                (_, Some(drafts)) => Placing::Orders(drafts),
                // Where the client's rule says, as it does of orders that come in.
                (Some(_), None) => {
                    let rule = intake::rule(ask, destination(&found).as_ref()).await?;
                    rule.map_or(Placing::Open, Placing::Rule)
                }
                (None, None) => Placing::Open,
            };
            let Wanted { lines, more, .. } = wanted.unwrap_or_default();
            Command::ReviseOrder(Box::new(ReviseOrder {
                order,
                seen: all_lines(&found),
                lines,
                more,
                shipping,
                placing,
                reason: NO_REASON.to_owned(),
                email,
                extra: keep(&said),
            }))
        }
    };
    ask.execute(command, &names).await?;
    now(ask, order).await
}

/// The lines that are wanted, in place of those that are there.
#[derive(Default)]
struct Wanted {
    lines: BTreeMap<ItemId, LineWish>,
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
fn read(body: &Object<'_>, found: &CarriedOrder) -> Wanted {
    let given = body.list("line_items").unwrap_or_default();
    body.must_not_be_empty("line_items");
    // Of the lines of one that came in by another door some could not be named.
    if found.order.items.len() > MOST {
        body.fault("line_items", &format!("an order of more than {MOST} lines is changed by cancelling lines of it"));
    }
    let known = line_ids(found);
    let mut ids: Vec<String> = known.iter().map(|(_, id)| id.clone()).collect();
    let names = intake::line_names(&given, &ids);
    let (mut lines, mut more, mut left, mut asked) = (BTreeMap::new(), Vec::new(), BTreeMap::new(), Vec::new());
    for (one, id) in given.iter().zip(&names) {
        let there = known.iter().position(|(_, known)| known == id);
        let item = there.and_then(|at| Some((at, found.order.item(known[at].0)?)));
        let (at, quantity) = match item {
            Some((at, item)) if is_shown(&found.order, item) => {
                let wish = wish(one, id, item, found);
                asked.push(item.id);
                let quantity = wish.as_ref().map(|wish| wish.quantity);
                lines.extend(wish.map(|wish| (item.id, wish)));
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
    let none = || LineWish { quantity: Quantity::ZERO, price: None, name: None, extra: None };
    lines.extend(shown.filter(|item| !asked.contains(&item.id)).map(|item| (item.id, none())));
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
        let seen = found.details.items.get(&item.id).cloned().unwrap_or_default();
        let mut all = seen.clone();
        all.extend(kept::write(KEPT, members.clone()));
        (seen, all)
    };
    // As it is shown, it can be said again, also in parts of a piece; and none is as if it were left out.
    let is = item.ordered - item.done.canceled;
    let said = one.get("quantity").and_then(number).and_then(|text| Quantity::parse(&text).ok());
    let is_plain = said == Some(is) || said == Some(Quantity::ZERO);
    let quantity = if is_plain { said } else { one.pieces("quantity") }?;
    Some(LineWish { quantity, price, name, extra: (members != was).then(all) })
}
