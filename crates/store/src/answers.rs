//! What was answered to which idempotency key.

use waybill_domain::{
    Act, CommentId, ConsignmentId, CreditMemoId, InvoiceId, LetterId, OperationId, OrderId, Outcome, ShipmentId,
    StockId, Timestamp, TrackId, UserId,
};

use crate::{Error, Result};

/// A key, the request that it stands for, and its outcome: kept in the commit that made it true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// Whose key it is.
    pub credential: &'a str,
    pub key: &'a str,
    /// A hash of the request.
    pub fingerprint: &'a str,
    /// As [`outcome_text`] writes it.
    pub outcome: String,
    /// The order that it is about, if it is about one.
    pub order: Option<OrderId>,
    /// Whether it may replace one that has run out.
    pub anew: bool,
}

/// An answer that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub fingerprint: String,
    pub outcome: Outcome,
    /// What the door answered; `None` when it never came to that, or when the order that it is about was redacted.
    pub body: Option<String>,
    /// When it was kept.
    pub at: Timestamp,
}

impl<'a> Answer<'a> {
    /// The answer to a key, with its outcome.
    pub fn new(credential: &'a str, key: &'a str, fingerprint: &'a str, outcome: Outcome) -> Answer<'a> {
        Answer { credential, key, fingerprint, outcome: outcome_text(outcome), order: None, anew: false }
    }
}

/// An outcome as text.
fn outcome_text(outcome: Outcome) -> String {
    let (name, number) = match outcome {
        Outcome::Done => ("done", None),
        Outcome::NotPossible(act) => return format!("{} not possible", act.as_str()),
        Outcome::Count(count) => ("count", Some(count)),
        Outcome::Stock(id) => ("stock", Some(id.0)),
        Outcome::Order(id) => ("order", Some(id.0)),
        Outcome::Shipment { id, sequence } => return format!("shipment {id} {sequence}"),
        Outcome::Invoice(id) => ("invoice", Some(id.0)),
        Outcome::CreditMemo(id) => ("credit memo", Some(id.0)),
        Outcome::Awaits(id) => ("awaits", Some(id.0)),
        Outcome::Declined(id) => ("declined", Some(id.0)),
        Outcome::Consignment(id) => ("consignment", Some(id.0)),
        Outcome::Track(id) => ("track", Some(id.0)),
        Outcome::Comment(id) => ("comment", Some(id.0)),
        Outcome::Letter(id) => ("letter", Some(id.0)),
        Outcome::User(id) => ("user", Some(id.0)),
        Outcome::SignInFailed => ("sign-in failed", None),
    };
    match number {
        Some(number) => format!("{name} {number}"),
        None => name.to_owned(),
    }
}

/// Reads what [`outcome_text`] wrote.
pub(crate) fn read_outcome(text: &str) -> Result<Outcome> {
    let corrupt = || Error::Corrupt(format!("{text:?} is no outcome"));
    if let Some(act) = text.strip_suffix(" not possible") {
        return Act::parse(act).map(Outcome::NotPossible).ok_or_else(corrupt);
    }
    let whole = match text {
        "done" => Some(Outcome::Done),
        "sign-in failed" => Some(Outcome::SignInFailed),
        _ => None,
    };
    if let Some(outcome) = whole {
        return Ok(outcome);
    }
    if let Some(rest) = text.strip_prefix("shipment ") {
        // Those that are older do not say which of their order they are.
        let (id, sequence) = rest.split_once(' ').unwrap_or((rest, "0"));
        let id = ShipmentId(id.parse().map_err(|_| corrupt())?);
        return Ok(Outcome::Shipment { id, sequence: sequence.parse().map_err(|_| corrupt())? });
    }
    let (name, number) = text.rsplit_once(' ').ok_or_else(corrupt)?;
    let number: i64 = number.parse().map_err(|_| corrupt())?;
    Ok(match name {
        "count" => Outcome::Count(number),
        "stock" => Outcome::Stock(StockId(number)),
        "order" => Outcome::Order(OrderId(number)),
        "invoice" => Outcome::Invoice(InvoiceId(number)),
        "credit memo" => Outcome::CreditMemo(CreditMemoId(number)),
        "awaits" => Outcome::Awaits(OperationId(number)),
        "declined" => Outcome::Declined(OperationId(number)),
        "consignment" => Outcome::Consignment(ConsignmentId(number)),
        "track" => Outcome::Track(TrackId(number)),
        "comment" => Outcome::Comment(CommentId(number)),
        "letter" => Outcome::Letter(LetterId(number)),
        "user" => Outcome::User(UserId(number)),
        _ => return Err(corrupt()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_reads_back_as_it_was_written() {
        for outcome in [
            Outcome::Done,
            Outcome::NotPossible(Act::Cancel),
            Outcome::Count(3),
            Outcome::Stock(StockId(2)),
            Outcome::Order(OrderId(7)),
            Outcome::Shipment { id: ShipmentId(i64::MAX), sequence: 2 },
            Outcome::CreditMemo(CreditMemoId(4)),
            Outcome::Awaits(OperationId(5)),
            Outcome::Letter(LetterId(6)),
            Outcome::NotPossible(Act::Mail),
            Outcome::SignInFailed,
        ] {
            assert_eq!(read_outcome(&outcome_text(outcome)).expect("it was written"), outcome);
        }
        assert!(read_outcome("parcel 3").is_err());
    }
}
