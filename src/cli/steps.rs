//! What happened in a call, step by step.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval};

use super::client::{Client, ClientError, part};
use super::shown::cell;

/// Between looks at a call that is followed.
const LOOK: Duration = Duration::from_millis(400);
/// States that a call does not leave.
const OVER: [&str; 5] = ["completed", "failed", "canceled", "suppressed", "expired"];

/// Everything that happened in a call so far, the first first.
pub(super) async fn steps(client: &Client, call: &str) -> Result<Vec<Value>, ClientError> {
    client.list(&format!("/v1/calls/{}/timeline", part(call)), &[]).await
}

/// Tells each step as it comes, until the call is over; returns the call.
pub(super) async fn follow(client: &Client, call: &str, mut tell: impl FnMut(&Value)) -> Result<Value, ClientError> {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::client::tests::Counterpart;

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
