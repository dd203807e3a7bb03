//! Times on the wire: RFC 3339, in UTC, to the millisecond.

use jiff::Timestamp;

/// A time, from ms since 1970.
pub(super) fn at(ms: u64) -> Timestamp {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

/// ms since 1970; a time before that is 0.
pub(super) fn ms(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}
