//! The one connection that writes.

use waybill_domain::{TenantId, Timestamp, WorkingSet};

use crate::record::Record;
use crate::sql::Writes;
use crate::sqlite::Sqlite;
use crate::tables::COUNTER;
use crate::{Answer, Kept, Location, Needs, Result, answers, load, migrate, needs, record};

/// Loads and records batches.
pub struct Writer {
    sqlite: Sqlite,
}

impl Writer {
    /// Opens a database of this program's shape.
    pub fn open(location: &Location) -> Result<Writer> {
        let sqlite = Sqlite::open_writer(location.path())?;
        migrate::check(&sqlite)?;
        Ok(Writer { sqlite })
    }

    /// Begins a batch: nobody else changes anything until it ends.
    pub fn begin(&self) -> Result<()> {
        self.sqlite.begin()
    }

    /// Makes the batch true, on disk.
    pub fn commit(&self) -> Result<()> {
        self.sqlite.commit()
    }

    /// Forgets the batch.
    pub fn rollback(&self) -> Result<()> {
        self.sqlite.rollback()
    }

    /// Loads what is not in the set yet.
    pub fn load(&self, tenant: TenantId, needs: &Needs, set: &mut WorkingSet) -> Result<()> {
        needs::load(&self.sqlite, tenant, needs, set)
    }

    /// What was answered to a key.
    pub fn answer(&self, tenant: TenantId, credential: &str, key: &str) -> Result<Option<Kept>> {
        answers::find(&self.sqlite, tenant, credential, key)
    }

    /// Keeps what a door answered to a key.
    pub fn keep_body(&self, tenant: TenantId, credential: &str, key: &str, body: &str) -> Result<()> {
        answers::keep_body(&self.sqlite, tenant, credential, key, body)
    }

    /// Writes down what a batch made true; `entry` gives ids for movements, reservations and the audit trail.
    pub fn record(&mut self, records: &[Record<'_>], entry: &mut dyn FnMut(TenantId) -> i64) -> Result<()> {
        let mut writes = Writes::default();
        for one in records {
            record::record(one, &mut || entry(one.tenant), &mut writes);
        }
        self.sqlite.write(&writes)
    }

    /// The first id of a counter that nobody has taken.
    pub fn next_id(&self, tenant: TenantId, counter: &str) -> Result<i64> {
        let text = "select next from counters where tenant = ?1 and name = ?2";
        let rows = self.sqlite.rows(text, &[tenant.0.into(), counter.into()])?;
        Ok(rows.into_iter().next().map_or(1, |mut row| row.int()))
    }

    /// Takes all ids of a counter below `next`.
    pub fn take_ids(&mut self, tenant: TenantId, counter: &str, next: i64) -> Result<()> {
        let mut writes = Writes::default();
        writes.push(&COUNTER, vec![tenant.0.into(), counter.into(), next.into()]);
        self.sqlite.write(&writes)
    }

    /// The tenant of this name.
    pub fn tenant(&self, name: &str) -> Result<Option<TenantId>> {
        load::tenant(&self.sqlite, name)
    }

    /// Forgets what no longer means anything: answers given before `answers_before`, and tokens that ran out by `now`.
    pub fn forget(&self, answers_before: Timestamp, now: Timestamp) -> Result<usize> {
        let answers = self.sqlite.execute("delete from answers where at < ?1", &[answers_before.0.into()])?;
        let tokens = self.sqlite.execute("delete from tokens where expires_at <= ?1", &[now.0.into()])?;
        Ok(answers + tokens)
    }

    /// Replaces the postal codes of the countries that are given.
    pub fn import_geonames(&self, places: &[crate::Geoname]) -> Result<()> {
        let text = "insert into geonames (country, postcode, city, region, latitude, longitude) \
            values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (country, postcode, city) do update set \
            region = excluded.region, latitude = excluded.latitude, longitude = excluded.longitude";
        for place in places {
            let crate::Geoname { country, postcode, city, region, position } = place;
            self.sqlite.execute(
                text,
                &[
                    country.as_str().into(),
                    postcode.as_str().into(),
                    city.as_str().into(),
                    region.as_str().into(),
                    position.latitude.into(),
                    position.longitude.into(),
                ],
            )?;
        }
        Ok(())
    }
}

impl<'a> Answer<'a> {
    /// The answer to a key, with its outcome.
    pub fn new(
        credential: &'a str,
        key: &'a str,
        fingerprint: &'a str,
        outcome: waybill_domain::Outcome,
    ) -> Answer<'a> {
        Answer { credential, key, fingerprint, outcome: answers::outcome_text(outcome) }
    }
}
