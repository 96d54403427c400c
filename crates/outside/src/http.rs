//! What all our requests over HTTP have in common: one TLS, no redirects, answers of bounded size.

use std::error::Error;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response};

/// How much of an answer is read: several times the largest that a gateway gives.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// Makes ring the TLS of this process; to be called first thing in `main`. Calling it again changes nothing.
pub fn install_tls() {
    // It fails only where there is one already, which is then the one to use.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client; a whole exchange, with the reading of the answer, takes at most `timeout`.
pub(crate) fn client(timeout: Duration) -> Result<Client, String> {
    install_tls();
    Client::builder()
        .timeout(timeout)
        // A redirect would carry what we ask, and whose word we have for it, to somebody else.
        .redirect(Policy::none())
        // Nor does a variable of the environment decide who reads along.
        .no_proxy()
        .user_agent(concat!("waybill/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| why(&error))
}

/// An answer's body, unless it is too large or breaks off.
pub(crate) async fn body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| why(&error))? {
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Err(format!("it is larger than {MOST_BYTES} bytes"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// An error with what caused it, for people. Addresses are left out of reqwest's own words, as the causes suffice.
pub(crate) fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let causes = std::iter::successors(error.source(), |cause| <dyn Error>::source(*cause));
    let words: Vec<String> = causes.map(ToString::to_string).collect();
    if words.is_empty() { "the request could not be sent".to_owned() } else { words.join(": ") }
}
