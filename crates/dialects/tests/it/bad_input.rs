//! Hostile and broken requests: a clear answer, never a 5xx, and nothing has changed (invariant P3).

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
            let text: serde_json::Value = serde_json::from_str(&reply.body).expect("answers are JSON");
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
