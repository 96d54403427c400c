//! The Centra door: the Order API of a plugin, in JSON and XML (contract `centra.md`). Business verdicts are `status`
//! `ok` or `no` under HTTP 200; other codes are for transport.

mod complete;
mod fields;
mod intake;
mod kits;
mod money;
mod order;
pub mod plugin;
mod product;
mod routes;
mod scalar;
mod shipment;
mod stock;
mod tree;
mod words;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::any;
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Map, Value};
use tracing::Instrument;
use waybill_domain::{Command, OrderId, Outcome, StoreId, TenantId, number_texts};
use waybill_engine::store::{OrderName, View};
use waybill_engine::{Caller, Engine, Failure, Key};

use crate::request;
use plugin::Plugin;
use routes::Route;
pub use routes::{endpoints, permissions};
use scalar::Fields;
use tree::{Tree, object};

/// The routes of this door.
pub fn router(engine: Engine) -> Router {
    Router::new().route("/centra/{*path}", any(answer)).with_state(engine)
}

/// Why a request ends before its end.
pub(crate) enum Stop {
    /// A verdict.
    No(Tree),
    /// A matter of transport.
    Status(u16, Tree),
    /// The request was answered before, under the same key.
    Replay(String),
}

/// What a verb answers.
pub(crate) type Answer = Result<Tree, Stop>;

/// The verdict `ok`, with these members.
pub(crate) fn ok<const N: usize>(members: [(&str, Tree); N]) -> Tree {
    let mut tree = object([("status", "ok".into())]);
    for (name, value) in members {
        tree = tree.and(name, value);
    }
    tree
}

/// The verdict `no`, with its reason.
pub(crate) fn no(msg: impl Into<String>) -> Tree {
    object([("status", "no".into()), ("msg", msg.into().into())])
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        let (status, msg) = words::trouble(&failure);
        if status == 200 { Stop::No(no(msg)) } else { Stop::Status(status, no(msg)) }
    }
}

/// A request that was understood and allowed.
pub(crate) struct Ask {
    engine: Engine,
    pub(crate) caller: Caller,
    pub(crate) plugin: Plugin,
    pub(crate) store: StoreId,
    body: Map<String, Value>,
    /// The parameters of the address.
    query: Map<String, Value>,
    /// What the address names, such as a shipment.
    pub(crate) named: Option<String>,
    key: Option<Key>,
    replayed: Arc<AtomicBool>,
}

impl Ask {
    pub(crate) fn body(&self) -> Fields<'_> {
        Fields(&self.body)
    }

    pub(crate) fn query(&self) -> Fields<'_> {
        Fields(&self.query)
    }

    pub(crate) fn tenant(&self) -> TenantId {
        self.caller.tenant
    }

    /// Whether the request has a key, so that it may have come before.
    pub(crate) fn is_keyed(&self) -> bool {
        self.key.is_some()
    }

    /// Carries out a command under the request's key.
    pub(crate) async fn execute(&self, command: Command) -> Result<Outcome, Executed> {
        self.execute_as(command, self.key.clone()).await
    }

    /// Carries out one of several commands of a request: each has a key of its own under the request's.
    pub(crate) async fn execute_part(&self, command: Command, part: &str) -> Result<Outcome, Executed> {
        self.execute_as(command, self.key.as_ref().map(|key| key.part(part))).await
    }

    async fn execute_as(&self, command: Command, key: Option<Key>) -> Result<Outcome, Executed> {
        match self.engine.execute(&self.caller, key, command).await {
            Ok(done) => {
                self.replayed.fetch_or(done.replayed, Ordering::Relaxed);
                match done.body {
                    Some(body) => Err(Executed::Stop(Stop::Replay(body))),
                    None => Ok(done.outcome),
                }
            }
            Err(Failure::Refused(refusals)) => Err(Executed::Refused(refusals)),
            Err(failure) => Err(Executed::Stop(failure.into())),
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

    /// The order that this number stands for in the plugin's store.
    pub(crate) async fn find_order(&self, number: i64) -> Result<Option<OrderId>, Stop> {
        let name = OrderName { store: self.store, numbers: numbers(self.store, number) };
        Ok(self.engine.find_order(self.tenant(), name).await?)
    }
}

/// What came of a command, if it was not carried out.
pub(crate) enum Executed {
    Refused(Vec<waybill_domain::Refusal>),
    Stop(Stop),
}

/// How an order's number may be written where this language has only digits.
fn numbers(store: StoreId, number: i64) -> [String; 3] {
    if (0..=999_999_999).contains(&number) { number_texts(store, number) } else { [(); 3].map(|()| number.to_string()) }
}

/// An order's number on the wire: digits only, without zeros in front; one that has letters stays as it is.
pub(crate) fn wire_number(number: &str) -> Tree {
    match number.parse::<i64>() {
        Ok(number) => number.into(),
        Err(_) => number.into(),
    }
}

/// The same as a text.
pub(crate) fn wire_number_text(number: &str) -> String {
    number.parse::<i64>().map_or_else(|_| number.to_owned(), |number| number.to_string())
}

/// Answers on a task of its own: a client that goes away does not stop what it began.
async fn answer(State(engine): State<Engine>, request: Request<Body>) -> Response {
    let answer = tokio::spawn(async move { respond(engine, request).await }.in_current_span()).await;
    let answer = answer.unwrap_or_else(|_| {
        let (status, msg) = words::trouble(&Failure::Broken);
        Written { status, text: no(msg).to_json(), xml: false, replayed: false }
    });
    let kind = if answer.xml { "application/xml; charset=utf-8" } else { "application/json" };
    let status = StatusCode::from_u16(answer.status).expect("this door's words name statuses");
    request::answered(status, kind, answer.text, answer.replayed)
}

/// An answer as it goes out.
struct Written {
    status: u16,
    text: String,
    xml: bool,
    replayed: bool,
}

impl Written {
    fn of(status: u16, tree: &Tree, xml: bool) -> Written {
        Written { status, text: if xml { tree.to_xml() } else { tree.to_json() }, xml, replayed: false }
    }
}

/// From request to answer: who asks, what, whether they may, and then the verb.
async fn respond(engine: Engine, request: Request<Body>) -> Written {
    let (head, body) = request.into_parts();
    let query = query(head.uri.query().unwrap_or(""));
    // Errors come as XML too, where that was asked for in the address; the body may ask for it later.
    let mut xml = Fields(&query).flag("xml").ok().flatten().unwrap_or(false);
    let caller = match plugin_of(&engine, head.uri.path(), &head.headers).await {
        Ok(found) => found,
        Err(Stop::No(tree)) => return Written::of(200, &tree, xml),
        Err(Stop::Status(status, tree)) => return Written::of(status, &tree, xml),
        Err(Stop::Replay(_)) => unreachable!("nothing was carried out yet"),
    };
    let Some((caller, plugin, rest)) = caller else {
        return Written::of(401, &no(words::NOT_AUTHORIZED), xml);
    };
    let (route, named) = match routes::find(&head.method, rest) {
        Ok(found) => found,
        Err(status) => {
            let msg = if status == 405 { words::METHOD_NOT_ALLOWED } else { words::NOT_FOUND };
            return Written::of(status, &no(msg), xml);
        }
    };
    if !caller.permissions.allow(route.permission) {
        return Written::of(403, &object([("status", "Not Allowed".into())]), xml);
    }
    // A filter that no thing can fit is told, and not passed over: its sender would be shown more than was meant.
    if let Some((name, _)) = query.iter().find(|(_, value)| request::has_nul(value)) {
        return Written::of(200, &no(words::invalid_value(name)), xml);
    }
    if let Err(msg) = Fields(&query).flag("xml") {
        return Written::of(200, &no(msg), false);
    }
    let (body, key) = match read(&head.method, &head.headers, head.uri.path(), &query, body, &caller, route).await {
        Ok(read) => read,
        Err(Stop::No(tree)) => return Written::of(200, &tree, xml),
        Err(Stop::Status(status, tree)) => return Written::of(status, &tree, xml),
        Err(Stop::Replay(_)) => unreachable!("nothing was carried out yet"),
    };
    match Fields(&body).flag("xml") {
        Ok(wanted) => xml |= wanted.unwrap_or(false),
        Err(msg) => return Written::of(200, &no(msg), xml),
    }
    let replayed = Arc::new(AtomicBool::new(false));
    let ask = Ask {
        engine: engine.clone(),
        store: StoreId(plugin.store_id),
        caller: caller.clone(),
        plugin,
        body,
        query,
        named,
        key: key.clone(),
        replayed: replayed.clone(),
    };
    let answer = match (route.run)(ask).await {
        answer @ (Ok(_) | Err(Stop::Replay(_))) => answer,
        Err(stop) => Err(request::unless_answered(&engine, &caller, key.clone(), stop, Stop::Replay).await),
    };
    let (status, tree) = match answer {
        Ok(tree) => (200, tree),
        Err(Stop::No(tree)) => (200, tree),
        Err(Stop::Status(status, tree)) => (status, tree),
        Err(Stop::Replay(text)) => {
            let xml = text.starts_with("<?xml");
            return Written { status: 200, text, xml, replayed: true };
        }
    };
    let mut written = Written::of(status, &tree, xml);
    written.replayed = replayed.load(Ordering::Relaxed);
    if let Some(key) = key.filter(|_| status == 200 && is_ok(&tree)) {
        engine.keep_body(&caller, key, written.text.clone()).await;
    }
    written
}

fn is_ok(tree: &Tree) -> bool {
    let says_ok = |(name, value): &(String, Tree)| name == "status" && *value == Tree::from("ok");
    matches!(tree, Tree::Object(members) if members.iter().any(says_ok))
}

/// Who asks, the plugin that the address names, and what follows in the address; nobody where key and address do not
/// fit.
async fn plugin_of<'a>(
    engine: &Engine,
    path: &'a str,
    headers: &HeaderMap,
) -> Result<Option<(Caller, Plugin, &'a str)>, Stop> {
    let path = path.strip_prefix("/centra/").unwrap_or("");
    let (uri, rest) = path.split_once('/').unwrap_or((path, ""));
    let own = headers.get("api-authorization").and_then(|value| value.to_str().ok()).map(str::trim);
    let Some(key) = own.or_else(|| request::bearer(headers)) else {
        return Ok(None);
    };
    let Some(caller) = engine.caller(key).await? else {
        return Ok(None);
    };
    let plugin = caller.settings.as_deref().and_then(Plugin::read).filter(|plugin| plugin.uri == uri);
    Ok(plugin.map(|plugin| (caller, plugin, rest)))
}

/// The body's members, and the key of the request.
async fn read(
    method: &Method,
    headers: &HeaderMap,
    path: &str,
    query: &Map<String, Value>,
    body: Body,
    caller: &Caller,
    route: &Route,
) -> Result<(Map<String, Value>, Option<Key>), Stop> {
    if method == Method::GET {
        return Ok((Map::new(), None));
    }
    let bytes = request::read_body(body).await;
    let bytes = bytes.map_err(|unread| Stop::Status(unread.status(), no(unread.words())))?;
    let is_empty = bytes.iter().all(u8::is_ascii_whitespace);
    let body = match serde_json::from_slice::<Value>(&bytes) {
        Ok(value) if request::has_nul(&value) => return Err(Stop::No(no(words::INVALID_JSON))),
        Ok(Value::Object(map)) => map,
        Err(_) if is_empty && method == Method::DELETE => Map::new(),
        Ok(_) | Err(_) => return Err(Stop::No(no(words::INVALID_JSON))),
    };
    let says = || Value::Array(vec![query.clone().into(), body.clone().into()]);
    let repeats_ms = caller.repeats_ms.filter(|_| route.makes_a_document);
    let key = request::key(headers, (method, path), says, repeats_ms);
    Ok((body, key.map_err(|()| Stop::Status(400, no(words::BAD_KEY)))?))
}

fn query(text: &str) -> Map<String, Value> {
    let pairs = form_urlencoded::parse(text.as_bytes()).take(100);
    pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect()
}
