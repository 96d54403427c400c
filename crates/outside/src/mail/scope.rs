//! The templates and words that hold for one store and one language.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::io::{self, Write};

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::letters::TemplateFault;
use super::sources::{BUILT_IN, Level, Source, Sources};
use super::words::{self, Words};

/// How many steps a template may take. A letter with a thousand lines takes a tenth of it.
const FUEL: u64 = 2_000_000;
/// The longest text that a template may make.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The language of what is said in no other.
pub(super) const DEFAULT_LANGUAGE: &str = "en";

/// All that is needed to write a letter to a store's customers in a language.
pub(super) struct Scope {
    /// `de` or `de_AT`.
    pub language: String,
    pub words: Words,
    /// The user's templates that hold here, by name.
    own: BTreeMap<String, Source>,
    templates: Environment<'static>,
}

impl Scope {
    pub fn new(sources: &Sources, store: Option<&str>, language: &str) -> Scope {
        let levels = levels(store, language);
        let mut own = BTreeMap::new();
        // From what goes last to what goes first, so that the first stays.
        for level in levels.iter().rev() {
            let of_level = sources.templates.iter().filter(|((of, _), _)| of == level);
            own.extend(of_level.map(|((_, name), source)| (name.clone(), source.clone())));
        }
        Scope {
            language: language.to_owned(),
            words: words(sources, &levels, language),
            templates: environment(own.clone()),
            own,
        }
    }

    /// A scope of nothing but what is built in.
    pub fn built_in() -> Scope {
        Scope::new(&Sources::default(), None, DEFAULT_LANGUAGE)
    }

    /// Makes a text of a template.
    pub fn render(&self, name: &str, context: &Value) -> Result<String, TemplateFault> {
        let mut text = Bounded(Vec::new());
        let made = self
            .templates
            .get_template(name)
            .and_then(|found| found.render_captured_to(context.clone(), &mut text).map(drop));
        made.map_err(|error| self.fault(name, &error))?;
        // Templates write characters, never parts of one.
        Ok(String::from_utf8(text.0).expect("what a template writes is UTF-8"))
    }

    fn fault(&self, asked: &str, error: &Error) -> TemplateFault {
        let innermost = innermost(error);
        let name = innermost.name().unwrap_or(asked);
        let file = self.own.get(name).map_or_else(|| format!("built-in {name}"), |source| source.file.clone());
        TemplateFault { file, line: innermost.line(), reason: reason(innermost) }
    }
}

/// Where a template is looked for, first to last: what is said of a store goes before what is said of a language.
fn levels(store: Option<&str>, language: &str) -> Vec<Level> {
    let mut languages = vec![Some(language)];
    languages.extend(language.split_once('_').map(|(alone, _)| Some(alone)));
    languages.push(None);
    let mut stores = vec![None];
    if store.is_some() {
        stores.insert(0, store);
    }
    let level = |store: Option<&str>, language: Option<&str>| Level {
        store: store.map(str::to_owned),
        language: language.map(str::to_owned),
    };
    stores.iter().flat_map(|store| languages.iter().map(move |language| level(*store, *language))).collect()
}

/// The words that hold, text by text. Those that are built in for the language go before a user's that are for no
/// language: a sentence that was put differently in English is no German one.
fn words(sources: &Sources, levels: &[Level], language: &str) -> Words {
    let mut all = words::built_in(DEFAULT_LANGUAGE);
    let alone = language.split('_').next().unwrap_or(language);
    let everyone = Level::default();
    for level in levels.iter().rev() {
        all.extend(sources.words.get(level).cloned().unwrap_or_default());
        if *level == everyone && alone != DEFAULT_LANGUAGE {
            all.extend(words::built_in(alone));
        }
    }
    all
}

/// What is wrong with the form of a template, if anything.
pub(super) fn syntax_fault(name: &str, file: &str, text: &str) -> Option<TemplateFault> {
    let environment = environment(BTreeMap::new());
    let error = environment.template_from_named_str(name, text).err()?;
    Some(TemplateFault { file: file.to_owned(), line: error.line(), reason: reason(&error) })
}

fn environment(own: BTreeMap<String, Source>) -> Environment<'static> {
    let mut environment = Environment::new();
    // A line that holds only a tag leaves no empty line behind.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.expect("the usual delimiters are good ones"));
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
        .set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    environment.set_loader(move |name| {
        let built_in = || BUILT_IN.into_iter().find(|(known, _)| *known == name).map(|(_, text)| text.to_owned());
        Ok(own.get(name).map(|source| source.text.clone()).or_else(built_in))
    });
    environment
}

/// Of an error in a part, the one that names the part.
fn innermost(error: &Error) -> &Error {
    let mut innermost = error;
    let mut source = error.source();
    while let Some(error) = source {
        innermost = error.downcast_ref::<Error>().unwrap_or(innermost);
        source = error.source();
    }
    innermost
}

fn reason(error: &Error) -> String {
    match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => format!("it takes more than {FUEL} steps"),
        (ErrorKind::WriteFailure, _) => format!("it makes more than {MOST_BYTES} bytes"),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    }
}

/// Memory that does not grow without end.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST_BYTES {
            return Err(io::Error::other("too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
