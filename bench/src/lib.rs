//! The load generator, and the floors that it is compared with.

mod client;
mod fill;
mod floor;
mod load;
mod ship;

pub use client::{Client, Reply};
pub use fill::fill;
pub use ship::{On, Plan, ship};
