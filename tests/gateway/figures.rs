//! `/metrics` of a gateway at work.

use std::time::Duration;

use crate::house::{House, order};

/// A figure of `/metrics`; None where its series is not shown.
async fn figure(house: &House, series: &str) -> Option<f64> {
    let text = house.get("/metrics").await.text().await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

async fn is(house: &House, series: &str, expected: f64) {
    let found = figure(house, series).await;
    assert_eq!(found, Some(expected), "{series}");
}

async fn becomes(house: &House, series: &str, expected: f64) {
    for _ in 0..200 {
        if figure(house, series).await == Some(expected) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{series} never became {expected}: {:?}", figure(house, series).await);
}

const DEPLOYMENT: &str = "slots_in_use{limit=\"deployment\"}";
const NETWORK: &str = "slots_in_use{limit=\"network\"}";

/// Rows 002-66, 000-57, 003-05: the gauge is what is under way, from before the dial until the call is proven over; what finds
/// no slot waits, and is counted as waiting.
#[tokio::test]
async fn slots_in_use_are_live_sessions_and_attempts_in_flight() {
    let house = House::with(|config| {
        config.calls.dialplans = Some(crate::house::short_scripts());
        config.limits.sessions = 2;
        config.calls.media_timeout = Duration::from_secs(20);
        config.providers.get_mut("network").unwrap().sessions = Some(5);
    })
    .await;
    is(&house, DEPLOYMENT, 0.0).await;
    is(&house, "slots_limit{limit=\"deployment\"}", 2.0).await;
    is(&house, "slots_limit{limit=\"network\"}", 2.0).await;
    let numbers = ["+12065570001", "+12065570002", "+12065570003"];
    let dialed = numbers.map(|number| house.switchboard.expect(number));
    let [first, second, third] = dialed;
    for number in numbers {
        house.app.order(order(number, "short")).await.unwrap();
    }
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    // Both are dialed, and neither has audio yet.
    is(&house, DEPLOYMENT, 2.0).await;
    is(&house, NETWORK, 2.0).await;
    becomes(&house, "queue_depth{queue=\"due_calls\"}", 1.0).await;
    is(&house, "sessions_live", 0.0).await;
    let mut talking = first.stream().await;
    talking.first_audio().await;
    is(&house, DEPLOYMENT, 2.0).await;
    is(&house, "sessions_live", 1.0).await;
    talking.key('1').await;
    talking.listen().await;
    let third = third.await.unwrap();
    becomes(&house, "queue_depth{queue=\"due_calls\"}", 0.0).await;
    is(&house, DEPLOYMENT, 2.0).await;
    for dialed in [second, third] {
        dialed.stream().await.agree().await;
    }
    becomes(&house, DEPLOYMENT, 0.0).await;
    is(&house, "initiate_call_total{result=\"accepted\"}", 3.0).await;
    becomes(&house, "call_setup_seconds_count", 3.0).await;
    is(&house, "call_setup_slow_total", 0.0).await;
    for queue in ["journal", "spool", "recordings", "store_writes"] {
        becomes(&house, &format!("queue_depth{{queue=\"{queue}\"}}"), 0.0).await;
    }
    house.close(3).await;
}

/// Rows 000-58..60: a task that a call leaves is counted with its reason and waits in the queue; a call whose callbacks
/// stay away is asked about, and for how long is told.
#[tokio::test]
async fn tasks_and_questions_are_counted_where_they_happen() {
    let house = House::short().await;
    house.call("not a number", "short").await;
    is(&house, "manual_tasks_created_total{reason=\"invalid_number\"}", 1.0).await;
    is(&house, "attempt_failures_total{failure_code=\"invalid_number\"}", 1.0).await;
    is(&house, "queue_depth{queue=\"manual_tasks\"}", 1.0).await;
    is(&house, "call_polling_duration_seconds_count", 0.0).await;
    // Nobody calls back for what the switchboard took, and its media never comes.
    let dialed = house.switchboard.expect("+12065570004");
    let record = house.call("+12065570004", "short").await;
    assert_eq!(record.failure_code.unwrap().as_str(), "media_failed");
    drop(dialed);
    becomes(&house, "call_polling_duration_seconds_count", 1.0).await;
    let asked = figure(&house, "call_polling_duration_seconds_sum").await.unwrap();
    // Asked from the first second on, until three seconds of waiting for media were over.
    assert!((1.0..8.0).contains(&asked), "{asked} s");
    house.close(2).await;
}
