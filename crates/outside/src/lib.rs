//! Waybill's outside **reaches out**: the only room that will talk to gateways, carriers and mail servers.
//!
//! Nothing is asked of the outside yet; [`Errand`](waybill_domain::Errand) has no variants. What is here is the shape
//! of every answer, because the rest of the house is built on it.

/// How an errand ended, as far as we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done; the other side's reference.
    Done { reference: String },
    /// It was refused, for good; the other side's words.
    Refused { reason: String },
    /// No answer, or none that says which: never to be taken for either of the others.
    Unknown,
}
