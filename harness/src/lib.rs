//! What stands beside us in tests and benchmarks, each of them thrown away afterwards: a database, as a SQLite file in
//! a folder of its own or in a PostgreSQL cluster that was started for the purpose, a gateway and a mail server.

mod cluster;
mod database;
mod mail_server;
mod programs;
mod stripe;

pub use cluster::{Cluster, Durability};
pub use database::{Database, POSTGRES};
pub use mail_server::{MailServer, MailTls};
pub use programs::PYTHON;
pub use stripe::LocalStripe;
