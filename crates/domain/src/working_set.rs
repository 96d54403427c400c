//! What a batch knows of one tenant: what was loaded, and what its commands have made of it so far.
//!
//! A map to `None` says "looked for, not there". A missing key says "not loaded", which is a mistake in
//! `engine/needs.rs`; the accessors refuse to guess.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{
    AccessBook, Account, Cause, Change, Consignment, ConsignmentId, CreditMemo, CreditMemoId, CreditMemoState,
    Departed, Details, Document, Invoice, InvoiceId, ItemId, Letter, LetterId, LetterKind, LineAmounts, Link, Money,
    Operation, OperationId, Order, OrderId, Payment, Product, Quantity, Shipment, ShipmentId, Sku, Source, SourceCode,
    SourceItem, Stock, StockId, Store, StoreId, Track, TrackId, Website, WebsiteId,
};

/// Everything that decisions on one tenant's data may read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkingSet {
    /// Shared, as they seldom change.
    pub places: Option<Arc<Places>>,
    /// Shared, as they seldom change.
    pub products: BTreeMap<Sku, Option<Arc<Product>>>,
    pub source_items: BTreeMap<(Sku, SourceCode), Option<SourceItem>>,
    /// The skus of which every source item was loaded.
    pub everywhere: BTreeSet<Sku>,
    pub held: BTreeMap<(StockId, Sku), Quantity>,
    pub orders: BTreeMap<OrderId, Option<Order>>,
    /// The orders of which every document, consignment, operation and letter was loaded.
    pub whole: BTreeSet<OrderId>,
    pub accounts: BTreeMap<OrderId, Account>,
    pub details: BTreeMap<OrderId, Details>,
    pub shipments: BTreeMap<ShipmentId, Option<Shipment>>,
    pub invoices: BTreeMap<InvoiceId, Option<Invoice>>,
    pub credit_memos: BTreeMap<CreditMemoId, Option<CreditMemo>>,
    /// What credit memos took back of an invoice.
    pub credited: BTreeMap<InvoiceId, Credited>,
    /// What left sources for an order.
    pub departed: BTreeMap<OrderId, Departed>,
    /// Orders' money at gateways.
    pub payments: BTreeMap<OrderId, Option<Payment>>,
    pub operations: BTreeMap<OperationId, Option<Operation>>,
    pub letters: BTreeMap<LetterId, Option<Letter>>,
    /// The kinds of letters that are sent; no other is wanted.
    pub mailed: BTreeSet<LetterKind>,
    /// The skus of lines of any order, for those that a request names wrongly.
    pub skus_of_items: BTreeMap<ItemId, Option<Sku>>,
    pub tracks: BTreeMap<TrackId, Option<Track>>,
    pub consignments: BTreeMap<ConsignmentId, Option<Consignment>>,
    /// References that consignments may be given, and whether they are taken.
    pub references_taken: BTreeMap<String, bool>,
    /// Tracking numbers that a client gave, and whose they are.
    pub trackings: BTreeMap<String, Option<ConsignmentId>>,
    /// The next number of a store's documents.
    pub numbers: BTreeMap<(StoreId, Document), i64>,
    /// Order numbers that a client chose, and whether they are taken.
    pub numbers_taken: BTreeMap<(StoreId, String), bool>,
    /// The stocks that a command asked about and that still hold something for an order.
    pub stocks_in_use: BTreeSet<StockId>,
    pub access: AccessBook,
}

/// What credit memos took back of an invoice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credited {
    pub total: Money,
    /// How many of each line, and the money of those that carry it.
    pub lines: BTreeMap<ItemId, (Quantity, LineAmounts)>,
}

impl Credited {
    /// Adds a credit memo's line.
    pub fn add(&mut self, item: ItemId, quantity: Quantity, amounts: Option<&LineAmounts>) {
        let (so_far, worth) = self.lines.entry(item).or_default();
        *so_far += quantity;
        if let Some(amounts) = amounts {
            worth.add(amounts);
        }
    }
}

/// All websites, stores, sources, stocks and links of a tenant: few, and read together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    pub websites: BTreeMap<WebsiteId, Website>,
    pub stores: BTreeMap<StoreId, Store>,
    pub sources: BTreeMap<SourceCode, Source>,
    pub stocks: BTreeMap<StockId, Stock>,
    /// Priority by stock and source.
    pub links: BTreeMap<(StockId, SourceCode), i64>,
}

impl Places {
    /// The website with this code.
    pub fn website(&self, code: &str) -> Option<&Website> {
        self.websites.values().find(|website| website.code == code)
    }

    /// The store view with this code.
    pub fn store(&self, code: &str) -> Option<&Store> {
        self.stores.values().find(|store| store.code == code)
    }

    /// The sources of a stock, the smallest priority first; disabled ones included.
    pub fn sources_of(&self, stock: StockId) -> Vec<&Source> {
        let mut linked: Vec<(i64, &SourceCode)> = self
            .links
            .iter()
            .filter(|((of, _), _)| *of == stock)
            .map(|((_, source), priority)| (*priority, source))
            .collect();
        linked.sort();
        linked
            .into_iter()
            .map(|(_, code)| self.sources.get(code).expect("a link's source exists: foreign key"))
            .collect()
    }

    /// The stock that a store's website sells from.
    pub fn stock_of(&self, store: StoreId) -> StockId {
        self.stores
            .get(&store)
            .and_then(|store| self.websites.get(&store.website))
            .map_or(StockId::DEFAULT, |website| website.stock)
    }
}

impl WorkingSet {
    /// The tenant's places.
    pub fn places(&self) -> &Places {
        self.places.as_ref().expect("the needs ask for the places")
    }

    /// The product of this sku.
    pub fn product(&self, sku: &Sku) -> Option<&Product> {
        self.products.get(sku).expect("the needs name each product").as_deref()
    }

    /// What lies of this sku at this source.
    pub fn source_item(&self, sku: &Sku, source: &SourceCode) -> Option<&SourceItem> {
        match self.source_items.get(&(sku.clone(), source.clone())) {
            Some(item) => item.as_ref(),
            None => {
                assert!(self.everywhere.contains(sku), "the needs name each source item");
                None
            }
        }
    }

    /// All source items of a sku, by source code.
    pub fn source_items_of(&self, sku: &Sku) -> impl Iterator<Item = &SourceItem> {
        assert!(self.everywhere.contains(sku), "the needs ask for all source items of the sku");
        let first = (sku.clone(), SourceCode(String::new()));
        let wanted = sku.clone();
        self.source_items
            .range(first..)
            .take_while(move |((sku, _), _)| *sku == wanted)
            .filter_map(|(_, item)| item.as_ref())
    }

    /// What a stock holds of a sku for its orders.
    pub fn held(&self, stock: StockId, sku: &Sku) -> Quantity {
        *self.held.get(&(stock, sku.clone())).expect("the needs name each stock level")
    }

    /// What a stock can still promise of a sku.
    pub fn salable(&self, stock: StockId, sku: &Sku) -> Quantity {
        let of_use = self.sellable(stock, sku).map(|item| item.on_hand - item.unavailable);
        crate::salable(of_use, self.held(stock, sku), self.product(sku))
    }

    /// What a stock has of a sku and holds for nobody.
    pub(crate) fn unheld(&self, stock: StockId, sku: &Sku) -> Quantity {
        let of_use = self.sellable(stock, sku).map(|item| item.on_hand - item.unavailable);
        of_use.sum::<Quantity>() - self.held(stock, sku)
    }

    /// Where the goods lie that a stock can promise of a sku.
    pub(crate) fn sellable(&self, stock: StockId, sku: &Sku) -> impl Iterator<Item = &SourceItem> {
        let places = self.places();
        self.source_items_of(sku).filter(move |item| {
            item.in_stock
                && places.links.contains_key(&(stock, item.source.clone()))
                && places.sources.get(&item.source).is_some_and(|source| source.enabled)
        })
    }

    /// The order of this id.
    pub fn order(&self, id: OrderId) -> Option<&Order> {
        self.orders.get(&id).expect("the needs name the order").as_ref()
    }

    /// The money of a loaded order.
    pub fn account(&self, id: OrderId) -> &Account {
        self.accounts.get(&id).expect("the needs name the account")
    }

    /// The shipment of this id.
    pub fn shipment(&self, id: ShipmentId) -> Option<&Shipment> {
        self.shipments.get(&id).expect("the needs name the shipment").as_ref()
    }

    /// The invoice of this id.
    pub fn invoice(&self, id: InvoiceId) -> Option<&Invoice> {
        self.invoices.get(&id).expect("the needs name the invoice").as_ref()
    }

    /// The credit memo of this id.
    pub fn credit_memo(&self, id: CreditMemoId) -> Option<&CreditMemo> {
        self.credit_memos.get(&id).expect("the needs name the credit memo").as_ref()
    }

    /// What credit memos took back of an invoice.
    pub fn credited(&self, id: InvoiceId) -> &Credited {
        self.credited.get(&id).expect("the needs name the invoice's credit memos")
    }

    /// What left sources for an order.
    pub fn departed(&self, id: OrderId) -> &Departed {
        self.departed.get(&id).expect("the needs name what left")
    }

    /// An order's money at its gateway; none where it has no gateway.
    pub fn payment(&self, order: OrderId) -> Option<&Payment> {
        self.payments.get(&order).expect("the needs name the payment").as_ref()
    }

    /// The operation of this id.
    pub fn operation(&self, id: OperationId) -> Option<&Operation> {
        self.operations.get(&id).expect("the needs name the operation").as_ref()
    }

    /// This letter, which was wanted.
    pub fn letter(&self, id: LetterId) -> &Letter {
        let found = self.letters.get(&id).expect("the needs name each letter");
        found.as_ref().expect("a letter that was wanted stays")
    }

    /// The sku of a line of any order.
    pub fn sku_of_item(&self, id: ItemId) -> Option<&Sku> {
        self.skus_of_items.get(&id).expect("the needs name the line").as_ref()
    }

    /// The track of this id.
    pub fn track(&self, id: TrackId) -> Option<&Track> {
        self.tracks.get(&id).expect("the needs name the track").as_ref()
    }

    /// The consignment of this id.
    pub fn consignment(&self, id: ConsignmentId) -> Option<&Consignment> {
        self.consignments.get(&id).expect("the needs name the consignment").as_ref()
    }

    /// Whether a consignment has this reference.
    pub fn reference_taken(&self, text: &str) -> bool {
        *self.references_taken.get(text).expect("the needs name each reference")
    }

    /// The consignment that goes by this tracking number.
    pub fn consignment_of_tracking(&self, text: &str) -> Option<ConsignmentId> {
        *self.trackings.get(text).expect("the needs name each tracking number")
    }

    /// The next number of a store's documents.
    pub fn next_number(&self, store: StoreId, document: Document) -> i64 {
        *self.numbers.get(&(store, document)).expect("the needs name the number")
    }

    /// Makes a change true in memory, as `record` makes it true in the store.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::WebsiteSaved(website) => {
                self.places_mut().websites.insert(website.id, website.clone());
            }
            Change::StoreSaved(store) => {
                self.places_mut().stores.insert(store.id, store.clone());
            }
            Change::SourceSaved(source) => {
                self.places_mut().sources.insert(source.code.clone(), (**source).clone());
            }
            Change::StockSaved(stock) => {
                self.places_mut().stocks.insert(stock.id, stock.clone());
            }
            Change::StockDeleted(stock) => {
                let places = self.places_mut();
                places.stocks.remove(stock);
                places.links.retain(|(of, _), _| of != stock);
            }
            Change::LinkSaved(Link { stock, source, priority }) => {
                self.places_mut().links.insert((*stock, source.clone()), *priority);
            }
            Change::LinkDeleted(stock, source) => {
                self.places_mut().links.remove(&(*stock, source.clone()));
            }
            Change::ProductSaved(product) => {
                self.products.insert(product.sku.clone(), Some(Arc::new((**product).clone())));
            }
            // Attributes are for reading only; no decision asks for them.
            Change::ProductDescribed { .. } => {}
            Change::ProductDeleted(sku) => {
                self.products.insert(sku.clone(), None);
            }
            Change::SourceItemAdded(item) => {
                self.source_items.insert((item.sku.clone(), item.source.clone()), Some(item.clone()));
            }
            Change::StockMoved { movement, in_stock } => {
                let item = self.source_item_mut(&movement.sku, &movement.source);
                item.on_hand += movement.change;
                item.in_stock = *in_stock;
                if let Cause::Returned { order, memo: _ } = movement.cause
                    && let Some(departed) = self.departed.get_mut(&order)
                {
                    let key = (movement.source.clone(), movement.sku.clone());
                    *departed.returned.entry(key).or_insert(Quantity::ZERO) += movement.change;
                }
            }
            Change::StockFlagged { source, sku, in_stock } => self.source_item_mut(sku, source).in_stock = *in_stock,
            Change::SourceItemRemoved { source, sku } => {
                self.source_items.insert((sku.clone(), source.clone()), None);
            }
            Change::Held(reservation) => {
                if reservation.change > Quantity::ZERO {
                    self.stocks_in_use.insert(reservation.stock);
                }
                // Where nobody asked how much is held, nobody needs to know.
                if let Some(held) = self.held.get_mut(&(reservation.stock, reservation.sku.clone())) {
                    *held += reservation.change;
                }
            }
            Change::Allocated { source, sku, change } => {
                // The same here.
                if let Some(Some(item)) = self.source_items.get_mut(&(sku.clone(), source.clone())) {
                    item.allocated += *change;
                }
            }
            Change::Unavailable { source, sku, quantity } => self.source_item_mut(sku, source).unavailable = *quantity,
            Change::NumberDrawn { store, document, next } => {
                self.numbers.insert((*store, *document), *next);
            }
            Change::OrderAccepted { order, account, details } => {
                self.numbers_taken.insert((order.store, order.number.clone()), true);
                self.accounts.insert(order.id, (**account).clone());
                self.details.insert(order.id, (**details).clone());
                self.departed.insert(order.id, Departed::default());
                self.payments.insert(order.id, None);
                self.orders.insert(order.id, Some((**order).clone()));
            }
            Change::Staged { order, stage, shipments, consignments, at } => {
                let order = self.order_mut(*order);
                order.stage = stage.clone();
                order.shipments = *shipments;
                order.consignments = *consignments;
                order.updated_at = *at;
            }
            Change::Fulfilment { order, saved, gone } => {
                self.order_mut(*order).take_fulfilment(saved, gone);
            }
            Change::PaidBy { order, method } => self.order_mut(*order).method = Some(method.clone()),
            Change::Described { order, email, details, at } => {
                self.details.insert(*order, (**details).clone());
                let order = self.order_mut(*order);
                order.email.clone_from(email);
                order.updated_at = *at;
            }
            Change::Revised { order, lines, amounts } => {
                self.order_mut(*order).take_revised(lines, amounts);
                self.account_mut(*order).take_revised(lines, amounts);
            }
            Change::ItemDone { order, item, done } => {
                self.order_mut(*order).item_mut(*item).expect("changes name lines of their order").done = *done;
            }
            Change::Paid { order, paid, due_again } => {
                let found = self.order_mut(*order);
                found.paid = *paid;
                found.due_again = *due_again;
            }
            Change::Invoiced { order, amounts, lines } => {
                let account = self.account_mut(*order);
                account.invoiced.add(amounts);
                for (item, added) in lines {
                    let line = account.lines.get_mut(item).expect("each line has an account");
                    line.invoiced.add(added);
                }
            }
            Change::Refunded { order, refunded, kept_back, amounts, lines } => {
                let found = self.order_mut(*order);
                found.refunded = *refunded;
                found.kept_back = *kept_back;
                let account = self.account_mut(*order);
                account.refunded.add(amounts);
                for (item, added) in lines {
                    let line = account.lines.get_mut(item).expect("each line has an account");
                    line.refunded.add(added);
                }
            }
            Change::CanceledAmounts { order, amounts, lines } => {
                let account = self.account_mut(*order);
                account.canceled.add(amounts);
                for (item, added) in lines {
                    let line = account.lines.get_mut(item).expect("each line has an account");
                    line.canceled.add(added);
                }
            }
            Change::ShipmentMade(shipment) => {
                for track in &shipment.tracks {
                    self.tracks.insert(track.id, Some(track.clone()));
                }
                if shipment.deducted {
                    self.depart(shipment);
                }
                self.shipments.insert(shipment.id, Some((**shipment).clone()));
            }
            Change::ShipmentSaved { shipment, gone: _ } => {
                let was = self.shipment(shipment.id).expect("what is saved was there");
                let (tracks, had_left) = (was.tracks.clone(), was.deducted);
                if shipment.deducted && !had_left {
                    self.depart(shipment);
                }
                self.shipments.insert(shipment.id, Some(Shipment { tracks, ..(**shipment).clone() }));
            }
            Change::ShipmentGone { order, shipment } => {
                let gone = self.shipments.insert(*shipment, None).flatten();
                let gone = gone.expect("what is taken back was there");
                for track in &gone.tracks {
                    self.tracks.insert(track.id, None);
                }
                if let Some(departed) = self.departed.get_mut(order).filter(|_| gone.deducted) {
                    for line in &gone.lines {
                        let key = (gone.source.clone(), line.item);
                        if let Some(shipped) = departed.shipped.get_mut(&key) {
                            *shipped -= line.quantity;
                        }
                    }
                    departed.shipped.retain(|_, quantity| *quantity > Quantity::ZERO);
                }
            }
            // Accounts are looked up by doors; no decision asks for them.
            Change::CarrierAccountSaved(_) => {}
            Change::ConsignmentMade(consignment) | Change::ConsignmentSaved(consignment) => {
                self.references_taken.insert(consignment.reference.clone(), true);
                if let Some(tracking) = &consignment.tracking {
                    if consignment.keeps_number() {
                        self.trackings.insert(tracking.clone(), Some(consignment.id));
                    } else if let Some(taken) = self.trackings.get_mut(tracking) {
                        // Another may go by it already.
                        *taken = taken.filter(|other| *other != consignment.id);
                    }
                }
                self.consignments.insert(consignment.id, Some((**consignment).clone()));
            }
            Change::InvoiceMade(invoice) => {
                self.account_mut(invoice.order).invoices += 1;
                self.credited.insert(invoice.id, Credited::default());
                self.invoices.insert(invoice.id, Some((**invoice).clone()));
            }
            Change::CreditMemoMade(memo) => {
                let account = self.account_mut(memo.order);
                account.credit_memos += 1;
                account.adjustments.add(&memo.adjustments);
                if memo.online {
                    account.refunded_online += memo.amounts.total;
                }
                if let Some(credited) = memo.invoice.and_then(|invoice| self.credited.get_mut(&invoice)) {
                    credited.total += memo.amounts.total;
                    for line in &memo.lines {
                        credited.add(line.item, line.quantity, line.amounts.as_ref());
                    }
                }
                self.credit_memos.insert(memo.id, Some((**memo).clone()));
            }
            Change::PaymentSaved(payment) => {
                self.payments.insert(payment.order, Some((**payment).clone()));
            }
            Change::OperationBegun(operation) => {
                self.order_mut(operation.order).operation = Some(operation.id);
                self.operations.insert(operation.id, Some((**operation).clone()));
            }
            Change::OperationSettled(operation) => {
                self.order_mut(operation.order).operation = None;
                self.operations.insert(operation.id, Some((**operation).clone()));
            }
            Change::LetterWanted(letter) | Change::LetterSettled(letter) => {
                self.letters.insert(letter.id, Some((**letter).clone()));
            }
            Change::OperationFailed(operation) | Change::OperationRedacted(operation) => {
                self.operations.insert(operation.id, Some((**operation).clone()));
            }
            Change::InvoiceStands { order: _, invoice, state, transaction, at } => {
                if let Some(Some(invoice)) = self.invoices.get_mut(invoice) {
                    invoice.state = *state;
                    invoice.transaction.clone_from(transaction);
                    invoice.updated_at = *at;
                }
            }
            Change::CreditMemoOpen { order: _, memo, at } => {
                if let Some(Some(memo)) = self.credit_memos.get_mut(memo) {
                    memo.state = CreditMemoState::Open;
                    memo.updated_at = *at;
                }
            }
            Change::TrackAdded(track) => {
                if let Some(Some(shipment)) = self.shipments.get_mut(&track.shipment) {
                    shipment.tracks.push(track.clone());
                }
                self.tracks.insert(track.id, Some(track.clone()));
            }
            Change::TrackRemoved(track) => {
                for shipment in self.shipments.values_mut().flatten() {
                    shipment.tracks.retain(|other| other.id != *track);
                }
                self.tracks.insert(*track, None);
            }
            Change::Redacted { order, documents: _, at } => {
                self.order_mut(*order).redacted_at = Some(*at);
                let shipments = self.shipments.values_mut().flatten().filter(|found| found.order == *order);
                let single = self.tracks.values_mut().flatten().filter(|track| track.order == *order);
                for track in shipments.flat_map(|found| &mut found.tracks).chain(single) {
                    track.title = None;
                    track.description = None;
                }
            }
            // Comments are for reading only; no decision asks for them.
            Change::Commented(_) => {}
            Change::Access(change) => self.access.apply(change),
        }
    }

    /// The goods of a shipment have left their source.
    fn depart(&mut self, shipment: &Shipment) {
        if let Some(departed) = self.departed.get_mut(&shipment.order) {
            for line in &shipment.lines {
                let key = (shipment.source.clone(), line.item);
                *departed.shipped.entry(key).or_insert(Quantity::ZERO) += line.quantity;
            }
        }
    }

    fn places_mut(&mut self) -> &mut Places {
        Arc::make_mut(self.places.as_mut().expect("the needs ask for the places"))
    }

    fn order_mut(&mut self, id: OrderId) -> &mut Order {
        self.orders.get_mut(&id).and_then(Option::as_mut).expect("changes name loaded orders")
    }

    fn account_mut(&mut self, id: OrderId) -> &mut Account {
        self.accounts.get_mut(&id).expect("changes name loaded accounts")
    }

    fn source_item_mut(&mut self, sku: &Sku, source: &SourceCode) -> &mut SourceItem {
        self.source_items
            .get_mut(&(sku.clone(), source.clone()))
            .and_then(Option::as_mut)
            .expect("changes name loaded source items")
    }
}
