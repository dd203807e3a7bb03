//! Outcomes as JSON lines in a file.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;

use super::{AttemptRecord, Outcomes};
use crate::lines::LineFile;

/// Appends one line for each outcome; each is on disk before the next begins.
#[derive(Clone, Debug)]
pub struct JsonLines(Arc<Mutex<LineFile>>);

impl JsonLines {
    /// Opens the file, or makes it and the folders above it. What follows a last line that a crash cut off stands on
    /// lines of its own.
    ///
    /// # Errors
    /// Whatever keeps the file from being opened for writing.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = LineFile::open(path)?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }
}

impl Outcomes for JsonLines {
    fn record<'a>(&'a self, record: &'a AttemptRecord) -> BoxFuture<'a, io::Result<()>> {
        let file = Arc::clone(&self.0);
        Box::pin(async move {
            let mut line = serde_json::to_vec(record)?;
            line.push(b'\n');
            let write = move || {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.append(&line)?;
                file.sync()
            };
            tokio::task::spawn_blocking(write).await.map_err(io::Error::other)?
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write;

    use voxgate_core::model::{AttemptId, CallId, Disposition, FailureCode};

    use super::*;

    fn record(to: &str) -> AttemptRecord {
        AttemptRecord {
            call_id: CallId::new("c-1"),
            attempt_id: AttemptId::new("a-1"),
            to: to.to_owned(),
            dialplan: "consent".to_owned(),
            disposition: Disposition::Failed,
            failure_code: Some(FailureCode::InvalidNumber),
            dialog_result: None,
            answers: BTreeMap::new(),
            answered_by: None,
            message_left: false,
            attempts: 1,
            recording: None,
            recording_incomplete: false,
            queue: None,
            manual_task_id: None,
            ended_at_ms: 0,
        }
    }

    /// Row 000-35: the code stands in the line as the contract has it. A torn line harms no other.
    #[tokio::test]
    async fn lines_survive_a_torn_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/outcomes.jsonl");
        JsonLines::open(&path).unwrap().record(&record("+1")).await.unwrap();
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"call_id\":\"c-").unwrap();
        let again = JsonLines::open(&path).unwrap();
        again.record(&record("+2")).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let read: Vec<AttemptRecord> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        assert_eq!(read, [record("+1"), record("+2")]);
        assert!(
            text.starts_with(r#"{"call_id":"c-1","#) && text.contains(r#""failure_code":"invalid_number""#),
            "{text}"
        );
    }
}
