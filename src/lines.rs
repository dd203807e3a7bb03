//! Files of lines that outlive crashes: a line that was cut off spoils no other.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A file to which whole lines are appended.
#[derive(Debug)]
pub(crate) struct LineFile {
    file: File,
    /// Whether the file may end within a line.
    torn: bool,
}

impl LineFile {
    /// Opens the file, or makes it and the folders above it.
    ///
    /// # Errors
    /// Whatever keeps the file from being opened for writing.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            crate::folders::make_private(folder)?;
        }
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let torn = file.metadata()?.is_file() && ends_within_a_line(&mut file)?;
        Ok(Self { file, torn })
    }

    /// Appends lines, each with its end: all of them or, as far as the disk lets go of what it took, none.
    ///
    /// # Errors
    /// When they could not all be written.
    pub(crate) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let whole = self.file.metadata()?.len();
        let end = if self.torn { &b"\n"[..] } else { b"" };
        let written = self.file.write_all(end).and_then(|()| self.file.write_all(lines));
        // A disk that is full takes half a line: the next one must not continue it.
        self.torn = match &written {
            Ok(()) => false,
            Err(_) => self.file.set_len(whole).is_err() || self.torn,
        };
        written
    }

    /// Forgets every line.
    ///
    /// # Errors
    /// When the file cannot be cut.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.torn = false;
        self.file.sync_data()
    }

    /// Does something while no other process that does so too touches the file.
    ///
    /// # Errors
    /// When the file cannot be locked, and those of what is done.
    pub(crate) fn alone<T>(&mut self, work: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<T> {
        self.file.lock()?;
        let done = work(self);
        self.file.unlock()?;
        done
    }

    /// Its length, in bytes.
    ///
    /// # Errors
    /// When the file tells nothing of itself.
    pub(crate) fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Waits until what was appended is on disk.
    ///
    /// # Errors
    /// When it is not, for all that is known.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

fn ends_within_a_line(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}
