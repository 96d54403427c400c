//! What is outside: a gateway and a carrier whose ledgers survive us, and the ways in which reaching them fails. Mail gets
//! its place here when the engine asks for it.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, Once};

use waybill_domain::{CarrierEntry, LedgerEntry};
use waybill_engine::outside::{carrier, payment};

/// What goes wrong when the gateway or the carrier is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The request is lost.
    Lost,
    /// It is done, and the answer is lost.
    Unanswered,
    /// The process dies before it has asked.
    DiesBefore,
    /// It is done, and the process dies before it hears of it.
    DiesAfter,
}

impl Fault {
    pub(super) const ALL: [Fault; 4] = [Fault::Lost, Fault::Unanswered, Fault::DiesBefore, Fault::DiesAfter];

    pub(super) fn words(self) -> &'static str {
        match self {
            Fault::Lost => "the request is lost",
            Fault::Unanswered => "it is done and the answer is lost",
            Fault::DiesBefore => "the process dies before",
            Fault::DiesAfter => "it is done and the process dies",
        }
    }
}

/// The world, which outlives every process.
#[derive(Default)]
pub(super) struct World(Mutex<State>);

#[derive(Default)]
struct State {
    entries: Vec<LedgerEntry>,
    labels: Vec<CarrierEntry>,
    /// What goes wrong, and how many requests before it go well.
    fault: Option<(Fault, i64)>,
    /// Nobody gets through.
    is_out: bool,
    /// The process is dead: whatever of it still moves may not reach anybody.
    is_dead: bool,
}

impl World {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics with it")
    }

    /// The gateway's books.
    pub(super) fn entries(&self) -> Vec<LedgerEntry> {
        self.state().entries.clone()
    }

    /// The carrier's.
    pub(super) fn labels(&self) -> Vec<CarrierEntry> {
        self.state().labels.clone()
    }

    /// Money that a shop has set aside by itself.
    pub(super) fn add(&self, entry: LedgerEntry) {
        self.state().entries.push(entry);
    }

    /// Lets something go wrong after so many requests.
    pub(super) fn arm(&self, fault: Fault, after: i64) {
        self.state().fault = Some((fault, after));
    }

    /// Whatever was to go wrong and did not is forgotten.
    pub(super) fn disarm(&self) {
        self.state().fault = None;
    }

    pub(super) fn set_out(&self, is_out: bool) {
        self.state().is_out = is_out;
    }

    pub(super) fn is_out(&self) -> bool {
        self.state().is_out
    }

    pub(super) fn is_dead(&self) -> bool {
        self.state().is_dead
    }

    /// A new process begins.
    pub(super) fn revive(&self) {
        if std::mem::take(&mut self.state().is_dead) {
            DEAD.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

impl State {
    fn end(&mut self) {
        self.is_dead = true;
        DEAD.fetch_add(1, Ordering::SeqCst);
    }
}

impl World {
    /// A request reaches whoever is outside, who then does what it asks for; unless something goes wrong on the way.
    fn reach(&self, act: impl FnOnce(&mut State)) -> Result<(), String> {
        let mut state = self.state();
        if state.is_dead {
            drop(state);
            die();
        }
        let fault = match state.fault {
            Some((fault, 0)) => {
                state.fault = None;
                Some(fault)
            }
            Some((fault, after)) => {
                state.fault = Some((fault, after - 1));
                None
            }
            None => None,
        };
        if state.is_out || fault == Some(Fault::Lost) {
            return Err("nobody answers".to_owned());
        }
        if fault == Some(Fault::DiesBefore) {
            state.end();
            drop(state);
            die();
        }
        act(&mut state);
        match fault {
            None | Some(Fault::Lost | Fault::DiesBefore) => Ok(()),
            Some(Fault::Unanswered) => Err("the answer was lost".to_owned()),
            Some(Fault::DiesAfter) => {
                state.end();
                drop(state);
                die()
            }
        }
    }
}

/// Changes a ledger: `decide` sees all that belongs together, and gives the entry to write, in the place of its own.
fn write<Entry: Clone>(
    entries: &mut Vec<Entry>,
    is_of: impl Fn(&Entry) -> bool,
    is_it: impl Fn(&Entry, &Entry) -> bool,
    decide: &mut dyn FnMut(&[Entry]) -> Option<Entry>,
) {
    let of: Vec<Entry> = entries.iter().filter(|entry| is_of(entry)).cloned().collect();
    if let Some(new) = decide(&of) {
        match entries.iter_mut().find(|entry| is_it(entry, &new)) {
            Some(known) => *known = new,
            None => entries.push(new),
        }
    }
}

impl payment::rehearsal::Ledger for World {
    fn write(
        &self,
        authorisation: &str,
        decide: &mut dyn FnMut(&[LedgerEntry]) -> Option<LedgerEntry>,
    ) -> Result<(), String> {
        self.reach(|state| {
            let is_of = |entry: &LedgerEntry| entry.authorisation == authorisation;
            write(&mut state.entries, is_of, |one, other| one.key == other.key, decide);
        })
    }
}

impl carrier::rehearsal::Ledger for World {
    fn write(
        &self,
        tracking: &str,
        decide: &mut dyn FnMut(&[CarrierEntry]) -> Option<CarrierEntry>,
    ) -> Result<(), String> {
        self.reach(|state| {
            let is_of = |entry: &CarrierEntry| entry.tracking == tracking;
            write(&mut state.labels, is_of, |one, other| one.key == other.key, decide);
        })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.revive();
    }
}

/// How many processes are dead at the moment, in all worlds.
static DEAD: AtomicUsize = AtomicUsize::new(0);

/// Ends whoever asked, and whoever waits for it: as the end of a process does. All that a process does beside its
/// database goes through one of these ledgers, and a dead one gets no further than that.
fn die() -> ! {
    resume_unwind(Box::new("the process is dead"))
}

/// Threads that wait for one that died panic in their turn, and say so: nobody wants to read that.
pub(super) fn let_the_dead_be_silent() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let otherwise = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if DEAD.load(Ordering::SeqCst) == 0 {
                otherwise(panic);
            }
        }));
    });
}
