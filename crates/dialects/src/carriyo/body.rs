//! How a body is read: every member that is wrong is told, each by its path (contract `carriyo.md`, section 1).

use std::sync::Mutex;

use serde_json::{Map, Value};
use waybill_domain::{Amount, Quantity, Timestamp};

use super::words;
use crate::time;

/// The longest reference, and the longest other text (contract, section 1).
pub(crate) const LONGEST_REFERENCE: usize = 250;
pub(crate) const LONGEST_TEXT: usize = 1_000;
/// The most items, parcels or packages of one request.
pub(crate) const MOST: usize = 250;
/// The most bytes of an object that is kept as it came.
const LARGEST: usize = 65_535;

/// What is wrong with a request, as it is told. One thread at a time writes; the lock is for verbs that go on elsewhere.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<String>>);

impl Faults {
    /// Says it once, however many read the member.
    pub(crate) fn push(&self, field: &str, message: &str) {
        let told = words::of_field(field, message);
        let mut all = self.0.lock().expect("nobody panics with it");
        if !all.contains(&told) {
            all.push(told);
        }
    }

    /// What was read, if nothing was wrong.
    pub(crate) fn unless<T>(self, read: T) -> Result<T, Vec<String>> {
        let faults = self.0.into_inner().expect("nobody panics with it");
        if faults.is_empty() { Ok(read) } else { Err(faults) }
    }
}

/// A JSON object, with where it stands.
#[derive(Clone)]
pub(crate) struct Object<'a> {
    pub(crate) map: &'a Map<String, Value>,
    path: String,
    faults: &'a Faults,
}

impl<'a> Object<'a> {
    pub(crate) fn whole(map: &'a Map<String, Value>, faults: &'a Faults) -> Object<'a> {
        Object { map, path: String::new(), faults }
    }

    /// The path of a member.
    pub(crate) fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    pub(crate) fn fault(&self, name: &str, message: &str) {
        self.faults.push(&self.path(name), message);
    }

    /// A member that is there and says something.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// A member that is kept as it came, whatever it says.
    pub(crate) fn kept(&self, name: &str) -> Option<&'a Value> {
        let value = self.get(name)?;
        self.bound(&self.path(name), value.to_string().len());
        Some(value)
    }

    /// All of it, to be kept as it came.
    pub(crate) fn kept_whole(&self) -> Map<String, Value> {
        self.bound(&self.path, Value::Object(self.map.clone()).to_string().len());
        self.map.clone()
    }

    fn bound(&self, path: &str, bytes: usize) {
        if bytes > LARGEST {
            self.faults.push(path, &format!("must not be larger than {LARGEST} bytes"));
        }
    }

    fn read<T>(&self, name: &str, what: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let read = read(self.get(name)?);
        if read.is_none() {
            self.fault(name, &format!("must be {what}"));
        }
        read
    }

    /// A text; a number is taken as it is written.
    pub(crate) fn text(&self, name: &str, longest: usize) -> Option<String> {
        let text = self.read(name, "a string", |value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        })?;
        if text.chars().count() > longest {
            self.fault(name, &format!("size must be between 0 and {longest}"));
            return None;
        }
        Some(text)
    }

    /// A text that says something.
    pub(crate) fn filled(&self, name: &str, longest: usize) -> Option<String> {
        self.text(name, longest).filter(|text| !text.trim().is_empty())
    }

    /// A text that must be there.
    pub(crate) fn required(&self, name: &str, longest: usize) -> String {
        match self.filled(name, longest) {
            Some(text) => text,
            None => {
                let is_blank =
                    self.get(name).is_none_or(|value| value.as_str().is_some_and(|text| text.trim().is_empty()));
                if is_blank {
                    self.fault(name, words::BLANK);
                }
                String::new()
            }
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.read(name, "true or false", |value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => flag(text),
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        })
    }

    /// Whole pieces, at least one.
    pub(crate) fn pieces(&self, name: &str) -> Option<Quantity> {
        if self.get(name).is_none() {
            self.fault(name, words::NULL);
            return None;
        }
        let quantity = self.read(name, "an integer", |value| {
            number(value).and_then(|text| Quantity::parse(&text).ok()).filter(|quantity| !quantity.has_fraction())
        })?;
        if quantity < Quantity::ONE {
            self.fault(name, "must be greater than or equal to 1");
            return None;
        }
        Some(quantity)
    }

    /// A number of pieces, which may be below zero.
    pub(crate) fn quantity(&self, name: &str) -> Option<Quantity> {
        self.read(name, "a number", |value| number(value).and_then(|text| Quantity::parse(&text).ok()))
    }

    /// An amount of money, not below zero.
    pub(crate) fn amount(&self, name: &str) -> Option<Amount> {
        let amount = self.read(name, "a number", |value| number(value).and_then(|text| Amount::parse(&text).ok()))?;
        if amount < Amount::ZERO {
            self.fault(name, "must be greater than or equal to 0");
            return None;
        }
        Some(amount)
    }

    pub(crate) fn date(&self, name: &str) -> Option<Timestamp> {
        self.read(name, "a date-time (ISO 8601)", |value| time::parse_iso(value.as_str()?))
    }

    pub(crate) fn object(&self, name: &str) -> Option<Object<'a>> {
        let map = self.read(name, "an object", Value::as_object)?;
        Some(Object { map, path: self.path(name), faults: self.faults })
    }

    /// A list that is there has something in it.
    pub(crate) fn must_not_be_empty(&self, name: &str) {
        if self.get(name).and_then(Value::as_array).is_some_and(Vec::is_empty) {
            self.fault(name, words::EMPTY);
        }
    }

    /// A list that must be there, with something in it.
    pub(crate) fn must_be_filled(&self, name: &str) {
        match self.get(name) {
            None => self.fault(name, words::EMPTY),
            Some(_) => self.must_not_be_empty(name),
        }
    }

    /// A list of objects; `None` where it is not there.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<Object<'a>>> {
        let list = self.read(name, "an array", Value::as_array)?;
        if list.len() > MOST {
            self.fault(name, &format!("size must be between 0 and {MOST}"));
            return None;
        }
        let one = |(at, value): (usize, &'a Value)| {
            let path = format!("{}[{at}]", self.path(name));
            match value.as_object() {
                Some(map) => Some(Object { map, path, faults: self.faults }),
                None => {
                    self.faults.push(&path, "must be an object");
                    None
                }
            }
        };
        Some(list.iter().enumerate().filter_map(one).collect())
    }
}

/// A flag as addresses write it.
pub(crate) fn flag(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// A number, also as a text.
pub(crate) fn number(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
