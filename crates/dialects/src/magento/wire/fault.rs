//! The error envelope of the door (contract 1.4).

use serde_json::{Map, Value, json};

use super::json;

/// An answer that says no.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    /// With its placeholders: clients fill in the parameters.
    pub(crate) message: String,
    pub(crate) parameters: Parameters,
    pub(crate) errors: Vec<Entry>,
    /// "Could not save" answers carry a header of their own.
    pub(crate) could_not_save: bool,
}

/// One of several reasons.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) message: String,
    pub(crate) parameters: Parameters,
}

/// What fills the placeholders of a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Parameters {
    #[default]
    None,
    /// `%name`
    Named(Vec<(&'static str, String)>),
    /// `%1`
    Positional(Vec<String>),
}

impl Parameters {
    fn to_json(&self) -> Option<Value> {
        match self {
            Parameters::None => None,
            Parameters::Named(pairs) => {
                Some(Value::Object(pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()))
            }
            Parameters::Positional(values) => Some(json!(values)),
        }
    }
}

impl Entry {
    /// A reason without placeholders.
    pub(crate) fn new(message: impl Into<String>) -> Entry {
        Entry { message: message.into(), parameters: Parameters::None }
    }

    /// A reason with `%name` placeholders.
    pub(crate) fn named(message: &str, parameters: &[(&'static str, &str)]) -> Entry {
        Entry { message: message.to_owned(), parameters: named(parameters) }
    }
}

fn named(parameters: &[(&'static str, &str)]) -> Parameters {
    Parameters::Named(parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
}

impl Fault {
    /// A message that is complete as it is.
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Fault {
        Fault {
            status,
            message: message.into(),
            parameters: Parameters::None,
            errors: Vec::new(),
            could_not_save: false,
        }
    }

    /// 400 with a message that is complete as it is.
    pub(crate) fn bad(message: impl Into<String>) -> Fault {
        Fault::new(400, message)
    }

    /// A message with `%name` placeholders.
    pub(crate) fn named(status: u16, message: &str, parameters: &[(&'static str, &str)]) -> Fault {
        Fault { parameters: named(parameters), ..Fault::new(status, message) }
    }

    /// A message with `%1` placeholders.
    pub(crate) fn positional(status: u16, message: &str, parameters: &[&str]) -> Fault {
        Fault {
            parameters: Parameters::Positional(parameters.iter().map(|value| (*value).to_owned()).collect()),
            ..Fault::new(status, message)
        }
    }

    /// With further reasons.
    pub(crate) fn with(self, errors: Vec<Entry>) -> Fault {
        Fault { errors, ..self }
    }

    /// A "could not save" answer.
    pub(crate) fn could_not_save(message: &str) -> Fault {
        Fault { could_not_save: true, ..Fault::bad(message) }
    }

    /// A value of another type than declared.
    pub(crate) fn wrong_type(value: &Value, expected: &str) -> Fault {
        let shown = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(true) => "1".to_owned(),
            Value::Bool(false) | Value::Null => String::new(),
            Value::Array(_) | Value::Object(_) => "array".to_owned(),
        };
        Fault::bad(format!(
            "The \"{shown}\" value's type is invalid. The \"{expected}\" type was expected. Verify and try again."
        ))
    }

    /// Says in which member it happened.
    pub(crate) fn inside(self, member: &str) -> Fault {
        Fault { message: format!("Error occurred during \"{member}\" processing. {}", self.message), ..self }
    }

    /// A member that an object does not have.
    pub(crate) fn unknown_member(member: &str, shape: &str) -> Fault {
        Fault::bad(format!("Property \"{member}\" does not exist in {shape}. Remove it and try again."))
    }

    /// Parameters that are missing.
    pub(crate) fn required(names: &[&str]) -> Fault {
        const TEXT: &str = "\"%fieldName\" is required. Enter and try again.";
        match names {
            [name] => Fault::named(400, TEXT, &[("fieldName", name)]),
            names => Fault::bad("One or more input exceptions have occurred.")
                .with(names.iter().map(|name| Entry::named(TEXT, &[("fieldName", name)])).collect()),
        }
    }

    /// Nobody, or somebody who may not.
    pub(crate) fn unauthorized(resource: &str) -> Fault {
        Fault::named(401, "The consumer isn't authorized to access %resources.", &[("resources", resource)])
    }

    /// A sales object that is not there; it looks the same whoever owns it.
    pub(crate) fn no_entity() -> Fault {
        Fault::new(404, "The entity that was requested doesn't exist. Verify the entity and try again.")
    }

    /// An id that is empty or 0.
    pub(crate) fn id_needed() -> Fault {
        Fault::bad("An ID is needed. Set the ID and try again.")
    }

    /// No such route.
    pub(crate) fn no_route() -> Fault {
        Fault::new(404, "Request does not match any route.")
    }

    /// The envelope.
    pub(crate) fn to_json(&self) -> String {
        let mut out = String::from("{\"message\":");
        json::write_text(&self.message, &mut out);
        if !self.errors.is_empty() {
            out.push_str(",\"errors\":");
            let errors: Vec<Value> = self
                .errors
                .iter()
                .map(|entry| {
                    let mut map = Map::new();
                    map.insert("message".to_owned(), json!(entry.message));
                    map.insert("parameters".to_owned(), entry.parameters.to_json().unwrap_or_else(|| json!([])));
                    Value::Object(map)
                })
                .collect();
            json::write(&Value::Array(errors), &mut out);
        }
        if let Some(parameters) = self.parameters.to_json() {
            out.push_str(",\"parameters\":");
            json::write(&parameters, &mut out);
        }
        out.push('}');
        out
    }

    /// The message with its placeholders filled in, to read.
    #[cfg(test)]
    pub(crate) fn rendered(&self) -> String {
        rendered(&self.message, &self.parameters)
    }
}

/// A message with its placeholders filled in.
pub(crate) fn rendered(message: &str, parameters: &Parameters) -> String {
    match parameters {
        Parameters::None => message.to_owned(),
        Parameters::Named(pairs) => {
            pairs.iter().fold(message.to_owned(), |text, (name, value)| text.replace(&format!("%{name}"), value))
        }
        Parameters::Positional(values) => values
            .iter()
            .enumerate()
            .fold(message.to_owned(), |text, (index, value)| text.replace(&format!("%{}", index + 1), value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_shows_only_what_there_is() {
        assert_eq!(Fault::no_route().to_json(), r#"{"message":"Request does not match any route."}"#);
        assert_eq!(
            Fault::required(&["username"]).to_json(),
            r#"{"message":"\"%fieldName\" is required. Enter and try again.","parameters":{"fieldName":"username"}}"#
        );
        assert_eq!(
            Fault::required(&["a", "b"]).to_json(),
            r#"{"message":"One or more input exceptions have occurred.","errors":[{"message":"\"%fieldName\" is required. Enter and try again.","parameters":{"fieldName":"a"}},{"message":"\"%fieldName\" is required. Enter and try again.","parameters":{"fieldName":"b"}}]}"#
        );
    }
}
