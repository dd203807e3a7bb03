//! A persona: how the phone behaves, what the person does on the line, and what the line is like.

use std::sync::Arc;
use std::time::Duration;

use super::clips::Clip;
use crate::stream::line::LineEffects;

/// One simulated callee.
#[derive(Debug)]
pub(crate) struct Persona {
    /// The file's name without its ending.
    pub(crate) name: String,
    /// Who this is, in a sentence.
    pub(crate) about: String,
    /// How long it rings before the outcome.
    pub(crate) ring: Duration,
    pub(crate) outcome: Outcome,
    pub(crate) detection: Verdict,
    /// Done at once when the media is up, without waiting for a prompt.
    pub(crate) opening: Vec<Act>,
    /// Hangs up this long after the opening has ended.
    pub(crate) hang_up_after: Option<Duration>,
    /// One per prompt heard, in order.
    pub(crate) steps: Vec<Step>,
    /// Reactions to prompts beyond the steps, one per prompt, in turn.
    pub(crate) afterwards: Vec<Act>,
    /// Steps begin anew when they are used up.
    pub(crate) cycle: bool,
    pub(crate) line: LineEffects,
}

/// What becomes of the ringing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Answers, with media.
    Answer,
    /// Answers, and the call ends before any media flows.
    NoMedia,
    Busy,
    /// Rings until the caller's timeout.
    NoAnswer,
    /// The called party rejects the ring (SIP 603).
    Declined,
    /// The network fails the call with this SIP code.
    Failed(u16),
    /// The REST call itself is refused with this code.
    Invalid(u32),
}

/// What answering-machine detection will say, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// `human`, `machine_end_beep`, `fax`, `unknown`, …
    pub(crate) answered_by: String,
    pub(crate) from: Anchor,
    pub(crate) after: Duration,
}

/// What a verdict's time counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Answer,
    /// The end of the persona's opening: the end of a greeting and its beep.
    Opening,
}

/// The reaction to one prompt.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// Speak over the prompt this long after it began, instead of waiting for its end.
    pub(crate) over: Option<Duration>,
    /// Done one after the other.
    pub(crate) acts: Vec<Act>,
    /// Used in turn when the same words are heard once more.
    pub(crate) again: Vec<Act>,
}

/// One thing done, a while after what came before it.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub(crate) after: Duration,
    pub(crate) doing: Doing,
}

/// What a callee can do.
#[derive(Debug, Clone)]
pub(crate) enum Doing {
    /// Say a clip, once or for ever.
    Say {
        clip: Arc<Clip>,
        for_ever: bool,
    },
    /// Press keys.
    Press(String),
    /// Sound a tone: a machine's beep, a fax.
    Tone {
        hz: u16,
        length: Duration,
    },
    /// Do nothing, on purpose.
    StaySilent,
    HangUp,
    /// The media connection breaks without a goodbye.
    DropSocket,
}
