//! What was said in an attempt, in short, for the person who goes on with it.

use serde_json::{Map, Value, json};
use voxgate_core::model::AttemptId;

use super::StoreError;
use super::cells::Cells;
use super::tx::Tx;

/// Entries that a transcript has at most: the last ones. The attempt's journal has them all.
const MOST_ENTRIES: i64 = 200;
/// Characters of one turn at most.
const MOST_CHARACTERS: usize = 500;

/// The prompts that we said, by name, the words that we heard and the keys that were pressed, the first first. `at_ms` is
/// the time since the session began; a turn without `text` was not understood.
pub(super) async fn of_attempt(tx: &mut Tx<'_>, attempt: &AttemptId) -> Result<Value, StoreError> {
    let statement = sqlx::query(
        "SELECT session_ms, body FROM journal WHERE attempt_id = $1
         AND kind IN ('event.said', 'event.turn', 'event.key') ORDER BY id DESC LIMIT $2",
    );
    let rows = tx.all(statement.bind(attempt.as_str()).bind(MOST_ENTRIES)).await?;
    let entry = |row| Ok(spoken(Cells::natural(row, "session_ms")?, &Cells::json(row, "body")?));
    rows.iter().rev().map(entry).collect::<Result<_, StoreError>>().map(Value::Array)
}

fn spoken(at_ms: u64, body: &Map<String, Value>) -> Value {
    let field = |name: &str| body.get(name).unwrap_or(&Value::Null);
    match field("event").as_str() {
        Some("said") => {
            let prompts = field("prompts").as_array().map_or(&[][..], Vec::as_slice);
            let names: Vec<_> = prompts.iter().map(|prompt| &prompt["name"]).collect();
            json!({ "at_ms": at_ms, "by": "gateway", "prompts": names })
        }
        Some("key") => json!({ "at_ms": at_ms, "by": "callee", "key": field("key") }),
        _ => {
            let text: Option<String> = field("text").as_str().map(|text| text.chars().take(MOST_CHARACTERS).collect());
            json!({ "at_ms": at_ms, "by": "callee", "text": text })
        }
    }
}
