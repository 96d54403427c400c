//! Waybill's dialects **speak**: one door per language. A door turns bytes into commands and outcomes into bytes; it
//! decides nothing, and doors do not know each other.

pub mod carriyo;
pub mod centra;
mod kept;
pub mod magento;
pub mod native;
mod request;
mod routes;
mod time;
