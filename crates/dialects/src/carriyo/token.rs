//! `POST oauth/token`: client credentials become a token for a day (contract `carriyo.md`, section 1).

use std::time::Duration;

use axum::body::Body;
use http::Method;
use serde_json::{Map, Value, json};
use waybill_engine::{Engine, Failure, Grant, random_hex};

use super::merchant::Merchant;
use super::{Written, words};
use crate::request;

/// How long a token lives.
const DAY: Duration = Duration::from_secs(86_400);

/// What a client's id and secret are kept as: a token that opens nothing by itself.
pub fn secret(client: &str, secret: &str) -> String {
    format!("{client}:{secret}")
}

/// A token for a client, sent as JSON or as a form, whatever the header says.
pub(crate) async fn token(engine: &Engine, method: &Method, body: Body) -> Written {
    if method != Method::POST {
        return told(405, "method_not_allowed", words::NO_METHOD);
    }
    let bytes = match request::read_body(body).await {
        Ok(bytes) => bytes,
        Err(unread) => return told(unread.status(), "bad_request", &unread.words()),
    };
    let sent = match serde_json::from_slice::<Value>(&bytes) {
        Ok(Value::Object(map)) => map,
        Ok(_) => Map::new(),
        Err(_) => {
            let pairs = form_urlencoded::parse(&bytes).take(20);
            pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect()
        }
    };
    let text = |name: &str| sent.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    for name in ["client_id", "client_secret"] {
        if text(name).is_none() {
            return told(400, "bad_request", &words::of_field(name, words::BLANK));
        }
    }
    if text("grant_type").is_some_and(|kind| kind != "client_credentials") {
        return told(400, "unsupported_grant_type", "grant_type : must be client_credentials");
    }
    let (id, key) = (text("client_id").unwrap_or_default(), text("client_secret").unwrap_or_default());
    match issue(engine, id, key).await {
        Ok(Some(answer)) => Written::of(200, &answer),
        Ok(None) => told(403, "access_denied", words::UNAUTHORIZED),
        Err(failure) => {
            let (status, error) = words::trouble(&failure);
            told(status, "temporarily_unavailable", &error)
        }
    }
}

fn told(status: u16, error: &str, description: &str) -> Written {
    Written::of(status, &json!({"error": error, "error_description": description}))
}

/// The answer with a new token; nothing where id and secret do not fit.
async fn issue(engine: &Engine, id: &str, key: &str) -> Result<Option<Value>, Failure> {
    // A client's id has no colon, so that no other client's secret can be spelled with it.
    let caller = if id.contains(':') { None } else { engine.caller(&secret(id, key)).await? };
    let Some(caller) = caller else {
        return Ok(None);
    };
    let Some(merchant) = caller.settings.as_deref().and_then(Merchant::read) else {
        return Ok(None);
    };
    let token = random_hex();
    let grant = Grant {
        repeats: caller.repeats_ms.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis),
        lives: Some(DAY),
        settings: caller.settings.clone(),
        // Keys are the client's, whichever of its tokens a request comes with.
        credential: Some(caller.credential.clone()),
        ..Grant::of(&caller.name, caller.permissions.clone())
    };
    engine.grant(caller.tenant, &token, grant).await?;
    let mut scope = vec![format!("tenant:{}", merchant.tenant), format!("merchant:{}", merchant.merchant)];
    let allowed = super::permissions().into_iter().filter(|name| caller.permissions.allow(name));
    scope.extend(allowed.map(str::to_owned));
    Ok(Some(json!({
        "access_token": token,
        "scope": scope.join(" "),
        "expires_in": DAY.as_secs(),
        "token_type": "Bearer",
    })))
}
