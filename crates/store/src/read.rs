//! What doors show: whole things, read in one snapshot.

use std::sync::Mutex;

use waybill_domain::{
    Account, Comment, Details, Invoice, InvoiceId, ItemId, Order, OrderId, Places, Position, Product, Quantity,
    Shipment, ShipmentId, Sku, SourceItem, StockId, StoreId, Subject, TenantId, Token, User, WorkingSet,
};

use crate::sqlite::Sqlite;
use crate::{Entity, Kept, Location, Needs, Page, Query, Result, answers, load, migrate, needs, search};

/// Connections that read, beside the one that writes.
pub struct Readers {
    location: Location,
    idle: Mutex<Vec<Sqlite>>,
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
    pub product: Product,
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
        let first = Sqlite::open_reader(location.path())?;
        migrate::check(&first)?;
        Ok(Readers { location: location.clone(), idle: Mutex::new(vec![first]) })
    }

    /// Reads in one snapshot.
    pub fn read<T>(&self, read: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
        self.read_row(|view| {
            view.sqlite.begin_reading()?;
            let result = read(view);
            view.sqlite.commit()?;
            result
        })
    }

    /// Reads with one statement, which is a snapshot by itself.
    pub fn read_row<T>(&self, read: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
        let idle = self.idle.lock().expect("no reader panics with the lock").pop();
        let sqlite = match idle {
            Some(sqlite) => sqlite,
            None => Sqlite::open_reader(self.location.path())?,
        };
        let result = read(&View { sqlite: &sqlite });
        let mut idle = self.idle.lock().expect("no reader panics with the lock");
        // One that a failure left in the middle of something is not used again.
        if idle.len() < MOST_IDLE && sqlite.is_idle() {
            idle.push(sqlite);
        }
        result
    }
}

/// What is there at one moment.
pub struct View<'a> {
    pub(crate) sqlite: &'a Sqlite,
}

impl View<'_> {
    /// The tenant of this name.
    pub fn tenant(&self, name: &str) -> Result<Option<TenantId>> {
        load::tenant(self.sqlite, name)
    }

    /// All tenants, with their names.
    pub fn tenants(&self) -> Result<Vec<(TenantId, String)>> {
        let rows = self.sqlite.rows("select id, name from tenants order by id", &[])?;
        Ok(rows.into_iter().map(|mut row| (TenantId(row.int()), row.text())).collect())
    }

    /// The tenant and the token behind a hash.
    pub fn token(&self, hash: &str) -> Result<Option<(TenantId, Token)>> {
        load::token(self.sqlite, hash)
    }

    /// The user of this name.
    pub fn user(&self, tenant: TenantId, name: &str) -> Result<Option<User>> {
        load::user(self.sqlite, tenant, name)
    }

    /// Whether there is any user.
    pub fn has_users(&self, tenant: TenantId) -> Result<bool> {
        load::has_users(self.sqlite, tenant)
    }

    /// What was answered to a key.
    pub fn answer(&self, tenant: TenantId, credential: &str, key: &str) -> Result<Option<Kept>> {
        answers::find(self.sqlite, tenant, credential, key)
    }

    /// The store view with this code.
    pub fn store(&self, tenant: TenantId, code: &str) -> Result<Option<StoreId>> {
        let text = "select id from stores where tenant = ?1 and code = ?2";
        let rows = self.sqlite.rows(text, &[tenant.0.into(), code.into()])?;
        Ok(rows.into_iter().next().map(|mut row| StoreId(row.int())))
    }

    /// Websites, stores, sources, stocks and links.
    pub fn places(&self, tenant: TenantId) -> Result<Places> {
        load::places(self.sqlite, tenant)
    }

    /// A working set for questions that are decided like commands, such as a source selection.
    pub fn working_set(&self, tenant: TenantId, wanted: &Needs) -> Result<WorkingSet> {
        let mut set = WorkingSet::default();
        needs::load(self.sqlite, tenant, wanted, &mut set)?;
        Ok(set)
    }

    /// An order's lines and state.
    pub fn order(&self, tenant: TenantId, id: OrderId) -> Result<Option<Order>> {
        load::order(self.sqlite, tenant, id)
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
        let Some(order) = load::order(self.sqlite, tenant, id)? else {
            return Ok(None);
        };
        let account = load::account(self.sqlite, tenant, id)?;
        let details = load::details(self.sqlite, tenant, id)?;
        Ok(account.zip(details).map(|(account, details)| (order, account, details)))
    }

    /// The order that a line is of.
    pub fn order_of_item(&self, tenant: TenantId, item: ItemId) -> Result<Option<OrderId>> {
        let text = "select order_id from order_items where tenant = ?1 and id = ?2";
        let rows = self.sqlite.rows(text, &[tenant.0.into(), item.0.into()])?;
        Ok(rows.into_iter().next().map(|mut row| OrderId(row.int())))
    }

    /// A shipment with its order.
    pub fn shipment(&self, tenant: TenantId, id: ShipmentId) -> Result<Option<ShipmentView>> {
        let Some(shipment) = load::shipment(self.sqlite, tenant, id)? else {
            return Ok(None);
        };
        let parts = self.order_parts(tenant, shipment.order)?;
        let comments = self.comments(tenant, Subject::Shipment, id.0)?;
        Ok(parts.map(|(order, account, details)| ShipmentView { shipment, order, account, details, comments }))
    }

    /// An invoice with its order.
    pub fn invoice(&self, tenant: TenantId, id: InvoiceId) -> Result<Option<InvoiceView>> {
        let Some(invoice) = load::invoice(self.sqlite, tenant, id)? else {
            return Ok(None);
        };
        let parts = self.order_parts(tenant, invoice.order)?;
        let comments = self.comments(tenant, Subject::Invoice, id.0)?;
        Ok(parts.map(|(order, account, details)| InvoiceView { invoice, order, account, details, comments }))
    }

    /// The remarks on an order or document, the oldest first.
    pub fn comments(&self, tenant: TenantId, subject: Subject, parent: i64) -> Result<Vec<Comment>> {
        load::comments(self.sqlite, tenant, subject, parent)
    }

    /// A product with its attributes and what lies of it.
    pub fn product(&self, tenant: TenantId, sku: &Sku) -> Result<Option<ProductView>> {
        let Some(product) = load::product(self.sqlite, tenant, sku)? else {
            return Ok(None);
        };
        Ok(Some(ProductView {
            product,
            attributes: load::attributes(self.sqlite, tenant, sku)?,
            source_items: load::source_items(self.sqlite, tenant, sku)?,
        }))
    }

    /// The sku of a product.
    pub fn sku_of(&self, tenant: TenantId, product: i64) -> Result<Option<Sku>> {
        let rows = self
            .sqlite
            .rows("select sku from products where tenant = ?1 and id = ?2", &[tenant.0.into(), product.into()])?;
        Ok(rows.into_iter().next().map(|mut row| Sku::new(&row.text())))
    }

    /// A source item by its id.
    pub fn source_item(&self, tenant: TenantId, id: i64) -> Result<Option<SourceItem>> {
        let text = "select id, source, sku, on_hand, in_stock from source_items where tenant = ?1 and id = ?2";
        let rows = self.sqlite.rows(text, &[tenant.0.into(), id.into()])?;
        Ok(rows.into_iter().next().map(load::source_item_of))
    }

    /// What a stock holds of a sku.
    pub fn held(&self, tenant: TenantId, stock: StockId, sku: &Sku) -> Result<Quantity> {
        load::held(self.sqlite, tenant, stock, sku)
    }

    /// The ids of a page.
    pub fn search(&self, tenant: TenantId, entity: Entity, query: &Query) -> Result<Page> {
        search::search(self.sqlite, tenant, entity, query)
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
            let rows = self.sqlite.rows(&text, &[country.into(), value.into()])?;
            if let Some(mut row) = rows.into_iter().next() {
                return Ok(Some(Position { latitude: row.int(), longitude: row.int() }));
            }
        }
        Ok(None)
    }
}
