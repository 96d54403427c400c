//! Letters on their way: what a real mail server makes of them, and what we make of its answers.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use waybill_harness::{MailServer, MailTls};
use waybill_outside::mail::{Letter, Letters, MailOutcome, MailSettings, Mailer, Notice, NoticeKind, Person, Tls};

const LOGIN: &str = "post:s%40cret%2Fword";

fn server(tls: MailTls, login: Option<&str>) -> MailServer {
    MailServer::start(tls, login).unwrap_or_else(|error| panic!("{error}"))
}

/// Settings for a server that speaks in the open.
fn settings(server: &MailServer) -> MailSettings {
    let url = format!("smtp://127.0.0.1:{}", server.port());
    MailSettings {
        tls: Some(Tls::None),
        from_name: "North & Pine".to_owned(),
        timeout: Duration::from_secs(20),
        ..MailSettings::new(url, "shop@north-pine.example")
    }
}

fn letter(to: &str) -> Letter {
    Letter {
        message_id: "letter-7.tenant-1@north-pine.example".to_owned(),
        to: Person { name: "Zoë Brückner".to_owned(), address: to.to_owned() },
        subject: "Ihre Bestellung ist da – 東京 🚚".to_owned(),
        html: "<p>Größe: 140 × 200</p>\n".to_owned(),
        text: "Größe: 140 × 200\n.\nEnde\n".to_owned(),
    }
}

async fn send(settings: &MailSettings, letter: &Letter) -> MailOutcome {
    Mailer::new(settings).unwrap_or_else(|error| panic!("{error}")).send(letter).await
}

fn kept(server: &MailServer) -> Vec<Value> {
    server.letters().iter().map(|line| serde_json::from_str(line).expect("the server writes JSON")).collect()
}

fn headers<'a>(letter: &'a Value, name: &str) -> Vec<&'a str> {
    let headers = letter["headers"].as_array().into_iter().flatten();
    let named = headers.filter(|header| header[0].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name)));
    named.filter_map(|header| header[1].as_str()).collect()
}

#[tokio::test]
async fn a_letter_arrives_as_it_was_written() {
    let server = server(MailTls::None, None);
    let mut settings = settings(&server);
    settings.reply_to = Some("help@north-pine.example".to_owned());
    settings.bcc = vec!["archive@north-pine.example".to_owned(), "refuse@north-pine.example".to_owned()];
    let outcome = send(&settings, &letter("zoe@bücher.example")).await;
    let MailOutcome::Done { reply, copy_refused } = outcome else { panic!("{outcome:?}") };
    assert_eq!(reply, "2.0.0 taken as letter 1");
    let refused = copy_refused.expect("one copy was refused");
    assert_eq!(refused, "refuse@north-pine.example: 550 5.1.1 there is nobody of this name");

    let letters = kept(&server);
    let [kept] = letters.as_slice() else { panic!("{letters:#?}") };
    assert_eq!(kept["from"], "shop@north-pine.example");
    assert_eq!(kept["to"], serde_json::json!(["zoe@xn--bcher-kva.example", "archive@north-pine.example"]));
    assert_eq!(headers(kept, "From"), ["North & Pine <shop@north-pine.example>"]);
    assert_eq!(headers(kept, "To"), ["Zoë Brückner <zoe@xn--bcher-kva.example>"]);
    assert_eq!(headers(kept, "Reply-To"), ["help@north-pine.example"]);
    assert_eq!(headers(kept, "Subject"), ["Ihre Bestellung ist da – 東京 🚚"]);
    assert_eq!(headers(kept, "Message-ID"), ["<letter-7.tenant-1@north-pine.example>"]);
    assert_eq!(headers(kept, "Auto-Submitted"), ["auto-generated"]);
    assert_eq!(headers(kept, "Bcc"), [""; 0]);
    assert!(!kept["raw"].as_str().expect("a letter").contains("archive@"));
    assert_eq!(kept["text"].as_str().map(str::trim_end), Some("Größe: 140 × 200\n.\nEnde"));
    assert_eq!(kept["html"].as_str().map(str::trim_end), Some("<p>Größe: 140 × 200</p>"));
}

#[tokio::test]
async fn a_letter_from_a_template_arrives_whole() {
    let server = server(MailTls::None, None);
    let notice = Notice {
        kind: NoticeKind::Shipment,
        store_code: "north".to_owned(),
        store_name: "North & Pine".to_owned(),
        store_url: "https://north-pine.example".to_owned(),
        locale: "de_DE".to_owned(),
        order_number: "000000042".to_owned(),
        document_number: "100000007".to_owned(),
        customer_name: "Zoë Brückner".to_owned(),
        recipient: "zoe@example.com".to_owned(),
        order_date: "21.11.2026".to_owned(),
        lines: Vec::new(),
        totals: Vec::new(),
        billing_address: Vec::new(),
        shipping_address: Vec::new(),
        shipping_method: String::new(),
        payment_method: String::new(),
        tracks: Vec::new(),
        status: String::new(),
        comment: ".\r\nMAIL FROM:<x@example.com>\r\n.".to_owned(),
    };
    let rendered = Letters::new(None).render(&notice).expect("the built-in letters are good");
    let mut letter = letter(&notice.recipient);
    (letter.subject, letter.html, letter.text) = (rendered.subject, rendered.html.clone(), rendered.text.clone());
    let outcome = send(&settings(&server), &letter).await;
    assert!(matches!(outcome, MailOutcome::Done { .. }), "{outcome:?}");
    let letters = kept(&server);
    let [kept] = letters.as_slice() else { panic!("{letters:#?}") };
    assert_eq!(headers(kept, "Subject"), ["North & Pine: Bestellung 000000042 ist unterwegs"]);
    assert_eq!(kept["html"].as_str().map(str::trim_end), Some(rendered.html.trim_end()));
    assert_eq!(kept["text"].as_str().map(str::trim_end), Some(rendered.text.trim_end()));
}

#[tokio::test]
async fn a_name_stays_a_name() {
    let server = server(MailTls::None, None);
    for name in [
        "Brückner, Zoë \"Z\" <evil@example.com>",
        "evil@example.com",
        "Zoë\r\nBcc: evil@example.com",
        "\u{202e}Zoë\u{2028}Bcc: evil@example.com",
        "=?utf-8?q?=0D=0ABcc:_evil@example.com?=",
        &"ein sehr langer Name ".repeat(40),
    ] {
        let mut letter = letter("zoe@example.com");
        letter.to.name = name.to_owned();
        letter.subject = name.to_owned();
        let outcome = send(&settings(&server), &letter).await;
        assert!(matches!(outcome, MailOutcome::Done { .. }), "{outcome:?}");
        let letters = kept(&server);
        let kept = letters.last().expect("a letter");
        assert_eq!(kept["to"], serde_json::json!(["zoe@example.com"]), "{name}");
        assert_eq!(kept["named"], serde_json::json!(["zoe@example.com"]), "{name}: {kept:#?}");
        assert_eq!(headers(kept, "Bcc"), [""; 0], "{name}");
        assert_eq!(headers(kept, "Subject").len(), 1, "{name}");
    }
}

#[tokio::test]
async fn answers_say_what_may_be_tried_again() {
    let server = server(MailTls::None, None);
    for (to, expected) in [
        ("refuse@example.com", "refused: 550 5.1.1 there is nobody of this name"),
        ("refuse-letter@example.com", "refused: 554 5.6.0 this letter is not wanted"),
        ("put-off@example.com", "not yet: naming the recipient: 451 4.2.1 come back later"),
        ("put-off-letter@example.com", "not yet: sending the letter: 452 4.3.1 no room today"),
        ("break-before-data@example.com", "not yet: naming the recipient: "),
        ("nobody", "refused: nobody is not an e-mail address"),
        ("a@example.com>\r\nRCPT TO:<b@example.com", "refused: a@example.com> RCPT TO:<b@example.com is not"),
    ] {
        let outcome = send(&settings(&server), &letter(to)).await;
        let said = match &outcome {
            MailOutcome::Done { .. } => "done".to_owned(),
            MailOutcome::Refused { reason } => format!("refused: {reason}"),
            MailOutcome::NotYet { why } => format!("not yet: {why}"),
            MailOutcome::Unknown { why } => format!("unknown: {why}"),
        };
        assert!(said.starts_with(expected), "{to}: {said}");
    }
    assert_eq!(kept(&server), Vec::<Value>::new());
}

#[tokio::test]
async fn a_letter_that_was_taken_without_an_answer_may_have_been_sent() {
    let server = server(MailTls::None, None);
    let broken = send(&settings(&server), &letter("break-after-data@example.com")).await;
    assert!(matches!(broken, MailOutcome::Unknown { .. }), "{broken:?}");
    let mut hasty = settings(&server);
    hasty.timeout = Duration::from_millis(500);
    let stalled = send(&hasty, &letter("stall-after-data@example.com")).await;
    assert!(matches!(stalled, MailOutcome::Unknown { .. }), "{stalled:?}");
    // And indeed both were kept, under the id by which the caller's next try can be told for what it is.
    let letters = kept(&server);
    let ids: Vec<_> = letters.iter().flat_map(|letter| headers(letter, "Message-ID")).collect();
    assert_eq!(ids, ["<letter-7.tenant-1@north-pine.example>"; 2]);
}

#[tokio::test]
async fn a_server_that_is_not_there_or_does_not_answer_has_taken_nothing() {
    let server = server(MailTls::None, None);
    let mut hasty = settings(&server);
    hasty.timeout = Duration::from_millis(500);
    let stalled = send(&hasty, &letter("stall-before-data@example.com")).await;
    assert_eq!(stalled, MailOutcome::NotYet { why: "127.0.0.1 did not answer within 500 ms".to_owned() });

    // It listens and never speaks.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    hasty.url = format!("smtp://127.0.0.1:{}", silent.local_addr().expect("a port").port());
    let outcome = send(&hasty, &letter("zoe@example.com")).await;
    assert!(matches!(outcome, MailOutcome::NotYet { .. }), "{outcome:?}");
    drop(silent);
    let outcome = send(&hasty, &letter("zoe@example.com")).await;
    assert!(matches!(&outcome, MailOutcome::NotYet { why } if why.contains("refused")), "{outcome:?}");
}

#[tokio::test]
async fn one_mailer_serves_many_at_once() {
    let server = server(MailTls::None, None);
    let mailer = Arc::new(Mailer::new(&settings(&server)).expect("good settings"));
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let mailer = Arc::clone(&mailer);
            tokio::spawn(async move { mailer.send(&letter(&format!("zoe-{number}@example.com"))).await })
        })
        .collect();
    for task in tasks {
        let outcome = task.await.expect("nothing panics");
        assert!(matches!(outcome, MailOutcome::Done { .. }), "{outcome:?}");
    }
    let recipients: BTreeSet<_> = kept(&server).iter().map(|letter| letter["to"][0].to_string()).collect();
    assert_eq!(recipients.len(), 16);
}

#[tokio::test]
async fn an_unwanted_sender_costs_no_letter() {
    let server = server(MailTls::None, None);
    let mut settings = settings(&server);
    settings.from_address = "unwanted@north-pine.example".to_owned();
    let outcome = send(&settings, &letter("zoe@example.com")).await;
    let why = "naming the sender: 550 5.7.1 this sender is not wanted".to_owned();
    assert_eq!(outcome, MailOutcome::NotYet { why });
}

#[tokio::test]
async fn addresses_in_other_scripts_are_written_to() {
    let server = server(MailTls::None, None);
    let address = "用户@xn--r8jz45g.example";
    let outcome = send(&settings(&server), &letter("用户@例え.example")).await;
    assert!(matches!(outcome, MailOutcome::Done { .. }), "{outcome:?}");
    let kept = &kept(&server)[0];
    assert_eq!((&kept["to"][0], &kept["named"][0]), (&Value::from(address), &Value::from(address)));
}

#[tokio::test]
async fn a_login_is_given_over_tls_only() {
    for (wanted, scheme, tls) in [
        (MailTls::Starttls, "smtp", None),
        (MailTls::Starttls, "smtp", Some(Tls::Starttls)),
        (MailTls::Implicit, "smtps", None),
        (MailTls::Implicit, "smtp", Some(Tls::Implicit)),
    ] {
        let server = server(wanted, Some("post:s@cret/word"));
        for host in ["localhost", "127.0.0.1"] {
            let mut settings = settings(&server);
            let port = server.port();
            settings.url = format!("{scheme}://{LOGIN}@{host}:{port}");
            settings.tls = tls;
            settings.ca_file = Some(server.ca_file());
            let outcome = send(&settings, &letter("zoe@example.com")).await;
            assert!(matches!(outcome, MailOutcome::Done { .. }), "{wanted:?} {host}: {outcome:?}");
        }
        for letter in kept(&server) {
            assert_eq!((&letter["encrypted"], &letter["user"]), (&Value::from(true), &Value::from("post")));
        }
        assert_eq!(kept(&server).len(), 2);
    }
}

#[tokio::test]
async fn a_login_that_is_wrong_or_missing_costs_no_letter_and_is_not_shown() {
    let server = server(MailTls::Starttls, Some("post:secret"));
    let mut settings = settings(&server);
    settings.tls = None;
    settings.ca_file = Some(server.ca_file());
    for (login, expected) in [
        ("post:pa55word@", "the server did not accept the user name and password (535)"),
        ("", "naming the sender: 530 "),
    ] {
        settings.url = format!("smtp://{login}localhost:{}", server.port());
        let mailer = Mailer::new(&settings).unwrap_or_else(|error| panic!("{error}"));
        let outcome = mailer.send(&letter("zoe@example.com")).await;
        assert!(matches!(&outcome, MailOutcome::NotYet { why } if why.starts_with(expected)), "{outcome:?}");
        for shown in [format!("{outcome:?}"), format!("{mailer:?}"), format!("{settings:?}")] {
            assert!(!shown.contains("pa55"), "{shown}");
        }
    }
    assert_eq!(kept(&server), Vec::<Value>::new());
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_cannot_prove_who_it_is() {
    let starttls = server(MailTls::Starttls, None);
    let implicit = server(MailTls::Implicit, None);
    let plain = server(MailTls::None, None);
    for (server, scheme) in [(&starttls, "smtp"), (&implicit, "smtps"), (&plain, "smtp")] {
        let mut settings = settings(server);
        // Without the file that says whom to trust; and the plain server cannot do TLS at all.
        (settings.url, settings.tls) = (format!("{scheme}://localhost:{}", server.port()), None);
        let outcome = send(&settings, &letter("zoe@example.com")).await;
        assert!(matches!(&outcome, MailOutcome::NotYet { why } if why.starts_with("connecting: ")), "{outcome:?}");
        assert_eq!(kept(server), Vec::<Value>::new());
    }
}

#[test]
fn settings_are_checked_before_anything_is_sent() {
    let good = MailSettings::new("smtp://mail.example.com", "shop@example.com");
    assert!(Mailer::new(&good).is_ok());
    for (setting, settings) in [
        ("url", MailSettings { url: "mail.example.com".to_owned(), ..good.clone() }),
        ("from_address", MailSettings { from_address: "shop".to_owned(), ..good.clone() }),
        ("reply_to", MailSettings { reply_to: Some("a@b\r\nc".to_owned()), ..good.clone() }),
        ("timeout", MailSettings { timeout: Duration::ZERO, ..good.clone() }),
        ("timeout", MailSettings { timeout: Duration::MAX, ..good.clone() }),
        ("bcc", MailSettings { bcc: vec!["a@example.com, b@example.com".to_owned()], ..good.clone() }),
    ] {
        let error = Mailer::new(&settings).expect_err(setting);
        assert_eq!(error.setting, setting, "{error}");
    }
}
