//! A small HTTP/1.1 client on one kept-alive connection: for the demonstration and for load.

use std::collections::BTreeMap;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A connection to a server.
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    /// What every request that follows says of itself.
    headers: BTreeMap<&'static str, String>,
}

/// What a server answered.
pub struct Reply {
    pub status: StatusCode,
    pub body: String,
}

impl Client {
    /// Connects to `host:port`.
    pub async fn connect(host: &str) -> Result<Client, String> {
        let stream = TcpStream::connect(host).await.map_err(|error| format!("cannot connect to {host}: {error}"))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        Ok(Client { sender, host: host.to_owned(), headers: BTreeMap::new() })
    }

    /// Sends this bearer token from now on.
    pub fn authorize(&mut self, token: &str) {
        self.header("authorization", &format!("Bearer {token}"));
    }

    /// Sends this idempotency key from now on.
    pub fn key(&mut self, key: &str) {
        self.header("idempotency-key", key);
    }

    /// Sends this header from now on.
    pub fn header(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, value.to_owned());
    }

    /// Sends a request, with JSON if there is a body, and reads the whole answer.
    pub async fn send(&mut self, method: Method, path: &str, body: Option<String>) -> Result<Reply, String> {
        let mut request = Request::builder().method(method).uri(path).header("host", &self.host);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let request = request
            .body(Full::new(Bytes::from(body.unwrap_or_default())))
            .map_err(|error| format!("{path} is no address: {error}"))?;
        self.sender.ready().await.map_err(|error| error.to_string())?;
        let answer = self.sender.send_request(request).await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        Ok(Reply { status, body: String::from_utf8_lossy(&body).into_owned() })
    }
}
