//! Handing a letter to a mail server.
//!
//! The conversation is led here step by step, not by the library's transport: only who knows how far it came can tell
//! *certainly not sent* from *perhaps sent*.

use std::error::Error as _;
use std::fmt;
use std::iter::{once, once_with};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::Severity;
use tokio::time::{Instant, timeout, timeout_at};

use super::clean::clipped;
use super::message::{Envelope, Letter, Sender, checked_address, compose, mailbox};
use super::settings::{BadMailSettings, MailSettings, Security, Server, bad};

/// How long a server may take to say goodbye, once all that matters is settled.
const PARTING: Duration = Duration::from_secs(2);
/// The standard has servers answer within ten minutes.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3600);
/// How much of a server's answer is kept.
const LONGEST_REPLY: usize = 300;

/// Hands letters to one mail server in the name of one sender. Each letter has a connection of its own, so a mailer can
/// be shared and used by many at once.
pub struct Mailer {
    server: Server,
    sender: Sender,
    copies: Vec<Address>,
    timeout: Duration,
}

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// The server has taken it and answers for it from here on.
    Done {
        /// What the server said; often its own number of the letter, by which its people find it.
        reply: String,
        /// Why the copy did not go out with it, where one was to and did not. The letter itself did.
        copy_refused: Option<String>,
    },
    /// The server will not take this letter, today or later: it is not to be tried again. Nothing was sent.
    Refused { reason: String },
    /// **Certainly not sent**: the server was not reached, put it off, or does not take our name and password. Trying
    /// again cannot send it twice.
    NotYet { why: String },
    /// **Perhaps sent**: the whole letter was on its way when the connection broke or the time ran out. Trying again may
    /// send it a second time (with the same Message-ID).
    Unknown { why: String },
}

impl Mailer {
    /// A mailer for these settings, which are checked; nothing is connected yet.
    pub fn new(settings: &MailSettings) -> Result<Mailer, BadMailSettings> {
        if settings.timeout.is_zero() || settings.timeout > LONGEST_TIMEOUT {
            return Err(bad("timeout", "it is more than nothing and at most an hour"));
        }
        let from = mailbox(&settings.from_name, &settings.from_address).map_err(|why| bad("from_address", why))?;
        let reply_to = settings.reply_to.as_deref().map(|address| mailbox("", address));
        let reply_to: Option<Mailbox> = reply_to.transpose().map_err(|why| bad("reply_to", why))?;
        let copies = settings.bcc.iter().map(|address| checked_address(address));
        Ok(Mailer {
            server: settings.server()?,
            sender: Sender { from, reply_to },
            copies: copies.collect::<Result<_, _>>().map_err(|why| bad("bcc", why))?,
            timeout: settings.timeout,
        })
    }

    /// How long a sending may take at the most.
    pub fn longest(&self) -> Duration {
        self.timeout * 2 + PARTING
    }

    /// The sender's domain.
    pub fn domain(&self) -> &str {
        self.sender.from.email.domain()
    }

    /// Hands in one letter, once. Who drops this before it ends has to take the outcome for [`MailOutcome::Unknown`].
    pub async fn send(&self, letter: &Letter) -> MailOutcome {
        let envelope = match compose(&self.sender, letter) {
            Ok(envelope) => envelope,
            Err(reason) => return MailOutcome::Refused { reason },
        };
        let until = Instant::now() + self.timeout;
        let mut connection = match timeout_at(until, self.connect()).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return not_yet("connecting", &error),
            Err(_) => return self.no_answer(),
        };
        let outcome = match timeout_at(until, self.introduce(&mut connection, &envelope.to)).await {
            Ok(Ok(copy_refused)) => self.hand_over(&mut connection, &envelope, copy_refused).await,
            Ok(Err(outcome)) => outcome,
            Err(_) => return self.no_answer(),
        };
        // After a connection that broke or fell silent there is nobody to say goodbye to.
        if !matches!(outcome, MailOutcome::Unknown { .. }) {
            let _ = timeout(PARTING, connection.quit()).await;
        }
        outcome
    }

    fn no_answer(&self) -> MailOutcome {
        let why = format!("{} did not answer within {} ms", self.server.host, self.timeout.as_millis());
        MailOutcome::NotYet { why }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        // Some servers turn away who does not greet with a name; the sender's domain is one that we have.
        let name = ClientId::Domain(self.sender.from.email.domain().to_owned());
        let place = (self.server.host.as_str(), self.server.port);
        let tls = match &self.server.security {
            Security::Implicit(trust) => Some(trust.clone()),
            Security::Starttls(_) | Security::None => None,
        };
        let mut connection = AsyncSmtpConnection::connect_tokio1(place, None, &name, tls, None).await?;
        if let Security::Starttls(trust) = &self.server.security {
            connection.starttls(trust.clone(), &name).await?;
        }
        Ok(connection)
    }

    /// All up to the point where the server waits for the letter. Whatever goes wrong until then, nothing was sent.
    /// Gives why the copies do not go out, if they do not.
    async fn introduce(
        &self,
        connection: &mut AsyncSmtpConnection,
        to: &Address,
    ) -> Result<Option<String>, MailOutcome> {
        self.log_in(connection).await?;
        self.address(connection, to).await
    }

    async fn log_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), MailOutcome> {
        let Some(credentials) = &self.server.credentials else {
            return Ok(());
        };
        match connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await {
            Ok(reply) => expect_code(u16::from(reply.code()), 235),
            // A server's words about a password might repeat it.
            Err(error) => Err(match error.status() {
                Some(code) => MailOutcome::NotYet {
                    why: format!("the server did not accept the user name and password ({code})"),
                },
                None => not_yet("logging in", &error),
            }),
        }
    }

    /// Says from whom and to whom, and asks to be given the word.
    async fn address(&self, connection: &mut AsyncSmtpConnection, to: &Address) -> Result<Option<String>, MailOutcome> {
        let from = &self.sender.from.email;
        let parameters = match [from, to].iter().all(|address| address.to_string().is_ascii()) {
            true => Vec::new(),
            false if connection.server_info().supports_feature(Extension::SmtpUtfEight) => {
                vec![MailParameter::SmtpUtfEight]
            }
            false => {
                return Err(MailOutcome::Refused { reason: format!("the server does not take {to}: no SMTPUTF8") });
            }
        };
        // A sender that is not wanted is a matter of settings, which somebody will put right: no letter is given up.
        let mail = Mail::new(Some(from.clone()), parameters);
        connection.command(mail).await.map_err(|error| not_yet("naming the sender", &error))?;
        let recipient = Rcpt::new(to.clone(), Vec::new());
        connection.command(recipient).await.map_err(|error| outcome_of("naming the recipient", &error))?;
        let copy_refused = self.address_copies(connection).await?;
        match connection.command(Data).await {
            Ok(reply) => expect_code(u16::from(reply.code()), 354)?,
            Err(error) => return Err(outcome_of("announcing the letter", &error)),
        }
        Ok(copy_refused)
    }

    /// A copy that is refused does not hold up the letter.
    async fn address_copies(&self, connection: &mut AsyncSmtpConnection) -> Result<Option<String>, MailOutcome> {
        let mut refused = Vec::new();
        for copy in &self.copies {
            let said = connection.command(Rcpt::new(copy.clone(), Vec::new())).await;
            match said {
                Ok(_) => {}
                Err(error) if error.status().is_some() => refused.push(format!("{copy}: {}", words(&error))),
                Err(error) => return Err(not_yet("naming the copy's recipient", &error)),
            }
        }
        Ok((!refused.is_empty()).then(|| refused.join("; ")))
    }

    /// Sends the letter itself. Until its last line is written nothing can have been accepted.
    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        envelope: &Envelope,
        copy_refused: Option<String>,
    ) -> MailOutcome {
        let complete = AtomicBool::new(false);
        // The second part is empty; it is asked for when the first was written, just before the line that ends a
        // letter.
        let end = once_with(|| {
            complete.store(true, Ordering::Relaxed);
            &[][..]
        });
        let parts = once(envelope.bytes.as_slice()).chain(end);
        let said = timeout(self.timeout, connection.message_iter(parts)).await;
        let broken = |why: String| match complete.load(Ordering::Relaxed) {
            true => MailOutcome::Unknown { why },
            false => MailOutcome::NotYet { why },
        };
        match said {
            Ok(Ok(reply)) if reply.code().severity == Severity::PositiveCompletion => {
                let text = reply.message().collect::<Vec<_>>().join(" ");
                MailOutcome::Done { reply: clipped(&text, LONGEST_REPLY), copy_refused }
            }
            Ok(Ok(reply)) => broken(format!("the server answered {} to the letter", reply.code())),
            Ok(Err(error)) if error.status().is_some() => outcome_of("sending the letter", &error),
            Ok(Err(error)) => broken(format!("sending the letter: {}", words(&error))),
            Err(_) => {
                let waited = self.timeout.as_millis();
                broken(format!("{} did not take the letter within {waited} ms", self.server.host))
            }
        }
    }
}

/// A server that answers another question than the one asked cannot be believed. (Answers that somebody slipped in
/// before TLS began would show as this.)
fn expect_code(code: u16, expected: u16) -> Result<(), MailOutcome> {
    match code == expected {
        true => Ok(()),
        false => Err(MailOutcome::NotYet { why: format!("the server answered {code} where {expected} was due") }),
    }
}

fn outcome_of(step: &str, error: &Error) -> MailOutcome {
    match error.status() {
        // Not about the letter but about us: wrong order, or a login that is missing or too weak.
        Some(code) if matches!(u16::from(code), 503 | 530 | 534 | 535 | 538) => not_yet(step, error),
        Some(code) if code.severity == Severity::PermanentNegativeCompletion => {
            MailOutcome::Refused { reason: words(error) }
        }
        Some(_) | None => not_yet(step, error),
    }
}

fn not_yet(step: &str, error: &Error) -> MailOutcome {
    MailOutcome::NotYet { why: format!("{step}: {}", words(error)) }
}

/// What went wrong: a server's own code and words, or the chain of causes.
fn words(error: &Error) -> String {
    let said = error.source().map(ToString::to_string);
    let text = match (error.status(), said) {
        (Some(code), Some(said)) => format!("{code} {said}"),
        (Some(code), None) => code.to_string(),
        (None, _) => error.to_string(),
    };
    clipped(&text, LONGEST_REPLY)
}

impl fmt::Debug for Mailer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mailer { server, sender, copies, timeout } = self;
        out.debug_struct("Mailer")
            .field("server", &format_args!("{}:{}", server.host, server.port))
            .field("from", &sender.from.to_string())
            .field("copies", &copies.len())
            .field("timeout", timeout)
            .finish()
    }
}
