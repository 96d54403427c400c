//! The Carriyo door, asked the same again: under its key a request is answered as it was then (border sentence 7), and what
//! an act on an order answers is what is shown of that order afterwards.

use serde_json::{Value, json};

use crate::client::{Client, text};

/// A client that writes each thing twice.
struct Twice {
    client: Client,
    written: usize,
}

impl Twice {
    /// Has a write carried out, asks for it again under its key, and under the same key for something else.
    async fn write(&mut self, method: &str, path: &str, body: &Value) -> Value {
        self.written += 1;
        let (key, text) = (format!("key {}", self.written), body.to_string());
        let told = format!("{method} {path} {text}");
        let first = self.client.keyed(method, path, &text, &key).await;
        assert!(first.status == 200 && !first.replayed, "{told}: {}", first.body);
        let answer: Value = serde_json::from_str(&first.body).expect("an answer is JSON");
        if let Some(order) = answer["order_id"].as_str().filter(|_| path.starts_with("orders")) {
            let shown = self.client.good("GET", &format!("orders/{order}"), &Value::Null).await;
            assert_eq!(answer, shown, "{told}");
        }
        // Meanwhile the shop goes on, a second later.
        self.client.shop.advance(1_000);
        self.meanwhile().await;
        for _ in 0..2 {
            let again = self.client.keyed(method, path, &text, &key).await;
            assert_eq!((again.status, &again.body, again.replayed), (200, &first.body, true), "{told}");
        }
        let mut other = body.clone();
        other["more"] = json!({});
        let refused = self.client.keyed(method, path, &other.to_string(), &key).await;
        assert_eq!(refused.status, 422, "{told}: {}", refused.body);
        self.client.adds_up().await;
        answer
    }
}

impl Twice {
    /// Somebody else says something else of the orders that there are.
    async fn meanwhile(&self) {
        let orders = self.client.good("GET", "orders", &Value::Null).await;
        for order in orders.as_array().expect("a list") {
            let said = json!({"language": format!("x{}", self.written)});
            self.client.good("PATCH", &format!("orders/{}", text(&order["order_id"])), &said).await;
        }
    }
}

fn part(order: &Value, at: usize) -> String {
    text(&order["fulfillment_orders"][at]["fulfillment_order_id"])
}

/// What the first row has that has it.
fn of_rows(order: &Value, has: fn(&Value) -> Option<&str>) -> String {
    let rows = order["fulfillment_orders"][0]["line_items"].as_array().expect("a list");
    rows.iter().find_map(has).unwrap_or_else(|| panic!("{order} has no such row")).to_owned()
}

fn line(quantity: i64) -> Value {
    json!({"line_items": [{"id": "line", "quantity": quantity}]})
}

#[tokio::test]
async fn every_write_that_comes_again_under_its_key_is_answered_alike_and_done_once() {
    let client = Client::open().await;
    client.shop.stock("A", 20).await;
    let mut twice = Twice { client, written: 0 };
    let account = json!({"carrier_account_id": "own", "carrier_account_name": "Own fleet", "carrier": "OWN"});
    twice.write("POST", "carrier-accounts", &account).await;
    twice.write("PUT", "carrier-accounts/own", &json!({"carrier_account_name": "Vans"})).await;
    let address = json!({"contact_name": "Ann Doe", "contact_phone": "+12015550123", "address1": "1 Main St",
        "city": "Newark", "state": "NJ", "postcode": "07101", "country": "US"});
    let order = json!({
        "merchant": "DEFAULT", "partner_order_reference": "TWICE", "delivery_address": address,
        "line_items": [{"id": "line", "sku": "A", "quantity": 9, "unit_price": 10}],
        "fulfillment_orders": [{"location_id": "default", "line_items": [{"id": "line", "quantity": 9}]}],
    });
    let order = twice.write("POST", "orders", &order).await;
    let of_order = format!("orders/{}", text(&order["order_id"]));
    let of_part = |at: &str| format!("{of_order}/fulfillment-orders/{at}");
    let first = part(&order, 0);
    // Each of these may be done once only.
    let split = twice.write("POST", &format!("{}/split", of_part(&first)), &line(6)).await;
    let merge = json!({"source": {"fulfillment_order_id": part(&split, 1)},
        "destination": {"fulfillment_order_id": first}});
    let merged = twice.write("POST", &format!("{of_order}/fulfillment-orders/merge"), &merge).await;
    assert_eq!(merged["fulfillment_orders"].as_array().map(Vec::len), Some(1), "{merged}");
    let window = json!({"scheduled_from": "2026-12-01T08:00:00Z", "scheduled_to": "2026-12-01T10:00:00Z"});
    twice.write("PATCH", &format!("{}/update-schedule", of_part(&first)), &window).await;
    twice.write("PATCH", &format!("{}/update-address", of_part(&first)), &address).await;
    let mut fewer = line(8);
    fewer["sales_channel"] = json!("phone");
    twice.write("PATCH", &of_order, &fewer).await;
    let other = json!({"line_items": [{"id": "line", "quantity": 8}, {"sku": "A", "quantity": 2, "unit_price": 3}]});
    let grown = twice.write("PATCH", &of_order, &other).await;
    assert_eq!(grown["line_items"].as_array().map(Vec::len), Some(2), "{grown}");
    twice.write("PATCH", &of_order, &line(8)).await;
    twice.write("PATCH", &of_order, &json!({"sales_channel": "shop"})).await;
    let parts = json!({"fulfillment_orders": [{"fulfillment_order_id": first,
        "line_items": [{"id": "line", "quantity": 8}]}]});
    twice.write("PATCH", &of_order, &parts).await;
    let reference = json!({"partner_fulfillment_order_reference": "PART"});
    twice.write("PATCH", &format!("{}/update-partner-references", of_part(&first)), &reference).await;
    let shipped = twice.write("POST", &format!("{}/ship", of_part(&first)), &line(4)).await;
    let sent = of_rows(&shipped, |row| row["shipment_ids"][0].as_str());
    let fulfilled = twice.write("POST", &format!("{}/fulfill", of_part(&first)), &line(2)).await;
    let packed = of_rows(&fulfilled, |row| row["fulfillment_id"].as_str());
    let take_back = json!({"fulfillment_ids": [packed]});
    twice.write("POST", &format!("{}/unfulfill", of_part(&first)), &take_back).await;
    let cancel = json!({"line_items": [{"id": "line", "quantity": 2}], "cancellation_reason": "STAFF_ERROR"});
    twice.write("POST", &format!("{}/cancel", of_part(&first)), &cancel).await;
    twice.write("POST", &format!("shipments/{sent}/update-status"), &json!({"new_status": "shipped"})).await;
    let draft = json!({"merchant": "DEFAULT", "references": {"partner_order_reference": "ELSEWHERE"},
        "dropoff": address, "items": [{"sku": "A", "quantity": 1}], "carrier_account": {"carrier_id": "own"}});
    let draft = twice.write("POST", "shipments?draft=true", &draft).await;
    let draft = text(&draft["shipment_id"]);
    twice.write("POST", &format!("shipments/{draft}/confirm"), &json!({"ship_zone": "N"})).await;
    twice.write("POST", &format!("shipments/{draft}/cancel"), &json!({})).await;
    let events = json!({"request_id": "r", "events": [
        {"type": "ADJUST", "product_id": "A", "location_id": "default", "on_hand": 5}]});
    twice.write("POST", "inventory/events", &events).await;
    let other = json!({"merchant": "DEFAULT", "partner_order_reference": "UNWANTED", "delivery_address": address,
        "line_items": [{"id": "line", "sku": "A", "quantity": 1, "unit_price": 10}]});
    let other = format!("orders/{}", text(&twice.write("POST", "orders", &other).await["order_id"]));
    let all =
        json!({"fulfillment_orders": [{"location_id": "default", "line_items": [{"id": "line", "quantity": 1}]}]});
    twice.write("POST", &format!("{other}/allocate"), &all).await;
    twice.write("POST", &format!("{other}/cancel"), &json!({"cancellation_reason": "OTHER"})).await;
    let left = twice.client.good("GET", "inventory/product-id/A", &Value::Null).await;
    assert_eq!(left["locations"][0]["on_hand"], 20 - 4 + 5, "{left}");
}
