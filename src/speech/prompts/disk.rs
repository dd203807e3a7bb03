//! Clips on disk: one file each, named by its key, with a digest that shows damage.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};
use voxgate_media::playout::Clip;

use super::key::Key;

/// Begins every file, before the digest and the μ-law bytes.
const MAGIC: &[u8; 8] = b"VOXCLIP1";
const DIGEST: usize = 32;

pub(super) struct Disk {
    folder: PathBuf,
}

impl Disk {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        crate::folders::make_private(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The clip, or none if it was never kept.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(super) fn read(&self, key: &Key) -> Result<Option<Clip>, String> {
        let path = self.path(key);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        let body = bytes.strip_prefix(MAGIC).and_then(|rest| rest.split_at_checked(DIGEST));
        match body {
            Some((wanted, ulaw)) if digest(&SHA256, ulaw).as_ref() == wanted => {
                Ok(Some(Clip::from_ulaw(ulaw.to_vec())))
            }
            Some(_) | None => Err(format!("{}: not what was written", path.display())),
        }
    }

    /// Writes beside and renames, so that a crash leaves no half of a clip under its name.
    pub(super) fn write(&self, key: &Key, clip: &Clip) -> io::Result<()> {
        let part = self.folder.join(format!("{key}.part"));
        let bytes = [MAGIC.as_slice(), digest(&SHA256, clip.ulaw()).as_ref(), clip.ulaw()].concat();
        fs::write(&part, bytes)?;
        fs::rename(&part, self.path(key))
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{key}.clip"))
    }
}
