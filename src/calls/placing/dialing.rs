//! The dial: allowed by the gate and durable before it goes out; looked for where its answer was lost.

use std::sync::Arc;
use std::time::Duration;

use voxgate_core::model::{AttemptId, sha256_hex};

use super::super::asking::{self, Asker};
use super::{Calls, Placing, Step};
use crate::clock;
use crate::metrics::Operation;
use crate::providers::{DialRequest, LostDial};
use crate::store::{AttemptRow, CallRow, Dial, Dialing, StoreError};
use crate::telemetry::retrying;

/// Before the store is asked again whether an attempt may be dialed.
const ASK_AGAIN: Duration = Duration::from_millis(250);

impl Placing {
    /// The store's word comes first: durable, and the gate's last.
    pub(super) fn dial(&mut self) {
        self.dials += 1;
        if self.dials > 1 {
            retrying(self.line.name(), Operation::Dial, self.dials - 1);
        }
        let intent = self.intent();
        let request = self.dial_request();
        let calls = Arc::clone(&self.calls);
        let asker = Asker { line: Arc::clone(&self.line), metrics: calls.metrics.clone() };
        let retries = self.dials - 1;
        self.asked += 1;
        self.steps.push(Box::pin(async move {
            match allowed(&calls, intent).await {
                Allowed::At(at_ms) => Step::Dialed { at_ms, asked: asking::dial(&asker, request, retries).await },
                Allowed::No => Step::Withheld,
                Allowed::TakenBack => Step::TakenBack,
                Allowed::Fenced => Step::Lost,
            }
        }));
    }

    fn intent(&self) -> Intent {
        Intent {
            attempt: self.what.attempt.id.clone(),
            fence: self.what.attempt.fence,
            secret_hash: sha256_hex(self.secret.as_bytes()),
            longest_ms: self.calls.settings.longest_ms(&(self.calls.times)(self.line.name())),
        }
    }

    fn dial_request(&self) -> DialRequest {
        let (settings, line, attempt) = (&self.calls.settings, &self.line, &self.what.attempt.id);
        let addresses = &settings.addresses;
        let dialect = line.provider().capabilities().dialect;
        DialRequest {
            to: self.number.clone(),
            callback_url: format!("{}/v1/webhooks/{}/{attempt}", addresses.callbacks, line.name()),
            media_url: format!("{}/media/{dialect}/{}", addresses.media, addresses.node),
            call_ref: attempt.to_string(),
            secret: self.secret.clone(),
            ring_timeout: Duration::from_micros((self.calls.times)(line.name()).ring_timeout.0),
            max_duration: settings.max_duration,
        }
    }

    pub(super) fn find(&mut self) {
        let lost = LostDial { to: self.number.clone(), sent_unix_ms: self.dialed_unix_ms };
        self.ask(|asker| asking::find(asker, lost));
    }
}

/// A dial that is to go out, whenever that is.
struct Intent {
    attempt: AttemptId,
    fence: i64,
    secret_hash: String,
    /// How long it may hold its slot from then on.
    longest_ms: u64,
}

impl Intent {
    fn at(&self, now_ms: u64) -> Dial {
        Dial {
            attempt: self.attempt.clone(),
            fence: self.fence,
            secret_hash: Some(self.secret_hash.clone()),
            slot_until_ms: now_ms + self.longest_ms,
            now_ms,
        }
    }
}

/// What came of the question whether to dial.
enum Allowed {
    /// Dial. It was allowed at this time, in ms since 1970.
    At(u64),
    /// The gate said no, and the store has settled what becomes of the call.
    No,
    /// We are about to stop.
    TakenBack,
    /// Another process owns the attempt.
    Fenced,
}

/// Asked for as long as the store does not answer, for nothing was dialed yet, and each time anew: calling hours may have
/// ended meanwhile.
async fn allowed(calls: &Arc<Calls>, intent: Intent) -> Allowed {
    loop {
        if calls.directory.is_closing() {
            return Allowed::TakenBack;
        }
        // What was learned and is not in the store yet may be an opt-out.
        if (calls.complete)() {
            let keeper = Arc::clone(calls);
            let now_ms = clock::unix_ms();
            let decide = move |call: &CallRow, _: &AttemptRow, facts: &_| keeper.ruling(call, facts, now_ms);
            match calls.store.allow_dial(&intent.at(now_ms), decide).await {
                Ok(Dialing::Go(_)) => return Allowed::At(now_ms),
                Ok(Dialing::Withdrawn(left, escalated)) => {
                    tracing::info!(reason = left.call.reason, "the gate turned the attempt away right before the dial");
                    escalated.into_iter().for_each(|reason| calls.escalated(reason));
                    calls.changed();
                    return Allowed::No;
                }
                Err(StoreError::Unavailable(what)) => {
                    tracing::warn!(what, "an attempt waits for the store before it is dialed");
                }
                Err(StoreError::Fenced) => return Allowed::Fenced,
                Err(error) => {
                    tracing::error!(%error, "an attempt is not dialed: a defect of ours");
                    return Allowed::Fenced;
                }
            }
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}
