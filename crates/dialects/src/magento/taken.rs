//! Members of an object that was read as its shape: the types are right, only presence and size are open.

use serde_json::{Map, Value};
use waybill_domain::{Amount, BadNumber, Quantity};

use super::wire::fault::Fault;

/// An object as `shape::take` left it.
#[derive(Clone, Copy)]
pub(crate) struct Taken<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Taken<'a> {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.str(name).map(str::to_owned)
    }

    pub(crate) fn str(&self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.as_str()
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.0.get(name)? {
            Value::Bool(flag) => Some(*flag),
            other => other.as_i64().map(|number| number != 0),
        }
    }

    pub(crate) fn amount(&self, name: &str) -> Result<Option<Amount>, Fault> {
        self.decimal(name, Amount::parse)
    }

    pub(crate) fn quantity(&self, name: &str) -> Result<Option<Quantity>, Fault> {
        self.decimal(name, Quantity::parse)
    }

    fn decimal<T>(&self, name: &str, parse: fn(&str) -> Result<T, BadNumber>) -> Result<Option<T>, Fault> {
        let Some(Value::Number(number)) = self.0.get(name) else {
            return Ok(None);
        };
        parse(&number.to_string()).map(Some).map_err(|_| {
            Fault::bad(format!("The value of \"{name}\" is too large: {number}. Send a smaller number and try again."))
        })
    }

    pub(crate) fn object(&self, name: &str) -> Option<Taken<'a>> {
        self.0.get(name)?.as_object().map(Taken)
    }

    pub(crate) fn objects(&self, name: &str) -> Vec<Taken<'a>> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_object).map(Taken).collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn ints(&self, name: &str) -> Vec<i64> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_i64).collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// The extension attributes; an empty object when there are none.
    pub(crate) fn extension(&self) -> Option<Taken<'a>> {
        self.object("extension_attributes")
    }
}

/// A decimal as a JSON number.
pub(crate) fn number(decimal: impl std::fmt::Display) -> Value {
    serde_json::from_str(&decimal.to_string()).expect("a decimal prints as a JSON number")
}
