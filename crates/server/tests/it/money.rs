//! `kill -9` of the server while money moves: what the gateways did is what we say they did, once (invariants M1, M2).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hyper::{Method, StatusCode};
use serde_json::Value;
use tokio::task::JoinSet;
use waybill_bench::Client;
use waybill_harness::LocalStripe;

use crate::running::{Server, database, good, orders, run, token};

const KILLS: usize = 50;
const CLIENTS: usize = 16;
const ORDERS: usize = 400;
/// How long a part of the orders may take at the most: what is longer has come to a stop.
const LONGEST_PART: Duration = Duration::from_secs(60);

/// How the sandbox behaves, by turns; `None` is an order whose money is at Stripe.
const WORDS: [Option<&str>; 8] =
    [Some("ok"), None, Some("lost-after"), None, Some("lost-before"), None, Some("error-after"), None];

/// Orders on their way: each is shipped by one client at a time, with one key, until the server says what became of it.
#[derive(Clone)]
struct Load {
    waiting: Arc<Mutex<Vec<i64>>>,
    shipped: Arc<Mutex<BTreeMap<i64, String>>>,
}

impl Load {
    fn of(ids: &[i64]) -> Load {
        Load { waiting: Arc::new(Mutex::new(ids.to_vec())), shipped: Arc::default() }
    }

    fn shipped(&self) -> usize {
        self.shipped.lock().expect("no task panics").len()
    }

    /// Ships one order after the other, each paid first, until the server is gone.
    async fn ship(self, mut client: Client) {
        let body = r#"{"arguments":{"extension_attributes":{"waybill_capture":true}}}"#;
        loop {
            let Some(order) = self.waiting.lock().expect("no task panics").pop() else { return };
            client.key(&format!("ship-{order}"));
            let path = format!("/rest/V1/order/{order}/ship");
            match client.send(Method::POST, &path, Some(body.to_owned())).await {
                Ok(reply) if reply.status == StatusCode::OK => {
                    self.shipped.lock().expect("no task panics").insert(order, reply.body);
                }
                // The gateway has not answered: somebody asks for it later.
                Ok(reply) if reply.status == StatusCode::CONFLICT => {
                    self.waiting.lock().expect("no task panics").insert(0, order);
                    tokio::task::yield_now().await;
                }
                Ok(reply) if reply.status != StatusCode::SERVICE_UNAVAILABLE => {
                    panic!("order {order}: {} {}", reply.status, reply.body)
                }
                Ok(_) | Err(_) => {
                    self.waiting.lock().expect("no task panics").push(order);
                    return;
                }
            }
        }
    }

    async fn part(&self, kill: usize) {
        let began = Instant::now();
        while self.shipped() < (kill + 1) * ORDERS / (KILLS + 2) {
            assert!(began.elapsed() < LONGEST_PART, "only {} orders were shipped", self.shipped());
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_server_while_it_captures_takes_no_money_twice_and_loses_none() {
    let stripe = LocalStripe::start().unwrap_or_else(|error| panic!("{error}"));
    let settings = [
        ("WAYBILL_STRIPE_SECRET_KEY", "sk_test_12345".to_owned()),
        ("WAYBILL_STRIPE_WEBHOOK_SECRET", "whsec_12345".to_owned()),
        ("WAYBILL_STRIPE_URL", stripe.url()),
    ];
    let database = database();
    let bearer = token(database.url());
    let mut server = Server::with(database.url(), &settings);
    let mut client = server.connect(&bearer).await;
    orders(&mut client, 0).await;
    let mut ids = Vec::new();
    for number in 0..ORDERS {
        let payment = match WORDS[number % WORDS.len()] {
            Some(words) => format!(r#"{{"method":"rehearsal","additional_information":["{words}"]}}"#),
            None => r#"{"method":"stripe","additional_information":["pm_card_visa"]}"#.to_owned(),
        };
        let order = format!(
            r#"{{"entity":{{"customer_email":"a@example.com","payment":{payment},
            "items":[{{"sku":"A","qty_ordered":1,"price":{}.25}}]}}}}"#,
            10 + number
        );
        let made = good(&mut client, Method::POST, "/rest/V1/orders?fields=entity_id", &order).await;
        ids.push(made["entity_id"].as_i64().expect("an order has an id"));
    }
    let load = Load::of(&ids);
    for kill in 0..KILLS {
        let mut tasks = JoinSet::new();
        for _ in 0..CLIENTS {
            tasks.spawn(load.clone().ship(server.connect(&bearer).await));
        }
        load.part(kill).await;
        server.kill_and_restart();
        while let Some(task) = tasks.join_next().await {
            task.expect("no client panics");
        }
    }
    let began = Instant::now();
    while load.shipped() < ORDERS {
        assert!(began.elapsed() < LONGEST_PART, "only {} orders were shipped", load.shipped());
        load.clone().ship(server.connect(&bearer).await).await;
    }
    check(&mut server.connect(&bearer).await, &load, database.url()).await;
    check_stripe(&stripe, &mut server.connect(&bearer).await).await;
}

/// Each order has one shipment, the one that was answered, and one invoice over all of it; and all adds up, the
/// sandbox's own ledger too.
async fn check(client: &mut Client, load: &Load, url: &str) {
    let by_order = |list: &Value| {
        let mut found: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for document in list["items"].as_array().expect("a list") {
            let id = |name: &str| document[name].as_i64().expect("an id");
            found.entry(id("order_id")).or_default().push(id("entity_id"));
        }
        found
    };
    let path = "/rest/V1/shipments?searchCriteria&fields=items[entity_id,order_id]";
    let shipments = by_order(&good(client, Method::GET, path, "").await);
    let path = "/rest/V1/invoices?searchCriteria&fields=items[entity_id,order_id]";
    let invoices = by_order(&good(client, Method::GET, path, "").await);
    for (order, answer) in load.shipped.lock().expect("no task panics").iter() {
        let made = shipments.get(order).cloned().unwrap_or_default();
        assert_eq!(made.iter().map(i64::to_string).collect::<Vec<_>>(), [answer.as_str()], "order {order}");
        assert_eq!(invoices.get(order).map(Vec::len), Some(1), "order {order} has one invoice");
    }
    assert_eq!((shipments.len(), invoices.len()), (ORDERS, ORDERS));
    let verified = run(&["verify", "--money"], url);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

/// What Stripe took is what our invoices say, intent by intent.
async fn check_stripe(stripe: &LocalStripe, client: &mut Client) {
    let path = "/rest/V1/invoices?searchCriteria&fields=items[transaction_id,grand_total]";
    let invoices = good(client, Method::GET, path, "").await;
    let mut ours: BTreeMap<String, i64> = BTreeMap::new();
    for invoice in invoices["items"].as_array().expect("a list") {
        let reference = invoice["transaction_id"].as_str().expect("each was captured at a gateway");
        if reference.starts_with("pi_") {
            let cents = invoice["grand_total"].to_string().replace('.', "").parse().expect("a total with cents");
            assert_eq!(ours.insert(reference.to_owned(), cents), None, "{reference} is captured once");
        }
    }
    let mut theirs: BTreeMap<String, i64> = BTreeMap::new();
    for intent in stripe_list(stripe, "/v1/payment_intents").await {
        let captured: i64 = intent["charges"]["data"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|charge| charge["captured"] == true)
            .map(|charge| charge["amount"].as_i64().expect("cents") - charge["amount_refunded"].as_i64().unwrap_or(0))
            .sum();
        if captured > 0 {
            theirs.insert(intent["id"].as_str().expect("an id").to_owned(), captured);
        }
    }
    assert_eq!(ours.len(), ORDERS / 2);
    assert_eq!(ours, theirs);
}

/// Everything in one of Stripe's lists.
async fn stripe_list(stripe: &LocalStripe, path: &str) -> Vec<Value> {
    let host = stripe.url().trim_start_matches("http://").to_owned();
    let mut client = Client::connect(&host).await.expect("localstripe is there");
    client.authorize("sk_test_12345");
    let (mut all, mut after) = (Vec::<Value>::new(), String::new());
    loop {
        let list = good(&mut client, Method::GET, &format!("{path}?limit=100{after}"), "").await;
        all.extend(list["data"].as_array().expect("a list").iter().cloned());
        match all.last() {
            Some(last) if list["has_more"] == true => {
                after = format!("&starting_after={}", last["id"].as_str().expect("an id"));
            }
            _ => return all,
        }
    }
}
