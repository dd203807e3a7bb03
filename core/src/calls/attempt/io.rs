//! What goes into an attempt and what comes out of it.

use super::AttemptState;
use crate::calls::{Accepted, CallStatus, DialFailure, ProviderEvent, RequestFailure, RetryPolicy};
use crate::model::Outcome;
use crate::session;
use crate::time::Micros;

/// How long an attempt waits for what.
#[derive(Clone, Copy, Debug)]
pub struct AttemptTimes {
    /// For the far end to pick up, as it is asked of the provider.
    pub ring_timeout: Micros,
    /// Beyond [`AttemptTimes::ring_timeout`], before we end the ringing ourselves. Providers add up to 5 s.
    pub ring_grace: Micros,
    /// For the provider to begin to dial.
    pub queue_timeout: Micros,
    /// From answered to media.
    pub media_timeout: Micros,
    /// Between looks at the provider's status while its callbacks are silent.
    pub poll_interval: Micros,
    /// For a call to be proven over. Then it is given up.
    pub max_polling: Micros,
    /// For a dial that nobody knows the fate of, to be proven by a callback or found.
    pub prove_timeout: Micros,
    /// From the provider's word that the call is over to the session's outcome.
    pub drain_timeout: Micros,
    /// How often a dial that was provably not taken is repeated.
    pub retry: RetryPolicy,
}

impl Default for AttemptTimes {
    fn default() -> Self {
        Self {
            ring_timeout: Micros::from_secs(30),
            ring_grace: Micros::from_secs(8),
            queue_timeout: Micros::from_secs(10),
            media_timeout: Micros::from_secs(10),
            poll_interval: Micros::from_secs(5),
            max_polling: Micros::from_secs(30 * 60),
            prove_timeout: Micros::from_secs(120),
            drain_timeout: Micros::from_secs(10),
            retry: RetryPolicy::default(),
        }
    }
}

/// Everything that may happen to an attempt.
#[derive(Clone, Debug)]
pub enum Input {
    /// It is durable: place it.
    Place,
    /// Answer to [`Output::AwaitToken`].
    Token,
    /// Answer to [`Output::Dial`].
    Dialed(Result<Accepted, DialFailure>),
    /// Answer to [`Output::Find`]: every call that may be this one.
    Found(Result<Vec<Accepted>, RequestFailure>),
    /// Answer to [`Output::Poll`].
    Polled(Result<CallStatus, RequestFailure>),
    /// Answer to [`Output::HangUp`].
    HungUp(Result<CallStatus, RequestFailure>),
    /// A callback of the provider, at any time, in any order, any number of times.
    Provider(ProviderEvent),
    /// The media came up with this attempt's secret.
    MediaUp {
        /// The call's name, as the media said it.
        provider_call_id: String,
    },
    /// The session asks to end the call.
    SessionHangUp,
    /// The session is over.
    SessionEnded(Outcome),
    /// Somebody asks to stop it.
    Cancel,
    /// It is not to be dialed now: all dialing is stopped, or we are about to stop. What may have been dialed goes on.
    Withdraw,
    /// We wait no longer: what was not dialed is taken back, what nobody has answered is ended, whoever is talked with
    /// is said goodbye to.
    Cease,
}

/// What an attempt wants done, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Wait for a token of the provider's calls per second, then [`Input::Token`].
    AwaitToken,
    /// Dial, and answer with [`Input::Dialed`].
    Dial,
    /// Look for the call in the provider's list by both numbers and its time, and answer with [`Input::Found`].
    Find,
    /// Ask where the call stands, and answer with [`Input::Polled`].
    Poll {
        /// The provider's name for the call.
        id: String,
    },
    /// End the call at the provider, and answer with [`Input::HungUp`].
    HangUp {
        /// The provider's name for the call.
        id: String,
        /// Whether it was answered, as far as is known.
        answered: bool,
    },
    /// The provider's name for the call is known: its media must carry the same.
    Known {
        /// The provider's name for the call.
        id: String,
    },
    /// Tell the session.
    Session(session::ProviderEvent),
    /// No session is wanted any more: its secret dies, and if it lives it hangs up.
    CancelSession,
    /// The attempt moved.
    Moved(AttemptState),
    /// What it came to. Exactly once, or else [`Output::Unused`].
    Ended(Outcome),
    /// It came to nothing, and nobody's telephone rang: it is not used up. Instead of [`Output::Ended`].
    Unused(Unused),
    /// The call is proven over, or given up: whatever was held for it is free. Last output, exactly once.
    Over,
}

/// Why an attempt is not used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unused {
    /// The provider had the call queued for too long or until we stopped, and it was cancelled there: the call is put
    /// back.
    ProviderQueue,
    /// It was taken back before its dial went out: whoever took it back knows what becomes of the call.
    Withdrawn,
}

/// How an attempt ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Outcome(Outcome),
    Unused(Unused),
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Self {
        Self::Outcome(outcome)
    }
}

impl Ending {
    pub(super) fn output(self) -> Output {
        match self {
            Self::Outcome(outcome) => Output::Ended(outcome),
            Self::Unused(unused) => Output::Unused(unused),
        }
    }
}

/// Why an attempt wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// To dial again after a dial that was provably not taken.
    Retry,
    /// To look for a call whose dial brought no answer.
    Find,
    /// To give up such a call.
    Prove,
    /// To end a call that nobody picks up.
    Ring,
    /// To end a call whose media does not come.
    Media,
    /// To ask the provider where the call stands.
    Poll,
    /// To stop waiting for the outcome of a session whose call is over.
    Drain,
    /// To stop asking about a call that nobody says is over.
    GiveUp,
}

impl Timer {
    pub(super) const ALL: [Self; 8] =
        [Self::Retry, Self::Find, Self::Prove, Self::Ring, Self::Media, Self::Poll, Self::Drain, Self::GiveUp];
}

/// When each timer fires.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers([Option<Micros>; Timer::ALL.len()]);

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: Micros) {
        self.0[timer as usize] = Some(at);
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.0[timer as usize] = None;
    }

    pub(super) fn stop_all(&mut self) {
        self.0 = Default::default();
    }

    pub(super) fn is_set(&self, timer: Timer) -> bool {
        self.0[timer as usize].is_some()
    }

    pub(super) fn next(&self) -> Option<(Micros, Timer)> {
        Timer::ALL.iter().filter_map(|t| self.0[*t as usize].map(|at| (at, *t))).min_by_key(|(at, _)| *at)
    }

    /// Takes the earliest timer that is due.
    pub(super) fn expire(&mut self, now: Micros) -> Option<Timer> {
        let (at, timer) = self.next()?;
        if at > now {
            return None;
        }
        self.stop(timer);
        Some(timer)
    }
}
