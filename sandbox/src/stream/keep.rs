//! Keeps the audio of a call at the callee's end as a WAV file: what they said left, what they heard right.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};
use voxgate_media::frame::FRAME_SAMPLES;
use voxgate_media::g711::ulaw_decode;

/// An open file.
pub(super) struct Keep(WavWriter<BufWriter<File>>);

impl Keep {
    /// Begins `<folder>/<call sid>.wav`: 16-bit stereo at 8 kHz, one frame of each side per tick of the play-out clock.
    pub(super) fn create(folder: &Path, call_sid: &str) -> Result<Self, hound::Error> {
        std::fs::create_dir_all(folder)?;
        let spec = WavSpec { channels: 2, sample_rate: 8000, bits_per_sample: 16, sample_format: SampleFormat::Int };
        WavWriter::create(folder.join(format!("{call_sid}.wav")), spec).map(Self)
    }

    /// Adds 20 ms.
    pub(super) fn add(&mut self, said: &[u8; FRAME_SAMPLES], heard: &[u8; FRAME_SAMPLES]) -> Result<(), hound::Error> {
        for (said, heard) in said.iter().zip(heard) {
            self.0.write_sample(ulaw_decode(*said))?;
            self.0.write_sample(ulaw_decode(*heard))?;
        }
        Ok(())
    }

    /// Writes the header's lengths.
    pub(super) fn seal(self) -> Result<(), hound::Error> {
        self.0.finalize()
    }
}
