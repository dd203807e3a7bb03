//! Who touched which recording: append-only, written before a byte is served.

use sqlx::any::AnyRow;

use super::cells::{Cells, every, int};
use super::ids::new_id;
use super::{KeyId, RecordingId, Store, StoreError};

/// One access to a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Which recording.
    pub recording: RecordingId,
    /// When, in ms since 1970.
    pub at_ms: u64,
    /// With which key.
    pub key: KeyId,
    /// `fetch`, `verify`, `export`, `hold`.
    pub action: String,
    /// `served`, or why not.
    pub outcome: String,
    /// More, as the range of bytes that was asked for.
    pub detail: Option<String>,
}

impl Store {
    /// Notes an access. What is not noted is not served.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown recording.
    pub async fn note_access(&self, access: &Access) -> Result<(), StoreError> {
        let access = access.clone();
        self.write(move |mut tx| {
            Box::pin(async move {
                let statement = sqlx::query(
                    "INSERT INTO recording_accesses (id, recording_id, at, key_id, action, outcome, detail)
                     SELECT $1, id, $3, $4, $5, $6, $7 FROM recordings WHERE id = $2",
                );
                let statement = statement
                    .bind(new_id("acc", access.at_ms))
                    .bind(access.recording.as_str())
                    .bind(int(access.at_ms))
                    .bind(access.key.as_str())
                    .bind(access.action)
                    .bind(access.outcome)
                    .bind(access.detail);
                match tx.run(statement).await? {
                    0 => Err(StoreError::not_found("recording", access.recording)),
                    _ => Ok(()),
                }
            })
        })
        .await
    }

    /// Every access to a recording, the first one first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn accesses_of(&self, recording: &RecordingId) -> Result<Vec<Access>, StoreError> {
        let statement = sqlx::query(
            "SELECT recording_id, at, key_id, action, outcome, detail FROM recording_accesses
             WHERE recording_id = $1 ORDER BY id",
        );
        every(&self.read_all(statement.bind(recording.as_str())).await?, Access::read)
    }
}

impl Access {
    fn read(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            recording: RecordingId::new(row.text("recording_id")?),
            at_ms: row.natural("at")?,
            key: KeyId::new(row.text("key_id")?),
            action: row.text("action")?,
            outcome: row.text("outcome")?,
            detail: row.maybe_text("detail")?,
        })
    }
}
