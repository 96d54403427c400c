//! A connection that writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use waybill_domain::{Places, Sku, TenantId, Timestamp, WorkingSet};

use crate::database::{Database, Lock};
use crate::memory::Memory;
use crate::record::Record;
use crate::sql::Writes;
use crate::tables::{ANSWER_BODY, GEONAME};
use crate::{Kept, Location, Needs, Result, load, migrate, needs, record};

/// Loads and records batches. SQLite has one that works at a time, PostgreSQL as many as are opened.
pub struct Writer {
    database: Database,
    memory: Memory,
    /// The connection that the memory is of.
    connection: u64,
    is_new: bool,
}

/// An entry of the audit trail that a batch wrote. Where it is, everything of the batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    tenant: TenantId,
    id: i64,
    at: Timestamp,
}

/// What a door answered to a key: kept, so that a repeated request gets the same.
pub struct Body<'a> {
    pub tenant: TenantId,
    pub credential: &'a str,
    pub key: &'a str,
    pub body: &'a str,
}

/// How many rows of a table are forgotten by one statement: a fraction of a second's work.
const FORGOTTEN_AT_ONCE: i64 = 5_000;

impl Writer {
    /// Opens a database of this program's shape.
    pub fn open(location: &Location) -> Result<Writer> {
        let database = Database::open_writer(location)?;
        migrate::check(&database)?;
        let connection = database.connection();
        Ok(Writer { database, memory: Memory::default(), connection, is_new: false })
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Begins a batch: what is loaded from now on is not changed by others until it ends.
    pub fn begin(&mut self) -> Result<()> {
        self.memory.begin();
        self.database.begin()
    }

    /// Makes the batch true, on disk.
    pub fn commit(&self) -> Result<()> {
        self.database.commit()
    }

    /// Forgets the batch.
    pub fn rollback(&self) -> Result<()> {
        self.database.rollback()
    }

    /// Loads what is not in the set yet, and locks it; gives what was answered to the keys that are asked for.
    pub fn load<'a>(
        &mut self,
        tenant: TenantId,
        needs: &'a Needs,
        set: &mut WorkingSet,
    ) -> Result<BTreeMap<&'a (String, String), Kept>> {
        self.memory.recall(tenant, needs, set);
        let new: Vec<&Sku> = needs.products.iter().filter(|sku| !set.products.contains_key(sku)).collect();
        let loaded = needs::load(&self.database, tenant, needs, Lock::Yes, set)?;
        if self.connection != self.database.connection() {
            // Perhaps to another database, which was told of less: versions say nothing there.
            self.connection = self.database.connection();
            self.is_new = true;
            self.memory = Memory::default();
        }
        self.memory.keep_products(tenant, new.into_iter().map(|sku| (sku, set.products[sku].clone())));
        if let Some(versions) = loaded.versions {
            self.memory.see(tenant, versions);
        }
        if needs.places && set.places.is_none() {
            set.places = Some(self.places(tenant)?);
        }
        Ok(loaded.answers)
    }

    /// Whether the connection was replaced since this was last asked: what was learnt over the one before may not be
    /// true any more.
    pub fn is_on_new_connection(&mut self) -> bool {
        std::mem::take(&mut self.is_new)
    }

    fn places(&mut self, tenant: TenantId) -> Result<Arc<Places>> {
        if let Some(places) = self.memory.places(tenant) {
            return Ok(places);
        }
        let (version, places) = needs::places(&self.database, tenant)?;
        let places = Arc::new(places);
        self.memory.keep_places(tenant, version, places.clone());
        Ok(places)
    }

    /// Writes down what a batch made true, and what doors answered to earlier ones; `entry` gives ids for movements,
    /// reservations and the audit trail. Gives an audit entry of the batch, if it has one.
    pub fn record(
        &mut self,
        records: &[Record<'_>],
        bodies: &[Body<'_>],
        entry: &mut dyn FnMut(TenantId) -> i64,
    ) -> Result<Option<Mark>> {
        let mut writes = Writes::default();
        let mut mark = None;
        for one in records {
            let id = record::record(one, &mut || entry(one.tenant), &mut writes);
            mark = Some(Mark { tenant: one.tenant, id, at: one.at });
        }
        for Body { tenant, credential, key, body } in bodies {
            writes.push(&ANSWER_BODY, vec![tenant.0.into(), (*credential).into(), (*key).into(), (*body).into()]);
        }
        self.database.write(&writes)?;
        Ok(mark)
    }

    /// Whether a batch was written down. It waits for a transaction that is about to: afterwards the answer is final.
    pub fn is_recorded(&self, mark: &Mark) -> Result<bool> {
        let Mark { tenant, id, at } = *mark;
        self.database.begin()?;
        let text = "insert into audit (tenant, id, at, who, act) values (?1, ?2, ?3, 'waybill', 'look') \
            on conflict (tenant, id) do nothing";
        let inserted = self.database.execute(text, &[tenant.0.into(), id.into(), at.0.into()]);
        // After a failover somebody else may have been given the id.
        let text = "select id from audit where tenant = ?1 and id = ?2 and at = ?3 and act <> 'look'";
        let found = inserted.and_then(|_| self.database.row(text, &[tenant.0.into(), id.into(), at.0.into()]));
        self.database.rollback()?;
        Ok(found?.is_some())
    }

    /// Takes so many ids of a counter, at once and for good; the first of them.
    pub fn take_ids(&self, tenant: TenantId, counter: &str, count: i64) -> Result<i64> {
        self.database.take_ids(tenant, counter, count)
    }

    /// Gives ids of a counter back, from `first` on, if nobody has taken any since: `next` is the first of nobody.
    pub fn give_back_ids(&self, tenant: TenantId, counter: &str, first: i64, next: i64) -> Result<()> {
        let text = "update counters set next = ?3 where tenant = ?1 and name = ?2 and next = ?4";
        self.database.execute(text, &[tenant.0.into(), counter.into(), first.into(), next.into()])?;
        Ok(())
    }

    /// The tenant of this name.
    pub fn tenant(&self, name: &str) -> Result<Option<TenantId>> {
        self.database.one(&load::TENANT, &[name.into()])
    }

    /// Forgets some of what no longer means anything of a tenant: answers given before `answers_before`, and tokens
    /// that ran out by `now`. Whoever asks goes on until nothing was left to forget: one statement for all of it would
    /// keep others waiting, and on PostgreSQL be ended by the server, the next time as well.
    pub fn forget(&self, tenant: TenantId, answers_before: Timestamp, now: Timestamp) -> Result<usize> {
        let answers = "delete from answers where (tenant, credential, idempotency_key) in (select tenant, credential, \
            idempotency_key from answers where at < ?1 and tenant = ?2 order by at limit ?3)";
        let most = FORGOTTEN_AT_ONCE;
        let answers = self.database.execute(answers, &[answers_before.0.into(), tenant.0.into(), most.into()])?;
        let tokens = "delete from tokens where hash in \
            (select hash from tokens where expires_at <= ?1 and tenant = ?2 limit ?3)";
        let tokens = self.database.execute(tokens, &[now.0.into(), tenant.0.into(), most.into()])?;
        Ok(answers + tokens)
    }

    /// Adds postal codes, or corrects those that are known.
    pub fn import_geonames(&mut self, places: &[crate::Geoname]) -> Result<()> {
        let mut writes = Writes::default();
        for crate::Geoname { country, postcode, city, region, position } in places {
            writes.push(
                &GEONAME,
                vec![
                    country.as_str().into(),
                    postcode.as_str().into(),
                    city.as_str().into(),
                    region.as_str().into(),
                    position.latitude.into(),
                    position.longitude.into(),
                ],
            );
        }
        self.database.write(&writes)
    }
}

#[cfg(test)]
mod tests {
    use waybill_harness::Database as Fresh;

    use super::*;

    const TENANT: TenantId = TenantId(1);

    #[test]
    fn what_ran_out_is_forgotten_some_at_a_time_and_the_rest_stays() {
        let migrate = |url: &str| {
            Location::parse(url).and_then(|location| location.migrate()).expect("a fresh database takes all steps");
        };
        let fresh = Fresh::migrated(migrate).expect("there is room for a database");
        let writer = Writer::open(&Location::parse(fresh.url()).expect("it has a URL")).expect("it opens");
        let numbers = format!(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i <= {FORGOTTEN_AT_ONCE} + 1)"
        );
        let answers = format!(
            "{numbers} insert into answers (tenant, credential, idempotency_key, fingerprint, outcome, at) \
             select 1, 'them', cast(i as text), '', '', i from n"
        );
        let tokens = format!(
            "{numbers} insert into tokens (hash, tenant, name, permissions, expires_at) \
             select cast(i as text), 1, '', '', i from n"
        );
        writer.database.run(&answers).and_then(|()| writer.database.run(&tokens)).expect("there are none yet");
        // The last answer is of this moment, and the last token good until the next.
        let (before, now) = (Timestamp(FORGOTTEN_AT_ONCE + 2), Timestamp(FORGOTTEN_AT_ONCE + 1));
        let forget = || writer.forget(TENANT, before, now).expect("the database is there");
        let most = usize::try_from(FORGOTTEN_AT_ONCE).expect("it is no less than nothing");
        assert_eq!([forget(), forget(), forget()], [2 * most, 2, 0]);
        for table in ["answers", "tokens"] {
            let left = format!("select cast(count(*) as text) from {table} where tenant = ?1");
            let left = writer.database.row(&left, &[TENANT.0.into()]).expect("the database is there");
            assert_eq!(left.map(|mut row| row.text()).as_deref(), Some("1"), "{table}");
        }
    }
}
