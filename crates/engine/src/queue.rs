//! What waits to be carried out, and who takes it: one queue for all committers of a process.
//!
//! A batch costs a database much the same however much is in it, so few and large ones are better than many small
//! ones. While a committer is at work, another only joins it once enough is waiting. And nobody takes what shares its
//! lane (an order, a sku) with something that is being carried out: it would only wait for the same rows in the
//! database.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::Job;

/// The most commands in one transaction: more would keep the first ones waiting.
const MOST_AT_ONCE: usize = 128;

/// How many must wait for a further committer to join those that are at work.
const WORTH_ANOTHER: usize = 16;

/// The jobs of a process, in the order in which they came.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// There may be something to take, or nothing will come any more.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    /// Lanes of what is being carried out.
    busy: HashSet<u64>,
    /// How many committers are at work.
    working: usize,
    closed: bool,
}

/// So many wait that one more would only wait in vain.
#[derive(Debug)]
pub(crate) struct Full;

/// A committer's turn: when it is dropped, others may have its lanes.
pub(crate) struct Turn<'a> {
    queue: &'a Queue,
    lanes: Vec<u64>,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with it")
    }

    /// Lets a job wait, unless so many wait already.
    pub(crate) fn push(&self, job: Job, most: usize) -> Result<(), Full> {
        let mut state = self.state();
        if state.waiting.len() >= most {
            return Err(Full);
        }
        let is_free = !state.busy.contains(&job.lane);
        state.waiting.push_back(job);
        if state.working == 0 || (is_free && state.waiting.len() >= WORTH_ANOTHER) {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.state().waiting.len()
    }

    /// Nothing comes any more; what waits is still carried out.
    fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    /// Waits for something to do, and takes it; `None` when nothing will come any more.
    pub(crate) fn take(&self, jobs: &mut Vec<Job>) -> Option<Turn<'_>> {
        let mut state = self.state();
        loop {
            let enough = if state.working == 0 { 1 } else { WORTH_ANOTHER };
            if state.waiting.len() >= enough {
                let lanes = state.take(jobs);
                if !jobs.is_empty() {
                    state.working += 1;
                    if state.waiting.len() >= WORTH_ANOTHER {
                        self.changed.notify_one();
                    }
                    return Some(Turn { queue: self, lanes });
                }
            } else if state.closed && state.waiting.is_empty() {
                return None;
            }
            state = self.changed.wait(state).expect("nobody panics with it");
        }
    }
}

impl State {
    /// Takes the first of what is in no busy lane; the lanes, which are busy from now on.
    fn take(&mut self, jobs: &mut Vec<Job>) -> Vec<u64> {
        let mut left = VecDeque::new();
        let mut lanes = Vec::new();
        while jobs.len() < MOST_AT_ONCE
            && let Some(job) = self.waiting.pop_front()
        {
            if self.busy.contains(&job.lane) {
                left.push_back(job);
            } else {
                lanes.push(job.lane);
                jobs.push(job);
            }
        }
        // What was passed over came before what was not looked at.
        left.append(&mut self.waiting);
        self.waiting = left;
        self.busy.extend(&lanes);
        lanes
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        for lane in &self.lanes {
            state.busy.remove(lane);
        }
        state.working -= 1;
        // Somebody may wait for these lanes, for fewer to be at work, or for the end.
        if !state.waiting.is_empty() || state.closed {
            self.queue.changed.notify_all();
        }
    }
}

/// The callers' end of a queue: when it goes, nothing comes any more.
pub(crate) struct Entrance {
    pub(crate) queue: Arc<Queue>,
}

impl Drop for Entrance {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;
    use crate::batch::{Task, Work};

    fn job(lane: u64) -> Job {
        let task = Task {
            tenant: waybill_domain::TenantId(1),
            who: String::new(),
            credential: String::new(),
            key: None,
            work: Work::KeepBody(String::new()),
        };
        Job { task, lane, reply: oneshot::channel().0 }
    }

    fn lanes(jobs: &[Job]) -> Vec<u64> {
        jobs.iter().map(|job| job.lane).collect()
    }

    #[test]
    fn what_shares_a_lane_with_something_at_work_waits_for_it() {
        let queue = Queue::default();
        assert!(queue.push(job(7), 99).is_ok());
        let mut first = Vec::new();
        let turn = queue.take(&mut first);
        for lane in [7, 8, 7].into_iter().chain(100..100 + WORTH_ANOTHER as u64) {
            assert!(queue.push(job(lane), 99).is_ok());
        }
        let mut second = Vec::new();
        let other = queue.take(&mut second);
        assert_eq!(second[0].lane, 8);
        assert_eq!(second.len(), 1 + WORTH_ANOTHER);
        assert_eq!(queue.len(), 2);
        drop((turn, other));
        let mut third = Vec::new();
        let turn = queue.take(&mut third);
        assert!(turn.is_some());
        assert_eq!(lanes(&third), [7, 7]);
    }

    #[test]
    fn a_second_committer_joins_when_enough_is_waiting_and_ends_when_nothing_comes() {
        let entrance = Entrance { queue: Arc::default() };
        let queue = entrance.queue.clone();
        assert!(queue.push(job(0), 99).is_ok());
        let mut mine = Vec::new();
        let turn = queue.take(&mut mine);
        let (told, heard) = std::sync::mpsc::channel();
        let other = std::thread::spawn({
            let queue = queue.clone();
            move || {
                let mut jobs = Vec::new();
                while let Some(turn) = queue.take(&mut jobs) {
                    told.send(jobs.len()).expect("the test listens");
                    jobs.clear();
                    drop(turn);
                }
            }
        });
        for lane in 1..WORTH_ANOTHER as u64 {
            assert!(queue.push(job(lane), 99).is_ok());
        }
        assert_eq!(queue.len(), WORTH_ANOTHER - 1, "nobody joins for so few");
        assert!(queue.push(job(99), 99).is_ok());
        assert_eq!(heard.recv_timeout(Duration::from_secs(10)), Ok(WORTH_ANOTHER));
        drop(turn);
        drop(entrance);
        assert!(other.join().is_ok(), "it ends");
    }

    #[test]
    fn one_too_many_is_refused() {
        let queue = Queue::default();
        assert!(queue.push(job(1), 1).is_ok());
        assert!(queue.push(job(2), 1).is_err());
    }
}
