//! What a session is told about itself when it begins.

use voxgate_media::frame::FRAME_MS;

use super::mouth::STEP;
use crate::time::Micros;

/// How a session behaves. The script has its own settings; these belong to the deployment and the leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How far ahead of the far side's play-out we send, at most (60 ms). Barge-in is heard to stop within it.
    pub lead: Micros,
    /// Frames of 20 ms in one message (1), where the leg takes any length. Fewer messages cost fewer socket calls; but
    /// with a lead of 60 ms the far side has 36 ms of audio left when a message of one frame is due, and only 16 ms when
    /// it is one of two.
    pub frames_per_message: usize,
    /// Whether keys are looked for in the audio: only where the leg has none out of band.
    pub inband_keys: bool,
    /// A leg that sends no audio for this long is dead (10 s): most legs send silence too.
    pub media_gap: Micros,
    /// How long to wait for who answered before the callee is spoken to (0: at once).
    pub classify: Micros,
    /// How long a speaker must be silent to have finished (500 ms).
    pub end_silence: Micros,
    /// The longest a speaker is listened to in one turn (8 s).
    pub max_speech: Micros,
    /// The longest call, whatever the script allows (10 min).
    pub max_duration: Micros,
    /// Whether the call is recorded.
    pub record: bool,
}

impl Settings {
    /// What the far side has left to play when a message is due: one that is later than this finds it silent.
    #[must_use]
    pub fn slack(&self) -> Micros {
        let message = Micros::from_ms(self.frames_per_message as u64 * u64::from(FRAME_MS));
        Micros(self.lead.0.saturating_sub((message + STEP).0))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lead: Micros::from_ms(60),
            frames_per_message: 1,
            inband_keys: false,
            media_gap: Micros::from_secs(10),
            classify: Micros::ZERO,
            end_silence: Micros::from_ms(500),
            max_speech: Micros::from_secs(8),
            max_duration: Micros::from_secs(600),
            record: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_frames_in_a_message_leave_less_to_play() {
        let one = Settings::default();
        let two = Settings { frames_per_message: 2, ..one.clone() };
        assert_eq!((one.slack(), two.slack()), (Micros::from_ms(36), Micros::from_ms(16)));
        assert_eq!(Settings { frames_per_message: 4, ..one }.slack(), Micros::ZERO);
    }
}
