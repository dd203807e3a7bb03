//! The state of a call in the words of the lead's view.

use crate::model::closed_list::closed_list;

closed_list! {
    /// The state of a call as a lead's status. A view, never stored; see [`CallState::lead_status`].
    ///
    /// [`CallState::lead_status`]: super::CallState::lead_status
    LeadStatus {
        /// It waits for its time, a slot or its next attempt.
        PendingAiCall = "Pending_AI_Call",
        /// An attempt is under way.
        Processing = "Processing",
        /// It came to what it was ordered for.
        Completed = "Completed",
        /// It did not. Only a call that itself [`failed`](super::CallState::Failed) counts in failure rates.
        Failed = "Failed",
    }
}
