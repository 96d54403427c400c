//! `waybill bench fill`: a database as it is after years of selling, made by statements over whole sets of rows.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use waybill_domain::{IdKind, StoreId, TenantId};
use waybill_engine::store::{Bulk, Error, Location};

/// How many products the orders are spread over.
const SKUS: i64 = 10_000;
/// How many orders are made in one transaction. A multiple of three: so many orders in a row have twice as many lines.
const CHUNK: i64 = 30_000;
/// The orders are spread over two years.
const SPAN_MS: i64 = 2 * 365 * 86_400_000;

const PRODUCTS: &str = include_str!("fill/products.sql");
const ORDERS: &str = include_str!("fill/orders.sql");

const TENANT: TenantId = TenantId(1);

/// Adds so many orders to a database, and brings it to shape before; what was done, as text.
pub async fn fill(location: Location, orders: i64) -> Result<String, String> {
    let filled = tokio::task::spawn_blocking(move || fill_here(&location, orders).map_err(|error| error.to_string()));
    filled.await.map_err(|error| error.to_string())?
}

fn fill_here(location: &Location, orders: i64) -> Result<String, Error> {
    let began = Instant::now();
    location.migrate()?;
    let bulk = Bulk::open(location)?;
    let since = now_ms() - SPAN_MS;
    let products = bulk.take_ids(TENANT, &IdKind::Product.counter(), SKUS)?;
    let numbers = [
        ("skus", SKUS),
        ("products", products),
        ("source_items", bulk.take_ids(TENANT, &IdKind::SourceItem.counter(), SKUS)?),
        ("entries", bulk.take_ids(TENANT, &IdKind::Entry.counter(), SKUS)?),
        ("since", since),
    ];
    bulk.run(&with(PRODUCTS, &numbers))?;
    bulk.count()?;

    let mut lines = 0;
    for first in (0..orders).step_by(usize::try_from(CHUNK).expect("a small number")) {
        let end = (first + CHUNK).min(orders);
        let count = end - first;
        let lines_here = lines_before(end) - lines_before(first);
        let take = |kind: IdKind, count: i64| bulk.take_ids(TENANT, &kind.counter(), count);
        let numbers = [
            ("first", first),
            ("end", end),
            ("all", orders),
            ("since", since),
            ("span", SPAN_MS),
            ("skus", SKUS),
            ("products", products),
            ("lines", lines_here),
            ("orders", take(IdKind::Order, count)?),
            ("items", take(IdKind::Item, lines_here)?),
            ("addresses", take(IdKind::Address, count * 2)?),
            ("shipments", take(IdKind::Shipment, count)?),
            ("shipment_numbers", take(IdKind::ShipmentNumber(StoreId(1)), count)?),
            ("shipment_lines", take(IdKind::ShipmentLine, lines_here)?),
            ("tracks", take(IdKind::Track, count)?),
            ("invoices", take(IdKind::Invoice, count)?),
            ("invoice_lines", take(IdKind::InvoiceLine, lines_here)?),
            // Held, let go, moved.
            ("entries", take(IdKind::Entry, lines_here * 3)?),
        ];
        bulk.run(&with(ORDERS, &numbers))?;
        lines += lines_here;
        eprintln!("{end} orders, {} s", began.elapsed().as_secs());
    }
    bulk.finish()?;
    let seconds = began.elapsed().as_secs();
    Ok(format!("{orders} orders with {lines} lines, of {SKUS} new products, in {seconds} s.\n"))
}

/// How many lines the orders before this one have: one, two, three, and again.
fn lines_before(order: i64) -> i64 {
    let rest = order % 3;
    order / 3 * 6 + rest * (rest + 1) / 2
}

/// A text with its words replaced: the longest first, as one may begin like another.
fn with(text: &str, numbers: &[(&str, i64)]) -> String {
    let mut numbers = numbers.to_vec();
    numbers.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    numbers.iter().fold(text.to_owned(), |text, (name, number)| text.replace(&format!(":{name}"), &number.to_string()))
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    i64::try_from(since.as_millis()).expect("the clock is before the year 292 million")
}
