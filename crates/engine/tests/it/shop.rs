//! A database with a product and orders, and as many engines over it as a test wants.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use waybill_domain::{
    AcceptOrder, Amount, Capture, Command, Costs, DefaultCount, Demand, Departure, DraftItem, Excess, Extra,
    InvoiceOrder, Notify, OrderId, Outcome, ProductField, Quantity, Sent, ShipOrder, Shipping, Sku, SourceChoice,
    SourceCode, StoreId, TenantId,
};
use waybill_engine::store::Location;
use waybill_engine::{Caller, Clock, Done, Engine, Failure, Settings};
use waybill_harness::Database;

pub const TENANT: TenantId = TenantId(1);

pub struct Shop {
    pub database: Database,
    pub location: Location,
}

impl Shop {
    /// A database of this program's shape.
    pub async fn new() -> Shop {
        let database = tokio::task::spawn_blocking(|| {
            Database::migrated(|url| {
                Location::parse(url).and_then(|location| location.migrate()).expect("a fresh database takes all steps");
            })
        });
        let database = database.await.expect("it does not panic").expect("there is room for a database");
        let location = Location::parse(database.url()).expect("the harness gives a URL");
        Shop { database, location }
    }

    /// An engine as another process would have it.
    pub async fn engine(&self) -> Engine {
        self.engine_with(Settings::default()).await
    }

    pub async fn engine_with(&self, settings: Settings) -> Engine {
        let settings = Settings { clock: Clock::Still(Arc::new(AtomicI64::new(1_000_000))), ..settings };
        Engine::open(&self.location, settings).await.expect("it was migrated")
    }
}

pub async fn execute(engine: &Engine, command: Command) -> Result<Done, Failure> {
    engine.execute(&Caller::operator(TENANT), None, command).await
}

/// Puts so many pieces of a sku at source `default`.
pub async fn stock(engine: &Engine, sku: &str, pieces: i64) {
    let command = Command::SaveProduct {
        sku: Sku::new(sku),
        fields: vec![ProductField::Name(sku.to_owned())],
        attributes: Vec::new(),
        stock: Some(DefaultCount { quantity: Some(Quantity::whole(pieces)), in_stock: Some(true) }),
    };
    execute(engine, command).await.expect("the product is good");
}

/// An order of one piece.
pub fn order(sku: &str) -> Command {
    let item = DraftItem {
        sku: sku.to_owned(),
        quantity: Some(Quantity::ONE),
        price: Sent { amount: Some(Amount(100_000)), base: None },
        ..DraftItem::default()
    };
    Command::AcceptOrder(Box::new(AcceptOrder {
        store: StoreId(1),
        email: Some("ann@example.com".to_owned()),
        method: Some("checkmo".to_owned()),
        items: vec![item],
        hold_stock: true,
        ..AcceptOrder::default()
    }))
}

pub async fn orders(engine: &Engine, sku: &str, count: usize) -> Vec<OrderId> {
    let mut ids = Vec::new();
    for _ in 0..count {
        match execute(engine, order(sku)).await.map(|done| done.outcome) {
            Ok(Outcome::Order(id)) => ids.push(id),
            other => panic!("{other:?}"),
        }
    }
    ids
}

pub fn ship(order: OrderId) -> Command {
    Command::Ship(ShipOrder {
        order,
        lines: Vec::new(),
        source: SourceChoice::Named(SourceCode(SourceCode::DEFAULT.to_owned())),
        excess: Excess::Trim,
        capture: Capture::No,
        departure: Departure::Now,
        costs: Costs::All,
        demand: Demand::Refuse,
        fulfilment: None,
        reference: None,
        tracks: Vec::new(),
        comment: None,
        notify: Notify::No,
        extra: Extra::new(),
        line_extra: std::collections::BTreeMap::new(),
    })
}

pub fn invoice(order: OrderId) -> Command {
    Command::Invoice(InvoiceOrder {
        order,
        lines: Vec::new(),
        shipping: Shipping::WithFirst,
        capture: true,
        comment: None,
        notify: Notify::No,
    })
}

/// What does not add up.
pub async fn findings(engine: &Engine) -> Vec<String> {
    let read = engine.read(|view| {
        let mut findings = Vec::new();
        view.verify(TENANT, &mut |finding| findings.push(finding.text))?;
        Ok(findings)
    });
    read.await.expect("the database can be read")
}
