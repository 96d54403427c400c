//! Systems that cannot send idempotency keys: what they repeat for a while is one request (invariant E2).

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use waybill_domain::{OrderId, Permissions};

use crate::shop::{Shop, TENANT};

/// The token of a system that sends no keys: what it repeats within a minute is the same.
async fn forgetful(shop: &Shop) -> String {
    let minute = Some(Duration::from_secs(60));
    let token = shop.engine.issue_token(TENANT, "forgetful", Permissions::All, minute).await;
    format!("Bearer {}", token.expect("a token is made"))
}

async fn shipped(shop: &Shop, order: i64) -> serde_json::Value {
    shop.good("GET", &format!("/rest/V1/orders/{order}"), "").await["items"][0]["qty_shipped"].clone()
}

#[tokio::test]
async fn who_cannot_send_keys_may_repeat_requests_for_documents_for_a_while() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let (order, item) = shop.order("A", 5).await;
    let bearer = forgetful(&shop).await;
    let path = format!("/rest/V1/order/{order}/ship");
    let body = |quantity: i64| format!(r#"{{"items":[{{"order_item_id":{item},"qty":{quantity}}}]}}"#);
    let ship = async |bearer: &str, body: &str| shop.send_with("POST", &path, body, &[("authorization", bearer)]).await;

    let first = ship(&bearer, &body(1)).await;
    assert_eq!((first.status, first.replayed), (200, false));
    let again = ship(&bearer, &body(1).replace(',', " , ")).await;
    assert_eq!((again.status, again.replayed, &again.body), (200, true, &first.body));
    // Another request is another one; so is the same of somebody else, and the same with a key.
    let other = ship(&bearer, &body(2)).await;
    assert_eq!((other.status, other.replayed), (200, false));
    let somebody_else = ship(&format!("Bearer {}", shop.token), &body(1)).await;
    assert_eq!((somebody_else.status, somebody_else.replayed), (200, false));
    assert_eq!(shipped(&shop, order).await, 4);

    // After a minute it is meant anew, and again for a minute.
    shop.advance(60_000);
    let anew = ship(&bearer, &body(1)).await;
    assert_eq!((anew.status, anew.replayed), (200, false));
    assert_ne!(anew.body, first.body);
    let again = ship(&bearer, &body(1)).await;
    assert_eq!((again.status, again.replayed, again.body), (200, true, anew.body));
    assert_eq!(shipped(&shop, order).await, 5);
}

#[tokio::test]
async fn what_makes_no_document_is_done_as_often_as_it_is_asked_for() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let (order, _) = shop.order("A", 5).await;
    let bearer = forgetful(&shop).await;
    for verb in ["hold", "unhold", "hold", "unhold"] {
        let path = format!("/rest/V1/orders/{order}/{verb}");
        let reply = shop.send_with("POST", &path, "", &[("authorization", &bearer)]).await;
        assert_eq!((reply.status, reply.replayed, reply.body.as_str()), (200, false, "true"), "{verb}");
    }
}

#[tokio::test]
async fn a_declined_payment_is_tried_again_where_no_key_was_sent() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let body = r#"{"entity":{"customer_email":"a@example.com","payment":{"method":"rehearsal",
        "additional_information":["decline"]},"items":[{"sku":"A","qty_ordered":2,"price":10}]}}"#;
    let order = shop.good("POST", "/rest/V1/orders", body).await["entity_id"].as_i64().expect("an order has an id");
    let bearer = forgetful(&shop).await;
    let path = format!("/rest/V1/order/{order}/invoice");
    let invoice = async || shop.send_with("POST", &path, r#"{"capture":true}"#, &[("authorization", &bearer)]).await;
    let asked = async || {
        let operations = shop.engine.read(move |view| view.operations_of(TENANT, OrderId(order))).await;
        operations.expect("the database can be read").len()
    };
    assert_eq!((invoice().await.status, asked().await), (400, 2));
    assert_eq!((invoice().await.status, asked().await), (400, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_equal_requests_without_a_key_ship_once() {
    let shop = Arc::new(Shop::open().await);
    shop.stock("A", 100).await;
    let (order, item) = shop.order("A", 100).await;
    let bearer = Arc::new(forgetful(&shop).await);
    let mut clients = JoinSet::new();
    for _ in 0..64 {
        let (shop, bearer) = (shop.clone(), bearer.clone());
        clients.spawn(async move {
            let body = format!(r#"{{"items":[{{"order_item_id":{item},"qty":1}}]}}"#);
            let path = format!("/rest/V1/order/{order}/ship");
            shop.send_with("POST", &path, &body, &[("authorization", &bearer)]).await
        });
    }
    let replies = clients.join_all().await;
    assert!(replies.iter().all(|reply| (reply.status, &reply.body) == (200, &replies[0].body)));
    assert_eq!(replies.iter().filter(|reply| !reply.replayed).count(), 1);
    assert_eq!(shipped(&shop, order).await, 1);
}
