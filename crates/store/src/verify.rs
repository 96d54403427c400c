//! Re-adds stock, quantities and money, and says what differs.

use std::collections::BTreeMap;

use waybill_domain::{Order, Sku, StockId, TenantId};

use crate::sql::Value;
use crate::{Result, View, load};

/// Something that is not as its entries say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What differs, in which terms, and by how much.
    pub text: String,
}

/// A question whose answer should be empty: a caption, and SQL for the tenant `?1` whose columns are texts.
const CHECKS: &[(&str, &str)] = &[
    (
        "on hand is not the sum of its movements (source, sku, on hand, movements)",
        "select source, sku, cast(on_hand as text), cast(coalesce((select sum(change) from stock_movements m \
         where m.tenant = i.tenant and m.source = i.source and m.sku_key = i.sku_key), 0) as text) \
         from source_items i where tenant = ?1 and on_hand <> coalesce((select sum(change) from stock_movements m \
         where m.tenant = i.tenant and m.source = i.source and m.sku_key = i.sku_key), 0)",
    ),
    (
        "movements without a source item do not sum to zero (source, sku, sum)",
        "select source, sku_key, cast(sum(change) as text) from stock_movements m where tenant = ?1 and not exists \
         (select 1 from source_items i where i.tenant = m.tenant and i.sku_key = m.sku_key and i.source = m.source) \
         group by source, sku_key having sum(change) <> 0",
    ),
    (
        "on hand is below zero (source, sku, on hand)",
        "select source, sku, cast(on_hand as text) from source_items where tenant = ?1 and on_hand < 0",
    ),
    (
        "held is not the sum of the reservations (stock, sku, held, reservations)",
        "select cast(stock as text), sku_key, cast(sum(held) as text), cast(sum(reserved) as text) from ( \
         select stock, sku_key, held, 0 as reserved from stock_levels where tenant = ?1 union all \
         select stock, sku_key, 0, change from reservations where tenant = ?1) t \
         group by stock, sku_key having sum(held) <> sum(reserved)",
    ),
    (
        "shipped is not the sum of the shipments' lines (order, item, shipped, lines)",
        "select cast(order_id as text), cast(id as text), cast(shipped as text), cast(lines as text) from ( \
         select i.order_id, i.id, i.shipped, coalesce((select sum(l.quantity) from shipments s join shipment_lines l \
         on l.tenant = s.tenant and l.shipment = s.id where s.tenant = i.tenant and s.order_id = i.order_id \
         and l.item = i.id), 0) as lines, i.ordered - i.canceled as most, i.ships_separately from order_items i \
         where i.tenant = ?1) t where shipped <> case when ships_separately = 1 and lines > most then most else lines end",
    ),
    (
        "invoiced is not the sum of the invoices' lines (order, item, invoiced, lines)",
        "select cast(order_id as text), cast(id as text), cast(invoiced as text), cast(lines as text) from ( \
         select i.order_id, i.id, i.invoiced, coalesce((select sum(l.quantity) from invoices v join invoice_lines l \
         on l.tenant = v.tenant and l.invoice = v.id where v.tenant = i.tenant and v.order_id = i.order_id \
         and l.item = i.id), 0) as lines, i.ordered - i.canceled as most from order_items i where i.tenant = ?1) t \
         where invoiced <> case when lines > most then most else lines end",
    ),
    (
        "paid is not the sum of the paid invoices (order, paid, invoices)",
        "select cast(id as text), cast(paid as text), cast(invoices as text) from (select o.id, o.paid, \
         coalesce((select sum(total) from invoices v where v.tenant = o.tenant and v.order_id = o.id and v.state = 2), \
         0) as invoices from orders o where o.tenant = ?1) t where paid <> invoices",
    ),
    (
        "an invoice's total is not the sum of its parts (invoice, total, parts)",
        "select cast(id as text), cast(total as text), \
         cast(subtotal + discount + shipping + tax + compensation + shipping_compensation as text) from invoices \
         where tenant = ?1 and total <> subtotal + discount + shipping + tax + compensation + shipping_compensation",
    ),
    (
        "an invoice's subtotal is not the sum of its lines (invoice, subtotal, lines)",
        "select cast(id as text), cast(subtotal as text), cast(lines as text) from (select v.id, v.subtotal, \
         coalesce((select sum(row_total) from invoice_lines l where l.tenant = v.tenant and l.invoice = v.id), 0) \
         as lines from invoices v where v.tenant = ?1) t where subtotal <> lines",
    ),
    (
        "more is invoiced than was ordered (order, invoiced, ordered)",
        "select cast(i.order_id as text), cast(i.total as text), cast(o.total as text) from order_amounts i \
         join order_amounts o on o.tenant = i.tenant and o.order_id = i.order_id and o.stage = 'ordered' \
         where i.tenant = ?1 and i.stage = 'invoiced' and i.total > o.total",
    ),
    (
        "an order's grand total is not the sum of its parts (order, total, parts)",
        "select cast(order_id as text), cast(total as text), \
         cast(subtotal + discount + shipping + tax + compensation + shipping_compensation as text) from order_amounts \
         where tenant = ?1 and stage = 'ordered' \
         and total <> subtotal + discount + shipping + tax + compensation + shipping_compensation",
    ),
    (
        "the invoices' sum is not what the account says is invoiced (order, account, invoices)",
        "select cast(a.order_id as text), cast(a.total as text), cast(coalesce((select sum(total) from invoices v \
         where v.tenant = a.tenant and v.order_id = a.order_id and v.state <> 3), 0) as text) from order_amounts a \
         where a.tenant = ?1 and a.stage = 'invoiced' and a.total <> coalesce((select sum(total) from invoices v \
         where v.tenant = a.tenant and v.order_id = a.order_id and v.state <> 3), 0)",
    ),
    (
        "invoice numbers of a store have gaps (store, invoices, next number)",
        "select cast(store as text), cast(count(*) as text), (select cast(next as text) from numbers n \
         where n.tenant = v.tenant and n.store = v.store and n.document = 'invoice') from invoices v \
         where tenant = ?1 group by tenant, store having count(*) + 1 <> \
         (select next from numbers n where n.tenant = v.tenant and n.store = v.store and n.document = 'invoice')",
    ),
];

impl View<'_> {
    /// Checks everything of a tenant; `found` is told of each difference as it is seen.
    pub fn verify(&self, tenant: TenantId, found: &mut dyn FnMut(Finding)) -> Result<()> {
        for (caption, text) in CHECKS {
            let columns = text_columns(caption);
            self.database.each(text, &[Value::Int(tenant.0)], &mut |mut row| {
                let values: Vec<String> =
                    (0..columns).map(|_| row.text_or_null().unwrap_or_else(|| "none".to_owned())).collect();
                found(Finding { text: format!("{caption}: {}", values.join(", ")) });
                Ok(())
            })?;
        }
        self.verify_holds(tenant, found)
    }

    /// What is held must be what the order lines say is still to leave (invariant S3).
    fn verify_holds(&self, tenant: TenantId, found: &mut dyn FnMut(Finding)) -> Result<()> {
        let mut due: BTreeMap<(i64, String), i64> = BTreeMap::new();
        let open = "select id from orders where tenant = ?1 and state not in ('canceled', 'closed')";
        self.database.each(open, &[Value::Int(tenant.0)], &mut |mut row| {
            let order: Option<Order> = self.database.one(&load::ORDER, &[tenant.0.into(), row.int().into()])?;
            for (stock, sku, held) in order.iter().flat_map(holds) {
                *due.entry((stock.0, sku.key().to_owned())).or_insert(0) += held;
            }
            Ok(())
        })?;
        let levels = "select stock, sku_key, held from stock_levels where tenant = ?1 and held <> 0";
        let mut tell = |stock: i64, sku: &str, held: i64, lines: i64| {
            found(Finding {
                text: format!(
                    "held is not what the order lines still need (stock, sku, held, lines): {stock}, {sku}, {held}, {lines}"
                ),
            });
        };
        self.database.each(levels, &[Value::Int(tenant.0)], &mut |mut row| {
            let (stock, sku, held) = (row.int(), row.text(), row.int());
            let lines = due.remove(&(stock, sku.clone())).unwrap_or(0);
            if lines != held {
                tell(stock, &sku, held, lines);
            }
            Ok(())
        })?;
        for ((stock, sku), lines) in due {
            tell(stock, &sku, 0, lines);
        }
        Ok(())
    }
}

fn holds(order: &Order) -> Vec<(StockId, &Sku, i64)> {
    order.held().into_iter().map(|(sku, held)| (order.stock, sku, held.0)).collect()
}

/// How many columns a check names in the brackets of its caption.
fn text_columns(caption: &str) -> usize {
    caption.rsplit_once('(').map_or(0, |(_, names)| names.split(',').count())
}
