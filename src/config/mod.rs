//! The config: `voxgate.toml`, and `VOXGATE__SECTION__KEY` in the environment, which wins.
//!
//! One struct per section, one file each; every key has its sentence, its unit and its default there. Reading is
//! [`Loaded::read`], which refuses what it does not know and says where every value came from. Nothing here opens a
//! socket, and only [`Loaded::load`] and [`Provider::secret`] read files.

mod aliases;
mod calls;
mod layers;
mod limits;
mod media;
mod problem;
mod providers;
mod recordings;
mod retry;
mod secret;
mod section;
mod server;
mod speech;
mod store;
mod telemetry;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use voxgate_core::time::Micros;

pub use calls::Calls;
pub use limits::Limits;
pub use media::Media;
pub use problem::{Problem, Problems, Source};
pub use providers::Provider;
pub use recordings::Recordings;
pub use retry::Retry;
pub use secret::Secret;
pub use section::Entry;
pub use server::Server;
pub use speech::Speech;
pub use store::Store;
pub use telemetry::Telemetry;

use self::layers::Layers;
use self::problem::did_you_mean;

/// The file that is read where none is named.
pub const DEFAULT_FILE: &str = "voxgate.toml";

/// Everything that can be set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The listener for API and callbacks.
    pub server: Server,
    /// The listener for audio.
    pub media: Media,
    /// What this deployment takes on.
    pub limits: Limits,
    /// What outlives the process.
    pub store: Store,
    /// Recordings of calls.
    pub recordings: Recordings,
    /// Recognisers and synthesisers.
    pub speech: Speech,
    /// How calls are placed.
    pub calls: Calls,
    /// Request retries.
    pub retry: Retry,
    /// Providers by name.
    pub providers: BTreeMap<String, Provider>,
    /// What is logged.
    pub telemetry: Telemetry,
}

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
        let config = Config::take(&mut layers);
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

impl Config {
    fn take(layers: &mut Layers) -> Self {
        let names = layers.names_below("providers");
        Self {
            server: Server::read(layers, "server"),
            media: Media::read(layers, "media"),
            limits: Limits::read(layers, "limits"),
            store: Store::read(layers, "store"),
            recordings: Recordings::read(layers, "recordings"),
            speech: Speech::read(layers, "speech"),
            calls: Calls::read(layers, "calls"),
            retry: Retry::read(layers, "retry"),
            providers: names
                .into_iter()
                .map(|name| {
                    let provider = Provider::read(layers, &format!("providers.{name}"));
                    (name, provider)
                })
                .collect(),
            telemetry: Telemetry::read(layers, "telemetry"),
        }
    }

    /// Every key with its value.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = self.server.entries("server");
        entries.extend(self.media.entries("media"));
        entries.extend(self.limits.entries("limits"));
        entries.extend(self.store.entries("store"));
        entries.extend(self.recordings.entries("recordings"));
        entries.extend(self.speech.entries("speech"));
        entries.extend(self.calls.entries("calls"));
        entries.extend(self.retry.entries("retry"));
        entries.extend(self.telemetry.entries("telemetry"));
        for (name, provider) in &self.providers {
            entries.extend(provider.entries(&format!("providers.{name}")));
        }
        entries
    }

    /// What is wrong with the values as they stand: the key and what to do. Pure.
    #[must_use]
    pub fn findings(&self) -> Vec<(String, String)> {
        let sections = [
            ("server", self.server.findings()),
            ("media", self.media.findings()),
            ("limits", self.limits.findings()),
            ("speech", self.speech.findings()),
            ("calls", self.calls.findings()),
            ("retry", self.retry.findings()),
            ("telemetry", self.telemetry.findings()),
        ];
        let mut findings = Vec::new();
        for (section, found) in sections {
            findings.extend(found.into_iter().map(|(key, what)| (format!("{section}.{key}"), what)));
        }
        for (name, provider) in &self.providers {
            if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
                let what = "a provider's name is made of a to z, 0 to 9 and _, for it stands in addresses".to_owned();
                findings.push((format!("providers.{name}"), what));
            }
            findings
                .extend(provider.findings().into_iter().map(|(key, what)| (format!("providers.{name}.{key}"), what)));
        }
        findings.extend(self.provider_finding());
        findings.extend(self.reach_findings());
        findings
    }

    /// A provider out on the internet reaches us by name and over TLS only.
    fn reach_findings(&self) -> Vec<(String, String)> {
        let chosen = self.calls.provider.as_ref().and_then(|name| self.providers.get(name));
        if chosen.is_none_or(|provider| provider.base_url.is_some()) {
            return Vec::new();
        }
        let mut findings = Vec::new();
        if self.server.public_url.as_ref().is_none_or(|url| url.scheme() != "https") {
            findings.push(("server.public_url", "must be an https:// address that the provider can reach"));
        }
        if self.media.public_url.as_ref().is_none_or(|url| url.scheme() != "wss") {
            findings.push(("media.public_url", "must be a wss:// address that the provider can reach"));
        }
        findings.into_iter().map(|(key, what)| (key.to_owned(), what.to_owned())).collect()
    }

    fn provider_finding(&self) -> Option<(String, String)> {
        let name = self.calls.provider.as_ref().filter(|name| !self.providers.contains_key(*name))?;
        let names: Vec<_> = self.providers.keys().map(String::as_str).collect();
        let known =
            if names.is_empty() { "none is configured".to_owned() } else { format!("known: {}", names.join(", ")) };
        let what =
            format!("\"{name}\" is no provider of this config ({known}){}", did_you_mean(name, names.into_iter()));
        Some(("calls.provider".to_owned(), what))
    }
}

fn micros(span: Duration) -> Micros {
    Micros(u64::try_from(span.as_micros()).unwrap_or(u64::MAX))
}
