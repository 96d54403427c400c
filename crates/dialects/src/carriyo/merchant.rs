//! One client of this door: whose orders it sees, and how they are allocated (contract `carriyo.md`, sections 1 and 2.6).

use serde_json::{Value, json};

/// What tells credentials of this door from others.
const DOOR: &str = "carriyo";

/// A client's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merchant {
    /// What the header `tenant-id` must say.
    pub tenant: String,
    /// What the header `x-api-key` must say.
    pub api_key: String,
    /// The account whose orders it sees.
    pub merchant: String,
    /// Whose idempotency keys its requests have, whichever token they come with.
    pub client: String,
    /// The store view whose orders are the account's: its code for people, its id for us.
    pub store: String,
    pub store_id: i64,
    pub allocation: Mode,
    /// Whether several locations may share an order.
    pub split: bool,
    /// Whether what finds no location waits; otherwise the order is cancelled.
    pub partial: bool,
    /// Whether goods leave their source when they are fulfilled; otherwise when the carrier has them.
    pub deduct_on_fulfil: bool,
}

impl Default for Merchant {
    fn default() -> Merchant {
        Merchant {
            tenant: "default".to_owned(),
            api_key: String::new(),
            merchant: "DEFAULT".to_owned(),
            client: "client".to_owned(),
            store: "default".to_owned(),
            store_id: 1,
            allocation: Mode::Manual,
            split: true,
            partial: true,
            deduct_on_fulfil: true,
        }
    }
}

/// How orders that name no locations get theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A person, or a request, allocates them.
    Manual,
    /// By the priority of the sources.
    Priority,
    /// The nearest source first.
    Distance,
}

impl Mode {
    /// All of them.
    pub const ALL: [Mode; 3] = [Mode::Manual, Mode::Priority, Mode::Distance];

    /// As it is written where a credential is made.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Manual => "manual",
            Mode::Priority => "priority",
            Mode::Distance => "distance",
        }
    }

    /// Reads what [`Mode::as_str`] gives.
    pub fn parse(text: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|mode| mode.as_str() == text)
    }
}

impl Merchant {
    /// As it is kept with its credential.
    pub fn to_settings(&self) -> String {
        let Merchant {
            tenant,
            api_key,
            merchant,
            client,
            store,
            store_id,
            allocation,
            split,
            partial,
            deduct_on_fulfil,
        } = self;
        json!({
            "door": DOOR,
            "tenant": tenant,
            "api_key": api_key,
            "merchant": merchant,
            "client": client,
            "store": store,
            "store_id": store_id,
            "allocation": allocation.as_str(),
            "split": split,
            "partial": partial,
            "deduct_on_fulfil": deduct_on_fulfil,
        })
        .to_string()
    }

    /// Reads what [`Merchant::to_settings`] wrote; nothing where the credential opens another door.
    pub(crate) fn read(settings: &str) -> Option<Merchant> {
        let value: Value = serde_json::from_str(settings).ok()?;
        if value["door"].as_str() != Some(DOOR) {
            return None;
        }
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let flag = |name: &str| value[name].as_bool();
        Some(Merchant {
            tenant: text("tenant")?,
            api_key: text("api_key")?,
            merchant: text("merchant")?,
            client: text("client")?,
            store: text("store")?,
            store_id: value["store_id"].as_i64()?,
            allocation: Mode::parse(&text("allocation")?)?,
            split: flag("split")?,
            partial: flag("partial")?,
            deduct_on_fulfil: flag("deduct_on_fulfil")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_they_were_written() {
        let merchant = Merchant { allocation: Mode::Distance, split: false, ..Merchant::default() };
        assert_eq!(Merchant::read(&merchant.to_settings()), Some(merchant));
        assert_eq!(Merchant::read("{\"door\":\"centra\"}"), None);
        assert_eq!(Merchant::read("{}"), None);
    }
}
