//! A `waybill serve` of its own for each test.

use std::fs::File;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::Value;
use waybill_bench::{Client, Reply};
use waybill_harness::Database;

/// The program under test.
pub fn waybill() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
    command.env_clear().env("RUST_LOG", "warn").env("RUST_BACKTRACE", "1");
    command
}

/// A database with nothing in it, on the engine that the run is about.
pub fn database() -> Database {
    Database::empty().expect("there is room for a database")
}

/// Runs the program to its end.
pub fn run(arguments: &[&str], url: &str) -> Output {
    waybill().args(arguments).env("WAYBILL_DATABASE_URL", url).output().expect("the program can be started")
}

/// A token for somebody who may do everything.
pub fn token(url: &str) -> String {
    let output = run(&["credential", "create", "--dialect", "magento", "--name", "test"], url);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let object: Value = serde_json::from_slice(&output.stdout).expect("a credential is printed as JSON");
    object["token"].as_str().expect("it has a token").to_owned()
}

/// A server that runs until it is killed or dropped.
pub struct Server {
    process: Child,
    pub host: String,
    url: String,
    settings: Vec<(String, String)>,
}

impl Server {
    /// Starts on a free port.
    pub fn start(url: &str) -> Server {
        Server::with(url, &[])
    }

    /// Starts on a free port, with these settings in its environment.
    pub fn with(url: &str, settings: &[(&str, String)]) -> Server {
        let host = free_address();
        let settings: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Server { process: start(url, &host, &settings), host, url: url.to_owned(), settings }
    }

    /// Starts on a free port, and keeps what it logs from `info` on.
    pub fn logging(url: &str, log: File, format: &str) -> Server {
        let host = free_address();
        let mut command = serve(url, &host);
        let process = command.args(["--log-format", format]).env("RUST_LOG", "info").stderr(log).spawn();
        Server {
            process: process.expect("the program can be started"),
            host,
            url: url.to_owned(),
            settings: Vec::new(),
        }
    }

    /// Connects as soon as the server answers.
    pub async fn connect(&self, token: &str) -> Client {
        let began = Instant::now();
        loop {
            match Client::connect(&self.host).await {
                Ok(mut client) => {
                    client.authorize(token);
                    return client;
                }
                Err(error) if began.elapsed() > Duration::from_secs(20) => panic!("{error}"),
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    /// Kills the server where it stands, and starts another on the same data and port.
    pub fn kill_and_restart(&mut self) {
        self.process.kill().expect("the server runs");
        self.process.wait().expect("a killed process ends");
        self.process = start(&self.url, &self.host, &self.settings);
    }

    /// Asks the server to stop, and waits until it has.
    pub fn terminate(mut self) -> std::process::ExitStatus {
        let id = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("kill can be run");
        self.process.wait().expect("a process ends")
    }
}

fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound listener has an address").to_string()
}

fn start(url: &str, host: &str, settings: &[(String, String)]) -> Child {
    serve(url, host).envs(settings.iter().cloned()).spawn().expect("the program can be started")
}

fn serve(url: &str, host: &str) -> Command {
    let mut command = waybill();
    command
        .args(["serve", "--listen", host, "--database-url", url])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a request that must succeed.
pub async fn good(client: &mut Client, method: Method, path: &str, body: &str) -> Value {
    let body = (!body.is_empty()).then(|| body.to_owned());
    let Reply { status, body } = client.send(method, path, body).await.expect("the server answers");
    assert!(status.is_success(), "{path}: {status} {body}");
    serde_json::from_str(&body).expect("answers are JSON")
}

/// A product with so many at source `default`, and orders of one piece each; their ids.
pub async fn orders(client: &mut Client, count: usize) -> Vec<i64> {
    let product = r#"{"product":{"sku":"A","name":"A","price":10,"attribute_set_id":4,
        "extension_attributes":{"stock_item":{"qty":100000,"is_in_stock":true}}}}"#;
    good(client, Method::POST, "/rest/V1/products", product).await;
    let order = r#"{"entity":{"customer_email":"a@example.com","payment":{"method":"checkmo"},
        "items":[{"sku":"A","qty_ordered":1,"price":10}]}}"#;
    let mut ids = Vec::new();
    for _ in 0..count {
        let made = good(client, Method::POST, "/rest/V1/orders?fields=entity_id", order).await;
        ids.push(made["entity_id"].as_i64().expect("an order has an id"));
    }
    ids
}
