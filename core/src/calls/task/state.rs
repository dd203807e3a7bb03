//! Where a manual task and a telecaller stand.

use crate::calls::Moving;
use crate::model::closed_list::closed_list;

closed_list! {
    /// Where a manual task stands.
    TaskState {
        /// Nobody has it.
        Open = "open",
        /// A telecaller is to take it up.
        Assigned = "assigned",
        /// A telecaller works on it.
        InProgress = "in_progress",
        /// It is done, with an outcome.
        Resolved = "resolved",
        /// Nobody needs to do it any more.
        Canceled = "canceled",
    }
}

impl Moving for TaskState {
    const OF: &'static str = "a task";

    /// What is assigned or worked on becomes open anew when its lease expires, its telecaller goes away or gives it
    /// back, or a time to call back was agreed on.
    fn next(self) -> &'static [Self] {
        match self {
            Self::Open => &[Self::Assigned, Self::Canceled],
            Self::Assigned => &[Self::InProgress, Self::Open, Self::Canceled],
            Self::InProgress => &[Self::Resolved, Self::Open, Self::Canceled],
            Self::Resolved | Self::Canceled => &[],
        }
    }
}

closed_list! {
    /// Where a telecaller stands.
    TelecallerState {
        /// Not at work.
        Offline = "offline",
        /// Ready for a task.
        Available = "available",
        /// About to be joined to a call.
        Reserved = "reserved",
        /// In a call.
        OnCall = "on_call",
        /// After a call, writing it up.
        WrapUp = "wrap_up",
    }
}

impl Moving for TelecallerState {
    const OF: &'static str = "a telecaller";

    /// Who is in a call writes it up before anything else. A reservation that comes to nothing makes available again.
    fn next(self) -> &'static [Self] {
        match self {
            Self::Offline => &[Self::Available],
            Self::Available => &[Self::Reserved, Self::Offline],
            Self::Reserved => &[Self::OnCall, Self::Available, Self::Offline],
            Self::OnCall => &[Self::WrapUp],
            Self::WrapUp => &[Self::Available, Self::Offline],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::transition;

    #[test]
    fn a_task_goes_back_or_on_and_a_finished_one_stays() {
        use TaskState::{Assigned, Canceled, InProgress, Open, Resolved};
        let legal = [
            (Open, Assigned),
            (Open, Canceled),
            (Assigned, InProgress),
            (Assigned, Open),
            (Assigned, Canceled),
            (InProgress, Resolved),
            (InProgress, Open),
            (InProgress, Canceled),
        ];
        for from in TaskState::ALL.iter().copied() {
            for to in TaskState::ALL.iter().copied() {
                assert_eq!(transition(from, to).is_ok(), legal.contains(&(from, to)), "{from} to {to}");
            }
        }
    }

    #[test]
    fn a_telecaller_in_a_call_can_only_write_it_up() {
        for to in TelecallerState::ALL.iter().copied() {
            assert_eq!(transition(TelecallerState::OnCall, to).is_ok(), to == TelecallerState::WrapUp, "{to}");
        }
        assert!(transition(TelecallerState::Offline, TelecallerState::Reserved).is_err());
        assert!(transition(TelecallerState::WrapUp, TelecallerState::Available).is_ok());
    }
}
