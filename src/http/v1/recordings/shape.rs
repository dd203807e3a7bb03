//! Recordings on the wire.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use voxgate_core::model::Disposition;

use crate::http::time::at;
use crate::store::RecordingRow;

/// A recording, without its audio.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Recording {
    recording_id: String,
    call_id: String,
    attempt_id: String,
    /// The number that was called.
    to: String,
    /// The call's script.
    dialplan: String,
    campaign: Option<String>,
    /// The attempt's disposition, after all revisions.
    #[schema(value_type = Option<String>)]
    disposition: Option<Disposition>,
    /// `recording`, `sealed`, `available`, `legal_hold`, `expired`, `deleted`.
    state: &'static str,
    /// SHA-256 of the file, hexadecimal, once it is sealed.
    sha256: Option<String>,
    /// The file's length.
    bytes: Option<u64>,
    /// The length of its audio, in ms.
    length_ms: Option<u64>,
    /// Audio is missing from it.
    incomplete: bool,
    created_at: Timestamp,
    sealed_at: Option<Timestamp>,
    /// When its time is over; null: never.
    expires_at: Option<Timestamp>,
    /// Where its audio is.
    content: String,
}

impl From<RecordingRow> for Recording {
    fn from(row: RecordingRow) -> Self {
        Self {
            content: format!("/v1/recordings/{}/content", row.id),
            recording_id: row.id.to_string(),
            call_id: row.call.to_string(),
            attempt_id: row.attempt.to_string(),
            to: row.to,
            dialplan: row.dialplan,
            campaign: row.campaign,
            disposition: row.disposition,
            state: row.state.as_str(),
            bytes: row.seal.as_ref().map(|seal| seal.bytes),
            length_ms: row.seal.as_ref().map(|seal| seal.length_ms),
            sha256: row.seal.map(|seal| seal.sha256),
            incomplete: row.incomplete,
            created_at: at(row.created_at_ms),
            sealed_at: row.sealed_at_ms.map(at),
            expires_at: row.expires_at_ms.map(at),
        }
    }
}
