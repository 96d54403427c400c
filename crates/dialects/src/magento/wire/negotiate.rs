//! What a client sends and takes, by its headers: JSON, so far (contract 1.2).

use http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::fault::Fault;

/// Whether the client takes JSON.
pub(crate) fn acceptable(headers: &HeaderMap) -> Result<(), Fault> {
    let lines: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok()).collect();
    let accept = lines.join(", ");
    if accept.trim().is_empty() || accept.split(',').any(takes_json) {
        return Ok(());
    }
    Err(Fault::new(
        406,
        format!(
            "Server cannot match any of the given Accept HTTP header media type(s) from the request: \"{accept}\" \
             with media types from the config of response renderer."
        ),
    ))
}

fn takes_json(range: &str) -> bool {
    let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
    let media = parts.next().unwrap_or_default();
    // A weight of nothing says "not this one".
    let refused = parts.any(|part| {
        part.strip_prefix("q=")
            .is_some_and(|weight| weight.starts_with('0') && !weight.contains(|c| ('1'..='9').contains(&c)))
    });
    !refused && matches!(media.as_str(), "" | "*/*" | "application/*" | "application/json")
}

/// The body as an object of parameters; an empty body has none.
pub(crate) fn sent(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Fault> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    is_json(headers)?;
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(Value::Array(items)) if items.is_empty() => Ok(Map::new()),
        Ok(Value::Array(_) | Value::Bool(_) | Value::Number(_) | Value::String(_)) | Err(_) => {
            Err(Fault::bad("Decoding error."))
        }
    }
}

/// Whether the body is declared to be JSON in UTF-8.
fn is_json(headers: &HeaderMap) -> Result<(), Fault> {
    let declared = match headers.get(header::CONTENT_TYPE) {
        Some(value) => value.to_str().map_err(|_| Fault::bad("Content-Type header is invalid."))?,
        None => "",
    };
    let mut parts = declared.split(';').map(str::trim);
    let media = parts.next().unwrap_or("").to_ascii_lowercase();
    if media.is_empty() {
        return Err(Fault::bad("Content-Type header is empty."));
    }
    if media.split('/').filter(|part| !part.is_empty()).count() != 2 {
        return Err(Fault::bad("Content-Type header is invalid."));
    }
    for parameter in parts {
        if let Some((name, value)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("charset")
            && !value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        {
            return Err(Fault::bad("UTF-8 is the only supported charset."));
        }
    }
    if media != "application/json" {
        return Err(Fault::bad(format!("Server cannot understand Content-Type HTTP header media type {media}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(name: header::HeaderName, values: &[&str]) -> HeaderMap {
        let value = |text: &&str| HeaderValue::from_str(text).expect("the test sends a header");
        values.iter().map(|text| (name.clone(), value(text))).collect()
    }

    #[test]
    fn json_is_given_to_whoever_takes_it() {
        for accept in [
            "",
            "*/*",
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/xml;q=0.9, application/json;q=0.1",
            "text/html, */*;q=0.001",
            "application/*",
        ] {
            assert_eq!(acceptable(&headers(header::ACCEPT, &[accept])), Ok(()), "{accept}");
        }
        assert_eq!(acceptable(&HeaderMap::new()), Ok(()));
        assert_eq!(acceptable(&headers(header::ACCEPT, &["application/xml", "application/json"])), Ok(()));
        for accept in ["application/xml", "text/xml, text/html", "application/json;q=0", "*/*; q=0.0", "json"] {
            let fault = acceptable(&headers(header::ACCEPT, &[accept])).expect_err(accept);
            assert_eq!(fault.status, 406);
            assert_eq!(
                fault.message,
                format!(
                    "Server cannot match any of the given Accept HTTP header media type(s) from the request: \
                     \"{accept}\" with media types from the config of response renderer."
                )
            );
        }
    }

    fn check(content_type: &[&str], body: &str, expected: Result<&str, &str>) {
        let got = sent(&headers(header::CONTENT_TYPE, content_type), body.as_bytes());
        let got = got.map(|map| Value::Object(map).to_string()).map_err(|fault| fault.message);
        assert_eq!(got.as_deref().map_err(String::as_str), expected, "{content_type:?} {body}");
    }

    #[test]
    fn a_body_is_an_object_in_json() {
        let json = &["application/json"][..];
        check(json, r#"{"a": 1}"#, Ok(r#"{"a":1}"#));
        check(&["Application/JSON; Charset=\"UTF-8\""], r#"{"a": 1}"#, Ok(r#"{"a":1}"#));
        for body in ["null", "[]", "{}", "", " \n"] {
            check(json, body, Ok("{}"));
        }
        check(&[], "", Ok("{}"));
        let deep = "[".repeat(100_000);
        let number = format!("{{\"a\":1{}}}", "0".repeat(400));
        for body in
            ["{", "[1]", "3", "\"a\"", "true", "{\"a\":1}x", "{\"a\":NaN}", "{\"a\":\"\\ud800\"}", &deep, &number]
        {
            check(json, body, Err("Decoding error."));
        }
        let latin = sent(&headers(header::CONTENT_TYPE, json), b"{\"a\":\"\xe4\"}").expect_err("it is no UTF-8");
        assert_eq!(latin, Fault::bad("Decoding error."));
    }

    #[test]
    fn what_is_no_json_is_not_understood() {
        check(&[], "{}", Err("Content-Type header is empty."));
        check(&[" "], "{}", Err("Content-Type header is empty."));
        check(&["nonsense"], "{}", Err("Content-Type header is invalid."));
        check(&["application/"], "{}", Err("Content-Type header is invalid."));
        check(&["application/json; charset=latin1"], "{}", Err("UTF-8 is the only supported charset."));
        for media in ["application/xml", "text/xml", "application/xhtml+xml", "text/plain"] {
            let text = format!("Server cannot understand Content-Type HTTP header media type {media}");
            check(&[media], "<a/>", Err(&text));
        }
    }
}
