//! A database of its own for a test, on the engine that the run is about.

use std::io::{Error, Result};
use std::path::Path;

use tempfile::TempDir;

use crate::programs::psql;

/// The variable that names a PostgreSQL server (a URL without a database): tests then use databases in it, and SQLite
/// files otherwise. The program `with-postgres` starts such a server and sets it.
pub const POSTGRES: &str = "WAYBILL_TEST_POSTGRES";

/// The database that the others are copied from.
const TEMPLATE: &str = "waybill_template";

/// A database that goes with this.
pub struct Database {
    url: String,
    /// Of a SQLite file, and for whatever else the test puts there.
    folder: TempDir,
    server: Option<(String, String)>,
}

impl Database {
    /// A database of the program's shape, which `migrate` gives to the URL that it is told. On PostgreSQL that
    /// happens once in a run; all others are copies.
    pub fn migrated(migrate: impl FnOnce(&str)) -> Result<Database> {
        let database = match std::env::var(POSTGRES) {
            Ok(server) => Database::copied(&server, migrate)?,
            Err(_) => {
                let database = Database::empty()?;
                migrate(&database.url);
                database
            }
        };
        Ok(database)
    }

    /// A database with nothing in it.
    pub fn empty() -> Result<Database> {
        let folder = tempfile::tempdir()?;
        match std::env::var(POSTGRES) {
            Ok(server) => Database::create(&server, folder, "template1"),
            Err(_) => {
                let url = format!("sqlite://{}", folder.path().join("waybill.db").display());
                Ok(Database { url, folder, server: None })
            }
        }
    }

    fn copied(server: &str, migrate: impl FnOnce(&str)) -> Result<Database> {
        // Tests are processes of their own; the first one makes the template.
        let port = server.rsplit(':').next().unwrap_or("");
        let lock = std::fs::File::create(std::env::temp_dir().join(format!("waybill-template-{port}.lock")))?;
        lock.lock()?;
        if sql(server, &format!("select 1 from pg_database where datname = '{TEMPLATE}'"))?.is_empty() {
            let unfinished = format!("{TEMPLATE}_unfinished");
            sql(server, &format!("drop database if exists {unfinished}"))?;
            sql(server, &format!("create database {unfinished}"))?;
            migrate(&format!("{server}/{unfinished}"));
            sql(server, &format!("alter database {unfinished} rename to {TEMPLATE}"))?;
        }
        lock.unlock()?;
        Database::create(server, tempfile::tempdir()?, TEMPLATE)
    }

    fn create(server: &str, folder: TempDir, template: &str) -> Result<Database> {
        // The folder's name is nobody else's.
        let unique = folder.path().file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let letters: String = unique.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = format!("test_{}_{letters}", std::process::id());
        sql(server, &format!("create database {name} template {template}"))?;
        Ok(Database { url: format!("{server}/{name}"), folder, server: Some((server.to_owned(), name)) })
    }

    /// Where it is, as settings take it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder that goes with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether it is on PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.server.is_some()
    }

    /// Runs statements on it, if it is on PostgreSQL.
    pub fn sql(&self, text: &str) -> Result<String> {
        match &self.server {
            Some(_) => psql(&self.url, text),
            None => Err(Error::other("this database is a SQLite file")),
        }
    }

    /// Another one with the same data. Nobody may be using this one.
    pub fn copy(&self) -> Result<Database> {
        let folder = tempfile::tempdir()?;
        match &self.server {
            Some((server, name)) => Database::create(server, folder, name),
            None => {
                let path = folder.path().join("waybill.db");
                std::fs::copy(self.folder.path().join("waybill.db"), &path)?;
                Ok(Database { url: format!("sqlite://{}", path.display()), folder, server: None })
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.server {
            let _ = sql(server, &format!("drop database if exists {name} with (force)"));
        }
    }
}

/// Runs a statement that is about databases.
fn sql(server: &str, text: &str) -> Result<String> {
    psql(&format!("{server}/postgres"), text)
}
