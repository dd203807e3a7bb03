//! Right before the dial: the gate's second word, and the attempt durable as `placing`.

use voxgate_core::calls::{Aftermath, AttemptState, TaskReason, transition};
use voxgate_core::model::{AttemptId, Disposition, Outcome};

use super::attempts::lock_attempt;
use super::call_row::lock_call;
use super::settle::{Settlement, settle};
use super::tx::Tx;
use super::{AttemptRow, CallRow, GateFacts, Ruling, Store, StoreError, Underway, Verdict, gate};

/// An attempt that is about to be dialed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// Which.
    pub attempt: AttemptId,
    /// Whose, by the last take-over.
    pub fence: i64,
    /// SHA-256 of the secret that its media must bring.
    pub secret_hash: Option<String>,
    /// When the call is surely over if it is dialed now, in ms since 1970.
    pub slot_until_ms: u64,
    /// Now, in ms since 1970.
    pub now_ms: u64,
}

/// Whether an attempt is to be dialed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialing {
    /// It is `placing`, durable: dial.
    Go(Box<AttemptRow>),
    /// It is over before it began, its slot is free and it does not count. The call is where the decision said; why
    /// people were left a task, if they were.
    Withdrawn(Box<Underway>, Option<TaskReason>),
}

impl Store {
    /// Asks the gate for the last time, keeps what it says, and makes the attempt `placing` before anybody dials. The one
    /// who was told to dial asks again before a dial that is repeated, and where the answer was lost; the gate may have
    /// changed its mind. Nobody else is ever told to.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]; [`StoreError::Illegal`] where the attempt was dialed already.
    pub async fn allow_dial<F>(&self, dial: &Dial, decide: F) -> Result<Dialing, StoreError>
    where
        F: FnOnce(&CallRow, &AttemptRow, &GateFacts) -> Ruling + Send + 'static,
    {
        let dial = dial.clone();
        self.write(move |tx| Box::pin(allow(tx, dial, decide))).await
    }
}

async fn allow<F>(mut tx: Tx<'_>, dial: Dial, decide: F) -> Result<Dialing, StoreError>
where
    F: FnOnce(&CallRow, &AttemptRow, &GateFacts) -> Ruling + Send,
{
    let tx = &mut tx;
    let mut attempt = lock_attempt(tx, &dial.attempt, dial.fence).await?;
    let asked_before = attempt.state == AttemptState::Placing && attempt.dial_fence == Some(dial.fence);
    if !asked_before {
        transition(attempt.state, AttemptState::Placing)?;
    }
    let call = lock_call(tx, &attempt.call).await?;
    let facts = gate::facts(tx, &attempt.to, Some(&attempt.id)).await?;
    let ruling = decide(&call, &attempt, &facts);
    gate::keep(tx, &call.id, Some(&attempt.id), &ruling, dial.now_ms).await?;
    if let Verdict::Refuse(aftermath) = &ruling.verdict {
        let aftermath = Aftermath { counted: false, ..*aftermath };
        return withdraw(tx, call, attempt, &aftermath, &ruling.reason, dial.now_ms).await;
    }
    if !asked_before {
        attempt.enter(tx, AttemptState::Placing, &ruling.reason, dial.now_ms).await?;
    }
    attempt.dial_fence = Some(dial.fence);
    attempt.secret_hash = dial.secret_hash;
    attempt.slot_until_ms = dial.slot_until_ms;
    attempt.store(tx).await?;
    Ok(Dialing::Go(Box::new(attempt)))
}

/// Nothing was asked of anybody, so nothing is told to anybody.
async fn withdraw(
    tx: &mut Tx<'_>,
    mut call: CallRow,
    mut attempt: AttemptRow,
    aftermath: &Aftermath,
    reason: &str,
    now_ms: u64,
) -> Result<Dialing, StoreError> {
    let outcome = Outcome::unanswered(Disposition::Canceled);
    attempt.enter(tx, AttemptState::Ended, reason, now_ms).await?;
    attempt.enter(tx, AttemptState::Finalized, "withdrawn", now_ms).await?;
    attempt.slot = false;
    attempt.effective = Some(outcome.disposition);
    attempt.outcome = Some(outcome.clone());
    attempt.store(tx).await?;
    let settlement = Settlement { aftermath, attempt: Some((&attempt, &outcome)), reason, actor: "gate", now_ms };
    let left = settle(tx, &mut call, &settlement).await?;
    Ok(Dialing::Withdrawn(Box::new(Underway { call, attempt }), left.map(|task| task.reason)))
}
