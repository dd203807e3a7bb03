//! Why a person is needed.

use crate::model::FailureCode;
use crate::model::closed_list::closed_list;

closed_list! {
    /// Why a person is needed: what the last attempt came to, where it came to no success.
    TaskReason {
        /// The callee asked for a person.
        AskedForPerson = "asked_for_person",
        /// A person talked and something was captured, but no success.
        PartiallyCompleted = "partially-completed",
        /// Another time was agreed at which the order does not allow a call.
        Rescheduled = "rescheduled",
        /// Machines answered until the redials were used up.
        Voicemail = "voicemail",
        /// Nobody answered until the redials were used up.
        NoAnswer = "no-answer",
        /// The line was busy until the redials were used up.
        Busy = "busy",
        /// The called party rejected the ring.
        Declined = "declined",
        /// No attempt is left to the call.
        MaxAttempts = "max_attempts",
        /// See [`FailureCode::Network`].
        Network = "network",
        /// See [`FailureCode::Timeout`].
        Timeout = "timeout",
        /// See [`FailureCode::CircuitOpen`].
        CircuitOpen = "circuit_open",
        /// See [`FailureCode::MediaFailed`].
        MediaFailed = "media_failed",
        /// See [`FailureCode::SpeechFailed`].
        SpeechFailed = "speech_failed",
        /// See [`FailureCode::InvalidNumber`].
        InvalidNumber = "invalid_number",
        /// See [`FailureCode::NumberNotInService`].
        NumberNotInService = "number_not_in_service",
        /// See [`FailureCode::CarrierBlocked`].
        CarrierBlocked = "carrier_blocked",
        /// See [`FailureCode::ProviderRejected`].
        ProviderRejected = "provider_rejected",
        /// See [`FailureCode::ProviderAccount`].
        ProviderAccount = "provider_account",
        /// See [`FailureCode::StatusUnknownTimeout`].
        StatusUnknownTimeout = "status_unknown_timeout",
        /// See [`FailureCode::HangupEarly`].
        HangupEarly = "hangup_early",
        /// See [`FailureCode::Interrupted`].
        Interrupted = "interrupted",
        /// See [`FailureCode::InternalError`].
        InternalError = "internal_error",
    }
}

impl From<FailureCode> for TaskReason {
    fn from(code: FailureCode) -> Self {
        match code {
            FailureCode::Network => Self::Network,
            FailureCode::Timeout => Self::Timeout,
            FailureCode::CircuitOpen => Self::CircuitOpen,
            FailureCode::MediaFailed => Self::MediaFailed,
            FailureCode::SpeechFailed => Self::SpeechFailed,
            FailureCode::InvalidNumber => Self::InvalidNumber,
            FailureCode::NumberNotInService => Self::NumberNotInService,
            FailureCode::CarrierBlocked => Self::CarrierBlocked,
            FailureCode::ProviderRejected => Self::ProviderRejected,
            FailureCode::ProviderAccount => Self::ProviderAccount,
            FailureCode::StatusUnknownTimeout => Self::StatusUnknownTimeout,
            FailureCode::HangupEarly => Self::HangupEarly,
            FailureCode::Interrupted => Self::Interrupted,
            FailureCode::InternalError => Self::InternalError,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row 000-32: the reason of a failed call's task is its failure code, word for word.
    #[test]
    fn a_failure_code_keeps_its_name_as_a_reason() {
        for code in FailureCode::ALL {
            assert_eq!(TaskReason::from(*code).as_str(), code.as_str());
        }
    }
}
