//! Throwaway databases: one in which orders are prepared, and copies of it to ship from.

use std::path::PathBuf;
use std::time::Duration;

use waybill_harness::{Cluster, Durability};

use super::On;
use crate::floor;

/// The database that orders are prepared in.
pub(super) const PREPARED: &str = "bench";
/// The copy that the floor ships from.
const FLOOR: &str = "floor";

/// A database to ship from, and copies of it.
pub(super) struct Data {
    folder: tempfile::TempDir,
    pub(super) cluster: Option<Cluster>,
}

impl Data {
    pub(super) fn new(on: On) -> Result<Data, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no folder for the database: {error}"))?;
        let cluster = match on {
            On::Sqlite => None,
            On::Postgres => {
                let cluster = Cluster::start(Durability::Durable).map_err(|error| error.to_string())?;
                cluster.sql("postgres", &format!("create database {PREPARED}")).map_err(|error| error.to_string())?;
                Some(cluster)
            }
        };
        Ok(Data { folder, cluster })
    }

    pub(super) fn url(&self, name: &str) -> String {
        match &self.cluster {
            None => format!("sqlite://{}", self.file(name).display()),
            Some(cluster) => cluster.url(name),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.db"))
    }

    /// Copies what was prepared, for the floor and under these names. Nobody may be using it.
    pub(super) fn copy(&self, names: &[&str]) -> Result<(), String> {
        let names = || names.iter().copied().chain([FLOOR]);
        match &self.cluster {
            None => names().try_for_each(|name| floor::sqlite::copy(&self.file(PREPARED), &self.file(name))),
            Some(cluster) => {
                let sql = |database: &str, text: &str| cluster.sql(database, text).map_err(|error| error.to_string());
                for name in names() {
                    sql("postgres", &format!("create database {name} template {PREPARED}"))?;
                }
                for name in names().chain([PREPARED]) {
                    sql(name, "vacuum analyze")?;
                }
                sql("postgres", "checkpoint").map(|_| ())
            }
        }
    }

    /// Makes the floor ready to ship the orders from this one on, where it has to be.
    pub(super) fn prepare_floor(&self, first: i64) -> Result<(), String> {
        self.cluster.as_ref().map_or(Ok(()), |cluster| floor::postgres::prepare(cluster, FLOOR, first))
    }

    /// What the floor does in this time.
    pub(super) fn floor(&self, orders: &[i64], batch: usize, time: Duration) -> Result<Floor, String> {
        match &self.cluster {
            None => floor::sqlite::bare_loop(&self.file(FLOOR), orders, batch, time)
                .map(|rate| Floor { rate, ships: 1, used: Duration::ZERO })
                .map_err(|error| error.to_string()),
            Some(cluster) => {
                cluster.sql("postgres", "checkpoint").map_err(|error| error.to_string())?;
                let before = cluster.processor_time();
                let (rate, ships) = floor::postgres::pgbench(cluster, FLOOR, time)?;
                Ok(Floor { rate, ships, used: cluster.processor_time().saturating_sub(before) })
            }
        }
    }

    pub(super) fn processor_time(&self) -> Duration {
        self.cluster.as_ref().map_or(Duration::ZERO, Cluster::processor_time)
    }
}

/// What the floor did.
#[derive(Clone, Copy)]
pub(super) struct Floor {
    /// Ships a second.
    pub(super) rate: f64,
    pub(super) ships: u64,
    /// The processor time that the database used for them.
    pub(super) used: Duration,
}

impl Floor {
    pub(super) fn and(self, other: Floor) -> Floor {
        Floor {
            rate: f64::midpoint(self.rate, other.rate),
            ships: self.ships + other.ships,
            used: self.used + other.used,
        }
    }
}
