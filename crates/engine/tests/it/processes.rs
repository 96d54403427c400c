//! Several processes over one database, each with an engine of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;
use waybill_domain::{OrderId, Outcome, Sku};
use waybill_engine::store::{Entity, Location, Query};
use waybill_engine::{Engine, Failure};
use waybill_harness::Database;

use crate::shop::{Shop, TENANT, execute, findings, invoice, order, orders, ship, stock};

#[test]
fn five_that_start_at_once_take_each_step_once() {
    let database = Database::empty().expect("there is room for a database");
    let location = Location::parse(database.url()).expect("the harness gives a URL");
    let starts: Vec<_> = (0..5)
        .map(|_| {
            let location = location.clone();
            std::thread::spawn(move || location.migrate().expect("steps are taken one by one"))
        })
        .collect();
    let taken: usize = starts.into_iter().map(|start| start.join().expect("no start panics")).sum();
    let again = Database::empty().expect("there is room for another");
    let alone = Location::parse(again.url()).and_then(|location| location.migrate()).expect("alone it is simple");
    assert_eq!(taken, alone);
}

/// Every second command is refused, and takes no number.
#[tokio::test(flavor = "multi_thread")]
async fn invoice_numbers_have_no_gaps_under_load() {
    let shop = Shop::new().await;
    let engines: Arc<Vec<Engine>> = Arc::new(vec![shop.engine().await, shop.engine().await, shop.engine().await]);
    stock(&engines[0], "A", 1_000).await;
    let ids = orders(&engines[0], "A", 60).await;
    let mut tasks = JoinSet::new();
    for (index, id) in ids.iter().flat_map(|id| [*id, *id]).enumerate() {
        let engines = engines.clone();
        tasks.spawn(async move { execute(&engines[index % engines.len()], invoice(id)).await });
    }
    let done = tasks.join_all().await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), ids.len());
    assert!(done.iter().all(|done| matches!(done, Ok(_) | Err(Failure::Refused(_)))), "{done:?}");
    let numbers = engines[0].read(move |view| {
        let page = view.search(TENANT, Entity::Invoices, &Query { limit: None, ..Query::default() })?;
        let mut numbers = BTreeSet::new();
        for id in page.ids {
            numbers.extend(view.invoice(TENANT, waybill_domain::InvoiceId(id))?.map(|found| found.invoice.number));
        }
        Ok(numbers)
    });
    let expected: BTreeSet<String> = (1..=ids.len()).map(|number| format!("{number:09}")).collect();
    assert_eq!(numbers.await, Ok(expected));
    assert_eq!(findings(&engines[0]).await, [] as [String; 0]);
}

/// On PostgreSQL: a standby that lagged behind takes over, and gives ids again that its primary had given out.
#[tokio::test(flavor = "multi_thread")]
async fn ids_do_not_outlive_a_connection() {
    let shop = Shop::new().await;
    if !shop.database.is_postgres() {
        return;
    }
    let engine = shop.engine().await;
    stock(&engine, "A", 10).await;
    orders(&engine, "A", 1).await;
    let failover = "update counters set next = 2 where name = 'order';
        select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    shop.database.sql(failover).expect("the tests' user may do that");
    let other = shop.engine().await;
    orders(&other, "A", 3).await;
    orders(&engine, "A", 3).await;
    assert_eq!(findings(&engine).await, [] as [String; 0]);
}

/// All want pieces of one sku at one source: as many get one as there are.
#[tokio::test(flavor = "multi_thread")]
async fn a_hot_row_is_shared_out_to_the_last_piece() {
    let shop = Shop::new().await;
    let engines: Arc<Vec<Engine>> = Arc::new(vec![shop.engine().await, shop.engine().await]);
    stock(&engines[0], "A", 50).await;
    let mut tasks = JoinSet::new();
    for index in 0..120 {
        let engines = engines.clone();
        tasks.spawn(async move { execute(&engines[index % 2], order("A")).await });
    }
    let mut accepted: Vec<OrderId> = Vec::new();
    for done in tasks.join_all().await {
        match done {
            Ok(done) => match done.outcome {
                Outcome::Order(id) => accepted.push(id),
                other => panic!("{other:?}"),
            },
            Err(Failure::Refused(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(accepted.len(), 50);
    let mut tasks = JoinSet::new();
    // Each order is shipped once, whoever is asked and however often.
    for (index, id) in accepted.iter().flat_map(|id| [*id, *id]).enumerate() {
        let engines = engines.clone();
        tasks.spawn(async move { execute(&engines[index % 2], ship(id)).await });
    }
    let shipped: Vec<_> = tasks.join_all().await.into_iter().filter_map(Result::ok).map(|done| done.outcome).collect();
    let ids: BTreeSet<String> = shipped.iter().map(|outcome| format!("{outcome:?}")).collect();
    assert_eq!((shipped.len(), ids.len()), (50, 50));
    let left = engines[0].read(|view| view.product(TENANT, &Sku::new("A")));
    let left = left.await.expect("the database can be read").expect("the product is there");
    assert_eq!(left.source_items[0].on_hand.0, 0);
    assert_eq!(findings(&engines[1]).await, [] as [String; 0]);
}
