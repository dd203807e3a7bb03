//! What the telephone's codecs do to a voice.

use voxgate_media::g711::{alaw_decode, alaw_encode, ulaw_decode, ulaw_encode};

use crate::made_up::set_level;
use crate::voice::Voice;

/// Signal to noise over the parts where the voice sounds, dB.
fn snr(samples: &[i16], round_trip: impl Fn(i16) -> i16) -> f64 {
    let power = |of: &dyn Fn(i16) -> f64| samples.iter().map(|&sample| of(sample).powi(2)).sum::<f64>();
    let noise = power(&|sample| f64::from(sample) - f64::from(round_trip(sample)));
    10.0 * (power(&f64::from) / noise).log10()
}

/// Row 002-11.
#[test]
fn a_voice_keeps_30_db_above_the_noise_of_either_law() {
    for seed in 0..10 {
        for level in [-15.0, -25.0, -35.0] {
            let mut voice: Vec<f64> = Voice::new(seed).take(80_000).collect();
            set_level(&mut voice, level);
            let samples: Vec<i16> = voice.into_iter().map(|sample| sample as i16).collect();
            let ulaw = snr(&samples, |sample| ulaw_decode(ulaw_encode(sample)));
            let alaw = snr(&samples, |sample| alaw_decode(alaw_encode(sample)));
            println!("voice {seed} at {level} dBFS: {ulaw:.1} dB, {alaw:.1} dB");
            assert!(ulaw >= 30.0 && alaw >= 30.0, "voice {seed} at {level} dBFS: {ulaw:.1} dB, {alaw:.1} dB");
        }
    }
}
