//! What is asked of a payment gateway, and what it answers, in terms that hold for every gateway.

use crate::{Amount, Timestamp};

/// Something to ask of a gateway. Asked again, it is the same to the last byte: that is what lets a gateway see that it
/// has done it already (invariant E1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayRequest {
    /// Our own id of the operation, unique over all tenants and for ever: the gateway's idempotency key.
    pub key: String,
    /// The order's number, for the people who read the gateway's pages.
    pub order: String,
    /// ISO 4217 code of the currency that the amount is in.
    pub currency: String,
    pub ask: GatewayAsk,
}

/// What a gateway is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayAsk {
    /// Set the money aside, with what the customer left for this (a stored payment method).
    Authorise {
        /// The gateway's name of the customer's means of payment.
        instrument: String,
        /// The gateway's name of the customer, where it has one.
        customer: Option<String>,
        amount: Amount,
    },
    /// Take money that was set aside.
    Capture {
        /// The gateway's reference of the authorisation.
        authorisation: String,
        amount: Amount,
        /// Whether nothing more is to be taken from it: what is left over is free again.
        last: bool,
    },
    /// Set free what was set aside and is not taken.
    Void { authorisation: String },
    /// Give money back.
    Refund {
        /// The gateway's reference of the capture.
        capture: String,
        amount: Amount,
    },
}

/// What a gateway did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The gateway's reference: of an authorisation what it is captured and voided by, of a capture what it is refunded
    /// by.
    pub reference: String,
    /// How much it was.
    pub amount: Amount,
    /// Of an authorisation: when the money is free again, where the gateway says so.
    pub until: Option<Timestamp>,
}

/// A gateway's answer, as far as we know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayAnswer {
    /// It was done.
    Done(Receipt),
    /// It was refused for good, and nothing has happened.
    Refused {
        /// In the gateway's words, for people.
        reason: String,
    },
    /// No answer, or none that says which; it is never taken for either of the others (invariant E1).
    Unknown {
        /// What is known of it, for people.
        why: String,
    },
}
