//! The floor: the same rows on the same SQLite, in batches of the same size, and nothing else. No HTTP, no rules,
//! no threads: a loop that a good engineer would write by hand if shipping were only about rows.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::per_second;

/// Copies a database that nobody writes to any more: first everything goes from its log into the file.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let connection = Connection::open(from).map_err(|error| error.to_string())?;
    connection.busy_timeout(Duration::from_secs(30)).map_err(|error| error.to_string())?;
    let busy: i64 = connection
        .query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))
        .map_err(|error| error.to_string())?;
    if busy != 0 {
        return Err("somebody still uses it".to_owned());
    }
    std::fs::copy(from, to).map(|_| ()).map_err(|error| error.to_string())
}

/// How many orders a second the bare loop ships in batches of this size, until the time or the orders run out.
pub(crate) fn bare_loop(path: &Path, orders: &[i64], batch: usize, time: Duration) -> rusqlite::Result<f64> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -32_768)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    connection.set_prepared_statement_cache_capacity(64);
    let mut next: i64 = 1_000_000_000;
    let began = Instant::now();
    let mut shipped = 0_usize;
    for chunk in orders.chunks(batch.max(1)) {
        if began.elapsed() >= time {
            break;
        }
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for order in chunk {
            ship(&transaction, *order, &mut next)?;
        }
        transaction.commit()?;
        shipped += chunk.len();
    }
    Ok(per_second(shipped, began.elapsed()))
}

/// The rows of one shipment of two items from one source.
fn ship(connection: &Connection, order: i64, next: &mut i64) -> rusqlite::Result<()> {
    let now = 1_700_000_000_000_i64;
    let mut lines: Vec<(i64, String, i64)> = Vec::new();
    let stock: i64 = connection
        .prepare_cached("select stock from orders where tenant = 1 and id = ?1")?
        .query_row([order], |row| row.get(0))?;
    let mut statement =
        connection.prepare_cached("select id, sku, ordered from order_items where tenant = 1 and order_id = ?1")?;
    let mut rows = statement.query([order])?;
    while let Some(row) = rows.next()? {
        lines.push((row.get(0)?, row.get(1)?, row.get(2)?));
    }
    let mut draw = || {
        *next += 1;
        *next
    };
    let shipment = draw();
    for (item, sku, quantity) in &lines {
        let key = sku.to_lowercase();
        connection
            .prepare_cached(
                "update order_items set canceled = 0, invoiced = 0, shipped = ?3, refunded = 0 \
                 where tenant = 1 and order_id = ?1 and id = ?2",
            )?
            .execute(params![order, item, quantity])?;
        connection
            .prepare_cached(
                "update source_items set in_stock = 1, on_hand = on_hand - ?2 \
                 where tenant = 1 and sku_key = ?1 and source = 'default' and on_hand >= ?2",
            )?
            .execute(params![key, quantity])?;
        connection
            .prepare_cached(
                "insert into stock_movements (tenant, id, source, sku_key, sku, change, cause, document, at) \
                 values (1, ?1, 'default', ?2, ?3, ?4, 'shipped', ?5, ?6)",
            )?
            .execute(params![draw(), key, sku, -quantity, shipment, now])?;
        connection
            .prepare_cached(
                "update stock_levels set held = held - ?3 where tenant = 1 and stock = ?1 and sku_key = ?2",
            )?
            .execute(params![stock, key, quantity])?;
        connection
            .prepare_cached(
                "insert into reservations (tenant, id, stock, sku_key, sku, order_id, change, event, at) \
                 values (1, ?1, ?2, ?3, ?4, ?5, ?6, 'shipment_created', ?7)",
            )?
            .execute(params![draw(), stock, key, sku, order, -quantity, now])?;
    }
    connection
        .prepare_cached(
            "update orders set state = 'processing', status = 'processing', held_state = null, held_status = null, \
             updated_at = ?2 where tenant = 1 and id = ?1",
        )?
        .execute(params![order, now])?;
    connection
        .prepare_cached(
            "insert into numbers (tenant, store, document, next) values (1, 1, 'shipment', 2) \
             on conflict (tenant, store, document) do update set next = next + 1",
        )?
        .execute([])?;
    connection
        .prepare_cached(
            "insert into shipments (tenant, id, order_id, store, number, source, total, extra, created_at, updated_at) \
             values (1, ?1, ?2, 1, ?3, 'default', 20000, '{}', ?4, ?4)",
        )?
        .execute(params![shipment, order, shipment.to_string(), now])?;
    for (item, _, quantity) in &lines {
        connection
            .prepare_cached(
                "insert into shipment_lines (tenant, shipment, id, item, quantity, extra) \
                 values (1, ?1, ?2, ?3, ?4, '{}')",
            )?
            .execute(params![shipment, draw(), item, quantity])?;
    }
    connection
        .prepare_cached(
            "insert into audit (tenant, id, at, who, act, subject) values (1, ?1, ?2, 'floor', 'ship order', ?3)",
        )?
        .execute(params![draw(), now, order.to_string()])?;
    Ok(())
}
