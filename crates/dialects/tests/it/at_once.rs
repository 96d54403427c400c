//! Many at once: what is there is given out exactly once (invariants S1, S2, D1).

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::shop::{Reply, Shop};

/// Sends the same requests at once, and counts the answers by status and message.
async fn at_once(shop: &Arc<Shop>, requests: Vec<(String, String)>) -> BTreeMap<(u16, String), usize> {
    let mut tasks = JoinSet::new();
    for (path, body) in requests {
        let shop = shop.clone();
        tasks.spawn(async move { shop.send("POST", &path, &body).await });
    }
    let mut counts = BTreeMap::new();
    while let Some(reply) = tasks.join_next().await {
        let Reply { status, body, .. } = reply.expect("no request panics");
        let text: serde_json::Value = serde_json::from_str(&body).expect("answers are JSON");
        let message = text["message"].as_str().unwrap_or("good").to_owned();
        *counts.entry((status, message)).or_insert(0) += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_ship_the_last_unit_of_one_order_and_one_succeeds() {
    let shop = Arc::new(Shop::open().await);
    shop.stock("LAST", 1).await;
    let (order, _) = shop.order("LAST", 1).await;
    let requests = (0..200).map(|_| (format!("/rest/V1/order/{order}/ship"), "{}".to_owned())).collect();
    let counts = at_once(&shop, requests).await;
    let refusal = "Shipment Document Validation Error(s):\nThe order does not allow a shipment to be created.\n\
        You can't create a shipment without products.";
    assert_eq!(counts, BTreeMap::from([((200, "good".to_owned()), 1), ((400, refusal.to_owned()), 199)]));
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_orders_ship_the_last_unit_at_a_source_and_one_succeeds() {
    let shop = Arc::new(Shop::open().await);
    shop.stock("LAST", 200).await;
    let mut requests = Vec::new();
    for _ in 0..200 {
        let (order, _) = shop.order("LAST", 1).await;
        requests.push((format!("/rest/V1/order/{order}/ship"), "{}".to_owned()));
    }
    // Somebody counts, and only one is there.
    let count = r#"{"sourceItems":[{"sku":"LAST","source_code":"default","quantity":1,"status":1}]}"#;
    shop.good("POST", "/rest/V1/inventory/source-items", count).await;
    let counts = at_once(&shop, requests).await;
    let refusal = "Could not save a shipment, see error log for details";
    assert_eq!(counts, BTreeMap::from([((200, "good".to_owned()), 1), ((400, refusal.to_owned()), 199)]));
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_buyers_of_fifty_units_fifty_get_one() {
    let shop = Arc::new(Shop::open().await);
    shop.stock("RARE", 50).await;
    let body = r#"{"entity":{"customer_email":"a@example.com","payment":{"method":"checkmo"},
        "items":[{"sku":"rare ","qty_ordered":1,"price":10}]}}"#;
    let requests = (0..200).map(|_| ("/rest/V1/orders".to_owned(), body.to_owned())).collect();
    let counts = at_once(&shop, requests).await;
    assert_eq!(
        counts,
        BTreeMap::from([((200, "good".to_owned()), 50), ((400, "Not enough items for sale".to_owned()), 150)])
    );
    let salable = shop.good("GET", "/rest/V1/inventory/get-product-salable-quantity/RARE/1", "").await;
    assert_eq!(salable, 0);
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn ship_invoice_cancel_and_hold_at_once_leave_an_order_that_adds_up() {
    let shop = Arc::new(Shop::open().await);
    shop.stock("BUSY", 1_000).await;
    let mut requests = Vec::new();
    for _ in 0..40 {
        let (order, item) = shop.order("BUSY", 5).await;
        let one = format!(r#"{{"items":[{{"order_item_id":{item},"qty":1}}]}}"#);
        for _ in 0..3 {
            requests.push((format!("/rest/V1/order/{order}/ship"), one.clone()));
            requests.push((format!("/rest/V1/order/{order}/invoice"), one.clone()));
        }
        requests.push((format!("/rest/V1/orders/{order}/cancel"), String::new()));
        requests.push((format!("/rest/V1/orders/{order}/hold"), String::new()));
        requests.push((format!("/rest/V1/orders/{order}/unhold"), String::new()));
    }
    let counts = at_once(&shop, requests).await;
    assert!(counts.keys().all(|(status, _)| *status == 200 || *status == 400), "{counts:?}");
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

/// Five pieces that are invoiced, at the sandbox gateway or by cheque; the order, its line, and its invoice.
async fn invoiced(shop: &Shop, payment: &str) -> (i64, i64) {
    let body = format!(
        r#"{{"entity":{{"customer_email":"a@example.com","payment":{payment},
        "items":[{{"sku":"A","qty_ordered":5,"price":10}}]}}}}"#
    );
    let made = shop.good("POST", "/rest/V1/orders", &body).await;
    let order = made["entity_id"].as_i64().expect("an order has an id");
    shop.good("POST", &format!("/rest/V1/order/{order}/invoice"), r#"{"capture":true}"#).await;
    (order, made["items"][0]["item_id"].as_i64().expect("a line has an id"))
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_four_refunds_of_one_piece_five_are_made_of_five() {
    let offline = r#"{"method":"checkmo"}"#;
    let online = r#"{"method":"rehearsal","additional_information":["refund-lost-after"]}"#;
    for (payment, extra) in [(offline, ""), (online, r#""isOnline":true,"#)] {
        let shop = Arc::new(Shop::open().await);
        shop.stock("A", 100).await;
        let (order, item) = invoiced(&shop, payment).await;
        let path = if extra.is_empty() {
            format!("/rest/V1/order/{order}/refund")
        } else {
            "/rest/V1/invoice/1/refund".to_owned()
        };
        let body = format!(r#"{{{extra}"items":[{{"order_item_id":{item},"qty":1}}]}}"#);
        // Whoever a silent gateway kept waiting too long asks again.
        let mut made = 0;
        for _ in 0..20 {
            let counts = at_once(&shop, vec![(path.clone(), body.clone()); 64]).await;
            assert!(counts.keys().all(|(status, _)| matches!(status, 200 | 400 | 409)), "{counts:?}");
            made += counts.iter().filter(|((status, _), _)| *status == 200).map(|(_, count)| count).sum::<usize>();
            shop.advance(5_000);
            shop.engine.work().await.expect("the database is there");
        }
        let found = shop.good("GET", &format!("/rest/V1/orders/{order}"), "").await;
        assert_eq!(found["items"][0]["qty_refunded"], 5, "{payment}");
        assert_eq!(found["total_refunded"], 50, "{payment}");
        let memos = shop.good("GET", "/rest/V1/creditmemos?searchCriteria&fields=total_count", "").await;
        assert_eq!(memos["total_count"], 5, "{payment}");
        assert!(made <= 5, "{payment}: {made} were told that they made one");
        assert_eq!(shop.verify().await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn captures_ships_refunds_and_cancels_at_once_leave_money_that_adds_up() {
    let shop = Arc::new(Shop::open().await);
    shop.stock("A", 1_000).await;
    let mut requests = Vec::new();
    for words in ["ok", "lost-after", "lost-before", "decline", "error-after", "refund-lost-after", "refund-decline"] {
        for _ in 0..3 {
            let body = format!(
                r#"{{"entity":{{"customer_email":"a@example.com","payment":{{"method":"rehearsal",
                "additional_information":["{words}"]}},"items":[{{"sku":"A","qty_ordered":4,"price":10}}]}}}}"#
            );
            let made = shop.good("POST", "/rest/V1/orders", &body).await;
            let (order, item) = (&made["entity_id"], &made["items"][0]["item_id"]);
            let one = format!(r#""items":[{{"order_item_id":{item},"qty":1}}]"#);
            for _ in 0..2 {
                requests.push((format!("/rest/V1/order/{order}/invoice"), format!(r#"{{{one},"capture":true}}"#)));
                let paid = r#""arguments":{"extension_attributes":{"waybill_capture":true}}"#;
                requests.push((format!("/rest/V1/order/{order}/ship"), format!("{{{one},{paid}}}")));
                requests.push((format!("/rest/V1/order/{order}/refund"), format!("{{{one}}}")));
            }
            requests.push((format!("/rest/V1/orders/{order}/cancel"), String::new()));
        }
    }
    let counts = at_once(&shop, requests).await;
    assert!(counts.keys().all(|(status, _)| matches!(status, 200 | 400 | 409)), "{counts:?}");
    for _ in 0..5 {
        shop.advance(1_000_000);
        shop.engine.work().await.expect("the database is there");
    }
    assert_eq!(shop.good("GET", "/api/v1/payment-operations", "").await["items"], serde_json::json!([]));
    assert_eq!(shop.verify().await, Vec::<String>::new());
}
