//! Slots that would outlast their calls.

use voxgate_core::calls::{CallContext, RedialCounts, after};

use super::*;
use crate::store::{Created, Dial, Finish, PickUp, Reply, Ruling, Underway, Verdict};

fn allow() -> Ruling {
    Ruling {
        verdict: Verdict::Allow,
        reason: "allowed".to_owned(),
        rules: "{}".to_owned(),
        rule_version: RULES_VERSION.to_owned(),
    }
}

/// A call of another process, whose lease is good: it has its outcome, nobody said that the call is over, and its longest
/// time has just passed.
async fn held_elsewhere(base: &Base) -> Underway {
    let (store, now_ms) = (&base.store, clock::unix_ms());
    let reply = |_: &CallRow| Reply { status: 202, body: String::new() };
    let created = store.create_call(&to("+12065550110"), None, now_ms, reply).await.unwrap();
    assert!(matches!(created, Created::New(_)));
    let wish = PickUp {
        owner: "p0".to_owned(),
        now_ms,
        lease_until_ms: now_ms + 600_000,
        slot_until_ms: now_ms,
        most: 1,
        limits: settings().limits,
    };
    let at = store.pick_up(&wish, |_, _| allow()).await.unwrap().started.remove(0);
    let (attempt, fence) = (at.attempt.id.clone(), at.attempt.fence);
    let dial = Dial { attempt: attempt.clone(), fence, secret_hash: None, slot_until_ms: now_ms, now_ms };
    store.allow_dial(&dial, |_, _, _| allow()).await.unwrap();
    let outcome = Outcome::failed(FailureCode::StatusUnknownTimeout);
    let finish = Finish { outcome: outcome.clone(), at_ms: now_ms, recording: None, finalize: true };
    let context = CallContext {
        kind: Kind::Reminder,
        attempts_used: 0,
        redials: RedialCounts::default(),
        deferrals: 0,
        not_after_ms: None,
        rescheduled_to_ms: None,
        provider_wait_ms: None,
        now_ms,
    };
    let decide = move |_: &_, _: &_| after(&outcome, &context, &CallPolicy::default());
    store.finish(&attempt, fence, &finish, decide).await.unwrap();
    at
}

/// MODEL, Slots: the only slot is held until the call is proven over or its longest time has passed. Then whoever waits
/// for it is dialed, and the history says why it came free.
#[tokio::test]
async fn a_tick_frees_what_no_call_can_need_any_more() {
    let base = Base::new(true, [Ok(accepted())]).await;
    let held = held_elsewhere(&base).await;
    assert_eq!(base.store.slots_in_use().await.unwrap().deployment, 1);
    let house = base.process("p1");
    let next = house.order(to("+12065550111")).await;
    tokio::time::timeout(Duration::from_secs(10), house.dialed(1)).await.expect("the slot never came free");
    let history = base.store.history_of(held.attempt.id.as_str()).await.unwrap();
    let freed = history.iter().find(|row| row.kind == "slot").unwrap();
    assert_eq!((freed.to.as_str(), freed.reason.as_str()), ("free", "its longest time has passed"));
    house.happens(&next, Happened::Status(CallStatus::Ended(CallEnd::NoAnswer))).await;
    house.record(&next).await;
}
