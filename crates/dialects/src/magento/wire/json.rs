//! JSON as PHP writes it: `/` and everything outside ASCII escaped, whole numbers without a fraction (contract 1.2).

use std::fmt::Write as _;

use serde_json::Value;

/// Writes a value.
pub(crate) fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => {
            let text = number.to_string();
            out.push_str(text.strip_suffix(".0").unwrap_or(&text));
        }
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write(item, out);
            }
            out.push('}');
        }
    }
}

/// Writes a text in quotes.
pub(crate) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '/' => out.push_str("\\/"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='\u{7f}' => out.push(letter),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    #[test]
    fn writes_as_php_does() {
        let value = serde_json::json!({"a/b": "ü 😀 \"x\"\n", "n": 5.0, "f": 0.1, "l": []});
        let mut out = String::new();
        super::write(&value, &mut out);
        assert_eq!(out, r#"{"a\/b":"\u00fc \ud83d\ude00 \"x\"\n","f":0.1,"l":[],"n":5}"#);
        let mut out = String::new();
        super::write_text("\u{1f}\u{7f}\u{80}", &mut out);
        assert_eq!(out, "\"\\u001f\u{7f}\\u0080\"");
    }
}
