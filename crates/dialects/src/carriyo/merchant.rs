//! One client of this door: whose orders it sees, and how they are allocated (contract `carriyo.md`, sections 1 and 2.6).

use serde::{Deserialize, Serialize};

/// What tells credentials of this door from others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Door {
    #[default]
    #[serde(rename = "carriyo")]
    Carriyo,
}

/// A client's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merchant {
    pub door: Door,
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
            door: Door::Carriyo,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
        serde_json::to_string(self).expect("texts and flags are JSON")
    }

    /// Reads what [`Merchant::to_settings`] wrote; nothing where the credential opens another door.
    pub(crate) fn read(settings: &str) -> Option<Merchant> {
        serde_json::from_str(settings).ok()
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
