//! States with every name resolved.

use std::sync::Arc;

use crate::dialog::io::BargeIn;
use crate::dialog::values::Open;
use crate::model::Disposition;
use crate::time::Micros;

/// The place of something in its plan's table.
pub(crate) trait Ix: Copy {
    fn new(index: usize) -> Self;
    fn index(self) -> usize;
}

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(u32);

        impl Ix for $name {
            fn new(index: usize) -> Self {
                Self(index as u32) // a script has far fewer things: its size is bounded
            }
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

index! {
    /// A state.
    StateIx
    /// A prompt.
    PromptIx
    /// A grammar.
    GrammarIx
    /// A slot.
    SlotIx
    /// A variable.
    VariableIx
}

/// One state.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) name: Arc<str>,
    pub(crate) say: Vec<PromptIx>,
    /// Left only when it was heard; said at most this often.
    pub(crate) must_hear: Option<Bound>,
    /// Entered at most this often in a call.
    pub(crate) visits: Option<Bound>,
    /// Slots that are filled on entry, with the value.
    pub(crate) set: Vec<(SlotIx, String)>,
    pub(crate) step: Step,
    /// It speaks to a machine, after its beep: keys mean nothing.
    pub(crate) to_machine: bool,
    /// What its keys and key sequences mean.
    pub(crate) keys: Arc<[(Box<str>, Meaning)]>,
    /// Prompts that may be needed next, the soonest first.
    pub(crate) ahead: Vec<PromptIx>,
}

/// What a state does after it has spoken.
#[derive(Debug)]
pub(crate) enum Step {
    Go(Next),
    Ask(Box<Question>),
    End(Ending),
}

/// A question.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) slot: SlotIx,
    /// What the slot takes, where its values are not listed.
    pub(crate) open: Option<Open>,
    /// Whether it is listened for by speech.
    pub(crate) speech: bool,
    /// By the slot's values: what they are heard by.
    pub(crate) grammars: Vec<Option<GrammarIx>>,
    /// Every value has a key.
    pub(crate) by_keys_alone: bool,
    pub(crate) reprompt: Vec<PromptIx>,
    pub(crate) by_keys: Vec<PromptIx>,
    pub(crate) barge_in: Option<BargeIn>,
    pub(crate) silence: Micros,
    pub(crate) no_input: Bound,
    pub(crate) no_match: Bound,
    pub(crate) next: Next,
}

/// How often something is tried, and where it leads then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) tries: u8,
    pub(crate) next: StateIx,
}

/// Where a state leads.
#[derive(Debug)]
pub(crate) enum Next {
    To(StateIx),
    /// By the value of the slot just filled.
    ByValue(Vec<StateIx>),
    /// The first branch that holds; the last one always does.
    When(Vec<Branch>),
}

/// A branch; with no conditions it holds.
#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) when: Vec<Condition>,
    pub(crate) to: StateIx,
}

/// One of these is true of something.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) subject: Subject,
    pub(crate) tests: Vec<Test>,
}

/// What may be true of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Is(String),
    /// A number from the first to the second.
    Between(u32, u32),
    Filled,
    Empty,
}

impl Test {
    pub(crate) fn holds(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Self::Is(wanted), Some(value)) => wanted == value,
            (Self::Between(from, to), Some(value)) => value.parse().is_ok_and(|n: u32| (*from..=*to).contains(&n)),
            (Self::Filled, value) => value.is_some(),
            (Self::Empty, value) => value.is_none(),
            (Self::Is(_) | Self::Between(..), None) => false,
        }
    }
}

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Slot(SlotIx),
    Variable(VariableIx),
}

/// What an end comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) disposition: Disposition,
    pub(crate) result: Option<String>,
    pub(crate) queue: Option<String>,
}

/// What a phrase or a key means in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Meaning {
    /// The slot's value at this place.
    Value(usize),
    /// The `anywhere` entry at this place.
    Anywhere(usize),
    /// Say it again.
    Repeat,
    /// Give more time.
    Wait,
}

/// Something heard in every listening state.
#[derive(Debug)]
pub(crate) struct Anywhere {
    pub(crate) name: String,
    pub(crate) hear: Option<GrammarIx>,
    pub(crate) next: StateIx,
}

impl Next {
    pub(crate) fn targets(&self) -> Vec<StateIx> {
        match self {
            Self::To(state) => vec![*state],
            Self::ByValue(states) => states.clone(),
            Self::When(branches) => branches.iter().map(|b| b.to).collect(),
        }
    }
}

impl State {
    /// Where it can lead, `anywhere` and a late verdict aside.
    pub(crate) fn edges(&self) -> Vec<StateIx> {
        let mut edges = match &self.step {
            Step::Go(next) => next.targets(),
            Step::Ask(question) => {
                let mut edges = question.next.targets();
                edges.extend([question.no_input.next, question.no_match.next]);
                edges
            }
            Step::End(_) => Vec::new(),
        };
        edges.extend(self.must_hear.map(|b| b.next));
        edges.extend(self.visits.map(|b| b.next));
        edges
    }

    pub(crate) fn question(&self) -> Option<&Question> {
        match &self.step {
            Step::Ask(question) => Some(question),
            Step::Go(_) | Step::End(_) => None,
        }
    }

    pub(crate) fn ending(&self) -> Option<&Ending> {
        match &self.step {
            Step::End(ending) => Some(ending),
            Step::Go(_) | Step::Ask(_) => None,
        }
    }
}
