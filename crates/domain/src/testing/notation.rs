//! How a script asks. Words are separated by blanks; `_` inside a sku or code is a blank.
//!
//! A line of an order is `[kind:]SKU*quantity[@price][,amount=…][!flag]`, and the parts of a kit follow it in
//! parentheses: `bundle:KIT*2@30!separate ( A*4 B*2 )`. Elsewhere `SKU*quantity` names the order's line of that sku.

use super::{Shop, orders, ship, words};
use crate::{
    Access, Adjustment, AmendOrder, Amount, Capture, Command, CommentDraft, CompleteShipment, Costs, Count,
    CreditMemoId, Customer, DefaultCount, Delivery, Demand, Departure, DocumentId, Excess, Extra, GatewayAnswer,
    HoldReason, InvoiceId, InvoiceOrder, ItemId, Kind, LetterId, LetterKind, Level, Lines, Link, News, Notify,
    OperationId, OrderId, Outcome, PaymentDraft, Permissions, Position, ProductField, Quantity, Receipt, RefundOrder,
    Sent, ShipOrder, ShipmentId, Shipping, Sku, SourceChoice, SourceCode, SourceField, StockId, Timestamp, TokenDraft,
    TrackDraft, TrackId, distance_order, priority_order, select,
};

impl Shop {
    /// Asks in text, answers in text.
    pub(crate) fn say(&mut self, ask: &str) -> String {
        let mut words = ask.split_whitespace();
        let verb = words.next().expect("a line has a verb");
        let rest: Vec<&str> = words.collect();
        let first = |what: &str| *rest.first().unwrap_or_else(|| panic!("{verb} needs {what}"));
        match verb {
            "at" => {
                self.now = Timestamp(first("a time").parse().expect("milliseconds"));
                return "done".to_owned();
            }
            "stock-of" => return words::stock(self, &sku(first("a sku"))),
            "money" => return words::money(self, OrderId(id(first("an order")))),
            "invoice-of" => return words::invoice(self, id(first("an invoice"))),
            "is-last" => {
                let operation = self.set.operation(OperationId(id(first("an operation"))));
                return operation.expect("it was begun").last.to_string();
            }
            "payment-of" => return words::payment(self, OrderId(id(first("an order")))),
            "memo-of" => return words::credit_memo(self, id(first("a credit memo"))),
            "shipment-of" => return words::shipment(self, id(first("a shipment"))),
            "consignment-of" => return words::consignment(self, id(first("a consignment"))),
            "rows-of" => return words::rows(self.get(OrderId(id(first("an order"))))),
            "lines-of" => return words::order(self.get(OrderId(id(first("an order"))))),
            "letters" => return words::letters(self),
            "mailing" => {
                let kind = |word: &&str| LetterKind::parse(word).expect("a kind of letter");
                self.set.mailed = rest.iter().map(kind).collect();
                return "done".to_owned();
            }
            "select" => return self.select(&rest),
            _ => {}
        }
        let command = command(self, verb, &rest);
        let outcome = self.act(&command);
        if let (Ok(Outcome::Order(order)), Some(authorisation)) = (&outcome, value(&rest, "auth"))
            && !rest.contains(&"unseen")
        {
            let until = value(&rest, "until").map(|text| Timestamp(id(text)));
            self.adopt(*order, authorisation, value(&rest, "authorised").map(amount), until);
        }
        words::outcome(self, &command, outcome)
    }

    /// `select stock SKU*quantity… [near latitude,longitude]`
    fn select(&mut self, rest: &[&str]) -> String {
        let stock = StockId(id(rest[0]));
        let (wanted, near) = match rest.iter().position(|word| *word == "near") {
            Some(at) => (&rest[1..at], Some(rest[at + 1])),
            None => (&rest[1..], None),
        };
        let wanted: Vec<(Sku, Quantity)> = wanted.iter().map(|word| sku_quantity(word)).collect();
        wanted.iter().for_each(|(sku, _)| self.know(sku));
        let places = self.set.places();
        let order = match near {
            None => priority_order(places, stock),
            Some(point) => distance_order(places, stock, position(point)),
        };
        words::selection(&select(&self.set, &order, &wanted))
    }
}

fn command(shop: &Shop, verb: &str, rest: &[&str]) -> Command {
    match verb {
        "website" => Command::SaveWebsite { code: text(rest[0]), name: text(rest[1]), currency: text(rest[2]) },
        "store" => Command::SaveStore {
            code: text(rest[0]),
            website: text(rest[1]),
            name: text(rest[0]),
            currency: text(rest[2]),
            locale: "en_US".to_owned(),
        },
        "source" => Command::SaveSource {
            code: source(rest[0]),
            fields: rest[1..].iter().map(|word| source_field(word)).collect(),
        },
        "stock" => Command::SaveStock {
            id: value(rest, "id").map(|text| StockId(id(text))),
            name: value(rest, "name").map(text),
            channels: value(rest, "channels").map_or_else(Vec::new, |codes| codes.split(',').map(text).collect()),
        },
        "delete-stock" => Command::DeleteStock(StockId(id(rest[0]))),
        "link" => Command::SaveLinks(rest.chunks(3).map(link).collect()),
        "unlink" => Command::DeleteLinks(rest.chunks(2).map(|at| (StockId(id(at[0])), source(at[1]))).collect()),
        "adjust" => Command::AdjustStock(rest.iter().map(|word| adjustment(word)).collect()),
        "count" => Command::SaveSourceItems(rest.iter().map(|word| counted(word)).collect()),
        "uncount" => {
            Command::DeleteSourceItems(rest.chunks(2).map(|at| (source(at[1]), sku(at[0]))).collect::<Vec<_>>())
        }
        "assign" => Command::AssignSources { skus: skus_of(rest[0]), sources: sources_of(rest[1]) },
        "unassign" => Command::UnassignSources { skus: skus_of(rest[0]), sources: sources_of(rest[1]) },
        "move" => Command::MoveSource {
            skus: skus_of(rest[0]),
            origin: source(rest[1]),
            destination: source(rest[2]),
            unassign: rest.get(3) == Some(&"unassign"),
        },
        "transfer" => Command::TransferStock {
            origin: source(rest[0]),
            destination: source(rest[1]),
            items: rest[2..].iter().map(|word| sku_quantity(word)).collect(),
        },
        "product" => product(rest),
        "delete-product" => Command::DeleteProduct(sku(rest[0])),
        "order" => Command::AcceptOrder(Box::new(orders::order(rest))),
        "amend" => Command::AmendOrder(Box::new(AmendOrder {
            order: OrderId(id(rest[0])),
            status: value(rest, "status").map(text),
            email: value(rest, "email").map(text),
            customer: Customer { id: None, firstname: value(rest, "firstname").map(text), lastname: None },
            extra: Extra::new(),
            seen: None,
            unchangeable: value(rest, "unchangeable").map(text).into_iter().collect(),
        })),
        "cancel" => Command::CancelOrder(OrderId(id(rest[0]))),
        "hold" => Command::HoldOrder {
            order: OrderId(id(rest[0])),
            handle: value(rest, "as").map_or_else(String::new, text),
            reason: HoldReason::Other,
            note: None,
        },
        "release" => Command::ReleaseOrder { order: OrderId(id(rest[0])), handle: value(rest, "as").map(text) },
        "comment" => Command::CommentOnOrder {
            order: OrderId(id(rest[0])),
            comment: remark(rest),
            status: rest.get(1).filter(|word| **word != "told").map(|status| text(status)),
            entity: "order".to_owned(),
        },
        "pay-by" => Command::OpenPayment {
            order: OrderId(id(rest[0])),
            method: text(rest[1]),
            pay: PaymentDraft { instrument: value(rest, "pay").map(text), ..PaymentDraft::default() },
        },
        "invoice" => Command::Invoice(InvoiceOrder {
            order: OrderId(id(rest[0])),
            lines: lines(shop, OrderId(id(rest[0])), &rest[1..]),
            shipping: Shipping::WithFirst,
            capture: rest.contains(&"capture"),
            comment: notify(rest).1,
            notify: notify(rest).0,
        }),
        "ship" => Command::Ship(ship_order(shop, rest)),
        "complete" => complete(shop, rest),
        "repack" => super::fulfilment::repack(shop, rest),
        "delete-shipment" => {
            let (order, shipment) = shipment_of(shop, rest[0]);
            Command::DeleteShipment { order, shipment }
        }
        "revise" => Command::ReviseOrder(Box::new(super::fulfilment::revise(shop, rest))),
        "allocate" | "move-to" | "split" | "merge" | "cancel-rows" | "cancel-all" | "unfulfil" | "say" => {
            Command::ChangeFulfilment(super::fulfilment::change(shop, verb, rest))
        }
        "redact" => Command::Redact(Box::new(super::fulfilment::redact(rest))),
        "fulfil" => Command::Ship(super::fulfilment::fulfil(shop, rest)),
        "consign" => Command::Consign(Box::new(super::fulfilment::consign(shop, rest))),
        "confirm" | "cancel-consignment" | "move-on" | "carrier" => super::fulfilment::act(shop, verb, rest),
        "refund" => Command::Refund(refund(shop, rest)),
        "settle" => settle(shop, rest),
        "failed" | "ended" => {
            let operation = OperationId(id(rest[0]));
            let reason = "bank".to_owned();
            Command::TakeNews {
                order: shop.set.operation(operation).expect("it was begun").order,
                operation,
                news: if verb == "failed" { News::Failed { reason } } else { News::Ended { reason } },
            }
        }
        "mind" => Command::MindAuthorisation { order: OrderId(id(rest[0])), renew: rest.contains(&"renew") },
        "capture-invoice" => Command::CaptureInvoice { order: OrderId(id(rest[0])), invoice: InvoiceId(id(rest[1])) },
        "void-invoice" => Command::VoidInvoice { order: OrderId(id(rest[0])), invoice: InvoiceId(id(rest[1])) },
        "comment-shipment" => Command::CommentOnDocument {
            document: DocumentId::Shipment(ShipmentId(id(rest[0]))),
            comment: remark(rest),
        },
        "comment-invoice" => {
            Command::CommentOnDocument { document: DocumentId::Invoice(InvoiceId(id(rest[0]))), comment: remark(rest) }
        }
        "comment-memo" => Command::CommentOnDocument {
            document: DocumentId::CreditMemo(CreditMemoId(id(rest[0]))),
            comment: remark(rest),
        },
        "mail" => Command::MailOrder(OrderId(id(rest[0]))),
        "mail-shipment" => Command::MailDocument(DocumentId::Shipment(ShipmentId(id(rest[0])))),
        "mail-invoice" => Command::MailDocument(DocumentId::Invoice(InvoiceId(id(rest[0])))),
        "mail-memo" => Command::MailDocument(DocumentId::CreditMemo(CreditMemoId(id(rest[0])))),
        "settle-letter" => Command::SettleLetter {
            letter: LetterId(id(rest[0])),
            delivery: match rest[1] {
                "sent" => Delivery::Sent,
                "perhaps" => Delivery::Perhaps { why: "silence".to_owned() },
                _ => Delivery::Refused { why: "no".to_owned() },
            },
        },
        "track" => {
            Command::AddTrack { shipment: ShipmentId(id(rest[0])), order: OrderId(id(rest[1])), track: track(rest[2]) }
        }
        "untrack" => Command::RemoveTrack(TrackId(id(rest[0]))),
        "user" => Command::Access(Access::SaveUser {
            name: text(rest[0]),
            password: "hash".to_owned(),
            permissions: Permissions::All,
        }),
        "sign-in" => {
            Command::Access(Access::SignIn { name: text(rest[0]), fits: rest[1] == "right", token: "token".to_owned() })
        }
        "token" => Command::Access(Access::IssueToken(TokenDraft {
            name: text(rest[0]),
            token: "token".to_owned(),
            permissions: Permissions::Some(vec!["Magento_Sales::ship".to_owned()]),
            repeats_ms: None,
            lives_ms: None,
            settings: None,
            credential: None,
        })),
        _ => panic!("nobody understands {verb:?}"),
    }
}

/// `ship ORDER [LINES…] [from=source|only-linked|only-enabled] [strict] [track=number]`; from `default` unless said.
fn ship_order(shop: &Shop, rest: &[&str]) -> ShipOrder {
    let order = OrderId(id(rest[0]));
    let mut ask = ship(order, lines(shop, order, &rest[1..]), value(rest, "from").unwrap_or(SourceCode::DEFAULT));
    for word in rest {
        match *word {
            "strict" => ask.excess = Excess::Refuse,
            "capture" => ask.capture = Capture::Required,
            // What is packed leaves when it is ready, sent and paid.
            "pack" => ask.departure = Departure::Complete { ready: false, sent: false },
            "ready" => ask.departure = Departure::Complete { ready: true, sent: false },
            "sent" => ask.departure = Departure::Complete { ready: false, sent: true },
            "off" => ask.departure = Departure::Complete { ready: true, sent: true },
            "rest-of-costs" => ask.costs = Costs::Rest,
            "demand" => ask.demand = Demand::Allocate,
            "only-linked" => ask.source = SourceChoice::OnlyLinked,
            "only-enabled" => ask.source = SourceChoice::OnlyEnabled,
            _ => {}
        }
    }
    (ask.notify, ask.comment) = notify(rest);
    ask.tracks = value(rest, "track").map(track).into_iter().collect();
    ask
}

/// The order of a shipment, and the shipment.
pub(super) fn shipment_of(shop: &Shop, word: &str) -> (OrderId, ShipmentId) {
    let shipment = ShipmentId(id(word));
    let found = shop.set.shipments.get(&shipment).and_then(Option::as_ref);
    (found.map_or(OrderId(0), |found| found.order), shipment)
}

/// `complete SHIPMENT [ready=yes|no] [sent=yes|no] [capture] [track=number]`
fn complete(shop: &Shop, rest: &[&str]) -> Command {
    let (order, shipment) = shipment_of(shop, rest[0]);
    Command::CompleteShipment(CompleteShipment {
        order,
        shipment,
        ready: yes_or_no(rest, "ready"),
        sent: yes_or_no(rest, "sent"),
        capture: if rest.contains(&"capture") { Capture::Required } else { Capture::No },
        tracks: value(rest, "track").map(track).into_iter().collect(),
        extra: Extra::new(),
        note: None,
        notify: notify(rest).0,
    })
}

pub(super) fn yes_or_no(rest: &[&str], key: &str) -> Option<bool> {
    value(rest, key).map(|value| value == "yes")
}

/// `settle OPERATION done [ref=…] [until=…] [amount=…]`, or `refused` or `unknown`
fn settle(shop: &Shop, rest: &[&str]) -> Command {
    let operation = OperationId(id(rest[0]));
    let found = shop.set.operations.get(&operation).and_then(Option::as_ref);
    let answer = match rest[1] {
        "done" => GatewayAnswer::Done(Receipt {
            reference: value(rest, "ref").map_or_else(|| format!("ref{operation}"), text),
            amount: value(rest, "amount").map_or_else(|| found.map_or(Amount::ZERO, |found| found.amount), amount),
            until: value(rest, "until").map(|text| Timestamp(id(text))),
        }),
        "refused" => GatewayAnswer::Refused { reason: "no".to_owned() },
        _ => GatewayAnswer::Unknown { why: "silence".to_owned() },
    };
    Command::Settle { order: found.map_or(OrderId(0), |found| found.order), operation, answer }
}

/// `refund ORDER [LINES…] [invoice=id] [shipping=amount] [plus=amount] [less=amount] [back=SKU,SKU|all]`
fn refund(shop: &Shop, rest: &[&str]) -> RefundOrder {
    let order = OrderId(id(rest[0]));
    let named = |text: &str| match text.strip_prefix('#') {
        Some(number) => ItemId(id(number)),
        None => line_of(shop, order, text),
    };
    let back = match value(rest, "back") {
        None => Vec::new(),
        Some("all") => {
            let found = shop.set.orders.get(&order).and_then(Option::as_ref);
            found.map_or_else(Vec::new, |found| found.items.iter().map(|item| item.id).collect())
        }
        Some(skus) => skus.split(',').map(named).collect(),
    };
    let money = |key: &str| value(rest, key).map_or(Amount::ZERO, amount);
    RefundOrder {
        order,
        invoice: value(rest, "invoice").map(|text| InvoiceId(id(text))),
        lines: lines(shop, order, &rest[1..]),
        online: rest.contains(&"online"),
        shipping: value(rest, "shipping").map(amount),
        adjustment_positive: money("plus"),
        adjustment_negative: money("less"),
        return_to_stock: back,
        total: value(rest, "total").map(amount),
        comment: notify(rest).1,
        notify: notify(rest).0,
    }
}

pub(super) fn line_of(shop: &Shop, order: OrderId, name: &str) -> ItemId {
    let found = shop.get(order).items.iter().find(|item| item.sku == sku(name));
    found.unwrap_or_else(|| panic!("no line {name}")).id
}

/// The words `SKU*quantity` or `#id*quantity`, as lines of an order.
pub(super) fn lines(shop: &Shop, order: OrderId, words: &[&str]) -> Lines {
    words
        .iter()
        .filter_map(|word| word.split_once('*'))
        .map(|(name, pieces)| {
            let item = match name.strip_prefix('#') {
                Some(number) => ItemId(id(number)),
                None => line_of(shop, order, name),
            };
            (item, quantity(pieces))
        })
        .collect()
}

fn product(rest: &[&str]) -> Command {
    let mut stock = DefaultCount { quantity: None, in_stock: None };
    let mut fields = vec![ProductField::Name(text(rest[0]))];
    let flag = |value: &str| Some(value == "yes");
    for word in &rest[1..] {
        let (key, value) = word.split_once('=').expect("key=value");
        match key {
            "qty" => stock.quantity = Some(quantity(value)),
            "in_stock" => stock.in_stock = flag(value),
            "kind" => fields.push(ProductField::Kind(Kind::parse(value).expect("a kind"))),
            "name" => fields.push(ProductField::Name(text(value))),
            "price" => fields.push(ProductField::Price(amount(value))),
            "managed" => fields.push(ProductField::Managed(flag(value))),
            "backorders" => fields.push(ProductField::Backorders(flag(value))),
            "out_at" => fields.push(ProductField::Threshold(Some(quantity(value)))),
            "decimal" => fields.push(ProductField::Decimal(value == "yes")),
            _ => panic!("nobody understands {key:?}"),
        }
    }
    let stock = (stock.quantity.is_some() || stock.in_stock.is_some()).then_some(stock);
    Command::SaveProduct { sku: sku(rest[0]), fields, attributes: Vec::new(), stock }
}

fn source_field(word: &str) -> SourceField {
    let (key, value) = word.split_once('=').expect("key=value");
    match key {
        "name" => SourceField::Name(text(value)),
        "enabled" => SourceField::Enabled(value == "yes"),
        "country" => SourceField::Country(text(value)),
        "postcode" => SourceField::Postcode(text(value)),
        "lat" => SourceField::Latitude(Some(id(value))),
        "lng" => SourceField::Longitude(Some(id(value))),
        "own_carriers" => SourceField::DefaultCarriers(value != "yes"),
        "carriers" => SourceField::Carriers(vec![(text(value), 1)]),
        _ => panic!("nobody understands {key:?}"),
    }
}

/// `SKU@source=quantity`, or with `:out` behind it when it is not in stock, `:raise` for no less than is bound.
fn counted(word: &str) -> Count {
    let (at, value) = word.split_once('=').expect("SKU@source=quantity");
    let (name, code) = at.split_once('@').expect("SKU@source");
    let (pieces, out) = value.split_once(':').unwrap_or((value, ""));
    Count {
        source: source(code),
        sku: sku(name),
        quantity: quantity(pieces),
        in_stock: out != "out",
        raise_to_allocated: out == "raise",
    }
}

/// `SKU@source=quantity` or `SKU@source=+change`, with `:quantity` or `:+change` behind it for what is unavailable.
fn adjustment(word: &str) -> Adjustment {
    let (at, value) = word.split_once('=').expect("SKU@source=level");
    let (name, code) = at.split_once('@').expect("SKU@source");
    let (on_hand, unavailable) = value.split_once(':').unwrap_or((value, ""));
    let level = |text: &str| match text.strip_prefix('+') {
        _ if text.is_empty() => None,
        Some(change) => Some(Level::By(quantity(change))),
        None => Some(Level::To(quantity(text))),
    };
    Adjustment { source: source(code), sku: sku(name), on_hand: level(on_hand), unavailable: level(unavailable) }
}

fn link(words: &[&str]) -> Link {
    Link { stock: StockId(id(words[0])), source: source(words[1]), priority: id(words[2]) }
}

fn track(number: &str) -> TrackDraft {
    TrackDraft { number: text(number), carrier: "custom".to_owned(), ..TrackDraft::default() }
}

/// With `told` among the words, the customer is to be told of it.
fn remark(rest: &[&str]) -> CommentDraft {
    let notified = rest.contains(&"told").then_some(true);
    CommentDraft { text: Some("hello".to_owned()), notified, visible_on_front: false }
}

/// `notify` tells of a document without its remark, `append` with it; both give it one.
fn notify(rest: &[&str]) -> (Notify, Option<CommentDraft>) {
    if rest.contains(&"append") {
        (Notify::WithComment, Some(remark(rest)))
    } else if rest.contains(&"notify") {
        (Notify::Yes, Some(remark(rest)))
    } else {
        (Notify::No, None)
    }
}

fn position(word: &str) -> Option<Position> {
    let (latitude, longitude) = word.split_once(',')?;
    Some(Position { latitude: id(latitude), longitude: id(longitude) })
}

fn sku_quantity(word: &str) -> (Sku, Quantity) {
    let (name, pieces) = word.split_once('*').expect("SKU*quantity");
    (sku(name), quantity(pieces))
}

pub(super) fn value<'a>(words: &[&'a str], key: &str) -> Option<&'a str> {
    words.iter().filter_map(|word| word.split_once('=')).find(|(name, _)| *name == key).map(|(_, value)| value)
}

/// `10`, or `10/9` with what it is in the base currency; `/9` for that alone.
pub(super) fn sent_amount(word: &str) -> Sent {
    let (own, base) = word.split_once('/').unwrap_or((word, ""));
    let part = |text: &str| (!text.is_empty()).then(|| amount(text));
    Sent { amount: part(own), base: part(base) }
}

fn skus_of(word: &str) -> Vec<Sku> {
    word.split(',').map(sku).collect()
}

fn sources_of(word: &str) -> Vec<SourceCode> {
    word.split(',').map(source).collect()
}

pub(super) fn text(word: &str) -> String {
    word.replace('_', " ")
}

fn sku(word: &str) -> Sku {
    Sku::new(&text(word))
}

pub(super) fn source(word: &str) -> SourceCode {
    SourceCode(text(word))
}

pub(super) fn id(word: &str) -> i64 {
    word.parse().unwrap_or_else(|_| panic!("{word:?} is no number"))
}

pub(super) fn quantity(word: &str) -> Quantity {
    Quantity::parse(word).unwrap_or_else(|_| panic!("{word:?} is no quantity"))
}

fn amount(word: &str) -> Amount {
    Amount::parse(word).unwrap_or_else(|_| panic!("{word:?} is no amount"))
}

/// The skus that a command names.
pub(super) fn skus_named(command: &Command) -> Vec<Sku> {
    match command {
        Command::SaveSourceItems(counts) => counts.iter().map(|count| count.sku.clone()).collect(),
        Command::AdjustStock(all) => all.iter().map(|one| one.sku.clone()).collect(),
        Command::DeleteSourceItems(pairs) => pairs.iter().map(|(_, sku)| sku.clone()).collect(),
        Command::AssignSources { skus, .. }
        | Command::UnassignSources { skus, .. }
        | Command::MoveSource { skus, .. } => skus.clone(),
        Command::TransferStock { items, .. } => items.iter().map(|(sku, _)| sku.clone()).collect(),
        Command::SaveProduct { sku, .. } | Command::DeleteProduct(sku) => vec![sku.clone()],
        Command::AcceptOrder(ask) => ask.items.iter().map(|item| Sku::new(&item.sku)).collect(),
        Command::ReviseOrder(ask) => ask.more.iter().map(|item| Sku::new(&item.sku)).collect(),
        Command::SaveWebsite { .. }
        | Command::SaveStore { .. }
        | Command::SaveSource { .. }
        | Command::SaveStock { .. }
        | Command::DeleteStock(_)
        | Command::SaveLinks(_)
        | Command::DeleteLinks(_)
        | Command::AmendOrder(_)
        | Command::CancelOrder(_)
        | Command::HoldOrder { .. }
        | Command::ReleaseOrder { .. }
        | Command::CompleteShipment(_)
        | Command::RepackShipment(_)
        | Command::DeleteShipment { .. }
        | Command::ChangeFulfilment(_)
        | Command::SaveCarrierAccount { .. }
        | Command::Consign(_)
        | Command::ActOnConsignment { .. }
        | Command::SettleConsignment { .. }
        | Command::OpenPayment { .. }
        | Command::CommentOnOrder { .. }
        | Command::Invoice(_)
        | Command::Ship(_)
        | Command::Refund(_)
        | Command::Settle { .. }
        | Command::TakeNews { .. }
        | Command::CaptureInvoice { .. }
        | Command::VoidInvoice { .. }
        | Command::MindAuthorisation { .. }
        | Command::Redact(_)
        | Command::Suspect { .. }
        | Command::CommentOnDocument { .. }
        | Command::MailOrder(_)
        | Command::MailDocument(_)
        | Command::SettleLetter { .. }
        | Command::AddTrack { .. }
        | Command::RemoveTrack(_)
        | Command::Access(_) => Vec::new(),
    }
}
