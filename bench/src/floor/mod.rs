//! The floors: what the same engine does with the same rows when nothing else is done, on a copy of the same database,
//! in the same run.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::time::Duration;

#[expect(clippy::float_arithmetic, reason = "a rate for people to read")]
pub(crate) fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(0.001)
}
