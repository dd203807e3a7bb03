//! What goes into a dialog and what comes out of it.

use std::sync::Arc;

use voxgate_media::dtmf::Key;

use crate::model::{AnsweredBy, Disposition, Evidence, Fact, FailureCode};
use crate::time::Micros;

/// One utterance that we play.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Prompt {
    /// Its name in the script.
    pub name: String,
    /// BCP 47 tag, as in `en-US`.
    pub language: String,
    /// The words, with variables filled in.
    pub text: String,
    /// A recorded file for it.
    pub recorded: Option<Recorded>,
}

/// A recorded file that says a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Recorded {
    /// Path as the script gives it, relative to the script's folder.
    pub path: String,
    /// Whether the file says the whole text. Where the text has variables it cannot: it is then played only when
    /// nothing can synthesise the text.
    pub exact: bool,
}

/// A phrase that a recogniser listens for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phrase {
    /// The words, lower-case, without punctuation.
    pub text: String,
    /// What is meant by them: phrases of the same meaning may be confused without harm.
    pub meaning: String,
}

/// What a recogniser is to listen for in one turn.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hints {
    /// BCP 47 tag.
    pub language: String,
    /// The grammar of the turn. More may be said where the question asks for a number, a date or free words.
    pub phrases: Vec<Phrase>,
}

/// Something to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// What is said, in order.
    pub prompts: Vec<Arc<Prompt>>,
    /// Speech cannot cut it, and it is left only when it was heard.
    pub must_hear: bool,
}

/// Two-step barge-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BargeIn {
    /// Speech that goes on for this long after its onset is meant.
    pub confirm: Micros,
}

/// Something to listen for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// For the recogniser. `None` where only keys are listened for.
    pub hints: Option<Arc<Hints>>,
    /// Silence of this length after the prompt ended is [`Event::NoInput`].
    pub no_input: Micros,
    /// How speech may cut the prompt. `None`: only keys cut it.
    pub barge_in: Option<BargeIn>,
}

impl Listen {
    /// The same with at least so much time to answer.
    pub(super) fn with_time(self, least: Micros) -> Self {
        Self { no_input: self.no_input.max(least), ..self }
    }
}

/// How a dialog ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// From the closed list.
    pub disposition: Disposition,
    /// Set exactly when the disposition is `failed`.
    pub failure_code: Option<FailureCode>,
    /// What was learned.
    pub result: Option<String>,
    /// The manual queue, where a person should take it up.
    pub queue: Option<String>,
}

/// What a dialog wants done, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make this durable; where [`Fact::must_precede`], before the next action.
    Commit(Fact),
    /// Enter a state: say this, then listen for that. Replaces whatever was being said or listened for. With neither
    /// there is nothing to do: [`Event::SayEnded`] follows at once. A prompt without `listen` still hears keys.
    Turn {
        /// The state's name, for the journal.
        state: Arc<str>,
        /// What to say first.
        say: Option<Say>,
        /// What to listen for, from the beginning of the prompt if barge-in allows.
        listen: Option<Listen>,
        /// Prompts that the next states may say: worth preparing now.
        ahead: Vec<Arc<Prompt>>,
    },
    /// More keys belong to what was pressed: wait for them, at most this long, then [`Event::KeysEnded`].
    AwaitKeys(Micros),
    /// The dialog is over: hang up once what is said has been heard and every fact is durable. Follows the
    /// [`Event::SayEnded`] of an end state's last prompt.
    End(End),
}

/// What happened, for a dialog to decide on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Media is up and this is who answered, as far as is known. First event of a dialog. A later one corrects it: a
    /// machine verdict before the first answer moves the dialog to its machine state.
    AnsweredBy(AnsweredBy),
    /// What the last [`Action::Turn`] said is over.
    SayEnded {
        /// Whether it was heard, and how we know.
        heard: Evidence,
    },
    /// A recogniser heard these words.
    Heard {
        /// Transcript, as the recogniser gives it.
        text: String,
    },
    /// Somebody spoke and was not understood.
    NotUnderstood,
    /// Nobody spoke or pressed a key in time.
    NoInput,
    /// A key was pressed.
    Key(Key),
    /// No further key came in time.
    KeysEnded,
    /// The callee hung up, the media is gone, or time is up: no more can be said. Answered by [`Action::End`].
    Gone,
}
