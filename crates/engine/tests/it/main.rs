//! The engine with real databases: several at once over one, errands, and what the database throws in between.

mod contention;
mod errands;
mod letters;
mod processes;
mod shop;
mod simulation;
