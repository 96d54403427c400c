//! Our own API. Today: where gateways tell us what happened, and what they have not answered yet.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use waybill_domain::OrderId;
use waybill_engine::outside::payment::{WebhookEvent, WebhookFault, WebhookKind};
use waybill_engine::store::OperationView;
use waybill_engine::{Caller, Engine, Failure};

use crate::request;

/// Who may see what gateways have not answered.
const TRANSACTIONS: &str = "Magento_Sales::transactions_fetch";

/// The largest webhook that is read.
const LARGEST_WEBHOOK: usize = 1024 * 1024;

/// The routes of this door.
pub fn router(engine: Engine) -> Router {
    Router::new()
        .route("/api/v1/webhooks/stripe", post(stripe))
        .route("/api/v1/webhooks/rehearsal", post(rehearsal))
        .route("/api/v1/payment-operations", get(unsettled))
        .layer(axum::extract::DefaultBodyLimit::max(LARGEST_WEBHOOK))
        .with_state(engine)
}

/// What Stripe tells us. An event is only a hint that something has happened: what it was, Stripe is asked, so that an
/// event which comes late, twice or out of order does no harm.
async fn stripe(State(engine): State<Engine>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(stripe) = engine.stripe() else {
        return problem(StatusCode::NOT_FOUND, "Stripe is not configured here.");
    };
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or("");
    let event = match stripe.read_webhook(&body, signature, engine.now()) {
        Ok(event) => event,
        Err(fault) => return refused(&engine, &fault).await,
    };
    if let WebhookKind::Ignored(_) = event.kind {
        return answer(StatusCode::OK, &json!({"received": true}));
    }
    let WebhookEvent { id, kind, key, authorisation } = event;
    tracing::info!(event = id, ?kind, key, authorisation, "Stripe tells us something");
    reconciled(engine.reconcile_stripe(key, authorisation).await)
}

/// A webhook that cannot be believed changes nothing; what looks like an attack is written into the audit trail.
async fn refused(engine: &Engine, fault: &WebhookFault) -> Response {
    let (what, text) = match fault {
        WebhookFault::NoSignature => (None, "The Stripe-Signature header is missing or malformed.".to_owned()),
        WebhookFault::Forged => (Some("forged webhook"), "The signature is not of this body.".to_owned()),
        WebhookFault::NotOfNow => (Some("replayed webhook"), "The signature is too old, or of the future.".to_owned()),
        WebhookFault::Unreadable(why) => (None, format!("The event cannot be read: {why}")),
    };
    if let Some(what) = what {
        tracing::warn!(what, "a webhook was refused; nothing has changed");
        engine.suspect(what, "stripe").await;
    }
    problem(StatusCode::BAD_REQUEST, &text)
}

/// What the sandbox gateway would tell us, told by whoever tries it: `{"order_id": 7}`.
async fn rehearsal(State(engine): State<Engine>, headers: HeaderMap, body: Bytes) -> Response {
    let caller = match caller(&engine, &headers).await {
        Ok(caller) => caller,
        Err(response) => return response,
    };
    let asked: Option<Value> = serde_json::from_slice(&body).ok();
    let Some(order) = asked.as_ref().and_then(|asked| asked["order_id"].as_i64()) else {
        return problem(StatusCode::BAD_REQUEST, "Send {\"order_id\": <id>}.");
    };
    reconciled(engine.reconcile(caller.tenant, OrderId(order)).await)
}

/// What no gateway has answered yet, the oldest first.
async fn unsettled(State(engine): State<Engine>, headers: HeaderMap) -> Response {
    let caller = match caller(&engine, &headers).await {
        Ok(caller) => caller,
        Err(response) => return response,
    };
    let found = engine.read(move |view| view.open_operations(caller.tenant)).await;
    match found {
        Ok(open) => {
            let items: Vec<Value> = open.iter().map(operation).collect();
            answer(StatusCode::OK, &json!({"items": items}))
        }
        Err(_) => try_again(),
    }
}

fn operation(view: &OperationView) -> Value {
    let OperationView { operation, payment, number, currency, installation: _ } = view;
    json!({
        "id": operation.id.0,
        "order_id": operation.order.0,
        "order_number": number,
        "gateway": payment.gateway.as_str(),
        "kind": operation.wish.as_str(),
        "amount": serde_json::from_str::<Value>(&operation.amount.to_string()).unwrap_or(Value::Null),
        "currency": currency,
        "since_ms": operation.created_at.0,
    })
}

/// Who asks, if they may see transactions; it is not told whether the token or the right is missing.
async fn caller(engine: &Engine, headers: &HeaderMap) -> Result<Caller, Response> {
    let caller = match request::bearer(headers) {
        Some(token) => engine.caller(token).await.map_err(|_| try_again())?,
        None => None,
    };
    let allowed = caller.filter(|caller| caller.permissions.allow(TRANSACTIONS));
    allowed
        .ok_or_else(|| problem(StatusCode::UNAUTHORIZED, &format!("Send a bearer token that may use {TRANSACTIONS}.")))
}

fn reconciled(done: Result<(), Failure>) -> Response {
    match done {
        Ok(()) => answer(StatusCode::OK, &json!({"received": true})),
        Err(_) => try_again(),
    }
}

/// Nothing is lost: whoever told us tells it again.
fn try_again() -> Response {
    let mut response = problem(StatusCode::SERVICE_UNAVAILABLE, "This cannot be looked into now. Send it again.");
    response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
    response
}

fn answer(status: StatusCode, body: &Value) -> Response {
    respond(status, "application/json", body)
}

/// RFC 9457.
fn problem(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    respond(status, "application/problem+json", &json!({"status": status.as_u16(), "title": title, "detail": detail}))
}

fn respond(status: StatusCode, kind: &'static str, body: &Value) -> Response {
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, kind);
    response.body(Body::from(body.to_string())).expect("a status, a header and a text make a response")
}
