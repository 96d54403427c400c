//! The ledger of the sandbox gateway. It stands for a system outside, so it has a connection and transactions of its
//! own.

use waybill_domain::{Amount, LedgerEntry, Timestamp};

use crate::database::Database;
use crate::sql::Row;
use crate::{Location, Result};

/// A connection to the sandbox's ledger.
pub struct RehearsalLedger {
    database: Database,
}

impl RehearsalLedger {
    /// Opens it.
    pub fn open(location: &Location) -> Result<RehearsalLedger> {
        Ok(RehearsalLedger { database: Database::open_writer(location)? })
    }

    /// Changes what belongs to an authorisation in one transaction: `decide` sees all of its entries, and gives the one
    /// to write.
    pub fn write(
        &self,
        authorisation: &str,
        decide: &mut dyn FnMut(&[LedgerEntry]) -> Option<LedgerEntry>,
    ) -> Result<()> {
        in_transaction(&self.database, "rehearsal_ledger", || self.write_in_transaction(authorisation, decide))
    }

    fn write_in_transaction(
        &self,
        authorisation: &str,
        decide: &mut dyn FnMut(&[LedgerEntry]) -> Option<LedgerEntry>,
    ) -> Result<()> {
        let text = "select key, kind, authorisation, reference, amount, currency, words, state, until, asked, at \
            from rehearsal_ledger where authorisation = ?1 order by at, key";
        let rows = self.database.rows(text, &[authorisation.into()])?;
        let entries: Vec<LedgerEntry> = rows.into_iter().map(entry_of).collect();
        let Some(entry) = decide(&entries) else {
            return Ok(());
        };
        let LedgerEntry { key, kind, authorisation, reference, amount, currency, words, state, until, asked, at } =
            entry;
        let text = "insert into rehearsal_ledger \
            (key, kind, authorisation, reference, amount, currency, words, state, until, asked, at) \
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, cast(?9 as bigint), ?10, ?11) on conflict (key) do update set \
            reference = excluded.reference, state = excluded.state, asked = excluded.asked, until = excluded.until, \
            at = excluded.at";
        self.database.execute(
            text,
            &[
                key.into(),
                kind.into(),
                authorisation.into(),
                reference.into(),
                amount.0.into(),
                currency.into(),
                words.into(),
                state.into(),
                until.map(|until| until.0).into(),
                asked.into(),
                at.0.into(),
            ],
        )?;
        Ok(())
    }
}

/// Writes in a ledger: nobody else does until it is done.
pub(crate) fn in_transaction(database: &Database, table: &str, write: impl FnOnce() -> Result<()>) -> Result<()> {
    database.begin()?;
    let locked = match database {
        // The writer has everything already.
        Database::Sqlite(_) => Ok(()),
        Database::Postgres(_) => database.run(&format!("lock table {table} in exclusive mode")),
    };
    match locked.and_then(|()| write()) {
        Ok(()) => database.commit(),
        Err(error) => {
            database.rollback()?;
            Err(error)
        }
    }
}

fn entry_of(mut row: Row) -> LedgerEntry {
    LedgerEntry {
        key: row.text(),
        kind: row.text(),
        authorisation: row.text(),
        reference: row.text(),
        amount: Amount(row.int()),
        currency: row.text(),
        words: row.text(),
        state: row.text(),
        until: row.int_or_null().map(Timestamp),
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
        let ledger = RehearsalLedger::open(&location(fresh.url())).expect("it was migrated");
        let entry = |state: &str, until: Option<i64>| LedgerEntry {
            key: "k".to_owned(),
            kind: "capture".to_owned(),
            authorisation: "a".to_owned(),
            reference: "a/k".to_owned(),
            amount: Amount(5),
            currency: "USD".to_owned(),
            words: String::new(),
            state: state.to_owned(),
            until: until.map(Timestamp),
            asked: 1,
            at: Timestamp(7),
        };
        for (before, after) in [(None, entry("asked", None)), (Some(entry("asked", None)), entry("done", Some(9)))] {
            let mut seen = Vec::new();
            let written = ledger.write("a", &mut |entries| {
                seen = entries.to_vec();
                Some(after.clone())
            });
            assert_eq!(written, Ok(()));
            assert_eq!(seen, Vec::from_iter(before));
        }
        assert_eq!(ledger.write("b", &mut |entries| (!entries.is_empty()).then(|| entry("done", None))), Ok(()));
    }
}
