//! Ids, drawn in blocks: no insert waits for a sequence, and no two processes draw the same.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

use waybill_domain::{IdKind, TenantId};
use waybill_store::{Result, Writer};

/// How many ids the first block of a kind has. Each further one has twice as many, for what is drawn often, up to
/// [`LARGEST`].
const SMALLEST: i64 = 1_000;
const LARGEST: i64 = 64_000;

/// Whose ids, and of what.
pub(crate) type Kind = (TenantId, IdKind);

/// How many ids of each kind somebody wants.
pub(crate) type Wanted = BTreeMap<Kind, i64>;

/// The ids that this process may give out: taken from the database for good, each in a transaction of its own.
#[derive(Default)]
pub(crate) struct Ids {
    stock: Mutex<Stock>,
}

#[derive(Default)]
struct Stock {
    blocks: BTreeMap<Kind, Block>,
    /// How often everything was forgotten.
    age: u64,
}

#[derive(Default)]
struct Block {
    supply: Supply,
    /// How many the last one had.
    size: i64,
}

impl Ids {
    /// Takes out so many ids of each kind; `None` when there are not enough of all of them.
    pub(crate) fn carve(&self, wanted: &Wanted) -> Option<Drawer> {
        let mut stock = self.stock();
        let Stock { blocks, age } = &mut *stock;
        if wanted.iter().any(|(kind, count)| blocks.get(kind).is_none_or(|block| block.supply.count() < *count)) {
            return None;
        }
        let carved = wanted.iter().map(|(kind, count)| {
            let block = blocks.get_mut(kind).expect("each kind was found a moment ago");
            (*kind, block.supply.carve(*count))
        });
        Some(Drawer { supplies: carved.collect(), age: *age })
    }

    /// Puts back what was not drawn, to be drawn next.
    pub(crate) fn put_back(&self, drawer: Drawer) {
        let mut stock = self.stock();
        if stock.age != drawer.age {
            return;
        }
        for (kind, supply) in drawer.supplies {
            stock.blocks.entry(kind).or_default().supply.put_back(supply);
        }
    }

    /// Forgets all ids. After a connection was lost the database may be another one, which was told of less and gives
    /// the same ids again: a gap is better.
    pub(crate) fn forget(&self) {
        let mut stock = self.stock();
        stock.blocks.clear();
        stock.age += 1;
    }

    fn stock(&self) -> MutexGuard<'_, Stock> {
        self.stock.lock().expect("nobody panics with it")
    }

    /// Takes further blocks from the database, for those kinds of which less than this is left.
    pub(crate) fn take(&self, writer: &Writer, wanted: &Wanted) -> Result<()> {
        for (kind, count) in wanted {
            let size = {
                let mut stock = self.stock();
                let block = stock.blocks.entry(*kind).or_default();
                if block.supply.count() >= *count {
                    continue;
                }
                block.size = (block.size * 2).clamp(SMALLEST, LARGEST).max(*count);
                block.size
            };
            let first = writer.take_ids(kind.0, &kind.1.counter(), size)?;
            self.stock().blocks.entry(*kind).or_default().supply.add(first..first + size);
        }
        Ok(())
    }

    /// Gives back to the database what was not drawn, where nobody has taken ids since: a restart leaves no gap.
    pub(crate) fn end(&self, writer: &Writer) -> Result<()> {
        let blocks = std::mem::take(&mut self.stock().blocks);
        for ((tenant, kind), mut block) in blocks {
            if let Some(last) = block.supply.ranges.pop_back() {
                writer.give_back_ids(tenant, &kind.counter(), last.start, last.end)?;
            }
        }
        Ok(())
    }
}

/// The ids that a batch may draw.
#[derive(Clone, Default)]
pub(crate) struct Drawer {
    supplies: BTreeMap<Kind, Supply>,
    /// Of which age of [`Ids`] it is.
    age: u64,
}

impl Drawer {
    /// The next id of a kind.
    pub(crate) fn draw(&mut self, kind: Kind) -> i64 {
        let drawn = self.supplies.get_mut(&kind).and_then(Supply::draw);
        drawn.expect("needs.rs says how many ids a command draws at the most")
    }

    /// Takes ids back that came to nothing, the last ones drawn: a refused command leaves no gap.
    pub(crate) fn undraw(&mut self, drawn: &[(Kind, i64)]) {
        for (kind, id) in drawn.iter().rev() {
            let mut one = Supply::default();
            one.add(*id..id + 1);
            self.supplies.entry(*kind).or_default().put_back(one);
        }
    }

    /// Adds ids of other kinds.
    pub(crate) fn join(&mut self, other: Drawer) {
        self.supplies.extend(other.supplies);
        self.age = other.age;
    }
}

/// Ids in the order in which they are drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Supply {
    ranges: VecDeque<Range<i64>>,
}

impl Supply {
    fn count(&self) -> i64 {
        self.ranges.iter().map(|range| range.end - range.start).sum()
    }

    fn draw(&mut self) -> Option<i64> {
        let range = self.ranges.front_mut()?;
        let id = range.start;
        range.start += 1;
        if range.is_empty() {
            self.ranges.pop_front();
        }
        Some(id)
    }

    /// Takes the next `count` ids out, or as many as there are.
    fn carve(&mut self, mut count: i64) -> Supply {
        let mut carved = Supply::default();
        while count > 0
            && let Some(mut range) = self.ranges.pop_front()
        {
            let taken = (range.end - range.start).min(count);
            carved.add(range.start..range.start + taken);
            range.start += taken;
            count -= taken;
            if !range.is_empty() {
                self.ranges.push_front(range);
            }
        }
        carved
    }

    fn add(&mut self, range: Range<i64>) {
        match self.ranges.back_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            Some(_) | None => self.ranges.push_back(range),
        }
    }

    /// Puts ids back in front.
    fn put_back(&mut self, mut supply: Supply) {
        while let Some(range) = supply.ranges.pop_back() {
            match self.ranges.front_mut() {
                Some(first) if first.start == range.end => first.start = range.start,
                Some(_) | None => self.ranges.push_front(range),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_drawn_is_drawn_next() {
        let mut supply = Supply::default();
        supply.add(1..11);
        let (mut one, two) = (supply.carve(4), supply.carve(3));
        assert_eq!((one.draw(), one.draw()), (Some(1), Some(2)));
        supply.put_back(one);
        supply.put_back(two);
        assert_eq!(supply.count(), 8);
        let mut ids: Vec<i64> = std::iter::from_fn(|| supply.draw()).collect();
        ids.sort_unstable();
        assert_eq!(ids, (3..11).collect::<Vec<_>>());
    }

    #[test]
    fn alone_ids_come_in_their_order() {
        let mut supply = Supply::default();
        supply.add(1..11);
        for expected in 1..=10 {
            let mut carved = supply.carve(5);
            assert_eq!(carved.draw(), Some(expected));
            supply.put_back(carved);
        }
        assert_eq!(supply.ranges, VecDeque::new());
    }
}
