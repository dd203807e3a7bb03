//! Speech from a synthesiser, where there is some: the WAV files of the folder that `VOXGATE_SPEECH` names.
//! `media/tools/talk-off.sh` renders it and runs what needs it.

use std::path::{Path, PathBuf};

use voxgate_media::{Rate, resample_clip};

use crate::made_up::set_level;

/// Each file as telephone audio at −20 dBFS.
pub(crate) fn speech() -> impl Iterator<Item = (PathBuf, Vec<f64>)> {
    let folder = std::env::var("VOXGATE_SPEECH").expect("VOXGATE_SPEECH names a folder of WAV files");
    let entries = std::fs::read_dir(&folder).expect("the folder can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "wav"));
    assert!(!paths.is_empty(), "no WAV files in {folder}");
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), read(&path)))
}

/// A file at a rate that is not ours is taken at the nearest of ours: the voice is then a little quicker or slower, and
/// speech all the same.
fn read(path: &Path) -> Vec<f64> {
    let file = std::fs::read(path).expect("the file can be read");
    let (header, data) = file.split_at_checked(44).expect("a WAV header");
    let word = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
    // flite writes headers that a strict reader refuses; rate and place of the samples are right in all of them.
    assert_eq!(word(20), 1 << 16 | 1, "{}: PCM with one channel", path.display());
    let rate = Rate::ALL.into_iter().min_by_key(|ours| ours.hz().abs_diff(word(24))).expect("there are four");
    let samples: Vec<i16> = data.as_chunks().0.iter().map(|&bytes| i16::from_le_bytes(bytes)).collect();
    let mut audio: Vec<f64> = resample_clip(&samples, rate, Rate::Hz8000).into_iter().map(f64::from).collect();
    set_level(&mut audio, -20.0);
    audio
}
