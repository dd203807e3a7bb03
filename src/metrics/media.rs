//! What others count themselves, read when somebody asks for the metrics.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::labels::{Queue, Waiting};
use super::names::{self, Name};
use crate::meters::{Distribution, Meters};

/// Upper bounds, µs. A message of one frame is due 36 ms before the far side runs dry.
const LATE_BOUNDS: [u64; 9] = [100, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 36_000, 100_000];
/// Upper bounds, µs: call setup is to stay below 0.5 s, and must stay below 5 s.
const SETUP_BOUNDS: [u64; 10] =
    [50_000, 100_000, 200_000, 300_000, 500_000, 1_000_000, 2_000_000, 3_000_000, 5_000_000, 10_000_000];
/// Upper bounds, µs.
const START_BOUNDS: [u64; 9] = [1_000, 5_000, 20_000, 50_000, 100_000, 500_000, 2_000_000, 10_000_000, 60_000_000];

/// The figures of a media plane.
#[derive(Debug)]
pub(super) struct Media(pub(super) Arc<Meters>);

impl Collector for Media {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let meters = &self.0;
        let live = ConstGauge::new(i64::try_from(read(&meters.live)).unwrap_or(i64::MAX));
        let (name, help) = names::SESSIONS_LIVE;
        live.encode(encoder.encode_descriptor(name, help, None, live.metric_type())?)?;
        for ((name, help), counter) in [
            (names::SESSIONS_ENDED, &meters.ended),
            (names::MEDIA_SENT, &meters.sent),
            (names::MEDIA_RECEIVED, &meters.received),
            (names::MEDIA_DROPPED, &meters.dropped),
            (names::MEDIA_RUN_DRY, &meters.run_dry),
            (names::MEDIA_REFUSED, &meters.refused),
        ] {
            let counter = ConstCounter::new(read(counter));
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        histogram(&mut encoder, names::MEDIA_LATE, &meters.late, &LATE_BOUNDS)?;
        histogram(&mut encoder, names::FIRST_AUDIO, &meters.first_audio, &START_BOUNDS)?;
        histogram(&mut encoder, names::CALL_SETUP, &meters.setup, &SETUP_BOUNDS)
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a process's life are far below 2^53")]
fn histogram(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): Name,
    distribution: &Distribution,
    bounds: &[u64],
) -> fmt::Result {
    let (counts, sum) = distribution.counts(bounds);
    let bounds = bounds.iter().map(|&bound| bound as f64 / 1e6).chain([f64::INFINITY]);
    let buckets: Vec<_> = bounds.zip(counts.iter().copied()).collect();
    let mut metric = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
    metric.encode_histogram::<NoLabelSet>(sum as f64 / 1e6, counts.iter().sum(), &buckets, None)
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// One who counts himself what he drops.
pub(super) struct Watch {
    pub(super) queue: Queue,
    pub(super) read: Box<dyn Fn() -> u64 + Send + Sync>,
}

/// All of those.
#[derive(Clone, Default)]
pub(super) struct Watched(Arc<RwLock<Vec<Watch>>>);

impl Watched {
    pub(super) fn add(&self, watch: Watch) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(watch);
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched")
    }
}

impl Collector for Watched {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let watched = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if watched.is_empty() {
            return Ok(());
        }
        let (name, help) = names::QUEUE_DROPPED;
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for watch in watched.iter() {
            let label = Waiting { queue: watch.queue };
            ConstCounter::new((watch.read)()).encode(metric.encode_family(&label)?)?;
        }
        Ok(())
    }
}
