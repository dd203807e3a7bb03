//! What a user orders.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use serde::Deserialize;
use tokio::time::Instant;
use voxgate_core::model::{AttemptId, CallId};

use crate::calls::{WhenFull, Window};

/// An order to reach a number with a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The call's name.
    pub call: CallId,
    /// The number, as the user wrote it. One that is none becomes an outcome, not an error.
    pub to: String,
    /// The script's name.
    pub dialplan: String,
    /// BCP 47 tag, as in `en-US`.
    pub language: String,
    /// What the script needs to know.
    pub variables: BTreeMap<String, String>,
    /// Not to be dialed before this, in ms since 1970.
    pub not_before_ms: Option<u64>,
    /// Not to be dialed after this, in ms since 1970.
    pub not_after_ms: Option<u64>,
    /// What to do while every slot is taken.
    pub when_full: WhenFull,
}

/// An order as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    to: String,
    dialplan: String,
    language: Option<String>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
    when_full: Option<WrittenWhenFull>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenWhenFull {
    Wait,
    Reject,
}

impl Order {
    /// An order with a name of its own, to be dialed as soon as there is a slot.
    #[must_use]
    pub fn new(to: &str, dialplan: &str, language: &str, variables: BTreeMap<String, String>) -> Self {
        Self {
            call: CallId::new(format!("call-{}", random())),
            to: to.to_owned(),
            dialplan: dialplan.to_owned(),
            language: language.to_owned(),
            variables,
            not_before_ms: None,
            not_after_ms: None,
            when_full: WhenFull::Wait,
        }
    }

    /// Reads an order: `{"to": "+1…", "dialplan": "reminder", "language": "en-US", "variables": {…}, "not_before": "…",
    /// "not_after": "…", "when_full": "wait"}`. Times are RFC 3339 with their offset; all but the first two may be left
    /// out.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let written: Written = serde_json::from_str(text)?;
        let ms = |time: Timestamp| u64::try_from(time.as_millisecond()).unwrap_or(0);
        Ok(Self {
            not_before_ms: written.not_before.map(ms),
            not_after_ms: written.not_after.map(ms),
            when_full: match written.when_full {
                Some(WrittenWhenFull::Reject) => WhenFull::Reject,
                Some(WrittenWhenFull::Wait) | None => WhenFull::Wait,
            },
            ..Self::new(
                &written.to,
                &written.dialplan,
                written.language.as_deref().unwrap_or("en-US"),
                written.variables,
            )
        })
    }

    /// When it may be dialed, on the clock that never steps; `None` if that is over.
    pub(super) fn window(&self, unix_ms: u64, now: Instant) -> Option<Window> {
        if self.not_after_ms.is_some_and(|not_after| not_after < unix_ms) {
            return None;
        }
        let at = |ms: u64| now + Duration::from_millis(ms.saturating_sub(unix_ms));
        Some(Window { not_before: self.not_before_ms.map(at), not_after: self.not_after_ms.map(at) })
    }
}

pub(super) fn attempt_id() -> AttemptId {
    AttemptId::new(format!("att-{}", random()))
}

/// 80 bits in hexadecimal: enough that two never meet, short enough to read out.
fn random() -> String {
    let mut bytes = [0; 10];
    #[expect(clippy::expect_used, reason = "without randomness two calls could share a name")]
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives out random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    /// Row 002-42: a job says whom to reach with which dialog, and between which times, each with its own offset.
    #[test]
    fn an_order_says_who_what_and_when() {
        let text = r#"{"to": "+12065550110", "dialplan": "reminder", "variables": {"first_name": "Ana"},
            "not_before": "2026-12-01T10:30:00-08:00", "not_after": "2026-12-01T20:00:00+01:00", "when_full": "reject"}"#;
        let order = Order::from_json(text).unwrap();
        assert_eq!(
            (order.to.as_str(), order.dialplan.as_str(), order.language.as_str()),
            ("+12065550110", "reminder", "en-US")
        );
        assert_eq!(order.not_before_ms, Some(1_796_149_800_000));
        assert_eq!(order.not_after_ms, Some(1_796_151_600_000), "half an hour later");
        assert_eq!(order.when_full, WhenFull::Reject);
        let (now, ms) = (clock::now(), 1_796_149_800_000);
        let early = order.window(ms - 5_000, now).unwrap();
        assert_eq!(early.not_before, Some(now + Duration::from_secs(5)));
        assert_eq!(order.window(ms + 1_800_001, now), None, "its time has passed");
    }

    #[test]
    fn what_is_wrong_with_an_order_is_named_with_its_place() {
        let table = [
            (r#"{"to": "+1", "dialplan": "d", "dialpan": 1}"#, "unknown field `dialpan`"),
            (r#"{"to": "+1"}"#, "missing field `dialplan`"),
            (r#"{"to": "+1", "dialplan": "d", "not_before": "tomorrow"}"#, "not_before|failed to parse"),
            (r#"{"to": "+1", "dialplan": "d", "when_full": "shout"}"#, "unknown variant `shout`"),
        ];
        for (text, wanted) in table {
            let error = Order::from_json(text).unwrap_err().to_string();
            assert!(wanted.split('|').any(|wanted| error.contains(wanted)), "{error}");
            assert!(error.contains("line 1 column"), "{error}");
        }
    }
}
