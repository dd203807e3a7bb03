//! Every code of the API, in one place.

use axum::http::StatusCode;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:ident $text:literal,)+) => {
        /// What went wrong, for programs. A code never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $name,)+ }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code's text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The status that it comes with.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }
        }
    };
}

codes! {
    /// The body is not JSON; the detail says where it stops being it.
    MalformedJson = BAD_REQUEST "malformed_json",
    /// A header, or the query's encoding, cannot be read.
    MalformedRequest = BAD_REQUEST "malformed_request",
    /// A provider's callback cannot be read.
    MalformedCallback = BAD_REQUEST "malformed",
    /// No key, or none that is valid.
    Unauthenticated = UNAUTHORIZED "unauthenticated",
    /// The key has not the role that this needs.
    Forbidden = FORBIDDEN "forbidden",
    /// A callback without its signature.
    Unsigned = FORBIDDEN "unsigned",
    /// A callback whose signature is wrong.
    Forged = FORBIDDEN "forged",
    /// Nothing is served at this path.
    NotFound = NOT_FOUND "not_found",
    /// There is no such call.
    UnknownCall = NOT_FOUND "unknown_call",
    /// There is no such attempt.
    UnknownAttempt = NOT_FOUND "unknown_attempt",
    /// There is no such recording.
    UnknownRecording = NOT_FOUND "unknown_recording",
    /// There is no such manual task.
    UnknownTask = NOT_FOUND "unknown_task",
    /// There is no such telecaller.
    UnknownTelecaller = NOT_FOUND "unknown_telecaller",
    /// There is no such key.
    UnknownKey = NOT_FOUND "unknown_key",
    /// No provider of this name is configured.
    UnknownProvider = NOT_FOUND "unknown_provider",
    /// The number is not on the do-not-call list.
    NotListed = NOT_FOUND "not_listed",
    /// The call was not recorded.
    NotRecorded = NOT_FOUND "not_recorded",
    /// The path does not take this method; the header `Allow` says which it takes.
    MethodNotAllowed = METHOD_NOT_ALLOWED "method_not_allowed",
    /// The body did not arrive in time.
    BodyTimeout = REQUEST_TIMEOUT "body_timeout",
    /// The state does not allow it; nothing was changed.
    IllegalTransition = CONFLICT "illegal_transition",
    /// The recording is still being written.
    NotReady = CONFLICT "not_ready",
    /// A call to this number is under way, and the order does not want to wait.
    NumberBusy = CONFLICT "number_busy",
    /// Somebody else has the task.
    TaskOfAnother = CONFLICT "task_of_another",
    /// The telecaller is offline.
    TelecallerAway = CONFLICT "telecaller_away",
    /// The attempt has no outcome yet that could be revised.
    AttemptNotEnded = CONFLICT "attempt_not_ended",
    /// A request with this Idempotency-Key is being answered now.
    IdempotencyInFlight = CONFLICT "idempotency_in_flight",
    /// The recording's time is over; it was deleted.
    Expired = GONE "expired",
    /// The body is longer than is read.
    BodyTooLarge = PAYLOAD_TOO_LARGE "body_too_large",
    /// The body is not said to be JSON.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "unsupported_media_type",
    /// The recording has no such bytes.
    RangeNotSatisfiable = RANGE_NOT_SATISFIABLE "range_not_satisfiable",
    /// A field is unknown, missing or has a value that it cannot have.
    InvalidField = UNPROCESSABLE_ENTITY "invalid_field",
    /// The number is not one.
    InvalidNumber = UNPROCESSABLE_ENTITY "invalid_number",
    /// There is no such dialplan, or it has errors.
    UnknownDialplan = UNPROCESSABLE_ENTITY "unknown_dialplan",
    /// The dialplan's variables or language are not as it needs them.
    InvalidVariables = UNPROCESSABLE_ENTITY "invalid_variables",
    /// There is no such time zone.
    InvalidTimeZone = UNPROCESSABLE_ENTITY "invalid_time_zone",
    /// `not_after` has passed, or is before `not_before`.
    PastNotAfter = UNPROCESSABLE_ENTITY "past_not_after",
    /// The Idempotency-Key was used for another request.
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY "idempotency_key_reused",
    /// Every slot is taken, and the order said not to wait.
    SessionLimitExceeded = TOO_MANY_REQUESTS "session_limit_exceeded",
    /// A defect of ours.
    InternalError = INTERNAL_SERVER_ERROR "internal_error",
    /// The store takes nothing now; nothing was changed.
    StoreUnavailable = SERVICE_UNAVAILABLE "store_unavailable",
    /// The gateway is stopping and takes no new calls.
    Draining = SERVICE_UNAVAILABLE "draining",
    /// The gateway is not ready to serve.
    NotServing = SERVICE_UNAVAILABLE "not_serving",
    /// It takes no more now.
    Busy = SERVICE_UNAVAILABLE "busy",
    /// The answer took too long; what was asked for may have happened.
    TimedOut = GATEWAY_TIMEOUT "timed_out",
}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        let texts = Self::ALL.iter().map(|code| code.as_str());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(texts)).into()
    }
}

impl ToSchema for Code {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_code_is_one_error() {
        let texts: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|code| code.status().is_client_error() || code.status().is_server_error()));
    }
}
