//! The simulator (`bench/src/simulate.rs`): everything at once, from seeds. A seed that fails says how to see it again.

use waybill_bench::{On, STEPS, Simulation};
use waybill_harness::POSTGRES;

/// Tests run beside each other: each has its own seeds.
const SEEDS: u64 = 250;

fn simulate(part: u64) {
    // On PostgreSQL a database for each run takes longer than the run.
    let (on, seeds) = if std::env::var(POSTGRES).is_ok() { (On::Postgres, 4) } else { (On::Sqlite, SEEDS) };
    let simulation = Simulation { on, from: part * SEEDS, seeds, steps: STEPS, at_once: 1 };
    if let Err(report) = simulation.run(|_| {}) {
        panic!("{report}");
    }
}

#[test]
fn whatever_goes_wrong_the_books_agree_1() {
    simulate(0);
}

#[test]
fn whatever_goes_wrong_the_books_agree_2() {
    simulate(1);
}

#[test]
fn whatever_goes_wrong_the_books_agree_3() {
    simulate(2);
}

#[test]
fn whatever_goes_wrong_the_books_agree_4() {
    simulate(3);
}

#[test]
fn whatever_goes_wrong_the_books_agree_5() {
    simulate(4);
}

#[test]
fn whatever_goes_wrong_the_books_agree_6() {
    simulate(5);
}

#[test]
fn whatever_goes_wrong_the_books_agree_7() {
    simulate(6);
}

#[test]
fn whatever_goes_wrong_the_books_agree_8() {
    simulate(7);
}
