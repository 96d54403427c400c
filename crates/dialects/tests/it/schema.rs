//! Checks answers against the published schema of Magento's API: the facts of its definitions, in a file beside.

use std::sync::LazyLock;

use serde_json::Value;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("magento-schema.json")).expect("the schema is JSON"));

/// What is wrong with an answer, by path; nothing when it is as the schema says, or the schema says nothing.
pub fn faults(method: &str, path: &str, status: u16, body: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if status == 200 {
        if let Some(schema) = schema_of(method, path) {
            // What matches nothing, and services that return nothing, answer an empty list.
            if body != &Value::Array(Vec::new()) {
                check(schema, body, "$", &mut faults);
            }
        }
    } else {
        check_error(body, &mut faults);
    }
    faults
}

/// The schema of the route: a literal segment wins over a variable.
fn schema_of(method: &str, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap_or(path);
    let start = path.find("/V1/")?;
    let segments: Vec<&str> = path[start..].trim_matches('/').split('/').collect();
    let answers = SCHEMA["answers"].as_object()?;
    answers
        .iter()
        .filter_map(|(key, schema)| {
            let (of, pattern) = key.split_once(' ')?;
            let parts: Vec<&str> = pattern.trim_matches('/').split('/').collect();
            let fits = of == method
                && parts.len() == segments.len()
                && parts.iter().zip(&segments).all(|(part, segment)| part.starts_with('{') || part == segment);
            let variables = parts.iter().filter(|part| part.starts_with('{')).count();
            fits.then_some((variables, schema))
        })
        .min_by_key(|(variables, _)| *variables)
        .map(|(_, schema)| schema)
}

fn check(schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    if let Some(name) = schema["ref"].as_str() {
        // Attribute values may be lists, whatever the schema says; a package is opaque.
        if !["framework-attribute-interface", "sales-data-shipment-package-interface"].contains(&name) {
            check(&SCHEMA["definitions"][name], value, at, faults);
        }
        return;
    }
    let fits = match schema["type"].as_str().unwrap_or("object") {
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    if !fits {
        faults.push(format!("{at} is {value}, not of type {}", schema["type"]));
        return;
    }
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check(&schema["items"], item, &format!("{at}[{index}]"), faults);
            }
        }
        Value::Object(map) => {
            let Some(properties) = schema["properties"].as_object() else {
                return;
            };
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for name in required.iter().filter(|name| !map.contains_key(**name)) {
                faults.push(format!("{at}.{name} is missing"));
            }
            for (name, member) in map {
                match properties.get(name) {
                    None => faults.push(format!("{at}.{name} is no member")),
                    // A member that always shows may be null.
                    Some(_) if member.is_null() && required.contains(&name.as_str()) => {}
                    Some(schema) => check(schema, member, &format!("{at}.{name}"), faults),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The envelope of contract 1.4.
fn check_error(body: &Value, faults: &mut Vec<String>) {
    if !body["message"].is_string() {
        faults.push(format!("an error has a message, not {body}"));
    }
    for (name, member) in body.as_object().into_iter().flatten() {
        match name.as_str() {
            "message" => {}
            "parameters" if member.is_array() || member.is_object() => {}
            "errors" => {
                for entry in member.as_array().into_iter().flatten() {
                    if !entry["message"].is_string() || entry["parameters"].is_null() {
                        faults.push(format!("an entry of errors has message and parameters, not {entry}"));
                    }
                }
            }
            other => faults.push(format!("an error has no {other}")),
        }
    }
}
