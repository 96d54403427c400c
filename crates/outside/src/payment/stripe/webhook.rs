//! What Stripe tells us on its own.

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;
use waybill_domain::Timestamp;

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
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        object: Value,
    }
    let event: Event = serde_json::from_slice(body).map_err(|error| WebhookFault::Unreadable(error.to_string()))?;
    let Event { id, kind, data: Data { object } } = event;
    let (kind, authorisation) = told(kind, &object);
    let authorisation = authorisation.and_then(|path| text(&object, path));
    let key = text(&object, &format!("/metadata/{KEY}"));
    Ok(WebhookEvent { id, kind, key, authorisation })
}

/// What an event tells, and where in its object the authorisation stands.
fn told(name: String, object: &Value) -> (WebhookKind, Option<&'static str>) {
    let (intent, of_intent) = (Some("/id"), Some("/payment_intent"));
    match (name.as_str(), text(object, "/status").as_deref()) {
        ("payment_intent.amount_capturable_updated", _) => (WebhookKind::Authorised, intent),
        ("payment_intent.payment_failed", _) => (WebhookKind::Failed, intent),
        ("payment_intent.canceled", _) => (WebhookKind::Canceled, intent),
        ("payment_intent.succeeded", _) => (WebhookKind::Captured, intent),
        ("charge.expired", _) => (WebhookKind::Expired, of_intent),
        ("charge.captured", _) => (WebhookKind::Captured, of_intent),
        ("charge.refunded", _) => (WebhookKind::Refunded, of_intent),
        // The first is what accounts of an older version get.
        ("charge.refund.updated" | "refund.updated" | "refund.failed", Some("failed" | "canceled")) => {
            (WebhookKind::RefundFailed, of_intent)
        }
        ("charge.refund.updated" | "refund.updated", Some("succeeded")) => (WebhookKind::RefundArrived, of_intent),
        _ => (WebhookKind::Ignored(name), None),
    }
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
        let body = format!(r#"{{"id": "evt_1", "type": "{kind}", "data": {{"object": {object}}}}}"#);
        let WebhookEvent { id, kind, key, authorisation } = read(body.as_bytes()).expect("it can be read");
        assert_eq!(id, "evt_1");
        let [key, authorisation] = [key, authorisation].map(|part| part.unwrap_or_else(|| "-".to_owned()));
        assert_eq!(format!("{kind:?} {key} {authorisation}"), expected);
    }

    #[test]
    fn events_that_matter_are_told() {
        let intent = r#"{"id": "pi_1", "metadata": {"waybill_key": "k"}}"#;
        tells("payment_intent.amount_capturable_updated", intent, "Authorised k pi_1");
        tells("payment_intent.payment_failed", intent, "Failed k pi_1");
        tells("payment_intent.canceled", intent, "Canceled k pi_1");
        tells("payment_intent.succeeded", intent, "Captured k pi_1");
        let charge = r#"{"id": "ch_1", "payment_intent": "pi_1", "metadata": {"waybill_key": "k"}}"#;
        tells("charge.expired", charge, "Expired k pi_1");
        tells("charge.captured", charge, "Captured k pi_1");
        tells("charge.refunded", charge, "Refunded k pi_1");
        let refund = |status: &str| {
            format!(r#"{{"id": "re_1", "payment_intent": "pi_1", "status": "{status}", "metadata": {{}}}}"#)
        };
        tells("refund.failed", &refund("failed"), "RefundFailed - pi_1");
        tells("refund.updated", &refund("canceled"), "RefundFailed - pi_1");
        tells("charge.refund.updated", &refund("succeeded"), "RefundArrived - pi_1");
    }

    #[test]
    fn other_events_are_ignored() {
        tells("refund.updated", r#"{"status": "pending"}"#, "Ignored(\"refund.updated\") - -");
        tells("customer.created", "{}", "Ignored(\"customer.created\") - -");
        tells("customer.created", "[1]", "Ignored(\"customer.created\") - -");
    }

    #[test]
    fn what_cannot_be_read_is_a_fault() {
        for body in ["", "{}", "[]", r#"{"id": "e", "type": "charge.expired", "data": {}}"#] {
            assert!(matches!(read(body.as_bytes()), Err(WebhookFault::Unreadable(_))), "{body}");
        }
    }
}
