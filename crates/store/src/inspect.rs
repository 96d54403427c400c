//! Everything of a tenant at one moment: for whoever checks it against itself and against the world.

use waybill_domain::{
    ConsignmentId, CreditMemoId, InvoiceId, OperationId, OrderId, ShipmentId, Sku, StockId, TenantId, WorkingSet,
};

use crate::database::Database;
use crate::{Needs, Result, View};

/// What all movements of one cause and document did to a sku at a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub cause: String,
    pub document: Option<i64>,
    pub source: String,
    pub sku: Sku,
    /// Ten-thousandths.
    pub change: i64,
}

impl View<'_> {
    /// All orders with their documents, money and goods. However much that is: it is for databases that are small.
    pub fn everything(&self, tenant: TenantId) -> Result<WorkingSet> {
        let ids = |table: &str| -> Result<Vec<i64>> {
            let text = format!("select id from {table} where tenant = ?1 order by id");
            let rows = self.database.rows(&text, &[tenant.0.into()])?;
            Ok(rows.into_iter().map(|mut row| row.int()).collect())
        };
        let orders: Vec<OrderId> = ids("orders")?.into_iter().map(OrderId).collect();
        let levels = "select stock, sku_key from stock_levels where tenant = ?1";
        let levels = self.database.rows(levels, &[tenant.0.into()])?;
        let lying =
            self.database.rows("select distinct sku_key from source_items where tenant = ?1", &[tenant.0.into()])?;
        let needs = Needs {
            everywhere: lying.into_iter().map(|mut row| Sku::new(&row.text())).collect(),
            held: levels.into_iter().map(|mut row| (StockId(row.int()), Sku::new(&row.text()))).collect(),
            orders: orders.iter().copied().collect(),
            accounts: orders.iter().copied().collect(),
            departed: orders.iter().copied().collect(),
            payments: orders.iter().copied().collect(),
            shipments: ids("shipments")?.into_iter().map(ShipmentId).collect(),
            invoices: ids("invoices")?.into_iter().map(InvoiceId).collect(),
            credit_memos: ids("credit_memos")?.into_iter().map(CreditMemoId).collect(),
            operations: ids("operations")?.into_iter().map(OperationId).collect(),
            consignments: ids("consignments")?.into_iter().map(ConsignmentId).collect(),
            ..Needs::default()
        };
        self.working_set(tenant, &needs)
    }

    /// Where a text stands: each column of each table that has it somewhere. It reads everything that there is.
    pub fn mentions(&self, text: &str) -> Result<Vec<String>> {
        let columns = match self.database {
            Database::Sqlite(_) => {
                "select t.name, c.name from sqlite_master t join pragma_table_info(t.name) c \
                 where t.type = 'table' and lower(c.type) = 'text' order by t.name, c.name"
            }
            Database::Postgres(_) => {
                "select c.relname::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid \
                 where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and a.attnum > 0 \
                 and not a.attisdropped and a.atttypid = 'text'::regtype order by 1, 2"
            }
        };
        let mut found = Vec::new();
        for mut row in self.database.rows(columns, &[])? {
            let (table, column) = (row.text(), row.text());
            let looked = format!("select 1 from {table} where {column} like ?1 limit 1");
            if self.database.row(&looked, &[format!("%{text}%").into()])?.is_some() {
                found.push(format!("{table}.{column}"));
            }
        }
        Ok(found)
    }

    /// What moved, by cause and document.
    pub fn moved(&self, tenant: TenantId) -> Result<Vec<Moved>> {
        let text = "select cause, document, source, sku_key, cast(sum(change) as bigint) from stock_movements \
            where tenant = ?1 group by cause, document, source, sku_key order by cause, document, source, sku_key";
        let rows = self.database.rows(text, &[tenant.0.into()])?;
        let moved = rows.into_iter().map(|mut row| Moved {
            cause: row.text(),
            document: row.int_or_null(),
            source: row.text(),
            sku: Sku::new(&row.text()),
            change: row.int(),
        });
        Ok(moved.collect())
    }
}
