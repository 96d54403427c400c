//! Values and texts as PostgreSQL takes them: keys and rows column by column, places in a text as `$1`.

use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::database::Lock;
use crate::sql::{Row, Value, Verb, Write};
use crate::{Error, Result};

/// A statement for one key as one for a set of keys; the first column says of which key a row is. Keys are taken in
/// their order, so that rows are locked in it.
pub(super) fn text_for_keys(text: &str, lock: Lock, keys: &[Column<'_>]) -> String {
    let arrays: Vec<String> =
        keys.iter().enumerate().map(|(index, column)| format!("${}::{}", index + 1, column.type_name())).collect();
    let names: Vec<String> = (1..=keys.len()).map(|index| format!("k{index}")).collect();
    let lock = match lock {
        Lock::No => "",
        // Not `for update`: that would also stop those who only refer to the row by a foreign key.
        Lock::Yes => " for no key update",
    };
    format!(
        "select one.number, found.* from unnest({}) with ordinality as one({}, number) \
         cross join lateral ({}{lock}) as found",
        arrays.join(", "),
        names.join(", "),
        places(text, |index| format!("one.k{index}")),
    )
}

/// Replaces `?1`, `?2` and so on.
fn places(text: &str, mut place: impl FnMut(usize) -> String) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut parts = text.split('?');
    out.push_str(parts.next().unwrap_or(""));
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        match part[..digits].parse() {
            Ok(index) => out.push_str(&place(index)),
            // A question mark that is no place.
            Err(_) => out.push('?'),
        }
        out.push_str(&part[digits..]);
    }
    out
}

pub(super) fn dollars(text: &str) -> String {
    places(text, |index| format!("${index}"))
}

pub(super) fn literally(text: &str, parameters: &[Value<'_>]) -> String {
    places(text, |index| match &parameters[index - 1] {
        Value::Null => "null".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
    })
}

pub(super) fn typed<'a>(parameters: &'a [Value<'a>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    parameters
        .iter()
        .map(|value| {
            let kind = match value {
                Value::Int(_) => Type::INT8,
                Value::Text(_) | Value::Null => Type::TEXT,
            };
            (value as &(dyn ToSql + Sync), kind)
        })
        .collect()
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut bytes::BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) => number.to_sql(kind, out),
            Value::Text(text) => text.as_ref().to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        <i64 as ToSql>::accepts(kind) || <&str as ToSql>::accepts(kind)
    }

    to_sql_checked!();
}

/// Columns that all rows of a batch often have the same value in: as one value they cost PostgreSQL a fraction of an
/// array.
const OFTEN_SAME: &[&str] =
    &["tenant", "at", "created_at", "updated_at", "who", "act", "event", "cause", "stock", "store", "source", "extra"];

/// Which of those columns are the same in these rows, bit by bit. One column always stays an array; as do the keys of
/// rows that are looked for: with half a key as a value, a planner that takes the table for empty reads all that is
/// under it, and goes through the rows of the batch for each.
pub(super) fn same_columns(write: &Write, rows: &[&Vec<Value<'_>>]) -> u32 {
    let looked_for = match write.verb {
        Verb::Insert | Verb::Upsert | Verb::UpsertPart => 0,
        Verb::Update | Verb::Fill | Verb::Blank | Verb::Delete => write.key.len(),
    };
    let same = write.columns().enumerate().take(31).skip(looked_for).filter(|(index, column)| {
        OFTEN_SAME.contains(column) && rows.windows(2).all(|pair| pair[0][*index] == pair[1][*index])
    });
    let same: u32 = same.map(|(index, _)| 1 << index).sum();
    let all = write.columns().count();
    if usize::try_from(same.count_ones()) == Ok(all) { same & !1 } else { same }
}

pub(super) fn is_set(bits: u32, index: usize) -> bool {
    index < 32 && bits & (1 << index) != 0
}

/// One column of a set of rows.
#[derive(Debug)]
pub(super) enum Column<'a> {
    Int(Option<i64>),
    Text(Option<&'a str>),
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
}

impl<'a> Column<'a> {
    /// The values of a column as the statement takes it: all of them, or the one that all rows have.
    pub(super) fn of<'v: 'a>(kind: &Type, values: impl Iterator<Item = &'v Value<'v>>) -> Result<Column<'a>> {
        let mixed = || Error::Conflict("a row has text where a number belongs, or the other way round".to_owned());
        let mut values = values;
        Ok(if *kind == Type::INT8 {
            match values.next() {
                Some(Value::Int(number)) => Column::Int(Some(*number)),
                Some(Value::Null) | None => Column::Int(None),
                Some(Value::Text(_)) => return Err(mixed()),
            }
        } else if *kind == Type::TEXT {
            match values.next() {
                Some(Value::Text(text)) => Column::Text(Some(text.as_ref())),
                Some(Value::Null) | None => Column::Text(None),
                Some(Value::Int(_)) => return Err(mixed()),
            }
        } else if *kind == Type::INT8_ARRAY {
            let ints = values.map(|value| match value {
                Value::Null => Ok(None),
                Value::Int(number) => Ok(Some(*number)),
                Value::Text(_) => Err(mixed()),
            });
            Column::Ints(ints.collect::<Result<_>>()?)
        } else {
            let texts = values.map(|value| match value {
                Value::Null => Ok(None),
                Value::Text(text) => Ok(Some(text.as_ref())),
                Value::Int(_) => Err(mixed()),
            });
            Column::Texts(texts.collect::<Result<_>>()?)
        })
    }

    fn type_name(&self) -> &'static str {
        match self {
            Column::Int(_) => "bigint",
            Column::Text(_) => "text",
            Column::Ints(_) => "bigint[]",
            Column::Texts(_) => "text[]",
        }
    }
}

/// Keys column by column. No part of a key is null.
pub(super) fn columns_of<'a>(keys: &'a [Vec<Value<'a>>]) -> Result<Vec<Column<'a>>> {
    let parts = keys.first().map_or(&[] as &[Value<'_>], Vec::as_slice).iter().enumerate();
    parts
        .map(|(index, part)| {
            let kind = match part {
                Value::Int(_) => Type::INT8_ARRAY,
                Value::Text(_) | Value::Null => Type::TEXT_ARRAY,
            };
            Column::of(&kind, keys.iter().map(|key| &key[index]))
        })
        .collect()
}

impl ToSql for Column<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut bytes::BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Column::Int(value) => value.to_sql(kind, out),
            Column::Text(value) => value.to_sql(kind, out),
            Column::Ints(values) => values.to_sql(kind, out),
            Column::Texts(values) => values.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::INT8_ARRAY, Type::TEXT_ARRAY].contains(kind)
    }

    to_sql_checked!();
}

/// A column of a row, as we keep it.
struct Kept(Value<'static>);

impl<'a> FromSql<'a> for Kept {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> std::result::Result<Kept, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Kept(if *kind == Type::INT8 {
            Value::Int(i64::from_sql(kind, raw)?)
        } else if *kind == Type::INT4 {
            Value::Int(i32::from_sql(kind, raw)?.into())
        } else if *kind == Type::BOOL {
            Value::Int(bool::from_sql(kind, raw)?.into())
        } else {
            Value::Text(String::from_sql(kind, raw)?.into())
        }))
    }

    fn from_sql_null(_: &Type) -> std::result::Result<Kept, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Kept(Value::Null))
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::BOOL, Type::TEXT, Type::VARCHAR, Type::NAME].contains(kind)
    }
}

pub(super) fn row_of(row: &tokio_postgres::Row, skip: usize) -> Result<Row> {
    let values = (skip..row.len()).map(|index| Ok(row.try_get::<_, Kept>(index)?.0)).collect::<Result<Vec<_>>>()?;
    Ok(Row::new(values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_for_one_key_becomes_one_for_a_set() {
        let keys = [Column::Ints(vec![Some(1)]), Column::Texts(vec![Some("a")])];
        assert_eq!(
            text_for_keys("select held from levels where tenant = ?1 and sku = ?2", Lock::Yes, &keys),
            "select one.number, found.* from unnest($1::bigint[], $2::text[]) with ordinality as one(k1, k2, number) \
             cross join lateral (select held from levels where tenant = one.k1 and sku = one.k2 for no key update) as found"
        );
    }

    #[test]
    fn places_are_numbered_and_other_question_marks_stay() {
        assert_eq!(dollars("a = ?2 and b = ?11 and c = '?'"), "a = $2 and b = $11 and c = '?'");
        let values = [Value::Int(3), Value::from("it's")];
        assert_eq!(literally("a = ?1 and b = ?2", &values), "a = 3 and b = 'it''s'");
    }
}
