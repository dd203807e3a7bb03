//! One recording on disk: 16-bit stereo WAV at 8 kHz, the callee left, what the callee heard of us right.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};
use voxgate_core::session::Block;
use voxgate_media::g711::ulaw_decode;

use crate::folders::make_private;

const SPEC: WavSpec =
    WavSpec { channels: 2, sample_rate: 8_000, bits_per_sample: 16, sample_format: SampleFormat::Int };

/// An open recording. Its header is valid after every block.
pub(super) struct WavFile {
    writer: WavWriter<BufWriter<File>>,
    /// Samples written, of each channel.
    length: u64,
}

impl WavFile {
    pub(super) fn create(path: &Path) -> Result<Self, hound::Error> {
        if let Some(folder) = path.parent() {
            make_private(folder)?;
        }
        let mut writer = WavWriter::create(path, SPEC)?;
        writer.flush()?;
        Ok(Self { writer, length: 0 })
    }

    /// Appends a block; a gap before it becomes silence. Tells how many samples were missing.
    pub(super) fn append(&mut self, block: &Block) -> Result<u64, hound::Error> {
        let missing = block.at.0.saturating_sub(self.length);
        for _ in 0..missing * 2 {
            self.writer.write_sample(0_i16)?;
        }
        let mut samples = self.writer.get_i16_writer(block.callee.len() as u32 * 2);
        for (&callee, &ours) in block.callee.iter().zip(&block.ours) {
            samples.write_sample(ulaw_decode(callee));
            samples.write_sample(ulaw_decode(ours));
        }
        samples.flush()?;
        self.writer.flush()?;
        self.length += missing + block.callee.len() as u64;
        Ok(missing)
    }

    pub(super) fn finish(self) -> Result<(), hound::Error> {
        self.writer.finalize()
    }
}
