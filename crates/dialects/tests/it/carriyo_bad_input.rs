//! Hostile and broken requests at the Carriyo door: always its envelope, never a 5xx, and what is refused leaves
//! everything as it was (invariant P3).

use axum::body::{Body, to_bytes};
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::centra_bad_input::{odd, places};
use crate::client::{Client, text};

/// What every refusal is: its status as a text, a time, and at least one error.
fn is_enveloped(status: u16, body: &str) -> bool {
    let Ok(Value::Object(map)) = serde_json::from_str::<Value>(body) else {
        return false;
    };
    let is_status = map
        .get("status")
        .and_then(Value::as_str)
        .is_some_and(|told| [status.to_string().as_str(), "error"].contains(&told));
    let has_errors = map.get("errors").and_then(Value::as_array).is_some_and(|errors| {
        !errors.is_empty() && errors.iter().all(|error| error.as_str().is_some_and(|text| !text.is_empty()))
    });
    is_status && has_errors && map.get("timestamp").is_some_and(Value::is_string)
}

/// Names of an order of five pieces at a location, and of a shipment that is a draft.
struct Made {
    order: String,
    fulfilment: String,
    shipment: String,
}

async fn made(client: &Client) -> Made {
    client.shop.stock("A", 1_000_000).await;
    let order = client.good("POST", "orders", &order_in_full("MADE")).await;
    let order_id = text(&order["order_id"]);
    let fulfilment = text(&order["fulfillment_orders"][0]["fulfillment_order_id"]);
    let ship = format!("orders/{order_id}/fulfillment-orders/{fulfilment}/ship?create_draft_shipment=true");
    let order = client.good("POST", &ship, &json!({"line_items": [{"id": "a", "quantity": 1}]})).await;
    let rows = order["fulfillment_orders"][0]["line_items"].as_array().expect("rows are a list").clone();
    let shipment = rows.iter().find_map(|row| row["shipment_ids"][0].as_str()).expect("one is on a shipment");
    Made { order: order_id, fulfilment, shipment: shipment.to_owned() }
}

/// An order with all that it can say.
fn order_in_full(reference: &str) -> Value {
    let place = json!({"contact_name": "Ann Doe", "contact_phone": "+12015550123", "contact_email": "a@example.com",
        "company_name": "c", "address1": "1 Main St", "address2": "b", "city": "Newark", "state": "NJ",
        "postcode": "07101", "country": "US", "partner_location_code": "p", "coords": [1.5, 2.5]});
    let schedule = json!({"scheduled_from": "2026-12-01T09:00:00Z", "scheduled_to": "2026-12-01T12:00:00Z"});
    json!({"merchant": "DEFAULT", "partner_order_reference": reference, "customer": place, "billing_address": place,
        "delivery_method": "DELIVERY", "delivery_type": "next day", "delivery_address": place,
        "delivery_schedule": schedule, "customer_collection_address": place, "customer_collection_schedule": schedule,
        "payment": {"currency": "USD", "order_total": 50, "payment_on_delivery": 5},
        "line_items": [{"id": "a", "product_ref": "r", "sku": "A", "description": "d", "barcode": "b", "digital": false,
            "quantity": 5, "unit_price": 10, "weight": {"value": 1, "unit": "kg"}, "origin_country": "US"}],
        "fulfillment_orders": [{"partner_fulfillment_order_reference": "f", "location_id": "default",
            "delivery_method": "DELIVERY", "delivery_address": place, "line_items": [{"id": "a", "quantity": 5}]}],
        "shipping_lines": [{"name": "s", "price": 5}], "discount_applications": [{"code": "c"}],
        "order_date": "2026-11-20T00:00:00Z", "sales_channel": "s", "language": "en", "customer_key": "k",
        "taxes_included": true, "duties_included": false, "carriyo_metadata": [{"key": "k", "value": "v"}]})
}

/// How goods are carried, in full; the account is not there.
fn carried() -> Value {
    json!({"carrier_account": {"carrier_id": "act_none", "carrier_account_name": "n"},
        "parcels": [{"partner_parcel_reference": "p", "description": "d", "weight": {"value": 1, "unit": "kg"},
            "dimension": {"width": 1, "height": 1, "depth": 1, "unit": "cm"},
            "parcel_items": [{"sku": "A", "quantity": 1}]}],
        "delivery": {"delivery_type": "t", "scheduled_from": "2026-12-01T09:00:00Z",
            "scheduled_to": "2026-12-01T12:00:00Z", "scheduled_date": "2026-12-01", "notes": "n"},
        "payment": {"payment_mode": "PRE_PAID", "total_amount": 1, "pending_amount": 0, "currency": "USD"},
        "pre_booking_info": {"input_carrier": "DHL", "carrier_tracking_no": "T"}, "ship_zone": "z"})
}

fn with(mut value: Value, more: &Value) -> Value {
    let map = value.as_object_mut().expect("it is an object");
    map.extend(more.as_object().expect("it is an object").clone());
    value
}

/// What is asked of an order and a shipment. Wherever there is room for two wrongs there are two, so that an odd value
/// in the place of one does not have it carried out.
fn asked(made: &Made) -> Vec<(&'static str, String, Value)> {
    let Made { order, fulfilment, shipment } = made;
    let lines = json!([{"id": "a", "quantity": 9}, {"id": "none", "quantity": 1}]);
    let of_order = format!("orders/{order}");
    let of_fulfilment = format!("{of_order}/fulfillment-orders/{fulfilment}");
    let schedule = json!({"scheduled_from": "2026-12-01T09:00:00Z", "scheduled_to": "2026-12-01T12:00:00Z"});
    vec![
        ("POST", format!("{of_fulfilment}/ship"), with(carried(), &json!({"line_items": lines}))),
        (
            "POST",
            format!("{of_fulfilment}/fulfill"),
            with(carried(), &json!({"line_items": lines, "partner_fulfillment_reference": "r"})),
        ),
        ("POST", format!("{of_order}/cancel"), json!({"cancellation_reason": "WHATEVER"})),
        (
            "POST",
            format!("{of_order}/allocate"),
            json!({"fulfillment_orders": [{"fulfillment_order_id": "FO00000009999", "location_id": "nowhere",
                "fulfillment_location": {"partner_location_id": "nowhere"}, "line_items": lines}]}),
        ),
        (
            "POST",
            format!("{of_order}/fulfillment-orders/merge"),
            json!({"source": {"fulfillment_order_id": "FO00000009999", "line_items": lines},
                "destination": {"fulfillment_order_id": "FO00000009998"}}),
        ),
        (
            "POST",
            format!("{of_fulfilment}/unfulfill"),
            json!({"fulfillment_ids": ["F000000009999", "F000000009998"], "partner_fulfillment_order_reference": "r"}),
        ),
        ("POST", format!("{of_fulfilment}/cancel"), json!({"cancellation_reason": "WHATEVER", "line_items": lines})),
        (
            "POST",
            format!("{of_fulfilment}/split"),
            json!({"location_id": "nowhere", "line_items": lines, "partner_fulfillment_order_reference": "r"}),
        ),
        ("PATCH", format!("{of_fulfilment}/update-location"), json!({"location_id": "nowhere"})),
        ("POST", format!("shipments/{shipment}/update-status"), json!({"new_status": "x", "update_date": "y"})),
        (
            "POST",
            "shipments".to_owned(),
            with(
                carried(),
                &json!({"merchant": "OTHER", "references": {"partner_order_reference": "r",
                "partner_shipment_reference": "s"}, "items": [{"sku": "A", "quantity": 0}], "pre_booked": true}),
            ),
        ),
        (
            "POST",
            "inventory/events".to_owned(),
            json!({"request_id": "r", "events": [
                {"type": "SET", "product_id": "A", "location_id": "nowhere", "on_hand": 1, "unavailable": 1},
                {"type": "TAKE", "sku": "A", "location_id": "default", "on_hand": 1}]}),
        ),
        // From here on much is carried out.
        ("PATCH", format!("{of_fulfilment}/update-schedule"), schedule.clone()),
        ("PATCH", format!("{of_fulfilment}/update-address"), json!({"contact_name": "x", "address1": "y"})),
        (
            "PATCH",
            format!("{of_fulfilment}/update-delivery-method"),
            json!({"delivery_method": "COLLECTION", "address": {"city": "c"}, "scheduled_from": "2026-12-01",
                "scheduled_to": "2026-12-01"}),
        ),
        (
            "PATCH",
            of_fulfilment.clone(),
            json!({"partner_fulfillment_order_reference": "r",
                "fulfillments": [{"fulfillment_id": "F000000009999", "partner_fulfillment_reference": "r"}]}),
        ),
        ("POST", format!("shipments/{shipment}/confirm"), carried()),
        (
            "POST",
            "carrier-accounts".to_owned(),
            json!({"carrier_account_id": "act_one", "carrier_account_name": "n", "carrier": "OWN", "active": false,
                "deleted": true, "property": {"a": "b"}, "label": {"default_label": "x"}}),
        ),
        (
            "PATCH",
            of_order,
            json!({"language": "en", "payment": {"currency": "USD"}, "delivery_address": {"city": "c"},
                "fulfillment_orders": [{"fulfillment_order_id": fulfilment, "line_items": lines}]}),
        ),
    ]
}

/// All that this door shows of what was made.
async fn state(client: &Client) -> String {
    let mut state = String::new();
    for path in ["orders", "shipments", "carrier-accounts", "inventory/product-id/A"] {
        let reply = client.send("GET", path, "").await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        state.push_str(&reply.body);
    }
    state
}

/// Whether a request with an odd value in it was carried out; what was not is told in the envelope.
async fn is_carried_out(client: &Client, (method, path, body): (&str, &str, &str), what: &str) -> bool {
    let reply = client.send(method, path, body).await;
    let told = format!("{method} {path} {what:.100}: {} {:.300}", reply.status, reply.body);
    assert!(matches!(reply.status, 200 | 400 | 404), "{told}");
    assert!(reply.status == 200 || is_enveloped(reply.status, &reply.body), "{told}");
    reply.status == 200
}

#[tokio::test]
async fn odd_values_in_what_is_asked_are_told_in_the_envelope_and_what_is_refused_changes_nothing() {
    let client = Client::open().await;
    let made = made(&client).await;
    for (method, path, good) in asked(&made) {
        let mut all = Vec::new();
        places(&good, "", &mut all);
        let mut before = state(&client).await;
        for place in all.iter().filter(|place| !place.is_empty()) {
            for value in odd() {
                let mut body = good.clone();
                body.pointer_mut(place).expect("it was found there").clone_from(&value);
                let what = format!("{place} {value}");
                if is_carried_out(&client, (method, &path, &body.to_string()), &what).await {
                    before = state(&client).await;
                }
            }
            assert!(state(&client).await == before, "{method} {path} {place}: {}", state(&client).await);
        }
    }
    client.adds_up().await;
}

#[tokio::test]
async fn odd_values_in_what_comes_in_are_told_in_the_envelope_and_what_is_taken_can_be_shown() {
    let client = Client::open().await;
    made(&client).await;
    let few: Vec<Value> = odd().into_iter().step_by(6).chain(odd().into_iter().rev().take(4)).collect();
    let shipment = json!({"merchant": "DEFAULT", "entity_type": "FORWARD", "pickup": {"city": "c"},
        "dropoff": {"contact_name": "n", "address1": "1", "city": "c", "country": "US", "contact_phone": "1"},
        "items": [{"sku": "A", "description": "d", "quantity": 1, "price": {"amount": 1, "currency": "USD"}}],
        "parcels": [{"weight": {"value": 1}, "parcel_items": [{"sku": "A", "quantity": 1}]}],
        "customs": {}, "order_date": "2026-11-20", "pre_booked": false,
        "references": {"partner_order_reference": "r", "other_references": ["o"]}});
    let (mut number, mut taken) = (0, 0);
    for (path, good, reference) in [
        ("orders", order_in_full(""), "/partner_order_reference"),
        ("shipments", shipment, "/references/partner_order_reference"),
    ] {
        let mut all = Vec::new();
        places(&good, "", &mut all);
        for place in all.iter().filter(|place| !place.is_empty()) {
            for value in &few {
                let mut body = good.clone();
                number += 1;
                *body.pointer_mut(reference).expect("it has one") = format!("odd-{number}").into();
                body.pointer_mut(place).expect("it was found there").clone_from(value);
                let what = format!("{place} {value}");
                taken += i64::from(is_carried_out(&client, ("POST", path, &body.to_string()), &what).await);
            }
        }
        let mut page = 0;
        loop {
            let found = client.good("GET", &format!("{path}?page_size=100&page={page}"), &Value::Null).await;
            page += 1;
            if found.as_array().is_none_or(Vec::is_empty) {
                break;
            }
        }
        assert!(page > 2, "odd values that are nothing to us come in: {page}");
    }
    assert!(taken > 100 && taken < number, "some are taken and some are not: {taken} of {number}");
    client.adds_up().await;
}

#[tokio::test]
async fn odd_parameters_are_told_in_the_envelope() {
    let client = Client::open().await;
    let made = made(&client).await;
    let before = state(&client).await;
    let of_order = format!("orders/{}", made.order);
    let names = [
        ("GET", "orders", "page"),
        ("GET", "orders", "page_size"),
        ("GET", "orders", "search_string"),
        ("GET", "orders", "merchant"),
        ("GET", "orders", "creation_date_from"),
        ("GET", "orders", "update_date_to"),
        ("GET", "shipments", "page"),
        ("GET", "shipments", "page_size"),
        ("GET", "shipments", "search_string"),
        ("GET", "shipments", "merchant"),
        ("GET", "shipments", "creation_date_to"),
        ("GET", "shipments", "update_date_from"),
        ("GET", "carrier-accounts", "status"),
        ("GET", of_order.as_str(), "key"),
        ("GET", &format!("{of_order}/change-logs"), "sort_order"),
        ("POST", &format!("{of_order}/fulfillment-orders/{}/ship", made.fulfilment), "create_draft_shipment"),
        ("POST", &format!("{of_order}/fulfillment-orders/{}/fulfill", made.fulfilment), "skip_shipping"),
        ("POST", "shipments", "draft"),
    ];
    for (method, path, name) in names {
        for value in odd() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let value: String = value.chars().take(2_000).collect();
            let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            let path = format!("{path}?{name}={value}");
            is_carried_out(&client, (method, &path, ""), "").await;
        }
    }
    for query in ["page=-1", "page=1.5", "page=99999999999999999999", "page_size=0", "page_size=101", "x=%00"] {
        for list in ["orders", "shipments"] {
            let reply = client.send("GET", &format!("{list}?{query}"), "").await;
            assert!(reply.status == 400 && is_enveloped(400, &reply.body), "{list}?{query}: {}", reply.body);
        }
    }
    for query in ["search_string=%FF%FE", "%FF=%FE", "page=0&page=-1", "&&==&", "page=1000000"] {
        for list in ["orders", "shipments"] {
            let reply = client.send("GET", &format!("{list}?{query}"), "").await;
            assert!(reply.status == 200, "{list}?{query}: {}", reply.body);
        }
    }
    assert_eq!(state(&client).await, before);
}

#[tokio::test]
async fn names_in_addresses_that_name_nothing_are_not_found() {
    let client = Client::open().await;
    let made = made(&client).await;
    let before = state(&client).await;
    let long = "9".repeat(5_000);
    let many = format!("O{long}");
    let names = [
        "0",
        "1",
        "-1",
        "O",
        "O1",
        "O-00000000001",
        "O00000000000%D9%A1",
        "o000000000001",
        "O000000000001%00",
        "O000000000001%20",
        "O99999999999999999999",
        "O9223372036854775807",
        "FO9223372036854775807",
        "S9223372036854775808",
        "%00",
        "%FF%FE",
        "..",
        "%2e%2e",
        "x%2Fy",
        "'",
        "%22",
        "%25",
        "%zz",
        long.as_str(),
        many.as_str(),
    ];
    for name in names {
        for (method, path) in [
            ("GET", format!("orders/{name}")),
            ("GET", format!("orders/{name}?key=partner_order_reference")),
            ("PATCH", format!("orders/{name}")),
            ("POST", format!("orders/{name}/cancel")),
            ("GET", format!("orders/{name}/change-logs")),
            ("POST", format!("orders/{}/fulfillment-orders/{name}/ship", made.order)),
            ("POST", format!("orders/{}/fulfillment-orders/{name}/split", made.order)),
            ("GET", format!("shipments/{name}")),
            ("POST", format!("shipments/{name}/cancel")),
            ("GET", format!("carrier-accounts/{name}")),
            ("PUT", format!("carrier-accounts/{name}")),
            ("GET", format!("inventory/product-id/{name}")),
        ] {
            let reply = client.send(method, &path, "").await;
            let told = format!("{method} {path:.80}: {} {:.200}", reply.status, reply.body);
            assert!(reply.status == 404 && is_enveloped(404, &reply.body), "{told}");
        }
    }
    for path in ["", "/", "//orders//x//y", "nothing", "orders/x/y", "oauth", "oauth/token/x", "orders/x/cancel/y"] {
        let reply = client.send("GET", path, "").await;
        assert!(reply.status == 404 && is_enveloped(404, &reply.body), "{path}: {} {}", reply.status, reply.body);
    }
    assert_eq!(state(&client).await, before);
}

#[tokio::test]
async fn bodies_that_are_no_objects_are_refused_and_too_large_ones_are_not_kept() {
    let client = Client::open().await;
    let made = made(&client).await;
    let before = state(&client).await;
    let deep = format!("{{\"line_items\":{}{}}}", "[".repeat(400), "]".repeat(400));
    let bodies = [
        "1",
        "[]",
        "[{}]",
        "\"x\"",
        "true",
        "{",
        "{\"a\":1,}",
        "{'a':1}",
        "{\"a\":1}{",
        "{\"a\":\"\\u0000\"}",
        "{\"\\u0000\":1}",
        "{\"a\":[{\"b\":\"x\\u0000\"}]}",
        "{\"a\":NaN}",
        "\u{feff}{\"a\":1}",
        "a=1&b=2",
        deep.as_str(),
    ];
    for (method, path, _) in asked(&made) {
        for body in bodies {
            let reply = client.send(method, &path, body).await;
            let told = format!("{method} {path} {body:.40}: {}", reply.body);
            assert!(reply.status == 400 && is_enveloped(400, &reply.body), "{told}");
            assert!(reply.body.contains("The request body is not a JSON object"), "{told}");
        }
        let huge = client.send(method, &path, &format!(r#"{{"x":"{}"}}"#, "x".repeat(17 * 1024 * 1024))).await;
        assert!(huge.status == 413 && is_enveloped(413, &huge.body), "{method} {path}: {} {}", huge.status, huge.body);
        let latin = Request::builder().method(method).uri(format!("/carriyo/{path}"));
        let latin = client.headers().into_iter().fold(latin, |latin, (name, value)| latin.header(name, value));
        let latin = latin.body(Body::from(b"{\"comment\":\"\xe9\xff\"}".to_vec())).expect("bytes are a body");
        let latin = client.shop.router.clone().oneshot(latin).await.expect("it answers");
        assert_eq!(latin.status().as_u16(), 400, "{method} {path}");
        let told = to_bytes(latin.into_body(), usize::MAX).await.expect("an answer is complete");
        assert!(is_enveloped(400, &String::from_utf8_lossy(&told)), "{method} {path}");
    }
    assert_eq!(state(&client).await, before);
    for body in ["", "null", "[]", "{", "\"x\"", "client_id", "client_id=%00&client_secret=%00", "\u{0}", deep.as_str()]
    {
        let reply = client.shop.send_with("POST", "/carriyo/oauth/token", body, &[]).await;
        let told: Value = serde_json::from_str(&reply.body).expect("an answer is JSON");
        assert!(matches!(reply.status, 400 | 403) && told["error"].is_string(), "{body:.40}: {}", reply.body);
    }
}

#[tokio::test]
async fn too_many_of_anything_and_too_long_texts_are_refused() {
    let client = Client::open().await;
    made(&client).await;
    let before = state(&client).await;
    let long = "x".repeat(70_000);
    for place in [
        "/merchant",
        "/partner_order_reference",
        "/language",
        "/sales_channel",
        "/customer_key",
        "/delivery_type",
        "/customer/contact_name",
        "/delivery_address/notes",
        "/delivery_address/address1",
        "/payment/currency",
        "/line_items/0/id",
        "/line_items/0/sku",
        "/line_items/0/description",
        "/line_items/0/barcode",
        "/fulfillment_orders/0/location_id",
        "/fulfillment_orders/0/partner_fulfillment_order_reference",
        "/carriyo_metadata/0/value",
        "/discount_applications/0/code",
        "/shipping_lines/0/name",
    ] {
        let mut body = order_in_full("LONG");
        match body.pointer_mut(place) {
            Some(value) => *value = long.as_str().into(),
            None => body["delivery_address"]["notes"] = long.as_str().into(),
        }
        let reply = client.send("POST", "orders", &body.to_string()).await;
        assert!(reply.status == 400 && is_enveloped(400, &reply.body), "{place}: {} {:.200}", reply.status, reply.body);
    }
    for list in ["line_items", "fulfillment_orders", "shipping_lines"] {
        let mut body = order_in_full("MANY");
        body[list] = vec![body[list][0].clone(); 251].into();
        let reply = client.send("POST", "orders", &body.to_string()).await;
        let told = format!("{list} : size must be between 0 and 250");
        assert!(reply.status == 400 && reply.body.contains(&told), "{list}: {:.200}", reply.body);
    }
    assert_eq!(state(&client).await, before);
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let client = Client::open().await;
    let made = made(&client).await;
    let of_fulfilment = format!("orders/{}/fulfillment-orders/{}", made.order, made.fulfilment);
    let lines = |quantity: i64| json!({"line_items": [{"id": "a", "quantity": quantity}]}).to_string();
    for (key, path, body, other) in [
        ("c", "orders".to_owned(), order_in_full("ONCE").to_string(), order_in_full("TWICE").to_string()),
        ("s", format!("{of_fulfilment}/ship"), lines(1), lines(2)),
        ("f", format!("{of_fulfilment}/fulfill"), lines(1), lines(2)),
        ("k", format!("{of_fulfilment}/fulfill?skip_shipping=true"), lines(1), lines(2)),
    ] {
        let first = client.keyed("POST", &path, &body, key).await;
        assert_eq!((first.status, first.replayed), (200, false), "{path}: {}", first.body);
        let before = state(&client).await;
        client.shop.advance(60_000);
        let again = client.keyed("POST", &path, &body, key).await;
        assert_eq!((again.status, again.body.as_str(), again.replayed), (200, first.body.as_str(), true), "{path}");
        let other = client.keyed("POST", &path, &other, key).await;
        assert!(other.status == 422 && is_enveloped(422, &other.body), "{path}: {}", other.body);
        let elsewhere =
            client.keyed("POST", &format!("{path}{}x=y", if path.contains('?') { '&' } else { '?' }), &body, key).await;
        assert_eq!(elsewhere.status, 422, "{path}: {}", elsewhere.body);
        assert_eq!(state(&client).await, before, "{path}");
    }
    for key in [String::new(), "x".repeat(256), "\u{e9}".to_owned()] {
        let reply = client.keyed("POST", &format!("{of_fulfilment}/ship"), &lines(1), &key).await;
        assert!(reply.status == 400 && is_enveloped(400, &reply.body), "{key}: {}", reply.body);
    }
    client.adds_up().await;
}

#[tokio::test]
async fn a_line_that_is_named_twice_is_summed_and_carried_as_one_item() {
    let client = Client::open().await;
    let made = made(&client).await;
    let path = format!("orders/{}/fulfillment-orders/{}", made.order, made.fulfilment);
    let twice = json!({"line_items": [{"id": "a", "quantity": 1}, {"id": "a", "quantity": 1}]});
    client.good("POST", &format!("{path}/fulfill"), &twice).await;
    let found = client.good("GET", "shipments/MADE-2", &Value::Null).await;
    let items = found["items"].as_array().expect("items are a list");
    assert_eq!((items.len(), &items[0]["quantity"]), (1, &json!(2)), "{found}");
    let more = json!({"line_items": [{"id": "a", "quantity": 2}, {"id": "a", "quantity": 2}]});
    let reply = client.send("POST", &format!("{path}/fulfill"), &more.to_string()).await;
    assert!(reply.body.contains("line_items[0].quantity : requested quantity 4 exceeds"), "{}", reply.body);
    client.adds_up().await;
}

#[tokio::test]
async fn what_is_paid_on_delivery_is_asked_for_on_the_first_shipment_that_lives_however_it_is_written() {
    let client = Client::open().await;
    client.shop.stock("A", 100).await;
    for (reference, on_delivery) in [("NUMBER", json!(5)), ("TEXT", json!("5.00"))] {
        let mut body = order_in_full(reference);
        body["payment"]["payment_on_delivery"] = on_delivery;
        let order = client.good("POST", "orders", &body).await;
        let fulfilment = text(&order["fulfillment_orders"][0]["fulfillment_order_id"]);
        let path = format!("orders/{}/fulfillment-orders/{fulfilment}/ship", text(&order["order_id"]));
        let one = json!({"line_items": [{"id": "a", "quantity": 1}]});
        for (number, pending) in [(1, 5), (2, 0)] {
            client.good("POST", &path, &one).await;
            let found = client.good("GET", &format!("shipments/{reference}-{number}"), &Value::Null).await;
            assert_eq!(found["payment"]["pending_amount"], json!(pending), "{reference}-{number}");
        }
        // What was to be paid to a carrier who does not come is paid to the next.
        for number in [1, 2] {
            client.good("POST", &format!("shipments/{reference}-{number}/cancel"), &Value::Null).await;
        }
        client.good("POST", &path, &one).await;
        let found = client.good("GET", &format!("shipments/{reference}-3"), &Value::Null).await;
        assert_eq!(found["payment"]["pending_amount"], json!(5), "{reference}");
    }
}

#[tokio::test]
async fn a_confirmation_does_not_give_a_shipment_to_another_account() {
    let client = Client::open().await;
    let shipment = json!({"merchant": "DEFAULT", "references": {"partner_order_reference": "r"}});
    let id = text(&client.good("POST", "shipments?draft=true", &shipment).await["shipment_id"]);
    let path = format!("shipments/{id}/confirm");
    let reply = client.send("POST", &path, r#"{"merchant":"OTHER"}"#).await;
    assert!(reply.status == 400 && reply.body.contains("merchant : merchant not found"), "{}", reply.body);
    for (place, value) in [("items", json!("x")), ("references", json!("x")), ("items", json!([{"sku": "A"}]))] {
        let reply = client.send("POST", &path, &json!({place: value}).to_string()).await;
        assert!(reply.status == 400 && reply.body.contains(place), "{place}: {}", reply.body);
    }
    let found = client.good("GET", &format!("shipments/{id}"), &Value::Null).await;
    assert_eq!((&found["merchant"], &found["post_shipping_info"]["status"]), (&json!("DEFAULT"), &json!("draft")));
}

#[tokio::test]
async fn lines_without_an_id_get_one_that_no_other_line_has() {
    let client = Client::open().await;
    let order = json!({"merchant": "DEFAULT", "partner_order_reference": "IDS", "line_items": [
        {"id": "2", "sku": "A", "quantity": 1}, {"sku": "B", "quantity": 1}, {"id": "1", "sku": "C", "quantity": 1}]});
    let order = client.good("POST", "orders", &order).await;
    let ids: Vec<&Value> = order["line_items"].as_array().expect("a list").iter().map(|line| &line["id"]).collect();
    assert_eq!(ids, ["2", "3", "1"]);
}

#[tokio::test]
async fn parcels_that_hold_more_than_is_shipped_are_faults_however_their_quantity_is_written() {
    let client = Client::open().await;
    let made = made(&client).await;
    let path = format!("orders/{}/fulfillment-orders/{}/ship", made.order, made.fulfilment);
    for (number, (quantity, is_wrong)) in
        [(json!(1), false), (json!(2), true), (json!("1"), false), (json!("2"), true)].into_iter().enumerate()
    {
        let body = json!({"line_items": [{"id": "a", "quantity": 1}],
            "parcels": [{"parcel_items": [{"sku": "A", "quantity": quantity}]}]});
        client.good("POST", &path, &body).await;
        let found = client.good("GET", &format!("shipments/MADE-{}", number + 2), &Value::Null).await;
        assert_eq!(found.to_string().contains("more of A than is shipped"), is_wrong, "{found}");
    }
}
