//! What is kept of every request, whichever door it goes through: an id, a line in the log, counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use waybill_engine::random_hex;

use crate::metrics::{self, Metrics};

const ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken from a client.
const LONGEST_ID: usize = 128;

/// Answers a request; the answer, and each line that is logged on the way, carry its id.
pub async fn watch(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let id = id(request.headers());
    // A span that the filter leaves out takes the id from the lines within it, so it has the level of the worst. Texts
    // are quoted in the log: a client that makes up its id cannot make up a line. The query may hold what is nobody's
    // business, so it is left out.
    let span = tracing::error_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        method = request.method().as_str(),
        path = request.uri().path()
    );
    let answer = async move {
        let mut ending = Ending::new(metrics, &request);
        let answer = next.run(request).await;
        ending.is_answered(answer.status());
        answer
    };
    let mut answer = answer.instrument(span).await;
    answer.headers_mut().insert(ID, id);
    answer
}

/// The client's own id if it is visible ASCII and not too long, otherwise a new one.
fn id(headers: &HeaderMap) -> HeaderValue {
    match headers.get(ID) {
        Some(id) if is_good(id.as_bytes()) => id.clone(),
        Some(_) | None => HeaderValue::try_from(new_id()).expect("hexadecimal digits make a header"),
    }
}

/// An id that nobody else gives: a random part for this process, and a number.
fn new_id() -> String {
    static PROCESS: LazyLock<String> = LazyLock::new(|| random_hex()[..16].to_owned());
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{}{:016x}", *PROCESS, NEXT.fetch_add(1, Ordering::Relaxed))
}

fn is_good(id: &[u8]) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}

/// Counts and logs when it is dropped, so that a request whose client went away is not forgotten.
struct Ending {
    metrics: Arc<Metrics>,
    began: Instant,
    door: &'static str,
    method: &'static str,
    /// None until there is an answer.
    status: Option<StatusCode>,
}

impl Ending {
    fn new(metrics: Arc<Metrics>, request: &Request) -> Ending {
        metrics.request_began();
        let (door, method) = (door(request.uri().path()), method(request.method()));
        Ending { metrics, began: Instant::now(), door, method, status: None }
    }

    fn is_answered(&mut self, status: StatusCode) {
        self.status = Some(status);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let time = self.began.elapsed();
        let request = metrics::Request { door: self.door, method: self.method, status: class(self.status) };
        self.metrics.request_ended(&request, time);
        log(self.status, u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    }
}

/// One line for each request. What went well is only for those who look for it: at thousands a second, lines cost more
/// than they tell. 503 is how we say "later", under load or without a database: worth a look, but no bug of ours.
fn log(status: Option<StatusCode>, ms: u64) {
    let Some(status) = status else {
        tracing::debug!(ms, "the client went away before its answer");
        return;
    };
    let code = status.as_u16();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        tracing::warn!(status = code, ms, "answered");
    } else if status.is_server_error() {
        tracing::error!(status = code, ms, "answered");
    } else if status.is_client_error() {
        tracing::info!(status = code, ms, "answered");
    } else {
        tracing::debug!(status = code, ms, "answered");
    }
}

fn door(path: &str) -> &'static str {
    match path.split('/').nth(1) {
        Some("rest") => "magento",
        Some("healthz" | "readyz" | "metrics") => "operations",
        Some(_) | None => "none",
    }
}

/// Clients can make up methods; those that nobody here answers are counted together.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: Option<StatusCode>) -> &'static str {
    match status.map(|status| status.as_u16() / 100) {
        Some(1) => "1xx",
        Some(2) => "2xx",
        Some(3) => "3xx",
        Some(4) => "4xx",
        Some(_) => "5xx",
        None => "gone",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_1_to_128_visible_characters() {
        let (longest, too_long) = ("a".repeat(128), "a".repeat(129));
        for good in ["a", "!~", "7f3c-{\"x\"}", &longest] {
            assert!(is_good(good.as_bytes()), "{good}");
        }
        for bad in ["", " ", "a b", "a\tb", "é", "a\u{7f}", &too_long] {
            assert!(!is_good(bad.as_bytes()), "{bad}");
        }
    }
}
