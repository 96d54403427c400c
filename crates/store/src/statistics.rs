//! What SQLite is told of how much there is.
//!
//! SQLite plans with counts that `analyze` once made, and without any it takes a tenant for ten rows: it then reads
//! all of a tenant's orders rather than look one up by its number. Counts made while a shop is young mislead in the
//! same way for the rest of its life. So every database gets the counts of a large shop, whatever it holds: the plans
//! that are right for a million orders are never bad for ten. They are read off `analyze` after
//! `waybill bench fill --orders 1000000`, and rounded.

use crate::Result;
use crate::database::Database;

/// Table, index (a primary key goes by the table's name), and: how many rows, then how many have the same first column,
/// the same first two, and so on.
const COUNTS: &[(&str, &str, &str)] = &[
    ("addresses", "addresses", "2000000 2000000 2 1"),
    ("answers", "answers", "1000000 1000000 100000 1"),
    ("answers", "answers_by_at", "1000000 2"),
    ("answers", "answers_by_order", "1000000 1000000 2"),
    ("audit", "audit", "2000000 2000000 1"),
    ("audit", "audit_by_subject", "2000000 2000000 4 1"),
    ("carrier_accounts", "carrier_accounts", "20 20 1"),
    ("carrier_ledger", "carrier_ledger", "10000 1"),
    ("carrier_ledger", "carrier_ledger_by_tracking", "10000 2"),
    ("comments", "comments", "1000000 1000000 300000 2 1"),
    ("consignments", "consignments", "1000000 1000000 1"),
    ("consignments", "consignments_by_order", "1000000 1000000 2"),
    ("consignments", "consignments_by_reference", "1000000 1000000 1"),
    ("consignments", "consignments_by_tracking", "1000000 1000000 1"),
    ("consignments", "consignments_by_updated_at", "1000000 1000000 1 1"),
    ("counters", "counters", "20 20 1"),
    ("credit_memo_lines", "credit_memo_lines", "100000 100000 2 1"),
    ("credit_memos", "credit_memos", "50000 50000 1"),
    ("credit_memos", "credit_memos_by_invoice", "50000 50000 1"),
    ("credit_memos", "credit_memos_by_number", "50000 50000 1 1"),
    ("credit_memos", "credit_memos_by_order", "50000 50000 1"),
    ("errands", "errands", "10000 10000 1"),
    ("errands", "errands_by_due_at", "10000 10"),
    ("errands", "errands_by_subject", "10000 10000 3000 1"),
    ("fulfilment_orders", "fulfilment_orders", "1000000 1000000 1 1"),
    ("fulfilment_orders", "fulfilment_orders_by_id", "1000000 1000000 1"),
    ("fulfilment_rows", "fulfilment_rows", "2000000 2000000 2 2 1"),
    ("fulfilment_rows", "fulfilment_rows_here", "100000 100000 2"),
    ("geonames", "geonames", "1000000 20000 2 1"),
    ("geonames", "geonames_by_city", "1000000 20000 4"),
    ("installation", "installation", "1 1"),
    ("invoice_lines", "invoice_lines", "2000000 2000000 3 1"),
    ("invoices", "invoices", "1000000 1000000 1"),
    ("invoices", "invoices_by_number", "1000000 1000000 1 1"),
    ("invoices", "invoices_by_order", "1000000 1000000 2"),
    ("item_amounts", "item_amounts", "4000000 4000000 4 2 1"),
    ("item_prices", "item_prices", "2000000 2000000 2 1"),
    ("letters", "letters", "2000000 2000000 1"),
    ("letters", "letters_by_order", "2000000 2000000 2"),
    ("letters", "letters_by_state", "2000000 2000000 400000 1"),
    ("letters", "letters_once", "2000000 2000000 400000 2 1 1"),
    ("migrations", "sqlite_autoindex_migrations_1", "10 1"),
    ("numbers", "numbers", "10 10 3 1"),
    ("operations", "operations", "2000000 2000000 1"),
    ("operations", "operations_by_order", "2000000 2000000 2"),
    ("operations", "operations_open", "1000 1000 1"),
    ("order_amounts", "order_amounts", "2000000 2000000 2 1"),
    ("order_details", "order_details", "1000000 1000000 1"),
    ("order_details", "order_details_by_customer", "1000000 1000000 20 1"),
    ("order_items", "order_items", "2000000 2000000 2 1"),
    ("order_items", "order_items_by_id", "2000000 2000000 1"),
    ("orders", "orders", "1000000 1000000 1"),
    ("orders", "orders_by_created_at", "1000000 1000000 1 1"),
    ("orders", "orders_by_email", "1000000 1000000 20 1"),
    ("orders", "orders_by_number", "1000000 1000000 1 1"),
    ("orders", "orders_by_status", "1000000 1000000 200000 1"),
    ("orders", "orders_by_status_and_time", "1000000 1000000 200000 1 1"),
    ("orders", "orders_by_updated_at", "1000000 1000000 1 1"),
    ("payments", "payments", "1000000 1000000 1"),
    ("payments", "payments_by_authorisation", "1000000 1"),
    ("payments", "payments_by_until", "10000 10000 1"),
    ("product_attributes", "product_attributes", "100000 100000 10 1"),
    ("product_attributes", "product_attributes_by_value", "100000 100000 10000 2"),
    ("products", "products", "10000 10000 1"),
    ("products", "products_by_id", "10000 10000 1"),
    ("rehearsal_ledger", "rehearsal_ledger", "10000 1"),
    ("rehearsal_ledger", "rehearsal_ledger_by_authorisation", "10000 3"),
    ("reservations", "reservations", "4000000 4000000 1"),
    ("shipment_lines", "shipment_lines", "2000000 2000000 2 1"),
    ("shipments", "shipments", "1000000 1000000 1"),
    ("shipments", "shipments_by_number", "1000000 1000000 1 1"),
    ("shipments", "shipments_by_order", "1000000 1000000 2 1"),
    ("source_items", "source_items", "20000 20000 2 1"),
    ("source_items", "source_items_by_id", "20000 20000 1"),
    ("source_items", "source_items_by_source", "20000 20000 5000"),
    ("sources", "sources", "10 10 1"),
    ("sources", "sqlite_autoindex_sources_2", "10 10 1"),
    ("stock_levels", "stock_levels", "20000 20000 10000 1"),
    ("stock_movements", "stock_movements", "2000000 2000000 1"),
    ("stock_movements", "stock_movements_returned", "50000 50000 2"),
    ("stock_source_links", "stock_source_links", "20 20 5 1"),
    ("stocks", "stocks", "5 5 1"),
    ("stores", "sqlite_autoindex_stores_2", "10 10 1"),
    ("stores", "stores", "10 10 1"),
    ("tenants", "sqlite_autoindex_tenants_2", "1 1"),
    ("tenants", "tenants", "1 1"),
    ("tokens", "tokens", "1000 1"),
    ("tracks", "tracks", "1000000 1000000 1 1"),
    ("tracks", "tracks_by_id", "1000000 1000000 1"),
    ("users", "users", "100 100 1"),
    ("users", "users_by_id", "100 100 1"),
    ("websites", "sqlite_autoindex_websites_2", "5 5 1"),
    ("websites", "websites", "5 5 1"),
];

/// Tells SQLite, if it does not know yet or was told otherwise; connections that are opened from now on plan with it.
/// PostgreSQL counts by itself, and again as tables grow.
pub(crate) fn tell(database: &Database) -> Result<()> {
    match database {
        Database::Postgres(_) => return Ok(()),
        Database::Sqlite(_) => {}
    }
    if knows(database)? {
        return Ok(());
    }
    database.begin()?;
    match write(database) {
        Ok(()) => database.commit()?,
        Err(error) => {
            database.rollback()?;
            return Err(error);
        }
    }
    // This connection reads them as well.
    database.run("analyze sqlite_schema")
}

fn knows(database: &Database) -> Result<bool> {
    if database.row("select name from sqlite_schema where name = 'sqlite_stat1'", &[])?.is_none() {
        return Ok(false);
    }
    let there: Vec<[String; 3]> = database
        .rows("select tbl, coalesce(idx, ''), stat from sqlite_stat1 order by tbl, idx", &[])?
        .into_iter()
        .map(|mut row| [row.text(), row.text(), row.text()])
        .collect();
    Ok(there
        .iter()
        .map(|[table, index, counts]| (table.as_str(), index.as_str(), counts.as_str()))
        .eq(COUNTS.iter().copied()))
}

fn write(database: &Database) -> Result<()> {
    // The table of counts is SQLite's own: only it can make it.
    database.run("analyze migrations; delete from sqlite_stat1")?;
    for (table, index, counts) in COUNTS {
        let text = "insert into sqlite_stat1 (tbl, idx, stat) values (?1, ?2, ?3)";
        database.execute(text, &[(*table).into(), (*index).into(), (*counts).into()])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Location;

    fn migrated(path: &std::path::Path) -> Location {
        let location = Location::Sqlite(path.to_owned());
        location.migrate().expect("a fresh database takes all steps");
        location
    }

    #[test]
    fn every_index_has_its_counts() {
        let folder = tempfile::tempdir().expect("there is room for a database");
        let database = Database::open_writer(&migrated(&folder.path().join("counted.db"))).expect("it opens");
        // A table without row ids is its own primary key.
        let text = "select t.name, case when i.origin = 'pk' and t.sql like '%without rowid%' then t.name else i.name end, \
            count(*) from sqlite_schema t join pragma_index_list(t.name) i join pragma_index_info(i.name) c \
            where t.type = 'table' and t.name not like 'sqlite_%' group by 1, 2 order by 1, 2";
        let there: Vec<(String, String, i64)> = database
            .rows(text, &[])
            .expect("SQLite lists its indexes")
            .into_iter()
            .map(|mut row| (row.text(), row.text(), row.int()))
            .collect();
        let counted: Vec<(String, String, i64)> = COUNTS
            .iter()
            .map(|(table, index, counts)| {
                let columns = counts.split(' ').count() - 1;
                ((*table).to_owned(), (*index).to_owned(), i64::try_from(columns).expect("few"))
            })
            .collect();
        assert_eq!(counted, there, "the list in statistics.rs has a line for each index, in their order");
    }

    #[test]
    fn a_database_that_was_told_otherwise_is_told_again() {
        let folder = tempfile::tempdir().expect("there is room for a database");
        let path = folder.path().join("told.db");
        let location = migrated(&path);
        let database = Database::open_writer(&location).expect("it opens");
        assert!(knows(&database).expect("it can be asked"));
        database.run("analyze").expect("anybody may do that");
        assert!(!knows(&database).expect("it can be asked"));
        drop(database);
        migrated(&path);
        assert!(knows(&Database::open_writer(&location).expect("it opens")).expect("it can be asked"));
    }
}
