//! Payment gateways: a file for each. What is asked and answered is the domain's; here is what else they have in common.

pub mod stripe;

use waybill_domain::{Amount, GatewayAnswer, Timestamp};

/// What a gateway says when it is asked what has become of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It knows of it, or could not be asked ([`GatewayAnswer::Unknown`]).
    There(GatewayAnswer),
    /// It does not know of it *now*. A request that is still on its way may arrive later, so this is no refusal: ask
    /// for the operation again, under the same key.
    NotThere,
}

/// Something that a gateway tells us on its own. It may come twice, late, and after what came later; so amounts are
/// totals, and whoever acts on it compares them with what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEvent {
    /// The gateway's id of the event: the same however often it is delivered.
    pub id: String,
    pub kind: WebhookKind,
    /// When it happened, by the gateway's clock.
    pub at: Timestamp,
    /// Our key of the operation that made what it is about: of the refund where it is about a refund, else of the
    /// authorisation. Only where that was made by us.
    pub key: Option<String>,
    /// The gateway's reference of the authorisation (and of its captures).
    pub authorisation: Option<String>,
    /// The gateway's reference of the refund, where it is about one.
    pub refund: Option<String>,
    /// Of what the kind says; none where it says nothing of money.
    pub amount: Option<Amount>,
    /// ISO 4217 code of the amount's currency.
    pub currency: Option<String>,
    /// Why, in the gateway's words.
    pub reason: Option<String>,
}

/// What a gateway's event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookKind {
    /// Money is set aside; the amount is what can be captured now.
    Authorised,
    /// An attempt to pay has failed; the amount is what was tried.
    Failed,
    /// The authorisation was canceled, by us, by a person or by the gateway; the amount is what it was made over.
    Canceled,
    /// The authorisation ran out; the amount is what it was made over.
    Expired,
    /// Money was taken; the amount is all that was taken from the authorisation so far.
    Captured,
    /// Money was given back; the amount is all that was given back so far.
    Refunded,
    /// A refund has arrived; the amount is its own.
    RefundArrived,
    /// A refund that was accepted has failed after all; the amount is its own.
    RefundFailed,
    /// Nothing that concerns us; the gateway's name for it.
    Ignored(String),
}

/// Why a webhook is not listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookFault {
    /// There is no signature, or not in the shape that the gateway gives it.
    NoSignature,
    /// No signature is one that our secret makes over this body.
    Forged,
    /// The signature is good, but not of now: it may be somebody's recording.
    NotOfNow,
    /// The signature is good, and the body is not one that we can read; for people.
    Unreadable(String),
}
