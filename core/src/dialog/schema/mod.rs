//! From the tree to a script: every key has its type here, names are still text.

mod asking;
mod each;
mod fields;
mod scalars;
mod script;
mod slots;
mod states;
mod tests;
mod texts;

pub(crate) use asking::{BoundDecl, ListenDecl, NextDecl, WhenDecl};
pub(crate) use script::{CLASSES, Script, VariableDecl, VariableKind, read};
pub(crate) use slots::{HoldsDecl, SlotDecl};
pub(crate) use states::{AnywhereDecl, BargeDecl, StateDecl};
pub(crate) use tests::{DoDecl, ExpectDecl, StepDecl, TestDecl};
pub(crate) use texts::{GrammarDecl, PromptDecl, SpokenDecl};

use super::finding::Span;

/// A text and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) at: Span,
}

impl Name {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}
