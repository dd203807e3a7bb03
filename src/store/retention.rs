//! Recordings whose time is over: found, so that their files can go. The rows stay.

use super::cells::{every, int};
use super::recordings::select_recordings;
use super::{RecordingId, RecordingRow, Store, StoreError};

impl Store {
    /// Recordings whose time is over and that nobody holds.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn expiring_recordings(&self, now_ms: u64, most: u32) -> Result<Vec<RecordingRow>, StoreError> {
        let text = select_recordings!(
            " WHERE recordings.state = 'available' AND expires_at <= $1 ORDER BY expires_at LIMIT $2"
        );
        every(&self.read_all(sqlx::query(text).bind(int(now_ms)).bind(i64::from(most))).await?, RecordingRow::read)
    }

    /// Recordings that have expired and whose files may still be there, after `cursor`, the last one of the page before.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn expired_recordings(
        &self,
        cursor: Option<&RecordingId>,
        most: u32,
    ) -> Result<Vec<RecordingRow>, StoreError> {
        let text = select_recordings!(
            " WHERE recordings.state = 'expired' AND recordings.id > $1 ORDER BY recordings.id LIMIT $2"
        );
        let after = cursor.map_or("", RecordingId::as_str);
        every(&self.read_all(sqlx::query(text).bind(after).bind(i64::from(most))).await?, RecordingRow::read)
    }
}
