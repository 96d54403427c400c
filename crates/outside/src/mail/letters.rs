//! How letters read: templates and words, and what is made of a notice with them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use minijinja::Value;
use minijinja::value::Serde;
use serde::Serialize;

use super::clean::{many_lines, one_line, without_tags};
use super::notice::{Notice, NoticeKind, NoticeLine, NoticeTotal, NoticeTrack};
use super::scope::{DEFAULT_LANGUAGE, Scope};
use super::sources::{self, Sources};
use super::words::{self, Words};

/// All templates, in all languages, for all stores. They are read once; `docs/mail.md` says where they are looked for
/// and what they may name.
pub struct Letters {
    /// By store, where it has files of its own, and language.
    scopes: BTreeMap<(Option<String>, String), Scope>,
    built_in: Scope,
    faults: Vec<TemplateFault>,
}

/// A letter's texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    pub html: String,
    pub text: String,
    /// A user's templates that failed. What is built in has taken their place, so the letter can leave; somebody should
    /// know all the same.
    pub faults: Vec<TemplateFault>,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFault {
    /// Its file, or `built-in` and its name.
    pub file: String,
    pub line: Option<usize>,
    pub reason: String,
}

impl Letters {
    /// The built-in letters, and before them what is found in a user's folder. [`Letters::faults`] tells what in the
    /// folder cannot be used.
    pub fn new(folder: Option<&Path>) -> Letters {
        let (sources, faults) = folder.map_or_else(|| (Sources::default(), Vec::new()), sources::read);
        Letters { scopes: scopes(&sources), built_in: Scope::built_in(), faults }
    }

    /// What is wrong in the folder, as far as it shows before a letter is written. These files are left out.
    pub fn faults(&self) -> &[TemplateFault] {
        &self.faults
    }

    /// Writes the letter of a notice. A user's template that fails is replaced by the built-in one and told of in
    /// [`Rendered::faults`]; it is an error only if that fails too, which takes a notice of absurd size.
    pub fn render(&self, notice: &Notice) -> Result<Rendered, TemplateFault> {
        let scope = self.scope(notice);
        let notice = &Notice { status: words::status(&scope.words, &notice.status), ..notice.clone() };
        let words = words::filled(&scope.words, notice);
        let kind = notice.kind.as_str();
        let subject = words.get(&format!("{kind}_subject")).cloned().unwrap_or_default();
        let context = Value::from(Serde(View::new(notice, scope, &words, &subject)));
        let mut faults = Vec::new();
        let mut part = |name: String| {
            scope.render(&name, &context).or_else(|fault| {
                faults.push(fault);
                self.built_in.render(&name, &context)
            })
        };
        let html = part(format!("{kind}.html"))?;
        let text = tidy(&part(format!("{kind}.txt"))?);
        Ok(Rendered { subject, html, text, faults })
    }

    fn scope(&self, notice: &Notice) -> &Scope {
        let locale = notice.locale.replace('-', "_");
        let language = locale.split('_').next().unwrap_or_default();
        let find = |store: Option<&str>| {
            let of_language = |language: &str| self.scopes.get(&(store.map(str::to_owned), language.to_owned()));
            of_language(&locale).or_else(|| of_language(language)).or_else(|| of_language(DEFAULT_LANGUAGE))
        };
        find(Some(&notice.store_code)).or_else(|| find(None)).unwrap_or(&self.built_in)
    }
}

fn scopes(sources: &Sources) -> BTreeMap<(Option<String>, String), Scope> {
    let levels = || sources.templates.keys().map(|(level, _)| level).chain(sources.words.keys());
    let own_languages = levels().filter_map(|level| level.language.clone());
    let built_in = words::BUILT_IN.into_iter().map(|(language, _)| language.to_owned());
    let languages: BTreeSet<String> = own_languages.chain(built_in).collect();
    let stores: BTreeSet<Option<String>> = levels().map(|level| level.store.clone()).chain([None]).collect();
    let pairs = stores.iter().flat_map(|store| languages.iter().map(move |language| (store.clone(), language.clone())));
    pairs
        .map(|(store, language)| ((store.clone(), language.clone()), Scope::new(sources, store.as_deref(), &language)))
        .collect()
}

/// What a template can name: a notice with its texts cleaned, and the words.
#[derive(Serialize)]
struct View<'a> {
    kind: &'static str,
    /// `de-AT`, as HTML has it.
    language: String,
    subject: &'a str,
    words: &'a Words,
    store_code: String,
    store_name: String,
    /// None unless it may be a link.
    store_url: Option<String>,
    order_number: String,
    document_number: String,
    customer_name: String,
    recipient: String,
    order_date: String,
    lines: Vec<ViewLine>,
    totals: Vec<ViewTotal>,
    billing_address: Vec<String>,
    shipping_address: Vec<String>,
    shipping_method: String,
    payment_method: String,
    tracks: Vec<ViewTrack>,
    status: String,
    comment: String,
}

#[derive(Serialize)]
struct ViewLine {
    sku: String,
    name: String,
    quantity: String,
    total: String,
}

#[derive(Serialize)]
struct ViewTotal {
    key: String,
    label: String,
    text: String,
}

#[derive(Serialize)]
struct ViewTrack {
    title: String,
    number: String,
}

impl<'a> View<'a> {
    fn new(notice: &Notice, scope: &Scope, words: &'a Words, subject: &'a str) -> View<'a> {
        let Notice {
            kind,
            store_code,
            store_name,
            store_url,
            locale: _,
            order_number,
            document_number,
            customer_name,
            recipient,
            order_date,
            lines,
            totals,
            billing_address,
            shipping_address,
            shipping_method,
            payment_method,
            tracks,
            status,
            comment,
        } = notice;
        View {
            kind: NoticeKind::as_str(*kind),
            language: scope.language.replace('_', "-"),
            subject,
            words,
            store_code: one_line(store_code),
            store_name: one_line(store_name),
            store_url: link(store_url),
            order_number: one_line(order_number),
            document_number: one_line(document_number),
            customer_name: one_line(customer_name),
            recipient: one_line(recipient),
            order_date: one_line(order_date),
            lines: lines.iter().map(view_line).collect(),
            totals: totals.iter().map(|total| view_total(total, words)).collect(),
            billing_address: address(billing_address),
            shipping_address: address(shipping_address),
            shipping_method: one_line(shipping_method),
            payment_method: one_line(&words::method(words, payment_method)),
            tracks: tracks.iter().map(view_track).collect(),
            status: one_line(status),
            comment: without_tags(&many_lines(comment)),
        }
    }
}

fn view_line(line: &NoticeLine) -> ViewLine {
    let NoticeLine { sku, name, quantity, total } = line;
    ViewLine { sku: one_line(sku), name: one_line(name), quantity: one_line(quantity), total: one_line(total) }
}

fn view_total(total: &NoticeTotal, words: &Words) -> ViewTotal {
    let NoticeTotal { key, text } = total;
    let label = words.get(&format!("total_{key}")).cloned().unwrap_or_else(|| one_line(&key.replace('_', " ")));
    ViewTotal { key: one_line(key), label, text: one_line(text) }
}

fn view_track(track: &NoticeTrack) -> ViewTrack {
    let NoticeTrack { title, number } = track;
    ViewTrack { title: one_line(title), number: one_line(number) }
}

fn address(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| one_line(line)).filter(|line| !line.is_empty()).collect()
}

/// An address that a reader may be led to: escaping alone would let `javascript:` through.
fn link(url: &str) -> Option<String> {
    let url = one_line(url);
    (url.starts_with("https://") || url.starts_with("http://")).then_some(url)
}

/// A text without spaces at the ends of lines and without more than one empty line at a time, which templates leave
/// where something is not said.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut empty = true;
    for line in text.lines().map(str::trim_end) {
        if !(line.is_empty() && empty) {
            tidy.push_str(line);
            tidy.push('\n');
        }
        empty = line.is_empty();
    }
    tidy.truncate(tidy.trim_end().len());
    tidy.push('\n');
    tidy
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}, line {line}: {}", self.file, self.reason),
            None => write!(out, "{}: {}", self.file, self.reason),
        }
    }
}

impl std::error::Error for TemplateFault {}

#[cfg(test)]
mod tests;
