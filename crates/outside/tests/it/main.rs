//! The outside, asked for real on loopback.

mod mail;
