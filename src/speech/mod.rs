//! Speech: what a session asks of a recogniser and of a synthesiser, and who answers.
//!
//! [`SttBackend`] and [`TtsBackend`] are built once, by name, through the [`registry`]. A session holds one [`SttStream`]
//! and polls it on its frame path; prompts are synthesised per call, off that path. Every event carries the id of its
//! turn, so that a late one can be told from a fresh one and no queue ever needs flushing.

mod error;
pub mod local;
mod loudness;
pub mod none;
pub mod prompts;
pub mod registry;
mod resample;
pub mod scripted;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pub use error::SpeechError;
pub use prompts::Prompts;
pub use registry::{Speech, SpeechSettings};
pub use voxgate_core::dialog::{Hints, Phrase};
pub use voxgate_core::model::TurnId;

/// Samples per second of everything that sessions push into a recogniser and of every [`Pcm`] that prompts play.
pub const TELEPHONE_RATE_HZ: u32 = 8_000;

/// Who opens a recogniser's stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SttSpec {
    /// The session's name: for logs, and for scripted recognisers that answer by it. Never a phone number.
    pub session: String,
}

/// Why nothing was heard that the script could use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoMatch {
    /// This recogniser does not know the language: keys only.
    KeysOnly,
    /// There was no speech, or less of it than any answer takes.
    TooShort,
    /// The speech was longer than any answer takes.
    TooLong,
    /// What was said is no phrase of the grammar.
    OutOfGrammar,
    /// Two decodes of the same speech disagree about what was meant.
    Disagreed,
    /// The recogniser had no room for this turn.
    Overloaded,
}

/// What a recogniser tells a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SttEvent {
    /// Words were heard.
    Heard {
        /// The turn they were heard in.
        turn: TurnId,
        /// The words, as the grammar or the recogniser writes them.
        text: String,
        /// The value of the phrase, where the recogniser matched one; otherwise the session matches the text.
        value: Option<String>,
    },
    /// Something was said, or nothing was, and no answer came of it.
    NoMatch {
        /// The turn that ended without an answer.
        turn: TurnId,
        /// Why.
        why: NoMatch,
    },
    /// The recogniser is broken: the session goes on with keys.
    Failed {
        /// The turn that was lost.
        turn: TurnId,
        /// What happened, and what to do.
        reason: String,
    },
}

impl SttEvent {
    /// The turn that this event belongs to.
    pub fn turn(&self) -> TurnId {
        match self {
            Self::Heard { turn, .. } | Self::NoMatch { turn, .. } | Self::Failed { turn, .. } => *turn,
        }
    }
}

/// A recogniser, built once and shared by all sessions.
pub trait SttBackend: Send + Sync + fmt::Debug {
    /// The name it is chosen by.
    fn name(&self) -> &str;

    /// Whether it recognises speech in this language (BCP 47). Where it does not, each turn ends as
    /// [`NoMatch::KeysOnly`].
    fn speaks(&self, language: &str) -> bool;

    /// Opens a stream for one session. It must not block: a backend that dials out does so behind the stream.
    ///
    /// # Errors
    /// When the recogniser cannot serve another session; the session then goes on with keys.
    fn open(&self, spec: &SttSpec) -> Result<Box<dyn SttStream>, SpeechError>;
}

/// One session's ear. It lives on the session's thread and need not be `Send`.
///
/// Each turn that is begun and ended gives exactly one event, unless it is cancelled. Audio outside a turn is ignored.
pub trait SttStream {
    /// Begins a turn; a turn that is still open is cancelled.
    fn begin_turn(&mut self, turn: TurnId, hints: &Hints);

    /// Takes 20 ms of the caller's audio, at [`TELEPHONE_RATE_HZ`].
    fn push(&mut self, samples: &[i16]);

    /// The caller has stopped speaking: decide.
    fn end_turn(&mut self);

    /// Nobody waits for this turn any more. It gives no event, except one that is already on its way.
    fn cancel_turn(&mut self);

    /// The next event, if there is one.
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<SttEvent>;
}

/// Mono 16-bit sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pcm {
    /// Samples per second.
    pub rate_hz: u32,
    /// The samples.
    pub samples: Vec<i16>,
}

/// Whose voice speaks: what a prompt cache must know to tell one rendering from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Voice {
    /// Engine and its version, such as `flite 2.2`.
    pub engine: String,
    /// The voice's name within the engine.
    pub voice: String,
}

/// A future that a synthesiser returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A synthesiser, built once and shared by all sessions.
pub trait TtsBackend: Send + Sync + fmt::Debug {
    /// The name it is chosen by.
    fn name(&self) -> &str;

    /// The voice that speaks this language (BCP 47).
    ///
    /// # Errors
    /// When no voice does, or its engine is not installed.
    fn voice(&self, language: &str) -> Result<Voice, SpeechError>;

    /// Speaks a whole text.
    ///
    /// # Errors
    /// When the engine is missing, hangs, fails, or gives no usable sound.
    fn synthesize<'a>(&'a self, text: &'a str, language: &'a str) -> BoxFuture<'a, Result<Pcm, SpeechError>>;

    /// What works and what is missing, a clear line for each thing that is.
    fn health(&self) -> Vec<String> {
        Vec::new()
    }
}
