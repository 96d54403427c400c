//! What Stripe tells us on its own.

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;
use waybill_domain::{Amount, Timestamp};

use super::money::from_stripe;
use super::words::KEY;
use crate::payment::{WebhookEvent, WebhookFault, WebhookKind};

/// How old a signature may be, and how far ahead of our clock, in milliseconds.
const TOLERANCE_MS: i64 = 300_000;

/// Whether Stripe has signed this body, and just now. While a secret is being replaced there are several signatures, of
/// which ours has to be one. Compared in constant time: who measures learns nothing.
pub(super) fn check(secret: &[u8], body: &[u8], header: &str, now: Timestamp) -> Result<(), WebhookFault> {
    let Header { time, signatures } = Header::read(header).ok_or(WebhookFault::NoSignature)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key may be of any length");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    if !signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok()) {
        return Err(WebhookFault::Forged);
    }
    let signed_ms = time.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1000));
    let apart_ms = signed_ms.and_then(|signed_ms| now.0.checked_sub(signed_ms)).and_then(i64::checked_abs);
    match apart_ms {
        Some(apart_ms) if apart_ms <= TOLERANCE_MS => Ok(()),
        Some(_) => Err(WebhookFault::NotOfNow),
        None => Err(WebhookFault::NoSignature),
    }
}

/// `t=1700000000,v1=…,v1=…`; other schemes are none of ours.
struct Header<'a> {
    /// As it was written: that is what was signed.
    time: &'a str,
    signatures: Vec<Vec<u8>>,
}

impl Header<'_> {
    fn read(header: &str) -> Option<Header<'_>> {
        let mut times = Vec::new();
        let mut signatures = Vec::new();
        for part in header.split(',') {
            match part.trim().split_once('=')? {
                ("t", time) => times.push(time),
                ("v1", signature) => signatures.push(hex(signature)?),
                _ => {}
            }
        }
        match times[..] {
            [time] if !signatures.is_empty() => Some(Header { time, signatures }),
            _ => None,
        }
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// What an event says, whose signature is good.
pub(super) fn read(body: &[u8]) -> Result<WebhookEvent, WebhookFault> {
    #[derive(Deserialize)]
    struct Event {
        id: String,
        #[serde(rename = "type")]
        kind: String,
        /// In seconds.
        created: i64,
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        object: Value,
    }
    let event: Event = serde_json::from_slice(body).map_err(|error| WebhookFault::Unreadable(error.to_string()))?;
    let Event { id, kind, created, data: Data { object } } = event;
    let at = created.checked_mul(1000).map(Timestamp);
    let at = at.ok_or_else(|| WebhookFault::Unreadable("its time is past all bounds".to_owned()))?;
    let currency = text(&object, "/currency").map(|currency| currency.to_ascii_uppercase());
    let Told { kind, subject, amount, reason } = told(kind, &object);
    let amount = amount.map(|field| amount_of(&object, field, currency.as_deref())).transpose()?;
    let own = text(&object, "/id");
    let (authorisation, refund) = match subject {
        Subject::Intent => (own, None),
        Subject::Charge => (text(&object, "/payment_intent"), None),
        Subject::Refund => (text(&object, "/payment_intent"), own),
        Subject::Other => (None, None),
    };
    let key = text(&object, &format!("/metadata/{KEY}"));
    Ok(WebhookEvent { id, kind, at, key, authorisation, refund, amount, currency, reason })
}

/// What an event tells, and in which of its object's fields.
struct Told {
    kind: WebhookKind,
    subject: Subject,
    amount: Option<&'static str>,
    reason: Option<String>,
}

/// What an event's object is.
enum Subject {
    Intent,
    Charge,
    Refund,
    Other,
}

fn told(name: String, object: &Value) -> Told {
    let reason = |path| text(object, path);
    let tell = |kind, subject, amount, reason| Told { kind, subject, amount: Some(amount), reason };
    match (name.as_str(), text(object, "/status").as_deref()) {
        ("payment_intent.amount_capturable_updated", _) => {
            tell(WebhookKind::Authorised, Subject::Intent, "/amount_capturable", None)
        }
        ("payment_intent.payment_failed", _) => {
            tell(WebhookKind::Failed, Subject::Intent, "/amount", reason("/last_payment_error/message"))
        }
        ("payment_intent.canceled", _) => {
            tell(WebhookKind::Canceled, Subject::Intent, "/amount", reason("/cancellation_reason"))
        }
        ("charge.expired", _) => tell(WebhookKind::Expired, Subject::Charge, "/amount", None),
        ("payment_intent.succeeded", _) => tell(WebhookKind::Captured, Subject::Intent, "/amount_received", None),
        ("charge.captured", _) => tell(WebhookKind::Captured, Subject::Charge, "/amount_captured", None),
        ("charge.refunded", _) => tell(WebhookKind::Refunded, Subject::Charge, "/amount_refunded", None),
        // The first is what accounts of an older version get.
        ("charge.refund.updated" | "refund.updated" | "refund.failed", Some("failed" | "canceled")) => {
            tell(WebhookKind::RefundFailed, Subject::Refund, "/amount", reason("/failure_reason"))
        }
        ("charge.refund.updated" | "refund.updated", Some("succeeded")) => {
            tell(WebhookKind::RefundArrived, Subject::Refund, "/amount", None)
        }
        _ => Told { kind: WebhookKind::Ignored(name), subject: Subject::Other, amount: None, reason: None },
    }
}

fn amount_of(object: &Value, path: &str, currency: Option<&str>) -> Result<Amount, WebhookFault> {
    let number = object.pointer(path).and_then(Value::as_i64);
    let amount = number.zip(currency).and_then(|(number, currency)| from_stripe(number, currency));
    amount.ok_or_else(|| WebhookFault::Unreadable(format!("there is no amount at {path}")))
}

fn text(object: &Value, path: &str) -> Option<String> {
    object.pointer(path).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"whsec_test";
    const BODY: &str = r#"{"id": "evt_1", "type": "ping", "created": 1800000000, "data": {"object": {}}}"#;
    /// Both made elsewhere, over `1800000000.` and the body.
    const GOOD: &str = "f3ed49f82eca86915e971f0a8fb7f1b4114f3bdf3547c54b29e089309078d2b8";
    const OF_ANOTHER_SECRET: &str = "16b0c3821f208870cf5e5f4630c45ed41bec04e5204a272848ef408ad949471a";
    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn check(header: &str, expected: Result<(), WebhookFault>) {
        assert_eq!(super::check(SECRET, BODY.as_bytes(), header, NOW), expected, "{header}");
    }

    #[test]
    fn a_good_signature_is_believed() {
        check(&format!("t=1800000000,v1={GOOD}"), Ok(()));
        check(&format!("t=1800000000, v1={GOOD}, v0=whatever"), Ok(()));
        check(&format!("t=1800000000,v1={}", GOOD.to_uppercase()), Ok(()));
    }

    #[test]
    fn one_good_signature_among_several_suffices() {
        check(&format!("t=1800000000,v1={OF_ANOTHER_SECRET},v1={GOOD}"), Ok(()));
        check(&format!("t=1800000000,v1={GOOD},v1={OF_ANOTHER_SECRET}"), Ok(()));
    }

    #[test]
    fn a_forged_signature_is_not() {
        let forged = Err(WebhookFault::Forged);
        check(&format!("t=1800000000,v1={OF_ANOTHER_SECRET}"), forged.clone());
        check(&format!("t=1800000001,v1={GOOD}"), forged.clone());
        check(&format!("t=01800000000,v1={GOOD}"), forged.clone());
        check(&format!("t=1800000000,v1={}", &GOOD[..62]), forged.clone());
        check("t=1800000000,v1=", forged.clone());
        let header = format!("t=1800000000,v1={GOOD}");
        let other_body = BODY.replace("evt_1", "evt_2");
        assert_eq!(super::check(SECRET, other_body.as_bytes(), &header, NOW), forged);
        // The same JSON, but not the same bytes.
        assert_eq!(super::check(SECRET, BODY.replace(' ', "").as_bytes(), &header, NOW), forged);
    }

    #[test]
    fn a_signature_is_believed_for_five_minutes() {
        let header = format!("t=1800000000,v1={GOOD}");
        for (apart_ms, expected) in [
            (300_000, Ok(())),
            (-300_000, Ok(())),
            (300_001, Err(WebhookFault::NotOfNow)),
            (-300_001, Err(WebhookFault::NotOfNow)),
        ] {
            let now = Timestamp(NOW.0 + apart_ms);
            assert_eq!(super::check(SECRET, BODY.as_bytes(), &header, now), expected, "{apart_ms}");
        }
    }

    #[test]
    fn a_header_of_another_shape_is_no_signature() {
        for header in [
            "",
            "t=1800000000",
            "v1=00",
            "t=1800000000,v0=00",
            "t=1800000000,v1=0",
            "t=1800000000,v1=zz",
            "t=1800000000,v1=\u{e9}",
            "t=1800000000,nothing",
            "t=1800000000,t=1800000001,v1=00",
            ",",
        ] {
            check(header, Err(WebhookFault::NoSignature));
        }
    }

    fn tells(kind: &str, object: &str, expected: &str) {
        let body =
            format!(r#"{{"id": "evt_1", "type": "{kind}", "created": 1800000000, "data": {{"object": {object}}}}}"#);
        let WebhookEvent { id, kind, at, key, authorisation, refund, amount, currency, reason } =
            read(body.as_bytes()).expect("it can be read");
        assert_eq!((id.as_str(), at), ("evt_1", NOW));
        let amount = amount.map(|amount| amount.to_string());
        let parts = [key, authorisation, refund, amount, currency, reason];
        let parts: Vec<String> = parts.map(|part| part.unwrap_or_else(|| "-".to_owned())).into();
        assert_eq!(format!("{kind:?} {}", parts.join(" ")), expected);
    }

    #[test]
    fn events_that_matter_are_told() {
        let intent = r#"{"id": "pi_1", "currency": "eur", "amount": 5000, "amount_capturable": 4000,
            "amount_received": 1000, "cancellation_reason": "abandoned", "metadata": {"waybill_key": "k"},
            "last_payment_error": {"message": "Declined."}}"#;
        tells("payment_intent.amount_capturable_updated", intent, "Authorised k pi_1 - 40 EUR -");
        tells("payment_intent.payment_failed", intent, "Failed k pi_1 - 50 EUR Declined.");
        tells("payment_intent.canceled", intent, "Canceled k pi_1 - 50 EUR abandoned");
        tells("payment_intent.succeeded", intent, "Captured k pi_1 - 10 EUR -");
        let charge = r#"{"id": "ch_1", "payment_intent": "pi_1", "currency": "jpy", "amount": 5000,
            "amount_captured": 4000, "amount_refunded": 1000, "metadata": {"waybill_key": "k"}}"#;
        tells("charge.expired", charge, "Expired k pi_1 - 5000 JPY -");
        tells("charge.captured", charge, "Captured k pi_1 - 4000 JPY -");
        tells("charge.refunded", charge, "Refunded k pi_1 - 1000 JPY -");
        let refund = |status: &str| {
            format!(
                r#"{{"id": "re_1", "payment_intent": "pi_1", "currency": "kwd", "amount": 5120, "status": "{status}",
                "metadata": {{}}, "failure_reason": "lost_or_stolen_card"}}"#
            )
        };
        tells("refund.failed", &refund("failed"), "RefundFailed - pi_1 re_1 5.12 KWD lost_or_stolen_card");
        tells("refund.updated", &refund("canceled"), "RefundFailed - pi_1 re_1 5.12 KWD lost_or_stolen_card");
        tells("charge.refund.updated", &refund("succeeded"), "RefundArrived - pi_1 re_1 5.12 KWD -");
    }

    #[test]
    fn other_events_are_ignored() {
        tells("refund.updated", r#"{"status": "pending"}"#, "Ignored(\"refund.updated\") - - - - - -");
        tells("customer.created", "{}", "Ignored(\"customer.created\") - - - - - -");
        tells("customer.created", "[1]", "Ignored(\"customer.created\") - - - - - -");
    }

    #[test]
    fn what_cannot_be_read_is_a_fault() {
        let no_amount = r#"{"id": "e", "type": "charge.expired", "created": 1, "data": {"object": {"amount": "1"}}}"#;
        let late = r#"{"id": "e", "type": "charge.expired", "created": 9223372036854775807, "data": {"object": {}}}"#;
        for body in ["", "{}", "[]", no_amount, late] {
            assert!(matches!(read(body.as_bytes()), Err(WebhookFault::Unreadable(_))), "{body}");
        }
    }
}
