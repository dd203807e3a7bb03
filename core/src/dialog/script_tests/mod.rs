//! A script's own tests, as data. Run here on the dialog alone, by texts; [`rehearsal`](crate::rehearsal) runs the same
//! callers on a session.

mod came;
mod run;

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use voxgate_media::dtmf::Key;

pub(crate) use came::Came;
pub use came::{TestFailure, TestRun};
pub use run::run;

use crate::model::{AnsweredBy, Disposition, FailureCode};
use crate::time::Micros;

/// One test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptTest {
    /// What it shows.
    pub name: String,
    /// Where it stands in the script.
    pub line: u32,
    /// BCP 47 tag; the script's first language unless the test names one.
    pub language: String,
    /// The called party's local time when the call begins.
    pub now: DateTime,
    /// Who answers.
    pub answered_by: AnsweredBy,
    /// Variables; those not given have the script's examples.
    pub variables: BTreeMap<String, String>,
    /// What the caller does, in order.
    pub caller: Vec<CallerStep>,
    /// What must come of it.
    pub expect: Expectation,
}

/// What a caller does once the dialog is in a state. A caller with no step for a state listens and stays silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerStep {
    /// In which state.
    pub state: String,
    /// So long after the prompt began; `None`: when it has ended.
    pub after: Option<Micros>,
    /// What.
    pub does: Deed,
}

/// One deed of a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Says this.
    Say(String),
    /// Presses these keys.
    Keys(Vec<Key>),
    /// Says nothing.
    Silence,
    /// Hangs up.
    HangUp,
    /// Says something that no recogniser understands.
    Mumble,
    /// Does not get to hear the prompt in full, as on a line that drops out.
    MissPrompt,
    /// Turns out to be somebody else than was thought.
    TurnOutToBe(AnsweredBy),
}

/// What must come of a test. What is `None` is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// The disposition.
    pub end: Option<Disposition>,
    /// The failure code.
    pub failure_code: Option<FailureCode>,
    /// The dialog's result.
    pub result: Option<String>,
    /// The manual queue.
    pub queue: Option<String>,
    /// Every state entered, in order.
    pub path: Option<Vec<String>>,
    /// Prompts that were heard in full, among others.
    pub heard: Option<Vec<String>>,
    /// Exactly the answers stored, by slot.
    pub answers: Option<BTreeMap<String, String>>,
}
