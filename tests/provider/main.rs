//! Attempts over the real provider code, HTTP and callbacks, against the sandbox.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod faults;
mod house;

use futures_util::future::join_all;
use voxgate_core::model::{Disposition, FailureCode};

use self::house::House;

pub(crate) const BUSY: &str = "+12065550115";
pub(crate) const NO_ANSWER: &str = "+12065550116";
const INVALID: &str = "+12065550120";
const DECLINES: &str = "+12065550122";
const REFUSES_MEDIA: &str = "+12065550125";
const UNREACHABLE: &str = "+12065550132";
const UNASSIGNED: &str = "+12065550199";

/// Rows 002-08, 002-45, 000-15: whatever keeps a call from being answered has its disposition, and the carrier has
/// nothing to complain of.
#[tokio::test]
async fn what_is_not_answered_has_its_disposition() {
    let failed = |code| (Disposition::Failed, Some(code));
    let table = [
        (BUSY, (Disposition::Busy, None)),
        (DECLINES, (Disposition::Declined, None)),
        (INVALID, failed(FailureCode::InvalidNumber)),
        (UNREACHABLE, failed(FailureCode::Network)),
        (UNASSIGNED, failed(FailureCode::NumberNotInService)),
        (REFUSES_MEDIA, failed(FailureCode::MediaFailed)),
    ];
    let calls = table.map(|(to, expected)| async move { (to, expected, House::with(vec![]).await.call(to).await) });
    for (to, expected, seen) in join_all(calls).await {
        assert_eq!((seen.came_to(), seen.records), (expected, 1), "{to}");
        assert_eq!(seen.far.requests.create, 1, "{to}");
        for call in &seen.far.calls {
            assert!(call.bad_callback_answers.is_empty(), "{to}: {:?}", call.bad_callback_answers);
        }
        if to != INVALID && to != REFUSES_MEDIA {
            assert!(seen.far.violations.is_empty(), "{to}: {:?}", seen.far.violations);
        }
    }
}

/// Row 002-63: the carrier is told how long it may ring, and keeps to it.
#[tokio::test]
async fn nobody_is_rung_longer_than_asked() {
    let seen = House::with(vec![]).await.call(NO_ANSWER).await;
    assert_eq!(seen.came_to(), (Disposition::NoAnswer, None));
    let call = &seen.far.calls[0];
    assert_eq!(call.status, "no-answer");
    let rang = call.ended_ms.unwrap() - call.created_ms;
    assert!((1_900..4_000).contains(&rang), "rang for {rang} ms");
}

/// Rows 000-33..35: a malformed number never reaches the carrier.
#[tokio::test]
async fn a_malformed_number_never_reaches_the_carrier() {
    let seen = House::with(vec![]).await.call("206-555-0110").await;
    assert_eq!(seen.came_to(), (Disposition::Failed, Some(FailureCode::InvalidNumber)));
    assert_eq!((seen.far.requests.create, seen.far.calls.len(), seen.records), (0, 0, 1));
}
