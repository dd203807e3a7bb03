//! Where an attempt stands.

use crate::calls::Moving;
use crate::model::closed_list::closed_list;

closed_list! {
    /// Where an attempt stands. It only moves down this list; the order of the variants is that order.
    AttemptState {
        /// It exists, and nothing was asked of anybody.
        Created = "created",
        /// A dial is under way, or went out and nobody knows what became of it.
        Placing = "placing",
        /// The provider has the call.
        Accepted = "accepted",
        /// The far end rings.
        Ringing = "ringing",
        /// Somebody or something picked up.
        Answered = "answered",
        /// The outcome is final.
        Ended = "ended",
        /// What is made of it afterwards is stored, or its time has passed. [`Attempt`](super::Attempt) knows nothing of
        /// it.
        Finalized = "finalized",
    }
}

impl Moving for AttemptState {
    const OF: &'static str = "an attempt";

    fn next(self) -> &'static [Self] {
        match self {
            Self::Created => &[Self::Placing, Self::Ended],
            Self::Placing => &[Self::Accepted, Self::Ended],
            Self::Accepted => &[Self::Ringing, Self::Answered, Self::Ended],
            Self::Ringing => &[Self::Answered, Self::Ended],
            Self::Answered => &[Self::Ended],
            Self::Ended => &[Self::Finalized],
            Self::Finalized => &[],
        }
    }
}

impl AttemptState {
    /// Its place in the order, from 0: a later state has a higher one.
    #[must_use]
    pub const fn rank(self) -> u8 {
        self as u8
    }

    /// Whether its outcome is still owed.
    #[must_use]
    pub const fn is_live(self) -> bool {
        match self {
            Self::Created | Self::Placing | Self::Accepted | Self::Ringing | Self::Answered => true,
            Self::Ended | Self::Finalized => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::transition;

    /// Row 000-04: no arrow leads back, and each state but the last leads on.
    #[test]
    fn an_attempt_only_moves_forward() {
        let names: Vec<_> = AttemptState::ALL.iter().map(|s| s.as_str()).collect();
        assert_eq!(names, ["created", "placing", "accepted", "ringing", "answered", "ended", "finalized"]);
        for from in AttemptState::ALL.iter().copied() {
            for to in AttemptState::ALL.iter().copied() {
                let legal = transition(from, to).is_ok();
                assert!(!legal || to.rank() > from.rank(), "{from} to {to}");
                assert!(!legal || to != AttemptState::Finalized || from == AttemptState::Ended, "{from} to {to}");
            }
            assert_eq!(from.is_live(), transition(from, AttemptState::Ended).is_ok(), "{from}");
        }
    }
}
