//! How much waits, and which files are still to go.

use voxgate::store::{Depths, FileSeal, Finish, NewRecording, RecordingState};
use voxgate_core::model::{Disposition, FailureCode};

use crate::bed::{NOW, dialed, failed, finish, finished, finished_as, number, ordered, outcome};

crate::on_both! {
    /// Calls whose time has come wait, later ones do not; tasks wait until somebody has resolved them.
    async fn what_waits_is_counted(bed: Bed) {
        let store = &bed.store;
        assert_eq!(store.depths(NOW).await, Ok(Depths::default()));
        let at = dialed(store, &number(1)).await;
        finished(store, &at.attempt, failed(FailureCode::ProviderRejected)).await.unwrap();
        for n in 2..5 {
            ordered(store, &number(n)).await;
        }
        assert_eq!(store.depths(NOW).await, Ok(Depths { due_calls: 3, manual_tasks: 1 }));
        assert_eq!(store.depths(NOW - 1).await, Ok(Depths { due_calls: 0, manual_tasks: 1 }));
    }

    /// What has expired is found, page by page, until its file is gone.
    async fn what_has_expired_is_found_until_it_is_deleted(bed: Bed) {
        let store = &bed.store;
        let mut all = Vec::new();
        for n in 0..3 {
            let at = dialed(store, &number(n)).await;
            let seal = Some(FileSeal { sha256: "ab".repeat(32), bytes: 44, length_ms: 0 });
            let new = NewRecording { path: format!("{n}.wav"), seal, incomplete: false, expires_at_ms: Some(NOW) };
            let end = Finish { recording: Some(new), ..finish(outcome(Disposition::Completed)) };
            all.push(finished_as(store, &at.attempt, end).await.unwrap().recording.unwrap());
        }
        let found = async |cursor| {
            let rows = store.expired_recordings(cursor, 2).await.unwrap();
            rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(found(None).await, []);
        let set = async |n: usize, to| store.set_recording_state(&all[n], to, "retention", "over", NOW).await.unwrap();
        for n in 0..3 {
            set(n, RecordingState::Expired).await;
        }
        assert_eq!((found(None).await, found(Some(&all[1])).await), (all[..2].to_vec(), all[2..].to_vec()));
        set(0, RecordingState::Deleted).await;
        assert_eq!(found(None).await, all[1..]);
    }
}
