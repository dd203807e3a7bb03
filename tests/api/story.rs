//! What happens to calls, told to the store as a scheduler and a session would.

use std::collections::BTreeMap;

use voxgate::clock;
use voxgate::store::{
    AttemptRow, Dial, Dialing, FileSeal, Finish, Finished, Move, NewRecording, PickUp, Ruling, SlotLimits, Verdict,
};
use voxgate_core::calls::{AttemptState, CallContext, CallPolicy, RedialCounts, after};
use voxgate_core::dialog::Kind;
use voxgate_core::model::{Disposition, FailureCode, Outcome, sha256_hex};

use crate::bench::{Bench, PROVIDER};

/// The gate allows it.
pub(crate) fn allow() -> Ruling {
    Ruling {
        verdict: Verdict::Allow,
        reason: "allowed".to_owned(),
        rules: "{}".to_owned(),
        rule_version: "1".to_owned(),
    }
}

/// A person talked, and the line broke.
pub(crate) fn interrupted() -> Outcome {
    Outcome::failed(FailureCode::Interrupted)
}

/// A person was reached.
pub(crate) fn completed() -> Outcome {
    Outcome::unanswered(Disposition::Completed)
}

/// Audio that was recorded: `bytes` of them, each unlike its neighbours.
pub(crate) fn audio(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|n| u8::try_from(n * 31 % 251).unwrap()).collect()
}

impl Bench {
    /// A call with an attempt that is answered.
    pub(crate) async fn answered(&self) -> AttemptRow {
        self.call().await;
        let now_ms = clock::unix_ms();
        let limits = SlotLimits { deployment: 10, providers: BTreeMap::from([(PROVIDER.to_owned(), None)]) };
        let (lease_until_ms, slot_until_ms) = (now_ms + 60_000, now_ms + 60_000);
        let wish = PickUp { owner: "test".to_owned(), now_ms, lease_until_ms, slot_until_ms, most: 1, limits };
        let picked = self.store.pick_up(&wish, |_, _| allow()).await.unwrap();
        let attempt = picked.started.into_iter().next().unwrap().attempt;
        let dial = Dial { attempt: attempt.id.clone(), fence: attempt.fence, secret_hash: None, slot_until_ms, now_ms };
        let dialing = self.store.allow_dial(&dial, |_, _, _| allow()).await.unwrap();
        assert!(matches!(dialing, Dialing::Go(_)));
        let answered = Move {
            to: AttemptState::Answered,
            at_ms: now_ms,
            reason: "answered".to_owned(),
            provider_call_id: Some("CA1".to_owned()),
            media_up: true,
        };
        self.store.moved(&attempt.id, attempt.fence, &answered).await.unwrap();
        self.store.attempt(&attempt.id).await.unwrap()
    }

    /// What became of it.
    pub(crate) async fn finish(
        &self,
        attempt: &AttemptRow,
        outcome: Outcome,
        recording: Option<NewRecording>,
    ) -> Finished {
        let at_ms = clock::unix_ms();
        let finish = Finish { outcome: outcome.clone(), at_ms, recording, finalize: true };
        let context = CallContext {
            kind: Kind::Reminder,
            attempts_used: 0,
            redials: RedialCounts::default(),
            deferrals: 0,
            not_after_ms: None,
            rescheduled_to_ms: None,
            provider_wait_ms: None,
            now_ms: at_ms,
        };
        let decide = move |_: &_, _: &_| after(&outcome, &context, &CallPolicy::default());
        let finished = self.store.finish(&attempt.id, attempt.fence, &finish, decide).await.unwrap();
        self.store.release_slot(&attempt.id, attempt.fence, at_ms).await.unwrap();
        finished
    }

    /// A sealed recording of so many bytes, on disk.
    pub(crate) fn recorded(&self, name: &str, bytes: usize) -> NewRecording {
        let audio = audio(bytes);
        std::fs::write(self.folder.path().join(name), &audio).unwrap();
        let seal = FileSeal { sha256: sha256_hex(&audio), bytes: audio.len() as u64, length_ms: 1_000 };
        NewRecording { path: name.to_owned(), seal: Some(seal), incomplete: false, expires_at_ms: None }
    }
}
