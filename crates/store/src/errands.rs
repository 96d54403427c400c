//! Errands: what is due is leased to one process, which ends it or lets it come back.

use waybill_domain::{Errand, OrderId, TenantId, Timestamp};

use crate::database::Database;
use crate::{Error, Result, Writer};

/// An errand that this process holds, until its lease runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    pub tenant: TenantId,
    pub id: i64,
    pub errand: Errand,
    /// How often it was begun since it last ended well, this time included.
    pub attempts: i64,
}

impl Writer {
    /// Takes what is due by `now`, at most so many, until `until`: nobody else gets it before then.
    pub fn lease(&self, who: &str, now: Timestamp, until: Timestamp, most: i64) -> Result<Vec<Leased>> {
        // Mostly nothing is due: looking takes no lock.
        let due = "select id from errands where due_at <= ?1 and leased_until <= ?1 limit 1";
        if self.database().row(due, &[now.0.into()])?.is_none() {
            return Ok(Vec::new());
        }
        let skip = match self.database() {
            // The writer has everything already.
            Database::Sqlite(_) => "",
            Database::Postgres(_) => " for update skip locked",
        };
        let text = format!(
            "update errands set leased_until = ?3, leased_by = ?1, attempts = attempts + 1 where (tenant, id) in \
             (select tenant, id from errands where due_at <= ?2 and leased_until <= ?2 order by due_at limit ?4{skip}) \
             returning tenant, id, kind, attempts, subject"
        );
        let rows = self.database().rows(&text, &[who.into(), now.0.into(), until.0.into(), most.into()])?;
        rows.into_iter()
            .map(|mut row| {
                let (tenant, id, kind, attempts) = (TenantId(row.int()), row.int(), row.text(), row.int());
                let errand = Errand::parse(&kind, row.int_or_null())
                    .ok_or_else(|| Error::Corrupt(format!("{kind:?} is no errand that this program knows")))?;
                Ok(Leased { tenant, id, errand, attempts })
            })
            .collect()
    }

    /// Orders whose authorisations end by `until`, and of which nobody was warned: at most so many, the soonest first.
    pub fn ending_authorisations(&self, tenant: TenantId, until: Timestamp, most: i64) -> Result<Vec<OrderId>> {
        let text = "select order_id from payments where tenant = ?1 and stage = 'authorised' and warned = 0 \
            and until <= ?2 order by until limit ?3";
        let rows = self.database().rows(text, &[tenant.0.into(), until.0.into(), most.into()])?;
        Ok(rows.into_iter().map(|mut row| OrderId(row.int())).collect())
    }

    /// Goes on holding an errand until `until`. False when somebody else has it by now.
    pub fn keep_lease(&self, who: &str, errand: &Leased, until: Timestamp) -> Result<bool> {
        let text = "update errands set leased_until = ?4 where tenant = ?1 and id = ?2 and leased_by = ?3";
        let key = [errand.tenant.0.into(), errand.id.into(), who.into(), until.0.into()];
        Ok(self.database().execute(text, &key)? == 1)
    }

    /// Puts off an errand that `who` holds: it came to nothing so far, and is due again at `next`. One that was ended
    /// meanwhile, or that somebody else has by now, is left alone.
    pub fn postpone_errand(&self, who: &str, errand: &Leased, next: Timestamp) -> Result<()> {
        let text = "update errands set due_at = ?4, leased_until = 0 where tenant = ?1 and id = ?2 and leased_by = ?3";
        let key = [errand.tenant.0.into(), errand.id.into(), who.into(), next.0.into()];
        self.database().execute(text, &key)?;
        Ok(())
    }

    /// Ends an errand that `who` holds: it is due again at `next`. False when somebody else has it by now.
    pub fn settle_errand(&self, who: &str, errand: &Leased, next: Timestamp) -> Result<bool> {
        let text = "update errands set due_at = ?4, leased_until = 0, attempts = 0 \
            where tenant = ?1 and id = ?2 and leased_by = ?3";
        let key = [errand.tenant.0.into(), errand.id.into(), who.into(), next.0.into()];
        Ok(self.database().execute(text, &key)? == 1)
    }
}
