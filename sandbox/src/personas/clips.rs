//! What personas say: recorded speech, kept as the µ-law bytes that go on the line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use include_dir::Dir;
use voxgate_media::frame::FRAME_SAMPLES;
use voxgate_media::g711::{ulaw_decode, ulaw_encode};

use super::{PersonaError, embedded};

/// A frame at least this loud is speech and not the pad around it. Clips are at about -23 dBFS.
const VOICED_DBFS: f32 = -45.0;

/// One thing to say.
#[derive(Debug)]
pub(crate) struct Clip {
    /// 8 kHz µ-law.
    pub(crate) ulaw: Cow<'static, [u8]>,
    /// Number of the first frame that is speech.
    pub(crate) onset_frame: usize,
    /// Number of the last frame that is speech.
    pub(crate) last_frame: usize,
}

impl Clip {
    fn new(ulaw: Cow<'static, [u8]>) -> Self {
        let frames: Vec<bool> = ulaw.chunks(FRAME_SAMPLES).map(|frame| level_dbfs(frame) >= VOICED_DBFS).collect();
        let onset_frame = frames.iter().position(|voiced| *voiced).unwrap_or(0);
        let last_frame = frames.iter().rposition(|voiced| *voiced).unwrap_or(frames.len().saturating_sub(1));
        Self { ulaw, onset_frame, last_frame }
    }
}

/// RMS level of µ-law samples against full scale; `-inf` for no samples or digital silence.
pub(crate) fn level_dbfs(ulaw: &[u8]) -> f32 {
    let square: f32 = ulaw.iter().map(|code| f32::from(ulaw_decode(*code)).powi(2)).sum();
    10.0 * (square / ulaw.len() as f32 / 32_768.0_f32.powi(2)).log10()
}

/// All clips, by `voice/phrase`.
#[derive(Debug, Default)]
pub(crate) struct Clips(BTreeMap<String, Arc<Clip>>);

impl Clips {
    /// The clips inside the binary.
    pub(crate) fn embedded() -> Result<Self, PersonaError> {
        let mut clips = Self::default();
        clips.add_dir(&embedded::AUDIO)?;
        Ok(clips)
    }

    /// Adds `<folder>/<voice>/<phrase>.wav`; one of a known name replaces it. A folder that is not there adds nothing.
    pub(crate) fn add_folder(&mut self, folder: &Path) -> Result<(), PersonaError> {
        if !folder.is_dir() {
            return Ok(());
        }
        for voice in entries(folder)? {
            let Some(voice_name) = voice.file_name().and_then(|name| name.to_str()) else { continue };
            if !voice.is_dir() {
                continue;
            }
            for path in entries(&voice)? {
                let Some(stem) = wav_stem(&path) else { continue };
                let label = path.display().to_string();
                let bytes = std::fs::read(&path).map_err(|error| PersonaError::whole(&label, error.to_string()))?;
                let clip = Clip::new(Cow::Owned(read_wav(&label, &bytes)?.into_owned()));
                self.0.insert(format!("{voice_name}/{stem}"), Arc::new(clip));
            }
        }
        Ok(())
    }

    /// The clip of this name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Clip>> {
        self.0.get(name).cloned()
    }

    /// All names, in order.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    fn add_dir(&mut self, dir: &Dir<'static>) -> Result<(), PersonaError> {
        for file in dir.files() {
            let Some(stem) = wav_stem(file.path()) else { continue };
            let Some(voice) = file.path().parent().and_then(Path::to_str) else { continue };
            let label = format!("fixtures/audio/{}", file.path().display());
            let clip = Clip::new(read_wav(&label, file.contents())?);
            self.0.insert(format!("{voice}/{stem}"), Arc::new(clip));
        }
        dir.dirs().try_for_each(|inner| self.add_dir(inner))
    }
}

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, PersonaError> {
    let label = folder.display().to_string();
    let read = std::fs::read_dir(folder).map_err(|error| PersonaError::whole(&label, error.to_string()))?;
    let mut paths: Vec<_> = read.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();
    Ok(paths)
}

fn wav_stem(path: &Path) -> Option<&str> {
    let is_wav = path.extension().is_some_and(|extension| extension == "wav");
    path.file_stem().and_then(|stem| stem.to_str()).filter(|_| is_wav)
}

/// Reads 8 kHz mono WAV: µ-law as it is (the form of the shipped clips), 16-bit PCM encoded.
fn read_wav<'a>(label: &str, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, PersonaError> {
    if let Some(ulaw) = ulaw_data(bytes) {
        return Ok(Cow::Borrowed(ulaw));
    }
    let wrong = |what: String| PersonaError::whole(label, format!("{what}; clips are 8 kHz mono, µ-law or 16-bit PCM"));
    let reader = hound::WavReader::new(Cursor::new(bytes)).map_err(|error| wrong(error.to_string()))?;
    let spec = reader.spec();
    if (spec.channels, spec.sample_rate, spec.bits_per_sample) != (1, 8000, 16) {
        return Err(wrong(format!(
            "{} channels, {} Hz, {} bits",
            spec.channels, spec.sample_rate, spec.bits_per_sample
        )));
    }
    let samples: Result<Vec<u8>, _> = reader.into_samples::<i16>().map(|sample| sample.map(ulaw_encode)).collect();
    samples.map(Cow::Owned).map_err(|error| wrong(error.to_string()))
}

/// The data chunk of a WAV file of format 7 (µ-law), one channel, 8 kHz; `None` for any other file.
fn ulaw_data(bytes: &[u8]) -> Option<&[u8]> {
    const FORMAT_ULAW_MONO_8K: [u8; 8] = [7, 0, 1, 0, 0x40, 0x1F, 0, 0];
    let mut rest = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WAVE")?;
    let mut is_ulaw = false;
    loop {
        let (head, body) = rest.split_at_checked(8)?;
        let size = usize::try_from(u32::from_le_bytes(head[4..].try_into().ok()?)).ok()?;
        match &head[..4] {
            b"fmt " => is_ulaw = body.starts_with(&FORMAT_ULAW_MONO_8K),
            b"data" if is_ulaw => return body.get(..size),
            _ => {}
        }
        rest = body.get(size + size % 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_clip_opens_and_is_speech_at_its_level() {
        let clips = Clips::embedded().expect("the shipped clips open");
        assert!(clips.names().len() > 100);
        for (name, clip) in &clips.0 {
            let level = level_dbfs(&clip.ulaw);
            assert!((-25.0..=-21.0).contains(&level), "{name}: {level} dBFS");
            assert!(clip.onset_frame < 16, "{name} begins with {} quiet frames", clip.onset_frame);
            assert!(clip.last_frame > clip.onset_frame + 3, "{name} is too short");
        }
    }

    #[test]
    fn pcm_is_encoded_and_other_shapes_are_refused_with_a_remedy() {
        let wav = |rate, samples: &[i16]| {
            let mut bytes = Cursor::new(Vec::new());
            let spec = hound::WavSpec {
                channels: 1,
                sample_rate: rate,
                bits_per_sample: 16,
                sample_format: hound::SampleFormat::Int,
            };
            let mut writer = hound::WavWriter::new(&mut bytes, spec).expect("a writer");
            samples.iter().for_each(|sample| writer.write_sample(*sample).expect("memory takes it"));
            writer.finalize().expect("memory takes it");
            bytes.into_inner()
        };
        let read = read_wav("a.wav", &wav(8000, &[0, -4000])).expect("8 kHz is read").into_owned();
        assert_eq!(read, [ulaw_encode(0), ulaw_encode(-4000)]);
        let error = read_wav("a.wav", &wav(16_000, &[0])).expect_err("16 kHz is refused").to_string();
        assert!(error.contains("a.wav") && error.contains("16000 Hz") && error.contains("8 kHz mono"), "{error}");
    }
}
