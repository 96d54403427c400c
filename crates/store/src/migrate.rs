//! Brings a database to this program's shape. Steps only go forward, each in a transaction of its own.

use crate::sql::Value;
use crate::sqlite::Sqlite;
use crate::{Error, Result};

/// The steps, the oldest first. A step that was ever released is never edited.
const STEPS: &[(&str, &str)] = &[("0001_first", include_str!("../migrations/0001_first.sql"))];

/// Takes the steps that are missing. Several processes may start at once: each step is taken under the writing lock.
pub(crate) fn migrate(sqlite: &Sqlite) -> Result<usize> {
    sqlite.run("create table if not exists migrations (name text not null primary key, at_step bigint not null)")?;
    let mut taken = 0;
    for (index, (name, text)) in STEPS.iter().enumerate() {
        sqlite.begin()?;
        let done = step(sqlite, name, text, index);
        match done {
            Ok(new) => {
                sqlite.commit()?;
                taken += usize::from(new);
            }
            Err(error) => {
                sqlite.rollback()?;
                return Err(error);
            }
        }
    }
    check(sqlite)?;
    Ok(taken)
}

fn step(sqlite: &Sqlite, name: &str, text: &str, index: usize) -> Result<bool> {
    if !sqlite.rows("select 1 from migrations where name = ?1", &[name.into()])?.is_empty() {
        return Ok(false);
    }
    sqlite.run(text)?;
    let index = i64::try_from(index).expect("there are few steps");
    sqlite.execute("insert into migrations (name, at_step) values (?1, ?2)", &[name.into(), index.into()])?;
    Ok(true)
}

/// Refuses a database that a newer program has changed, or that lacks a step.
pub(crate) fn check(sqlite: &Sqlite) -> Result<()> {
    let tables = "select 1 from sqlite_master where type = 'table' and name = 'migrations'";
    if sqlite.rows(tables, &[])?.is_empty() {
        return Err(Error::Shape("The database is empty. Run `waybill migrate` first.".to_owned()));
    }
    let there: Vec<String> = sqlite
        .rows("select name from migrations", &[] as &[Value<'_>])?
        .into_iter()
        .map(|mut row| row.text())
        .collect();
    if let Some(unknown) = there.iter().find(|name| STEPS.iter().all(|(known, _)| known != name)) {
        return Err(Error::Shape(format!(
            "The database has the step {unknown}, which this program does not know: it was migrated by a newer Waybill. \
             Run that version."
        )));
    }
    match STEPS.iter().find(|(known, _)| !there.iter().any(|name| name == known)) {
        Some((missing, _)) => {
            Err(Error::Shape(format!("The database lacks the step {missing}. Run `waybill migrate` first.")))
        }
        None => Ok(()),
    }
}
