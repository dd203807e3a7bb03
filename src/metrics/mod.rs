//! Metrics, for `GET /metrics`: every name is in [`names`], every label comes from a closed set.
//!
//! [`Metrics`] is a handle that is cloned to whoever counts. Figures of the media plane are not fed here, frame by
//! frame, but read from its [`Meters`] when somebody asks.

mod labels;
mod media;
pub mod names;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use voxgate_core::calls::TaskReason;
use voxgate_core::model::{Disposition, FailureCode};

pub use labels::{Answer, Operation, Queue};

use self::labels::{Code, Ended, Limit, Reason, Request, Result as DialResult, Waiting};
use self::media::{Media, Watch, Watched};
use crate::meters::Meters;

/// The content type of [`Metrics::render`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Seconds: from a fast local answer to the longest that a request may take.
const REQUEST_BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];
/// Seconds: a call that is asked about, until its end is known.
const POLLING_BOUNDS: [f64; 10] = [1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0];
/// Seconds: a write waits for a disk, or for a database that is locked.
const WRITE_BOUNDS: [f64; 11] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0];
/// Calls that one look of the scheduler picks up.
const CYCLE_BOUNDS: [f64; 9] = [0.0, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 1_000.0];

/// Counts what the gateway does. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Mutex<Registry>,
    watched: Watched,
    initiated: Family<DialResult, Counter>,
    requests: Family<Request, Counter>,
    request_seconds: Family<Operation, Histogram>,
    attempts: Family<Ended, Counter>,
    failures: Family<Code, Counter>,
    tasks: Family<Reason, Counter>,
    cycle: Histogram,
    polling: Histogram,
    slow_setups: Counter,
    writes: Histogram,
    slots: Family<Limit, Gauge>,
    slot_limits: Family<Limit, Gauge>,
    queues: Family<Waiting, Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Counts from zero.
    #[must_use]
    pub fn new() -> Self {
        let watched = Watched::default();
        let mut registry = Registry::default();
        registry.register_collector(Box::new(watched.clone()));
        let r = &mut registry;
        let inner = Inner {
            initiated: family(r, names::INITIATE_CALL, Family::default()),
            requests: family(r, names::PROVIDER_REQUESTS, Family::default()),
            request_seconds: timed(r, names::PROVIDER_REQUEST, Family::new_with_constructor(request_histogram)),
            attempts: family(r, names::ATTEMPTS_ENDED, Family::default()),
            failures: family(r, names::ATTEMPT_FAILURES, Family::default()),
            tasks: family(r, names::MANUAL_TASKS, Family::default()),
            cycle: family(r, names::SCHEDULER_CYCLE, Histogram::new(CYCLE_BOUNDS)),
            polling: timed(r, names::CALL_POLLING, Histogram::new(POLLING_BOUNDS)),
            slow_setups: family(r, names::CALL_SETUP_SLOW, Counter::default()),
            writes: timed(r, names::STORE_WRITE, Histogram::new(WRITE_BOUNDS)),
            slots: family(r, names::SLOTS_IN_USE, Family::default()),
            slot_limits: family(r, names::SLOTS_LIMIT, Family::default()),
            queues: family(r, names::QUEUE_DEPTH, Family::default()),
            registry: Mutex::new(registry),
            watched,
        };
        inner.begin_at_zero();
        Self(Arc::new(inner))
    }

    /// A request to a provider was answered, or was not. Row 000-57 counts those that dial.
    pub fn request(&self, provider: &str, operation: Operation, answer: Answer, took: Duration) {
        if operation == Operation::Dial {
            self.0.initiated.get_or_create(&DialResult { result: answer }).inc();
        }
        self.0.requests.get_or_create(&Request { provider: provider.to_owned(), operation, answer }).inc();
        self.0.request_seconds.get_or_create(&operation).observe(took.as_secs_f64());
    }

    /// An attempt has its outcome.
    pub fn attempt_ended(&self, disposition: Disposition, failure_code: Option<FailureCode>) {
        self.0.attempts.get_or_create(&Ended { disposition: disposition.as_str() }).inc();
        if let Some(code) = failure_code {
            self.0.failures.get_or_create(&Code { failure_code: code.as_str() }).inc();
        }
    }

    /// A task was left for a person.
    pub fn manual_task(&self, reason: TaskReason) {
        self.0.tasks.get_or_create(&Reason { reason: reason.as_str() }).inc();
    }

    /// The scheduler looked for due calls, and picked up so many.
    #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^53")]
    pub fn scheduler_cycle(&self, calls: usize) {
        self.0.cycle.observe(calls as f64);
    }

    /// How long a call was asked about until its media or its end made that needless, its silences left out. Row 000-58.
    pub fn polled(&self, span: Duration) {
        self.0.polling.observe(span.as_secs_f64());
    }

    /// A setup took longer than an operator wants to hear of.
    pub fn slow_setup(&self) {
        self.0.slow_setups.inc();
    }

    /// How long a write to the store took, from its submission to the answer that it is durable.
    pub fn store_write(&self, span: Duration) {
        self.0.writes.observe(span.as_secs_f64());
    }

    /// Slots taken and slots that there are; `limit` is `deployment` or a provider's name in the config.
    pub fn slots(&self, limit: &str, in_use: u32, allowed: u32) {
        let label = Limit { limit: limit.to_owned() };
        self.0.slots.get_or_create(&label).set(in_use.into());
        self.0.slot_limits.get_or_create(&label).set(allowed.into());
    }

    /// How many wait in a queue.
    pub fn queue(&self, queue: Queue, waiting: u64) {
        self.0.queues.get_or_create(&Waiting { queue }).set(i64::try_from(waiting).unwrap_or(i64::MAX));
    }

    /// What slots and queues are is not known: no figure is better than an old one.
    pub fn forget_depths(&self) {
        self.0.slots.clear();
        self.0.queues.clear();
    }

    /// Tells the figures of a media plane along with the rest.
    pub fn watch_media(&self, meters: Arc<Meters>) {
        self.registry().register_collector(Box::new(Media(meters)));
    }

    /// Tells what somebody counts himself: `read` is asked whenever the metrics are.
    pub fn watch_drops(&self, queue: Queue, read: impl Fn() -> u64 + Send + Sync + 'static) {
        self.0.watched.add(Watch { queue, read: Box::new(read) });
    }

    /// All of it as text, in the form of OpenMetrics 1.0.
    ///
    /// # Errors
    /// Never, as far as text is written to memory.
    pub fn render(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry())?;
        Ok(text)
    }

    fn registry(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.0.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// A series that appears with its first event hides that event from whoever watches its growth.
    fn begin_at_zero(&self) {
        for result in Answer::ALL {
            drop(self.initiated.get_or_create(&DialResult { result }));
        }
        for disposition in Disposition::ALL {
            drop(self.attempts.get_or_create(&Ended { disposition: disposition.as_str() }));
        }
        for reason in TaskReason::ALL {
            drop(self.tasks.get_or_create(&Reason { reason: reason.as_str() }));
        }
        for code in FailureCode::ALL {
            drop(self.failures.get_or_create(&Code { failure_code: code.as_str() }));
        }
    }
}

fn request_histogram() -> Histogram {
    Histogram::new(REQUEST_BOUNDS)
}

fn family<M>(registry: &mut Registry, (name, help): names::Name, metric: M) -> M
where
    M: prometheus_client::registry::Metric + Clone,
{
    registry.register(name, help, metric.clone());
    metric
}

/// The unit ends the name.
fn timed<M>(registry: &mut Registry, (name, help): names::Name, metric: M) -> M
where
    M: prometheus_client::registry::Metric + Clone,
{
    registry.register_with_unit(name, help, Unit::Seconds, metric.clone());
    metric
}
