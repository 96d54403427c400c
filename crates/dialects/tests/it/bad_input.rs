//! Hostile and broken requests: a clear answer, never a 5xx, and nothing has changed (invariant P3).

use serde_json::Value;

use crate::shop::Shop;

async fn status(shop: &Shop, method: &str, path: &str, body: &str) -> (u16, String) {
    let reply = shop.send(method, path, body).await;
    (reply.status, reply.body)
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_without_being_kept() {
    let shop = Shop::open().await;
    let body = format!(r#"{{"items":"{}"}}"#, "x".repeat(50 * 1024 * 1024));
    let (status, text) = status(&shop, "POST", "/rest/V1/order/1/ship", &body).await;
    assert_eq!(status, 413, "{text}");
}

#[tokio::test]
async fn deep_nesting_is_a_decoding_error() {
    let shop = Shop::open().await;
    for body in ["[".repeat(100_000), "{\"a\":".repeat(100_000), format!("{}{}", "[".repeat(500), "]".repeat(500))] {
        assert_eq!(
            status(&shop, "POST", "/rest/V1/order/1/ship", &body).await,
            (400, r#"{"message":"Decoding error."}"#.to_owned())
        );
    }
}

#[tokio::test]
async fn odd_values_in_every_place_of_a_ship_request_never_break_the_server() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let (order, item) = shop.order("A", 5).await;
    let odd = [
        "null",
        "true",
        "-1",
        "0",
        "1.5",
        "1e308",
        "-1e308",
        "1e-308",
        "99999999999999999999999999",
        "\"\"",
        "\"abc\"",
        "\"NaN\"",
        "[]",
        "{}",
        "[[]]",
        "[null]",
        "{\"a\":1}",
        "\"\\u0000\"",
        "\"'; drop table orders; --\"",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
    ];
    for value in odd {
        for body in [
            format!(r#"{{"items":{value},"arguments":{{"extension_attributes":{{"source_code":"nowhere"}}}}}}"#),
            format!(
                r#"{{"items":[{{"order_item_id":{value},"qty":1}}],"arguments":{{"extension_attributes":{{"source_code":"nowhere"}}}}}}"#
            ),
            format!(
                r#"{{"items":[{{"order_item_id":{item},"qty":{value}}}],"arguments":{{"extension_attributes":{{"source_code":"nowhere"}}}}}}"#
            ),
            format!(r#"{{"arguments":{value},"tracks":[{{"track_number":""}}]}}"#),
            format!(r#"{{"arguments":{{"extension_attributes":{{"source_code":{value}}}}},"tracks":[{{}}]}}"#),
            format!(r#"{{"tracks":{value},"arguments":{{"extension_attributes":{{"source_code":"nowhere"}}}}}}"#),
            format!(r#"{{"comment":{value},"arguments":{{"extension_attributes":{{"source_code":"nowhere"}}}}}}"#),
            value.to_owned(),
        ] {
            // Nothing at all, and what is unknown, mean "ship everything".
            if ["null", "[]", "{}", "{\"a\":1}"].contains(&body.as_str()) {
                continue;
            }
            let (status, text) = status(&shop, "POST", &format!("/rest/V1/order/{order}/ship"), &body).await;
            assert!(status == 400 || status == 404, "{body}: {status} {text}");
        }
        for path in [
            format!("/rest/V1/order/{}/ship", value.replace(['"', ' ', '\\', '{', '}', '[', ']', '\''], "x")),
            format!("/rest/V1/orders/{}", value.replace(['"', ' ', '\\', '{', '}', '[', ']', '\''], "x")),
        ] {
            let (status, text) = status(&shop, "GET", &path, "").await;
            assert!(status < 500, "{path}: {text}");
        }
    }
    let found = shop.good("GET", &format!("/rest/V1/orders/{order}"), "").await;
    assert_eq!(found["items"][0]["qty_shipped"], 0);
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

#[tokio::test]
async fn odd_values_in_every_place_of_an_order_never_break_the_server() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let odd = [
        "null",
        "-1",
        "0",
        "1e308",
        "99999999999",
        "\"abc\"",
        "[]",
        "[1]",
        "{}",
        "{\"a\":{}}",
        "\"\\u0000x\"",
        "\"\u{1F600}\"",
    ];
    let members = [
        "increment_id",
        "state",
        "status",
        "store_id",
        "customer_email",
        "grand_total",
        "base_grand_total",
        "subtotal",
        "shipping_amount",
        "tax_amount",
        "discount_amount",
        "order_currency_code",
        "base_to_order_rate",
        "created_at",
        "items",
        "payment",
        "billing_address",
        "extension_attributes",
        "status_histories",
        "total_paid",
        "entity_id",
        "is_virtual",
        "coupon_code",
        "nonsense",
    ];
    for value in odd {
        for member in members {
            let body = format!(
                r#"{{"entity":{{"customer_email":"a@example.com","items":[{{"sku":"A","qty_ordered":1,"price":1}}],"{member}":{value}}}}}"#
            );
            let (status, text) = status(&shop, "POST", "/rest/V1/orders", &body).await;
            assert!(status < 500, "{body}: {status} {text}");
        }
        for member in [
            "sku",
            "qty_ordered",
            "price",
            "row_total",
            "tax_amount",
            "discount_amount",
            "product_type",
            "parent_item_id",
            "parent_item",
            "product_id",
            "is_qty_decimal",
            "qty_shipped",
        ] {
            let body = format!(
                r#"{{"entity":{{"customer_email":"a@example.com","items":[{{"sku":"A","qty_ordered":1,"price":1,"{member}":{value}}}]}}}}"#
            );
            let (status, text) = status(&shop, "POST", "/rest/V1/orders", &body).await;
            assert!(status < 500, "{body}: {status} {text}");
        }
    }
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

#[tokio::test]
async fn headers_that_make_no_sense_are_refused() {
    let shop = Shop::open().await;
    let bearer = format!("Bearer {}", shop.token);
    let send = |headers: Vec<(&'static str, &'static str)>| {
        let (shop, bearer) = (&shop, &bearer);
        async move {
            let mut all: Vec<(&str, &str)> = headers;
            all.push(("authorization", bearer));
            let reply = shop.send_with("POST", "/rest/V1/order/1/ship", "{\"a\":1}", &all).await;
            let text: Value = serde_json::from_str(&reply.body).expect("answers are JSON");
            (reply.status, text["message"].as_str().unwrap_or_default().to_owned())
        }
    };
    for (headers, status, message) in [
        (
            vec![("content-type", "text/plain")],
            400,
            "Server cannot understand Content-Type HTTP header media type text/plain",
        ),
        (vec![("content-type", "")], 400, "Content-Type header is empty."),
        (vec![("content-type", "nonsense")], 400, "Content-Type header is invalid."),
        (vec![("content-type", "application/json; charset=latin1")], 400, "UTF-8 is the only supported charset."),
    ] {
        assert_eq!(send(headers).await, (status, message.to_owned()));
    }
    let (status, message) = send(vec![("accept", "application/xml")]).await;
    assert_eq!(status, 406);
    assert!(message.starts_with("Server cannot match any of the given Accept"), "{message}");
}

#[tokio::test]
async fn searches_that_ask_too_much_are_refused() {
    let shop = Shop::open().await;
    let search = |value: String, condition: &str| {
        format!(
            "/rest/V1/orders?searchCriteria[filterGroups][0][filters][0][field]=status\
             &searchCriteria[filterGroups][0][filters][0][value]={value}\
             &searchCriteria[filterGroups][0][filters][0][conditionType]={condition}"
        )
    };
    assert_eq!(status(&shop, "GET", &search("%25a".repeat(1_000), "like"), "").await.0, 400);
    assert_eq!(status(&shop, "GET", &search("1,".repeat(20_000), "in"), "").await.0, 400);
    assert_eq!(status(&shop, "GET", &search("1,".repeat(9_000), "in"), "").await.0, 200);
    for odd in
        ["searchCriteria[pageSize]=-1", "searchCriteria[currentPage]=9223372036854775807&searchCriteria[pageSize]=9"]
    {
        assert_eq!(status(&shop, "GET", &format!("/rest/V1/orders?{odd}"), "").await.0, 200, "{odd}");
    }
}

/// Bodies of every kind, each good or nearly so.
const BODIES: &[(&str, &str, &str)] = &[
    (
        "POST",
        "/rest/V1/products",
        r#"{"product":{"sku":"A","name":"A","price":10,"type_id":"simple","weight":1,"status":1,
        "custom_attributes":[{"attribute_code":"price_type","value":"1"}],"extension_attributes":{"website_ids":[1],
        "stock_item":{"qty":1000000,"is_in_stock":true,"manage_stock":true,"min_qty":0,"qty_increments":1}}}}"#,
    ),
    (
        "POST",
        "/rest/V1/inventory/sources",
        r#"{"source":{"source_code":"e","name":"E","postcode":"1","country_id":"US",
        "latitude":1.5,"longitude":-2,"enabled":true,"region_id":1,"use_default_carrier_config":false,
        "carrier_links":[{"carrier_code":"u","position":1}],"extension_attributes":{"frontend_name":"x"}}}"#,
    ),
    (
        "POST",
        "/rest/V1/inventory/stocks",
        r#"{"stock":{"name":"S","extension_attributes":{"sales_channels":
        [{"type":"website","code":"base"}]}}}"#,
    ),
    ("POST", "/rest/V1/inventory/stock-source-links", r#"{"links":[{"stock_id":2,"source_code":"e","priority":1}]}"#),
    (
        "POST",
        "/rest/V1/inventory/source-items",
        r#"{"sourceItems":[{"sku":"A","source_code":"e","quantity":9,"status":1}]}"#,
    ),
    ("POST", "/rest/V1/inventory/source-items-delete", r#"{"sourceItems":[{"sku":"Z","source_code":"e"}]}"#),
    ("POST", "/rest/V1/inventory/bulk-product-source-assign", r#"{"skus":["A","B"],"sourceCodes":["e"]}"#),
    (
        "POST",
        "/rest/V1/inventory/bulk-product-source-transfer",
        r#"{"skus":["B"],"originSource":"e",
        "destinationSource":"default","unassignFromOrigin":false}"#,
    ),
    (
        "POST",
        "/rest/V1/inventory/bulk-partial-source-transfer",
        r#"{"originSourceCode":"e",
        "destinationSourceCode":"default","items":[{"sku":"A","qty":1}]}"#,
    ),
    (
        "POST",
        "/rest/V1/inventory/source-selection-algorithm-result",
        r#"{"inventoryRequest":{"stock_id":1,
        "items":[{"sku":"A","qty":1}],"extension_attributes":{"destination_address":{"country":"US","postcode":"1",
        "city":"x","region":"y","street":"z"}}},"algorithmCode":"distance"}"#,
    ),
    (
        "POST",
        "/rest/V1/orders",
        r#"{"entity":{"customer_email":"a@b.co","subtotal":10,"shipping_amount":1,
        "discount_amount":-1,"grand_total":10,"items":[{"item_id":5,"sku":"A","qty_ordered":1,"price":10,"row_total":10,
        "discount_amount":1,"product_type":"simple","product_option":{"extension_attributes":{"custom_options":
        [{"option_id":"1","option_value":"2"}]}}}],"payment":{"method":"checkmo","additional_information":["x"]},
        "billing_address":{"firstname":"a","lastname":"b","street":["c"],"city":"d","postcode":"1","country_id":"US",
        "telephone":"1"},"extension_attributes":{"shipping_assignments":[{"shipping":{"method":"m",
        "total":{"shipping_amount":1}}}]}}}"#,
    ),
    (
        "POST",
        "/rest/V1/orders/1/comments",
        r#"{"statusHistory":{"comment":"x","is_customer_notified":1,
        "is_visible_on_front":0,"parent_id":1,"status":"s","entity_name":"order"}}"#,
    ),
    (
        "POST",
        "/rest/V1/order/1/invoice",
        r#"{"capture":true,"items":[{"order_item_id":1,"qty":0}],
        "comment":{"comment":"x","is_visible_on_front":0}}"#,
    ),
    (
        "POST",
        "/rest/V1/shipment",
        r#"{"entity":{"order_id":1,"items":[{"order_item_id":1,"qty":0,"name":"n","price":1}],
        "tracks":[{"track_number":"1","title":"t","carrier_code":"c","weight":1,"qty":1}],"total_qty":1,
        "comments":[{"comment":"x","is_customer_notified":1,"is_visible_on_front":1,"parent_id":1}],
        "extension_attributes":{"source_code":"e"}}}"#,
    ),
    (
        "POST",
        "/rest/V1/shipment/1/comments",
        r#"{"entity":{"comment":"x","is_customer_notified":1,
        "is_visible_on_front":1,"parent_id":1}}"#,
    ),
    (
        "POST",
        "/rest/V1/shipment/track",
        r#"{"entity":{"order_id":1,"parent_id":1,"track_number":"1","title":"t",
        "carrier_code":"c","weight":1,"qty":1,"description":"d"}}"#,
    ),
];

/// Every place of a body, as the steps that lead there.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| places(value, &format!("{at}/{name}"), found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| places(value, &format!("{at}/{index}"), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn odd_values_in_every_place_of_every_body_never_break_the_server() {
    let shop = Shop::open().await;
    let odd: Value = serde_json::from_str(&format!(
        r#"[null,true,-1,0,1.5,1e308,99999999999999999999999,-9223372036854775808,"","abc","NaN","\u0000","\ud83d\ude00",
            [],{{}},[[]],[null],{{"a":1}},{{"0":1}},"{}"]"#,
        "x".repeat(70_000)
    ))
    .expect("odd, but JSON");
    for (method, path, body) in BODIES {
        let good: Value = serde_json::from_str(body).expect("the bodies are JSON");
        let mut all = Vec::new();
        places(&good, "", &mut all);
        for place in all {
            for value in odd.as_array().expect("a list") {
                let mut sent = good.clone();
                sent.pointer_mut(&place).expect("it was found there").clone_from(value);
                let sent = sent.to_string();
                let (status, text) = status(&shop, method, path, &sent).await;
                assert!(status < 500, "{method} {path} {}: {status} {text}", &sent[..sent.len().min(500)]);
            }
        }
    }
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_list_without_pages_is_given_only_while_it_is_short() {
    let shop = Shop::open().await;
    let counts: Vec<String> = (0..10_001)
        .map(|number| format!(r#"{{"sku":"S{number}","source_code":"default","quantity":1,"status":1}}"#))
        .collect();
    let body = format!(r#"{{"sourceItems":[{}]}}"#, counts.join(","));
    shop.good("POST", "/rest/V1/inventory/source-items", &body).await;
    let (code, text) = status(&shop, "GET", "/rest/V1/inventory/source-items?searchCriteria", "").await;
    assert_eq!(code, 400);
    assert!(text.contains("searchCriteria[pageSize]"), "{text}");
    let page = "/rest/V1/inventory/source-items?searchCriteria[pageSize]=100000&searchCriteria[currentPage]=";
    assert_eq!(status(&shop, "GET", &format!("{page}1"), "").await.0, 400);
    assert_eq!(status(&shop, "GET", &format!("{page}2"), "").await.0, 200);
    let all = shop.good("GET", "/rest/V1/inventory/source-items?searchCriteria[pageSize]=10000", "").await;
    assert_eq!(all["items"].as_array().map(Vec::len), Some(10_000));
}

#[tokio::test]
async fn odd_values_in_every_place_of_a_refund_never_break_the_server() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let (order, item) = shop.order("A", 5).await;
    shop.good("POST", &format!("/rest/V1/order/{order}/invoice"), "{}").await;
    let odd = [
        "true",
        "-1",
        "0.00001",
        "1e308",
        "-1e308",
        "99999999999999999999999999",
        "\"abc\"",
        "\"NaN\"",
        "\"Infinity\"",
        "\"12abc\"",
        "[[]]",
        "{\"a\":1}",
        "\"\\u0000\"",
        "9223372036854775807",
        "-9223372036854775808",
    ];
    for value in odd {
        // Nothing that is asked for beside the odd value can be had.
        for body in [
            format!(r#"{{"items":{value},"arguments":{{"adjustment_positive":900}}}}"#),
            format!(r#"{{"items":[{{"order_item_id":{value},"qty":1}}],"arguments":{{"adjustment_positive":900}}}}"#),
            format!(
                r#"{{"items":[{{"order_item_id":{item},"qty":{value}}}],"arguments":{{"adjustment_positive":900}}}}"#
            ),
            format!(r#"{{"arguments":{{"shipping_amount":{value},"adjustment_positive":900}}}}"#),
            format!(r#"{{"arguments":{{"adjustment_negative":{value},"adjustment_positive":900}}}}"#),
            format!(
                r#"{{"items":[{{"order_item_id":{item},"qty":9}}],"arguments":{{"adjustment_positive":{value}}}}}"#
            ),
            format!(
                r#"{{"arguments":{{"adjustment_positive":900,"extension_attributes":{{"return_to_stock_items":{value}}}}}}}"#
            ),
            format!(r#"{{"arguments":{value},"items":[{{"order_item_id":{item},"qty":9}}]}}"#),
            format!(r#"{{"comment":{value},"items":[{{"order_item_id":{item},"qty":9}}]}}"#),
        ] {
            for path in [format!("/rest/V1/order/{order}/refund"), "/rest/V1/invoice/1/refund".to_owned()] {
                let (status, text) = status(&shop, "POST", &path, &body).await;
                assert!((400..500).contains(&status), "{path} {body}: {status} {text}");
            }
        }
        for body in [
            format!(r#"{{"creditmemo":{{"order_id":{value},"items":[],"base_grand_total":900}}}}"#),
            format!(r#"{{"creditmemo":{{"order_id":{order},"items":{value},"base_grand_total":900}}}}"#),
            format!(
                r#"{{"creditmemo":{{"order_id":{order},"items":[],"base_grand_total":{value},"adjustment_positive":900}}}}"#
            ),
        ] {
            let (status, text) = status(&shop, "POST", "/rest/V1/creditmemo/refund", &body).await;
            assert!((400..500).contains(&status), "{body}: {status} {text}");
        }
    }
    let found = shop.good("GET", &format!("/rest/V1/orders/{order}"), "").await;
    assert_eq!(found["items"][0]["qty_refunded"], 0);
    assert_eq!(shop.verify().await, Vec::<String>::new());
}
