//! Products, orders and credentials to ship with. Orders come in through the engine, whichever door they leave by.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command as Process;

use hyper::Method;
use serde_json::{Value, json};
use waybill_domain::{
    AcceptOrder, Allocation, Amount, Capture, Command, Costs, DefaultCount, DeliveryMethod, Demand, Departure,
    DraftAddress, DraftItem, Excess, Extra, FulfilmentDraft, InvoiceOrder, Notify, OrderId, Outcome, Permissions,
    ProductField, Quantity, Sent, ShipOrder, Shipping, Sku, SourceChoice, SourceCode, StoreId, TenantId,
};
use waybill_engine::store::Location;
use waybill_engine::{Caller, Engine, Failure, Settings};

use super::server::Server;
use super::{Door, Plan};
use crate::load::{Gate, Order};
use crate::{Client, fill};

/// How many orders are shipped before it counts.
const WARM_UP: usize = 200;

/// Fills a database with products and orders of two items each, and makes a token.
pub(super) async fn prepare(url: &str, plan: &Plan) -> Result<(Vec<Order>, String), String> {
    let location = Location::parse(url).map_err(|error| error.to_string())?;
    let here = location.clone();
    let migrated = tokio::task::spawn_blocking(move || here.migrate()).await.map_err(|error| error.to_string())?;
    migrated.map_err(|error| error.to_string())?;
    if plan.stored > 0 {
        fill(location.clone(), plan.stored).await?;
    }
    let engine = Engine::open(&location, Settings::default()).await.map_err(|error| error.to_string())?;
    let tenant = TenantId(1);
    let caller = Caller::operator(tenant);
    for number in 0..plan.skus.max(2) {
        let command = Command::SaveProduct {
            sku: Sku::new(&format!("BENCH-{number}")),
            fields: vec![ProductField::Name(format!("Bench {number}")), ProductField::Price(Amount(100_000))],
            attributes: Vec::new(),
            stock: Some(DefaultCount { quantity: Some(Quantity::whole(90_000_000)), in_stock: Some(true) }),
        };
        engine.execute(&caller, None, command).await.map_err(|failure| format!("product: {failure:?}"))?;
    }
    let skus = plan.skus.max(2);
    let mut orders = Vec::with_capacity(plan.orders);
    let mut waiting = tokio::task::JoinSet::new();
    for number in 0..plan.orders {
        let (engine, caller) = (engine.clone(), caller.clone());
        let mut ask = order(number, skus);
        let is_paid = match plan.door {
            Door::Magento | Door::Carriyo => false,
            Door::Centra => true,
        };
        if plan.door == Door::Carriyo {
            allocate(&mut ask);
        }
        waiting.spawn(async move { take(&engine, &caller, ask, is_paid).await });
        if waiting.len() >= 256 {
            collect(waiting.join_next().await, &mut orders)?;
        }
    }
    while let Some(done) = waiting.join_next().await {
        collect(Some(done), &mut orders)?;
    }
    // Some leave before: planners take a table that was found empty for one that stays empty.
    for order in orders.drain(..WARM_UP.min(orders.len() / 2)) {
        let ask = ShipOrder {
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
            line_extra: BTreeMap::new(),
        };
        engine.execute(&caller, None, Command::Ship(ask)).await.map_err(|failure| format!("warm-up: {failure:?}"))?;
    }
    let token = engine
        .issue_token(tenant, "bench", Permissions::All, None)
        .await
        .map_err(|failure| format!("token: {failure:?}"))?;
    let orders = match plan.door {
        Door::Magento => {
            let named = |order: &OrderId| Order { id: order.0, number: 0, lines: Vec::new(), fulfilment: 0 };
            orders.iter().map(named).collect()
        }
        Door::Centra | Door::Carriyo => read(&engine, tenant, orders).await?,
    };
    engine.close().await;
    Ok((orders, token))
}

/// Takes an order, and the money for it where it is paid.
async fn take(engine: &Engine, caller: &Caller, ask: AcceptOrder, is_paid: bool) -> Result<Option<OrderId>, Failure> {
    let Outcome::Order(order) = engine.execute(caller, None, Command::AcceptOrder(Box::new(ask))).await?.outcome else {
        return Ok(None);
    };
    if is_paid {
        let invoice = InvoiceOrder {
            order,
            lines: Vec::new(),
            shipping: Shipping::WithFirst,
            capture: true,
            comment: None,
            notify: Notify::No,
        };
        engine.execute(caller, None, Command::Invoice(invoice)).await?;
    }
    Ok(Some(order))
}

type Joined = Option<Result<Result<Option<OrderId>, Failure>, tokio::task::JoinError>>;

fn collect(done: Joined, orders: &mut Vec<OrderId>) -> Result<(), String> {
    match done {
        Some(Ok(Ok(order))) => {
            orders.extend(order);
            Ok(())
        }
        Some(Ok(Err(failure))) => Err(format!("order: {failure:?}")),
        Some(Err(error)) => Err(error.to_string()),
        None => Ok(()),
    }
}

/// The orders with their numbers and lines, which a door may want to hear.
async fn read(engine: &Engine, tenant: TenantId, ids: Vec<OrderId>) -> Result<Vec<Order>, String> {
    let found = engine.read(move |view| {
        let mut orders = Vec::with_capacity(ids.len());
        for id in ids {
            let found = view.order(tenant, id)?;
            orders.extend(found.map(|found| Order {
                id: id.0,
                number: found.number.parse().unwrap_or(id.0),
                lines: found.items.iter().map(|item| item.id.0).collect(),
                fulfilment: found.fulfilment.first().map_or(0, |one| one.id.0),
            }));
        }
        Ok(orders)
    });
    found.await.map_err(|failure| format!("orders: {failure:?}"))
}

/// An order of one piece of two skus.
fn order(number: usize, skus: usize) -> AcceptOrder {
    let item = |index: usize| DraftItem {
        sku: format!("BENCH-{}", index % skus),
        quantity: Some(Quantity::ONE),
        price: Sent { amount: Some(Amount(100_000)), base: None },
        ..DraftItem::default()
    };
    AcceptOrder {
        store: StoreId(1),
        email: Some(format!("buyer{number}@example.com")),
        method: Some("checkmo".to_owned()),
        items: vec![item(number * 2), item(number * 2 + 1)],
        hold_stock: true,
        ..AcceptOrder::default()
    }
}

/// Says who waits for an order, and allocates all of it to one location.
fn allocate(order: &mut AcceptOrder) {
    order.shipping = Some(DraftAddress {
        firstname: "Jane".to_owned(),
        lastname: "Doe".to_owned(),
        street: vec!["160 1st St.".to_owned()],
        city: "Mineola".to_owned(),
        postcode: "11501".to_owned(),
        country: "US".to_owned(),
        telephone: Some("+15165551111".to_owned()),
        ..DraftAddress::default()
    });
    order.allocation = Allocation::Orders(vec![FulfilmentDraft {
        id: None,
        reference: None,
        location: Some(SourceCode(SourceCode::DEFAULT.to_owned())),
        method: DeliveryMethod::Delivery,
        extra: Extra::new(),
        lines: (0..order.items.len()).map(|line| (line, Quantity::ONE)).collect(),
    }]);
}

/// A door with a key to it, made as anybody makes one, beside a server; the token is the Magento door's.
pub(super) async fn gate(door: Door, waybill: &Path, url: &str, token: &str, server: &Server) -> Result<Gate, String> {
    match door {
        Door::Magento => Ok(Gate::Magento { token: token.to_owned() }),
        Door::Centra => {
            let made = credential(waybill, "centra", url)?;
            Ok(Gate::Centra { base: member(&made, "base")?, key: member(&made, "key")? })
        }
        Door::Carriyo => {
            let made = credential(waybill, "carriyo", url)?;
            let (base, api_key, tenant) =
                (member(&made, "base")?, member(&made, "api_key")?, member(&made, "tenant_id")?);
            let mut client = server.connect().await?;
            let signed = post(&mut client, &format!("{base}/oauth/token"), &made).await?;
            let token = member(&signed, "access_token")?;
            client.authorize(&token);
            client.header("x-api-key", &api_key);
            client.header("tenant-id", &tenant);
            // The shop's own carrier is booked at once.
            let account = json!({"carrier_account_name": "Own", "carrier": "OWN"});
            post(&mut client, &format!("{base}/carrier-accounts"), &account).await?;
            Ok(Gate::Carriyo { base, token, api_key, tenant })
        }
    }
}

/// What is printed when a credential is made.
fn credential(waybill: &Path, dialect: &str, url: &str) -> Result<Value, String> {
    let made = Process::new(waybill)
        .args(["credential", "create", "--dialect", dialect, "--name", "bench", "--database-url", url])
        .output()
        .map_err(|error| format!("cannot start {}: {error}", waybill.display()))?;
    let text = String::from_utf8_lossy(&made.stdout);
    serde_json::from_str(&text).map_err(|_| format!("no credential: {text}{}", String::from_utf8_lossy(&made.stderr)))
}

async fn post(client: &mut Client, path: &str, body: &Value) -> Result<Value, String> {
    let reply = client.send(Method::POST, path, Some(body.to_string())).await?;
    let unexpected = || format!("{path} answered {}: {}", reply.status, reply.body);
    if !reply.status.is_success() {
        return Err(unexpected());
    }
    serde_json::from_str(&reply.body).map_err(|_| unexpected())
}

fn member(of: &Value, name: &str) -> Result<String, String> {
    of[name].as_str().map(str::to_owned).ok_or_else(|| format!("there is no {name}"))
}
