//! Who may do what: every endpoint of every door, asked by everybody (invariants P1 and P2). The lists of endpoints
//! are the doors' own tables: an endpoint that is new is asked too.

use std::time::Duration;

use waybill_dialects::carriyo::merchant::Merchant;
use waybill_dialects::centra::plugin::Plugin;
use waybill_dialects::{carriyo, centra, magento};
use waybill_domain::{Permissions, TenantId};
use waybill_engine::Grant;

use crate::elsewhere::{Names, body_of};
use crate::shop::{Reply, Shop, TENANT};

/// The doors. A further one is an arm in each function below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Magento,
    Centra,
    Carriyo,
}

/// One endpoint of a door.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub door: Door,
    pub method: &'static str,
    /// With names in the place of what it names.
    pub path: String,
    /// What it asks for, if that is anything.
    pub permission: Option<&'static str>,
}

impl Door {
    const ALL: [Door; 3] = [Door::Magento, Door::Centra, Door::Carriyo];

    fn endpoints(self) -> Vec<Endpoint> {
        let endpoint = |method, path, permission| Endpoint { door: self, method, path, permission };
        match self {
            Door::Magento => {
                let all = magento::endpoints().into_iter();
                all.map(|(method, path, resource)| endpoint(method, path, resource)).collect()
            }
            Door::Centra => {
                let all = centra::endpoints().into_iter();
                let path = |path: &str| format!("/centra/order-api/{path}");
                all.map(|(method, rest, permission)| endpoint(method, path(rest), Some(permission))).collect()
            }
            Door::Carriyo => {
                let all = carriyo::endpoints().into_iter();
                let path = |path: &str| format!("/carriyo/{path}");
                all.map(|(method, rest, permission)| endpoint(method, path(rest), Some(permission))).collect()
            }
        }
    }

    /// What credentials of this door are told beside their rights.
    fn settings(self) -> Option<String> {
        match self {
            Door::Magento => None,
            Door::Centra => Some(Plugin::default().to_settings()),
            Door::Carriyo => Some(merchant().to_settings()),
        }
    }

    /// The headers that carry a credential of this door.
    fn headers(self, key: &str) -> Vec<(&'static str, String)> {
        let bearer = ("authorization", format!("Bearer {key}"));
        match self {
            Door::Magento => vec![bearer],
            Door::Centra => vec![("api-authorization", key.to_owned())],
            Door::Carriyo => vec![bearer, ("x-api-key", "key".to_owned()), ("tenant-id", "default".to_owned())],
        }
    }

    /// What somebody is told whom the door does not know.
    fn unknown(self, endpoint: &Endpoint) -> (u16, String) {
        match self {
            Door::Magento => self.forbidden(endpoint),
            Door::Centra => (401, r#"{"status":"no","msg":"not authorized"}"#.to_owned()),
            Door::Carriyo => (401, r#"{"errors":["Unauthorized"],"status":"401"}"#.to_owned()),
        }
    }

    /// What somebody is told who lacks the right.
    fn forbidden(self, endpoint: &Endpoint) -> (u16, String) {
        match self {
            Door::Magento => {
                let resource = endpoint.permission.expect("who needs no right lacks none");
                let message = "The consumer isn't authorized to access %resources.";
                (401, format!(r#"{{"message":"{message}","parameters":{{"resources":"{resource}"}}}}"#))
            }
            Door::Centra => (403, r#"{"status":"Not Allowed"}"#.to_owned()),
            Door::Carriyo => (403, r#"{"errors":["Forbidden"],"status":"403"}"#.to_owned()),
        }
    }

    /// A credential of this door with these rights.
    async fn key(self, shop: &Shop, tenant: TenantId, rights: &[&str], lives: Option<Duration>) -> String {
        let permissions = Permissions::Some(rights.iter().map(|right| (*right).to_owned()).collect());
        let key = waybill_engine::random_hex();
        let grant = Grant { lives, settings: self.settings(), ..Grant::of("somebody", permissions) };
        shop.engine.grant(tenant, &key, grant).await.expect("a key is made");
        key
    }

    /// All rights that this door's endpoints ask for.
    fn rights(self) -> Vec<&'static str> {
        let mut rights: Vec<&str> = self.endpoints().iter().filter_map(|endpoint| endpoint.permission).collect();
        rights.sort_unstable();
        rights.dedup();
        rights
    }
}

impl Endpoint {
    async fn ask(&self, shop: &Shop, key: Option<&str>) -> Reply {
        self.ask_with(shop, key.map(|key| self.door.headers(key)).unwrap_or_default()).await
    }

    async fn ask_with(&self, shop: &Shop, headers: Vec<(&str, String)>) -> Reply {
        let path = Names::unknown().fill_path(self);
        let body = if self.method == "GET" { "" } else { "{}" };
        send(shop, self.method, &path, body, &headers).await
    }
}

/// A client of the Carriyo door.
fn merchant() -> Merchant {
    Merchant { api_key: "key".to_owned(), ..Merchant::default() }
}

/// Sends a request; what its answer says of the time is left out.
async fn send(shop: &Shop, method: &str, path: &str, body: &str, headers: &[(&str, String)]) -> Reply {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let reply = shop.send_with(method, path, body, &headers).await;
    let body = match reply.body.split_once(r#","timestamp":""#) {
        Some((before, rest)) => format!("{before}{}", rest.split_once('"').expect("a text has an end").1),
        None => reply.body,
    };
    Reply { body, ..reply }
}

fn all_endpoints() -> Vec<Endpoint> {
    Door::ALL.into_iter().flat_map(Door::endpoints).collect()
}

#[tokio::test]
async fn nobody_comes_in_without_a_credential_that_is_known_alive_and_of_the_door() {
    let shop = Shop::open().await;
    let hour = Some(Duration::from_secs(3_600));
    let mut strangers: Vec<(Door, &str, Option<String>)> = Vec::new();
    for door in Door::ALL {
        strangers.push((door, "nobody", None));
        strangers.push((door, "an unknown one", Some("0123456789abcdef0123456789abcdef".to_owned())));
        strangers.push((door, "an empty one", Some(String::new())));
        strangers.push((door, "an expired one", Some(door.key(&shop, TENANT, &door.rights(), hour).await)));
        for other in Door::ALL.into_iter().filter(|other| *other != door) {
            strangers.push((door, "another door's", Some(other.key(&shop, TENANT, &other.rights(), None).await)));
        }
    }
    shop.advance(3_600_000);
    for endpoint in all_endpoints().iter().filter(|endpoint| endpoint.permission.is_some()) {
        for (_, who, key) in strangers.iter().filter(|(door, _, _)| *door == endpoint.door) {
            let reply = endpoint.ask(&shop, key.as_deref()).await;
            let expected = endpoint.door.unknown(endpoint);
            assert_eq!((reply.status, reply.body), expected, "{who}: {} {}", endpoint.method, endpoint.path);
        }
    }
}

#[tokio::test]
async fn a_token_of_the_carriyo_door_opens_it_with_its_own_key_and_tenant_and_for_a_day() {
    let shop = Shop::open().await;
    shop.merchant(TENANT, &merchant(), None).await;
    let token = shop.signed_in("client").await;
    let bearer = ("authorization", format!("Bearer {token}"));
    let (key, tenant) = (("x-api-key", "key".to_owned()), ("tenant-id", "default".to_owned()));
    let strangers = [
        ("no key, no tenant", vec![bearer.clone()]),
        ("no key", vec![bearer.clone(), tenant.clone()]),
        ("no tenant", vec![bearer.clone(), key.clone()]),
        ("a wrong key", vec![bearer.clone(), ("x-api-key", "other".to_owned()), tenant.clone()]),
        ("an empty key", vec![bearer.clone(), ("x-api-key", String::new()), tenant.clone()]),
        ("a wrong tenant", vec![bearer.clone(), key.clone(), ("tenant-id", "other".to_owned())]),
        ("its name in other letters", vec![bearer.clone(), key.clone(), ("tenant-id", "DEFAULT".to_owned())]),
    ];
    for endpoint in Door::Carriyo.endpoints() {
        let name = format!("{} {}", endpoint.method, endpoint.path);
        for (who, headers) in &strangers {
            let reply = endpoint.ask_with(&shop, headers.clone()).await;
            assert_eq!((reply.status, reply.body), Door::Carriyo.forbidden(&endpoint), "{who}: {name}");
        }
        // What tokens are made of opens nothing by itself.
        let secret = ("authorization", format!("Bearer {}", carriyo::secret("client", "secret")));
        let reply = endpoint.ask_with(&shop, vec![secret, key.clone(), tenant.clone()]).await;
        assert_eq!((reply.status, reply.body), Door::Carriyo.unknown(&endpoint), "{name}");
    }
    let list = &Door::Carriyo.endpoints()[1];
    for (ms, expected) in [(0, 200), (86_400_000 - 1, 200), (1, 401)] {
        shop.advance(ms);
        let reply = list.ask_with(&shop, vec![bearer.clone(), key.clone(), tenant.clone()]).await;
        assert_eq!(reply.status, expected, "{}", reply.body);
    }
    for endpoint in Door::Carriyo.endpoints() {
        let reply = endpoint.ask_with(&shop, vec![bearer.clone(), key.clone(), tenant.clone()]).await;
        assert_eq!((reply.status, reply.body), Door::Carriyo.unknown(&endpoint), "{}", endpoint.path);
    }
}

#[tokio::test]
async fn every_endpoint_asks_for_its_own_right_and_for_no_other() {
    let shop = Shop::open().await;
    for endpoint in all_endpoints() {
        let Some(right) = endpoint.permission else { continue };
        let others: Vec<&str> = endpoint.door.rights().into_iter().filter(|other| *other != right).collect();
        let without = endpoint.door.key(&shop, TENANT, &others, None).await;
        let reply = endpoint.ask(&shop, Some(&without)).await;
        let name = format!("{} {}", endpoint.method, endpoint.path);
        assert_eq!((reply.status, reply.body), endpoint.door.forbidden(&endpoint), "{name}");
        let with = endpoint.door.key(&shop, TENANT, &[right], None).await;
        let reply = endpoint.ask(&shop, Some(&with)).await;
        assert!(![401, 403].contains(&reply.status) && reply.status < 500, "{name}: {} {}", reply.status, reply.body);
    }
}

/// All that a tenant's doors show of it.
async fn all_of(shop: &Shop) -> String {
    let mut all = String::new();
    for endpoint in Door::Magento.endpoints() {
        if endpoint.method != "GET" || endpoint.path.contains(':') || !endpoint.path.ends_with('s') {
            continue;
        }
        let found = shop.send("GET", &format!("{}?searchCriteria[pageSize]=1000", endpoint.path), "").await;
        all.push_str(&format!("{} {}: {}\n", endpoint.path, found.status, found.body));
    }
    let key = shop.plugin(TENANT, &Plugin { show_held: true, ..Plugin::default() }, None).await;
    for list in ["orders", "shipments?status=inprogress", "shipments?status=completed", "stock"] {
        let path = format!("/centra/order-api/{list}");
        all.push_str(&shop.send_with("GET", &path, "", &[("api-authorization", &key)]).await.body);
    }
    let rights = Door::Carriyo.rights();
    let headers = Door::Carriyo.headers(&Door::Carriyo.key(shop, TENANT, &rights, None).await);
    for path in ["orders", "shipments", "carrier-accounts", "inventory/product-id/THEIRS"] {
        all.push_str(&send(shop, "GET", &format!("/carriyo/{path}"), "", &headers).await.body);
    }
    all
}

#[tokio::test]
async fn what_is_another_tenants_looks_like_what_does_not_exist() {
    let shop = Shop::open().await;
    let theirs = Names::of_a_full_shop(&shop).await;
    let before = all_of(&shop).await;
    assert!(before.contains(&theirs.sku) && before.contains("83651-1"), "there is something to see: {before}");
    for (number, endpoint) in all_endpoints().into_iter().enumerate() {
        // Each asks in a tenant where nothing has happened yet, so that whatever they make has the same ids.
        let mut answers = Vec::new();
        for (kind, names) in [("theirs", &theirs), ("nobody's", &Names::unknown())] {
            let tenant = shop.tenant(&format!("{kind} {number}")).await;
            let key = endpoint.door.key(&shop, tenant, &endpoint.door.rights(), None).await;
            let headers = endpoint.door.headers(&key);
            let path = names.fill_path(&endpoint);
            let body = names.fill(body_of(&endpoint));
            let mut told = Vec::new();
            let mut paths = vec![path.clone(), format!("{path}?searchCriteria"), format!("{path}?{}", names.query())];
            paths.extend(names.by_reference(&endpoint));
            for path in paths {
                let reply = send(&shop, endpoint.method, &path, &body, &headers).await;
                assert!(reply.status < 500, "{} {path} {body}: {}", endpoint.method, reply.body);
                told.push((reply.status, theirs.instead_of(names, &reply.body)));
            }
            answers.push(told);
        }
        assert_eq!(answers[0], answers[1], "{} {}", endpoint.method, endpoint.path);
    }
    assert_eq!(all_of(&shop).await, before);
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_plugin_sees_and_touches_the_orders_of_its_store_and_markets_only() {
    let shop = Shop::open().await;
    let theirs = Names::of_a_full_shop(&shop).await;
    shop.website("second").await;
    let before = all_of(&shop).await;
    let of_market_eight = Plugin { markets: vec![8, 9], show_held: true, ..Plugin::default() };
    let of_other_store = Plugin { store: "second".to_owned(), store_id: 2, ..Plugin::default() };
    let writes = [
        ("POST", "shipments", r#"{"order":83651,"products":{"{line}":1}}"#),
        ("PUT", "shipment", r#"{"order":83651,"shipment":"83651-1","tracking":"x"}"#),
        ("PUT", "shipment", r#"{"shipment":"83651-1","tracking":"x"}"#),
        ("PUT", "capture", r#"{"shipment":"83651-1"}"#),
        ("PUT", "shipments/83651-1", r#"{"gtg":true}"#),
        ("DELETE", "shipments/83651-1", ""),
        ("PUT", "orders", r#"{"order":83651,"comment":"x"}"#),
        ("POST", "order/83651", r#"{"comment":"x"}"#),
    ];
    let reads =
        ["orders", "orders?order=83651", "shipments?status=completed&order=83651", "shipments?status=inprogress"];
    for (plugin, msgs) in [
        (of_market_eight, &["order in wrong market"][..]),
        (of_other_store, &["order does not exist", "shipment does not exist"][..]),
    ] {
        let key = shop.plugin(TENANT, &plugin, None).await;
        let headers = [("api-authorization", key.as_str())];
        for (method, path, body) in writes {
            let reply =
                shop.send_with(method, &format!("/centra/order-api/{path}"), &theirs.fill(body), &headers).await;
            let told: serde_json::Value = serde_json::from_str(&reply.body).expect("an answer is JSON");
            let msg = told["msg"].as_str().unwrap_or_default();
            assert_eq!((reply.status, &told["status"]), (200, &"no".into()), "{method} {path} {body}: {}", reply.body);
            assert!(msgs.contains(&msg), "{method} {path} {body}: {}", reply.body);
        }
        for path in reads {
            let reply = shop.send_with("GET", &format!("/centra/order-api/{path}"), "", &headers).await;
            let list = path.split('?').next().expect("a path has a beginning");
            assert_eq!(reply.body, format!(r#"{{"status":"ok","{list}":[]}}"#), "{path}");
        }
    }
    assert_eq!(all_of(&shop).await, before);
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_merchant_finds_what_is_of_its_store_and_account_only() {
    let shop = Shop::open().await;
    let theirs = Names::of_a_full_shop(&shop).await;
    shop.website("second").await;
    let before = all_of(&shop).await;
    let client = "other".to_owned();
    let other_store = Merchant { store: "second".to_owned(), store_id: 2, client: client.clone(), ..merchant() };
    let other_account = Merchant { merchant: "OTHER".to_owned(), ..other_store.clone() };
    for (who, merchant) in [("another store's", other_store), ("another account's", other_account)] {
        let token = waybill_engine::random_hex();
        let rights = Permissions::Some(Door::Carriyo.rights().into_iter().map(str::to_owned).collect());
        let grant = Grant { settings: Some(merchant.to_settings()), ..Grant::of(&client, rights) };
        shop.engine.grant(TENANT, &token, grant).await.expect("a token is made");
        let headers = Door::Carriyo.headers(&token);
        for endpoint in Door::Carriyo.endpoints() {
            // Carriers' accounts and inventory are the tenant's.
            if endpoint.path.starts_with("/carriyo/carrier-accounts") || endpoint.path.contains("/inventory/") {
                continue;
            }
            // What comes in takes the names of the other store: it is refused, or its own.
            if endpoint.method == "POST" && ["/carriyo/orders", "/carriyo/shipments"].contains(&endpoint.path.as_str())
            {
                continue;
            }
            let mut paths = vec![theirs.fill_path(&endpoint)];
            paths.extend(theirs.by_reference(&endpoint));
            for path in paths {
                let reply = send(&shop, endpoint.method, &path, &theirs.fill(body_of(&endpoint)), &headers).await;
                let told = format!("{who}: {} {path}: {}", endpoint.method, reply.body);
                if endpoint.path.contains("{}") {
                    assert!(reply.status == 404 && reply.body.contains("found with the"), "{told}");
                } else {
                    assert_eq!((reply.status, reply.body.as_str()), (200, "[]"), "{told}");
                }
            }
        }
    }
    assert_eq!(all_of(&shop).await, before);
    assert_eq!(shop.verify().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_token_runs_out_and_an_account_is_locked_after_six_failures() {
    let shop = Shop::open().await;
    let sign_in = |password: &str| format!(r#"{{"username":"admin","password":"{password}"}}"#);
    let path = "/rest/V1/integration/admin/token";
    let token = shop.send_with("POST", path, &sign_in("Admin123"), &[]).await;
    let bearer = format!("Bearer {}", token.body.trim_matches('"'));
    let headers = [("authorization", bearer.as_str())];
    for (ms, expected) in [(0, 200), (4 * 3_600_000 - 1, 200), (1, 401)] {
        shop.advance(ms);
        let reply = shop.send_with("GET", "/rest/V1/store/websites", "", &headers).await;
        assert_eq!(reply.status, expected);
    }

    for _ in 0..6 {
        assert_eq!(shop.send_with("POST", path, &sign_in("wrong"), &[]).await.status, 401);
    }
    // Locked: the right password does not help until the time is over.
    assert_eq!(shop.send_with("POST", path, &sign_in("Admin123"), &[]).await.status, 401);
    shop.advance(1_800_000);
    assert_eq!(shop.send_with("POST", path, &sign_in("Admin123"), &[]).await.status, 200);
}
