//! Spans: what a log line is about. One trace id goes through a call, its attempts and their sessions.

use ring::digest::{SHA256, digest};
use tracing::Span;
use voxgate_core::model::{AttemptId, CallId};

/// The trace of a call: 32 hexadecimal digits, as W3C Trace Context has them. It follows from the call's id, so that
/// whoever knows the call knows it, in another process and after a crash too.
#[must_use]
pub fn trace_of(call: &CallId) -> String {
    let hash = digest(&SHA256, call.as_str().as_bytes());
    hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What is done for a call while it has no attempt: the order, the gate, the scheduler.
#[must_use]
pub fn call_span(call: &CallId) -> Span {
    tracing::info_span!("call", trace = trace_of(call), call = %call)
}

/// What is done to reach somebody.
#[must_use]
pub fn attempt_span(call: &CallId, attempt: &AttemptId) -> Span {
    tracing::info_span!("attempt", trace = trace_of(call), call = %call, attempt = %attempt)
}

/// What the media plane does. An attempt has one session, which goes by the attempt's id.
#[must_use]
pub fn session_span(call: &CallId, attempt: &AttemptId) -> Span {
    tracing::info_span!("session", trace = trace_of(call), call = %call, attempt = %attempt, session = %attempt)
}
