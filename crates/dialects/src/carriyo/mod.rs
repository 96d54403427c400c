//! The Carriyo door: orders with their fulfilment orders, shipments and inventory (contract `carriyo.md`, sections 1 to 7).

mod account;
mod act;
mod body;
mod ids;
mod intake;
mod inventory;
mod location;
pub mod merchant;
mod order;
mod redact;
mod routes;
mod ship;
mod shipment;
mod token;
mod words;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::any;
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Map, Value, json};
use tracing::Instrument;
use waybill_domain::{Command, ConsignmentStage, ItemId, OrderId, Outcome, Refusal, StoreId, TenantId};
use waybill_engine::store::{CarriedOrder, OrderName, View};
use waybill_engine::{Caller, Engine, Failure, Key, fingerprint};

use crate::{request, time};
use merchant::Merchant;
use routes::Route;
pub use routes::{endpoints, permissions};
pub use token::secret;
use words::Names;

/// The routes of this door.
pub fn router(engine: Engine) -> Router {
    let router = Router::new().route("/carriyo", any(answer)).route("/carriyo/", any(answer));
    router.route("/carriyo/{*path}", any(answer)).with_state(engine)
}

/// Why a request ends before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Status and errors.
    Fault(u16, Vec<String>),
    /// A shipment does not go from the one status to the other.
    Change(ConsignmentStage, ConsignmentStage),
    /// The request was answered before, under the same key.
    Replay(String),
}

/// What a verb answers.
pub(crate) type Answer = Result<Value, Stop>;

/// A refusal with one reason.
pub(crate) fn fault(status: u16, error: impl Into<String>) -> Stop {
    Stop::Fault(status, vec![error.into()])
}

/// What is wrong with a body.
impl From<Vec<String>> for Stop {
    fn from(errors: Vec<String>) -> Stop {
        Stop::Fault(400, errors)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        let (status, error) = words::trouble(&failure);
        fault(status, error)
    }
}

/// A request that was understood and allowed.
pub(crate) struct Ask {
    engine: Engine,
    pub(crate) caller: Caller,
    pub(crate) merchant: Merchant,
    pub(crate) store: StoreId,
    pub(crate) body: Map<String, Value>,
    query: Vec<(String, String)>,
    /// What the address names.
    pub(crate) names: Vec<String>,
    key: Option<Key>,
    replayed: Arc<AtomicBool>,
}

impl Ask {
    pub(crate) fn tenant(&self) -> TenantId {
        self.caller.tenant
    }

    /// A parameter of the address.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter that may be repeated.
    pub(crate) fn query_all(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect()
    }

    /// A flag in the address; off where it is not there.
    pub(crate) fn query_flag(&self, name: &str) -> Result<bool, Stop> {
        match self.query(name) {
            None | Some("") => Ok(false),
            Some(text) => body::flag(text).ok_or_else(|| fault(400, words::of_field(name, "must be true or false"))),
        }
    }

    /// Carries out a command under the request's key; refusals are told by these names.
    pub(crate) async fn execute(&self, command: Command, names: &Names) -> Result<Outcome, Stop> {
        self.execute_as(command, self.key.clone(), names).await
    }

    /// Carries out one of several commands of a request: each has a key of its own under the request's.
    pub(crate) async fn execute_part(&self, command: Command, part: &str, names: &Names) -> Result<Outcome, Stop> {
        let key = self.key.as_ref().map(|key| key.part(part));
        self.execute_as(command, key, names).await
    }

    async fn execute_as(&self, command: Command, key: Option<Key>, names: &Names) -> Result<Outcome, Stop> {
        match self.engine.execute(&self.caller, key, command).await {
            Ok(done) => {
                self.replayed.fetch_or(done.replayed, Ordering::Relaxed);
                match done.body {
                    Some(body) => Err(Stop::Replay(body)),
                    None => Ok(done.outcome),
                }
            }
            Err(Failure::Refused(refusals)) => {
                if let [Refusal::ConsignmentCannot { from, to }] = refusals[..] {
                    return Err(Stop::Change(from, to));
                }
                let (status, errors) = words::refused(&refusals, names);
                Err(Stop::Fault(status, errors))
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Reads in one snapshot of the caller's tenant.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&View<'_>, TenantId) -> waybill_engine::store::Result<T> + Send + 'static,
    ) -> Result<T, Stop> {
        let tenant = self.tenant();
        Ok(self.engine.read(move |view| read(view, tenant)).await?)
    }

    /// The order that the address names, by our id or by the client's reference (contract, section 1). One of another
    /// store is not found.
    pub(crate) async fn order(&self) -> Result<CarriedOrder, Stop> {
        Ok(self.order_with(|_, _, _| Ok(())).await?.0)
    }

    /// The same, with what else is read in the same snapshot.
    pub(crate) async fn order_with<T: Send + 'static>(
        &self,
        more: impl FnOnce(&View<'_>, TenantId, &CarriedOrder) -> waybill_engine::store::Result<T> + Send + 'static,
    ) -> Result<(CarriedOrder, T), Stop> {
        let (store, name) = (self.store, self.names[0].clone());
        let by_reference = match self.query("key") {
            None | Some("" | "order_id") => false,
            Some("partner_order_reference") => true,
            Some(_) => {
                let message = "must be one of [order_id, partner_order_reference]";
                return Err(fault(400, words::of_field("key", message)));
            }
        };
        let text = name.clone();
        let found = self.read(move |view, tenant| {
            let id = match by_reference {
                true => {
                    let name = OrderName { store, numbers: [text.clone(), text.clone(), text] };
                    view.orders_of_names(&[(tenant, name)])?.pop().flatten()
                }
                false => ids::read_order(&text),
            };
            let Some(id) = id else { return Ok(None) };
            let found = view.carried_orders(tenant, &[id])?.pop().filter(|found| found.order.store == store);
            let Some(found) = found else { return Ok(None) };
            let more = more(view, tenant, &found)?;
            Ok(Some((found, more)))
        });
        found.await?.ok_or_else(|| fault(404, words::no_order(&name)))
    }

    /// How the client calls what refusals about an order may speak of.
    pub(crate) fn names_of(&self, found: &CarriedOrder, asked: Vec<ItemId>) -> Names {
        Names {
            order: self.names.first().cloned().unwrap_or_default(),
            fulfilment: self.names.get(1).cloned().unwrap_or_default(),
            shipment: String::new(),
            lines: order::line_ids(found),
            asked,
        }
    }
}

/// What no order, fulfilment order or shipment is about.
pub(crate) fn no_such_order(name: &str) -> Stop {
    let names = Names { order: name.to_owned(), ..Names::default() };
    let (status, errors) = words::refused(&[Refusal::NoSuchOrder(OrderId(0))], &names);
    Stop::Fault(status, errors)
}

/// Answers on a task of its own: a client that goes away does not stop what it began.
async fn answer(State(engine): State<Engine>, request: Request<Body>) -> Response {
    let now = engine.clone();
    let answer = tokio::spawn(async move { respond(engine, request).await }.in_current_span()).await;
    let answer = answer.unwrap_or_else(|_| {
        let (status, error) = words::trouble(&Failure::Broken);
        Written { status, text: envelope(&now, status, &[error]), replayed: false }
    });
    let mut response = Response::builder().status(answer.status).header(header::CONTENT_TYPE, "application/json");
    if answer.replayed {
        response = response.header("idempotent-replayed", "true");
    }
    if answer.status == StatusCode::SERVICE_UNAVAILABLE.as_u16() {
        response = response.header(header::RETRY_AFTER, "1");
    }
    response.body(Body::from(answer.text)).expect("a status, headers and a text make a response")
}

/// An answer as it goes out.
pub(crate) struct Written {
    pub(crate) status: u16,
    pub(crate) text: String,
    replayed: bool,
}

impl Written {
    pub(crate) fn of(status: u16, value: &Value) -> Written {
        Written { status, text: value.to_string(), replayed: false }
    }
}

/// The envelope of an error (contract, section 1).
fn envelope(engine: &Engine, status: u16, errors: &[String]) -> String {
    let timestamp = time::show_iso(engine.now()).replace('Z', "+00:00");
    json!({"status": status.to_string(), "timestamp": timestamp, "errors": errors}).to_string()
}

/// The envelope of a change of status that is not allowed: it says so in place of the code.
fn change_refused(engine: &Engine, from: ConsignmentStage, to: ConsignmentStage) -> String {
    let timestamp = time::show_iso(engine.now()).replace('Z', "+00:00");
    let message = words::status_change(from, to);
    let detail = ship::fault_of("status_change_not_allowed", "new_status", &message);
    json!({
        "status": "error",
        "timestamp": timestamp,
        "errors": [message],
        "error_details": [shipment::error_detail(&detail, None)],
    })
    .to_string()
}

/// From request to answer: who asks, what, whether they may, and then the verb.
async fn respond(engine: Engine, request: Request<Body>) -> Written {
    let told = |engine: &Engine, stop: Stop| match stop {
        Stop::Fault(status, errors) => Written { status, text: envelope(engine, status, &errors), replayed: false },
        Stop::Change(from, to) => Written { status: 400, text: change_refused(engine, from, to), replayed: false },
        Stop::Replay(text) => Written { status: 200, text, replayed: true },
    };
    let (head, body) = request.into_parts();
    let path = head.uri.path().strip_prefix("/carriyo/").unwrap_or("");
    if path.trim_end_matches('/') == "oauth/token" {
        return token::token(&engine, &head.method, body).await;
    }
    let (caller, merchant) = match client_of(&engine, &head.headers).await {
        Ok(found) => found,
        Err(stop) => return told(&engine, stop),
    };
    let (route, names) = match routes::find(&head.method, path) {
        Ok(found) => found,
        Err(405) => return told(&engine, fault(405, words::NO_METHOD)),
        Err(status) => return told(&engine, fault(status, words::NOT_FOUND)),
    };
    if !caller.permissions.allow(route.permission) {
        return told(&engine, fault(403, words::FORBIDDEN));
    }
    let query = head.uri.query().unwrap_or("");
    let (body, key) = match read(&head.method, &head.headers, (path, query), body, &caller, route).await {
        Ok(read) => read,
        Err(stop) => return told(&engine, stop),
    };
    let pairs = form_urlencoded::parse(query.as_bytes()).take(100);
    let query: Vec<(String, String)> = pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    // PostgreSQL keeps no NUL, and compares with none.
    if let Some((name, _)) = query.iter().find(|(_, value)| value.contains('\0')) {
        return told(&engine, fault(400, words::of_field(name, "must not contain NUL")));
    }
    let replayed = Arc::new(AtomicBool::new(false));
    let ask = Ask {
        engine: engine.clone(),
        store: StoreId(merchant.store_id),
        caller: caller.clone(),
        merchant,
        body,
        query,
        names,
        key: key.clone(),
        replayed: replayed.clone(),
    };
    match (route.run)(ask).await {
        Ok(value) => {
            let mut written = Written::of(200, &value);
            written.replayed = replayed.load(Ordering::Relaxed);
            if let Some(key) = key {
                engine.keep_body(&caller, key, written.text.clone()).await;
            }
            written
        }
        Err(stop) => told(&engine, stop),
    }
}

/// Who asks: the token says who, and key and tenant must be theirs (contract, section 1).
async fn client_of(engine: &Engine, headers: &HeaderMap) -> Result<(Caller, Merchant), Stop> {
    let unknown = || fault(401, words::UNAUTHORIZED);
    let token = request::bearer(headers).ok_or_else(unknown)?;
    // What tokens are made of opens nothing by itself.
    if token.contains(':') {
        return Err(unknown());
    }
    let caller = engine.caller(token).await?.ok_or_else(unknown)?;
    let merchant = caller.settings.as_deref().and_then(Merchant::read).ok_or_else(unknown)?;
    let says = |name: &str, wanted: &str| headers.get(name).and_then(|value| value.to_str().ok()) == Some(wanted);
    if !says("x-api-key", &merchant.api_key) || !says("tenant-id", &merchant.tenant) {
        return Err(fault(403, words::FORBIDDEN));
    }
    Ok((caller, merchant))
}

/// The body's members, and the key of the request.
async fn read(
    method: &Method,
    headers: &HeaderMap,
    (path, query): (&str, &str),
    body: Body,
    caller: &Caller,
    route: &Route,
) -> Result<(Map<String, Value>, Option<Key>), Stop> {
    if method == Method::GET {
        return Ok((Map::new(), None));
    }
    let bytes = request::read_body(body).await.map_err(|unread| fault(unread.status(), unread.words()))?;
    let body = match serde_json::from_slice::<Value>(&bytes) {
        Ok(value) if request::has_nul(&value) => return Err(fault(400, words::NOT_JSON)),
        Ok(Value::Object(map)) => map,
        // The whole body is optional where none of its members is needed.
        Ok(Value::Null) => Map::new(),
        Err(_) if bytes.iter().all(u8::is_ascii_whitespace) => Map::new(),
        Ok(_) | Err(_) => return Err(fault(400, words::NOT_JSON)),
    };
    let fingerprint = || {
        let request = Value::Array(vec![Value::from(query), Value::Object(body.clone())]).to_string();
        fingerprint(&format!("{method} {}", path.trim_matches('/')), request.as_bytes())
    };
    let key = match request::idempotency_key(headers) {
        Err(()) => return Err(fault(400, words::BAD_KEY)),
        Ok(Some(key)) => Some(Key::given(key, fingerprint())),
        Ok(None) => {
            let repeats = caller.repeats_ms.filter(|_| route.makes_a_document);
            repeats.map(|repeats_ms| Key::derived(fingerprint(), repeats_ms))
        }
    };
    Ok((body, key))
}
