//! The heart of the speed: everything that waits is loaded, decided and recorded in one transaction.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};
use waybill_domain::{Change, Command, Moment, Outcome, TenantId, Timestamp, WorkingSet, decide};
use waybill_store::{Answer, Error, Needs, Record, Writer, entries};

use crate::ids::Ids;
use crate::{Clock, Done, Failure, Inner, Job, Key, needs};

/// The most commands in one transaction: more would keep the first ones waiting.
const MOST_AT_ONCE: usize = 128;

/// How long an answer is kept for its idempotency key.
const ANSWER_MS: i64 = 24 * 3_600_000;
/// How often what ran out is forgotten.
const TIDY_MS: i64 = 3_600_000;

/// Starts the committer on a thread of its own; it ends when nobody can send commands any more.
pub(crate) fn start(writer: Writer, jobs: mpsc::Receiver<Job>, clock: Clock, engine: Weak<Inner>) -> JoinHandle<()> {
    std::thread::Builder::new()
        .name("committer".to_owned())
        .spawn(move || run(writer, jobs, clock, &engine))
        .expect("the machine can start a thread")
}

fn run(writer: Writer, mut jobs: mpsc::Receiver<Job>, clock: Clock, engine: &Weak<Inner>) {
    let mut committer = Committer::new(writer);
    let mut waiting = Vec::with_capacity(MOST_AT_ONCE);
    let mut tidied = Timestamp(0);
    while let Some(first) = jobs.blocking_recv() {
        waiting.push(first);
        while waiting.len() < MOST_AT_ONCE
            && let Ok(job) = jobs.try_recv()
        {
            waiting.push(job);
        }
        let (batch, replies): (Vec<Task>, Vec<_>) = waiting.drain(..).map(Task::split).unzip();
        let (answers, fell_back) = committer.carry_out(&batch, clock.now());
        if let Some(inner) = engine.upgrade() {
            inner.counts.batches.fetch_add(1, Ordering::Relaxed);
            inner.counts.commands.fetch_add(batch.len() as u64, Ordering::Relaxed);
            inner.counts.fallbacks.fetch_add(u64::from(fell_back), Ordering::Relaxed);
        }
        for (reply, answer) in replies.into_iter().zip(answers) {
            // Who asked may be gone; what was done stays done.
            let _ = reply.send(answer);
        }
        if clock.now().0 - tidied.0 >= TIDY_MS {
            tidied = clock.now();
            committer.tidy(tidied);
        }
    }
    committer.end();
}

/// A command on its way, without who waits for it.
pub(crate) struct Task {
    pub(crate) tenant: TenantId,
    pub(crate) who: String,
    pub(crate) credential: String,
    pub(crate) key: Option<Key>,
    pub(crate) work: Work,
}

/// What a job asks for.
pub(crate) enum Work {
    Command(Command),
    /// Keep what a door answered to the key.
    KeepBody(String),
}

impl Task {
    fn split(job: Job) -> (Task, oneshot::Sender<Result<Done, Failure>>) {
        let Job { tenant, who, credential, key, work, reply } = job;
        (Task { tenant, who, credential, key, work }, reply)
    }
}

pub(crate) type Answers = Vec<Result<Done, Failure>>;

/// The connection that writes, and the ids that may be given out.
pub(crate) struct Committer {
    writer: Writer,
    ids: Ids,
    /// What the last batch knew in the end, for the law that compares it with what is stored.
    #[cfg(test)]
    pub(crate) last_set: Option<WorkingSet>,
}

impl Committer {
    pub(crate) fn new(writer: Writer) -> Committer {
        Committer {
            writer,
            ids: Ids::default(),
            #[cfg(test)]
            last_set: None,
        }
    }

    /// Carries out a batch. One that the database refuses is run again command by command, so that one bad
    /// command does not hurt its neighbours; the flag says so.
    pub(crate) fn carry_out(&mut self, batch: &[Task], now: Timestamp) -> (Answers, bool) {
        match self.attempt(batch, now) {
            Ok(answers) => (answers, false),
            Err(error) if batch.len() == 1 => (vec![self.broken(&batch[0], &error)], false),
            Err(error) => {
                tracing::warn!(%error, commands = batch.len(), "a batch was refused and is run command by command");
                let answers = batch
                    .iter()
                    .map(|task| match self.attempt(std::slice::from_ref(task), now) {
                        Ok(mut answers) => answers.pop().expect("one command has one answer"),
                        Err(error) => self.broken(task, &error),
                    })
                    .collect();
                (answers, true)
            }
        }
    }

    /// Forgets answers and tokens that ran out.
    fn tidy(&self, now: Timestamp) {
        let before = Timestamp(now.0 - ANSWER_MS);
        let tidied = self.writer.begin().and_then(|()| {
            self.writer.forget(before, now)?;
            self.writer.commit()
        });
        if let Err(error) = tidied {
            tracing::warn!(%error, "what ran out could not be forgotten; it will be tried again");
            if let Err(error) = self.writer.rollback() {
                tracing::debug!(%error, "rollback");
            }
        }
    }

    /// Leaves the counters where the next start finds no gap.
    fn end(mut self) {
        let ended = self
            .writer
            .begin()
            .and_then(|()| self.ids.give_back_rest(&mut self.writer))
            .and_then(|()| self.writer.commit());
        if let Err(error) = ended {
            tracing::warn!(%error, "unused ids could not be given back; the next ones will be larger");
        }
    }

    fn broken(&self, task: &Task, error: &Error) -> Result<Done, Failure> {
        let (act, subject) = match &task.work {
            Work::Command(command) => command.name_and_subject(),
            Work::KeepBody(_) => ("keep an answer", task.key.as_ref().map(|key| key.key.clone())),
        };
        tracing::error!(
            %error,
            act,
            subject = subject.as_deref().unwrap_or("-"),
            who = task.who,
            "a command could not be carried out; nothing of it has happened, it can be sent again"
        );
        Err(Failure::Broken)
    }

    /// One transaction, or nothing at all. A panic in a decision is a bug of ours; it ends the command, not the
    /// program.
    fn attempt(&mut self, batch: &[Task], now: Timestamp) -> Result<Answers, Error> {
        self.writer.begin()?;
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let answers = self.batch(batch, now)?;
            self.writer.commit()?;
            Ok(answers)
        }));
        let result = attempt.unwrap_or_else(|_| Err(Error::Conflict("a decision panicked".to_owned())));
        if result.is_err() {
            self.ids.forget();
            if let Err(error) = self.writer.rollback() {
                // After a failed commit there may be nothing left to roll back.
                tracing::debug!(%error, "rollback");
            }
        }
        result
    }

    fn batch(&mut self, batch: &[Task], now: Timestamp) -> Result<Answers, Error> {
        let mut sets = self.load(batch)?;
        let mut answers = Vec::with_capacity(batch.len());
        let mut decided: Vec<Decided<'_>> = Vec::with_capacity(batch.len());
        for task in batch {
            let command = match &task.work {
                Work::Command(command) => command,
                Work::KeepBody(body) => {
                    if let Some(key) = &task.key {
                        self.writer.keep_body(task.tenant, &task.credential, &key.key, body)?;
                    }
                    answers.push(Ok(Done { outcome: Outcome::Done, replayed: false, body: None }));
                    continue;
                }
            };
            if let Some(answer) = self.earlier_answer(task, &decided)? {
                answers.push(answer);
                continue;
            }
            let set = sets.get_mut(&task.tenant).expect("each tenant of the batch has a set");
            let ids = &mut self.ids;
            let mut drawn = Vec::new();
            let mut draw = |kind: waybill_domain::IdKind| {
                drawn.push(kind.name());
                ids.draw(task.tenant, kind.name())
            };
            match decide(set, command, &mut Moment::new(now, &mut draw)) {
                Err(refusals) => {
                    self.ids.give_back(task.tenant, &drawn);
                    answers.push(Err(Failure::Refused(refusals)));
                }
                Ok(decision) => {
                    for change in &decision.changes {
                        set.apply(change);
                    }
                    answers.push(Ok(Done { outcome: decision.outcome, replayed: false, body: None }));
                    decided.push(Decided { task, command, changes: decision.changes, outcome: decision.outcome });
                }
            }
        }
        self.record(&decided, now)?;
        #[cfg(test)]
        {
            self.last_set = sets.into_values().next();
        }
        Ok(answers)
    }

    /// Loads what the commands of a batch need, in two steps, and reserves the ids that they may draw.
    fn load(&mut self, batch: &[Task]) -> Result<BTreeMap<TenantId, WorkingSet>, Error> {
        let mut sets: BTreeMap<TenantId, WorkingSet> = BTreeMap::new();
        let tenants: std::collections::BTreeSet<TenantId> = batch.iter().map(|task| task.tenant).collect();
        for tenant in tenants {
            let commands = || {
                batch.iter().filter(|task| task.tenant == tenant).filter_map(|task| match &task.work {
                    Work::Command(command) => Some(command),
                    Work::KeepBody(_) => None,
                })
            };
            let set = sets.entry(tenant).or_default();
            let mut wanted = Needs::default();
            for command in commands() {
                needs::first(command, &mut wanted);
            }
            self.writer.load(tenant, &wanted, set)?;
            let mut wanted = Needs::default();
            for command in commands() {
                needs::second(command, set, &mut wanted);
            }
            self.writer.load(tenant, &wanted, set)?;
            let mut most: BTreeMap<&'static str, usize> = BTreeMap::new();
            for (kinds, count) in commands().map(|command| needs::most_ids(command, set)) {
                for kind in kinds {
                    *most.entry(kind.name()).or_insert(0) += count;
                }
            }
            for (counter, count) in most {
                let count = i64::try_from(count).map_err(|_| Error::Conflict("too many ids at once".to_owned()))?;
                self.ids.reserve(&mut self.writer, tenant, counter, count)?;
            }
        }
        Ok(sets)
    }

    /// What was answered to the task's key before: earlier in this batch, or in an earlier one.
    fn earlier_answer(&self, task: &Task, decided: &[Decided<'_>]) -> Result<Option<Result<Done, Failure>>, Error> {
        let Some(key) = &task.key else {
            return Ok(None);
        };
        let in_batch = decided.iter().find(|earlier| {
            earlier.task.tenant == task.tenant
                && earlier.task.credential == task.credential
                && earlier.task.key.as_ref().is_some_and(|other| other.key == key.key)
        });
        let (fingerprint, outcome, body) = match in_batch {
            Some(earlier) => {
                let other = earlier.task.key.as_ref().expect("it was found by its key");
                (other.fingerprint.clone(), earlier.outcome, None)
            }
            None => match self.writer.answer(task.tenant, &task.credential, &key.key)? {
                Some(kept) => (kept.fingerprint, kept.outcome, kept.body),
                None => return Ok(None),
            },
        };
        Ok(Some(if fingerprint == key.fingerprint {
            Ok(Done { outcome, replayed: true, body })
        } else {
            Err(Failure::KeyMismatch)
        }))
    }

    fn record(&mut self, decided: &[Decided<'_>], now: Timestamp) -> Result<(), Error> {
        let records: Vec<Record<'_>> = decided
            .iter()
            .map(|one| {
                let (act, subject) = one.command.name_and_subject();
                Record {
                    tenant: one.task.tenant,
                    at: now,
                    who: &one.task.who,
                    act,
                    subject: subject.or_else(|| subject_of(one.outcome)),
                    changes: &one.changes,
                    answer: one
                        .task
                        .key
                        .as_ref()
                        .map(|key| Answer::new(&one.task.credential, &key.key, &key.fingerprint, one.outcome)),
                }
            })
            .collect();
        let mut wanted: BTreeMap<TenantId, i64> = BTreeMap::new();
        for record in &records {
            *wanted.entry(record.tenant).or_insert(0) += i64::try_from(entries(record)).expect("entries are few");
        }
        for (tenant, most) in wanted {
            self.ids.reserve(&mut self.writer, tenant, "entry", most)?;
        }
        let ids = &mut self.ids;
        self.writer.record(&records, &mut |tenant| ids.draw(tenant, "entry"))
    }
}

/// A command with what it made true.
struct Decided<'a> {
    task: &'a Task,
    command: &'a Command,
    changes: Vec<Change>,
    outcome: Outcome,
}

/// What a new thing is called in the audit trail.
fn subject_of(outcome: Outcome) -> Option<String> {
    match outcome {
        Outcome::Order(id) => Some(id.to_string()),
        Outcome::Stock(id) => Some(id.to_string()),
        Outcome::Shipment(id) => Some(id.to_string()),
        Outcome::Invoice(id) => Some(id.to_string()),
        Outcome::Track(id) => Some(id.to_string()),
        Outcome::Comment(id) => Some(id.to_string()),
        Outcome::User(id) => Some(id.to_string()),
        Outcome::Done | Outcome::NotPossible(_) | Outcome::Count(_) | Outcome::SignInFailed => None,
    }
}
