//! Ids, drawn in blocks: no insert waits for a sequence, and no two processes draw the same.

use std::collections::HashMap;

use waybill_domain::TenantId;
use waybill_store::{Result, Writer};

/// How many ids a block has at least.
const BLOCK: i64 = 1_000;

/// The ids that this process may give out.
#[derive(Default)]
pub(crate) struct Ids {
    blocks: HashMap<(TenantId, &'static str), Block>,
}

struct Block {
    next: i64,
    /// The first id that is not ours.
    end: i64,
}

impl Ids {
    /// Makes sure that `most` ids of a counter can be drawn. What it takes becomes ours with the commit; after a
    /// rollback everything must be forgotten.
    pub(crate) fn reserve(
        &mut self,
        writer: &mut Writer,
        tenant: TenantId,
        counter: &'static str,
        most: i64,
    ) -> Result<()> {
        let block = self.blocks.entry((tenant, counter)).or_insert(Block { next: 0, end: 0 });
        if block.end - block.next >= most {
            return Ok(());
        }
        let first = writer.next_id(tenant, counter)?;
        // Another process may have taken ids in between; then the rest of our block stays unused.
        if first != block.end {
            block.next = first;
        }
        block.end = first + most.max(BLOCK);
        writer.take_ids(tenant, counter, block.end)
    }

    /// The next id of a counter.
    pub(crate) fn draw(&mut self, tenant: TenantId, counter: &'static str) -> i64 {
        let block = self.blocks.get_mut(&(tenant, counter)).expect("ids are reserved before they are drawn");
        assert!(block.next < block.end, "needs.rs says how many ids a command draws at the most");
        block.next += 1;
        block.next - 1
    }

    /// Takes ids back that were drawn last and came to nothing: a refused command leaves no gap.
    pub(crate) fn give_back(&mut self, tenant: TenantId, counters: &[&'static str]) {
        for counter in counters {
            if let Some(block) = self.blocks.get_mut(&(tenant, *counter)) {
                block.next -= 1;
            }
        }
    }

    /// Gives back what was not drawn, where nobody has taken ids since: a restart leaves no gap either.
    pub(crate) fn give_back_rest(&mut self, writer: &mut Writer) -> Result<()> {
        for ((tenant, counter), block) in self.blocks.drain() {
            if writer.next_id(tenant, counter)? == block.end {
                writer.take_ids(tenant, counter, block.next)?;
            }
        }
        Ok(())
    }

    /// Forgets all blocks: after a rollback, what was taken is not ours.
    pub(crate) fn forget(&mut self) {
        self.blocks.clear();
    }
}
