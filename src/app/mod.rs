//! The composition root: a config becomes a running gateway.

mod error;
mod folder;
mod order;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle as Task;
use voxgate_core::session::Settings;
use voxgate_core::time::Micros;

pub use error::{OrderError, StartError};
pub use order::Order;

use crate::calls::{Addresses, CallOrder, CallSettings, Calls, Directory, Placed};
use crate::clock;
use crate::config::Config;
use crate::dialplans::Dialplans;
use crate::http::{Gateway, router};
use crate::journal::Journal;
use crate::meters::Meters;
use crate::outcomes::JsonLines;
use crate::providers::{Line, Providers};
use crate::recordings::Recorder;
use crate::session::{MediaPlane, MediaSettings, Registry, Services, SessionSpec};
use crate::speech::prompts::PromptSettings;
use crate::speech::{Prompts, Speech, SpeechSettings};
use crate::transport::websocket::Upgrade;

/// For requests that are being answered when the gateway stops.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

/// A running gateway.
pub struct App {
    dialplans: Dialplans,
    config: Config,
    services: Arc<Services>,
    media: MediaPlane,
    calls: Calls,
    http_address: SocketAddr,
    http: Task<()>,
    stop_http: oneshot::Sender<()>,
    writers: Vec<JoinHandle<()>>,
    missing: Vec<String>,
}

impl App {
    /// Starts everything that the config asks for. Call it on the control plane's runtime.
    ///
    /// # Errors
    /// [`StartError`] with the field that is wrong and what to do; nothing is left running then.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        folder::check("speech.cache_dir", &config.speech.cache_dir)?;
        let speech = speech(&config)?;
        Self::start_with(config, speech).await
    }

    /// The same with speech backends of one's own instead of those that the config names.
    ///
    /// # Errors
    /// As [`App::start`].
    pub async fn start_with(config: Config, speech: Speech) -> Result<Self, StartError> {
        let providers = Providers::build(&config.providers)?;
        let line = line(&config, &providers)?;
        if config.recordings.enabled {
            folder::check("recordings.dir", &config.recordings.dir)?;
        }
        let dialplans = config.calls.dialplans.as_ref().map_or_else(Dialplans::shipped, Dialplans::in_folder);
        let clips = prompts(&config, &speech, dialplans.clone())?;
        let (journal, journal_writer) = Journal::start(&config.store.dir.join("journal.jsonl"))
            .map_err(|error| StartError::folder("store.dir", &config.store.dir, error))?;
        let outcomes = JsonLines::open(&config.store.dir.join("outcomes.jsonl"))
            .map_err(|error| StartError::folder("store.dir", &config.store.dir, error))?;
        let (recorder, recordings_writer) = Recorder::start().map_err(StartError::Thread)?;
        let listener = TcpListener::bind(config.server.bind)
            .await
            .map_err(|error| StartError::port("server.bind", config.server.bind, error))?;
        let registry = Arc::new(Registry::default());
        let meters = Arc::new(Meters::default());
        let services = Arc::new(Services {
            registry: Arc::clone(&registry),
            stt: speech.stt,
            clips: Arc::new(clips),
            recorder,
            journal,
            meters: Arc::clone(&meters),
        });
        let workers = config.media.workers.unwrap_or_else(cores);
        let settings = MediaSettings { bind: config.media.bind, workers, pin: config.media.pin.clone() };
        let media = MediaPlane::start(&settings, &services, handshake(&config, providers.clone()))
            .map_err(|error| StartError::port("media.bind", config.media.bind, error))?;
        let directory = Arc::new(Directory::default());
        let (http_address, http, stop_http) = serve(listener, &config, providers.clone(), Arc::clone(&directory))?;
        let settings = call_settings(&config, http_address, media.address());
        let calls = Calls::new(line, registry, Arc::new(outcomes), directory, meters, settings);
        let writers = vec![journal_writer, recordings_writer];
        let missing = speech.missing;
        Ok(Self { dialplans, config, services, media, calls, http_address, http, stop_http, writers, missing })
    }

    /// Begins to reach somebody.
    ///
    /// # Errors
    /// [`OrderError`]: nothing was begun.
    pub fn place(&self, order: Order) -> Result<Placed, OrderError> {
        let window = order.window(clock::unix_ms(), clock::now()).ok_or(OrderError::Expired)?;
        let plan = self.dialplans.load(&order.dialplan)?;
        let binding = plan.bind(&order.language, &order.variables)?;
        // While it is dialed and rings there is time to make what will be said.
        binding.prompts().iter().for_each(|prompt| self.services.clips.prepare(prompt));
        let attempt = order::attempt_id();
        let recording =
            self.config.recordings.enabled.then(|| self.config.recordings.dir.join(format!("{attempt}.wav")));
        let settings = Settings { record: recording.is_some(), ..self.session_settings() };
        let dialog = voxgate_core::dialog::Dialog::new(plan, binding);
        let session = SessionSpec { call: order.call, attempt, dialog, settings, recording };
        let (to, dialplan, when_full) = (order.to, order.dialplan, order.when_full);
        Ok(self.calls.place(CallOrder { to, dialplan, session, window, when_full })?)
    }

    /// A line for each engine that is not installed.
    #[must_use]
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Where callbacks are taken.
    #[must_use]
    pub fn http_address(&self) -> SocketAddr {
        self.http_address
    }

    /// Where media is taken.
    #[must_use]
    pub fn media_address(&self) -> SocketAddr {
        self.media.address()
    }

    /// What the media plane counts.
    #[must_use]
    pub fn meters(&self) -> &Meters {
        &self.services.meters
    }

    /// Stops: sessions that are left end, and everything is written.
    pub async fn stop(self) {
        let Self { services, media, calls, http, stop_http, writers, .. } = self;
        drop(calls);
        // The server may have ended by itself.
        stop_http.send(()).ok();
        let stopped = tokio::task::spawn_blocking(move || {
            media.stop();
            drop(services);
            writers.into_iter().for_each(|writer| {
                if writer.join().is_err() {
                    tracing::error!("a writer had panicked");
                }
            });
        });
        if let Err(error) = stopped.await {
            tracing::error!(%error, "a part of the gateway broke while it stopped");
        }
        let unfinished = http.abort_handle();
        match tokio::time::timeout(LAST_REQUESTS, http).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the HTTP server broke"),
            Err(_) => {
                tracing::warn!("a request was not finished in time and is dropped");
                unfinished.abort();
            }
        }
    }

    fn session_settings(&self) -> Settings {
        let max_duration = Micros(u64::try_from(self.config.calls.max_duration.as_micros()).unwrap_or(u64::MAX));
        Settings { max_duration, inband_keys: self.config.media.inband_keys, ..Settings::default() }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn speech(config: &Config) -> Result<Speech, StartError> {
    let decoders = config.speech.workers.unwrap_or_else(cores);
    let (stt, tts) = (config.speech.stt.clone(), config.speech.tts.clone());
    let speech = SpeechSettings { stt, tts, data: config.speech.cache_dir.clone(), decoders }.build()?;
    for line in &speech.missing {
        tracing::warn!("{line}");
    }
    Ok(speech)
}

fn prompts(config: &Config, speech: &Speech, dialplans: Dialplans) -> Result<Prompts, StartError> {
    let recordings = move |path: &str| dialplans.recording(path);
    let folder = &config.speech.cache_dir;
    Prompts::new(&PromptSettings::below(folder), Arc::clone(&speech.tts), Box::new(recordings), Handle::current())
        .map_err(|error| StartError::folder("speech.cache_dir", folder, error))
}

/// A handshake is signed over the address that the provider was told, whatever the proxy in between made of it.
fn handshake(config: &Config, providers: Providers) -> impl FnOnce(SocketAddr) -> Box<crate::session::HandshakeCheck> {
    let media = config.media.clone();
    move |bound| {
        let base = media.base_url(bound);
        Box::new(move |upgrade: &Upgrade<'_>| {
            providers.check_handshake(&format!("{base}{}", upgrade.path), upgrade.request.headers())
        })
    }
}

type Serving = (SocketAddr, Task<()>, oneshot::Sender<()>);

fn serve(
    listener: TcpListener,
    config: &Config,
    providers: Providers,
    directory: Arc<Directory>,
) -> Result<Serving, StartError> {
    let address = listener.local_addr().map_err(|error| StartError::port("server.bind", config.server.bind, error))?;
    let routes = router(Gateway { providers, directory, public_url: config.server.base_url(address) });
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        let until = async {
            // Dropped or told, it is over.
            stopped.await.ok();
        };
        if let Err(error) = axum::serve(listener, routes).with_graceful_shutdown(until).await {
            tracing::error!(%error, "the HTTP server ended");
        }
    });
    Ok((address, task, stop))
}

fn line(config: &Config, providers: &Providers) -> Result<Arc<Line>, StartError> {
    let chosen = config.calls.provider.as_ref().and_then(|name| providers.get(name));
    chosen.cloned().ok_or_else(|| StartError::NoProvider {
        name: config.calls.provider.clone(),
        known: config.providers.keys().cloned().collect(),
    })
}

fn call_settings(config: &Config, http: SocketAddr, media: SocketAddr) -> CallSettings {
    let addresses = Addresses {
        callbacks: config.server.base_url(http),
        media: config.media.base_url(media),
        node: "local".to_owned(),
    };
    CallSettings {
        sessions: config.limits.sessions,
        times: config.calls.attempt_times(&config.retry),
        max_duration: config.calls.max_duration,
        addresses,
    }
}
