//! Stripe's words: what we ask becomes a path and a form, what it says becomes values. Nothing here talks to anybody.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use waybill_domain::{Amount, GatewayAsk, GatewayRequest, Timestamp};

use super::money::{from_stripe, to_stripe};

/// Where an object bears the key of the operation that made it.
pub(super) const KEY: &str = "waybill_key";
const KEY_FIELD: &str = "metadata[waybill_key]";

/// How long Stripe holds an authorisation when it does not say.
const HELD_S: i64 = 7 * 24 * 60 * 60;

/// Stripe's code for what is not there.
pub(super) const MISSING: &str = "resource_missing";

/// How much of what Stripe says is passed on.
const MOST_CHARACTERS: usize = 300;

/// A request that changes something, to the last byte what it was when it was made the first time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Post {
    pub path: String,
    pub form: String,
}

/// What Stripe said.
#[derive(Debug)]
pub(super) enum Reply {
    /// Yes; the object.
    Fine(Vec<u8>),
    /// A definite no.
    Refused(Fault),
    /// Neither; for people.
    Unknown(String),
}

/// Stripe's description of what is wrong.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fault {
    #[serde(rename = "type", default)]
    pub kind: String,
    pub code: Option<String>,
    pub param: Option<String>,
    pub message: Option<String>,
}

/// A payment intent: the authorisation, and all that is captured from it.
#[derive(Debug, Deserialize)]
pub(super) struct Intent {
    pub id: String,
    pub status: String,
    pub amount: i64,
    /// In small letters.
    #[serde(default)]
    pub currency: String,
    #[serde(default)]
    pub amount_received: i64,
    /// In seconds.
    pub created: i64,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// An id, or the charge where we asked for it.
    #[serde(default)]
    pub latest_charge: Value,
    pub last_payment_error: Option<Fault>,
}

/// A refund.
#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    pub id: String,
    pub status: Option<String>,
    pub amount: i64,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    pub failure_reason: Option<String>,
}

/// A page of a list, newest first.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    pub data: Vec<T>,
    #[serde(default)]
    pub has_more: bool,
}

/// The request for an operation that changes something, or why there is none.
pub(super) fn post(request: &GatewayRequest, multicapture: bool) -> Result<Post, String> {
    let GatewayRequest { key, order, currency, ask } = request;
    let (path, fields) = match ask {
        GatewayAsk::Authorise { instrument, customer, amount } => {
            let mut fields = vec![
                ("amount", to_stripe(*amount, currency)?.to_string()),
                ("currency", currency.to_ascii_lowercase()),
                ("capture_method", "manual".to_owned()),
                ("confirm", "true".to_owned()),
                ("off_session", "true".to_owned()),
                ("payment_method", instrument.clone()),
                // Other means of payment may want to send the customer somewhere, and nobody is there to be sent.
                ("payment_method_types[]", "card".to_owned()),
                ("description", format!("Order {order}")),
                ("metadata[order]", order.clone()),
                (KEY_FIELD, key.clone()),
                ("expand[]", "latest_charge".to_owned()),
            ];
            fields.extend(customer.clone().map(|customer| ("customer", customer)));
            if multicapture {
                fields.push(("payment_method_options[card][request_multicapture]", "if_available".to_owned()));
            }
            ("/v1/payment_intents".to_owned(), form(fields))
        }
        GatewayAsk::Adopt { .. } => return Err("to look at something changes nothing".to_owned()),
        GatewayAsk::Capture { authorisation, amount, last } => {
            let mine = format!("metadata[{}]", capture_name(key));
            let mut fields =
                vec![("amount_to_capture", to_stripe(*amount, currency)?.to_string()), (mine.as_str(), key.clone())];
            if !last {
                fields.push(("final_capture", "false".to_owned()));
            }
            (format!("{}/capture", intent_path(authorisation)?), form(fields))
        }
        GatewayAsk::Void { authorisation } => (format!("{}/cancel", intent_path(authorisation)?), String::new()),
        GatewayAsk::Refund { capture, amount } => {
            // The intent is what a capture is known by: it has one charge, however often is captured from it.
            intent_path(capture)?;
            let fields = vec![
                ("payment_intent", capture.clone()),
                ("amount", to_stripe(*amount, currency)?.to_string()),
                ("metadata[order]", order.clone()),
                (KEY_FIELD, key.clone()),
            ];
            ("/v1/refunds".to_owned(), form(fields))
        }
    };
    Ok(Post { path, form: fields })
}

/// A last capture of nothing, which sets free what is left of an authorisation.
pub(super) fn free_the_rest(request: &GatewayRequest, authorisation: &str) -> Result<Post, String> {
    let mine = format!("metadata[{}]", capture_name(&request.key));
    let fields = vec![
        ("amount_to_capture", "0".to_owned()),
        (mine.as_str(), request.key.clone()),
        ("final_capture", "true".to_owned()),
    ];
    Ok(Post { path: format!("{}/capture", intent_path(authorisation)?), form: form(fields) })
}

/// Where an intent bears the key of a capture. A capture has no object of its own that could, one intent may have many,
/// and the name has room for 40 characters, which a key may be longer than.
pub(super) fn capture_name(key: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("waybill_capture_{short}")
}

/// The path of an intent. References may have come from anywhere, and must not lead anywhere else.
pub(super) fn intent_path(reference: &str) -> Result<String, String> {
    let rest = reference.strip_prefix("pi_").unwrap_or("");
    if rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(format!("{reference:?} is not a payment intent of Stripe's"));
    }
    Ok(format!("/v1/payment_intents/{reference}"))
}

/// Fields as a form, in this order.
pub(super) fn form(fields: Vec<(&str, String)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// What an answer says of the question.
pub(super) fn reply(status: u16, body: Vec<u8>) -> Reply {
    #[derive(Deserialize)]
    struct Envelope {
        error: Fault,
    }
    let fault = || serde_json::from_slice::<Envelope>(&body).map(|envelope| envelope.error);
    let missing = || fault().map(|fault| Fault { code: fault.code.or(Some(MISSING.to_owned())), ..fault });
    match status {
        200..=299 => Reply::Fine(body),
        // Its words may quote from the key.
        401 | 403 => Reply::Unknown(format!("Stripe does not accept our secret key for this ({status})")),
        400 | 402 | 404 => match if status == 404 { missing() } else { fault() } {
            Ok(fault) if fault.is_final() => Reply::Refused(fault),
            Ok(fault) => Reply::Unknown(format!("Stripe answered {status}: {}", fault.words())),
            Err(_) => Reply::Unknown(format!("Stripe answered {status}, without saying why")),
        },
        // 409: another request with the key is at work. 429: too many requests.
        _ => match fault() {
            Ok(fault) => Reply::Unknown(format!("Stripe answered {status}: {}", fault.words())),
            Err(_) => Reply::Unknown(format!("Stripe answered {status}")),
        },
    }
}

/// An object out of an answer.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("Stripe's answer cannot be read: {error}"))
}

impl Fault {
    /// Whether nothing has happened. That a key was used for another request (`idempotency_error`) says nothing of what
    /// that one did, nor does a lock (`lock_timeout`).
    fn is_final(&self) -> bool {
        matches!(self.kind.as_str(), "card_error" | "invalid_request_error")
            && !matches!(self.code.as_deref(), Some("lock_timeout" | "rate_limit"))
    }

    /// In Stripe's words, for people.
    pub fn words(&self) -> String {
        let words = self.message.as_deref().or(self.code.as_deref()).unwrap_or("it does not say why");
        words.chars().take(MOST_CHARACTERS).collect()
    }

    /// As an answer to this question.
    pub fn words_for(&self, ask: &GatewayAsk) -> String {
        let words = self.words();
        let of_several = self.param.as_deref() == Some("final_capture")
            || ["final_capture", "multicapture"].iter().any(|word| words.contains(word));
        match ask {
            GatewayAsk::Capture { last: false, .. } if of_several => format!(
                "Stripe captures more than once from an authorisation only where multicapture is on for the account and \
                 the card: {words}"
            ),
            GatewayAsk::Capture { .. }
            | GatewayAsk::Authorise { .. }
            | GatewayAsk::Adopt { .. }
            | GatewayAsk::Void { .. }
            | GatewayAsk::Refund { .. } => words,
        }
    }
}

impl Intent {
    /// How much it was made over.
    pub fn total(&self, currency: &str) -> Option<Amount> {
        from_stripe(self.amount, currency)
    }

    /// How much was not taken from it.
    pub fn left(&self, currency: &str) -> Option<Amount> {
        from_stripe(self.amount.checked_sub(self.amount_received)?, currency)
    }

    /// When the money is free again.
    pub fn until(&self) -> Option<Timestamp> {
        let said = self.latest_charge.pointer("/payment_method_details/card/capture_before").and_then(Value::as_i64);
        let seconds = said.or_else(|| self.created.checked_add(HELD_S))?;
        seconds.checked_mul(1000).map(Timestamp)
    }

    /// Why it does not hold the money that it was to set aside.
    pub fn why_not(&self) -> String {
        match (&self.last_payment_error, self.status.as_str()) {
            (Some(fault), _) => fault.words(),
            (None, "requires_action") => {
                "the customer's bank wants the customer to confirm the payment, and nobody is there to do so".to_owned()
            }
            (None, status) => format!("Stripe's payment intent {} is {status}", self.id),
        }
    }
}
