//! The Centra door, asked by many at once and asked again (contract `centra.md`, flow 11; invariants S1, D1, M1 and
//! E2).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use waybill_dialects::centra;
use waybill_dialects::centra::plugin::Plugin;
use waybill_domain::Permissions;
use waybill_engine::Grant;

use crate::plugged::Plugged;
use crate::shop::{Reply, TENANT};

/// How often each answer came, without what differs in each: status, verdict and reason.
fn counted(replies: &[Reply]) -> BTreeMap<(u16, String), usize> {
    let mut counts = BTreeMap::new();
    for reply in replies {
        let told: Value = serde_json::from_str(&reply.body).expect("an answer is JSON");
        let said = told["msg"].as_str().or(told["status"].as_str()).unwrap_or_default().to_owned();
        *counts.entry((reply.status, said)).or_insert(0) += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_ship_the_last_piece_exactly_one_does() {
    for capture in [0, 1] {
        let plugged = Plugged::open().await;
        plugged.shop.stock("A", 10).await;
        let (order, line) = plugged.order("A", 2, "ok").await;
        let body =
            format!(r#"{{"order":{order},"products":{{"{line}":1}},"capture":{capture},"deductPreviousCosts":1}}"#);
        plugged.good("POST", "shipments", &body).await;
        let replies = plugged.at_once(vec![("POST", "shipments".to_owned(), body, None); 16]).await;
        let none_left = format!("quantity for line {line} exceeds remaining quantity 0");
        let expected = BTreeMap::from([((200, "ok".to_owned()), 1), ((200, none_left), 15)]);
        assert_eq!(counted(&replies), expected, "capture {capture}");
        let listed = plugged.good("GET", &format!("shipments?status=inprogress&order={order}"), "").await;
        let names: Vec<&Value> =
            listed["shipments"].as_array().expect("a list").iter().map(|one| &one["shipmentId"]).collect();
        assert_eq!(names, [&json!(format!("{order}-1")), &json!(format!("{order}-2"))], "capture {capture}");
        plugged.adds_up().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn captures_of_one_order_at_once_take_its_money_to_the_cent_whatever_the_gateway_does() {
    for words in ["ok", "lost-after", "lost-before", "error-after", "twice", "late"] {
        let plugged = Plugged::open().await;
        plugged.shop.stock("A", 10).await;
        let (order, line) = plugged.order("A", 5, words).await;
        let body =
            format!(r#"{{"order":{order},"products":{{"{line}":1}},"deductPreviousCosts":true,"gtg":1,"shipped":1}}"#);
        let mut told_of = BTreeSet::new();
        // Whom a silent gateway kept waiting too long asks again.
        for _ in 0..20 {
            let replies = plugged.at_once(vec![("POST", "shipments".to_owned(), body.clone(), None); 12]).await;
            for reply in &replies {
                assert!(matches!(reply.status, 200 | 409), "{words}: {} {}", reply.status, reply.body);
                let told: Value = serde_json::from_str(&reply.body).expect("an answer is JSON");
                if told["status"] == "ok" {
                    let is_new = told_of.insert(told["shipment"].to_string());
                    assert!(is_new, "{words}: nobody else was told of {}", told["shipment"]);
                }
            }
            plugged.shop.advance(5_000);
            plugged.shop.engine.work().await.expect("the database is there");
        }
        let listed = plugged.good("GET", &format!("shipments?status=completed&order={order}"), "").await;
        assert_eq!(listed["shipments"].as_array().map(Vec::len), Some(5), "{words}");
        let found = plugged.shop.good("GET", "/rest/V1/orders/1?fields=total_paid,total_due,state", "").await;
        assert_eq!(found, json!({"total_paid": 55, "total_due": 0, "state": "complete"}), "{words}");
        plugged.adds_up().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acts_on_one_shipment_at_once_leave_what_adds_up() {
    let plugged = Plugged::open().await;
    plugged.shop.stock("A", 20).await;
    for round in 0..6 {
        let (order, line) = plugged.order("A", 3, ["ok", "decline", "twice"][round % 3]).await;
        let open = format!(r#"{{"order":{order},"products":{{"{line}":2}},"capture":0}}"#);
        plugged.good("POST", "shipments", &open).await;
        let name = format!("{order}-1");
        let mut requests = Vec::new();
        for _ in 0..4 {
            requests.push(("PUT", "shipment".to_owned(), format!(r#"{{"shipment":"{name}"}}"#), None));
            requests.push(("PUT", "capture".to_owned(), format!(r#"{{"shipment":"{name}"}}"#), None));
            requests.push(("PUT", format!("shipments/{name}"), format!(r#"{{"products":{{"{line}":3}}}}"#), None));
            requests.push((
                "PUT",
                format!("shipments/{name}"),
                format!(r#"{{"gtg":1,"products":{{"{line}":1}}}}"#),
                None,
            ));
            requests.push(("DELETE", format!("shipments/{name}"), String::new(), None));
            requests.push(("POST", "shipments".to_owned(), open.clone(), None));
        }
        let replies = plugged.at_once(requests).await;
        assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 409)), "{replies:?}");
        let found = plugged.shop.good("GET", &format!("/rest/V1/orders/{}", round + 1), "").await;
        assert!(found["items"][0]["qty_shipped"].as_i64().is_some_and(|sent| sent <= 3), "{found}");
        plugged.adds_up().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_under_one_key_makes_one_shipment_and_gets_one_answer() {
    for words in ["ok", "lost-after", "lost-before", "error-after", "twice"] {
        let plugged = Plugged::open().await;
        plugged.shop.stock("A", 10).await;
        let (order, line) = plugged.order("A", 5, words).await;
        let body = format!(r#"{{"order":{order},"products":{{"{line}":1}},"gtg":1,"shipped":1,"tracking":"T"}}"#);
        let request = ("POST", "shipments".to_owned(), body.clone(), Some("once".to_owned()));
        let replies = plugged.at_once(vec![request; 8]).await;
        assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 409)), "{words}: {replies:?}");
        // Who was not told is told when they ask again.
        plugged.shop.advance(5_000);
        let expected = format!(r#"{{"status":"ok","order":{order},"shipment":"{order}-1"}}"#);
        for _ in 0..2 {
            let again = plugged.keyed("POST", "shipments", &body.replace(',', " , "), "once").await;
            assert_eq!((again.status, &again.body, again.replayed), (200, &expected, true), "{words}");
        }
        let told: BTreeSet<&String> =
            replies.iter().filter(|reply| reply.status == 200).map(|reply| &reply.body).collect();
        assert!(told.iter().all(|body| **body == expected), "{words}: {told:?}");
        let other = plugged.keyed("POST", "shipments", &body.replace(":1}", ":2}"), "once").await;
        let refused = r#"{"status":"no","msg":"the Idempotency-Key was used for another request"}"#;
        assert_eq!((other.status, other.body.as_str()), (422, refused), "{words}");
        let listed = plugged.good("GET", &format!("shipments?status=completed&order={order}"), "").await;
        assert_eq!(listed["shipments"].as_array().map(Vec::len), Some(1), "{words}");
        plugged.adds_up().await;
    }
}

#[tokio::test]
async fn every_write_that_comes_again_under_its_key_is_answered_alike_and_done_once() {
    let plugged = Plugged::open().await;
    plugged.shop.stock("A", 50).await;
    let (order, line) = plugged.order("A", 5, "ok").await;
    let address = r#""address":{"email":"a@example.com","country":"SE"}"#;
    let one = format!(r#"{{{address},"products":[{{"sku":"A","qty":1}}],"sendEmail":1,"createOnly":1}}"#);
    let paid = format!(
        r#"{{{address},"products":[{{"sku":"A","qty":1}}],
        "payment":{{"id":"x","capture":{{"status":1,"amount":10}}}}}}"#
    );
    let batch = format!(r#"{{"a":{one},"b":{{{address},"products":[]}},"c":{paid}}}"#);
    let more = r#"{"comment":"again","payment":{"id":"rehearsal","auth":{"status":1,"response":"ok"}}}"#;
    let writes = [
        ("POST", "shipments", format!(r#"{{"order":{order},"products":{{"{line}":1}},"capture":0}}"#)),
        ("PUT", "shipments/1-1", format!(r#"{{"gtg":1,"products":{{"{line}":2}}}}"#)),
        ("PUT", "orders", format!(r#"{{"order":{order},"comment":"once","internalComment":"once"}}"#)),
        ("PUT", "capture", r#"{"shipment":"1-1"}"#.to_owned()),
        ("PUT", "shipment", r#"{"shipment":"1-1","internalComment":"packed","tracking":"T"}"#.to_owned()),
        ("POST", "shipments", format!(r#"{{"order":{order},"products":{{"{line}":1}},"capture":0,"xml":1}}"#)),
        ("DELETE", "shipments/1-2", String::new()),
        ("POST", "order", one.clone()),
        ("POST", "order", paid),
        ("POST", "orders", batch),
        ("POST", "order/2", more.to_owned()),
        ("POST", "stock", r#"{"products":[{"product":"A","quantity":40}]}"#.to_owned()),
    ];
    for (number, (method, path, body)) in writes.iter().enumerate() {
        let key = format!("key {number}");
        let first = plugged.keyed(method, path, body, &key).await;
        assert!(first.status == 200 && !first.replayed, "{method} {path} {body}: {}", first.body);
        let is_ok = first.body.contains(r#""status":"ok""#) || first.body.contains("<status>ok</status>");
        assert!(is_ok, "{method} {path} {body}: {}", first.body);
        // Meanwhile the shop goes on.
        let price = format!(r#"{{"product":{{"sku":"A","price":{}}}}}"#, 20 + number);
        plugged.shop.good("PUT", "/rest/V1/products/A", &price).await;
        for _ in 0..2 {
            let again = plugged.keyed(method, path, body, &key).await;
            assert_eq!((again.status, &again.body), (200, &first.body), "{method} {path} {body}");
            assert!(again.replayed, "{method} {path} {body}");
        }
        if !body.is_empty() {
            let other = plugged.keyed(method, path, &body.replacen('{', r#"{"more":{},"#, 1), &key).await;
            assert_eq!(other.status, 422, "{method} {path} {body}: {}", other.body);
            assert!(other.body.contains("the Idempotency-Key was used for another request"), "{}", other.body);
        }
    }
    let found = plugged.good("GET", "orders?limit=100", "").await;
    let orders = found["orders"].as_array().expect("a list");
    assert_eq!(orders.len(), 5, "each was made once: {found}");
    assert_eq!((&orders[0]["otherComment"], &orders[0]["internalComment"]), (&json!("once"), &json!("once\npacked")));
    assert_eq!(orders[1]["otherComment"], "again");
    plugged.adds_up().await;
}

#[tokio::test]
async fn keys_are_of_one_plugin() {
    let plugged = Plugged::open().await;
    plugged.shop.stock("A", 10).await;
    let (order, line) = plugged.order("A", 5, "ok").await;
    let body = format!(r#"{{"order":{order},"products":{{"{line}":1}},"capture":0}}"#);
    let other = plugged.by(&plugged.shop.plugin(TENANT, &Plugin::default(), None).await);
    let first = plugged.keyed("POST", "shipments", &body, "one").await;
    let second = other.keyed("POST", "shipments", &body, "one").await;
    assert_eq!((second.status, second.replayed), (200, false));
    assert_ne!(first.body, second.body);
}

#[tokio::test]
async fn a_plugin_that_sends_no_keys_may_repeat_itself_for_a_while_and_is_believed_afterwards() {
    let plugged = Plugged::open().await;
    plugged.shop.stock("A", 50).await;
    let key = waybill_engine::random_hex();
    let permissions = Permissions::Some(centra::permissions().into_iter().map(str::to_owned).collect());
    let grant = Grant {
        settings: Some(Plugin::default().to_settings()),
        repeats: Some(Duration::from_secs(60)),
        ..Grant::of("forgetful", permissions)
    };
    plugged.shop.engine.grant(TENANT, &key, grant).await.expect("a key is made");
    let forgetful = plugged.by(&key);
    let one = r#"{"address":{"email":"a@example.com","country":"SE"},"products":[{"sku":"A","qty":1}]}"#;
    for (path, body) in [("order", one.to_owned()), ("orders", format!(r#"{{"a":{one},"b":{one}}}"#))] {
        let first = forgetful.send("POST", path, &body).await;
        let again = forgetful.send("POST", path, &body).await;
        assert_eq!((&again.body, again.replayed), (&first.body, true), "{path}");
        plugged.shop.advance(60_000);
        let anew = forgetful.send("POST", path, &body).await;
        assert!(!anew.replayed, "{path}");
        assert_ne!(anew.body, first.body, "{path}");
    }
    let orders = plugged.good("GET", "orders?limit=100", "").await["orders"].as_array().map(Vec::len);
    assert_eq!(orders, Some(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn remarks_that_are_made_at_once_are_all_kept() {
    let plugged = Plugged::open().await;
    plugged.shop.stock("A", 9).await;
    let (order, _) = plugged.order("A", 1, "ok").await;
    let remark = |number: usize| {
        let body = format!(r#"{{"order":{order},"comment":"remark {number}","extraAttributes":{{"a{number}":1}}}}"#);
        ("PUT", "orders".to_owned(), body, None)
    };
    let replies = plugged.at_once((10..22).map(remark).collect()).await;
    assert_eq!(counted(&replies), BTreeMap::from([((200, "ok".to_owned()), 12)]));
    let found = plugged.good("GET", &format!("orders?order={order}"), "").await;
    let comment = found["orders"][0]["otherComment"].as_str().expect("a text");
    let remarks: BTreeSet<&str> = comment.lines().collect();
    let expected: Vec<String> = (10..22).map(|number| format!("remark {number}")).collect();
    assert_eq!(remarks, expected.iter().map(String::as_str).collect());
}
