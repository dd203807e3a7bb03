//! The spool: lines on local disk that the ledger has not taken yet. Processes that share a data folder share it.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::Line;
use crate::lines::LineFile;

#[derive(Debug)]
pub(super) struct Spool {
    path: PathBuf,
    file: LineFile,
    /// Lines in it.
    length: usize,
    /// Bytes that were read last.
    read: u64,
}

impl Spool {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = LineFile::open(path)?;
        // Asked first: what is no file of ours may have no end.
        let length = if std::fs::metadata(path)?.len() == 0 { 0 } else { count_lines(path)? };
        Ok(Self { path: path.to_owned(), file, length, read: 0 })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Appends lines; they are on disk when this returns.
    pub(super) fn push<'a>(&mut self, lines: impl Iterator<Item = &'a Line>) -> io::Result<()> {
        let mut bytes = Vec::new();
        let mut count = 0;
        for line in lines {
            count += 1;
            serde_json::to_writer(&mut bytes, line)?;
            bytes.push(b'\n');
        }
        self.file.alone(|file| {
            file.append(&bytes)?;
            file.sync()
        })?;
        self.length += count;
        Ok(())
    }

    /// Every line, in order. One that a crash cut off was never answered, and is left out.
    pub(super) fn lines(&mut self) -> io::Result<Vec<Line>> {
        let bytes = std::fs::read(&self.path)?;
        self.read = bytes.len() as u64;
        let mut lines = Vec::new();
        for text in bytes.split(|byte| *byte == b'\n').filter(|text| !text.is_empty()) {
            match serde_json::from_slice(text) {
                Ok(line) => lines.push(line),
                Err(error) => tracing::warn!(%error, "half a line in the journal's spool is left out"),
            }
        }
        Ok(lines)
    }

    /// Forgets every line that was read. False: another process added some since, and none is forgotten.
    pub(super) fn clear(&mut self) -> io::Result<bool> {
        let read = self.read;
        let cleared = self.file.alone(|file| {
            let is_all = file.length()? == read;
            if is_all {
                file.clear()?;
            }
            Ok(is_all)
        })?;
        if cleared {
            self.length = 0;
        }
        Ok(cleared)
    }
}

fn count_lines(path: &Path) -> io::Result<usize> {
    BufReader::new(File::open(path)?).split(b'\n').try_fold(0, |count, line| line.map(|_| count + 1))
}
