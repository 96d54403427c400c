//! A shop with a client of the Carriyo door, for tests that come in by it.

use std::sync::Arc;

use serde_json::Value;
use waybill_dialects::carriyo::merchant::Merchant;

use crate::shop::{Reply, Shop, TENANT};

/// Somebody with all rights of this door, in a shop of their own.
#[derive(Clone)]
pub struct Client {
    pub shop: Arc<Shop>,
    token: String,
}

impl Client {
    pub async fn open() -> Client {
        Client::of(Arc::new(Shop::open().await)).await
    }

    /// In a shop that others share.
    pub async fn of(shop: Arc<Shop>) -> Client {
        let merchant = Merchant { api_key: "key".to_owned(), ..Merchant::default() };
        shop.merchant(TENANT, &merchant, None).await;
        let token = shop.signed_in(&merchant.client).await;
        Client { shop, token }
    }

    /// The headers that every request carries.
    pub fn headers(&self) -> [(&'static str, String); 3] {
        let bearer = format!("Bearer {}", self.token);
        [("authorization", bearer), ("x-api-key", "key".to_owned()), ("tenant-id", "default".to_owned())]
    }

    pub async fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        self.send_with(method, path, body, &[]).await
    }

    /// Under an idempotency key.
    pub async fn keyed(&self, method: &str, path: &str, body: &str, key: &str) -> Reply {
        self.send_with(method, path, body, &[("idempotency-key", key)]).await
    }

    pub async fn send_with(&self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Reply {
        let own = self.headers();
        let mut all: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all.extend(headers);
        self.shop.send_with(method, &format!("/carriyo/{path}"), body, &all).await
    }

    /// What is answered to a request that is carried out.
    pub async fn good(&self, method: &str, path: &str, body: &Value) -> Value {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let reply = self.send(method, path, &text).await;
        assert_eq!(reply.status, 200, "{method} {path} {text}: {}", reply.body);
        serde_json::from_str(&reply.body).expect("an answer is JSON")
    }

    pub async fn adds_up(&self) {
        assert_eq!(self.shop.verify().await, Vec::<String>::new());
    }
}

/// A text of an answer.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
