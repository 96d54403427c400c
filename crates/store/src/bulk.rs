//! Statements from outside this room, for tools that fill a database with many rows at once.

use waybill_domain::TenantId;

use crate::database::Database;
use crate::{Error, Location, Result, migrate};

/// A connection for tools that fill a database. Nothing checks what they write but the tables themselves: whoever uses
/// it asks [`crate::View::verify`] afterwards.
pub struct Bulk {
    database: Database,
}

/// A writer's connection goes to rows by their keys only, and not for long. Here whole tables are joined.
const POSTGRES: &str = "set local statement_timeout = 0; set local enable_seqscan = on; set local enable_hashjoin = on; \
    set local enable_mergejoin = on; set local enable_bitmapscan = on; set local work_mem = '64MB'";

impl Bulk {
    /// Opens a database of this program's shape.
    pub fn open(location: &Location) -> Result<Bulk> {
        let database = Database::open_writer(location)?;
        migrate::check(&database)?;
        Ok(Bulk { database })
    }

    /// Takes so many ids of a counter; the first of them.
    pub fn take_ids(&self, tenant: TenantId, counter: &str, count: i64) -> Result<i64> {
        self.database.take_ids(tenant, counter, count)
    }

    /// Runs statements: all of them or none.
    pub fn run(&self, statements: &str) -> Result<()> {
        self.database.begin()?;
        let done = match &self.database {
            Database::Sqlite(_) => self.database.run(statements),
            Database::Postgres(_) => self.database.run(POSTGRES).and_then(|()| self.database.run(statements)),
        };
        match done {
            Ok(()) => self.database.commit(),
            Err(error) => {
                self.database.rollback()?;
                Err(error)
            }
        }
    }

    /// Has PostgreSQL count what there is now, so that the next statements are planned for it.
    pub fn count(&self) -> Result<()> {
        match &self.database {
            Database::Sqlite(_) => Ok(()),
            Database::Postgres(_) => self.database.run("analyze"),
        }
    }

    /// Leaves the database as it would be had it grown over years: PostgreSQL knows how much there is, and which pages
    /// hold only what everybody sees. SQLite is told how much there is by the migrations.
    pub fn finish(self) -> Result<()> {
        match &self.database {
            Database::Sqlite(_) => Ok(()),
            Database::Postgres(_) => {
                // Each alone: it is not allowed in a transaction.
                self.database.run("set statement_timeout = 0")?;
                self.database.run("vacuum analyze")?;
                match self.database.run("checkpoint") {
                    // Not everybody may. PostgreSQL makes one soon in any case.
                    Err(Error::Refused(_)) => Ok(()),
                    other => other,
                }
            }
        }
    }
}
