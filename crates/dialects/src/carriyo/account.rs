//! Accounts with carriers (contract `carriyo.md`, sections 4.2 and 7).

use serde::Deserialize;
use serde_json::{Map, Value, json};
use waybill_domain::{Carrier, CarrierAccount, Command};
use waybill_engine::random_hex;

use super::body::{Faults, LONGEST_REFERENCE, Object};
use super::words::{self, Names};
use super::{Answer, Ask, KEPT, Stop, fault, intake, json_of};
use crate::kept;

/// The carriers that Waybill books itself: the shop's own, and the sandbox.
const OWN: &str = "OWN";
const REHEARSAL: &str = "REHEARSAL";
/// Members that are shown as they came.
const MEMBERS: &[&str] = &[
    "property",
    "label",
    "auto_ready_to_ship",
    "auto_return_confirmed",
    "daily_capacity_id",
    "in_flight_capacity_id",
    "costing_profile_id",
    "network_id",
];

/// The account that a request names.
pub(crate) struct Chosen {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
}

impl Chosen {
    pub(crate) fn is_given(&self) -> bool {
        self.id.is_some() || self.name.is_some()
    }

    /// By its id, which wins, or its name.
    pub(crate) fn find<'a>(&self, accounts: &'a [CarrierAccount]) -> Option<&'a CarrierAccount> {
        match (&self.id, &self.name) {
            (Some(id), _) => accounts.iter().find(|account| account.id == *id),
            (None, Some(name)) => accounts.iter().find(|account| account.name == *name),
            (None, None) => None,
        }
    }
}

fn kept(account: &CarrierAccount) -> Map<String, Value> {
    kept::read(&account.extra, KEPT)
}

/// What is kept of an account, as far as its carrier.
#[derive(Deserialize)]
struct Said {
    carrier: String,
}

/// The carrier's name, as the client wrote it.
fn carrier_name(account: &CarrierAccount) -> String {
    let said = account.extra.get(KEPT).and_then(|json| serde_json::from_str::<Said>(json).ok());
    said.map_or_else(|| account.carrier.as_str().to_uppercase(), |said| said.carrier)
}

/// Whether Waybill can have its carrier asked, or needs not to.
pub(crate) fn can_be_booked(account: &CarrierAccount) -> bool {
    let carrier = carrier_name(account);
    [OWN, REHEARSAL].iter().any(|name| name.eq_ignore_ascii_case(&carrier))
}

/// Whether a carrier that a client names is this account's.
pub(crate) fn goes_by(account: &CarrierAccount, name: &str) -> bool {
    carrier_name(account).eq_ignore_ascii_case(name) || account.name.eq_ignore_ascii_case(name)
}

/// The account as shipments show it.
pub(crate) fn shown_in(id: &str, accounts: &[CarrierAccount]) -> Value {
    match accounts.iter().find(|account| account.id == id) {
        Some(account) => {
            json!({"carrier_id": id, "carrier_account_name": account.name, "carrier": carrier_name(account)})
        }
        None => json!({"carrier_id": id}),
    }
}

fn shown(account: &CarrierAccount) -> Value {
    let mut map = kept(account);
    map.insert("carrier_account_id".to_owned(), account.id.as_str().into());
    map.insert("carrier_account_name".to_owned(), account.name.as_str().into());
    map.insert("carrier".to_owned(), carrier_name(account).into());
    map.insert("active".to_owned(), account.active.into());
    map.entry("deleted".to_owned()).or_insert_with(|| false.into());
    Value::Object(map)
}

/// `POST carrier-accounts`.
pub(crate) async fn create(ask: Ask) -> Answer {
    save(&ask, None).await
}

/// `PUT carrier-accounts/{}`.
pub(crate) async fn update(ask: Ask) -> Answer {
    let found = find(&ask).await?;
    save(&ask, Some(found)).await
}

async fn save(ask: &Ask, before: Option<CarrierAccount>) -> Answer {
    let faults = Faults::default();
    let body = Object::whole(&ask.body, &faults);
    let name = match &before {
        Some(before) => body.filled("carrier_account_name", LONGEST_REFERENCE).unwrap_or_else(|| before.name.clone()),
        None => body.required("carrier_account_name", LONGEST_REFERENCE),
    };
    let carrier = match &before {
        Some(before) => body.filled("carrier", LONGEST_REFERENCE).unwrap_or_else(|| carrier_name(before)),
        None => body.required("carrier", LONGEST_REFERENCE),
    };
    let given = body.filled("carrier_account_id", LONGEST_REFERENCE);
    let deleted = body.flag("deleted");
    let active = body.flag("active");
    let (mut kept, mut is_active) = before.as_ref().map_or((Map::new(), true), |before| (kept(before), before.active));
    kept.extend(intake::members(&body, MEMBERS));
    kept.insert("carrier".to_owned(), carrier.as_str().into());
    if let Some(deleted) = deleted {
        kept.insert("deleted".to_owned(), deleted.into());
        is_active = !deleted;
    }
    is_active = active.unwrap_or(is_active);
    faults.unless(())?;
    let known = ask.read(|view, tenant| view.carrier_accounts(tenant)).await?;
    let id = match (&before, given) {
        (Some(before), _) => before.id.clone(),
        (None, Some(given)) if known.iter().any(|account| account.id == given) => {
            return Err(fault(400, words::of_field("carrier_account_id", "is taken")));
        }
        (None, Some(given)) => given,
        (None, None) => format!("act_{}", &random_hex()[..16]),
    };
    let command = Command::SaveCarrierAccount {
        id: id.clone(),
        name,
        carrier: if carrier.eq_ignore_ascii_case(REHEARSAL) { Carrier::Rehearsal } else { Carrier::Own },
        active: is_active,
        extra: kept::write(KEPT, kept),
    };
    ask.execute(command, &Names::default()).await?;
    let saved = ask.read(move |view, tenant| view.carrier_account(tenant, &id)).await?;
    json_of(&saved.map(|account| shown(&account)))
}

async fn find(ask: &Ask) -> Result<CarrierAccount, Stop> {
    let id = ask.names[0].clone();
    let found = ask.read(move |view, tenant| view.carrier_account(tenant, &id)).await?;
    found.ok_or_else(|| fault(404, format!("No carrier account found with the id: {}", ask.names[0])))
}

/// `GET carrier-accounts/{}`.
pub(crate) async fn get(ask: Ask) -> Answer {
    json_of(&shown(&find(&ask).await?))
}

/// `GET carrier-accounts`.
pub(crate) async fn list(ask: Ask) -> Answer {
    let accounts = ask.read(|view, tenant| view.carrier_accounts(tenant)).await?;
    let is_deleted = |account: &CarrierAccount| kept(account).get("deleted") == Some(&Value::Bool(true));
    let wanted = match ask.query("status") {
        None | Some("") => None,
        Some(word @ ("active" | "inactive" | "deleted")) => Some(word),
        Some(_) => return Err(fault(400, words::of_field("status", "must be one of [active, inactive, deleted]"))),
    };
    let fits = |account: &&CarrierAccount| match wanted {
        None => true,
        Some("active") => account.active,
        Some("deleted") => is_deleted(account),
        Some(_) => !account.active && !is_deleted(account),
    };
    json_of(&accounts.iter().filter(fits).map(shown).collect::<Vec<_>>())
}
