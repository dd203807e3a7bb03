//! Section `calls`.

use std::path::PathBuf;
use std::time::Duration;

use voxgate_core::calls::AttemptTimes;

use super::section::{Finding, section};
use super::{Retry, micros};

section! {
    /// How calls are placed and watched.
    pub struct Calls {
        /// The provider that places them: a name below `providers`.
        provider: Option<String> = None,
        /// Folder of the scripts. Default: those that ship with voxgate.
        dialplans: Option<PathBuf> = None,
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
    }
}

impl Calls {
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
        let spans = [
            ("ring_timeout", self.ring_timeout, 5, 600),
            ("max_duration", self.max_duration, 10, 14_400),
            ("media_timeout", self.media_timeout, 1, 60),
            ("queue_timeout", self.queue_timeout, 1, 86_400),
            ("status_poll_interval", self.status_poll_interval, 1, 3_600),
            ("max_polling_duration", self.max_polling_duration, 10, 86_400),
            ("prove_timeout", self.prove_timeout, 10, 86_400),
        ];
        let mut findings = Vec::new();
        for (key, span, least, most) in spans {
            if span < Duration::from_secs(least) || span > Duration::from_secs(most) {
                findings.push((key, format!("{} s is not within {least} to {most} s", span.as_secs_f64())));
            }
        }
        findings
    }
}
