//! A server to measure: started, asked how it does, and ended.

use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use hyper::Method;

use crate::Client;

/// A `waybill serve` of our own.
pub(super) struct Server {
    process: Child,
    pub(super) host: String,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Usage {
    pub(super) cpu_us: u64,
    pub(super) rss_mb: u64,
}

impl Server {
    pub(super) fn start(waybill: &Path, url: &str) -> Result<Server, String> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(|error| format!("no free port: {error}"))?
            .port();
        let host = format!("127.0.0.1:{port}");
        let process = Process::new(waybill)
            .args(["serve", "--listen", &host, "--database-url", url])
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", waybill.display()))?;
        Ok(Server { process, host })
    }

    pub(super) async fn connect(&self) -> Result<Client, String> {
        let began = Instant::now();
        loop {
            match Client::connect(&self.host).await {
                Ok(client) => return Ok(client),
                Err(error) if began.elapsed() > Duration::from_secs(10) => return Err(error),
                // The server is starting; the next try is a system call away.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// What the server has used since it started, as the kernel counts it.
    pub(super) fn usage(&self) -> Usage {
        let folder = format!("/proc/{}", self.process.id());
        let stat = std::fs::read_to_string(format!("{folder}/stat")).unwrap_or_default();
        // After the name in brackets: utime and stime are the 12th and 13th field, in hundredths of a second.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        let status = std::fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
        let kilobytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|number| number.parse::<u64>().ok())
            .unwrap_or(0);
        Usage { cpu_us: (ticks(11) + ticks(12)) * 10_000, rss_mb: kilobytes / 1024 }
    }

    /// How many transactions and commands the server counted.
    pub(super) async fn batches(&self, token: &str) -> Option<(u64, u64)> {
        let mut client = self.connect().await.ok()?;
        client.authorize(token);
        let reply = client.send(Method::GET, "/metrics", None).await.ok()?;
        let read = |name: &str| reply.body.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        Some((read("waybill_batches_total")?, read("waybill_commands_total")?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
