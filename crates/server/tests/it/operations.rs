//! What operators see of requests: their ids, the log, the metrics.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::running::{Server, database};

/// Sends a request with these header lines; the whole answer, as it came.
fn ask(server: &Server, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(&server.host).expect("the server answers");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{headers}\r\n", server.host);
    stream.write_all(request.as_bytes()).expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server answers in full");
    answer
}

/// The id that an answer carries.
fn id(answer: &str) -> &str {
    let mut ids = answer.lines().filter_map(|line| line.strip_prefix("x-request-id: "));
    let id = ids.next().unwrap_or_else(|| panic!("no id in {answer}"));
    assert_eq!(ids.next(), None, "{answer}");
    id
}

/// What a server logs, from start to end, while it is asked.
async fn logged(format: &str, asks: impl FnOnce(&Server)) -> String {
    let database = database();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    let server = Server::logging(database.url(), File::create(&path).expect("a file"), format);
    drop(server.connect("").await);
    asks(&server);
    assert!(server.terminate().success());
    std::fs::read_to_string(path).expect("the log is text")
}

#[tokio::test]
async fn every_answer_carries_an_id_the_clients_own_if_it_is_good() {
    let database = database();
    let server = Server::start(database.url());
    drop(server.connect("").await);
    let longest = "x".repeat(128);
    // A door's answer, its refusal, an operator's page, and what nobody answers.
    for path in ["/rest/V1/store/websites", "/rest/V1/nothing", "/readyz", "/nowhere"] {
        for own in ["order-17/retry:2", &longest] {
            let answer = ask(&server, path, &format!("X-Request-Id: {own}\r\n"));
            assert_eq!(id(&answer), own, "{path}");
        }
        let too_long = format!("X-Request-Id: {longest}x\r\n");
        for bad in ["", "X-Request-Id:\r\n", "X-Request-Id: a b\r\n", "X-Request-Id: \u{e9}\r\n", &too_long] {
            let (one, other) = (ask(&server, path, bad), ask(&server, path, bad));
            assert_eq!(id(&one).len(), 32, "{path} {bad}: {one}");
            assert!(id(&one).bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
            assert_ne!(id(&one), id(&other), "{path} {bad}");
        }
    }
}

#[tokio::test]
async fn json_log_lines_parse_and_carry_the_id() {
    let log = logged("json", |server| {
        ask(server, "/rest/V1/nothing?secret=1", "X-Request-Id: a\"b\r\n");
        ask(server, "/healthz", "X-Request-Id: all-is-well\r\n");
    })
    .await;
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
    assert!(lines.iter().any(|line| line["message"] == "waybill answers"), "{log}");
    let of_requests: Vec<&Value> = lines.iter().filter(|line| line["span"]["name"] == "request").collect();
    let [line] = of_requests[..] else { panic!("what went well is not worth a line: {log}") };
    for (found, expected) in [
        (&line["level"], "INFO"),
        (&line["message"], "answered"),
        (&line["span"]["id"], "a\"b"),
        (&line["span"]["method"], "GET"),
        (&line["span"]["path"], "/rest/V1/nothing"),
    ] {
        assert_eq!(found, expected, "{line}");
    }
    assert!(line["status"].as_u64().is_some_and(|status| (400..500).contains(&status)), "{line}");
    assert!(line["ms"].is_u64(), "{line}");
}

#[tokio::test]
async fn text_log_lines_carry_the_id_and_no_colours() {
    let log = logged("text", |server| {
        ask(server, "/nowhere", "X-Request-Id: a\"b\r\n");
    })
    .await;
    let expected = r#"request{id="a\"b" method="GET" path="/nowhere"}: "#;
    assert!(log.lines().any(|line| line.contains(expected) && line.contains("status=404")), "{log}");
    assert!(!log.contains('\u{1b}'), "{log}");
}

#[tokio::test]
async fn the_metrics_parse_line_by_line_and_count_requests() {
    let database = database();
    let server = Server::start(database.url());
    drop(server.connect("").await);
    ask(&server, "/nowhere", "");
    ask(&server, "/nowhere", "");
    let answer = ask(&server, "/metrics", "");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"), "{head}");
    assert!(body.ends_with("# EOF\n"), "{body}");
    let mut samples = Vec::new();
    for line in body.lines().filter(|line| *line != "# EOF") {
        if let Some(comment) = line.strip_prefix("# ") {
            let words: Vec<&str> = comment.splitn(3, ' ').collect();
            assert!(matches!(words[..], ["HELP" | "TYPE", name, text] if is_name(name) && !text.is_empty()), "{line}");
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        let name = series.split('{').next().unwrap_or_default();
        assert!(is_name(name) && (series == name || series.ends_with("\"}")), "{line}");
        samples.push((series, value.parse::<f64>().unwrap_or_else(|error| panic!("{line}: {error}"))));
    }
    let sample = |series: &str| samples.iter().find(|(name, _)| *name == series).map(|(_, value)| *value);
    let version = concat!("waybill_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}");
    for (series, expected) in [
        (r#"waybill_requests_total{door="none",method="GET",status="4xx"}"#, 2.0),
        (r#"waybill_request_duration_seconds_count{door="none"}"#, 2.0),
        (r#"waybill_request_duration_seconds_bucket{le="+Inf",door="none"}"#, 2.0),
        // The one that asks.
        ("waybill_requests_in_flight", 1.0),
        ("waybill_batch_fallbacks_total", 0.0),
        ("waybill_commands_waiting", 0.0),
        (version, 1.0),
    ] {
        assert_eq!(sample(series), Some(expected), "{series}\n{body}");
    }
    for series in ["waybill_batches_total", "waybill_commands_total", "waybill_batch_duration_seconds_sum"] {
        assert!(sample(series).is_some(), "{series}\n{body}");
    }
}

/// Whether this is a name of ours that Prometheus reads.
fn is_name(name: &str) -> bool {
    name.strip_prefix("waybill_")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}
