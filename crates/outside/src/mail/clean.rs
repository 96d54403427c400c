//! Text from elsewhere, made fit for a header, a letter or a log.

/// One line: whatever would end it, or steer a terminal, becomes a single space. Spaces that do not break stay: prices
/// have them.
pub(super) fn one_line(text: &str) -> String {
    let breaks = |letter: char| letter == ' ' || letter.is_control() || is_line_separator(letter);
    text.split(breaks).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Text that may have several lines; control characters other than the line's end and the tab are left out.
pub(super) fn many_lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|letter| matches!(letter, '\n' | '\t') || !letter.is_control()).collect()
}

/// At most so many characters, so that what a stranger says cannot fill a log or a column.
pub(super) fn clipped(text: &str, most: usize) -> String {
    let line = one_line(text);
    match line.char_indices().nth(most) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

/// The text without its tags, as shops expect comments to be mailed: what stands between `<` and its `>` goes, with
/// quotes and tags within tags respected; a tag or comment that never ends takes the rest with it; `<` before a space
/// is just a sign.
pub(super) fn without_tags(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        kept.push_str(&rest[..start]);
        let tag = &rest[start..];
        if tag[1..].starts_with(char::is_whitespace) {
            kept.push('<');
            rest = &tag[1..];
        } else {
            rest = &tag[tag_length(tag)..];
        }
    }
    kept.push_str(rest);
    kept.trim().to_owned()
}

/// How many bytes the tag at the start takes; all of the text when it does not end.
fn tag_length(text: &str) -> usize {
    if let Some(comment) = text.strip_prefix("<!--") {
        return comment.find("-->").map_or(text.len(), |end| "<!--".len() + end + "-->".len());
    }
    let mut depth = 0_u32;
    let mut quote = None;
    for (index, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '<') => depth += 1,
            (None, '>') if depth == 1 => return index + 1,
            (None, '>') => depth -= 1,
            (None, _) => {}
        }
    }
    text.len()
}

/// Unicode's own ends of line, which some mail programs honour.
fn is_line_separator(letter: char) -> bool {
    matches!(letter, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_a_line() {
        assert_eq!(one_line("Anna\r\nBcc: all@example.com"), "Anna Bcc: all@example.com");
        assert_eq!(one_line("  a\u{2028}b\u{0}c\t d\u{85}e "), "a b c d e");
        assert_eq!(one_line("Zoë 東京 🚚 129\u{a0}€"), "Zoë 東京 🚚 129\u{a0}€");
    }

    #[test]
    fn lines_keep_their_ends_and_lose_what_steers_terminals() {
        assert_eq!(many_lines("a\r\nb\rc\n\td\u{1b}[31m\u{0}"), "a\nb\nc\n\td[31m");
    }

    #[test]
    fn tags_are_stripped() {
        for (text, expected) in [
            ("It is <b>on its way</b>.", "It is on its way."),
            ("<p title=\"a > b\">text</p>", "text"),
            ("<script>alert(1)</script>", "alert(1)"),
            ("2 < 3, and 4 > 3", "2 < 3, and 4 > 3"),
            ("a <!-- <b> secret --> b", "a  b"),
            ("a <!-- never ends", "a"),
            ("cut <here", "cut"),
            ("<<b>twice</b>>done", "done"),
            ("<", ""),
            ("größer <i>später</i> 🚚", "größer später 🚚"),
        ] {
            assert_eq!(without_tags(text), expected, "{text}");
        }
    }

    #[test]
    fn long_replies_are_clipped_between_characters() {
        assert_eq!(clipped("äöü", 3), "äöü");
        assert_eq!(clipped("äöü", 2), "äö…");
    }
}
