//! Sound in files: where stretches of it are, and whether two tell the same.

use std::path::Path;

/// Samples in a millisecond.
pub(crate) const MS: usize = 8;
/// Silence that ends a stretch: pauses within a prompt are shorter.
const PAUSE: usize = 500 * MS;

/// A stereo file's two channels.
pub(crate) fn channels(path: &Path) -> [Vec<i16>; 2] {
    let mut file = hound::WavReader::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let spec = file.spec();
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 8_000, 16));
    let samples: Vec<i16> = file.samples().map(Result::unwrap).collect();
    [0, 1].map(|channel| samples.iter().skip(channel).step_by(2).copied().collect())
}

/// Stretches of sound between long silences: where each begins, and its samples.
pub(crate) fn stretches(channel: &[i16]) -> Vec<(usize, &[i16])> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, _) in channel.iter().enumerate().filter(|(_, sample)| **sample != 0) {
        match found.last_mut() {
            Some((_, end)) if at < *end + PAUSE => *end = at + 1,
            _ => found.push((at, at + 1)),
        }
    }
    found.into_iter().map(|(begin, end)| (begin, &channel[begin..end])).collect()
}

/// Where in the first `within` samples of `heard` a sound begins; and how far below it, at its best loudness, everything
/// lies that was heard and is not in it, in dB.
pub(crate) fn find(wanted: &[i16], heard: &[i16], within: usize) -> (usize, f64) {
    let last = within.min(heard.len().saturating_sub(wanted.len()));
    let head = &wanted[..wanted.len().min(4_000)];
    let at = (0..=last).max_by(|a, b| likeness(head, &heard[*a..]).total_cmp(&likeness(head, &heard[*b..]))).unwrap();
    let likeness = likeness(wanted, &heard[at..]);
    (at, -10.0 * (1.0 - likeness * likeness).max(1e-9).log10())
}

/// The cosine between the two, 1 for the same sound at any loudness.
fn likeness(a: &[i16], b: &[i16]) -> f64 {
    let (mut both, mut a2, mut b2) = (0.0, 0.0, 0.0);
    for (&a, &b) in a.iter().zip(b) {
        let (a, b) = (f64::from(a), f64::from(b));
        both += a * b;
        a2 += a * a;
        b2 += b * b;
    }
    if a2 * b2 == 0.0 { 0.0 } else { both / (a2 * b2).sqrt() }
}
