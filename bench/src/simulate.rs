//! The simulator: the real engine over the real store, in a world that refuses, stalls, forgets and answers late, with
//! a process that dies between any two steps. Everything comes from a seed, so a seed reproduces a run; only where
//! several clients ask at one moment, who of them comes first is the machine's choice.
//!
//! It lives here, as both the command line and the engine's tests run it.

mod asks;
mod check;
mod fulfilment;
mod ground;
mod labels;
mod random;
mod run;
mod since;
mod world;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::On;
use ground::Grounds;
use run::Run;

/// How many steps a run has unless told otherwise.
pub const STEPS: u64 = 18;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Simulation {
    pub on: On,
    /// The first seed.
    pub from: u64,
    /// How many seeds.
    pub seeds: u64,
    /// Of each run, before everything comes to rest.
    pub steps: u64,
    /// How many runs at once.
    pub at_once: usize,
}

/// A run in which something was not as it must be.
struct Failed {
    seed: u64,
    /// What was done, in words; the last of it is what failed.
    steps: Vec<String>,
    /// With the letter of the invariant.
    expected: String,
    found: String,
}

/// What runs went through.
#[derive(Clone, Debug, Default)]
pub struct Simulated {
    pub seeds: u64,
    pub took: Duration,
    /// What was done in the last run, in words.
    pub last: Vec<String>,
    /// How often each thing happened, in words.
    pub counts: Vec<(String, u64)>,
}

impl std::fmt::Display for Simulated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Simulated { seeds, took, last, counts } = self;
        if *seeds == 1 {
            writeln!(f, "{}\n", numbered(last))?;
        }
        for (what, count) in counts {
            writeln!(f, "{count:>9} {what}")?;
        }
        let (ms, seeds) = (took.as_millis(), *seeds);
        let a_second = u128::from(seeds) * 1_000 / ms.max(1);
        writeln!(f, "{seeds} runs in {}.{:01} s ({a_second} a second): everything held.", ms / 1_000, ms % 1_000 / 100)
    }
}

impl Simulation {
    /// Runs until one fails or all are done. The error is a report.
    pub fn run(&self, progress: impl Fn(u64) + Send + Sync) -> Result<Simulated, String> {
        world::let_the_dead_be_silent();
        let began = Instant::now();
        let runtime = one_thread()?;
        let grounds = runtime.block_on(Grounds::new(self.on))?;
        drop(runtime);
        let (next, done, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
        let tallies = std::sync::Mutex::new(std::collections::BTreeMap::<String, u64>::new());
        let last = std::sync::Mutex::new(Vec::new());
        let one_after_another = || -> Result<(), String> {
            let runtime = one_thread()?;
            while !stop.load(Ordering::Relaxed) {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= self.seeds {
                    break;
                }
                let seed = self.from + index;
                match runtime.block_on(Run::play(&grounds, seed, self.steps)) {
                    Ok((said, tally)) => {
                        *last.lock().expect("nobody panics with it") = said;
                        let mut tallies = tallies.lock().expect("nobody panics with it");
                        for (what, count) in tally {
                            *tallies.entry(what).or_insert(0) += count;
                        }
                    }
                    Err(failed) => {
                        stop.store(true, Ordering::Relaxed);
                        return Err(self.report(&failed));
                    }
                }
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.at_once.max(1)).map(|_| scope.spawn(one_after_another)).collect();
            let ends = threads.into_iter().map(|thread| thread.join().expect("a run that fails says so"));
            ends.fold(Ok(()), Result::and)
        })?;
        let counts = tallies.into_inner().expect("nobody panics with it").into_iter().collect();
        let last = last.into_inner().expect("nobody panics with it");
        Ok(Simulated { seeds: self.seeds, took: began.elapsed(), last, counts })
    }

    fn report(&self, failed: &Failed) -> String {
        let Failed { seed, steps, expected, found } = failed;
        let on = match self.on {
            On::Sqlite => "sqlite",
            On::Postgres => "postgres",
        };
        format!(
            "seed {seed} fails, on {on}\n\n{}\n\nexpected: {expected}\n   found: {found}\n\nThe same again: waybill bench \
             simulate --from {seed} --seeds 1 --steps {} --on {on}\n\
             (What was asked at once may come out in another order; then it takes a few tries.)\n",
            numbered(steps),
            self.steps,
        )
    }
}

fn numbered(steps: &[String]) -> String {
    let numbered = steps.iter().enumerate().map(|(index, step)| format!("{:>4}. {step}", index + 1));
    numbered.collect::<Vec<_>>().join("\n")
}

/// Each thread of runs has one thread of its own: what several clients do then happens in one order.
fn one_thread() -> Result<tokio::runtime::Runtime, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())
}
