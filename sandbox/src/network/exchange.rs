//! What all calls share: the settings, the clock, the number plan, the state behind one lock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::Notify;

use super::call::Call;
use super::order::CallOrder;
use crate::clock::Clock;
use crate::config::Config;
use crate::faults::Faults;
use crate::personas::persona::Persona;
use crate::personas::plan::NumberPlan;
use crate::report::{CallReport, Report, Requests, TimingHistograms, Violation};
use crate::stream::meters::{Counts, Sample, Timing};
use crate::stream::metronome::Metronome;
use crate::stream::socket::Seat;

/// Violations that are kept; more are only counted.
const VIOLATIONS: usize = 1000;
/// Bad callback answers that are kept per call.
const BAD_ANSWERS: usize = 10;

/// The exchange.
pub(crate) struct Exchange {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) plan: NumberPlan,
    pub(crate) http: reqwest::Client,
    pub(crate) metronome: Metronome,
    world: Mutex<World>,
}

/// What changes. Held for a few lines at a time, never across an await.
pub(crate) struct World {
    /// By call SID.
    pub(crate) calls: HashMap<String, Entry>,
    /// Call SIDs in the order of placing.
    pub(crate) placed: Vec<String>,
    /// Calls placed, by number.
    calls_by_number: HashMap<String, usize>,
    pub(crate) faults: Faults,
    pub(crate) requests: Requests,
    pub(crate) timings: TimingHistograms,
    violations: Vec<Violation>,
    violations_total: u64,
    /// When the next call may leave the queue.
    next_release: Duration,
    sids: SmallRng,
}

/// One call and what is known of it.
pub(crate) struct Entry {
    pub(crate) call: Call,
    /// Woken when the call has something to do.
    pub(crate) wake: Arc<Notify>,
    /// The stream that carries the call now, from its dialing on.
    pub(crate) stream_sid: Option<String>,
    /// The callee's seat at that stream, once it is open.
    pub(crate) seat: Option<Arc<Seat>>,
    pub(crate) report: CallReport,
}

impl Exchange {
    pub(crate) fn new(config: Config, clock: Clock, plan: NumberPlan, http: reqwest::Client) -> Self {
        let world = World {
            calls: HashMap::new(),
            placed: Vec::new(),
            calls_by_number: HashMap::new(),
            faults: Faults::new(config.seed, config.faults.clone()),
            requests: Requests::default(),
            timings: TimingHistograms::default(),
            violations: Vec::new(),
            violations_total: 0,
            next_release: Duration::ZERO,
            // SIDs differ from run to run, as the carrier's do; everything else is fixed by the seed.
            sids: SmallRng::seed_from_u64(config.seed ^ clock.unix_ms(clock.now())),
        };
        Self { config, clock, plan, http, metronome: Metronome::new(clock), world: Mutex::new(world) }
    }

    /// The state. A panic while it was held leaves counters at worst half an update behind, so it is used on.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a call in and gives its SID; it leaves the queue when its turn comes.
    pub(crate) fn place(&self, order: CallOrder, persona: Arc<Persona>) -> String {
        let now = self.clock.now();
        let mut world = self.world();
        let release = world.next_release.max(now);
        world.next_release = release + Duration::from_secs_f64(1.0 / self.config.calls_per_second);
        let sid = world.new_sid("CA");
        let report = CallReport {
            call_sid: sid.clone(),
            to: order.to.clone(),
            from: order.from.clone(),
            persona: persona.name.clone(),
            created_ms: ms(now),
            ..CallReport::default()
        };
        *world.calls_by_number.entry(order.to.clone()).or_default() += 1;
        let call = Call::new(sid.clone(), order, persona, now, release);
        let entry = Entry { call, wake: Arc::new(Notify::new()), stream_sid: None, seat: None, report };
        world.calls.insert(sid.clone(), entry);
        world.placed.push(sid.clone());
        sid
    }

    /// How often a number was called.
    pub(crate) fn calls_to(&self, number: &str) -> usize {
        self.world().calls_by_number.get(number).copied().unwrap_or_default()
    }

    /// Does something to a call, and wakes it; `None` when there is no such call.
    pub(crate) fn with_call<T>(&self, sid: &str, act: impl FnOnce(&mut Entry, Duration) -> T) -> Option<T> {
        let now = self.clock.now();
        let mut world = self.world();
        let entry = world.calls.get_mut(sid)?;
        let done = act(entry, now);
        entry.wake.notify_one();
        Some(done)
    }

    /// Writes down what the real service would have refused or complained of.
    pub(crate) fn note_violation(&self, call_sid: Option<&str>, code: u32, text: String) {
        tracing::warn!(call_sid, code, text, "the carrier would refuse this");
        let at_ms = ms(self.clock.now());
        let mut world = self.world();
        world.violations_total += 1;
        if world.violations.len() < VIOLATIONS {
            world.violations.push(Violation { at_ms, call_sid: call_sid.map(str::to_owned), code, text });
        }
    }

    /// Counts a callback that was posted, and what came instead of a 2xx.
    pub(crate) fn note_callback(&self, call_sid: &str, bad_answer: Option<String>) {
        if let Some(text) = &bad_answer {
            tracing::warn!(call_sid, text, "a callback was not taken");
        }
        let mut world = self.world();
        let Some(entry) = world.calls.get_mut(call_sid) else { return };
        entry.report.callbacks += 1;
        if entry.report.bad_callback_answers.len() < BAD_ANSWERS {
            entry.report.bad_callback_answers.extend(bad_answer);
        }
    }

    /// What was seen until now.
    pub(crate) fn report(&self) -> Report {
        let world = self.world();
        Report {
            uptime_ms: ms(self.clock.now()),
            calls: world.placed.iter().filter_map(|sid| world.calls.get(sid)).map(Entry::report).collect(),
            timings: world.timings.spreads(),
            own_lateness: self.metronome.lateness(),
            violations: world.violations.clone(),
            violations_total: world.violations_total,
            requests: world.requests,
            faults_pending: world.faults.pending().len(),
        }
    }
}

impl World {
    /// Calls that are not over.
    pub(crate) fn live_calls(&self) -> usize {
        self.calls.values().filter(|entry| !entry.call.status().is_final()).count()
    }

    /// Two letters and 32 hex digits.
    pub(crate) fn new_sid(&mut self, kind: &str) -> String {
        format!("{kind}{:016x}{:016x}", self.sids.random::<u64>(), self.sids.random::<u64>())
    }
}

impl Entry {
    fn report(&self) -> CallReport {
        let mut report = self.report.clone();
        report.status = self.call.status().name().to_owned();
        report.answered_by.clone_from(&self.call.answered_by);
        report.answered_ms = self.call.answered.map(ms);
        report.ended_ms = self.call.ended.map(ms);
        if let Some(seat) = &self.seat {
            let (counts, prompts, dropped) = seat.counts();
            report.add_stream(counts, prompts, dropped);
        }
        report
    }
}

impl CallReport {
    /// Keeps what one measured interval says of the call.
    pub(crate) fn note(&mut self, sample: Sample) {
        if sample.timing == Timing::StartToMedia {
            self.first_media_ms = Some(sample.length.as_secs_f64() * 1000.0);
        }
    }

    /// Adds what one stream counted.
    pub(crate) fn add_stream(&mut self, counts: Counts, prompts: u32, frames_dropped: u64) {
        self.prompts += u64::from(prompts);
        self.media_messages += counts.media_messages;
        self.media_bytes += counts.media_bytes;
        self.marks += counts.marks;
        self.clears += counts.clears;
        self.ran_dry += counts.ran_dry;
        self.held += counts.held;
        self.frames_sent += counts.frames_sent;
        self.frames_dropped += frames_dropped;
        self.refused += counts.refused;
    }
}

/// Whole milliseconds.
pub(crate) fn ms(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
