//! The journal: decisions worth telling, one after the other.

use std::sync::Arc;

use serde::Serialize;

use super::io::Reason;
use crate::dialog::Prompt;
use crate::model::{AnsweredBy, DialplanId, Evidence, TurnId, UtteranceId, sha256_hex};

/// A decision, for the journal and the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum SessionEvent {
    /// The media came up.
    MediaUp,
    /// Who answered, as far as is known.
    AnsweredBy {
        /// The verdict.
        who: AnsweredBy,
    },
    /// The dialog began.
    Began {
        /// The script that is followed, and its version.
        dialplan: Box<DialplanId>,
        /// BCP 47 tag of the language that it is spoken in.
        language: String,
    },
    /// The dialog entered a state.
    State {
        /// Its name in the script.
        state: Arc<str>,
    },
    /// An utterance began to be sent.
    Said {
        /// Which.
        utterance: UtteranceId,
        /// Where its audio begins in the recording: session time, in ms.
        from_ms: u64,
        /// Its prompts, in order.
        prompts: Vec<SaidPrompt>,
    },
    /// An utterance that was said is over.
    Heard {
        /// Which.
        utterance: UtteranceId,
        /// Where its audio ends in the recording: session time, in ms. Where it was held for somebody who spoke over
        /// it, that is later than it would have been.
        until_ms: u64,
        /// How much of it was heard, in ms, by the play-out clock.
        heard_ms: u64,
        /// Whether it was heard in full, and how we know.
        evidence: Evidence,
    },
    /// Speech began.
    Onset,
    /// Speech over a prompt was taken for a wish to be heard: the prompt was cut.
    BargedIn {
        /// The prompt that was cut.
        utterance: UtteranceId,
    },
    /// Speech over a prompt was too short to be meant: the prompt went on.
    Resumed {
        /// The prompt that went on.
        utterance: UtteranceId,
    },
    /// A turn was heard.
    Turn {
        /// Which.
        turn: TurnId,
        /// The words; `None` where it was not understood.
        text: Option<String>,
    },
    /// A key was pressed.
    Key {
        /// Which.
        key: char,
    },
    /// Nobody said anything in time.
    NoInput,
    /// The recording is complete as far as it goes.
    Recorded {
        /// Samples of either track that came too late, or too far ahead of time, to have a place in it.
        lost_samples: u64,
        /// How much the leg's clock gained on ours (lost, if negative), in ms.
        drift_ms: i64,
    },
    /// The call is over, or we end it.
    HangUp {
        /// Why.
        reason: Reason,
    },
}

/// A prompt as it was said. What a dialog says may be personal: the journal has the hash of its words, which proves
/// them to whoever has the script and the call's variables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SaidPrompt {
    /// Its name in the script.
    pub name: String,
    /// SHA-256 of its words in UTF-8, variables filled in, in hexadecimal.
    pub text_sha256: String,
}

impl From<&Prompt> for SaidPrompt {
    fn from(prompt: &Prompt) -> Self {
        Self { name: prompt.name.clone(), text_sha256: sha256_hex(prompt.text.as_bytes()) }
    }
}
