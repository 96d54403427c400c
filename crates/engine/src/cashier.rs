//! Asks gateways, and has their answers decided: the one place where money moves (design, "Money first").
//!
//! Whoever wants an operation sees to it at once and waits; should that come to nothing, or the process end, an errand
//! does. Both do the same, and a gateway that is asked twice under one key does it once.

use waybill_domain::{
    Amount, Command, GatewayAnswer, GatewayAsk, GatewayRequest, News, OperationId, OperationState, OrderId, Outcome,
    PaymentStage, Refusal, TenantId, WishKind,
};
use waybill_outside::payment::{Found, Gateways};
use waybill_store::{OperationView, View};

use crate::asking::{Desk, Turns};
use crate::{Clock, Failure};

/// What asks gateways.
pub(crate) struct Cashier {
    pub(crate) desk: Desk,
    pub(crate) gateways: Gateways,
    pub(crate) clock: Clock,
    pub(crate) turns: Turns<(TenantId, OperationId)>,
}

/// Whether an operation may have been asked for before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It was written down a moment ago, by who asks now.
    Never,
    /// By somebody else, perhaps by a process that has ended since.
    Perhaps,
}

impl Cashier {
    /// Sees to an operation until its gateway has answered once, and has the answer decided. What came of it:
    /// [`Outcome::Awaits`] while nobody knows.
    pub(crate) async fn see_to(&self, tenant: TenantId, id: OperationId, asked: Asked) -> Result<Outcome, Failure> {
        let is_silent = |outcome: &Result<Outcome, Failure>| matches!(outcome, Ok(Outcome::Awaits(_)));
        let told = self.turns.take((tenant, id), &self.clock, self.ask(tenant, id, asked), is_silent).await;
        told.unwrap_or(Ok(Outcome::Awaits(id)))
    }

    async fn ask(&self, tenant: TenantId, id: OperationId, asked: Asked) -> Result<Outcome, Failure> {
        let Some(view) = self.read(move |view| view.operation(tenant, id)).await? else {
            return Err(Failure::Refused(vec![Refusal::NoSuchOperation(id)]));
        };
        if view.operation.state != OperationState::Open {
            return Ok(view.operation.outcome());
        }
        let request = request(tenant, &view);
        let (gateway, now) = (view.payment.gateway, self.clock.now());
        let found = match asked {
            Asked::Never => Found::NotThere,
            Asked::Perhaps => self.look_up(tenant, &view).await,
        };
        let answer = match found {
            Found::There(answer) => answer,
            Found::NotThere => self.gateways.carry_out(gateway, &request, now).await,
        };
        let answer = match (&request.ask, answer) {
            (GatewayAsk::Adopt { authorisation, .. }, GatewayAnswer::Done(receipt)) => {
                let (order, authorisation) = (view.operation.order, authorisation.clone());
                let read = self.read(move |view| view.orders_of_authorisation(gateway, &authorisation));
                // Else two orders would take from it, and a cancel of one would set free what is the other's.
                let others = read.await?.into_iter().any(|other| other != (tenant, order));
                let reason = || format!("{} is another order's already", receipt.reference);
                if others { GatewayAnswer::Refused { reason: reason() } } else { GatewayAnswer::Done(receipt) }
            }
            (_, answer) => answer,
        };
        if let GatewayAnswer::Unknown { why } = &answer {
            tracing::warn!(
                order = view.number,
                operation = id.0,
                key = request.key,
                gateway = gateway.as_str(),
                why,
                "a gateway gave no answer; nothing is decided, and it is asked again"
            );
            return Ok(Outcome::Awaits(id));
        }
        self.settle(tenant, Command::Settle { order: view.operation.order, operation: id, answer }).await
    }

    /// Has an answer decided.
    async fn settle(&self, tenant: TenantId, command: Command) -> Result<Outcome, Failure> {
        self.desk.settle(tenant, "gateway", command).await
    }

    /// Asks the gateway again what has become of everything that was asked of it for an order: what is open is seen to,
    /// what it no longer stands by is taken as late news. What it does not say now stands in the way of nothing else.
    pub(crate) async fn reconcile(&self, tenant: TenantId, order: OrderId) -> Result<(), Failure> {
        let mut first = None;
        for view in self.read(move |view| view.operations_of(tenant, order)).await? {
            let id = view.operation.id;
            match view.operation.state {
                OperationState::Open => {
                    if let Err(failure) = self.see_to(tenant, id, Asked::Perhaps).await {
                        first = first.or(Some(failure));
                    }
                }
                OperationState::Done => match self.standing(tenant, &view).await {
                    Found::There(GatewayAnswer::Refused { reason }) => {
                        let news = match view.operation.wish.kind() {
                            WishKind::Authorise => News::Ended { reason },
                            WishKind::Capture | WishKind::Void | WishKind::Refund => News::Failed { reason },
                        };
                        if let Err(failure) = self.take_news(tenant, order, id, news).await {
                            first = first.or(Some(failure));
                        }
                    }
                    Found::There(GatewayAnswer::Unknown { .. }) => first = first.or(Some(Failure::Unsettled(id))),
                    Found::There(GatewayAnswer::Done(_)) | Found::NotThere => {}
                },
                OperationState::Refused | OperationState::Failed => {}
            }
        }
        first.map_or(Ok(()), Err)
    }

    /// What has become of something that was done. An authorisation is looked at by its name, and only while something
    /// can be taken from it.
    async fn standing(&self, tenant: TenantId, view: &OperationView) -> Found {
        let OperationView { operation, payment, .. } = view;
        match (operation.wish.kind(), &operation.reference) {
            (WishKind::Authorise, Some(authorisation)) => {
                let is_in_use = payment.authorisation.as_ref() == Some(authorisation);
                if !is_in_use || payment.stage != PaymentStage::Authorised || payment.left() <= Amount::ZERO {
                    return Found::NotThere;
                }
                let ask = GatewayAsk::Adopt { authorisation: authorisation.clone(), again: true };
                let request = operation.request_for(ask, &view.number, &view.currency, &prefix(tenant, view));
                self.gateways.look_up(payment.gateway, &request, operation.created_at, self.clock.now()).await
            }
            (WishKind::Authorise, None) => Found::NotThere,
            (WishKind::Capture | WishKind::Void | WishKind::Refund, _) => self.look_up(tenant, view).await,
        }
    }

    /// Has late news decided, as soon as what is under way for the order is settled.
    async fn take_news(
        &self,
        tenant: TenantId,
        order: OrderId,
        operation: OperationId,
        news: News,
    ) -> Result<(), Failure> {
        loop {
            let told = self.settle(tenant, Command::TakeNews { order, operation, news: news.clone() }).await;
            let Err(Some(first)) = told.as_ref().map_err(in_the_way) else {
                return told.map(|_| ());
            };
            if let Outcome::Awaits(open) = self.see_to(tenant, first, Asked::Perhaps).await? {
                return Err(Failure::Unsettled(open));
            }
        }
    }

    async fn look_up(&self, tenant: TenantId, view: &OperationView) -> Found {
        let request = request(tenant, view);
        self.gateways.look_up(view.payment.gateway, &request, view.operation.created_at, self.clock.now()).await
    }

    /// Warns that what is set aside for an order ends soon, or has it set aside anew.
    pub(crate) async fn mind_authorisation(
        &self,
        tenant: TenantId,
        order: OrderId,
        renew: bool,
    ) -> Result<(), Failure> {
        self.settle(tenant, Command::MindAuthorisation { order, renew }).await.map(|_| ())
    }

    /// Why an operation was refused.
    pub(crate) async fn reason(&self, tenant: TenantId, id: OperationId) -> Result<String, Failure> {
        let view = self.read(move |view| view.operation(tenant, id)).await?;
        Ok(view.and_then(|view| view.operation.reason).unwrap_or_default())
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&View<'_>) -> waybill_store::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        self.desk.read(read).await
    }
}

/// The operation that has to be settled first.
pub(crate) fn in_the_way(failure: &Failure) -> Option<OperationId> {
    match failure {
        Failure::Refused(refusals) => match refusals[..] {
            [Refusal::PaymentUnderWay { operation, .. }] => Some(operation),
            _ => None,
        },
        _ => None,
    }
}

fn request(tenant: TenantId, view: &OperationView) -> GatewayRequest {
    view.operation.request(&view.payment, &view.number, &view.currency, &prefix(tenant, view))
}

/// What keys at gateways begin with.
fn prefix(tenant: TenantId, view: &OperationView) -> String {
    format!("{}-{tenant}", view.installation)
}
