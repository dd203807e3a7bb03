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
/// States in which nobody is dialed.
const WAITING: [&str; 4] = ["scheduled", "pending", "deferred", "redial_wait"];

/// Everything that happened in a call so far, the first first.
pub(super) async fn steps(client: &Client, call: &str) -> Result<Vec<Value>, ClientError> {
    client.list(&format!("/v1/calls/{}/timeline", part(call)), &[]).await
}

/// Tells each step as it comes, until the call is over; returns the call. While it waits, `wait` is told why, once for
/// each reason.
pub(super) async fn follow(
    client: &Client,
    call: &str,
    mut tell: impl FnMut(&Value),
    mut wait: impl FnMut(&str),
) -> Result<Value, ClientError> {
    let mut waited_for = HashSet::new();
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
        if let Some(reason) = why_it_waits(client, &stands).await?
            && waited_for.insert(reason.clone())
        {
            wait(&reason);
        }
    }
}

/// Why a call is not dialed now; none where it is under way, or about to be.
async fn why_it_waits(client: &Client, call: &Value) -> Result<Option<String>, ClientError> {
    let state = cell(call, "state");
    if !WAITING.contains(&state.as_str()) {
        return Ok(None);
    }
    let stats = client.get("/v1/stats", &[]).await?;
    if stats["dialing"] == false {
        return Ok(Some("dialing is stopped: the call waits; `voxgate resume-dialing` lets it go on".to_owned()));
    }
    if state != "pending" {
        return Ok(Some(format!("the call waits until {}: {}", cell(call, "due_at"), cell(call, "reason"))));
    }
    let full = stats["slots"].as_u64().zip(stats["slots_in_use"].as_u64()).is_some_and(|(all, used)| used >= all);
    Ok(full.then(|| format!("the call waits for a slot: {} are taken (limits.sessions)", cell(&stats, "slots_in_use"))))
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
        let call = follow(&counterpart.client, "call-1", tell, |_| {}).await.unwrap();
        assert_eq!(
            (cell(&call, "state").as_str(), told.into_inner()),
            ("failed", vec!["a".to_owned(), "b".to_owned()])
        );
    }

    #[tokio::test]
    async fn who_watches_a_call_that_waits_is_told_why_once() {
        let call = |state: &str| json!({"state": state, "due_at": "2026-12-01T16:00:00Z", "reason": "outside_hours"});
        let stats = |dialing: bool, used: u32| json!({"dialing": dialing, "slots": 2, "slots_in_use": used});
        let table = [
            ("pending", stats(false, 0), Some("`voxgate resume-dialing`")),
            ("deferred", stats(true, 0), Some("until 2026-12-01T16:00:00Z: outside_hours")),
            ("pending", stats(true, 2), Some("for a slot: 2 are taken")),
            ("pending", stats(true, 1), None),
            ("in_progress", stats(false, 2), None),
        ];
        for (state, stats, expected) in table {
            let counterpart = Counterpart::answering(200, &stats.to_string()).await;
            let told = why_it_waits(&counterpart.client, &call(state)).await.unwrap();
            assert!(
                told.as_deref().map_or(expected.is_none(), |told| expected.is_some_and(|e| told.contains(e))),
                "{told:?}"
            );
        }
        let looks = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
        let counterpart = Counterpart::serving(move |path| {
            let n = looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let state = if n > 8 { "failed" } else { "pending" };
            match path {
                "/v1/stats" => (200, stats(false, 0).to_string()),
                _ => (200, json!({"state": state, "items": []}).to_string()),
            }
        })
        .await;
        let told = std::cell::RefCell::new(Vec::new());
        follow(&counterpart.client, "call-1", |_| {}, |why| told.borrow_mut().push(why.to_owned())).await.unwrap();
        assert_eq!(told.into_inner().len(), 1);
    }
}
