//! Waybill's outside **reaches out**: the only room that talks to gateways, carriers and mail servers.

pub mod carrier;
mod http;
pub mod mail;
pub mod payment;
mod words;

pub use http::install_tls;
