//! A shop with a plugin of the Centra door, for tests of that door alone.

use std::sync::Arc;

use serde_json::Value;
use tokio::task::JoinSet;
use waybill_dialects::centra::plugin::Plugin;

use crate::shop::{Reply, Shop, TENANT};

/// Somebody with all endpoints of a plugin, in a shop of their own.
#[derive(Clone)]
pub struct Plugged {
    pub shop: Arc<Shop>,
    key: String,
}

impl Plugged {
    pub async fn open() -> Plugged {
        Plugged::with(Plugin::default()).await
    }

    pub async fn with(plugin: Plugin) -> Plugged {
        let shop = Arc::new(Shop::open().await);
        let key = shop.plugin(TENANT, &plugin, None).await;
        Plugged { shop, key }
    }

    pub fn key(&self) -> &str {
        &self.key
    }

    /// The same shop, by another credential.
    pub fn by(&self, key: &str) -> Plugged {
        Plugged { shop: self.shop.clone(), key: key.to_owned() }
    }

    pub async fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        self.send_with(method, path, body, &[]).await
    }

    /// Under an idempotency key.
    pub async fn keyed(&self, method: &str, path: &str, body: &str, key: &str) -> Reply {
        self.send_with(method, path, body, &[("idempotency-key", key)]).await
    }

    pub async fn send_with(&self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Reply {
        let mut all = vec![("api-authorization", self.key.as_str())];
        all.extend(headers);
        self.shop.send_with(method, &format!("/centra/order-api/{path}"), body, &all).await
    }

    /// What is answered to a request that is carried out.
    pub async fn good(&self, method: &str, path: &str, body: &str) -> Value {
        let reply = self.send(method, path, body).await;
        let told: Value = serde_json::from_str(&reply.body).expect("an answer is JSON");
        assert_eq!((reply.status, &told["status"]), (200, &"ok".into()), "{method} {path} {body}: {}", reply.body);
        told
    }

    /// An order of one line, whose money is at the sandbox gateway, which does what `words` say; its number and its
    /// line.
    pub async fn order(&self, sku: &str, pieces: i64, words: &str) -> (i64, String) {
        let body = format!(
            r#"{{"address":{{"email":"a@example.com","country":"SE"}},"shippingValue":5,
            "products":[{{"sku":"{sku}","qty":{pieces},"unitPrice":10}}],
            "payment":{{"id":"rehearsal","auth":{{"status":1,"response":"{words}"}}}}}}"#
        );
        let number = self.good("POST", "order", &body).await["orders"][0].as_i64().expect("a number");
        (number, self.line(number).await)
    }

    async fn line(&self, number: i64) -> String {
        let found = self.good("GET", &format!("orders?order={number}"), "").await;
        found["orders"][0]["products"][0]["lineId"].as_str().expect("a line has an id").to_owned()
    }

    /// Sends all of these at once.
    pub async fn at_once(&self, requests: Vec<(&'static str, String, String, Option<String>)>) -> Vec<Reply> {
        let mut tasks = JoinSet::new();
        for (method, path, body, key) in requests {
            let plugged = self.clone();
            tasks.spawn(async move {
                let headers: Vec<(&str, &str)> = key.iter().map(|key| ("idempotency-key", key.as_str())).collect();
                plugged.send_with(method, &path, &body, &headers).await
            });
        }
        let mut replies = Vec::new();
        while let Some(reply) = tasks.join_next().await {
            replies.push(reply.expect("no request panics"));
        }
        replies
    }

    pub async fn adds_up(&self) {
        assert_eq!(self.shop.verify().await, Vec::<String>::new());
    }
}
