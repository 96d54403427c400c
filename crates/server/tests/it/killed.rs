//! `kill -9` in the middle of load, of the server and of the database: what was acknowledged is there, once; what was
//! not is there once or not at all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use hyper::{Method, StatusCode};
use tokio::task::JoinSet;
use waybill_bench::Client;
use waybill_harness::{Cluster, Durability};

use crate::running::{Server, database, good, orders, run, token};

const KILLS: usize = 20;
const CLIENTS: usize = 8;
const ORDERS: usize = 600;

/// Orders on their way: each is shipped by one client at a time, until the server says what became of it.
#[derive(Clone)]
struct Load {
    waiting: Arc<Mutex<Vec<i64>>>,
    acknowledged: Arc<Mutex<BTreeMap<i64, (StatusCode, String)>>>,
}

impl Load {
    fn of(ids: &[i64]) -> Load {
        Load { waiting: Arc::new(Mutex::new(ids.to_vec())), acknowledged: Arc::default() }
    }

    fn acknowledged(&self) -> usize {
        self.acknowledged.lock().expect("no task panics").len()
    }

    /// Ships one order after the other, until the server or its database is gone. An order without a final answer
    /// waits again: it may or may not have been shipped.
    async fn ship(self, mut client: Client) {
        loop {
            let Some(order) = self.waiting.lock().expect("no task panics").pop() else { return };
            let path = format!("/rest/V1/order/{order}/ship");
            match client.send(Method::POST, &path, Some("{}".to_owned())).await {
                Ok(reply) if reply.status != StatusCode::SERVICE_UNAVAILABLE => {
                    self.acknowledged.lock().expect("no task panics").insert(order, (reply.status, reply.body));
                }
                Ok(_) | Err(_) => {
                    self.waiting.lock().expect("no task panics").push(order);
                    return;
                }
            }
        }
    }

    /// Waits until a further part of the orders has been acknowledged, wherever the server is then.
    async fn part(&self, kill: usize) {
        while self.acknowledged() < (kill + 1) * ORDERS / (KILLS + 2) {
            tokio::task::yield_now().await;
        }
    }

    /// Compares every answer with what is stored, and adds everything up.
    async fn check(&self, client: &mut Client, url: &str) {
        let path = "/rest/V1/shipments?searchCriteria&fields=items[entity_id,order_id]";
        let all = good(client, Method::GET, path, "").await;
        let mut shipments: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for shipment in all["items"].as_array().expect("a list") {
            let id = |name: &str| shipment[name].as_i64().expect("an id");
            shipments.entry(id("order_id")).or_default().push(id("entity_id"));
        }
        let acknowledged = self.acknowledged.lock().expect("no task panics").clone();
        assert_eq!(acknowledged.len(), ORDERS);
        let mut answered = 0;
        for (order, (status, body)) in acknowledged {
            assert_eq!(shipments.get(&order).map(Vec::len), Some(1), "order {order} has one shipment");
            if status.is_success() {
                answered += 1;
                assert_eq!(shipments[&order][0].to_string(), body, "order {order}");
            } else {
                // The answer was lost, not the shipment; asking again says that nothing is left.
                assert!(body.contains("does not allow a shipment"), "order {order}: {status} {body}");
            }
        }
        assert!(answered > ORDERS / 2, "most answers arrive, not {answered}");
        let verified = run(&["verify"], url);
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_server_loses_nothing_and_doubles_nothing() {
    let database = database();
    let bearer = token(database.url());
    let mut server = Server::start(database.url());
    let load = Load::of(&orders(&mut server.connect(&bearer).await, ORDERS).await);
    for kill in 0..KILLS {
        let mut tasks = JoinSet::new();
        for _ in 0..CLIENTS {
            tasks.spawn(load.clone().ship(server.connect(&bearer).await));
        }
        load.part(kill).await;
        server.kill_and_restart();
        while tasks.join_next().await.is_some() {}
    }
    load.clone().ship(server.connect(&bearer).await).await;
    load.check(&mut server.connect(&bearer).await, database.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_postgres_loses_nothing_and_doubles_nothing() {
    let mut cluster = Cluster::start(Durability::Durable).expect("PostgreSQL is installed");
    cluster.sql("postgres", "create database shop").expect("a fresh cluster takes a database");
    let url = cluster.url("shop");
    let bearer = token(&url);
    let server = Server::start(&url);
    let mut watcher = server.connect(&bearer).await;
    let load = Load::of(&orders(&mut watcher, ORDERS).await);
    for kill in 0..KILLS {
        let mut tasks = JoinSet::new();
        for _ in 0..CLIENTS {
            tasks.spawn(load.clone().ship(server.connect(&bearer).await));
        }
        load.part(kill).await;
        cluster.kill().expect("it runs");
        until_ready_is(&mut watcher, StatusCode::SERVICE_UNAVAILABLE).await;
        let path = format!("/rest/V1/orders/{}", orders_waiting(&load));
        let reply = watcher.send(Method::GET, &path, None).await.expect("the server answers");
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.body);
        cluster.resume().expect("it recovers");
        // The server comes back by itself, and those who wait for the outcome of a commit get it.
        until_ready_is(&mut watcher, StatusCode::OK).await;
        while tasks.join_next().await.is_some() {}
    }
    load.clone().ship(server.connect(&bearer).await).await;
    load.check(&mut watcher, &url).await;
}

fn orders_waiting(load: &Load) -> i64 {
    load.waiting.lock().expect("no task panics").last().copied().unwrap_or(1)
}

async fn until_ready_is(watcher: &mut Client, expected: StatusCode) {
    loop {
        let reply = watcher.send(Method::GET, "/readyz", None).await.expect("the server answers");
        if reply.status == expected {
            return;
        }
        tokio::task::yield_now().await;
    }
}
