//! Attempts: dialed at most once, moved forward alone, owned by one.

use std::collections::BTreeMap;

use voxgate::store::{
    Canceled, Dial, Dialing, Finish, Move, NewRecording, Noted, ProviderNote, RequestNote, StoreError, Underway,
    Verdict,
};
use voxgate_core::calls::{AttemptState, CallState};
use voxgate_core::model::{AttemptId, Disposition, Fact, FailureCode};

use crate::bed::{
    LEASE, LINE, NOW, becomes, dial, dialed, failed, finish, finished, finished_as, gate, number, ordered, outcome,
    pick_up, picked, ruling,
};
use crate::outcomes::line;

fn moved(to: AttemptState) -> Move {
    Move { to, at_ms: NOW + 1_000, reason: "callback".to_owned(), provider_call_id: None, media_up: false }
}

crate::on_both! {
    /// Row 000-04: an illegal move is refused and names what is legal; the row and its history stay as they were.
    async fn an_illegal_move_changes_nothing(bed: Bed) {
        let store = &bed.store;
        let Underway { call, attempt } = dialed(store, &number(1)).await;
        store.moved(&attempt.id, 1, &moved(AttemptState::Answered)).await.unwrap();
        let before = (store.attempt(&attempt.id).await.unwrap(), store.history_of(attempt.id.as_str()).await.unwrap());
        for to in [AttemptState::Created, AttemptState::Placing, AttemptState::Ringing, AttemptState::Ended] {
            let error = store.moved(&attempt.id, 1, &moved(to)).await.unwrap_err();
            assert!(matches!(&error, StoreError::Illegal { from, .. } if from == "answered"), "{to}: {error}");
        }
        let after = (store.attempt(&attempt.id).await.unwrap(), store.history_of(attempt.id.as_str()).await.unwrap());
        assert_eq!(before, after);
        finished(store, &attempt, outcome(Disposition::Completed)).await.unwrap();
        let before = store.call(&call.id).await.unwrap();
        let error = store.cancel_call(&call.id, "key-1", "no more", NOW).await.unwrap_err();
        assert_eq!(error.to_string(), "a call that is completed stays so and cannot become canceled");
        assert_eq!(store.call(&call.id).await.unwrap(), before);
    }

    /// Row 000-04: the history of every state says from, to, when and why, and only grows.
    async fn history_only_grows(bed: Bed) {
        let store = &bed.store;
        let Underway { call, attempt } = picked(store, &number(1)).await;
        let mut known = Vec::new();
        let mut grown = |rows: Vec<voxgate::store::HistoryRow>| {
            assert!(rows.len() > known.len() && rows.starts_with(&known), "{rows:#?} after {known:#?}");
            known = rows;
        };
        grown(store.history_of(attempt.id.as_str()).await.unwrap());
        store.allow_dial(&dial(&attempt), |_, _, _| ruling(Verdict::Allow, "allowed")).await.unwrap();
        grown(store.history_of(attempt.id.as_str()).await.unwrap());
        store.moved(&attempt.id, 1, &moved(AttemptState::Accepted)).await.unwrap();
        grown(store.history_of(attempt.id.as_str()).await.unwrap());
        finished(store, &attempt, outcome(Disposition::Busy)).await.unwrap();
        let rows = store.history_of(attempt.id.as_str()).await.unwrap();
        grown(rows.clone());
        let accepted = rows.iter().find(|row| row.to == "accepted").unwrap();
        assert_eq!((accepted.from.as_deref(), accepted.at_ms, &*accepted.reason), (Some("placing"), NOW + 1_000, "callback"));
        let call = store.history_of(call.id.as_str()).await.unwrap();
        assert_eq!(call.last().map(|row| (row.to.as_str(), row.reason.as_str())), Some(("redial_wait", "busy")));
    }

    /// The one who was told to dial is told the same again; whoever comes after, even to take over, is not.
    async fn a_dial_is_allowed_once(bed: Bed) {
        let store = &bed.store;
        let Underway { attempt, .. } = picked(store, &number(1)).await;
        for _ in 0..2 {
            let said = store.allow_dial(&dial(&attempt), |call, _, facts| gate(call, facts)).await.unwrap();
            let Dialing::Go(placing) = said else { panic!("the gate allows it") };
            assert_eq!((placing.state, placing.secret_hash.as_deref()), (AttemptState::Placing, Some("5ec7e7")));
        }
        let other = store.adopt("b", NOW + LEASE, NOW + 2 * LEASE, 10).await.unwrap().remove(0);
        let late = store.allow_dial(&dial(&attempt), |call, _, facts| gate(call, facts)).await;
        assert_eq!(late, Err(StoreError::Fenced));
        let again = Dial { fence: other.attempt.fence, ..dial(&attempt) };
        let again = store.allow_dial(&again, |call, _, facts| gate(call, facts)).await;
        assert!(matches!(again, Err(StoreError::Illegal { .. })), "{again:?}");
    }

    /// The gate's second word: nobody is dialed, the slot is free, the call waits and has used no attempt.
    async fn an_attempt_is_withdrawn_at_the_last_moment(bed: Bed) {
        let store = &bed.store;
        let Underway { call, attempt } = picked(store, &number(1)).await;
        let refuse = |_: &_, _: &_, _: &_| {
            ruling(Verdict::Refuse(becomes(CallState::Deferred, Some(NOW + 60_000))), "outside_hours")
        };
        let Dialing::Withdrawn(at, _) = store.allow_dial(&dial(&attempt), refuse).await.unwrap() else {
            panic!("the gate refused")
        };
        assert_eq!((at.attempt.state, at.attempt.slot, at.attempt.counted), (AttemptState::Finalized, false, false));
        assert_eq!((at.call.state, at.call.attempts_used, at.call.due_at_ms), (CallState::Deferred, 0, Some(NOW + 60_000)));
        assert_eq!(store.call(&call.id).await.unwrap(), at.call);
        assert!(store.events_of(&call.id).await.unwrap().is_empty(), "nothing is told of what never was");
        let verdicts: Vec<_> = store.timeline(&call.id).await.unwrap();
        let verdicts: Vec<_> = verdicts.iter().filter(|e| e.kind == "gate").map(|e| &e.detail["verdict"]).collect();
        assert_eq!(verdicts, ["allow", "deferred"]);
    }

    /// A process that was silent for longer than its lease has lost the attempt: every write of its is refused. The slot
    /// stays taken all along.
    async fn a_stale_fence_is_refused(bed: Bed) {
        let store = &bed.store;
        let Underway { attempt, .. } = dialed(store, &number(1)).await;
        assert!(store.adopt("b", NOW + LEASE - 1, NOW + 2 * LEASE, 10).await.unwrap().is_empty(), "too early");
        let taken = store.adopt("b", NOW + LEASE, NOW + 2 * LEASE, 10).await.unwrap().remove(0);
        assert_eq!((taken.attempt.owner.as_deref(), taken.attempt.fence), (Some("b"), 2));
        assert_eq!(store.slots_in_use().await.unwrap().deployment, 1);
        assert!(store.renew("a", NOW + 3 * LEASE).await.unwrap().is_empty());
        assert_eq!(store.moved(&attempt.id, 1, &moved(AttemptState::Accepted)).await, Err(StoreError::Fenced));
        assert_eq!(finished(store, &attempt, outcome(Disposition::Busy)).await, Err(StoreError::Fenced));
        assert_eq!(store.release_slot(&attempt.id, 1, NOW).await, Err(StoreError::Fenced));
        let end = finished(store, &taken.attempt, outcome(Disposition::NoAnswer)).await.unwrap();
        assert!(end.first);
    }

    /// A slot is given back once, by its owner, after the outcome; one whose time is over is listed until it is.
    async fn a_slot_is_given_back_after_the_outcome(bed: Bed) {
        let store = &bed.store;
        let Underway { attempt, .. } = dialed(store, &number(1)).await;
        let early = store.release_slot(&attempt.id, 1, NOW).await.unwrap_err();
        assert!(early.to_string().starts_with("attempt_not_ended"), "{early}");
        finished(store, &attempt, outcome(Disposition::Busy)).await.unwrap();
        let overdue = store.overdue_slots(attempt.slot_until_ms, 10).await.unwrap();
        assert_eq!(overdue.iter().map(|row| &row.id).collect::<Vec<_>>(), [&attempt.id]);
        for _ in 0..2 {
            store.release_slot(&attempt.id, 1, NOW).await.unwrap();
        }
        assert!(store.overdue_slots(u64::MAX, 10).await.unwrap().is_empty());
    }

    /// A call that waits is canceled at once; of one that is under way the owner learns with its next renewal.
    async fn a_wish_to_cancel_reaches_the_owner(bed: Bed) {
        let store = &bed.store;
        let waiting = ordered(store, &number(1)).await;
        let done = store.cancel_call(&waiting.id, "key-1", "no more", NOW).await.unwrap();
        assert!(matches!(done, Canceled::Done(call) if call.state == CallState::Canceled && call.due_at_ms.is_none()));
        let Underway { call, attempt } = dialed(store, &number(2)).await;
        assert!(!store.renew("a", NOW + LEASE).await.unwrap()[0].cancel);
        let Canceled::Asked { attempt: asked, .. } = store.cancel_call(&call.id, "key-1", "no more", NOW).await.unwrap()
        else {
            panic!("it is under way")
        };
        assert_eq!(asked, attempt.id);
        assert!(store.renew("a", NOW + LEASE).await.unwrap()[0].cancel);
        assert!(pick_up(store, "a", 10).await.started.is_empty());
    }

    /// Row 000-08: every request with its answer is kept as it was. A message that came before is told from a new one,
    /// and one about an attempt that nobody knows is refused.
    async fn what_passes_between_us_and_a_provider_is_kept(bed: Bed) {
        let store = &bed.store;
        let Underway { call, attempt } = dialed(store, &number(1)).await;
        let poll = RequestNote {
            at_ms: NOW,
            operation: "status".to_owned(),
            http_status: Some(200),
            provider_code: None,
            raw_status: Some("parked".to_owned()),
            latency_ms: 41,
            error: None,
        };
        let lost = RequestNote { http_status: None, error: Some("timed out".to_owned()), ..poll.clone() };
        store.note_request(&attempt.id, &poll).await.unwrap();
        store.note_request(&attempt.id, &lost).await.unwrap();
        assert_eq!(store.requests_of(&attempt.id).await.unwrap(), [poll.clone(), lost]);
        let ringing = ProviderNote {
            attempt: attempt.id.clone(),
            provider: LINE.to_owned(),
            received_at_ms: NOW + 5,
            signed_at: None,
            reports: "ringing".to_owned(),
            body: "CallStatus=ringing".to_owned(),
        };
        let later = ProviderNote { signed_at: Some("1700000009".to_owned()), ..ringing.clone() };
        assert_eq!(store.note_provider_event(&ringing).await, Ok(Noted::New));
        assert_eq!(store.note_provider_event(&ringing).await, Ok(Noted::Duplicate));
        assert_eq!(store.note_provider_event(&later).await, Ok(Noted::New));
        let strange = ProviderNote { attempt: AttemptId::new("att-0"), ..ringing.clone() };
        assert!(matches!(store.note_provider_event(&strange).await, Err(StoreError::NotFound { .. })));
        let other = ProviderNote { provider: "other".to_owned(), ..ringing };
        assert!(matches!(store.note_provider_event(&other).await, Err(StoreError::NotFound { .. })));
        let unknown = store.note_request(&AttemptId::new("att-0"), &poll).await;
        assert!(matches!(unknown, Err(StoreError::NotFound { .. })));
        let mut kinds = BTreeMap::new();
        for entry in store.timeline(&call.id).await.unwrap() {
            assert!(entry.kind != "provider_event" || entry.detail["reports"] == "ringing", "{entry:?}");
            *kinds.entry(entry.kind).or_insert(0) += 1;
        }
        assert_eq!((kinds["request"], kinds["provider_event"]), (2, 2));
    }

    /// What began early and is noted late, as a recording is, stands where it began.
    async fn the_timeline_is_in_the_order_of_its_times(bed: Bed) {
        let store = &bed.store;
        let Underway { call, attempt } = dialed(store, &number(1)).await;
        let up = Move { at_ms: NOW + 5_000, media_up: true, ..moved(AttemptState::Answered) };
        store.moved(&attempt.id, 1, &up).await.unwrap();
        store.commit_facts(&[line("l-1", &attempt.id, &Fact::Checkpoint { state: "ask".to_owned() })]).await.unwrap();
        let recording = NewRecording { path: "rec/1.wav".to_owned(), seal: None, incomplete: false, expires_at_ms: None };
        let end = Finish { recording: Some(recording), ..finish(failed(FailureCode::Interrupted)) };
        finished_as(store, &attempt, end).await.unwrap();
        let told = store.timeline(&call.id).await.unwrap();
        assert!(told.is_sorted_by_key(|entry| entry.at_ms), "{told:#?}");
        let place = |kind: &str| told.iter().position(|entry| entry.kind == kind).unwrap();
        assert!(place("recording") < place("journal"), "{told:#?}");
    }
}
