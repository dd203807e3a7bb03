//! The end of a recording's time.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Removes a recording's file; on disk when this returns, so that no power cut brings back what was said to be gone. A
/// file that is gone already is as good.
///
/// # Errors
/// Whatever keeps it from being removed.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_removed_may_be_removed_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        fs::write(&path, "RIFF").unwrap();
        remove(&path).unwrap();
        assert!(!path.exists());
        remove(&path).unwrap();
        assert!(remove(folder.path()).is_err(), "a folder is no recording");
    }
}
