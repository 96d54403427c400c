//! Settings of mail (where letters are handed in, in whose name, and which), and the list of what became of them.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde::Deserialize;
use waybill_domain::{LetterKind, LetterState};
use waybill_engine::Mail;
use waybill_engine::outside::mail::{BadMailSettings, Letters, MailSettings, Mailer, Tls};
use waybill_engine::store::{ListedLetter, Location, Readers};

use crate::config::Place;

/// As flags and environment give them.
#[derive(Args, Clone, Debug, Default)]
pub struct GivenMail {
    /// Mail server: smtp://user:password@host:port or smtps://…; without it no mail is sent
    #[arg(long, env = "WAYBILL_SMTP_URL", hide_env_values = true)]
    smtp_url: Option<String>,
    /// How its connections are encrypted [default: starttls for smtp://, implicit for smtps://]
    #[arg(long, env = "WAYBILL_SMTP_TLS")]
    smtp_tls: Option<GivenTls>,
    /// PEM file with certificates to trust beside the public ones
    #[arg(long, env = "WAYBILL_SMTP_CA_FILE")]
    smtp_ca_file: Option<PathBuf>,
    /// Sender's address
    #[arg(long, env = "WAYBILL_MAIL_FROM")]
    mail_from: Option<String>,
    /// Sender's name
    #[arg(long, env = "WAYBILL_MAIL_FROM_NAME")]
    mail_from_name: Option<String>,
    /// Where answers go [default: to the sender]
    #[arg(long, env = "WAYBILL_MAIL_REPLY_TO")]
    mail_reply_to: Option<String>,
    /// Addresses that get an unseen copy of each mail, comma-separated
    #[arg(long, env = "WAYBILL_MAIL_BCC", value_delimiter = ',')]
    mail_bcc: Option<Vec<String>>,
    /// Folder with templates of your own
    #[arg(long, env = "WAYBILL_MAIL_TEMPLATES")]
    mail_templates: Option<PathBuf>,
    /// Kinds of mail that are not sent, comma-separated: order, invoice, shipment, creditmemo, and each with _comment
    #[arg(long, env = "WAYBILL_MAIL_OFF", value_delimiter = ',')]
    mail_off: Option<Vec<String>>,
    /// The shop's address, for the mails' readers
    #[arg(long, env = "WAYBILL_MAIL_SHOP_URL")]
    mail_shop_url: Option<String>,
}

/// As the section `[mail]` of the file gives them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileMail {
    smtp_url: Option<String>,
    smtp_tls: Option<GivenTls>,
    smtp_ca_file: Option<PathBuf>,
    from: Option<String>,
    from_name: Option<String>,
    reply_to: Option<String>,
    bcc: Option<Vec<String>>,
    templates: Option<PathBuf>,
    off: Option<Vec<String>>,
    shop_url: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum GivenTls {
    Starttls,
    Implicit,
    None,
}

/// Puts them together; none where no mail server is named.
pub(crate) fn read(given: GivenMail, file: FileMail) -> Result<Option<Arc<Mail>>, String> {
    let from = given.mail_from.or(file.from);
    let (url, from) = match (given.smtp_url.or(file.smtp_url), from) {
        (None, None) => return Ok(None),
        (Some(url), Some(from)) => (url, from),
        (Some(_), None) => return Err("mail needs a sender: set WAYBILL_MAIL_FROM".to_owned()),
        (None, Some(_)) => return Err("mail needs a server: set WAYBILL_SMTP_URL".to_owned()),
    };
    let mut settings = MailSettings::new(url, from);
    settings.tls = given.smtp_tls.or(file.smtp_tls).map(|tls| match tls {
        GivenTls::Starttls => Tls::Starttls,
        GivenTls::Implicit => Tls::Implicit,
        GivenTls::None => Tls::None,
    });
    settings.ca_file = given.smtp_ca_file.or(file.smtp_ca_file);
    settings.from_name = given.mail_from_name.or(file.from_name).unwrap_or_default();
    settings.reply_to = given.mail_reply_to.or(file.reply_to);
    settings.bcc = given.mail_bcc.or(file.bcc).unwrap_or_default();
    let folder = given.mail_templates.or(file.templates);
    if let Some(folder) = folder.as_deref().filter(|folder| !folder.is_dir()) {
        return Err(format!("WAYBILL_MAIL_TEMPLATES: {} is no folder", folder.display()));
    }
    let mut kinds = LetterKind::ALL.to_vec();
    for name in given.mail_off.or(file.off).unwrap_or_default() {
        let off = LetterKind::parse(name.trim()).ok_or_else(|| {
            let known = LetterKind::ALL.map(LetterKind::as_str).join(", ");
            format!("WAYBILL_MAIL_OFF: {name:?} is no kind of mail; there are {known}")
        })?;
        kinds.retain(|kind| *kind != off);
    }
    let mailer = Mailer::new(&settings).map_err(|bad| said(&bad))?;
    Ok(Some(Arc::new(Mail {
        mailer,
        letters: Letters::new(folder.as_deref()),
        kinds: kinds.into_iter().collect(),
        shop_url: given.mail_shop_url.or(file.shop_url).unwrap_or_default(),
    })))
}

/// A bad setting by the name that it is given under.
fn said(bad: &BadMailSettings) -> String {
    let BadMailSettings { setting, reason } = bad;
    let name = match *setting {
        "url" => "WAYBILL_SMTP_URL",
        "tls" => "WAYBILL_SMTP_TLS",
        "ca_file" => "WAYBILL_SMTP_CA_FILE",
        "from_address" => "WAYBILL_MAIL_FROM",
        "reply_to" => "WAYBILL_MAIL_REPLY_TO",
        "bcc" => "WAYBILL_MAIL_BCC",
        other => other,
    };
    format!("{name}: {reason}")
}

/// Says what of a folder of templates cannot be used.
pub(crate) fn warn_of_templates(mail: &Mail) {
    for fault in mail.letters.faults() {
        tracing::warn!(%fault, "a mail template cannot be used; what is built in takes its place");
    }
}

/// Which mails are listed.
#[derive(Args)]
pub(crate) struct Mails {
    #[command(flatten)]
    pub(crate) place: Place,
    /// What became of them
    #[arg(value_enum, default_value_t = MailState::Perhaps)]
    state: MailState,
    /// How many at the most, the newest first
    #[arg(long, default_value_t = 100)]
    most: i64,
    /// Whose mails
    #[arg(long, default_value = "default")]
    tenant: String,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum MailState {
    Wanted,
    Sending,
    Sent,
    Perhaps,
    Refused,
}

/// Prints letters, a line each.
pub(crate) fn list(database: &Location, ask: &Mails) -> Result<(), String> {
    let state = match ask.state {
        MailState::Wanted => LetterState::Wanted,
        MailState::Sending => LetterState::Sending,
        MailState::Sent => LetterState::Sent,
        MailState::Perhaps => LetterState::Perhaps,
        MailState::Refused => LetterState::Refused,
    };
    let readers = Readers::open(database, 1).map_err(|error| error.to_string())?;
    let listed = readers.read(|view| {
        let Some(tenant) = view.tenant(&ask.tenant)? else {
            return Ok(None);
        };
        view.letters(tenant, state, ask.most).map(Some)
    });
    let listed = listed.map_err(|error| error.to_string())?;
    for ListedLetter { letter, number, attempts } in
        listed.ok_or_else(|| format!("there is no tenant {:?}", ask.tenant))?
    {
        let (year, month, day) = letter.created_at.date();
        let reason = letter.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        println!(
            "{year}-{month:02}-{day:02} {} {} of order {number} to {}, asked {attempts} times{reason}",
            letter.kind.as_str(),
            letter.subject(),
            letter.recipient
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(change: impl FnOnce(&mut GivenMail)) -> Result<Option<Arc<Mail>>, String> {
        let mut given = GivenMail {
            smtp_url: Some("smtp://mail.example".to_owned()),
            mail_from: Some("shop@example.com".to_owned()),
            ..GivenMail::default()
        };
        change(&mut given);
        read(given, FileMail::default())
    }

    #[test]
    fn mail_is_off_until_a_server_and_a_sender_are_named() {
        let kinds = given(|_| {}).expect("they are good").map(|mail| mail.kinds.len());
        assert_eq!(kinds, Some(LetterKind::ALL.len()));
        assert!(matches!(read(GivenMail::default(), FileMail::default()), Ok(None)));
        let no_sender = given(|given| given.mail_from = None).err();
        assert_eq!(no_sender.as_deref(), Some("mail needs a sender: set WAYBILL_MAIL_FROM"));
        let no_server = given(|given| given.smtp_url = None).err();
        assert_eq!(no_server.as_deref(), Some("mail needs a server: set WAYBILL_SMTP_URL"));
    }

    #[test]
    fn kinds_are_switched_off_by_name() {
        let off = |names: &str| {
            given(|given| given.mail_off = Some(names.split(',').map(str::to_owned).collect()))
                .map(|mail| mail.map(|mail| mail.kinds.contains(&LetterKind::InvoiceComment)))
        };
        assert_eq!(off("order, invoice_comment"), Ok(Some(false)));
        assert_eq!(off("order"), Ok(Some(true)));
        let unknown = off("parcel").expect_err("there is no such kind");
        assert!(unknown.starts_with("WAYBILL_MAIL_OFF: \"parcel\" is no kind of mail; there are order, "), "{unknown}");
    }

    #[test]
    fn what_cannot_be_used_is_named_as_it_was_set() {
        for (setting, error) in [
            (given(|given| given.smtp_url = Some("http://x".to_owned())), "WAYBILL_SMTP_URL: "),
            (given(|given| given.mail_from = Some("nobody".to_owned())), "WAYBILL_MAIL_FROM: "),
            (given(|given| given.mail_reply_to = Some("nobody".to_owned())), "WAYBILL_MAIL_REPLY_TO: "),
            (given(|given| given.mail_bcc = Some(vec!["nobody".to_owned()])), "WAYBILL_MAIL_BCC: "),
            (given(|given| given.smtp_ca_file = Some("/nowhere.pem".into())), "WAYBILL_SMTP_CA_FILE: "),
            (given(|given| given.mail_templates = Some("/nowhere".into())), "WAYBILL_MAIL_TEMPLATES: "),
        ] {
            let said = setting.err().unwrap_or_default();
            assert!(said.starts_with(error), "{error} {said}");
        }
    }
}
