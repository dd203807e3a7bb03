//! Moves of the state machines that are rows: which state may follow which.

use std::fmt;

/// A state of something that is stored, with the states that may follow it.
pub trait Moving: Copy + PartialEq + fmt::Display + 'static {
    /// What has this state, with its article: for messages.
    const OF: &'static str;

    /// The states that may follow. None: it is final.
    fn next(self) -> &'static [Self];

    /// Whether nothing follows.
    fn is_terminal(self) -> bool {
        self.next().is_empty()
    }
}

/// A move that the diagram does not have. Nothing may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IllegalMove<S> {
    /// Where it stands.
    pub from: S,
    /// Where it was to go.
    pub to: S,
}

impl<S: Moving> fmt::Display for IllegalMove<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        if from.is_terminal() {
            return write!(f, "{} that is {from} stays so and cannot become {to}", S::OF);
        }
        write!(f, "{} that is {from} cannot become {to}; it can become ", S::OF)?;
        for (i, next) in from.next().iter().enumerate() {
            write!(f, "{}{next}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl<S: Moving + fmt::Debug> std::error::Error for IllegalMove<S> {}

/// Whether `to` may follow `from`.
///
/// # Errors
/// [`IllegalMove`] where the diagram has no such arrow.
pub fn transition<S: Moving>(from: S, to: S) -> Result<(), IllegalMove<S>> {
    if from.next().contains(&to) { Ok(()) } else { Err(IllegalMove { from, to }) }
}
