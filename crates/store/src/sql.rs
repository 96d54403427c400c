//! Statements as data: what a write changes is said once, the text of the statement follows, for one row (SQLite) or
//! for a set of rows (PostgreSQL).

use std::borrow::Cow;
use std::collections::BTreeMap;

/// A value of a column: all of them are whole numbers or text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value<'a> {
    Null,
    Int(i64),
    Text(Cow<'a, str>),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Int(i64::from(value))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Value::Text(Cow::Borrowed(value))
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Value::Text(Cow::Owned(value))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(value: &'a Option<String>) -> Self {
        value.as_deref().into()
    }
}

/// A row as it was read; its columns are taken from left to right.
pub(crate) struct Row {
    values: std::vec::IntoIter<Value<'static>>,
}

impl Row {
    pub(crate) fn new(values: Vec<Value<'static>>) -> Row {
        Row { values: values.into_iter() }
    }

    fn next(&mut self) -> Value<'static> {
        self.values.next().expect("a row is read with the columns that it was selected with")
    }

    /// Leaves out so many columns.
    pub(crate) fn skip(&mut self, columns: usize) {
        self.values.by_ref().take(columns).for_each(drop);
    }

    pub(crate) fn int(&mut self) -> i64 {
        self.int_or_null().expect("the column is not null")
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.int() != 0
    }

    pub(crate) fn int_or_null(&mut self) -> Option<i64> {
        match self.next() {
            Value::Int(value) => Some(value),
            Value::Null => None,
            Value::Text(text) => panic!("the column is a number, not {text:?}"),
        }
    }

    pub(crate) fn text(&mut self) -> String {
        self.text_or_null().expect("the column is not null")
    }

    pub(crate) fn text_or_null(&mut self) -> Option<String> {
        match self.next() {
            Value::Text(text) => Some(text.into_owned()),
            Value::Null => None,
            Value::Int(number) => panic!("the column is text, not {number}"),
        }
    }
}

/// What a write does to the row that its key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// There must be none yet.
    Insert,
    /// There may be one.
    Upsert,
    /// The same of a part of something: it is written when that is there.
    UpsertPart,
    /// There must be one, which was loaded.
    Update,
    /// There may be one; of its columns only those that are null are set.
    Fill,
    /// There may be any number under the key; all of them are set.
    Blank,
    /// There may be one.
    Delete,
}

/// A kind of write: a row of it is the key's columns, those that are set, and those that are added to.
pub(crate) struct Write {
    pub(crate) table: &'static str,
    pub(crate) verb: Verb,
    pub(crate) key: &'static [&'static str],
    pub(crate) set: &'static [&'static str],
    pub(crate) add: &'static [&'static str],
}

impl Write {
    pub(crate) const fn insert(
        table: &'static str,
        key: &'static [&'static str],
        set: &'static [&'static str],
    ) -> Write {
        Write { table, verb: Verb::Insert, key, set, add: &[] }
    }

    pub(crate) const fn upsert(
        table: &'static str,
        key: &'static [&'static str],
        set: &'static [&'static str],
    ) -> Write {
        Write { table, verb: Verb::Upsert, key, set, add: &[] }
    }

    /// An upsert of a part, whose whole may be new in the same batch.
    pub(crate) const fn upsert_part(
        table: &'static str,
        key: &'static [&'static str],
        set: &'static [&'static str],
    ) -> Write {
        Write { table, verb: Verb::UpsertPart, key, set, add: &[] }
    }

    pub(crate) const fn update(
        table: &'static str,
        key: &'static [&'static str],
        set: &'static [&'static str],
    ) -> Write {
        Write { table, verb: Verb::Update, key, set, add: &[] }
    }

    pub(crate) const fn fill(table: &'static str, key: &'static [&'static str], set: &'static [&'static str]) -> Write {
        Write { table, verb: Verb::Fill, key, set, add: &[] }
    }

    pub(crate) const fn blank(
        table: &'static str,
        key: &'static [&'static str],
        set: &'static [&'static str],
    ) -> Write {
        Write { table, verb: Verb::Blank, key, set, add: &[] }
    }

    pub(crate) const fn delete(table: &'static str, key: &'static [&'static str]) -> Write {
        Write { table, verb: Verb::Delete, key, set: &[], add: &[] }
    }

    pub(crate) const fn adding(mut self, add: &'static [&'static str]) -> Write {
        self.add = add;
        self
    }

    /// All columns of a row, in its order.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.key.iter().chain(self.set).chain(self.add).copied()
    }

    /// The statement for one row, whose values are `?1`, `?2` and so on.
    pub(crate) fn text_of_one(&self) -> String {
        let columns: Vec<&str> = self.columns().collect();
        let place = |column: &str| {
            let index = columns.iter().position(|other| *other == column).expect("columns are of the write") + 1;
            format!("?{index}")
        };
        let places: Vec<String> = columns.iter().map(|column| place(column)).collect();
        self.text(&format!("values ({})", places.join(", ")), "", place)
    }

    /// The statement for a set of rows: `$first` and those after it are the columns in their order, each an array, or
    /// one value where `same` says that all rows have the same; `type_of` says what a column keeps.
    pub(crate) fn text_of_set(
        &self,
        first: usize,
        type_of: impl Fn(&str) -> &'static str,
        same: impl Fn(&str) -> bool,
    ) -> String {
        let place = |column: &str| {
            let index = self.columns().position(|other| other == column).expect("columns are of the write") + first;
            format!("${index}::{}{}", type_of(column), if same(column) { "" } else { "[]" })
        };
        let value = |column: &str| if same(column) { place(column) } else { format!("one.{column}") };
        let different: Vec<&str> = self.columns().filter(|column| !same(column)).collect();
        let arrays: Vec<String> = different.iter().map(|column| place(column)).collect();
        let rows = format!("unnest({}) as one({})", arrays.join(", "), different.join(", "));
        let values: Vec<String> = self.columns().map(value).collect();
        self.text(&format!("select {} from {rows}", values.join(", ")), &rows, value)
    }

    /// The statement: `rows` is what is inserted, `from` the same as a table, `place` the new value of a column.
    fn text(&self, rows: &str, from: &str, place: impl Fn(&str) -> String) -> String {
        let Write { table, verb, key, set, add } = self;
        let keys: Vec<String> = key.iter().map(|column| format!("{table}.{column} = {}", place(column))).collect();
        let keys = keys.join(" and ");
        let sets = |place: &dyn Fn(&str) -> String| {
            let set = set.iter().map(|column| format!("{column} = {}", place(column)));
            let add = add.iter().map(|column| format!("{column} = {table}.{column} + {}", place(column)));
            set.chain(add).collect::<Vec<_>>().join(", ")
        };
        let insert = || {
            let columns: Vec<&str> = self.columns().collect();
            format!("insert into {table} ({}) {rows}", columns.join(", "))
        };
        let conflict = || format!("on conflict ({})", key.join(", "));
        let joined = |word: &str| if from.is_empty() { String::new() } else { format!(" {word} {from}") };
        match verb {
            Verb::Insert => insert(),
            Verb::Upsert | Verb::UpsertPart if set.is_empty() && add.is_empty() => {
                format!("{} {} do nothing", insert(), conflict())
            }
            Verb::Upsert | Verb::UpsertPart => {
                let excluded = |column: &str| format!("excluded.{column}");
                format!("{} {} do update set {}", insert(), conflict(), sets(&excluded))
            }
            Verb::Update | Verb::Blank => format!("update {table} set {}{} where {keys}", sets(&place), joined("from")),
            Verb::Fill => {
                let unless_there = |column: &str| format!("coalesce({table}.{column}, {})", place(column));
                format!("update {table} set {}{} where {keys}", sets(&unless_there), joined("from"))
            }
            Verb::Delete => format!("delete from {table}{} where {keys}", joined("using")),
        }
    }
}

/// The writes of a batch, statement by statement. Rows of one key become one row: the last word on a column that
/// is set counts, and what is added is summed.
#[derive(Default)]
pub(crate) struct Writes<'a> {
    /// Statements in the order of their first row. Deletions and what follows them stand in a part of their own,
    /// so that a row can go and come back in one batch.
    pub(crate) parts: Vec<Vec<Rows<'a>>>,
}

/// All rows of one statement.
pub(crate) struct Rows<'a> {
    pub(crate) write: &'static Write,
    pub(crate) rows: Vec<Vec<Value<'a>>>,
    by_key: BTreeMap<Vec<Value<'a>>, usize>,
}

impl<'a> Writes<'a> {
    pub(crate) fn push(&mut self, write: &'static Write, row: Vec<Value<'a>>) {
        debug_assert_eq!(row.len(), write.key.len() + write.set.len() + write.add.len(), "{}", write.table);
        let is_delete = |part: &Vec<Rows<'a>>| part.first().is_some_and(|rows| rows.write.verb == Verb::Delete);
        let fits = self.parts.last().is_some_and(|part| is_delete(part) == (write.verb == Verb::Delete));
        if !fits {
            self.parts.push(Vec::new());
        }
        let part = self.parts.last_mut().expect("there is one now");
        let rows = match part.iter().position(|rows| std::ptr::eq(rows.write, write)) {
            Some(index) => &mut part[index],
            None => {
                part.push(Rows { write, rows: Vec::new(), by_key: BTreeMap::new() });
                part.last_mut().expect("it was pushed")
            }
        };
        rows.push(row);
    }
}

impl<'a> Writes<'a> {
    /// Statements in the order in which they run: in each part what is new comes before its parts, and these before what
    /// changes.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = &Rows<'a>> {
        let turn = |rows: &&Rows<'a>| match rows.write.verb {
            Verb::Insert | Verb::Upsert | Verb::Delete => 0,
            Verb::UpsertPart => 1,
            Verb::Update | Verb::Fill | Verb::Blank => 2,
        };
        self.parts
            .iter()
            .flat_map(move |part| (0..3).flat_map(move |at| part.iter().filter(move |rows| turn(rows) == at)))
    }
}

impl<'a> Rows<'a> {
    /// The rows in the order of their keys, in which everybody changes them.
    pub(crate) fn sorted(&self) -> Vec<&Vec<Value<'a>>> {
        let mut rows: Vec<&Vec<Value<'a>>> = self.rows.iter().collect();
        if self.write.verb != Verb::Insert {
            rows.sort_by_key(|row| &row[..self.write.key.len()]);
        }
        rows
    }

    fn push(&mut self, row: Vec<Value<'a>>) {
        let Write { verb, key, set, .. } = self.write;
        // An inserted key comes once; the table says so if it does not.
        if *verb == Verb::Insert {
            self.rows.push(row);
            return;
        }
        match self.by_key.get(&row[..key.len()]) {
            None => {
                self.by_key.insert(row[..key.len()].to_vec(), self.rows.len());
                self.rows.push(row);
            }
            Some(index) => {
                let first_added = key.len() + set.len();
                for (column, value) in row.into_iter().enumerate().skip(key.len()) {
                    let kept = &mut self.rows[*index][column];
                    *kept = match (&*kept, value) {
                        (Value::Int(so_far), Value::Int(more)) if column >= first_added => Value::Int(so_far + more),
                        (_, value) => value,
                    };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static LEVEL: Write = Write::upsert("levels", &["tenant", "sku_key"], &[]).adding(&["held"]);
    static ITEM: Write = Write::update("source_items", &["tenant", "sku_key"], &["in_stock"]).adding(&["on_hand"]);

    #[test]
    fn a_write_says_its_statement() {
        assert_eq!(
            LEVEL.text_of_one(),
            "insert into levels (tenant, sku_key, held) values (?1, ?2, ?3) \
             on conflict (tenant, sku_key) do update set held = levels.held + excluded.held"
        );
        assert_eq!(
            ITEM.text_of_one(),
            "update source_items set in_stock = ?3, on_hand = source_items.on_hand + ?4 \
             where source_items.tenant = ?1 and source_items.sku_key = ?2"
        );
        let type_of = |column: &str| if column == "sku_key" { "text" } else { "bigint" };
        assert_eq!(
            ITEM.text_of_set(1, type_of, |column| column == "tenant"),
            "update source_items set in_stock = one.in_stock, on_hand = source_items.on_hand + one.on_hand \
             from unnest($2::text[], $3::bigint[], $4::bigint[]) as one(sku_key, in_stock, on_hand) \
             where source_items.tenant = $1::bigint and source_items.sku_key = one.sku_key"
        );
        assert_eq!(
            LEVEL.text_of_set(4, type_of, |column| column == "tenant"),
            "insert into levels (tenant, sku_key, held) select $4::bigint, one.sku_key, one.held \
             from unnest($5::text[], $6::bigint[]) as one(sku_key, held) \
             on conflict (tenant, sku_key) do update set held = levels.held + excluded.held"
        );
    }

    #[test]
    fn rows_of_one_key_become_one_row() {
        let mut writes = Writes::default();
        let row = |sku: &'static str, in_stock: bool, change: i64| {
            vec![Value::Int(1), sku.into(), in_stock.into(), change.into()]
        };
        writes.push(&ITEM, row("a", true, -2));
        writes.push(&ITEM, row("b", true, -1));
        writes.push(&ITEM, row("a", false, -3));
        assert_eq!(writes.parts.len(), 1);
        assert_eq!(writes.parts[0][0].rows, vec![row("a", false, -5), row("b", true, -1)]);
    }
}
