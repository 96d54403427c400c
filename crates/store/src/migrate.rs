//! Brings a database to this program's shape. Steps only go forward, each in a transaction of its own.

use std::time::Duration;

use crate::sql::Value;
use crate::{Database, Error, Result, statistics};

/// The steps, the oldest first. A step that was ever released is never edited.
const STEPS: &[Step] = &[
    Step::both("0001_first", include_str!("../migrations/0001_first.sql")),
    Step::both("0002_credit_memos", include_str!("../migrations/0002_credit_memos.sql")),
    Step {
        name: "0003_reporting",
        sqlite: include_str!("../migrations/reporting_sqlite.sql"),
        postgres: include_str!("../migrations/reporting_postgres.sql"),
    },
    Step {
        name: "0004_room_for_updates",
        sqlite: "",
        postgres: include_str!("../migrations/0004_room_for_updates_postgres.sql"),
    },
    Step::both("0005_errands", include_str!("../migrations/0005_errands.sql")),
    Step::both("0006_searches", include_str!("../migrations/0006_searches.sql")),
    Step { name: "0007_documents", sqlite: "", postgres: include_str!("../migrations/0007_documents_postgres.sql") },
];

struct Step {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

impl Step {
    /// One text for both engines, but for what [`for_postgres`] replaces.
    const fn both(name: &'static str, text: &'static str) -> Step {
        Step { name, sqlite: text, postgres: text }
    }
}

/// How often the table of steps is tried to be made: several processes may start at once.
const TRIES: usize = 20;

/// Takes the steps that are missing. Several processes may start at once: each step is taken by one of them, and the
/// others wait.
pub(crate) fn migrate(database: &Database) -> Result<usize> {
    make_table(database)?;
    let mut taken = 0;
    for (index, step) in STEPS.iter().enumerate() {
        database.begin()?;
        let done = take(database, step, index);
        match done {
            Ok(new) => {
                database.commit()?;
                taken += usize::from(new);
            }
            Err(error) => {
                database.rollback()?;
                return Err(error);
            }
        }
    }
    check(database)?;
    // No step: whoever counted since is overruled.
    statistics::tell(database)?;
    Ok(taken)
}

/// Makes the table of steps, and in it the row that whoever takes a step holds.
fn make_table(database: &Database) -> Result<()> {
    let table = "create table if not exists migrations (name text not null primary key, at_step bigint not null)";
    let row = "insert into migrations (name, at_step) values ('lock', -1) on conflict (name) do nothing";
    let mut tries = 0;
    loop {
        match database.run(table).and_then(|()| database.run(row)) {
            // PostgreSQL refuses one of two who make the same table at the same moment.
            Err(Error::Refused(_) | Error::Contended(_)) if tries < TRIES => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(50));
            }
            other => return other,
        }
    }
}

fn take(database: &Database, step: &Step, index: usize) -> Result<bool> {
    let Step { name, sqlite, postgres } = step;
    match database {
        // The writer has everything already.
        Database::Sqlite(_) => {}
        Database::Postgres(_) => {
            // A step may take long on a large database.
            database.run("set local statement_timeout = 0; set local lock_timeout = 0")?;
            database.run("select name from migrations where name = 'lock' for update")?;
        }
    }
    if database.row("select name from migrations where name = ?1", &[(*name).into()])?.is_some() {
        return Ok(false);
    }
    match database {
        Database::Sqlite(_) => database.run(sqlite)?,
        Database::Postgres(_) => database.run(&for_postgres(postgres))?,
    }
    let index = i64::try_from(index).expect("there are few steps");
    database.execute("insert into migrations (name, at_step) values (?1, ?2)", &[(*name).into(), index.into()])?;
    Ok(true)
}

/// A step as PostgreSQL takes it. Text is compared byte by byte on both engines, whatever the server's language:
/// indexes serve it, and lists have the same order.
fn for_postgres(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--")).map(|line| {
        let column = line.strip_prefix("    ").and_then(|line| line.split_once(' '));
        match column {
            Some((name, rest)) if rest.starts_with("text") => {
                format!("    {name} text collate \"C\"{}", &rest["text".len()..])
            }
            Some(_) | None => line.replace(") without rowid;", ");"),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Refuses a database that a newer program has changed, or that lacks a step.
pub(crate) fn check(database: &Database) -> Result<()> {
    let tables = match database {
        Database::Sqlite(_) => "select name from sqlite_master where type = 'table' and name = 'migrations'",
        Database::Postgres(_) => "select relname from pg_class where oid = to_regclass('migrations')",
    };
    if database.row(tables, &[])?.is_none() {
        return Err(Error::Shape("The database is empty. Run `waybill migrate` first.".to_owned()));
    }
    let there: Vec<String> = database
        .rows("select name from migrations where at_step >= 0", &[] as &[Value<'_>])?
        .into_iter()
        .map(|mut row| row.text())
        .collect();
    if let Some(unknown) = there.iter().find(|name| STEPS.iter().all(|step| step.name != *name)) {
        return Err(Error::Shape(format!(
            "The database has the step {unknown}, which this program does not know: it was migrated by a newer Waybill. \
             Run that version."
        )));
    }
    match STEPS.iter().find(|step| !there.iter().any(|name| name == step.name)) {
        Some(missing) => {
            let missing = missing.name;
            Err(Error::Shape(format!("The database lacks the step {missing}. Run `waybill migrate` first.")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_said_as_postgres_takes_it() {
        let text = "-- Words.\ncreate table a (\n    -- More text.\n    text text not null,\n    id bigint,\n    \
            primary key (text)\n) without rowid;";
        assert_eq!(
            for_postgres(text),
            "create table a (\n    text text collate \"C\" not null,\n    id bigint,\n    primary key (text)\n);"
        );
    }
}
