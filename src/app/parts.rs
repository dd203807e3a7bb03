//! What a gateway is put together from, as the config has it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle as Task;
use voxgate_core::calls::AttemptTimes;
use voxgate_core::session::Settings;
use voxgate_core::time::Micros;

use super::desk::Counter;
use super::stage::Stage;
use super::{StartError, folder};
use crate::calls::{Addresses, CallSettings, Calls, UpkeepSettings};
use crate::config::Config;
use crate::dialplans::Dialplans;
use crate::http::{Gateway, router};
use crate::journal::Journal;
use crate::metrics::{Metrics, Queue};
use crate::providers::Providers;
use crate::session::{MediaPlane, MediaSettings, Services};
use crate::speech::prompts::PromptSettings;
use crate::speech::{Prompts, Speech, SpeechSettings};
use crate::store::SlotLimits;
use crate::transport::websocket::Upgrade;

pub(super) fn check_folders(config: &Config) -> Result<(), StartError> {
    folder::check("store.dir", &config.store.dir)?;
    if config.recordings.enabled {
        folder::check("recordings.dir", &config.recordings.dir)?;
    }
    Ok(())
}

pub(super) async fn listen(config: &Config) -> Result<(TcpListener, SocketAddr), StartError> {
    let wrong = |error| StartError::port("server.bind", config.server.bind, error);
    let listener = TcpListener::bind(config.server.bind).await.map_err(wrong)?;
    let address = listener.local_addr().map_err(wrong)?;
    Ok((listener, address))
}

pub(super) fn media(
    config: &Config,
    services: &Arc<Services>,
    providers: &Providers,
) -> Result<MediaPlane, StartError> {
    let workers = config.media.workers.unwrap_or_else(cores);
    let settings = MediaSettings { bind: config.media.bind, workers, pin: config.media.pin.clone() };
    MediaPlane::start(&settings, services, handshake(config, providers.clone()))
        .map_err(|error| StartError::port("media.bind", config.media.bind, error))
}

pub(super) fn gateway(
    config: &Config,
    calls: &Arc<Calls>,
    desk: &Arc<Counter>,
    address: SocketAddr,
    stopping: watch::Receiver<bool>,
) -> Gateway {
    Gateway {
        store: calls.store.clone(),
        desk: Arc::<Counter>::clone(desk),
        providers: calls.providers.clone(),
        directory: Arc::clone(&calls.directory),
        metrics: calls.metrics.clone(),
        recordings: config.recordings.dir.clone(),
        slots: config.limits.sessions,
        task_lease: config.manual.lease,
        max_body: config.server.max_body,
        public_url: config.server.base_url(address),
        stopping,
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// What can be wrong with a config whose values are all right by themselves.
pub(super) fn check(config: &Config) -> Result<(), StartError> {
    chosen(config, &Providers::build(&config.providers)?)?;
    speech_settings(config).validate()?;
    Ok(())
}

fn speech_settings(config: &Config) -> SpeechSettings {
    let decoders = config.speech.workers.unwrap_or_else(cores);
    let (stt, tts) = (config.speech.stt.clone(), config.speech.tts.clone());
    SpeechSettings { stt, tts, data: config.speech.cache_dir.clone(), decoders }
}

pub(super) fn speech(config: &Config) -> Result<Speech, StartError> {
    let speech = speech_settings(config).build()?;
    for line in &speech.missing {
        tracing::warn!("{line}");
    }
    Ok(speech)
}

pub(super) fn prompts(config: &Config, speech: &Speech, dialplans: Dialplans) -> Result<Prompts, StartError> {
    let recordings = move |path: &str| dialplans.recording(path);
    let folder = &config.speech.cache_dir;
    Prompts::new(&PromptSettings::below(folder), Arc::clone(&speech.tts), Box::new(recordings), Handle::current())
        .map_err(|error| StartError::folder("speech.cache_dir", folder, error))
}

/// A handshake is signed over the address that the provider was told, whatever the proxy in between made of it.
pub(super) fn handshake(
    config: &Config,
    providers: Providers,
) -> impl FnOnce(SocketAddr) -> Box<crate::session::HandshakeCheck> {
    let media = config.media.clone();
    move |bound| {
        let base = media.base_url(bound);
        Box::new(move |upgrade: &Upgrade<'_>| {
            providers.check_handshake(&format!("{base}{}", upgrade.path), upgrade.request.headers())
        })
    }
}

/// Answers requests until the gateway stops.
pub(super) fn serve(listener: TcpListener, gateway: Gateway) -> Task<()> {
    let mut stopping = gateway.stopping.clone();
    let routes = router(gateway);
    tokio::spawn(async move {
        let until = async move {
            // Dropped or told, it is over.
            stopping.wait_for(|stopping| *stopping).await.map(drop).unwrap_or_default();
        };
        if let Err(error) = axum::serve(listener, routes).with_graceful_shutdown(until).await {
            tracing::error!(%error, "the HTTP server ended");
        }
    })
}

pub(super) fn chosen(config: &Config, providers: &Providers) -> Result<String, StartError> {
    let named = config.calls.provider.as_ref().filter(|name| providers.get(name).is_some());
    named.cloned().ok_or_else(|| StartError::NoProvider {
        name: config.calls.provider.clone(),
        known: config.providers.keys().cloned().collect(),
    })
}

pub(super) fn metrics(services: &Services, journal: &Journal) -> Metrics {
    let metrics = Metrics::new();
    metrics.watch_media(Arc::clone(&services.meters));
    let journal = journal.watch();
    metrics.watch_drops(Queue::Journal, move || journal.dropped_events());
    metrics.watch_drops(Queue::Recordings, services.recorder.dropped_blocks());
    metrics
}

pub(super) fn stage(config: &Config, dialplans: Dialplans, services: &Services) -> Stage {
    let max_duration = Micros(u64::try_from(config.calls.max_duration.as_micros()).unwrap_or(u64::MAX));
    Stage {
        dialplans,
        clips: Arc::clone(&services.clips),
        settings: Settings { max_duration, inband_keys: config.media.inband_keys, ..Settings::default() },
        recordings: config.recordings.enabled.then(|| config.recordings.dir.clone()),
    }
}

/// Request retries may differ from provider to provider.
pub(super) fn times(config: &Config) -> Box<dyn Fn(&str) -> AttemptTimes + Send + Sync> {
    let of = |name: &String| (name.clone(), config.calls.attempt_times(&config.retry_of(name)));
    let known: std::collections::BTreeMap<_, _> = config.providers.keys().map(of).collect();
    let otherwise = config.calls.attempt_times(&config.retry);
    Box::new(move |name| known.get(name).copied().unwrap_or(otherwise))
}

pub(super) fn call_settings(
    config: &Config,
    providers: &Providers,
    http: SocketAddr,
    media: SocketAddr,
) -> CallSettings {
    let addresses = Addresses {
        callbacks: config.server.base_url(http),
        media: config.media.base_url(media),
        node: "local".to_owned(),
    };
    let own_limit = |name: &str| config.providers.get(name).and_then(|provider| provider.sessions);
    CallSettings {
        limits: SlotLimits {
            deployment: config.limits.sessions,
            providers: providers.names().map(|name| (name.to_owned(), own_limit(name))).collect(),
        },
        interval: config.calls.scheduler_interval,
        batch: config.calls.batch,
        lease: config.calls.lease,
        max_duration: config.calls.max_duration,
        keep_recordings: Some(Duration::from_secs(u64::from(config.recordings.retention_days) * 86_400)),
        slow_setup: config.alerts.call_setup,
        upkeep: UpkeepSettings { task_lease: config.manual.lease, recordings: config.recordings.dir.clone() },
        addresses,
        rules: config.calls.rules(),
        policy: config.call_policy(),
    }
}
