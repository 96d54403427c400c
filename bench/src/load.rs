//! The load: ships over many kept-alive connections from one thread. It shares the machine with what it measures, so
//! it does as little as it can: a request is one write, an answer is read into one buffer.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What is shipped, over which connections, for how long.
pub(crate) struct Load {
    /// `host:port` of each server; connections are spread over them.
    pub(crate) hosts: Vec<String>,
    pub(crate) connections: usize,
    pub(crate) gate: Gate,
    pub(crate) orders: Arc<[Order]>,
    /// How many of the orders are shipped already.
    pub(crate) shipped: usize,
    pub(crate) time: Duration,
}

/// An order that waits to be shipped: one piece of each line.
pub(crate) struct Order {
    pub(crate) id: i64,
    /// What it is called where that is not its id, and its lines: only read where the door wants to hear them.
    pub(crate) number: i64,
    pub(crate) lines: Vec<i64>,
    /// The fulfilment order that has them, where there is one.
    pub(crate) fulfilment: i64,
}

/// The door that orders leave through, and the key to it.
#[derive(Clone)]
pub(crate) enum Gate {
    Magento { token: String },
    Centra { base: String, key: String },
    Carriyo { base: String, token: String, api_key: String, tenant: String },
}

impl Gate {
    /// The headers of every request; the length of its body follows.
    fn headers(&self, host: &str) -> String {
        let key = match self {
            Gate::Magento { token } => format!("authorization: Bearer {token}"),
            Gate::Centra { base: _, key } => format!("api-authorization: {key}"),
            Gate::Carriyo { base: _, token, api_key, tenant } => {
                format!("authorization: Bearer {token}\r\nx-api-key: {api_key}\r\ntenant-id: {tenant}")
            }
        };
        format!(" HTTP/1.1\r\nhost: {host}\r\n{key}\r\ncontent-type: application/json\r\ncontent-length: ")
    }

    /// Writes what ships an order in full: the address, and the body.
    fn write(&self, order: &Order, address: &mut String, body: &mut String) -> std::fmt::Result {
        match self {
            Gate::Magento { token: _ } => {
                write!(address, "/rest/V1/order/{}/ship", order.id)?;
                body.write_str(r#"{"arguments":{"extension_attributes":{"source_code":"default"}}}"#)
            }
            Gate::Centra { base, key: _ } => {
                write!(address, "{base}/shipments")?;
                write!(body, r#"{{"order":{},"products":{{"#, order.number)?;
                for (index, line) in order.lines.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(body, r#"{comma}"{line}":1"#)?;
                }
                body.write_str(r#"},"gtg":true,"shipped":true,"capture":true}"#)
            }
            Gate::Carriyo { base, .. } => {
                write!(address, "{base}/orders/O{:012}/fulfillment-orders/FO{:011}/ship", order.id, order.fulfilment)?;
                body.write_str(r#"{"line_items":["#)?;
                for (index, line) in order.lines.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(body, r#"{comma}{{"id":"{line}","quantity":1}}"#)?;
                }
                body.write_str("]}")
            }
        }
    }

    /// Whether an answer says that the order was shipped: one door says so in the status, the others in the body.
    fn has_shipped(&self, status: u16, answer: &[u8]) -> bool {
        let verdict: &[u8] = match self {
            Gate::Magento { token: _ } => b"",
            Gate::Centra { .. } => br#""status":"ok""#,
            // Nothing kept it from being booked.
            Gate::Carriyo { .. } => br#""error_details":[]"#,
        };
        status == 200 && (verdict.is_empty() || answer.windows(verdict.len()).any(|part| part == verdict))
    }
}

/// What came of it.
pub(crate) struct Loaded {
    /// Microseconds from request to answer.
    pub(crate) times: Vec<u64>,
    pub(crate) took: Duration,
}

/// Ships until the time or the orders are over, on a thread of its own.
pub(crate) async fn ship(load: Load) -> Result<Loaded, String> {
    let shipped = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| error.to_string())?.block_on(ship_here(load))
    });
    shipped.await.map_err(|error| error.to_string())?
}

async fn ship_here(load: Load) -> Result<Loaded, String> {
    let next = Arc::new(AtomicUsize::new(load.shipped));
    let mut connections = Vec::new();
    for number in 0..load.connections {
        connections.push(Connection::open(&load.hosts[number % load.hosts.len()], &load.gate).await?);
    }
    let began = Instant::now();
    let end = began + load.time;
    let mut tasks = tokio::task::JoinSet::new();
    for mut connection in connections {
        let (next, orders) = (next.clone(), load.orders.clone());
        tasks.spawn(async move {
            let mut times = Vec::new();
            while Instant::now() < end
                && let Some(order) = orders.get(next.fetch_add(1, Ordering::Relaxed))
            {
                let sent = Instant::now();
                connection.ship(order).await?;
                times.push(u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX));
            }
            Ok::<_, String>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done.map_err(|error| error.to_string())??);
    }
    let took = began.elapsed();
    if next.load(Ordering::Relaxed) >= load.orders.len() {
        eprintln!("all {} orders were shipped before the time was up; give more with --orders", load.orders.len());
    }
    Ok(Loaded { times, took })
}

struct Connection {
    stream: TcpStream,
    gate: Gate,
    headers: String,
    request: String,
    body: String,
    answer: Vec<u8>,
}

impl Connection {
    async fn open(host: &str, gate: &Gate) -> Result<Connection, String> {
        let stream = TcpStream::connect(host).await.map_err(|error| format!("cannot connect to {host}: {error}"))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(Connection {
            stream,
            gate: gate.clone(),
            headers: gate.headers(host),
            request: String::new(),
            body: String::new(),
            answer: Vec::with_capacity(4_096),
        })
    }

    /// Ships one order, and reads the whole answer.
    async fn ship(&mut self, order: &Order) -> Result<(), String> {
        let id = order.id;
        self.request.clear();
        self.body.clear();
        self.request.push_str("POST ");
        self.gate.write(order, &mut self.request, &mut self.body).map_err(|error| format!("order {id}: {error}"))?;
        self.request.push_str(&self.headers);
        self.request.push_str(&self.body.len().to_string());
        self.request.push_str("\r\n\r\n");
        self.request.push_str(&self.body);
        let lost = |error: std::io::Error| format!("order {id}: {error}");
        self.stream.write_all(self.request.as_bytes()).await.map_err(lost)?;
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await.map_err(lost)? == 0 {
                return Err(format!("order {id}: the server closed the connection"));
            }
            if let Some(status) = complete(&self.answer)? {
                let text = || format!("order {id}: {}", String::from_utf8_lossy(&self.answer));
                return if self.gate.has_shipped(status, &self.answer) { Ok(()) } else { Err(text()) };
            }
        }
    }
}

/// The status of an answer, once all of it is there.
fn complete(answer: &[u8]) -> Result<Option<u16>, String> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = head.parse(answer).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let body = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let body: usize = body
        .and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok())
        .ok_or_else(|| "an answer does not say how long it is".to_owned())?;
    Ok((answer.len() >= length + body).then_some(head.code).flatten())
}
