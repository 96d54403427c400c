//! Mail: what a letter is about ([`Notice`]), how it reads ([`Letters`]), and how it leaves ([`Mailer`]).
//!
//! The three do not know each other: a notice is plain data, [`Letters::render`] makes texts of it, and
//! [`Mailer::send`] hands a [`Letter`] with these texts to a mail server. Which letters are sent, how often they are
//! tried, and that none leaves twice is for the caller; [`MailOutcome`] says what may be tried again.

mod clean;
mod letters;
mod mailer;
mod message;
mod notice;
mod scope;
mod settings;
mod sources;
mod words;

pub use letters::{Letters, Rendered, TemplateFault};
pub use mailer::{MailOutcome, Mailer};
pub use message::{Letter, Person};
pub use notice::{Notice, NoticeKind, NoticeLine, NoticeTotal, NoticeTrack};
pub use settings::{BadMailSettings, MailSettings, Tls};
