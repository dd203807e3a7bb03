//! What the sandbox saw: per call and in all. A load tool and the tests judge the gateway by it.

mod histogram;

use serde::{Deserialize, Serialize};

pub(crate) use histogram::Histogram;
pub use histogram::Spread;

use crate::stream::meters::{Sample, Timing};

/// The whole report: `GET /sandbox/report`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Milliseconds since the sandbox's start.
    pub uptime_ms: u64,
    /// Every call, in the order of placing.
    pub calls: Vec<CallReport>,
    /// Over all calls.
    pub timings: Timings,
    /// How late the sandbox's own frame clock was, in ms: where this is large, distrust the other figures.
    pub own_lateness: Spread,
    /// What the real service would have refused or complained of, in order; the first 1000.
    pub violations: Vec<Violation>,
    /// How many there were in all.
    pub violations_total: u64,
    /// REST requests by operation.
    pub requests: Requests,
    /// Faults that are still to happen.
    pub faults_pending: usize,
}

/// One call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CallReport {
    /// The call's id.
    pub call_sid: String,
    /// The number called.
    pub to: String,
    /// The number calling.
    pub from: String,
    /// Who was reached.
    pub persona: String,
    /// The carrier's word for where it is or how it ended.
    pub status: String,
    /// Who answered, where detection was asked for.
    pub answered_by: Option<String>,
    /// Milliseconds since the sandbox's start.
    pub created_ms: u64,
    /// The same, at the answer.
    pub answered_ms: Option<u64>,
    /// The same, at the end.
    pub ended_ms: Option<u64>,
    /// REST requests about this call, its placing included.
    pub requests: u64,
    /// Media streams opened.
    pub streams: u64,
    /// Prompts heard.
    pub prompts: u64,
    /// Messages with audio received.
    pub media_messages: u64,
    /// µ-law bytes received; 8 are one millisecond.
    pub media_bytes: u64,
    /// Marks received.
    pub marks: u64,
    /// Clears received.
    pub clears: u64,
    /// Times the play-out ran empty in the middle of an utterance.
    pub ran_dry: u64,
    /// Times an utterance paused under the callee's own speech and went on.
    pub held: u64,
    /// Frames of 20 ms sent by the callee.
    pub frames_sent: u64,
    /// Frames that the gateway did not take in time, and that were dropped.
    pub frames_dropped: u64,
    /// Messages of the gateway's that the carrier would refuse.
    pub refused: u64,
    /// `start` sent → the first media received, in ms; of the last stream.
    pub first_media_ms: Option<f64>,
    /// Callbacks posted.
    pub callbacks: u64,
    /// Callbacks that got no 2xx: what came instead; the first ten.
    pub bad_callback_answers: Vec<String>,
}

/// Something that the real service would have refused or complained of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// Milliseconds since the sandbox's start.
    pub at_ms: u64,
    /// The call, where it was about one.
    pub call_sid: Option<String>,
    /// The carrier's code.
    pub code: u32,
    /// What was wrong.
    pub text: String,
}

/// REST requests by operation; refused ones count too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// Place a call.
    pub create: u64,
    /// Hang up or redirect.
    pub update: u64,
    /// Read one call.
    pub fetch: u64,
    /// Read many.
    pub list: u64,
    /// Delete a record.
    pub delete: u64,
}

/// Measured intervals in ms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// `start` sent → the first media received.
    pub start_to_media: Spread,
    /// A key sent → the first media of the next prompt.
    pub key_to_prompt: Spread,
    /// The callee's last speech frame sent → the first media of the next prompt.
    pub speech_end_to_prompt: Spread,
    /// The callee's first speech frame over a prompt → the last media received before the clear.
    pub onset_to_last_media: Spread,
    /// The same → the clear received.
    pub onset_to_clear: Spread,
}

/// The histograms behind [`Timings`].
#[derive(Debug, Default)]
pub(crate) struct TimingHistograms {
    start_to_media: Histogram,
    key_to_prompt: Histogram,
    speech_end_to_prompt: Histogram,
    onset_to_last_media: Histogram,
    onset_to_clear: Histogram,
}

impl TimingHistograms {
    pub(crate) fn add(&mut self, sample: Sample) {
        let histogram = match sample.timing {
            Timing::StartToMedia => &mut self.start_to_media,
            Timing::KeyToPrompt => &mut self.key_to_prompt,
            Timing::SpeechEndToPrompt => &mut self.speech_end_to_prompt,
            Timing::OnsetToLastMedia => &mut self.onset_to_last_media,
            Timing::OnsetToClear => &mut self.onset_to_clear,
        };
        histogram.add(sample.length);
    }

    pub(crate) fn spreads(&self) -> Timings {
        Timings {
            start_to_media: self.start_to_media.spread(),
            key_to_prompt: self.key_to_prompt.spread(),
            speech_end_to_prompt: self.speech_end_to_prompt.spread(),
            onset_to_last_media: self.onset_to_last_media.spread(),
            onset_to_clear: self.onset_to_clear.spread(),
        }
    }
}
