//! Section `calls`.

use std::path::PathBuf;
use std::time::Duration;

use voxgate_core::calls::{AttemptTimes, CallingHours, Rules};

use super::section::{Finding, section};
use super::value::{CallingCode, TimeOfDay};
use super::{Retry, micros};

section! {
    /// Whom calls may reach and when, how they are placed and watched.
    pub struct Calls {
        /// The provider that places them: a name below `providers`.
        provider: Option<String> = None,
        /// Folder of the scripts. Default: those that ship with voxgate.
        dialplans: Option<PathBuf> = None,
        /// From when on somebody may be called, in the called party's time zone, as in "08:00".
        hours_from: TimeOfDay = TimeOfDay::hour(8),
        /// Until when somebody may be called, in the called party's time zone; "24:00" is the day's end.
        hours_to: TimeOfDay = TimeOfDay::hour(21),
        /// Countries that may be called, by what their numbers begin with, as in ["+1", "+49"]; none: all.
        countries: Vec<CallingCode> = Vec::new(),
        /// Attempts that a call may use, 1 to 50, whatever `redial` would allow.
        max_attempts: u32 = 6,
        /// How often a call may be put back without using an attempt, 0 to 1000: outside calling hours, or the provider
        /// does not take it. Waiting for a slot is not counted.
        max_deferrals: u32 = 20,
        /// Between looks for calls that are due, in seconds. A call ordered by the API is looked at at once.
        scheduler_interval: Duration = Duration::from_secs(30),
        /// Calls that one look picks up at most, 1 to 10000.
        batch: u32 = 100,
        /// How long an attempt belongs to a process that says nothing more, in seconds; then another one takes it over.
        lease: Duration = Duration::from_secs(15),
        /// How long the far end may ring, in seconds, 5 to 600.
        ring_timeout: Duration = Duration::from_secs(30),
        /// How long a call may last, in seconds; the provider ends it then.
        max_duration: Duration = Duration::from_secs(900),
        /// From answered to audio, in seconds; then the call ends as `media_failed`.
        media_timeout: Duration = Duration::from_secs(10),
        /// How long the provider may keep a call queued before it is taken back, in seconds.
        queue_timeout: Duration = Duration::from_secs(10),
        /// Between looks at the provider's status while its callbacks are silent, in seconds.
        status_poll_interval: Duration = Duration::from_secs(5),
        /// How long a call whose end nobody reports is asked about, in seconds; then it ends as `status_unknown_timeout`.
        max_polling_duration: Duration = Duration::from_secs(1800),
        /// How long a dial without an answer may take to be proven, in seconds; then it ends as `status_unknown_timeout`.
        prove_timeout: Duration = Duration::from_secs(120),
        /// How long calls may go on once the gateway is told to stop, in seconds; then they are hung up.
        drain_timeout: Duration = Duration::from_secs(120),
    }
}

impl Calls {
    /// The same for the gate.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            countries: self.countries.iter().map(|code| code.as_str().to_owned()).collect(),
            // A config whose hours are none was refused.
            hours: CallingHours::new(self.hours_from.minutes(), self.hours_to.minutes()).unwrap_or_default(),
            max_attempts: self.max_attempts,
        }
    }

    /// The same for the machine of an attempt.
    #[must_use]
    pub fn attempt_times(&self, retry: &Retry) -> AttemptTimes {
        AttemptTimes {
            ring_timeout: micros(self.ring_timeout),
            queue_timeout: micros(self.queue_timeout),
            media_timeout: micros(self.media_timeout),
            poll_interval: micros(self.status_poll_interval),
            max_polling: micros(self.max_polling_duration),
            prove_timeout: micros(self.prove_timeout),
            retry: retry.policy(),
            ..AttemptTimes::default()
        }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = self.spans();
        for (key, number, least, most) in [
            ("max_attempts", self.max_attempts, 1, 50),
            ("max_deferrals", self.max_deferrals, 0, 1_000),
            ("batch", self.batch, 1, 10_000),
        ] {
            if number < least || number > most {
                findings.push((key, format!("{number} is not within {least} to {most}")));
            }
        }
        if self.hours_from >= self.hours_to {
            findings.push((
                "hours_to",
                format!("{} is not after hours_from, {}: nobody could ever be called", self.hours_to, self.hours_from),
            ));
        }
        findings
    }

    fn spans(&self) -> Vec<Finding> {
        let spans = [
            ("scheduler_interval", self.scheduler_interval, 1, 3_600),
            ("lease", self.lease, 3, 3_600),
            ("ring_timeout", self.ring_timeout, 5, 600),
            ("max_duration", self.max_duration, 10, 14_400),
            ("media_timeout", self.media_timeout, 1, 60),
            ("queue_timeout", self.queue_timeout, 1, 86_400),
            ("status_poll_interval", self.status_poll_interval, 1, 3_600),
            ("max_polling_duration", self.max_polling_duration, 10, 86_400),
            ("prove_timeout", self.prove_timeout, 10, 86_400),
            ("drain_timeout", self.drain_timeout, 0, 14_400),
        ];
        let wrong = |(_, span, least, most): &(_, Duration, u64, u64)| {
            *span < Duration::from_secs(*least) || *span > Duration::from_secs(*most)
        };
        let told = |(key, span, least, most): (_, Duration, _, _)| {
            (key, format!("{} s is not within {least} to {most} s", span.as_secs_f64()))
        };
        spans.into_iter().filter(wrong).map(told).collect()
    }
}
