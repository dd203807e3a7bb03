//! Reading a config: layers, then values, then what is wrong with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::layers::Layers;
use super::{Config, DEFAULT_FILE, Entry, Problem, Problems, Source};

/// A config with the source of each value.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    sources: BTreeMap<String, Source>,
}

impl Loaded {
    /// Reads the file at `path`, or [`DEFAULT_FILE`] if there is one, and the environment.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn load(path: Option<&Path>) -> Result<Self, Problems> {
        let file = path.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_owned);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if path.is_none() && error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                let what = format!("{} cannot be read: {error}", file.display());
                return Err(Problems(vec![Problem { source: Source::Default, field: String::new(), what }]));
            }
        };
        // Names or values that are not Unicode are none of ours.
        let env = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Self::read(&file, &text, env)
    }

    /// Reads a file's text and an environment.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn read(file: &Path, text: &str, env: impl Iterator<Item = (String, String)>) -> Result<Self, Problems> {
        let mut layers = Layers::default();
        layers.add_file(file, text);
        layers.add_env(env);
        let mut config = Config::take(&mut layers);
        config.follow_data_folder(|key| layers.is_default(key));
        layers.refuse_the_rest();
        let Layers { sources, mut problems, .. } = layers;
        // What could not be read has its default now: to judge that too would only confuse.
        let unread: Vec<_> = problems.iter().map(|p| p.field.clone()).collect();
        for (field, what) in config.findings().into_iter().filter(|(field, _)| !unread.contains(field)) {
            let source = sources.get(&field).cloned().unwrap_or(Source::Default);
            problems.push(Problem { source, field, what });
        }
        if problems.is_empty() { Ok(Self { config, sources }) } else { Err(Problems(problems)) }
    }

    /// Something that is wrong with a key, with its source.
    #[must_use]
    pub fn problem(&self, field: &str, what: String) -> Problem {
        let source = self.sources.get(field).cloned().unwrap_or(Source::Default);
        Problem { source, field: field.to_owned(), what }
    }

    /// Every key with its value and where it came from.
    pub fn entries(&self) -> impl Iterator<Item = (Entry, Source)> {
        self.config.entries().into_iter().map(|entry| {
            let source = self.sources.get(&entry.key).cloned().unwrap_or(Source::Default);
            (entry, source)
        })
    }
}
