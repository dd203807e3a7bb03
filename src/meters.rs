//! Meters of the media plane: counters and distributions that cost a few nanoseconds to feed.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// Steps within each doubling: values are known to 1/16.
const STEPS: u64 = 16;
const BUCKETS: usize = 32 * STEPS as usize;

/// A distribution of durations in µs, known to about 6 %, from 1 µs to hours.
#[derive(Debug)]
pub struct Distribution {
    buckets: Box<[AtomicU64]>,
    largest: AtomicU64,
    sum: AtomicU64,
}

/// A distribution in figures, ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// Half are at most this.
    pub p50: f64,
    /// 95 in 100 are at most this.
    pub p95: f64,
    /// 99 in 100 are at most this.
    pub p99: f64,
    /// 999 in 1,000 are at most this.
    pub p999: f64,
    /// All are at most this.
    pub max: f64,
    /// How many there are.
    pub count: u64,
}

impl Default for Distribution {
    fn default() -> Self {
        Self {
            buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            largest: AtomicU64::new(0),
            sum: AtomicU64::new(0),
        }
    }
}

impl Distribution {
    /// Adds a duration.
    pub fn add(&self, micros: u64) {
        self.buckets[bucket(micros)].fetch_add(1, Ordering::Relaxed);
        self.largest.fetch_max(micros, Ordering::Relaxed);
        self.sum.fetch_add(micros, Ordering::Relaxed);
    }

    /// Forgets everything.
    pub fn reset(&self) {
        for bucket in &self.buckets {
            bucket.store(0, Ordering::Relaxed);
        }
        self.largest.store(0, Ordering::Relaxed);
        self.sum.store(0, Ordering::Relaxed);
    }

    /// How many are within each of the bounds, in µs, and above the one before; at last those above them all. And the
    /// sum of all, in µs.
    #[must_use]
    pub fn counts(&self, bounds: &[u64]) -> (Vec<u64>, u64) {
        let mut counts = vec![0; bounds.len() + 1];
        for (k, bucket) in self.buckets.iter().enumerate() {
            let within = bounds.partition_point(|&bound| bound < upper_bound(k));
            counts[within] += bucket.load(Ordering::Relaxed);
        }
        (counts, self.sum.load(Ordering::Relaxed))
    }

    /// The figures.
    #[must_use]
    pub fn percentiles(&self) -> Percentiles {
        let counts: Vec<u64> = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
        let count = counts.iter().sum();
        let largest = self.largest.load(Ordering::Relaxed);
        let at = |share: f64| {
            let wanted = (share * count as f64).ceil() as u64;
            let mut seen = 0;
            let found = counts.iter().position(|&n| {
                seen += n;
                n > 0 && seen >= wanted
            });
            found.map_or(0.0, |k| upper_bound(k).min(largest) as f64 / 1_000.0)
        };
        Percentiles {
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            max: largest as f64 / 1_000.0,
            count,
        }
    }
}

fn bucket(micros: u64) -> usize {
    let doublings = micros.max(STEPS).ilog2() - STEPS.ilog2();
    let step = (micros >> doublings) as usize;
    (doublings as usize * STEPS as usize + step).min(BUCKETS - 1)
}

/// The largest value that falls into a bucket.
fn upper_bound(bucket: usize) -> u64 {
    let (bucket, steps) = (bucket as u64, STEPS);
    if bucket < 2 * steps {
        return bucket;
    }
    let doublings = bucket / steps - 1;
    let step = steps + bucket % steps;
    ((step + 1) << doublings) - 1
}

/// What the media plane counts.
#[derive(Debug, Default)]
pub struct Meters {
    /// Each message's time of sending against its own deadline; early ones count as 0.
    pub late: Distribution,
    /// From `start` received to the first audio sent.
    pub first_audio: Distribution,
    /// From the provider's token to media up, the ringing aside.
    pub setup: Distribution,
    /// Sessions that are live.
    pub live: AtomicU64,
    /// Sessions that have ended.
    pub ended: AtomicU64,
    /// Messages of audio sent.
    pub sent: AtomicU64,
    /// Messages of audio received.
    pub received: AtomicU64,
    /// Messages of audio dropped because a leg was full.
    pub dropped: AtomicU64,
    /// Messages of audio so late that the far side had nothing left to play.
    pub run_dry: AtomicU64,
    /// Media that was turned away: forged, unknown or used secret, no start.
    pub refused: AtomicU64,
}

/// Adds one.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_known_to_a_sixteenth() {
        let distribution = Distribution::default();
        for micros in 1..=10_000 {
            distribution.add(micros);
        }
        let found = distribution.percentiles();
        for (share, ms) in [(5.0, found.p50), (9.5, found.p95), (9.9, found.p99), (9.99, found.p999)] {
            assert!(ms >= share && ms <= share * 17.0 / 16.0, "{share} {ms}");
        }
        assert_eq!((found.max, found.count), (10.0, 10_000));
    }

    #[test]
    fn every_value_lies_within_its_bucket() {
        for micros in (0..100_000).chain([u64::from(u32::MAX), u64::MAX / 2]) {
            let k = bucket(micros);
            assert!(micros <= upper_bound(k) || k == BUCKETS - 1, "{micros}");
            assert!(k == 0 || micros > upper_bound(k - 1), "{micros}");
        }
    }
}
