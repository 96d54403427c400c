//! How a request is read, whichever door it comes to: bounded in size and time; the key that it may be sent under; and what
//! every answer says of it.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use serde_json::Value;
use waybill_engine::{Caller, Engine, Failure, Key, fingerprint};

/// The largest body that is read.
pub(crate) const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// How long a client may take to send a body.
const BODY_TIME: Duration = Duration::from_secs(30);

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    TooSlow,
    TooLarge,
    /// It ended before it was complete.
    Cut,
}

impl Unread {
    /// The status that says so.
    pub(crate) fn status(self) -> u16 {
        match self {
            Unread::TooSlow => 408,
            Unread::TooLarge => 413,
            Unread::Cut => 400,
        }
    }

    /// The same in words.
    pub(crate) fn words(self) -> String {
        match self {
            Unread::TooSlow => "The request took too long to arrive. Nothing was changed; send it again.".to_owned(),
            Unread::TooLarge => {
                format!("The request is larger than {LARGEST_BODY} bytes. Send it in parts and try again.")
            }
            Unread::Cut => "The request ended before it was complete. Send it again.".to_owned(),
        }
    }
}

/// The whole body.
pub(crate) async fn read_body(body: Body) -> Result<Bytes, Unread> {
    let read = tokio::time::timeout(BODY_TIME, Limited::new(body, LARGEST_BODY).collect());
    match read.await {
        Err(_) => Err(Unread::TooSlow),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(Unread::TooLarge),
        Ok(Err(_)) => Err(Unread::Cut),
    }
}

/// The idempotency key, quoted or bare; an error when it is none.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ()> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or("").trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if text.is_empty() || text.len() > 255 { Err(()) } else { Ok(Some(text)) }
}

/// The key of a request: the one that it was sent under, otherwise one that is derived from what it says, for callers whose
/// requests may come twice within `repeats_ms`. An error when the header holds no key.
pub(crate) fn key(
    headers: &HeaderMap,
    (method, path): (&Method, &str),
    says: impl FnOnce() -> Value,
    repeats_ms: Option<i64>,
) -> Result<Option<Key>, ()> {
    let fingerprint = || fingerprint(&format!("{method} {}", path.trim_matches('/')), says().to_string().as_bytes());
    Ok(match (idempotency_key(headers)?, repeats_ms) {
        (Some(key), _) => Some(Key::given(key, fingerprint())),
        (None, Some(repeats_ms)) => Some(Key::derived(fingerprint(), repeats_ms)),
        (None, None) => None,
    })
}

/// What a request is refused with; or, where it was carried out before under the same key, and is refused only because of
/// that, the answer that it got then.
pub(crate) async fn unless_answered<Stop: From<Failure>>(
    engine: &Engine,
    caller: &Caller,
    key: Option<Key>,
    stop: Stop,
    replay: fn(String) -> Stop,
) -> Stop {
    let Some(key) = key else { return stop };
    match engine.answered(caller, &key).await {
        Ok(Some(text)) => replay(text),
        Err(failure @ (Failure::KeyMismatch | Failure::KeyBusy)) => failure.into(),
        Ok(None) | Err(_) => stop,
    }
}

/// An answer with the headers that each has: whether it was given before, and when to ask again where it could not be given
/// now.
pub(crate) fn answered(status: StatusCode, kind: &'static str, text: String, replayed: bool) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if replayed {
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// The bearer token of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().trim_matches('"'))
}

/// Whether there is a NUL character in a text somewhere: PostgreSQL keeps none.
pub(crate) fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Percent-decoding; what is no UTF-8 becomes a replacement character.
pub(crate) fn decode(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digit: u8| (digit as char).to_digit(16);
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let value = hex(*high).unwrap_or(0) * 16 + hex(*low).unwrap_or(0);
                bytes.push(u8::try_from(value).unwrap_or(b'?'));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
