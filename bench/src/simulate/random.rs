//! Chance from a seed: the same numbers on every machine, for ever (splitmix64).

/// A stream of numbers.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// The stream of one step of a seed: it does not depend on what other steps drew.
    pub(super) fn of(seed: u64, step: u64) -> Random {
        let mut mixed = Random(seed);
        mixed.0 = mixed.next() ^ step.wrapping_mul(0xd1b5_4a32_d192_ed03);
        mixed.next();
        mixed
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From zero up to this, without it.
    pub(super) fn below(&mut self, end: i64) -> i64 {
        let end = u64::try_from(end.max(1)).expect("it is above zero");
        i64::try_from(self.next() % end).expect("it is below an i64")
    }

    /// So often out of so many.
    pub(super) fn chance(&mut self, times: i64, of: i64) -> bool {
        self.below(of) < times
    }

    /// One of these; none where there is none.
    pub(super) fn any<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let index = self.below(i64::try_from(from.len()).expect("a list in memory"));
        from.get(usize::try_from(index).expect("it is not below zero"))
    }

    /// One of these, of which there is at least one.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        *self.any(from).expect("there is something to pick from")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_draws_the_same_whatever_was_drawn_before() {
        let draw = |seed, step| {
            let mut random = Random::of(seed, step);
            [random.below(1_000), random.below(1_000), random.below(1_000)]
        };
        assert_eq!(draw(7, 3), draw(7, 3));
        assert_ne!(draw(7, 3), draw(7, 4));
        assert_ne!(draw(7, 3), draw(8, 3));
    }
}
