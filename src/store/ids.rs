//! Names of rows: a prefix that says what it is, and a UUID version 7 (RFC 9562), whose order is that of creation.

use std::sync::Mutex;

use uuid::{ContextV7, Timestamp, Uuid};

/// Keeps the names that one process gives within one millisecond in order.
static ORDER: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// A name that nothing else has, made at `now_ms` (ms since 1970).
pub(super) fn new_id(prefix: &str, now_ms: u64) -> String {
    let nanos = u32::try_from(now_ms % 1000).unwrap_or(0) * 1_000_000;
    let uuid = Uuid::new_v7(Timestamp::from_unix(&ORDER, now_ms / 1000, nanos));
    format!("{prefix}-{}", uuid.simple())
}

/// Names given from now on come after this one, though the clock stepped back since it was given.
pub(super) fn come_after(name: &str) {
    let uuid = name.rsplit('-').next().and_then(|uuid| Uuid::try_parse(uuid).ok());
    if let Some((seconds, nanos)) = uuid.and_then(|uuid| uuid.get_timestamp()).map(|at| at.to_unix()) {
        // A millisecond later: within the same one the order is by chance.
        let millis = seconds * 1_000 + u64::from(nanos / 1_000_000) + 1;
        new_id("", millis);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_the_order_of_their_making() {
        let names: Vec<_> = (0..5_000).map(|n| new_id("call", 1_700_000_000_000 + n / 1_000)).collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(names[0].len(), "call-".len() + 32);
    }

    /// A clock that stepped back, in this process or since the last one, changes no order.
    #[test]
    fn names_keep_their_order_though_the_clock_steps_back() {
        let before = new_id("h", 2_000_000_000_000);
        let after = new_id("h", 1_600_000_000_000);
        assert!(before < after);
        let of_another_process = format!("h-{}", "0258000000007fffbfffffffffffffff");
        come_after(&of_another_process);
        let next = new_id("h", 1_600_000_000_000);
        assert!(of_another_process < next, "{next}");
        for no_name in ["", "h-", "h-1", "ü-ü"] {
            come_after(no_name);
        }
        assert!(next < new_id("h", 1_600_000_000_000));
    }
}
