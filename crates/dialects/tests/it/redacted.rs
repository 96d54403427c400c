//! Redacted orders: nobody is found in them any more, through whichever door and in whichever table (contract `carriyo.md`,
//! section 6, "redact").

use std::sync::Arc;

use serde_json::{Value, json};
use waybill_dialects::carriyo;
use waybill_dialects::carriyo::merchant::Merchant;
use waybill_dialects::centra::plugin::Plugin;
use waybill_domain::{Command, HoldReason, LetterKind, OrderId};
use waybill_engine::Key;

use crate::client::{Client, text};
use crate::shop::{Shop, TENANT};

/// What stands wherever a person may stand, and nowhere else.
const PERSON: &str = "Zzyzx";

/// The sandbox gateway's own books: they stand for a system outside.
const OUTSIDE: &str = "rehearsal_ledger.";

/// An address with every member that the door knows, and some that it does not.
fn place() -> Value {
    json!({
        "partner_location_name": PERSON, "collection_point_id": PERSON, "contact_name": format!("{PERSON} {PERSON}"),
        "personal_id": {"id": PERSON, "type": "passport"}, "contact_phone": format!("+1201555{PERSON}"),
        "alternate_phone": PERSON, "contact_email": format!("{PERSON}@example.com"), "company_name": PERSON,
        "address1": PERSON, "address2": PERSON, "city": PERSON, "state": "NJ", "postcode": PERSON, "country": "US",
        "area": PERSON, "notes": PERSON, "street": PERSON, "building": PERSON, "floor": PERSON, "flat": PERSON,
        "po_box": PERSON, "custom_fields": {"door": [PERSON]}, "what3words": PERSON,
        "address_codes": [{"type": "WHAT_3_WORDS", "value": PERSON}], "unheard_of": {"deep": [PERSON]},
    })
}

fn order() -> Value {
    json!({
        "merchant": "DEFAULT", "partner_order_reference": "WEB-1", "language": "en", "sales_channel": "web",
        "customer_key": PERSON, "customer": place(), "billing_address": place(), "delivery_address": place(),
        "customer_collection_address": place(), "delivery_type": "STANDARD", "delivery_option": {"note": PERSON},
        "delivery_schedule": {"scheduled_from": "2026-11-22T10:00:00Z", "scheduled_to": "2026-11-22T12:00:00Z",
            "notes": PERSON},
        "payment": {"currency": "USD", "order_total": 400, "payment_on_delivery": 50, "card_holder": PERSON},
        "discount_applications": [{"code": PERSON, "title": PERSON}],
        "shipping_lines": [{"name": "Express", "price": 0, "notes": PERSON}],
        "carriyo_metadata": [{"key": "gift_message", "value": PERSON}],
        "line_items": [{"id": "kbd", "sku": "KBD", "quantity": 4, "unit_price": 100, "description": "Keyboard",
            "weight": {"value": 1, "unit": "kg", "measured_by": PERSON}, "engraving": PERSON,
            "image_link": format!("https://img.example/{PERSON}.png"), "custom_attributes": {"for": PERSON}}],
        "fulfillment_orders": [{"partner_fulfillment_order_reference": "WEB-1-1", "location_id": "default",
            "delivery_address": place(), "carriyo_metadata": [{"key": "gift", "value": PERSON}],
            "line_items": [{"id": "kbd", "quantity": 4}]}],
    })
}

/// How goods are carried, with every member that may speak of somebody.
fn carried(pieces: i64, tracking: &str) -> Value {
    json!({
        "line_items": [{"id": "kbd", "quantity": pieces}],
        "parcels": [{"description": PERSON, "partner_parcel_reference": "P-1", "weight": {"value": 1, "unit": "kg"},
            "label_text": PERSON, "parcel_items": [{"sku": "KBD", "quantity": pieces, "note": PERSON}]}],
        "delivery": {"delivery_type": "STANDARD", "notes": PERSON, "driver": {"name": PERSON}},
        "payment": {"payment_mode": "PRE_PAID", "total_amount": 100, "card_holder": PERSON},
        "pre_booking_info": {"input_carrier": "OWN", "carrier_tracking_no": tracking,
            "carrier_tracking_url": format!("https://track.example/{PERSON}"),
            "carrier_pdf_label_url": format!("https://label.example/{PERSON}.pdf")},
    })
}

async fn mentions(shop: &Shop) -> Vec<String> {
    let found = shop.engine.read(|view| view.mentions(PERSON)).await.expect("the database can be read");
    found.into_iter().filter(|place| !place.starts_with(OUTSIDE)).collect()
}

/// What the door answered without what a redaction changes: when the order last changed.
fn timeless(mut order: Value) -> Value {
    order["update_date"] = Value::Null;
    order
}

/// An order through the Carriyo door, under keys, changed, carried, remarked on, told of by mail, delivered.
async fn closed(client: &Client) -> String {
    let shop = &client.shop;
    shop.stock("KBD", 9).await;
    let account = json!({"carrier_account_id": "act_own", "carrier_account_name": "Own", "carrier": "OWN"});
    client.good("POST", "carrier-accounts", &account).await;
    let made = client.keyed("POST", "orders", &order().to_string(), "make").await;
    assert_eq!(made.status, 200, "{}", made.body);
    let made: Value = serde_json::from_str(&made.body).expect("an order is JSON");
    let (id, fulfilment) = (text(&made["order_id"]), text(&made["fulfillment_orders"][0]["fulfillment_order_id"]));
    let (path, part) = (format!("orders/{id}"), format!("orders/{id}/fulfillment-orders/{fulfilment}"));
    client
        .good("PATCH", &path, &json!({"customer": place(), "carriyo_metadata": [{"key": "a", "value": PERSON}]}))
        .await;
    client.good("PATCH", &format!("{part}/update-address"), &place()).await;
    let acts = [
        ("POST", format!("{part}/fulfill"), carried(2, "OWN-1")),
        ("POST", format!("{part}/fulfill"), carried(2, "OWN-2")),
    ];
    for (number, (method, path, body)) in acts.iter().enumerate() {
        let reply = client.keyed(method, path, &body.to_string(), &format!("act-{number}")).await;
        assert_eq!(reply.status, 200, "{method} {path}: {}", reply.body);
    }
    // Somebody of the shop says more of it, through another door.
    let remark = json!({"statusHistory": {"comment": PERSON, "is_customer_notified": 1, "is_visible_on_front": 1}});
    shop.good("POST", "/rest/V1/orders/1/comments", &remark.to_string()).await;
    let remark = json!({"entity": {"comment": PERSON, "parent_id": 1, "is_visible_on_front": 0}});
    shop.good("POST", "/rest/V1/shipment/1/comments", &remark.to_string()).await;
    let track = json!({"entity": {"order_id": 1, "parent_id": 1, "track_number": "T-9", "title": PERSON,
        "description": PERSON, "carrier_code": "custom"}});
    let reply = shop.send("POST", "/rest/V1/shipment/track", &track.to_string()).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    for shipment in ["S000000000001", "S000000000002"] {
        for status in ["shipped", "delivered"] {
            let path = format!("shipments/{shipment}/update-status");
            client.good("POST", &path, &json!({"new_status": status})).await;
        }
    }
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_left_in_any_table() {
    let client = Client::of(Arc::new(Shop::with_mail(&LetterKind::ALL).await)).await;
    let shop = &client.shop;
    let id = closed(&client).await;
    let path = format!("orders/{id}");
    let was = client.good("GET", &path, &Value::Null).await;
    assert_eq!((&was["status"], &was["redacted"]), (&json!("closed"), &json!(false)));
    let places = mentions(shop).await;
    for table in [
        "addresses",
        "answers",
        "comments",
        "consignments",
        "fulfilment_orders",
        "letters",
        "order_details",
        "orders",
        "tracks",
    ] {
        assert!(places.iter().any(|place| place.starts_with(&format!("{table}."))), "{table}: {places:?}");
    }
    let stock = client.good("GET", "inventory/product-id/KBD", &Value::Null).await;

    let redact = format!("{path}/redact");
    let told = client.keyed("POST", &redact, "", "forget").await;
    assert_eq!(told.status, 200, "{}", told.body);
    assert_eq!(mentions(shop).await, Vec::<String>::new());
    let is: Value = serde_json::from_str(&told.body).expect("an order is JSON");
    assert_eq!(is["redacted"], true);
    // Goods, money, numbers and states are as they were.
    for member in [
        "order_id",
        "partner_order_reference",
        "status",
        "order_date",
        "creation_date",
        "language",
        "sales_channel",
        "delivery_type",
    ] {
        assert_eq!(is[member], was[member], "{member}");
    }
    assert_eq!(is["payment"], json!({"currency": "USD", "order_total": 400, "payment_on_delivery": 50}));
    for member in ["id", "sku", "quantity", "unit_price", "description"] {
        assert_eq!(is["line_items"][0][member], was["line_items"][0][member], "{member}");
    }
    assert_eq!(is["fulfillment_orders"][0]["line_items"], was["fulfillment_orders"][0]["line_items"]);
    assert_eq!(client.good("GET", "inventory/product-id/KBD", &Value::Null).await, stock);
    let shipment = client.good("GET", "shipments/S000000000001", &Value::Null).await;
    assert_eq!(shipment["post_shipping_info"]["tracking_no"], "OWN-1");
    assert_eq!(shipment["items"][0]["sku"], "KBD");
    assert_eq!(shipment["payment"]["total_amount"], 100);
    client.adds_up().await;

    // A key still stands for its request, and tells what is left.
    let again = client.keyed("POST", "orders", &order().to_string(), "make").await;
    assert_eq!((again.status, again.replayed), (200, true), "{}", again.body);
    let again: Value = serde_json::from_str(&again.body).expect("an order is JSON");
    assert_eq!((&again["redacted"], &again["order_id"]), (&json!(true), &is["order_id"]));
    // A door that was slow to keep its answer, which was made before, keeps it no more.
    let secret = carriyo::secret(&Merchant::default().client, "secret");
    let caller = shop.engine.caller(&secret).await.expect("the database is there").expect("the client was made");
    for key in ["make", "act-0", "forget"] {
        shop.engine.keep_body(&caller, Key::given(key, String::new()), was.to_string()).await;
    }
    assert_eq!(mentions(shop).await, Vec::<String>::new());
    // Asked twice, nothing is done twice, and nothing comes back.
    shop.advance(60_000);
    assert_eq!(client.good("POST", &redact, &Value::Null).await, is);
    assert_eq!(client.keyed("POST", &redact, "", "forget").await.status, 200);
    assert_eq!(timeless(client.good("GET", &path, &Value::Null).await), timeless(is));
    assert_eq!(mentions(shop).await, Vec::<String>::new());
    assert_eq!(shop.letters().await, "");
    client.adds_up().await;
}

/// An order of another door, with a gateway's money, on hold and cancelled, is redacted too; and every door still reads it.
#[tokio::test(flavor = "multi_thread")]
async fn orders_of_other_doors_forget_too_and_every_door_still_reads_them() {
    let client = Client::open().await;
    let shop = &client.shop;
    shop.stock("KBD", 9).await;
    let address = json!({"firstname": PERSON, "lastname": PERSON, "company": PERSON, "street": [PERSON, PERSON],
        "city": PERSON, "region": "New Jersey", "region_code": "NJ", "postcode": PERSON, "country_id": "US",
        "telephone": PERSON, "email": format!("{PERSON}@example.com"), "fax": PERSON, "vat_id": PERSON});
    let order = json!({"entity": {"customer_email": format!("{PERSON}@example.com"), "customer_id": 7,
        "customer_firstname": PERSON, "customer_lastname": PERSON, "customer_note": PERSON, "remote_ip": PERSON,
        "billing_address": address, "shipping_description": PERSON,
        "payment": {"method": "rehearsal", "additional_information": [format!("ok {PERSON}")], "cc_owner": PERSON},
        "items": [{"sku": "KBD", "qty_ordered": 2, "price": 10, "description": PERSON}],
        "status_histories": [{"comment": PERSON, "is_customer_notified": 0, "is_visible_on_front": 0}],
        "extension_attributes": {"shipping_assignments": [{"shipping": {"address": address,
            "method": "flatrate_flatrate"}}]}}});
    let made = shop.good("POST", "/rest/V1/orders", &order.to_string()).await;
    let id = made["entity_id"].as_i64().expect("an order has an id");
    shop.engine.work().await.expect("errands can be carried out");
    shop.operate(Command::HoldOrder {
        order: OrderId(id),
        handle: "desk".to_owned(),
        reason: HoldReason::Other,
        note: Some(PERSON.to_owned()),
    })
    .await;
    shop.operate(Command::ReleaseOrder { order: OrderId(id), handle: None }).await;
    let redact = format!("orders/O{id:012}/redact");
    let refused = client.send("POST", &redact, "").await;
    assert_eq!((refused.status, refused.body.contains("cannot be redacted")), (400, true), "{}", refused.body);
    shop.good("POST", &format!("/rest/V1/orders/{id}/cancel"), "").await;
    shop.advance(60_000);
    shop.engine.work().await.expect("errands can be carried out");
    assert!(mentions(shop).await.iter().any(|place| place == "payments.instrument"));
    let other = documented(shop, &address).await;
    client.good("POST", &format!("orders/O{other:012}/redact"), &Value::Null).await;
    let is = client.good("POST", &redact, &Value::Null).await;
    assert_eq!((&is["redacted"], &is["status"]), (&json!(true), &json!("cancelled")));
    assert_eq!(mentions(shop).await, Vec::<String>::new());

    let read = shop.good("GET", &format!("/rest/V1/orders/{id}"), "").await;
    assert_eq!(read["billing_address"]["country_id"], "US");
    assert_eq!(read["items"][0]["sku"], "KBD");
    let found = "/rest/V1/orders?searchCriteria[filterGroups][0][filters][0][field]=customer_email\
        &searchCriteria[filterGroups][0][filters][0][value]=Zzyzx@example.com";
    assert_eq!(shop.good("GET", found, "").await["total_count"], 0);
    assert_eq!(client.good("GET", "orders?search_string=Zzyzx@example.com", &Value::Null).await, json!([]));
    let key = shop.plugin(TENANT, &Plugin::default(), None).await;
    for path in ["orders", "shipments"] {
        let reply =
            shop.send_with("GET", &format!("/centra/order-api/{path}"), "", &[("api-authorization", &key)]).await;
        assert_eq!((reply.status, reply.body.contains("\"ok\"")), (200, true), "{path}: {}", reply.body);
    }
    client.adds_up().await;
}

/// Money that is still set aside for an order nobody is known of can be looked at, as a gateway's message has us do.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_can_still_be_asked_about_a_redacted_order() {
    let client = Client::open().await;
    let shop = &client.shop;
    shop.stock("A", 9).await;
    let order = json!({"entity": {"customer_email": "a@example.com", "payment": {"method": "rehearsal",
        "additional_information": ["ok"]}, "items": [{"sku": "A", "qty_ordered": 2, "price": 10}]}});
    let id = shop.good("POST", "/rest/V1/orders", &order.to_string()).await["entity_id"].as_i64().expect("an id");
    // It is paid for elsewhere, and given back there.
    shop.good("POST", &format!("/rest/V1/order/{id}/invoice"), r#"{"capture":false}"#).await;
    shop.good("POST", &format!("/rest/V1/order/{id}/refund"), "{}").await;
    let redacted = client.good("POST", &format!("orders/O{id:012}/redact"), &Value::Null).await;
    assert_eq!(redacted["status"], "cancelled", "nothing of it goes anywhere: {redacted}");
    shop.engine.reconcile(TENANT, OrderId(id)).await.expect("the sandbox can be asked");
    client.adds_up().await;
}

/// An order that was invoiced and given back in part, with remarks on all of it, and is cancelled.
async fn documented(shop: &Shop, address: &Value) -> i64 {
    let order = json!({"entity": {"customer_email": format!("{PERSON}@example.com"), "billing_address": address,
        "payment": {"method": "checkmo"}, "items": [{"sku": "KBD", "qty_ordered": 2, "price": 10}]}});
    let order = shop.good("POST", "/rest/V1/orders", &order.to_string()).await;
    let line = json!([{"order_item_id": order["items"][0]["item_id"], "qty": 1}]);
    let id = order["entity_id"].as_i64().expect("an order has an id");
    let remark = json!({"comment": PERSON, "is_visible_on_front": 0});
    let invoice = json!({"capture": true, "items": line, "comment": remark, "appendComment": true});
    shop.good("POST", &format!("/rest/V1/order/{id}/invoice"), &invoice.to_string()).await;
    let refund = json!({"items": line, "comment": remark, "appendComment": true});
    shop.good("POST", &format!("/rest/V1/order/{id}/refund"), &refund.to_string()).await;
    shop.good("POST", &format!("/rest/V1/orders/{id}/cancel"), "").await;
    id
}
