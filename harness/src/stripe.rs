//! A Stripe of the test's own: localstripe, with what `stripe.py` adds.

use std::io::{BufRead, BufReader, Error, Result};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::programs;

/// A running localstripe; it ends, and its data goes, with this.
pub struct LocalStripe {
    server: Child,
    port: u16,
}

impl LocalStripe {
    /// Starts one on a free port of the loopback address.
    pub fn start() -> Result<LocalStripe> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("stripe.py");
        let mut python = Command::new(programs::python()?);
        // It ends when we do, whatever ends us: its standard input does then.
        let mut server = python.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(output) = server.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        match line.trim().parse() {
            Ok(port) => Ok(LocalStripe { server, port }),
            Err(_) => {
                server.kill()?;
                server.wait()?;
                Err(Error::other("localstripe does not start; what it says stands above. ./test installs it."))
            }
        }
    }

    /// Where it is, as settings take it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for LocalStripe {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
