//! Throwaway databases, for tests and for benchmarks: a SQLite file in a folder of its own, or a database in a
//! PostgreSQL cluster that was started for the purpose.

mod cluster;
mod database;
mod programs;

pub use cluster::{Cluster, Durability};
pub use database::{Database, POSTGRES};
