//! A clock that steps back: nothing is taken from anybody, nothing is done twice, and the order of things stays.

use voxgate::store::{Finish, Move, NewCall, PickUp, StoreError, Underway};
use voxgate_core::calls::{AttemptState, CallState};
use voxgate_core::model::{Answer, AnswerSource, Disposition, Fact};

use crate::bed::{LEASE, NOW, dialed, finish, finished_as, gate, number, order, outcome, reply, wish};
use crate::outcomes::line;

/// By how much it steps, in ms.
const BACK: u64 = 3_600_000;
const THEN: u64 = NOW - BACK;

fn moved(to: AttemptState, at_ms: u64) -> Move {
    Move { to, at_ms, reason: "callback".to_owned(), provider_call_id: None, media_up: false }
}

fn answer(value: &str) -> Fact {
    let answer = Answer { value: value.to_owned(), source: AnswerSource::Keys, input: "1".to_owned() };
    Fact::Answer { slot: "attends".to_owned(), answer }
}

crate::on_both! {
    /// An attempt stays with its owner, who renews and ends it by the new time; the others take it over when its lease is
    /// over by that time, and not before.
    async fn a_lease_is_nobody_elses_by_the_new_time(bed: Bed) {
        let store = &bed.store;
        let Underway { attempt, .. } = dialed(store, &number(1)).await;
        assert!(store.adopt("b", THEN, THEN + LEASE, 10).await.unwrap().is_empty());
        assert_eq!(store.renew("a", THEN + LEASE).await.unwrap().len(), 1);
        assert!(store.adopt("b", THEN + LEASE - 1, THEN + 2 * LEASE, 10).await.unwrap().is_empty());
        let taken = store.adopt("b", THEN + LEASE, THEN + 2 * LEASE, 10).await.unwrap().remove(0);
        assert_eq!((taken.attempt.owner.as_deref(), &taken.attempt.id), (Some("b"), &attempt.id));
        assert_eq!(store.renew("a", THEN + LEASE).await, Ok(vec![]));
    }

    /// What was due is due again when its time has come once more, once; what is ordered now is due now, and what waits
    /// for it in vain meanwhile loses nothing.
    async fn what_was_due_is_due_once(bed: Bed) {
        let store = &bed.store;
        let early = |n| NewCall { not_after_ms: Some(NOW + BACK), ..order(&number(n)) };
        store.create_call(&early(1), None, NOW, reply).await.unwrap();
        store.create_call(&early(2), None, THEN, reply).await.unwrap();
        let at = |now_ms| PickUp { lease_until_ms: now_ms + LEASE, ..wish("a", now_ms, 10, 10) };
        let then = store.pick_up(&at(THEN), gate).await.unwrap();
        assert_eq!(then.started.iter().map(|at| at.call.order.to.as_str()).collect::<Vec<_>>(), [number(2)]);
        let again = store.pick_up(&at(NOW), gate).await.unwrap();
        assert_eq!(again.started.iter().map(|at| at.call.order.to.as_str()).collect::<Vec<_>>(), [number(1)]);
        assert!(store.pick_up(&at(NOW + LEASE), gate).await.unwrap().started.is_empty());
    }

    /// The history has its moves in the order in which they were made, whatever their times say, for whoever opens the
    /// store next as well; so have facts, and the last answer counts.
    async fn the_order_of_things_stays(bed: Bed) {
        let Underway { call, attempt } = dialed(&bed.store, &number(1)).await;
        let other = bed.another().await;
        let store = &bed.store;
        store.moved(&attempt.id, 1, &moved(AttemptState::Accepted, NOW + 1_000)).await.unwrap();
        let (first, second) = (uuid::Uuid::now_v7().to_string(), uuid::Uuid::now_v7().to_string());
        let mut lines = [line(&first, &attempt.id, &answer("no")), line(&second, &attempt.id, &answer("yes"))];
        (lines[0].at_ms, lines[1].at_ms) = (NOW + 2_000, THEN);
        store.commit_facts(&lines).await.unwrap();
        store.moved(&attempt.id, 1, &moved(AttemptState::Answered, THEN)).await.unwrap();
        let end = Finish { at_ms: THEN + 1_000, ..finish(outcome(Disposition::Completed)) };
        finished_as(&other, &attempt, end).await.unwrap();
        other.release_slot(&attempt.id, 1, THEN + 2_000).await.unwrap();

        let moves: Vec<_> = store.history_of(attempt.id.as_str()).await.unwrap();
        let states: Vec<_> = moves.iter().filter(|row| row.kind == "attempt").map(|row| row.to.as_str()).collect();
        assert_eq!(states, ["created", "placing", "accepted", "answered", "ended", "finalized"]);
        assert!(moves.windows(2).any(|pair| pair[1].at_ms < pair[0].at_ms), "the clock did step back: {moves:#?}");
        let learned = store.learned(&attempt.id).await.unwrap();
        assert_eq!(learned.answers["attends"].value, "yes");
        let timeline = store.timeline(&call.id).await.unwrap();
        let in_timeline: Vec<_> =
            timeline.iter().filter(|entry| entry.kind == "attempt").map(|entry| entry.detail["to"].clone()).collect();
        assert_eq!(in_timeline, states);
        let row = store.call(&call.id).await.unwrap();
        assert_eq!((row.state, row.attempts_used), (CallState::Completed, 1));
        let back = store.moved(&attempt.id, 1, &moved(AttemptState::Ringing, THEN)).await;
        assert!(matches!(back, Err(StoreError::Illegal { .. })), "{back:?}");
        let late = finished_as(store, &attempt, finish(outcome(Disposition::Busy))).await.unwrap();
        assert!(!late.first);
    }
}

/// A process that starts after the clock stepped back writes its moves behind those that are there. Names are per
/// process, so that it takes one of its own.
#[tokio::test]
async fn a_process_that_starts_later_writes_behind() {
    let bed = crate::bed::Bed::sqlite().await;
    let ahead = THEN + 10 * 365 * 86_400_000;
    bed.store.create_call(&order(&number(1)), None, ahead, reply).await.unwrap();
    let call = bed.store.calls(&Default::default(), None, 1).await.unwrap().remove(0).id;
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "clock::cancels_in_the_past", "--ignored", "--quiet"])
        .env(URL, &bed.url)
        .status();
    assert!(child.unwrap().success());
    let moves = bed.store.history_of(call.as_str()).await.unwrap();
    assert_eq!(moves.iter().map(|row| row.to.as_str()).collect::<Vec<_>>(), ["pending", "canceled"]);
    assert!(moves[1].at_ms < moves[0].at_ms);
}

const URL: &str = "VOXGATE_CLOCK_URL";

#[tokio::test]
#[ignore = "the other process of the test above"]
async fn cancels_in_the_past() {
    let Ok(url) = std::env::var(URL) else { return };
    let store = crate::bed::open(&url).await;
    let call = store.calls(&Default::default(), None, 1).await.unwrap().remove(0).id;
    store.cancel_call(&call, "key-1", "no more", THEN).await.unwrap();
}
