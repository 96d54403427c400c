//! Transcripts: requests and answers in `transcripts/*.txt`, replayed in order on a fresh shop.
//!
//! A line `>` is sent, a line `<` is expected; `%` sets the stage (`% website code name`, `% store code website name`,
//! `% clock ms`, `% mail kind …` (a new shop that sends these), `% letters kind:id …` (all that are wanted), `%
//! geoname country postcode city latitude longitude`, `% plugin option …` or `% merchant option …` (the caller from here
//! on), `% release order
//! hold` (somebody of the shop ends a hold), `% only member …` (of each answer these; all if none is named), `% work` (errands are carried out), `% as
//! nobody`, `% as limited resource …`, `% as admin`, `% header name: value`). Everything else is a remark. `BLESS=1`
//! rewrites the answers; read the difference before it is committed.

use std::path::PathBuf;

use serde_json::Value;
use waybill_dialects::carriyo::merchant::{Merchant, Mode};
use waybill_dialects::centra::plugin::{Bundles, Plugin, Status};
use waybill_domain::{Command, LetterKind, OrderId, SourceCode};

use crate::schema;
use crate::shop::{Shop, TENANT};

#[tokio::test]
async fn the_tutorial_of_2_4_runs_as_it_is_written() {
    replay("tutorial_2_4").await;
}

#[tokio::test]
async fn the_tutorial_of_the_seed_runs_as_it_is_written() {
    replay("tutorial_seed").await;
}

#[tokio::test]
async fn the_shipment_route_of_the_seed_ships_too() {
    replay("tutorial_seed_shipment").await;
}

#[tokio::test]
async fn surface() {
    replay("surface").await;
}

#[tokio::test]
async fn gateway_refunds() {
    replay("gateway_refunds").await;
}

#[tokio::test]
async fn stores() {
    replay("stores").await;
}

#[tokio::test]
async fn products() {
    replay("products").await;
}

#[tokio::test]
async fn inventory() {
    replay("inventory").await;
}

#[tokio::test]
async fn salable() {
    replay("salable").await;
}

#[tokio::test]
async fn selection() {
    replay("selection").await;
}

#[tokio::test]
async fn orders() {
    replay("orders").await;
}

#[tokio::test]
async fn order_intake() {
    replay("order_intake").await;
}

#[tokio::test]
async fn composites() {
    replay("composites").await;
}

#[tokio::test]
async fn invoices() {
    replay("invoices").await;
}

#[tokio::test]
async fn ship() {
    replay("ship").await;
}

#[tokio::test]
async fn refunds() {
    replay("refunds").await;
}

#[tokio::test]
async fn emails() {
    replay("emails").await;
}

#[tokio::test]
async fn payments() {
    replay("payments").await;
}

#[tokio::test]
async fn centra() {
    replay("centra").await;
}

#[tokio::test]
async fn centra_settings() {
    replay("centra_settings").await;
}

#[tokio::test]
async fn carriyo() {
    replay("carriyo").await;
}

#[tokio::test]
async fn carriyo_carriers() {
    replay("carriyo_carriers").await;
}

#[tokio::test]
async fn carriyo_confirm() {
    replay("carriyo_confirm").await;
}

#[tokio::test]
async fn carriyo_update() {
    replay("carriyo_update").await;
}

#[tokio::test]
async fn carriyo_rows() {
    replay("carriyo_rows").await;
}

#[tokio::test]
async fn carriyo_redact() {
    replay("carriyo_redact").await;
}

#[tokio::test]
async fn shipments() {
    replay("shipments").await;
}

/// What is sent in one exchange, and what is expected.
#[derive(Default)]
struct Exchange {
    request: String,
    body: String,
    answer: Vec<String>,
}

async fn replay(name: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/transcripts/{name}.txt"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let bless = std::env::var_os("BLESS").is_some();
    let mut stage = Stage { shop: Shop::open().await, caller: Who::Admin, headers: Vec::new(), only: Vec::new() };
    let mut written = String::new();
    let mut exchange: Option<Exchange> = None;
    for line in text.lines().chain([""]) {
        if let Some(sent) = line.strip_prefix("> ") {
            let exchange = exchange.get_or_insert_with(Exchange::default);
            if exchange.request.is_empty() {
                exchange.request = sent.to_owned();
            } else {
                exchange.body.push_str(sent);
            }
            written.push_str(&format!("{line}\n"));
            continue;
        }
        if let Some(expected) = line.strip_prefix("< ") {
            exchange.as_mut().expect("an answer follows a request").answer.push(expected.to_owned());
            continue;
        }
        if let Some(exchange) = exchange.take() {
            let answer = stage.answer(name, &exchange).await;
            if !bless {
                let shown = exchange.answer.join("\n");
                assert_eq!(answer.join("\n"), shown, "{name}: {} {}", exchange.request, exchange.body);
            }
            answer.iter().for_each(|line| written.push_str(&format!("< {line}\n")));
        }
        if let Some(direction) = line.strip_prefix("% ") {
            stage.set(direction).await;
        }
        written.push_str(&format!("{line}\n"));
    }
    assert_eq!(stage.shop.verify().await, Vec::<String>::new(), "{name}: everything adds up in the end");
    if bless {
        std::fs::write(&path, format!("{}\n", written.trim_end())).expect("the transcript can be written");
    }
}

/// Who sends the requests that follow.
enum Who {
    Admin,
    /// By the header of its own.
    Plugin(String),
    Nobody,
    Token(String),
    /// With a client's token, key and tenant.
    Merchant(String),
}

struct Stage {
    shop: Shop,
    caller: Who,
    headers: Vec<(String, String)>,
    /// The members that are compared; all unless some are named.
    only: Vec<String>,
}

impl Stage {
    async fn set(&mut self, direction: &str) {
        let words: Vec<&str> = direction.split_whitespace().collect();
        match words.as_slice() {
            ["website", code, name @ ..] => {
                let (code, name) = ((*code).to_owned(), name.join(" "));
                self.shop.operate(Command::SaveWebsite { code, name, currency: "USD".to_owned() }).await;
            }
            ["store", code, website, name @ ..] => {
                let command = Command::SaveStore {
                    code: (*code).to_owned(),
                    website: (*website).to_owned(),
                    name: name.join(" "),
                    currency: "USD".to_owned(),
                    locale: "en_US".to_owned(),
                };
                self.shop.operate(command).await;
            }
            ["geoname", country, postcode, city, latitude, longitude] => {
                let number = |text: &str| text.parse().expect("millionths of a degree");
                self.shop.know_place(country, postcode, city, number(latitude), number(longitude)).await;
            }
            ["mail", kinds @ ..] => {
                let kinds: Vec<LetterKind> =
                    kinds.iter().map(|kind| LetterKind::parse(kind).expect("a kind of letter")).collect();
                self.shop = Shop::with_mail(&kinds).await;
            }
            ["plugin", options @ ..] => {
                let key = self.shop.plugin(TENANT, &plugin(options), endpoints(options)).await;
                self.caller = Who::Plugin(key);
            }
            ["merchant", options @ ..] => {
                let merchant = merchant(options);
                self.shop.merchant(TENANT, &merchant, None).await;
                self.caller = Who::Merchant(self.shop.signed_in(&merchant.client).await);
            }
            ["release", order, hold] => {
                let order = OrderId(order.parse().expect("an order's id"));
                self.shop.operate(Command::ReleaseOrder { order, handle: Some((*hold).to_owned()) }).await;
            }
            ["only", names @ ..] => self.only = names.iter().map(|name| (*name).to_owned()).collect(),
            // Whoever is to be asked is asked: gateways, carriers.
            ["work"] => {
                self.shop.engine.work().await.expect("errands are carried out");
            }
            ["letters", wanted @ ..] => assert_eq!(self.shop.letters().await, wanted.join(" ")),
            ["clock", ms] => self.shop.advance(ms.parse().expect("milliseconds")),
            ["as", "admin"] => self.caller = Who::Admin,
            ["as", "nobody"] => self.caller = Who::Nobody,
            ["as", "limited", resources @ ..] => self.caller = Who::Token(self.shop.limited(resources).await),
            ["as", "token", token] => self.caller = Who::Token((*token).to_owned()),
            ["header", rest @ ..] => {
                let rest = rest.join(" ");
                let (name, value) = rest.split_once(": ").unwrap_or((rest.as_str(), ""));
                self.headers.retain(|(other, _)| other != name);
                if !value.is_empty() {
                    self.headers.push((name.to_owned(), value.to_owned()));
                }
            }
            _ => panic!("{direction:?} is no stage direction"),
        }
    }

    async fn answer(&self, name: &str, exchange: &Exchange) -> Vec<String> {
        let (method, path) = exchange.request.split_once(' ').expect("a request is a method and a path");
        let bearer = match &self.caller {
            Who::Admin => Some(format!("Bearer {}", self.shop.token)),
            Who::Token(token) | Who::Merchant(token) => Some(format!("Bearer {token}")),
            Who::Nobody | Who::Plugin(_) => None,
        };
        let mut headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        if let Who::Plugin(key) = &self.caller {
            headers.push(("api-authorization", key));
        }
        if let Who::Merchant(_) = &self.caller {
            headers.extend([("x-api-key", "key"), ("tenant-id", "default")]);
        }
        let reply = self.shop.send_with(method, path, &exchange.body, &headers).await;
        if reply.body.starts_with("<?xml") {
            return [vec![reply.status.to_string()], reply.body.lines().map(str::to_owned).collect()].concat();
        }
        let value: Value = serde_json::from_str(&reply.body)
            .unwrap_or_else(|error| panic!("{name}: {} answered {:?}: {error}", exchange.request, reply.body));
        // `fields` leaves out on purpose what the schema asks for.
        if path.starts_with("/rest") && !path.contains("fields=") {
            let faults = schema::faults(method, path, reply.status, &value);
            assert_eq!(faults, Vec::<String>::new(), "{name}: {}: {}", exchange.request, reply.body);
        }
        let status = if reply.replayed { format!("{} replayed", reply.status) } else { reply.status.to_string() };
        let mut lines = vec![status];
        let text = if self.only.is_empty() { reply.body } else { only(&value, &self.only).to_string() };
        lines.extend(pretty(&masked(&text), 0));
        lines
    }
}

/// `warehouse=east markets=1,2 statuses=confirmed bundles=flat unconfirmed allocate show-held send-email`
fn plugin(options: &[&str]) -> Plugin {
    let mut plugin = Plugin::default();
    for option in options {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        match name {
            "uri" => plugin.uri = value.to_owned(),
            "warehouse" => plugin.warehouse = SourceCode(value.to_owned()),
            "markets" => plugin.markets = value.split(',').map(|market| market.parse().expect("a number")).collect(),
            "statuses" => {
                plugin.statuses = value.split(',').map(|name| Status::parse(name).expect("a status")).collect();
            }
            "bundles" => plugin.bundles = Bundles::parse(value).expect("a way to show kits"),
            "unconfirmed" => plugin.confirm = false,
            "allocate" => plugin.allocate_on_shipment = true,
            "show-held" => plugin.show_held = true,
            "send-email" => plugin.send_email = true,
            "endpoints" => {}
            _ => panic!("{option:?} is no option of a plugin"),
        }
    }
    plugin
}

/// `client=name allocation=priority store=code:id unsplit whole on-shipped`
fn merchant(options: &[&str]) -> Merchant {
    let mut merchant = Merchant { api_key: "key".to_owned(), ..Merchant::default() };
    for option in options {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        match name {
            "client" => merchant.client = value.to_owned(),
            "allocation" => merchant.allocation = Mode::parse(value).expect("a way to allocate"),
            "unsplit" => merchant.split = false,
            "whole" => merchant.partial = false,
            "on-shipped" => merchant.deduct_on_fulfil = false,
            _ => panic!("{option:?} is no option of a merchant"),
        }
    }
    merchant
}

/// `endpoints=a,b`, if only some are allowed.
fn endpoints(options: &[&str]) -> Option<Vec<String>> {
    let list = options.iter().find_map(|option| option.strip_prefix("endpoints="))?;
    Some(list.split(',').map(|name| format!("Centra::{name}")).collect())
}

/// Of an answer these members, wherever they are, and what they lie in.
fn only(value: &Value, names: &[String]) -> Value {
    let is_something = |value: &Value| match value {
        Value::Array(items) => items.iter().any(|item| item.as_object().is_none_or(|map| !map.is_empty())),
        Value::Object(map) => !map.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    match value {
        Value::Object(map) => {
            let is_named = |name: &String| names.contains(name);
            let members = map.iter().map(|(name, value)| {
                let value = if is_named(name) && !is_something(value) { value.clone() } else { only(value, names) };
                (name.clone(), value)
            });
            Value::Object(members.filter(|(name, value)| is_named(name) || is_something(value)).collect())
        }
        Value::Array(items) => items.iter().map(|value| only(value, names)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// What is random is not compared.
fn masked(body: &str) -> String {
    let mut text = body.to_owned();
    if text.len() == 34 && text.trim_matches('"').bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return "\"<token>\"".to_owned();
    }
    // The sandbox's references begin with this database's name, which is random.
    if let Some((_, rest)) = text.split_once("rehearsal-")
        && let Some((name, _)) = rest.split_once('-')
    {
        text = text.replace(name, "here");
    }
    let mark = "\"protect_code\":\"";
    if let Some(start) = text.find(mark) {
        let start = start + mark.len();
        text.replace_range(start..start + 32, "<random>");
    }
    text
}

/// JSON over several lines where it is long; the order of its members stays.
fn pretty(text: &str, indent: usize) -> Vec<String> {
    let pad = " ".repeat(indent);
    if text.len() + indent <= 110 || !text.starts_with(['{', '[']) {
        return vec![format!("{pad}{text}")];
    }
    let (open, close) = (&text[..1], &text[text.len() - 1..]);
    let members = split(&text[1..text.len() - 1]);
    let mut lines = vec![format!("{pad}{open}")];
    let mut row = String::new();
    let last = members.len() - 1;
    for (index, member) in members.iter().enumerate() {
        let comma = if index < last { "," } else { "" };
        let (name, value) = match (open, member.find("\":")) {
            ("{", Some(end)) => member.split_at(end + 2),
            _ => ("", *member),
        };
        let is_plain = !value.starts_with(['{', '[']) || value.len() <= 40;
        if is_plain && row.len() + member.len() + indent <= 108 {
            row.push_str(&format!("{member}{comma}"));
            continue;
        }
        if !row.is_empty() {
            lines.push(format!("{pad} {row}"));
            row.clear();
        }
        if is_plain {
            row.push_str(&format!("{member}{comma}"));
            continue;
        }
        let mut inner = pretty(value, indent + 1);
        let first = inner[0].trim_start().to_owned();
        inner[0] = format!("{pad} {name}{first}");
        if let Some(end) = inner.last_mut() {
            end.push_str(comma);
        }
        lines.extend(inner);
    }
    if !row.is_empty() {
        lines.push(format!("{pad} {row}"));
    }
    lines.push(format!("{pad}{close}"));
    lines
}

/// The members of an object or list, at the commas between them.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start, mut quoted, mut escaped) = (Vec::new(), 0, 0, false, false);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth -= 1,
            b',' if !quoted && depth == 0 => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
