//! The journal: decisions worth telling, one after the other.

use std::sync::Arc;

use serde::Serialize;

use super::io::Reason;
use crate::model::{AnsweredBy, Evidence, TurnId, UtteranceId};

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
    /// The dialog entered a state.
    State {
        /// Its name in the script.
        state: Arc<str>,
    },
    /// An utterance began to be sent.
    Said {
        /// Which.
        utterance: UtteranceId,
        /// The names of its prompts, in order.
        prompts: Vec<String>,
    },
    /// An utterance is over.
    Heard {
        /// Which.
        utterance: UtteranceId,
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
