//! The engine with real databases: several at once over one, errands, and what the database throws in between.

mod carriers;
mod contention;
mod errands;
mod letters;
mod processes;
mod shop;
mod simulation;
