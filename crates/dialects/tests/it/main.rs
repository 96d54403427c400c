//! The doors from outside: real router, real store, a clock that stands still.

mod at_once;
mod bad_input;
mod carriyo_at_once;
mod carriyo_bad_input;
mod carriyo_keys;
mod centra_at_once;
mod centra_bad_input;
mod client;
mod doors;
mod elsewhere;
mod isolation;
mod keys;
mod plugged;
mod redacted;
mod repeats;
mod schema;
mod shop;
mod transcript;
mod webhooks;
