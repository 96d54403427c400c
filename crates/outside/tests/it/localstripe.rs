//! Stripe as it should be: the journeys of money, at a gateway that remembers.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use waybill_domain::{GatewayAnswer, GatewayAsk, GatewayRequest, Receipt, Timestamp};
use waybill_harness::LocalStripe;
use waybill_outside::payment::stripe::Stripe;
use waybill_outside::payment::{Found, WebhookKind};

use crate::scripted::read_request;
use crate::stripe::{amount, authorise, capture, refund, request, show, show_found, stripe, void};

/// What localstripe takes as a good card, and as one that is declined when it is charged.
const GOOD: &str = "pm_card_visa";
const DECLINED: &str = "pm_card_chargeCustomerFail";

struct Gateway {
    server: LocalStripe,
    stripe: Stripe,
}

impl Gateway {
    fn start() -> Gateway {
        let server = LocalStripe::start().unwrap_or_else(|error| panic!("{error}"));
        let stripe = stripe(&server.url());
        Gateway { server, stripe }
    }

    async fn ask(&self, key: &str, ask: GatewayAsk) -> String {
        show(self.stripe.carry_out(&request(key, ask)).await)
    }

    async fn authorised(&self, key: &str) -> Receipt {
        match self.stripe.carry_out(&request(key, authorise(GOOD))).await {
            GatewayAnswer::Done(receipt) => receipt,
            answer @ (GatewayAnswer::Refused { .. } | GatewayAnswer::Unknown { .. }) => panic!("{answer:?}"),
        }
    }

    async fn found(&self, key: &str, ask: GatewayAsk) -> String {
        show_found(self.stripe.look_up(&request(key, ask), now()).await)
    }

    /// What localstripe itself says, past our own client.
    async fn raw(&self, path: &str, form: Option<&str>) -> serde_json::Value {
        let client = reqwest::Client::new();
        let url = format!("{}{path}", self.server.url());
        let asked = match form {
            Some(form) => {
                client.post(url).header("content-type", "application/x-www-form-urlencoded").body(form.to_owned())
            }
            None => client.get(url),
        };
        let answer = asked.bearer_auth("sk_test_12345").send().await.expect("localstripe is there");
        let text = answer.text().await.expect("an answer");
        serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text))
    }
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
    Timestamp(i64::try_from(since_1970.as_millis()).expect("it is not that late"))
}

#[tokio::test]
async fn money_is_set_aside_taken_and_given_back() {
    let gateway = Gateway::start();
    let Receipt { reference, amount: set_aside, until } = gateway.authorised("a").await;
    assert_eq!(set_aside, amount("50"));
    let week_ms = until.expect("it ends").0 - now().0;
    assert!((6 * 86_400_000..=7 * 86_400_000).contains(&week_ms), "{week_ms}");
    assert_eq!(gateway.ask("c", capture(&reference, "30")).await, format!("done {reference} 30"));
    let first = gateway.ask("r1", refund(&reference, "10")).await;
    let second = gateway.ask("r2", refund(&reference, "20")).await;
    assert!(first.starts_with("done re_") && first.ends_with(" 10"), "{first}");
    assert!(second.starts_with("done re_") && second.ends_with(" 20"), "{second}");
    assert_eq!(
        gateway.ask("r3", refund(&reference, "0.01")).await,
        "refused: The refund is larger than what is left of the charge."
    );
}

#[tokio::test]
async fn what_is_asked_again_is_done_once() {
    let gateway = Gateway::start();
    let receipt = gateway.authorised("a").await;
    assert_eq!(gateway.authorised("a").await, receipt);
    assert_eq!(gateway.raw("/v1/payment_intents", None).await["total_count"], 1);
    let reference = &receipt.reference;
    for _ in 0..3 {
        assert_eq!(gateway.ask("c", capture(reference, "50")).await, format!("done {reference} 50"));
    }
    let refunds = [
        gateway.ask("r", refund(reference, "7")).await,
        gateway.ask("r", refund(reference, "7")).await,
        gateway.ask("r", refund(reference, "7")).await,
    ];
    assert!(refunds.iter().all(|refund| *refund == refunds[0] && refund.starts_with("done re_")), "{refunds:?}");
    assert_eq!(gateway.raw(&format!("/v1/refunds?payment_intent={reference}"), None).await["total_count"], 1);
    let other = gateway.ask("r", refund(reference, "8")).await;
    assert!(other.starts_with("unknown: Stripe answered 400: "), "{other}");
}

#[tokio::test]
async fn what_is_asked_several_times_at_once_is_done_once() {
    let gateway = Gateway::start();
    let Receipt { reference, .. } = gateway.authorised("a").await;
    gateway.ask("c", capture(&reference, "50")).await;
    let ask = || gateway.ask("r", refund(&reference, "7"));
    let (first, second, third, fourth) = tokio::join!(ask(), ask(), ask(), ask());
    // While one is at work, the gateway tells the others nothing.
    let done = ask().await;
    for answer in [first, second, third, fourth] {
        assert!(answer == done || answer.starts_with("unknown: Stripe answered 409: "), "{answer}, and then {done}");
    }
    assert_eq!(gateway.raw(&format!("/v1/refunds?payment_intent={reference}"), None).await["total_count"], 1);
}

#[tokio::test]
async fn what_is_set_free_cannot_be_taken() {
    let gateway = Gateway::start();
    let Receipt { reference, .. } = gateway.authorised("a").await;
    assert_eq!(gateway.ask("v", void(&reference)).await, format!("done {reference} 50"));
    assert_eq!(gateway.ask("again", void(&reference)).await, format!("done {reference} 50"));
    let late = gateway.ask("c", capture(&reference, "50")).await;
    assert_eq!(late, "refused: This PaymentIntent's status is canceled.");
}

#[tokio::test]
async fn what_is_taken_cannot_be_set_free() {
    let gateway = Gateway::start();
    let Receipt { reference, .. } = gateway.authorised("a").await;
    gateway.ask("c", capture(&reference, "50")).await;
    assert_eq!(gateway.ask("v", void(&reference)).await, "refused: Bad request");
    let twice = gateway.ask("c2", capture(&reference, "50")).await;
    assert_eq!(twice, "refused: This PaymentIntent's status is succeeded.");
}

#[tokio::test]
async fn what_the_shop_has_set_aside_is_looked_at() {
    let gateway = Gateway::start();
    let Receipt { reference, .. } = gateway.authorised("a").await;
    let adopt = |reference: &str| GatewayAsk::Adopt { authorisation: reference.to_owned(), again: false };
    assert_eq!(gateway.ask("b", adopt(&reference)).await, format!("done {reference} 50"));
    let in_dollars = GatewayRequest { currency: "USD".to_owned(), ..request("b", adopt(&reference)) };
    let answer = show(gateway.stripe.carry_out(&in_dollars).await);
    assert_eq!(answer, format!("refused: the payment intent {reference} is in EUR"));
    let unknown = gateway.ask("c", adopt("pi_nobody")).await;
    assert_eq!(unknown, "refused: Stripe knows no payment intent pi_nobody");
    assert_eq!(gateway.ask("d", capture("pi_nobody", "1")).await, "refused: Not Found");
    gateway.ask("e", capture(&reference, "50")).await;
    let captured = gateway.ask("f", adopt(&reference)).await;
    assert_eq!(captured, format!("refused: the payment intent {reference} has been captured already"));
    let again = GatewayAsk::Adopt { authorisation: reference.clone(), again: true };
    assert_eq!(gateway.ask("g", again).await, format!("done {reference} 0"));
}

#[tokio::test]
async fn a_card_that_is_declined_or_wants_its_owner_is_refused() {
    let gateway = Gateway::start();
    assert_eq!(gateway.ask("a", authorise(DECLINED)).await, "refused: Your card was declined.");
    assert_eq!(gateway.ask("b", authorise("pm_nobody")).await, "refused: Not Found");
    let card = "type=card&card[number]=4000002500003155&card[exp_month]=1&card[exp_year]=2050&card[cvc]=123";
    let method = gateway.raw("/v1/payment_methods", Some(card)).await;
    let answer = gateway.ask("c", authorise(method["id"].as_str().expect("a payment method"))).await;
    assert!(answer.starts_with("refused: the customer's bank wants"), "{answer}");
    assert_eq!(gateway.raw("/v1/payment_intents", None).await["data"][0]["status"], "canceled");
}

#[tokio::test]
async fn a_look_up_finds_what_was_done_and_nothing_else() {
    let gateway = Gateway::start();
    let first = gateway.authorised("a").await;
    let second = gateway.authorised("b").await;
    let (reference, other) = (&first.reference, &second.reference);
    let found = gateway.stripe.look_up(&request("a", authorise(GOOD)), now()).await;
    assert_eq!(found, Found::There(GatewayAnswer::Done(first.clone())));
    assert_eq!(gateway.found("z", authorise(GOOD)).await, "not there");

    assert_eq!(gateway.found("c", capture(reference, "50")).await, "not there");
    gateway.ask("c", capture(reference, "50")).await;
    assert_eq!(gateway.found("c", capture(reference, "50")).await, format!("done {reference} 50"));
    assert_eq!(gateway.found("z", capture(reference, "50")).await, "not there");

    assert_eq!(gateway.found("r", refund(reference, "7")).await, "not there");
    let done = gateway.ask("r", refund(reference, "7")).await;
    assert_eq!(gateway.found("r", refund(reference, "7")).await, done);

    assert_eq!(gateway.found("v", void(other)).await, "not there");
    gateway.ask("v", void(other)).await;
    assert_eq!(gateway.found("v", void(other)).await, format!("done {other} 50"));
    let canceled = format!("refused: Stripe's payment intent {other} is canceled");
    assert_eq!(gateway.found("c2", capture(other, "50")).await, canceled);
}

#[tokio::test]
async fn yen_are_whole() {
    let gateway = Gateway::start();
    let yen = GatewayRequest { currency: "JPY".to_owned(), ..request("a", authorise(GOOD)) };
    let answer = show(gateway.stripe.carry_out(&yen).await);
    assert!(answer.starts_with("done pi_") && answer.ends_with(" 50"), "{answer}");
    let intent = &gateway.raw("/v1/payment_intents", None).await["data"][0];
    assert_eq!((&intent["amount"], &intent["currency"]), (&50.into(), &"jpy".into()));
}

#[tokio::test]
async fn a_webhook_of_a_capture_is_believed() {
    let gateway = Gateway::start();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let here = listener.local_addr().expect("it is bound");
    gateway.raw("/_config/webhooks/1", Some(&format!("url=http://{here}/&secret=whsec_test"))).await;
    let Receipt { reference, .. } = gateway.authorised("a").await;
    gateway.ask("c", capture(&reference, "30")).await;

    let (mut connection, _) = listener.accept().await.expect("the webhook");
    let delivery = read_request(&mut connection).await;
    connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.expect("it waits for an answer");
    let (head, body) = delivery.split_once("\r\n\r\n").expect("a whole request");
    let signature = head.lines().find_map(|line| line.strip_prefix("Stripe-Signature: ")).expect("it is signed");
    let event = gateway.stripe.read_webhook(body.as_bytes(), signature, now()).expect("it is Stripe's");
    assert_eq!(event.kind, WebhookKind::Captured);
    assert_eq!(event.key.as_deref(), Some("a"));
    assert_eq!(event.authorisation.as_deref(), Some(reference.as_str()));
}
