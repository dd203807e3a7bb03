//! What happened in a call, step by step, as text.

use std::collections::HashSet;
use std::fmt::Write;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval};

use super::client::{Client, ClientError, part};
use super::shown::{cell, shown};

/// Between looks at a call that is followed.
const LOOK: Duration = Duration::from_millis(400);
/// States that a call does not leave.
const OVER: [&str; 5] = ["completed", "failed", "canceled", "suppressed", "expired"];

/// Everything that happened in a call so far, the first first.
pub(super) async fn steps(client: &Client, call: &str) -> Result<Vec<Value>, ClientError> {
    client.list(&format!("/v1/calls/{}/timeline", part(call)), &[]).await
}

/// Tells each step as it comes, until the call is over; returns the call.
pub(super) async fn follow(client: &Client, call: &str, tell: impl Fn(&Value)) -> Result<Value, ClientError> {
    let path = format!("/v1/calls/{}", part(call));
    let mut told = HashSet::new();
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // First the call, then its steps: what led to its end is among them then.
        let stands = client.get(&path, &[]).await?;
        for step in steps(client, call).await? {
            if told.insert(step.to_string()) {
                tell(&step);
            }
        }
        if OVER.contains(&cell(&stands, "state").as_str()) {
            return Ok(stands);
        }
    }
}

/// `time  kind  attempt  field=value …`
pub(super) fn line(step: &Value) -> String {
    let mut text = format!("{:<24}  {:<14}  {}", cell(step, "at"), cell(step, "kind"), cell(step, "attempt_id"));
    fields(&mut text, "", &step["detail"]);
    text
}

fn fields(text: &mut String, prefix: &str, value: &Value) {
    let Value::Object(object) = value else { return };
    for (name, value) in object {
        match value {
            Value::Null => {}
            Value::Object(_) => fields(text, &format!("{prefix}{name}."), value),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                let _ = write!(text, " {prefix}{name}={}", shown(value)); // a String takes everything
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::client::tests::Counterpart;

    #[test]
    fn a_step_is_a_line() {
        let step = json!({"at": "2026-12-01T10:30:00.120Z", "kind": "journal", "attempt_id": "att-1",
            "detail": {"event": "heard", "utterance": {"ms": 1200, "cut": null}}});
        assert_eq!(line(&step), "2026-12-01T10:30:00.120Z  journal         att-1 event=heard utterance.ms=1200");
    }

    #[tokio::test]
    async fn a_call_is_followed_until_it_is_over_and_no_step_told_twice() {
        let answer = json!({"state": "failed", "items": [{"kind": "a"}, {"kind": "b"}, {"kind": "a"}]});
        let counterpart = Counterpart::answering(200, &answer.to_string()).await;
        let told = std::cell::RefCell::new(Vec::new());
        let tell = |step: &Value| told.borrow_mut().push(cell(step, "kind"));
        let call = follow(&counterpart.client, "call-1", tell).await.unwrap();
        assert_eq!(
            (cell(&call, "state").as_str(), told.into_inner()),
            ("failed", vec!["a".to_owned(), "b".to_owned()])
        );
    }
}
