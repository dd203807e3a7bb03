//! The task of one attempt: carries out what its machine asks.

mod dialing;
mod milestones;

use std::future::{Future, pending};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::sleep_until;
use voxgate_core::calls::{Attempt, AttemptState, DialFailure, Input, Output, Resumed, Unused};
use voxgate_core::model::{FailureCode, Outcome, PhoneNumber};
use voxgate_core::time::Micros;

use self::milestones::{Milestones, Polling};
use super::Calls;
use super::asking::{self, Asked};
use super::books::{Books, Ending, Entry, Written};
use super::directory::ToAttempt;
use crate::clock::{self, Epoch};
use crate::providers::Line;
use crate::recordings::RecordingInfo;
use crate::session::{Expected, SessionHandle, SessionNotice, SessionReport, SessionSpec};
use crate::store::{Move, Underway};

/// An attempt with all that it talks to.
pub(super) struct Placing {
    calls: Arc<Calls>,
    what: Underway,
    line: Arc<Line>,
    number: PhoneNumber,
    secret: String,
    epoch: Epoch,
    machine: Attempt,
    /// The furthest state that is on its way to the store.
    reached: AttemptState,
    books: Books,
    session: Option<SessionHandle>,
    recording: Option<RecordingInfo>,
    inbox: mpsc::Receiver<ToAttempt>,
    steps: FuturesUnordered<BoxFuture<'static, Step>>,
    /// Requests to the provider that are not answered.
    asked: u32,
    dials: u32,
    dialed_unix_ms: u64,
    milestones: Milestones,
    polling: Polling,
    /// The gate said no right before the dial: the store has settled it.
    withheld: bool,
}

/// What came of something that was asked for.
enum Step {
    /// The machine is told.
    Input(Input),
    /// The provider was asked.
    Asked(Asked),
    /// A dial was sent at this moment, in ms since 1970, and answered.
    Dialed { at_ms: u64, asked: Asked },
    /// The gate said no.
    Withheld,
    /// We are about to stop, and nobody asked the gate.
    TakenBack,
    /// Another process owns the attempt.
    Lost,
}

impl Placing {
    /// An attempt that was never dialed: announces it to media and callbacks.
    pub(super) fn begin(
        calls: Arc<Calls>,
        what: Underway,
        line: Arc<Line>,
        number: PhoneNumber,
        session: SessionSpec,
    ) -> Self {
        let Expected { secret, handle } = calls.sessions.expect(session);
        let machine = Attempt::new((calls.times)(line.name()));
        let mut placing = Self::with(calls, what, line, number, machine);
        placing.secret = secret;
        placing.session = Some(handle);
        placing
    }

    /// An attempt that another process left behind. Whoever talked is gone with that process.
    pub(super) fn resume(
        calls: Arc<Calls>,
        what: Underway,
        line: Arc<Line>,
        number: PhoneNumber,
        resumed: Resumed,
    ) -> Self {
        let machine = Attempt::resume((calls.times)(line.name()), Micros::ZERO, resumed);
        Self::with(calls, what, line, number, machine)
    }

    /// An attempt that ends before anything was asked of anybody.
    pub(super) async fn conclude(calls: Arc<Calls>, what: Underway, outcome: Outcome) {
        let mut books = Books::new(calls, &what.attempt);
        books.push(Entry::Finish { ending: Ending::Outcome(outcome), recording: None, at_ms: clock::unix_ms() });
        books.push(Entry::Released { at_ms: clock::unix_ms() });
        while !books.are_closed() {
            if let Written::Lost = books.next().await {
                return;
            }
        }
    }

    fn with(calls: Arc<Calls>, what: Underway, line: Arc<Line>, number: PhoneNumber, machine: Attempt) -> Self {
        let inbox = calls.directory.open(&what.attempt.id, line.name());
        Self {
            books: Books::new(Arc::clone(&calls), &what.attempt),
            reached: what.attempt.state,
            dialed_unix_ms: what.attempt.dialed_at_ms.unwrap_or_default(),
            calls,
            what,
            line,
            number,
            secret: String::new(),
            epoch: Epoch::begin(),
            machine,
            session: None,
            recording: None,
            inbox,
            steps: FuturesUnordered::new(),
            asked: 0,
            dials: 0,
            milestones: Milestones::default(),
            polling: Polling::default(),
            withheld: false,
        }
    }

    /// What a session left of its recording before it died.
    pub(super) fn keep_recording(&mut self, recording: Option<RecordingInfo>) {
        self.recording = recording;
    }

    /// The far end knows the secret of the process that dialed: its media may still come, and finds a session.
    pub(super) fn expect_again(&mut self) {
        let Some(hash) = &self.what.attempt.secret_hash else { return };
        match self.calls.stage.session(&self.what.call, &self.what.attempt.id) {
            Ok(session) => self.session = Some(self.calls.sessions.expect_again(session, hash.clone())),
            Err(error) => tracing::error!(error, "a call that goes on has nothing to say"),
        }
    }

    /// Lives until the call is proven over and all of it is in the store, answers included that come later than that.
    pub(super) async fn run(mut self) {
        self.input(Input::Place);
        self.live().await;
        self.calls.directory.close(&self.what.attempt.id);
    }

    async fn live(&mut self) {
        let mut over = false;
        loop {
            over |= self.carry_out();
            if over && self.asked == 0 && self.books.are_closed() {
                return;
            }
            let wake = self.machine.poll_timeout().map(|(at, _)| self.epoch.instant(at));
            tokio::select! {
                // In this order: a session that talked says more of its call than the provider's word of the end.
                biased;
                notice = next_notice(&mut self.session) => self.on_notice(notice),
                written = self.books.next() => if matches!(written, Written::Lost) { return self.let_go() },
                Some(step) = self.steps.next() => if matches!(step, Step::Lost) { return self.let_go() } else { self.on_step(step) },
                Some(message) = self.inbox.recv() => self.on_message(message),
                () = async { match wake { Some(at) => sleep_until(at).await, None => pending().await } } => {
                    self.machine.handle_timeout(self.epoch.micros());
                }
            }
        }
    }

    /// Another process owns the attempt: nothing more is done for it here.
    fn let_go(&mut self) {
        tracing::warn!("the attempt is another process's now");
        if let Some(session) = self.session.take() {
            session.cancel();
        }
    }

    fn input(&mut self, input: Input) {
        let now = self.epoch.micros();
        if matches!(input, Input::Token) {
            self.milestones.token = Some(now);
        }
        self.machine.handle_input(now, input);
    }

    fn on_step(&mut self, step: Step) {
        match step {
            Step::Input(input) => self.input(input),
            Step::Asked(asked) => self.on_answer(asked),
            Step::Dialed { at_ms, asked } => {
                self.dialed_unix_ms = at_ms;
                self.on_answer(asked);
            }
            Step::Withheld => {
                self.asked -= 1;
                self.withheld = true;
                self.input(Input::Dialed(Err(DialFailure::Withheld)));
            }
            Step::TakenBack => {
                self.asked -= 1;
                self.input(Input::Dialed(Err(DialFailure::Withheld)));
            }
            Step::Lost => {}
        }
    }

    fn on_answer(&mut self, asked: Asked) {
        self.asked -= 1;
        self.books.push(Entry::Request(asked.note));
        self.input(asked.input);
    }

    fn on_message(&mut self, message: ToAttempt) {
        match message {
            ToAttempt::Provider(event) => {
                tracing::debug!(?event, "the provider reports");
                asking::warn_of_unknown(&event);
                self.input(Input::Provider(event));
            }
            ToAttempt::Cancel => self.input(Input::Cancel),
            ToAttempt::Withdraw => self.input(Input::Withdraw),
            ToAttempt::Cease => self.input(Input::Cease),
        }
    }

    fn on_notice(&mut self, notice: SessionNotice) {
        match notice {
            SessionNotice::MediaUp => self.on_media_up(),
            SessionNotice::HangUp(reason) => {
                tracing::debug!(?reason, "the session asks to hang up");
                self.input(Input::SessionHangUp);
            }
            SessionNotice::Ended(report) => {
                let SessionReport { outcome, recording } = *report;
                self.recording = recording;
                self.session = None;
                self.input(Input::SessionEnded(outcome));
            }
            SessionNotice::Vanished => {
                tracing::error!("the session is gone without a report");
                self.session = None;
                self.input(Input::SessionEnded(Outcome::failed(FailureCode::InternalError)));
            }
        }
    }

    fn on_media_up(&mut self) {
        let now = self.epoch.micros();
        self.milestones.media = Some(now);
        self.polling.stop(now);
        // Media says its call's name before it is let in.
        let id = self.session.as_ref().and_then(SessionHandle::known_call_id).unwrap_or_default();
        self.input(Input::MediaUp { provider_call_id: id });
        self.milestones.answered.get_or_insert(now);
        if let Some(span) = self.milestones.setup() {
            self.calls.set_up(self.line.name(), span);
        }
        self.reached = self.reached.max(AttemptState::Answered);
        self.advance("media is up", None, true);
    }

    /// Does what the machine asks; true once it asks no more.
    fn carry_out(&mut self) -> bool {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::AwaitToken => self.await_token(),
                Output::Dial => self.dial(),
                Output::Find => self.find(),
                Output::Poll { id } => {
                    self.polling.ask(self.epoch.micros());
                    self.ask(|line| asking::status(line, id));
                }
                Output::HangUp { id, answered } => self.ask(move |line| asking::hang_up(line, id, answered)),
                Output::Known { id } => self.known(id),
                Output::Session(event) => {
                    if let Some(session) = &self.session {
                        session.provider(event);
                    }
                }
                Output::CancelSession => self.cancel_session(),
                Output::Moved(state) => self.moved(state),
                Output::Ended(outcome) => self.finish(Ending::Outcome(outcome)),
                Output::Unused(unused) => self.unused(unused),
                Output::Over => {
                    if let Some(span) = self.polling.end(self.epoch.micros()) {
                        self.calls.metrics.polled(span);
                    }
                    self.books.push(Entry::Released { at_ms: clock::unix_ms() });
                    return true;
                }
            }
        }
        false
    }

    fn await_token(&mut self) {
        let line = Arc::clone(&self.line);
        self.steps.push(Box::pin(async move {
            line.token().await;
            Step::Input(Input::Token)
        }));
    }

    fn ask<F>(&mut self, ask: impl FnOnce(Arc<asking::Asker>) -> F)
    where
        F: Future<Output = Asked> + Send + 'static,
    {
        let asker = asking::Asker { line: Arc::clone(&self.line), metrics: self.calls.metrics.clone() };
        let asked = ask(Arc::new(asker));
        self.asked += 1;
        self.steps.push(Box::pin(async move { Step::Asked(asked.await) }));
    }

    fn known(&mut self, id: String) {
        tracing::info!(provider_call_id = id, "the provider has the call");
        if let Some(session) = &self.session {
            session.provider_call_id(&id);
        }
        self.advance("the provider has the call", Some(id), false);
    }

    fn moved(&mut self, state: AttemptState) {
        tracing::info!(%state, "the attempt moved");
        let now = self.epoch.micros();
        match state {
            // Its name follows, and both are written at once.
            AttemptState::Accepted => {
                self.milestones.accepted = Some(now);
                self.reached = self.reached.max(state);
            }
            AttemptState::Ringing | AttemptState::Answered => {
                if state == AttemptState::Answered {
                    self.milestones.answered.get_or_insert(now);
                }
                self.reached = self.reached.max(state);
                self.advance("the provider reports", None, false);
            }
            // Written by whoever allowed the dial, and with the outcome.
            AttemptState::Created | AttemptState::Placing | AttemptState::Ended | AttemptState::Finalized => {}
        }
    }

    fn advance(&mut self, reason: &str, provider_call_id: Option<String>, media_up: bool) {
        self.books.push(Entry::Moved(Move {
            to: self.reached,
            at_ms: clock::unix_ms(),
            reason: reason.to_owned(),
            provider_call_id,
            media_up,
        }));
    }

    /// A session that talks still owes its outcome; one that is only expected goes.
    fn cancel_session(&mut self) {
        if let Some(session) = &self.session {
            session.cancel();
        }
        if self.milestones.media.is_none() {
            self.session = None;
        }
    }

    fn unused(&mut self, unused: Unused) {
        match unused {
            Unused::Withdrawn if self.withheld => {}
            Unused::Withdrawn | Unused::ProviderQueue => self.finish(Ending::Unused(unused)),
        }
    }

    fn finish(&mut self, ending: Ending) {
        let (recording, at_ms) = (self.recording.take(), clock::unix_ms());
        self.books.push(Entry::Finish { ending, recording, at_ms });
    }
}

async fn next_notice(session: &mut Option<SessionHandle>) -> SessionNotice {
    match session {
        Some(session) => session.next().await,
        None => pending().await,
    }
}
