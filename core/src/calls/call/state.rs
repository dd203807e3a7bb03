//! Where a call stands.

use super::LeadStatus;
use crate::calls::Moving;
use crate::model::closed_list::closed_list;

closed_list! {
    /// Where a call stands.
    CallState {
        /// Its time has not come.
        Scheduled = "scheduled",
        /// It may be picked up now.
        Pending = "pending",
        /// It has exactly one live attempt.
        InProgress = "in_progress",
        /// It was put back, and no attempt was used.
        Deferred = "deferred",
        /// It waits for its next attempt.
        RedialWait = "redial_wait",
        /// It came to what it was ordered for.
        Completed = "completed",
        /// It did not, and is over. A person may have a task.
        Failed = "failed",
        /// Somebody stopped it.
        Canceled = "canceled",
        /// It may not be dialed: do-not-call, a rule of the gate.
        Suppressed = "suppressed",
        /// Its time is over.
        Expired = "expired",
    }
}

use CallState::{
    Canceled, Completed, Deferred, Expired, Failed, InProgress, Pending, RedialWait, Scheduled, Suppressed,
};

impl Moving for CallState {
    const OF: &'static str = "a call";

    /// A scheduled call that gets another time stays scheduled. What the gate says at pick-up is said of a pending call,
    /// what it says right before the dial of one in progress: both may be put back or ended by it.
    fn next(self) -> &'static [Self] {
        match self {
            Scheduled => &[Pending, Scheduled, Canceled, Suppressed, Expired],
            Pending => &[InProgress, Scheduled, Deferred, RedialWait, Failed, Canceled, Suppressed, Expired],
            InProgress => &[Completed, Failed, RedialWait, Deferred, Scheduled, Canceled, Suppressed, Expired],
            Deferred | RedialWait => &[Pending, Scheduled, Canceled, Suppressed, Expired],
            Completed | Failed | Canceled | Suppressed | Expired => &[],
        }
    }
}

impl CallState {
    /// Whether the call waits for its time: it may be picked up once it is due.
    #[must_use]
    pub const fn is_waiting(self) -> bool {
        match self {
            Scheduled | Pending | Deferred | RedialWait => true,
            InProgress | Completed | Failed | Canceled | Suppressed | Expired => false,
        }
    }

    /// The state in the four words of the lead's view.
    #[must_use]
    pub const fn lead_status(self) -> LeadStatus {
        match self {
            Scheduled | Pending | Deferred | RedialWait => LeadStatus::PendingAiCall,
            InProgress => LeadStatus::Processing,
            Completed => LeadStatus::Completed,
            Failed | Canceled | Suppressed | Expired => LeadStatus::Failed,
        }
    }

    /// Whether such a call counts in failure rates.
    #[must_use]
    pub const fn counts_as_failure(self) -> bool {
        matches!(self, Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::{IllegalMove, transition};

    /// Row 000-04: every pair of states, by the diagram; what it does not have is refused and named.
    #[test]
    fn a_call_moves_by_the_diagram_alone() {
        //                   sched pend  prog  defer redial compl fail  canc  supp  expd
        let diagram = [
            (Scheduled, [1, 1, 0, 0, 0, 0, 0, 1, 1, 1]),
            (Pending, [1, 0, 1, 1, 1, 0, 1, 1, 1, 1]),
            (InProgress, [1, 0, 0, 1, 1, 1, 1, 1, 1, 1]),
            (Deferred, [1, 1, 0, 0, 0, 0, 0, 1, 1, 1]),
            (RedialWait, [1, 1, 0, 0, 0, 0, 0, 1, 1, 1]),
            (Completed, [0; 10]),
            (Failed, [0; 10]),
            (Canceled, [0; 10]),
            (Suppressed, [0; 10]),
            (Expired, [0; 10]),
        ];
        for (from, row) in diagram {
            for (to, legal) in CallState::ALL.iter().copied().zip(row) {
                let expected = if legal == 1 { Ok(()) } else { Err(IllegalMove { from, to }) };
                assert_eq!(transition(from, to), expected, "{from} to {to}");
            }
        }
    }

    #[test]
    fn a_refused_move_says_what_may_be_done() {
        let over = transition(Completed, Pending).unwrap_err();
        assert_eq!(over.to_string(), "a call that is completed stays so and cannot become pending");
        let waiting = transition(Deferred, Completed).unwrap_err().to_string();
        assert!(waiting.ends_with("it can become pending, scheduled, canceled, suppressed, expired"), "{waiting}");
    }

    /// Rows 000-18..21: the view of every state, in the exact strings.
    #[test]
    fn every_state_has_its_lead_status() {
        let view: Vec<_> = CallState::ALL.iter().map(|s| (s.as_str(), s.lead_status().as_str())).collect();
        assert_eq!(
            view,
            [
                ("scheduled", "Pending_AI_Call"),
                ("pending", "Pending_AI_Call"),
                ("in_progress", "Processing"),
                ("deferred", "Pending_AI_Call"),
                ("redial_wait", "Pending_AI_Call"),
                ("completed", "Completed"),
                ("failed", "Failed"),
                ("canceled", "Failed"),
                ("suppressed", "Failed"),
                ("expired", "Failed"),
            ]
        );
        assert!(CallState::ALL.iter().all(|s| s.as_str().parse() == Ok(*s)));
    }
}
