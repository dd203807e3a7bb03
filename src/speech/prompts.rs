//! The voice of a call: prompts by their content, synthesised once, kept in memory and on disk.
//!
//! Work happens on the control plane's runtime, never on a media worker: a worker asks, and polls the answer.

mod disk;
mod key;
mod memory;
mod ulaw;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::future::Future;
use std::io;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use voxgate_core::dialog::Prompt;
use voxgate_media::playout::Clip;

use self::disk::Disk;
use self::key::Key;
use self::memory::Memory;
use super::{Pcm, SpeechError, TtsBackend, loudness};

/// Synthesisers that run at the same time: each takes a core for as long as it runs.
const SYNTHESISERS: usize = 2;

/// Opens a recorded prompt by the path that its script gives: from a folder, or from what is embedded in the binary.
pub type Recordings = dyn Fn(&str) -> io::Result<Vec<u8>> + Send + Sync;

/// How prompts are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptSettings {
    /// Folder of the cache.
    pub folder: PathBuf,
    /// Most bytes of clips in memory; a second of speech takes 8,000.
    pub memory_bytes: usize,
}

impl PromptSettings {
    /// The folder below the data folder, and over two hours of speech in memory.
    pub fn below(data: &std::path::Path) -> Self {
        Self { folder: data.join("prompts"), memory_bytes: 64 << 20 }
    }
}

/// What the cache has done since the start.
#[derive(Debug, Default)]
pub struct PromptCounters {
    /// Asked for and found in memory.
    pub from_memory: AtomicU64,
    /// Read from disk.
    pub from_disk: AtomicU64,
    /// Made by a synthesiser.
    pub synthesised: AtomicU64,
    /// Files of the cache that were damaged, and made again.
    pub damaged: AtomicU64,
    /// Could not be made.
    pub failed: AtomicU64,
    /// Asked for ahead of need.
    pub prepared: AtomicU64,
}

type Made = Result<Arc<Clip>, SpeechError>;

/// Prompts as clips. Clones share one cache.
#[derive(Clone)]
pub struct Prompts {
    shared: Arc<Shared>,
    runtime: Handle,
}

struct Shared {
    tts: Arc<dyn TtsBackend>,
    recordings: Box<Recordings>,
    disk: Disk,
    memory: Mutex<Memory>,
    /// What is being made: whoever asks for it meanwhile waits for the same one.
    in_flight: Mutex<HashMap<Key, watch::Receiver<Option<Made>>>>,
    synthesisers: Semaphore,
    counters: PromptCounters,
}

impl Prompts {
    /// A cache whose work runs on `runtime`.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(
        settings: &PromptSettings,
        tts: Arc<dyn TtsBackend>,
        recordings: Box<Recordings>,
        runtime: Handle,
    ) -> io::Result<Self> {
        let shared = Shared {
            tts,
            recordings,
            disk: Disk::open(&settings.folder)?,
            memory: Mutex::new(Memory::new(settings.memory_bytes)),
            in_flight: Mutex::default(),
            synthesisers: Semaphore::new(SYNTHESISERS),
            counters: PromptCounters::default(),
        };
        Ok(Self { shared: Arc::new(shared), runtime })
    }

    /// What has been done.
    pub fn counters(&self) -> &PromptCounters {
        &self.shared.counters
    }

    /// The prompt's audio. Dropping the future gives up the wait, not the work.
    ///
    /// # Errors
    /// When it is neither recorded nor can be synthesised.
    pub fn get(&self, prompt: &Prompt) -> impl Future<Output = Made> + Send + use<> {
        let wanted = self.begin(prompt);
        async move {
            let mut made = wanted?;
            match made.wait_for(Option::is_some).await {
                Ok(made) => made.clone().unwrap_or_else(|| Err(abandoned())),
                Err(_) => Err(abandoned()),
            }
        }
    }

    /// Makes the prompt before it is needed.
    pub fn prepare(&self, prompt: &Prompt) {
        self.shared.counters.prepared.fetch_add(1, Ordering::Relaxed);
        // The work runs by itself; an error will come again when the prompt is needed.
        let _ = self.begin(prompt);
    }

    fn begin(&self, prompt: &Prompt) -> Result<watch::Receiver<Option<Made>>, SpeechError> {
        let key = self.shared.key(prompt)?;
        if let Some(clip) = locked(&self.shared.memory).get(&key) {
            self.shared.counters.from_memory.fetch_add(1, Ordering::Relaxed);
            return Ok(watch::channel(Some(Ok(clip))).1);
        }
        let (sender, receiver) = watch::channel(None);
        match locked(&self.shared.in_flight).entry(key) {
            Entry::Occupied(other) => return Ok(other.get().clone()),
            Entry::Vacant(place) => place.insert(receiver.clone()),
        };
        let (shared, prompt) = (Arc::clone(&self.shared), prompt.clone());
        self.runtime.spawn(async move {
            let making = AssertUnwindSafe(shared.make(&key, &prompt)).catch_unwind();
            let made = making.await.unwrap_or_else(|_panic| Err(panicked(shared.tts.name(), &prompt)));
            if let Ok(clip) = &made {
                locked(&shared.memory).put(key, Arc::clone(clip));
            }
            locked(&shared.in_flight).remove(&key);
            sender.send_replace(Some(made));
        });
        Ok(receiver)
    }
}

impl fmt::Debug for Prompts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prompts").field("counters", self.counters()).finish_non_exhaustive()
    }
}

impl Shared {
    fn key(&self, prompt: &Prompt) -> Result<Key, SpeechError> {
        let recorded = prompt.recorded.as_ref();
        match self.tts.voice(&prompt.language) {
            Ok(voice) => Ok(Key::new(&voice, prompt)),
            Err(error) => recorded.map(|recorded| Key::recorded(&recorded.path)).ok_or(error),
        }
    }

    /// Recorded where the recording says it all; else synthesised; else recorded as well as it goes.
    async fn make(self: &Arc<Self>, key: &Key, prompt: &Prompt) -> Made {
        let mut trouble = None;
        if let Some(recorded) = prompt.recorded.as_ref().filter(|recorded| recorded.exact) {
            match self.play_recorded(&recorded.path) {
                Ok(clip) => return Ok(clip),
                Err(error) => {
                    tracing::warn!(prompt = prompt.name, %error, "a recorded prompt is synthesised instead");
                    trouble = Some(error);
                }
            }
        }
        let error = match self.synthesised(key, prompt).await {
            Ok(clip) => return Ok(clip),
            Err(error) => trouble.unwrap_or(error),
        };
        if let Some(recorded) = prompt.recorded.as_ref().filter(|recorded| !recorded.exact) {
            tracing::warn!(prompt = prompt.name, %error, "a recording stands in for a prompt with variables");
            return self.play_recorded(&recorded.path);
        }
        self.counters.failed.fetch_add(1, Ordering::Relaxed);
        Err(error)
    }

    async fn synthesised(self: &Arc<Self>, key: &Key, prompt: &Prompt) -> Made {
        if let Some(clip) = self.kept(key).await {
            self.counters.from_disk.fetch_add(1, Ordering::Relaxed);
            return Ok(clip);
        }
        // The semaphore is never closed; a permit that could not be had would only mean no limit.
        let permit = self.synthesisers.acquire().await.ok();
        let sound = self.tts.synthesize(&prompt.text, &prompt.language).await?;
        drop(permit);
        let clip = self.keep(*key, sound).await?;
        self.counters.synthesised.fetch_add(1, Ordering::Relaxed);
        Ok(clip)
    }

    async fn kept(self: &Arc<Self>, key: &Key) -> Option<Arc<Clip>> {
        let (shared, key) = (Arc::clone(self), *key);
        let read = tokio::task::spawn_blocking(move || shared.disk.read(&key)).await.ok()?;
        match read {
            Ok(clip) => clip.map(Arc::new),
            Err(what) => {
                self.counters.damaged.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(what, "a file of the prompt cache is damaged and made again");
                None
            }
        }
    }

    async fn keep(self: &Arc<Self>, key: Key, sound: Pcm) -> Made {
        let shared = Arc::clone(self);
        let levelled = tokio::task::spawn_blocking(move || {
            let clip = Clip::from_pcm(&loudness::level(&sound));
            if let Err(error) = shared.disk.write(&key, &clip) {
                tracing::warn!(%error, "a prompt could not be kept on disk; it will be made again after a restart");
            }
            Arc::new(clip)
        });
        levelled.await.map_err(|_| abandoned())
    }

    fn play_recorded(&self, path: &str) -> Made {
        let wrong = |what: String| SpeechError::Recorded { path: path.to_owned(), what };
        let bytes = (self.recordings)(path).map_err(|error| wrong(format!("cannot be read ({error})")))?;
        if let Some(samples) = ulaw::samples(&bytes) {
            return Ok(Arc::new(Clip::from_ulaw(samples.to_vec())));
        }
        let mut wav =
            hound::WavReader::new(bytes.as_slice()).map_err(|error| wrong(format!("no WAV file ({error})")))?;
        let spec = wav.spec();
        if spec.channels != 1 || spec.bits_per_sample != 16 || !matches!(spec.sample_rate, 8_000 | 16_000) {
            let hound::WavSpec { channels, bits_per_sample, sample_rate, .. } = spec;
            return Err(wrong(format!("{channels} channels of {bits_per_sample} bits at {sample_rate} Hz")));
        }
        let samples: Result<Vec<i16>, _> = wav.samples::<i16>().collect();
        let samples = samples.map_err(|error| wrong(format!("damaged ({error})")))?;
        let sound = Pcm { rate_hz: spec.sample_rate, samples }.resampled(super::TELEPHONE_RATE_HZ);
        Ok(Arc::new(Clip::from_pcm(&sound.samples)))
    }
}

/// A poisoned lock only means that another thread panicked between two map operations, each of which is whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn panicked(engine: &str, prompt: &Prompt) -> SpeechError {
    SpeechError::Engine {
        engine: engine.to_owned(),
        language: prompt.language.clone(),
        what: format!("panicked over the prompt {:?}", prompt.name),
        remedy: "this is a defect of its adapter; the log has the place".to_owned(),
    }
}

fn abandoned() -> SpeechError {
    SpeechError::Engine {
        engine: "synthesis".to_owned(),
        language: "any".to_owned(),
        what: "was abandoned".to_owned(),
        remedy: "this happens only while voxgate shuts down".to_owned(),
    }
}

#[cfg(test)]
mod tests;
