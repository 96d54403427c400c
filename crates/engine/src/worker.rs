//! Carries out errands: each is leased to one process at a time, over a connection of the worker's own.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use waybill_domain::{Errand, Timestamp};
use waybill_store::{Error, Leased, Result, Writer};

use crate::counts::Counts;
use crate::{Clock, random_hex};

/// How long an errand is held: a process that dies keeps it so long from the others.
const LEASE_MS: i64 = 60_000;
/// How many errands are taken at once.
const AT_ONCE: i64 = 16;

/// How long an answer is kept for its idempotency key.
const ANSWER_MS: i64 = 24 * 3_600_000;
/// How often what ran out is forgotten.
const TIDY_MS: i64 = 3_600_000;

/// What carries errands out.
pub(crate) struct Worker {
    writer: Writer,
    clock: Clock,
    counts: Arc<Counts>,
    /// Who holds the leases: this worker, in this run of this process.
    name: String,
}

impl Worker {
    pub(crate) fn new(writer: Writer, clock: Clock, counts: Arc<Counts>) -> Worker {
        Worker { writer, clock, counts, name: random_hex() }
    }

    /// Carries out all that is due now; how many errands that were.
    pub(crate) fn work(&mut self) -> Result<usize> {
        let mut carried_out = 0;
        loop {
            let leased = self.lease()?;
            if leased.is_empty() {
                return Ok(carried_out);
            }
            for errand in leased {
                self.carry_out(&errand)?;
                carried_out += 1;
            }
        }
    }

    /// Takes what is due.
    pub(crate) fn lease(&self) -> Result<Vec<Leased>> {
        let now = self.clock.now();
        self.writer.lease(&self.name, now, Timestamp(now.0 + LEASE_MS), AT_ONCE)
    }

    fn carry_out(&mut self, leased: &Leased) -> Result<()> {
        let next = match leased.errand {
            Errand::Tidy => self.tidy(leased)?,
        };
        if !self.writer.settle_errand(&self.name, leased, next)? {
            tracing::warn!(errand = leased.errand.as_str(), id = leased.id, "an errand took longer than its lease");
        }
        Counts::one_more(&self.counts.errands);
        Ok(())
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

/// Works on a thread of its own, each time a period is over, until the other end of `stop` is dropped.
pub(crate) fn start(worker: Arc<Mutex<Worker>>, period: Duration, stop: Receiver<()>) -> JoinHandle<()> {
    let run = move || {
        while stop.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
            let mut worker = worker.lock().expect("nobody panics with it");
            match worker.work() {
                Ok(_) => {}
                Err(Error::Gone(why) | Error::Contended(why)) => {
                    Counts::one_more(&worker.counts.errands_failed);
                    tracing::warn!(why, "errands wait for the database");
                }
                Err(error) => {
                    Counts::one_more(&worker.counts.errands_failed);
                    tracing::error!(%error, "an errand came to nothing; it is tried again when its lease has run out");
                }
            }
        }
    };
    std::thread::Builder::new().name("worker".to_owned()).spawn(run).expect("the machine can start a thread")
}
