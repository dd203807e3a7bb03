//! The fault matrix: what dial and status requests meet, crossed with what befalls the callbacks.

use std::time::Duration;

use futures_util::future::join_all;
use voxgate_core::calls::{AttemptState, CallState};
use voxgate_core::model::{Disposition, FailureCode};
use voxgate_sandbox::{Fault, FaultKind, Operation};

use super::house::{House, Seen};
use super::{BUSY, NO_ANSWER};

type Outcome = (Disposition, Option<FailureCode>);

const WAS_BUSY: Outcome = (Disposition::Busy, None);
/// Longer than the gateway waits for an answer here.
const TOO_LONG: Option<u64> = Some(2_500);

/// What befalls the callbacks of a call.
const CALLBACKS: [Option<FaultKind>; 4] =
    [None, Some(FaultKind::CallbackDoubled), Some(FaultKind::CallbackReordered), Some(FaultKind::CallbackLost)];

/// What a request meets, and what comes of it.
#[derive(Clone)]
struct Met {
    name: &'static str,
    fault: Fault,
    /// Requests of its kind that are sent.
    requests: u64,
    /// Whether there is a call at the carrier.
    called: bool,
    outcome: Outcome,
}

const fn failed(code: FailureCode) -> Outcome {
    (Disposition::Failed, Some(code))
}

fn once(kind: FaultKind) -> Fault {
    Fault::times(kind, 1)
}

/// The dial's half of the matrix. A dial whose fate is unknown is never sent again: with no call to be found it ends as
/// `status_unknown_timeout`.
fn dials() -> Vec<Met> {
    let unknown = failed(FailureCode::StatusUnknownTimeout);
    let row = |name, fault, requests, called, outcome| Met { name, fault, requests, called, outcome };
    let status = |status| Fault { status: Some(status), ..once(FaultKind::RestStatus) };
    vec![
        row("timeout", Fault { ms: TOO_LONG, ..once(FaultKind::RestHang) }, 1, false, unknown),
        row("reset", once(FaultKind::RestDropBefore), 1, false, unknown),
        row("400", status(400), 1, false, failed(FailureCode::ProviderRejected)),
        row("403", status(403), 1, false, failed(FailureCode::ProviderAccount)),
        row("408", status(408), 1, false, unknown),
        row("429 once", once(FaultKind::Rest429), 2, true, WAS_BUSY),
        row("429 for good", Fault::new(FaultKind::Rest429), 4, false, failed(FailureCode::Timeout)),
        row("500", status(500), 1, false, unknown),
        row("503", status(503), 1, false, unknown),
        row("malformed", once(FaultKind::RestGarbage), 1, true, WAS_BUSY),
        row("slow", Fault { ms: Some(300), ..once(FaultKind::RestSlow) }, 1, true, WAS_BUSY),
        row("too slow", Fault { ms: TOO_LONG, ..once(FaultKind::RestSlow) }, 1, true, WAS_BUSY),
        row("unknown status", once(FaultKind::RestUnknown), 1, true, WAS_BUSY),
        row("lost answer", once(FaultKind::RestDropAfter), 1, true, WAS_BUSY),
    ]
}

/// The status request's half: two of them meet the fault. Where callbacks come, nothing is asked at all.
fn statuses() -> Vec<Met> {
    let row = |name, fault: Fault, requests, outcome| {
        let fault = Fault { count: Some(2), operation: Operation::Fetch, ..fault };
        Met { name, fault, requests, called: true, outcome }
    };
    let status = |status| Fault { status: Some(status), ..Fault::new(FaultKind::RestStatus) };
    let gone = failed(FailureCode::StatusUnknownTimeout);
    vec![
        row("timeout", Fault { ms: TOO_LONG, ..Fault::new(FaultKind::RestHang) }, 3, WAS_BUSY),
        row("reset", Fault::new(FaultKind::RestDropBefore), 3, WAS_BUSY),
        row("400", status(400), 3, WAS_BUSY),
        row("404", status(404), 1, gone),
        row("429", Fault::new(FaultKind::Rest429), 3, WAS_BUSY),
        row("503", status(503), 3, WAS_BUSY),
        row("malformed", Fault::new(FaultKind::RestGarbage), 3, WAS_BUSY),
        row("slow", Fault { ms: Some(300), ..Fault::new(FaultKind::RestSlow) }, 1, WAS_BUSY),
        row("too slow", Fault { ms: TOO_LONG, ..Fault::new(FaultKind::RestSlow) }, 3, WAS_BUSY),
        row("unknown status", Fault::new(FaultKind::RestUnknown), 3, WAS_BUSY),
        row("lost answer", Fault::new(FaultKind::RestDropAfter), 3, WAS_BUSY),
    ]
}

/// One call under a fault of requests and one of callbacks, with as many redials left.
async fn trial(met: &Met, callbacks: Option<FaultKind>, redials: u32) -> Seen {
    let faults = callbacks.into_iter().map(Fault::new).chain([met.fault.clone()]).collect();
    let house = House::built(faults, |config| (config.redial.busy, config.redial.transient) = (redials, redials));
    house.await.call(BUSY).await
}

/// Every row with everything that may befall callbacks, and with each of that so many redials.
fn crossed(
    rows: &[Met],
    redials: [u32; 4],
) -> impl Iterator<Item = impl Future<Output = (&Met, Option<FaultKind>, u32, Seen)>> {
    let pairs = rows.iter().flat_map(move |met| CALLBACKS.into_iter().zip(redials).map(move |pair| (met, pair)));
    pairs.map(
        |(met, (callbacks, redials))| async move { (met, callbacks, redials, trial(met, callbacks, redials).await) },
    )
}

/// What holds whatever happens: one outcome, at most one call, and each request in the log as it was sent.
fn check(seen: &Seen, met: &Met, redials: u32, about: &str) {
    assert_eq!((seen.came_to(), seen.records), (met.outcome, 1), "{about}");
    assert_eq!(seen.far.calls.len(), usize::from(met.called), "{about}");
    let far = seen.far.requests;
    assert_eq!((seen.noted("dial"), seen.noted("status")), (far.create, far.fetch), "{about}: {:#?}", seen.requests);
    assert_eq!((seen.noted("find"), seen.noted("hang_up")), (far.list, far.update), "{about}: {:#?}", seen.requests);
    let (disposition, code) = met.outcome;
    no_failure_before_the_last_request(seen, about);
    let is_redialed = redials > 0 && code.is_none_or(FailureCode::is_transient);
    if is_redialed {
        assert_eq!((seen.call.state, seen.tasks.len()), (CallState::RedialWait, 0), "{about}");
        return;
    }
    assert_eq!((seen.call.state, seen.call.due_at_ms, seen.tasks.len()), (CallState::Failed, None, 1), "{about}");
    let reason = code.map_or(disposition.as_str(), FailureCode::as_str);
    assert_eq!(seen.tasks[0].reason.as_str(), reason, "{about}");
    assert_eq!(seen.tasks[0].attempt.as_ref(), Some(&seen.record.attempt_id), "{about}");
}

/// Row 001-26: while a dial is repeated the call stands in progress; it has failed after the last one, and not before.
fn no_failure_before_the_last_request(seen: &Seen, about: &str) {
    let last = seen.requests.iter().filter(|note| note.operation == "dial").map(|note| note.at_ms).max();
    let states: Vec<_> = seen.history.iter().map(|row| row.to.as_str()).collect();
    assert_eq!(states[..states.len() - 1], ["pending", "in_progress"], "{about}");
    assert!(seen.history.last().map(|row| row.at_ms) >= last, "{about}: {:#?}, {:#?}", seen.history, seen.requests);
}

/// Rows 000-05, 000-06, 000-26, 000-28, 000-31, 000-32, 001-26, 002-65: whatever befalls dial and callbacks together, there is one
/// outcome, the right one, at most one call, never a second dial of one that may have been taken, and a task exactly
/// where no redial is left or none would help.
#[tokio::test]
async fn faults_of_the_dial() {
    let dials = dials();
    let trials = crossed(&dials, [0, 1, 0, 1]);
    for (met, callbacks, redials, seen) in join_all(trials).await {
        let about = format!("dial: {}, {callbacks:?}", met.name);
        check(&seen, met, redials, &about);
        assert_eq!(seen.far.requests.create, met.requests, "{about}");
    }
}

/// Rows 000-05, 000-08, 000-26, 002-65: a carrier that does not tell the status is asked again until it does; one that
/// reports by itself is not asked.
#[tokio::test]
async fn faults_of_status_requests() {
    let statuses = statuses();
    let trials = crossed(&statuses, [1, 0, 1, 0]);
    for (met, callbacks, redials, seen) in join_all(trials).await {
        let is_asked = callbacks == Some(FaultKind::CallbackLost);
        let about = format!("status: {}, {callbacks:?}", met.name);
        let met = if is_asked { met.clone() } else { Met { requests: 0, outcome: WAS_BUSY, ..met.clone() } };
        check(&seen, &met, redials, &about);
        assert_eq!((seen.far.requests.create, seen.far.requests.fetch), (1, met.requests), "{about}");
    }
}

/// Rows 000-37, 000-38, 000-39, 000-40, 000-08: a status that nobody knows moves nothing, is kept word for word with code and latency, and is
/// asked about at the interval until the longest time is over; then the call ends at the carrier as well.
#[tokio::test]
async fn a_status_that_nobody_knows_is_asked_about_for_so_long() {
    let unknown = |operation| Fault { operation, ..Fault::new(FaultKind::RestUnknown) };
    let faults = vec![Fault::new(FaultKind::CallbackLost), unknown(Operation::Create), unknown(Operation::Fetch)];
    let house = House::built(faults, |config| {
        config.calls.ring_timeout = Duration::from_secs(30);
        config.calls.max_polling_duration = Duration::from_secs(4);
    });
    let seen = house.await.call(NO_ANSWER).await;
    assert_eq!(seen.came_to(), failed(FailureCode::StatusUnknownTimeout));
    let asked = seen.noted("status");
    assert!((3..=5).contains(&asked), "{:#?}", seen.requests);
    for note in seen.requests.iter().filter(|note| note.operation == "status") {
        assert_eq!((note.raw_status.as_deref(), note.http_status), (Some("levitating"), Some(200)), "{note:?}");
    }
    let gaps = seen.requests.windows(2).filter(|pair| pair[1].operation == "status");
    for pair in gaps {
        assert!(pair[1].at_ms - pair[0].at_ms >= 990, "{pair:?}");
    }
    assert_eq!((seen.attempt.answered_at_ms, seen.call.state), (None, CallState::Failed));
    assert!(seen.attempt.state >= AttemptState::Ended);
    assert_eq!((seen.tasks.len(), seen.far.calls.len(), seen.far.requests.create), (1, 1, 1));
}
