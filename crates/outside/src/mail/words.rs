//! The sentences and labels of letters, in each language: files with lines `key = text`.

use std::collections::BTreeMap;

use super::clean::{many_lines, one_line};
use super::notice::Notice;

/// What a text may name in braces.
const PLACEHOLDERS: [&str; 5] = ["store_name", "order_number", "document_number", "customer_name", "status"];

/// Texts by key, with their placeholders.
pub(super) type Words = BTreeMap<String, String>;

/// The languages that are built in. English stands in for whatever another leaves out.
pub(super) const BUILT_IN: [(&str, &str); 3] = [
    ("en", include_str!("../../templates/mail/words/en.txt")),
    ("de", include_str!("../../templates/mail/words/de.txt")),
    ("fr", include_str!("../../templates/mail/words/fr.txt")),
];

/// Reads a file of words. Lines that are none come back with their number and what is wrong.
pub(super) fn parse(text: &str) -> (Words, Vec<(usize, String)>) {
    let mut words = Words::new();
    let mut faults = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match entry(line) {
            Ok((key, text)) => {
                words.insert(key.to_owned(), text.to_owned());
            }
            Err(reason) => faults.push((index + 1, reason)),
        }
    }
    (words, faults)
}

fn entry(line: &str) -> Result<(&str, &str), String> {
    let (key, text) = line.split_once('=').ok_or("a line is: key = text")?;
    let (key, text) = (key.trim(), text.trim());
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    // Keys of totals, statuses and payment methods are the caller's; all others are ours.
    let of_caller = || ["total_", "status_", "method_"].iter().any(|front| key.starts_with(front));
    let known = || built_in("en").contains_key(key) || of_caller();
    if !is_key || !known() {
        return Err(format!("no text is called {key}"));
    }
    match pieces(text).find_map(|piece| piece.err()) {
        Some(name) => Err(format!("{{{name}}} is none of {{{}}}", PLACEHOLDERS.join("}, {"))),
        None => Ok((key, text)),
    }
}

/// The words of a built-in language; none if it is not built in.
pub(super) fn built_in(language: &str) -> Words {
    let text = BUILT_IN.into_iter().find(|(name, _)| *name == language).map_or("", |(_, text)| text);
    let entries = text.lines().filter_map(|line| line.split_once('='));
    entries.map(|(key, text)| (key.trim().to_owned(), text.trim().to_owned())).collect()
}

/// What a status is called: `status_…` of its code, or else the code as people read it.
pub(super) fn status(words: &Words, code: &str) -> String {
    let readable = || {
        let text = code.replace('_', " ");
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    words.get(&format!("status_{code}")).cloned().unwrap_or_else(readable)
}

/// What a payment method is called: `method_…` of its code, or else what the shop calls it.
pub(super) fn method(words: &Words, name: &str) -> String {
    words.get(&format!("method_{name}")).cloned().unwrap_or_else(|| name.to_owned())
}

/// The words with the notice's own in place of the placeholders. What was put in is not looked through again.
pub(super) fn filled(words: &Words, notice: &Notice) -> Words {
    words.iter().map(|(key, text)| (key.clone(), fill(text, notice))).collect()
}

fn fill(text: &str, notice: &Notice) -> String {
    let fill_piece = |piece| match piece {
        Ok(Piece::Text(text)) => text.to_owned(),
        Ok(Piece::Value(name)) => value(name, notice),
        Err(name) => format!("{{{name}}}"),
    };
    one_line(&pieces(text).map(fill_piece).collect::<String>())
}

fn value(name: &str, notice: &Notice) -> String {
    many_lines(match name {
        "store_name" => &notice.store_name,
        "order_number" => &notice.order_number,
        "document_number" => &notice.document_number,
        "customer_name" => &notice.customer_name,
        "status" => &notice.status,
        _ => "",
    })
}

enum Piece<'a> {
    Text(&'a str),
    /// A placeholder that there is.
    Value(&'a str),
}

/// A text as plain pieces and placeholders; a name in braces that is no placeholder is an error.
fn pieces(text: &str) -> impl Iterator<Item = Result<Piece<'_>, &str>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let named = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        if let Some((name, after)) = named {
            rest = after;
            return Some(if PLACEHOLDERS.contains(&name) { Ok(Piece::Value(name)) } else { Err(name) });
        }
        let end = rest.char_indices().skip(1).find(|(_, letter)| *letter == '{').map_or(rest.len(), |(index, _)| index);
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(Ok(Piece::Text(piece)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_languages_say_the_same_things() {
        let english = built_in("en");
        assert!(english.len() > 40);
        for (language, text) in BUILT_IN {
            let (words, faults) = parse(text);
            assert_eq!(faults, [], "{language}");
            assert_eq!(words, built_in(language), "{language}");
            assert!(words.keys().eq(english.keys()), "{language} has other keys than English");
            for (key, text) in &words {
                let named = |text: &str| PLACEHOLDERS.map(|name| text.contains(&format!("{{{name}}}")));
                assert_eq!(named(text), named(&english[key]), "{language}: {key}");
            }
        }
    }

    #[test]
    fn faults_name_their_lines() {
        let (words, faults) =
            parse("# a comment\n\norder_title = Hi = there\nnonsense\nno_such = x\ngreeting = {name}\n");
        assert_eq!(words.into_iter().collect::<Vec<_>>(), [("order_title".to_owned(), "Hi = there".to_owned())]);
        let lines: Vec<_> = faults.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [4, 5, 6], "{faults:?}");
        assert!(faults[2].1.starts_with("{name} is none of {store_name}, {"), "{faults:?}");
    }

    #[test]
    fn texts_are_cut_into_pieces_once() {
        let shown = |text| {
            let pieces = pieces(text).map(|piece| match piece {
                Ok(Piece::Text(text)) => text.to_owned(),
                Ok(Piece::Value(name)) => format!("<{name}>"),
                Err(name) => format!("?{name}?"),
            });
            pieces.collect::<String>()
        };
        assert_eq!(shown("a {status} b {x} {"), "a <status> b ?x? {");
        assert_eq!(shown("{status}{status}"), "<status><status>");
        assert_eq!(shown(""), "");
    }
}
