//! Settings: flags, then environment, then `waybill.toml`, then defaults.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use waybill_engine::outside::payment::stripe::{self, Stripe};
use waybill_engine::store::Location;
use waybill_engine::{Authorisations, Settings};

use crate::log::LogFormat;
use crate::mail::{self, FileMail, GivenMail};

/// How often errands are looked for.
pub const ERRANDS: Duration = Duration::from_secs(1);

/// How long Stripe may take for an answer. Who waits for it waits about as long; its errand asks again.
const STRIPE_TIME: Duration = Duration::from_secs(20);

/// Where the data is, as flags and environment give it.
#[derive(Args, Clone, Debug, Default)]
pub struct Place {
    /// Database: sqlite://<file> or postgres://<user>@<host>/<database> [default: sqlite://waybill.db]
    #[arg(long, env = "WAYBILL_DATABASE_URL")]
    database_url: Option<String>,
    /// Settings file [default: waybill.toml, if there is one]
    #[arg(long, env = "WAYBILL_CONFIG")]
    config: Option<PathBuf>,
}

/// Settings as flags and environment give them.
#[derive(Args, Clone, Debug, Default)]
pub struct Given {
    #[command(flatten)]
    place: Place,
    /// Address to answer at [default: 127.0.0.1:8080]
    #[arg(long, env = "WAYBILL_LISTEN")]
    listen: Option<String>,
    /// Base of the links that are handed out [default: from the listen address]
    #[arg(long, env = "WAYBILL_PUBLIC_URL")]
    public_url: Option<String>,
    /// Creates the first administrator when there is none
    #[arg(long, env = "WAYBILL_ADMIN_USERNAME")]
    admin_username: Option<String>,
    /// Password of the first administrator
    #[arg(long, env = "WAYBILL_ADMIN_PASSWORD", hide_env_values = true)]
    admin_password: Option<String>,
    /// Whether orders saved over Magento's POST /V1/orders hold stock [default: true]
    #[arg(long, env = "WAYBILL_RESERVE_ON_ORDER_SAVE")]
    reserve_on_order_save: Option<bool>,
    /// How many batches are carried out at once on PostgreSQL, each over a connection of its own [default: 2]
    #[arg(long, env = "WAYBILL_COMMITTERS")]
    committers: Option<usize>,
    /// How many requests read at once, each over a connection of its own [default: 8]
    #[arg(long, env = "WAYBILL_READERS")]
    readers: Option<usize>,
    /// How many commands may wait for a batch; one more is answered with 503 [default: 4096]
    #[arg(long, env = "WAYBILL_QUEUE")]
    queue: Option<usize>,
    /// How log lines on standard error look [default: text]
    #[arg(long, env = "WAYBILL_LOG_FORMAT")]
    log_format: Option<LogFormat>,
    /// Stripe's secret key (sk_… or rk_…); without it nothing is asked of Stripe
    #[arg(long, env = "WAYBILL_STRIPE_SECRET_KEY", hide_env_values = true)]
    stripe_secret_key: Option<String>,
    /// The secret (whsec_…) of the webhook endpoint at Stripe
    #[arg(long, env = "WAYBILL_STRIPE_WEBHOOK_SECRET", hide_env_values = true)]
    stripe_webhook_secret: Option<String>,
    /// Where Stripe is [default: https://api.stripe.com]
    #[arg(long, env = "WAYBILL_STRIPE_URL")]
    stripe_url: Option<String>,
    /// Whether Stripe lets this account capture an authorization in several parts [default: false]
    #[arg(long, env = "WAYBILL_STRIPE_MULTICAPTURE")]
    stripe_multicapture: Option<bool>,
    /// What the sandbox gateway does with payments that do not say it, such as decline or lost-after [default: ok]
    #[arg(long, env = "WAYBILL_REHEARSAL")]
    rehearsal: Option<String>,
    /// How many hours before an authorization ends its order's history says so [default: 24]
    #[arg(long, env = "WAYBILL_AUTHORIZATION_WARNING_HOURS")]
    authorization_warning_hours: Option<u64>,
    /// Whether an authorization that ends is made anew, where the customer left a means of payment [default: false]
    #[arg(long, env = "WAYBILL_RENEW_AUTHORIZATIONS")]
    renew_authorizations: Option<bool>,
    #[command(flatten)]
    mail: GivenMail,
}

impl From<Place> for Given {
    fn from(place: Place) -> Given {
        Given { place, ..Given::default() }
    }
}

/// Settings as the file gives them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<String>,
    database_url: Option<String>,
    public_url: Option<String>,
    admin_username: Option<String>,
    admin_password: Option<String>,
    reserve_on_order_save: Option<bool>,
    committers: Option<usize>,
    readers: Option<usize>,
    queue: Option<usize>,
    log_format: Option<LogFormat>,
    stripe_secret_key: Option<String>,
    stripe_webhook_secret: Option<String>,
    stripe_url: Option<String>,
    stripe_multicapture: Option<bool>,
    rehearsal: Option<String>,
    authorization_warning_hours: Option<u64>,
    renew_authorizations: Option<bool>,
    #[serde(default)]
    mail: FileMail,
    #[serde(default)]
    website: Vec<Website>,
    #[serde(default)]
    store: Vec<Store>,
}

/// A website to create or change at the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Website {
    pub code: String,
    pub name: String,
    #[serde(default = "dollar")]
    pub currency: String,
}

/// A store view to create or change at the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    pub code: String,
    /// The code of its website.
    pub website: String,
    pub name: String,
    #[serde(default = "dollar")]
    pub currency: String,
    #[serde(default = "english")]
    pub locale: String,
}

fn dollar() -> String {
    "USD".to_owned()
}

fn english() -> String {
    "en_US".to_owned()
}

/// Settings, complete.
#[derive(Clone, Debug)]
pub struct Config {
    pub listen: String,
    pub database: Location,
    pub public_url: String,
    /// Name and password of the first administrator.
    pub admin: Option<(String, String)>,
    pub reserve_on_order_save: bool,
    /// How the engine works.
    pub engine: Settings,
    pub log_format: LogFormat,
    pub websites: Vec<Website>,
    pub stores: Vec<Store>,
}

impl Config {
    /// Puts flags, environment and file together.
    pub fn read(given: impl Into<Given>) -> Result<Config, String> {
        let given = given.into();
        let file = read_file(given.place.config.as_deref())?;
        let listen = given.listen.or(file.listen).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let url = given.place.database_url.or(file.database_url).unwrap_or_else(|| "sqlite://waybill.db".to_owned());
        let admin = match (given.admin_username.or(file.admin_username), given.admin_password.or(file.admin_password)) {
            (Some(name), Some(password)) => Some((name, password)),
            (None, None) => None,
            (Some(_), None) => return Err("an administrator needs a password: set WAYBILL_ADMIN_PASSWORD".to_owned()),
            (None, Some(_)) => return Err("an administrator needs a name: set WAYBILL_ADMIN_USERNAME".to_owned()),
        };
        let secret_key = given.stripe_secret_key.or(file.stripe_secret_key);
        let stripe = match (secret_key, given.stripe_webhook_secret.or(file.stripe_webhook_secret)) {
            (None, None) => None,
            (Some(secret_key), Some(webhook_secret)) => {
                let mut settings = stripe::Settings::new(secret_key, webhook_secret);
                settings.timeout = STRIPE_TIME;
                settings.base_url = given.stripe_url.or(file.stripe_url).unwrap_or(settings.base_url);
                settings.multicapture = given.stripe_multicapture.or(file.stripe_multicapture).unwrap_or(false);
                let stripe = Stripe::new(settings).map_err(|error| format!("Stripe cannot be asked: {error}"))?;
                Some(Arc::new(stripe))
            }
            (Some(_), None) => {
                return Err("Stripe needs a webhook secret: set WAYBILL_STRIPE_WEBHOOK_SECRET".to_owned());
            }
            (None, Some(_)) => return Err("Stripe needs a secret key: set WAYBILL_STRIPE_SECRET_KEY".to_owned()),
        };
        let usual = Settings::default();
        let engine = Settings {
            committers: given.committers.or(file.committers).unwrap_or(usual.committers),
            readers: given.readers.or(file.readers).unwrap_or(usual.readers),
            waiting: given.queue.or(file.queue).unwrap_or(usual.waiting),
            errands: Some(ERRANDS),
            stripe,
            rehearsal_words: given.rehearsal.or(file.rehearsal).unwrap_or(usual.rehearsal_words),
            mail: mail::read(given.mail, file.mail)?,
            authorisations: Authorisations {
                warn: given
                    .authorization_warning_hours
                    .or(file.authorization_warning_hours)
                    .map_or(usual.authorisations.warn, |hours| Duration::from_secs(hours.saturating_mul(3_600))),
                renew: given.renew_authorizations.or(file.renew_authorizations).unwrap_or(usual.authorisations.renew),
            },
            ..usual
        };
        Ok(Config {
            engine,
            database: Location::parse(&url).map_err(|error| error.to_string())?,
            public_url: given.public_url.or(file.public_url).unwrap_or_else(|| format!("http://{listen}")),
            listen,
            admin,
            reserve_on_order_save: given.reserve_on_order_save.or(file.reserve_on_order_save).unwrap_or(true),
            log_format: given.log_format.or(file.log_format).unwrap_or_default(),
            websites: file.website,
            stores: file.store,
        })
    }
}

fn read_file(named: Option<&Path>) -> Result<File, String> {
    let path = named.unwrap_or(Path::new("waybill.toml"));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => String::new(),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
    };
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: PathBuf) -> Place {
        Place { config: Some(path), ..Place::default() }
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("waybill.toml");
        let text = "listen = \"127.0.0.1:1\"\npublic_url = \"https://shop.example\"\nlog_format = \"json\"\n\
            [[website]]\ncode = \"na_site\"\nname = \"North America\"\n\
            [[store]]\ncode = \"us\"\nwebsite = \"na_site\"\nname = \"US\"\n";
        std::fs::write(&path, text).expect("a file");
        let given = Given { listen: Some("127.0.0.1:2".to_owned()), ..Given::from(at(path)) };
        let config = Config::read(given).expect("it is well formed");
        assert_eq!(config.listen, "127.0.0.1:2");
        assert_eq!(config.public_url, "https://shop.example");
        assert_eq!(config.stores[0].locale, "en_US");
        assert!(config.reserve_on_order_save);
        assert_eq!(config.log_format, LogFormat::Json);
    }

    #[test]
    fn an_unknown_setting_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("waybill.toml");
        std::fs::write(&path, "lisen = \"x\"\n").expect("a file");
        let error = Config::read(at(path)).expect_err("it is a typing mistake");
        assert!(error.contains("lisen"), "{error}");
    }
}
