//! Faults on demand: what goes wrong, where, how often. Deterministic by seed.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

/// A fault of the network, as it is asked for in the configuration and by `POST /sandbox/faults`.
///
/// `{"kind": "rest_drop_after", "count": 1}` loses one answer; `{"kind": "callback_lost", "probability": 0.2}` loses
/// every fifth callback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// How often it happens in all; without end when absent.
    #[serde(default)]
    pub count: Option<u32>,
    /// Chance at each opportunity, 0 to 1; 1 when absent.
    #[serde(default)]
    pub probability: Option<f64>,
    /// Only calls to this number; all when absent.
    #[serde(default)]
    pub to: Option<String>,
    /// For REST faults: only this operation; `create` when absent.
    #[serde(default)]
    pub operation: Operation,
    /// Length of a delay, hang or stall in ms (default 1000).
    #[serde(default)]
    pub ms: Option<u64>,
    /// Status of `rest_status` (default 503).
    #[serde(default)]
    pub status: Option<u16>,
    /// Bytes of `media_huge` (default 200 000), messages of `media_flood` (default 500). What exceeds 256 KiB and is not
    /// taken by the gateway at once is dropped.
    #[serde(default)]
    pub size: Option<usize>,
}

impl Fault {
    /// A fault that happens at every opportunity.
    pub fn new(kind: FaultKind) -> Self {
        let operation = Operation::Create;
        Self { kind, count: None, probability: None, to: None, operation, ms: None, status: None, size: None }
    }

    /// The same, this often.
    pub fn times(kind: FaultKind, count: u32) -> Self {
        Self { count: Some(count), ..Self::new(kind) }
    }

    fn length(&self) -> Duration {
        Duration::from_millis(self.ms.unwrap_or(1000))
    }
}

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection breaks before the request is looked at.
    RestDropBefore,
    /// The request is carried out, and the answer is lost.
    RestDropAfter,
    /// The request is not looked at for `ms`, then refused with 503.
    RestHang,
    /// 429 with code 20429.
    #[serde(rename = "rest_429")]
    Rest429,
    /// An answer with `status`.
    RestStatus,
    /// The request is carried out, and the answer is no JSON.
    RestGarbage,
    /// The request is carried out, and the answer comes `ms` late.
    RestSlow,
    /// The request is carried out, and the answer has a word for the call's status that nobody knows.
    RestUnknown,
    /// A callback is posted twice.
    CallbackDoubled,
    /// A callback is posted `ms` late; those behind it wait.
    CallbackDelayed,
    /// A callback is posted after the next one.
    CallbackReordered,
    /// A callback is never posted.
    CallbackLost,
    /// The callee's media stops for `ms` and comes in a burst.
    MediaStall,
    /// A text message that is no JSON.
    MediaGarbage,
    /// A binary message.
    MediaBinary,
    /// A message of `size` bytes.
    MediaHuge,
    /// A media message with an older sequence number.
    MediaDisorder,
    /// A media message with the last sequence number.
    MediaDuplicate,
    /// `size` media messages at once.
    MediaFlood,
}

/// A REST operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Place a call.
    #[default]
    Create,
    /// Hang up or redirect.
    Update,
    /// Read one call.
    Fetch,
    /// Read many.
    List,
    /// Delete a record.
    Delete,
    /// All of them.
    Any,
}

/// What a REST request meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RestFault {
    DropBefore,
    DropAfter,
    Hang(Duration),
    TooMany,
    Status(u16),
    Garbage,
    Slow(Duration),
    Unknown,
}

/// What a callback meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallbackFault {
    Doubled,
    Delayed(Duration),
    Reordered,
    Lost,
}

/// What a media stream does once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaFault {
    Stall(Duration),
    Garbage,
    Binary,
    Huge(usize),
    Disorder,
    Duplicate,
    Flood(usize),
}

/// The faults that are still to happen.
#[derive(Debug)]
pub(crate) struct Faults {
    pending: Vec<Fault>,
    random: SmallRng,
}

impl Faults {
    pub(crate) fn new(seed: u64, pending: Vec<Fault>) -> Self {
        Self { pending, random: SmallRng::seed_from_u64(seed) }
    }

    pub(crate) fn add(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.pending.extend(faults);
    }

    pub(crate) fn clear(&mut self) {
        self.pending.clear();
    }

    pub(crate) fn pending(&self) -> &[Fault] {
        &self.pending
    }

    /// The fault that the next REST request meets; `to` is known for requests about one call.
    pub(crate) fn rest(&mut self, operation: Operation, to: Option<&str>) -> Option<RestFault> {
        self.draw(to, |fault| {
            if fault.operation != operation && fault.operation != Operation::Any {
                return None;
            }
            rest_fault(fault)
        })
    }

    /// The fault that the next callback of a call to `to` meets.
    pub(crate) fn callback(&mut self, to: &str) -> Option<CallbackFault> {
        self.draw(Some(to), callback_fault)
    }

    /// The fault that a stream of a call to `to` commits at its next opportunity (one a second).
    pub(crate) fn media(&mut self, to: &str) -> Option<MediaFault> {
        self.draw(Some(to), media_fault)
    }

    fn draw<T>(&mut self, to: Option<&str>, fits: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        for index in 0..self.pending.len() {
            let fault = &mut self.pending[index];
            if fault.to.is_some() && fault.to.as_deref() != to {
                continue;
            }
            let Some(found) = fits(fault) else { continue };
            if fault.probability.is_some_and(|chance| self.random.random::<f64>() >= chance) {
                continue;
            }
            if let Some(count) = &mut fault.count {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.pending.remove(index);
                }
            }
            return Some(found);
        }
        None
    }
}

fn rest_fault(fault: &Fault) -> Option<RestFault> {
    use FaultKind as Kind;
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds belong to callbacks and media")]
    match fault.kind {
        Kind::RestDropBefore => Some(RestFault::DropBefore),
        Kind::RestDropAfter => Some(RestFault::DropAfter),
        Kind::RestHang => Some(RestFault::Hang(fault.length())),
        Kind::Rest429 => Some(RestFault::TooMany),
        Kind::RestStatus => Some(RestFault::Status(fault.status.unwrap_or(503))),
        Kind::RestGarbage => Some(RestFault::Garbage),
        Kind::RestSlow => Some(RestFault::Slow(fault.length())),
        Kind::RestUnknown => Some(RestFault::Unknown),
        _ => None,
    }
}

fn callback_fault(fault: &Fault) -> Option<CallbackFault> {
    use FaultKind as Kind;
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds belong to REST and media")]
    match fault.kind {
        Kind::CallbackDoubled => Some(CallbackFault::Doubled),
        Kind::CallbackDelayed => Some(CallbackFault::Delayed(fault.length())),
        Kind::CallbackReordered => Some(CallbackFault::Reordered),
        Kind::CallbackLost => Some(CallbackFault::Lost),
        _ => None,
    }
}

fn media_fault(fault: &Fault) -> Option<MediaFault> {
    use FaultKind as Kind;
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds belong to REST and callbacks")]
    match fault.kind {
        Kind::MediaStall => Some(MediaFault::Stall(fault.length())),
        Kind::MediaGarbage => Some(MediaFault::Garbage),
        Kind::MediaBinary => Some(MediaFault::Binary),
        Kind::MediaHuge => Some(MediaFault::Huge(fault.size.unwrap_or(200_000))),
        Kind::MediaDisorder => Some(MediaFault::Disorder),
        Kind::MediaDuplicate => Some(MediaFault::Duplicate),
        Kind::MediaFlood => Some(MediaFault::Flood(fault.size.unwrap_or(500))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_fault_happens_that_often_and_only_where_it_belongs() {
        let mut faults = Faults::new(1, vec![Fault::times(FaultKind::RestDropAfter, 2)]);
        assert_eq!(faults.callback("+1"), None);
        assert_eq!(faults.rest(Operation::Fetch, None), None);
        let drawn: Vec<_> = (0..3).map(|_| faults.rest(Operation::Create, Some("+1"))).collect();
        assert_eq!(drawn, [Some(RestFault::DropAfter), Some(RestFault::DropAfter), None]);
        assert!(faults.pending().is_empty());
    }

    #[test]
    fn a_fault_may_be_for_one_number() {
        let to = Some("+12065550110".to_owned());
        let mut faults = Faults::new(1, vec![Fault { to, ..Fault::new(FaultKind::CallbackLost) }]);
        assert_eq!(faults.callback("+12065550111"), None);
        assert_eq!(faults.callback("+12065550110"), Some(CallbackFault::Lost));
    }

    #[test]
    fn chance_is_fixed_by_the_seed() {
        let run = |seed| {
            let fault = Fault { probability: Some(0.3), ..Fault::new(FaultKind::CallbackLost) };
            let mut faults = Faults::new(seed, vec![fault]);
            (0..1000).map(|_| faults.callback("+1").is_some()).collect::<Vec<_>>()
        };
        let lost = run(5).iter().filter(|lost| **lost).count();
        assert!((250..350).contains(&lost), "{lost} of 1000");
        assert_eq!(run(5), run(5));
        assert_ne!(run(5), run(6));
    }

    #[test]
    fn the_json_form_is_read_and_a_wrong_name_is_told() {
        let fault: Fault = serde_json::from_str(r#"{"kind":"rest_429","count":1}"#).expect("a fault");
        assert_eq!(fault, Fault::times(FaultKind::Rest429, 1));
        let error = serde_json::from_str::<Fault>(r#"{"kind":"rest_430"}"#).expect_err("refused").to_string();
        assert!(error.contains("rest_430") && error.contains("rest_429"), "{error}");
    }
}
