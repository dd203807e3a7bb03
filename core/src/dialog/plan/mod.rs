//! A checked script: immutable, every name an index, shared by all dialogs that follow it.

mod bind;
mod parts;
mod state;

use std::sync::Arc;

pub use bind::{BindError, Binding, Problem};
pub(crate) use parts::{Grammar, GrammarPhrase, Piece, PromptTexts, Slot, Spoken, Variable};
pub use parts::{Kind, Limits, Pipeline};
pub(crate) use state::{
    Anywhere, Bound, Branch, Condition, Ending, GrammarIx, Ix, Meaning, Next, PromptIx, Question, SlotIx, State,
    StateIx, Step, Subject, Test, VariableIx,
};

use super::script_tests::ScriptTest;
use crate::model::{AnsweredBy, DialplanId, Evidence};

/// A checked script. See [`check`](super::check) for how to get one.
#[derive(Debug)]
pub struct Dialplan {
    pub(crate) id: DialplanId,
    pub(crate) kind: Kind,
    pub(crate) pipeline: Pipeline,
    pub(crate) languages: Vec<String>,
    pub(crate) limits: Limits,
    /// The least evidence that counts as heard.
    pub(crate) evidence: Evidence,
    pub(crate) variables: Vec<Variable>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) prompts: Vec<PromptTexts>,
    pub(crate) grammars: Vec<Grammar>,
    pub(crate) anywhere: Vec<Anywhere>,
    /// The built-in possibility to hear a prompt again.
    pub(crate) repeat: GrammarIx,
    /// The built-in possibility to be given more time.
    pub(crate) wait: GrammarIx,
    pub(crate) states: Vec<State>,
    /// Where a dialog begins, by [`class`].
    pub(crate) starts: [StateIx; 5],
    pub(crate) tests: Vec<ScriptTest>,
}

impl Dialplan {
    /// Which script and which version of it this is.
    #[must_use]
    pub fn id(&self) -> &DialplanId {
        &self.id
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What speaks and listens.
    #[must_use]
    pub fn pipeline(&self) -> Pipeline {
        self.pipeline
    }

    /// The languages it can be spoken in; the first is the default.
    #[must_use]
    pub fn languages(&self) -> &[String] {
        &self.languages
    }

    /// What bounds a call by it.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Its own tests.
    #[must_use]
    pub fn tests(&self) -> &[ScriptTest] {
        &self.tests
    }

    /// The names of its states, in the order of the file.
    pub fn states(&self) -> impl Iterator<Item = &Arc<str>> {
        self.states.iter().map(|s| &s.name)
    }

    /// Every recording that it names, with the words to be said on it and their language.
    pub fn recordings(&self) -> impl Iterator<Item = Recording<'_>> {
        self.prompts.iter().flat_map(|p| p.spoken.iter().zip(&self.languages)).filter_map(|(spoken, language)| {
            let path = spoken.audio.as_deref()?;
            Some(Recording { path, language, says: spoken.recorded_words()? })
        })
    }

    pub(crate) fn state(&self, at: StateIx) -> &State {
        &self.states[at.index()]
    }

    pub(crate) fn start(&self, who: AnsweredBy) -> StateIx {
        self.starts[class(who)]
    }
}

/// A recorded file of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recording<'p> {
    /// Relative to the script's folder.
    pub path: &'p str,
    /// BCP 47 tag.
    pub language: &'p str,
    /// What it says.
    pub says: &'p str,
}

/// The place of a class in a table of all.
pub(crate) fn class(who: AnsweredBy) -> usize {
    match who {
        AnsweredBy::Human => 0,
        AnsweredBy::Unknown => 1,
        AnsweredBy::Machine => 2,
        AnsweredBy::Screening => 3,
        AnsweredBy::Fax => 4,
    }
}
