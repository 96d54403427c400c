//! All that is to be done later, outside of any decision: the third of the four lists.

/// Something that is written down in the commit that wants it and carried out afterwards, by one process at a time.
///
/// Nothing is asked of others yet: payments are offline methods and carriers are booked by the caller. Gateways and
/// mail are the next to come; each gets a variant here and an arm in `engine/worker.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Forget answers to idempotency keys and tokens that have run out. Each tenant's comes back every hour.
    Tidy,
}

impl Errand {
    /// Its name where it is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Errand::Tidy => "tidy",
        }
    }

    /// Reads what [`Errand::as_str`] gives.
    pub fn parse(text: &str) -> Option<Errand> {
        [Errand::Tidy].into_iter().find(|errand| errand.as_str() == text)
    }
}
