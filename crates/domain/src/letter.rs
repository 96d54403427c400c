//! Letters: what customers are written, and the decisions that want one (contract sections 5.3, 6.1, 7.1 and 8.1;
//! invariant E5).
//!
//! A letter is wanted by the decision that makes what it tells of. One that nobody would send is not wanted.

use crate::{
    Change, Comment, CommentId, CreditMemoId, Decision, DocumentId, ErrandId, IdKind, InvoiceId, LetterId, Moment,
    Order, OrderId, Outcome, Refusal, ShipmentId, Subject, Timestamp, WorkingSet,
};

/// Something that a customer is told by mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub id: LetterId,
    /// The errand that sees to it.
    pub errand: ErrandId,
    pub kind: LetterKind,
    pub order: OrderId,
    /// The document that it tells of; none where it is the order itself.
    pub document: Option<DocumentId>,
    /// The remark that it tells of, or that is part of it.
    pub comment: Option<CommentId>,
    /// The order's address when the letter was wanted.
    pub recipient: String,
    /// Somebody asked for it, whatever had been sent before.
    pub again: bool,
    pub state: LetterState,
    /// Why it was not sent, or may not have been.
    pub reason: Option<String>,
    pub created_at: Timestamp,
    pub settled_at: Option<Timestamp>,
}

/// What a letter tells of. Each kind has templates of its own, and can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LetterKind {
    Order,
    Invoice,
    Shipment,
    CreditMemo,
    OrderComment,
    InvoiceComment,
    ShipmentComment,
    CreditMemoComment,
}

/// How a letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterState {
    /// It is to be sent.
    Wanted,
    /// Somebody is sending it: until that is settled, nobody else does.
    Sending,
    /// A mail server has taken it.
    Sent,
    /// Nobody knows whether a mail server has taken it. It is not sent a second time.
    Perhaps,
    /// It will not be sent.
    Refused,
}

/// Whether the customer is told of a document that is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notify {
    #[default]
    No,
    /// Of the document, not of the remark that comes with it.
    Yes,
    WithComment,
}

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// A mail server has taken it.
    Sent,
    /// Perhaps one has.
    Perhaps { why: String },
    /// None will.
    Refused { why: String },
}

impl LetterKind {
    /// All of them.
    pub const ALL: [LetterKind; 8] = [
        LetterKind::Order,
        LetterKind::Invoice,
        LetterKind::Shipment,
        LetterKind::CreditMemo,
        LetterKind::OrderComment,
        LetterKind::InvoiceComment,
        LetterKind::ShipmentComment,
        LetterKind::CreditMemoComment,
    ];

    /// As it is stored, and as people name it.
    pub fn as_str(self) -> &'static str {
        match self {
            LetterKind::Order => "order",
            LetterKind::Invoice => "invoice",
            LetterKind::Shipment => "shipment",
            LetterKind::CreditMemo => "creditmemo",
            LetterKind::OrderComment => "order_comment",
            LetterKind::InvoiceComment => "invoice_comment",
            LetterKind::ShipmentComment => "shipment_comment",
            LetterKind::CreditMemoComment => "creditmemo_comment",
        }
    }

    /// Reads what [`LetterKind::as_str`] gives.
    pub fn parse(text: &str) -> Option<LetterKind> {
        LetterKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether it tells of a remark alone.
    pub fn is_of_comment(self) -> bool {
        match self {
            LetterKind::Order | LetterKind::Invoice | LetterKind::Shipment | LetterKind::CreditMemo => false,
            LetterKind::OrderComment
            | LetterKind::InvoiceComment
            | LetterKind::ShipmentComment
            | LetterKind::CreditMemoComment => true,
        }
    }

    /// What its remarks hang on.
    pub fn subject(self) -> Subject {
        match self {
            LetterKind::Order | LetterKind::OrderComment => Subject::Order,
            LetterKind::Invoice | LetterKind::InvoiceComment => Subject::Invoice,
            LetterKind::Shipment | LetterKind::ShipmentComment => Subject::Shipment,
            LetterKind::CreditMemo | LetterKind::CreditMemoComment => Subject::CreditMemo,
        }
    }

    /// The document with this id that a letter of this kind tells of; none where it is the order.
    pub fn document(self, id: i64) -> Option<DocumentId> {
        match self.subject() {
            Subject::Order => None,
            Subject::Invoice => Some(DocumentId::Invoice(InvoiceId(id))),
            Subject::Shipment => Some(DocumentId::Shipment(ShipmentId(id))),
            Subject::CreditMemo => Some(DocumentId::CreditMemo(CreditMemoId(id))),
        }
    }

    /// The kind that tells of a document, or of the order.
    fn of(document: Option<DocumentId>) -> LetterKind {
        match document {
            None => LetterKind::Order,
            Some(DocumentId::Invoice(_)) => LetterKind::Invoice,
            Some(DocumentId::Shipment(_)) => LetterKind::Shipment,
            Some(DocumentId::CreditMemo(_)) => LetterKind::CreditMemo,
        }
    }

    /// The kind that tells of a remark on it.
    fn of_comment_on(document: Option<DocumentId>) -> LetterKind {
        match document {
            None => LetterKind::OrderComment,
            Some(DocumentId::Invoice(_)) => LetterKind::InvoiceComment,
            Some(DocumentId::Shipment(_)) => LetterKind::ShipmentComment,
            Some(DocumentId::CreditMemo(_)) => LetterKind::CreditMemoComment,
        }
    }
}

impl LetterState {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            LetterState::Wanted => "wanted",
            LetterState::Sending => "sending",
            LetterState::Sent => "sent",
            LetterState::Perhaps => "perhaps",
            LetterState::Refused => "refused",
        }
    }

    /// Reads what [`LetterState::as_str`] gives.
    pub fn parse(text: &str) -> Option<LetterState> {
        let all =
            [LetterState::Wanted, LetterState::Sending, LetterState::Sent, LetterState::Perhaps, LetterState::Refused];
        all.into_iter().find(|state| state.as_str() == text)
    }
}

impl Letter {
    /// The id of what it tells of: the document, or the order.
    pub fn subject(&self) -> i64 {
        match self.document {
            None => self.order.0,
            Some(DocumentId::Invoice(id)) => id.0,
            Some(DocumentId::Shipment(id)) => id.0,
            Some(DocumentId::CreditMemo(id)) => id.0,
        }
    }

    /// The id of what happened, which is told once: the remark, or that the document was made.
    pub fn event(&self) -> i64 {
        match self.comment {
            Some(comment) if self.kind.is_of_comment() => comment.0,
            Some(_) | None => self.subject(),
        }
    }
}

/// Tells the customer of a document that was made, if that is wanted.
pub(crate) fn tell_of_document(
    set: &WorkingSet,
    order: &Order,
    document: DocumentId,
    (notify, comment): (Notify, Option<CommentId>),
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    let comment = match notify {
        Notify::No => return,
        Notify::Yes => None,
        Notify::WithComment => comment,
    };
    let kind = LetterKind::of(Some(document));
    want(set, order, Some(document), Wanted { kind, comment, again: false }, moment, decision);
}

/// Tells the customer of a remark, if it says so.
pub(crate) fn tell_of_comment(
    set: &WorkingSet,
    order: &Order,
    document: Option<DocumentId>,
    comment: &Comment,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    if comment.notified == Some(true) {
        let kind = LetterKind::of_comment_on(document);
        want(set, order, document, Wanted { kind, comment: Some(comment.id), again: false }, moment, decision);
    }
}

/// Tells the customer of an order, because somebody asks for it. That nobody sends such letters is an answer, not a
/// refusal.
pub fn mail_order(set: &WorkingSet, id: OrderId, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    let order = set.order(id).ok_or_else(|| vec![Refusal::NoSuchOrder(id)])?;
    Ok(again(set, order, None, moment))
}

/// The same for a document.
pub fn mail_document(
    set: &WorkingSet,
    document: DocumentId,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let order = order_of(set, document)?;
    Ok(again(set, set.order(order).expect("a document is of an order"), Some(document), moment))
}

fn again(set: &WorkingSet, order: &Order, document: Option<DocumentId>, moment: &mut Moment<'_>) -> Decision {
    let mut decision = Decision::new();
    let wanted = Wanted { kind: LetterKind::of(document), comment: None, again: true };
    let outcome = match want(set, order, document, wanted, moment, &mut decision) {
        Some(letter) => Outcome::Letter(letter),
        None => Outcome::NotPossible(crate::Act::Mail),
    };
    decision.with(outcome)
}

/// The order that a document is of.
pub(crate) fn order_of(set: &WorkingSet, document: DocumentId) -> Result<OrderId, Vec<Refusal>> {
    let (order, refusal) = match document {
        DocumentId::Shipment(id) => (set.shipment(id).map(|found| found.order), Refusal::NoSuchShipment(id)),
        DocumentId::Invoice(id) => (set.invoice(id).map(|found| found.order), Refusal::NoSuchInvoice(id)),
        DocumentId::CreditMemo(id) => (set.credit_memo(id).map(|found| found.order), Refusal::NoSuchCreditMemo(id)),
    };
    order.ok_or_else(|| vec![refusal])
}

/// What is particular to a letter.
struct Wanted {
    kind: LetterKind,
    comment: Option<CommentId>,
    again: bool,
}

/// Wants a letter, unless letters of its kind are not sent or nobody knows where to.
fn want(
    set: &WorkingSet,
    order: &Order,
    document: Option<DocumentId>,
    Wanted { kind, comment, again }: Wanted,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) -> Option<LetterId> {
    if !set.mailed.contains(&kind) || order.email.trim().is_empty() {
        return None;
    }
    let id = LetterId(moment.draw(IdKind::Letter));
    decision.push(Change::LetterWanted(Box::new(Letter {
        id,
        errand: ErrandId(moment.draw(IdKind::Errand)),
        kind,
        order: order.id,
        document,
        comment,
        recipient: order.email.trim().to_owned(),
        again,
        state: LetterState::Wanted,
        reason: None,
        created_at: moment.now,
        settled_at: None,
    })));
    Some(id)
}

/// Writes down what became of a letter. Who sent one and was taken for lost may still say how that ended; otherwise
/// what is settled stays. Of a redacted order neither recipient nor words are written down.
pub fn settle_letter(set: &WorkingSet, id: LetterId, delivery: &Delivery, moment: &Moment<'_>) -> Decision {
    let letter = set.letter(id);
    let is_redacted = set.order(letter.order).is_some_and(|order| order.redacted_at.is_some());
    let (state, reason) = match delivery {
        Delivery::Sent => (LetterState::Sent, None),
        Delivery::Perhaps { why } => (LetterState::Perhaps, Some(why.clone())),
        Delivery::Refused { why } => (LetterState::Refused, Some(why.clone())),
    };
    match (letter.state, state) {
        (LetterState::Wanted | LetterState::Sending, _)
        | (LetterState::Perhaps, LetterState::Sent | LetterState::Refused) => {
            let recipient = if is_redacted { String::new() } else { letter.recipient.clone() };
            let reason = reason.filter(|_| !is_redacted);
            let settled = Letter { recipient, state, reason, settled_at: Some(moment.now), ..letter.clone() };
            Decision::of(Change::LetterSettled(Box::new(settled)))
        }
        (LetterState::Sent | LetterState::Perhaps | LetterState::Refused, _) => Decision::new(),
    }
}
