//! Recordings, the do-not-call list, keys, switches, replies to requests that came before.

use std::collections::BTreeMap;

use voxgate::store::{
    Access, Availability, CallFilter, Created, FileSeal, Finish, Idempotent, KeyId, Move, NewCall, NewDnc,
    NewRecording, RecordingFilter, RecordingId, RecordingState, Reply, STOP_DIALING, Store, StoreError, Switch,
    WhenFull,
};
use voxgate_core::calls::{AttemptState, CallState, LeadStatus};
use voxgate_core::model::Disposition;

use crate::bed::{
    NOW, created, dial_it, dialed, done, finish, finished_as, number, order, outcome, pick_up, reply, said,
};

fn seal() -> FileSeal {
    FileSeal { sha256: "ab".repeat(32), bytes: 32_044, length_ms: 1_000 }
}

fn file(n: u32, seal: Option<FileSeal>) -> NewRecording {
    NewRecording { path: format!("rec/{n}.wav"), seal, incomplete: false, expires_at_ms: Some(NOW + 90_000) }
}

async fn recorded(store: &Store, n: u32, campaign: &str, disposition: Disposition) -> RecordingId {
    created(store, &NewCall { campaign: Some(campaign.to_owned()), ..order(&number(n)) }).await;
    let at = dial_it(store, &pick_up(store, "a", 1).await.started.remove(0)).await;
    let end = Finish { recording: Some(file(n, Some(seal()))), ..finish(outcome(disposition)) };
    finished_as(store, &at.attempt, end).await.unwrap().recording.unwrap()
}

crate::on_both! {
    /// Row X-03: recordings are found by number, date, campaign, script and disposition, page by page.
    async fn recordings_are_found(bed: Bed) {
        let store = &bed.store;
        let one = recorded(store, 1, "spring", Disposition::Completed).await;
        let two = recorded(store, 2, "spring", Disposition::Voicemail).await;
        let three = recorded(store, 3, "autumn", Disposition::Completed).await;
        let any = RecordingFilter::default;
        let table = [
            (any(), vec![&three, &two, &one]),
            (RecordingFilter { to: Some(number(2)), ..any() }, vec![&two]),
            (RecordingFilter { campaign: Some("spring".to_owned()), ..any() }, vec![&two, &one]),
            (RecordingFilter { disposition: Some(Disposition::Completed), ..any() }, vec![&three, &one]),
            (RecordingFilter { dialplan: Some("survey".to_owned()), ..any() }, vec![]),
            (RecordingFilter { since_ms: Some(NOW + 30_001), ..any() }, vec![]),
            (RecordingFilter { since_ms: Some(NOW), until_ms: Some(NOW + 30_001), ..any() }, vec![&three, &two, &one]),
        ];
        for (filter, expected) in table {
            let found = store.recordings(&filter, None, 10).await.unwrap();
            assert_eq!(found.iter().map(|row| &row.id).collect::<Vec<_>>(), expected, "{filter:?}");
        }
        let page = store.recordings(&any(), Some(&two), 10).await.unwrap();
        assert_eq!(page.iter().map(|row| &row.id).collect::<Vec<_>>(), [&one]);
        assert_eq!(page[0].seal, Some(seal()));
    }

    /// A search by date finds a recording by when it was begun, not by when its row was written.
    async fn a_recording_begins_with_its_media(bed: Bed) {
        let store = &bed.store;
        let talked = dialed(store, &number(1)).await;
        let media = Move {
            to: AttemptState::Answered,
            at_ms: NOW + 7_000,
            reason: "media is up".to_owned(),
            provider_call_id: Some("CA1".to_owned()),
            media_up: true,
        };
        store.moved(&talked.attempt.id, talked.attempt.fence, &media).await.unwrap();
        let end = Finish { recording: Some(file(1, Some(seal()))), ..finish(outcome(Disposition::Completed)) };
        let id = finished_as(store, &talked.attempt, end).await.unwrap().recording.unwrap();
        let row = store.recording(&id).await.unwrap();
        assert_eq!((row.created_at_ms, row.sealed_at_ms), (NOW + 7_000, Some(NOW + 30_000)));
        let found = async |since_ms, until_ms| {
            let day = RecordingFilter { since_ms: Some(since_ms), until_ms: Some(until_ms), ..RecordingFilter::default() };
            store.recordings(&day, None, 10).await.unwrap().len()
        };
        assert_eq!((found(NOW, NOW + 7_001).await, found(NOW + 7_001, NOW + 60_000).await), (1, 0));
    }

    /// Row 000-17: not recorded, not ready yet, ready, expired: each is told from the others.
    async fn a_recording_is_ready_or_says_why_not(bed: Bed) {
        let store = &bed.store;
        let silent = dialed(store, &number(1)).await;
        assert_eq!(store.recording_of(&silent.attempt.id).await, Ok(None));
        let at = dialed(store, &number(2)).await;
        let id = store.begin_recording(&at.attempt.id, &file(2, None), NOW).await.unwrap();
        assert_eq!(store.begin_recording(&at.attempt.id, &file(2, None), NOW).await, Ok(id.clone()));
        assert_eq!(store.recording(&id).await.unwrap().availability(NOW), Availability::NotReadyYet);
        store.seal_recording(&id, &seal(), true, NOW + 1).await.unwrap();
        let row = store.recording(&id).await.unwrap();
        assert_eq!((row.availability(NOW), row.incomplete, &row.seal), (Availability::Ready, true, &Some(seal())));
        assert_eq!(row.availability(NOW + 90_000), Availability::Expired(Some(NOW + 90_000)));
        let twice = store.seal_recording(&id, &seal(), false, NOW).await;
        assert!(matches!(twice, Err(StoreError::Illegal { .. })), "{twice:?}");

        let set = |to| store.set_recording_state(&id, to, "key-1", "case 7", NOW + 2);
        set(RecordingState::LegalHold).await.unwrap();
        assert_eq!(store.recording(&id).await.unwrap().availability(NOW + 90_000), Availability::Ready);
        assert!(store.expiring_recordings(NOW + 90_000, 10).await.unwrap().is_empty());
        set(RecordingState::Available).await.unwrap();
        assert_eq!(store.expiring_recordings(NOW + 90_000, 10).await.unwrap().len(), 1);
        set(RecordingState::Expired).await.unwrap();
        assert!(set(RecordingState::Available).await.is_err());
        let states: Vec<_> = store.history_of(id.as_str()).await.unwrap().into_iter().map(|row| row.to).collect();
        assert_eq!(states, ["recording", "sealed", "available", "legal_hold", "available", "expired"]);
    }

    /// Row X-03: each access is kept, in its order.
    async fn accesses_are_kept(bed: Bed) {
        let id = recorded(&bed.store, 1, "spring", Disposition::Completed).await;
        let access = |outcome: &str| Access {
            recording: id.clone(),
            at_ms: NOW,
            key: KeyId::new("key-1"),
            action: "fetch".to_owned(),
            outcome: outcome.to_owned(),
            detail: Some("bytes=0-99".to_owned()),
        };
        for outcome in ["served", "forbidden"] {
            bed.store.note_access(&access(outcome)).await.unwrap();
        }
        assert_eq!(bed.store.accesses_of(&id).await.unwrap(), [access("served"), access("forbidden")]);
        let nothing = Access { recording: RecordingId::new("rec-0"), ..access("served") };
        assert!(matches!(bed.store.note_access(&nothing).await, Err(StoreError::NotFound { .. })));
    }

    /// Calls are found by each of their marks, the latest first, page by page; the lead's view covers its states.
    async fn calls_are_found(bed: Bed) {
        let store = &bed.store;
        let mut all = Vec::new();
        for n in 0..6 {
            let campaign = (n % 2 == 0).then(|| "spring".to_owned());
            all.push(created(store, &NewCall { campaign, ..order(&number(n % 3)) }).await.id);
        }
        store.cancel_call(&all[0], "key-1", "no more", NOW).await.unwrap();
        let any = CallFilter::default;
        let table = [
            (any(), vec![5, 4, 3, 2, 1, 0]),
            (CallFilter { to: Some(number(1)), ..any() }, vec![4, 1]),
            (CallFilter { campaign: Some("spring".to_owned()), ..any() }, vec![4, 2, 0]),
            (CallFilter { state: Some(CallState::Canceled), ..any() }, vec![0]),
            (CallFilter { lead_status: Some(LeadStatus::PendingAiCall), ..any() }, vec![5, 4, 3, 2, 1]),
            (CallFilter { lead_status: Some(LeadStatus::Failed), ..any() }, vec![0]),
            (CallFilter { dialplan: Some("consent".to_owned()), ..any() }, vec![]),
            (CallFilter { until_ms: Some(NOW), ..any() }, vec![]),
        ];
        for (filter, expected) in table {
            let found: Vec<_> = store.calls(&filter, None, 10).await.unwrap().into_iter().map(|call| call.id).collect();
            assert_eq!(found, expected.iter().map(|n| all[*n].clone()).collect::<Vec<_>>(), "{filter:?}");
        }
        let page: Vec<_> = store.calls(&any(), Some(&all[4]), 2).await.unwrap().into_iter().map(|call| call.id).collect();
        assert_eq!(page, [all[3].clone(), all[2].clone()]);
    }

    /// Row 003-03: the same request twice, even at once, makes one call and gets one reply; another request under the same
    /// key is refused.
    async fn a_request_that_comes_twice_is_one(bed: Bed) {
        let once = Idempotent {
            key_id: "key-1".to_owned(),
            key: "order-7".to_owned(),
            method: "POST".to_owned(),
            path: "/v1/calls".to_owned(),
            body_sha256: "aa".to_owned(),
        };
        assert_eq!(bed.store.reply_to(&once).await, Ok(None));
        let all: Vec<_> = (0..20)
            .map(|_| {
                let (store, once) = (bed.store.clone(), once.clone());
                tokio::spawn(async move { store.create_call(&order(&number(1)), Some(&once), NOW, reply).await.unwrap() })
            })
            .collect();
        let (mut new, mut before) = (Vec::new(), Vec::new());
        for one in all {
            match one.await.unwrap() {
                Created::New(call) => new.push(reply(&call)),
                Created::Before(reply) => before.push(reply),
            }
        }
        assert_eq!((new.len(), before.len()), (1, 19));
        assert!(before.iter().all(|reply| *reply == new[0]));
        assert_eq!(bed.store.calls_by_state().await.unwrap(), BTreeMap::from([(CallState::Pending, 1)]));
        let other = Idempotent { body_sha256: "bb".to_owned(), ..once.clone() };
        let error = bed.store.create_call(&order(&number(2)), Some(&other), NOW, reply).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { code: "idempotency_key_reused", .. }), "{error}");
        assert_eq!(bed.store.forget_replies(NOW + 1).await, Ok(1));
        let kept = Reply { status: 201, body: "{}".to_owned() };
        bed.store.keep_reply(&other, &kept, NOW).await.unwrap();
        assert_eq!(bed.store.reply_to(&other).await, Ok(Some(kept)));
    }

    /// Keys are found by their hash alone; a revoked one stays revoked.
    async fn keys_are_known_by_their_hash(bed: Bed) {
        let store = &bed.store;
        let key = done(store.add_key("crm", "5ec7e7", &["operator".to_owned()], None, NOW, said).await.unwrap());
        assert_eq!(store.key_by_hash("5ec7e7").await, Ok(Some(key.clone())));
        assert_eq!(store.key_by_hash("other").await, Ok(None));
        store.key_used(&key, NOW + 5).await.unwrap();
        let used = store.keys().await.unwrap().remove(0);
        store.key_used(&used, NOW + 60_004).await.unwrap();
        assert_eq!(store.keys().await.unwrap()[0].last_used_at_ms, Some(NOW + 5), "within the minute");
        store.revoke_key(&key.id, NOW + 7).await.unwrap();
        store.revoke_key(&key.id, NOW + 9).await.unwrap();
        assert_eq!(store.key_by_hash("5ec7e7").await.unwrap().unwrap().revoked_at_ms, Some(NOW + 7));
        assert!(matches!(store.revoke_key(&KeyId::new("key-0"), NOW).await, Err(StoreError::NotFound { .. })));
    }

    /// A switch stands for every process, and after a restart; the list of numbers too.
    async fn switches_and_numbers_outlive_a_process(bed: Bed) {
        let store = bed.another().await;
        assert_eq!(store.switch(STOP_DIALING).await, Ok(Switch::default()));
        store.set_switch(STOP_DIALING, true, "key-1", NOW).await.unwrap();
        for n in [3, 1, 2] {
            let entry = NewDnc { number: &number(n), reason: "asked", source: "api", actor: "key-1", attempt: None };
            store.add_dnc(&entry, NOW).await.unwrap();
        }
        store.close().await;
        assert!(store.ping().await.is_err());
        assert!(bed.store.switch(STOP_DIALING).await.unwrap().on);
        let page = bed.store.dnc_list(Some(&number(1)), 10).await.unwrap();
        assert_eq!(page.iter().map(|row| row.number.clone()).collect::<Vec<_>>(), [number(2), number(3)]);
        bed.store.remove_dnc(&number(2), "key-2", "asked for it in writing", NOW + 9).await.unwrap();
        assert_eq!(bed.store.dnc(&number(2)).await, Ok(None));
        let twice = bed.store.remove_dnc(&number(2), "key-2", "again", NOW + 9).await;
        assert!(matches!(twice, Err(StoreError::NotFound { .. })), "{twice:?}");
        let history = bed.store.history_of(&number(2)).await.unwrap();
        let told: Vec<_> = history.iter().map(|row| (&*row.to, row.at_ms, &*row.actor, &*row.reason)).collect();
        let removal = ("removed", NOW + 9, "key-2", "asked for it in writing");
        assert_eq!(told, [("listed", NOW, "key-1", "asked"), removal], "who, when and why outlive the entry");
        assert_eq!(WhenFull::default().as_str(), "wait");
    }
}
