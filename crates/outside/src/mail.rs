//! Mail: what a letter is about ([`Notice`]) and how it reads ([`Letters`]).

mod clean;
mod letters;
mod notice;
mod scope;
mod sources;
mod words;

pub use letters::{Letters, Rendered, TemplateFault};
pub use notice::{Notice, NoticeKind, NoticeLine, NoticeTotal, NoticeTrack};
