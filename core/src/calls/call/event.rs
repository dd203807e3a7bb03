//! Lifecycle events: what others are told of an attempt, in exact names.

use crate::model::closed_list::closed_list;

closed_list! {
    /// What happened to an attempt, as it is told to others. At most one of each per attempt, in this order, and exactly
    /// one that is [terminal](LifecycleEvent::is_terminal).
    LifecycleEvent {
        /// The provider has the call.
        Initiated = "voice_ai_call_initiated",
        /// Somebody or something answered, and media is up.
        Started = "voice_ai_call_started",
        /// It came to nothing.
        Failed = "voice_ai_call_failed",
        /// A message was left on a machine.
        LeftVoicemail = "voice_ai_call_left_voicemail",
        /// It came to a success, was handed over, or the person opted out.
        Completed = "voice_ai_call_completed",
        /// Something was captured, and no success.
        PartiallyCompleted = "voice_ai_call_partially_completed",
        /// Another time was agreed.
        Rescheduled = "voice_ai_call_rescheduled",
    }
}

impl LifecycleEvent {
    /// Whether it ends the attempt's story.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Initiated | Self::Started => false,
            Self::Failed | Self::LeftVoicemail | Self::Completed | Self::PartiallyCompleted | Self::Rescheduled => true,
        }
    }

    /// Whether it waits until the attempt is finalized, so that it can carry the analysis. The others go out when the
    /// attempt has ended.
    #[must_use]
    pub const fn waits_for_analysis(self) -> bool {
        match self {
            Self::Completed | Self::PartiallyCompleted => true,
            Self::Initiated | Self::Started | Self::Failed | Self::LeftVoicemail | Self::Rescheduled => false,
        }
    }
}
