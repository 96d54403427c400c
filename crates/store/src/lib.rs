//! Waybill's store **remembers**: the only SQL, on SQLite and on PostgreSQL.
//!
//! A [`Writer`] loads what a batch needs into a working set and records what was decided; [`Readers`] show what is
//! there, each on a connection of its own.

mod answers;
mod booking;
mod bulk;
mod carrier;
mod database;
mod errands;
mod extra;
mod find;
mod holds;
mod inspect;
mod letters;
mod load;
mod memory;
mod migrate;
mod needs;
mod pattern;
mod plan;
mod postgres;
mod read;
mod record;
mod rehearsal;
mod search;
pub mod sql;
mod sqlite;
mod statistics;
mod tables;
mod tenant;
mod verify;
mod writer;

use std::path::PathBuf;

pub use answers::{Answer, Kept};
pub use bulk::Bulk;
pub use carrier::CarrierLedger;
use database::Database;
pub use errands::{Lane, Leased};
pub use find::{CarriedAsk, CarriedOrder, ConsignmentList, Means, OrderName};
pub use inspect::Moved;
pub use needs::Needs;
pub use pattern::pattern;
pub use read::{
    CreditMemoView, Geoname, InvoiceView, ListedLetter, OperationView, OrderView, ProductView, Readers, ShipmentView,
    View,
};
pub use record::{Record, entries};
pub use regex_lite::Regex;
pub use rehearsal::RehearsalLedger;
pub use search::{Entity, Filter, Page, Query, Test, Type, field_type};
pub use verify::Finding;
pub use writer::{Body, Mark, Writer};

/// Why the store could not do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The database said no.
    Refused(String),
    /// What was asked has no answer, such as a pattern that this engine does not know.
    Unanswerable(String),
    /// The database cannot be reached, or the connection to it was lost.
    Gone(String),
    /// Others were in the way, such as in a deadlock: the same may succeed a moment later.
    Contended(String),
    /// A row that was to be changed is not as it was loaded.
    Conflict(String),
    /// What is stored cannot be read.
    Corrupt(String),
    /// The database is not of this program's shape.
    Shape(String),
    /// The address of the database cannot be understood.
    Url(String),
}

/// What the store gives back.
pub type Result<T> = std::result::Result<T, Error>;

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Refused(text) => write!(f, "the database refused: {text}"),
            Error::Unanswerable(text) => write!(f, "this cannot be answered: {text}"),
            Error::Gone(text) => write!(f, "the database cannot be reached: {text}"),
            Error::Contended(text) => write!(f, "others were in the way: {text}"),
            Error::Conflict(text) | Error::Corrupt(text) | Error::Shape(text) | Error::Url(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

/// Where the data is.
#[derive(Clone, Debug, PartialEq)]
pub enum Location {
    /// A file.
    Sqlite(PathBuf),
    /// A server.
    Postgres(Box<tokio_postgres::Config>),
}

impl Location {
    /// Reads a database URL: `sqlite://waybill.db` (beside the program), `sqlite:///var/lib/waybill.db`, or
    /// `postgres://user:password@host:5432/name`.
    pub fn parse(url: &str) -> Result<Location> {
        const FORMS: &str = "Use sqlite://<file>, such as sqlite://waybill.db, or postgres://<user>@<host>/<database>.";
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let config: tokio_postgres::Config = url
                .parse()
                .map_err(|error| Error::Url(format!("the database URL cannot be understood: {error}. {FORMS}")))?;
            if config.get_ssl_mode() == tokio_postgres::config::SslMode::Require {
                return Err(Error::Url("sslmode=require is not supported yet.".to_owned()));
            }
            if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
                return Err(Error::Url(format!("the database URL names no host. {FORMS}")));
            }
            return Ok(Location::Postgres(Box::new(config)));
        }
        match url.strip_prefix("sqlite://") {
            Some(path) if !path.is_empty() && !path.starts_with(":memory:") => Ok(Location::Sqlite(path.into())),
            Some(_) | None => Err(Error::Url(format!("{url:?} is no database URL. {FORMS}"))),
        }
    }

    /// Brings the database to this program's shape, and says how many steps that took.
    pub fn migrate(&self) -> Result<usize> {
        migrate::migrate(&Database::open_writer(self)?)
    }
}

/// For people: without the password.
impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Location::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Location::Postgres(config) => {
                let hosts: Vec<String> = config
                    .get_hosts()
                    .iter()
                    .map(|host| match host {
                        tokio_postgres::config::Host::Tcp(name) => name.clone(),
                        tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
                    })
                    .collect();
                write!(f, "postgres://{}/{}", hosts.join(","), config.get_dbname().unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_a_host_is_refused_before_anything_is_tried() {
        for url in ["postgres:///waybill", "postgresql:///waybill?user=waybill"] {
            let error = Location::parse(url).expect_err("nobody can connect to it").to_string();
            assert!(error.starts_with("the database URL names no host. Use sqlite://"), "{url}: {error}");
        }
        for url in ["postgres://waybill@127.0.0.1/waybill", "postgres:///waybill?host=/run/postgresql"] {
            assert!(matches!(Location::parse(url), Ok(Location::Postgres(_))), "{url}");
        }
    }
}
