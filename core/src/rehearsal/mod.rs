//! Rehearsal: whole calls on the real session core, in virtual time, from deadline to deadline.
//!
//! There is no audio of the callee's: what a [`Callee`] says comes as speech events, as from a recogniser that listens
//! by itself, and what a callee hears is known by marks. A call of minutes so takes well under a millisecond, and comes
//! out the same each time. [`run`] rehearses a script's own tests.

mod line;
mod script;

pub use line::{Move, Rehearsed, rehearse};
pub use script::run;

/// Somebody who is called.
pub trait Callee {
    /// What the callee does in this turn of the dialog, which is in `state`; `None`: listens, and stays silent.
    fn on_turn(&mut self, state: &str) -> Option<Move>;
}
