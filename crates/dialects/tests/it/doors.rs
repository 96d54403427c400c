//! Several doors, one truth: what happens to an order is the same whichever doors it comes by, and whoever reads it.

use std::sync::Arc;

use serde_json::{Value, json};
use waybill_dialects::centra::plugin::Plugin;
use waybill_domain::{OrderId, Quantity, Sku, StockId};

use crate::client::{Client, text};
use crate::shop::{Shop, TENANT};

/// What lies of each sku before.
const STOCKED: i64 = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Magento,
    Centra,
    Carriyo,
}

impl Door {
    const ALL: [Door; 3] = [Door::Magento, Door::Centra, Door::Carriyo];
}

/// What happens to an order of two lines: pieces of each that are ordered, shipped one after the other, and whether the
/// rest is cancelled.
#[derive(Clone, Debug)]
struct Story {
    ordered: [i64; 2],
    ships: Vec<[i64; 2]>,
    cancels: bool,
}

/// Numbers that look like chance and are the same every time (splitmix64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((mixed ^ (mixed >> 31)) >> 1).expect("half of it fits") % sides
    }

    fn door(&mut self) -> Door {
        Door::ALL[usize::try_from(self.throw(3)).expect("it is not below zero")]
    }

    fn story(&mut self) -> Story {
        let ordered = [1 + self.throw(5), 1 + self.throw(5)];
        let mut left = ordered;
        let mut ships = Vec::new();
        for _ in 0..self.throw(4) {
            let ship = left.map(|left| self.throw(left + 1));
            if ship != [0, 0] {
                left = [left[0] - ship[0], left[1] - ship[1]];
                ships.push(ship);
            }
        }
        Story { ordered, ships, cancels: self.throw(2) == 0 }
    }
}

/// An order in a shop that all doors lead to.
struct Told<'a> {
    shop: &'a Shop,
    client: &'a Client,
    plugin: &'a str,
    skus: [String; 2],
    /// As Magento, Centra and Carriyo call it.
    entity: i64,
    number: String,
    id: String,
    /// Where it came in.
    begun: Door,
}

impl Told<'_> {
    async fn centra(&self, method: &str, path: &str, body: &Value) -> Value {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("api-authorization", self.plugin)];
        let reply = self.shop.send_with(method, &format!("/centra/order-api/{path}"), &text, &headers).await;
        let told: Value = serde_json::from_str(&reply.body).expect("an answer is JSON");
        assert_eq!(told["status"], "ok", "{method} {path} {text}: {}", reply.body);
        told
    }

    /// Takes the order in.
    async fn begin(&mut self, door: Door, ordered: [i64; 2], number: u64) {
        let [first, second] = self.skus.clone();
        match door {
            Door::Magento => {
                let body = json!({"entity": {"customer_email": "a@example.com", "payment": {"method": "checkmo"},
                    "items": [{"sku": first, "qty_ordered": ordered[0], "price": 10},
                        {"sku": second, "qty_ordered": ordered[1], "price": 10}]}});
                let order = self.shop.good("POST", "/rest/V1/orders", &body.to_string()).await;
                self.number = text(&order["increment_id"]);
            }
            Door::Centra => {
                let body = json!({"address": {"email": "a@example.com", "country": "SE"},
                    "products": [{"sku": first, "qty": ordered[0], "unitPrice": 10},
                        {"sku": second, "qty": ordered[1], "unitPrice": 10}],
                    "payment": {"id": "rehearsal", "auth": {"status": 1}}});
                // Its numbers are numbers: the zeroes before them are not told.
                let number = self.centra("POST", "order", &body).await["orders"][0].as_i64();
                self.number = format!("{:09}", number.expect("a number"));
            }
            Door::Carriyo => {
                let lines = json!([{"id": "a", "quantity": ordered[0]}, {"id": "b", "quantity": ordered[1]}]);
                let body = json!({"merchant": "DEFAULT", "partner_order_reference": number.to_string(),
                    "line_items": [{"id": "a", "sku": first, "quantity": ordered[0], "unit_price": 10},
                        {"id": "b", "sku": second, "quantity": ordered[1], "unit_price": 10}],
                    "fulfillment_orders": [{"location_id": "default", "line_items": lines}]});
                self.number = text(&self.client.good("POST", "orders", &body).await["partner_order_reference"]);
            }
        }
        let path = format!("orders/{}?key=partner_order_reference", self.number);
        self.id = text(&self.client.good("GET", &path, &Value::Null).await["order_id"]);
        self.entity = self.id.trim_start_matches('O').parse().expect("an id ends in a number");
    }

    /// The lines as Magento and Centra call them.
    async fn items(&self) -> [i64; 2] {
        let order = self.shop.good("GET", &format!("/rest/V1/orders/{}", self.entity), "").await;
        let items = order["items"].as_array().expect("items are a list");
        self.skus.clone().map(|sku| {
            let item = items.iter().find(|item| item["sku"] == sku.as_str()).expect("it is of the order");
            item["item_id"].as_i64().expect("an id is a number")
        })
    }

    /// A fulfilment order that has what is left, made if nobody did: orders that come by other doors have none
    /// (contract `carriyo.md`, 2.6, "manual").
    async fn fulfilment(&self, left: [i64; 2]) -> String {
        let path = format!("orders/{}", self.id);
        let pending = |order: &Value| {
            let list = order["fulfillment_orders"].as_array().expect("they are a list").clone();
            let is_pending = |one: &&Value| {
                let rows = one["line_items"].as_array().expect("rows are a list");
                rows.iter().any(|row| row["status"] == "allocated")
            };
            list.iter().find(is_pending).map(|one| text(&one["fulfillment_order_id"]))
        };
        let order = self.client.good("GET", &path, &Value::Null).await;
        if let Some(found) = pending(&order) {
            return found;
        }
        let body = json!({"fulfillment_orders": [{"location_id": "default", "line_items": self.lines(&order, left)}]});
        let order = self.client.good("POST", &format!("{path}/allocate"), &body).await;
        pending(&order).expect("it was allocated")
    }

    /// Pieces of the lines as Carriyo calls them.
    fn lines(&self, order: &Value, pieces: [i64; 2]) -> Value {
        let lines = order["line_items"].as_array().expect("lines are a list");
        let named = self.skus.iter().zip(pieces).filter(|(_, pieces)| *pieces > 0).map(|(sku, pieces)| {
            let line = lines.iter().find(|line| line["sku"] == sku.as_str()).expect("it is of the order");
            json!({"id": line["id"], "quantity": pieces})
        });
        named.collect()
    }

    async fn ship(&self, door: Door, ship: [i64; 2], left: [i64; 2]) {
        let items = self.items().await;
        let asked = || items.iter().zip(ship).filter(|(_, pieces)| *pieces > 0);
        match door {
            Door::Magento => {
                let lines: Vec<Value> =
                    asked().map(|(item, pieces)| json!({"order_item_id": item, "qty": pieces})).collect();
                let source = json!({"extension_attributes": {"source_code": "default"}});
                let body = json!({"items": lines, "arguments": source}).to_string();
                self.shop.good("POST", &format!("/rest/V1/order/{}/ship", self.entity), &body).await;
            }
            Door::Centra => {
                let products: serde_json::Map<String, Value> =
                    asked().map(|(item, pieces)| (item.to_string(), pieces.into())).collect();
                // Goods leave, as they do through the other doors: here they do when they are paid for (contract
                // `centra.md`, 5), which the others do not ask about.
                if self.begun == Door::Magento {
                    // A plugin captures what a gateway has authorised; other money is taken by the shop.
                    let lines: Vec<Value> =
                        asked().map(|(item, pieces)| json!({"order_item_id": item, "qty": pieces})).collect();
                    let body = json!({"capture": true, "items": lines}).to_string();
                    self.shop.good("POST", &format!("/rest/V1/order/{}/invoice", self.entity), &body).await;
                }
                let number: i64 = self.number.parse().expect("numbers are digits");
                let body = json!({"order": number, "products": products, "gtg": 1, "shipped": 1, "capture": 1});
                self.centra("POST", "shipments", &body).await;
            }
            Door::Carriyo => {
                let fulfilment = self.fulfilment(left).await;
                let order = self.client.good("GET", &format!("orders/{}", self.id), &Value::Null).await;
                let path = format!("orders/{}/fulfillment-orders/{fulfilment}/fulfill?skip_shipping=true", self.id);
                self.client.good("POST", &path, &json!({"line_items": self.lines(&order, ship)})).await;
            }
        }
    }

    async fn cancel(&self, door: Door, left: [i64; 2]) {
        match door {
            // Centra's plugins cancel nothing (contract `centra.md`): the shop does.
            Door::Magento | Door::Centra => {
                let done = self.shop.good("POST", &format!("/rest/V1/orders/{}/cancel", self.entity), "").await;
                assert_eq!(done, true);
            }
            Door::Carriyo => {
                let fulfilment = self.fulfilment(left).await;
                let order = self.client.good("GET", &format!("orders/{}", self.id), &Value::Null).await;
                let path = format!("orders/{}/fulfillment-orders/{fulfilment}/cancel", self.id);
                let body = json!({"cancellation_reason": "OTHER", "line_items": self.lines(&order, left)});
                self.client.good("POST", &path, &body).await;
            }
        }
    }

    /// Line by line: ordered, shipped, cancelled; sku by sku: on hand, and held for the order.
    ///
    /// Where a fulfilment order has the goods they are also allocated at its source, which other doors know nothing of
    /// (contract `carriyo.md`, 2.5): never more than is held.
    async fn truth(&self) -> Vec<[i64; 5]> {
        let (order, skus) = (OrderId(self.entity), self.skus.clone().map(|sku| Sku::new(&sku)));
        let read = self.shop.engine.read(move |view| {
            let order = view.order(TENANT, order)?.expect("it is there");
            let mut truth = Vec::new();
            for sku in &skus {
                let item = order.items.iter().find(|item| item.sku == *sku).expect("it is of the order");
                let held = view.held(TENANT, StockId(1), sku)?;
                let lies = view.source_items_of(TENANT, sku)?;
                let on_hand: Quantity = lies.iter().map(|item| item.on_hand).sum();
                let allocated: Quantity = lies.iter().map(|item| item.allocated).sum();
                assert!(allocated <= held, "{sku}: {allocated} are allocated, {held} are held");
                let numbers = [item.ordered, item.done.shipped, item.done.canceled, on_hand, held];
                truth.push(numbers.map(|quantity| quantity.0 / Quantity::ONE.0));
            }
            Ok(truth)
        });
        read.await.expect("the database can be read")
    }

    /// What other doors show is the same.
    async fn is_shown_alike(&self, truth: &[[i64; 5]], what: &str) {
        let entity = self.shop.good("GET", &format!("/rest/V1/orders/{}", self.entity), "").await;
        let order = self.client.good("GET", &format!("orders/{}", self.id), &Value::Null).await;
        for (sku, [ordered, shipped, canceled, ..]) in self.skus.iter().zip(truth) {
            let of = |list: &Value| {
                let mut list = list.as_array().expect("it is a list").iter();
                list.find(|line| line["sku"] == sku.as_str()).expect("it is of the order").clone()
            };
            let item = of(&entity["items"]);
            let shown = ["qty_ordered", "qty_shipped", "qty_canceled"].map(|name| item[name].as_f64().unwrap_or(0.0));
            let wanted = [ordered, shipped, canceled].map(|pieces| f64::from(i32::try_from(*pieces).expect("a few")));
            assert!(shown == wanted, "Magento, {what}: {item}");
            assert_eq!(of(&order["line_items"])["quantity"], json!(ordered - canceled), "Carriyo, {what}: {order}");
            // Rows wait for what is left and for nothing else, whoever shipped or cancelled; an order that came in by
            // another door has rows only once somebody allocated it.
            let rows = order["fulfillment_orders"].as_array().expect("they are a list").iter();
            let rows = rows.flat_map(|one| one["line_items"].as_array().expect("rows are a list"));
            let pending = rows.filter(|row| row["sku"] == sku.as_str() && row["status"] == "allocated");
            let pending: i64 = pending.map(|row| row["quantity"].as_i64().expect("pieces are whole")).sum();
            let left = ordered - shipped - canceled;
            let is_right = pending == left || (self.begun != Door::Carriyo && pending == 0);
            assert!(is_right, "Carriyo, {what}: {pending} of {left} wait: {order}");
        }
    }
}

#[tokio::test]
async fn what_happens_to_an_order_is_the_same_through_every_door() {
    let shop = Arc::new(Shop::open().await);
    let client = Client::of(shop.clone()).await;
    let plugin = shop.plugin(TENANT, &Plugin::default(), None).await;
    let mut dice = Dice(2_026);
    let mut number = 7_000_000;
    for _ in 0..24 {
        let story = dice.story();
        // Each door alone, and then all of them mixed.
        for only in [Some(Door::Magento), Some(Door::Centra), Some(Door::Carriyo), None, None] {
            number += 1;
            let skus = ["A", "B"].map(|sku| format!("{sku}{number}"));
            for sku in &skus {
                shop.stock(sku, STOCKED).await;
            }
            let mut door = || only.unwrap_or_else(|| dice.door());
            let (entity, id) = (0, String::new());
            let mut doors = vec![door()];
            let begun = doors[0];
            let mut told =
                Told { shop: &shop, client: &client, plugin: &plugin, skus, entity, number: id.clone(), id, begun };
            told.begin(begun, story.ordered, number).await;
            let mut left = story.ordered;
            for ship in &story.ships {
                // Orders that come by Carriyo have no payment method (contract `carriyo.md`, 5, "payment"), so nothing
                // of them is captured, and what Centra's plugins ship leaves when it is.
                let by = match door() {
                    Door::Centra if begun == Door::Carriyo => Door::Magento,
                    other => other,
                };
                doors.push(by);
                told.ship(by, *ship, left).await;
                left = [left[0] - ship[0], left[1] - ship[1]];
            }
            if story.cancels && left != [0, 0] {
                doors.push(door());
                told.cancel(doors[doors.len() - 1], left).await;
            }
            let what = format!("{story:?} through {doors:?}");
            let truth = told.truth().await;
            let canceled = if story.cancels { left } else { [0, 0] };
            let wanted: Vec<[i64; 5]> = (0..2)
                .map(|at| {
                    let shipped = story.ordered[at] - left[at];
                    [story.ordered[at], shipped, canceled[at], STOCKED - shipped, left[at] - canceled[at]]
                })
                .collect();
            assert_eq!(truth, wanted, "{what}");
            told.is_shown_alike(&truth, &what).await;
        }
        client.adds_up().await;
    }
}
