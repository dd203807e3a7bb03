//! Facts: what a dialog learned and must outlive the process.

use serde::{Deserialize, Serialize};

/// By what a callee gave an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerSource {
    /// A recogniser heard it.
    Speech,
    /// Keys were pressed.
    Keys,
}

/// What was answered to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The slot's value, one of those that the script declares.
    pub value: String,
    /// By speech or by keys.
    pub source: AnswerSource,
    /// The words heard or the keys pressed.
    pub input: String,
}

/// How we know that a callee heard a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// It was cut or never played out.
    NotHeard,
    /// The play-out clock says that it ended.
    Estimated,
    /// The far side said that it ended: a usable mark came back.
    Acknowledged,
}

/// Something that must be durable. Its order to hang-ups and further prompts matters for some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fact")]
pub enum Fact {
    /// The callee wants no more calls.
    OptOut {
        /// The words heard or the keys pressed.
        input: String,
    },
    /// A slot was filled, or filled anew.
    Answer {
        /// The slot's name in the script.
        slot: String,
        /// What was answered.
        answer: Answer,
    },
    /// The dialog entered a state: it can resume there.
    Checkpoint {
        /// The state's name in the script.
        state: String,
    },
}

impl Fact {
    /// Whether nothing may be said or done before this fact is durable.
    #[must_use]
    pub fn must_precede(&self) -> bool {
        match self {
            Self::OptOut { .. } | Self::Answer { .. } => true,
            Self::Checkpoint { .. } => false,
        }
    }
}
