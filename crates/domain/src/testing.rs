//! A shop in memory, for rules and laws: commands are decided and applied, nothing is behind it. Rules are scripts
//! of lines `ask => answer`; `notation.rs` says how to ask, `words.rs` how it answers.

mod fulfilment;
mod notation;
mod orders;
mod words;

use std::collections::BTreeMap;

use crate::{
    AcceptOrder, Amount, Change, Command, Count, Decision, Document, DocumentId, DraftItem, Extra, GatewayAnswer,
    IdKind, ItemId, Moment, Order, OrderId, Outcome, Places, Quantity, Receipt, RefundOrder, Refusal, Sent, ShipOrder,
    Sku, Source, SourceChoice, SourceCode, Stock, StockId, Store, StoreId, Timestamp, Website, WebsiteId, WorkingSet,
    decide,
};

/// The store view that everything is sold through, unless a rule says otherwise.
pub(crate) const STORE: StoreId = StoreId(1);

/// Plays a script on a new shop. A line without an answer must be done without a word.
pub(crate) fn check(script: &str) {
    let mut shop = Shop::open();
    let mut wrong = Vec::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (ask, expected) = line.split_once(" => ").unwrap_or((line, "done"));
        let answer = shop.say(ask.trim());
        if answer.trim() != expected.trim() {
            wrong.push(format!("{}\n   expected {}\n   got      {answer}", ask.trim(), expected.trim()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// A shop with everything loaded.
pub(crate) struct Shop {
    pub(crate) set: WorkingSet,
    ids: BTreeMap<IdKind, i64>,
    /// Everything that ever became true.
    pub(crate) changes: Vec<Change>,
    now: Timestamp,
}

impl Shop {
    /// Sources `default` and `east` on stock 1, one website and store view; nothing lies anywhere.
    pub(crate) fn open() -> Shop {
        let mut places = Places::default();
        for (priority, code) in [(1, SourceCode::DEFAULT), (2, "east")] {
            let code = SourceCode(code.to_owned());
            places.links.insert((StockId::DEFAULT, code.clone()), priority);
            let named = Source {
                name: code.0.clone(),
                country: "US".to_owned(),
                postcode: "00000".to_owned(),
                ..Source::new(code.clone())
            };
            places.sources.insert(code, named);
        }
        places.stocks.insert(StockId::DEFAULT, Stock { id: StockId::DEFAULT, name: "Default".to_owned() });
        places.websites.insert(
            WebsiteId(1),
            Website {
                id: WebsiteId(1),
                code: "base".to_owned(),
                name: "Base".to_owned(),
                currency: "USD".to_owned(),
                stock: StockId::DEFAULT,
            },
        );
        places.stores.insert(
            STORE,
            Store {
                id: STORE,
                website: WebsiteId(1),
                code: "default".to_owned(),
                name: "Default".to_owned(),
                group: "Main".to_owned(),
                currency: "USD".to_owned(),
                locale: "en_US".to_owned(),
            },
        );
        let set = WorkingSet { places: Some(places.into()), ..WorkingSet::default() };
        Shop { set, ids: BTreeMap::new(), changes: Vec::new(), now: Timestamp(1_000) }
    }

    /// With a product of so many pieces at `default`.
    pub(crate) fn with(mut self, sku: &str, pieces: i64) -> Shop {
        assert_eq!(self.say(&format!("product {sku} qty={pieces}")), "done");
        self
    }

    /// Decides a command and makes its changes true; a refusal leaves everything as it was, ids too.
    pub(crate) fn act(&mut self, command: &Command) -> Result<Outcome, Vec<Refusal>> {
        self.load(command);
        let before = self.set.clone();
        let mut ids = self.ids.clone();
        let mut draw = |kind| {
            let next = ids.entry(kind).or_insert(0);
            *next += 1;
            *next
        };
        let decided = decide(&self.set, command, &mut Moment::new(self.now, &mut draw));
        assert_eq!(self.set, before, "a decision changes nothing by itself");
        let Decision { changes, outcome } = decided?;
        self.ids = ids;
        for change in &changes {
            self.set.apply(change);
        }
        self.changes.extend(changes);
        Ok(outcome)
    }

    /// The gateway knows what the shop has set aside; as if it had been looked at before the rules begin, without an
    /// operation that they would have to count.
    pub(crate) fn adopt(
        &mut self,
        order: OrderId,
        authorisation: &str,
        authorised: Option<Amount>,
        until: Option<Timestamp>,
    ) {
        let Some(operation) = self.get(order).operation else { return };
        let amount = authorised.unwrap_or(self.get(order).grand_total.amount);
        let receipt = Receipt { reference: authorisation.to_owned(), amount, until };
        self.act(&Command::Settle { order, operation, answer: GatewayAnswer::Done(receipt) }).expect("it is open");
        self.set.operations.remove(&operation);
        self.ids.insert(IdKind::Operation, operation.0 - 1);
    }

    /// What a store would load: everything there is, and "not there" for the rest of what is named.
    fn load(&mut self, command: &Command) {
        for sku in notation::skus_named(command) {
            self.know(&sku);
        }
        if let Some(id) = command.order() {
            self.set.orders.entry(id).or_insert(None);
        }
        match command {
            Command::AddTrack { shipment, .. }
            | Command::DeleteShipment { shipment, .. }
            | Command::CompleteShipment(crate::CompleteShipment { shipment, .. })
            | Command::RepackShipment(crate::RepackShipment { shipment, .. })
            | Command::CommentOnDocument { document: DocumentId::Shipment(shipment), .. } => {
                self.set.shipments.entry(*shipment).or_insert(None);
            }
            Command::CommentOnDocument { document: DocumentId::Invoice(invoice), .. } => {
                self.set.invoices.entry(*invoice).or_insert(None);
            }
            Command::CommentOnDocument { document: DocumentId::CreditMemo(memo), .. } => {
                self.set.credit_memos.entry(*memo).or_insert(None);
            }
            Command::MailDocument(document) => match document {
                DocumentId::Shipment(id) => drop(self.set.shipments.entry(*id).or_insert(None)),
                DocumentId::Invoice(id) => drop(self.set.invoices.entry(*id).or_insert(None)),
                DocumentId::CreditMemo(id) => drop(self.set.credit_memos.entry(*id).or_insert(None)),
            },
            Command::Consign(ask) => {
                let order = ask.of.as_ref().and_then(|(order, ..)| self.set.orders.get(order)?.clone());
                let named = crate::references(&ask.draft.order_reference, order.as_ref()).take(crate::MOST_REFERENCES);
                for name in named.chain(ask.draft.reference.clone()) {
                    self.set.references_taken.entry(name).or_insert(false);
                }
                if let Some((tracking, _)) = &ask.draft.prebooked {
                    self.set.trackings.entry(tracking.clone()).or_insert(None);
                }
            }
            Command::ActOnConsignment { consignment, act, .. } => {
                let found = self.set.consignments.entry(*consignment).or_insert(None);
                if let Some(tracking) = found.as_ref().and_then(|found| found.tracking.clone()) {
                    self.set.trackings.entry(tracking).or_insert(None);
                }
                if let crate::ConsignmentAct::Confirm { prebooked: Some((tracking, _)), .. } = act {
                    self.set.trackings.entry(tracking.clone()).or_insert(None);
                }
            }
            Command::SettleConsignment { consignment, .. } => {
                self.set.consignments.entry(*consignment).or_insert(None);
            }
            Command::Redact(ask) => drop(self.set.whole.insert(ask.order)),
            Command::Refund(ask) => self.load_for_refund(ask),
            Command::Settle { operation, .. } => {
                self.set.operations.entry(*operation).or_insert(None);
            }
            _ => {}
        }
        if let Command::RemoveTrack(track) = command {
            self.set.tracks.entry(*track).or_insert(None);
        }
        if let Command::Access(crate::Access::SaveUser { name, .. } | crate::Access::SignIn { name, .. }) = command {
            self.set.access.users.entry(name.clone()).or_insert(None);
        }
        let places = self.set.places.clone().expect("the shop has places");
        for sku in self.set.everywhere.clone() {
            for stock in places.stocks.keys() {
                self.set.held.entry((*stock, sku.clone())).or_insert(Quantity::ZERO);
            }
        }
        for store in places.stores.keys() {
            for document in [Document::Order, Document::Invoice, Document::CreditMemo] {
                self.set.numbers.entry((*store, document)).or_insert(1);
            }
        }
        self.set.stocks_in_use =
            self.set.held.iter().filter(|(_, held)| **held > Quantity::ZERO).map(|((stock, _), _)| *stock).collect();
    }

    fn load_for_refund(&mut self, ask: &RefundOrder) {
        if let Some(invoice) = ask.invoice {
            self.set.invoices.entry(invoice).or_insert(None);
            self.set.credited.entry(invoice).or_default();
        }
        for item in &ask.return_to_stock {
            let orders = self.set.orders.values().flatten();
            let sku = orders.filter_map(|order| order.item(*item)).map(|item| item.sku.clone()).next();
            self.set.skus_of_items.insert(*item, sku);
        }
    }

    /// Makes a sku known to be looked up everywhere.
    pub(crate) fn know(&mut self, sku: &Sku) {
        self.set.everywhere.insert(sku.clone());
        self.set.products.entry(sku.clone()).or_insert(None);
    }

    /// Takes an order of these lines.
    pub(crate) fn order(&mut self, items: Vec<DraftItem>) -> Result<OrderId, Vec<Refusal>> {
        match self.act(&Command::AcceptOrder(Box::new(draft(items))))? {
            Outcome::Order(order) => Ok(order),
            other => panic!("an order is accepted, not {other:?}"),
        }
    }

    /// The order of this id.
    pub(crate) fn get(&self, order: OrderId) -> &Order {
        self.set.order(order).expect("the order was accepted")
    }

    /// The line at this position.
    pub(crate) fn item(&self, order: OrderId, position: usize) -> ItemId {
        self.get(order).items[position].id
    }
}

/// A line of so many pieces at a price in whole units.
pub(crate) fn line(sku: &str, pieces: i64, price: i64) -> DraftItem {
    DraftItem {
        sku: sku.to_owned(),
        quantity: Some(Quantity::whole(pieces)),
        price: Sent { amount: Some(Amount(price * crate::UNIT)), base: None },
        ..DraftItem::default()
    }
}

/// An order that says nothing but its lines.
pub(crate) fn draft(items: Vec<DraftItem>) -> AcceptOrder {
    AcceptOrder {
        store: STORE,
        email: Some("a@example.com".to_owned()),
        method: Some("checkmo".to_owned()),
        items,
        hold_stock: true,
        ..AcceptOrder::default()
    }
}

/// A request to ship from a source.
pub(crate) fn ship(order: OrderId, lines: Vec<(ItemId, Quantity)>, source: &str) -> ShipOrder {
    ShipOrder {
        order,
        lines,
        source: SourceChoice::Named(SourceCode(source.to_owned())),
        excess: crate::Excess::Trim,
        capture: crate::Capture::No,
        departure: crate::Departure::Now,
        costs: crate::Costs::All,
        demand: crate::Demand::Refuse,
        fulfilment: None,
        reference: None,
        tracks: Vec::new(),
        comment: None,
        notify: crate::Notify::No,
        extra: Extra::new(),
        line_extra: BTreeMap::new(),
    }
}

/// A count of pieces at a source.
pub(crate) fn count(sku: &str, source: &str, quantity: Quantity) -> Count {
    Count {
        source: SourceCode(source.to_owned()),
        sku: Sku::new(sku),
        quantity,
        in_stock: quantity > Quantity::ZERO,
        raise_to_allocated: false,
    }
}
