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
mod shown;
mod token;
mod update;
mod words;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::any;
use http::{HeaderMap, Method, Request, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tracing::Instrument;
use waybill_domain::{Command, ConsignmentStage, FulfilmentOrderId, Item, ItemId, Outcome, Refusal, StoreId, TenantId};
use waybill_engine::store::{CarriedAsk, CarriedOrder, Means, OrderName, View};
use waybill_engine::{Caller, Done, Engine, Failure, Key};

use crate::{request, time};
use merchant::Merchant;
use routes::Route;
pub use routes::{endpoints, permissions};
use shown::Shown;
pub use token::secret;
use words::Names;

/// The routes of this door.
pub fn router(engine: Engine) -> Router {
    let router = Router::new().route("/carriyo", any(answer)).route("/carriyo/", any(answer));
    router.route("/carriyo/{*path}", any(answer)).with_state(engine)
}

/// What this door keeps of a line, a shipment or a carrier account is kept under this name.
pub(crate) const KEPT: &str = "carriyo";

/// Why a request ends before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Status and errors.
    Fault(u16, Vec<String>),
    /// A shipment does not go from the one status to the other.
    Change(ConsignmentStage, ConsignmentStage),
    /// What the request was reckoned with has changed meanwhile, so that nothing was done.
    Overtaken(Vec<String>),
    /// The request was answered before, under the same key.
    Replay(String),
}

/// What a verb answers: JSON as it goes out.
pub(crate) type Answer = Result<String, Stop>;

/// How long most answers are: an order with some lines, a shipment.
const USUAL_ANSWER: usize = 2_048;

/// An answer of this.
pub(crate) fn json_of(of: &impl Serialize) -> Answer {
    let mut text = Vec::with_capacity(USUAL_ANSWER);
    serde_json::to_writer(&mut text, of).expect("texts, numbers and what was kept as JSON make JSON");
    Ok(String::from_utf8(text).expect("JSON is written as UTF-8"))
}

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
    pub(crate) caller: Arc<Caller>,
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
        Ok(self.told(self.engine.execute(&self.caller, self.key.clone(), command).await, names)?.outcome)
    }

    /// Carries out a command on an order that was found, and shows it as it is then. What is only read is shown as it was
    /// found, unless somebody has changed its lines since, and so is what carries it, but for what the command itself makes of
    /// that.
    pub(crate) async fn execute_on(&self, mut found: CarriedOrder, command: Command, names: &Names) -> Answer {
        let done = self.engine.execute_shown(&self.caller, self.key.clone(), command).await;
        let Some(left) = self.told(done, names)?.left else {
            return order::now(self, found.order.id).await;
        };
        let is_same = |(was, is): (&Item, &Item)| was.id == is.id && was.ordered == is.ordered && was.name == is.name;
        let (was, is) = (&found.order, &left.order);
        let are_same = was.items.len() == is.items.len() && was.items.iter().zip(&is.items).all(is_same);
        if !are_same || was.grand_total != is.grand_total {
            return order::now(self, found.order.id).await;
        }
        found.order = left.order;
        for consignment in left.consignments {
            match found.consignments.iter_mut().find(|other| other.id == consignment.id) {
                Some(other) => *other = consignment,
                None => found.consignments.push(consignment),
            }
        }
        json_of(&Shown { found: &found, merchant: &self.merchant, lines: &names.lines })
    }

    /// What became of a command, refusals in this door's words.
    fn told(&self, done: Result<Done, Failure>, names: &Names) -> Result<Done, Stop> {
        match done {
            Ok(mut done) => {
                self.replayed.fetch_or(done.replayed, Ordering::Relaxed);
                done.body.take().map_or(Ok(done), |body| Err(Stop::Replay(body)))
            }
            Err(Failure::Refused(refusals)) => {
                if let [Refusal::ConsignmentCannot { from, to }] = refusals[..] {
                    return Err(Stop::Change(from, to));
                }
                let (status, errors) = words::refused(&refusals, names);
                Err(match refusals[..] {
                    [Refusal::ConsignmentsChanged | Refusal::FulfilmentMoved(_) | Refusal::DescriptionChanged] => {
                        Stop::Overtaken(errors)
                    }
                    _ => Stop::Fault(status, errors),
                })
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
        Ok(self.order_and_means(None).await?.0)
    }

    /// The same, with the means to have one of its fulfilment orders carried.
    pub(crate) async fn order_and_means(
        &self,
        means_for: Option<FulfilmentOrderId>,
    ) -> Result<(CarriedOrder, Means), Stop> {
        let name = self.names[0].as_str();
        let by_reference = match self.query("key") {
            None | Some("" | "order_id") => false,
            Some("partner_order_reference") => true,
            Some(_) => {
                let message = "must be one of [order_id, partner_order_reference]";
                return Err(fault(400, words::of_field("key", message)));
            }
        };
        let (tenant, store) = (self.tenant(), self.store);
        let id = if by_reference {
            let numbers = [name.to_owned(), name.to_owned(), name.to_owned()];
            self.engine.find_order(tenant, OrderName { store, numbers }).await?
        } else {
            ids::read_order(name)
        };
        let found = match id {
            Some(order) => self.engine.carried_order(CarriedAsk { tenant, order, means_for }).await?,
            None => None,
        };
        let found = found.filter(|(found, _)| found.order.store == store);
        found.ok_or_else(|| fault(404, words::no_order(name)))
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

/// How often a request is reckoned anew when others were faster.
const MOST_OFTEN: usize = 20;

type Once = for<'a> fn(&'a Ask) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Answers a request, and reckons it anew while others are faster.
pub(crate) async fn again(ask: &Ask, once: Once) -> Answer {
    for _ in 1..MOST_OFTEN {
        match once(ask).await {
            Err(Stop::Overtaken(_)) => {}
            answer => return answer,
        }
    }
    once(ask).await
}

/// Answers on a task of its own: a client that goes away does not stop what it began.
async fn answer(State(engine): State<Engine>, request: Request<Body>) -> Response {
    let now = engine.clone();
    let answer = tokio::spawn(async move { respond(engine, request).await }.in_current_span()).await;
    let answer = answer.unwrap_or_else(|_| {
        let (status, error) = words::trouble(&Failure::Broken);
        Written::of(status, &envelope(&now, &status.to_string(), &[error]))
    });
    let status = StatusCode::from_u16(answer.status).expect("this door's words name statuses");
    request::answered(status, "application/json", answer.text, answer.replayed)
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
fn envelope(engine: &Engine, status: &str, errors: &[String]) -> Value {
    let timestamp = time::show_iso(engine.now()).replace('Z', "+00:00");
    json!({"status": status, "timestamp": timestamp, "errors": errors})
}

/// The envelope of a change of status that is not allowed: it says so in place of the code.
fn change_refused(engine: &Engine, from: ConsignmentStage, to: ConsignmentStage) -> Value {
    let message = words::status_change(from, to);
    let detail = ship::fault_of("status_change_not_allowed", "new_status", &message);
    let mut envelope = envelope(engine, "error", &[message]);
    envelope["error_details"] = json!([shipment::error_detail(&detail, None)]);
    envelope
}

/// From request to answer: who asks, what, whether they may, and then the verb.
async fn respond(engine: Engine, request: Request<Body>) -> Written {
    let told = |engine: &Engine, stop: Stop| match stop {
        Stop::Fault(status, errors) => Written::of(status, &envelope(engine, &status.to_string(), &errors)),
        Stop::Overtaken(errors) => Written::of(409, &envelope(engine, "409", &errors)),
        Stop::Change(from, to) => Written::of(400, &change_refused(engine, from, to)),
        Stop::Replay(text) => Written { status: 200, text, replayed: true },
    };
    let (head, body) = request.into_parts();
    let path = head.uri.path().strip_prefix("/carriyo/").unwrap_or("");
    if path.trim_end_matches('/') == "oauth/token" {
        return token::token(&engine, &head.method, body).await;
    }
    let (caller, merchant) = match client_of(&engine, &head.headers).await {
        Ok((caller, merchant)) => (Arc::new(caller), merchant),
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
        Ok(answer) => {
            let replayed = replayed.load(Ordering::Relaxed);
            let written = Written { status: 200, text: answer, replayed };
            if let Some(key) = key {
                engine.keep_body(&caller, key, written.text.clone()).await;
            }
            written
        }
        Err(stop @ Stop::Replay(_)) => told(&engine, stop),
        Err(stop) => told(&engine, request::unless_answered(&engine, &caller, key, stop, Stop::Replay).await),
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
    let says = || Value::Array(vec![query.into(), body.clone().into()]);
    let repeats_ms = caller.repeats_ms.filter(|_| route.makes_a_document);
    let key = request::key(headers, (method, path), says, repeats_ms).map_err(|()| fault(400, words::BAD_KEY))?;
    Ok((body, key))
}
