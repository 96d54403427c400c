//! Users and tokens, made from the command line beside a server that may be running.

use std::time::Duration;

use waybill_domain::{Permissions, TenantId};
use waybill_engine::Engine;

fn permissions(resources: Vec<String>) -> Permissions {
    if resources.is_empty() { Permissions::All } else { Permissions::Some(resources) }
}

/// Creates a user, or sets password and rights of the one with this name.
pub async fn create_user(
    engine: &Engine,
    tenant: TenantId,
    name: &str,
    password: &str,
    resources: Vec<String>,
) -> Result<(), String> {
    if name.trim().is_empty() || password.is_empty() {
        return Err("a user needs a name and a password".to_owned());
    }
    engine
        .save_user(tenant, name, password, permissions(resources))
        .await
        .map_err(|failure| format!("the user was not saved: {failure:?}"))
}

/// Makes a token for a system that speaks Magento, as the JSON object that is printed.
pub async fn create_token(
    engine: &Engine,
    tenant: TenantId,
    name: &str,
    resources: Vec<String>,
    repeats: Option<Duration>,
) -> Result<String, String> {
    let token = engine
        .issue_token(tenant, name, permissions(resources), repeats)
        .await
        .map_err(|failure| format!("the token was not made: {failure:?}"))?;
    Ok(serde_json::json!({ "token": token }).to_string())
}
