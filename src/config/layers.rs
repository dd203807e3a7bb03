//! The layers that a config is made of: file, then environment, which wins. Every value keeps its source.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::aliases;
use super::problem::{Problem, Source, did_you_mean};
use super::value::{Raw, Value};

/// How a key is spelt in the environment: `VOXGATE__SERVER__BIND` for `server.bind`.
const ENV_PREFIX: &str = "VOXGATE__";

/// Values by key, as in `server.bind`, until somebody asks for them.
#[derive(Debug, Default)]
pub(super) struct Layers {
    values: BTreeMap<String, (Raw, Source)>,
    /// Where the value of each key that was asked for came from.
    pub(super) sources: BTreeMap<String, Source>,
    known: Vec<String>,
    pub(super) problems: Vec<Problem>,
}

impl Layers {
    /// Reads a config file's text.
    pub(super) fn add_file(&mut self, path: &Path, text: &str) {
        let source = |at: usize| Source::File { path: path.to_owned(), line: line_of(text, at) };
        match DeTable::parse(text) {
            Ok(table) => self.add_table("", table.get_ref(), &source),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let what = error.message().replace('\n', ", ");
                self.problems.push(Problem { source: source(at), field: String::new(), what });
            }
        }
    }

    fn add_table(&mut self, prefix: &str, table: &DeTable<'_>, source: &dyn Fn(usize) -> Source) {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            if let DeValue::Table(inner) = value.get_ref()
                && !inner.is_empty()
            {
                self.add_table(&format!("{name}."), inner, source);
            } else {
                self.add(name, raw(value.get_ref()), source(key.span().start));
            }
        }
    }

    /// Takes what begins with [`ENV_PREFIX`].
    pub(super) fn add_env(&mut self, env: impl Iterator<Item = (String, String)>) {
        for (name, text) in env {
            if let Some(rest) = name.strip_prefix(ENV_PREFIX) {
                let key = rest.to_lowercase().replace("__", ".");
                self.add(key, Raw::Untyped(text), Source::Env { name });
            }
        }
    }

    fn add(&mut self, key: String, value: Raw, source: Source) {
        match aliases::resolve(&key, value) {
            Ok((key, value)) => {
                let before = self.values.insert(key.clone(), (value, source.clone()));
                if let (Some((_, Source::File { line, .. })), Source::File { .. }) = (before, &source) {
                    let what = format!("is set in line {line} too, by another of its names");
                    self.problems.push(Problem { source, field: key, what });
                }
            }
            Err(what) => self.problems.push(Problem { source, field: key, what }),
        }
    }

    /// The names between `providers.` and the next dot.
    pub(super) fn names_below(&self, section: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .values
            .keys()
            .filter_map(|key| key.strip_prefix(section)?.strip_prefix('.')?.split_once('.'))
            .map(|(name, _)| name.to_owned())
            .collect();
        names.dedup();
        names
    }

    /// Takes a key's value, or its default where it is not set or not readable.
    pub(super) fn take<T: Value>(&mut self, section: &str, key: &str, default: T) -> T {
        let field = format!("{section}.{key}");
        self.known.push(field.clone());
        let Some((raw, source)) = self.values.remove(&field) else {
            self.sources.insert(field, Source::Default);
            return default;
        };
        self.sources.insert(field.clone(), source.clone());
        T::parse(&raw).unwrap_or_else(|what| {
            self.problems.push(Problem { source, field, what });
            default
        })
    }

    /// Whether nobody set a key that was asked for.
    pub(super) fn is_default(&self, field: &str) -> bool {
        self.sources.get(field) == Some(&Source::Default)
    }

    /// Whatever nobody asked for is unknown.
    pub(super) fn refuse_the_rest(&mut self) {
        for (field, (raw, source)) in std::mem::take(&mut self.values) {
            let section = field.rsplit_once('.').map_or("", |(section, _)| section);
            if raw == Raw::Other("a table") && self.known.iter().any(|k| k.starts_with(&format!("{field}."))) {
                continue;
            }
            let what = format!("unknown key{}", self.nearest(&field, section));
            self.problems.push(Problem { source, field, what });
        }
    }

    fn nearest(&self, field: &str, section: &str) -> String {
        let prefix = format!("{section}.");
        let siblings: Vec<_> = self.known.iter().filter_map(|key| key.strip_prefix(&prefix)).collect();
        if siblings.is_empty() {
            return did_you_mean(
                field,
                self.known.iter().map(String::as_str).chain(aliases::names().map(|(name, _, _)| name)),
            );
        }
        did_you_mean(field.strip_prefix(&prefix).unwrap_or(field), siblings.into_iter())
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Raw::Other("a number this large"), Raw::Integer)
        }
        DeValue::Float(number) => number.as_str().parse().map_or(Raw::Other("such a number"), Raw::Float),
        DeValue::Boolean(yes) => Raw::Bool(*yes),
        DeValue::Array(items) => Raw::List(items.iter().map(|item| raw(item.get_ref())).collect()),
        DeValue::Datetime(_) => Raw::Other("a date"),
        DeValue::Table(_) => Raw::Other("a table"),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}
