//! Idempotency keys: the same key gets the same answer and has one effect (invariant E2).

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::shop::{Reply, Shop};

async fn keyed(shop: &Shop, path: &str, body: &str, key: &str) -> Reply {
    let bearer = format!("Bearer {}", shop.token);
    shop.send_with("POST", path, body, &[("authorization", &bearer), ("idempotency-key", key)]).await
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_ships_once() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let (order, item) = shop.order("A", 5).await;
    let (path, body) =
        (format!("/rest/V1/order/{order}/ship"), format!(r#"{{"items":[{{"order_item_id":{item},"qty":1}}]}}"#));
    let first = keyed(&shop, &path, &body, "one").await;
    assert_eq!((first.status, first.replayed), (200, false));
    // Bare or quoted, it is the same key; so is the same body with other blanks.
    for key in ["one", "\"one\""] {
        let again = keyed(&shop, &path, &body.replace(',', " , "), key).await;
        assert_eq!((again.status, again.replayed, &again.body), (200, true, &first.body));
    }
    let other = keyed(&shop, &path, &body, "two").await;
    assert_ne!(other.body, first.body);
    let order = shop.good("GET", &format!("/rest/V1/orders/{order}"), "").await;
    assert_eq!(order["items"][0]["qty_shipped"], 2);
}

#[tokio::test]
async fn an_object_is_answered_again_as_it_was_then() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let body = r#"{"entity":{"customer_email":"a@example.com","payment":{"method":"checkmo"},
        "items":[{"sku":"A","qty_ordered":1,"price":10}]}}"#;
    let first = keyed(&shop, "/rest/V1/orders", body, "order").await;
    assert_eq!(first.status, 200);
    let order: serde_json::Value = serde_json::from_str(&first.body).expect("an order is JSON");
    shop.good("POST", &format!("/rest/V1/orders/{}/cancel", order["entity_id"]), "").await;
    let again = keyed(&shop, "/rest/V1/orders", body, "order").await;
    assert_eq!((again.replayed, again.body), (true, first.body));
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let (order, item) = shop.order("A", 5).await;
    let path = format!("/rest/V1/order/{order}/ship");
    let body = |quantity: i64| format!(r#"{{"items":[{{"order_item_id":{item},"qty":{quantity}}}]}}"#);
    assert_eq!(keyed(&shop, &path, &body(1), "one").await.status, 200);
    let refused = keyed(&shop, &path, &body(2), "one").await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Idempotency-Key"), "{}", refused.body);
    assert_eq!(keyed(&shop, &path, &body(1), "").await.status, 400);
    assert_eq!(keyed(&shop, &path, &body(1), &"x".repeat(300)).await.status, 400);
}

#[tokio::test]
async fn a_refusal_does_not_use_the_key_up() {
    let shop = Shop::open().await;
    shop.stock("A", 1).await;
    let body = r#"{"entity":{"customer_email":"a@example.com","items":[{"sku":"A","qty_ordered":2,"price":10}]}}"#;
    assert_eq!(keyed(&shop, "/rest/V1/orders", body, "k").await.status, 400);
    shop.stock("A", 5).await;
    assert_eq!(keyed(&shop, "/rest/V1/orders", body, "k").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_at_once_have_one_effect_and_equal_answers() {
    let shop = Arc::new(Shop::open().await);
    shop.stock("A", 100).await;
    let (order, item) = shop.order("A", 100).await;
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let shop = shop.clone();
        tasks.spawn(async move {
            let body = format!(r#"{{"items":[{{"order_item_id":{item},"qty":1}}]}}"#);
            keyed(&shop, &format!("/rest/V1/order/{order}/ship"), &body, "once").await
        });
    }
    let mut bodies = std::collections::BTreeSet::new();
    while let Some(reply) = tasks.join_next().await {
        let reply = reply.expect("no request panics");
        assert_eq!(reply.status, 200, "{}", reply.body);
        bodies.insert(reply.body);
    }
    assert_eq!(bodies.len(), 1);
    let order = shop.good("GET", &format!("/rest/V1/orders/{order}"), "").await;
    assert_eq!(order["items"][0]["qty_shipped"], 1);
}

/// An order of one piece for ten, whose money is at the sandbox gateway; what it does says `words`.
async fn paid_order(shop: &Shop, words: &str) -> i64 {
    let body = format!(
        r#"{{"entity":{{"customer_email":"a@example.com","payment":{{"method":"rehearsal",
        "additional_information":["{words}"]}},"items":[{{"sku":"A","qty_ordered":2,"price":10}}]}}}}"#
    );
    shop.good("POST", "/rest/V1/orders", &body).await["entity_id"].as_i64().expect("an order has an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_captures_at_once_take_the_money_once() {
    for words in ["ok", "lost-after", "lost-before", "error-after", "twice"] {
        let shop = Arc::new(Shop::open().await);
        shop.stock("A", 100).await;
        let order = paid_order(&shop, words).await;
        let mut tasks = JoinSet::new();
        for _ in 0..64 {
            let shop = shop.clone();
            tasks.spawn(async move {
                keyed(&shop, &format!("/rest/V1/order/{order}/invoice"), r#"{"capture":true}"#, "once").await
            });
        }
        while let Some(reply) = tasks.join_next().await {
            let reply = reply.expect("no request panics");
            assert!(matches!(reply.status, 200 | 409), "{words}: {}", reply.body);
        }
        // Who was not told is told when they ask again.
        shop.advance(5_000);
        let path = format!("/rest/V1/order/{order}/invoice");
        let again = keyed(&shop, &path, r#"{"capture":true}"#, "once").await;
        assert_eq!((again.status, again.body.as_str(), again.replayed), (200, "1", true), "{words}");
        let order = shop.good("GET", &format!("/rest/V1/orders/{order}"), "").await;
        assert_eq!(order["total_paid"], 20, "{words}");
        assert_eq!(shop.verify().await, Vec::<String>::new(), "{words}");
    }
}

#[tokio::test]
async fn a_key_is_busy_while_a_gateway_is_asked() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let order = paid_order(&shop, "late").await;
    let path = format!("/rest/V1/order/{order}/invoice");
    let (body, other) = (r#"{"capture":true}"#, r#"{"capture":true,"notify":true}"#);
    assert_eq!(keyed(&shop, &path, body, "one").await.status, 409);
    assert_eq!(keyed(&shop, &path, other, "one").await.status, 409);
    shop.advance(5_000);
    let done = keyed(&shop, &path, body, "one").await;
    assert_eq!((done.status, done.body.as_str()), (200, "1"));
    assert_eq!(keyed(&shop, &path, other, "one").await.status, 422);
}

#[tokio::test]
async fn who_asks_often_is_answered_as_soon_as_who_waits() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let order = paid_order(&shop, "lost-after").await;
    let path = format!("/rest/V1/order/{order}/invoice");
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(keyed(&shop, &path, r#"{"capture":true}"#, "one").await.status);
        shop.advance(900);
    }
    assert_eq!(answers, [409, 409, 409, 200, 200]);
}

#[tokio::test]
async fn a_declined_capture_is_declined_again_under_its_key() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let order = paid_order(&shop, "decline").await;
    let path = format!("/rest/V1/order/{order}/invoice");
    let first = keyed(&shop, &path, r#"{"capture":true}"#, "one").await;
    assert_eq!(first.status, 400);
    let again = keyed(&shop, &path, r#"{"capture":true}"#, "one").await;
    assert_eq!((again.status, again.body), (400, first.body));
    let comments = shop.good("GET", &format!("/rest/V1/orders/{order}/comments"), "").await;
    assert_eq!(comments["total_count"], 2, "{comments}");
}

#[tokio::test]
async fn an_errand_sees_to_what_its_process_left_behind() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    for words in ["lost-before", "lost-after", "late", "stall"] {
        let order = paid_order(&shop, words).await;
        let path = format!("/rest/V1/order/{order}/invoice");
        assert_eq!(shop.send("POST", &path, r#"{"capture":true}"#).await.status, 409);
        // Longer than the gateway knows a key.
        shop.advance(2 * 24 * 3_600_000);
        shop.engine.work().await.expect("the database is there");
        let order = shop.good("GET", &format!("/rest/V1/orders/{order}"), "").await;
        assert_eq!(order["total_paid"], 20, "{words}");
    }
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

#[tokio::test]
async fn keys_are_of_one_caller() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let (order, item) = shop.order("A", 5).await;
    let body = format!(r#"{{"items":[{{"order_item_id":{item},"qty":1}}]}}"#);
    let path = format!("/rest/V1/order/{order}/ship");
    let first = keyed(&shop, &path, &body, "one").await;
    let other = format!("Bearer {}", shop.limited(&["Magento_Sales::ship"]).await);
    let second = shop.send_with("POST", &path, &body, &[("authorization", &other), ("idempotency-key", "one")]).await;
    assert_eq!((second.status, second.replayed), (200, false));
    assert_ne!(first.body, second.body);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let (order, item) = shop.order("A", 5).await;
    let body = format!(r#"{{"items":[{{"order_item_id":{item},"qty":1}}]}}"#);
    let path = format!("/rest/V1/order/{order}/ship");
    let first = keyed(&shop, &path, &body, "one").await;
    shop.advance(24 * 3_600_000 - 1);
    assert_eq!(keyed(&shop, &path, &body, "one").await.body, first.body);
    shop.advance(3_600_000);
    // It is forgotten by an errand.
    shop.engine.work().await.expect("the database is there");
    let later = keyed(&shop, &path, &body, "one").await;
    assert_eq!((later.status, later.replayed), (200, false));
    assert_ne!(later.body, first.body);
}
