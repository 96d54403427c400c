//! `waybill verify` finds a corruption of a single row, whatever its kind (invariant P4).

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use hyper::Method;
use rusqlite::Connection;
use waybill_domain::{
    AcceptOrder, Allocation, Carrier, Command, Consign, ConsignmentDraft, DraftItem, FulfilmentDraft, Outcome,
    Quantity, SourceCode, StoreId,
};
use waybill_engine::store::Location;
use waybill_engine::{Caller, Clock, Engine, Settings};
use waybill_harness::Database;

use crate::running::{Server, database, good, orders, run, token};

#[tokio::test]
async fn every_kind_of_corruption_of_one_row_is_found() {
    let database = database();
    let bearer = token(database.url());
    let server = Server::start(database.url());
    let mut client = server.connect(&bearer).await;
    let ids = orders(&mut client, 4).await;
    for order in &ids[..2] {
        good(&mut client, Method::POST, &format!("/rest/V1/order/{order}/invoice"), "{}").await;
        good(&mut client, Method::POST, &format!("/rest/V1/order/{order}/ship"), "{}").await;
    }
    let part = r#"{"items": [{"order_item_id": 1, "qty": 1}], "arguments": {"adjustment_negative": 1, "shipping_amount": 0,
        "extension_attributes": {"return_to_stock_items": [1]}}}"#;
    good(&mut client, Method::POST, "/rest/V1/order/1/refund", part).await;
    // An order at the sandbox gateway: captured in part, a part of that given back, and one whose answer is late.
    for words in ["ok", "stall"] {
        let order = format!(
            r#"{{"entity":{{"customer_email":"a@example.com","payment":{{"method":"rehearsal",
            "additional_information":["{words}"]}},"items":[{{"sku":"A","qty_ordered":3,"price":10}}]}}}}"#
        );
        good(&mut client, Method::POST, "/rest/V1/orders", &order).await;
    }
    good(
        &mut client,
        Method::POST,
        "/rest/V1/order/5/invoice",
        r#"{"capture": true, "items": [{"order_item_id": 5, "qty": 2}]}"#,
    )
    .await;
    let part = r#"{"isOnline": true, "items": [{"order_item_id": 5, "qty": 1}]}"#;
    good(&mut client, Method::POST, "/rest/V1/invoice/3/refund", part).await;
    let paid = r#"{"arguments": {"extension_attributes": {"waybill_capture": true}}}"#;
    let late = client.send(Method::POST, "/rest/V1/order/6/ship", Some(paid.to_owned())).await.expect("it answers");
    assert_eq!(late.status, 409, "{}", late.body);
    drop(client);
    assert!(server.terminate().success());
    consign_some(database.url()).await;
    let clean = run(&["verify", "--money"], database.url());
    let text = String::from_utf8_lossy(&clean.stdout);
    assert!(clean.status.success() && text.contains("no answer from rehearsal for"), "{text}");

    for (corruption, expected) in [
        ("update source_items set on_hand = on_hand + 1", "on hand is not the sum of its movements"),
        (
            "update stock_movements set change = change - 1 where id = (select max(id) from stock_movements)",
            "on hand is not",
        ),
        ("delete from stock_movements where id = (select max(id) from stock_movements)", "on hand is not"),
        ("update stock_levels set held = held + 1", "held is not"),
        (
            "update reservations set change = change + 1 where id = (select max(id) from reservations)",
            "held is not the sum",
        ),
        ("delete from source_items", "movements without a source item"),
        ("update order_items set shipped = 0 where shipped > 0 and order_id = 1", "shipped is not the sum"),
        ("update order_items set invoiced = 0 where invoiced > 0 and order_id = 2", "invoiced is not the sum"),
        ("update shipment_lines set quantity = quantity * 2", "shipped is not the sum"),
        ("delete from invoice_lines where id = 1", "invoiced is not the sum"),
        (
            "delete from shipments where id = (select max(id) from shipments)",
            "a part without its whole: shipment_lines",
        ),
        ("update invoices set order_id = 99 where id = 1", "a part without its whole: invoices of orders 99"),
        ("update order_details set order_id = 98 where order_id = 1", "a part without its whole: order_details of"),
        (
            "update item_prices set item = 99 where item = (select min(item) from item_prices)",
            "a part without its whole: item_prices of order_items 1/99",
        ),
        (
            "update item_amounts set item = 99 where item = (select min(item) from item_amounts)",
            "a part without its whole: item_amounts of order_items 1/99",
        ),
        ("update orders set paid = paid + 1 where id = 1", "paid is not the sum"),
        ("update invoices set total = total + 1 where id = 1", "an invoice's total is not"),
        ("update invoices set subtotal = subtotal + 1, total = total + 1 where id = 1", "an invoice's subtotal is not"),
        ("update invoice_lines set row_total = row_total + 1 where id = 1", "an invoice's subtotal is not"),
        (
            "update order_amounts set total = total + 1 where stage = 'ordered' and order_id = 1",
            "an order's grand total",
        ),
        ("update order_amounts set total = total + 1 where stage = 'invoiced' and order_id = 1", "the invoices' sum"),
        ("update numbers set next = next + 1 where document = 'invoice'", "invoice numbers of a store have gaps"),
        ("delete from numbers where document = 'invoice'", "invoice numbers of a store have gaps"),
        (
            "update order_items set refunded = 0 where refunded > 0",
            "refunded is not the sum of the credit memos' lines",
        ),
        ("update order_items set unsent = 1 where order_id = 1", "more is shipped or not to be sent"),
        ("update invoice_lines set quantity = quantity * 2", "an invoice's quantity is not"),
        ("update credit_memos set quantity = quantity + 1", "a credit memo's quantity is not"),
        ("update credit_memo_lines set quantity = quantity * 2", "refunded is not the sum of the credit memos' lines"),
        ("delete from credit_memo_lines", "refunded is not the sum of the credit memos' lines"),
        ("update payments set captured = captured - 10000 where order_id = 5", "what a gateway captured is not"),
        ("update payments set refunded = refunded + 1 where order_id = 5", "what a gateway gave back is not"),
        ("delete from payments where order_id = 5", "a part without its whole: operations of payments 5"),
        ("update operations set amount = amount + 1 where kind = 'invoice'", "what operations moved is not"),
        ("update operations set invoice = null where kind = 'invoice'", "money moved at a gateway without a document"),
        ("update operations set invoice = 99 where kind = 'invoice'", "the document of an operation is not there"),
        ("update orders set operation = null where id = 6", "an order does not wait for its open operation"),
        ("update orders set operation = 1 where id = 5", "an order does not wait for its open operation"),
        ("delete from errands where kind = 'settle'", "nothing sees to an open operation"),
        ("update operations set shipment = 98 where state = 'open'", "goods left for a shipment that is not there"),
        ("delete from rehearsal_ledger where kind = 'capture' and state = 'done'", "the sandbox did not do"),
        ("update rehearsal_ledger set amount = amount + 1 where kind = 'refund'", "the sandbox moved money that"),
        ("update orders set refunded = refunded + 1 where id = 1", "what an order gave back is not"),
        ("update orders set kept_back = 0 where id = 1", "what an order gave back is not"),
        ("update credit_memos set total = total + 1", "a credit memo's total is not"),
        ("update credit_memos set adjustment_negative = 0", "a credit memo's total is not"),
        ("update credit_memo_lines set row_total = row_total + 1", "a credit memo's subtotal is not"),
        (
            "update order_amounts set total = total + 1 where stage = 'refunded' and order_id = 1",
            "the credit memos' sum is not",
        ),
        ("delete from numbers where document = 'creditmemo'", "credit memo numbers of a store have gaps"),
        ("update orders set state = 'canceled' where id = 4", "held is not what the order lines still need"),
        ("update fulfilment_rows set consignments = '99' where consignments <> ''", "rows name consignments that are"),
        ("update consignments set order_id = 1 where order_id is not null", "rows name consignments that are"),
        ("update consignments set unwanted = 1 where order_id is not null", "rows name consignments that are"),
        ("update consignments set order_id = 99 where order_id is not null", "whole: consignments of orders 99"),
        ("update fulfilment_rows set consignments = '' where consignments <> ''", "carries none of its rows"),
        ("update consignments set unwanted = 1 where labelled = 1", "a carrier has a label that nobody wants"),
        ("delete from errands where kind = 'carry'", "nothing sees to what a carrier is to be asked"),
        ("update consignments set errand = null where stage = 'pending'", "nothing sees to what a carrier is to be"),
        ("delete from consignments where order_id is null and labelled = 1", "gave a label that no consignment has"),
        ("update consignments set labelled = 0 where labelled = 1", "gave a label that no consignment has"),
        ("update consignments set tracking = 'RC1' where labelled = 1", "a label that the sandbox carrier has not"),
        ("delete from carrier_ledger where state = 'done'", "a label that the sandbox carrier has not"),
        ("update carrier_ledger set kind = 'cancel' where state = 'done'", "a label that the sandbox carrier has not"),
    ] {
        let copy = database.copy().expect("the server has ended, so nobody uses it");
        harm(&copy, corruption);
        let output = run(&["verify", "--money"], copy.url());
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{corruption}: {text}");
        assert!(text.contains(expected), "{corruption}: {text}");
    }
}

#[tokio::test]
async fn a_filled_database_adds_up_and_the_program_goes_on_from_there() {
    let database = database();
    let filled = run(&["bench", "fill", "--orders", "301"], database.url());
    assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
    let bearer = token(database.url());
    let server = Server::start(database.url());
    let mut client = server.connect(&bearer).await;
    for order in orders(&mut client, 2).await {
        assert!(order > 301, "its id is none of those that were filled in");
        good(&mut client, Method::POST, &format!("/rest/V1/order/{order}/invoice"), "{}").await;
        good(&mut client, Method::POST, &format!("/rest/V1/order/{order}/ship"), "{}").await;
    }
    drop(client);
    assert!(server.terminate().success());
    let clean = run(&["verify"], database.url());
    assert!(clean.status.success(), "{}", String::from_utf8_lossy(&clean.stdout));
}

/// Has some of a new order booked at the sandbox carrier, and something of no order; of a third it says nothing. The clock
/// stands where nothing else is due.
async fn consign_some(url: &str) {
    let location = Location::parse(url).expect("the harness gives a URL");
    let clock = Clock::Still(Arc::new(AtomicI64::new(1)));
    let engine = Engine::open(&location, Settings { clock, ..Settings::default() }).await.expect("it was migrated");
    let tenant = engine.read(|view| view.tenant("default")).await.expect("it can be read").expect("it always exists");
    let execute = async |command: Command| {
        engine.execute(&Caller::operator(tenant), None, command).await.expect("it can be done").outcome
    };
    let draft = FulfilmentDraft {
        location: Some(SourceCode(SourceCode::DEFAULT.to_owned())),
        lines: vec![(0, Quantity::whole(2))],
        ..FulfilmentDraft::default()
    };
    let item = DraftItem { sku: "A".to_owned(), quantity: Some(Quantity::whole(2)), ..DraftItem::default() };
    let ask = AcceptOrder {
        store: StoreId(1),
        email: Some("ann@example.com".to_owned()),
        method: Some("checkmo".to_owned()),
        items: vec![item],
        hold_stock: true,
        allocation: Allocation::Orders(vec![draft]),
        ..AcceptOrder::default()
    };
    let Outcome::Order(order) = execute(Command::AcceptOrder(Box::new(ask))).await else { panic!("it is an order") };
    let read = engine.read(move |view| view.order_view(tenant, order)).await.expect("it can be read");
    let found = read.expect("it came in").order;
    let one = vec![(found.items[0].id, Quantity::ONE)];
    for (of, reference) in
        [(Some((order, found.fulfilment[0].id, one)), "SHOP-1"), (None, "SHOP-2"), (None, "SHOP-stall")]
    {
        let draft = ConsignmentDraft {
            reference: Some(reference.to_owned()),
            order_reference: "SHOP".to_owned(),
            carrier: Some(Carrier::Rehearsal),
            ..ConsignmentDraft::default()
        };
        execute(Command::Consign(Box::new(Consign { of, fulfil: None, draft }))).await;
    }
    engine.work().await.expect("the database is there");
    engine.close().await;
}

/// Changes rows behind the program's back, and behind that of constraints.
fn harm(database: &Database, corruption: &str) {
    if database.is_postgres() {
        // No foreign keys in this session.
        let text = format!("set session_replication_role = replica; {corruption} returning 1");
        assert!(!database.sql(&text).expect("the corruption is good SQL").is_empty(), "{corruption} changes nothing");
        return;
    }
    let connection = Connection::open(database.folder().join("waybill.db")).expect("the copy opens");
    connection.execute_batch("pragma foreign_keys = off; pragma ignore_check_constraints = on").expect("for harm only");
    let changed = connection.execute(corruption, []).expect("the corruption is good SQL");
    assert!(changed >= 1, "{corruption} changes nothing");
}
