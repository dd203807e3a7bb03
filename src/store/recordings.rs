//! Recordings: their rows, their states, and who touched them.

use sqlx::any::AnyRow;
use voxgate_core::calls::transition;
use voxgate_core::model::{AttemptId, CallId, Disposition};

use super::cells::{Cells, every};
use super::history::{Step, append};
use super::listing::Listing;
use super::recording_row::{Made, keep, lock, seal_row};
use super::{RecordingId, RecordingState, Store, StoreError};

/// What identifies a file that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSeal {
    /// SHA-256 of the whole file, hexadecimal.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// The length of its audio, in ms.
    pub length_ms: u64,
}

/// A recording as its session leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecording {
    /// The file, as it is found again.
    pub path: String,
    /// None: it is not whole yet, and is to be sealed later.
    pub seal: Option<FileSeal>,
    /// Audio is missing from it.
    pub incomplete: bool,
    /// When its time is over, in ms since 1970. None: never.
    pub expires_at_ms: Option<u64>,
}

/// A recording as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingRow {
    /// Its name.
    pub id: RecordingId,
    /// Of which attempt.
    pub attempt: AttemptId,
    /// Of which call.
    pub call: CallId,
    /// The number that was called.
    pub to: String,
    /// The call's script.
    pub dialplan: String,
    /// The call's campaign.
    pub campaign: Option<String>,
    /// The attempt's disposition in effect.
    pub disposition: Option<Disposition>,
    /// The file.
    pub path: String,
    /// Where it stands.
    pub state: RecordingState,
    /// Its hash and lengths, once it is whole.
    pub seal: Option<FileSeal>,
    /// Audio is missing from it.
    pub incomplete: bool,
    /// When it was begun, in ms since 1970.
    pub created_at_ms: u64,
    /// When it was sealed.
    pub sealed_at_ms: Option<u64>,
    /// When its time is over.
    pub expires_at_ms: Option<u64>,
}

/// Whether a recording can be handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// Its file may be read.
    Ready,
    /// It is being written or sealed: ask again.
    NotReadyYet,
    /// Its time was over at this moment, in ms since 1970, where one was set.
    Expired(Option<u64>),
}

/// Which recordings. What is None matters not.
#[derive(Clone, Debug, Default)]
pub struct RecordingFilter {
    /// Of calls to this number.
    pub to: Option<String>,
    /// Begun at or after this, in ms since 1970.
    pub since_ms: Option<u64>,
    /// Begun before this, in ms since 1970.
    pub until_ms: Option<u64>,
    /// Of this campaign.
    pub campaign: Option<String>,
    /// With this script.
    pub dialplan: Option<String>,
    /// With this disposition in effect.
    pub disposition: Option<Disposition>,
    /// In this state.
    pub state: Option<RecordingState>,
}

macro_rules! select_recordings {
    ($($rest:literal)?) => {
        concat!(
            "SELECT recordings.id AS id, attempt_id, recordings.call_id AS call_id, recordings.to_number AS to_number,
             dialplan, campaign, effective_disposition, path, recordings.state AS state, sha256, bytes, length_ms,
             incomplete, recordings.created_at AS created_at, sealed_at, expires_at
             FROM recordings JOIN attempts ON attempts.id = recordings.attempt_id"
            $(, $rest)?
        )
    };
}
pub(super) use select_recordings;

impl Store {
    /// A session begins to write a recording. Begun before, nothing changes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown attempt.
    pub async fn begin_recording(
        &self,
        attempt: &AttemptId,
        new: &NewRecording,
        now_ms: u64,
    ) -> Result<RecordingId, StoreError> {
        let call = self.call(&self.attempt(attempt).await?.call).await?;
        let (attempt, new) = (attempt.clone(), NewRecording { seal: None, ..new.clone() });
        self.write(move |mut tx| Box::pin(async move { keep(&mut tx, &call, &attempt, &new, Made::at(now_ms)).await }))
            .await
    }

    /// A recording is whole: one that a crash left open, sealed afterwards.
    ///
    /// # Errors
    /// [`StoreError::Illegal`] where it was sealed before.
    pub async fn seal_recording(
        &self,
        id: &RecordingId,
        seal: &FileSeal,
        incomplete: bool,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let (id, seal) = (id.clone(), seal.clone());
        self.write(move |mut tx| {
            Box::pin(async move {
                let (state, call) = lock(&mut tx, &id).await?;
                transition(state, RecordingState::Sealed)?;
                seal_row(&mut tx, &id, &call, &seal, incomplete, now_ms).await
            })
        })
        .await
    }

    /// Moves a recording by its diagram: a legal hold and its end, its expiry, its deletion.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Illegal`].
    pub async fn set_recording_state(
        &self,
        id: &RecordingId,
        to: RecordingState,
        actor: &str,
        reason: &str,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let (id, actor, reason) = (id.clone(), actor.to_owned(), reason.to_owned());
        self.write(move |mut tx| {
            Box::pin(async move {
                let (from, call) = lock(&mut tx, &id).await?;
                transition(from, to)?;
                let step = Step {
                    kind: "recording",
                    entity: id.as_str(),
                    call: Some(&call),
                    from: Some(from.as_str()),
                    to: to.as_str(),
                    at_ms: now_ms,
                    reason: &reason,
                    actor: &actor,
                };
                append(&mut tx, step).await?;
                let statement = sqlx::query("UPDATE recordings SET state = $2 WHERE id = $1");
                tx.run(statement.bind(id.as_str()).bind(to.as_str())).await.map(drop)
            })
        })
        .await
    }

    /// A recording.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn recording(&self, id: &RecordingId) -> Result<RecordingRow, StoreError> {
        let statement = sqlx::query(select_recordings!(" WHERE recordings.id = $1"));
        let row = self.read_first(statement.bind(id.as_str())).await?;
        RecordingRow::read(&row.ok_or_else(|| StoreError::not_found("recording", id))?)
    }

    /// An attempt's recording; None where nothing was recorded.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn recording_of(&self, attempt: &AttemptId) -> Result<Option<RecordingRow>, StoreError> {
        let statement = sqlx::query(select_recordings!(" WHERE attempt_id = $1"));
        self.read_first(statement.bind(attempt.as_str())).await?.map(|row| RecordingRow::read(&row)).transpose()
    }

    /// Recordings, the latest first; those after `cursor`, the last one of the page before.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn recordings(
        &self,
        filter: &RecordingFilter,
        cursor: Option<&RecordingId>,
        limit: u32,
    ) -> Result<Vec<RecordingRow>, StoreError> {
        let mut listing = Listing::of(select_recordings!());
        listing
            .text("recordings.to_number =", filter.to.as_deref())
            .natural("recordings.created_at >=", filter.since_ms)
            .natural("recordings.created_at <", filter.until_ms)
            .text("campaign =", filter.campaign.as_deref())
            .text("dialplan =", filter.dialplan.as_deref())
            .text("effective_disposition =", filter.disposition.map(Disposition::as_str))
            .text("recordings.state =", filter.state.map(RecordingState::as_str))
            .text("recordings.id <", cursor.map(RecordingId::as_str))
            .order("recordings.id DESC", limit);
        every(&self.read_all(listing.statement()).await?, RecordingRow::read)
    }
}

impl RecordingRow {
    pub(super) fn read(row: &AnyRow) -> Result<Self, StoreError> {
        let seal = match (row.maybe_text("sha256")?, row.maybe_natural("bytes")?, row.maybe_natural("length_ms")?) {
            (Some(sha256), Some(bytes), Some(length_ms)) => Some(FileSeal { sha256, bytes, length_ms }),
            _ => None,
        };
        Ok(Self {
            id: RecordingId::new(row.text("id")?),
            attempt: AttemptId::new(row.text("attempt_id")?),
            call: CallId::new(row.text("call_id")?),
            to: row.text("to_number")?,
            dialplan: row.text("dialplan")?,
            campaign: row.maybe_text("campaign")?,
            disposition: row.maybe_parsed("effective_disposition")?,
            path: row.text("path")?,
            state: row.parsed("state")?,
            seal,
            incomplete: row.flag("incomplete")?,
            created_at_ms: row.natural("created_at")?,
            sealed_at_ms: row.maybe_natural("sealed_at")?,
            expires_at_ms: row.maybe_natural("expires_at")?,
        })
    }

    /// Whether it can be handed out now. Its time is over when it is over, though nobody has moved it yet.
    #[must_use]
    pub fn availability(&self, now_ms: u64) -> Availability {
        match self.state {
            RecordingState::Recording | RecordingState::Sealed => Availability::NotReadyYet,
            RecordingState::Available if self.expires_at_ms.is_some_and(|at| at <= now_ms) => {
                Availability::Expired(self.expires_at_ms)
            }
            RecordingState::Available | RecordingState::LegalHold => Availability::Ready,
            RecordingState::Expired | RecordingState::Deleted => Availability::Expired(self.expires_at_ms),
        }
    }
}
