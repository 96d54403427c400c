//! `?fields=`: only the members that are asked for (contract 1.3).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Names, and what is wanted of what stands under them; nothing means everything.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(BTreeMap<String, Option<Fields>>);

/// How deep brackets may go.
const DEEPEST: usize = 16;

/// Reads `items[increment_id,items[sku]],total_count`; nothing when it is not of that form.
pub(crate) fn parse(text: &str) -> Option<Fields> {
    let mut rest = text;
    let fields = list(&mut rest, 0)?;
    (rest.is_empty() && !fields.0.is_empty()).then_some(fields)
}

fn list(rest: &mut &str, depth: usize) -> Option<Fields> {
    if depth > DEEPEST {
        return None;
    }
    let mut fields = Fields::default();
    loop {
        let end = rest.find([',', '[', ']']).unwrap_or(rest.len());
        let name = rest[..end].trim().to_owned();
        *rest = &rest[end..];
        let inner = match rest.strip_prefix('[') {
            Some(inside) => {
                *rest = inside;
                let inner = list(rest, depth + 1)?;
                *rest = rest.strip_prefix(']')?;
                Some(inner)
            }
            None => None,
        };
        if name.is_empty() {
            return None;
        }
        fields.0.insert(name, inner);
        match rest.strip_prefix(',') {
            Some(more) => *rest = more,
            None => return Some(fields),
        }
    }
}

/// What is asked for of a value; scalars stay as they are.
pub(crate) fn filter(value: Value, fields: &Fields) -> Value {
    match value {
        Value::Array(items) => {
            let kept: Vec<Value> =
                items.into_iter().map(|item| filter(item, fields)).filter(|item| !is_empty(item)).collect();
            Value::Array(kept)
        }
        Value::Object(map) => {
            let kept: Map<String, Value> = map
                .into_iter()
                .filter_map(|(name, value)| match fields.0.get(&name)? {
                    Some(inner) => {
                        let value = filter(value, inner);
                        (!is_empty(&value)).then_some((name, value))
                    }
                    None => Some((name, value)),
                })
                .collect();
            if kept.is_empty() { Value::Array(Vec::new()) } else { Value::Object(kept) }
        }
        scalar => scalar,
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(fields: &str, expected: Value) {
        let value = json!({"items": [{"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"c": 4}}], "total_count": 2});
        let got = parse(fields).map_or(json!([]), |fields| filter(value, &fields));
        assert_eq!(got, expected, "{fields}");
    }

    #[test]
    fn keeps_what_is_named() {
        check("total_count", json!({"total_count": 2}));
        check("items[b[c]],total_count", json!({"items": [{"b": {"c": 2}}, {"b": {"c": 4}}], "total_count": 2}));
        check("items[a]", json!({"items": [{"a": 1}]}));
    }

    #[test]
    fn what_matches_nothing_or_cannot_be_read_is_empty() {
        for text in ["nothing", "items[", "items[a", "]", "", "[[[["] {
            check(text, json!([]));
        }
        check(&"a[".repeat(100_000), json!([]));
    }
}
