//! What clients ask for: commands from chance and from what there is, and their words in a report.

use std::collections::BTreeMap;

use waybill_domain::{
    AcceptOrder, Amount, Capture, Command, CommentDraft, Composition, Count, Customer, DraftItem, Excess, Extra,
    InvoiceOrder, LedgerEntry, Lines, Order, OrderId, PaymentDraft, Quantity, Rate, RefundOrder, Sent, SentTotals,
    ShipOrder, Sku, SourceChoice, SourceCode, StoreId, Timestamp, TrackDraft, UNIT, WorkingSet, currency_digits,
};

use super::random::Random;
use super::world::World;

/// How the customers' means of payment behave: most of them well.
const CARDS: [&str; 24] = [
    "ok",
    "ok",
    "ok",
    "ok",
    "ok",
    "decline",
    "stall",
    "lost-before",
    "lost-after",
    "error-after",
    "late",
    "twice",
    "expire",
    "refund-decline",
    "refund-lost-before",
    "refund-lost-after",
    "authorise-decline",
    "authorise-lost-after",
    "authorise-stall",
    "void-lost-after",
    "void-decline",
    "late refund-lost-after",
    "lost-after refund-error-after",
    "stall refund-stall void-stall",
];

const SOURCES: [&str; 3] = ["default", "east", "far"];
const SKUS: [&str; 6] = ["A", "B", "KG", "FILE", "P", "Q"];

/// How long a shop's own authorisation holds, at the most.
const HOUR_MS: i64 = 3_600_000;

/// An order that comes in. What it says that the shop has set aside by itself is in the gateway's books.
pub(super) fn order(random: &mut Random, world: &World, name: &str, now: i64) -> Command {
    let (currency, base, rate) = random.pick(&[
        ("USD", "USD", None),
        ("USD", "USD", None),
        ("EUR", "USD", Some(Rate(80_000_000))),
        ("JPY", "JPY", None),
        ("KWD", "EUR", Some(Rate(33_000_000))),
    ]);
    let unit = 10_i64.pow(4 - u32::from(currency_digits(currency)));
    let mut items = Vec::new();
    for _ in 0..=random.below(3) {
        line(random, unit, &mut items);
    }
    let method =
        random.pick(&["checkmo", "banktransfer", "rehearsal", "rehearsal", "rehearsal", "rehearsal", "somewhere", ""]);
    let mut pay = PaymentDraft::default();
    if method == "rehearsal" {
        let card = random.pick(&CARDS).to_owned();
        match random.below(8) {
            0 => {}
            1 | 2 => pay = set_aside(random, world, name, card, currency, now),
            _ => pay.instrument = Some(card),
        }
    }
    let shipping = random.chance(1, 2).then(|| Amount(random.below(900) * unit));
    let state = random.pick(&["", "", "", "", "", "pending_payment", "processing", "holded"]);
    Command::AcceptOrder(Box::new(AcceptOrder {
        store: StoreId(random.pick(&[1, 1, 2])),
        number: None,
        state: Some(state.to_owned()).filter(|state| !state.is_empty()),
        status: None,
        currency: Some(currency.to_owned()),
        base_currency: Some(base.to_owned()),
        rate,
        email: Some("ann@example.com".to_owned()),
        customer: Customer::default(),
        method: Some(method.to_owned()).filter(|method| !method.is_empty()),
        pay,
        items,
        sent: SentTotals { shipping: Sent { amount: shipping, base: None }, ..SentTotals::default() },
        billing: None,
        shipping: None,
        shipping_method: None,
        shipping_description: None,
        payment: Extra::new(),
        extra: Extra::new(),
        created_at: None,
        history: Vec::new(),
        hold_stock: random.chance(6, 7),
    }))
}

fn set_aside(random: &mut Random, world: &World, name: &str, card: String, currency: &str, now: i64) -> PaymentDraft {
    let reference = format!("shop-{name}");
    let amount = Amount((20 + random.below(3_000)) * UNIT);
    let until = random.chance(1, 2).then(|| Timestamp(now + 1 + random.below(48) * HOUR_MS));
    world.add(LedgerEntry {
        key: reference.clone(),
        kind: "authorise".to_owned(),
        authorisation: reference.clone(),
        reference: reference.clone(),
        amount,
        currency: currency.to_owned(),
        words: card,
        state: "done".to_owned(),
        until,
        asked: 1,
        at: Timestamp(now),
    });
    PaymentDraft { authorisation: Some(reference), authorised: Some(amount), until, ..PaymentDraft::default() }
}

fn line(random: &mut Random, unit: i64, items: &mut Vec<DraftItem>) {
    let pieces = 1 + random.below(4);
    let mut item = |sku: &str, kind: &str, quantity: i64, parent: Option<usize>, price: Option<i64>| {
        items.push(DraftItem {
            sku: sku.to_owned(),
            kind: Some(kind.to_owned()),
            quantity: Some(Quantity(quantity)),
            parent,
            price: Sent { amount: price.map(Amount), base: None },
            ..DraftItem::default()
        });
        items.len() - 1
    };
    let price = (1 + random.below(9_999)) * unit;
    let whole = pieces * UNIT;
    let index = match random.below(9) {
        0..=2 => item(random.pick(&["A", "B", "P"]), "simple", whole, None, Some(price)),
        3 => {
            let index = item("KG", "simple", whole + UNIT / 2, None, Some(price));
            items[index].decimal = Some(true);
            index
        }
        4 => item("FILE", "downloadable", whole, None, Some(price)),
        5 => {
            let parent = item("SHIRT", "configurable", whole, None, Some(price));
            item("A", "simple", whole, Some(parent), None);
            parent
        }
        6 => {
            let parent = item("SET", "bundle", whole, None, Some(price));
            item("FILE", "downloadable", whole, Some(parent), None);
            item("P", "simple", whole, Some(parent), None);
            parent
        }
        _ => {
            let composition =
                Composition { price_on_children: random.chance(1, 2), ships_separately: random.chance(1, 2) };
            let of_part = |price: i64| composition.price_on_children.then_some(price);
            let parent = item("KIT", "bundle", whole, None, Some(price));
            item("P", "simple", 2 * whole, Some(parent), of_part(price));
            item("Q", "simple", whole, Some(parent), of_part(3 * price));
            items[parent].composition = Some(composition);
            return;
        }
    };
    let row = items[index].price.amount.and_then(|price| price.times(Quantity(whole))).unwrap_or(Amount::ZERO);
    let cents = |amount: i64| Some(Amount(amount / unit * unit));
    if random.chance(1, 3) {
        items[index].tax = Sent { amount: cents(row.0 / 12), base: None };
    }
    if random.chance(1, 4) {
        items[index].discount = Sent { amount: cents(row.0 / 7), base: None };
    }
}

/// Something to do with an order; none where there is none.
pub(super) fn about(random: &mut Random, set: &WorkingSet, order: OrderId) -> Option<Command> {
    let found = set.orders.get(&order)?.as_ref()?;
    Some(match random.below(22) {
        0..=4 => Command::Invoice(InvoiceOrder {
            order,
            lines: lines(random, found),
            capture: random.chance(2, 3),
            comment: None,
        }),
        5..=11 => ship(random, found),
        12..=16 => refund(random, set, found),
        17 | 18 => Command::CancelOrder(order),
        19 => Command::HoldOrder(order),
        20 => Command::ReleaseOrder(order),
        _ => Command::CommentOnOrder {
            order,
            comment: CommentDraft { text: Some("a remark".to_owned()), ..CommentDraft::default() },
            status: random.pick(&[None, Some("processing"), Some("closed")]).map(str::to_owned),
            entity: "order".to_owned(),
        },
    })
}

fn ship(random: &mut Random, order: &Order) -> Command {
    let track = TrackDraft {
        number: "1Z".to_owned(),
        title: None,
        carrier: "custom".to_owned(),
        description: None,
        weight: None,
        quantity: None,
    };
    Command::Ship(ShipOrder {
        order: order.id,
        lines: lines(random, order),
        source: match random.below(4) {
            0 => SourceChoice::OnlyLinked,
            _ => SourceChoice::Named(SourceCode(random.pick(&SOURCES).to_owned())),
        },
        excess: random.pick(&[Excess::Trim, Excess::Refuse]),
        capture: random.pick(&[Capture::No, Capture::Required, Capture::Required]),
        tracks: if random.chance(1, 4) { vec![track] } else { Vec::new() },
        comment: None,
        extra: Extra::new(),
        line_extra: BTreeMap::new(),
    })
}

fn refund(random: &mut Random, set: &WorkingSet, order: &Order) -> Command {
    let invoices: Vec<_> = set.invoices.values().flatten().filter(|invoice| invoice.order == order.id).collect();
    let invoice = random.any(&invoices).map(|invoice| invoice.id).filter(|_| random.chance(3, 4));
    let unit = 10_i64.pow(4 - u32::from(currency_digits(&order.base_currency)));
    let small = |random: &mut Random| Amount(random.below(300) * unit);
    Command::Refund(RefundOrder {
        order: order.id,
        invoice,
        lines: lines(random, order),
        online: invoice.is_some() && random.chance(3, 4),
        shipping: match random.below(4) {
            0 => Some(Amount::ZERO),
            1 => Some(small(random)),
            _ => None,
        },
        adjustment_positive: if random.chance(1, 5) { small(random) } else { Amount::ZERO },
        adjustment_negative: if random.chance(1, 5) { small(random) } else { Amount::ZERO },
        return_to_stock: match random.below(3) {
            0 => Vec::new(),
            1 => order.items.iter().map(|item| item.id).collect(),
            _ => random.any(&order.items).map(|item| item.id).into_iter().collect(),
        },
        total: None,
        comment: None,
    })
}

/// All that is left, or some of some lines.
fn lines(random: &mut Random, order: &Order) -> Lines {
    if random.chance(1, 2) {
        return Vec::new();
    }
    let mut lines = Lines::new();
    for item in &order.items {
        if random.chance(1, 2) {
            let most = item.ordered.0 / UNIT + i64::from(random.chance(1, 6));
            let half = if item.decimal && random.chance(1, 2) { UNIT / 2 } else { 0 };
            lines.push((item.id, Quantity((1 + random.below(most)) * UNIT - half)));
        }
    }
    lines
}

/// Something to do with goods, orders or not.
pub(super) fn goods(random: &mut Random) -> Command {
    let source = |random: &mut Random| SourceCode(random.pick(&SOURCES).to_owned());
    let sku = |random: &mut Random| Sku::new(random.pick(&SKUS));
    match random.below(10) {
        0..=4 => Command::SaveSourceItems(
            (0..=random.below(2))
                .map(|_| Count {
                    source: source(random),
                    sku: sku(random),
                    quantity: Quantity::whole(random.below(25)),
                    in_stock: random.chance(5, 6),
                })
                .collect(),
        ),
        5..=7 => Command::TransferStock {
            origin: source(random),
            destination: source(random),
            items: vec![(sku(random), Quantity::whole(1 + random.below(5)))],
        },
        8 => Command::MoveSource {
            skus: vec![sku(random)],
            origin: source(random),
            destination: source(random),
            unassign: random.chance(1, 2),
        },
        _ => Command::DeleteSourceItems(vec![(source(random), sku(random))]),
    }
}

/// A command as a report tells it.
pub(super) fn words(command: &Command) -> String {
    match command {
        Command::AcceptOrder(ask) => accept_words(ask),
        Command::Invoice(InvoiceOrder { order, lines, capture, comment: _ }) => {
            let capture = if *capture { ", captured" } else { "" };
            format!("invoice order {order}: {}{capture}", lines_words(lines))
        }
        Command::Ship(ask) => {
            let ShipOrder { order, lines, source, excess, capture, tracks, comment: _, extra: _, line_extra: _ } = ask;
            let source = match source {
                SourceChoice::Named(code) => code.0.clone(),
                SourceChoice::OnlyLinked => "the linked source".to_owned(),
                SourceChoice::OnlyEnabled => "the enabled source".to_owned(),
            };
            let capture = match capture {
                Capture::No => "",
                Capture::Required => ", paid first",
            };
            format!(
                "ship order {order}: {} from {source}, {excess:?}{capture}, {} tracks",
                lines_words(lines),
                tracks.len()
            )
        }
        Command::Refund(ask) => {
            let RefundOrder {
                order,
                invoice,
                lines,
                online,
                shipping,
                adjustment_positive: plus,
                adjustment_negative: minus,
                return_to_stock,
                total: _,
                comment: _,
            } = ask;
            let of = invoice.map_or_else(String::new, |invoice| format!(", invoice {invoice}"));
            let how = if *online { "online" } else { "offline" };
            let shipping = shipping.map_or_else(|| "its shipping".to_owned(), |amount| format!("shipping {amount}"));
            let back: Vec<String> = return_to_stock.iter().map(ToString::to_string).collect();
            format!(
                "refund order {order}{of}: {}, {shipping}, plus {plus}, less {minus}, {how}; back to stock: {}",
                lines_words(lines),
                back.join(" "),
            )
        }
        Command::CancelOrder(order) => format!("cancel order {order}"),
        Command::HoldOrder(order) => format!("hold order {order}"),
        Command::ReleaseOrder(order) => format!("release order {order}"),
        Command::CommentOnOrder { order, status, .. } => format!("comment on order {order}, status {status:?}"),
        Command::SaveSourceItems(counts) => {
            let counts = counts.iter().map(|count| {
                let out = if count.in_stock { "" } else { " (out of stock)" };
                format!("{} at {} = {}{out}", count.sku, count.source.0, count.quantity)
            });
            format!("count {}", counts.collect::<Vec<_>>().join(", "))
        }
        Command::TransferStock { origin, destination, items } => {
            let items = items.iter().map(|(sku, quantity)| format!("{quantity} {sku}"));
            format!("carry {} from {} to {}", items.collect::<Vec<_>>().join(", "), origin.0, destination.0)
        }
        other => format!("{other:?}"),
    }
}

fn accept_words(ask: &AcceptOrder) -> String {
    let items = ask.items.iter().map(|item| {
        let quantity = item.quantity.unwrap_or(Quantity::ONE);
        let part = if item.parent.is_some() { "+" } else { "" };
        let price = item.price.amount.map_or_else(String::new, |price| format!(" at {price}"));
        let composition = match item.composition {
            Some(Composition { price_on_children, ships_separately }) => {
                let price = if price_on_children { " priced by its parts" } else { "" };
                let parcel = if ships_separately { " shipped in parts" } else { "" };
                format!("{price}{parcel}")
            }
            None => String::new(),
        };
        format!("{part}{quantity} {}{price}{composition}", item.sku)
    });
    let pay = match (&ask.pay.instrument, &ask.pay.authorised) {
        (Some(card), _) => format!(" with the card \"{card}\""),
        (None, Some(amount)) => format!(" with {amount} set aside"),
        (None, None) => String::new(),
    };
    let shipping = ask.sent.shipping.amount.map_or_else(String::new, |amount| format!(", shipping {amount}"));
    format!(
        "order in store {}: {}{shipping}, in {}, by {}{pay}{}{}",
        ask.store,
        items.collect::<Vec<_>>().join(", "),
        ask.currency.as_deref().unwrap_or("-"),
        ask.method.as_deref().unwrap_or("nothing"),
        ask.state.as_ref().map_or_else(String::new, |state| format!(", {state}")),
        if ask.hold_stock { "" } else { ", holding no stock" },
    )
}

fn lines_words(lines: &Lines) -> String {
    if lines.is_empty() {
        return "all that is left".to_owned();
    }
    let lines = lines.iter().map(|(item, quantity)| format!("{quantity} of line {item}"));
    lines.collect::<Vec<_>>().join(", ")
}
