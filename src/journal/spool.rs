//! The spool: lines on local disk that the ledger has not taken yet.

use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::Line;
use crate::lines::LineFile;

#[derive(Debug)]
pub(super) struct Spool {
    path: PathBuf,
    file: LineFile,
    empty: bool,
}

impl Spool {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = LineFile::open(path)?;
        let empty = std::fs::metadata(path)?.len() == 0;
        Ok(Self { path: path.to_owned(), file, empty })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.empty
    }

    /// Appends lines; they are on disk when this returns.
    pub(super) fn push<'a>(&mut self, lines: impl Iterator<Item = &'a Line>) -> io::Result<()> {
        let mut bytes = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut bytes, line)?;
            bytes.push(b'\n');
        }
        self.file.append(&bytes)?;
        self.file.sync()?;
        self.empty = false;
        Ok(())
    }

    /// Every line, in order. One that a crash cut off was never answered, and is left out.
    pub(super) fn lines(&self) -> io::Result<Vec<Line>> {
        let file = BufReader::new(OpenOptions::new().read(true).open(&self.path)?);
        let mut lines = Vec::new();
        for text in file.split(b'\n') {
            match serde_json::from_slice(&text?) {
                Ok(line) => lines.push(line),
                Err(error) => tracing::warn!(%error, "half a line in the journal's spool is left out"),
            }
        }
        Ok(lines)
    }

    /// Forgets every line.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.file.clear()?;
        self.empty = true;
        Ok(())
    }
}
