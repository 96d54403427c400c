//! The ledger of the sandbox carrier. It stands for a system outside, so it has a connection and transactions of its own.

use waybill_domain::{CarrierEntry, Timestamp};

use crate::database::Database;
use crate::rehearsal::in_transaction;
use crate::sql::Row;
use crate::{Location, Result};

/// A connection to the sandbox carrier's ledger.
pub struct CarrierLedger {
    database: Database,
}

impl CarrierLedger {
    /// Opens it.
    pub fn open(location: &Location) -> Result<CarrierLedger> {
        Ok(CarrierLedger { database: Database::open_writer(location)? })
    }

    /// Changes what belongs to a label in one transaction: `decide` sees all of its entries, and gives the one to write.
    pub fn write(&self, tracking: &str, decide: &mut dyn FnMut(&[CarrierEntry]) -> Option<CarrierEntry>) -> Result<()> {
        in_transaction(&self.database, "carrier_ledger", || {
            let text = "select key, kind, reference, tracking, state, asked, at from carrier_ledger \
                where tracking = ?1 order by at, key";
            let rows = self.database.rows(text, &[tracking.into()])?;
            let entries: Vec<CarrierEntry> = rows.into_iter().map(entry_of).collect();
            let Some(CarrierEntry { key, kind, reference, tracking, state, asked, at }) = decide(&entries) else {
                return Ok(());
            };
            let text = "insert into carrier_ledger (key, kind, reference, tracking, state, asked, at) \
                values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (key) do update set \
                state = excluded.state, asked = excluded.asked, at = excluded.at";
            self.database.execute(
                text,
                &[key.into(), kind.into(), reference.into(), tracking.into(), state.into(), asked.into(), at.0.into()],
            )?;
            Ok(())
        })
    }
}

fn entry_of(mut row: Row) -> CarrierEntry {
    CarrierEntry {
        key: row.text(),
        kind: row.text(),
        reference: row.text(),
        tracking: row.text(),
        state: row.text(),
        asked: row.int(),
        at: Timestamp(row.int()),
    }
}

#[cfg(test)]
mod tests {
    use waybill_harness::Database as Fresh;

    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_replaced_by_its_key() {
        let location = |url: &str| Location::parse(url).expect("the harness gives a URL");
        let migrate = |url: &str| {
            location(url).migrate().expect("a fresh database takes all steps");
        };
        let fresh = Fresh::migrated(migrate).expect("there is room for a database");
        let ledger = CarrierLedger::open(&location(fresh.url())).expect("it was migrated");
        let entry = |key: &str, kind: &str, state: &str, asked: i64| CarrierEntry {
            key: key.to_owned(),
            kind: kind.to_owned(),
            reference: "SHOP-1".to_owned(),
            tracking: "RC1".to_owned(),
            state: state.to_owned(),
            asked,
            at: Timestamp(7),
        };
        let (asked, booked) = (entry("b", "book", "asked", 1), entry("b", "book", "done", 2));
        let cancelled = entry("c", "cancel", "done", 1);
        for (before, after) in [(vec![], &asked), (vec![asked.clone()], &booked), (vec![booked.clone()], &cancelled)] {
            let mut seen = Vec::new();
            let written = ledger.write("RC1", &mut |entries| {
                seen = entries.to_vec();
                Some(after.clone())
            });
            assert_eq!(written, Ok(()));
            assert_eq!(seen, before);
        }
        let mut seen = Vec::new();
        let looked = |tracking: &str, seen: &mut Vec<CarrierEntry>| {
            ledger.write(tracking, &mut |entries| {
                *seen = entries.to_vec();
                None
            })
        };
        assert_eq!((looked("RC1", &mut seen), &seen), (Ok(()), &vec![booked, cancelled]));
    }
}
