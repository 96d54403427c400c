//! What gateways tell us on their own: a hint, after which they are asked.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use waybill_domain::{Command, Gateway, OperationId, OrderId, TenantId};
use waybill_outside::payment::stripe::Stripe;

use crate::{Caller, Engine, Failure};

/// How often the audit trail hears of an attack.
const SUSPECT_MS: i64 = 60_000;

impl Engine {
    /// Stripe, where the operator has given its key.
    pub fn stripe(&self) -> Option<&Stripe> {
        self.inner.cashier.gateways.stripe.as_deref()
    }

    /// Asks the gateway what has become of all that was asked of it for an order.
    pub async fn reconcile(&self, tenant: TenantId, order: OrderId) -> Result<(), Failure> {
        self.inner.cashier.reconcile(tenant, order).await
    }

    /// The same for what Stripe tells something of: the order of the operation that has this key, and those whose money
    /// the authorisation is; nothing where it is about none of ours.
    pub async fn reconcile_stripe(&self, key: Option<String>, authorisation: Option<String>) -> Result<(), Failure> {
        let found = self.read(move |view| {
            let mut orders = BTreeSet::new();
            if let Some(authorisation) = authorisation {
                orders.extend(view.orders_of_authorisation(Gateway::Stripe, &authorisation)?);
                orders.extend(view.orders_waiting_for(Gateway::Stripe, &authorisation)?);
            }
            let installation = view.installation()?;
            let rest = key.as_deref().and_then(|key| key.strip_prefix(&installation)?.strip_prefix('-'));
            let ids = rest.and_then(|rest| rest.split_once('-'));
            let ids = ids.and_then(|(tenant, id)| Some((TenantId(tenant.parse().ok()?), id.parse().ok()?)));
            if let Some((tenant, id)) = ids
                && let Some(found) = view.operation(tenant, OperationId(id))?
            {
                orders.insert((tenant, found.operation.order));
            }
            Ok(orders)
        });
        let mut first = Ok(());
        for (tenant, order) in found.await? {
            first = first.and(self.reconcile(tenant, order).await);
        }
        first
    }

    /// Writes into the audit trail what smells of an attack; once a minute at the most, as whoever attacks has time.
    pub async fn suspect(&self, what: &'static str, subject: &str) {
        let now = self.now().0;
        let last = self.inner.suspected.swap(now, Ordering::Relaxed);
        if now - last < SUSPECT_MS {
            self.inner.suspected.store(last, Ordering::Relaxed);
            return;
        }
        let command = Command::Suspect { what, subject: subject.to_owned() };
        let _ = self.execute(&Caller::operator(TenantId(1)), None, command).await;
    }
}
