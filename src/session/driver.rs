//! The driver: gives a session core its inputs and the time, and does what it asks. It decides nothing.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Sleep, sleep_until};
use voxgate_core::model::{AttemptId, FactId, FailureCode, LegId, Outcome};
use voxgate_core::session::{Input, LegEvent, Output, Packet, Session, SessionEvent, SpeechCommand, SpeechEvent};
use voxgate_core::time::Micros;
use voxgate_media::vad::WebRtcVad;

use super::inbound::Allowance;
use super::registry::{Claim, SessionNotice, SessionReport, ToSession};
use super::speaking::Speaking;
use super::worker::Services;
use crate::clock::Epoch;
use crate::meters::count;
use crate::recordings::{Recording, RecordingInfo};
use crate::speech::{SttEvent, SttSpec, SttStream};
use crate::transport::{Incoming, Leg};

/// The callee's leg.
const CALLEE: LegId = LegId(0);
/// Messages read in one go; then it is another session's turn.
const AT_ONCE: usize = 64;
/// How long goodbyes and the last of a recording may take.
const GOODBYE: Duration = Duration::from_secs(5);

/// A live session.
pub(super) struct Driver<L> {
    services: Arc<Services>,
    attempt: AttemptId,
    epoch: Epoch,
    core: Session,
    leg: L,
    inbox: mpsc::Receiver<ToSession>,
    notices: mpsc::Sender<SessionNotice>,
    recogniser: Option<Box<dyn SttStream>>,
    speaking: Speaking,
    commits: VecDeque<(FactId, oneshot::Receiver<()>)>,
    recording: Option<Recording>,
    timer: Pin<Box<Sleep>>,
    allowance: Allowance,
    /// How late a message may be before the far side has nothing left to play.
    slack: Micros,
    spoke: bool,
    outcome: Option<Outcome>,
}

impl<L: Leg> Driver<L> {
    /// Takes a claimed session and its leg; `epoch` is when the media introduced itself.
    pub(super) fn new(services: Arc<Services>, claim: Claim, leg: L, epoch: Epoch) -> Self {
        let Claim { spec, inbox, notices } = claim;
        Self {
            slack: spec.settings.slack(),
            recording: spec.recording.map(|path| services.recorder.open(path)),
            core: Session::new(spec.settings, spec.dialog, Box::new(WebRtcVad::new())),
            attempt: spec.attempt,
            services,
            epoch,
            leg,
            inbox,
            notices,
            recogniser: None,
            speaking: Speaking::default(),
            commits: VecDeque::new(),
            timer: Box::pin(sleep_until(epoch.instant(Micros::ZERO))),
            allowance: Allowance::default(),
            spoke: false,
            outcome: None,
        }
    }

    /// Runs the session to its end and reports. A part of it that panics ends this session and no other.
    pub(super) async fn run(mut self) {
        let conversed = AssertUnwindSafe(self.converse()).catch_unwind().await;
        let broken = conversed.is_err();
        let outcome = conversed.unwrap_or_else(|_panic| {
            tracing::error!("a part of this session panicked: a defect of it or of ours");
            Outcome::failed(FailureCode::InternalError)
        });
        tracing::info!(disposition = %outcome.disposition, failure_code = ?outcome.failure_code, "the session ended");
        let recording = match self.recording.take() {
            Some(recording) => Some(sealed(recording, broken).await),
            None => None,
        };
        // Before the leg closes: the provider reports the call's end then, and ours says more.
        self.notify(SessionNotice::Ended(Box::new(SessionReport { outcome, recording })));
        if tokio::time::timeout(GOODBYE, poll_fn(|cx| self.leg.poll_close(cx))).await.is_err() {
            tracing::debug!("the leg took no goodbye");
        }
    }

    async fn converse(&mut self) -> Outcome {
        self.recogniser = self
            .services
            .stt
            .open(&SttSpec { session: self.attempt.to_string() })
            .inspect_err(|error| tracing::error!(%error, "no recogniser for this session: keys only"))
            .ok();
        self.give(Micros::ZERO, Input::Leg(CALLEE, LegEvent::Up));
        poll_fn(|cx| self.poll(cx)).await
    }

    /// One wake-up: whatever has come is taken in, and what follows from it is done.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome> {
        let now = self.epoch.micros();
        self.core.handle_timeout(now);
        self.poll_leg(cx, now);
        self.poll_inbox(cx, now);
        loop {
            self.drain(now);
            if !self.poll_commits(cx, now) && !self.poll_speech(cx, now) {
                break;
            }
        }
        if let Some(event) = self.leg.poll_flush(cx) {
            self.give(now, Input::Leg(CALLEE, event));
        }
        if let Some(outcome) = self.outcome.take() {
            return Poll::Ready(outcome);
        }
        self.arm(cx);
        Poll::Pending
    }

    fn poll_leg(&mut self, cx: &mut Context<'_>, now: Micros) {
        for _ in 0..AT_ONCE {
            let Poll::Ready(incoming) = self.leg.poll_event(cx) else { return };
            match incoming {
                Incoming::Audio { at, ulaw } => {
                    count(&self.services.meters.received);
                    self.core.handle_input(now, Input::Packet(Packet { leg: CALLEE, at, payload: ulaw }));
                }
                Incoming::Event(event) => self.core.handle_input(now, Input::Leg(CALLEE, event)),
                Incoming::Nothing => {}
            }
            if !self.allowance.take(now) {
                tracing::warn!("the media stream floods us");
                self.core.handle_input(now, Input::Leg(CALLEE, LegEvent::Broken));
            }
            self.drain(now);
            if self.core.is_ended() {
                return;
            }
        }
        cx.waker().wake_by_ref();
    }

    fn poll_inbox(&mut self, cx: &mut Context<'_>, now: Micros) {
        while let Poll::Ready(Some(message)) = self.inbox.poll_recv(cx) {
            let input = match message {
                ToSession::Provider(event) => Input::Provider(event),
                ToSession::Command(command) => Input::Command(command),
            };
            self.give(now, input);
        }
    }

    /// Facts that are durable now; tells whether there was any. They are made durable in order.
    fn poll_commits(&mut self, cx: &mut Context<'_>, now: Micros) -> bool {
        let Some((fact, durable)) = self.commits.front_mut() else { return false };
        let Poll::Ready(answer) = Pin::new(durable).poll(cx) else { return false };
        let fact = *fact;
        self.commits.pop_front();
        if answer.is_ok() {
            self.give(now, Input::Committed(fact));
        }
        true
    }

    /// The next thing that a speech backend has to say; tells whether there was one.
    fn poll_speech(&mut self, cx: &mut Context<'_>, now: Micros) -> bool {
        let heard = self.recogniser.as_mut().and_then(|recogniser| match recogniser.poll_event(cx) {
            Poll::Ready(event) => Some(speech_event(event)),
            Poll::Pending => None,
        });
        let Some(event) = heard.or_else(|| self.speaking.poll(cx)) else { return false };
        self.give(now, Input::Speech(event));
        true
    }

    /// Waits for the core's next timer. One that is due already wakes us at once.
    fn arm(&mut self, cx: &mut Context<'_>) {
        let Some((at, _timer)) = self.core.poll_timeout() else { return };
        let deadline = self.epoch.instant(at);
        if self.timer.deadline() != deadline {
            self.timer.as_mut().reset(deadline);
        }
        if self.timer.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }

    fn give(&mut self, now: Micros, input: Input<'_>) {
        self.core.handle_input(now, input);
        self.drain(now);
    }

    fn drain(&mut self, now: Micros) {
        while let Some(output) = self.core.poll_output() {
            self.act(now, output);
        }
    }

    fn act(&mut self, now: Micros, output: Output) {
        match output {
            Output::Send { chunk, due } => self.send(now, chunk.ulaw(), due),
            Output::Mark(utterance) => self.leg.mark(utterance),
            Output::Clear => self.leg.clear(),
            Output::Speech(command) => self.speech(command),
            Output::Record(block) => {
                if let Some(recording) = &mut self.recording {
                    recording.append(block);
                }
            }
            Output::Commit(id, fact) => {
                let durable = self.services.journal.commit(&self.attempt, now, &fact);
                self.commits.push_back((id, durable));
            }
            Output::Event(event) => self.note(now, event),
            Output::HangUp(reason) => self.notify(SessionNotice::HangUp(reason)),
            Output::Ended(outcome) => self.outcome = Some(outcome),
        }
    }

    fn send(&mut self, now: Micros, ulaw: &[u8], due: Micros) {
        let meters = &self.services.meters;
        let late = now.since(due);
        meters.late.add(late.0);
        count(&meters.sent);
        if late > self.slack {
            count(&meters.run_dry);
        }
        if !self.spoke {
            self.spoke = true;
            meters.first_audio.add(now.0);
        }
        if self.leg.send(ulaw).is_err() {
            count(&self.services.meters.dropped);
            self.core.handle_input(now, Input::Leg(CALLEE, LegEvent::Full));
        }
    }

    fn speech(&mut self, command: SpeechCommand) {
        let source = &*self.services.clips;
        match command {
            SpeechCommand::Prepare(prompt) => return source.prepare(&prompt),
            SpeechCommand::Speak(utterance, prompts) => return self.speaking.begin(source, utterance, &prompts),
            SpeechCommand::Cancel(utterance) => return self.speaking.cancel(utterance),
            SpeechCommand::BeginTurn(..)
            | SpeechCommand::Audio(..)
            | SpeechCommand::EndTurn(_)
            | SpeechCommand::CancelTurn(_) => {}
        }
        if let Some(recogniser) = self.recogniser.as_mut() {
            instruct(recogniser.as_mut(), command);
        }
    }

    fn note(&mut self, now: Micros, event: SessionEvent) {
        if event == SessionEvent::MediaUp {
            self.notify(SessionNotice::MediaUp);
            tracing::info!("media is up");
        }
        tracing::debug!(at_ms = now.as_ms(), ?event);
        self.services.journal.note(&self.attempt, now, &event);
    }

    /// There are fewer notices in a session's life than the channel has room for.
    fn notify(&self, notice: SessionNotice) {
        if self.notices.try_send(notice).is_err() {
            tracing::warn!("nobody follows this session any more");
        }
    }
}

/// A recording at its end. One that `lost` the last second or so of its session lacks that.
async fn sealed(recording: Recording, lost: bool) -> RecordingInfo {
    let path = recording.path().to_owned();
    match tokio::time::timeout(GOODBYE, recording.close()).await {
        Ok(Ok(info)) => RecordingInfo { incomplete: info.incomplete | lost, ..info },
        Ok(Err(_)) | Err(_) => {
            tracing::error!(path = %path.display(), "a recording was not written to its end in time");
            RecordingInfo { path, seal: None, incomplete: true }
        }
    }
}

fn instruct(recogniser: &mut dyn SttStream, command: SpeechCommand) {
    match command {
        SpeechCommand::BeginTurn(turn, hints) => recogniser.begin_turn(turn, &hints),
        SpeechCommand::Audio(_turn, frame) => recogniser.push(frame.samples()),
        SpeechCommand::EndTurn(_turn) => recogniser.end_turn(),
        SpeechCommand::CancelTurn(_turn) => recogniser.cancel_turn(),
        SpeechCommand::Prepare(_) | SpeechCommand::Speak(..) | SpeechCommand::Cancel(_) => {}
    }
}

fn speech_event(event: SttEvent) -> SpeechEvent {
    match event {
        SttEvent::Heard { turn, text, .. } => SpeechEvent::Heard { turn, text },
        SttEvent::NoMatch { turn, why } => {
            tracing::debug!(?why, "a turn was not understood");
            SpeechEvent::NotUnderstood { turn }
        }
        SttEvent::Failed { turn, reason } => {
            tracing::warn!(reason, "the recogniser failed in a turn");
            SpeechEvent::ListenFailed { turn }
        }
    }
}
