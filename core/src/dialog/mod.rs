//! The script language: a document becomes a checked [`Dialplan`], and a [`Dialog`] walks through it.
//!
//! A dialog knows texts, phrases, keys and states, and nothing of audio: what it wants said and heard goes out as
//! [`Action`]s, and what happened comes in as [`Event`]s.

mod io;

pub use io::{Action, BargeIn, End, Event, Hints, Listen, Phrase, Prompt, Recorded, Say};
