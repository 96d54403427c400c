//! What is asked of a payment gateway, and what it answers, in terms that hold for every gateway.

use crate::{
    Amount, CompleteShipment, DocumentId, ErrandId, FulfilmentOrder, InvoiceId, InvoiceOrder, OperationId, OrderId,
    Outcome, RefundOrder, ShipOrder, ShipmentId, SourceCode, Timestamp,
};

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
    /// Look at what somebody else has set aside, so that it can be taken.
    Adopt {
        /// The gateway's reference of the authorisation.
        authorisation: String,
        /// Whether it was adopted before. What has been captured of it by now is no reason to refuse it then.
        again: bool,
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

/// A gateway that Waybill speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gateway {
    /// The sandbox that is built in.
    Rehearsal,
    Stripe,
}

impl Gateway {
    /// All of them.
    pub const ALL: [Gateway; 2] = [Gateway::Rehearsal, Gateway::Stripe];

    /// The payment method's code.
    pub fn as_str(self) -> &'static str {
        match self {
            Gateway::Rehearsal => "rehearsal",
            Gateway::Stripe => "stripe",
        }
    }

    /// Reads what [`Gateway::as_str`] gives.
    pub fn parse(text: &str) -> Option<Gateway> {
        Gateway::ALL.into_iter().find(|gateway| gateway.as_str() == text)
    }
}

/// How the money of a payment method arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Outside of any system (contract section 6.1): an invoice counts as paid at once.
    Offline,
    /// Through a gateway that we speak to.
    Gateway(Gateway),
    /// Through a system that we know nothing of: we only keep the books.
    Elsewhere,
}

impl Method {
    /// What a method's code stands for.
    pub fn of(code: &str) -> Method {
        match code {
            "checkmo" | "banktransfer" | "cashondelivery" | "purchaseorder" | "free" => Method::Offline,
            code => Gateway::parse(code).map_or(Method::Elsewhere, Method::Gateway),
        }
    }
}

/// An order's money at a gateway, in the order's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    pub order: OrderId,
    pub gateway: Gateway,
    /// The gateway's name of the customer's means of payment.
    pub instrument: Option<String>,
    /// The gateway's name of the customer.
    pub customer: Option<String>,
    pub stage: PaymentStage,
    /// The gateway's reference of what is set aside.
    pub authorisation: Option<String>,
    pub authorised: Amount,
    /// When what is set aside is free again.
    pub until: Option<Timestamp>,
    pub captured: Amount,
    /// What was captured and has failed after all.
    pub failed: Amount,
    /// What was given back. It can be more than what is captured: where a capture has failed since.
    pub refunded: Amount,
    /// Whether its end was seen to: somebody was warned, or nothing was left to be taken.
    pub warned: bool,
}

impl Payment {
    /// What is set aside and not taken.
    pub fn left(&self) -> Amount {
        self.authorised - self.captured
    }
}

/// Where the money of an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentStage {
    /// Nothing was set aside.
    Open,
    /// It is set aside; captures take from it.
    Authorised,
    /// The gateway would not set it aside.
    Declined,
    /// What was not captured is free again.
    Voided,
}

impl PaymentStage {
    /// All of them.
    pub const ALL: [PaymentStage; 4] =
        [PaymentStage::Open, PaymentStage::Authorised, PaymentStage::Declined, PaymentStage::Voided];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            PaymentStage::Open => "open",
            PaymentStage::Authorised => "authorised",
            PaymentStage::Declined => "declined",
            PaymentStage::Voided => "voided",
        }
    }

    /// Reads what [`PaymentStage::as_str`] gives.
    pub fn parse(text: &str) -> Option<PaymentStage> {
        PaymentStage::ALL.into_iter().find(|stage| stage.as_str() == text)
    }
}

/// What an order that comes in says of its money at a gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentDraft {
    pub instrument: Option<String>,
    pub customer: Option<String>,
    /// What the shop has set aside already, by the gateway's reference: how much that is and for how long, the gateway
    /// says.
    pub authorisation: Option<String>,
}

/// Something that was asked of a gateway, or is to be: the intent, written down before anybody is asked, and what came
/// of it. While one is open, nothing else is done to its order's goods or money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub id: OperationId,
    pub order: OrderId,
    /// The errand that sees to it.
    pub errand: ErrandId,
    pub wish: Wish,
    /// In the order's currency.
    pub amount: Amount,
    /// The gateway's reference of what it is done to: an authorisation, or the capture to refund.
    pub of: Option<String>,
    /// Of a capture: whether nothing more is to be taken from the authorisation.
    pub last: bool,
    pub state: OperationState,
    /// The gateway's reference of what was done.
    pub reference: Option<String>,
    /// The document that came of it.
    pub made: Option<DocumentId>,
    /// The invoice that it paid.
    pub invoice: Option<InvoiceId>,
    /// Why it was refused, in the gateway's words.
    pub reason: Option<String>,
    pub created_at: Timestamp,
    pub settled_at: Option<Timestamp>,
}

/// What an operation is for: what is decided once the gateway has said yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The order's money is to be set aside.
    Authorise,
    /// An invoice is to be paid.
    Invoice(InvoiceOrder),
    /// A shipment is to be paid before it leaves. Its goods lie ready: they are off the source already.
    Ship {
        ask: Box<ShipOrder>,
        source: SourceCode,
        shipment: ShipmentId,
        /// What locations did of the order before it was bound for this, where it was: that again if no shipment comes of
        /// it.
        before: Option<Vec<FulfilmentOrder>>,
    },
    /// A shipment that is there is to be paid. Where it leaves with that, its goods lie ready too.
    Complete(Box<CompleteShipment>),
    /// An invoice that is there is to be paid.
    Pay(InvoiceId),
    /// What was set aside is to be free again.
    Void,
    /// Money is to go back.
    Refund(RefundOrder),
}

/// What a wish comes to at the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WishKind {
    Authorise,
    Capture,
    Void,
    Refund,
}

impl Wish {
    /// What it comes to at the gateway.
    pub fn kind(&self) -> WishKind {
        match self {
            Wish::Authorise => WishKind::Authorise,
            Wish::Invoice(_) | Wish::Ship { .. } | Wish::Complete(_) | Wish::Pay(_) => WishKind::Capture,
            Wish::Void => WishKind::Void,
            Wish::Refund(_) => WishKind::Refund,
        }
    }

    /// Its name where it is kept.
    pub fn as_str(&self) -> &'static str {
        match self {
            Wish::Authorise => "authorise",
            Wish::Invoice(_) => "invoice",
            Wish::Ship { .. } => "ship",
            Wish::Complete(_) => "complete",
            Wish::Pay(_) => "pay",
            Wish::Void => "void",
            Wish::Refund(_) => "refund",
        }
    }
}

/// How an operation ended, as far as we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationState {
    /// Not known yet.
    Open,
    Done,
    Refused,
    /// It was done, and has failed after all.
    Failed,
}

impl OperationState {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            OperationState::Open => "open",
            OperationState::Done => "done",
            OperationState::Refused => "refused",
            OperationState::Failed => "failed",
        }
    }

    /// Reads what [`OperationState::as_str`] gives.
    pub fn parse(text: &str) -> Option<OperationState> {
        let all = [OperationState::Open, OperationState::Done, OperationState::Refused, OperationState::Failed];
        all.into_iter().find(|state| state.as_str() == text)
    }
}

impl Operation {
    /// What to ask of the gateway; `installation` is this database's own name, so that two of them never use one key.
    pub fn request(&self, payment: &Payment, number: &str, currency: &str, installation: &str) -> GatewayRequest {
        let of = || self.of.clone().expect("what is captured, voided or refunded is of something");
        let ask = match self.wish.kind() {
            WishKind::Authorise => match &self.of {
                Some(authorisation) => GatewayAsk::Adopt { authorisation: authorisation.clone(), again: false },
                None => GatewayAsk::Authorise {
                    instrument: payment.instrument.clone().expect("who has none is not asked for money"),
                    customer: payment.customer.clone(),
                    amount: self.amount,
                },
            },
            WishKind::Capture => GatewayAsk::Capture { authorisation: of(), amount: self.amount, last: self.last },
            WishKind::Void => GatewayAsk::Void { authorisation: of() },
            WishKind::Refund => GatewayAsk::Refund { capture: of(), amount: self.amount },
        };
        self.request_for(ask, number, currency, installation)
    }

    /// A request under this operation's key that asks for what is given; unlike [`Operation::request`] it needs no means of
    /// payment, which an order that was redacted has forgotten.
    pub fn request_for(&self, ask: GatewayAsk, number: &str, currency: &str, installation: &str) -> GatewayRequest {
        GatewayRequest {
            key: format!("{installation}-{}", self.id),
            order: number.to_owned(),
            currency: currency.to_owned(),
            ask,
        }
    }

    /// Whether money comes or goes with it.
    pub(crate) fn moves_money(&self) -> bool {
        match self.wish.kind() {
            WishKind::Capture | WishKind::Refund => true,
            WishKind::Authorise | WishKind::Void => false,
        }
    }

    /// What who waits for it is told.
    pub fn outcome(&self) -> Outcome {
        match (self.state, self.made) {
            (OperationState::Open, _) => Outcome::Awaits(self.id),
            (OperationState::Refused, _) => Outcome::Declined(self.id),
            // What has failed since was done when it was asked for.
            (OperationState::Done | OperationState::Failed, None) => Outcome::Done,
            (OperationState::Done | OperationState::Failed, Some(DocumentId::Shipment(id))) => {
                Outcome::Shipment { id, sequence: 0 }
            }
            (OperationState::Done | OperationState::Failed, Some(DocumentId::Invoice(id))) => Outcome::Invoice(id),
            (OperationState::Done | OperationState::Failed, Some(DocumentId::CreditMemo(id))) => {
                Outcome::CreditMemo(id)
            }
        }
    }
}

/// A line in the ledger of the sandbox gateway: what it was asked, and what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// What it was asked under.
    pub key: String,
    /// authorise, capture, void or refund
    pub kind: String,
    /// The reference of the authorisation that it belongs to.
    pub authorisation: String,
    pub reference: String,
    pub amount: Amount,
    pub currency: String,
    /// How the customer's means of payment behaves.
    pub words: String,
    /// `asked`, `done`, `refused`, `late` or `failed`
    pub state: String,
    /// Of an authorisation: when it ends.
    pub until: Option<Timestamp>,
    /// How often it was asked for.
    pub asked: i64,
    pub at: Timestamp,
}
