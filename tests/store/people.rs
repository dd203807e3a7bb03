//! The manual queue: order, shares, taking up, giving back, resolving.

use std::collections::BTreeMap;

use voxgate::store::{
    CallRow, GateFacts, Load, Resolution, Store, StoreError, TakeTask, TaskFilter, TaskRow, TelecallerId,
    TelecallerRow, Verdict,
};
use voxgate_core::calls::{
    Aftermath, CallState, Candidate, Priority, TaskDraft, TaskReason, TaskState, TelecallerState, assignee,
};
use voxgate_core::model::{AttemptId, Disposition, FailureCode};

use crate::bed::{LEASE, NOW, becomes, dialed, done, failed, finished, number, ordered, pick_up, ruling, said, wish};

async fn task(store: &Store, n: u32, code: FailureCode) -> TaskRow {
    let at = dialed(store, &number(n)).await;
    let end = finished(store, &at.attempt, failed(code)).await.unwrap();
    store.release_slot(&at.attempt.id, at.attempt.fence, NOW).await.unwrap();
    store.task(&end.task.unwrap()).await.unwrap()
}

async fn available(store: &Store, name: &str) -> TelecallerRow {
    let row = done(store.add_telecaller(name, None, NOW, said).await.unwrap());
    store.set_telecaller(&row.id, TelecallerState::Available, "key-1", NOW).await.unwrap()
}

/// A call that the gate leaves to a person before anybody is dialed.
async fn undialed_task(store: &Store, n: u32) -> TaskRow {
    let call = ordered(store, &number(n)).await;
    let task = Some(TaskDraft { reason: TaskReason::MaxAttempts, priority: Priority::Low });
    let left = Aftermath { task, ..becomes(CallState::Failed, None) };
    let refuse = move |_: &CallRow, _: &GateFacts| ruling(Verdict::Refuse(left), "left to a person");
    store.pick_up(&wish("a", NOW, 10, 10), refuse).await.unwrap();
    let of_call = TaskFilter { call: Some(call.id), ..TaskFilter::default() };
    store.tasks(&of_call, None, 10).await.unwrap().remove(0)
}

fn take(telecaller: &TelecallerId) -> TakeTask {
    TakeTask { telecaller: telecaller.clone(), task: None, queue: None, lease_until_ms: NOW + LEASE, now_ms: NOW }
}

fn resolution(disposition: Option<Disposition>) -> Resolution {
    Resolution { outcome: "reached".to_owned(), note: None, disposition, actor: "key-1".to_owned(), now_ms: NOW }
}

/// The rule of the core, over what the store knows.
fn least_loaded(_: &TaskRow, loads: &[Load]) -> Option<TelecallerId> {
    let candidates = loads.iter().map(|load| Candidate {
        id: load.telecaller.id.as_str(),
        state: load.telecaller.state,
        open_tasks: load.tasks,
        idle_since_ms: load.telecaller.idle_since_ms,
    });
    assignee(candidates).map(|chosen| TelecallerId::new(chosen.id))
}

crate::on_both! {
    /// Row 000-42: the queue is worked off by urgency, then age, page by page.
    async fn the_urgent_come_first(bed: Bed) {
        let store = &bed.store;
        let codes = [
            FailureCode::InvalidNumber,
            FailureCode::ProviderRejected,
            FailureCode::Interrupted,
            FailureCode::CarrierBlocked,
            FailureCode::InternalError,
        ];
        for (n, code) in (0..).zip(codes) {
            task(store, n, code).await;
        }
        let mut order = Vec::new();
        let mut cursor = None;
        loop {
            let page = store.tasks(&TaskFilter::default(), cursor.as_ref(), 2).await.unwrap();
            let Some(last) = page.last() else { break };
            cursor = Some(last.id.clone());
            order.extend(page.iter().map(|task| task.reason.as_str()));
        }
        assert_eq!(
            order,
            ["interrupted", "internal_error", "provider_rejected", "carrier_blocked", "invalid_number"]
        );
        let me = available(store, "Ana").await;
        let first = store.take_task(&take(&me.id)).await.unwrap().unwrap();
        assert_eq!((first.reason.as_str(), first.priority), ("interrupted", Priority::High));
        let open = TaskFilter { state: Some(TaskState::Open), ..TaskFilter::default() };
        assert_eq!(store.tasks(&open, None, 10).await.unwrap().len(), 4);
        let mine = TaskFilter { telecaller: Some(me.id.clone()), unfinished: true, ..TaskFilter::default() };
        assert_eq!(store.tasks(&mine, None, 10).await.unwrap(), [first]);
    }

    /// Row 000-43: tasks go to who has the fewest, evenly; who is away gets none, and leaves theirs to others.
    async fn work_is_shared_out(bed: Bed) {
        let store = &bed.store;
        for n in 0..10 {
            task(store, n, FailureCode::ProviderRejected).await;
        }
        let mut team = Vec::new();
        for name in ["Ana", "Ben", "Cal"] {
            team.push(available(store, name).await);
        }
        let away = done(store.add_telecaller("Dot", None, NOW, said).await.unwrap());
        let assigned = store.assign_tasks(NOW, NOW + LEASE, 100, least_loaded).await.unwrap();
        assert_eq!(assigned.len(), 10);
        let shares = |loads: Vec<Load>| {
            loads.into_iter().map(|load| (load.telecaller.name, load.tasks)).collect::<BTreeMap<_, _>>()
        };
        let by_name = shares(store.telecallers().await.unwrap());
        assert_eq!(by_name["Dot"], 0);
        assert!(["Ana", "Ben", "Cal"].iter().all(|name| (3..=4).contains(&by_name[*name])), "{by_name:?}");
        let mine = store.take_task(&take(&team[0].id)).await.unwrap().unwrap();
        assert_eq!((mine.telecaller.as_ref(), mine.state), (Some(&team[0].id), TaskState::InProgress));
        store.set_telecaller(&team[0].id, TelecallerState::Offline, "key-1", NOW).await.unwrap();
        assert_eq!(store.task(&mine.id).await.unwrap().state, TaskState::Open);
        assert_eq!(shares(store.telecallers().await.unwrap())["Ana"], 0);
        let gone = store.take_task(&take(&away.id)).await.unwrap_err();
        assert!(gone.to_string().starts_with("telecaller_away"), "{gone}");
        let jump = store.set_telecaller(&away.id, TelecallerState::OnCall, "key-1", NOW).await;
        assert!(matches!(jump, Err(StoreError::Illegal { .. })), "{jump:?}");
    }

    /// A task is one person's until they resolve it, give it back or fall silent; resolved with a disposition, the
    /// attempt's is revised in the same moment.
    async fn a_task_is_one_persons(bed: Bed) {
        let store = &bed.store;
        let made = task(store, 1, FailureCode::ProviderRejected).await;
        let (ana, ben) = (available(store, "Ana").await, available(store, "Ben").await);
        let mine = store.take_task(&take(&ana.id)).await.unwrap().unwrap();
        assert_eq!(mine.id, made.id);
        assert_eq!(store.take_task(&take(&ben.id)).await.unwrap(), None);
        let grab = TakeTask { task: Some(made.id.clone()), ..take(&ben.id) };
        let taken = store.take_task(&grab).await.unwrap_err();
        assert!(taken.to_string().starts_with("task_of_another"), "{taken}");
        let other = store.resolve_task(&made.id, Some(&ben.id), &resolution(None)).await.unwrap_err();
        assert!(other.to_string().starts_with("task_of_another"), "{other}");

        let later = Some(NOW + 60_000);
        store.give_back_task(&made.id, Some(&ana.id), later, "key-1", NOW).await.unwrap();
        assert_eq!(store.take_task(&take(&ben.id)).await.unwrap(), None, "not before it is time");
        let due = TakeTask { now_ms: NOW + 60_000, lease_until_ms: NOW + 60_000 + LEASE, ..take(&ben.id) };
        store.take_task(&due).await.unwrap().unwrap();
        assert_eq!(store.reopen_overdue_tasks(NOW + 60_000).await, Ok(0));
        assert_eq!(store.reopen_overdue_tasks(NOW + 60_000 + LEASE).await, Ok(1));

        store.take_task(&due).await.unwrap().unwrap();
        let done = store.resolve_task(&made.id, Some(&ben.id), &resolution(Some(Disposition::Completed))).await.unwrap();
        assert_eq!((done.state, done.outcome.as_deref()), (TaskState::Resolved, Some("reached")));
        let attempt = store.attempt(&made.attempt.unwrap()).await.unwrap();
        assert_eq!((attempt.outcome.unwrap().disposition, attempt.effective), (Disposition::Failed, Some(Disposition::Completed)));
        let twice = store.resolve_task(&made.id, None, &resolution(None)).await;
        assert!(matches!(twice, Err(StoreError::Illegal { .. })), "{twice:?}");
        let states: Vec<_> = store.history_of(made.id.as_str()).await.unwrap().into_iter().map(|row| row.to).collect();
        assert_eq!(
            states,
            ["open", "assigned", "in_progress", "open", "assigned", "in_progress", "open", "assigned", "in_progress", "resolved"]
        );
    }

    /// Invariant 3: whoever tells a telecaller that they want no more calls is not dialed again, by any call; also where
    /// the task came of a call that was never dialed.
    async fn an_opt_out_told_to_a_person_counts(bed: Bed) {
        let store = &bed.store;
        let made = task(store, 1, FailureCode::ProviderRejected).await;
        let undialed = undialed_task(store, 2).await;
        let me = available(store, "Ana").await;
        for task in [&made, &undialed] {
            store.take_task(&TakeTask { task: Some(task.id.clone()), ..take(&me.id) }).await.unwrap().unwrap();
            store.resolve_task(&task.id, Some(&me.id), &resolution(Some(Disposition::DoNotCall))).await.unwrap();
        }
        for (n, attempt) in [(1, made.attempt.as_ref()), (2, None)] {
            let listed = store.dnc(&number(n)).await.unwrap().expect("it is listed");
            assert_eq!(listed.attempt_id.as_deref(), attempt.map(AttemptId::as_str));
            assert_eq!((listed.source.as_str(), listed.reason.as_str()), ("api", "task resolved: reached"));
        }
        let others = [ordered(store, &number(1)).await, ordered(store, &number(2)).await];
        assert!(pick_up(store, "a", 10).await.started.is_empty());
        for call in others {
            assert_eq!(store.call(&call.id).await.unwrap().state, CallState::Suppressed);
        }
    }
}
