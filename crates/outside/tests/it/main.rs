//! The outside, asked over real connections; whom we ask is on this machine.

mod localstripe;
mod mail;
mod scripted;
mod stripe;
