//! The config: `voxgate.toml`, and `VOXGATE__SECTION__KEY` in the environment, which wins.
//!
//! One struct per section, one file each; every key has its sentence, its unit and its default there. Reading is
//! [`Loaded::read`], which refuses what it does not know and says where every value came from. Nothing here opens a
//! socket, and only [`Loaded::load`] and [`Provider::secret`] read files.

mod alerts;
mod aliases;
mod bounds;
mod calls;
mod layers;
mod limits;
mod loaded;
mod manual;
mod media;
mod priorities;
mod problem;
mod providers;
mod recordings;
mod redial;
mod reference;
mod retry;
mod schema;
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
use std::path::Path;
use std::time::Duration;

use voxgate_core::calls::{CallPolicy, DeferralPolicy};
use voxgate_core::time::Micros;

pub use alerts::Alerts;
pub use bounds::Bounds;
pub use calls::Calls;
pub use limits::Limits;
pub use loaded::Loaded;
pub use manual::Manual;
pub use media::Media;
pub use priorities::Priorities;
pub use problem::{Problem, Problems, Source};
pub use providers::Provider;
pub use recordings::Recordings;
pub use redial::Redial;
pub use retry::Retry;
pub use secret::Secret;
pub use section::Entry;
pub use server::Server;
pub use speech::Speech;
pub use store::Store;
pub use telemetry::Telemetry;
pub use value::{CallingCode, Console, DatabaseUrl, TimeOfDay};

use self::layers::Layers;
use self::problem::did_you_mean;

/// The file that is read where none is named.
pub const DEFAULT_FILE: &str = "voxgate.toml";

macro_rules! config {
    ($( $(#[doc = $doc:literal])+ $field:ident: $section:ident = $path:literal, )+) => {
        /// Everything that can be set.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Config {
            $( $(#[doc = $doc])+ pub $field: $section, )+
            /// Providers by name.
            pub providers: BTreeMap<String, Provider>,
        }

        impl Config {
            fn take(layers: &mut Layers) -> Self {
                let providers = take_providers(layers);
                Self { $( $field: $section::read(layers, $path), )+ providers }
            }

            /// Every key with its value.
            #[must_use]
            pub fn entries(&self) -> Vec<Entry> {
                let mut entries = Vec::new();
                $( entries.extend(self.$field.entries($path)); )+
                for (name, provider) in &self.providers {
                    entries.extend(provider.entries(&format!("providers.{name}")));
                }
                entries
            }

            fn section_findings(&self) -> Vec<(String, String)> {
                let mut findings = Vec::new();
                $( findings.extend(placed($path, self.$field.findings())); )+
                findings
            }

            /// What a config file may hold, as JSON Schema.
            #[must_use]
            pub fn schema() -> serde_json::Value {
                schema::whole(vec![$( ($path, $section::schema()), )+], Provider::schema(), aliases::names().collect())
            }
        }
    };
}

config! {
    /// The listener for API and callbacks.
    server: Server = "server",
    /// The listener for audio.
    media: Media = "media",
    /// What this deployment takes on.
    limits: Limits = "limits",
    /// What outlives the process.
    store: Store = "store",
    /// Recordings of calls.
    recordings: Recordings = "recordings",
    /// Recognisers and synthesisers.
    speech: Speech = "speech",
    /// Whom calls may reach and when, how they are placed and watched.
    calls: Calls = "calls",
    /// Request retries.
    retry: Retry = "retry",
    /// Redials.
    redial: Redial = "redial",
    /// The manual queue.
    manual: Manual = "manual",
    /// How urgent tasks of the manual queue are.
    priorities: Priorities = "manual.priorities",
    /// What operators are told of.
    alerts: Alerts = "alerts",
    /// What is logged.
    telemetry: Telemetry = "telemetry",
}

fn take_providers(layers: &mut Layers) -> BTreeMap<String, Provider> {
    let mut providers = BTreeMap::new();
    for name in layers.names_below("providers") {
        let provider = Provider::read(layers, &format!("providers.{name}"));
        providers.insert(name, provider);
    }
    providers
}

fn placed(path: &str, found: Vec<section::Finding>) -> impl Iterator<Item = (String, String)> {
    found.into_iter().map(move |(key, what)| (format!("{path}.{key}"), what))
}

impl Config {
    /// The defaults, with everything that is written below one folder.
    #[must_use]
    pub fn below(folder: &Path) -> Self {
        let mut config = Self::default();
        folder.clone_into(&mut config.store.dir);
        config.follow_data_folder(|_| true);
        config
    }

    /// Puts what is below the data folder by default there, wherever that is.
    fn follow_data_folder(&mut self, by_default: impl Fn(&str) -> bool) {
        let dir = &self.store.dir;
        for (key, path, name) in [
            ("recordings.dir", &mut self.recordings.dir, "recordings"),
            ("speech.cache_dir", &mut self.speech.cache_dir, "speech"),
            ("telemetry.file", &mut self.telemetry.file, "logs.jsonl"),
        ] {
            if by_default(key) {
                *path = dir.join(name);
            }
        }
    }

    /// The reference of the config, in Markdown.
    #[must_use]
    pub fn reference() -> String {
        reference::page()
    }

    /// How requests to a provider are repeated: its own settings, else those of `retry`.
    #[must_use]
    pub fn retry_of(&self, provider: &str) -> Retry {
        let Some(own) = self.providers.get(provider) else { return self.retry.clone() };
        Retry {
            max_retries: own.max_retries.unwrap_or(self.retry.max_retries),
            initial_delay: own.initial_delay.unwrap_or(self.retry.initial_delay),
            backoff_factor: own.backoff_factor.unwrap_or(self.retry.backoff_factor),
        }
    }

    /// How calls go on after their attempts.
    #[must_use]
    pub fn call_policy(&self) -> CallPolicy {
        CallPolicy {
            redial: self.redial.policy(),
            deferral: DeferralPolicy { max: self.calls.max_deferrals, ..DeferralPolicy::default() },
            max_attempts: self.calls.max_attempts,
            priorities: self.priorities.0.clone(),
        }
    }

    /// What is wrong with the values as they stand: the key and what to do. Pure.
    #[must_use]
    pub fn findings(&self) -> Vec<(String, String)> {
        let mut findings = self.section_findings();
        for (name, provider) in &self.providers {
            if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
                let what = "a provider's name is made of a to z, 0 to 9 and _, for it stands in addresses".to_owned();
                findings.push((format!("providers.{name}"), what));
            }
            findings.extend(placed(&format!("providers.{name}"), provider.findings()));
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

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn micros(span: Duration) -> Micros {
    Micros(u64::try_from(span.as_micros()).unwrap_or(u64::MAX))
}
