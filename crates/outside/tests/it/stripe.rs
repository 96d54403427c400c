//! Stripe at its worst: what it says is scripted, and what we make of it is checked.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use waybill_domain::{Amount, GatewayAnswer, GatewayAsk, GatewayRequest, Timestamp};
use waybill_outside::payment::Found;
use waybill_outside::payment::stripe::{BadSettings, Settings, Stripe};

use crate::scripted::{Says, Scripted};

const SECRET: &str = "sk_test_nobodyMayReadThis";

/// Since when a look-up looks.
const SINCE: Timestamp = Timestamp(1_800_000_000_000);

pub fn stripe(url: &str) -> Stripe {
    let settings = Settings::new(SECRET.to_owned(), "whsec_test".to_owned());
    Stripe::new(Settings { base_url: url.to_owned(), ..settings }).expect("these settings are good")
}

pub fn request(key: &str, ask: GatewayAsk) -> GatewayRequest {
    GatewayRequest { key: key.to_owned(), order: "000000007".to_owned(), currency: "EUR".to_owned(), ask }
}

pub fn amount(text: &str) -> Amount {
    Amount::parse(text).expect("a number")
}

pub fn authorise(instrument: &str) -> GatewayAsk {
    GatewayAsk::Authorise { instrument: instrument.to_owned(), customer: None, amount: amount("50") }
}

pub fn capture(authorisation: &str, text: &str) -> GatewayAsk {
    GatewayAsk::Capture { authorisation: authorisation.to_owned(), amount: amount(text), last: true }
}

pub fn void(authorisation: &str) -> GatewayAsk {
    GatewayAsk::Void { authorisation: authorisation.to_owned() }
}

pub fn refund(capture: &str, text: &str) -> GatewayAsk {
    GatewayAsk::Refund { capture: capture.to_owned(), amount: amount(text) }
}

pub fn show(answer: GatewayAnswer) -> String {
    match answer {
        GatewayAnswer::Done(receipt) => format!("done {} {}", receipt.reference, receipt.amount),
        GatewayAnswer::Refused { reason } => format!("refused: {reason}"),
        GatewayAnswer::Unknown { why } => format!("unknown: {why}"),
    }
}

pub fn show_found(found: Found) -> String {
    match found {
        Found::There(answer) => show(answer),
        Found::NotThere => "not there".to_owned(),
    }
}

fn says(status: u16, body: &str) -> Says {
    Says::This(status, body.to_owned())
}

fn fault(status: u16, kind: &str, code: &str, message: &str) -> Says {
    says(status, &format!(r#"{{"error": {{"type": "{kind}", "code": "{code}", "message": "{message}"}}}}"#))
}

fn intent(status: &str, more: &str) -> String {
    format!(r#"{{"id": "pi_1", "status": "{status}", "amount": 5000, "created": 1800000000{more}}}"#)
}

/// Asks, with this script at the other end; what we make of it, and what was asked.
async fn asked(ask: GatewayAsk, script: Vec<Says>) -> (String, Vec<String>) {
    let server = Scripted::start(script).await;
    let answer = stripe(&server.url).carry_out(&request("key-1", ask)).await;
    (show(answer), server.asked())
}

async fn check(ask: GatewayAsk, script: Vec<Says>, expected: &str) {
    let steps = script.len();
    let (answer, asked) = asked(ask, script).await;
    assert_eq!(answer, expected);
    assert_eq!(asked.len(), steps, "{asked:#?}");
}

async fn check_found(ask: GatewayAsk, script: Vec<Says>, expected: &str) {
    let server = Scripted::start(script).await;
    let found = stripe(&server.url).look_up(&request("key-1", ask), SINCE).await;
    assert_eq!(show_found(found), expected);
}

#[tokio::test]
async fn an_authorisation_asked_again_is_the_same_to_the_last_byte() {
    let yes = intent("requires_capture", "");
    let server = Scripted::start(vec![says(500, ""), says(200, &yes)]).await;
    let stripe = stripe(&server.url);
    let ask = GatewayAsk::Authorise {
        instrument: "pm_1".to_owned(),
        customer: Some("cus_1".to_owned()),
        amount: amount("50"),
    };
    let request = request("key-1", ask);
    assert_eq!(show(stripe.carry_out(&request).await), "unknown: Stripe answered 500");
    assert_eq!(show(stripe.carry_out(&request).await), "done pi_1 50");
    let asked = server.asked();
    assert_eq!(asked[0], asked[1]);
    let (head, form) = asked[0].split_once("\r\n\r\n").expect("a whole request");
    for line in [
        "POST /v1/payment_intents HTTP/1.1",
        "idempotency-key: key-1",
        "authorization: Bearer sk_test_nobodyMayReadThis",
        "stripe-version: 2024-06-20",
        "content-type: application/x-www-form-urlencoded",
    ] {
        assert!(head.lines().any(|got| got == line), "{line} is not in {head}");
    }
    assert_eq!(
        form,
        "amount=5000&currency=eur&capture_method=manual&confirm=true&off_session=true&payment_method=pm_1\
         &payment_method_types%5B%5D=card&description=Order+000000007&metadata%5Border%5D=000000007\
         &metadata%5Bwaybill_key%5D=key-1&expand%5B%5D=latest_charge&customer=cus_1"
    );
}

#[tokio::test]
async fn an_authorisation_holds_until_the_card_says_or_else_for_seven_days() {
    let day_ms = 24 * 60 * 60 * 1000;
    for (more, until) in [
        (r#", "latest_charge": {"payment_method_details": {"card": {"capture_before": 1800086400}}}"#, day_ms),
        (r#", "latest_charge": "ch_1""#, 7 * day_ms),
        ("", 7 * day_ms),
    ] {
        let server = Scripted::start(vec![says(200, &intent("requires_capture", more))]).await;
        let answer = stripe(&server.url).carry_out(&request("key-1", authorise("pm_1"))).await;
        let GatewayAnswer::Done(receipt) = answer else { panic!("{answer:?}") };
        assert_eq!(receipt.until, Some(Timestamp(1_800_000_000_000 + until)));
    }
}

#[tokio::test]
async fn a_decline_is_refused_in_stripes_words() {
    let declined = fault(402, "card_error", "card_declined", "Your card was declined.");
    check(authorise("pm_1"), vec![declined], "refused: Your card was declined.").await;
}

#[tokio::test]
async fn what_the_customer_would_have_to_confirm_is_refused_once_it_is_ended() {
    let words = "refused: the customer's bank wants the customer to confirm the payment, and nobody is there to do so";
    let waits = says(200, &intent("requires_action", ""));
    let (answer, asked) = asked(authorise("pm_1"), vec![waits.clone(), says(200, &intent("canceled", ""))]).await;
    assert_eq!(answer, words);
    assert!(asked[1].starts_with("POST /v1/payment_intents/pi_1/cancel "), "{}", asked[1]);
    assert!(asked[1].contains("idempotency-key: key-1-give-up\r\n"), "{}", asked[1]);
    // As long as it is not known to be ended, the customer may yet confirm it.
    check(authorise("pm_1"), vec![waits, says(500, "")], "unknown: Stripe answered 500").await;
}

#[tokio::test]
async fn neither_yes_nor_no_is_unknown() {
    for (says, expected) in [
        (says(401, r#"{"error": {"message": "Invalid key"}}"#), "Stripe does not accept our secret key for this (401)"),
        (says(403, ""), "Stripe does not accept our secret key for this (403)"),
        (fault(409, "idempotency_error", "idempotency_key_in_use", "In use"), "Stripe answered 409: In use"),
        (fault(400, "idempotency_error", "", "Another request"), "Stripe answered 400: Another request"),
        (fault(429, "invalid_request_error", "lock_timeout", "Locked"), "Stripe answered 429: Locked"),
        (fault(409, "invalid_request_error", "", "Conflict"), "Stripe answered 409: Conflict"),
        (fault(400, "invalid_request_error", "lock_timeout", "Locked"), "Stripe answered 400: Locked"),
        (fault(500, "api_error", "", "Sorry"), "Stripe answered 500: Sorry"),
        (says(503, "<html>"), "Stripe answered 503"),
        (says(404, "<html>"), "Stripe answered 404, without saying why"),
        (says(304, ""), "Stripe answered 304"),
        (says(200, &intent("processing", "")), "payment intent pi_1 is processing"),
    ] {
        check(authorise("pm_1"), vec![says], &format!("unknown: {expected}")).await;
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_unknown() {
    for bytes in [
        "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\ngarbage",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"id\": \"pi_1\", \"sta",
        "HTTP/1.1 2",
        "nothing of the kind\r\n\r\n",
        "",
    ] {
        let (answer, _) = asked(authorise("pm_1"), vec![Says::Bytes(bytes.as_bytes().to_vec())]).await;
        assert!(answer.starts_with("unknown: "), "{bytes:?}: {answer}");
    }
}

#[tokio::test]
async fn an_answer_is_read_only_so_far() {
    let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    let endless = [head, vec![b' '; 3 * 1024 * 1024]].concat();
    let expected = "unknown: Stripe answered 200, and its answer broke off: it is larger than 2097152 bytes";
    check(authorise("pm_1"), vec![Says::Bytes(endless)], expected).await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = "HTTP/1.1 307 Go\r\nlocation: /v1/elsewhere\r\ncontent-length: 0\r\n\r\n";
    let script = vec![Says::Bytes(elsewhere.as_bytes().to_vec())];
    check(authorise("pm_1"), script, "unknown: Stripe answered 307").await;
}

#[tokio::test]
async fn nobody_there_is_unknown() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    drop(listener);
    let answer = show(stripe(&url).carry_out(&request("key-1", void("pi_1"))).await);
    assert!(answer.starts_with("unknown: Stripe: ") && answer.contains("refused"), "{answer}");
}

#[tokio::test]
async fn who_cannot_show_that_they_are_stripe_is_not_asked() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("https://{}", listener.local_addr().expect("it is bound"));
    let (stripe, request) = (stripe(&url), request("key-1", void("pi_1")));
    let impostor = async {
        let (mut connection, _) = listener.accept().await.expect("a connection");
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.expect("it listens");
    };
    let (answer, ()) = tokio::join!(stripe.carry_out(&request), impostor);
    let answer = show(answer);
    assert!(answer.starts_with("unknown: Stripe: "), "{answer}");
}

#[tokio::test]
async fn without_an_answer_a_look_up_says_whether_it_was_done() {
    let list = |status: &str, key: &str| {
        let more = format!(r#", "metadata": {{"waybill_key": "{key}"}}"#);
        says(200, &format!(r#"{{"data": [{}], "has_more": false}}"#, intent(status, &more)))
    };
    for (list, expected) in [
        (list("requires_capture", "key-1"), "done pi_1 50"),
        (list("succeeded", "key-1"), "done pi_1 50"),
        (list("canceled", "key-1"), "refused: Stripe's payment intent pi_1 is canceled"),
        (list("processing", "key-1"), "unknown: payment intent pi_1 is processing"),
        (list("requires_capture", "key-2"), "not there"),
        (says(200, r#"{"data": []}"#), "not there"),
        (says(500, ""), "unknown: Stripe answered 500"),
    ] {
        let server = Scripted::start(vec![Says::Nothing, list]).await;
        let settings = Settings::new(SECRET.to_owned(), "whsec_test".to_owned());
        let impatient = Settings { base_url: server.url.clone(), timeout: Duration::from_millis(300), ..settings };
        let impatient = Stripe::new(impatient).expect("these settings are good");
        let request = request("key-1", authorise("pm_1"));
        assert_eq!(show(impatient.carry_out(&request).await), "unknown: Stripe: no answer in time");
        assert_eq!(show_found(stripe(&server.url).look_up(&request, SINCE).await), expected);
        // Five minutes before, as clocks differ.
        assert!(server.asked()[1].starts_with("GET /v1/payment_intents?created%5Bgte%5D=1799999700&"));
    }
}

#[tokio::test]
async fn a_look_up_reads_page_after_page_but_not_for_ever() {
    let other = r#"{"id": "re_other", "status": "succeeded", "amount": 1}"#;
    let mine = r#"{"id": "re_mine", "status": "succeeded", "amount": 700, "metadata": {"waybill_key": "key-1"}}"#;
    let page = |refund: &str| says(200, &format!(r#"{{"data": [{refund}], "has_more": true}}"#));
    let server = Scripted::start(vec![page(other), page(mine)]).await;
    let found = stripe(&server.url).look_up(&request("key-1", refund("pi_1", "7")), SINCE).await;
    assert_eq!(show_found(found), "done re_mine 7");
    let asked = server.asked();
    assert!(asked[0].starts_with("GET /v1/refunds?payment_intent=pi_1&limit=100 "), "{}", asked[0]);
    assert!(asked[1].starts_with("GET /v1/refunds?payment_intent=pi_1&limit=100&starting_after=re_other "));
    let expected = "unknown: Stripe's list /v1/refunds is longer than we read";
    check_found(refund("pi_1", "7"), vec![page(other); 20], expected).await;
}

#[tokio::test]
async fn what_stripe_refuses_because_it_was_done_already_is_done() {
    let refusal = || fault(400, "invalid_request_error", "payment_intent_unexpected_state", "It has been captured.");
    // The name has the first 16 digits of the SHA-256 of key-1.
    let captured = |key: &str| {
        let more = format!(r#", "amount_received": 5000, "metadata": {{"waybill_capture_be2974546978e373": "{key}"}}"#);
        says(200, &intent("succeeded", &more))
    };
    check(capture("pi_1", "50"), vec![refusal(), captured("key-1")], "done pi_1 50").await;
    check(capture("pi_1", "50"), vec![refusal(), captured("key-2")], "refused: It has been captured.").await;
    check(void("pi_1"), vec![refusal(), says(200, &intent("canceled", ""))], "done pi_1 50").await;
    check(void("pi_1"), vec![refusal(), captured("key-2")], "refused: It has been captured.").await;
    // Whether it was done before cannot be seen: so we do not say.
    check(capture("pi_1", "50"), vec![refusal(), says(500, "")], "unknown: Stripe answered 500").await;
}

#[tokio::test]
async fn a_capture_that_is_not_the_last_wants_multicapture() {
    let ask = || GatewayAsk::Capture { authorisation: "pi_1".to_owned(), amount: amount("20"), last: false };
    let refusal =
        r#"{"error": {"type": "invalid_request_error", "param": "final_capture", "message": "Not for you."}}"#;
    let script = vec![says(400, refusal), says(200, &intent("requires_capture", ""))];
    let (answer, asked) = asked(ask(), script).await;
    let expected = "refused: Stripe captures more than once from an authorisation only where multicapture is on for \
                    the account and the card: Not for you.";
    assert_eq!(answer, expected);
    assert!(asked[0].ends_with("=key-1&final_capture=false"), "{}", asked[0]);
    let yes = says(200, &intent("requires_capture", r#", "amount_received": 2000"#));
    check(ask(), vec![yes], "done pi_1 20").await;
    let not_enough = says(200, &intent("requires_capture", r#", "amount_received": 1999"#));
    let expected = "unknown: Stripe says yes, but payment intent pi_1 has not got the money";
    check(ask(), vec![not_enough], expected).await;
}

#[tokio::test]
async fn what_is_left_after_a_capture_is_set_free_by_a_last_one_of_nothing() {
    let refusal = || fault(400, "invalid_request_error", "payment_intent_unexpected_state", "Captured from.");
    let open = || says(200, &intent("requires_capture", r#", "amount_received": 2000"#));
    let closed = || says(200, &intent("succeeded", r#", "amount_received": 2000"#));
    let (answer, asked) = asked(void("pi_1"), vec![refusal(), open(), closed()]).await;
    assert_eq!(answer, "done pi_1 30");
    assert!(asked[2].starts_with("POST /v1/payment_intents/pi_1/capture "), "{}", asked[2]);
    assert!(asked[2].contains("idempotency-key: key-1-rest\r\n"), "{}", asked[2]);
    let form = "amount_to_capture=0&metadata%5Bwaybill_capture_be2974546978e373%5D=key-1&final_capture=true";
    assert!(asked[2].ends_with(form), "{}", asked[2]);
    check(void("pi_1"), vec![refusal(), open(), refusal()], "refused: Captured from.").await;
    check(void("pi_1"), vec![refusal(), open(), says(500, "")], "unknown: Stripe answered 500").await;
    let more = r#", "amount_received": 2000, "metadata": {"waybill_capture_be2974546978e373": "key-1"}"#;
    check_found(void("pi_1"), vec![says(200, &intent("succeeded", more))], "done pi_1 30").await;
    check_found(void("pi_1"), vec![closed()], "not there").await;
}

#[tokio::test]
async fn multicapture_is_asked_for_where_it_is_on() {
    let server = Scripted::start(vec![says(200, &intent("requires_capture", ""))]).await;
    let settings = Settings::new(SECRET.to_owned(), "whsec_test".to_owned());
    let stripe = Stripe::new(Settings { base_url: server.url.clone(), multicapture: true, ..settings });
    stripe.expect("these settings are good").carry_out(&request("key-1", authorise("pm_1"))).await;
    let asked = server.asked();
    let field = "&payment_method_options%5Bcard%5D%5Brequest_multicapture%5D=if_available";
    assert!(asked[0].ends_with(field), "{}", asked[0]);
}

#[tokio::test]
async fn a_refund_is_done_when_it_is_on_its_way() {
    for (status, expected) in [
        ("succeeded", "done re_1 7"),
        ("pending", "done re_1 7"),
        ("failed", "refused: Stripe's refund re_1 has failed: lost_or_stolen_card"),
        ("strange", "unknown: Stripe's refund re_1 is strange"),
    ] {
        let body = format!(
            r#"{{"id": "re_1", "status": "{status}", "amount": 700, "failure_reason": "lost_or_stolen_card"}}"#
        );
        check(refund("pi_1", "7"), vec![says(200, &body)], expected).await;
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_without_asking() {
    for reference in ["", "pi_", "ch_1", "pi_1/../../refunds", "pi_1?x", "pi_\u{e9}"] {
        let expected = format!("refused: {reference:?} is not a payment intent of Stripe's");
        for ask in [capture(reference, "1"), void(reference), refund(reference, "1")] {
            check(ask, vec![], &expected).await;
        }
    }
    check(refund("pi_1", "0.005"), vec![], "refused: 0.005 EUR is not an amount that Stripe can move").await;
}

#[tokio::test]
async fn nobody_reads_the_secret_key() {
    let parrot = || fault(402, "card_error", "", &format!("You said {SECRET}"));
    check(authorise("pm_1"), vec![parrot()], "refused: You said (the secret key)").await;
    let parrot = || fault(500, "api_error", "", &format!("You said {SECRET}"));
    check(authorise("pm_1"), vec![parrot()], "unknown: Stripe answered 500: You said (the secret key)").await;
    let shown = format!("{:?}", stripe("https://stripe.example/"));
    assert!(!shown.contains(SECRET) && !shown.contains("whsec"), "{shown}");
}

#[test]
fn settings_that_would_give_the_key_away_are_refused() {
    let with = |change: &dyn Fn(&mut Settings)| {
        let mut settings = Settings::new(SECRET.to_owned(), "whsec_test".to_owned());
        change(&mut settings);
        Stripe::new(settings).err()
    };
    assert_eq!(with(&|_| {}), None);
    assert_eq!(with(&|settings| settings.secret_key.clear()), Some(BadSettings::SecretKey));
    assert_eq!(with(&|settings| settings.secret_key.push('\n')), Some(BadSettings::SecretKey));
    assert_eq!(with(&|settings| settings.webhook_secret.clear()), Some(BadSettings::WebhookSecret));
    for url in ["http://api.stripe.com", "http://127.0.0.1.example", "ftp://a", "a", "", "https://a/?b", "https://a@b"]
    {
        assert_eq!(with(&|settings| settings.base_url = url.to_owned()), Some(BadSettings::BaseUrl), "{url}");
    }
    for url in ["http://localhost:1", "http://[::1]:1/", "https://stripe.example/proxy/"] {
        assert_eq!(with(&|settings| settings.base_url = url.to_owned()), None, "{url}");
    }
}
