//! A shop in memory, for rules and laws: commands are decided and applied, nothing is behind it.

use std::collections::BTreeMap;

use crate::{
    AcceptOrder, Amount, Command, Count, Customer, Decision, Document, DraftItem, Extra, IdKind, ItemId, Moment, Order,
    OrderId, Outcome, Places, Product, ProductId, Quantity, Refusal, Sent, SentTotals, ShipOrder, Sku, Source,
    SourceChoice, SourceCode, SourceItem, SourceItemId, Stock, StockId, Store, StoreId, Timestamp, Website, WebsiteId,
    WorkingSet, decide,
};

/// The store view that everything is sold through.
pub(crate) const STORE: StoreId = StoreId(1);

/// A shop with everything loaded.
pub(crate) struct Shop {
    pub(crate) set: WorkingSet,
    ids: BTreeMap<IdKind, i64>,
    /// Everything that ever became true.
    pub(crate) changes: Vec<crate::Change>,
}

impl Shop {
    /// Sources `default` and `east` on stock 1; nothing lies anywhere.
    pub(crate) fn open() -> Shop {
        let mut places = Places::default();
        for code in [SourceCode::DEFAULT, "east"] {
            let code = SourceCode(code.to_owned());
            places.links.insert((StockId::DEFAULT, code.clone()), 1);
            places.sources.insert(code.clone(), Source::new(code));
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
        let mut set = WorkingSet { places: Some(places), ..WorkingSet::default() };
        for document in [Document::Order, Document::Invoice, Document::Shipment] {
            set.numbers.insert((STORE, document), 1);
        }
        Shop { set, ids: BTreeMap::new(), changes: Vec::new() }
    }

    /// A product with so many pieces at `default`.
    pub(crate) fn with(mut self, sku: &str, pieces: i64) -> Shop {
        self.know(sku);
        let sku = Sku::new(sku);
        let id = i64::try_from(self.set.products.len()).expect("few products");
        let product = Product::new(ProductId(id), sku.clone(), Timestamp(0));
        self.set.products.insert(sku.clone(), Some(product));
        let source = SourceCode(SourceCode::DEFAULT.to_owned());
        self.set.source_items.insert(
            (sku.clone(), source.clone()),
            Some(SourceItem {
                id: SourceItemId(id),
                source,
                sku,
                on_hand: Quantity::whole(pieces),
                in_stock: pieces > 0,
            }),
        );
        self
    }

    /// Makes a sku known to be looked up everywhere.
    pub(crate) fn know(&mut self, sku: &str) {
        let sku = Sku::new(sku);
        self.set.everywhere.insert(sku.clone());
        self.set.held.entry((StockId::DEFAULT, sku.clone())).or_insert(Quantity::ZERO);
        self.set.products.entry(sku).or_insert(None);
    }

    /// Decides a command and makes its changes true; a refusal must leave everything as it was.
    pub(crate) fn act(&mut self, command: &Command) -> Result<Outcome, Vec<Refusal>> {
        let before = self.set.clone();
        let mut ids = self.ids.clone();
        let mut draw = |kind| {
            let next = ids.entry(kind).or_insert(0);
            *next += 1;
            *next
        };
        let decided = decide(&self.set, command, &mut Moment::new(Timestamp(1_000), &mut draw));
        assert_eq!(self.set, before, "a decision changes nothing by itself");
        let Decision { changes, outcome } = decided?;
        self.ids = ids;
        for change in &changes {
            self.set.apply(change);
        }
        self.changes.extend(changes);
        Ok(outcome)
    }

    /// Takes an order of these lines.
    pub(crate) fn order(&mut self, items: Vec<DraftItem>) -> Result<OrderId, Vec<Refusal>> {
        items.iter().for_each(|item| self.know(&item.sku));
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
        number: None,
        state: None,
        status: None,
        currency: None,
        base_currency: None,
        rate: None,
        email: Some("a@example.com".to_owned()),
        customer: Customer::default(),
        method: Some("checkmo".to_owned()),
        items,
        sent: SentTotals::default(),
        billing: None,
        shipping: None,
        shipping_method: None,
        shipping_description: None,
        payment: Extra::new(),
        extra: Extra::new(),
        created_at: None,
        history: Vec::new(),
        hold_stock: true,
    }
}

/// A request to ship from a source.
pub(crate) fn ship(order: OrderId, lines: Vec<(ItemId, Quantity)>, source: &str) -> ShipOrder {
    ShipOrder {
        order,
        lines,
        source: SourceChoice::Named(SourceCode(source.to_owned())),
        excess: crate::Excess::Trim,
        tracks: Vec::new(),
        comment: None,
        extra: Extra::new(),
        line_extra: BTreeMap::new(),
    }
}

/// A count of pieces at a source.
pub(crate) fn count(sku: &str, source: &str, quantity: Quantity) -> Count {
    Count { source: SourceCode(source.to_owned()), sku: Sku::new(sku), quantity, in_stock: quantity > Quantity::ZERO }
}
