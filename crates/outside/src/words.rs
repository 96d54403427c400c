//! Words that the sandboxes obey.

/// The words that stand in a text, each between other characters than letters and digits. One with a prefix is another word;
/// no prefix comes last.
pub(crate) fn said_in(text: &str, prefixes: &[&str], words: &[&str]) -> Vec<String> {
    let mut rest = text.to_lowercase();
    let mut said = Vec::new();
    for prefix in prefixes {
        for word in words {
            let word = format!("{prefix}{word}");
            let is_between = |at: usize| {
                let (before, after) = (&rest[..at], &rest[at + word.len()..]);
                !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
            };
            if rest.match_indices(&word).any(|(at, _)| is_between(at)) {
                rest = rest.replace(&word, " ");
                said.push(word);
            }
        }
    }
    said
}
