//! The real binary, from outside.

mod borders;
mod command_line;
mod killed;
mod money;
mod operations;
mod reporting;
mod running;
mod verify;
