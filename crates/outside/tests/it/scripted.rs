//! A server that says what it was told to, whatever it is asked: for what no real one can be brought to do.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it does with one request.
#[derive(Clone, Debug)]
pub enum Says {
    /// An answer.
    This(u16, String),
    /// These bytes, and the end of the connection.
    Bytes(Vec<u8>),
    /// Nothing, for as long as the server lives.
    Nothing,
}

/// It ends with the test's runtime.
pub struct Scripted {
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Starts one that answers one request on each connection, in this order.
    pub async fn start(script: Vec<Says>) -> Scripted {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(follow(listener, script, asked.clone()));
        Scripted { url, asked }
    }

    /// What it was asked so far, heads and bodies.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics holding it").clone()
    }
}

async fn follow(listener: TcpListener, script: Vec<Says>, asked: Arc<Mutex<Vec<String>>>) {
    let mut silent = Vec::new();
    for says in script {
        let (mut connection, _) = listener.accept().await.expect("a connection");
        let request = read_request(&mut connection).await;
        asked.lock().expect("nobody panics holding it").push(request);
        match says {
            Says::This(status, body) => {
                let length = body.len();
                let head = format!("HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                // Who asked may have had enough of it.
                let _ = connection.write_all((head + &body).as_bytes()).await;
            }
            Says::Bytes(bytes) => {
                let _ = connection.write_all(&bytes).await;
            }
            Says::Nothing => silent.push(connection),
        }
    }
    std::future::pending::<()>().await;
}

/// A whole request, as text.
pub async fn read_request(connection: &mut TcpStream) -> String {
    let mut text = String::new();
    while !is_whole(&text) {
        let mut bytes = [0; 4096];
        let count = connection.read(&mut bytes).await.expect("a request");
        assert!(count > 0, "the request breaks off after {text:?}");
        text.push_str(std::str::from_utf8(&bytes[..count]).expect("requests are ASCII"));
    }
    text
}

fn is_whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}
