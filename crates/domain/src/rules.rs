//! The rules, a script each: what is asked, and what comes of it. `testing/notation.rs` says how to read them.

mod accept;
mod access;
mod cancel;
mod counts;
mod due;
mod fulfil;
mod invoice;
mod kits;
mod letter;
mod money;
mod pack;
mod payment;
mod places;
mod redact;
mod refund;
mod revise;
mod selection;
mod ship;
mod state;
