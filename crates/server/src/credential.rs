//! Users and tokens, made from the command line beside a server that may be running.

use std::time::Duration;

use waybill_dialects::carriyo::merchant::Merchant;
use waybill_dialects::centra::plugin::Plugin;
use waybill_dialects::{carriyo, centra};
use waybill_domain::{Permissions, TenantId};
use waybill_engine::{Engine, Grant, random_hex};

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

/// Makes a client of the Carriyo door, as the JSON object that is printed. Its secret is asked for in exchange for tokens.
pub async fn create_client(
    engine: &Engine,
    tenant: TenantId,
    name: &str,
    merchant: Merchant,
    scopes: Vec<String>,
    repeats: Option<Duration>,
) -> Result<String, String> {
    let known = carriyo::permissions();
    if let Some(unknown) = scopes.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("{unknown:?} is no scope of this door; there are: {}", known.join(", ")));
    }
    let scopes = if scopes.is_empty() { known.into_iter().map(str::to_owned).collect() } else { scopes };
    let (client, secret, api_key) = (random_hex(), random_hex(), random_hex());
    let merchant = Merchant { api_key: api_key.clone(), client: client.clone(), ..merchant };
    let settings = Some(merchant.to_settings());
    let grant = Grant { repeats, settings, ..Grant::of(name, Permissions::Some(scopes)) };
    let granted = engine.grant(tenant, &carriyo::secret(&client, &secret), grant).await;
    granted.map_err(|failure| format!("the client was not made: {failure:?}"))?;
    Ok(serde_json::json!({
        "base": "/carriyo",
        "tenant_id": merchant.tenant,
        "merchant": merchant.merchant,
        "api_key": api_key,
        "client_id": client,
        "client_secret": secret,
    })
    .to_string())
}

/// Makes a key for a plugin of the Centra door, as the JSON object that is printed.
pub async fn create_plugin(
    engine: &Engine,
    tenant: TenantId,
    name: &str,
    plugin: &Plugin,
    endpoints: Vec<String>,
    repeats: Option<Duration>,
) -> Result<String, String> {
    let known = centra::permissions();
    if let Some(unknown) = endpoints.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("{unknown:?} is no endpoint of this door; there are: {}", known.join(", ")));
    }
    let endpoints = if endpoints.is_empty() { known.into_iter().map(str::to_owned).collect() } else { endpoints };
    let key = random_hex();
    let settings = Some(plugin.to_settings());
    let grant = Grant { repeats, settings, ..Grant::of(name, Permissions::Some(endpoints)) };
    engine.grant(tenant, &key, grant).await.map_err(|failure| format!("the key was not made: {failure:?}"))?;
    Ok(serde_json::json!({ "base": format!("/centra/{}", plugin.uri), "key": key }).to_string())
}
