//! What the gate says, in the form in which it is stored.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::calls::{CallState, DeferralCause, TaskReason};
use crate::model::closed_list::closed_list;

closed_list! {
    /// A rule of the gate.
    RuleId {
        /// Nobody has stopped all dialing.
        StopDialing = "stop_dialing",
        /// The number is not on our own do-not-call list.
        OwnDnc = "own_dnc",
        /// The provider is live, or the number is on its allow list.
        Live = "live",
        /// The number's country may be called.
        Country = "country",
        /// The call has an attempt left.
        MaxAttempts = "max_attempts",
        /// The order's time is now.
        Window = "window",
        /// It is within calling hours where the number is.
        CallingHours = "calling_hours",
    }
}

closed_list! {
    /// Why a call may not be dialed at all.
    SuppressReason {
        /// The number is on our own do-not-call list.
        OwnDnc = "own_dnc",
        /// The provider is not live, and the number is not on its allow list.
        NotAllowed = "not_allowed",
        /// The number's country is not on the list of countries.
        CountryNotAllowed = "country_not_allowed",
        /// It has had as many attempts as a call may have.
        MaxAttempts = "max_attempts",
        /// Where the number is, and what time it is there, is unknown.
        TimeZoneUnknown = "time_zone_unknown",
        /// The number may be in zones whose calling hours never meet.
        NeverInHours = "never_in_hours",
    }
}

impl SuppressReason {
    /// What the call becomes. One that has used its attempts up has failed; the others were never to be dialed.
    #[must_use]
    pub const fn call_state(self) -> CallState {
        match self {
            Self::MaxAttempts => CallState::Failed,
            Self::OwnDnc | Self::NotAllowed | Self::CountryNotAllowed | Self::TimeZoneUnknown | Self::NeverInHours => {
                CallState::Suppressed
            }
        }
    }

    /// The reason of the task that such a call leaves, exactly where it has failed.
    #[must_use]
    pub const fn task(self) -> Option<TaskReason> {
        match self.call_state() {
            CallState::Failed => Some(TaskReason::MaxAttempts),
            CallState::Scheduled
            | CallState::Pending
            | CallState::InProgress
            | CallState::Deferred
            | CallState::RedialWait
            | CallState::Completed
            | CallState::Canceled
            | CallState::Suppressed
            | CallState::Expired => None,
        }
    }
}

/// What may be done with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// It may be dialed now.
    Allow,
    /// Not now.
    Defer {
        /// Why.
        cause: DeferralCause,
        /// When it may be looked at again, in ms since 1970.
        until_ms: u64,
    },
    /// Not at all.
    Suppress {
        /// Why.
        reason: SuppressReason,
    },
    /// Not any more: its time is over, or will be before it may be dialed.
    Expire,
}

/// What one rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFinding {
    /// The rule.
    pub rule: RuleId,
    /// Whether it lets the call pass.
    pub passed: bool,
    /// What it looked at, for a person to read.
    pub looked_at: String,
}

/// The gate's word on a call at one moment. Stored as it is: no dial goes out without one that allows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What may be done.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What every rule found, in the rules' order, whatever the others said.
    pub findings: Vec<RuleFinding>,
    /// Which edition of the rules decided.
    pub version: Cow<'static, str>,
}

impl Decision {
    /// Whether the call may be dialed now.
    #[must_use]
    pub fn allows(&self) -> bool {
        matches!(self.verdict, Verdict::Allow)
    }
}
