//! Where letters are handed in, and in whose name.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use percent_encoding::percent_decode_str;
use url::Url;

/// How a [`Mailer`](super::Mailer) reaches its server and signs its letters.
#[derive(Clone)]
pub struct MailSettings {
    /// `smtp://user:password@host:port` or `smtps://…`. User and password may be left out, and are percent-encoded; the
    /// port is 587, or 465 with `smtps`, unless it is said.
    pub url: String,
    /// How the connection is encrypted; by the address's scheme unless it is said.
    pub tls: Option<Tls>,
    /// A PEM file with certificates to trust beside the public ones.
    pub ca_file: Option<PathBuf>,
    /// How long the server may take until it wants the letter, and again how long until it has taken it.
    pub timeout: Duration,
    /// The sender's address.
    pub from_address: String,
    /// The sender's name, if any.
    pub from_name: String,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<String>,
    /// Addresses that get a copy of every letter, unseen by its recipient.
    pub bcc: Vec<String>,
}

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// It begins in the open and must turn to TLS before anything is said. What `smtp://` means.
    Starttls,
    /// It is TLS from its first byte. What `smtps://` means.
    Implicit,
    /// Never: for a server on this machine. A password is not sent to any other machine like this.
    None,
}

/// What is wrong with [`MailSettings`]. It never holds the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadMailSettings {
    /// Which setting.
    pub setting: &'static str,
    /// Why it cannot be used, and what would do.
    pub reason: String,
}

/// [`MailSettings::url`], taken apart and checked.
pub(super) struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub credentials: Option<Credentials>,
}

/// [`Tls`], with what it takes.
pub(super) enum Security {
    None,
    Starttls(TlsParameters),
    Implicit(TlsParameters),
}

impl MailSettings {
    /// Settings with all that may be left out left out: no copies, answers to the sender, half a minute's patience.
    pub fn new(url: impl Into<String>, from_address: impl Into<String>) -> MailSettings {
        MailSettings {
            url: url.into(),
            tls: None,
            ca_file: None,
            timeout: Duration::from_secs(30),
            from_address: from_address.into(),
            from_name: String::new(),
            reply_to: None,
            bcc: Vec::new(),
        }
    }

    /// The server that these settings name.
    pub(super) fn server(&self) -> Result<Server, BadMailSettings> {
        let url = Url::parse(&self.url).map_err(|error| bad("url", error.to_string()))?;
        let tls = self.tls(&url)?;
        let host = url.host_str().unwrap_or("").trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(bad("url", "it names no host; write smtp://user:password@host:port"));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            // Most likely a password with a / or # in it that is not percent-encoded.
            return Err(bad(
                "url",
                "nothing may follow the port; / ? # @ : in a user name or password are written %2F %3F %23 %40 %3A",
            ));
        }
        let credentials = credentials(&url)?;
        if tls == Tls::None && credentials.is_some() && !is_loopback(&host) {
            return Err(bad("tls", "a password is sent unencrypted only to this machine; use starttls or smtps://"));
        }
        let security = match tls {
            Tls::None => Security::None,
            Tls::Starttls => Security::Starttls(self.trust(&host)?),
            Tls::Implicit => Security::Implicit(self.trust(&host)?),
        };
        let port = url.port().unwrap_or(if tls == Tls::Implicit { 465 } else { 587 });
        Ok(Server { host, port, security, credentials })
    }

    fn tls(&self, url: &Url) -> Result<Tls, BadMailSettings> {
        match (url.scheme(), self.tls) {
            ("smtp", tls) => Ok(tls.unwrap_or(Tls::Starttls)),
            ("smtps", None | Some(Tls::Implicit)) => Ok(Tls::Implicit),
            ("smtps", Some(Tls::Starttls | Tls::None)) => {
                Err(bad("tls", "smtps:// is TLS from the first byte; with another way the address begins with smtp://"))
            }
            _ => Err(bad("url", "it begins with smtp:// or smtps://")),
        }
    }

    fn trust(&self, host: &str) -> Result<TlsParameters, BadMailSettings> {
        let mut builder = TlsParameters::builder(host.to_owned());
        if let Some(path) = &self.ca_file {
            let unusable = |why: String| bad("ca_file", format!("{}: {why}", path.display()));
            let text = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
            let certificate = Certificate::from_pem(&text).map_err(|error| unusable(error.to_string()))?;
            builder = builder.add_root_certificate(certificate);
        }
        builder.build().map_err(|error| bad("ca_file", error.to_string()))
    }
}

pub(super) fn bad(setting: &'static str, reason: impl Into<String>) -> BadMailSettings {
    BadMailSettings { setting, reason: reason.into() }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, BadMailSettings> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned());
    let not_text = |_| bad("url", "its user name or password is not UTF-8 after percent-decoding");
    let user = decoded(url.username()).map_err(not_text)?;
    let password = url.password().map(decoded).transpose().map_err(not_text)?;
    match (user.is_empty(), password) {
        (true, None) => Ok(None),
        (false, Some(password)) => Ok(Some(Credentials::new(user, password))),
        (true, Some(_)) | (false, None) => Err(bad("url", "user name and password go together")),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MailSettings { url, tls, ca_file, timeout, from_address, from_name, reply_to, bcc } = self;
        // What cannot be read may have the password anywhere.
        let host = Url::parse(url).ok().and_then(|url| Some(format!("{}://{}", url.scheme(), url.host_str()?)));
        out.debug_struct("MailSettings")
            .field("url", &host.as_deref().unwrap_or("(not shown)"))
            .field("tls", tls)
            .field("ca_file", ca_file)
            .field("timeout", timeout)
            .field("from_address", from_address)
            .field("from_name", from_name)
            .field("reply_to", reply_to)
            .field("bcc", bcc)
            .finish()
    }
}

impl fmt::Display for BadMailSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.setting, self.reason)
    }
}

impl std::error::Error for BadMailSettings {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, tls: Option<Tls>) -> Result<(String, u16, bool), String> {
        let settings = MailSettings { tls, ..MailSettings::new(url, "shop@example.com") };
        let server = settings.server().map_err(|error| error.to_string())?;
        Ok((server.host, server.port, server.credentials.is_some()))
    }

    #[test]
    fn addresses_are_taken_apart() {
        for (url, tls, expected) in [
            ("smtp://mail.example.com", None, ("mail.example.com", 587, false)),
            ("smtps://mail.example.com/", None, ("mail.example.com", 465, false)),
            ("smtp://anna:s%40cret@mail.example.com:2525", None, ("mail.example.com", 2525, true)),
            ("smtp://relay:25", Some(Tls::None), ("relay", 25, false)),
            ("smtp://anna:secret@127.0.0.1:25", Some(Tls::None), ("127.0.0.1", 25, true)),
            ("smtp://anna:secret@[::1]:25", Some(Tls::None), ("::1", 25, true)),
        ] {
            let (host, port, login) = expected;
            assert_eq!(check(url, tls), Ok((host.to_owned(), port, login)), "{url}");
        }
    }

    #[test]
    fn bad_settings_are_named_without_the_password() {
        for (url, tls, expected) in [
            ("mail.example.com", None, "url: relative URL without a base"),
            ("http://mail.example.com", None, "url: it begins with smtp:// or smtps://"),
            ("smtp:anna:pa55word", None, "url: it names no host; write smtp://user:password@host:port"),
            ("smtp://anna:pa55/word@host", None, "url: invalid port number"),
            ("smtp://anna@host", None, "url: user name and password go together"),
            ("smtp://anna:pa55word@host", Some(Tls::None), "tls: a password is sent unencrypted only to this machine"),
            ("smtps://anna:pa55word@host", Some(Tls::None), "tls: smtps:// is TLS from the first byte"),
            ("smtp://anna:pa55word@host/path", None, "url: nothing may follow the port"),
        ] {
            let error = check(url, tls).expect_err(url);
            assert!(error.starts_with(expected), "{url}: {error}");
            assert!(!error.contains("pa55"), "{error}");
        }
        let mut settings = MailSettings::new("smtp://host", "shop@example.com");
        settings.ca_file = Some(PathBuf::from("/there/is/no/such.pem"));
        let error = settings.server().err().expect("a missing file is refused").to_string();
        assert!(error.starts_with("ca_file: /there/is/no/such.pem: "), "{error}");
    }

    #[test]
    fn debug_shows_no_password() {
        for url in ["smtp://anna:pa55word@host:25", "anna:pa55word@host", "smtp://anna:pa55/word@host"] {
            let shown = format!("{:?}", MailSettings::new(url, "shop@example.com"));
            assert!(!shown.contains("pa55"), "{shown}");
        }
    }
}
