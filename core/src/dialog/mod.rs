//! The script language: a document becomes a checked [`Dialplan`], and a [`Dialog`] walks through it.
//!
//! [`check`] reads a file into a tree that knows its lines, the tree into a script by the language's schema, and the
//! script into a plan with every name resolved; all that is wrong comes out at once. A dialog knows texts, phrases, keys
//! and states, and nothing of audio: what it wants said and heard goes out as [`Action`]s, and what happened comes in as
//! [`Event`]s.

mod check;
mod document;
pub mod finding;
mod grammar;
mod io;
mod machine;
mod plan;
mod schema;
pub mod script_tests;
mod spoken;
mod values;

pub use check::{Checked, check};
pub use io::{Action, BargeIn, End, Event, Hints, Listen, Phrase, Prompt, Recorded, Say};
pub use machine::Dialog;
pub use plan::{BindError, Binding, Dialplan, Kind, Limits, Pipeline, Problem, Recording};
