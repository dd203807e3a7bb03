//! The table of calls as a queue between whoever orders and whoever dials.

use std::collections::BTreeMap;

use voxgate::store::{Created, Idempotent, STOP_DIALING, Store, TaskFilter};
use voxgate_core::calls::{CallState, TaskReason};
use voxgate_core::model::FailureCode;

use crate::bed::{LEASE, NOW, dial_it, failed, finished, gate, number, order, pick_up, reply, wish};

/// The same order so many times; how many of them made a call.
async fn asked(store: &Store, n: u32, times: u32) -> u32 {
    let once = Idempotent {
        key_id: "key-1".to_owned(),
        key: format!("order-{n}"),
        method: "POST".to_owned(),
        path: "/v1/calls".to_owned(),
        body_sha256: n.to_string(),
    };
    let mut made = 0;
    for _ in 0..times {
        let created = store.create_call(&order(&number(n)), Some(&once), NOW, reply).await.unwrap();
        made += u32::from(matches!(created, Created::New(_)));
    }
    made
}

async fn depth(store: &Store) -> BTreeMap<CallState, u64> {
    store.calls_by_state().await.unwrap()
}

crate::on_both! {
    /// Row 003-05: orders are taken while nobody dials, one each however often it is sent, and wait in the order in which
    /// they came; how many wait is known at every moment.
    async fn orders_wait_for_whoever_dials(bed: Bed) {
        let store = &bed.store;
        store.set_switch(STOP_DIALING, true, "key-1", NOW).await.unwrap();
        for n in 0..12 {
            assert_eq!(asked(store, n, 3).await, 1);
        }
        assert_eq!(depth(store).await, BTreeMap::from([(CallState::Pending, 12)]));
        store.set_switch(STOP_DIALING, false, "key-1", NOW).await.unwrap();
        let taken = pick_up(store, "a", 5).await.started;
        assert_eq!(taken.iter().map(|at| at.call.order.to.clone()).collect::<Vec<_>>(), (0..5).map(number).collect::<Vec<_>>());
        assert_eq!(depth(store).await, BTreeMap::from([(CallState::Pending, 7), (CallState::InProgress, 5)]));
        assert_eq!(asked(store, 0, 2).await, 0, "what is under way is not queued anew");
    }

    /// Row 003-05: what a worker took is hidden from the others for as long as its lease lasts; should the worker be lost,
    /// another gets it then, so that everything is worked on at least once, and by one at a time.
    async fn what_a_lost_worker_took_is_anothers_after_its_lease(bed: Bed) {
        let store = &bed.store;
        for n in 0..3 {
            asked(store, n, 1).await;
        }
        let lost: Vec<_> = pick_up(store, "a", 3).await.started.into_iter().map(|at| at.attempt.id).collect();
        for owner in ["b", "c"] {
            assert!(pick_up(store, owner, 3).await.started.is_empty());
            assert!(store.adopt(owner, NOW + LEASE - 1, NOW + 2 * LEASE, 10).await.unwrap().is_empty());
        }
        let (b, c) = (bed.another().await, bed.another().await);
        let (left, right) = tokio::join!(
            b.adopt("b", NOW + LEASE, NOW + 2 * LEASE, 10),
            c.adopt("c", NOW + LEASE, NOW + 2 * LEASE, 10),
        );
        let mut found: Vec<_> = left.unwrap().into_iter().chain(right.unwrap()).map(|at| at.attempt.id).collect();
        found.sort();
        assert_eq!(found, lost, "each once, and none is missing");
    }

    /// Row 003-05: what has failed as often as the policy allows leaves the queue for good, and is left to a person with
    /// its reason: the dead letter.
    async fn what_cannot_be_done_is_left_to_a_person(bed: Bed) {
        let store = &bed.store;
        asked(store, 1, 1).await;
        let (mut now_ms, mut tries) = (NOW, 0);
        let call = loop {
            let begun = store.pick_up(&wish("a", now_ms, 1, 10), gate).await.unwrap().started.remove(0);
            let at = dial_it(store, &begun).await;
            let end = finished(store, &at.attempt, failed(FailureCode::Network)).await.unwrap();
            store.release_slot(&at.attempt.id, at.attempt.fence, now_ms).await.unwrap();
            tries += 1;
            match end.call.due_at_ms {
                Some(due) => now_ms = due,
                None => break end.call,
            }
            assert!(tries < 10, "it never leaves the queue");
        };
        assert_eq!((call.state, tries), (CallState::Failed, 2), "by the table: once more, after five minutes");
        let tasks = store.tasks(&TaskFilter::default(), None, 10).await.unwrap();
        assert_eq!(tasks.iter().map(|task| (task.reason, &task.call)).collect::<Vec<_>>(), [(TaskReason::Network, &call.id)]);
        assert!(store.pick_up(&wish("a", u64::MAX / 4, 10, 10), gate).await.unwrap().started.is_empty());
        assert_eq!(depth(store).await, BTreeMap::from([(CallState::Failed, 1)]));
    }
}
