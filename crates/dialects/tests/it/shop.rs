//! A shop of its own for each test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use http::Request;
use tower::ServiceExt;
use waybill_dialects::carriyo::merchant::Merchant;
use waybill_dialects::centra::plugin::Plugin;
use waybill_dialects::{carriyo, centra, magento, native};
use waybill_domain::{Command, LetterKind, LetterState, Permissions, Position, TenantId};
use waybill_engine::outside::mail::{Letters, MailSettings, Mailer, Tls};
use waybill_engine::store::{Geoname, ListedLetter, Location, Writer};
use waybill_engine::{Caller, Clock, Engine, Grant, Mail, Settings};
use waybill_harness::Database;

/// The tenant that always exists.
pub const TENANT: TenantId = TenantId(1);

/// 2026-11-21 05:00:00 UTC.
const MORNING: i64 = 1_795_237_200_000;

/// A door over a database of its own.
pub struct Shop {
    pub engine: Engine,
    pub router: Router,
    clock: Arc<AtomicI64>,
    location: Location,
    /// Of somebody who may do everything.
    pub token: String,
    _database: Database,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub body: String,
    pub replayed: bool,
}

impl Shop {
    pub async fn open() -> Shop {
        Shop::with(Settings::default()).await
    }

    /// With letters of these kinds; nobody sends them.
    pub async fn with_mail(kinds: &[LetterKind]) -> Shop {
        let settings =
            MailSettings { tls: Some(Tls::None), ..MailSettings::new("smtp://127.0.0.1:9", "shop@x.example") };
        let mail = Mail {
            mailer: Mailer::new(&settings).expect("the settings are good"),
            letters: Letters::new(None),
            kinds: kinds.iter().copied().collect(),
            shop_url: String::new(),
        };
        Shop::with(Settings { mail: Some(Arc::new(mail)), ..Settings::default() }).await
    }

    /// With an engine of these settings, but for the clock.
    pub async fn with(settings: Settings) -> Shop {
        let database = tokio::task::spawn_blocking(|| {
            Database::migrated(|url| {
                Location::parse(url).and_then(|location| location.migrate()).expect("a fresh database takes all steps");
            })
        });
        let database = database.await.expect("it does not panic").expect("there is room for a database");
        let location = Location::parse(database.url()).expect("the harness gives a URL");
        let clock = Arc::new(AtomicI64::new(MORNING));
        let settings = Settings { clock: Clock::Still(clock.clone()), ..settings };
        let engine = Engine::open(&location, settings).await.expect("a migrated database opens");
        let token = engine.issue_token(TENANT, "test", Permissions::All, None).await.expect("a token is made");
        engine.save_user(TENANT, "admin", "Admin123", Permissions::All).await.expect("a user is made");
        let router = magento::router(engine.clone(), TENANT, magento::Settings::default());
        let router = router.merge(native::router(engine.clone())).merge(centra::router(engine.clone()));
        let router = router.merge(carriyo::router(engine.clone()));
        Shop { engine, router, clock, location, token, _database: database }
    }

    /// All letters that are wanted, the oldest first: `invoice:1+comment` says that its comment is part of it.
    pub async fn letters(&self) -> String {
        let listed = self.engine.read(|view| view.letters(TENANT, LetterState::Wanted, 100)).await;
        let listed = listed.expect("the database can be read");
        let told = listed.iter().rev().map(|ListedLetter { letter, .. }| {
            let comment = if letter.comment.is_some() { "+comment" } else { "" };
            let again = if letter.again { "+again" } else { "" };
            format!("{}:{}{comment}{again}", letter.kind.as_str(), letter.subject())
        });
        told.collect::<Vec<_>>().join(" ")
    }

    /// A token for somebody with these resources only.
    pub async fn limited(&self, resources: &[&str]) -> String {
        let permissions = Permissions::Some(resources.iter().map(|resource| (*resource).to_owned()).collect());
        self.engine.issue_token(TENANT, "limited", permissions, None).await.expect("a token is made")
    }

    /// A key for a plugin of the Centra door, with all of its endpoints or these.
    pub async fn plugin(&self, tenant: TenantId, plugin: &Plugin, endpoints: Option<Vec<String>>) -> String {
        let all = || centra::permissions().into_iter().map(str::to_owned).collect();
        let permissions = Permissions::Some(endpoints.unwrap_or_else(all));
        let key = waybill_engine::random_hex();
        let grant = Grant { settings: Some(plugin.to_settings()), ..Grant::of("plugin", permissions) };
        self.engine.grant(tenant, &key, grant).await.expect("a key is made");
        key
    }

    /// A client of the Carriyo door, with all of its rights or these; its secret is `secret`.
    pub async fn merchant(&self, tenant: TenantId, merchant: &Merchant, scopes: Option<Vec<String>>) {
        let all = || carriyo::permissions().into_iter().map(str::to_owned).collect();
        let permissions = Permissions::Some(scopes.unwrap_or_else(all));
        let grant = Grant { settings: Some(merchant.to_settings()), ..Grant::of(&merchant.client, permissions) };
        let secret = carriyo::secret(&merchant.client, "secret");
        self.engine.grant(tenant, &secret, grant).await.expect("a client is made");
    }

    /// A token for it.
    pub async fn signed_in(&self, client: &str) -> String {
        let body = format!(r#"{{"client_id":"{client}","client_secret":"secret"}}"#);
        let reply = self.send_with("POST", "/carriyo/oauth/token", &body, &[]).await;
        let told: serde_json::Value = serde_json::from_str(&reply.body).expect("an answer is JSON");
        told["access_token"].as_str().unwrap_or_else(|| panic!("no token: {}", reply.body)).to_owned()
    }

    /// Carries out a command as the operator.
    pub async fn operate(&self, command: Command) {
        self.engine
            .execute(&Caller::operator(TENANT), None, command)
            .await
            .expect("the operator's command is carried out");
    }

    /// Another tenant, as new ones are.
    pub async fn tenant(&self, name: &str) -> TenantId {
        let (location, name) = (self.location.clone(), name.to_owned());
        let made = tokio::task::spawn_blocking(move || Writer::open(&location)?.create_tenant(&name));
        made.await.expect("it does not panic").expect("a name is all that a tenant needs").0
    }

    /// A website, and a store view of this code in it.
    pub async fn website(&self, code: &str) {
        let (code, currency) = (code.to_owned(), "USD".to_owned());
        let website = Command::SaveWebsite { code: code.clone(), name: code.clone(), currency: currency.clone() };
        self.operate(website).await;
        let (name, locale) = (code.clone(), "en_US".to_owned());
        self.operate(Command::SaveStore { code: code.clone(), website: code, name, currency, locale }).await;
    }

    /// Imports a postal code; its place in millionths of a degree.
    pub async fn know_place(&self, country: &str, postcode: &str, city: &str, latitude: i64, longitude: i64) {
        let place = Geoname {
            country: country.to_owned(),
            postcode: postcode.to_owned(),
            city: city.to_owned(),
            region: String::new(),
            position: Position { latitude, longitude },
        };
        let location = self.location.clone();
        let imported = tokio::task::spawn_blocking(move || {
            let mut writer = Writer::open(&location)?;
            writer.begin().and_then(|()| writer.import_geonames(&[place])).and_then(|()| writer.commit())
        });
        imported.await.expect("it does not panic").expect("it is one row");
    }

    pub fn advance(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    /// Sends a request as somebody who may do everything.
    pub async fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        self.send_with(method, path, body, &[("authorization", &format!("Bearer {}", self.token))]).await
    }

    /// Sends a request that must succeed, and gives the answer as JSON.
    pub async fn good(&self, method: &str, path: &str, body: &str) -> serde_json::Value {
        let reply = self.send(method, path, body).await;
        assert_eq!(reply.status, 200, "{method} {path} {body}: {}", reply.body);
        serde_json::from_str(&reply.body).expect("answers are JSON")
    }

    /// Sends a request with these headers.
    pub async fn send_with(&self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if !body.is_empty() && headers.iter().all(|(name, _)| *name != "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).expect("a test sends a well-formed request");
        let response = self.router.clone().oneshot(request).await.expect("a router always answers");
        let replayed = response.headers().contains_key("idempotent-replayed");
        Reply { status: response.status().as_u16(), body: to_text(response.into_body()).await, replayed }
    }

    /// How often something stands in the audit trail.
    pub async fn audit(&self, act: &'static str) -> usize {
        self.engine.read(move |view| view.audited(TENANT, act)).await.expect("the database can be read")
    }

    /// Re-adds everything; what differs.
    pub async fn verify(&self) -> Vec<String> {
        self.engine
            .read(|view| {
                let mut findings = Vec::new();
                view.verify(TENANT, &mut |finding| findings.push(finding.text))?;
                Ok(findings)
            })
            .await
            .expect("the database can be read")
    }

    /// A product with so many at source `default`.
    pub async fn stock(&self, sku: &str, quantity: i64) {
        let body = format!(
            r#"{{"product":{{"sku":"{sku}","name":"{sku}","price":10,"attribute_set_id":4,
                "extension_attributes":{{"stock_item":{{"qty":{quantity},"is_in_stock":true}}}}}}}}"#
        );
        self.good("POST", "/rest/V1/products", &body).await;
    }

    /// An order of one line; the ids of the order and its line.
    pub async fn order(&self, sku: &str, quantity: i64) -> (i64, i64) {
        let body = format!(
            r#"{{"entity":{{"customer_email":"a@example.com","payment":{{"method":"checkmo"}},
                "items":[{{"sku":"{sku}","qty_ordered":{quantity},"price":10}}]}}}}"#
        );
        let order = self.good("POST", "/rest/V1/orders", &body).await;
        let id = |value: &serde_json::Value| value.as_i64().expect("an id is a number");
        (id(&order["entity_id"]), id(&order["items"][0]["item_id"]))
    }
}

async fn to_text(body: Body) -> String {
    let bytes = to_bytes(body, usize::MAX).await.expect("an answer is complete");
    String::from_utf8(bytes.to_vec()).expect("an answer is UTF-8")
}
