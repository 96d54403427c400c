//! Regular expressions in searches: without regard to case, in time that is bounded by pattern times text.

use regex_lite::{Regex, RegexBuilder};

/// The largest pattern, compiled, in bytes.
const LARGEST: usize = 100_000;

/// Reads a pattern; nothing when it is none, or too large.
pub fn pattern(text: &str) -> Option<Regex> {
    RegexBuilder::new(text).case_insensitive(true).size_limit(LARGEST).build().ok()
}
