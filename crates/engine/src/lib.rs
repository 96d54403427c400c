//! Waybill's engine **carries out**: it loads what a command needs, lets the domain decide, and records the outcome;
//! everything that waits at one moment is one transaction.
//!
//! [`Engine::execute`] changes things, [`Engine::read`] shows them, [`Engine::caller`] says who asks.

mod caller;
mod committer;
mod ids;
#[cfg(test)]
mod law;
mod needs;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, oneshot};
use waybill_domain::{Command, Outcome, Refusal, TenantId, Timestamp};
use waybill_store::{Location, Readers, View, Writer};

pub use caller::{Caller, fingerprint, random_hex};
pub use waybill_store as store;

/// How many commands may wait; one more is told to come back later.
const MOST_WAITING: usize = 4_096;

/// Carries out commands and answers questions. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    readers: Readers,
    queue: mpsc::Sender<Job>,
    clock: Clock,
    counts: Counts,
    committer: Mutex<Option<JoinHandle<()>>>,
}

/// Where the time comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until somebody sets it: milliseconds since 1970. For tests.
    Still(Arc<AtomicI64>),
}

impl Clock {
    /// The time by this clock.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Clock::Still(at) => Timestamp(at.load(Ordering::Relaxed)),
        }
    }
}

/// What the committer has done so far.
#[derive(Debug, Default)]
pub struct Counts {
    /// Transactions that were committed.
    pub batches: AtomicU64,
    /// Commands in them.
    pub commands: AtomicU64,
    /// Batches that were run again command by command.
    pub fallbacks: AtomicU64,
}

/// The idempotency key of a request (design, border sentence 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// As the client gave it.
    pub key: String,
    /// A hash of the request: another request under the same key is refused.
    pub fingerprint: String,
}

/// A command that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    pub outcome: Outcome,
    /// It was carried out before, under the same key.
    pub replayed: bool,
    /// What the door answered then.
    pub body: Option<String>,
}

/// A command that was not carried out; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The domain said no.
    Refused(Vec<Refusal>),
    /// The key stands for another request.
    KeyMismatch,
    /// Too many commands wait.
    Busy,
    /// The store could not: the outcome is certain (nothing has changed), the reason is in the log.
    Broken,
}

struct Job {
    tenant: TenantId,
    who: String,
    credential: String,
    key: Option<Key>,
    work: committer::Work,
    reply: oneshot::Sender<Result<Done, Failure>>,
}

impl Engine {
    /// Opens a database of this program's shape, and starts the committer.
    pub fn open(location: &Location, clock: Clock) -> waybill_store::Result<Engine> {
        let readers = Readers::open(location)?;
        let writer = Writer::open(location)?;
        let (queue, jobs) = mpsc::channel(MOST_WAITING);
        let inner = Arc::new(Inner {
            readers,
            queue,
            clock: clock.clone(),
            counts: Counts::default(),
            committer: Mutex::new(None),
        });
        let committer = committer::start(writer, jobs, clock, Arc::downgrade(&inner));
        *inner.committer.lock().expect("nobody else has it yet") = Some(committer);
        Ok(Engine { inner })
    }

    /// Ends in order: what was accepted is carried out, and the database is closed. Every other clone must be gone, or
    /// on its way.
    pub async fn close(self) {
        let committer = self.inner.committer.lock().expect("nobody panics with it").take();
        drop(self);
        if let Some(committer) = committer {
            let _ = tokio::task::spawn_blocking(move || committer.join()).await;
        }
    }

    /// The time by the engine's clock.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// What the committer has done so far.
    pub fn counts(&self) -> &Counts {
        &self.inner.counts
    }

    /// Carries out a command. The answer comes after the commit; a caller that goes away does not stop it.
    pub async fn execute(&self, caller: &Caller, key: Option<Key>, command: Command) -> Result<Done, Failure> {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            tenant: caller.tenant,
            who: caller.name.clone(),
            credential: caller.credential.clone(),
            key,
            work: committer::Work::Command(command),
            reply,
        };
        self.inner.queue.try_send(job).map_err(|_| Failure::Busy)?;
        answer.await.unwrap_or(Err(Failure::Broken))
    }

    /// Reads in one snapshot, on a thread that may block.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&View<'_>) -> waybill_store::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let inner = self.inner.clone();
        match tokio::task::spawn_blocking(move || inner.readers.read(read)).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => {
                tracing::error!(%error, "a read failed; nothing has changed");
                Err(Failure::Broken)
            }
            Err(error) => {
                tracing::error!(%error, "a read did not end; nothing has changed");
                Err(Failure::Broken)
            }
        }
    }

    /// Reads with one statement, at once.
    pub fn read_now<T>(&self, read: impl FnOnce(&View<'_>) -> waybill_store::Result<T>) -> Result<T, Failure> {
        self.inner.readers.read_row(read).map_err(|error| {
            tracing::error!(%error, "a read failed; nothing has changed");
            Failure::Broken
        })
    }

    /// Keeps what a door answered to a key, so that a repeated request gets the same. Should it fail, a repeated
    /// request is answered from what was done, which is as true.
    pub async fn keep_body(&self, caller: &Caller, key: Key, body: String) {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            tenant: caller.tenant,
            who: caller.name.clone(),
            credential: caller.credential.clone(),
            key: Some(key),
            work: committer::Work::KeepBody(body),
            reply,
        };
        if self.inner.queue.send(job).await.is_ok() {
            let _ = answer.await;
        }
    }
}
