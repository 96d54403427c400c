//! Each errand is done once; those of a process that died are taken over.

use waybill_domain::{Errand, Timestamp};
use waybill_engine::Failure;
use waybill_engine::store::{Lane, Leased, Writer};

use crate::shop::Shop;

const LEASE_MS: i64 = 60_000;
const NOW: i64 = 1_000_000;

async fn lease(shop: &Shop, who: &'static str, now: i64) -> Vec<Leased> {
    let location = shop.location.clone();
    let leased = tokio::task::spawn_blocking(move || {
        Writer::open(&location)?.lease(Lane::Main, who, Timestamp(now), Timestamp(now + LEASE_MS), 10)
    });
    leased.await.expect("it does not panic").expect("the database is there")
}

async fn settle(shop: &Shop, who: &'static str, errand: Leased, next: i64) -> bool {
    let location = shop.location.clone();
    let settled =
        tokio::task::spawn_blocking(move || Writer::open(&location)?.settle_errand(who, &errand, Timestamp(next)));
    settled.await.expect("it does not panic").expect("the database is there")
}

async fn keep(shop: &Shop, who: &'static str, errand: Leased, until: i64) -> bool {
    let location = shop.location.clone();
    let kept = tokio::task::spawn_blocking(move || Writer::open(&location)?.keep_lease(who, &errand, Timestamp(until)));
    kept.await.expect("it does not panic").expect("the database is there")
}

#[tokio::test]
async fn an_errand_is_held_by_one_until_it_ends_or_its_holder_is_gone() {
    let shop = Shop::new().await;
    let first = lease(&shop, "first", NOW).await;
    assert_eq!(first.iter().map(|leased| (leased.errand, leased.attempts)).collect::<Vec<_>>(), [(Errand::Tidy, 1)]);
    assert_eq!(lease(&shop, "second", NOW + LEASE_MS - 1).await, []);
    // The first one has died, or so it seems.
    let second = lease(&shop, "second", NOW + LEASE_MS).await;
    assert_eq!(second[0].attempts, 2);
    assert!(keep(&shop, "second", second[0].clone(), NOW + 3 * LEASE_MS).await);
    assert_eq!(lease(&shop, "third", NOW + 3 * LEASE_MS - 1).await, []);
    // It comes back, too late: the errand is no longer its own.
    assert!(!keep(&shop, "first", first[0].clone(), NOW + 4 * LEASE_MS).await);
    assert!(!settle(&shop, "first", first[0].clone(), 0).await);
    assert!(settle(&shop, "second", second[0].clone(), NOW + 3 * LEASE_MS).await);
    assert_eq!(lease(&shop, "first", NOW + 3 * LEASE_MS - 1).await, []);
    assert_eq!(lease(&shop, "first", NOW + 3 * LEASE_MS).await[0].attempts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_processes_one_does_it() {
    let shop = Shop::new().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let engine = shop.engine().await;
        tasks.spawn(async move { engine.work().await });
    }
    let done: Result<Vec<usize>, Failure> = tasks.join_all().await.into_iter().collect();
    assert_eq!(done.map(|counts| counts.iter().sum()), Ok(1_usize));
}
