//! A connection to either engine, and how things are asked of it: everything that a batch needs in one round.

use waybill_domain::TenantId;

use crate::postgres::Postgres;
use crate::sql::{Row, Value, Writes};
use crate::sqlite::Sqlite;
use crate::{Location, Result};

/// A connection to either engine.
pub(crate) enum Database {
    Sqlite(Sqlite),
    Postgres(Box<Postgres>),
}

/// What is read by a key: statements that all have the key's parts as `?1`, `?2` and so on, and what their rows say
/// together.
pub(crate) struct Thing<const N: usize, T> {
    pub(crate) texts: [&'static str; N],
    pub(crate) read: fn([Vec<Row>; N]) -> Result<T>,
}

/// Whether rows stay as they are read until the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Lock {
    /// Others may change them: the rows are for showing, or do not matter to a decision.
    No,
    /// Nobody else changes them. SQLite has one writer, who holds everything.
    Yes,
}

/// Statements that go out together.
#[derive(Default)]
pub(crate) struct Round<'a> {
    pub(crate) questions: Vec<Question>,
    pub(crate) keys: Vec<Vec<Vec<Value<'a>>>>,
}

/// One statement, for many keys.
pub(crate) struct Question {
    pub(crate) text: &'static str,
    pub(crate) lock: Lock,
    /// Where its keys are among the round's.
    pub(crate) keys: usize,
}

/// A place in a round: what was asked there is taken from what was found.
pub(crate) struct Asked<const N: usize, T> {
    first: usize,
    read: fn([Vec<Row>; N]) -> Result<T>,
}

/// What was found in a round: for each question, for each of its keys, the rows.
pub(crate) struct Found(Vec<Vec<Vec<Row>>>);

impl<'a> Round<'a> {
    /// Asks for a thing by each of these keys. With a lock, the rows of the thing's first statement are held; keys
    /// are to come in their order, which is the order in which everybody locks.
    pub(crate) fn ask<const N: usize, T>(
        &mut self,
        thing: &Thing<N, T>,
        keys: Vec<Vec<Value<'a>>>,
        lock: Lock,
    ) -> Asked<N, T> {
        let first = self.questions.len();
        for (index, text) in thing.texts.iter().enumerate() {
            let lock = if index == 0 { lock } else { Lock::No };
            self.questions.push(Question { text, lock, keys: self.keys.len() });
        }
        self.keys.push(keys);
        Asked { first, read: thing.read }
    }

    /// The keys of a question.
    pub(crate) fn keys_of(&self, question: &Question) -> &[Vec<Value<'a>>] {
        &self.keys[question.keys]
    }
}

impl Found {
    pub(crate) fn new(rows: Vec<Vec<Vec<Row>>>) -> Found {
        Found(rows)
    }

    /// What was asked there, one for each key.
    pub(crate) fn take<const N: usize, T>(&mut self, asked: &Asked<N, T>) -> Result<Vec<T>> {
        let keys = self.0[asked.first].len();
        (0..keys)
            .map(|key| {
                let rows = std::array::from_fn(|text| std::mem::take(&mut self.0[asked.first + text][key]));
                (asked.read)(rows)
            })
            .collect()
    }
}

impl Database {
    /// Opens for writing.
    pub(crate) fn open_writer(location: &Location) -> Result<Database> {
        Ok(match location {
            Location::Sqlite(path) => Database::Sqlite(Sqlite::open_writer(path)?),
            Location::Postgres(address) => Database::Postgres(Box::new(Postgres::open_writer(address)?)),
        })
    }

    /// Opens for reading only.
    pub(crate) fn open_reader(location: &Location) -> Result<Database> {
        Ok(match location {
            Location::Sqlite(path) => Database::Sqlite(Sqlite::open_reader(path)?),
            Location::Postgres(address) => Database::Postgres(Box::new(Postgres::open_reader(address)?)),
        })
    }

    /// Answers everything that is asked in a round.
    pub(crate) fn ask(&self, round: &Round<'_>) -> Result<Found> {
        match self {
            Database::Sqlite(sqlite) => sqlite.ask(round),
            Database::Postgres(postgres) => postgres.ask(round),
        }
    }

    /// One thing, for showing.
    pub(crate) fn one<const N: usize, T>(&self, thing: &Thing<N, T>, key: &[Value<'_>]) -> Result<T> {
        let mut round = Round::default();
        let asked = round.ask(thing, vec![key.to_vec()], Lock::No);
        let found = self.ask(&round)?.take(&asked)?;
        Ok(found.into_iter().next().expect("one key has one answer"))
    }

    /// Runs statements without parameters, such as those of a migration.
    pub(crate) fn run(&self, text: &str) -> Result<()> {
        match self {
            Database::Sqlite(sqlite) => sqlite.run(text),
            Database::Postgres(postgres) => postgres.run(text),
        }
    }

    /// Runs one statement; how many rows it changed.
    pub(crate) fn execute(&self, text: &str, parameters: &[Value<'_>]) -> Result<usize> {
        match self {
            Database::Sqlite(sqlite) => sqlite.execute(text, parameters),
            Database::Postgres(postgres) => postgres.execute(text, parameters),
        }
    }

    /// Reads rows.
    pub(crate) fn rows(&self, text: &str, parameters: &[Value<'_>]) -> Result<Vec<Row>> {
        match self {
            Database::Sqlite(sqlite) => sqlite.rows(text, parameters),
            Database::Postgres(postgres) => postgres.rows(text, parameters),
        }
    }

    /// The first row.
    pub(crate) fn row(&self, text: &str, parameters: &[Value<'_>]) -> Result<Option<Row>> {
        Ok(self.rows(text, parameters)?.into_iter().next())
    }

    /// Reads rows some at a time, without keeping them all.
    pub(crate) fn each(
        &self,
        text: &str,
        parameters: &[Value<'_>],
        row: &mut dyn FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        match self {
            Database::Sqlite(sqlite) => sqlite.each(text, parameters, row),
            Database::Postgres(postgres) => postgres.each(text, parameters, row),
        }
    }

    /// Takes so many ids of a counter, at once and for good; the first of them.
    pub(crate) fn take_ids(&self, tenant: TenantId, counter: &str, count: i64) -> Result<i64> {
        let text = "insert into counters (tenant, name, next) values (?1, ?2, ?3 + 1) \
            on conflict (tenant, name) do update set next = counters.next + ?3 returning next";
        let row = self.row(text, &[tenant.0.into(), counter.into(), count.into()])?;
        Ok(row.expect("an upsert returns its row").int() - count)
    }

    /// Writes what a batch decided. Each row that is to be changed must be there.
    pub(crate) fn write(&mut self, writes: &Writes<'_>) -> Result<()> {
        match self {
            Database::Sqlite(sqlite) => sqlite.write(writes),
            Database::Postgres(postgres) => postgres.write(writes),
        }
    }

    /// Begins to change things.
    pub(crate) fn begin(&self) -> Result<()> {
        match self {
            Database::Sqlite(sqlite) => sqlite.begin(),
            Database::Postgres(postgres) => postgres.begin(),
        }
    }

    /// Begins to read: everything until the end is of one moment.
    pub(crate) fn begin_reading(&self) -> Result<()> {
        match self {
            Database::Sqlite(sqlite) => sqlite.begin_reading(),
            Database::Postgres(postgres) => postgres.begin_reading(),
        }
    }

    /// Makes everything since the beginning true, on disk.
    pub(crate) fn commit(&self) -> Result<()> {
        match self {
            Database::Sqlite(sqlite) => sqlite.commit(),
            Database::Postgres(postgres) => postgres.commit(),
        }
    }

    /// Forgets everything since the beginning.
    pub(crate) fn rollback(&self) -> Result<()> {
        match self {
            Database::Sqlite(sqlite) => sqlite.rollback(),
            Database::Postgres(postgres) => postgres.rollback(),
        }
    }

    /// Which connection it is: another number, another connection.
    pub(crate) fn connection(&self) -> u64 {
        match self {
            // A file does not change under us.
            Database::Sqlite(_) => 0,
            Database::Postgres(postgres) => postgres.connections(),
        }
    }

    /// Whether nothing was begun and not ended.
    pub(crate) fn is_idle(&self) -> bool {
        match self {
            Database::Sqlite(sqlite) => sqlite.is_idle(),
            Database::Postgres(postgres) => postgres.is_idle(),
        }
    }
}
