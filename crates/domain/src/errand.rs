//! All that is to be done later, outside of any decision: the third of the four lists.

use crate::{ConsignmentId, LetterId, OperationId};

/// Something that is written down in the commit that wants it and carried out afterwards, by one process at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Forget answers to idempotency keys and tokens that have run out. Each tenant's comes back every hour.
    Tidy,
    /// Ask a gateway, or ask what became of it, until it says yes or no.
    Settle(OperationId),
    /// Hand a letter to a mail server.
    Mail(LetterId),
    /// Ask a carrier to book a consignment, or to take its label back, until it says yes or no.
    Carry(ConsignmentId),
}

impl Errand {
    /// Its kind where it is kept, and what it is about.
    pub fn kind_and_subject(self) -> (&'static str, Option<i64>) {
        match self {
            Errand::Tidy => ("tidy", None),
            Errand::Settle(operation) => ("settle", Some(operation.0)),
            Errand::Mail(letter) => ("mail", Some(letter.0)),
            Errand::Carry(consignment) => ("carry", Some(consignment.0)),
        }
    }

    /// Reads what [`Errand::kind_and_subject`] gives.
    pub fn parse(kind: &str, subject: Option<i64>) -> Option<Errand> {
        match (kind, subject) {
            ("tidy", None) => Some(Errand::Tidy),
            ("settle", Some(operation)) => Some(Errand::Settle(OperationId(operation))),
            ("mail", Some(letter)) => Some(Errand::Mail(LetterId(letter))),
            ("carry", Some(consignment)) => Some(Errand::Carry(ConsignmentId(consignment))),
            _ => None,
        }
    }
}
