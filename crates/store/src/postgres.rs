//! PostgreSQL: a connection that sends everything of a round at once, and comes back by itself when it was lost.
//!
//! The store is synchronous on both engines, so each connection brings a small runtime of its own, which runs on the
//! thread that uses it: what is sent and what comes back needs no other thread.

mod values;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::{join, join_all};
use tokio::runtime::Runtime;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Statement};

use self::values::{Column, columns_of, dollars, is_set, literally, row_of, same_columns, text_for_keys, typed};
use crate::database::{Found, Lock, Question, Round};
use crate::sql::{Row, Rows, Value, Verb, Write, Writes};
use crate::{Error, Result};

/// How long connecting may take.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// How long a connection may be silent before the peer is asked whether it is there, how long it may take to say so,
/// and how often it is asked.
const SILENCE: Duration = Duration::from_secs(10);
const PROBE_TIME: Duration = Duration::from_secs(3);
const PROBES: u32 = 2;
/// How long we wait for an answer where the server itself ends statements after [`SETTINGS`]: by then it is stopped, or
/// gone in a way that nobody noticed.
const ANSWER_TIME: Duration = Duration::from_secs(45);
/// How many rows are read at a time where not all are kept.
const FETCHED: usize = 1_000;
/// How many statements that write are kept prepared: batches mix their commands in many ways.
const MOST_STATEMENTS: usize = 200;

/// What every connection is told first: a statement that takes longer is ended.
const SETTINGS: &str = "set statement_timeout = '30s'; ";
/// A writer waits for the rows of others, but not forever. It goes to rows by their keys only: with that said, its
/// plans are made once, and stay right however large or fresh the tables are.
///
/// A transaction whose process was cut off in the middle keeps its rows no longer than that: less than others look for
/// the outcome of a commit or try a batch again.
const OF_WRITERS: &str = "set lock_timeout = '5s'; set idle_in_transaction_session_timeout = '10s'; set plan_cache_mode = force_generic_plan; set enable_seqscan = off; \
    set enable_hashjoin = off; set enable_mergejoin = off; set enable_bitmapscan = off; set jit = off";
/// Disks have no arms any more: an index costs what is read of it.
const OF_READERS: &str = "set idle_in_transaction_session_timeout = '60s'; set default_transaction_read_only = on; set random_page_cost = 1.1; set jit = off";

/// A connection to a PostgreSQL database.
pub(crate) struct Postgres {
    config: Config,
    settings: String,
    /// Always there until the end.
    runtime: Option<Runtime>,
    link: RefCell<Option<Link>>,
    transaction: Cell<Transaction>,
    cursors: Cell<u64>,
    /// How often it was connected.
    connections: Cell<u64>,
}

/// A connection while it lasts.
struct Link {
    client: Client,
    /// Statements that ask, by their text and lock.
    questions: HashMap<(usize, Lock), Statement>,
    /// Statements that write, by what they write and which columns are the same in all rows.
    writes: HashMap<Vec<(usize, u32)>, Prepared>,
    /// How often a statement that writes was looked for.
    looked: u64,
    /// The type of each column, by table and name.
    columns: HashMap<(String, String), &'static str>,
}

/// All rows of one kind of write, as they go out.
struct Set<'a> {
    write: &'static Write,
    rows: Vec<&'a Vec<Value<'a>>>,
    /// Which columns are the same in all rows, bit by bit.
    same: u32,
}

impl<'a> Set<'a> {
    fn new(rows: &'a Rows<'a>) -> Set<'a> {
        let (write, rows) = (rows.write, rows.sorted());
        Set { write, same: same_columns(write, &rows), rows }
    }
}

/// Sets that can be written by one statement stand together: it sees the tables as they were before it, so none of
/// its parts may touch a table that another has touched.
fn apart<'s, 'a>(mut sets: &'s mut [Set<'a>]) -> Vec<&'s mut [Set<'a>]> {
    let mut groups = Vec::new();
    while !sets.is_empty() {
        let table = |index: usize| sets[index].write.table;
        let first_again = (1..sets.len()).find(|index| (0..*index).any(|before| table(before) == table(*index)));
        let (group, rest) = sets.split_at_mut(first_again.unwrap_or(sets.len()));
        groups.push(group);
        sets = rest;
    }
    groups
}

/// A statement, and when it was last looked for.
struct Prepared {
    statement: Statement,
    last: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transaction {
    None,
    /// To be begun with the first statement, which it goes out with.
    Promised(&'static str),
    Open,
    /// A statement was refused: only a rollback is left.
    Failed,
}

impl Postgres {
    /// Connects for writing.
    pub(crate) fn open_writer(config: &Config) -> Result<Postgres> {
        Postgres::open(config, OF_WRITERS)
    }

    /// Connects for reading only.
    pub(crate) fn open_reader(config: &Config) -> Result<Postgres> {
        Postgres::open(config, OF_READERS)
    }

    fn open(config: &Config, settings: &str) -> Result<Postgres> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::Gone(format!("no runtime for a connection: {error}")))?;
        let mut config = config.clone();
        config.connect_timeout(CONNECT_TIME).keepalives_idle(SILENCE).keepalives_interval(PROBE_TIME);
        config.keepalives_retries(PROBES).tcp_user_timeout(SILENCE + PROBE_TIME * PROBES);
        if config.get_application_name().is_none() {
            config.application_name("waybill");
        }
        let postgres = Postgres {
            config,
            settings: format!("{SETTINGS}{settings}"),
            runtime: Some(runtime),
            link: RefCell::new(None),
            transaction: Cell::new(Transaction::None),
            cursors: Cell::new(0),
            connections: Cell::new(0),
        };
        let link = postgres.block_on(postgres.connect())?;
        postgres.link.replace(Some(link));
        Ok(postgres)
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.as_ref().expect("the runtime is there until the end").block_on(work)
    }

    async fn connect(&self) -> Result<Link> {
        let connected = tokio::time::timeout(CONNECT_TIME, self.connect_and_set()).await;
        connected.unwrap_or_else(|_| Err(Error::Gone("it took too long to connect".to_owned())))
    }

    async fn connect_and_set(&self) -> Result<Link> {
        self.connections.set(self.connections.get() + 1);
        let (client, connection) = self.config.connect(NoTls).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to PostgreSQL ended");
            }
        });
        client.batch_execute(&self.settings).await?;
        Ok(Link { client, questions: HashMap::new(), writes: HashMap::new(), looked: 0, columns: HashMap::new() })
    }

    /// Does something over the connection; connects first if there is none. Where nothing was sent of the present
    /// transaction yet, a connection that turns out to be lost is replaced, once.
    fn talk<T>(&self, work: impl AsyncFn(&mut Link, Option<&'static str>) -> Result<T>) -> Result<T> {
        let begin = match self.transaction.get() {
            Transaction::None => None,
            Transaction::Promised(begin) => Some(begin),
            Transaction::Open => return self.talk_on(&work),
            Transaction::Failed => {
                return Err(refused_before());
            }
        };
        let result = self.block_on(async {
            let mut link = self.link.take().filter(|link| !link.client.is_closed());
            if let Some(old) = &mut link {
                match work(old, begin).await {
                    Err(Error::Gone(_)) => {}
                    other => return (link, other),
                }
            }
            match self.connect().await {
                Ok(mut new) => {
                    let result = work(&mut new, begin).await;
                    (Some(new), result)
                }
                Err(error) => (None, Err(error)),
            }
        });
        self.keep(result, begin.is_some())
    }

    /// The same for what is answered soon or never.
    fn talk_briefly<T>(&self, work: impl AsyncFn(&mut Link, Option<&'static str>) -> Result<T>) -> Result<T> {
        self.talk(async |link, begin| {
            let answered = tokio::time::timeout(ANSWER_TIME, work(link, begin)).await;
            answered.unwrap_or_else(|_| Err(Error::Gone("the database does not answer".to_owned())))
        })
    }

    fn talk_on<T>(&self, work: &impl AsyncFn(&mut Link, Option<&'static str>) -> Result<T>) -> Result<T> {
        let Some(mut link) = self.link.take() else {
            return Err(Error::Gone("the connection was lost within a transaction".to_owned()));
        };
        let result = self.block_on(work(&mut link, None));
        self.keep((Some(link), result), true)
    }

    /// Keeps the connection unless it was lost, and remembers where the transaction is.
    fn keep<T>(&self, (link, result): (Option<Link>, Result<T>), in_transaction: bool) -> Result<T> {
        if !matches!(result, Err(Error::Gone(_))) {
            self.link.replace(link);
        }
        if in_transaction {
            self.transaction.set(if result.is_ok() { Transaction::Open } else { Transaction::Failed });
        }
        result
    }

    /// Answers a round: one statement for all keys of each question, all sent at once.
    pub(crate) fn ask(&self, round: &Round<'_>) -> Result<Found> {
        let mut answers: Vec<Vec<Vec<Row>>> = round
            .questions
            .iter()
            .map(|question| round.keys_of(question).iter().map(|_| Vec::new()).collect())
            .collect();
        let asked: Vec<(usize, &Question)> =
            round.questions.iter().enumerate().filter(|(_, question)| !round.keys_of(question).is_empty()).collect();
        if asked.is_empty() {
            return Ok(Found::new(answers));
        }
        let columns: Vec<Vec<Column<'_>>> =
            asked.iter().map(|(_, question)| columns_of(round.keys_of(question))).collect::<Result<_>>()?;
        let rows = self.talk_briefly(async |link, begin| {
            let mut statements = Vec::with_capacity(asked.len());
            for ((_, question), columns) in asked.iter().zip(&columns) {
                statements.push(link.question(question, columns).await?);
            }
            let client = &link.client;
            let queries = statements.iter().zip(&columns).map(|(statement, columns)| {
                let parameters = parameters_of(columns);
                async move { client.query(statement, &parameters).await }
            });
            let rows = after_begin(client, begin, join_all(queries)).await?;
            Ok(rows.into_iter().collect::<std::result::Result<Vec<_>, _>>()?)
        })?;
        for ((index, _), rows) in asked.into_iter().zip(rows) {
            for row in rows {
                let key: i64 = row.try_get(0)?;
                let key = usize::try_from(key - 1).expect("keys are counted from one");
                answers[index][key].push(row_of(&row, 1)?);
            }
        }
        Ok(Found::new(answers))
    }

    /// Runs statements without parameters.
    pub(crate) fn run(&self, text: &str) -> Result<()> {
        self.talk(async |link, begin| Ok(after_begin(&link.client, begin, link.client.batch_execute(text)).await??))
    }

    /// Runs one statement.
    pub(crate) fn execute(&self, text: &str, parameters: &[Value<'_>]) -> Result<usize> {
        let (text, parameters) = (dollars(text), typed(parameters));
        self.talk(async |link, begin| {
            let done = link.client.execute_typed(&text, &parameters);
            let changed = after_begin(&link.client, begin, done).await??;
            Ok(usize::try_from(changed).expect("a statement changes fewer rows than that"))
        })
    }

    /// Reads rows.
    pub(crate) fn rows(&self, text: &str, parameters: &[Value<'_>]) -> Result<Vec<Row>> {
        let (text, parameters) = (dollars(text), typed(parameters));
        let rows = self.talk(async |link, begin| {
            let query = link.client.query_typed(&text, &parameters);
            Ok(after_begin(&link.client, begin, query).await??)
        })?;
        rows.iter().map(|row| row_of(row, 0)).collect()
    }

    /// Reads rows some at a time. `row` may itself ask for other things.
    pub(crate) fn each(
        &self,
        text: &str,
        parameters: &[Value<'_>],
        row: &mut dyn FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        let cursor = self.cursors.replace(self.cursors.get() + 1);
        // A cursor cannot have parameters.
        self.run(&format!("declare each_{cursor} no scroll cursor for {}", literally(text, parameters)))?;
        loop {
            let rows = self.rows(&format!("fetch {FETCHED} from each_{cursor}"), &[])?;
            let last = rows.len() < FETCHED;
            for found in rows {
                row(found)?;
            }
            if last {
                return self.run(&format!("close each_{cursor}"));
            }
        }
    }

    /// Writes what a batch decided: one statement for all rows of a kind, and those of different tables as one, all
    /// sent at once. Each statement that is answered costs a message and somebody waking up, here and there.
    pub(crate) fn write(&self, writes: &Writes<'_>) -> Result<()> {
        let mut sets: Vec<Set<'_>> = writes.in_order().map(Set::new).collect();
        let mut groups = apart(&mut sets);
        for group in &mut groups {
            // Whatever came first in the batch, it is the same statement.
            group.sort_unstable_by_key(|set| (set.write.table, set.write.verb == Verb::Update));
        }
        self.talk_briefly(async |link, begin| {
            let mut statements = Vec::new();
            for group in &groups {
                let statement = link.statement(group).await?;
                let mut kinds = statement.params().iter();
                let columns: Vec<Column<'_>> = group
                    .iter()
                    .flat_map(|set| (0..set.write.columns().count()).map(move |index| (set, index)))
                    .zip(&mut kinds)
                    .map(|((set, index), kind)| Column::of(kind, set.rows.iter().map(|row| &row[index])))
                    .collect::<Result<_>>()?;
                statements.push((statement, columns));
            }
            let client = &link.client;
            let queries = statements.iter().map(|(statement, columns)| {
                let parameters = parameters_of(columns);
                async move { client.query_one(statement, &parameters).await }
            });
            let counts = after_begin(client, begin, join_all(queries)).await?;
            for (group, counts) in groups.iter().zip(counts) {
                let counts = counts?;
                for (index, set) in group.iter().filter(|set| set.write.verb == Verb::Update).enumerate() {
                    let changed: i64 = counts.try_get(index)?;
                    if usize::try_from(changed) != Ok(set.rows.len()) {
                        let Write { table, .. } = set.write;
                        let rows = set.rows.len();
                        let text = format!("{rows} rows of {table} were to be changed, {changed} are there");
                        return Err(Error::Conflict(text));
                    }
                }
            }
            Ok(())
        })
    }

    /// Begins to change things, with the first statement.
    pub(crate) fn begin(&self) -> Result<()> {
        self.transaction.set(Transaction::Promised("begin"));
        Ok(())
    }

    /// Begins to read, with the first statement.
    pub(crate) fn begin_reading(&self) -> Result<()> {
        self.transaction.set(Transaction::Promised("begin isolation level repeatable read, read only"));
        Ok(())
    }

    /// How often it was connected.
    pub(crate) fn connections(&self) -> u64 {
        self.connections.get()
    }

    /// Whether nothing was begun and not ended.
    pub(crate) fn is_idle(&self) -> bool {
        self.transaction.get() == Transaction::None
    }

    /// Makes everything since the beginning true, on disk. Should the connection be lost here, nobody can say
    /// whether it became true: the error is `Gone`, and who asked must look.
    pub(crate) fn commit(&self) -> Result<()> {
        match self.transaction.get() {
            Transaction::None | Transaction::Promised(_) => {}
            // A commit would be answered with a rollback, as if all were well.
            Transaction::Failed => {
                return Err(refused_before());
            }
            Transaction::Open => self.talk_briefly(async |link, _| Ok(link.client.batch_execute("commit").await?))?,
        }
        self.transaction.set(Transaction::None);
        Ok(())
    }

    /// Forgets everything since the beginning.
    pub(crate) fn rollback(&self) -> Result<()> {
        let was = self.transaction.replace(Transaction::None);
        if matches!(was, Transaction::Open | Transaction::Failed)
            && let Some(link) = self.link.take()
        {
            // A connection that cannot even do that is not kept; the server then forgets by itself.
            self.block_on(link.client.batch_execute("rollback"))?;
            self.link.replace(Some(link));
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.link.take();
        if let Some(runtime) = self.runtime.take() {
            // Waiting for it is not allowed where a connection is dropped within another runtime.
            runtime.shutdown_background();
        }
    }
}

/// What work gives that goes out right behind the beginning of a transaction, if one is to be begun.
async fn after_begin<T>(client: &Client, begin: Option<&str>, work: impl Future<Output = T>) -> Result<T> {
    let begun = async {
        match begin {
            Some(begin) => client.batch_execute(begin).await,
            None => Ok(()),
        }
    };
    let (begun, done) = join(begun, work).await;
    begun?;
    Ok(done)
}

fn parameters_of<'a>(columns: &'a [Column<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    columns.iter().map(|column| column as &(dyn ToSql + Sync)).collect()
}

fn refused_before() -> Error {
    Error::Conflict("the transaction was refused before; nothing of it is kept".to_owned())
}

impl Link {
    /// The statement that asks a question for a set of keys.
    async fn question(&mut self, question: &Question, keys: &[Column<'_>]) -> Result<Statement> {
        let key = (question.text.as_ptr().addr(), question.lock);
        if let Some(statement) = self.questions.get(&key) {
            return Ok(statement.clone());
        }
        let text = text_for_keys(question.text, question.lock, keys);
        let statement = self.client.prepare(&text).await?;
        self.questions.insert(key, statement.clone());
        Ok(statement)
    }

    /// The statement that writes these sets of rows; its one row counts what each update changed.
    async fn statement(&mut self, sets: &[Set<'_>]) -> Result<Statement> {
        let key: Vec<(usize, u32)> = sets.iter().map(|set| (std::ptr::from_ref(set.write).addr(), set.same)).collect();
        self.looked += 1;
        if let Some(known) = self.writes.get_mut(&key) {
            known.last = self.looked;
            return Ok(known.statement.clone());
        }
        if self.columns.is_empty() {
            self.learn_columns().await?;
        }
        let (mut parts, mut counts, mut first) = (Vec::new(), Vec::new(), 1);
        for (number, Set { write, same, .. }) in sets.iter().enumerate() {
            let mut types = HashMap::new();
            for column in write.columns() {
                let kept = self.columns.get(&(write.table.to_owned(), column.to_owned()));
                let kept = kept.ok_or_else(|| Error::Shape(format!("{} has no column {column}", write.table)))?;
                types.insert(column, *kept);
            }
            let is_same =
                |column: &str| write.columns().position(|other| other == column).is_some_and(|at| is_set(*same, at));
            let text = write.text_of_set(first, |column| types[column], is_same);
            first += write.columns().count();
            let returning = if write.verb == Verb::Update {
                counts.push(format!("(select count(*) from w{number})"));
                " returning 1"
            } else {
                ""
            };
            parts.push(format!("w{number} as ({text}{returning})"));
        }
        let text = format!("with {} select {}", parts.join(", "), counts.join(", "));
        let statement = self.client.prepare(&text).await?;
        if self.writes.len() >= MOST_STATEMENTS
            && let Some(oldest) = self.writes.iter().min_by_key(|(_, known)| known.last).map(|(key, _)| key.clone())
        {
            self.writes.remove(&oldest);
        }
        self.writes.insert(key, Prepared { statement: statement.clone(), last: self.looked });
        Ok(statement)
    }

    async fn learn_columns(&mut self) -> Result<()> {
        let text = "select c.relname::text, a.attname::text, a.atttypid = 'bigint'::regtype from pg_class c \
            join pg_attribute a on a.attrelid = c.oid where c.relnamespace = current_schema()::regnamespace \
            and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped";
        for row in self.client.query_typed(text, &[]).await? {
            let kept = if row.try_get::<_, bool>(2)? { "bigint" } else { "text" };
            self.columns.insert((row.try_get(0)?, row.try_get(1)?), kept);
        }
        Ok(())
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Error {
        let Some(refused) = error.as_db_error() else {
            // A value that cannot be sent or read is a mistake of ours; everything else is the connection.
            let text =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), |why| format!("{error}: {why}"));
            return if error.to_string().starts_with("error serializing")
                || error.to_string().starts_with("error deserializing")
            {
                Error::Corrupt(text)
            } else {
                Error::Gone(text)
            };
        };
        let code = refused.code();
        let detail = refused.detail().map_or_else(String::new, |detail| format!(" ({detail})"));
        let text = format!("{}{detail} [{}]", refused.message(), code.code());
        // Connection, resources, an operator ends the session, it idled too long, or this is no longer the primary.
        let gone = ["08", "53", "57P", "25P03", "25006"].iter().any(|class| code.code().starts_with(class));
        let contended = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::QUERY_CANCELED,
        ];
        // A value that no column takes, a pattern that is none, or one too many of something.
        let unanswerable = ["22", "54"].iter().any(|class| code.code().starts_with(class));
        if gone {
            Error::Gone(text)
        } else if unanswerable {
            Error::Unanswerable(text)
        } else if contended.contains(code) {
            Error::Contended(text)
        } else {
            Error::Refused(text)
        }
    }
}
