//! Query strings as PHP reads them: brackets make trees (contract 1.6).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fault::Fault;
use super::route::Variables;
use super::shape::{self, Member, snake_case};

/// The most pairs, and the deepest brackets, that are read.
const MOST_PAIRS: usize = 5_000;
const DEEPEST: usize = 16;

/// Reads `a[b][0][c]=x&a[d]=y` into a tree.
pub(crate) fn parse(query: &str) -> Result<Map<String, Value>, Fault> {
    let mut tree = Branch::default();
    for (index, (key, value)) in form_urlencoded::parse(query.as_bytes()).enumerate() {
        if index >= MOST_PAIRS {
            return Err(Fault::bad(format!("The query has more than {MOST_PAIRS} parameters. Send fewer.")));
        }
        let path = path(&key);
        if path.len() > DEEPEST {
            return Err(Fault::bad(format!("The query has brackets deeper than {DEEPEST}. Send it flatter.")));
        }
        tree.insert(&path, value.into_owned());
    }
    Ok(tree.into_map())
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

/// A tree in the making. It remembers the next free number, so that `a[]` costs the same however many came before.
#[derive(Default)]
struct Branch {
    members: BTreeMap<String, Node>,
    next: u64,
}

enum Node {
    Leaf(String),
    Branch(Branch),
}

impl Branch {
    fn insert(&mut self, path: &[String], value: String) {
        let [name, rest @ ..] = path else {
            return;
        };
        // An empty bracket takes the number after the largest, as in PHP: `a[5]=x&a[]=y` keeps both.
        let name = if name.is_empty() { self.next.to_string() } else { name.clone() };
        if let Ok(number) = name.parse::<u64>() {
            self.next = self.next.max(number.saturating_add(1));
        }
        if rest.is_empty() {
            self.members.insert(name, Node::Leaf(value));
            return;
        }
        let inner = self.members.entry(name).or_insert_with(|| Node::Branch(Branch::default()));
        if let Node::Leaf(_) = inner {
            *inner = Node::Branch(Branch::default());
        }
        if let Node::Branch(inner) = inner {
            inner.insert(rest, value);
        }
    }

    fn into_map(self) -> Map<String, Value> {
        let value = |node| match node {
            Node::Leaf(text) => Value::String(text),
            Node::Branch(branch) => Value::Object(branch.into_map()),
        };
        self.members.into_iter().map(|(name, node)| (name, value(node))).collect()
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

/// All that came, under names in snake_case: the path over the query over the body (contract 1.1).
pub(crate) fn merge(body: Map<String, Value>, query: Map<String, Value>, path: Variables) -> Map<String, Value> {
    let path = path.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value)));
    body.into_iter().chain(query).chain(path).map(|(name, value)| (snake_case(&name), value)).collect()
}

/// A verb's parameters out of all that came: declared ones only, as their type.
pub(crate) fn parameters(declared: &[Member], came: &Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let mut values = Map::new();
    let mut missing = Vec::new();
    for Member { name, kind, always } in declared {
        let snake = snake_case(name);
        match came.get(&snake) {
            Some(value) if !value.is_null() => {
                let value = shape::take(kind, value.clone())?;
                values.insert(snake, value);
            }
            Some(_) | None if *always => missing.push(*name),
            Some(_) | None => {}
        }
    }
    if missing.is_empty() { Ok(values) } else { Err(Fault::required(&missing)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check_parameters(body: &str, query: &str, path: Variables, expected: Result<Value, &str>) {
        let body: Value = serde_json::from_str(body).expect("the test sends JSON");
        let body = body.as_object().cloned().expect("a body is an object");
        let came = merge(body, parse(query).expect("it is small"), path);
        let declared = shape::members_of("stockId!:i sourceCodes!:s[] notify:b");
        let got = parameters(&declared, &came).map(Value::Object).map_err(|fault| fault.to_json());
        assert_eq!(got, expected.map_err(str::to_owned));
    }

    #[test]
    fn the_path_is_over_the_query_and_the_query_over_the_body_in_either_spelling() {
        let good = Ok(json!({"stock_id": 3, "source_codes": ["a"]}));
        check_parameters(r#"{"stockId": 1, "source_codes": ["a"]}"#, "stock_id=3", Vec::new(), good.clone());
        check_parameters(r#"{"stock_id": 1, "sourceCodes": ["a"]}"#, "stockId=3", Vec::new(), good.clone());
        let path = vec![("stockId", "3".to_owned())];
        check_parameters(r#"{"stock_id": 1}"#, "stock_id=2&source_codes[]=a", path, good);
    }

    #[test]
    fn what_is_required_is_named_as_declared_and_what_is_unknown_is_overlooked() {
        check_parameters(
            r#"{"stock_id": null, "sourceCodes": [], "nonsense": {"a": 1}}"#,
            "",
            Vec::new(),
            Err(
                r#"{"message":"\"%fieldName\" is required. Enter and try again.","parameters":{"fieldName":"stockId"}}"#,
            ),
        );
        check_parameters(
            r#"{"notify": "no"}"#,
            "",
            Vec::new(),
            Err(&Fault::required(&["stockId", "sourceCodes"]).to_json()),
        );
    }

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
    fn an_empty_bracket_never_takes_the_place_of_another() {
        for (query, expected) in [
            ("a[1]=x&a[]=y", json!({"a": {"1": "x", "2": "y"}})),
            ("a[5]=x&a[]=y", json!({"a": {"5": "x", "6": "y"}})),
            ("a[b]=x&a[]=y&a[]=z", json!({"a": {"b": "x", "0": "y", "1": "z"}})),
            ("a=x&a[]=y", json!({"a": {"0": "y"}})),
            ("a[18446744073709551615]=x&a[]=y", json!({"a": {"18446744073709551615": "y"}})),
        ] {
            assert_eq!(Value::Object(parse(query).expect("it is small")), expected, "{query}");
        }
    }

    #[test]
    fn a_query_cannot_go_deep_or_on_for_ever() {
        assert!(parse(&format!("a{}=1", "[b]".repeat(40))).is_err());
        assert!(parse(&"a=1&".repeat(6_000)).is_err());
    }
}
