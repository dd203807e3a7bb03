//! One frame clock for all streams: each beats every 20 ms, their phases spread over the frame.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use voxgate_media::frame::FRAME_MS;

use crate::clock::Clock;
use crate::report::{Histogram, Spread};

/// Phases of a frame: streams beat in groups, 2 ms apart.
const PHASES: usize = 10;
const PERIOD: Duration = Duration::from_millis(FRAME_MS as u64);
/// A beat that is later than this waits for the sockets to be read.
const BEHIND: Duration = Duration::from_millis(5);
/// A clock that is further behind than this (a machine that slept) starts anew instead of catching up.
const FAR_BEHIND: Duration = Duration::from_secs(1);

/// Something that has a frame to do every 20 ms.
pub(crate) trait Beat: Send + Sync {
    /// One frame; false ends it.
    fn beat(&self, now: Duration) -> bool;
}

/// The clock.
pub(crate) struct Metronome {
    clock: Clock,
    phases: Mutex<[Vec<Arc<dyn Beat>>; PHASES]>,
    late: Mutex<Histogram>,
}

impl Metronome {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, phases: Mutex::default(), late: Mutex::default() }
    }

    /// Begins to beat, in the phase with the fewest.
    pub(crate) fn join(&self, beat: Arc<dyn Beat>) {
        let mut phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(emptiest) = phases.iter_mut().min_by_key(|phase| phase.len()) {
            emptiest.push(beat);
        }
    }

    /// How late the beats were.
    pub(crate) fn lateness(&self) -> Spread {
        self.late.lock().unwrap_or_else(PoisonError::into_inner).spread()
    }

    /// Beats until it is dropped.
    pub(crate) async fn run(&self) {
        let step = PERIOD / PHASES as u32;
        let mut next = self.clock.now();
        for phase in (0..PHASES).cycle() {
            next += step;
            tokio::time::sleep_until(self.clock.instant(next)).await;
            let now = self.clock.now();
            let late = now.saturating_sub(next);
            self.late.lock().unwrap_or_else(PoisonError::into_inner).add(late);
            if late > BEHIND {
                // What has arrived meanwhile is read first: it was in time, we were not.
                tokio::task::yield_now().await;
            }
            if late > FAR_BEHIND {
                next = now;
            }
            self.beat_phase(phase, now);
        }
    }

    /// Beats one phase without holding the lock, so that a beat may let another one join.
    fn beat_phase(&self, phase: usize, now: Duration) {
        let lock = || self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        let mut beats = std::mem::take(&mut lock()[phase]);
        beats.retain(|beat| beat.beat(now));
        let mut phases = lock();
        beats.append(&mut phases[phase]);
        phases[phase] = beats;
    }
}
