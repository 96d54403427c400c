//! Payment gateways: a file for each. What is asked and answered is the domain's; here is what else they have in
//! common.

pub mod rehearsal;
pub mod stripe;

use std::sync::Arc;

use waybill_domain::{Gateway, GatewayAnswer, GatewayRequest, Timestamp};

use rehearsal::Rehearsal;
use stripe::Stripe;

/// The gateways that this program can ask.
#[derive(Clone)]
pub struct Gateways {
    pub rehearsal: Rehearsal,
    /// Where the operator has given its key.
    pub stripe: Option<Arc<Stripe>>,
}

impl Gateways {
    /// Asks for an operation, for the first time or again under the same key.
    pub async fn carry_out(&self, gateway: Gateway, request: &GatewayRequest, now: Timestamp) -> GatewayAnswer {
        match gateway {
            Gateway::Rehearsal => self.rehearse(request, move |sandbox, request| sandbox.carry_out(request, now)).await,
            Gateway::Stripe => match &self.stripe {
                Some(stripe) => stripe.carry_out(request).await,
                None => no_key(),
            },
        }
    }

    /// Asks what has become of an operation that was first asked for at `since`.
    pub async fn look_up(&self, gateway: Gateway, request: &GatewayRequest, since: Timestamp, now: Timestamp) -> Found {
        match gateway {
            Gateway::Rehearsal => {
                let looked = move |sandbox: &Rehearsal, request: &GatewayRequest| match sandbox.look_up(request, now) {
                    Found::There(answer) => Some(answer),
                    Found::NotThere => None,
                };
                self.rehearse(request, looked).await.map_or(Found::NotThere, Found::There)
            }
            Gateway::Stripe => match &self.stripe {
                Some(stripe) => stripe.look_up(request, since).await,
                None => Found::There(no_key()),
            },
        }
    }

    /// The sandbox's ledger may be a file: it is asked on a thread that may block.
    async fn rehearse<T: Send + 'static>(
        &self,
        request: &GatewayRequest,
        ask: impl FnOnce(&Rehearsal, &GatewayRequest) -> T + Send + 'static,
    ) -> T {
        let (sandbox, request) = (self.rehearsal.clone(), request.clone());
        let asked = tokio::task::spawn_blocking(move || ask(&sandbox, &request)).await;
        asked.expect("the sandbox does not panic, and the runtime ends after its requests")
    }
}

fn no_key() -> GatewayAnswer {
    GatewayAnswer::Unknown { why: "Stripe's secret key is not configured (WAYBILL_STRIPE_SECRET_KEY)".to_owned() }
}

/// What a gateway says when it is asked what has become of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It knows of it, or could not be asked ([`GatewayAnswer::Unknown`]).
    There(GatewayAnswer),
    /// It does not know of it *now*. A request that is still on its way may arrive later, so this is no refusal: ask
    /// for the operation again, under the same key.
    NotThere,
}

/// Something that a gateway tells us on its own. It may come twice, late, and after what came later; so it says only
/// what it is about, and the gateway is asked how that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEvent {
    /// The gateway's id of the event: the same however often it is delivered.
    pub id: String,
    pub kind: WebhookKind,
    /// Our key of the operation that made what it is about: of the refund where it is about a refund, else of the
    /// authorisation. Only where that was made by us.
    pub key: Option<String>,
    /// The gateway's reference of the authorisation (and of its captures).
    pub authorisation: Option<String>,
}

/// What a gateway's event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookKind {
    /// Money is set aside.
    Authorised,
    /// An attempt to pay has failed.
    Failed,
    /// The authorisation was canceled, by us, by a person or by the gateway.
    Canceled,
    /// The authorisation ran out.
    Expired,
    /// Money was taken.
    Captured,
    /// Money was given back.
    Refunded,
    /// A refund has arrived.
    RefundArrived,
    /// A refund that was accepted has failed after all.
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
