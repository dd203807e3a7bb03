//! The store as the journal's ledger.

use futures_util::future::BoxFuture;

use crate::journal::{Ledger, Line};
use crate::store::{JournalLine, Store};

/// Keeps the journal in the store.
pub(super) struct Kept(pub(super) Store);

impl Ledger for Kept {
    fn keep<'a>(&'a self, lines: &'a [Line]) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async {
            let lines: Vec<JournalLine> = lines.iter().map(line).collect();
            let kept = self.0.commit_facts(&lines).await.map_err(|error| error.to_string())?;
            if kept.strange > 0 {
                tracing::warn!(lines = kept.strange, "the journal has lines of attempts that the store does not know");
            }
            Ok(())
        })
    }
}

fn line(line: &Line) -> JournalLine {
    JournalLine {
        id: line.id.clone(),
        attempt: line.attempt.clone(),
        at_ms: line.at_ms,
        session_ms: line.session_ms,
        body: line.body.get().to_owned(),
    }
}
