//! Picking up: in order, within the limits, never twice, whoever races.

use std::collections::{BTreeMap, HashSet};

use voxgate::store::{
    CallRow, GateFacts, NewCall, NewDnc, PickUp, Ruling, STOP_DIALING, SlotLimits, StartNow, StartedNow, Store,
    StoreError, TaskFilter, Verdict,
};
use voxgate_core::calls::{CallPolicy, CallState, DeferralCause, DeferralPolicy, TaskReason, put_back};
use voxgate_core::model::{Disposition, FailureCode};

use crate::bed::{
    NOW, created, failed, finished, gate, limits, number, open, order, ordered, outcome, pick_up, picked, reply,
    ruling, wish,
};

crate::on_both! {
    /// Row 000-51: 25 are due and a batch is 10: three looks take 10, 10 and 5, the longest due first.
    async fn a_batch_is_a_batch(bed: Bed) {
        for n in 0..25 {
            let new = NewCall { not_before_ms: Some(NOW - 100 + u64::from(n)), ..order(&number(n)) };
            bed.store.create_call(&new, None, NOW - 1_000, reply).await.unwrap();
        }
        let mut taken = Vec::new();
        for expected in [10, 10, 5, 0] {
            let batch = pick_up(&bed.store, "a", 10).await;
            assert_eq!((batch.started.len(), batch.more), (expected, expected == 10));
            taken.extend(batch.started.into_iter().map(|at| at.call.order.to));
        }
        assert_eq!(taken, (0..25).map(number).collect::<Vec<_>>());
    }

    /// Row 003-06: two processes pick up at once, again and again; no call is begun twice, and each has one owner.
    async fn two_processes_never_begin_one_call(bed: Bed) {
        for n in 0..60 {
            ordered(&bed.store, &number(n)).await;
        }
        let other = bed.another().await;
        let race = |store: Store, owner: &'static str| async move {
            let mut taken = Vec::new();
            for _ in 0..30 {
                taken.extend(pick_up(&store, owner, 3).await.started);
                tokio::task::yield_now().await;
            }
            assert!(taken.iter().all(|at| at.attempt.owner.as_deref() == Some(owner) && at.attempt.fence == 1));
            taken.into_iter().map(|at| at.call.id).collect::<Vec<_>>()
        };
        let (a, b) = tokio::join!(tokio::spawn(race(bed.store.clone(), "a")), tokio::spawn(race(other, "b")));
        let (a, b) = (a.unwrap(), b.unwrap());
        let all: HashSet<_> = a.iter().chain(&b).collect();
        assert_eq!((all.len(), a.len() + b.len()), (60, 60));
        for call in all {
            assert_eq!(bed.store.attempts_of(call).await.unwrap().len(), 1);
        }
    }

    /// Row 002-66: 64 tasks in three stores race for 7 slots, in both ways to take one, and give them back; never are
    /// there more than 7, and all is done in the end.
    async fn slots_are_never_exceeded(bed: Bed) {
        const SLOTS: u32 = 7;
        for n in 0..120 {
            ordered(&bed.store, &number(n)).await;
        }
        let stores = [bed.store.clone(), bed.another().await, bed.another().await];
        let racers: Vec<_> = (0..64)
            .map(|n| tokio::spawn(race(stores[n as usize % 3].clone(), n, SLOTS)))
            .collect();
        let mut begun = 0;
        for racer in racers {
            begun += racer.await.unwrap();
        }
        let mut left = 0;
        while let Some(at) = bed.store.pick_up(&wish("last", NOW, 1, SLOTS), gate).await.unwrap().started.pop() {
            finished(&bed.store, &at.attempt, outcome(Disposition::Canceled)).await.unwrap();
            left += 1;
        }
        assert!(begun > u64::from(SLOTS), "only {begun} were begun in the race");
        let states = bed.store.calls_by_state().await.unwrap();
        assert_eq!(states, BTreeMap::from([(CallState::Canceled, begun + left)]));
        assert_eq!(bed.store.slots_in_use().await.unwrap().deployment, 0);
    }

    /// A provider's own limit holds its own calls back and nobody else's; calls of a provider that nobody named stay.
    async fn each_provider_has_its_own_limit(bed: Bed) {
        for n in 0..12 {
            let provider = ["line", "other", "stranger"][n as usize % 3].to_owned();
            created(&bed.store, &NewCall { provider, ..order(&number(n)) }).await;
        }
        let providers = BTreeMap::from([("line".to_owned(), Some(1)), ("other".to_owned(), None)]);
        let limits = SlotLimits { deployment: 4, providers };
        let wish = PickUp { limits, ..wish("a", NOW, 10, 0) };
        let began = bed.store.pick_up(&wish, gate).await.unwrap();
        assert_eq!(began.started.len(), 4);
        let used = bed.store.slots_in_use().await.unwrap();
        assert_eq!(used.providers, BTreeMap::from([("line".to_owned(), 1), ("other".to_owned(), 3)]));
    }

    /// The gate's word is kept and followed; who is not to be called waits for no slot to be told so.
    async fn the_gate_is_obeyed(bed: Bed) {
        let store = &bed.store;
        let listed = NewDnc { number: &number(1), reason: "asked", source: "api", actor: "key-1", attempt: None };
        assert!(store.add_dnc(&listed, NOW).await.unwrap());
        assert!(!store.add_dnc(&listed, NOW).await.unwrap());
        let suppressed = ordered(store, &number(1)).await;
        let late = created(store, &NewCall { not_after_ms: Some(NOW - 1), ..order(&number(2)) }).await;
        let full = store.pick_up(&wish("a", NOW, 10, 0), gate).await.unwrap();
        assert_eq!(full.refused.iter().map(|call| &call.id).collect::<Vec<_>>(), [&late.id]);
        let batch = pick_up(store, "a", 10).await;
        assert_eq!((batch.started.len(), batch.refused.len()), (0, 1));
        assert_eq!(store.call(&suppressed.id).await.unwrap().state, CallState::Suppressed);
        assert_eq!(store.call(&late.id).await.unwrap().state, CallState::Expired);
        let told = store.timeline(&suppressed.id).await.unwrap();
        let gate = told.iter().find(|entry| entry.kind == "gate").unwrap();
        assert_eq!((&gate.detail["verdict"], &gate.detail["rules"]["dnc"]), (&"suppressed".into(), &false.into()));

        store.set_switch(STOP_DIALING, true, "key-1", NOW).await.unwrap();
        let stopped = ordered(store, &number(3)).await;
        assert!(pick_up(store, "a", 10).await.started.is_empty());
        let stopped = store.call(&stopped.id).await.unwrap();
        assert_eq!((stopped.state, stopped.due_at_ms), (CallState::Deferred, Some(NOW + 60_000)));
        store.set_switch(STOP_DIALING, false, "key-1", NOW).await.unwrap();
        let again = store.pick_up(&wish("a", NOW + 60_000, 10, 10), gate_later).await.unwrap();
        assert_eq!(again.started.len(), 1);
    }

    /// One live attempt per number: a second order waits until the first call is proven over, not only ended.
    async fn one_live_attempt_per_number(bed: Bed) {
        let store = &bed.store;
        ordered(store, &number(1)).await;
        ordered(store, &number(1)).await;
        let batch = pick_up(store, "a", 10).await;
        assert_eq!(batch.started.len(), 1);
        let first = crate::bed::dial_it(store, &batch.started[0]).await;
        assert!(pick_up(store, "b", 10).await.started.is_empty());
        finished(store, &first.attempt, failed(FailureCode::HangupEarly)).await.unwrap();
        assert!(pick_up(store, "b", 10).await.started.is_empty(), "its slot is still held");
        store.release_slot(&first.attempt.id, first.attempt.fence, NOW).await.unwrap();
        assert_eq!(pick_up(store, "b", 10).await.started.len(), 1);
    }

    /// Many orders to one number do not hold up the orders behind them.
    async fn a_busy_number_is_in_nobodys_way(bed: Bed) {
        for _ in 0..8 {
            ordered(&bed.store, &number(1)).await;
        }
        ordered(&bed.store, &number(2)).await;
        let mut numbers = Vec::new();
        for _ in 0..3 {
            numbers.extend(pick_up(&bed.store, "a", 4).await.started.into_iter().map(|at| at.call.order.to));
        }
        assert_eq!(numbers, [number(1), number(2)]);
    }

    /// A call whose deferrals are used up fails without an attempt, and leaves its task.
    async fn deferrals_used_up_leave_a_task(bed: Bed) {
        let call = ordered(&bed.store, &number(1)).await;
        let refuse = |call: &CallRow, _: &GateFacts| {
            let context = crate::bed::context(call);
            let policy = CallPolicy { deferral: DeferralPolicy { max: 2, ..DeferralPolicy::default() }, ..CallPolicy::default() };
            let back = put_back(DeferralCause::BreakerOpen, Some(NOW), &context, &policy);
            ruling(Verdict::Refuse(back.aftermath), "breaker_open")
        };
        let states = [CallState::Deferred, CallState::Deferred, CallState::RedialWait, CallState::Failed];
        for (n, expected) in (0..).zip(states) {
            let picked = bed.store.pick_up(&wish("a", NOW + n * 600_000, 1, 1), refuse).await.unwrap();
            assert_eq!(picked.refused[0].state, expected);
        }
        let after = bed.store.call(&call.id).await.unwrap();
        assert_eq!((after.deferrals, after.attempts_used, after.due_at_ms), (2, 0, None));
        let tasks = bed.store.tasks(&TaskFilter::default(), None, 10).await.unwrap();
        assert_eq!((tasks.len(), tasks[0].reason, &tasks[0].attempt), (1, TaskReason::CircuitOpen, &None));
    }

    /// Row 002-66: who does not want to wait is refused before anything is stored, and the refusal says why.
    async fn who_does_not_wait_is_refused(bed: Bed) {
        let store = &bed.store;
        let with = StartNow { now_ms: NOW, slot_until_ms: NOW + 1_000, limits: limits(1) };
        let start = |n| {
            let new = order(&number(n));
            let with = with.clone();
            async move { store.create_and_start(&new, None, &with, gate, reply).await }
        };
        let StartedNow::Started(begun) = start(1).await.unwrap() else { panic!("there is a slot") };
        assert_eq!((begun.call.state, begun.attempt.owner, begun.attempt.fence), (CallState::InProgress, None, 0));
        let StoreError::Conflict { code, detail } = start(2).await.unwrap_err() else { panic!("there is none") };
        assert_eq!(code, "session_limit_exceeded");
        assert!(detail.contains("every one of 1 slots"), "{detail}");
        assert_eq!(store.calls_by_state().await.unwrap(), BTreeMap::from([(CallState::InProgress, 1)]));
        assert!(pick_up(store, "a", 10).await.started.is_empty());
        let adopted = store.adopt("a", NOW, NOW + 15_000, 10).await.unwrap();
        assert_eq!((adopted.len(), adopted[0].attempt.fence, &adopted[0].attempt.id), (1, 1, &begun.attempt.id));
    }
}

fn gate_later(_: &CallRow, _: &GateFacts) -> Ruling {
    ruling(Verdict::Allow, "allowed")
}

/// Takes a slot and gives it back, some times over; how many it took.
async fn race(store: Store, n: u32, slots: u32) -> u64 {
    let owner = format!("racer-{n}");
    let with = StartNow { now_ms: NOW, slot_until_ms: NOW + 1_000, limits: limits(slots) };
    let mut begun = 0;
    for turn in 0..8 {
        let attempt = if n.is_multiple_of(4) {
            let new = order(&number(1_000 + n * 10 + turn));
            match patiently(|| store.create_and_start(&new, None, &with, gate, reply)).await {
                Ok(StartedNow::Started(at)) => Some(at.attempt),
                Ok(other) => panic!("{other:?}"),
                Err(StoreError::Conflict { code: "session_limit_exceeded", .. }) => None,
                Err(error) => panic!("{error}"),
            }
        } else {
            let wish = wish(&owner, NOW, 1, slots);
            patiently(|| store.pick_up(&wish, gate)).await.unwrap().started.pop().map(|at| at.attempt)
        };
        assert!(store.slots_in_use().await.unwrap().deployment <= slots);
        let Some(attempt) = attempt else { continue };
        begun += 1;
        // Never dialed: its end frees the slot.
        patiently(|| finished(&store, &attempt, outcome(Disposition::Canceled))).await.unwrap();
    }
    begun
}

/// As callers do: what is unavailable is tried again.
async fn patiently<T, F: Future<Output = Result<T, StoreError>>>(work: impl Fn() -> F) -> Result<T, StoreError> {
    loop {
        match work().await {
            Err(StoreError::Unavailable(_)) => tokio::task::yield_now().await,
            other => return other,
        }
    }
}

/// A pick-up whose answer was lost is found by the next renewal, and is the owner's to drive.
#[tokio::test]
async fn what_was_picked_up_unheard_is_found() {
    let bed = crate::bed::Bed::sqlite().await;
    let at = picked(&bed.store, &number(1)).await;
    let store = open(&bed.url).await;
    let leases = store.renew("a", NOW + 20_000).await.unwrap();
    assert_eq!(leases.iter().map(|lease| (&lease.attempt, lease.fence)).collect::<Vec<_>>(), [(&at.attempt.id, 1)]);
    assert!(store.renew("b", NOW + 20_000).await.unwrap().is_empty());
}
