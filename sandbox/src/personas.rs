//! Simulated callees: who they are (files), which number reaches whom (the number plan), what they can say (clips), and
//! how one of them behaves on a call (a machine over the time that its caller gives).

pub(crate) mod callee;
pub(crate) mod clips;
mod embedded;
mod file;
pub(crate) mod persona;
pub(crate) mod plan;

use std::fmt;

/// What is wrong in a persona file, a number plan or a clip: where, what, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonaError {
    /// The file, as it was named.
    pub file: String,
    /// Line in the file, from 1; `None` when the whole file is meant.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub text: String,
}

impl PersonaError {
    /// Trouble with a whole file.
    pub(crate) fn whole(file: &str, text: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, text: text.into() }
    }

    /// Trouble at a byte offset of the file's text.
    pub(crate) fn at(file: &str, source: &str, offset: usize, text: impl Into<String>) -> Self {
        let before = source.as_bytes().get(..offset).unwrap_or(source.as_bytes());
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Self { file: file.to_owned(), line: Some(line), text: text.into() }
    }

    /// What the TOML reader found, with the nearest known field where a name was unknown.
    pub(crate) fn from_toml(file: &str, source: &str, error: &toml::de::Error) -> Self {
        let message = error.message();
        let text = match unknown_field(message) {
            None => message.to_owned(),
            Some((unknown, known)) => format!("unknown field {unknown:?}; {}", suggestion(unknown, &known)),
        };
        match error.span() {
            Some(span) => Self::at(file, source, span.start, text),
            None => Self::whole(file, text),
        }
    }
}

impl fmt::Display for PersonaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.text),
            None => write!(f, "{}: {}", self.file, self.text),
        }
    }
}

impl std::error::Error for PersonaError {}

/// "did you mean x?" for a name that is near a known one, else the list of the known ones.
pub(crate) fn suggestion<'a>(wrong: &str, known: &[&'a str]) -> String {
    let near = |name: &&'a str| strsim::jaro_winkler(wrong, name);
    let best = known.iter().copied().max_by(|a, b| near(a).total_cmp(&near(b)));
    match best.filter(|name| near(name) >= 0.75) {
        Some(name) => format!("did you mean {name:?}?"),
        None => format!("known are: {}", known.join(", ")),
    }
}

/// Takes the names out of serde's "unknown field `x`, expected one of `a`, `b`".
fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    if !message.starts_with("unknown field") && !message.starts_with("unknown variant") {
        return None;
    }
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next()?;
    Some((unknown, names.collect()))
}
