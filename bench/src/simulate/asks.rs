//! What clients ask for: commands from chance and from what there is, and their words in a report.

use std::collections::BTreeMap;

use waybill_domain::{
    AcceptOrder, Allocation, Amount, Capture, Command, CommentDraft, CompleteShipment, Composition, Costs, Count,
    Demand, Departure, DraftItem, Excess, Extra, HoldReason, Invoice, InvoiceId, InvoiceOrder, InvoiceState, Item,
    LedgerEntry, Lines, Notify, Order, OrderId, PaymentDraft, Quantity, Rate, RefundOrder, RepackShipment, Sent,
    SentTotals, ShipOrder, Shipment, Shipping, Sku, SourceChoice, SourceCode, State, StoreId, Timestamp, TrackDraft,
    UNIT, WorkingSet, currency_digits,
};

use super::random::Random;
use super::world::World;

/// How the customers' means of payment behave: most of them well.
const CARDS: [&str; 28] = [
    "fail-later",
    "fail-later",
    "fail-later",
    "fail-later lost-after",
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

pub(super) const SOURCES: [&str; 3] = ["default", "east", "far"];
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
    let method = match random.below(16) {
        0..=2 => "checkmo",
        3 => "banktransfer",
        4 => random.pick(&["somewhere", ""]),
        _ => "rehearsal",
    };
    let mut pay = PaymentDraft::default();
    if method == "rehearsal" {
        let card = random.pick(&CARDS).to_owned();
        match random.below(8) {
            0 => {}
            1 | 2 if !card.contains("fail-later") => pay = set_aside(random, world, name, card, currency, now),
            _ => pay.instrument = Some(card),
        }
    }
    let shipping = random.chance(1, 2).then(|| Amount(random.below(900) * unit));
    let state = random.pick(&["", "", "", "", "", "pending_payment", "processing", "holded"]);
    Command::AcceptOrder(Box::new(AcceptOrder {
        store: StoreId(random.pick(&[1, 1, 2])),
        state: Some(state.to_owned()).filter(|state| !state.is_empty()),
        currency: Some(currency.to_owned()),
        base_currency: Some(base.to_owned()),
        rate,
        email: Some("ann@example.com".to_owned()),
        method: Some(method.to_owned()).filter(|method| !method.is_empty()),
        pay,
        items,
        sent: SentTotals { shipping: Sent { amount: shipping, base: None }, ..SentTotals::default() },
        hold_stock: random.chance(6, 7),
        allocation: match random.below(4) {
            0 => Allocation::At(SourceCode(random.pick(&SOURCES).to_owned())),
            1 => Allocation::Rule(super::fulfilment::rule(random)),
            _ => Allocation::None,
        },
        ..AcceptOrder::default()
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
    PaymentDraft { authorisation: Some(reference), ..PaymentDraft::default() }
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

/// Something to do with an order, mostly something that can be done; none where there is no such order.
pub(super) fn about(random: &mut Random, set: &WorkingSet, order: OrderId) -> Option<Command> {
    let found = set.orders.get(&order)?.as_ref()?;
    let is_wild = random.chance(1, 8);
    let mut acts = vec!["cancel", "hold", "release", "comment"];
    if found.is_packing() {
        acts.extend(["shipment"; 9]);
    }
    if is_wild || found.can_invoice() {
        acts.extend(["invoice"; 5]);
    }
    if is_wild || found.can_ship() {
        acts.extend(["ship"; 8]);
    }
    if is_wild || (found.can_credit() && found.paid.amount > Amount::ZERO) {
        acts.extend(["refund"; 9]);
    }
    if !found.fulfilment.is_empty() {
        acts.extend(["fulfilment"; 16]);
    } else if random.chance(1, 8) {
        acts.extend(["fulfilment"; 3]);
    }
    if found.stage.state == State::Holded {
        acts.extend(["release"; 4]);
    }
    let due: Vec<InvoiceId> = set
        .invoices
        .values()
        .flatten()
        .filter(|invoice| invoice.order == order && (is_wild || invoice.state == InvoiceState::Open))
        .map(|invoice| invoice.id)
        .collect();
    if let Some(invoice) = random.any(&due).copied()
        && random.chance(1, 2)
    {
        return Some(if random.chance(2, 3) {
            Command::CaptureInvoice { order, invoice }
        } else {
            Command::VoidInvoice { order, invoice }
        });
    }
    Some(match random.pick(&acts) {
        "invoice" => Command::Invoice(InvoiceOrder {
            order,
            lines: lines(random, found, |item| found.to_invoice(item)),
            shipping: Shipping::WithFirst,
            capture: random.chance(3, 4),
            comment: None,
            notify: Notify::No,
        }),
        "ship" => ship(random, set, found),
        "refund" => refund(random, set, found),
        "cancel" => Command::CancelOrder(order),
        "hold" => Command::HoldOrder {
            order,
            handle: random.pick(&["", "crew", "fraud"]).to_owned(),
            reason: HoldReason::Other,
            note: None,
        },
        "release" => Command::ReleaseOrder {
            order,
            handle: random.pick(&[None, None, Some("crew"), Some("payment")]).map(str::to_owned),
        },
        "shipment" => return shipment(random, set, found),
        "fulfilment" => return super::fulfilment::about(random, set, found),
        _ => Command::CommentOnOrder {
            order,
            comment: CommentDraft { text: Some("a remark".to_owned()), ..CommentDraft::default() },
            status: random.pick(&[None, Some("processing"), Some("closed")]).map(str::to_owned),
            entity: "order".to_owned(),
        },
    })
}

fn ship(random: &mut Random, set: &WorkingSet, order: &Order) -> Command {
    let track = TrackDraft {
        number: "1Z".to_owned(),
        title: None,
        carrier: "custom".to_owned(),
        description: None,
        weight: None,
        quantity: None,
    };
    let lines = lines(random, order, |item| order.to_ship(item));
    // Where one line's goods lie others may lie too.
    let first = lines.first().and_then(|(item, _)| order.item(*item)).or(order.items.first());
    let lie: Vec<&SourceCode> = set
        .source_items
        .iter()
        .filter(|((sku, _), found)| {
            first.is_some_and(|item| item.sku == *sku)
                && found.as_ref().is_some_and(|found| found.on_hand > Quantity::ZERO)
        })
        .map(|((_, source), _)| source)
        .collect();
    let source = match random.any(&lie) {
        Some(source) if random.chance(3, 4) => SourceChoice::Named((*source).clone()),
        _ if random.chance(1, 2) => SourceChoice::OnlyLinked,
        _ => SourceChoice::Named(SourceCode(random.pick(&SOURCES).to_owned())),
    };
    Command::Ship(ShipOrder {
        order: order.id,
        lines,
        source,
        excess: random.pick(&[Excess::Trim, Excess::Refuse]),
        capture: random.pick(&[Capture::No, Capture::Required, Capture::Required, Capture::Required]),
        departure: if random.chance(1, 2) {
            Departure::Now
        } else {
            Departure::Complete { ready: random.chance(1, 2), sent: random.chance(1, 2) }
        },
        costs: random.pick(&[Costs::All, Costs::Rest, Costs::Rest]),
        demand: random.pick(&[Demand::Refuse, Demand::Allocate]),
        fulfilment: None,
        reference: None,
        tracks: if random.chance(1, 4) { vec![track] } else { Vec::new() },
        comment: None,
        notify: Notify::No,
        extra: Extra::new(),
        line_extra: BTreeMap::new(),
    })
}

/// Something to do with a shipment of the order that may not have left.
fn shipment(random: &mut Random, set: &WorkingSet, order: &Order) -> Option<Command> {
    let shipments: Vec<&Shipment> = set.shipments.values().flatten().filter(|found| found.order == order.id).collect();
    let found = *random.any(&shipments)?;
    let yes_or_no = |random: &mut Random| random.pick(&[None, Some(true), Some(true), Some(false)]);
    Some(match random.below(4) {
        0 | 1 => Command::CompleteShipment(CompleteShipment {
            order: order.id,
            shipment: found.id,
            ready: yes_or_no(random),
            sent: yes_or_no(random),
            capture: random.pick(&[Capture::No, Capture::Required, Capture::Required]),
            tracks: Vec::new(),
            extra: Extra::new(),
            note: None,
            notify: Notify::No,
        }),
        2 => Command::RepackShipment(RepackShipment {
            order: order.id,
            shipment: found.id,
            ready: yes_or_no(random),
            lines: lines(random, order, |item| order.to_ship(item)),
            demand: random.pick(&[Demand::Refuse, Demand::Allocate]),
            line_extra: BTreeMap::new(),
        }),
        _ => Command::DeleteShipment { order: order.id, shipment: found.id },
    })
}

fn refund(random: &mut Random, set: &WorkingSet, order: &Order) -> Command {
    let invoices: Vec<&Invoice> = set.invoices.values().flatten().filter(|found| found.order == order.id).collect();
    let is_by_invoice = random.chance(1, 8) || order.method.as_deref() == Some("rehearsal");
    let invoice = random.any(&invoices).copied().filter(|_| is_by_invoice);
    let is_paid = invoice.is_some_and(|invoice| invoice.transaction.is_some());
    let unit = 10_i64.pow(4 - u32::from(currency_digits(&order.base_currency)));
    let small = |random: &mut Random| Amount(random.below(300) * unit);
    let of_invoice = |item: &Item| invoice.is_none_or(|invoice| invoice.lines.iter().any(|line| line.item == item.id));
    let left = |item: &Item| if of_invoice(item) { order.to_refund(item) } else { Quantity::ZERO };
    let lines = lines(random, order, left);
    let on_memo: Vec<_> = order
        .items
        .iter()
        .filter(|item| left(item) > Quantity::ZERO)
        .map(|item| item.id)
        .filter(|id| lines.is_empty() || lines.iter().any(|(listed, _)| listed == id))
        .collect();
    Command::Refund(RefundOrder {
        order: order.id,
        invoice: invoice.map(|invoice| invoice.id),
        online: is_paid != random.chance(1, 8),
        shipping: match random.below(4) {
            0 => Some(Amount::ZERO),
            1 => Some(small(random)),
            _ => None,
        },
        adjustment_positive: if random.chance(1, 8) { small(random) } else { Amount::ZERO },
        adjustment_negative: if random.chance(1, 8) { small(random) } else { Amount::ZERO },
        return_to_stock: match random.below(3) {
            0 => Vec::new(),
            1 => on_memo,
            _ => random.any(&on_memo).copied().into_iter().collect(),
        },
        lines,
        total: None,
        notify: Notify::No,
        comment: None,
    })
}

/// All that is left, or some of what is left of some lines; now and then anything.
fn lines(random: &mut Random, order: &Order, left: impl Fn(&Item) -> Quantity) -> Lines {
    let mut lines = Lines::new();
    if random.chance(1, 3) {
        return lines;
    }
    let is_wild = random.chance(1, 8);
    for item in &order.items {
        let most = if is_wild { item.ordered } else { left(item) };
        if most > Quantity::ZERO && random.chance(2, 3) {
            let half = if item.decimal { UNIT / 2 } else { UNIT };
            let halves = 1 + random.below(most.0 / half);
            lines.push((item.id, Quantity(halves * half)));
        }
    }
    lines
}

/// Whether a gateway may be asked because of this.
pub(super) fn may_reach_a_gateway(command: &Command, set: &WorkingSet) -> bool {
    let of = |order: OrderId| {
        let found = set.orders.get(&order).and_then(Option::as_ref);
        found.is_some_and(|order| order.method.as_deref() == Some("rehearsal"))
    };
    match command {
        Command::AcceptOrder(ask) => ask.pay.instrument.is_some(),
        Command::Invoice(ask) => ask.capture && of(ask.order),
        Command::Ship(ask) => ask.capture == Capture::Required && of(ask.order),
        Command::Refund(ask) => ask.online && of(ask.order),
        Command::CancelOrder(order) | Command::CaptureInvoice { order, .. } => of(*order),
        other => other.name_and_subject().0 == "hold order",
    }
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
                    raise_to_allocated: random.chance(1, 3),
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
        Command::Invoice(InvoiceOrder { order, lines, shipping: _, capture, comment: _, notify: _ }) => {
            let capture = if *capture { ", captured" } else { "" };
            format!("invoice order {order}: {}{capture}", lines_words(lines))
        }
        Command::Ship(ask) => {
            let ShipOrder {
                order,
                lines,
                source,
                excess,
                capture,
                departure,
                costs,
                demand,
                fulfilment,
                reference: _,
                tracks,
                comment: _,
                notify: _,
                extra: _,
                line_extra: _,
            } = ask;
            let of = fulfilment.map_or_else(String::new, |id| format!(" of fulfilment order {id}"));
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
                "ship order {order}{of}: {} from {source}, {excess:?}{capture}, {departure:?}, costs {costs:?}, \
                 demand {demand:?}, {} tracks",
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
                notify: _,
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
        Command::Redact(ask) => format!("redact order {}", ask.order),
        Command::CaptureInvoice { order, invoice } => format!("capture invoice {invoice} of order {order}"),
        Command::HoldOrder { order, handle, .. } => format!("hold order {order} as {handle:?}"),
        Command::ReleaseOrder { order, handle } => format!("release order {order} from {handle:?}"),
        Command::CompleteShipment(ask) => {
            let CompleteShipment { order, shipment, ready, sent, capture, .. } = ask;
            format!("complete shipment {shipment} of order {order}: ready {ready:?}, sent {sent:?}, {capture:?}")
        }
        Command::RepackShipment(ask) => {
            let RepackShipment { order, shipment, ready, lines, demand, line_extra: _ } = ask;
            let lines = lines_words(lines);
            format!("repack shipment {shipment} of order {order}: {lines}, ready {ready:?}, demand {demand:?}")
        }
        Command::DeleteShipment { order, shipment } => format!("delete shipment {shipment} of order {order}"),
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
    let pay = match (&ask.pay.instrument, &ask.pay.authorisation) {
        (Some(card), _) => format!(" with the card \"{card}\""),
        (None, Some(authorisation)) => format!(" with what is set aside as {authorisation}"),
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
