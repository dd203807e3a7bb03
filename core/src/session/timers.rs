//! The session's timers.

use crate::time::Micros;

/// What a session may wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Timer {
    /// When to send the next message of audio.
    Send,
    /// When speech over a prompt has lasted long enough to be judged.
    Confirm,
    /// When silence becomes no input.
    NoInput,
    /// When pressed keys are taken as they are.
    Keys,
    /// When somebody has spoken for long enough: what was said so far is made out.
    Turn,
    /// When a recogniser has had long enough for its answer.
    Answer,
    /// When a prompt's audio has taken too long to be made.
    Ready,
    /// When a mark that did not come back is replaced by the play-out estimate.
    Mark,
    /// When an unknown who-answered is spoken to.
    Classify,
    /// When a leg that sends nothing counts as dead.
    MediaGap,
    /// When a leg that takes no audio counts as dead.
    Stall,
    /// When the call has lasted long enough.
    MaxDuration,
    /// When a fact that was not committed no longer holds up the call.
    Commit,
}

const COUNT: usize = Timer::Commit as usize + 1;

const ALL: [Timer; COUNT] = [
    Timer::Send,
    Timer::Confirm,
    Timer::NoInput,
    Timer::Keys,
    Timer::Turn,
    Timer::Answer,
    Timer::Ready,
    Timer::Mark,
    Timer::Classify,
    Timer::MediaGap,
    Timer::Stall,
    Timer::MaxDuration,
    Timer::Commit,
];

/// When each timer fires.
#[derive(Debug, Default)]
pub(super) struct Timers {
    deadlines: [Option<Micros>; COUNT],
}

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: Micros) {
        self.deadlines[timer as usize] = Some(at);
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.deadlines[timer as usize] = None;
    }

    pub(super) fn stop_all(&mut self) {
        self.deadlines = [None; COUNT];
    }

    pub(super) fn get(&self, timer: Timer) -> Option<Micros> {
        self.deadlines[timer as usize]
    }

    /// The next one to fire.
    pub(super) fn next(&self) -> Option<(Micros, Timer)> {
        ALL.iter().filter_map(|&timer| Some((self.get(timer)?, timer))).min_by_key(|&(at, _)| at)
    }

    /// Takes the earliest timer that is due.
    pub(super) fn take_due(&mut self, now: Micros) -> Option<Timer> {
        let (at, timer) = self.next()?;
        if at > now {
            return None;
        }
        self.stop(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lists_every_timer_at_its_own_place() {
        for (place, timer) in ALL.iter().enumerate() {
            assert_eq!(place, *timer as usize);
        }
    }

    #[test]
    fn due_timers_fire_in_order_and_once() {
        let mut timers = Timers::default();
        timers.set(Timer::Send, Micros(20));
        timers.set(Timer::NoInput, Micros(10));
        assert_eq!(timers.next(), Some((Micros(10), Timer::NoInput)));
        assert_eq!(timers.take_due(Micros(9)), None);
        assert_eq!(timers.take_due(Micros(30)), Some(Timer::NoInput));
        assert_eq!(timers.take_due(Micros(30)), Some(Timer::Send));
        assert_eq!(timers.take_due(Micros(30)), None);
    }
}
