//! How a script writes an order that comes in.

use std::collections::BTreeMap;

use super::draft;
use super::notation::{id, quantity, sent_amount, text};
use crate::{
    AcceptOrder, Allocation, Composition, DraftAddress, DraftItem, HoldDraft, HoldReason, PaymentDraft, Rate, Sent,
    SourceCode, StoreId,
};

/// `order LINES… [key=value…]`
pub(super) fn order(words: &[&str]) -> AcceptOrder {
    let mut items: Vec<DraftItem> = Vec::new();
    let mut parent = None;
    let mut options: BTreeMap<&str, &str> = BTreeMap::new();
    for word in words {
        match *word {
            "(" => parent = Some(items.len() - 1),
            ")" => parent = None,
            word if word.contains('*') => items.push(DraftItem { parent, ..draft_item(word) }),
            word => {
                let (key, value) = word.split_once('=').unwrap_or((word, ""));
                options.insert(key, value);
            }
        }
    }
    let mut ask = draft(items);
    let spare = |text: &&str| (*text).to_owned();
    ask.number = options.remove("number").as_ref().map(spare);
    ask.state = options.remove("state").as_ref().map(spare);
    ask.status = options.remove("status").as_ref().map(spare);
    ask.currency = options.remove("currency").as_ref().map(spare);
    ask.rate = options.remove("rate").map(|rate| Rate::parse(rate).expect("a rate"));
    ask.method = options.remove("method").map_or(ask.method, |method| Some(text(method)).filter(|text| text != "none"));
    ask.pay = PaymentDraft {
        instrument: options.remove("pay").as_ref().map(spare),
        authorisation: options.remove("auth").as_ref().map(spare),
        customer: None,
    };
    // What the gateway says of it: see `adopt`.
    options.retain(|key, _| !matches!(*key, "authorised" | "until" | "unseen"));
    ask.store = options.remove("store").map_or(ask.store, |store| StoreId(id(store)));
    ask.hold_stock = options.remove("nohold").is_none();
    ask.allocation = match options.remove("at") {
        Some(code) => Allocation::At(SourceCode(text(code))),
        None => super::fulfilment::allocation(&mut options),
    };
    let unconfirmed = || HoldDraft { handle: "confirm".to_owned(), reason: HoldReason::Unconfirmed, note: None };
    ask.holds = options.remove("unconfirmed").map(|_| unconfirmed()).into_iter().collect();
    ask.sent.quantity = options.remove("quantity").map(quantity);
    ask.billing = options.remove("billing").map(address);
    ask.shipping = options.remove("shipto").map(address);
    let sent = &mut ask.sent;
    for (key, field) in [
        ("subtotal", &mut sent.subtotal),
        ("discount", &mut sent.discount),
        ("shipping", &mut sent.shipping),
        ("shipping_discount", &mut sent.shipping_discount),
        ("shipping_tax", &mut sent.shipping_tax),
        ("tax", &mut sent.tax),
        ("total", &mut sent.total),
        ("due", &mut sent.total_due),
    ] {
        *field = options.remove(key).map_or_else(Sent::default, sent_amount);
    }
    assert!(options.is_empty(), "nobody understands {options:?}");
    ask
}

/// An address that is complete, but for the fields named (such as `city,telephone`).
fn address(without: &str) -> DraftAddress {
    let mut address = DraftAddress {
        firstname: "Ann".to_owned(),
        lastname: "Lee".to_owned(),
        street: vec!["1 Main St".to_owned()],
        city: "Mineola".to_owned(),
        postcode: "11501".to_owned(),
        country: "US".to_owned(),
        telephone: Some("1".to_owned()),
        ..DraftAddress::default()
    };
    for field in without.split(',').filter(|field| !field.is_empty()) {
        match field {
            "city" => address.city = " ".to_owned(),
            "telephone" => address.telephone = None,
            "street" => address.street = vec![String::new()],
            email => address.email = Some(email.to_owned()),
        }
    }
    address
}

pub(super) fn draft_item(word: &str) -> DraftItem {
    let (kind, word) = match word.split_once(':') {
        Some((kind, word)) => (Some(kind.to_owned()), word),
        None => (None, word),
    };
    let end = word.find(['*', '@', ',', '!']).expect("a line has a quantity");
    let (name, mut rest) = word.split_at(end);
    let mut item = DraftItem { sku: text(name), kind, ..DraftItem::default() };
    let mut composition = Composition::default();
    while !rest.is_empty() {
        let end = rest[1..].find(['*', '@', ',', '!']).map_or(rest.len(), |end| end + 1);
        let (part, after) = rest.split_at(end);
        let (mark, value) = part.split_at(1);
        match (mark, value) {
            ("*", "") => {}
            ("*", value) => item.quantity = Some(quantity(value)),
            ("@", value) => item.price = sent_amount(value),
            ("!", "decimal") => item.decimal = Some(true),
            ("!", "virtual") => item.is_virtual = Some(true),
            ("!", "lock-invoice") => item.locked_invoice = true,
            ("!", "lock-ship") => item.locked_ship = true,
            ("!", "dynamic") => composition.price_on_children = true,
            ("!", "separate") => composition.ships_separately = true,
            (",", field) => {
                let (field, value) = field.split_once('=').expect("amount=value");
                let amount = sent_amount(value);
                match field {
                    "row" => item.row = amount,
                    "row_incl" => item.row_incl_tax = amount,
                    "tax" => item.tax = amount,
                    "discount" => item.discount = amount,
                    "cost" => item.cost = Sent { amount: None, base: amount.amount },
                    _ => panic!("nobody understands {field:?}"),
                }
            }
            _ => panic!("nobody understands {part:?}"),
        }
        rest = after;
    }
    item.composition = (composition != Composition::default()).then_some(composition);
    item
}
