//! What a call leaves behind: a recording that opens and holds the voices it must, and a picture of it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use voxgate_media::level::rms_dbfs;

use super::callees::Callee;
use crate::calls::AttemptRecord;
use crate::picture;

/// A track in which nobody ever gets louder than this is silent.
const VOICE_DBFS: f32 = -45.0;
/// Voices are looked for in stretches of this many samples: 100 ms.
const STRETCH: usize = 800;

/// A call's recording, looked at.
#[derive(Debug)]
pub(super) struct Evidence {
    /// Its length in seconds.
    pub(super) seconds: f64,
    /// The picture drawn from it.
    pub(super) picture: PathBuf,
}

impl Evidence {
    /// Opens the recording, looks for the voices and draws the picture. `None` where nothing was recorded.
    pub(super) fn gather(callee: &Callee, record: &AttemptRecord, journal: &[Value]) -> Result<Option<Self>, String> {
        let Some(path) = record.recording.as_ref().map(PathBuf::from) else { return Ok(None) };
        let unreadable = |error: hound::Error| format!("{} does not open: {error}", path.display());
        let (left, right) = tracks(&path).map_err(unreadable)?;
        let silent = |track: &[i16]| track.chunks(STRETCH).all(|stretch| rms_dbfs(stretch) < VOICE_DBFS);
        if silent(&right) || (callee.speaks && silent(&left)) {
            return Err(format!("{}: a voice is missing", path.display()));
        }
        let title = format!("{}: a callee who {}", callee.dialplan, callee.who);
        let svg = picture::draw(&title, &path, journal).map_err(unreadable)?;
        let picture = path.with_extension("svg");
        std::fs::write(&picture, svg).map_err(|error| format!("{}: {error}", picture.display()))?;
        Ok(Some(Self { seconds: left.len() as f64 / 8_000.0, picture }))
    }
}

/// The callee's track and ours.
fn tracks(path: &Path) -> Result<(Vec<i16>, Vec<i16>), hound::Error> {
    let samples = hound::WavReader::open(path)?.into_samples().collect::<Result<Vec<i16>, _>>()?;
    Ok((samples.iter().copied().step_by(2).collect(), samples.iter().copied().skip(1).step_by(2).collect()))
}
