//! The composition root: a config becomes a running gateway.

mod desk;
mod error;
mod folder;
mod gauges;
mod ledger;
mod parts;
mod stage;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle as Task;
use voxgate_core::model::CallId;

pub use error::StartError;

use self::desk::Counter;
use self::gauges::Gauges;
use self::ledger::Kept;
use self::parts::{call_settings, chosen, metrics, prompts, serve, speech, stage, times};
use crate::calls::{AttemptRecord, Calls, Conductor, Desk, NewOrder, Refusal};
use crate::clock;
use crate::config::Config;
use crate::dialplans::Dialplans;
use crate::http::access::ensure_first_key;
use crate::journal::{Journal, Patience};
use crate::meters::Meters;
use crate::providers::Providers;
use crate::recordings::Recorder;
use crate::session::{MediaPlane, Registry, Services};
use crate::speech::Speech;
use crate::store::{AttemptRow, CallRow, Created, Store, StoreError, StoreOptions};

/// For requests that are being answered when the gateway stops.
const LAST_REQUESTS: Duration = Duration::from_secs(3);
/// Actor of what is ordered in this process.
const LOCAL: &str = "local";

/// A running gateway.
pub struct App {
    services: Arc<Services>,
    media: MediaPlane,
    calls: Arc<Calls>,
    conductor: Conductor,
    desk: Arc<Counter>,
    http_address: SocketAddr,
    http: Task<()>,
    stopping: watch::Sender<bool>,
    writers: Vec<JoinHandle<()>>,
    missing: Vec<String>,
    recordings: PathBuf,
    drain: Duration,
}

impl App {
    /// What [`App::start`] would refuse of a config, before it touches a port, a folder or a database.
    ///
    /// # Errors
    /// [`StartError`] with the field that is wrong and what to do.
    pub fn check(config: &Config) -> Result<(), StartError> {
        parts::check(config)
    }

    /// Starts everything that the config asks for. Call it on the control plane's runtime.
    ///
    /// # Errors
    /// [`StartError`] with the field that is wrong and what to do; nothing is left running then.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        Self::check(&config)?;
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
        let provider = chosen(&config, &providers)?;
        parts::check_folders(&config)?;
        let store = Store::open(&config.store.database_url(), &StoreOptions::default()).await?;
        let dialplans = config.calls.dialplans.as_ref().map_or_else(Dialplans::shipped, Dialplans::in_folder);
        let clips = prompts(&config, &speech, dialplans.clone())?;
        let spool = config.store.dir.join("spool.jsonl");
        let (journal, journal_writer) =
            Journal::start(&spool, Arc::new(Kept(store.clone())), Patience::default(), Handle::current())
                .map_err(|error| StartError::folder("store.dir", &config.store.dir, error))?;
        let (recorder, recordings_writer) = Recorder::start().map_err(StartError::Thread)?;
        let (listener, http_address) = parts::listen(&config).await?;
        let registry = Arc::new(Registry::default());
        let meters = Arc::new(Meters::default());
        let services = Arc::new(Services {
            registry: Arc::clone(&registry),
            stt: speech.stt,
            clips: Arc::new(clips),
            recorder,
            journal: journal.clone(),
            meters: Arc::clone(&meters),
        });
        let media = parts::media(&config, &services, &providers)?;
        let learned = journal.watch();
        let calls = Arc::new(Calls {
            owner: format!("node-{}", uuid::Uuid::now_v7().simple()),
            store,
            settings: call_settings(&config, &providers, http_address, media.address()),
            providers,
            times: times(&config),
            sessions: registry,
            directory: Arc::default(),
            meters: Arc::clone(&meters),
            metrics: metrics(&services, &journal),
            stage: Box::new(stage(&config, dialplans.clone(), &services)),
            complete: Box::new(move || !learned.is_spooled()),
            wake: Notify::new(),
            people: Notify::new(),
            changes: watch::Sender::new(0),
        });
        let gauges = Gauges { journal: journal.watch(), recordings: Box::new(services.recorder.queued_blocks()) };
        let desk = Counter { calls: Arc::clone(&calls), dialplans, provider, gauges, draining: AtomicBool::new(false) };
        let desk = Arc::new(desk);
        ensure_first_key(&calls.store, &config.store.key_file(), clock::unix_ms()).await?;
        let (stopping, follow) = watch::channel(false);
        let http = serve(listener, parts::gateway(&config, &calls, &desk, http_address, follow));
        Ok(Self {
            services,
            media,
            conductor: calls.conduct(),
            calls,
            desk,
            http_address,
            http,
            stopping,
            writers: vec![journal_writer, recordings_writer],
            missing: speech.missing,
            recordings: config.recordings.dir.clone(),
            drain: config.calls.drain_timeout,
        })
    }

    /// Takes an order. It is durable when this returns.
    ///
    /// # Errors
    /// [`Refusal`]: nothing of it was kept.
    pub async fn order(&self, order: NewOrder) -> Result<CallRow, Refusal> {
        match self.desk.order(order, None).await? {
            Created::New(call) => Ok(*call),
            Created::Before(_) => {
                let defect = "an order without a key was taken for one that came before".to_owned();
                Err(Refusal::Store(StoreError::Defect(defect)))
            }
        }
    }

    /// Waits until a call is as wanted, and holds no slot.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Unavailable`] where the store cannot be read.
    pub async fn settled(&self, call: &CallId, is_wanted: impl Fn(&CallRow) -> bool) -> Result<CallRow, StoreError> {
        self.until(call, |row, attempts| is_wanted(row) && attempts.iter().all(|attempt| !attempt.slot)).await
    }

    /// Waits until the last attempt of a call has its outcome, whether or not it still holds its slot.
    ///
    /// # Errors
    /// As [`App::settled`].
    pub async fn outcome(&self, call: &CallId) -> Result<CallRow, StoreError> {
        self.until(call, |_, attempts| attempts.last().is_some_and(|attempt| attempt.outcome.is_some())).await
    }

    async fn until(
        &self,
        call: &CallId,
        is_enough: impl Fn(&CallRow, &[AttemptRow]) -> bool,
    ) -> Result<CallRow, StoreError> {
        let mut changes = self.calls.changes.subscribe();
        loop {
            changes.mark_unchanged();
            let row = self.calls.store.call(call).await?;
            let attempts = self.calls.store.attempts_of(call).await?;
            if is_enough(&row, &attempts) {
                return Ok(row);
            }
            if changes.changed().await.is_err() {
                return Ok(row);
            }
        }
    }

    /// What the last attempt of a call came to; None where none has ended.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record(&self, call: &CallRow) -> Result<Option<AttemptRecord>, StoreError> {
        let record = AttemptRecord::last_of(&self.calls.store, call).await?;
        let at = |path: String| self.recordings.join(path).display().to_string();
        Ok(record.map(|record| AttemptRecord { recording: record.recording.map(at), ..record }))
    }

    /// Stops a call, however far it came.
    ///
    /// # Errors
    /// [`StoreError::Illegal`] where it is over.
    pub async fn cancel(&self, call: &CallId) -> Result<CallRow, StoreError> {
        self.calls.cancel(call, LOCAL).await
    }

    /// What is durable.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.calls.store
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

    /// Stops: nothing new is ordered or begun, calls under way may end by themselves for as long as
    /// `calls.drain_timeout` says, and everything is written.
    pub async fn stop(self) {
        let Self { services, media, calls, conductor, desk, http, stopping, writers, drain, .. } = self;
        desk.drain();
        conductor.drain(drain).await;
        stopping.send_replace(true);
        let store = calls.store.clone();
        drop((calls, desk));
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
        store.close().await;
    }
}
