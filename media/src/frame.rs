//! The unit of audio: 20 ms at 8 kHz.

use crate::{g711, level};

/// Length of a frame, ms: the packet time that telephone media streams use.
pub const FRAME_MS: u32 = 20;

/// Length of a frame, samples at 8 kHz.
pub const FRAME_SAMPLES: usize = 160;

/// 20 ms of 8 kHz linear audio, 16 bits a sample.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame([i16; FRAME_SAMPLES]);

impl Frame {
    /// A frame of digital silence.
    pub const SILENCE: Self = Self([0; FRAME_SAMPLES]);

    /// A frame of these samples.
    #[must_use]
    pub const fn from_samples(samples: &[i16; FRAME_SAMPLES]) -> Self {
        Self(*samples)
    }

    /// Decodes a packet of G.711 μ-law.
    #[must_use]
    pub fn from_ulaw(codes: &[u8; FRAME_SAMPLES]) -> Self {
        Self(codes.map(g711::ulaw_decode))
    }

    /// Encodes the frame as a packet of G.711 μ-law.
    #[must_use]
    pub fn to_ulaw(&self) -> [u8; FRAME_SAMPLES] {
        self.0.map(g711::ulaw_encode)
    }

    /// The samples, in order of time.
    #[must_use]
    pub const fn samples(&self) -> &[i16; FRAME_SAMPLES] {
        &self.0
    }

    /// RMS level, dBFS, as [`level::rms_dbfs`] defines it.
    #[must_use]
    pub fn level_dbfs(&self) -> f32 {
        level::rms_dbfs(&self.0)
    }
}

/// The level says more than 160 numbers do.
impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame({:.1} dBFS)", self.level_dbfs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_of_ulaw_silence_is_silence() {
        assert_eq!(Frame::from_ulaw(&[g711::ULAW_SILENCE; FRAME_SAMPLES]), Frame::SILENCE);
        assert_eq!(Frame::SILENCE.to_ulaw(), [g711::ULAW_SILENCE; FRAME_SAMPLES]);
    }

    #[test]
    fn a_packet_survives_decoding_and_encoding() {
        // 0x7F is the second code for zero and comes back as 0xFF.
        let packet: [u8; FRAME_SAMPLES] = std::array::from_fn(|n| if n < 127 { n as u8 } else { n as u8 + 1 });
        assert_eq!(Frame::from_ulaw(&packet).to_ulaw(), packet);
    }

    #[test]
    fn a_frame_is_twenty_milliseconds_at_eight_kilohertz() {
        assert_eq!(FRAME_SAMPLES as u32 * 1000, FRAME_MS * 8000);
    }
}
