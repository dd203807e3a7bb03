//! Outcomes: the closed lists of MODEL.md, and what one attempt came to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::closed_list::closed_list;
use super::{Answer, AnsweredBy};

closed_list! {
    /// What an attempt came to.
    Disposition {
        /// A person was reached and the dialog came to an end that the script marks a success.
        Completed = "completed",
        /// Handed to a person live, who took it.
        Transferred = "transferred",
        /// The person opted out.
        DoNotCall = "do-not-call",
        /// Another time was agreed.
        Rescheduled = "rescheduled",
        /// A machine answered.
        Voicemail = "voicemail",
        /// Nobody answered within the ring time.
        NoAnswer = "no-answer",
        /// The line was busy.
        Busy = "busy",
        /// A person talked and something was captured, but no success.
        PartiallyCompleted = "partially-completed",
        /// The called party rejected the ring.
        Declined = "declined",
        /// It failed; the failure code says how.
        Failed = "failed",
        /// We stopped it before it was answered.
        Canceled = "canceled",
    }
}

closed_list! {
    /// The machine reason that refines [`Disposition::Failed`].
    FailureCode {
        /// The network between us and the provider failed.
        Network = "network",
        /// A request to the provider took too long.
        Timeout = "timeout",
        /// The provider's breaker stayed open until the deferrals were used up.
        CircuitOpen = "circuit_open",
        /// The media never came, stalled or broke.
        MediaFailed = "media_failed",
        /// A prompt could not be made or answers not be understood for technical reasons.
        SpeechFailed = "speech_failed",
        /// The number is not a number, or the provider says that it does not exist.
        InvalidNumber = "invalid_number",
        /// The number is not in service.
        NumberNotInService = "number_not_in_service",
        /// A carrier blocked the call.
        CarrierBlocked = "carrier_blocked",
        /// The provider refused this call.
        ProviderRejected = "provider_rejected",
        /// The provider refused our account.
        ProviderAccount = "provider_account",
        /// What became of the call was never learned.
        StatusUnknownTimeout = "status_unknown_timeout",
        /// Answered, and nothing was captured.
        HangupEarly = "hangup_early",
        /// Our process died while a person was on the line.
        Interrupted = "interrupted",
        /// A defect of ours.
        InternalError = "internal_error",
    }
}

impl FailureCode {
    /// Whether another attempt, some minutes later, may well fare better.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        match self {
            Self::Network | Self::Timeout | Self::CircuitOpen | Self::MediaFailed | Self::SpeechFailed => true,
            Self::InvalidNumber
            | Self::NumberNotInService
            | Self::CarrierBlocked
            | Self::ProviderRejected
            | Self::ProviderAccount
            | Self::StatusUnknownTimeout
            | Self::HangupEarly
            | Self::Interrupted
            | Self::InternalError => false,
        }
    }
}

/// What one attempt came to. Written once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// From the closed list.
    pub disposition: Disposition,
    /// Set exactly when the disposition is `failed`.
    pub failure_code: Option<FailureCode>,
    /// What was learned, as the script names it.
    pub dialog_result: Option<String>,
    /// Answers by slot.
    pub answers: BTreeMap<String, Answer>,
    /// Who answered, if anybody did.
    pub answered_by: Option<AnsweredBy>,
    /// The queue that the script sends the call to, for a person to take it up.
    pub queue: Option<String>,
    /// Whether a message was left on a machine and played to its end.
    pub message_left: bool,
}

impl Outcome {
    /// An attempt that ended before anybody was spoken to.
    #[must_use]
    pub fn unanswered(disposition: Disposition) -> Self {
        Self {
            disposition,
            failure_code: None,
            dialog_result: None,
            answers: BTreeMap::new(),
            answered_by: None,
            queue: None,
            message_left: false,
        }
    }

    /// A failed attempt.
    #[must_use]
    pub fn failed(code: FailureCode) -> Self {
        Self { failure_code: Some(code), ..Self::unanswered(Disposition::Failed) }
    }

    /// The outcome in one word: the failure code where it failed, else the disposition.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.failure_code.map_or(self.disposition.as_str(), FailureCode::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row 002-45: the strings are exact, and `_` is accepted on input.
    #[test]
    fn dispositions_have_their_exact_names() {
        let names: Vec<_> = Disposition::ALL.iter().map(|d| d.as_str()).collect();
        assert_eq!(
            names,
            [
                "completed",
                "transferred",
                "do-not-call",
                "rescheduled",
                "voicemail",
                "no-answer",
                "busy",
                "partially-completed",
                "declined",
                "failed",
                "canceled"
            ]
        );
        assert_eq!("do_not_call".parse(), Ok(Disposition::DoNotCall));
        assert!("finished".parse::<Disposition>().is_err());
    }
}
