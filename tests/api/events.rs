//! `/v1/events`.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt;
use serde_json::Value;
use tokio::time::timeout;
use voxgate::http::access::Role::Integrator;

use crate::bench::{Answer, Bench};
use crate::story::completed;

/// For events that must come; far beyond what it takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads so many events: id, name, data.
async fn read(bench: &Bench, last: Option<&str>, most: usize) -> Vec<(String, String, Value)> {
    let mut request = bench.request(Integrator, "GET", "/v1/events");
    if let Some(last) = last {
        request = request.header("Last-Event-ID", last);
    }
    let response = bench.open(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let mut text = String::new();
    while text.matches("\n\n").count() < most {
        let Some(piece) = timeout(PATIENCE, stream.next()).await.unwrap() else { break };
        text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
    }
    let field = |event: &str, name: &str| {
        event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
    };
    let events = text.split_terminator("\n\n");
    let event = |event: &str| {
        (field(event, "id:"), field(event, "event:"), serde_json::from_str(&field(event, "data:")).unwrap())
    };
    events.map(event).collect()
}

/// A listener that lost its connection goes on after the last event that it saw, with no gap and no repeat.
#[tokio::test]
async fn a_stream_goes_on_where_it_broke() {
    let bench = Bench::new().await;
    let attempt = bench.answered().await;
    let first = read(&bench, Some("0"), 2).await;
    let names: Vec<_> = first.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names, ["voice_ai_call_initiated", "voice_ai_call_started"]);
    assert_eq!(first[0].2["call_id"], attempt.call.as_str());
    assert_eq!(first[0].2["event"], "voice_ai_call_initiated");
    bench.finish(&attempt, completed(), None).await;
    let rest = read(&bench, Some(&first[1].0), 1).await;
    assert_eq!(rest[0].1, "voice_ai_call_completed");
}

/// A listener without a place hears what comes from now on, and the stream ends when the gateway does.
#[tokio::test]
async fn a_new_stream_begins_now_and_ends_with_the_gateway() {
    let bench = Bench::new().await;
    let attempt = bench.answered().await;
    let later = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        bench.finish(&attempt, completed(), None).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
        bench.stop.send_replace(true);
    };
    let (heard, ()) = tokio::join!(read(&bench, None, usize::MAX), later);
    let names: Vec<_> = heard.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names, ["voice_ai_call_completed"]);
}

/// Many listen, from the first event, from within and from now on: each hears every event after its place, once and in
/// order, though one reader alone looks for them.
#[tokio::test]
async fn every_listener_hears_every_event_once() {
    let bench = Bench::new().await;
    let story = async {
        for _ in 0..4 {
            let attempt = bench.answered().await;
            bench.finish(&attempt, completed(), None).await;
        }
    };
    let first = async {
        let attempt = bench.answered().await;
        bench.finish(&attempt, completed(), None).await;
    };
    first.await;
    let places = [Some(0), Some(1), Some(2), Some(3), None];
    let listeners = (0..20).map(|n| {
        let place: Option<u64> = places[n % places.len()];
        let after = place.unwrap_or(3);
        let last = place.map(|place| place.to_string());
        let bench = &bench;
        async move {
            let heard = read(bench, last.as_deref(), usize::try_from(15 - after).unwrap()).await;
            let heard: Vec<u64> = heard.iter().map(|(id, ..)| id.parse().unwrap()).collect();
            assert_eq!(heard, (after + 1..=15).collect::<Vec<_>>(), "after {place:?}");
        }
    });
    // The story begins once everybody listens.
    let later = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        story.await;
    };
    tokio::join!(futures_util::future::join_all(listeners), later);
}

/// Listeners are bounded: one too many is told so, until another one goes.
#[tokio::test]
async fn one_listener_too_many_is_told() {
    let bench = Bench::new().await;
    let listen = async || {
        let request = bench.request(Integrator, "GET", "/v1/events").body(Body::empty()).unwrap();
        bench.open(request).await
    };
    let mut listeners = Vec::new();
    for _ in 0..256 {
        listeners.push(listen().await);
    }
    assert!(listeners.iter().all(|response| response.status().is_success()));
    let refused = Answer::of(listen().await).await;
    assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (503, "busy"));
    assert!(refused.headers.contains_key("retry-after"));
    listeners.pop();
    assert!(listen().await.status().is_success());
}

#[tokio::test]
async fn a_place_is_a_number() {
    let bench = Bench::new().await;
    let request = bench.request(Integrator, "GET", "/v1/events").header("Last-Event-ID", "evt-1");
    assert_eq!(bench.send(request.body(Body::empty()).unwrap()).await.problem(), "malformed_request");
}
