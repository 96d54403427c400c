//! Throwaway databases, for tests and for benchmarks: a SQLite file in a folder of its own, or a database in a
//! PostgreSQL cluster that was started for the purpose. And a throwaway mail server.

mod cluster;
mod database;
mod mail_server;
mod programs;

pub use cluster::{Cluster, Durability};
pub use database::{Database, POSTGRES};
pub use mail_server::{MailServer, MailTls};
pub use programs::PYTHON;
