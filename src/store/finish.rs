//! The end of an attempt: all that follows from it in one transaction.

use serde_json::{Map, Value, json};
use voxgate_core::calls::{Aftermath, AttemptState, TaskReason};
use voxgate_core::model::{AttemptId, Outcome};

use super::attempts::lock_attempt;
use super::call_row::lock_call;
use super::cells::{self, Cells, int};
use super::recording_row::{self, Made};
use super::revisions::{self, Second};
use super::settle::{Settlement, settle};
use super::tx::Tx;
use super::{AttemptRow, CallRow, NewRecording, RecordingId, Store, StoreError, TaskId, events};

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// The outcome.
    pub outcome: Outcome,
    /// When it ended, in ms since 1970.
    pub at_ms: u64,
    /// Its recording, where there is one.
    pub recording: Option<NewRecording>,
    /// Nothing is to be made of it afterwards: it is final, and its terminal event goes out, in the same transaction.
    pub finalize: bool,
}

/// What follows from the end of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The call as it stands now.
    pub call: CallRow,
    /// The attempt with its outcome, which is the first that was written.
    pub attempt: AttemptRow,
    /// The task for a person, where there is one.
    pub task: Option<TaskId>,
    /// Why that task was made, where it was made now.
    pub escalated: Option<TaskReason>,
    /// The recording's row, where there is one.
    pub recording: Option<RecordingId>,
    /// Whether this was the first outcome. Of others nothing follows; one that differs is kept as a flagged revision.
    pub first: bool,
}

impl Store {
    /// Writes an attempt's outcome, once, with all that follows: the call's next state by `decide_after`, history, the
    /// recording, the manual task, the lifecycle event, an opt-out on the do-not-call list. An attempt that was never
    /// dialed gives its slot back as well. It may be written again.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]; [`StoreError::Illegal`] where what was decided is no move of the call.
    pub async fn finish<F>(
        &self,
        id: &AttemptId,
        fence: i64,
        finish: &Finish,
        decide_after: F,
    ) -> Result<Finished, StoreError>
    where
        F: FnOnce(&CallRow, &AttemptRow) -> Aftermath + Send + 'static,
    {
        let (id, finish) = (id.clone(), finish.clone());
        self.write(move |tx| Box::pin(end(tx, id, fence, finish, decide_after))).await
    }

    /// What was to be made of the attempt afterwards is made, or its time has passed: it is final, and its terminal event
    /// goes out where it waited for this. Final before, nothing changes.
    ///
    /// # Errors
    /// [`StoreError::Illegal`] where it has not ended.
    pub async fn finalize(&self, id: &AttemptId, at_ms: u64) -> Result<(), StoreError> {
        let fence = self.attempt(id).await?.fence;
        let id = id.clone();
        self.write(move |mut tx| {
            Box::pin(async move {
                let mut attempt = lock_attempt(&mut tx, &id, fence).await?;
                if attempt.state == AttemptState::Finalized {
                    return Ok(());
                }
                make_final(&mut tx, &mut attempt, at_ms).await?;
                attempt.store(&mut tx).await
            })
        })
        .await
    }

    /// Attempts that ended before this time, in ms since 1970, and are not final, the longest ended first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn not_final(&self, before_ms: u64, most: u32) -> Result<Vec<AttemptId>, StoreError> {
        let statement =
            sqlx::query("SELECT id FROM attempts WHERE state = 'ended' AND ended_at < $1 ORDER BY ended_at LIMIT $2");
        let rows = self.read_all(statement.bind(int(before_ms)).bind(i64::from(most))).await?;
        rows.iter().map(|row| Ok(AttemptId::new(row.text("id")?))).collect()
    }
}

async fn end<F>(
    mut tx: Tx<'_>,
    id: AttemptId,
    fence: i64,
    finish: Finish,
    decide_after: F,
) -> Result<Finished, StoreError>
where
    F: FnOnce(&CallRow, &AttemptRow) -> Aftermath + Send,
{
    let tx = &mut tx;
    let mut attempt = lock_attempt(tx, &id, fence).await?;
    let mut call = lock_call(tx, &attempt.call).await?;
    if !attempt.state.is_live() {
        return second(tx, call, attempt, &finish).await;
    }
    let aftermath = decide_after(&call, &attempt);
    let never_dialed = attempt.state == AttemptState::Created;
    attempt.enter(tx, AttemptState::Ended, finish.outcome.reason(), finish.at_ms).await?;
    attempt.outcome = Some(finish.outcome.clone());
    attempt.effective = Some(finish.outcome.disposition);
    attempt.counted = aftermath.counted;
    attempt.slot &= !never_dialed;
    attempt.store(tx).await?;
    let recording = match &finish.recording {
        Some(new) => Some(recording_row::keep(tx, &call, &attempt.id, new, Made::of(&attempt, finish.at_ms)).await?),
        None => None,
    };
    let (reason, actor) = (finish.outcome.reason(), "outcome");
    let known = Some((&attempt, &finish.outcome));
    let settlement = Settlement { aftermath: &aftermath, attempt: known, reason, actor, now_ms: finish.at_ms };
    let left = settle(tx, &mut call, &settlement).await?;
    tell(tx, &mut attempt, &aftermath, &finish).await?;
    let escalated = left.as_ref().map(|task| task.reason);
    Ok(Finished { call, attempt, task: left.map(|task| task.id), escalated, recording, first: true })
}

/// The terminal event: now, or kept until the attempt is final.
async fn tell(
    tx: &mut Tx<'_>,
    attempt: &mut AttemptRow,
    aftermath: &Aftermath,
    finish: &Finish,
) -> Result<(), StoreError> {
    let outcome = &finish.outcome;
    let body = json!({
        "disposition": outcome.disposition,
        "failure_code": outcome.failure_code,
        "dialog_result": outcome.dialog_result,
        "will_redial": aftermath.will_redial(),
    });
    let Value::Object(body) = body else { return Ok(()) };
    if !aftermath.lifecycle.waits_for_analysis() {
        events::tell(tx, attempt, aftermath.lifecycle, body, finish.at_ms).await?;
    } else {
        let kept = cells::json(&(aftermath.lifecycle, body))?;
        let statement = sqlx::query("UPDATE attempts SET terminal_event = $2 WHERE id = $1");
        tx.run(statement.bind(attempt.id.as_str()).bind(kept)).await?;
    }
    if finish.finalize {
        make_final(tx, attempt, finish.at_ms).await?;
        attempt.store(tx).await?;
    }
    Ok(())
}

/// To be stored.
async fn make_final(tx: &mut Tx<'_>, attempt: &mut AttemptRow, at_ms: u64) -> Result<(), StoreError> {
    attempt.enter(tx, AttemptState::Finalized, "final", at_ms).await?;
    let statement = sqlx::query("SELECT terminal_event FROM attempts WHERE id = $1");
    let row = tx.first(statement.bind(attempt.id.as_str())).await?;
    let kept: Option<(_, Map<String, Value>)> = row.map(|row| row.maybe_json("terminal_event")).transpose()?.flatten();
    match kept {
        Some((event, body)) => events::tell(tx, attempt, event, body, at_ms).await,
        None => Ok(()),
    }
}

/// An attempt that has its outcome keeps it.
async fn second(tx: &mut Tx<'_>, call: CallRow, attempt: AttemptRow, finish: &Finish) -> Result<Finished, StoreError> {
    if attempt.outcome.as_ref() != Some(&finish.outcome) {
        let second = Second { attempt: &attempt.id, outcome: &finish.outcome, at_ms: finish.at_ms };
        revisions::keep_second(tx, &second).await?;
    }
    let task = first_id(tx, "SELECT id FROM manual_tasks WHERE attempt_id = $1", &attempt.id).await?;
    let recording = first_id(tx, "SELECT id FROM recordings WHERE attempt_id = $1", &attempt.id).await?;
    let (task, recording) = (task.map(TaskId::new), recording.map(RecordingId::new));
    Ok(Finished { call, attempt, task, escalated: None, recording, first: false })
}

async fn first_id(tx: &mut Tx<'_>, text: &'static str, attempt: &AttemptId) -> Result<Option<String>, StoreError> {
    tx.first(sqlx::query(text).bind(attempt.as_str())).await?.map(|row| row.text("id")).transpose()
}
