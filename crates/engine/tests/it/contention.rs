//! What the database throws in between: locks, serialisation failures, rows that it refuses.

use std::sync::atomic::Ordering;

use tokio::task::JoinSet;
use waybill_domain::{Command, CommentDraft, OrderId};
use waybill_engine::store::{Needs, Writer};
use waybill_engine::{Failure, Settings};

use crate::shop::{Shop, TENANT, execute, findings, orders, ship, stock};

fn remark(order: OrderId) -> Command {
    Command::CommentOnOrder { order, comment: CommentDraft::default(), status: None, entity: "order".to_owned() }
}

/// While somebody else holds the order, commands wait; when too many do, one more is told to come back.
#[tokio::test(flavor = "multi_thread")]
async fn who_finds_too_many_waiting_is_told_to_come_back() {
    let shop = Shop::new().await;
    let engine = shop.engine_with(Settings { waiting: 2, ..Settings::default() }).await;
    stock(&engine, "A", 10).await;
    let id = orders(&engine, "A", 1).await[0];

    let location = shop.location.clone();
    let (held, is_held) = tokio::sync::oneshot::channel();
    let (let_go, is_let_go) = std::sync::mpsc::channel::<()>();
    let holder = tokio::task::spawn_blocking(move || {
        let mut writer = Writer::open(&location).expect("it was migrated");
        let needs = Needs { orders: [id].into(), ..Needs::default() };
        writer.begin().and_then(|()| writer.load(TENANT, &needs, &mut Default::default()).map(|_| ())).expect("free");
        held.send(()).expect("somebody waits for it");
        let _ = is_let_go.recv();
        writer.rollback().expect("nothing was written");
    });
    is_held.await.expect("the holder gets the order");

    let mut tasks = JoinSet::new();
    while engine.counts().turned_away.load(Ordering::Relaxed) == 0 {
        let engine = engine.clone();
        tasks.spawn(async move { execute(&engine, remark(id)).await });
        tokio::task::yield_now().await;
    }
    drop(let_go);
    holder.await.expect("the holder does not panic");
    let done = tasks.join_all().await;
    assert!(done.iter().all(|done| matches!(done, Ok(_) | Err(Failure::Busy))), "{done:?}");
    assert!(done.iter().any(Result::is_ok) && done.contains(&Err(Failure::Busy)), "{done:?}");
}

/// On PostgreSQL: the first tries of a batch are told that others were in the way.
#[tokio::test]
async fn a_serialisation_failure_is_tried_again() {
    let shop = Shop::new().await;
    if !shop.database.is_postgres() {
        return;
    }
    let engine = shop.engine().await;
    stock(&engine, "A", 10).await;
    let id = orders(&engine, "A", 1).await[0];
    // What a sequence gives is not taken back by a rollback.
    let trap = "create sequence tries;
        create function fail_at_first() returns trigger language plpgsql as $$ begin
            if nextval('tries') <= 3 then raise exception 'in the way' using errcode = '40001'; end if;
            return new;
        end $$;
        create trigger fail_at_first before insert on shipments for each row execute function fail_at_first();";
    shop.database.sql(trap).expect("the trap is good SQL");
    let done = execute(&engine, ship(id)).await;
    assert!(done.is_ok(), "{done:?}");
    assert_eq!(engine.counts().retries.load(Ordering::Relaxed), 3);
    assert_eq!(findings(&engine).await, [] as [String; 0]);
}

/// On PostgreSQL: a command that the database refuses, whatever is tried, fails alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_command_fails_alone() {
    let shop = Shop::new().await;
    if !shop.database.is_postgres() {
        return;
    }
    let engine = shop.engine_with(Settings { committers: 1, ..Settings::default() }).await;
    stock(&engine, "A", 100).await;
    let ids = orders(&engine, "A", 20).await;
    let poison = format!("alter table shipments add constraint poison check (order_id <> {})", ids[7]);
    shop.database.sql(&poison).expect("the poison is good SQL");
    let mut tasks = JoinSet::new();
    for id in ids.clone() {
        let engine = engine.clone();
        tasks.spawn(async move { (id, execute(&engine, ship(id)).await) });
    }
    for (id, done) in tasks.join_all().await {
        assert_eq!(done.is_ok(), id != ids[7], "{id}: {done:?}");
    }
    assert_eq!(findings(&engine).await, [] as [String; 0]);
}
