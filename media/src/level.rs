//! Measures of audio: level, clicks, gaps.

use std::ops::Range;

/// The level that stands for silence, dBFS: below what 16 bits can carry.
pub const SILENCE_DBFS: f32 = -100.0;

/// RMS level relative to full scale (32,768), dBFS: a full-scale square wave is 0, a full-scale sine −3.01.
///
/// Digital silence and an empty slice are [`SILENCE_DBFS`].
#[must_use]
pub fn rms_dbfs(samples: &[i16]) -> f32 {
    let energy: u64 = samples.iter().map(|&s| u64::from(s.unsigned_abs()).pow(2)).sum();
    if energy == 0 {
        return SILENCE_DBFS;
    }
    let mean = energy as f64 / samples.len() as f64;
    (10.0 * (mean / 32_768_f64.powi(2)).log10()) as f32
}

/// The largest difference between neighbouring samples: a click shows as a step that the material itself never makes.
///
/// A sine of amplitude `a` and frequency `f` at a rate of `r` steps by at most `2a·sin(πf/r)`.
#[must_use]
pub fn largest_step(samples: &[i16]) -> u16 {
    samples.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap_or(0)
}

/// Spans of at least `min_len` samples in which no sample is louder than `floor`, in order of time.
#[must_use]
pub fn gaps(samples: &[i16], floor: u16, min_len: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, sample) in samples.iter().enumerate() {
        if sample.unsigned_abs() <= floor {
            continue;
        }
        push_if_long(&mut found, start..at, min_len);
        start = at + 1;
    }
    push_if_long(&mut found, start..samples.len(), min_len);
    found
}

fn push_if_long(found: &mut Vec<Range<usize>>, span: Range<usize>, min_len: usize) {
    if !span.is_empty() && span.len() >= min_len {
        found.push(span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_known_signals() {
        assert_eq!(rms_dbfs(&[]), SILENCE_DBFS);
        assert_eq!(rms_dbfs(&[0; 8]), SILENCE_DBFS);
        assert_eq!(rms_dbfs(&[i16::MIN; 8]), 0.0);
        assert!((rms_dbfs(&[16_384, -16_384]) - -6.02).abs() < 0.01);
        assert!(rms_dbfs(&[1, 0, 0, 0]) > SILENCE_DBFS, "one bit now and then is still above silence");
    }

    #[test]
    fn a_click_is_the_largest_step() {
        assert_eq!(largest_step(&[]), 0);
        assert_eq!(largest_step(&[5]), 0);
        assert_eq!(largest_step(&[0, 3, 1, -40, -38]), 41);
        assert_eq!(largest_step(&[i16::MIN, i16::MAX]), u16::MAX);
    }

    #[test]
    fn gaps_are_found_at_the_edges_and_within() {
        let audio = [0, 0, 0, 9, 0, 0, -9, 1, -1, 0, 0];
        assert_eq!(gaps(&audio, 1, 3), [0..3, 7..11]);
        assert_eq!(gaps(&audio, 1, 2), [0..3, 4..6, 7..11]);
        assert_eq!(gaps(&audio, 0, 3).len(), 1);
        assert_eq!(gaps(&[], 0, 0), []);
        assert_eq!(gaps(&[9, 9], 0, 0), [], "no gap is no span, however short a span may be");
    }
}
