//! What doors show: whole things, read in one snapshot.

use std::sync::{Arc, Mutex};

use waybill_domain::{
    Account, Comment, Details, Invoice, InvoiceId, ItemId, Order, OrderId, Places, Position, Product, Quantity,
    Shipment, ShipmentId, Sku, SourceItem, StockId, StoreId, Subject, TenantId, Token, User, WorkingSet,
};

use crate::database::{Database, Lock, Round};
use crate::sql::Value;
use crate::{Entity, Kept, Location, Needs, Page, Query, Result, load, migrate, needs, search};

/// Connections that read, beside the one that writes.
pub struct Readers {
    location: Location,
    idle: Mutex<Vec<Database>>,
}

/// How many idle connections are kept.
const MOST_IDLE: usize = 8;

/// An order with everything that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderView {
    pub order: Order,
    pub account: Account,
    pub details: Details,
    pub comments: Vec<Comment>,
}

/// A shipment, with what its order says of its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct ShipmentView {
    pub shipment: Shipment,
    pub order: Order,
    pub account: Account,
    pub details: Details,
    pub comments: Vec<Comment>,
}

/// An invoice, with what its order says of its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct InvoiceView {
    pub invoice: Invoice,
    pub order: Order,
    pub account: Account,
    pub details: Details,
    pub comments: Vec<Comment>,
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
    /// Opens a database of this program's shape.
    pub fn open(location: &Location) -> Result<Readers> {
        let first = Database::open_reader(location)?;
        migrate::check(&first)?;
        Ok(Readers { location: location.clone(), idle: Mutex::new(vec![first]) })
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
        if idle.len() < MOST_IDLE && database.is_idle() {
            idle.push(database);
        }
        result
    }
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
        let Some((order, account, details)) = self.order_parts(tenant, id)? else {
            return Ok(None);
        };
        let comments = self.comments(tenant, Subject::Order, id.0)?;
        Ok(Some(OrderView { order, account, details, comments }))
    }

    fn order_parts(&self, tenant: TenantId, id: OrderId) -> Result<Option<(Order, Account, Details)>> {
        let key = vec![vec![tenant.0.into(), id.0.into()]];
        let mut round = Round::default();
        let order = round.ask(&load::ORDER, key.clone(), Lock::No);
        let account = round.ask(&load::ACCOUNT, key.clone(), Lock::No);
        let details = round.ask(&load::DETAILS, key, Lock::No);
        let mut found = self.database.ask(&round)?;
        let parts = found.take(&order)?.pop().flatten().zip(found.take(&account)?.pop().flatten());
        Ok(parts
            .zip(found.take(&details)?.pop().flatten())
            .map(|((order, account), details)| (order, account, details)))
    }

    /// The order that a line is of.
    pub fn order_of_item(&self, tenant: TenantId, item: ItemId) -> Result<Option<OrderId>> {
        let text = "select order_id from order_items where tenant = ?1 and id = ?2";
        let row = self.database.row(text, &[tenant.0.into(), item.0.into()])?;
        Ok(row.map(|mut row| OrderId(row.int())))
    }

    /// A shipment with its order.
    pub fn shipment(&self, tenant: TenantId, id: ShipmentId) -> Result<Option<ShipmentView>> {
        let Some(shipment) = self.database.one(&load::SHIPMENT, &[tenant.0.into(), id.0.into()])? else {
            return Ok(None);
        };
        let parts = self.order_parts(tenant, shipment.order)?;
        let comments = self.comments(tenant, Subject::Shipment, id.0)?;
        Ok(parts.map(|(order, account, details)| ShipmentView { shipment, order, account, details, comments }))
    }

    /// An invoice with its order.
    pub fn invoice(&self, tenant: TenantId, id: InvoiceId) -> Result<Option<InvoiceView>> {
        let Some(invoice) = self.database.one(&load::INVOICE, &[tenant.0.into(), id.0.into()])? else {
            return Ok(None);
        };
        let parts = self.order_parts(tenant, invoice.order)?;
        let comments = self.comments(tenant, Subject::Invoice, id.0)?;
        Ok(parts.map(|(order, account, details)| InvoiceView { invoice, order, account, details, comments }))
    }

    /// The remarks on an order or document, the oldest first.
    pub fn comments(&self, tenant: TenantId, subject: Subject, parent: i64) -> Result<Vec<Comment>> {
        self.database.one(&load::COMMENTS, &[tenant.0.into(), subject.as_str().into(), parent.into()])
    }

    /// A product with its attributes and what lies of it.
    pub fn product(&self, tenant: TenantId, sku: &Sku) -> Result<Option<ProductView>> {
        let key = [Value::Int(tenant.0), sku.key().into()];
        let everywhere = [Value::Int(tenant.0), sku.key().into(), "".into()];
        let Some(product) = self.database.one(&load::PRODUCT, &key)? else {
            return Ok(None);
        };
        Ok(Some(ProductView {
            product,
            attributes: self.database.one(&load::ATTRIBUTES, &key)?,
            source_items: self.database.one(&load::SOURCE_ITEMS, &everywhere)?,
        }))
    }

    /// The sku of a product.
    pub fn sku_of(&self, tenant: TenantId, product: i64) -> Result<Option<Sku>> {
        let text = "select sku from products where tenant = ?1 and id = ?2";
        let row = self.database.row(text, &[tenant.0.into(), product.into()])?;
        Ok(row.map(|mut row| Sku::new(&row.text())))
    }

    /// A source item by its id.
    pub fn source_item(&self, tenant: TenantId, id: i64) -> Result<Option<SourceItem>> {
        let text = "select id, source, sku, on_hand, in_stock from source_items where tenant = ?1 and id = ?2";
        let row = self.database.row(text, &[tenant.0.into(), id.into()])?;
        Ok(row.map(load::source_item_of))
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
