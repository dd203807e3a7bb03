//! What is measured at the callee's end of a stream: counters, and the time between a cause and what is heard of it.

use std::time::Duration;

/// An interval that a load tool asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing {
    /// `start` sent → the first media received.
    StartToMedia,
    /// A key sent → the first media of the next prompt.
    KeyToPrompt,
    /// The callee's last speech frame sent → the first media of the next prompt.
    SpeechEndToPrompt,
    /// The callee's first speech frame over a prompt → the last media received before the clear.
    OnsetToLastMedia,
    /// The same → the clear received.
    OnsetToClear,
}

/// One measured interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
    pub(crate) timing: Timing,
    pub(crate) length: Duration,
}

/// Counts of one stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) media_messages: u64,
    /// µ-law bytes received.
    pub(crate) media_bytes: u64,
    pub(crate) marks: u64,
    pub(crate) clears: u64,
    /// Times the play-out ran empty in the middle of a stretch and the stretch went on.
    pub(crate) ran_dry: u64,
    /// The same while or just after the callee spoke: the gateway held its words, as it should.
    pub(crate) held: u64,
    /// Messages that the carrier would refuse.
    pub(crate) refused: u64,
    /// Frames sent by the callee.
    pub(crate) frames_sent: u64,
}

/// Speech of the callee's makes the gateway hold its words for about this long.
const HOLD: Duration = Duration::from_secs(2);

/// The meters of one stream.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    pub(crate) counts: Counts,
    started: Duration,
    last_media: Option<Duration>,
    key: Option<Duration>,
    speech_end: Option<Duration>,
    /// Onset over a prompt that is still being played.
    onset: Option<Duration>,
    last_speech: Option<Duration>,
    samples: Vec<Sample>,
}

impl Meters {
    pub(crate) fn start(&mut self, now: Duration) {
        self.started = now;
    }

    /// Media has arrived; `begins` when it is the first of a prompt, `ran_dry` when its stretch had run dry.
    pub(crate) fn on_media(&mut self, now: Duration, bytes: usize, begins: bool, ran_dry: bool) {
        self.counts.media_messages += 1;
        self.counts.media_bytes += bytes as u64;
        if self.last_media.is_none() {
            self.sample(Timing::StartToMedia, self.started, now);
        }
        self.last_media = Some(now);
        if begins {
            self.begin_prompt(now);
        }
        if ran_dry && self.last_speech.is_some_and(|at| now.saturating_sub(at) < HOLD) {
            self.counts.held += 1;
        } else if ran_dry {
            self.counts.ran_dry += 1;
        }
    }

    pub(crate) fn on_mark(&mut self) {
        self.counts.marks += 1;
    }

    pub(crate) fn on_clear(&mut self, now: Duration) {
        self.counts.clears += 1;
        let Some(onset) = self.onset.take() else { return };
        self.sample(Timing::OnsetToClear, onset, now);
        if let Some(last) = self.last_media {
            self.sample(Timing::OnsetToLastMedia, onset, last);
        }
    }

    pub(crate) fn on_key(&mut self, now: Duration) {
        self.key = Some(now);
        self.speech_end = None;
    }

    /// The callee begins to speak; `over` when a prompt is being played.
    pub(crate) fn on_onset(&mut self, now: Duration, over: bool) {
        self.onset = over.then_some(now);
        self.speech_end = None;
        self.key = None;
        self.last_speech = Some(now);
    }

    pub(crate) fn on_fell_silent(&mut self, now: Duration) {
        self.speech_end = Some(now);
        self.last_speech = Some(now);
    }

    pub(crate) fn pop_sample(&mut self) -> Option<Sample> {
        self.samples.pop()
    }

    fn begin_prompt(&mut self, now: Duration) {
        self.onset = None;
        if let Some(key) = self.key.take() {
            self.sample(Timing::KeyToPrompt, key, now);
        }
        if let Some(end) = self.speech_end.take() {
            self.sample(Timing::SpeechEndToPrompt, end, now);
        }
    }

    fn sample(&mut self, timing: Timing, from: Duration, to: Duration) {
        self.samples.push(Sample { timing, length: to.saturating_sub(from) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn samples(meters: &mut Meters) -> Vec<(Timing, u128)> {
        let mut all: Vec<_> = std::iter::from_fn(|| meters.pop_sample())
            .map(|sample| (sample.timing, sample.length.as_millis()))
            .collect();
        all.reverse();
        all
    }

    #[test]
    fn an_answer_is_timed_to_the_next_prompt_and_not_to_the_rest_of_this_one() {
        let mut meters = Meters::default();
        meters.start(ms(100));
        meters.on_media(ms(120), 160, true, false);
        meters.on_key(ms(500));
        meters.on_media(ms(510), 160, false, false);
        meters.on_clear(ms(520));
        meters.on_media(ms(540), 160, true, false);
        meters.on_media(ms(560), 160, false, false);
        assert_eq!(samples(&mut meters), [(Timing::StartToMedia, 20), (Timing::KeyToPrompt, 40)]);
    }

    #[test]
    fn a_barge_in_is_timed_to_the_last_media_and_to_the_clear() {
        let mut meters = Meters::default();
        meters.on_media(ms(0), 160, true, false);
        meters.on_onset(ms(1000), true);
        meters.on_media(ms(1080), 160, false, false);
        meters.on_clear(ms(1400));
        meters.on_fell_silent(ms(1500));
        meters.on_media(ms(2100), 160, true, false);
        let expected = [
            (Timing::StartToMedia, 0),
            (Timing::OnsetToClear, 400),
            (Timing::OnsetToLastMedia, 80),
            (Timing::SpeechEndToPrompt, 600),
        ];
        assert_eq!(samples(&mut meters), expected);
    }

    #[test]
    fn words_held_under_speech_did_not_run_dry() {
        let mut meters = Meters::default();
        meters.on_media(ms(0), 160, true, true);
        meters.on_onset(ms(1000), true);
        meters.on_media(ms(1500), 160, false, true);
        assert_eq!((meters.counts.ran_dry, meters.counts.held), (1, 1));
    }
}
