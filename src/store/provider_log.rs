//! What we asked of providers and what they told us, as it was.

use voxgate_core::model::{AttemptId, sha256_hex};

use super::cells::{Cells, every, int};
use super::ids::new_id;
use super::{Store, StoreError};

/// A request to a provider, and its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestNote {
    /// When it was sent, in ms since 1970.
    pub at_ms: u64,
    /// `dial`, `status`, `find`, `hang_up`.
    pub operation: String,
    /// The answer's HTTP status. None: there was no answer.
    pub http_status: Option<u16>,
    /// The provider's own code of an error.
    pub provider_code: Option<String>,
    /// The provider's own word for where the call stands.
    pub raw_status: Option<String>,
    /// From request to answer, in ms.
    pub latency_ms: u64,
    /// What went wrong.
    pub error: Option<String>,
}

/// A message from a provider, whose signature was found right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderNote {
    /// About which attempt, by its own address.
    pub attempt: AttemptId,
    /// From whom.
    pub provider: String,
    /// When it came, in ms since 1970.
    pub received_at_ms: u64,
    /// The time under its signature, where there is one: tells a repetition from a replay.
    pub signed_at: Option<String>,
    /// What it says, in the words of the model.
    pub reports: String,
    /// Its body.
    pub body: String,
}

/// Whether a message is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// It is the first of its kind.
    New,
    /// The very same came before.
    Duplicate,
}

impl Store {
    /// Keeps a request and its answer.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown attempt.
    pub async fn note_request(&self, attempt: &AttemptId, note: &RequestNote) -> Result<(), StoreError> {
        let (attempt, note) = (attempt.clone(), note.clone());
        self.write(move |mut tx| {
            Box::pin(async move {
                let statement = sqlx::query(
                    "INSERT INTO provider_requests (id, attempt_id, at, operation, http_status, provider_code, raw_status,
                     latency_ms, error) SELECT $1, id, $3, $4, $5, $6, $7, $8, $9 FROM attempts WHERE id = $2",
                );
                let statement = statement
                    .bind(new_id("req", note.at_ms))
                    .bind(attempt.as_str())
                    .bind(int(note.at_ms))
                    .bind(note.operation)
                    .bind(note.http_status.map(i64::from))
                    .bind(note.provider_code)
                    .bind(note.raw_status)
                    .bind(int(note.latency_ms))
                    .bind(note.error);
                match tx.run(statement).await? {
                    0 => Err(StoreError::not_found("attempt", attempt)),
                    _ => Ok(()),
                }
            })
        })
        .await
    }

    /// Keeps a message, and says whether the very same came before. Whoever acts on new ones alone acts once.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown attempt.
    pub async fn note_provider_event(&self, note: &ProviderNote) -> Result<Noted, StoreError> {
        let note = note.clone();
        self.write(move |mut tx| {
            Box::pin(async move {
                let known = sqlx::query("SELECT id FROM attempts WHERE id = $1 AND provider = $2");
                if tx.first(known.bind(note.attempt.as_str()).bind(&note.provider)).await?.is_none() {
                    return Err(StoreError::not_found("attempt", note.attempt));
                }
                let statement = sqlx::query(
                    "INSERT INTO provider_events (id, attempt_id, provider, received_at, signed_at, body_sha256, body, reports)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (attempt_id, body_sha256, signed_at) DO NOTHING",
                );
                let statement = statement
                    .bind(new_id("pev", note.received_at_ms))
                    .bind(note.attempt.as_str())
                    .bind(note.provider)
                    .bind(int(note.received_at_ms))
                    .bind(note.signed_at.unwrap_or_default())
                    .bind(sha256_hex(note.body.as_bytes()))
                    .bind(note.body)
                    .bind(note.reports);
                Ok(if tx.run(statement).await? == 1 { Noted::New } else { Noted::Duplicate })
            })
        })
        .await
    }

    /// The requests of an attempt, the first one first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn requests_of(&self, attempt: &AttemptId) -> Result<Vec<RequestNote>, StoreError> {
        let statement = sqlx::query(
            "SELECT at, operation, http_status, provider_code, raw_status, latency_ms, error FROM provider_requests
             WHERE attempt_id = $1 ORDER BY id",
        );
        every(&self.read_all(statement.bind(attempt.as_str())).await?, |row| {
            let http_status = row.maybe_int("http_status")?.and_then(|status| u16::try_from(status).ok());
            Ok(RequestNote {
                at_ms: row.natural("at")?,
                operation: row.text("operation")?,
                http_status,
                provider_code: row.maybe_text("provider_code")?,
                raw_status: row.maybe_text("raw_status")?,
                latency_ms: row.natural("latency_ms")?,
                error: row.maybe_text("error")?,
            })
        })
    }
}
