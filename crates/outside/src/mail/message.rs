//! A letter, and the bytes that it is on its way.

use std::str::FromStr;

use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};

use super::clean::{clipped, one_line};

/// The longest address that a path of SMTP can carry.
const LONGEST_ADDRESS: usize = 254;
/// A line of a header is at most 998 bytes; with room for `Message-ID: <>`.
const LONGEST_ID: usize = 900;

/// A letter that is ready to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The Message-ID without its angle brackets: `something@domain`, made from our id of the letter. The same letter
    /// has the same one however often it is tried, so that mail programs and people can tell a repetition.
    pub message_id: String,
    pub to: Person,
    pub subject: String,
    pub html: String,
    pub text: String,
}

/// Somebody with an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// In any language; empty when it is not known.
    pub name: String,
    pub address: String,
}

/// What every letter of one sender has in common.
pub(super) struct Sender {
    pub from: Mailbox,
    pub reply_to: Option<Mailbox>,
}

/// A letter as the server takes it.
pub(super) struct Envelope {
    pub to: Address,
    pub bytes: Vec<u8>,
}

/// Puts a letter into its form, or says why it can never be sent.
pub(super) fn compose(sender: &Sender, letter: &Letter) -> Result<Envelope, String> {
    let Letter { message_id, to, subject, html, text } = letter;
    let recipient = mailbox(&to.name, &to.address)?;
    let to = recipient.email.clone();
    let mut builder = Message::builder()
        .from(sender.from.clone())
        .to(recipient)
        .subject(one_line(subject))
        .message_id(Some(format!("<{}>", checked_id(message_id)?)))
        // Keeps automatic answers (away until Monday) from being sent back.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    if let Some(reply_to) = &sender.reply_to {
        builder = builder.reply_to(reply_to.clone());
    }
    let message = builder
        .multipart(MultiPart::alternative_plain_html(text.clone(), html.clone()))
        .map_err(|error| clipped(&error.to_string(), 200))?;
    Ok(Envelope { to, bytes: message.formatted() })
}

/// Somebody as a header names them.
pub(super) fn mailbox(name: &str, address: &str) -> Result<Mailbox, String> {
    let name = one_line(name);
    Ok(Mailbox::new((!name.is_empty()).then_some(name), checked_address(address)?))
}

/// An address that can be put into a command and a header. Its domain is turned into ASCII, which every server takes.
pub(super) fn checked_address(text: &str) -> Result<Address, String> {
    let refused = || format!("{} is not an e-mail address", clipped(text, 100));
    let text = text.trim();
    // Quoted local parts are allowed by the standard and used by nobody but those who try what they break.
    let forbidden = |letter: char| letter.is_control() || letter.is_whitespace() || "<>\"\\,;:()".contains(letter);
    let (user, domain) = text.rsplit_once('@').ok_or_else(refused)?;
    if user.contains(forbidden) || domain.contains(forbidden) || text.len() > LONGEST_ADDRESS {
        return Err(refused());
    }
    let domain = idna::domain_to_ascii(domain).map_err(|_| refused())?;
    Address::from_str(&format!("{user}@{domain}")).map_err(|_| refused())
}

fn checked_id(id: &str) -> Result<&str, String> {
    let is_word = |part: &str| {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_+=.".contains(letter);
        !part.is_empty() && part.chars().all(fits) && !part.starts_with('.') && !part.ends_with('.')
    };
    match id.split_once('@') {
        Some((left, right)) if is_word(left) && is_word(right) && id.len() <= LONGEST_ID => Ok(id),
        Some(_) | None => {
            Err(format!("{} cannot be a Message-ID; write letters and digits @ domain", clipped(id, 100)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            message_id: "letter-7.tenant-1@shop.example".to_owned(),
            to: Person { name: "Anna".to_owned(), address: "anna@example.com".to_owned() },
            subject: "Your order".to_owned(),
            html: "<p>Hello</p>".to_owned(),
            text: "Hello".to_owned(),
        }
    }

    fn composed(letter: &Letter) -> Result<String, String> {
        let from = mailbox("Shop", "shop@example.com")?;
        let message = compose(&Sender { from, reply_to: None }, letter)?;
        Ok(String::from_utf8(message.bytes).expect("a letter to an ASCII address is ASCII"))
    }

    fn header_names(message: &str) -> Vec<&str> {
        let head = message.split("\r\n\r\n").next().unwrap_or("");
        let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        lines.filter_map(|line| line.split(':').next()).collect()
    }

    #[test]
    fn nothing_in_a_letter_adds_a_header() {
        let plain = composed(&letter()).expect("a good letter");
        let names = header_names(&plain);
        assert_eq!(
            names,
            ["From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Date", "Content-Type"]
        );
        for attempt in
            ["\r\nBcc: all@example.com", "\nBcc: all@example.com\n\nbody", "\rBcc: x", "\u{2028}Bcc: x", "\0"]
        {
            let mut letter = letter();
            letter.subject = format!("Your order{attempt}");
            letter.to.name = format!("Anna{attempt}");
            let message = composed(&letter).expect("line ends in names and subjects become spaces");
            assert_eq!(header_names(&message), names, "{message}");
            assert!(!message.contains("\nBcc"), "{message}");
        }
    }

    #[test]
    fn a_dot_or_a_line_end_in_a_text_stays_in_the_text() {
        let mut letter = letter();
        letter.text = "first\n.\nMAIL FROM:<x@example.com>\r\n.\r\n".to_owned();
        let message = composed(&letter).expect("a good letter");
        assert!(!message.replace("\r\n", "").contains(['\r', '\n']), "{message:?}");
    }

    #[test]
    fn addresses_are_checked() {
        for (text, expected) in [
            ("anna@example.com", Some("anna@example.com")),
            (" anna.b+tag@mail.example.co.uk ", Some("anna.b+tag@mail.example.co.uk")),
            ("post@bücher.example", Some("post@xn--bcher-kva.example")),
            ("post@BÜCHER.example", Some("post@xn--bcher-kva.example")),
            ("用户@example.com", Some("用户@example.com")),
            ("", None),
            ("anna", None),
            ("anna@", None),
            ("@example.com", None),
            ("a@b@example.com", None),
            ("anna@example.com\r\nRCPT TO:<all@example.com>", None),
            ("anna@example.com>", None),
            ("anna@example.com, bob@example.com", None),
            ("\"a b\"@example.com", None),
            ("anna@exa mple.com", None),
            ("Anna <anna@example.com>", None),
        ] {
            let found = checked_address(text).ok().map(|address| address.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
        assert!(checked_address(&format!("{}@example.com", "a".repeat(300))).is_err());
    }

    #[test]
    fn ids_of_messages_are_checked() {
        for id in ["", "letter", "a@b@c", "a b@c", "a@c>\r\nBcc: x", "<a@b>", ".a@b", "ä@b"] {
            let mut letter = letter();
            letter.message_id = id.to_owned();
            assert!(composed(&letter).is_err(), "{id}");
        }
    }
}
