//! What doors show: whole things, read in one snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use waybill_domain::{
    Account, Comment, CreditMemo, CreditMemoId, Credited, Details, Gateway, Invoice, InvoiceId, ItemId, Letter,
    LetterId, LetterState, Operation, OperationId, Order, OrderId, Payment, Places, Position, Product, Quantity,
    Shipment, ShipmentId, Sku, SourceItem, StockId, StoreId, Subject, TenantId, Token, User, WorkingSet,
};

use crate::database::{Database, Lock, Round, Thing};
use crate::sql::Value;
use crate::{Entity, Kept, Location, Needs, Page, Query, Result, load, migrate, needs, search};

/// Connections that read, beside the one that writes.
pub struct Readers {
    location: Location,
    idle: Mutex<Vec<Database>>,
    most_idle: usize,
}

/// An order with everything that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderView {
    pub order: Order,
    pub account: Account,
    /// Its money at a gateway, where it has one.
    pub payment: Option<Payment>,
    pub details: Details,
    pub comments: Vec<Comment>,
    /// Whether a letter that tells of it was sent.
    pub mailed: bool,
}

/// A shipment, with what its order says of its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct ShipmentView {
    pub shipment: Shipment,
    pub order: Order,
    pub account: Account,
    pub details: Details,
    pub comments: Vec<Comment>,
    /// Whether a letter that tells of it was sent.
    pub mailed: bool,
}

/// An invoice, with what its order says of its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct InvoiceView {
    pub invoice: Invoice,
    /// What credit memos took back of it.
    pub credited: Credited,
    pub order: Order,
    pub account: Account,
    pub details: Details,
    pub comments: Vec<Comment>,
    /// Whether a letter that tells of it was sent.
    pub mailed: bool,
}

/// A credit memo, with what its order says of its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct CreditMemoView {
    pub memo: CreditMemo,
    pub order: Order,
    pub account: Account,
    pub details: Details,
    pub comments: Vec<Comment>,
    /// Whether a letter that tells of it was sent.
    pub mailed: bool,
}

/// Something that was asked of a gateway, with all that the gateway is told.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationView {
    pub operation: Operation,
    pub payment: Payment,
    /// Of its order.
    pub number: String,
    pub currency: String,
    /// This database's own name at gateways.
    pub installation: String,
}

/// A letter in a list for people.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedLetter {
    pub letter: Letter,
    /// Of its order.
    pub number: String,
    /// How often a mail server was asked to take it.
    pub attempts: i64,
}

/// A product with its attributes and what lies of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProductView {
    pub product: Arc<Product>,
    /// Name and JSON text.
    pub attributes: Vec<(String, String)>,
    pub source_items: Vec<SourceItem>,
}

/// A postal code and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geoname {
    /// ISO 3166 alpha-2.
    pub country: String,
    pub postcode: String,
    pub city: String,
    pub region: String,
    pub position: Position,
}

impl Readers {
    /// Opens a database of this program's shape, and keeps so many connections that nobody uses: as many as read at
    /// once, or some are opened for one read each.
    pub fn open(location: &Location, most_idle: usize) -> Result<Readers> {
        let first = Database::open_reader(location)?;
        migrate::check(&first)?;
        Ok(Readers { location: location.clone(), idle: Mutex::new(vec![first]), most_idle })
    }

    /// Reads in one snapshot.
    pub fn read<T>(&self, read: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
        self.read_row(|view| {
            view.database.begin_reading()?;
            let result = read(view);
            // After a failure only this ends it on either engine.
            if result.is_ok() {
                view.database.commit()?
            } else {
                view.database.rollback()?
            }
            result
        })
    }

    /// Reads with one statement, which is a snapshot by itself.
    pub fn read_row<T>(&self, read: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
        let idle = self.idle.lock().expect("no reader panics with the lock").pop();
        let database = match idle {
            Some(database) => database,
            None => Database::open_reader(&self.location)?,
        };
        let result = read(&View { database: &database });
        let mut idle = self.idle.lock().expect("no reader panics with the lock");
        // One that a failure left in the middle of something is not used again.
        if idle.len() < self.most_idle && database.is_idle() {
            idle.push(database);
        }
        result
    }
}

/// The keys of things that are found by their ids.
fn keys_of<'a>(tenant: TenantId, ids: impl Iterator<Item = i64>) -> Vec<Vec<Value<'a>>> {
    ids.map(|id| vec![tenant.0.into(), id.into()]).collect()
}

/// What is there at one moment.
pub struct View<'a> {
    pub(crate) database: &'a Database,
}

impl View<'_> {
    /// The tenant of this name.
    pub fn tenant(&self, name: &str) -> Result<Option<TenantId>> {
        self.database.one(&load::TENANT, &[name.into()])
    }

    /// All tenants, with their names.
    pub fn tenants(&self) -> Result<Vec<(TenantId, String)>> {
        let rows = self.database.rows("select id, name from tenants order by id", &[])?;
        Ok(rows.into_iter().map(|mut row| (TenantId(row.int()), row.text())).collect())
    }

    /// The tenant and the token behind a hash.
    pub fn token(&self, hash: &str) -> Result<Option<(TenantId, Token)>> {
        self.database.one(&load::TOKEN, &[hash.into()])
    }

    /// The user of this name.
    pub fn user(&self, tenant: TenantId, name: &str) -> Result<Option<User>> {
        self.database.one(&load::USER, &[tenant.0.into(), name.into()])
    }

    /// Whether there is any user.
    pub fn has_users(&self, tenant: TenantId) -> Result<bool> {
        Ok(self.database.row("select id from users where tenant = ?1 limit 1", &[tenant.0.into()])?.is_some())
    }

    /// What was answered to a key.
    pub fn answer(&self, tenant: TenantId, credential: &str, key: &str) -> Result<Option<Kept>> {
        self.database.one(&load::ANSWER, &[tenant.0.into(), credential.into(), key.into()])
    }

    /// The store view with this code.
    pub fn store(&self, tenant: TenantId, code: &str) -> Result<Option<StoreId>> {
        let text = "select id from stores where tenant = ?1 and code = ?2";
        let row = self.database.row(text, &[tenant.0.into(), code.into()])?;
        Ok(row.map(|mut row| StoreId(row.int())))
    }

    /// Websites, stores, sources, stocks and links.
    pub fn places(&self, tenant: TenantId) -> Result<Places> {
        self.database.one(&load::PLACES, &[tenant.0.into()])
    }

    /// A working set for questions that are decided like commands, such as a source selection.
    pub fn working_set(&self, tenant: TenantId, wanted: &Needs) -> Result<WorkingSet> {
        let mut set = WorkingSet::default();
        needs::load(self.database, tenant, wanted, Lock::No, &mut set)?;
        if wanted.places {
            set.places = Some(self.places(tenant)?.into());
        }
        Ok(set)
    }

    /// An order's lines and state.
    pub fn order(&self, tenant: TenantId, id: OrderId) -> Result<Option<Order>> {
        self.database.one(&load::ORDER, &[tenant.0.into(), id.0.into()])
    }

    /// An order with everything.
    pub fn order_view(&self, tenant: TenantId, id: OrderId) -> Result<Option<OrderView>> {
        Ok(self.order_views(tenant, &[id])?.pop())
    }

    /// Those of these orders that are there, with everything.
    pub fn order_views(&self, tenant: TenantId, ids: &[OrderId]) -> Result<Vec<OrderView>> {
        let views = self.with_orders(tenant, Subject::Order, ids.to_vec(), |id| (*id, id.0))?;
        Ok(views.into_iter().map(|(_, view)| view).collect())
    }

    /// Documents with their orders, whose comments are those on the document; `key` says of which order it is, and its
    /// own id. One whose order is not there is left out.
    fn with_orders<T>(
        &self,
        tenant: TenantId,
        subject: Subject,
        documents: Vec<T>,
        key: fn(&T) -> (OrderId, i64),
    ) -> Result<Vec<(T, OrderView)>> {
        let orders = keys_of(tenant, documents.iter().map(|document| key(document).0.0));
        let comment_key = |document| vec![tenant.0.into(), subject.as_str().into(), key(document).1.into()];
        let comments: Vec<_> = documents.iter().map(comment_key).collect();
        let mut round = Round::default();
        let order = round.ask(&load::ORDER, orders.clone(), Lock::No);
        let account = round.ask(&load::ACCOUNT, orders.clone(), Lock::No);
        let payments = round.ask(&load::PAYMENT, orders.clone(), Lock::No);
        let details = round.ask(&load::DETAILS, orders, Lock::No);
        let mailed = round.ask(&load::MAILED, comments.clone(), Lock::No);
        let comments = round.ask(&load::COMMENTS, comments, Lock::No);
        let mut found = self.database.ask(&round)?;
        let parts = found.take(&order)?.into_iter().zip(found.take(&account)?).zip(found.take(&details)?);
        let parts = parts.zip(found.take(&payments)?).zip(found.take(&comments)?).zip(found.take(&mailed)?);
        let views = documents.into_iter().zip(parts).filter_map(|(document, parts)| {
            let (((((order, account), details), payment), comments), mailed) = parts;
            let (order, account, details) = (order?, account?, details?);
            Some((document, OrderView { order, account, payment, details, comments, mailed }))
        });
        Ok(views.collect())
    }

    /// All of these things by their ids; none for one that is not there.
    fn all<const N: usize, T>(&self, thing: &Thing<N, T>, tenant: TenantId, ids: &[i64]) -> Result<Vec<T>> {
        let mut round = Round::default();
        let asked = round.ask(thing, keys_of(tenant, ids.iter().copied()), Lock::No);
        self.database.ask(&round)?.take(&asked)
    }

    /// Those of these lines that are there, with their orders.
    pub fn lines(&self, tenant: TenantId, ids: &[i64]) -> Result<Vec<(OrderView, ItemId)>> {
        let mut lines = Vec::with_capacity(ids.len());
        for (id, order) in ids.iter().zip(self.all(&load::ORDER_OF_ITEM, tenant, ids)?) {
            lines.extend(order.map(|order| (order, ItemId(*id))));
        }
        let orders: BTreeSet<OrderId> = lines.iter().map(|(order, _)| *order).collect();
        let orders: Vec<OrderId> = orders.into_iter().collect();
        let views: BTreeMap<OrderId, OrderView> =
            self.order_views(tenant, &orders)?.into_iter().map(|view| (view.order.id, view)).collect();
        let shown = lines.into_iter().filter_map(|(order, item)| Some((views.get(&order)?.clone(), item)));
        Ok(shown.collect())
    }

    /// A shipment with its order.
    pub fn shipment(&self, tenant: TenantId, id: ShipmentId) -> Result<Option<ShipmentView>> {
        Ok(self.shipments(tenant, &[id.0])?.pop())
    }

    /// Those of these shipments that are there, with their orders.
    pub fn shipments(&self, tenant: TenantId, ids: &[i64]) -> Result<Vec<ShipmentView>> {
        let shipments: Vec<Shipment> = self.all(&load::SHIPMENT, tenant, ids)?.into_iter().flatten().collect();
        let found =
            self.with_orders(tenant, Subject::Shipment, shipments, |shipment| (shipment.order, shipment.id.0))?;
        let found = found.into_iter().map(|(shipment, OrderView { order, account, details, comments, mailed, .. })| {
            ShipmentView { shipment, order, account, details, comments, mailed }
        });
        Ok(found.collect())
    }

    /// An invoice with its order.
    pub fn invoice(&self, tenant: TenantId, id: InvoiceId) -> Result<Option<InvoiceView>> {
        Ok(self.invoices(tenant, &[id.0])?.pop())
    }

    /// Those of these invoices that are there, with their orders.
    pub fn invoices(&self, tenant: TenantId, ids: &[i64]) -> Result<Vec<InvoiceView>> {
        let mut round = Round::default();
        let invoices = round.ask(&load::INVOICE, keys_of(tenant, ids.iter().copied()), Lock::No);
        let credited = round.ask(&load::CREDITED, keys_of(tenant, ids.iter().copied()), Lock::No);
        let mut found = self.database.ask(&round)?;
        let invoices = found.take(&invoices)?.into_iter().zip(found.take(&credited)?);
        let invoices = invoices.filter_map(|(invoice, credited)| Some((invoice?, credited))).collect();
        let found = self.with_orders(tenant, Subject::Invoice, invoices, |(invoice, _): &(Invoice, Credited)| {
            (invoice.order, invoice.id.0)
        })?;
        let found = found.into_iter().map(
            |((invoice, credited), OrderView { order, account, details, comments, mailed, .. })| InvoiceView {
                invoice,
                credited,
                order,
                account,
                details,
                comments,
                mailed,
            },
        );
        Ok(found.collect())
    }

    /// The order that an invoice is of.
    pub fn order_of_invoice(&self, tenant: TenantId, id: InvoiceId) -> Result<Option<OrderId>> {
        let text = "select order_id from invoices where tenant = ?1 and id = ?2";
        let row = self.database.row(text, &[tenant.0.into(), id.0.into()])?;
        Ok(row.map(|mut row| OrderId(row.int())))
    }

    /// A credit memo with its order.
    pub fn credit_memo(&self, tenant: TenantId, id: CreditMemoId) -> Result<Option<CreditMemoView>> {
        Ok(self.credit_memos(tenant, &[id.0])?.pop())
    }

    /// Those of these credit memos that are there, with their orders.
    pub fn credit_memos(&self, tenant: TenantId, ids: &[i64]) -> Result<Vec<CreditMemoView>> {
        let memos: Vec<CreditMemo> = self.all(&load::CREDIT_MEMO, tenant, ids)?.into_iter().flatten().collect();
        let found = self.with_orders(tenant, Subject::CreditMemo, memos, |memo| (memo.order, memo.id.0))?;
        let found = found.into_iter().map(|(memo, OrderView { order, account, details, comments, mailed, .. })| {
            CreditMemoView { memo, order, account, details, comments, mailed }
        });
        Ok(found.collect())
    }

    /// This database's own name at gateways.
    pub fn installation(&self) -> Result<String> {
        let row = self.database.row("select name from installation", &[])?;
        Ok(row.map_or_else(String::new, |mut row| row.text()))
    }

    /// The operations that no gateway has answered yet, the oldest first.
    pub fn open_operations(&self, tenant: TenantId) -> Result<Vec<OperationView>> {
        let text = "select id from operations where tenant = ?1 and state = 'open' order by id";
        let rows = self.database.rows(text, &[tenant.0.into()])?;
        let ids: Vec<i64> = rows.into_iter().map(|mut row| row.int()).collect();
        self.operations(tenant, &ids)
    }

    /// All that was asked of gateways for an order, in its order.
    pub fn operations_of(&self, tenant: TenantId, order: OrderId) -> Result<Vec<OperationView>> {
        let text = "select id from operations where tenant = ?1 and order_id = ?2 order by id";
        let rows = self.database.rows(text, &[tenant.0.into(), order.0.into()])?;
        let ids: Vec<i64> = rows.into_iter().map(|mut row| row.int()).collect();
        self.operations(tenant, &ids)
    }

    /// The orders, of all tenants, whose money an authorisation is.
    pub fn orders_of_authorisation(&self, gateway: Gateway, reference: &str) -> Result<Vec<(TenantId, OrderId)>> {
        let text = "select tenant, order_id from payments where authorisation = ?1 and gateway = ?2";
        self.orders_found(text, gateway, reference)
    }

    /// The orders, of all tenants, that wait for what the shop has set aside.
    pub fn orders_waiting_for(&self, gateway: Gateway, reference: &str) -> Result<Vec<(TenantId, OrderId)>> {
        let text = "select p.tenant, p.order_id from operations o \
            join payments p on p.tenant = o.tenant and p.order_id = o.order_id and p.gateway = ?2 \
            where o.state = 'open' and o.kind = 'authorise' and o.of_reference = ?1";
        self.orders_found(text, gateway, reference)
    }

    fn orders_found(&self, text: &str, gateway: Gateway, reference: &str) -> Result<Vec<(TenantId, OrderId)>> {
        let rows = self.database.rows(text, &[reference.into(), gateway.as_str().into()])?;
        Ok(rows.into_iter().map(|mut row| (TenantId(row.int()), OrderId(row.int()))).collect())
    }

    /// Something that was asked of a gateway.
    pub fn operation(&self, tenant: TenantId, id: OperationId) -> Result<Option<OperationView>> {
        Ok(self.operations(tenant, &[id.0])?.pop())
    }

    /// Those of these operations that are there.
    pub fn operations(&self, tenant: TenantId, ids: &[i64]) -> Result<Vec<OperationView>> {
        let operations: Vec<Operation> = self.all(&load::OPERATION, tenant, ids)?.into_iter().flatten().collect();
        let orders = keys_of(tenant, operations.iter().map(|operation| operation.order.0));
        let mut round = Round::default();
        let payments = round.ask(&load::PAYMENT, orders.clone(), Lock::No);
        let names = round.ask(&load::NUMBER_AND_CURRENCY, orders, Lock::No);
        let mut found = self.database.ask(&round)?;
        let installation = self.installation()?;
        let parts = operations.into_iter().zip(found.take(&payments)?).zip(found.take(&names)?);
        let views = parts.filter_map(|((operation, payment), named)| {
            let (number, currency) = named?;
            Some(OperationView { operation, payment: payment?, number, currency, installation: installation.clone() })
        });
        Ok(views.collect())
    }

    /// A letter.
    pub fn letter(&self, tenant: TenantId, id: LetterId) -> Result<Option<Letter>> {
        self.database.one(&load::LETTER, &[tenant.0.into(), id.0.into()])
    }

    /// The letters in this state, the newest first.
    pub fn letters(&self, tenant: TenantId, state: LetterState, most: i64) -> Result<Vec<ListedLetter>> {
        let text = "select l.id, l.attempts, o.number from letters l \
            join orders o on o.tenant = l.tenant and o.id = l.order_id \
            where l.tenant = ?1 and l.state = ?2 order by l.id desc limit ?3";
        let rows = self.database.rows(text, &[tenant.0.into(), state.as_str().into(), most.into()])?;
        let mut listed = Vec::with_capacity(rows.len());
        for mut row in rows {
            let (id, attempts, number) = (LetterId(row.int()), row.int(), row.text());
            listed.extend(self.letter(tenant, id)?.map(|letter| ListedLetter { letter, number, attempts }));
        }
        Ok(listed)
    }

    /// How often something was done, as the audit trail says.
    pub fn audited(&self, tenant: TenantId, act: &str) -> Result<usize> {
        let text = "select id from audit where tenant = ?1 and act = ?2";
        Ok(self.database.rows(text, &[tenant.0.into(), act.into()])?.len())
    }

    /// The remarks on an order or document, the oldest first.
    pub fn comments(&self, tenant: TenantId, subject: Subject, parent: i64) -> Result<Vec<Comment>> {
        self.database.one(&load::COMMENTS, &[tenant.0.into(), subject.as_str().into(), parent.into()])
    }

    /// A product with its attributes and what lies of it.
    pub fn product(&self, tenant: TenantId, sku: &Sku) -> Result<Option<ProductView>> {
        Ok(self.products_by_sku(tenant, std::slice::from_ref(sku))?.pop())
    }

    /// Those of these products that are there.
    pub fn products(&self, tenant: TenantId, ids: &[i64]) -> Result<Vec<ProductView>> {
        let skus: Vec<Sku> = self.all(&load::SKU, tenant, ids)?.into_iter().flatten().collect();
        self.products_by_sku(tenant, &skus)
    }

    pub(crate) fn products_by_sku(&self, tenant: TenantId, skus: &[Sku]) -> Result<Vec<ProductView>> {
        let keys: Vec<Vec<Value<'_>>> = skus.iter().map(|sku| vec![tenant.0.into(), sku.key().into()]).collect();
        let everywhere = skus.iter().map(|sku| vec![tenant.0.into(), sku.key().into(), "".into()]).collect();
        let mut round = Round::default();
        let products = round.ask(&load::PRODUCT, keys.clone(), Lock::No);
        let attributes = round.ask(&load::ATTRIBUTES, keys, Lock::No);
        let items = round.ask(&load::SOURCE_ITEMS, everywhere, Lock::No);
        let mut found = self.database.ask(&round)?;
        let parts = found.take(&products)?.into_iter().zip(found.take(&attributes)?).zip(found.take(&items)?);
        let views = parts.filter_map(|((product, attributes), source_items)| {
            Some(ProductView { product: product?, attributes, source_items })
        });
        Ok(views.collect())
    }

    /// Those of these source items that are there.
    pub fn source_items(&self, tenant: TenantId, ids: &[i64]) -> Result<Vec<SourceItem>> {
        Ok(self.all(&load::SOURCE_ITEM, tenant, ids)?.into_iter().flatten().collect())
    }

    /// What a stock holds of a sku.
    pub fn held(&self, tenant: TenantId, stock: StockId, sku: &Sku) -> Result<Quantity> {
        self.database.one(&load::HELD, &[tenant.0.into(), stock.0.into(), sku.key().into()])
    }

    /// The ids of a page.
    pub fn search(&self, tenant: TenantId, entity: Entity, query: &Query) -> Result<Page> {
        search::search(self.database, tenant, entity, query)
    }

    /// Where an address is: by postal code, else by city, else by region (contract section 10.6).
    pub fn locate(&self, country: &str, postcode: &str, city: &str, region: &str) -> Result<Option<Position>> {
        let tries: [(&str, &str); 3] =
            [("postcode = ?2", postcode), ("city like ?2 || '%'", city), ("region = ?2", region)];
        for (condition, value) in tries {
            if value.is_empty() {
                continue;
            }
            let text = format!(
                "select latitude, longitude from geonames where country = ?1 and {condition} order by postcode limit 1"
            );
            let rows = self.database.rows(&text, &[country.into(), value.into()])?;
            if let Some(mut row) = rows.into_iter().next() {
                return Ok(Some(Position { latitude: row.int(), longitude: row.int() }));
            }
        }
        Ok(None)
    }
}
