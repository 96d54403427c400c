//! What the engine has done so far, for the operator.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counters that only grow.
#[derive(Debug, Default)]
pub struct Counts {
    /// Batches that were carried out.
    pub batches: AtomicU64,
    /// Commands in them.
    pub commands: AtomicU64,
    /// Batches that were run again command by command.
    pub fallbacks: AtomicU64,
    /// Batches that were tried again because others were in the way: serialisation failures, deadlocks, locks.
    pub retries: AtomicU64,
    /// Commands that were turned away because too many were waiting.
    pub turned_away: AtomicU64,
    /// How many commands batches had.
    pub batch_sizes: Histogram,
    /// How long batches took, in microseconds.
    pub batch_times: Histogram,
    /// Errands that were carried out.
    pub errands: AtomicU64,
    /// Errands that came to nothing and will be tried again.
    pub errands_failed: AtomicU64,
}

impl Counts {
    pub(crate) fn one_more(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn batch(&self, commands: usize, time: Duration) {
        Counts::one_more(&self.batches);
        self.commands.fetch_add(commands as u64, Ordering::Relaxed);
        self.batch_sizes.count(commands as u64);
        self.batch_times.count(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }
}

/// How often values were at most 1, 2, 4 and so on.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; Histogram::BUCKETS],
    sum: AtomicU64,
}

impl Histogram {
    /// The last one has everything that is larger.
    const BUCKETS: usize = 28;

    fn count(&self, value: u64) {
        let bucket = usize::try_from(value.max(1).next_power_of_two().trailing_zeros()).unwrap_or(usize::MAX);
        Counts::one_more(&self.buckets[bucket.min(Histogram::BUCKETS - 1)]);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// The largest value of each bucket, and how many values are in it and all before it; the last one is boundless.
    pub fn cumulated(&self) -> Vec<(Option<u64>, u64)> {
        let mut total = 0;
        let buckets = self.buckets.iter().enumerate().map(|(index, bucket)| {
            total += bucket.load(Ordering::Relaxed);
            ((index + 1 < Histogram::BUCKETS).then_some(1 << index), total)
        });
        buckets.collect()
    }

    /// All values together.
    pub fn sum(&self) -> u64 {
        self.sum.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_by_powers_of_two() {
        let histogram = Histogram::default();
        for value in [0, 1, 2, 3, 4, 5, u64::MAX / 2] {
            histogram.count(value);
        }
        let cumulated = histogram.cumulated();
        assert_eq!(cumulated[..4], [(Some(1), 2), (Some(2), 3), (Some(4), 5), (Some(8), 6)]);
        assert_eq!(cumulated.last(), Some(&(None, 7)));
    }
}
