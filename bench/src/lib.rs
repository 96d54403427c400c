//! The load generator, the floors that it is compared with, and the simulator.

mod client;
mod fill;
mod floor;
mod load;
mod ship;
mod simulate;

pub use client::{Client, Reply};
pub use fill::fill;
pub use ship::{Door, On, Plan, ship};
pub use simulate::{STEPS, Simulated, Simulation};
