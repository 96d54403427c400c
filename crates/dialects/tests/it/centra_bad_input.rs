//! Hostile and broken requests at the Centra door: always its envelope, never a 5xx, and nothing has changed
//! (invariant P3).

use axum::body::{Body, to_bytes};
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;
use waybill_dialects::centra::plugin::Plugin;

use crate::plugged::Plugged;
use crate::shop::TENANT;

/// Values that are odd wherever they stand, as JSON.
pub fn odd() -> Vec<Value> {
    let text = format!(
        r#"[null,true,false,-1,0,1.5,2.0,1e308,-1e308,1e-308,99999999999999999999999,9223372036854775807,
        -9223372036854775808,9223372036854775808,4294967297,"","0","-1","007","1.0","1e3"," 1 ","+1","٣",
        "abc","NaN","Infinity",
        "true","\u0000","a\u0000b","\ud83d\ude00","]]>","<!--","'; drop table orders; --","../../etc/passwd",
        [],{{}},[[]],[null],{{"a":1}},{{"0":1}},{{"1":{{"1":{{}}}}}},"0000-00-00 00:00:00","2026-02-30",
        "99999-01-01","{}"]"#,
        "x".repeat(70_000)
    );
    match serde_json::from_str(&text).expect("odd, but JSON") {
        Value::Array(values) => values,
        other => panic!("{other} is no list"),
    }
}

/// What every answer is: JSON or XML with a verdict, or a list of verdicts by name.
fn is_enveloped(text: &str) -> bool {
    if text.starts_with("<?xml") {
        return text.ends_with("</response>");
    }
    let is_verdict =
        |value: &Value| ["ok", "no", "Not Allowed"].contains(&value["status"].as_str().unwrap_or_default());
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(map)) => is_verdict(&Value::Object(map.clone())) || map.values().all(is_verdict),
        Ok(_) | Err(_) => false,
    }
}

/// A shop with an order that has a shipment; what is well asked of them, if the odd value were not in it. None of it
/// can be carried out: each asks for something that is not there beside what is odd.
async fn sent(plugged: &Plugged) -> Vec<(&'static str, String, Value)> {
    plugged.shop.stock("A", 1_000_000).await;
    let (order, line, shipment) = (83_651, "1", "83651-1");
    let taken = json!({"orderNumber": order, "address": {"email": "a@example.com", "country": "SE"}, "shippingValue": 5,
        "products": [{"sku": "A", "qty": 5, "unitPrice": 10}],
        "payment": {"id": "rehearsal", "auth": {"status": 1, "response": "decline"}}});
    plugged.good("POST", "order", &taken.to_string()).await;
    let open = json!({"order": order, "products": {line: 2}, "capture": false});
    plugged.good("POST", "shipments", &open.to_string()).await;
    vec![
        (
            "POST",
            "shipments".to_owned(),
            json!({"order": order, "products": {line: {"qty": 9, "serialNumber": "s"}, "90909": 1}, "gtg": 1,
                "capture": 0,
                "shipped": 1,
                "carrier": "c", "service": "s", "packages": 1, "tracking": "t", "returnSlipTracking": "r",
                "sendEmail": 0, "deductPreviousCosts": 1, "createAlways": 1, "xml": 0}),
        ),
        (
            "PUT",
            "shipment".to_owned(),
            json!({"order": 90_909, "shipment": shipment, "capture": 1, "gtg": 1, "shipped": 1, "carrier": "c",
                "service": "s",
                "packages": 1, "tracking": "t", "returnSlipTracking": "r", "sendEmail": 0,
                "internalComment": "i", "xml": 0}),
        ),
        ("PUT", "capture".to_owned(), json!({"order": order, "shipment": shipment, "xml": 0})),
        (
            "PUT",
            format!("shipments/{shipment}"),
            json!({"gtg": 0, "products": {line: {"qty": 9, "serialNumber": "s"}, "90909": 1}, "xml": 0}),
        ),
        (
            "PUT",
            "orders".to_owned(),
            json!({"order": 90_909, "comment": "c", "internalComment": "i", "replaceComment": 0,
                "replaceInternalComment": 0,
                "extraAttributes": {"a": "b"}, "xml": 0}),
        ),
        ("POST", "stock".to_owned(), json!({"products": [{"product": "NOTHING", "quantity": 1}], "xml": 0})),
        ("POST", "order/90909".to_owned(), order_in_full()),
    ]
}

/// An order with all that it can say.
fn order_in_full() -> Value {
    let address = json!({"email": "a@example.com", "firstName": "a", "country": "SE", "vat": "1", "cell": "1",
        "coaddress": "c", "zipcode": "1", "state": "s", "city": "c", "tele": "1", "company": "c"});
    json!({"address": address, "invoiceAddress": {"email": "a@example.com", "country": "SE"},
        "products": [{"sku": "A", "ean": "1", "id": 1, "qty": 1, "unitPrice": 1.5, "originalPrice": 2, "comment": "c",
            "itemText": {"sku": "A", "product": "p", "brand": "b", "variant": "v", "size": "s"}}],
        "payment": {"id": "purchaseorder", "auth": {"response": {"a": 1}, "status": 1, "transaction": "t",
            "method": "m", "amount": 5}},
        "pricelistId": 1, "marketId": 1, "market": "SE", "customerId": 5,
        "createdFromOrigin": {"type": "plugin", "id": 1},
        "extraAttributes": {"a": "b"}, "shippingList": "s", "shippingValue": 1, "voucherValue": 1, "orderNumber": null,
        "sendEmail": 0, "adjustStock": 1, "forceCreate": 0, "comment": "c", "internalComment": "i", "currency": "USD",
        "orderDate": "2026-01-01", "deliveryDate": "2026-01-01", "cancelDate": "2026-01-01", "warehouseGroup": "g",
        "createOnly": 0, "internalOrder": 0, "applyVouchers": 1,
        "poNumber": "p", "buyerName": "b", "deliveryWindow": {"a": 1}, "voucherCodes": ["v"], "xml": 0})
}

/// All that this door shows of the order.
async fn state(plugged: &Plugged) -> String {
    let mut state = String::new();
    for path in
        ["orders?order=83651", "shipments?status=inprogress", "shipments", "shipments?status=completed", "stock?sku=A"]
    {
        state.push_str(&plugged.send("GET", path, "").await.body);
    }
    state
}

/// Every place of a body, as the steps that lead there.
pub fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| places(value, &format!("{at}/{name}"), found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| places(value, &format!("{at}/{index}"), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Sends odd values in every place of a body; whether it was carried out is for the caller to see.
async fn odd_everywhere(plugged: &Plugged, odd: &[Value], (method, path, good): &(&'static str, String, Value)) {
    let mut all = Vec::new();
    places(good, "", &mut all);
    for place in all {
        for value in odd {
            let mut body = good.clone();
            body.pointer_mut(&place).expect("it was found there").clone_from(value);
            let reply = plugged.send(method, path, &body.to_string()).await;
            let told =
                format!("{method} {path} {place} {:.60}: {} {:.300}", value.to_string(), reply.status, reply.body);
            assert!(matches!(reply.status, 200 | 409), "{told}");
            assert!(is_enveloped(&reply.body), "{told}");
        }
    }
}

#[tokio::test]
async fn odd_values_in_what_is_asked_of_orders_are_told_in_the_envelope_and_change_nothing() {
    let plugged = Plugged::open().await;
    let sent = sent(&plugged).await;
    let before = state(&plugged).await;
    for request in &sent {
        odd_everywhere(&plugged, &odd(), request).await;
        assert!(state(&plugged).await == before, "{} {}: {}", request.0, request.1, state(&plugged).await);
    }
    plugged.adds_up().await;
}

#[tokio::test]
async fn odd_values_in_orders_that_come_in_are_told_in_the_envelope_and_what_is_taken_can_be_shown() {
    let plugged = Plugged::open().await;
    sent(&plugged).await;
    let short = json!({"one": {"address": {"email": "a@example.com", "country": "SE"},
        "products": [{"sku": "A", "qty": 1}],
        "payment": {"id": "rehearsal", "auth": {"status": 1}, "capture": {"status": 1}}}});
    // Most orders are taken, and that takes its time: a few values of each kind must do.
    let few: Vec<Value> = odd().into_iter().step_by(3).chain(odd().into_iter().rev().take(9)).collect();
    for request in [("POST", "order".to_owned(), order_in_full()), ("POST", "orders".to_owned(), short)] {
        odd_everywhere(&plugged, &few, &request).await;
    }
    let mut offset = 0;
    loop {
        let page = plugged.good("GET", &format!("orders?limit=100&offset={offset}"), "").await;
        let xml = plugged.send("GET", &format!("orders?limit=100&offset={offset}&xml=1"), "").await;
        assert!(xml.status == 200 && is_enveloped(&xml.body), "{offset}: {:.300}", xml.body);
        offset += 100;
        if page["orders"].as_array().is_none_or(Vec::is_empty) {
            break;
        }
    }
    assert!(offset > 200, "odd values that are nothing to us come in");
    plugged.adds_up().await;
}

#[tokio::test]
async fn odd_parameters_of_lists_are_told_in_the_envelope() {
    let plugged = Plugged::open().await;
    sent(&plugged).await;
    let names = [
        "limit",
        "offset",
        "order",
        "status",
        "newer_than",
        "older_than",
        "customer_id",
        "xml",
        "sku",
        "page",
        "modified",
        "stock_modified",
        "created",
        "ean",
        "upc",
        "productId",
        "variantId",
        "stockItemId",
        "include",
        "exclude",
        "limit[]",
    ];
    for list in ["orders", "shipments", "stock"] {
        for name in names {
            for value in odd() {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let text: String = text.chars().take(2_000).collect();
                let text: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
                let path = format!("{list}?{name}={text}");
                let reply = plugged.send("GET", &path, "").await;
                assert_eq!(reply.status, 200, "{path}: {}", reply.body);
                assert!(is_enveloped(&reply.body), "{path}: {}", reply.body);
            }
        }
        for (query, msg) in [
            ("limit=-1", "invalid value for limit"),
            ("limit=0", "invalid value for limit"),
            ("limit=1.5", "invalid value for limit"),
            ("limit=99999999999999999999", "invalid value for limit"),
            ("xml=perhaps", "invalid value for xml"),
            ("xml=%00", "invalid value for xml"),
        ] {
            let reply = plugged.send("GET", &format!("{list}?{query}"), "").await;
            let expected = format!(r#"{{"status":"no","msg":"{msg}"}}"#);
            assert_eq!((reply.status, reply.body), (200, expected), "{list}?{query}");
        }
        for query in
            ["limit=1000000", "offset=9000000000000000000", "limit=%FF%FE", "%FF=%FE", "xml=1&xml=1&limit=-1", "&&==&"]
        {
            let reply = plugged.send("GET", &format!("{list}?{query}"), "").await;
            assert!(reply.status == 200 && is_enveloped(&reply.body), "{list}?{query}: {}", reply.body);
        }
    }
}

#[tokio::test]
async fn names_in_addresses_that_name_nothing_are_told_in_the_envelope() {
    let plugged = Plugged::open().await;
    sent(&plugged).await;
    let before = state(&plugged).await;
    let long = "9".repeat(5_000);
    let names = [
        "0",
        "-1",
        "1",
        "1-0",
        "1--1",
        "-1-1",
        "1-1-1",
        "99999999999999999999-1",
        "1-99999999999999999999",
        "x-1",
        "1-x",
        "%00",
        "1-1%00",
        "%FF%FE",
        "..",
        "%2e%2e",
        "1%2F1",
        "1-1;x",
        "1-1%20",
        "'",
        "%22",
        "%D9%A3-1",
        long.as_str(),
    ];
    for name in names {
        for (method, path, body) in [
            ("PUT", "shipments", r#"{"products":{"999":1}}"#),
            ("POST", "order", r#"{"payment":{"auth":{"status":9}}}"#),
            ("GET", "shipments", ""),
            ("PATCH", "shipments", "{}"),
        ] {
            let reply = plugged.send(method, &format!("{path}/{name}"), body).await;
            assert!(
                matches!(reply.status, 200 | 404 | 405),
                "{method} {path}/{name:.60}: {} {}",
                reply.status,
                reply.body
            );
            assert!(
                is_enveloped(&reply.body) && !reply.body.contains(r#""ok""#),
                "{method} {path}/{name:.60}: {}",
                reply.body
            );
        }
    }
    for path in ["", "/", "orders/", "//orders", "orders//", "nothing", "orders/1/2", "shipments/1-1/2"] {
        let reply = plugged.send("GET", path, "").await;
        assert!(
            matches!(reply.status, 200 | 404 | 405) && is_enveloped(&reply.body),
            "{path}: {} {}",
            reply.status,
            reply.body
        );
    }
    assert_eq!(state(&plugged).await, before);
}

#[tokio::test]
async fn bodies_that_are_no_objects_are_invalid_json_and_too_large_ones_are_not_kept() {
    let plugged = Plugged::open().await;
    sent(&plugged).await;
    let before = state(&plugged).await;
    let invalid = r#"{"status":"no","msg":"invalid json"}"#;
    let deep = format!("{{\"order\":{}{}}}", "[".repeat(400), "]".repeat(400));
    let bodies = [
        "",
        " ",
        "null",
        "1",
        "[]",
        "\"x\"",
        "{",
        "{\"order\":1,}",
        "{'order':1}",
        "{\"order\":1}{",
        "{\"a\":\"\\u0000\"}",
        "{\"\\u0000\":1}",
        "{\"order\":NaN}",
        "\u{feff}{\"order\":1}",
        "order=1&products=2",
        deep.as_str(),
    ];
    let writes = [
        ("POST", "shipments"),
        ("PUT", "shipment"),
        ("POST", "shipment"),
        ("PUT", "capture"),
        ("PUT", "shipments/1-1"),
        ("PUT", "orders"),
        ("POST", "orders"),
        ("POST", "order"),
        ("POST", "order/1"),
        ("POST", "stock"),
    ];
    for (method, path) in writes {
        for body in bodies {
            let reply = plugged.send(method, path, body).await;
            assert_eq!((reply.status, reply.body.as_str()), (200, invalid), "{method} {path} {body:.40}");
        }
        let xml = plugged.send(method, &format!("{path}?xml=1"), "[]").await;
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
            <response><status>no</status><msg>invalid json</msg></response>";
        assert_eq!((xml.status, xml.body.as_str()), (200, expected), "{method} {path}");
        let huge = plugged.send(method, path, &format!(r#"{{"x":"{}"}}"#, "x".repeat(17 * 1024 * 1024))).await;
        assert!(huge.status == 413 && is_enveloped(&huge.body), "{method} {path}: {} {}", huge.status, huge.body);
        let latin = Request::builder().method(method).uri(format!("/centra/order-api/{path}"));
        let latin =
            latin.header("api-authorization", plugged.key()).body(Body::from(b"{\"comment\":\"\xe9\xff\"}".to_vec()));
        let latin = plugged.shop.router.clone().oneshot(latin.expect("bytes are a body")).await.expect("it answers");
        assert_eq!(latin.status().as_u16(), 200, "{method} {path}");
        let text = to_bytes(latin.into_body(), usize::MAX).await.expect("an answer is complete");
        assert_eq!(text, invalid, "{method} {path}");
    }
    assert_eq!(state(&plugged).await, before);
}

#[tokio::test]
async fn headers_that_make_no_sense_are_told_in_the_envelope() {
    let plugged = Plugged::open().await;
    let not_authorised = r#"{"status":"no","msg":"not authorized"}"#;
    for (name, value) in [
        ("api-authorization", ""),
        ("api-authorization", "\u{e9}"),
        ("authorization", "Basic eDp5"),
        ("authorization", "Bearer"),
        ("authorization", "Bearer  "),
    ] {
        let reply = plugged.shop.send_with("GET", "/centra/order-api/orders", "", &[(name, value)]).await;
        assert_eq!((reply.status, reply.body.as_str()), (401, not_authorised), "{name}: {value}");
    }
    let bearer = format!("Bearer {}", plugged.key());
    let reply = plugged.shop.send_with("GET", "/centra/order-api/orders", "", &[("authorization", &bearer)]).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"status":"ok","orders":[]}"#));
    for key in [String::new(), "x".repeat(256), "\u{e9}".to_owned()] {
        let reply = plugged.keyed("POST", "shipments", r#"{"order":1}"#, &key).await;
        let told = r#"{"status":"no","msg":"the Idempotency-Key header must have 1 to 255 visible characters"}"#;
        assert_eq!((reply.status, reply.body.as_str()), (400, told), "{key}");
    }
}

#[tokio::test]
async fn texts_are_bounded_and_come_back_as_they_were_sent() {
    let plugged = Plugged::open().await;
    sent(&plugged).await;
    let hostile = "<b>&\"'\u{1F600}\u{202e}]]></response>\u{7f}\u{85}";
    let remark = |text: &str| json!({"order": 83_651, "comment": text, "replaceComment": 1}).to_string();
    plugged.good("PUT", "orders", &remark(hostile)).await;
    let found = plugged.good("GET", "orders?order=83651", "").await;
    assert_eq!(found["orders"][0]["otherComment"], hostile);
    let xml = plugged.send("GET", "orders?order=83651&xml=1", "").await.body;
    let escaped =
        "<otherComment>&lt;b&gt;&amp;&quot;'\u{1F600}\u{202e}]]&gt;&lt;/response&gt;\u{7f}\u{85}</otherComment>";
    assert!(xml.contains(escaped), "{xml}");
    // As long as it may be, but no longer, also bit by bit.
    plugged.good("PUT", "orders", &remark(&"x".repeat(65_535))).await;
    for body in [remark(&"x".repeat(65_536)), json!({"order": 83_651, "comment": "x"}).to_string()] {
        let reply = plugged.send("PUT", "orders", &body).await;
        assert_eq!(reply.body, r#"{"status":"no","msg":"invalid value for comment","order":83651}"#);
    }
    for round in 0..3 {
        let long: String = "x".repeat(30_000);
        let body = json!({"order": 83_651, "extraAttributes": {format!("a{round}"): long}}).to_string();
        let reply = plugged.send("PUT", "orders", &body).await;
        assert_eq!(reply.body.contains(r#""status":"ok""#), round < 2, "{}", reply.body);
    }
    let long = "x".repeat(70_000);
    for (place, name) in [
        ("/poNumber", "poNumber"),
        ("/deliveryDate", "deliveryDate"),
        ("/voucherCodes/0", "voucherCodes"),
        ("/extraAttributes/a", "extraAttributes"),
        ("/products/0/comment", "comment"),
        ("/products/0/itemText/brand", "brand"),
        ("/payment/id", "id"),
        ("/payment/auth/response", "response"),
        ("/payment/auth/transaction", "transaction"),
    ] {
        let mut body = order_in_full();
        *body.pointer_mut(place).unwrap_or_else(|| panic!("there is no {place}")) = long.as_str().into();
        let reply = plugged.send("POST", "order", &body.to_string()).await;
        assert_eq!(reply.body, format!(r#"{{"status":"no","code":-7,"msg":"invalid value for {name}"}}"#));
    }
    for name in ["carrier", "service", "tracking", "returnSlipTracking"] {
        let body =
            json!({"shipment": "83651-1", "capture": 0, "gtg": 0, "shipped": 0, name: "x".repeat(256)}).to_string();
        let reply = plugged.send("PUT", "shipment", &body).await;
        let told = format!(r#"{{"status":"no","msg":"invalid value for {name}","order":83651,"shipment":"83651-1"}}"#);
        assert_eq!(reply.body, told);
    }
}

#[tokio::test]
async fn a_number_of_another_store_may_be_written_short_or_in_full() {
    let mut plugged = Plugged::open().await;
    plugged.shop.stock("A", 9).await;
    plugged.shop.website("second").await;
    let plugin = Plugin { store: "second".to_owned(), store_id: 2, ..Plugin::default() };
    let key = plugged.shop.plugin(TENANT, &plugin, None).await;
    plugged = plugged.by(&key);
    let (number, line) = plugged.order("A", 2, "ok").await;
    assert_eq!(number, 2_000_000_001);
    let body = format!(r#"{{"order":1,"products":{{"{line}":1}},"gtg":1,"capture":0}}"#);
    plugged.good("POST", "shipments", &body).await;
    for (order, shipment) in [("1", "1-1"), ("2000000001", "1-1"), ("1", "2000000001-1")] {
        let body = format!(r#"{{"order":{order},"shipment":"{shipment}","tracking":"T"}}"#);
        plugged.good("PUT", "shipment", &body).await;
    }
    plugged.adds_up().await;
}
