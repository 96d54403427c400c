//! Waybill's outside **reaches out**: the only room that will talk to gateways, carriers and mail servers.
//!
//! Nothing is asked of the outside yet.
