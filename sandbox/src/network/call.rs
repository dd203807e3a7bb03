//! One call, from its order to its end: a machine over the time that is given.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::order::{CallOrder, DetectionMode, Document, Progress};
use crate::personas::persona::{Anchor, Outcome, Persona};
use crate::twiml::{self, StreamOrder, Verb};

/// From the call leaving the queue to the far end ringing.
const SETUP: Duration = Duration::from_millis(60);
/// A callee who refuses the media hangs up this long after the answer.
const NO_MEDIA: Duration = Duration::from_millis(400);
/// `Enable` tells a machine about this long after the answer, while its greeting still runs.
const MACHINE_START: Duration = Duration::from_millis(2500);

/// The carrier's words for where a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Queued,
    Initiated,
    Ringing,
    InProgress,
    Completed,
    Busy,
    Failed,
    NoAnswer,
    Canceled,
}

impl Status {
    /// The word on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Initiated => "initiated",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::NoAnswer => "no-answer",
            Self::Canceled => "canceled",
        }
    }

    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Busy | Self::Failed | Self::NoAnswer | Self::Canceled)
    }
}

/// What the call wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Want {
    /// Tell the caller of this step, if they asked for it.
    Report(Progress),
    /// Tell the caller who answered.
    ReportVerdict {
        answered_by: String,
        after: Duration,
    },
    /// Get the document.
    Fetch(String),
    OpenStream(StreamOrder),
    /// The call leaves its stream: `stop`, then close.
    StopStream,
    /// The caller's document was refused.
    Refuse {
        code: u32,
        text: String,
    },
}

/// Why a call could not be changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WrongState;

#[derive(Debug)]
enum State {
    /// Until its turn comes (calls per second).
    Queued {
        until: Duration,
    },
    Initiated {
        until: Duration,
    },
    Ringing {
        until: Duration,
        then: Status,
    },
    Live(Live),
    Ended(Status),
}

#[derive(Debug)]
struct Live {
    verbs: VecDeque<Verb>,
    doing: Doing,
}

#[derive(Debug, PartialEq, Eq)]
enum Doing {
    /// Waits for the verdict before the document runs.
    Detecting,
    Fetching,
    Streaming,
    /// Nothing, until then; then the next verb.
    Waiting(Duration),
    /// The callee refuses the media and leaves then.
    Leaving(Duration),
}

/// The machine.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) sid: String,
    pub(crate) order: CallOrder,
    pub(crate) persona: Arc<Persona>,
    pub(crate) created: Duration,
    pub(crate) updated: Duration,
    pub(crate) started: Option<Duration>,
    pub(crate) answered: Option<Duration>,
    pub(crate) ended: Option<Duration>,
    pub(crate) answered_by: Option<String>,
    /// SIP code of the end, where the network gave one.
    pub(crate) sip_code: Option<u16>,
    state: State,
    verdict_due: Option<(Duration, String)>,
    wants: VecDeque<Want>,
}

impl Call {
    /// A call that leaves the queue at `released`.
    pub(crate) fn new(sid: String, order: CallOrder, persona: Arc<Persona>, now: Duration, released: Duration) -> Self {
        Self {
            sid,
            order,
            persona,
            created: now,
            updated: now,
            started: None,
            answered: None,
            ended: None,
            answered_by: None,
            sip_code: None,
            state: State::Queued { until: released },
            verdict_due: None,
            wants: VecDeque::new(),
        }
    }

    pub(crate) fn status(&self) -> Status {
        match &self.state {
            State::Queued { .. } => Status::Queued,
            State::Initiated { .. } => Status::Initiated,
            State::Ringing { .. } => Status::Ringing,
            State::Live(_) => Status::InProgress,
            State::Ended(status) => *status,
        }
    }

    /// Whole seconds from the answer to the end, as the carrier bills them.
    pub(crate) fn duration_s(&self) -> u64 {
        let length = self.answered.zip(self.ended).map(|(from, to)| to.saturating_sub(from));
        length.map_or(0, |length| length.as_secs() + u64::from(length.subsec_nanos() > 0))
    }

    pub(crate) fn poll_want(&mut self) -> Option<Want> {
        self.wants.pop_front()
    }

    /// When `handle_timeout` has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        let state = match &self.state {
            State::Queued { until } | State::Initiated { until } | State::Ringing { until, .. } => Some(*until),
            State::Live(Live { doing: Doing::Waiting(until) | Doing::Leaving(until), .. }) => Some(*until),
            State::Live(_) => None,
            State::Ended(_) => return None,
        };
        let verdict = self.verdict_due.as_ref().map(|(due, _)| *due);
        [state, verdict, self.limit()].into_iter().flatten().min()
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, now: Duration) {
        while self.poll_timeout().is_some_and(|due| due <= now) {
            self.step(now);
        }
    }

    /// The document arrived; an error is what went wrong with fetching it.
    pub(crate) fn on_document(&mut self, now: Duration, text: Result<&str, &str>) {
        let State::Live(Live { doing: Doing::Fetching, .. }) = &self.state else { return };
        match text {
            Ok(text) => self.run(now, text),
            Err(error) => {
                self.wants.push_back(Want::Refuse { code: 11_200, text: error.to_owned() });
                self.end(now, Status::Completed);
            }
        }
    }

    /// The gateway closed the stream, or it could not be opened: the document goes on.
    pub(crate) fn on_stream_closed(&mut self, now: Duration) {
        if let State::Live(live) = &mut self.state
            && live.doing == Doing::Streaming
        {
            live.doing = Doing::Waiting(now);
            self.next_verb(now);
        }
    }

    /// The callee hangs up.
    pub(crate) fn on_callee_hung_up(&mut self, now: Duration) {
        if matches!(self.state, State::Live(_)) {
            self.end(now, Status::Completed);
        }
    }

    /// The persona's greeting has ended: a verdict that waits for that is due after it.
    pub(crate) fn on_opening_ended(&mut self, now: Duration) {
        let verdict = &self.persona.detection;
        if verdict.from == Anchor::Opening && self.answered_by.is_none() && self.order.detection.is_some() {
            self.expect_verdict(now + verdict.after);
        }
    }

    /// The caller ends the call; with `only_before_answer` a live one goes on.
    pub(crate) fn hang_up(&mut self, now: Duration, only_before_answer: bool) -> Result<(), WrongState> {
        match &self.state {
            State::Ended(_) => Err(WrongState),
            State::Live(_) if only_before_answer => Ok(()),
            State::Live(_) => {
                self.end(now, Status::Completed);
                Ok(())
            }
            State::Queued { .. } | State::Initiated { .. } | State::Ringing { .. } => {
                self.end(now, Status::Canceled);
                Ok(())
            }
        }
    }

    /// The caller gives a live call another document: a stream ends and the new one runs.
    pub(crate) fn redirect(&mut self, now: Duration, document: Document) -> Result<(), WrongState> {
        let State::Live(live) = &mut self.state else { return Err(WrongState) };
        if live.doing == Doing::Streaming {
            self.wants.push_back(Want::StopStream);
        }
        self.begin(now, document);
        Ok(())
    }

    fn limit(&self) -> Option<Duration> {
        self.answered.map(|answered| answered + self.order.time_limit)
    }

    fn step(&mut self, now: Duration) {
        if let Some((_, answered_by)) = self.verdict_due.take_if(|(due, _)| *due <= now) {
            return self.give_verdict(now, answered_by);
        }
        if self.limit().is_some_and(|limit| limit <= now) {
            return self.end(now, Status::Completed);
        }
        match &self.state {
            State::Queued { .. } => self.dial(now),
            State::Initiated { .. } => self.reach(now),
            State::Ringing { then: Status::InProgress, .. } => self.answer(now),
            State::Ringing { then, .. } => self.end(now, *then),
            State::Live(Live { doing: Doing::Leaving(_), .. }) => self.end(now, Status::Completed),
            State::Live(_) => self.next_verb(now),
            State::Ended(_) => {}
        }
    }

    fn dial(&mut self, now: Duration) {
        self.started = Some(now);
        self.updated = now;
        self.state = State::Initiated { until: now + SETUP };
        self.wants.push_back(Want::Report(Progress::Initiated));
    }

    fn reach(&mut self, now: Duration) {
        let (after, then) = match self.persona.outcome {
            Outcome::Answer | Outcome::NoMedia => (self.persona.ring, Status::InProgress),
            Outcome::NoAnswer => (self.order.ring_timeout, Status::NoAnswer),
            Outcome::Busy => (self.persona.ring, self.ending_with(486, Status::Busy)),
            Outcome::Declined => (self.persona.ring, self.ending_with(603, Status::Busy)),
            Outcome::Failed(sip) => {
                self.ending_with(sip, Status::Failed);
                return self.end(now, Status::Failed);
            }
            Outcome::Invalid(_) => return self.end(now, Status::Failed),
        };
        let then = if after > self.order.ring_timeout { Status::NoAnswer } else { then };
        self.updated = now;
        self.state = State::Ringing { until: now + after.min(self.order.ring_timeout), then };
        self.wants.push_back(Want::Report(Progress::Ringing));
    }

    fn ending_with(&mut self, sip_code: u16, status: Status) -> Status {
        self.sip_code = Some(sip_code);
        status
    }

    fn answer(&mut self, now: Duration) {
        self.answered = Some(now);
        self.updated = now;
        self.sip_code = Some(200);
        self.wants.push_back(Want::Report(Progress::Answered));
        if self.persona.outcome == Outcome::NoMedia {
            self.state = State::Live(Live { verbs: VecDeque::new(), doing: Doing::Leaving(now + NO_MEDIA) });
            return;
        }
        self.listen_for_a_machine(now);
        let waits = self.order.detection.as_ref().is_some_and(|detection| detection.asynchronous.is_none());
        if waits {
            self.state = State::Live(Live { verbs: VecDeque::new(), doing: Doing::Detecting });
        } else {
            self.begin(now, self.order.document.clone());
        }
    }

    /// Sets when a verdict will be known at the latest.
    fn listen_for_a_machine(&mut self, now: Duration) {
        let Some(detection) = &self.order.detection else { return };
        self.verdict_due = Some((now + detection.timeout, "unknown".to_owned()));
        let verdict = &self.persona.detection;
        let is_machine = verdict.answered_by.starts_with("machine");
        if is_machine && detection.mode == DetectionMode::Enable {
            self.expect_verdict(now + MACHINE_START);
        } else if verdict.from == Anchor::Answer || detection.asynchronous.is_none() {
            // A greeting that is never played, because the document waits, cannot end: its verdict counts from here.
            self.expect_verdict(now + verdict.after);
        }
    }

    fn expect_verdict(&mut self, due: Duration) {
        let Some(detection) = &self.order.detection else { return };
        let named = &self.persona.detection.answered_by;
        let early = detection.mode == DetectionMode::Enable && named.starts_with("machine");
        let answered_by = if early { "machine_start".to_owned() } else { named.clone() };
        if self.verdict_due.as_ref().is_some_and(|(latest, _)| due < *latest) {
            self.verdict_due = Some((due, answered_by));
        }
    }

    fn give_verdict(&mut self, now: Duration, answered_by: String) {
        self.answered_by = Some(answered_by.clone());
        let after = now.saturating_sub(self.answered.unwrap_or(now));
        self.wants.push_back(Want::ReportVerdict { answered_by, after });
        if matches!(self.state, State::Live(Live { doing: Doing::Detecting, .. })) {
            self.begin(now, self.order.document.clone());
        }
    }

    fn begin(&mut self, now: Duration, document: Document) {
        match document {
            Document::Inline(text) => self.run(now, &text),
            Document::Url(url) => {
                self.state = State::Live(Live { verbs: VecDeque::new(), doing: Doing::Fetching });
                self.wants.push_back(Want::Fetch(url));
            }
        }
    }

    fn run(&mut self, now: Duration, text: &str) {
        match twiml::parse(text) {
            Ok(verbs) => {
                self.state = State::Live(Live { verbs: verbs.into(), doing: Doing::Waiting(now) });
                self.next_verb(now);
            }
            Err(error) => {
                self.wants.push_back(Want::Refuse { code: error.code, text: error.text });
                self.end(now, Status::Completed);
            }
        }
    }

    fn next_verb(&mut self, now: Duration) {
        let State::Live(live) = &mut self.state else { return };
        match live.verbs.pop_front() {
            Some(Verb::Stream(order)) => {
                live.doing = Doing::Streaming;
                self.wants.push_back(Want::OpenStream(order));
            }
            Some(Verb::Wait(length)) => live.doing = Doing::Waiting(now + length),
            Some(Verb::Hangup) | None => self.end(now, Status::Completed),
        }
    }

    fn end(&mut self, now: Duration, status: Status) {
        if let State::Live(Live { doing: Doing::Streaming, .. }) = &self.state {
            self.wants.push_back(Want::StopStream);
        }
        self.state = State::Ended(status);
        self.ended = Some(now);
        self.updated = now;
        self.verdict_due = None;
        self.wants.push_back(Want::Report(Progress::Completed));
    }
}

#[cfg(test)]
mod tests;
