//! The heart of the speed: everything that waits is loaded, decided and recorded in one transaction.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use waybill_domain::{LetterKind, Timestamp};
use waybill_store::{Error, Mark, Writer};

use crate::batch::{self, Answers, Decided, Task, Trouble};
use crate::counts::Counts;
use crate::ids::{Drawer, Ids};
use crate::queue::Queue;
use crate::{Clock, Done, Failure, Job};

/// How often a command is tried where others are in the way, and how often those of a batch together: somebody may hold
/// the rows of one of them for long, and the others need not wait for that.
const TRIES: u32 = 6;
const TRIES_TOGETHER: u32 = 2;
/// The longest wait before the second try; each further one may wait twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(10);
/// How long the outcome of a commit is looked for after the connection was lost in it.
const LOOK_TIME: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Starts a committer on a thread of its own; it ends when nobody can send commands any more.
pub(crate) fn start(number: usize, committer: Committer, queue: Arc<Queue>, clock: Clock) -> JoinHandle<()> {
    std::thread::Builder::new()
        .name(format!("committer-{number}"))
        .spawn(move || run(committer, &queue, &clock))
        .expect("the machine can start a thread")
}

fn run(mut committer: Committer, queue: &Queue, clock: &Clock) {
    let mut waiting: Vec<Job> = Vec::new();
    while let Some(turn) = queue.take(&mut waiting) {
        let (batch, replies): (Vec<Task>, Vec<_>) = waiting.drain(..).map(|job| (job.task, job.reply)).unzip();
        let began = Instant::now();
        let answers = catch_unwind(AssertUnwindSafe(|| committer.carry_out(&batch, clock.now())));
        drop(turn);
        let answers = answers.unwrap_or_else(|_| {
            tracing::error!(commands = batch.len(), "a batch panicked: it has happened wholly or not at all");
            let _ = committer.writer.rollback();
            batch.iter().map(|_| Err(Failure::Unknown)).collect()
        });
        committer.counts.batch(batch.len(), began.elapsed());
        for (reply, answer) in replies.into_iter().zip(answers) {
            // Who asked may be gone; what was done stays done.
            let _ = reply.send(answer);
        }
    }
    committer.end();
}

/// A connection that writes, and the ids that may be given out.
pub(crate) struct Committer {
    writer: Writer,
    ids: Arc<Ids>,
    counts: Arc<Counts>,
    /// The kinds of letters that are sent.
    mailed: BTreeSet<LetterKind>,
    /// What the last batch knew in the end, for the law that compares it with what is stored.
    #[cfg(test)]
    pub(crate) last_set: Option<waybill_domain::WorkingSet>,
}

/// Why a batch came to nothing; or, in one case, nobody knows.
enum Failed {
    Store(Error),
    /// The connection was lost in the commit, and stayed lost.
    Unknown(Error),
}

impl Committer {
    pub(crate) fn new(writer: Writer, ids: Arc<Ids>, counts: Arc<Counts>, mailed: BTreeSet<LetterKind>) -> Committer {
        Committer {
            writer,
            ids,
            counts,
            mailed,
            #[cfg(test)]
            last_set: None,
        }
    }

    #[cfg(test)]
    pub(crate) fn fallbacks(&self) -> u64 {
        self.counts.fallbacks.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Carries out a batch. One that the database refuses is run again command by command, and one that somebody is
    /// in the way of in halves, so that one command does not hurt its neighbours.
    pub(crate) fn carry_out(&mut self, batch: &[Task], now: Timestamp) -> Answers {
        let tries = if batch.len() > 1 { TRIES_TOGETHER } else { TRIES };
        match self.try_often(batch, now, tries) {
            Ok(answers) => answers,
            Err(Failed::Store(Error::Contended(why))) if batch.len() > 1 => {
                tracing::debug!(why, commands = batch.len(), "a batch is carried out in halves");
                let (first, second) = batch.split_at(batch.len() / 2);
                let mut answers = self.carry_out(first, now);
                answers.extend(self.carry_out(second, now));
                answers
            }
            // The next one would fare no better.
            Err(failed @ (Failed::Store(Error::Gone(_) | Error::Contended(_)) | Failed::Unknown(_))) => {
                batch.iter().map(|task| Err(tell(task, &failed))).collect()
            }
            Err(Failed::Store(error)) => {
                if batch.len() > 1 {
                    tracing::warn!(%error, commands = batch.len(), "a batch was refused and is run command by command");
                }
                Counts::one_more(&self.counts.fallbacks);
                batch.iter().map(|task| self.alone(task, now)).collect()
            }
        }
    }

    fn alone(&mut self, task: &Task, now: Timestamp) -> Result<Done, Failure> {
        match self.try_often(std::slice::from_ref(task), now, TRIES) {
            Ok(mut answers) => answers.pop().expect("one command has one answer"),
            Err(failed) => Err(tell(task, &failed)),
        }
    }

    /// Tries again what others were in the way of, a little later each time.
    fn try_often(&mut self, batch: &[Task], now: Timestamp, most: u32) -> Result<Answers, Failed> {
        let mut tries = 0;
        loop {
            let failed = match self.attempt(batch, now) {
                Ok(answers) => return Ok(answers),
                Err(failed) => failed,
            };
            tries += 1;
            match &failed {
                Failed::Store(Error::Contended(why)) if tries < most => {
                    Counts::one_more(&self.counts.retries);
                    tracing::debug!(why, tries, commands = batch.len(), "a batch is tried again");
                    std::thread::sleep(up_to(FIRST_WAIT * 2_u32.pow(tries - 1)));
                }
                Failed::Store(_) | Failed::Unknown(_) => return Err(failed),
            }
        }
    }

    /// One transaction, or nothing at all. A panic in a decision is a bug of ours; it ends the command, not the
    /// program.
    fn attempt(&mut self, batch: &[Task], now: Timestamp) -> Result<Answers, Failed> {
        loop {
            self.writer.begin().map_err(Failed::Store)?;
            let mut kept = Drawer::default();
            let decided = catch_unwind(AssertUnwindSafe(|| {
                batch::carry_out(batch, now, &mut self.writer, &self.mailed, &self.ids, &mut kept)
            }));
            let trouble = match decided {
                Ok(Ok(decided)) => match self.commit(decided, kept)? {
                    Ok(answers) => return Ok(answers),
                    Err(error) => Trouble::Store(error),
                },
                // Ids that the database has already would be drawn again, and refused again.
                Ok(Err(trouble @ Trouble::Store(Error::Refused(_)))) => trouble,
                Ok(Err(trouble)) => {
                    self.ids.put_back(kept);
                    trouble
                }
                Err(_) => {
                    self.ids.put_back(kept);
                    Trouble::Store(Error::Conflict("a decision panicked".to_owned()))
                }
            };
            if let Err(error) = self.writer.rollback() {
                // After a failed commit there may be nothing left to roll back.
                tracing::debug!(%error, "rollback");
            }
            match trouble {
                Trouble::Store(error) => return Err(Failed::Store(error)),
                Trouble::Ids(wanted) => self.ids.take(&self.writer, &wanted).map_err(Failed::Store)?,
            }
        }
    }

    /// Commits; the inner error says that it is certain that nothing happened.
    fn commit(&mut self, decided: Decided, kept: Drawer) -> Result<Result<Answers, Error>, Failed> {
        let committed = match self.writer.commit() {
            Err(error @ Error::Gone(_)) => self.look_whether_committed(decided.mark, error)?,
            Err(error) => Err(error),
            Ok(()) => Ok(()),
        };
        Ok(match committed {
            Ok(()) => {
                self.ids.put_back(decided.rest);
                #[cfg(test)]
                {
                    self.last_set = decided.set;
                }
                Ok(decided.answers)
            }
            Err(error) => {
                self.ids.put_back(kept);
                Err(error)
            }
        })
    }

    /// The connection was lost in the commit: whether it happened is in the database, under the id of an entry that
    /// nobody else writes.
    fn look_whether_committed(&mut self, mark: Option<Mark>, error: Error) -> Result<Result<(), Error>, Failed> {
        let Some(mark) = mark else {
            // It wrote nothing that matters.
            return Ok(Err(error));
        };
        if let Err(error) = self.writer.rollback() {
            tracing::debug!(%error, "rollback");
        }
        let until = Instant::now() + LOOK_TIME;
        loop {
            match self.writer.is_recorded(&mark) {
                Ok(true) => return Ok(Ok(())),
                Ok(false) => return Ok(Err(error)),
                Err(Error::Gone(_) | Error::Contended(_)) if Instant::now() < until => std::thread::sleep(LOOK_AGAIN),
                Err(_) => return Err(Failed::Unknown(error)),
            }
        }
    }

    /// Leaves the counters where the next start finds no gap: the last committer to end.
    fn end(self) {
        if let Some(ids) = Arc::into_inner(self.ids)
            && let Err(error) = ids.end(&self.writer)
        {
            tracing::warn!(%error, "unused ids could not be given back; the next ones will be larger");
        }
    }
}

/// Says in the log what happened to a command, and to its caller what is certain.
fn tell(task: &Task, failed: &Failed) -> Failure {
    let (act, subject) = task.name_and_subject();
    let (subject, who) = (subject.as_deref().unwrap_or("-"), &task.who);
    match failed {
        Failed::Store(Error::Gone(why)) => {
            tracing::warn!(
                why,
                act,
                subject,
                who,
                "the database cannot be reached; nothing of the command has happened"
            );
            Failure::Unavailable
        }
        Failed::Store(Error::Contended(why)) => {
            tracing::warn!(
                why,
                act,
                subject,
                who,
                "others were in the way too long; nothing of the command has happened"
            );
            Failure::Busy
        }
        Failed::Store(error) => {
            tracing::error!(
                %error, act, subject, who,
                "a command could not be carried out; nothing of it has happened, it can be sent again"
            );
            Failure::Broken
        }
        Failed::Unknown(error) => {
            tracing::error!(
                %error, act, subject, who,
                "the database was lost in a commit: the command has happened wholly or not at all; with an idempotency \
                 key it can be sent again, without one look first"
            );
            Failure::Unknown
        }
    }
}

/// A random time up to this one: those who were in each other's way do not come back together.
fn up_to(most: Duration) -> Duration {
    let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX).max(1);
    let random = getrandom::u64().unwrap_or(most / 2);
    Duration::from_micros(random % most)
}
