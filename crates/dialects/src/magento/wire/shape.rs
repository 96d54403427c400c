//! The shapes of data objects: what a client may send, and how answers are written (contract 1.3, 1.4, appendix A).

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Number, Value};

use super::fault::Fault;
use super::json;

/// What a value is declared to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Float,
    Text,
    Flag,
    /// Anything, as it comes.
    Any,
    /// An object, by the name of its shape.
    Object(&'static str),
    List(Box<Kind>),
}

/// The members of an object, in the order of answers.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) members: Vec<Member>,
}

/// A member of an object, or a parameter of a request.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// In answers: there even when null. In requests: required.
    pub(crate) always: bool,
}

static SHAPES: LazyLock<HashMap<&'static str, Shape>> = LazyLock::new(|| {
    include_str!("shapes.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let (name, members) = line.split_once('=').expect("a shape is a name, = and its members");
            (name.trim(), Shape { members: members_of(members) })
        })
        .collect()
});

/// The shape of this name.
pub(crate) fn shape(name: &str) -> &'static Shape {
    SHAPES.get(name).unwrap_or_else(|| panic!("shapes.txt has no {name}"))
}

/// Reads `name!:kind name:kind[] …`.
pub(crate) fn members_of(text: &'static str) -> Vec<Member> {
    text.split_whitespace()
        .map(|member| {
            let (name, kind) = member.split_once(':').expect("a member is name:kind");
            let (name, always) = match name.strip_suffix('!') {
                Some(name) => (name, true),
                None => (name, false),
            };
            Member { name, kind: kind_of(kind), always }
        })
        .collect()
}

/// Reads a kind: `i`, `f`, `s`, `b`, `any`, the name of a shape, or any of them with `[]`.
pub(crate) fn kind_of(text: &'static str) -> Kind {
    match text.strip_suffix("[]") {
        Some(item) => Kind::List(Box::new(kind_of(item))),
        None => match text {
            "i" => Kind::Int,
            "f" => Kind::Float,
            "s" => Kind::Text,
            "b" => Kind::Flag,
            "any" => Kind::Any,
            name => Kind::Object(name),
        },
    }
}

/// Reads what a client sent as what is declared: names become snake_case, values their type, nulls are left out.
pub(crate) fn take(kind: &Kind, value: Value) -> Result<Value, Fault> {
    match kind {
        Kind::Any => Ok(value),
        Kind::Int => take_int(value),
        Kind::Float => take_float(value),
        Kind::Text => take_text(value),
        Kind::Flag => take_flag(value),
        Kind::List(item) => {
            let items = match value {
                Value::Array(items) => items,
                // One object where a list is due is a list of one; numbered members are its entries.
                Value::Object(map) if !map.is_empty() && map.keys().all(|key| key.parse::<u32>().is_ok()) => {
                    let mut numbered: Vec<(u32, Value)> =
                        map.into_iter().filter_map(|(key, value)| Some((key.parse().ok()?, value))).collect();
                    numbered.sort_by_key(|(index, _)| *index);
                    numbered.into_iter().map(|(_, value)| value).collect()
                }
                Value::Object(map) => vec![Value::Object(map)],
                scalar => return Err(Fault::wrong_type(&scalar, "array")),
            };
            Ok(Value::Array(items.into_iter().map(|value| take(item, value)).collect::<Result<_, _>>()?))
        }
        Kind::Object(name) => match value {
            Value::Object(map) => take_object(name, map).map(Value::Object),
            Value::Array(items) if items.is_empty() => Ok(Value::Object(Map::new())),
            other => Err(Fault::wrong_type(&other, name)),
        },
    }
}

fn take_object(name: &str, map: Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let members = &shape(name).members;
    let mut taken = Map::new();
    for (key, value) in map {
        let key = snake_case(&key);
        let Some(member) = members.iter().find(|member| member.name == key) else {
            return Err(Fault::unknown_member(&key, name));
        };
        if value.is_null() {
            continue;
        }
        let value = take(&member.kind, value).map_err(|fault| fault.inside(&key))?;
        taken.insert(key, value);
    }
    Ok(taken)
}

fn take_int(value: Value) -> Result<Value, Fault> {
    let read = match &value {
        Value::Number(number) => whole(number),
        Value::String(text) => numeric(text).as_ref().and_then(whole),
        Value::Bool(flag) => Some(i64::from(*flag)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    read.map(Value::from).ok_or_else(|| Fault::wrong_type(&value, "int"))
}

/// `5`, `-5`, `5.0`: whole, and within 64 bits.
fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| number.to_string().strip_suffix(".0")?.parse().ok())
}

fn take_float(value: Value) -> Result<Value, Fault> {
    let read = match &value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => numeric(text),
        Value::Bool(flag) => Some(Number::from(i64::from(*flag))),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    read.map(Value::Number).ok_or_else(|| Fault::wrong_type(&value, "float"))
}

/// A text that PHP takes for a number (` +1`, `-.5`, `5.`, `007`, `1e3`), but no `NaN`, `inf` or `0x1`.
fn numeric(text: &str) -> Option<Number> {
    let text = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
        return None;
    }
    // JSON knows neither leading zeros nor a point at either end.
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let mut json = format!("{sign}{whole}");
    for (mark, part) in [('.', fraction.trim_end_matches('0')), ('e', exponent.unwrap_or(""))] {
        if !part.is_empty() {
            json.push(mark);
            json.push_str(part);
        }
    }
    match exponent {
        Some("") => None,
        _ if json == "-0" => Some(Number::from(0)),
        _ => serde_json::from_str(&json).ok(),
    }
}

fn take_text(value: Value) -> Result<Value, Fault> {
    match value {
        Value::String(text) => Ok(Value::String(text)),
        Value::Number(number) => {
            let text = number.to_string();
            Ok(Value::String(text.strip_suffix(".0").unwrap_or(&text).to_owned()))
        }
        Value::Bool(flag) => Ok(Value::String(if flag { "1" } else { "" }.to_owned())),
        other => Err(Fault::wrong_type(&other, "string")),
    }
}

fn take_flag(value: Value) -> Result<Value, Fault> {
    let read = match &value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => match whole(number) {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" | "" => Some(false),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    read.map(Value::Bool).ok_or_else(|| Fault::wrong_type(&value, "boolean"))
}

/// `orderItemId` as `order_item_id`; what is snake_case already stays.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for (index, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() {
            if index > 0 && !snake.ends_with('_') {
                snake.push('_');
            }
            snake.push(letter.to_ascii_lowercase());
        } else {
            snake.push(letter);
        }
    }
    snake
}

/// Puts in the nulls that always show, so that a client can ask for them by name.
pub(crate) fn complete(kind: &Kind, value: &mut Value) {
    match (kind, value) {
        (Kind::List(item), Value::Array(items)) => items.iter_mut().for_each(|value| complete(item, value)),
        (Kind::Object(name), Value::Object(map)) => {
            for Member { name, kind, always } in &shape(name).members {
                match map.get_mut(*name) {
                    Some(value) => complete(kind, value),
                    None if *always => drop(map.insert((*name).to_owned(), Value::Null)),
                    None => {}
                }
            }
        }
        (Kind::Int | Kind::Float | Kind::Text | Kind::Flag | Kind::Any | Kind::Object(_) | Kind::List(_), _) => {}
    }
}

/// Writes an answer as what it is declared to be: members in their order, nulls left out unless they always show.
/// Of a `partial` object only what is there is shown, because the client asked for no more.
pub(crate) fn write(kind: &Kind, value: &Value, partial: bool, out: &mut String) {
    match (kind, value) {
        (_, Value::Null) => out.push_str("null"),
        (Kind::List(item), Value::Array(items)) => {
            out.push('[');
            for (index, value) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, value, partial, out);
            }
            out.push(']');
        }
        (Kind::Object(name), Value::Object(map)) => write_object(name, map, partial, out),
        (Kind::Flag, Value::Number(number)) => {
            out.push_str(if number.as_i64() == Some(0) { "false" } else { "true" });
        }
        (Kind::Int, Value::Bool(flag)) => out.push_str(if *flag { "1" } else { "0" }),
        (Kind::Text, Value::Number(number)) => json::write_text(&number.to_string(), out),
        (Kind::Int | Kind::Float | Kind::Text | Kind::Flag | Kind::Any | Kind::Object(_) | Kind::List(_), value) => {
            json::write(value, out);
        }
    }
}

fn write_object(name: &str, map: &Map<String, Value>, partial: bool, out: &mut String) {
    let members = &shape(name).members;
    debug_assert!(
        map.keys().all(|key| members.iter().any(|member| member.name == key)),
        "{name} has no member of one of {:?}",
        map.keys().collect::<Vec<_>>()
    );
    out.push('{');
    let mut first = true;
    for Member { name, kind, always } in members {
        let sent = map.get(*name);
        let value = sent.unwrap_or(&Value::Null);
        let shows_null = *always && (sent.is_some() || !partial);
        let empty_extension = *name == "extension_attributes" && value.as_object().is_some_and(Map::is_empty);
        if value.is_null() && !shows_null || empty_extension {
            continue;
        }
        if !first {
            out.push(',');
        }
        first = false;
        json::write_text(name, out);
        out.push(':');
        write(kind, value, partial, out);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &'static str, sent: &str, expected: Result<&str, &str>) {
        let sent: Value = serde_json::from_str(sent).expect("the test sends JSON");
        let got = take(&kind_of(kind), sent).map(|value| value.to_string()).map_err(|fault| fault.message);
        assert_eq!(got.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn numbers_may_be_text_and_text_may_be_numbers() {
        check("i", "\"12\"", Ok("12"));
        check("i", "12.0", Ok("12"));
        check("f", "\"10.10\"", Ok("10.1"));
        check("f", "\"0012\"", Ok("12"));
        check("s", "5", Ok("\"5\""));
        check("s", "5.0", Ok("\"5\""));
        check("s", "true", Ok("\"1\""));
        check("b", "\"yes\"", Ok("true"));
        check("b", "\"Off\"", Ok("false"));
        check("b", "1.0", Ok("true"));
    }

    #[test]
    fn a_text_is_a_number_where_php_says_so() {
        for (text, number) in [
            (" 5", "5"),
            ("5 ", "5"),
            ("+5", "5"),
            ("5.", "5"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            ("-007.50", "-7.5"),
            ("-0", "0"),
            ("-0.00", "0"),
            ("1e3", "1000.0"),
            ("1.5E-2", "0.015"),
            ("9223372036854775807", "9223372036854775807"),
        ] {
            check("f", &format!("\"{text}\""), Ok(number));
        }
        for text in [
            "", " ", ".", "-", "+", "e3", "1e", "1e+", "1e1.5", "1e2e3", "--1", "+-1", "1 2", "1_0", "0x1A", "1,5",
            "inf", "Infinity", "-nan", "1e999", "٣", "\u{a0}1",
        ] {
            let fault = format!(
                "The \"{text}\" value's type is invalid. The \"float\" type was expected. Verify and try again."
            );
            check("f", &format!("\"{text}\""), Err(&fault));
        }
        check("i", "\"1e3\"", Ok("1000"));
        check("i", "\" 007.0\"", Ok("7"));
        for number in ["9223372036854775808", "-9223372036854775809", "1e30", "0.5"] {
            let fault = format!(
                "The \"{number}\" value's type is invalid. The \"int\" type was expected. Verify and try again."
            );
            check("i", &format!("\"{number}\""), Err(&fault));
        }
    }

    #[test]
    fn a_flag_is_one_of_few_words() {
        for text in ["2", "\"maybe\"", "\"y\"", "[]", "-1"] {
            let sent: Value = serde_json::from_str(text).expect("the test sends JSON");
            assert!(take(&Kind::Flag, sent).is_err(), "{text}");
        }
    }

    #[test]
    fn a_wrong_type_is_named_with_where_it_stands() {
        check(
            "i",
            "\"abc\"",
            Err("The \"abc\" value's type is invalid. The \"int\" type was expected. Verify and try again."),
        );
        check(
            "i",
            "1.5",
            Err("The \"1.5\" value's type is invalid. The \"int\" type was expected. Verify and try again."),
        );
        check(
            "f",
            "\"NaN\"",
            Err("The \"NaN\" value's type is invalid. The \"float\" type was expected. Verify and try again."),
        );
        check(
            "s",
            "[1]",
            Err("The \"array\" value's type is invalid. The \"string\" type was expected. Verify and try again."),
        );
        check(
            "SalesDataShipmentItemCreation[]",
            r#"[{"order_item_id": 1, "qty": "abc"}]"#,
            Err(
                "Error occurred during \"qty\" processing. The \"abc\" value's type is invalid. The \"float\" type was expected. Verify and try again.",
            ),
        );
        check(
            "SalesDataOrder",
            r#"{"items": [{"qtyOrdered": "x"}]}"#,
            Err(
                "Error occurred during \"items\" processing. Error occurred during \"qty_ordered\" processing. The \"x\" value's type is invalid. The \"float\" type was expected. Verify and try again.",
            ),
        );
    }

    #[test]
    fn every_object_that_can_be_extended_takes_extension_attributes() {
        for kind in [
            "SalesDataShipmentItemCreation",
            "SalesDataShipmentTrackCreation",
            "SalesDataShipmentCommentCreation",
            "SalesDataInvoiceItemCreation",
            "SalesDataInvoiceCreationArguments",
            "SalesDataOrderAddress",
            "InventoryApiDataSourceItem",
            "CatalogInventoryDataStockItem",
        ] {
            // PHP clients write an empty object as an empty list.
            check(kind, r#"{"extension_attributes": {}}"#, Ok(r#"{"extension_attributes":{}}"#));
            check(kind, r#"{"extensionAttributes": []}"#, Ok(r#"{"extension_attributes":{}}"#));
        }
    }

    #[test]
    fn names_may_be_camel_case_and_nulls_are_left_out() {
        check("SalesDataShipmentItemCreation", r#"{"orderItemId": "3", "qty": null}"#, Ok(r#"{"order_item_id":3}"#));
    }

    #[test]
    fn an_answer_shows_its_members_in_order_and_leaves_nulls_out() {
        let value = serde_json::json!({"track_number": "A/1", "order_id": 3, "parent_id": null, "entity_id": null});
        let mut out = String::new();
        write(&kind_of("SalesDataShipmentTrack"), &value, false, &mut out);
        assert_eq!(
            out,
            r#"{"order_id":3,"parent_id":null,"weight":null,"qty":null,"description":null,"track_number":"A\/1","title":null,"carrier_code":null}"#
        );
    }

    #[test]
    fn of_a_partial_object_only_what_was_asked_for_shows_even_as_null() {
        let kind = kind_of("SalesDataShipmentTrack[]");
        let mut value = serde_json::json!([{"entity_id": 3, "title": "DHL"}]);
        complete(&kind, &mut value);
        let fields = super::super::fields::parse("entity_id,weight,created_at").expect("it is a filter");
        let mut out = String::new();
        write(&kind, &super::super::fields::filter(value, &fields), true, &mut out);
        assert_eq!(out, r#"[{"entity_id":3,"weight":null}]"#);
    }

    #[test]
    fn every_shape_that_a_shape_names_exists() {
        fn check_kind(kind: &Kind) {
            match kind {
                Kind::Object(name) => drop(shape(name)),
                Kind::List(item) => check_kind(item),
                Kind::Int | Kind::Float | Kind::Text | Kind::Flag | Kind::Any => {}
            }
        }
        for shape in SHAPES.values() {
            shape.members.iter().for_each(|member| check_kind(&member.kind));
        }
    }
}
