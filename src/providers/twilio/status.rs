//! The provider's words for where a call stands and why it failed, in ours.
//!
//! Sources: <https://www.twilio.com/docs/voice/api/call-resource>, <https://www.twilio.com/docs/api/errors>, RFC 3261
//! section 21 for SIP codes, RFC 8197 and RFC 8688 for 607 and 608.

use voxgate_core::calls::{CallEnd, CallStatus};
use voxgate_core::model::{AnsweredBy, FailureCode};

/// What refines a status, where the provider says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cause {
    /// The last answer of the called network.
    pub(super) sip: Option<u16>,
    /// The provider's own code.
    pub(super) code: Option<u32>,
}

pub(super) fn call_status(raw: &str, cause: Cause) -> CallStatus {
    match raw {
        "queued" => CallStatus::Queued,
        "initiated" => CallStatus::Dialing,
        "ringing" => CallStatus::Ringing,
        "in-progress" | "answered" => CallStatus::Answered,
        "completed" => CallStatus::Ended(CallEnd::Completed),
        // The provider calls every refusal by the called side busy; the network knows better.
        "busy" if cause.sip == Some(603) => CallStatus::Ended(CallEnd::Declined),
        "busy" => CallStatus::Ended(CallEnd::Busy),
        "no-answer" => CallStatus::Ended(CallEnd::NoAnswer),
        "canceled" => CallStatus::Ended(CallEnd::Canceled),
        "failed" => CallStatus::Ended(failed(cause)),
        _ => CallStatus::Unknown { raw: raw.to_owned() },
    }
}

/// Without a cause, "failed" means most of the time that there is no such number.
fn failed(cause: Cause) -> CallEnd {
    if let Some(code) = cause.code.and_then(asynchronous_failure) {
        return CallEnd::Failed(code);
    }
    match cause.sip {
        Some(486 | 600) => CallEnd::Busy,
        Some(603) => CallEnd::Declined,
        Some(408 | 480 | 487) => CallEnd::NoAnswer,
        Some(484 | 416) => CallEnd::Failed(FailureCode::InvalidNumber),
        Some(607 | 608) => CallEnd::Failed(FailureCode::CarrierBlocked),
        Some(401..=403 | 407) => CallEnd::Failed(FailureCode::ProviderRejected),
        Some(500..=599) => CallEnd::Failed(FailureCode::Network),
        Some(_) | None => CallEnd::Failed(FailureCode::NumberNotInService),
    }
}

/// Codes that the provider reports after it took the call.
fn asynchronous_failure(code: u32) -> Option<FailureCode> {
    match code {
        13224 => Some(FailureCode::NumberNotInService),
        13225 => Some(FailureCode::ProviderRejected),
        13227 => Some(FailureCode::ProviderAccount),
        32203 => Some(FailureCode::CarrierBlocked),
        _ => None,
    }
}

/// Why a request to dial was refused for good.
pub(super) fn refused_dial(http_status: u16, code: Option<u32>) -> FailureCode {
    match (code, http_status) {
        (Some(21201 | 21211 | 21217), _) => FailureCode::InvalidNumber,
        (Some(21214), _) => FailureCode::NumberNotInService,
        // Credentials, a caller id that is not ours, an account that is not active: no other number will fare better.
        (Some(10001 | 20003 | 21210 | 21212 | 21213 | 21218), _) | (_, 401 | 403) => FailureCode::ProviderAccount,
        (Some(_) | None, _) => FailureCode::ProviderRejected,
    }
}

/// Codes of a dial that was never processed, whatever its HTTP status.
pub(super) fn is_rate_limit(http_status: u16, code: Option<u32>) -> bool {
    http_status == 429 || matches!(code, Some(20429 | 10004))
}

/// Who answered. A machine counts once its greeting has ended: only then can a message be left.
pub(super) fn answered_by(raw: &str) -> Option<AnsweredBy> {
    match raw {
        "human" => Some(AnsweredBy::Human),
        "machine_end_beep" | "machine_end_silence" | "machine_end_other" => Some(AnsweredBy::Machine),
        "fax" => Some(AnsweredBy::Fax),
        "unknown" => Some(AnsweredBy::Unknown),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(raw: &str, sip: Option<u16>, code: Option<u32>) -> CallStatus {
        call_status(raw, Cause { sip, code })
    }

    /// Rows 002-08 and 000-37: every status of the provider has its place, and any other is kept as it is.
    #[test]
    fn statuses_have_their_place() {
        let failed = |code| CallStatus::Ended(CallEnd::Failed(code));
        let table = [
            (ended("queued", None, None), CallStatus::Queued),
            (ended("initiated", None, None), CallStatus::Dialing),
            (ended("ringing", None, None), CallStatus::Ringing),
            (ended("in-progress", None, None), CallStatus::Answered),
            (ended("completed", Some(200), None), CallStatus::Ended(CallEnd::Completed)),
            (ended("busy", Some(486), None), CallStatus::Ended(CallEnd::Busy)),
            (ended("busy", Some(603), None), CallStatus::Ended(CallEnd::Declined)),
            (ended("no-answer", None, None), CallStatus::Ended(CallEnd::NoAnswer)),
            (ended("canceled", Some(487), None), CallStatus::Ended(CallEnd::Canceled)),
            (ended("failed", None, None), failed(FailureCode::NumberNotInService)),
            (ended("failed", Some(404), None), failed(FailureCode::NumberNotInService)),
            (ended("failed", Some(484), None), failed(FailureCode::InvalidNumber)),
            (ended("failed", Some(608), None), failed(FailureCode::CarrierBlocked)),
            (ended("failed", Some(503), None), failed(FailureCode::Network)),
            (ended("failed", Some(503), Some(32203)), failed(FailureCode::CarrierBlocked)),
            (ended("failed", None, Some(13227)), failed(FailureCode::ProviderAccount)),
            (ended("levitating", None, None), CallStatus::Unknown { raw: "levitating".to_owned() }),
            (ended("", None, None), CallStatus::Unknown { raw: String::new() }),
        ];
        for (actual, expected) in table {
            assert_eq!(actual, expected);
        }
    }

    #[test]
    fn refusals_have_their_meaning() {
        let table = [
            (400, Some(21211), FailureCode::InvalidNumber),
            (400, Some(21214), FailureCode::NumberNotInService),
            (400, Some(21215), FailureCode::ProviderRejected),
            (401, Some(20003), FailureCode::ProviderAccount),
            (403, None, FailureCode::ProviderAccount),
            (400, Some(21210), FailureCode::ProviderAccount),
            (400, Some(99999), FailureCode::ProviderRejected),
            (404, None, FailureCode::ProviderRejected),
        ];
        for (http, code, expected) in table {
            assert_eq!(refused_dial(http, code), expected, "{http} {code:?}");
        }
        assert!(is_rate_limit(429, None) && is_rate_limit(400, Some(10004)) && !is_rate_limit(400, Some(21211)));
    }

    #[test]
    fn a_machine_counts_when_its_greeting_has_ended() {
        assert_eq!(answered_by("machine_start"), None);
        for end in ["machine_end_beep", "machine_end_silence", "machine_end_other"] {
            assert_eq!(answered_by(end), Some(AnsweredBy::Machine));
        }
        assert_eq!(answered_by("human"), Some(AnsweredBy::Human));
        assert_eq!(answered_by("fax"), Some(AnsweredBy::Fax));
        assert_eq!(answered_by("unknown"), Some(AnsweredBy::Unknown));
    }
}
