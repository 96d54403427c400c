//! Waybill's outside **reaches out**: the only room that talks to gateways, carriers and mail servers.

mod http;
pub mod mail;
pub mod payment;

pub use http::install_tls;
