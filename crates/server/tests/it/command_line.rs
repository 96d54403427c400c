//! What people type, and what they read.

use hyper::Method;

use crate::running::{Server, database, good, orders, run, token, waybill};

#[test]
fn the_demo_shows_the_whole_journey_and_ends() {
    let output = waybill().args(["demo", "--once"]).output().expect("the program can be started");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for line in [
        "   ne_wh               35        50         -",
        "   POST /rest/default/V1/order/1/ship",
        "   -> 200 {\"grand_total\":1917.6,\"increment_id\":\"000000001\",\"state\":\"complete\",\"total_paid\":1917.6,",
        "   -> 400 {\"message\":\"Shipment Document Validation Error(s):",
        "   POST /rest/default/V1/order/1/refund",
        "   ne_wh                2        30         -",
        "   west_wh             10        10         -",
        "   hq                   -         -      9998",
        "   -> 409 {\"message\":\"The payment gateway has not answered yet (operation 2).",
        "   -> shipment 3, shipped once and paid once:",
        "\"txn_type\":\"capture\"}],\"total_count\":2}",
    ] {
        assert!(text.contains(line), "{line:?} is missing from\n{text}");
    }
}

#[test]
fn the_demo_shows_the_journey_of_another_door() {
    let output = waybill().args(["demo", "--once", "--door", "centra"]).output().expect("the program can be started");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for line in [
        "   -> 200 {\"status\":\"ok\",\"orders\":[1]}",
        "   -> 200 {\"status\":\"ok\",\"order\":1,\"shipment\":\"1-1\"}",
        "   24-WB01             40         3        37",
        "   -> 200 {\"status\":\"ok\",\"order\":1,\"shipment\":\"1-2\"}",
        "in it: {\"orderStatus\":\"4\",\"shipments\":[{\"carrier\":\"UPS\",\"shipmentId\":\"1-1\",",
        "   -> 200 {\"status\":\"no\",\"msg\":\"can not capture order\",\"order\":\"2\"}",
        "   24-WB01             37         1        36",
        "   24-WB03             19         0        19",
        "\"state\":\"complete\",\"total_paid\":142,",
        "\"track_number\":\"1Z999AA10123456785\"",
        "default: every operation at a gateway is settled.",
        "Stock, quantities and money add up.",
    ] {
        assert!(text.contains(line), "{line:?} is missing from\n{text}");
    }
}

#[test]
fn the_demo_shows_the_journey_of_goods_that_carriers_take() {
    let output = waybill().args(["demo", "--once", "--door", "carriyo"]).output().expect("the program can be started");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for line in [
        "   -> 400 {\"errors\":[\"line_items[0].quantity : requested quantity 4 exceeds available quantity 3\"],",
        "\"shipment_id\":\"S000000000001\",\"status\":\"booked\"}",
        "   24-WB01     ne_wh               40         3        37",
        "\"shipment_id\":\"S000000000002\",\"status\":\"booked\",\"tracking_no\":\"RC",
        "   24-WB03     west_wh             18         0        18",
        "current status: 'shipped' to the new status: 'cancelled'",
        "\"status\":\"delivered\",\"tracking_no\":\"1Z999AA10123456784\"}",
        "\"location_id\":\"west_wh\",\"status\":\"closed\"}],\"order_id\":\"O000000000001\",\"status\":\"closed\"}",
        "   24-WB01     ne_wh               37         0        37",
        "default: every operation at a gateway is settled.",
        "Stock, quantities and money add up.",
    ] {
        assert!(text.contains(line), "{line:?} is missing from\n{text}");
    }
}

#[test]
fn mistakes_are_named_with_the_next_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let check = |arguments: &[&str], url: &str, expected: &str| {
        let output =
            waybill().args(arguments).env("WAYBILL_DATABASE_URL", url).output().expect("the program can be started");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(text.contains(expected), "{arguments:?}: {text}");
    };
    let good = format!("sqlite://{}", folder.path().join("a.db").display());
    check(&["migrate"], "mysql://x", "is no database URL. Use sqlite://<file>");
    check(&["migrate"], "postgres://nobody@127.0.0.1:1/x", "the database cannot be reached");
    check(&["verify"], &good, "unable to open database file");
    let centra = ["credential", "create", "--dialect", "centra", "--name", "x"];
    check(&[&centra[..], &["--warehouse", "nowhere"]].concat(), &good, "there is no source \"nowhere\"");
    check(&[&centra[..], &["--store", "nowhere"]].concat(), &good, "there is no store view \"nowhere\"");
    check(&[&centra[..], &["--bundles", "some"]].concat(), &good, "is no way to show kits");
    check(&[&centra[..], &["--permissions", "Centra::all"]].concat(), &good, "is no endpoint of this door");
    check(
        &["user", "create", "--username", "x", "--password", "y", "--tenant", "nobody"],
        &good,
        "no tenant \"nobody\"",
    );
    check(&["serve", "--config", "nowhere.toml"], &good, "cannot read nowhere.toml");
    check(&["serve", "--admin-username", "x"], &good, "WAYBILL_ADMIN_PASSWORD");
    check(&["serve", "--smtp-url", "smtp://mail.example"], &good, "mail needs a sender: set WAYBILL_MAIL_FROM");
    check(&["serve", "--mail-from", "a@x.example"], &good, "mail needs a server: set WAYBILL_SMTP_URL");
    check(&["serve", "--smtp-url", "mail.example", "--mail-from", "a@x.example"], &good, "WAYBILL_SMTP_URL: ");
    check(&["ship"], &good, "unrecognized subcommand");
}

#[tokio::test]
async fn a_user_made_beside_a_running_server_signs_in_and_outlives_a_restart() {
    let database = database();
    let bearer = token(database.url());
    let mut server = Server::start(database.url());
    let mut client = server.connect(&bearer).await;
    let made = run(&["user", "create", "--username", "ann", "--password", "Secret-1"], database.url());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let limited = ["--permissions", "Magento_Sales::ship,Magento_Sales::shipp"];
    let made = run(
        &[&["user", "create", "--username", "bob", "--password", "Secret-1"], &limited[..]].concat(),
        database.url(),
    );
    let told = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(made.status.success() && told.contains("permission Magento_Sales::shipp;"), "{told}");
    let body = r#"{"username":"ann","password":"Secret-1"}"#;
    let answer = good(&mut client, Method::POST, "/rest/V1/integration/admin/token", body).await;
    let signed_in = answer.as_str().expect("a token is text").to_owned();
    server.kill_and_restart();
    for token in [&bearer, &signed_in] {
        let mut client = server.connect(token).await;
        good(&mut client, Method::GET, "/rest/V1/store/websites", "").await;
    }
}

#[tokio::test]
async fn the_server_says_how_it_is_and_ends_in_order() {
    let database = database();
    let bearer = token(database.url());
    let server = Server::start(database.url());
    let mut client = server.connect(&bearer).await;
    orders(&mut client, 3).await;
    for (path, expected) in [("/healthz", "alive"), ("/readyz", "ready"), ("/metrics", "waybill_commands_total 4")] {
        let reply = client.send(Method::GET, path, None).await.expect("the server answers");
        assert!(reply.status.is_success() && reply.body.contains(expected), "{path}: {}", reply.body);
    }
    drop(client);
    assert!(server.terminate().success());
    let verified = run(&["verify"], database.url());
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}
