//! Waybill's store **remembers**: the only SQL, on SQLite.
//!
//! A [`Writer`] loads what a batch needs into a working set and records what was decided; [`Readers`] show what is
//! there, each on a connection of its own.

mod answers;
mod extra;
mod load;
mod migrate;
mod needs;
mod pattern;
mod read;
mod record;
mod search;
pub mod sql;
mod sqlite;
mod tables;
mod verify;
mod writer;

use std::path::PathBuf;

pub use answers::{Answer, Kept};
pub use needs::Needs;
pub use pattern::pattern;
pub use read::{Geoname, InvoiceView, OrderView, ProductView, Readers, ShipmentView, View};
pub use record::{Record, counter_names, entries};
pub use regex_lite::Regex;
pub use search::{Entity, Filter, Page, Query, Test, Type, field_type};
pub use verify::Finding;
pub use writer::Writer;

/// Why the store could not do something.
#[derive(Debug)]
pub enum Error {
    /// The database said no, or is not there.
    Database(rusqlite::Error),
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
            Error::Database(error) => write!(f, "the database refused: {error}"),
            Error::Conflict(text) | Error::Corrupt(text) | Error::Shape(text) | Error::Url(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        Error::Database(error)
    }
}

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    path: PathBuf,
}

impl Location {
    /// Reads a database URL: `sqlite://waybill.db` (beside the program) or `sqlite:///var/lib/waybill.db`.
    pub fn parse(url: &str) -> Result<Location> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Err(Error::Url(
                "PostgreSQL is not supported yet. Use sqlite://<file>, such as sqlite://waybill.db.".to_owned(),
            ));
        }
        match url.strip_prefix("sqlite://") {
            Some(path) if !path.is_empty() && !path.starts_with(":memory:") => Ok(Location { path: path.into() }),
            Some(_) | None => Err(Error::Url(format!(
                "{url:?} is no database URL. Use sqlite://<file>, such as sqlite://waybill.db."
            ))),
        }
    }

    /// The file behind it.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Brings the database to this program's shape, and says how many steps that took.
    pub fn migrate(&self) -> Result<usize> {
        migrate::migrate(&sqlite::Sqlite::open_writer(&self.path)?)
    }
}
