//! `kill -9` in the middle of load: what was acknowledged is there, once; what was not is there once or not at all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use hyper::Method;
use tokio::task::JoinSet;

use crate::running::{Server, good, orders, run, token};

const KILLS: usize = 5;
const CLIENTS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_and_nothing_is_shipped_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("a.db");
    let bearer = token(&database);
    let mut server = Server::start(&database);
    let mut client = server.connect(&bearer).await;
    let ids = orders(&mut client, 300).await;
    drop(client);

    let waiting = Arc::new(Mutex::new(ids.clone()));
    let acknowledged = Arc::new(Mutex::new(BTreeMap::new()));
    for kill in 0..KILLS {
        let mut tasks = JoinSet::new();
        for _ in 0..CLIENTS {
            let mut client = server.connect(&bearer).await;
            let (waiting, acknowledged) = (waiting.clone(), acknowledged.clone());
            tasks.spawn(async move {
                loop {
                    let Some(order) = waiting.lock().expect("no task panics").pop() else { return };
                    let path = format!("/rest/V1/order/{order}/ship");
                    match client.send(Method::POST, &path, Some("{}".to_owned())).await {
                        Ok(reply) => {
                            acknowledged.lock().expect("no task panics").insert(order, (reply.status, reply.body));
                        }
                        // No answer: it may or may not have happened; ask again after the restart.
                        Err(_) => {
                            waiting.lock().expect("no task panics").push(order);
                            return;
                        }
                    }
                }
            });
        }
        // Kill once a further part has been acknowledged, wherever the server is then.
        let enough = (kill + 1) * ids.len() / (KILLS + 2);
        while acknowledged.lock().expect("no task panics").len() < enough {
            tokio::task::yield_now().await;
        }
        server.kill_and_restart();
        while tasks.join_next().await.is_some() {}
    }
    let mut client = server.connect(&bearer).await;
    let rest: Vec<i64> = waiting.lock().expect("no task panics").drain(..).collect();
    for order in rest {
        let path = format!("/rest/V1/order/{order}/ship");
        let reply = client.send(Method::POST, &path, Some("{}".to_owned())).await.expect("the server answers");
        acknowledged.lock().expect("no task panics").insert(order, (reply.status, reply.body));
    }

    let all =
        good(&mut client, Method::GET, "/rest/V1/shipments?searchCriteria&fields=items[entity_id,order_id]", "").await;
    let mut shipments: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for shipment in all["items"].as_array().expect("a list") {
        let id = |name: &str| shipment[name].as_i64().expect("an id");
        shipments.entry(id("order_id")).or_default().push(id("entity_id"));
    }
    for order in &ids {
        assert_eq!(shipments.get(order).map(Vec::len), Some(1), "order {order} has one shipment");
    }
    for (order, (status, body)) in acknowledged.lock().expect("no task panics").iter() {
        if status.is_success() {
            assert_eq!(&shipments[order][0].to_string(), body, "order {order}");
        } else {
            // The answer was lost, not the shipment; asking again says that nothing is left.
            assert!(body.contains("does not allow a shipment"), "order {order}: {body}");
        }
    }
    let verified = run(&["verify"], &database);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}
