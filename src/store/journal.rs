//! The journal of attempts: facts and notes of their sessions. Append-only.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use sqlx::any::AnyRow;
use voxgate_core::model::{Answer, AttemptId, Fact};

use super::cells::{Cells, every, int};
use super::dnc::{self, NewDnc};
use super::tx::Tx;
use super::{Store, StoreError};

/// One decision or fact of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalLine {
    /// Its name: a line that comes twice is one. A UUID version 7: an attempt's lines come in the order of their names,
    /// which a clock that steps back does not change.
    pub id: String,
    /// Whose it is.
    pub attempt: AttemptId,
    /// When it was made, in ms since 1970.
    pub at_ms: u64,
    /// When it was made, in ms since the session began.
    pub session_ms: u64,
    /// What it says: a JSON object with a field `fact` or `event`.
    pub body: String,
}

/// What became of lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Lines that are new.
    pub new: u32,
    /// Lines that were there before.
    pub known: u32,
    /// Lines of attempts that nobody knows: left out.
    pub strange: u32,
}

/// What an attempt's facts say, all together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// The person opted out.
    pub opted_out: bool,
    /// The last answer for each slot.
    pub answers: BTreeMap<String, Answer>,
    /// The state of the dialog that was entered last.
    pub last_state: Option<String>,
}

impl Store {
    /// Keeps lines, all in one transaction. An opt-out puts the attempt's number on the do-not-call list in the same.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: none is kept.
    pub async fn commit_facts(&self, lines: &[JournalLine]) -> Result<Kept, StoreError> {
        let lines = lines.to_vec();
        self.write(move |mut tx| {
            Box::pin(async move {
                let mut kept = Kept::default();
                let mut opted_out = BTreeMap::new();
                for line in &lines {
                    if keep(&mut tx, line, &mut kept).await? {
                        opted_out.entry(&line.attempt).or_insert(line.at_ms);
                    }
                }
                // In the order of their names, as whoever else locks several attempts: nobody waits for each other.
                for (attempt, at_ms) in opted_out {
                    opt_out(&mut tx, attempt, at_ms).await?;
                }
                Ok(kept)
            })
        })
        .await
    }

    /// An attempt's journal, the first line first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn journal_of(&self, attempt: &AttemptId) -> Result<Vec<JournalLine>, StoreError> {
        let statement =
            sqlx::query("SELECT id, attempt_id, at, session_ms, body FROM journal WHERE attempt_id = $1 ORDER BY id");
        every(&self.read_all(statement.bind(attempt.as_str())).await?, |row| {
            Ok(JournalLine {
                id: row.text("id")?,
                attempt: AttemptId::new(row.text("attempt_id")?),
                at_ms: row.natural("at")?,
                session_ms: row.natural("session_ms")?,
                body: row.text("body")?,
            })
        })
    }

    /// What an attempt's facts say: what is left of a session whose process died.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn learned(&self, attempt: &AttemptId) -> Result<Learned, StoreError> {
        Learned::read(&self.read_all(sqlx::query(FACTS).bind(attempt.as_str())).await?)
    }
}

const FACTS: &str = "SELECT body FROM journal WHERE attempt_id = $1 AND kind LIKE 'fact.%' ORDER BY id";

/// The same within a transaction.
pub(super) async fn learned(tx: &mut Tx<'_>, attempt: &AttemptId) -> Result<Learned, StoreError> {
    Learned::read(&tx.all(sqlx::query(FACTS).bind(attempt.as_str())).await?)
}

/// Whether it is a new line that says that the person opted out.
async fn keep(tx: &mut Tx<'_>, line: &JournalLine, kept: &mut Kept) -> Result<bool, StoreError> {
    let statement = sqlx::query(
        "INSERT INTO journal (id, attempt_id, at, session_ms, kind, body)
         SELECT $1, id, $3, $4, $5, $6 FROM attempts WHERE id = $2 ON CONFLICT (id) DO NOTHING",
    );
    let statement = statement
        .bind(&line.id)
        .bind(line.attempt.as_str())
        .bind(int(line.at_ms))
        .bind(int(line.session_ms))
        .bind(kind(&line.body))
        .bind(&line.body);
    if tx.run(statement).await? == 1 {
        kept.new += 1;
        return Ok(matches!(serde_json::from_str(&line.body), Ok(Fact::OptOut { .. })));
    }
    let known = tx.first(sqlx::query("SELECT id FROM journal WHERE id = $1").bind(&line.id)).await?.is_some();
    if known {
        kept.known += 1;
    } else {
        tracing::error!(attempt = %line.attempt, "a journal line belongs to an attempt that is not in the store");
        kept.strange += 1;
    }
    Ok(false)
}

/// No later dial passes it.
async fn opt_out(tx: &mut Tx<'_>, attempt: &AttemptId, at_ms: u64) -> Result<(), StoreError> {
    let statement = sqlx::query("UPDATE attempts SET opted_out = 1 WHERE id = $1 RETURNING to_number");
    let Some(row) = tx.first(statement.bind(attempt.as_str())).await? else { return Ok(()) };
    let number = row.text("to_number")?;
    let attempt = Some(attempt.as_str());
    let entry = NewDnc { number: &number, reason: "opted out", source: "dialog", actor: "session", attempt };
    dnc::add(tx, &entry, at_ms).await.map(drop)
}

/// `fact.opt_out`, `event.heard`: what a line tells of, for those who look for one kind.
fn kind(body: &str) -> String {
    #[derive(Deserialize)]
    struct Named {
        fact: Option<Value>,
        event: Option<Value>,
    }
    let named = serde_json::from_str(body).unwrap_or(Named { fact: None, event: None });
    match (named.fact, named.event) {
        (Some(Value::String(fact)), _) => format!("fact.{fact}"),
        (_, Some(Value::String(event))) => format!("event.{event}"),
        _ => "other".to_owned(),
    }
}

impl Learned {
    fn read(rows: &[AnyRow]) -> Result<Self, StoreError> {
        let mut learned = Self::default();
        for row in rows {
            match row.json("body")? {
                Fact::OptOut { .. } => learned.opted_out = true,
                Fact::Answer { slot, answer } => {
                    learned.answers.insert(slot, answer);
                }
                Fact::Checkpoint { state } => learned.last_state = Some(state),
            }
        }
        Ok(learned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_kind() {
        assert_eq!(kind(r#"{"fact": "opt_out", "input": "9"}"#), "fact.opt_out");
        assert_eq!(kind(r#"{"event": "heard", "until_ms": 60}"#), "event.heard");
        assert_eq!(kind(r#"{"event": 7}"#), "other");
        assert_eq!(kind("half a li"), "other");
    }
}
