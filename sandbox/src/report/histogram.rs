//! A histogram of intervals: fixed size, 0.5 ms fine up to 4 s.

use std::time::Duration;

use serde::{Deserialize, Serialize};

const BUCKETS: usize = 8000;
const BUCKET_US: u128 = 500;

/// Where intervals lie, in ms. Quantiles are the upper edges of their buckets (0.5 ms), the greatest is exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How many.
    pub count: u64,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// The greatest.
    pub max: f64,
}

/// Counts per bucket; longer ones than the last bucket's edge count there.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    buckets: Vec<u32>,
    count: u64,
    max: Duration,
}

impl Histogram {
    pub(crate) fn add(&mut self, length: Duration) {
        if self.buckets.is_empty() {
            self.buckets = vec![0; BUCKETS];
        }
        let bucket = usize::try_from(length.as_micros() / BUCKET_US).unwrap_or(BUCKETS).min(BUCKETS - 1);
        self.buckets[bucket] += 1;
        self.count += 1;
        self.max = self.max.max(length);
    }

    pub(crate) fn spread(&self) -> Spread {
        let max = self.max.as_secs_f64() * 1000.0;
        let quantile = |per_mille: u64| self.quantile_ms(per_mille).min(max);
        Spread { count: self.count, p50: quantile(500), p95: quantile(950), p99: quantile(990), max }
    }

    fn quantile_ms(&self, per_mille: u64) -> f64 {
        let rank = (self.count * per_mille).div_ceil(1000);
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= rank && bucket + 1 < BUCKETS {
                return (bucket + 1) as f64 * 0.5;
            }
        }
        f64::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_samples() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.spread(), Spread { max: 0.0, ..Spread::default() });
        (1..=100).for_each(|ms| histogram.add(Duration::from_micros(ms * 1000 - 100)));
        let spread = histogram.spread();
        assert_eq!((spread.count, spread.p50, spread.p95, spread.p99), (100, 50.0, 95.0, 99.0));
        assert!((spread.max - 99.9).abs() < 1e-9);
        histogram.add(Duration::from_secs(10));
        assert_eq!(histogram.spread().max, 10_000.0);
    }
}
