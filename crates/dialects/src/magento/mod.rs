//! The Magento door: REST with JSON over one table of verbs (contract `magento.md`).

mod bulk;
mod credit_memo;
mod document;
mod invoice;
mod order;
mod order_take;
mod order_view;
mod places;
mod product;
mod refund;
mod salable;
mod selection;
mod ship;
mod shipment;
mod source_item;
mod store;
mod taken;
mod token;
mod transaction;
mod verbs;
mod wire;
mod words;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use axum::routing::any;
use http::{Method, Request, StatusCode, header};
use serde_json::{Map, Value, json};
use tracing::Instrument;
use waybill_domain::{Command, Outcome, Refusal, StoreId, TenantId};
use waybill_engine::store::{Entity, View};
use waybill_engine::{Caller, Engine, Failure, Key};

use taken::Taken;
pub use verbs::endpoints;
use verbs::{Resource, Verb};
use wire::criteria::{Criteria, Names};
use wire::fault::Fault;
use wire::route::{self, Scope};
use wire::shape::{self, Kind};
use wire::{fields, negotiate, query};

use crate::request;

/// The most entries of one answer: a list without pages must not take all memory.
const MOST_LISTED: i64 = 10_000;

/// What an operator can choose about this door.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether `POST /V1/orders` and `PUT /V1/orders/create` hold stock like any accepted order. Magento's own
    /// routes do not; ours do unless told otherwise.
    pub reserve_on_order_save: bool,
    /// Where the shop's pages are, for `store/storeConfigs`.
    pub base_url: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { reserve_on_order_save: true, base_url: "http://127.0.0.1:8080/".to_owned() }
    }
}

struct Door {
    engine: Engine,
    settings: Settings,
    /// Whose users sign in here.
    tenant: TenantId,
}

/// Those of these permissions that nothing here asks for: a name that is written wrong gives its holder nothing.
pub fn without_use(permissions: &[String]) -> Vec<&str> {
    let known = verbs::resources();
    permissions.iter().map(String::as_str).filter(|name| !known.contains(name)).collect()
}

/// The routes of this door.
pub fn router(engine: Engine, tenant: TenantId, settings: Settings) -> Router {
    let door = Arc::new(Door { engine, settings, tenant });
    Router::new().route("/rest", any(answer)).route("/rest/{*path}", any(answer)).with_state(door)
}

/// Why a verb stops before its end.
pub(crate) enum Stop {
    Fault(Fault),
    /// The request was answered before, under the same key.
    Replay(String),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Fault(fault)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Fault(words::failure(&failure, words::plain))
    }
}

/// What a verb answers.
pub(crate) type Answer = Result<Value, Stop>;

/// A request that was understood and allowed.
pub(crate) struct Ask {
    door: Arc<Door>,
    pub(crate) caller: Caller,
    /// The store view that the address names.
    pub(crate) store: StoreId,
    /// The verb's parameters, as declared.
    values: Map<String, Value>,
    /// All parameters with their values as they came, for `searchCriteria`.
    raw: Map<String, Value>,
    key: Option<Key>,
    /// Whether what was asked had been done before, under the same key.
    replayed: Arc<AtomicBool>,
}

impl Ask {
    /// The verb's parameters.
    pub(crate) fn values(&self) -> Taken<'_> {
        Taken(&self.values)
    }

    /// The parameters as they came.
    pub(crate) fn raw(&self) -> &Map<String, Value> {
        &self.raw
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.door.engine
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.door.settings
    }

    pub(crate) fn tenant(&self) -> TenantId {
        self.caller.tenant
    }

    /// Carries out a command; `words` says a refusal as this verb does.
    pub(crate) async fn execute(&self, command: Command, words: fn(&[Refusal]) -> Fault) -> Result<Outcome, Stop> {
        match self.engine().execute(&self.caller, self.key.clone(), command).await {
            Ok(done) => {
                self.replayed.fetch_or(done.replayed, Ordering::Relaxed);
                match done.body {
                    Some(body) => Err(Stop::Replay(body)),
                    None => Ok(done.outcome),
                }
            }
            Err(failure) => Err(Stop::Fault(words::failure(&failure, words))),
        }
    }

    /// Reads in one snapshot of the caller's tenant.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&View<'_>, TenantId) -> waybill_engine::store::Result<T> + Send + 'static,
    ) -> Result<T, Stop> {
        let tenant = self.tenant();
        Ok(self.engine().read(move |view| read(view, tenant)).await?)
    }
}

/// Reads things by their ids, in their order.
pub(crate) type ReadAll<T> = fn(&View<'_>, TenantId, &[i64]) -> waybill_engine::store::Result<Vec<T>>;

/// How many things of a list are in memory at a time.
const READ_AT_ONCE: usize = 100;

/// Answers a search: the things of a page, as `object` shows them (contract 1.6).
pub(crate) async fn listed<T: Send + 'static>(
    ask: &Ask,
    entity: Entity,
    names: Names,
    all: ReadAll<T>,
    object: fn(&T) -> Value,
) -> Answer {
    let criteria = Criteria::required(ask.raw())?;
    let mut query = criteria.query(entity, names)?;
    query.limit = Some(query.limit.unwrap_or(i64::MAX).min(MOST_LISTED + 1));
    let (items, total) = ask
        .read(move |view, tenant| {
            let page = view.search(tenant, entity, &query)?;
            let mut items = Vec::new();
            if page.ids.len() as i64 <= MOST_LISTED {
                for ids in page.ids.chunks(READ_AT_ONCE) {
                    items.extend(all(view, tenant, ids)?.iter().map(object));
                }
            }
            Ok((items, page.total))
        })
        .await?;
    if items.is_empty() && criteria.wants_more_than(MOST_LISTED, total) {
        return Err(Fault::bad(format!(
            "The list has {total} entries, more than the {MOST_LISTED} that one answer takes. Ask for it in pages with \
             searchCriteria[pageSize] and searchCriteria[currentPage]."
        ))
        .into());
    }
    Ok(json!({"items": items, "search_criteria": criteria.echo(), "total_count": total}))
}

/// Answers with all that hangs on one thing, such as its comments.
pub(crate) fn listed_of_parent(parent: i64, items: Vec<Value>) -> Value {
    let total = items.len();
    let criteria = Criteria::of("parent_id", &parent.to_string());
    json!({"items": items, "search_criteria": criteria.echo(), "total_count": total})
}

/// Answers on a task of its own: a client that goes away does not stop what it began, and a bug of ours ends the
/// request, not the connection.
async fn answer(State(door): State<Arc<Door>>, request: Request<Body>) -> Response {
    let answer = tokio::spawn(async move { respond(&door, request).await }.in_current_span()).await;
    match answer.unwrap_or_else(|_| Err(words::failure(&Failure::Broken, words::plain))) {
        Ok((body, replayed)) => request::answered(StatusCode::OK, JSON, body, replayed),
        Err(fault) => fault_response(&fault),
    }
}

const JSON: &str = "application/json; charset=utf-8";

fn fault_response(fault: &Fault) -> Response {
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = request::answered(status, JSON, fault.to_json(), false);
    if fault.could_not_save {
        response.headers_mut().insert("errorredirectaction", header::HeaderValue::from_static("#shipping"));
    }
    response
}

/// From request to answer: route, rights, input, verb, output. The order is Magento's, so that the first thing
/// wrong is the one that is told.
async fn respond(door: &Arc<Door>, request: Request<Body>) -> Result<(String, bool), Fault> {
    let (head, body) = request.into_parts();
    let method = match head.method {
        Method::GET | Method::POST | Method::PUT | Method::DELETE => head.method,
        other => return Err(Fault::new(405, format!("The {other} HTTP method is not supported."))),
    };
    negotiate::acceptable(&head.headers)?;
    let caller = match request::bearer(&head.headers) {
        Some(token) => door.engine.caller(token).await.map_err(|failure| words::failure(&failure, words::plain))?,
        None => None,
    };
    let tenant = caller.as_ref().map_or(door.tenant, |caller| caller.tenant);
    let (scope, segments) = route::split(head.uri.path())?;
    let store = match scope {
        Scope::All => StoreId(0),
        Scope::Default => StoreId(1),
        Scope::Store(code) => {
            let found = door.engine.read_row(move |view| view.store(tenant, &code)).await;
            found.map_err(|failure| words::failure(&failure, words::plain))?.ok_or_else(route::unknown)?
        }
    };
    let (verb, variables) = verbs::find(&method, &segments)?;
    let caller = authorize(caller, tenant, verb)?;
    let query = query::parse(head.uri.query().unwrap_or(""))?;
    let reads_body = method == Method::POST || method == Method::PUT;
    let body = if reads_body { negotiate::sent(&head.headers, &read_body(body).await?)? } else { Map::new() };
    let repeats_ms = caller.repeats_ms.filter(|_| verb.makes_a_document());
    let key = if reads_body {
        let says = || Value::Array(vec![query.clone().into(), body.clone().into()]);
        request::key(&head.headers, (&method, head.uri.path()), says, repeats_ms)
            .map_err(|()| Fault::bad("The Idempotency-Key header must have 1 to 255 visible characters."))?
    } else {
        None
    };
    let wanted = query.get("fields").and_then(Value::as_str).map(str::to_owned);
    let raw = query::merge(body, query, variables);
    if raw.values().any(request::has_nul) {
        return Err(Fault::bad("A text of the request contains a NUL character, which no text can."));
    }
    let values = query::parameters(&verb.parameters, &raw)?;

    let replayed = Arc::new(AtomicBool::new(false));
    let ask = Ask {
        door: door.clone(),
        caller: caller.clone(),
        store,
        values,
        raw,
        key: key.clone(),
        replayed: replayed.clone(),
    };
    let value = match (verb.run)(ask).await {
        Ok(value) => value,
        Err(Stop::Replay(body)) => return Ok((body, true)),
        Err(Stop::Fault(fault)) => return Err(fault),
    };
    let text = written(&verb.answer, value, wanted.as_deref());
    if let Some(key) = key {
        door.engine.keep_body(&caller, key, text.clone()).await;
    }
    Ok((text, replayed.load(Ordering::Relaxed)))
}

/// The answer as text; only what `fields` asks for, unless it is a scalar.
fn written(kind: &Kind, mut value: Value, wanted: Option<&str>) -> String {
    let mut out = String::new();
    let value = match wanted {
        Some(text) if value.is_object() || value.is_array() => match fields::parse(text) {
            Some(fields) => {
                shape::complete(kind, &mut value);
                fields::filter(value, &fields)
            }
            None => Value::Array(Vec::new()),
        },
        Some(_) | None => value,
    };
    if value.as_array().is_some_and(Vec::is_empty) {
        // What matches nothing is an empty list, whatever was declared.
        out.push_str("[]");
        return out;
    }
    shape::write(kind, &value, wanted.is_some(), &mut out);
    out
}

/// Who may do this: with rights to the verb's resource, or anybody where it is open to all.
fn authorize(caller: Option<Caller>, tenant: TenantId, verb: &Verb) -> Result<Caller, Fault> {
    match verb.resource {
        Resource::Anonymous => Ok(caller.unwrap_or_else(|| Caller {
            tenant,
            name: "guest".to_owned(),
            credential: "guest".to_owned(),
            permissions: waybill_domain::Permissions::Some(Vec::new()),
            repeats_ms: None,
            settings: None,
        })),
        Resource::Named(resource) => match caller {
            Some(caller) if caller.permissions.allow(resource) => Ok(caller),
            Some(_) | None => Err(Fault::unauthorized(resource)),
        },
    }
}

async fn read_body(body: Body) -> Result<Bytes, Fault> {
    request::read_body(body).await.map_err(|unread| Fault::new(unread.status(), unread.words()))
}
