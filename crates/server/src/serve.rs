//! The server: from settings to answers, and an orderly end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use waybill_dialects::{carriyo, centra, magento, native};
use waybill_domain::{Command, TenantId};
use waybill_engine::store::{Location, Writer};
use waybill_engine::{Caller, Engine};

use crate::config::{Config, Store, Website};
use crate::metrics::{self, Metrics};
use crate::requests;

/// How long a client may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long requests may take to end when the server is told to stop.
const END_TIME: Duration = Duration::from_secs(30);

/// Opens the database and answers requests until the process is told to stop.
pub async fn serve(config: Config) -> Result<(), String> {
    let engine = prepare(&config).await?;
    let listener = listen(&config.listen).await?;
    tracing::info!(address = config.listen, database = %config.database, "waybill answers");
    run(listener, router(engine.clone(), &config), stop_signal()).await;
    match tokio::time::timeout(END_TIME, engine.close()).await {
        Ok(()) => tracing::info!("waybill has stopped; everything that was accepted is done"),
        Err(_) => tracing::warn!(
            "waybill has stopped while commands were still being carried out: who got no answer must look, or send it \
             again with its idempotency key"
        ),
    }
    Ok(())
}

/// Binds the address.
pub async fn listen(address: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen at {address}: {error}. Give another address with --listen."))
}

/// Brings the database to shape, creates what the settings name, and opens it.
pub async fn prepare(config: &Config) -> Result<Engine, String> {
    migrate(&config.database).await?;
    if let Some(mail) = &config.engine.mail {
        crate::mail::warn_of_templates(mail);
    }
    let engine = Engine::open(&config.database, config.engine.clone()).await.map_err(|error| error.to_string())?;
    let tenant = tenant(&engine, "default").await?;
    for Website { code, name, currency } in config.websites.clone() {
        save(&engine, tenant, Command::SaveWebsite { code, name, currency }).await?;
    }
    for Store { code, website, name, currency, locale } in config.stores.clone() {
        save(&engine, tenant, Command::SaveStore { code, website, name, currency, locale }).await?;
    }
    let has_users =
        engine.read(move |view| view.has_users(tenant)).await.map_err(|_| "the users cannot be read".to_owned())?;
    match &config.admin {
        Some((name, password)) if !has_users => {
            crate::credential::create_user(&engine, tenant, name, password, Vec::new()).await?;
            tracing::info!(name, "the first administrator was created");
        }
        Some(_) => {}
        None if !has_users => {
            tracing::warn!(
                "nobody can sign in yet: set WAYBILL_ADMIN_USERNAME and WAYBILL_ADMIN_PASSWORD, or run `waybill user create`"
            );
        }
        None => {}
    }
    Ok(engine)
}

async fn save(engine: &Engine, tenant: TenantId, command: Command) -> Result<(), String> {
    let (act, subject) = command.name_and_subject();
    engine
        .execute(&Caller::operator(tenant), None, command)
        .await
        .map(|_| ())
        .map_err(|failure| format!("{act} {}: {failure:?}", subject.unwrap_or_default()))
}

/// Brings a database to shape; how many steps that took.
pub async fn migrate(database: &Location) -> Result<usize, String> {
    let database = database.clone();
    let migrated = tokio::task::spawn_blocking(move || database.migrate()).await;
    migrated.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

/// The tenant of this name.
pub async fn tenant(engine: &Engine, name: &str) -> Result<TenantId, String> {
    let wanted = name.to_owned();
    engine
        .read(move |view| view.tenant(&wanted))
        .await
        .map_err(|_| "the tenants cannot be read".to_owned())?
        .ok_or_else(|| format!("there is no tenant {name:?}; the one that always exists is \"default\""))
}

/// Makes a tenant; the one of this name if there is one, and whether it is new.
pub fn make_tenant(database: &Location, name: &str) -> Result<(TenantId, bool), String> {
    if name.trim().is_empty() || name.len() > 100 {
        return Err("a tenant needs a name of at most 100 letters".to_owned());
    }
    let mut writer = Writer::open(database).map_err(|error| error.to_string())?;
    writer.create_tenant(name).map_err(|error| format!("the tenant was not made: {error}"))
}

/// All doors, and what operators look at.
pub fn router(engine: Engine, config: &Config) -> Router {
    let settings =
        magento::Settings { reserve_on_order_save: config.reserve_on_order_save, base_url: config.public_url.clone() };
    let counted = Arc::new(Metrics::new(engine.clone()));
    let shown = counted.clone();
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .with_state(engine.clone())
        .route("/metrics", get(|| async move { ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], shown.text()) }))
        .merge(native::router(engine.clone()))
        .merge(centra::router(engine.clone()))
        .merge(carriyo::router(engine.clone()))
        .merge(magento::router(engine, TenantId(1), settings))
        .layer(from_fn_with_state(counted, requests::watch))
}

/// Whether the database can be reached and has this program's shape.
async fn ready(State(engine): State<Engine>) -> impl IntoResponse {
    match engine.read(|view| view.tenant("default")).await {
        Ok(Some(_)) => (StatusCode::OK, "ready\n"),
        Ok(None) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be read\n"),
    }
}

/// Answers connections until `stop`; then lets those that are open end.
pub async fn run(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let mut server = hyper::server::conn::http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
    let mut stop = std::pin::pin!(stop);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Such as too many open files: the next connection may fare better.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection = connections.watch(server.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(END_TIME, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut off");
    }
}

/// Ends when the process is asked to: interrupt or termination.
pub async fn stop_signal() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            tracing::warn!(%error, "termination signals cannot be heard");
            return std::future::pending().await;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
