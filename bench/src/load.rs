//! The load: ships over many kept-alive connections from one thread. It shares the machine with what it measures, so
//! it does as little as it can: a request is one write, an answer is read into one buffer.

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
    pub(crate) token: String,
    pub(crate) orders: Arc<[i64]>,
    pub(crate) time: Duration,
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
    let next = Arc::new(AtomicUsize::new(0));
    let mut connections = Vec::new();
    for number in 0..load.connections {
        connections.push(Connection::open(&load.hosts[number % load.hosts.len()], &load.token).await?);
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
                connection.ship(*order).await?;
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
    /// What follows the first line of each request.
    rest: String,
    request: String,
    answer: Vec<u8>,
}

impl Connection {
    async fn open(host: &str, token: &str) -> Result<Connection, String> {
        let stream = TcpStream::connect(host).await.map_err(|error| format!("cannot connect to {host}: {error}"))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let body = r#"{"arguments":{"extension_attributes":{"source_code":"default"}}}"#;
        let length = body.len();
        let rest = format!(
            "host: {host}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        Ok(Connection { stream, rest, request: String::new(), answer: Vec::with_capacity(4_096) })
    }

    /// Ships one order, and reads the whole answer.
    async fn ship(&mut self, order: i64) -> Result<(), String> {
        self.request.clear();
        self.request.push_str("POST /rest/V1/order/");
        self.request.push_str(&order.to_string());
        self.request.push_str("/ship HTTP/1.1\r\n");
        self.request.push_str(&self.rest);
        let lost = |error: std::io::Error| format!("order {order}: {error}");
        self.stream.write_all(self.request.as_bytes()).await.map_err(lost)?;
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await.map_err(lost)? == 0 {
                return Err(format!("order {order}: the server closed the connection"));
            }
            if let Some(status) = complete(&self.answer)? {
                let text = || format!("order {order}: {}", String::from_utf8_lossy(&self.answer));
                return if status == 200 { Ok(()) } else { Err(text()) };
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
