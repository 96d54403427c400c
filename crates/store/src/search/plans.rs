//! The usual searches are answered from indexes, on both engines.

use waybill_domain::TenantId;
use waybill_harness::Database as Fresh;

use super::{Entity, Filter, Query, Statements, Test, Words, statements};
use crate::Location;
use crate::database::Database;
use crate::sql::Value;

/// How many orders PostgreSQL plans for. SQLite plans for a million, whatever there is.
const ORDERS: i64 = 50_000;

/// One in fifty is open, and those are the newest; a hundred come in an hour.
const FILL: &str = "insert into orders (tenant, id, store, stock, number, state, status, is_virtual, currency, \
    base_currency, rate, email, grand_total, base_grand_total, paid, base_paid, refunded, base_refunded, created_at, \
    updated_at) \
    with recursive n(i) as (select cast(1 as bigint) union all select i + 1 from n where i < 50000) \
    select 1, i, 1, 1, cast(1000000000 + i as text), case when i > 49000 then 'processing' else 'complete' end, \
    case when i > 49000 then 'processing' else 'complete' end, 0, 'USD', 'USD', 100000000, \
    'customer' || cast(i % 5000 as text) || '@example.com', 0, 0, 0, 0, 0, 0, i * 36000, i * 36000 + 1 from n";

const FILL_DETAILS: &str = "insert into order_details (tenant, order_id, customer, payment, extra, items) \
    select tenant, id, id % 5000, '{}', '{}', '{}' from orders";

/// Filters and sorting as they are usual, and on SQLite the index that counts and the one that makes the page.
fn usual() -> Vec<(&'static str, Query, &'static str, &'static str)> {
    let is = |field, value: &'static str| filter(field, Test::Equal(value.into()));
    let at_least = |field, value: i64| filter(field, Test::GreaterOrEqual(Value::Int(value)));
    let at_most = |field, value: i64| filter(field, Test::LessOrEqual(Value::Int(value)));
    let late = (ORDERS - 200) * 36_000;
    let search = |filters: Vec<Filter>, sort: &[(&'static str, bool)]| Query {
        groups: filters.into_iter().map(|filter| vec![filter]).collect(),
        sort: sort.to_vec(),
        limit: Some(20),
        offset: 0,
    };
    let few = Query {
        groups: vec![vec![filter("status", Test::In(vec!["pending".into(), "processing".into()]))]],
        ..search(Vec::new(), &[("created_at", true)])
    };
    vec![
        ("status", search(vec![is("status", "processing")], &[]), "orders_by_status", "orders_by_status"),
        ("a common status", search(vec![is("status", "complete")], &[]), "orders_by_status", "orders_by_status"),
        (
            "status, the newest",
            search(vec![is("status", "processing")], &[("created_at", true)]),
            "orders_by_status",
            "orders_by_status_and_time",
        ),
        (
            "status, the oldest",
            search(vec![is("status", "processing")], &[("created_at", false)]),
            "orders_by_status",
            "orders_by_status_and_time",
        ),
        (
            "status since",
            search(vec![is("status", "processing"), at_least("created_at", late)], &[("created_at", true)]),
            "orders_by_status_and_time",
            "orders_by_status_and_time",
        ),
        ("either status", few, "orders_by_status", "orders_by_"),
        ("number", search(vec![is("number", "1000000007")], &[]), "orders_by_number", "orders_by_number"),
        (
            "a day",
            search(vec![at_least("created_at", late), at_most("created_at", late + 1_000_000)], &[("id", true)]),
            "orders_by_created_at",
            "orders_by_created_at",
        ),
        (
            "a day, sorted",
            search(
                vec![at_least("created_at", late), at_most("created_at", late + 1_000_000)],
                &[("created_at", true)],
            ),
            "orders_by_created_at",
            "orders_by_created_at",
        ),
        (
            "what has changed",
            search(vec![at_least("updated_at", late)], &[("updated_at", false)]),
            "orders_by_updated_at",
            "orders_by_updated_at",
        ),
        (
            "customer",
            search(vec![is("email", "customer7@example.com")], &[("created_at", true)]),
            "orders_by_email",
            "orders_by_email",
        ),
        (
            "customer by id",
            search(vec![filter("customer", Test::Equal(Value::Int(7)))], &[("created_at", true)]),
            "order_details_by_customer",
            "order_details_by_customer",
        ),
        ("after an id", search(vec![at_least("id", ORDERS - 100)], &[("id", false)]), "PRIMARY KEY", "PRIMARY KEY"),
        ("the newest", search(Vec::new(), &[("created_at", true)]), "orders_by_", "orders_by_created_at"),
        ("the last changed", search(Vec::new(), &[("updated_at", true)]), "orders_by_", "orders_by_updated_at"),
        ("the last numbers", search(Vec::new(), &[("number", true)]), "orders_by_", "orders_by_number"),
    ]
}

fn filter(field: &'static str, test: Test) -> Filter {
    Filter { field, test }
}

#[test]
fn the_usual_searches_are_answered_from_indexes() {
    let migrate = |url: &str| {
        Location::parse(url).and_then(|location| location.migrate()).expect("a fresh database takes all steps");
    };
    let fresh = Fresh::migrated(migrate).expect("there is room for a database");
    let location = Location::parse(fresh.url()).expect("it has a URL");
    if fresh.is_postgres() {
        let writer = Database::open_writer(&location).expect("it opens");
        // Vacuum passes over rows whose commit is not on disk yet, and then no index suffices by itself.
        writer.run("set synchronous_commit = on").expect("anybody may set it");
        writer.run(FILL).and_then(|()| writer.run(FILL_DETAILS)).expect("there are no orders yet");
        // What a server does by itself after a while.
        writer.run("vacuum analyze").expect("it is allowed to whom the table belongs");
    }
    let reader = Database::open_reader(&location).expect("it opens");
    for (name, query, counts, pages) in usual() {
        let Statements { count, page, values } = statements(Words::of(&reader), TenantId(1), Entity::Orders, &query);
        for (text, values, index) in [(&count, &values[..values.len() - 2], counts), (&page, &values[..], pages)] {
            let plan = plan(&reader, text, values);
            let good = match &reader {
                // A search of nothing but the tenant is a scan, unless it is of an index in the order that is asked
                // for.
                Database::Sqlite(_) => {
                    !plan.contains("SCAN") && plan.contains(index) && !plan.contains("PRIMARY KEY (tenant=?)")
                }
                Database::Postgres(_) => !plan.contains("Seq Scan"),
            };
            assert!(good, "{name}: {text}\n{plan}");
        }
    }
}

fn plan(database: &Database, text: &str, values: &[Value<'_>]) -> String {
    let explained = match database {
        Database::Sqlite(_) => database.rows(&format!("explain query plan {text}"), values),
        Database::Postgres(_) => database.rows(&format!("explain {text}"), values),
    };
    let lines = explained.expect("it can be planned").into_iter().map(|mut row| {
        if let Database::Sqlite(_) = database {
            // Three numbers stand before the words.
            for _ in 0..3 {
                row.int();
            }
        }
        row.text()
    });
    lines.collect::<Vec<_>>().join("\n")
}
