//! Has letters sent: each at most once, whatever ends in the middle of it (invariant E5, decision 14).
//!
//! A letter is marked as being sent before a mail server is asked. If the process ends between that and knowing what
//! came of it, nobody sends the letter again: it is settled as perhaps sent, and whoever wants can ask for it anew.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use waybill_domain::{Command, Delivery, Errand, Letter, LetterId, LetterKind, LetterState, Timestamp};
use waybill_outside::mail::{self, Letters, MailOutcome, Mailer, Person};
use waybill_store::{Lane, Leased, Readers, Result, Writer};

use crate::batch::Work;
use crate::counts::Counts;
use crate::queue::Queue;
use crate::{Caller, Clock, job, lane, notice, random_hex};

/// How long beyond the slowest sending an errand is held.
const LEASE_MS: i64 = 60_000;
/// How many letters are sent at once.
const AT_ONCE: i64 = 8;
/// How soon a letter that was put off is tried again, and how late at the most.
const FIRST_PAUSE_MS: i64 = 15_000;
const LONGEST_PAUSE_MS: i64 = 15 * 60_000;
/// When a letter is no longer news.
const TOO_OLD_MS: i64 = 5 * 24 * 3_600_000;

/// How letters leave.
pub struct Mail {
    pub mailer: Mailer,
    pub letters: Letters,
    /// Those that are sent; no other is written down.
    pub kinds: BTreeSet<LetterKind>,
    /// Where the shop is, for the letters' readers; may be empty.
    pub shop_url: String,
}

/// What has letters sent.
pub(crate) struct Postman {
    pub(crate) writer: Writer,
    pub(crate) readers: Arc<Readers>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) clock: Clock,
    pub(crate) counts: Arc<Counts>,
    pub(crate) mail: Arc<Mail>,
    /// Where mail servers are asked.
    pub(crate) runtime: tokio::runtime::Handle,
    /// Who holds the leases and sends: this postman, in this run of this process.
    pub(crate) name: String,
    /// Whether the engine is being closed: no further letter is begun then.
    pub(crate) closing: Arc<AtomicBool>,
}

/// What is to be done about a letter.
enum Next {
    Send(mail::Letter),
    Settle(Delivery),
    /// Somebody else sees to it.
    Nothing,
}

impl Postman {
    pub(crate) fn name() -> String {
        random_hex()
    }

    /// Sends all that is due now; how many errands that were.
    pub(crate) fn work(&self) -> Result<usize> {
        let mut carried_out = 0;
        while !self.closing.load(Ordering::Relaxed) {
            let leased = self.lease()?;
            if leased.is_empty() {
                break;
            }
            carried_out += leased.len();
            let mut on_their_way = tokio::task::JoinSet::new();
            // Whatever goes wrong with one letter, those that are on their way are seen to.
            let mut trouble = None;
            for errand in leased {
                let Errand::Mail(id) = errand.errand else { unreachable!("the lane has letters only") };
                match self.prepare(&errand, id) {
                    Ok(Next::Send(letter)) => {
                        let mail = self.mail.clone();
                        let send = async move { (errand, id, mail.mailer.send(&letter).await) };
                        on_their_way.spawn_on(send, &self.runtime);
                    }
                    Ok(Next::Settle(delivery)) => self.settle(&errand, id, delivery),
                    Ok(Next::Nothing) => {}
                    Err(error) => trouble = trouble.or(Some(error)),
                }
            }
            // One that panics stays marked as being sent: whoever holds its errand next settles it.
            while let Some(sent) = self.runtime.block_on(on_their_way.join_next()) {
                if let Ok((errand, id, outcome)) = sent {
                    trouble = trouble.or(self.end(&errand, id, outcome).err());
                }
            }
            if let Some(error) = trouble {
                return Err(error);
            }
        }
        Ok(carried_out)
    }

    /// Takes what is due.
    pub(crate) fn lease(&self) -> Result<Vec<Leased>> {
        let now = self.clock.now();
        let longest = i64::try_from(self.mail.mailer.longest().as_millis()).unwrap_or(i64::MAX / 4);
        self.writer.lease(Lane::Mail, &self.name, now, Timestamp(now.0 + LEASE_MS + longest), AT_ONCE)
    }

    /// Writes a letter, and marks it as being sent.
    fn prepare(&self, errand: &Leased, id: LetterId) -> Result<Next> {
        let tenant = errand.tenant;
        let read = self.readers.read(|view| {
            let Some(letter) = view.letter(tenant, id)? else {
                return Ok(None);
            };
            let told = notice::read(view, tenant, &letter)?;
            Ok(Some((letter, told, view.installation()?)))
        })?;
        let refused = |why: String| Ok(Next::Settle(Delivery::Refused { why }));
        let Some((letter, told, installation)) = read else {
            return Ok(Next::Nothing);
        };
        match letter.state {
            LetterState::Wanted => {}
            LetterState::Sending => {
                let why = "the process that was sending it ended before it knew what came of it".to_owned();
                return Ok(Next::Settle(Delivery::Perhaps { why }));
            }
            LetterState::Sent | LetterState::Perhaps | LetterState::Refused => return Ok(Next::Nothing),
        }
        let Some(told) = told else {
            return refused("what it tells of is not there".to_owned());
        };
        // Somebody wanted it at the very moment in which the order was redacted.
        if told.is_redacted() {
            return refused("the order was redacted".to_owned());
        }
        if !self.mail.kinds.contains(&letter.kind) {
            return refused("letters of this kind are switched off".to_owned());
        }
        if self.clock.now().0 - letter.created_at.0 > TOO_OLD_MS {
            let last = letter.reason.as_ref().map_or_else(String::new, |reason| format!("; the last time: {reason}"));
            return refused(format!("it could not be sent within five days{last}"));
        }
        let notice = notice::notice(&letter, &told, &self.mail.shop_url);
        let rendered = match self.mail.letters.render(&notice) {
            Ok(rendered) => rendered,
            Err(fault) => return refused(format!("it cannot be written: {fault}")),
        };
        for fault in &rendered.faults {
            tracing::warn!(%fault, letter = id.0, "a mail template failed; what is built in took its place");
        }
        if !self.writer.claim_letter(&self.name, errand, id)? {
            return Ok(Next::Nothing);
        }
        Ok(Next::Send(mail::Letter {
            message_id: self.message_id(&letter, errand, &installation),
            to: Person { name: notice.customer_name, address: letter.recipient },
            subject: rendered.subject,
            html: rendered.html,
            text: rendered.text,
        }))
    }

    /// The same for ever, and no other's: databases have names of their own.
    fn message_id(&self, letter: &Letter, errand: &Leased, installation: &str) -> String {
        format!("letter-{}-{}-{installation}@{}", errand.tenant, letter.id, self.mail.mailer.domain())
    }

    fn end(&self, errand: &Leased, id: LetterId, outcome: MailOutcome) -> Result<()> {
        match outcome {
            MailOutcome::Done { reply: _, copy_refused } => {
                if let Some(why) = copy_refused {
                    tracing::warn!(letter = id.0, why, "a letter was sent, its copy was not");
                }
                self.settle(errand, id, Delivery::Sent);
            }
            MailOutcome::Refused { reason } => self.settle(errand, id, Delivery::Refused { why: reason }),
            MailOutcome::Unknown { why } => self.settle(errand, id, Delivery::Perhaps { why }),
            MailOutcome::NotYet { why } => {
                Counts::one_more(&self.counts.errands_failed);
                tracing::warn!(
                    letter = id.0,
                    attempts = errand.attempts,
                    why,
                    "a letter was put off; it is tried again"
                );
                self.writer.release_letter(&self.name, errand, id, &why)?;
                let pause = FIRST_PAUSE_MS << errand.attempts.saturating_sub(1).clamp(0, 20);
                let next = Timestamp(self.clock.now().0 + pause.min(LONGEST_PAUSE_MS));
                self.writer.postpone_errand(&self.name, errand, next)?;
            }
        }
        Ok(())
    }

    /// Has it written down what became of a letter. Should that fail, the errand comes back when its lease has run out,
    /// and then nobody knows any more.
    fn settle(&self, errand: &Leased, id: LetterId, delivery: Delivery) {
        match &delivery {
            Delivery::Sent => {}
            Delivery::Perhaps { why } => {
                tracing::warn!(
                    letter = id.0,
                    why,
                    "a letter may have been sent; it is not sent again unless asked for"
                );
            }
            Delivery::Refused { why } => tracing::warn!(letter = id.0, why, "a letter was not sent"),
        }
        let command = Command::SettleLetter { letter: id, delivery };
        let lane = lane::lane(&command);
        let caller = Caller { name: "mail".to_owned(), ..Caller::operator(errand.tenant) };
        let (job, answer) = job(&caller, None, lane, Work::Command { command: Arc::new(command), shown: false });
        // It is not turned away, however many wait: the letter has left.
        let settled = match self.queue.push(job, usize::MAX) {
            Ok(()) => self.runtime.block_on(answer).is_ok_and(|done| done.is_ok()),
            Err(_) => false,
        };
        if settled {
            Counts::one_more(&self.counts.errands);
        } else {
            Counts::one_more(&self.counts.errands_failed);
            tracing::error!(letter = id.0, "what became of a letter could not be written down");
        }
    }
}
