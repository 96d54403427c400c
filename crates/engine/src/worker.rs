//! Carries out errands: each is leased to one process at a time, over a connection of the worker's own.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use waybill_domain::{Errand, Outcome, TenantId, Timestamp};
use waybill_store::{Error, Lane, Leased, Result, Writer};

use crate::cashier::{Asked, Cashier};
use crate::counts::Counts;
use crate::forwarder::Forwarder;
use crate::{Authorisations, Clock, random_hex};

/// How long an errand is held: a process that dies keeps it so long from the others.
const LEASE_MS: i64 = 60_000;
/// How long a gateway or a carrier may take over one.
pub(crate) const PATIENCE: Duration = Duration::from_millis(45_000);
/// How many errands are taken at once.
const AT_ONCE: i64 = 16;

/// How long an answer is kept for its idempotency key.
pub(crate) const ANSWER_MS: i64 = 24 * 3_600_000;
/// How often what ran out is forgotten.
const TIDY_MS: i64 = 3_600_000;

/// How soon a gateway or carrier that gave no answer is asked again, and how late at the most.
const FIRST_PAUSE_MS: i64 = 2_000;
const LONGEST_PAUSE_MS: i64 = 15 * 60_000;

/// How many authorisations are minded in one go.
const MINDED_AT_ONCE: i64 = 1_000;

/// What carries errands out.
pub(crate) struct Worker {
    writer: Writer,
    clock: Clock,
    counts: Arc<Counts>,
    cashier: Arc<Cashier>,
    forwarder: Arc<Forwarder>,
    authorisations: Authorisations,
    /// Where gateways and carriers are asked.
    runtime: tokio::runtime::Handle,
    /// Who holds the leases: this worker, in this run of this process.
    name: String,
}

impl Worker {
    pub(crate) fn new(
        writer: Writer,
        clock: Clock,
        counts: Arc<Counts>,
        (cashier, forwarder): (Arc<Cashier>, Arc<Forwarder>),
        authorisations: Authorisations,
        runtime: tokio::runtime::Handle,
    ) -> Worker {
        Worker { writer, clock, counts, cashier, forwarder, authorisations, runtime, name: random_hex() }
    }

    /// Carries out all that is due now; how many errands that were.
    pub(crate) fn work(&mut self) -> Result<usize> {
        let mut carried_out = 0;
        loop {
            let leased = self.lease()?;
            if leased.is_empty() {
                return Ok(carried_out);
            }
            carried_out += leased.len();
            // Others are asked side by side. One that does not answer is left alone before the lease runs out, as another
            // process would ask it then.
            let mut asked = tokio::task::JoinSet::new();
            for errand in leased.iter().filter(|errand| errand.errand != Errand::Tidy) {
                let (tenant, id) = (errand.tenant, errand.id);
                let seen = self.see_to(tenant, errand.errand);
                let ask = async move { (tenant, id, tokio::time::timeout(PATIENCE, seen).await.unwrap_or(false)) };
                asked.spawn_on(ask, &self.runtime);
            }
            for errand in leased.iter().filter(|errand| errand.errand == Errand::Tidy) {
                self.carry_out_tidy(errand)?;
            }
            let settled = self.runtime.block_on(asked.join_all());
            for errand in leased.iter().filter(|errand| errand.errand != Errand::Tidy) {
                self.end(errand, settled.contains(&(errand.tenant, errand.id, true)))?;
            }
        }
    }

    /// Asks whoever an errand is for; whether all that was to be asked is answered and decided.
    fn see_to(&self, tenant: TenantId, errand: Errand) -> impl Future<Output = bool> + use<> {
        let (cashier, forwarder) = (self.cashier.clone(), self.forwarder.clone());
        async move {
            match errand {
                Errand::Settle(operation) => {
                    let outcome = cashier.see_to(tenant, operation, Asked::Perhaps).await;
                    outcome.is_ok_and(|outcome| !is_open(outcome))
                }
                Errand::Carry(consignment) => forwarder.see_to(tenant, consignment).await == Ok(true),
                // Others carry them out.
                Errand::Tidy | Errand::Mail(_) => false,
            }
        }
    }

    /// Takes what is due.
    pub(crate) fn lease(&self) -> Result<Vec<Leased>> {
        let now = self.clock.now();
        self.writer.lease(Lane::Main, &self.name, now, Timestamp(now.0 + LEASE_MS), AT_ONCE)
    }

    fn carry_out_tidy(&self, leased: &Leased) -> Result<()> {
        self.mind_authorisations(leased)?;
        let next = self.tidy(leased)?;
        if !self.writer.settle_errand(&self.name, leased, next)? {
            tracing::warn!(id = leased.id, "tidying took longer than its lease");
        }
        Counts::one_more(&self.counts.errands);
        Ok(())
    }

    /// Warns of authorisations that end soon, or has them renewed.
    fn mind_authorisations(&self, leased: &Leased) -> Result<()> {
        let Authorisations { warn, renew } = self.authorisations;
        let until = Timestamp(self.clock.now().0 + i64::try_from(warn.as_millis()).unwrap_or(i64::MAX / 2));
        for order in self.writer.ending_authorisations(leased.tenant, until, MINDED_AT_ONCE)? {
            let minded = self.runtime.block_on(self.cashier.mind_authorisation(leased.tenant, order, renew));
            match minded {
                Ok(()) => tracing::warn!(order = order.0, renew, "an authorisation ends soon"),
                Err(failure) => tracing::warn!(order = order.0, ?failure, "an authorisation ends soon; told later"),
            }
        }
        Ok(())
    }

    /// Ends an errand at a gateway or carrier. What was settled is ticked off already, in the commit that settled it; anything
    /// else comes back, the later the more often it came to nothing.
    fn end(&self, leased: &Leased, is_settled: bool) -> Result<()> {
        if is_settled {
            Counts::one_more(&self.counts.errands);
            return Ok(());
        }
        Counts::one_more(&self.counts.errands_failed);
        let pause = FIRST_PAUSE_MS << leased.attempts.clamp(0, 20);
        let next = Timestamp(self.clock.now().0 + pause.min(LONGEST_PAUSE_MS));
        self.writer.postpone_errand(&self.name, leased, next)
    }

    /// Forgets what ran out, and says when to do so again. However much it is, the errand stays ours: each part of it
    /// takes far less than a lease. One that was taken over while it waited is left to the other.
    fn tidy(&self, leased: &Leased) -> Result<Timestamp> {
        loop {
            let now = self.clock.now();
            let is_ours = self.writer.keep_lease(&self.name, leased, Timestamp(now.0 + LEASE_MS))?;
            if !is_ours || self.writer.forget(leased.tenant, Timestamp(now.0 - ANSWER_MS), now)? == 0 {
                return Ok(Timestamp(now.0 + TIDY_MS));
            }
        }
    }
}

fn is_open(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Awaits(_))
}

/// Works on a thread of its own, each time a period is over, until the other end of `stop` is dropped.
pub(crate) fn start(
    name: &str,
    work: impl Fn() -> Result<usize> + Send + 'static,
    counts: Arc<Counts>,
    period: Duration,
    stop: Receiver<()>,
) -> JoinHandle<()> {
    let run = move || {
        while stop.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
            match work() {
                Ok(_) => {}
                Err(Error::Gone(why) | Error::Contended(why)) => {
                    Counts::one_more(&counts.errands_failed);
                    tracing::warn!(why, "errands wait for the database");
                }
                Err(error) => {
                    Counts::one_more(&counts.errands_failed);
                    tracing::error!(%error, "an errand came to nothing; it is tried again when its lease has run out");
                }
            }
        }
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(run).expect("the machine can start a thread")
}
