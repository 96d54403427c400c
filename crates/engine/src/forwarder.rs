//! Asks carriers, and has their answers decided: the one place where labels are booked and given back.
//!
//! A carrier is asked at once where an engine carries out errands by itself, and nobody waits for that; should it come to
//! nothing, or the process end, the consignment's errand does it. Both do the same, and a carrier that is asked twice under
//! one key does it once (invariants E1 and E3).

use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;
use waybill_domain::{CarrierAnswer, Command, ConsignmentId, TenantId};
use waybill_outside::carrier::Carriers;

use crate::asking::{Desk, Turns};
use crate::worker::PATIENCE;
use crate::{Clock, Failure};

/// How many consignments are seen to in the background at once; those beyond are left to their errands.
const MOST_AT_ONCE: usize = 32;

/// How often a carrier is asked in one go: for a label, and to take it back where nobody wants it any more. Once more is
/// for what was decided in between.
const MOST_ASKED: usize = 3;

/// What asks carriers.
pub(crate) struct Forwarder {
    pub(crate) desk: Desk,
    pub(crate) carriers: Carriers,
    pub(crate) clock: Clock,
    pub(crate) turns: Turns<(TenantId, ConsignmentId)>,
    /// What was begun in the background.
    pub(crate) begun: Mutex<JoinSet<()>>,
}

impl Forwarder {
    /// Sees to a consignment in the background.
    pub(crate) fn begin(self: &Arc<Self>, tenant: TenantId, id: ConsignmentId) {
        let mut begun = self.begun.lock().expect("nobody panics with it");
        while begun.try_join_next().is_some() {}
        if begun.len() < MOST_AT_ONCE {
            let own = self.clone();
            begun.spawn(async move {
                // Whatever came of it: what is still open has its errand.
                let _ = tokio::time::timeout(PATIENCE, own.see_to(tenant, id)).await;
            });
        }
    }

    /// Waits for what was begun in the background.
    pub(crate) async fn end(&self) {
        let mut begun = std::mem::take(&mut *self.begun.lock().expect("nobody panics with it"));
        while begun.join_next().await.is_some() {}
    }

    /// Sees to a consignment until its carrier has answered all that is to be asked of it, and has the answers decided.
    /// False while one is missing.
    pub(crate) async fn see_to(&self, tenant: TenantId, id: ConsignmentId) -> Result<bool, Failure> {
        let is_silent = |settled: &Result<bool, Failure>| *settled == Ok(false);
        self.turns.take((tenant, id), &self.clock, self.ask(tenant, id), is_silent).await.unwrap_or(Ok(false))
    }

    async fn ask(&self, tenant: TenantId, id: ConsignmentId) -> Result<bool, Failure> {
        for _ in 0..=MOST_ASKED {
            let read = self.desk.read(move |view| Ok((view.consignment(tenant, id)?, view.installation()?)));
            let (Some(consignment), installation) = read.await? else {
                return Ok(true);
            };
            let (Some(_), Some(carrier)) = (consignment.errand, consignment.carrier) else {
                return Ok(true);
            };
            let request = consignment.request(&format!("{installation}-{tenant}"));
            let answer = self.carriers.carry_out(carrier, &request, self.clock.now()).await;
            if let CarrierAnswer::Unknown { why } = &answer {
                tracing::warn!(
                    order = consignment.order.map(|order| order.0),
                    consignment = id.0,
                    key = request.key,
                    carrier = carrier.as_str(),
                    why,
                    "a carrier gave no answer; nothing is decided, and it is asked again"
                );
                return Ok(false);
            }
            let (order, attempt) = (consignment.order, consignment.attempts);
            let settle = Command::SettleConsignment { order, consignment: id, attempt, answer };
            self.desk.settle(tenant, "carrier", settle).await?;
        }
        Ok(false)
    }
}
