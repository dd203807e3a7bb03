//! What an operator is to look at while everything still works.

use std::time::Duration;

/// A call's setup, its ringing aside, took longer than the operator wants to hear of. The fields are those of a
/// provider's failure. Row 002-31.
pub fn slow_setup(service: &str, took: Duration, limit: Duration) {
    let ms = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    tracing::warn!(
        service,
        operation = "call_setup",
        status = "slow",
        "type" = "alert",
        took_ms = ms(took),
        limit_ms = ms(limit),
        "a call took long to set up: look at the provider's answers and at the load of this machine"
    );
}
