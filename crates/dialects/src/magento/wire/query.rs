//! Query strings as PHP reads them: brackets make trees (contract 1.6).

use serde_json::{Map, Value};

use super::fault::Fault;

/// The most pairs, and the deepest brackets, that are read.
const MOST_PAIRS: usize = 5_000;
const DEEPEST: usize = 16;

/// Reads `a[b][0][c]=x&a[d]=y` into a tree.
pub(crate) fn parse(query: &str) -> Result<Map<String, Value>, Fault> {
    let mut tree = Map::new();
    for (index, (key, value)) in form_urlencoded::parse(query.as_bytes()).enumerate() {
        if index >= MOST_PAIRS {
            return Err(Fault::bad(format!("The query has more than {MOST_PAIRS} parameters. Send fewer.")));
        }
        let path = path(&key);
        if path.len() > DEEPEST {
            return Err(Fault::bad(format!("The query has brackets deeper than {DEEPEST}. Send it flatter.")));
        }
        insert(&mut tree, &path, value.into_owned());
    }
    Ok(tree)
}

/// `a[b][]` as `a`, `b`, and an empty name.
fn path(key: &str) -> Vec<String> {
    let Some((first, rest)) = key.split_once('[') else {
        return vec![key.to_owned()];
    };
    let mut path = vec![first.to_owned()];
    path.extend(rest.trim_end_matches(']').split("][").map(str::to_owned));
    path
}

fn insert(tree: &mut Map<String, Value>, path: &[String], value: String) {
    let [name, rest @ ..] = path else {
        return;
    };
    // An empty bracket takes the next number.
    let name = if name.is_empty() { tree.len().to_string() } else { name.clone() };
    if rest.is_empty() {
        tree.insert(name, Value::String(value));
        return;
    }
    let inner = tree.entry(name).or_insert_with(|| Value::Object(Map::new()));
    if !inner.is_object() {
        *inner = Value::Object(Map::new());
    }
    if let Value::Object(inner) = inner {
        insert(inner, rest, value);
    }
}

/// The entries of a list that came as numbered members, in their order; a list stays one.
pub(crate) fn entries(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(map) => {
            let mut numbered: Vec<(u64, &Value)> =
                map.iter().map(|(key, value)| (key.parse().unwrap_or(u64::MAX), value)).collect();
            numbered.sort_by_key(|(index, _)| *index);
            numbered.into_iter().map(|(_, value)| value).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn brackets_make_trees() {
        let tree =
            parse("a%5Bb%5D%5B0%5D%5Bc%5D=x+y&a[b][1][c]=z&skus[]=A&skus[]=B&plain=1&bare").expect("it is small");
        assert_eq!(
            Value::Object(tree),
            json!({"a": {"b": {"0": {"c": "x y"}, "1": {"c": "z"}}}, "skus": {"0": "A", "1": "B"}, "plain": "1", "bare": ""})
        );
    }

    #[test]
    fn a_query_cannot_go_deep_or_on_for_ever() {
        assert!(parse(&format!("a{}=1", "[b]".repeat(40))).is_err());
        assert!(parse(&"a=1&".repeat(6_000)).is_err());
    }
}
