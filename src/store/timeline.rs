//! The timeline of a call: all that is stored of it, in the order in which it happened.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use voxgate_core::model::{AttemptId, CallId};

use super::cells::{Cells, every};
use super::{AttemptRow, EventRow, HistoryRow, RecordingRow, RequestNote, Revision, Store, StoreError};
use crate::telemetry::Masked;

/// Something that happened to a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimelineEntry {
    /// When, in ms since 1970; never before the step of the same thing that came before it.
    pub at_ms: u64,
    /// In which attempt, where it was in one.
    pub attempt_id: Option<AttemptId>,
    /// Of which kind: `call`, `attempt`, `owner`, `slot`, `task`, `recording` (a move of one), `gate`, `request`, `provider_event`,
    /// `journal`, `revision`, `access`, `event`.
    pub kind: String,
    /// The rest, by kind.
    pub detail: Value,
}

impl Store {
    /// All that is stored of a call, the first thing first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn timeline(&self, call: &CallId) -> Result<Vec<TimelineEntry>, StoreError> {
        self.call(call).await?;
        let mut entries = Vec::new();
        for steps in by_thing(self.history_of_call(call).await?) {
            merge(&mut entries, steps);
        }
        merge(&mut entries, self.gate_of(call).await?);
        merge(&mut entries, self.events_of(call).await?.into_iter().map(TimelineEntry::from));
        for attempt in self.attempts_of(call).await? {
            let id = &attempt.id;
            merge(&mut entries, self.requests_of(id).await?.into_iter().map(|note| of_request(id, &note)));
            merge(&mut entries, self.messages_of(&attempt).await?);
            merge(&mut entries, self.notes_of(id).await?);
            merge(&mut entries, self.revisions_of(id).await?.into_iter().map(|revision| of_revision(id, &revision)));
            if let Some(recording) = self.recording_of(id).await? {
                merge(&mut entries, self.accesses_in(&recording).await?);
            }
        }
        // Stable: what is of one time stays in the order of its own table.
        entries.sort_by_key(|entry| entry.at_ms);
        Ok(entries)
    }

    async fn gate_of(&self, call: &CallId) -> Result<Vec<TimelineEntry>, StoreError> {
        let statement = sqlx::query(
            "SELECT attempt_id, at, verdict, until_at, reason, rules, rule_version FROM gate_decisions
             WHERE call_id = $1 ORDER BY id",
        );
        every(&self.read_all(statement.bind(call.as_str())).await?, |row| {
            let detail = json!({
                "verdict": row.text("verdict")?,
                "until_ms": row.maybe_natural("until_at")?,
                "reason": row.text("reason")?,
                "rules": value(row.text("rules")?),
                "rule_version": row.text("rule_version")?,
            });
            let attempt = row.maybe_text("attempt_id")?.map(AttemptId::new);
            Ok(entry(row.natural("at")?, attempt.as_ref(), "gate", detail))
        })
    }

    /// As they came, but for the number that was called: the call says whose it is, to those who may read it.
    async fn messages_of(&self, attempt: &AttemptRow) -> Result<Vec<TimelineEntry>, StoreError> {
        let number = attempt.to.trim_start_matches('+');
        let masked = Masked(number).to_string();
        let statement = sqlx::query(
            "SELECT provider, received_at, reports, body FROM provider_events WHERE attempt_id = $1 ORDER BY id",
        );
        every(&self.read_all(statement.bind(attempt.id.as_str())).await?, |row| {
            let body = row.text("body")?;
            let body = if number.is_empty() { body } else { body.replace(number, &masked) };
            let (provider, reports) = (row.text("provider")?, row.maybe_text("reports")?);
            let detail = json!({ "provider": provider, "reports": reports, "body": body });
            Ok(entry(row.natural("received_at")?, Some(&attempt.id), "provider_event", detail))
        })
    }

    async fn notes_of(&self, attempt: &AttemptId) -> Result<Vec<TimelineEntry>, StoreError> {
        let lines = self.journal_of(attempt).await?;
        let of_line = |line: super::JournalLine| {
            let mut detail = value(line.body);
            if let Some(fields) = detail.as_object_mut() {
                fields.insert("session_ms".to_owned(), line.session_ms.into());
            }
            entry(line.at_ms, Some(attempt), "journal", detail)
        };
        Ok(lines.into_iter().map(of_line).collect())
    }

    async fn accesses_in(&self, recording: &RecordingRow) -> Result<Vec<TimelineEntry>, StoreError> {
        let accesses = self.accesses_of(&recording.id).await?;
        let of_access = |access: super::Access| {
            let detail = json!({
                "recording_id": access.recording,
                "key": access.key,
                "action": access.action,
                "outcome": access.outcome,
                "detail": access.detail,
            });
            entry(access.at_ms, Some(&recording.attempt), "access", detail)
        };
        Ok(accesses.into_iter().map(of_access).collect())
    }
}

/// The steps of each thing by themselves: what began long ago may be noted late, as a recording is when it is whole.
fn by_thing(history: Vec<TimelineEntry>) -> impl Iterator<Item = Vec<TimelineEntry>> {
    let mut things: BTreeMap<String, Vec<TimelineEntry>> = BTreeMap::new();
    for step in history {
        let id = step.detail["id"].as_str().unwrap_or_default().to_owned();
        things.entry(id).or_default().push(step);
    }
    things.into_values()
}

/// Adds entries that have an order of their own. A clock that stepped back must not turn it around, so none of them comes
/// before the one that was before it.
fn merge(all: &mut Vec<TimelineEntry>, ordered: impl IntoIterator<Item = TimelineEntry>) {
    let mut latest = 0;
    for mut entry in ordered {
        latest = entry.at_ms.max(latest);
        entry.at_ms = latest;
        all.push(entry);
    }
}

impl From<HistoryRow> for TimelineEntry {
    fn from(row: HistoryRow) -> Self {
        let of_attempt = matches!(row.kind.as_str(), "attempt" | "owner" | "slot");
        let attempt = of_attempt.then(|| AttemptId::new(row.entity_id.as_str()));
        let detail =
            json!({ "id": row.entity_id, "from": row.from, "to": row.to, "reason": row.reason, "actor": row.actor });
        Self { at_ms: row.at_ms, attempt_id: attempt, kind: row.kind, detail }
    }
}

impl From<EventRow> for TimelineEntry {
    fn from(row: EventRow) -> Self {
        let detail = json!({ "id": row.id, "name": row.name, "body": row.body });
        entry(row.at_ms, row.attempt.as_ref(), "event", detail)
    }
}

fn of_request(attempt: &AttemptId, note: &RequestNote) -> TimelineEntry {
    let detail = json!({
        "operation": note.operation,
        "http_status": note.http_status,
        "provider_code": note.provider_code,
        "raw_status": note.raw_status,
        "latency_ms": note.latency_ms,
        "error": note.error,
    });
    entry(note.at_ms, Some(attempt), "request", detail)
}

fn of_revision(attempt: &AttemptId, revision: &Revision) -> TimelineEntry {
    let detail = json!({
        "disposition": revision.disposition,
        "dialog_result": revision.dialog_result,
        "actor": revision.actor,
        "reason": revision.reason,
        "flagged": revision.flagged,
    });
    entry(revision.at_ms, Some(attempt), "revision", detail)
}

fn entry(at_ms: u64, attempt: Option<&AttemptId>, kind: &str, detail: Value) -> TimelineEntry {
    TimelineEntry { at_ms, attempt_id: attempt.cloned(), kind: kind.to_owned(), detail }
}

/// JSON as it was kept; a text that is none stands as a text.
fn value(text: String) -> Value {
    match serde_json::from_str::<Map<String, Value>>(&text) {
        Ok(fields) => Value::Object(fields),
        Err(_) => Value::String(text),
    }
}
