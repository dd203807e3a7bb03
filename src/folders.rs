//! Folders for what is nobody else's business: numbers, voices, keys.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Makes a folder, and those above it that are missing, for their owner alone (mode 0700). One that is there stays as it
/// is.
///
/// # Errors
/// Whatever keeps it from being made.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_made_is_its_owners_alone_and_what_is_there_stays() {
        let there = tempfile::tempdir().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        std::fs::set_permissions(there.path(), std::fs::Permissions::from_mode(0o750)).unwrap();
        let (above, below) = (there.path().join("above"), there.path().join("above/below"));
        for _ in 0..2 {
            make_private(&below).unwrap();
            assert_eq!((mode(there.path()), mode(&above), mode(&below)), (0o750, 0o700, 0o700));
        }
    }
}
