//! Manual tasks: written where a call could not be completed, listed by urgency.

use serde_json::{Value, json};
use sqlx::any::AnyRow;
use voxgate_core::calls::{Moving, Priority, TaskDraft, TaskReason, TaskState, transition};
use voxgate_core::model::{AttemptId, CallId, Outcome};

use super::cells::{self, Cells, every, int, maybe};
use super::history::{Step, append};
use super::ids::new_id;
use super::journal;
use super::listing::Listing;
use super::tx::{Tx, claim};
use super::{AttemptRow, CallRow, Store, StoreError, TaskId, TelecallerId, transcript};

/// A manual task as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRow {
    /// Its name.
    pub id: TaskId,
    /// The call that could not be completed.
    pub call: CallId,
    /// The attempt that it came of, where there was one.
    pub attempt: Option<AttemptId>,
    /// Why a person is needed.
    pub reason: TaskReason,
    /// How urgently.
    pub priority: Priority,
    /// The queue that the script named.
    pub queue: Option<String>,
    /// Where it stands.
    pub state: TaskState,
    /// Who has it.
    pub telecaller: Option<TelecallerId>,
    /// Until when it is theirs, in ms since 1970.
    pub lease_until_ms: Option<u64>,
    /// Not to be taken up before this, in ms since 1970.
    pub call_back_at_ms: Option<u64>,
    /// When it was made, in ms since 1970.
    pub created_at_ms: u64,
    /// When it was resolved, in ms since 1970.
    pub resolved_at_ms: Option<u64>,
    /// What came of it.
    pub outcome: Option<String>,
    /// What the telecaller wrote.
    pub note: Option<String>,
    /// What a person needs to know to go on: number, script, attempts, answers, last state,
    /// transcript, recording. A JSON object.
    pub context: Value,
}

/// Which tasks. What is None matters not.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// In this state.
    pub state: Option<TaskState>,
    /// Neither resolved nor canceled.
    pub unfinished: bool,
    /// In this queue.
    pub queue: Option<String>,
    /// Of this telecaller.
    pub telecaller: Option<TelecallerId>,
    /// Of this call.
    pub call: Option<CallId>,
}

macro_rules! task_columns {
    () => {
        "id, call_id, attempt_id, reason, rank, queue, state, telecaller_id, lease_until, call_back_at, created_at, \
         resolved_at, outcome, note, context"
    };
}
pub(super) use task_columns;

impl Store {
    /// A task.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn task(&self, id: &TaskId) -> Result<TaskRow, StoreError> {
        let statement = sqlx::query(concat!("SELECT ", task_columns!(), " FROM manual_tasks WHERE id = $1"));
        let row = self.read_first(statement.bind(id.as_str())).await?;
        TaskRow::read(&row.ok_or_else(|| StoreError::not_found("task", id))?)
    }

    /// Tasks in the order in which they are to be worked off: the most urgent first, then the oldest; those after
    /// `cursor`, the last one of the page before.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a cursor that is no task.
    pub async fn tasks(
        &self,
        filter: &TaskFilter,
        cursor: Option<&TaskId>,
        limit: u32,
    ) -> Result<Vec<TaskRow>, StoreError> {
        let mut listing = Listing::of(concat!("SELECT ", task_columns!(), " FROM manual_tasks"));
        if filter.unfinished {
            listing.also("state IN ('open', 'assigned', 'in_progress')");
        }
        listing
            .text("state =", filter.state.map(TaskState::as_str))
            .text("queue =", filter.queue.as_deref())
            .text("telecaller_id =", filter.telecaller.as_ref().map(TelecallerId::as_str))
            .text("call_id =", filter.call.as_ref().map(CallId::as_str));
        if let Some(cursor) = cursor {
            let last = self.task(cursor).await?;
            listing.after("(rank, id) >", rank(last.priority), last.id.as_str());
        }
        listing.order("rank, id", limit);
        every(&self.read_all(listing.statement()).await?, TaskRow::read)
    }
}

/// Its place in the queue: fixed numbers, for they are stored.
pub(super) const fn rank(priority: Priority) -> i64 {
    match priority {
        Priority::Urgent => 0,
        Priority::High => 1,
        Priority::Normal => 2,
        Priority::Low => 3,
    }
}

fn priority(rank: i64) -> Result<Priority, StoreError> {
    let found = Priority::ALL.iter().copied().find(|priority| self::rank(*priority) == rank);
    found.ok_or_else(|| StoreError::Defect(format!("{rank} is no rank of a task")))
}

/// A task that was left for people.
pub(super) struct LeftTask {
    pub(super) id: TaskId,
    /// Why a person is needed.
    pub(super) reason: TaskReason,
}

/// A task to be written.
pub(super) struct NewTask<'a> {
    pub(super) call: &'a CallRow,
    pub(super) attempt: Option<(&'a AttemptRow, &'a Outcome)>,
    pub(super) draft: TaskDraft,
    pub(super) now_ms: u64,
}

/// Writes a task; an attempt has at most one.
pub(super) async fn add(tx: &mut Tx<'_>, new: NewTask<'_>) -> Result<TaskId, StoreError> {
    let id = TaskId::new(new_id("task", new.now_ms));
    let attempt = new.attempt.map(|(attempt, _)| attempt.id.as_str());
    let context = context(tx, &new).await?;
    let statement = sqlx::query(
        "INSERT INTO manual_tasks (id, call_id, attempt_id, reason, rank, queue, state, created_at, updated_at, context)
         VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $7, $8) ON CONFLICT (attempt_id) DO NOTHING",
    );
    let statement = statement
        .bind(id.as_str())
        .bind(new.call.id.as_str())
        .bind(attempt)
        .bind(new.draft.reason.as_str())
        .bind(rank(new.draft.priority))
        .bind(new.attempt.and_then(|(_, outcome)| outcome.queue.as_deref()))
        .bind(int(new.now_ms))
        .bind(cells::json(&context)?);
    if tx.run(statement).await? == 0 {
        let statement = sqlx::query("SELECT id FROM manual_tasks WHERE attempt_id = $1");
        let row = tx.first(statement.bind(attempt)).await?;
        return Ok(TaskId::new(row.ok_or_else(|| StoreError::Defect("a task was not made".to_owned()))?.text("id")?));
    }
    let (call, reason) = (Some(&new.call.id), new.draft.reason.as_str());
    let (entity, to) = (id.as_str(), TaskState::Open.as_str());
    append(tx, Step { kind: "task", entity, call, from: None, to, at_ms: new.now_ms, reason, actor: "outcome" })
        .await?;
    Ok(id)
}

/// What a person needs to know to go on where the dialog ended.
async fn context(tx: &mut Tx<'_>, new: &NewTask<'_>) -> Result<Value, StoreError> {
    let order = &new.call.order;
    let mut context = json!({
        "call_id": new.call.id,
        "to": order.to,
        "dialplan": order.dialplan,
        "language": order.language,
        "campaign": order.campaign,
        "attempts": new.call.attempts_used,
    });
    let (Some(fields), Some((attempt, outcome))) = (context.as_object_mut(), new.attempt) else { return Ok(context) };
    let learned = journal::learned(tx, &attempt.id).await?;
    let answers = if outcome.answers.is_empty() { &learned.answers } else { &outcome.answers };
    let recording = sqlx::query("SELECT id FROM recordings WHERE attempt_id = $1").bind(attempt.id.as_str());
    let recording = tx.first(recording).await?.map(|row| row.text("id")).transpose()?;
    fields.insert("attempt_id".to_owned(), json!(attempt.id));
    fields.insert("disposition".to_owned(), json!(outcome.disposition));
    fields.insert("failure_code".to_owned(), json!(outcome.failure_code));
    fields.insert("dialog_result".to_owned(), json!(outcome.dialog_result));
    fields.insert("answers".to_owned(), json!(answers));
    fields.insert("answered_by".to_owned(), json!(outcome.answered_by));
    fields.insert("last_state".to_owned(), json!(learned.last_state));
    fields.insert("transcript".to_owned(), transcript::of_attempt(tx, &attempt.id).await?);
    fields.insert("recording_id".to_owned(), json!(recording));
    Ok(context)
}

/// A task that nobody else changes until the end of the transaction.
pub(super) async fn lock_task(tx: &mut Tx<'_>, id: &TaskId) -> Result<TaskRow, StoreError> {
    let text = claim!(tx, "SELECT ", task_columns!(), " FROM manual_tasks WHERE id = $1"; "FOR NO KEY UPDATE");
    let row = tx.first(sqlx::query(text).bind(id.as_str())).await?;
    TaskRow::read(&row.ok_or_else(|| StoreError::not_found("task", id))?)
}

impl TaskRow {
    pub(super) fn read(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: TaskId::new(row.text("id")?),
            call: CallId::new(row.text("call_id")?),
            attempt: row.maybe_text("attempt_id")?.map(AttemptId::new),
            reason: row.parsed("reason")?,
            priority: priority(row.int("rank")?)?,
            queue: row.maybe_text("queue")?,
            state: row.parsed("state")?,
            telecaller: row.maybe_text("telecaller_id")?.map(TelecallerId::new),
            lease_until_ms: row.maybe_natural("lease_until")?,
            call_back_at_ms: row.maybe_natural("call_back_at")?,
            created_at_ms: row.natural("created_at")?,
            resolved_at_ms: row.maybe_natural("resolved_at")?,
            outcome: row.maybe_text("outcome")?,
            note: row.maybe_text("note")?,
            context: row.json("context")?,
        })
    }

    /// Enters a state, with its history. To be stored.
    pub(super) async fn enter(
        &mut self,
        tx: &mut Tx<'_>,
        to: TaskState,
        reason: &str,
        actor: &str,
        at_ms: u64,
    ) -> Result<(), StoreError> {
        transition(self.state, to)?;
        let (entity, call) = (self.id.as_str(), Some(&self.call));
        let (from, name) = (Some(self.state.as_str()), to.as_str());
        append(tx, Step { kind: "task", entity, call, from, to: name, at_ms, reason, actor }).await?;
        self.state = to;
        if to == TaskState::Open || to.is_terminal() {
            self.lease_until_ms = None;
        }
        if to == TaskState::Open {
            self.telecaller = None;
        }
        Ok(())
    }

    /// Writes what may change.
    pub(super) async fn store(&self, tx: &mut Tx<'_>, now_ms: u64) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "UPDATE manual_tasks SET state = $2, telecaller_id = $3, lease_until = $4, call_back_at = $5,
             resolved_at = $6, outcome = $7, note = $8, updated_at = $9 WHERE id = $1",
        );
        let statement = statement
            .bind(self.id.as_str())
            .bind(self.state.as_str())
            .bind(self.telecaller.as_ref().map(TelecallerId::as_str))
            .bind(maybe(self.lease_until_ms))
            .bind(maybe(self.call_back_at_ms))
            .bind(maybe(self.resolved_at_ms))
            .bind(self.outcome.as_deref())
            .bind(self.note.as_deref())
            .bind(int(now_ms));
        tx.run(statement).await.map(drop)
    }
}
