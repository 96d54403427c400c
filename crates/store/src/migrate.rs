//! Brings a database to this program's shape. Steps only go forward, each in a transaction of its own.

use std::time::Duration;

use crate::sql::Value;
use crate::{Database, Error, Result, statistics};

/// The steps, the oldest first. A step that was ever released is never edited.
const STEPS: &[Step] = &[
    Step::both("0001_first", include_str!("../migrations/0001_first.sql")),
    Step::both("0002_credit_memos", include_str!("../migrations/0002_credit_memos.sql")),
    // The views are made anew with the last step.
    Step { name: "0003_reporting", sqlite: "", postgres: "" },
    Step {
        name: "0004_room_for_updates",
        sqlite: "",
        postgres: include_str!("../migrations/0004_room_for_updates_postgres.sql"),
    },
    Step::both("0005_errands", include_str!("../migrations/0005_errands.sql")),
    Step::both("0006_searches", include_str!("../migrations/0006_searches.sql")),
    Step { name: "0007_documents", sqlite: "", postgres: include_str!("../migrations/0007_documents_postgres.sql") },
    Step::both("0008_refunds", include_str!("../migrations/0008_refunds.sql")),
    Step::both("0009_payments", include_str!("../migrations/0009_payments.sql")),
    Step {
        name: "0010_installation",
        sqlite: "insert into installation (name) values (lower(hex(randomblob(8))))",
        postgres: "insert into installation (name) values (replace(cast(gen_random_uuid() as text), '-', ''))",
    },
    Step::both("0011_letters", include_str!("../migrations/0011_letters.sql")),
    Step::both("0012_authorisations", include_str!("../migrations/0012_authorisations.sql")),
    Step {
        name: "0013_failed_captures",
        sqlite: include_str!("../migrations/0013_failed_captures_sqlite.sql"),
        postgres: include_str!("../migrations/0013_failed_captures_postgres.sql"),
    },
    Step::both("0014_repeats", include_str!("../migrations/0014_repeats.sql")),
    Step::both("0015_authorisation_index", include_str!("../migrations/0015_authorisation_index.sql")),
    Step::both("0016_fulfilment", include_str!("../migrations/0016_fulfilment.sql")),
    Step::both("0017_doors", include_str!("../migrations/0017_doors.sql")),
    Step::both("0018_consignments", include_str!("../migrations/0018_consignments.sql")),
];

/// The views for people's reports: they hold nothing, so they are made anew in the last step's transaction.
const VIEWS: Step = Step {
    name: "views",
    sqlite: include_str!("../migrations/reporting_sqlite.sql"),
    postgres: include_str!("../migrations/reporting_postgres.sql"),
};

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
    // A role that may not make tables can start the program where there is nothing to do.
    let taken = if lacks_a_step(database)? { take_all(database)? } else { 0 };
    check(database)?;
    // No step: whoever counted since is overruled.
    statistics::tell(database)?;
    Ok(taken)
}

fn lacks_a_step(database: &Database) -> Result<bool> {
    Ok(match taken_steps(database)? {
        Some(there) => missing(&there).is_some(),
        None => true,
    })
}

fn take_all(database: &Database) -> Result<usize> {
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
    let run = |sqlite: &str, postgres: &str| match database {
        Database::Sqlite(_) => database.run(sqlite),
        Database::Postgres(_) => database.run(&for_postgres(postgres)),
    };
    run(sqlite, postgres)?;
    if index + 1 == STEPS.len() {
        run(VIEWS.sqlite, VIEWS.postgres)?;
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
    let Some(there) = taken_steps(database)? else {
        return Err(Error::Shape("The database is empty. Run `waybill migrate` first.".to_owned()));
    };
    if let Some(unknown) = there.iter().find(|name| STEPS.iter().all(|step| step.name != *name)) {
        return Err(Error::Shape(format!(
            "The database has the step {unknown}, which this program does not know: it was migrated by a newer Waybill. \
             Run that version."
        )));
    }
    match missing(&there) {
        Some(Step { name, .. }) => {
            Err(Error::Shape(format!("The database lacks the step {name}. Run `waybill migrate` first.")))
        }
        None => Ok(()),
    }
}

/// The steps that were taken; none where there is no table of them.
fn taken_steps(database: &Database) -> Result<Option<Vec<String>>> {
    let tables = match database {
        Database::Sqlite(_) => "select name from sqlite_master where type = 'table' and name = 'migrations'",
        Database::Postgres(_) => "select relname from pg_class where oid = to_regclass('migrations')",
    };
    if database.row(tables, &[])?.is_none() {
        return Ok(None);
    }
    let rows = database.rows("select name from migrations where at_step >= 0", &[] as &[Value<'_>])?;
    Ok(Some(rows.into_iter().map(|mut row| row.text()).collect()))
}

/// The first step that is not among these.
fn missing(there: &[String]) -> Option<&'static Step> {
    STEPS.iter().find(|step| !there.iter().any(|name| name == step.name))
}

#[cfg(test)]
mod tests {
    use waybill_harness::Database as Fresh;

    use super::*;
    use crate::{Location, Writer};

    fn location(url: &str) -> Location {
        Location::parse(url).expect("the harness gives a URL")
    }

    #[test]
    fn a_role_that_may_only_read_and_write_is_enough_once_all_steps_are_taken() {
        let migrate = |url: &str| {
            location(url).migrate().expect("a fresh database takes all steps");
        };
        let fresh = Fresh::migrated(migrate).expect("there is room for a database");
        if !fresh.is_postgres() {
            return;
        }
        let (_, name) = fresh.url().rsplit_once('/').expect("a URL ends with the database");
        let role = format!("{name}_clerk");
        let grants = "select, insert, update, delete on all tables in schema public";
        fresh
            .sql(&format!(
                "revoke create on schema public from public; create role {role} login; grant {grants} to {role}"
            ))
            .expect("the owner may do that");
        let clerk = location(&format!("{}?user={role}", fresh.url()));
        let taken = clerk.migrate();
        let opened = Writer::open(&clerk).map(|_| ());
        fresh.sql(&format!("drop owned by {role}; drop role {role}")).expect("nobody is connected as it any more");
        assert_eq!((taken, opened), (Ok(0), Ok(())));
    }

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
