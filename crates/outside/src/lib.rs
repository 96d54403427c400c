//! Waybill's outside **reaches out**: the only room that talks to gateways, carriers and mail servers.
//!
//! Mail is built ([`mail`]); nobody calls it yet.

pub mod mail;
