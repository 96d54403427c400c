//! Values as clients send them: flags as numbers, numbers as texts (contract `centra.md`, 1.3).

use serde_json::{Map, Value};
use waybill_domain::{Amount, Timestamp};

use super::words;
use crate::time;

/// The members of a request, and where they stand, for words.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a Map<String, Value>);

/// Why a value is not taken, in the door's words.
pub(crate) type Taken<T> = Result<Option<T>, String>;

impl<'a> Fields<'a> {
    /// A member that is there and says something.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn flag(&self, name: &str) -> Taken<bool> {
        self.get(name).map(|value| flag(value).ok_or_else(|| words::invalid_value(name))).transpose()
    }

    pub(crate) fn int(&self, name: &str) -> Taken<i64> {
        self.get(name).map(|value| int(value).ok_or_else(|| words::invalid_value(name))).transpose()
    }

    /// A text; a number is taken as it is written.
    pub(crate) fn text(&self, name: &str, longest: usize) -> Taken<String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value {
            Value::String(text) if text.chars().count() <= longest => Ok(Some(text.clone())),
            Value::Number(number) => Ok(Some(number.to_string())),
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                Err(words::invalid_value(name))
            }
        }
    }

    pub(crate) fn amount(&self, name: &str) -> Taken<Amount> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_owned(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                return Err(words::invalid_value(name));
            }
        };
        Amount::parse(&text).map(Some).map_err(|_| words::invalid_value(name))
    }

    pub(crate) fn date(&self, name: &str) -> Taken<Timestamp> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let date = value.as_str().and_then(time::parse);
        date.map(Some).ok_or_else(|| words::invalid_value(name))
    }

    pub(crate) fn object(&self, name: &str) -> Taken<Fields<'a>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Fields(map))),
            Some(_) => Err(words::invalid_value(name)),
        }
    }
}

/// This part of a whole, by the rule of three, rounded half away from zero; nothing of nothing. Amounts may be larger
/// than quantities, so that they are not counted as such.
pub(crate) fn portion(whole: i64, part: i64, of: i64) -> i64 {
    let (product, of) = (i128::from(whole) * i128::from(part), i128::from(of));
    if of == 0 {
        return 0;
    }
    let half = of.abs() / 2 * if (product < 0) == (of < 0) { 1 } else { -1 };
    i64::try_from((product + half * of.signum()) / of).unwrap_or(0)
}

/// A flag, also as 0 or 1, and either as a text.
pub(crate) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            Some(_) | None => None,
        },
        Value::String(text) => match text.as_str() {
            "0" | "false" => Some(false),
            "1" | "true" => Some(true),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number, also as a text.
pub(crate) fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9e15);
            number.as_i64().or(whole.map(|number| number as i64))
        }
        Value::String(text) => {
            let text = text.trim();
            let digits = text.strip_prefix('-').unwrap_or(text);
            let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { text.parse().ok() } else { None }
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_portion_is_rounded_half_away_from_zero_and_has_room_for_large_amounts() {
        for (whole, part, of, expected) in [
            (10, 1, 4, 3),
            (-10, 1, 4, -3),
            (10, 1, 3, 3),
            (20, 1, 3, 7),
            (7, 1, 0, 0),
            (500_000_000, 50_000_000, 50_000_000, 500_000_000),
            (i64::MAX, i64::MAX, i64::MAX, i64::MAX),
        ] {
            assert_eq!(portion(whole, part, of), expected, "{whole} {part} {of}");
        }
    }

    #[test]
    fn flags_and_numbers_are_taken_as_clients_send_them() {
        for (value, expected) in [
            (json!(true), Some(true)),
            (json!(0), Some(false)),
            (json!("1"), Some(true)),
            (json!("false"), Some(false)),
            (json!("yes"), None),
            (json!(2), None),
            (json!([]), None),
        ] {
            assert_eq!(flag(&value), expected, "{value}");
        }
        for (value, expected) in [
            (json!(5), Some(5)),
            (json!("83651"), Some(83_651)),
            (json!(2.0), Some(2)),
            (json!("-3"), Some(-3)),
            (json!(1.5), None),
            (json!("1.5"), None),
            (json!("1e3"), None),
            (json!(""), None),
            (json!("99999999999999999999"), None),
            (json!(true), None),
        ] {
            assert_eq!(int(&value), expected, "{value}");
        }
    }
}
