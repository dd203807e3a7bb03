//! The row of an attempt's recording: made, sealed, locked.

use voxgate_core::model::{AttemptId, CallId};

use super::cells::{Cells, int, maybe};
use super::history::{Step, append};
use super::ids::new_id;
use super::tx::{Tx, claim};
use super::{AttemptRow, CallRow, FileSeal, NewRecording, RecordingId, RecordingState, StoreError};

/// When a recording was begun, and when its row is written, in ms since 1970.
#[derive(Clone, Copy)]
pub(super) struct Made {
    begun_ms: u64,
    now_ms: u64,
}

impl Made {
    /// It begins now.
    pub(super) const fn at(now_ms: u64) -> Self {
        Self { begun_ms: now_ms, now_ms }
    }

    /// It begins with the media. Where a crash left nobody to write that down, the dial is the nearest that is known.
    pub(super) fn of(attempt: &AttemptRow, now_ms: u64) -> Self {
        let begun = attempt.media_at_ms.or(attempt.answered_at_ms).or(attempt.dialed_at_ms);
        Self { begun_ms: begun.map_or(now_ms, |at| at.min(now_ms)), now_ms }
    }
}

/// The row of an attempt's recording, made or sealed.
pub(super) async fn keep(
    tx: &mut Tx<'_>,
    call: &CallRow,
    attempt: &AttemptId,
    new: &NewRecording,
    made: Made,
) -> Result<RecordingId, StoreError> {
    let Made { begun_ms, now_ms } = made;
    let statement = sqlx::query(
        "INSERT INTO recordings (id, attempt_id, call_id, to_number, dialplan, campaign, path, state, incomplete,
         created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'recording', $8, $9, $10)
         ON CONFLICT (attempt_id) DO NOTHING",
    );
    let statement = statement
        .bind(new_id("rec", now_ms))
        .bind(attempt.as_str())
        .bind(call.id.as_str())
        .bind(&call.order.to)
        .bind(&call.order.dialplan)
        .bind(call.order.campaign.as_deref())
        .bind(&new.path)
        .bind(i64::from(new.incomplete))
        .bind(int(begun_ms))
        .bind(maybe(new.expires_at_ms));
    let is_new = tx.run(statement).await? == 1;
    let statement = sqlx::query("SELECT id, state FROM recordings WHERE attempt_id = $1");
    let row = tx.first(statement.bind(attempt.as_str())).await?;
    let row = row.ok_or_else(|| StoreError::Defect("a recording was not kept".to_owned()))?;
    let id = RecordingId::new(row.text("id")?);
    if is_new {
        step(tx, &id, &call.id, None, RecordingState::Recording, begun_ms).await?;
    }
    if let Some(seal) = &new.seal
        && row.parsed::<RecordingState>("state")? == RecordingState::Recording
    {
        seal_row(tx, &id, &call.id, seal, new.incomplete, now_ms).await?;
    }
    Ok(id)
}

/// What is sealed lies where it is fetched from, so it is available at once.
pub(super) async fn seal_row(
    tx: &mut Tx<'_>,
    id: &RecordingId,
    call: &CallId,
    seal: &FileSeal,
    incomplete: bool,
    now_ms: u64,
) -> Result<(), StoreError> {
    use RecordingState::{Available, Recording, Sealed};
    step(tx, id, call, Some(Recording), Sealed, now_ms).await?;
    step(tx, id, call, Some(Sealed), Available, now_ms).await?;
    let statement = sqlx::query(
        "UPDATE recordings SET state = 'available', sha256 = $2, bytes = $3, length_ms = $4, incomplete = $5,
         sealed_at = $6 WHERE id = $1",
    );
    let statement = statement
        .bind(id.as_str())
        .bind(&seal.sha256)
        .bind(int(seal.bytes))
        .bind(int(seal.length_ms))
        .bind(i64::from(incomplete))
        .bind(int(now_ms));
    tx.run(statement).await.map(drop)
}

async fn step(
    tx: &mut Tx<'_>,
    id: &RecordingId,
    call: &CallId,
    from: Option<RecordingState>,
    to: RecordingState,
    at_ms: u64,
) -> Result<(), StoreError> {
    let (entity, call, from, to) = (id.as_str(), Some(call), from.map(RecordingState::as_str), to.as_str());
    append(tx, Step { kind: "recording", entity, call, from, to, at_ms, reason: to, actor: "recorder" }).await
}

pub(super) async fn lock(tx: &mut Tx<'_>, id: &RecordingId) -> Result<(RecordingState, CallId), StoreError> {
    let text = claim!(tx, "SELECT state, call_id FROM recordings WHERE id = $1"; "FOR NO KEY UPDATE");
    let row = tx.first(sqlx::query(text).bind(id.as_str())).await?;
    let row = row.ok_or_else(|| StoreError::not_found("recording", id))?;
    Ok((row.parsed("state")?, CallId::new(row.text("call_id")?)))
}
