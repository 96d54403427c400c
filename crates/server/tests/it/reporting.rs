//! The reporting views: on either engine they say the same, in the columns that `docs/reporting.md` describes.

use hyper::Method;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use waybill_harness::Database;

use crate::running::{Server, database, good, orders, token};

const VIEWS: [&str; 7] = [
    "reporting_orders",
    "reporting_order_items",
    "reporting_shipments",
    "reporting_invoices",
    "reporting_credit_memos",
    "reporting_stock",
    "reporting_source_stock",
];

/// Rows as text, columns separated by bars.
fn select(database: &Database, text: &str) -> String {
    if database.is_postgres() {
        return database.sql(text).expect("the question is good SQL");
    }
    let connection = Connection::open(database.folder().join("waybill.db")).expect("the file opens");
    let mut statement = connection.prepare(text).expect("the question is good SQL");
    let columns = statement.column_count();
    let mut rows = statement.query([]).expect("it can be asked");
    let mut lines = Vec::new();
    while let Some(row) = rows.next().expect("it can be read") {
        let values = (0..columns).map(|column| match row.get_ref(column).expect("the column is there") {
            ValueRef::Null => String::new(),
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            ValueRef::Real(_) | ValueRef::Blob(_) => panic!("no view has such a column: {text}"),
        });
        lines.push(values.collect::<Vec<_>>().join("|"));
    }
    lines.join("\n")
}

/// The columns of a view, in their order.
fn columns(database: &Database, view: &str) -> Vec<String> {
    let text = if database.is_postgres() {
        format!(
            "select column_name from information_schema.columns where table_name = '{view}' order by ordinal_position"
        )
    } else {
        format!("select name from pragma_table_info('{view}') order by cid")
    };
    select(database, &text).lines().map(str::to_owned).collect()
}

/// The columns that the page describes: the first cell of each row of the view's table.
fn described(view: &str) -> Vec<String> {
    let page = include_str!("../../../../docs/reporting.md");
    let heading = format!("### `{view}`");
    let (_, after) = page.split_once(&heading).unwrap_or_else(|| panic!("{view} has no part of the page"));
    let part = after.split("\n###").next().unwrap_or(after);
    let rows = part.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.filter_map(|row| row.split('|').next());
    // A cell may name several columns: the plain one and that in base currency.
    cells
        .flat_map(|cell| cell.split(',').map(|name| name.trim().trim_matches('`').to_owned()).collect::<Vec<_>>())
        .collect()
}

#[tokio::test]
async fn views_say_what_happened() {
    let database = database();
    let bearer = token(database.url());
    let server = Server::start(database.url());
    let mut client = server.connect(&bearer).await;
    let ids = orders(&mut client, 3).await;
    good(&mut client, Method::POST, &format!("/rest/V1/order/{}/invoice", ids[0]), r#"{"capture":true}"#).await;
    let track = r#"{"tracks":[{"track_number":"T1","title":"UPS","carrier_code":"ups"}]}"#;
    good(&mut client, Method::POST, &format!("/rest/V1/order/{}/ship", ids[0]), track).await;
    good(&mut client, Method::POST, &format!("/rest/V1/orders/{}/cancel", ids[1]), "").await;
    drop(client);
    assert!(server.terminate().success());

    for view in VIEWS {
        let mut described = described(view);
        let mut there = columns(&database, view);
        described.sort();
        there.sort();
        assert_eq!(there, described, "{view}");
    }
    let yes_or_no = |column: &str| {
        if database.is_postgres() { format!("case when {column} then 1 else 0 end") } else { column.to_owned() }
    };
    let shipped = yes_or_no("fully_shipped");
    for (text, expected) in [
        (
            format!("select tenant, number, state, grand_total, paid, {shipped} from reporting_orders order by id"),
            "default|000000001|complete|10.0000|10.0000|1\n\
             default|000000002|canceled|10.0000|0.0000|0\n\
             default|000000003|new|10.0000|0.0000|0",
        ),
        (
            "select order_number, source_code, total_quantity, tracking_numbers from reporting_shipments".to_owned(),
            "000000001|default|1.0000|T1",
        ),
        (
            "select number, order_number, state, grand_total from reporting_invoices".to_owned(),
            "000000001|000000001|paid|10.0000",
        ),
        ("select sku, on_hand, held, available from reporting_stock".to_owned(), "A|99999.0000|1.0000|99998.0000"),
        ("select source_code, sku, on_hand from reporting_source_stock".to_owned(), "default|A|99999.0000"),
        ("select number from reporting_credit_memos".to_owned(), ""),
    ] {
        assert_eq!(select(&database, &text), expected, "{text}");
    }
}
