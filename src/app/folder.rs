//! Folders that the gateway writes to.

use std::fs::{self, File};
use std::path::Path;

use super::StartError;
use crate::folders::make_private;

/// Makes a folder, for its owner alone, and writes into it, so that what is wrong shows before the first call does.
pub(super) fn check(field: &'static str, folder: &Path) -> Result<(), StartError> {
    let probe = folder.join(".voxgate-can-write");
    make_private(folder)
        .and_then(|()| File::create(&probe))
        .and_then(|_| fs::remove_file(&probe))
        .map_err(|error| StartError::folder(field, folder, error))
}
