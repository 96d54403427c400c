//! Answers, as JSON or as XML (contract `centra.md`, section 5): members stay in their order.

use std::fmt::Write as _;

/// Something that is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tree {
    Null,
    Flag(bool),
    /// As it is written.
    Number(String),
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

/// An object of these members.
pub(crate) fn object<const N: usize>(members: [(&str, Tree); N]) -> Tree {
    Tree::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

impl From<&str> for Tree {
    fn from(text: &str) -> Tree {
        Tree::Text(text.to_owned())
    }
}

impl From<String> for Tree {
    fn from(text: String) -> Tree {
        Tree::Text(text)
    }
}

/// What is missing is an empty text.
impl From<Option<String>> for Tree {
    fn from(text: Option<String>) -> Tree {
        Tree::Text(text.unwrap_or_default())
    }
}

impl From<i64> for Tree {
    fn from(number: i64) -> Tree {
        Tree::Number(number.to_string())
    }
}

impl From<bool> for Tree {
    fn from(flag: bool) -> Tree {
        Tree::Flag(flag)
    }
}

impl From<Vec<Tree>> for Tree {
    fn from(items: Vec<Tree>) -> Tree {
        Tree::List(items)
    }
}

impl From<&serde_json::Value> for Tree {
    fn from(value: &serde_json::Value) -> Tree {
        use serde_json::Value;
        match value {
            Value::Null => Tree::Null,
            Value::Bool(flag) => Tree::Flag(*flag),
            Value::Number(number) => Tree::Number(number.to_string()),
            Value::String(text) => Tree::Text(text.clone()),
            Value::Array(items) => Tree::List(items.iter().map(Tree::from).collect()),
            Value::Object(map) => Tree::Object(map.iter().map(|(name, value)| (name.clone(), value.into())).collect()),
        }
    }
}

impl Tree {
    /// A flag as objects show it: 0 or 1.
    pub(crate) fn bit(flag: bool) -> Tree {
        Tree::from(i64::from(flag))
    }

    /// A decimal as a number.
    pub(crate) fn number(decimal: impl std::fmt::Display) -> Tree {
        Tree::Number(decimal.to_string())
    }

    /// With a further member.
    pub(crate) fn and(mut self, name: &str, value: impl Into<Tree>) -> Tree {
        if let Tree::Object(members) = &mut self {
            members.push((name.to_owned(), value.into()));
        }
        self
    }

    /// Whether it is an object with this member.
    pub(crate) fn has(&self, name: &str) -> bool {
        matches!(self, Tree::Object(members) if members.iter().any(|(other, _)| other == name))
    }

    pub(crate) fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    fn write_json(&self, out: &mut String) {
        match self {
            Tree::Null => out.push_str("null"),
            Tree::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Tree::Number(number) => out.push_str(number),
            Tree::Text(text) => out.push_str(&quoted(text)),
            Tree::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write_json(out);
                }
                out.push(']');
            }
            Tree::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    out.push_str(&quoted(name));
                    out.push(':');
                    value.write_json(out);
                }
                out.push('}');
            }
        }
    }

    /// As the root `response` of a document.
    pub(crate) fn to_xml(&self) -> String {
        let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        self.write_element("response", &mut out);
        out
    }

    /// Writes an element; `name` is its name or, where that is no name in XML, the value of its key.
    fn write_element(&self, name: &str, out: &mut String) {
        let tag = if is_xml_name(name) { name } else { "item" };
        out.push('<');
        out.push_str(tag);
        if tag != name {
            let _ = write!(out, " key=\"{}\"", escaped(name));
        }
        match self {
            Tree::Null => {
                out.push_str("/>");
                return;
            }
            Tree::Flag(flag) => {
                out.push('>');
                out.push(if *flag { '1' } else { '0' });
            }
            Tree::Number(text) | Tree::Text(text) => {
                out.push('>');
                out.push_str(&escaped(text));
            }
            Tree::List(items) => {
                out.push('>');
                for item in items {
                    item.write_element(singular(name), out);
                }
            }
            Tree::Object(members) => {
                out.push('>');
                for (name, value) in members {
                    value.write_element(name, out);
                }
            }
        }
        let _ = write!(out, "</{tag}>");
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

/// What one of a list is called.
fn singular(list: &str) -> &'static str {
    match list {
        "orders" => "order",
        "shipments" => "shipment",
        "products" | "bundle" => "product",
        "invoices" => "invoice",
        "warehouses" => "warehouse",
        "taxBreakdown" => "tax",
        "vouchers" => "voucher",
        "returns" => "return",
        "returnedItems" => "lineId",
        "errors" => "error",
        _ => "item",
    }
}

fn is_xml_name(name: &str) -> bool {
    let mut letters = name.chars();
    let first = letters.next().is_some_and(|letter| letter.is_ascii_alphabetic() || letter == '_');
    first
        && letters.all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.'))
        && !name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("xml"))
}

/// Escaped, without what no XML text can have.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(letter),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_flags_keys_and_hostile_texts_become_xml() {
        let answer = object([
            ("status", "ok".into()),
            ("order", 5.into()),
            ("shipments", vec![object([("shipmentId", "5-1".into()), ("isBundle", true.into())])].into()),
            ("products", object([("43243", 1.into()), ("xmlns", Tree::Null)])),
            ("msg", "<a href=\"x\">&\u{1}]]></a>".into()),
            ("other", vec![Tree::Null].into()),
        ]);
        assert_eq!(
            answer.to_xml(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response><status>ok</status><order>5</order>\
             <shipments><shipment><shipmentId>5-1</shipmentId><isBundle>1</isBundle></shipment></shipments>\
             <products><item key=\"43243\">1</item><item key=\"xmlns\"/></products>\
             <msg>&lt;a href=&quot;x&quot;&gt;&amp;]]&gt;&lt;/a&gt;</msg><other><item/></other></response>"
        );
        assert_eq!(
            answer.to_json(),
            "{\"status\":\"ok\",\"order\":5,\"shipments\":[{\"shipmentId\":\"5-1\",\"isBundle\":true}],\
             \"products\":{\"43243\":1,\"xmlns\":null},\"msg\":\"<a href=\\\"x\\\">&\\u0001]]></a>\",\"other\":[null]}"
        );
    }
}
