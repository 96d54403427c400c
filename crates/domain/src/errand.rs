//! All that may be asked of the outside: the third of the four lists.

/// Something that others are asked to do, written in the commit that wants it and carried out afterwards.
///
/// Nothing is asked of the outside yet: payments are offline methods and carriers are booked by the caller.
/// Gateways and mail are the first to come; each gets a variant here, a table in `store`, and an arm in
/// `engine/worker.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {}
