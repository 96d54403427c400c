//! Signing in (contract 1.5).

use serde_json::json;
use waybill_domain::Refusal;

use super::wire::fault::Fault;
use super::{Answer, Ask, words};

/// A token for a name and a password.
pub(crate) async fn sign_in(ask: Ask) -> Answer {
    let values = ask.values();
    let (name, password) = (values.text("username").unwrap_or_default(), values.text("password").unwrap_or_default());
    let missing: Vec<&str> = [("username", name.is_empty()), ("password", password.is_empty())]
        .into_iter()
        .filter_map(|(field, missing)| missing.then_some(field))
        .collect();
    if !missing.is_empty() {
        return Err(Fault::required(&missing).into());
    }
    match ask.engine().sign_in(ask.tenant(), &name, &password).await? {
        Some(token) => Ok(json!(token)),
        None => Err(Fault { status: 401, ..words::plain(&[Refusal::SignIn]) }.into()),
    }
}
