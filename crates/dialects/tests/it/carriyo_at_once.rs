//! The Carriyo door, asked by many at once (contract `carriyo.md`, 4.5; invariants D2 and E1).

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client::{Client, text};

#[tokio::test(flavor = "multi_thread")]
async fn of_many_shipments_at_once_one_collects_on_delivery() {
    let client = Client::open().await;
    client.shop.stock("A", 20).await;
    let order = json!({
        "merchant": "DEFAULT", "partner_order_reference": "COD-1",
        "customer": {"contact_name": "Ann Doe", "contact_email": "ann@example.com"},
        "delivery_address": {"contact_name": "Ann Doe", "contact_phone": "+12015550123", "address1": "1 Main St",
            "city": "Newark", "state": "NJ", "postcode": "07101", "country": "US"},
        "payment": {"currency": "USD", "order_total": 80, "payment_on_delivery": 50},
        "line_items": [{"id": "line", "sku": "A", "description": "A", "quantity": 8, "unit_price": 10}],
        "fulfillment_orders": [{"fulfillment_location": {"partner_location_code": "default"},
            "delivery_method": "DELIVERY", "line_items": [{"id": "line", "quantity": 8}]}],
    });
    let taken = client.good("POST", "orders", &order).await;
    let (order, part) = (text(&taken["order_id"]), text(&taken["fulfillment_orders"][0]["fulfillment_order_id"]));
    let path = format!("orders/{order}/fulfillment-orders/{part}/ship");
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let (client, path) = (client.clone(), path.clone());
        let body = r#"{"line_items":[{"id":"line","quantity":1}]}"#;
        tasks.spawn(async move { client.send("POST", &path, body).await });
    }
    while let Some(reply) = tasks.join_next().await {
        let reply = reply.expect("no request panics");
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    let listed = client.good("GET", "shipments?search_string=COD-1", &Value::Null).await;
    let collected = |shipment: &Value| shipment["payment"]["pending_amount"].as_f64().expect("a number");
    let mut amounts: Vec<f64> = listed.as_array().expect("a list").iter().map(collected).collect();
    amounts.sort_by(f64::total_cmp);
    assert_eq!(amounts, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 50.0]);
    client.adds_up().await;
}

/// Each request says all lines that are wanted, so whoever comes last takes away what the others have added.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_lines_that_are_added_at_once_the_last_stays() {
    let client = Client::open().await;
    client.shop.stock("A", 20).await;
    let order = json!({
        "merchant": "DEFAULT", "partner_order_reference": "ADD-1",
        "line_items": [{"id": "line", "sku": "A", "quantity": 1, "unit_price": 10}],
        "fulfillment_orders": [{"fulfillment_location": {"partner_location_code": "default"},
            "line_items": [{"id": "line", "quantity": 1}]}],
    });
    let taken = client.good("POST", "orders", &order).await;
    let path = format!("orders/{}", text(&taken["order_id"]));
    let mut tasks = JoinSet::new();
    for at in 0..8 {
        let (client, path, id) = (client.clone(), path.clone(), format!("added-{at}"));
        let body = json!({
            "line_items": [{"id": "line", "quantity": 1}, {"id": id, "sku": "A", "quantity": 2, "unit_price": 3}],
            "fulfillment_orders": [{"fulfillment_location": {"partner_location_code": "default"},
                "line_items": [{"id": id, "quantity": 2}, {"id": "line", "quantity": 1}]}],
        });
        tasks.spawn(async move { client.send("PATCH", &path, &body.to_string()).await });
    }
    while let Some(reply) = tasks.join_next().await {
        let reply = reply.expect("no request panics");
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    let order = client.good("GET", &path, &Value::Null).await;
    let lines = order["line_items"].as_array().expect("lines");
    let mut wanted: Vec<i64> = lines.iter().map(|line| line["quantity"].as_i64().expect("pieces")).collect();
    wanted.sort_unstable();
    assert_eq!(wanted, [0, 0, 0, 0, 0, 0, 0, 1, 2], "{order}");
    assert_eq!(order["status"], "allocated", "{order}");
    client.adds_up().await;
}

/// Whoever ships while somebody adds lines is shown them as they are, with their names and prices.
#[tokio::test(flavor = "multi_thread")]
async fn who_ships_while_lines_are_added_is_shown_them_whole() {
    let client = Client::open().await;
    client.shop.stock("A", 90).await;
    for round in 0..6 {
        let reference = format!("WHOLE-{round}");
        let order = json!({
            "merchant": "DEFAULT", "partner_order_reference": reference,
            "delivery_address": {"contact_name": "Ann Doe", "contact_phone": "+12015550123", "address1": "1 Main St",
                "city": "Newark", "country": "US"},
            "line_items": [{"id": "line", "sku": "A", "quantity": 4, "unit_price": 10}],
            "fulfillment_orders": [{"fulfillment_location": {"partner_location_code": "default"},
                "line_items": [{"id": "line", "quantity": 4}]}],
        });
        let taken = client.good("POST", "orders", &order).await;
        let (order, part) = (text(&taken["order_id"]), text(&taken["fulfillment_orders"][0]["fulfillment_order_id"]));
        let mut tasks = JoinSet::new();
        for at in 0..6 {
            let (client, order) = (client.clone(), order.to_owned());
            let (method, path, body) = if at % 2 == 0 {
                let line = json!({"id": format!("added-{at}"), "sku": "A", "quantity": 1, "unit_price": 3});
                let lines = json!({"line_items": [{"id": "line", "quantity": 4}, line]});
                ("PATCH", format!("orders/{order}"), lines)
            } else {
                let lines = json!({"line_items": [{"id": "line", "quantity": 1}]});
                ("POST", format!("orders/{order}/fulfillment-orders/{part}/ship"), lines)
            };
            tasks.spawn(async move { client.send(method, &path, &body.to_string()).await });
        }
        while let Some(reply) = tasks.join_next().await {
            let reply = reply.expect("no request panics");
            assert_eq!(reply.status, 200, "{}", reply.body);
            let answer: Value = serde_json::from_str(&reply.body).expect("an answer is JSON");
            let lines = answer["line_items"].as_array().expect("lines");
            let is_whole =
                |line: &Value| line["id"] != "" && line["unit_price"].as_f64().is_some_and(|price| price > 0.0);
            assert!(lines.iter().all(is_whole), "{}", reply.body);
        }
    }
    client.adds_up().await;
}
