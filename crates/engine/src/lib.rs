//! Waybill's engine **carries out**: it loads what a command needs, lets the domain decide, and records the outcome;
//! everything that waits at one moment is one transaction.
//!
//! [`Engine::execute`] changes things, [`Engine::read`] shows them, [`Engine::caller`] says who asks.

mod asking;
mod batch;
mod caller;
mod cashier;
mod clock;
mod committer;
mod counts;
mod draws;
mod finder;
mod forwarder;
mod ids;
mod key;
mod lane;
#[cfg(test)]
mod law;
mod ledgers;
mod needs;
mod news;
mod notice;
mod postman;
mod queue;
mod reading;
mod worker;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, oneshot};
use waybill_domain::{Command, Consignment, ConsignmentId, OperationId, Order, Outcome, Refusal, TenantId, Timestamp};
use waybill_outside::carrier::{Carriers, rehearsal::Rehearsal as SandboxCarrier};
use waybill_outside::payment::Gateways;
use waybill_outside::payment::rehearsal::Rehearsal;
use waybill_outside::payment::stripe::Stripe;
use waybill_store::{Location, Readers, Writer};

use asking::{Desk, Turns};
use batch::{Task, Work};
pub use caller::{Caller, Grant, fingerprint, random_hex};
use cashier::{Asked, Cashier, in_the_way};
pub use clock::Clock;
use committer::Committer;
pub use counts::{Counts, Histogram};
use finder::{FINDERS, Finders};
use forwarder::Forwarder;
use ids::Ids;
pub use key::Key;
use ledgers::StoredLedger;
pub use postman::Mail;
use postman::Postman;
use queue::{Entrance, Queue};
pub use waybill_outside as outside;
pub use waybill_store as store;
use worker::Worker;

/// How long a command waits for operations that are in its way.
const GATEWAY_WAIT: Duration = Duration::from_secs(20);

/// Carries out commands and answers questions. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    readers: Arc<Readers>,
    /// How many may read at once.
    reading: Semaphore,
    most_reading: usize,
    finders: Finders,
    entrance: Entrance,
    most_waiting: usize,
    clock: Clock,
    counts: Arc<Counts>,
    tokens: caller::Tokens,
    worker: Arc<Mutex<Worker>>,
    postman: Option<Arc<Mutex<Postman>>>,
    closing: Arc<AtomicBool>,
    cashier: Arc<Cashier>,
    forwarder: Arc<Forwarder>,
    /// Whether errands are carried out without anybody asking for it.
    works_by_itself: bool,
    /// When something was last suspected: milliseconds since 1970.
    suspected: AtomicI64,
    threads: Mutex<Threads>,
}

/// What runs beside the callers, and how workers are told to end.
#[derive(Default)]
struct Threads {
    committers: Vec<JoinHandle<()>>,
    finders: Vec<JoinHandle<()>>,
    /// Those that carry out errands, and have what came of them decided.
    workers: Vec<JoinHandle<()>>,
    stops: Vec<std::sync::mpsc::Sender<()>>,
}

impl Threads {
    fn work(
        &mut self,
        name: &str,
        period: Duration,
        counts: &Arc<Counts>,
        work: impl Fn() -> waybill_store::Result<usize> + Send + 'static,
    ) {
        let (stop, stopped) = std::sync::mpsc::channel();
        self.stops.push(stop);
        self.workers.push(worker::start(name, work, counts.clone(), period, stopped));
    }
}

/// How an engine works.
#[derive(Clone)]
pub struct Settings {
    pub clock: Clock,
    /// How many batches are carried out at once, each over a connection of its own. SQLite has one writer, whatever
    /// this says.
    pub committers: usize,
    /// How many may read at once, each over a connection of its own.
    pub readers: usize,
    /// How many commands may wait; one more is told to come back later.
    pub waiting: usize,
    /// How often errands are looked for; without it they wait for [`Engine::work`], and so does what carriers are to be
    /// asked.
    pub errands: Option<Duration>,
    /// Stripe, where the operator has given its key.
    pub stripe: Option<Arc<Stripe>>,
    /// How letters leave, where the operator has named a mail server; without it none is wanted.
    pub mail: Option<Arc<Mail>>,
    /// The sandbox gateway; over the database's own ledger unless given.
    pub rehearsal: Option<Rehearsal>,
    /// How the sandbox's cards behave of which nobody says anything.
    pub rehearsal_words: String,
    /// The sandbox carrier; over the database's own ledger unless given.
    pub sandbox_carrier: Option<SandboxCarrier>,
    pub authorisations: Authorisations,
}

/// What is done about money that is set aside and will be free again.
#[derive(Clone, Copy, Debug)]
pub struct Authorisations {
    /// How long before.
    pub warn: Duration,
    /// Whether it is set aside anew, where the customer left a means of payment for that.
    pub renew: bool,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Settings {
            clock,
            committers,
            readers,
            waiting,
            errands,
            stripe,
            mail,
            rehearsal,
            rehearsal_words,
            sandbox_carrier,
            authorisations,
        } = self;
        f.debug_struct("Settings")
            .field("clock", clock)
            .field("committers", committers)
            .field("readers", readers)
            .field("waiting", waiting)
            .field("errands", errands)
            .field("stripe", &stripe.is_some())
            .field("mail", &mail.is_some())
            .field("rehearsal", &rehearsal.is_some())
            .field("rehearsal_words", rehearsal_words)
            .field("sandbox_carrier", &sandbox_carrier.is_some())
            .field("authorisations", authorisations)
            .finish()
    }
}

impl Default for Settings {
    fn default() -> Settings {
        let authorisations = Authorisations { warn: Duration::from_secs(24 * 3_600), renew: false };
        Settings {
            clock: Clock::System,
            committers: 2,
            readers: 8,
            waiting: 4_096,
            errands: None,
            stripe: None,
            mail: None,
            rehearsal: None,
            rehearsal_words: String::new(),
            sandbox_carrier: None,
            authorisations,
        }
    }
}

/// A command that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    pub outcome: Outcome,
    /// It was carried out before, under the same key.
    pub replayed: bool,
    /// What the door answered then.
    pub body: Option<String>,
    /// Of a command that is to be shown: what it left. None where it was carried out before.
    pub left: Option<Box<Left>>,
    /// What is to be asked of others because of it; nothing where it was carried out before.
    pub(crate) begun: Vec<Begun>,
}

/// An order as a command left it, from the memory of the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub order: Order,
    /// Those that it made or changed, as they are then; one that it changed twice comes twice.
    pub consignments: Vec<Consignment>,
}

/// Something that others are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    /// A gateway's.
    Operation(OperationId),
    /// A carrier's.
    Booking(ConsignmentId),
}

/// A command that was not carried out; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The domain said no.
    Refused(Vec<Refusal>),
    /// The key stands for another request.
    KeyMismatch,
    /// The key stands for another request, which is still being carried out.
    KeyBusy,
    /// A gateway was asked and has not answered: it is asked again until it does, and the operation says what came of
    /// it.
    Unsettled(OperationId),
    /// Too many commands wait, or others were in the way too long.
    Busy,
    /// What was asked is nothing that the store can look for: why.
    Unanswerable(String),
    /// The database cannot be reached; nothing has changed.
    Unavailable,
    /// The database was lost in the very commit: the command has happened wholly or not at all.
    Unknown,
    /// The store could not: the outcome is certain (nothing has changed), the reason is in the log.
    Broken,
}

struct Job {
    task: Task,
    /// What it must not be carried out beside.
    lane: u64,
    reply: oneshot::Sender<Result<Done, Failure>>,
}

impl Engine {
    /// Opens a database of this program's shape, and starts the committers.
    pub async fn open(location: &Location, settings: Settings) -> waybill_store::Result<Engine> {
        let location = location.clone();
        let runtime = tokio::runtime::Handle::current();
        let opened = tokio::task::spawn_blocking(move || Engine::open_here(&location, settings, runtime)).await;
        opened.unwrap_or_else(|error| Err(store::Error::Gone(error.to_string())))
    }

    fn open_here(
        location: &Location,
        settings: Settings,
        runtime: tokio::runtime::Handle,
    ) -> waybill_store::Result<Engine> {
        let committers = match location {
            Location::Sqlite(_) => 1,
            Location::Postgres(_) => settings.committers.max(1),
        };
        let (ids, counts) = (Arc::new(Ids::default()), Arc::new(Counts::default()));
        let queue = Arc::new(Queue::default());
        let mut threads = Threads::default();
        for number in 0..committers {
            let mailed = settings.mail.as_ref().map_or_else(BTreeSet::new, |mail| mail.kinds.clone());
            let committer = Committer::new(Writer::open(location)?, ids.clone(), counts.clone(), mailed);
            threads.committers.push(committer::start(number, committer, queue.clone(), settings.clock.clone()));
        }
        // Finders read beside those that are counted.
        let readers = Arc::new(Readers::open(location, settings.readers.max(1) + FINDERS)?);
        let (finders, finding) = Finders::start(&readers);
        threads.finders.extend(finding);
        let desk = Desk { readers: readers.clone(), queue: queue.clone() };
        let words = settings.rehearsal_words;
        let sandbox = || Rehearsal::new(Arc::new(StoredLedger::of_gateway(location.clone()))).with_usual(words);
        let cashier = Arc::new(Cashier {
            desk: desk.clone(),
            gateways: Gateways { rehearsal: settings.rehearsal.unwrap_or_else(sandbox), stripe: settings.stripe },
            clock: settings.clock.clone(),
            turns: Turns::default(),
        });
        let sandbox = || SandboxCarrier::new(Arc::new(StoredLedger::of_carrier(location.clone())));
        let forwarder = Arc::new(Forwarder {
            desk,
            carriers: Carriers { rehearsal: settings.sandbox_carrier.unwrap_or_else(sandbox) },
            clock: settings.clock.clone(),
            turns: Turns::default(),
            begun: Mutex::default(),
        });
        let worker = Worker::new(
            Writer::open(location)?,
            settings.clock.clone(),
            counts.clone(),
            (cashier.clone(), forwarder.clone()),
            settings.authorisations,
            runtime.clone(),
        );
        let worker = Arc::new(Mutex::new(worker));
        let closing = Arc::new(AtomicBool::new(false));
        let postman = match settings.mail {
            None => None,
            Some(mail) => Some(Arc::new(Mutex::new(Postman {
                writer: Writer::open(location)?,
                readers: readers.clone(),
                queue: queue.clone(),
                clock: settings.clock.clone(),
                counts: counts.clone(),
                mail,
                runtime,
                name: Postman::name(),
                closing: closing.clone(),
            }))),
        };
        if let Some(period) = settings.errands {
            let own = worker.clone();
            threads.work("worker", period, &counts, move || own.lock().expect("nobody panics with it").work());
            if let Some(own) = postman.clone() {
                threads.work("postman", period, &counts, move || own.lock().expect("nobody panics with it").work());
            }
        }
        let inner = Inner {
            readers,
            reading: Semaphore::new(settings.readers.max(1)),
            most_reading: settings.readers.max(1),
            finders,
            entrance: Entrance { queue },
            most_waiting: settings.waiting.max(1),
            clock: settings.clock,
            counts,
            tokens: caller::Tokens::default(),
            worker,
            postman,
            closing,
            cashier,
            forwarder,
            works_by_itself: settings.errands.is_some(),
            suspected: AtomicI64::new(0),
            threads: Mutex::new(threads),
        };
        Ok(Engine { inner: Arc::new(inner) })
    }

    /// Ends in order: what was accepted is carried out, and the database is closed. Every other clone must be gone, or
    /// on its way.
    pub async fn close(self) {
        self.inner.closing.store(true, Ordering::Relaxed);
        let threads = std::mem::take(&mut *self.inner.threads.lock().expect("nobody panics with it"));
        let Threads { committers, finders, workers, stops } = threads;
        drop(stops);
        self.inner.forwarder.end().await;
        let _ = tokio::task::spawn_blocking(move || {
            // What workers have done is still to be decided, so they go first.
            for thread in workers {
                let _ = thread.join();
            }
            drop(self);
            for thread in committers.into_iter().chain(finders) {
                let _ = thread.join();
            }
        })
        .await;
    }

    /// Carries out the errands that are due now; how many those were.
    pub async fn work(&self) -> Result<usize, Failure> {
        let (worker, postman) = (self.inner.worker.clone(), self.inner.postman.clone());
        let worked = tokio::task::spawn_blocking(move || {
            let count = worker.lock().expect("nobody panics with it").work()?;
            let letters = postman.map(|postman| postman.lock().expect("nobody panics with it").work());
            Ok::<usize, store::Error>(count + letters.transpose()?.unwrap_or(0))
        });
        match worked.await {
            Ok(Ok(count)) => Ok(count),
            Ok(Err(error)) => {
                tracing::error!(%error, "an errand came to nothing; it is tried again when its lease has run out");
                Err(Failure::Broken)
            }
            Err(error) => {
                tracing::error!(%error, "an errand did not end; it is tried again when its lease has run out");
                Err(Failure::Broken)
            }
        }
    }

    /// The time by the engine's clock.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// What was done so far.
    pub fn counts(&self) -> &Counts {
        &self.inner.counts
    }

    /// How many are reading.
    pub fn reading(&self) -> usize {
        self.inner.most_reading - self.inner.reading.available_permits()
    }

    /// How many commands wait.
    pub fn waiting(&self) -> usize {
        self.inner.entrance.queue.len()
    }

    /// Carries out a command. The answer comes after the commit, and after a gateway's where one has to be asked; a
    /// caller that goes away stops nothing. Where an earlier operation on the same order is still under way, that one
    /// is seen to first.
    pub async fn execute(&self, caller: &Caller, key: Option<Key>, command: Command) -> Result<Done, Failure> {
        self.execute_and(false, caller, key, command).await
    }

    /// The same, for a caller that shows the order as the command leaves it: [`Done::left`] saves it from reading what
    /// the commit had in memory. Where others took part, such as a gateway, that says nothing.
    pub async fn execute_shown(&self, caller: &Caller, key: Option<Key>, command: Command) -> Result<Done, Failure> {
        self.execute_and(true, caller, key, command).await
    }

    async fn execute_and(
        &self,
        shown: bool,
        caller: &Caller,
        key: Option<Key>,
        command: Command,
    ) -> Result<Done, Failure> {
        let command = Arc::new(command);
        let since = Instant::now();
        let mut key = key;
        loop {
            match self.commit(caller, key.clone(), command.clone(), shown).await {
                Ok(done) => {
                    let (replayed, outcome) = (done.replayed, done.outcome);
                    let followed = self.follow(caller.tenant, done).await;
                    match (&mut key, outcome, &followed) {
                        (Some(Key { derived: Some(derived), .. }), Outcome::Awaits(id), Err(Failure::Refused(_)))
                            if replayed =>
                        {
                            derived.declined = Some(id);
                        }
                        _ => return followed,
                    }
                }
                Err(Failure::KeyMismatch) => return Err(self.key_failure(caller, key).await),
                Err(failure) => {
                    let Some(first) = in_the_way(&failure) else {
                        return Err(failure);
                    };
                    let outcome = self.inner.cashier.see_to(caller.tenant, first, Asked::Perhaps).await?;
                    if matches!(outcome, Outcome::Awaits(_)) || since.elapsed() > GATEWAY_WAIT {
                        return Err(failure);
                    }
                }
            }
        }
    }

    /// Sees to what a command has begun at a gateway.
    async fn follow(&self, tenant: TenantId, done: Done) -> Result<Done, Failure> {
        let asked = if done.replayed { Asked::Perhaps } else { Asked::Never };
        match done.outcome {
            Outcome::Awaits(id) => match self.inner.cashier.see_to(tenant, id, asked).await? {
                Outcome::Awaits(id) => Err(Failure::Unsettled(id)),
                Outcome::Declined(id) => {
                    let reason = self.inner.cashier.reason(tenant, id).await?;
                    Err(Failure::Refused(vec![Refusal::Declined { reason }]))
                }
                outcome => Ok(Done { outcome, left: None, ..done }),
            },
            _ => {
                // What was asked for is done; what it has begun beside is seen to as far as that goes now.
                let asked_gateway = done.begun.iter().any(|begun| matches!(begun, Begun::Operation(_)));
                for begun in &done.begun {
                    match begun {
                        Begun::Operation(id) => drop(self.inner.cashier.see_to(tenant, *id, Asked::Never).await),
                        // Carriers take their time: nobody waits for them.
                        Begun::Booking(id) if self.inner.works_by_itself => {
                            self.inner.forwarder.begin(tenant, *id);
                        }
                        Begun::Booking(_) => {}
                    }
                }
                Ok(Done { left: done.left.filter(|_| !asked_gateway), ..done })
            }
        }
    }

    async fn commit(
        &self,
        caller: &Caller,
        key: Option<Key>,
        command: Arc<Command>,
        shown: bool,
    ) -> Result<Done, Failure> {
        let about_access = matches!(*command, Command::Access(_));
        let lane = lane::lane(&command);
        let (job, answer) = job(caller, key, lane, Work::Command { command, shown });
        if self.inner.entrance.queue.push(job, self.inner.most_waiting).is_err() {
            Counts::one_more(&self.inner.counts.turned_away);
            return Err(Failure::Busy);
        }
        let done = answer.await.unwrap_or(Err(Failure::Broken));
        if about_access {
            self.inner.tokens.forget();
        }
        done
    }
}

fn job(caller: &Caller, key: Option<Key>, lane: u64, work: Work) -> (Job, oneshot::Receiver<Result<Done, Failure>>) {
    let (reply, answer) = oneshot::channel();
    let task =
        Task { tenant: caller.tenant, who: caller.name.clone(), credential: caller.credential.clone(), key, work };
    (Job { task, lane, reply }, answer)
}
