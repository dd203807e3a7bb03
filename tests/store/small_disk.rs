//! A disk that is soon full.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A disk of 3 MiB in memory.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where nothing may be mounted.
    pub(crate) fn mount(at: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=3m", "voxgate-test"]).arg(at).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the store may still have its files open.
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}
