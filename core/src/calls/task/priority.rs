//! How urgently a person is needed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{TaskDraft, TaskReason};
use crate::model::closed_list::closed_list;

closed_list! {
    /// How urgent a task is, the least urgent first: a queue is worked off from the last of these to the first.
    Priority {
        /// When there is nothing else to do.
        Low = "low",
        /// In its turn.
        Normal = "normal",
        /// Before the normal ones.
        High = "high",
        /// At once.
        Urgent = "urgent",
    }
}

impl Priority {
    /// Its place in the order, from 0: a more urgent one has a higher place.
    #[must_use]
    pub const fn rank(self) -> u8 {
        self as u8
    }
}

/// Priorities that a deployment sets by reason. What is not in it has [`TaskReason::default_priority`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskPriorities(pub BTreeMap<TaskReason, Priority>);

impl TaskPriorities {
    /// The priority of a task for this reason.
    #[must_use]
    pub fn of(&self, reason: TaskReason) -> Priority {
        self.0.get(&reason).copied().unwrap_or(reason.default_priority())
    }

    /// A task for this reason.
    #[must_use]
    pub fn draft(&self, reason: TaskReason) -> TaskDraft {
        TaskDraft { reason, priority: self.of(reason) }
    }
}

impl TaskReason {
    /// The priority that a task for this reason has unless a deployment says otherwise. High is what a person waits for
    /// or what only we can mend; low is what nobody was reached by.
    #[must_use]
    pub const fn default_priority(self) -> Priority {
        match self {
            Self::Voicemail
            | Self::NoAnswer
            | Self::Busy
            | Self::Declined
            | Self::MaxAttempts
            | Self::InvalidNumber
            | Self::NumberNotInService => Priority::Low,
            Self::PartiallyCompleted
            | Self::Rescheduled
            | Self::Network
            | Self::Timeout
            | Self::CircuitOpen
            | Self::MediaFailed
            | Self::SpeechFailed
            | Self::CarrierBlocked
            | Self::ProviderRejected
            | Self::StatusUnknownTimeout
            | Self::HangupEarly => Priority::Normal,
            Self::AskedForPerson | Self::Interrupted | Self::ProviderAccount | Self::InternalError => Priority::High,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row 000-42: the table's priority of every reason, and a deployment's own where it has one.
    #[test]
    fn priority_follows_the_reason() {
        let table = [
            ("asked_for_person", "high"),
            ("partially-completed", "normal"),
            ("rescheduled", "normal"),
            ("voicemail", "low"),
            ("no-answer", "low"),
            ("busy", "low"),
            ("declined", "low"),
            ("max_attempts", "low"),
            ("network", "normal"),
            ("timeout", "normal"),
            ("circuit_open", "normal"),
            ("media_failed", "normal"),
            ("speech_failed", "normal"),
            ("invalid_number", "low"),
            ("number_not_in_service", "low"),
            ("carrier_blocked", "normal"),
            ("provider_rejected", "normal"),
            ("provider_account", "high"),
            ("status_unknown_timeout", "normal"),
            ("hangup_early", "normal"),
            ("interrupted", "high"),
            ("internal_error", "high"),
        ];
        let defaults = TaskPriorities::default();
        for (reason, expected) in table {
            assert_eq!(defaults.of(reason.parse().unwrap()).as_str(), expected, "{reason}");
        }
        assert_eq!(table.len(), TaskReason::ALL.len());

        let own: TaskPriorities = serde_json::from_str(r#"{"busy": "urgent", "interrupted": "low"}"#).unwrap();
        assert_eq!(own.draft(TaskReason::Busy).priority, Priority::Urgent);
        assert_eq!(own.draft(TaskReason::Interrupted).priority, Priority::Low);
        assert_eq!(own.draft(TaskReason::NoAnswer).priority, Priority::Low);
        assert!(serde_json::from_str::<TaskPriorities>(r#"{"bussy": "urgent"}"#).is_err());
        let ranks: Vec<_> = ["low", "normal", "high", "urgent"].map(|p| p.parse::<Priority>().unwrap().rank()).into();
        assert_eq!(ranks, [0, 1, 2, 3]);
    }
}
