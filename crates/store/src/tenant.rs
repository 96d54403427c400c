//! New tenants, with all that a tenant always has.

use waybill_domain::TenantId;

use crate::sql::Value;
use crate::{Result, Writer};

/// What there is from the beginning, for the tenant `?1`: as `0001_first.sql` and `0005_errands.sql` have it for the first.
const ALWAYS: &[&str] = &[
    "insert into stocks (tenant, id, name) values (?1, 1, 'Default Stock')",
    "insert into websites (tenant, id, code, name, currency, stock) values (?1, 0, 'admin', 'Admin', 'USD', 1)",
    "insert into websites (tenant, id, code, name, currency, stock) values (?1, 1, 'base', 'Main Website', 'USD', 1)",
    "insert into stores (tenant, id, website, code, name, group_name, currency, locale) \
     values (?1, 0, 0, 'admin', 'Admin', 'Default', 'USD', 'en_US')",
    "insert into stores (tenant, id, website, code, name, group_name, currency, locale) \
     values (?1, 1, 1, 'default', 'Default Store View', 'Main Website Store', 'USD', 'en_US')",
    "insert into sources (tenant, code, name, enabled, country, postcode, latitude, longitude, default_carriers, carriers, \
     pickup) values (?1, 'default', 'Default Source', 1, 'US', '00000', 0, 0, 1, '', 0)",
    "insert into stock_source_links (tenant, stock, source, priority) values (?1, 1, 'default', 1)",
    "insert into errands (tenant, id, kind, due_at) values (?1, 1, 'tidy', 0)",
    "insert into counters (tenant, name, next) values (?1, 'errand', 2)",
];

impl Writer {
    /// Makes a tenant; the one of this name if there is one already, and whether it is new.
    pub fn create_tenant(&mut self, name: &str) -> Result<(TenantId, bool)> {
        self.begin()?;
        let made = self.make_tenant(name);
        if made.is_ok() {
            self.commit()?;
        } else {
            self.rollback()?;
        }
        made
    }

    fn make_tenant(&self, name: &str) -> Result<(TenantId, bool)> {
        let database = self.database();
        // Whoever makes a tenant holds the first one's row: two never draw the same id.
        database.execute("update tenants set name = name where id = ?1", &[Value::Int(1)])?;
        let found = database.row("select id from tenants where name = ?1", &[name.into()])?;
        if let Some(mut row) = found {
            return Ok((TenantId(row.int()), false));
        }
        let next = database.row("select max(id) + 1 from tenants", &[])?;
        let id = next.map_or(1, |mut row| row.int());
        database.execute("insert into tenants (id, name) values (?1, ?2)", &[id.into(), name.into()])?;
        for text in ALWAYS {
            database.execute(text, &[id.into()])?;
        }
        Ok((TenantId(id), true))
    }
}
