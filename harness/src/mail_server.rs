//! A mail server on loopback that does what the recipient's address tells it to (`harness/mail_server.py`).

use std::io::{BufRead, BufReader, Error, Result};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::programs;

/// How a mail server wants to be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// In the open.
    None,
    /// It takes no mail before the connection turned to TLS.
    Starttls,
    /// TLS from the first byte.
    Implicit,
}

/// A running mail server; it ends, and its letters go, with this.
pub struct MailServer {
    folder: TempDir,
    port: u16,
    server: Child,
}

impl MailServer {
    /// Starts one on a free port; with a login as `user:password` it takes no mail without it.
    pub fn start(tls: MailTls, login: Option<&str>) -> Result<MailServer> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(programs::python()?);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("mail_server.py"));
        command.arg("--folder").arg(folder.path()).arg("--tls").arg(match tls {
            MailTls::None => "none",
            MailTls::Starttls => "starttls",
            MailTls::Implicit => "implicit",
        });
        if let Some(login) = login {
            command.arg("--login").arg(login);
        }
        let log = std::fs::File::create(folder.path().join("log"))?;
        let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn()?;
        // It says its port once it listens, so nobody has to try; if it ends first, the line is empty.
        let mut line = String::new();
        let said = server.stdout.take().ok_or_else(|| Error::other("the mail server's output is ours"))?;
        BufReader::new(said).read_line(&mut line)?;
        let mut started = MailServer { folder, port: 0, server };
        started.port = line.trim().parse().map_err(|_| {
            let log = std::fs::read_to_string(started.folder.path().join("log")).unwrap_or_default();
            Error::other(format!("the mail server does not start:\n{log}"))
        })?;
        Ok(started)
    }

    /// The port that it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whom to trust to trust it, unless it speaks in the open.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The letters that it has accepted, each an object of JSON, in the order in which they came.
    pub fn letters(&self) -> Vec<String> {
        let kept = std::fs::read_to_string(self.folder.path().join("letters")).unwrap_or_default();
        kept.lines().map(str::to_owned).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
