//! What gateways tell us on their own: believed when it is signed, and then only as a hint (invariants M3, E1).

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use waybill_domain::{Amount, GatewayAnswer, GatewayAsk, GatewayRequest};
use waybill_engine::outside::payment::stripe::{self, Stripe};
use waybill_engine::{Authorisations, Settings};
use waybill_harness::LocalStripe;

use crate::shop::{Reply, Shop};

const SECRET: &str = "whsec_test";
const PATH: &str = "/api/v1/webhooks/stripe";

/// A shop whose Stripe is somewhere that nobody answers at.
async fn shop() -> Shop {
    let mut settings = stripe::Settings::new("sk_test_1".to_owned(), SECRET.to_owned());
    settings.base_url = "http://127.0.0.1:9".to_owned();
    let stripe = Stripe::new(settings).expect("the settings are good");
    Shop::with(Settings { stripe: Some(Arc::new(stripe)), ..Settings::default() }).await
}

/// `t=…,v1=…`, as Stripe signs.
fn signature(secret: &str, seconds: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key may be of any length");
    mac.update(format!("{seconds}.{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

fn event(kind: &str, key: &str) -> String {
    format!(
        r#"{{"id":"evt_1","type":"{kind}","created":1795237200,"data":{{"object":{{"id":"pi_1","object":"payment_intent",
        "amount":1000,"amount_capturable":0,"amount_received":1000,"currency":"usd","status":"succeeded",
        "metadata":{{"waybill_operation":"{key}","waybill_key":"{key}"}}}}}}}}"#
    )
}

async fn told(shop: &Shop, body: &str, signature: &str) -> Reply {
    shop.send_with("POST", PATH, body, &[("stripe-signature", signature)]).await
}

#[tokio::test]
async fn a_forged_or_replayed_webhook_is_refused_and_noted_once() {
    let shop = shop().await;
    let now = shop.engine.now().0 / 1_000;
    let body = event("payment_intent.canceled", "x-1-1");
    for signature in [
        String::new(),
        "t=1,v1=".to_owned(),
        signature("whsec_other", now, &body),
        signature(SECRET, now - 301, &body),
        signature(SECRET, now + 301, &body),
        signature(SECRET, now, "another body"),
    ] {
        let reply = told(&shop, &body, &signature).await;
        assert_eq!(reply.status, 400, "{signature}: {}", reply.body);
    }
    assert_eq!(shop.audit("forged webhook").await + shop.audit("replayed webhook").await, 1);
    let huge = "x".repeat(2 * 1024 * 1024);
    assert_eq!(told(&shop, &huge, "t=1,v1=00").await.status, 413);
}

#[tokio::test]
async fn an_event_about_nothing_of_ours_is_received() {
    let shop = shop().await;
    let now = shop.engine.now().0 / 1_000;
    for body in [event("payment_intent.canceled", "elsewhere-1-1"), event("customer.created", "x")] {
        let reply = told(&shop, &body, &signature(SECRET, now, &body)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    let reply = told(&shop, "[]", &signature(SECRET, now, "[]")).await;
    assert_eq!(reply.status, 400, "{}", reply.body);
}

#[tokio::test]
async fn without_stripe_there_is_no_webhook() {
    let shop = Shop::open().await;
    assert_eq!(told(&shop, "{}", "t=1,v1=00").await.status, 404);
}

/// A shop with an order that is captured, and whose capture fails in an hour.
async fn captured_and_to_fail() -> Shop {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let order = r#"{"entity":{"customer_email":"a@example.com","payment":{"method":"rehearsal",
        "additional_information":["fail-later"]},"items":[{"sku":"A","qty_ordered":2,"price":10}]}}"#;
    shop.good("POST", "/rest/V1/orders", order).await;
    shop.good("POST", "/rest/V1/order/1/invoice", r#"{"capture":true}"#).await;
    shop
}

#[tokio::test]
async fn a_capture_that_fails_after_all_makes_its_invoice_due_again() {
    let shop = captured_and_to_fail().await;
    let tell = || shop.send("POST", "/api/v1/webhooks/rehearsal", r#"{"order_id":1}"#);
    assert_eq!(tell().await.status, 200);
    assert_eq!(shop.good("GET", "/rest/V1/orders/1", "").await["total_paid"], 20);
    shop.advance(3_600_000);
    // It may be told twice.
    for _ in 0..2 {
        assert_eq!(tell().await.status, 200);
        let found = shop.good("GET", "/rest/V1/orders/1", "").await;
        assert_eq!((&found["total_paid"], &found["total_due"]), (&0.into(), &20.into()), "{found}");
        assert_eq!(found["state"], "holded");
    }
    assert_eq!(shop.good("GET", "/rest/V1/invoices/1", "").await["state"], 1);
    assert_eq!(shop.verify().await, Vec::<String>::new());
    // Nothing leaves until somebody has looked; then the invoice can be collected again.
    assert_eq!(shop.send("POST", "/rest/V1/order/1/ship", "{}").await.status, 400);
    shop.good("POST", "/rest/V1/orders/1/unhold", "").await;
    assert_eq!(shop.send("POST", "/rest/V1/invoices/1/capture", "").await.body, "\"1\"");
    let found = shop.good("GET", "/rest/V1/orders/1", "").await;
    assert_eq!((&found["total_paid"], &found["total_due"]), (&20.into(), &0.into()), "{found}");
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

/// A payment intent that the shop made is known by its own name: Stripe says of it how much it is over, and when it ends.
#[tokio::test]
async fn what_the_shop_has_set_aside_is_looked_at_and_ends_when_stripe_says_so() {
    let gateway = LocalStripe::start().unwrap_or_else(|error| panic!("{error}"));
    let settings = stripe::Settings::new("sk_test_1".to_owned(), SECRET.to_owned());
    let settings = stripe::Settings { base_url: gateway.url(), ..settings };
    let stripe = Arc::new(Stripe::new(settings).expect("the settings are good"));
    let shop = Shop::with(Settings { stripe: Some(stripe.clone()), ..Settings::default() }).await;
    shop.stock("A", 10).await;
    let at_the_shop = async |key: &str, ask: GatewayAsk| {
        let (key, order, currency) = (key.to_owned(), "7".to_owned(), "USD".to_owned());
        match stripe.carry_out(&GatewayRequest { key, order, currency, ask }).await {
            GatewayAnswer::Done(receipt) => receipt.reference,
            other => panic!("{other:?}"),
        }
    };
    let amount = Amount::parse("20").expect("an amount");
    let authorise = GatewayAsk::Authorise { instrument: "pm_card_visa".to_owned(), customer: None, amount };
    let intent = at_the_shop("shop-1", authorise).await;

    let order = async |currency: &str, information: &str| {
        let body = format!(
            r#"{{"entity":{{"customer_email":"a@example.com","order_currency_code":"{currency}","base_currency_code":"USD",
            "payment":{{"method":"stripe","additional_information":["{information}"],"amount_authorized":999}},
            "items":[{{"sku":"A","qty_ordered":2,"price":10}}]}}}}"#
        );
        shop.good("POST", "/rest/V1/orders", &body).await["entity_id"].as_i64().expect("an id")
    };
    let (good, in_euros, unknown, second) = (
        order("USD", &intent).await,
        order("EUR", &intent).await,
        order("USD", "pi_nobody").await,
        order("USD", &intent).await,
    );
    let found = shop.good("GET", &format!("/rest/V1/orders/{good}"), "").await;
    assert_eq!((&found["state"], &found["payment"]["amount_authorized"]), (&"new".into(), &20.into()), "{found}");
    for (id, why) in [
        (in_euros, "is in USD"),
        (unknown, "Stripe knows no payment intent pi_nobody"),
        (second, "is another order's already"),
    ] {
        let found = shop.good("GET", &format!("/rest/V1/orders/{id}"), "").await;
        assert_eq!(found["state"], "holded");
        let comments = shop.good("GET", &format!("/rest/V1/orders/{id}/comments"), "").await;
        assert!(comments["items"][0]["comment"].as_str().is_some_and(|text| text.ends_with(why)), "{comments}");
    }

    at_the_shop("shop-2", GatewayAsk::Void { authorisation: intent.clone() }).await;
    let body = event("payment_intent.canceled", "the-shops-own").replace("pi_1", &intent);
    let reply = told(&shop, &body, &signature(SECRET, shop.engine.now().0 / 1_000, &body)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let reply = shop.send("POST", &format!("/rest/V1/order/{good}/invoice"), r#"{"capture":true}"#).await;
    assert!(reply.status == 400 && reply.body.contains("was voided"), "{}", reply.body);
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_invoice_that_is_due_again_can_be_voided_and_what_it_covered_canceled() {
    let shop = captured_and_to_fail().await;
    let void = || shop.send("POST", "/rest/V1/invoices/1/void", "");
    let refused = void().await;
    assert_eq!((refused.status, refused.body.as_str()), (400, r#"{"message":"The void action is not available."}"#));
    shop.advance(3_600_000);
    assert_eq!(shop.send("POST", "/api/v1/webhooks/rehearsal", r#"{"order_id":1}"#).await.status, 200);
    shop.good("POST", "/rest/V1/orders/1/unhold", "").await;
    let paid_first = r#"{"arguments":{"extension_attributes":{"waybill_capture":true}}}"#;
    let refused = shop.send("POST", "/rest/V1/order/1/ship", paid_first).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("$20.00 of this order is due again"), "{}", refused.body);
    assert_eq!(void().await.body, "true");
    assert_eq!(void().await.status, 400);
    assert_eq!(shop.good("GET", "/rest/V1/invoices/1", "").await["state"], 3);
    let found = shop.good("GET", "/rest/V1/orders/1", "").await;
    assert_eq!((&found["total_invoiced"], &found["items"][0]["qty_invoiced"]), (&0.into(), &0.into()), "{found}");
    assert_eq!(shop.send("POST", "/rest/V1/orders/1/cancel", "").await.body, "true");
    assert_eq!(shop.good("GET", "/rest/V1/orders/1", "").await["state"], "canceled");
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_authorisation_that_ends_is_warned_of_or_renewed() {
    for (renew, expected) in
        [(false, "The authorization of $20.00 ends in 23 hours."), (true, "Authorized amount of $20.00.")]
    {
        let usual = Settings::default();
        let authorisations = Authorisations { renew, ..usual.authorisations };
        let shop = Shop::with(Settings { authorisations, ..usual }).await;
        shop.stock("A", 10).await;
        let order = r#"{"entity":{"customer_email":"a@example.com","payment":{"method":"rehearsal"},
            "items":[{"sku":"A","qty_ordered":2,"price":10}]}}"#;
        shop.good("POST", "/rest/V1/orders", order).await;
        let newest = async || {
            shop.engine.work().await.expect("the database is there");
            shop.advance(60_000);
            shop.engine.work().await.expect("the database is there");
            let comments = shop.good("GET", "/rest/V1/orders/1/comments", "").await;
            (comments["total_count"].clone(), comments["items"][0]["comment"].as_str().unwrap_or("").to_owned())
        };
        assert_eq!(newest().await.0, 1);
        shop.advance(6 * 24 * 3_600_000);
        for _ in 0..2 {
            let (count, text) = newest().await;
            assert!(count == 2 && text.starts_with(expected), "{renew}: {count} {text}");
            shop.advance(3_600_000);
        }
    }
}

#[tokio::test]
async fn what_no_gateway_has_answered_is_listed() {
    let shop = Shop::open().await;
    shop.stock("A", 10).await;
    let order = r#"{"entity":{"customer_email":"a@example.com","payment":{"method":"rehearsal",
        "additional_information":["stall"]},"items":[{"sku":"A","qty_ordered":2,"price":10}]}}"#;
    shop.good("POST", "/rest/V1/orders", order).await;
    let path = "/api/v1/payment-operations";
    assert_eq!(shop.good("GET", path, "").await["items"], serde_json::json!([]));
    assert_eq!(shop.send("POST", "/rest/V1/order/1/invoice", r#"{"capture":true}"#).await.status, 409);
    let open = shop.good("GET", path, "").await;
    assert_eq!((&open["items"][0]["kind"], &open["items"][0]["amount"]), (&"invoice".into(), &20.into()), "{open}");
    for header in [None, Some("Bearer nobody".to_owned()), Some(format!("Bearer {}", shop.limited(&["x"]).await))] {
        let headers: Vec<(&str, &str)> = header.iter().map(|header| ("authorization", header.as_str())).collect();
        assert_eq!(shop.send_with("GET", path, "", &headers).await.status, 401);
    }
}
