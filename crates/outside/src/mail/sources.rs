//! Where templates come from: those that are built in, and a user's folder that goes before them.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::letters::TemplateFault;
use super::scope::syntax_fault;
use super::words::{self, Words};

/// The largest file that is read; a template is a few thousand characters.
const MOST_BYTES: u64 = 256 * 1024;

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../templates/mail/", $name)))),*]
    };
}

/// Every template by its name. A user's file of the same name takes its place.
pub(super) const BUILT_IN: [(&str, &str); 30] = built_in![
    "layout.html",
    "layout.txt",
    "_addresses.html",
    "_addresses.txt",
    "_comment.html",
    "_comment.txt",
    "_facts.html",
    "_facts.txt",
    "_lines.html",
    "_lines.txt",
    "_methods.html",
    "_methods.txt",
    "_tracks.html",
    "_tracks.txt",
    "order.html",
    "order.txt",
    "invoice.html",
    "invoice.txt",
    "shipment.html",
    "shipment.txt",
    "credit_memo.html",
    "credit_memo.txt",
    "order_comment.html",
    "order_comment.txt",
    "invoice_comment.html",
    "invoice_comment.txt",
    "shipment_comment.html",
    "shipment_comment.txt",
    "credit_memo_comment.html",
    "credit_memo_comment.txt",
];

/// Whom a file in a user's folder is for; what is not said is everyone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Level {
    pub store: Option<String>,
    /// `de` or `de_AT`.
    pub language: Option<String>,
}

/// A template that a user wrote.
#[derive(Clone)]
pub(super) struct Source {
    /// Its file, as the user knows it.
    pub file: String,
    pub text: String,
}

/// All that a user wrote and that can be read.
#[derive(Default)]
pub(super) struct Sources {
    pub templates: BTreeMap<(Level, String), Source>,
    pub words: BTreeMap<Level, Words>,
}

/// Reads a folder, once. What is wrong in it is told and left out, so that its neighbours still count.
pub(super) fn read(folder: &Path) -> (Sources, Vec<TemplateFault>) {
    let mut reader = Reader::default();
    reader.folder(folder, &Level::default());
    (reader.sources, reader.faults)
}

#[derive(Default)]
struct Reader {
    sources: Sources,
    faults: Vec<TemplateFault>,
}

impl Reader {
    fn folder(&mut self, folder: &Path, level: &Level) {
        let entries = match entries(folder) {
            Ok(entries) => entries,
            Err(error) => return self.fault(folder, error.to_string()),
        };
        for name in entries.into_iter().filter(|name| !name.starts_with('.')) {
            let path = folder.join(&name);
            if !path.is_dir() {
                self.file(&path, level, name);
            } else if name == "stores" && *level == Level::default() {
                self.stores(&path);
            } else if level.language.is_none() && is_language(&name) {
                self.folder(&path, &Level { language: Some(name), ..level.clone() });
            } else {
                self.fault(&path, "a folder is called stores, or after a language: de, de_AT");
            }
        }
    }

    fn stores(&mut self, folder: &Path) {
        match entries(folder) {
            Ok(stores) => stores.into_iter().filter(|store| !store.starts_with('.')).for_each(|store| {
                self.folder(&folder.join(&store), &Level { store: Some(store), language: None });
            }),
            Err(error) => self.fault(folder, error.to_string()),
        }
    }

    fn file(&mut self, path: &Path, level: &Level, name: String) {
        let text = match text(path) {
            Ok(text) => text,
            Err(error) => return self.fault(path, error.to_string()),
        };
        let file = path.display().to_string();
        if name == "words.txt" {
            let (words, faults) = words::parse(&text);
            self.sources.words.insert(level.clone(), words);
            let faults = faults.into_iter();
            self.faults.extend(faults.map(|(line, reason)| TemplateFault {
                file: file.clone(),
                line: Some(line),
                reason,
            }));
        } else if !is_template(&name) {
            self.fault(path, "no template has this name; parts of your own begin with _ and end with .html or .txt");
        } else if let Some(fault) = syntax_fault(&name, &file, &text) {
            self.faults.push(fault);
        } else {
            self.sources.templates.insert((level.clone(), name), Source { file, text });
        }
    }

    fn fault(&mut self, path: &Path, reason: impl Into<String>) {
        self.faults.push(TemplateFault { file: path.display().to_string(), line: None, reason: reason.into() });
    }
}

/// The names in a folder, in an order that is the same everywhere.
fn entries(folder: &Path) -> io::Result<Vec<String>> {
    let names = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<io::Result<Vec<String>>>()?;
    names.sort();
    Ok(names)
}

fn text(path: &Path) -> io::Result<String> {
    if std::fs::metadata(path)?.len() > MOST_BYTES {
        return Err(io::Error::other(format!("it is larger than {MOST_BYTES} bytes")));
    }
    std::fs::read_to_string(path)
}

fn is_template(name: &str) -> bool {
    let is_part = name.starts_with('_') && (name.ends_with(".html") || name.ends_with(".txt"));
    is_part || BUILT_IN.iter().any(|(known, _)| *known == name)
}

fn is_language(name: &str) -> bool {
    let lower = |text: &str| matches!(text.len(), 2 | 3) && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let upper = |text: &str| matches!(text.len(), 2..=4) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match name.split_once('_') {
        Some((language, place)) => lower(language) && upper(place),
        None => lower(name),
    }
}
