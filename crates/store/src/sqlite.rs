//! SQLite: one connection that writes, others that read beside it.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, Statement, ToSql};

use crate::database::{Found, Round};
use crate::sql::{Row, Value, Verb, Writes};
use crate::{Error, Result};

/// How long somebody else's work is waited for.
const BUSY_TIME: Duration = Duration::from_secs(10);

/// A connection to a SQLite file.
pub(crate) struct Sqlite {
    connection: Connection,
    /// The text of each kind of write, by its address: made once.
    texts: HashMap<usize, String>,
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(value) => ValueRef::Integer(*value),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl Sqlite {
    /// Opens for writing: the file is made if there is none.
    pub(crate) fn open_writer(path: &Path) -> Result<Sqlite> {
        // Each connection is used by one thread at a time, so it needs no lock of its own.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIME)?;
        log_ahead(&connection)?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "cache_size", -32_768)?;
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.pragma_update(None, "journal_size_limit", 67_108_864)?;
        connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
        Sqlite::over(connection)
    }

    /// Opens for reading only.
    pub(crate) fn open_reader(path: &Path) -> Result<Sqlite> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIME)?;
        connection.pragma_update(None, "cache_size", -8_192)?;
        connection.pragma_update(None, "query_only", true)?;
        teach_patterns(&connection)?;
        Sqlite::over(connection)
    }

    fn over(connection: Connection) -> Result<Sqlite> {
        connection.set_prepared_statement_cache_capacity(256);
        // A plan is made once: otherwise SQLite makes some anew for each value that is bound.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(Sqlite { connection, texts: HashMap::new() })
    }

    /// Answers a round: each statement for each of its keys.
    pub(crate) fn ask(&self, round: &Round<'_>) -> Result<Found> {
        let questions = round.questions.iter().map(|question| {
            let keys = round.keys_of(question);
            if keys.is_empty() {
                return Ok(Vec::new());
            }
            let mut statement = self.connection.prepare_cached(question.text)?;
            keys.iter().map(|key| all((&mut *statement, question.text), key)).collect::<Result<Vec<_>>>()
        });
        Ok(Found::new(questions.collect::<Result<Vec<_>>>()?))
    }

    /// Runs statements without parameters, such as those of a migration.
    pub(crate) fn run(&self, text: &str) -> Result<()> {
        Ok(self.connection.execute_batch(text)?)
    }

    /// Runs one statement.
    pub(crate) fn execute(&self, text: &str, parameters: &[Value<'_>]) -> Result<usize> {
        let mut statement = self.connection.prepare_cached(text)?;
        Ok(statement.execute(rusqlite::params_from_iter(parameters))?)
    }

    /// Reads rows.
    pub(crate) fn rows(&self, text: &str, parameters: &[Value<'_>]) -> Result<Vec<Row>> {
        all((&mut *self.connection.prepare_cached(text)?, text), parameters)
    }

    /// Reads rows one by one, without keeping them.
    pub(crate) fn each(
        &self,
        text: &str,
        parameters: &[Value<'_>],
        row: &mut dyn FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        each((&mut *self.connection.prepare_cached(text)?, text), parameters, row)
    }

    /// Writes what a batch decided. Each row that is to be changed must be there.
    pub(crate) fn write(&mut self, writes: &Writes<'_>) -> Result<()> {
        for rows in writes.in_order() {
            let text =
                self.texts.entry(std::ptr::from_ref(rows.write).addr()).or_insert_with(|| rows.write.text_of_one());
            let mut statement = self.connection.prepare_cached(text)?;
            for row in &rows.rows {
                let changed = statement.execute(rusqlite::params_from_iter(row))?;
                if rows.write.verb == Verb::Update && changed != 1 {
                    return Err(Error::Conflict(format!(
                        "a row of {} that was to be changed is not there",
                        rows.write.table
                    )));
                }
            }
        }
        Ok(())
    }

    /// Takes the writing lock: nobody else changes anything until the end.
    pub(crate) fn begin(&self) -> Result<()> {
        self.execute("begin immediate", &[]).map(|_| ())
    }

    /// Begins to read: everything until the end is of one moment.
    pub(crate) fn begin_reading(&self) -> Result<()> {
        self.execute("begin", &[]).map(|_| ())
    }

    /// Whether nothing was begun and not ended.
    pub(crate) fn is_idle(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Makes everything since `begin` true, on disk.
    pub(crate) fn commit(&self) -> Result<()> {
        self.execute("commit", &[]).map(|_| ())
    }

    /// Forgets everything since `begin`.
    pub(crate) fn rollback(&self) -> Result<()> {
        self.execute("rollback", &[]).map(|_| ())
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Contended(error.to_string()),
            Some(ErrorCode::CannotOpen | ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => {
                Error::Gone(error.to_string())
            }
            Some(_) | None => Error::Refused(error.to_string()),
        }
    }
}

/// Turns the log on. SQLite refuses two who do that to a new file at the same moment, without waiting for either.
fn log_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let until = Instant::now() + BUSY_TIME;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(10));
            }
            done => return done,
        }
    }
}

/// SQLite has the operator `regexp`, and leaves its meaning to the program.
fn teach_patterns(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("regexp", 2, flags, |call| {
        // The pattern is the same for all rows of a statement: it is compiled once.
        let regex = call.get_or_create_aux(0, |text| match crate::pattern(text.as_str()?) {
            Some(regex) => Ok(regex),
            None => Err(Box::<dyn std::error::Error + Send + Sync>::from("not a regular expression")),
        })?;
        Ok(match call.get_raw(1) {
            ValueRef::Text(text) => Some(regex.is_match(&String::from_utf8_lossy(text))),
            ValueRef::Integer(number) => Some(regex.is_match(&number.to_string())),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => None,
        })
    })?;
    Ok(())
}

/// Runs the statement of this text, and reads its rows.
fn all((statement, text): (&mut Statement<'_>, &str), parameters: &[Value<'_>]) -> Result<Vec<Row>> {
    let mut found = Vec::new();
    each((statement, text), parameters, &mut |row| {
        found.push(row);
        Ok(())
    })?;
    Ok(found)
}

/// The same, one by one.
fn each(
    (statement, text): (&mut Statement<'_>, &str),
    parameters: &[Value<'_>],
    row: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    let columns = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(parameters))?;
    while let Some(found) = rows.next()? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(match found.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(value) => Value::Int(value),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned().into()),
                ValueRef::Real(_) | ValueRef::Blob(_) => {
                    return Err(Error::Corrupt(format!("a column of {text} is neither number nor text")));
                }
            });
        }
        row(Row::new(values))?;
    }
    Ok(())
}
