//! The task of one attempt: carries out what its machine asks.

use std::future::{Future, pending};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep_until;
use voxgate_core::calls::{Accepted, Attempt, CallStatus, Happened, Input, Output, ProviderEvent};
use voxgate_core::model::{AttemptId, CallId, Disposition, FailureCode, Outcome, PhoneNumber};
use voxgate_core::time::Micros;

use super::{CallOrder, Calls};
use crate::clock::{self, Epoch};
use crate::outcomes::AttemptRecord;
use crate::providers::{DialRequest, Line, LostDial, RequestError};
use crate::recordings::RecordingInfo;
use crate::session::{Expected, SessionHandle, SessionNotice, SessionReport};

/// An attempt with all that it talks to.
pub(super) struct Placing {
    calls: Calls,
    record: Record,
    number: PhoneNumber,
    secret: String,
    epoch: Epoch,
    machine: Attempt,
    session: Option<SessionHandle>,
    token_at: Option<Micros>,
    media_up: bool,
    recording: Option<RecordingInfo>,
    events: mpsc::Receiver<ProviderEvent>,
    requests: FuturesUnordered<BoxFuture<'static, Input>>,
    dialed_unix_ms: u64,
    done: Option<oneshot::Sender<AttemptRecord>>,
}

/// What of an order goes into its record.
pub(super) struct Record {
    call: CallId,
    attempt: AttemptId,
    to: String,
    dialplan: String,
}

impl Placing {
    /// Announces the attempt to media and callbacks.
    pub(super) fn begin(
        calls: Calls,
        order: CallOrder,
        number: PhoneNumber,
        done: oneshot::Sender<AttemptRecord>,
    ) -> Self {
        let record = Record::of(&order);
        let events = calls.directory.open(&record.attempt, calls.line.name());
        let Expected { secret, handle } = calls.sessions.expect(order.session);
        Self {
            machine: Attempt::new(calls.settings.times),
            calls,
            record,
            number,
            secret,
            epoch: Epoch::begin(),
            session: Some(handle),
            token_at: None,
            media_up: false,
            recording: None,
            events,
            requests: FuturesUnordered::new(),
            dialed_unix_ms: 0,
            done: Some(done),
        }
    }

    /// Lives until the call is proven over.
    pub(super) async fn run(mut self, mut canceled: watch::Receiver<bool>) {
        self.input(Input::Place);
        while !self.carry_out().await {
            let wake = self.machine.poll_timeout().map(|(at, _)| self.epoch.instant(at));
            tokio::select! {
                // In this order: a session that talked says more of its call than the provider's word of the end.
                biased;
                notice = next_notice(&mut self.session) => self.on_notice(notice),
                Some(answer) = self.requests.next() => self.input(answer),
                Some(event) = self.events.recv() => self.on_event(event),
                () = wish(&mut canceled) => self.input(Input::Cancel),
                () = async { match wake { Some(at) => sleep_until(at).await, None => pending().await } } => {
                    self.machine.handle_timeout(self.epoch.micros());
                }
            }
        }
        self.calls.directory.close(&self.record.attempt);
    }

    fn input(&mut self, input: Input) {
        if let Some(raw) = unknown_status(&input) {
            tracing::warn!(raw, "the provider reports a status that nobody knows: the attempt stays where it is");
        }
        let now = self.epoch.micros();
        if matches!(input, Input::Token) {
            self.token_at = Some(now);
        }
        self.machine.handle_input(now, input);
    }

    fn on_event(&mut self, event: ProviderEvent) {
        tracing::debug!(?event, "the provider reports");
        self.input(Input::Provider(event));
    }

    fn on_notice(&mut self, notice: SessionNotice) {
        match notice {
            SessionNotice::MediaUp => {
                self.media_up = true;
                if let Some(token_at) = self.token_at {
                    self.calls.meters.setup.add(self.epoch.micros().since(token_at).0);
                }
                // Media says its call's name before it is let in.
                let id = self.session.as_ref().and_then(SessionHandle::known_call_id).unwrap_or_default();
                self.input(Input::MediaUp { provider_call_id: id });
            }
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

    /// Does what the machine asks; true once it asks no more.
    async fn carry_out(&mut self) -> bool {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::AwaitToken => self.request(|line| async move {
                    line.token().await;
                    Input::Token
                }),
                Output::Dial => self.dial(),
                Output::Find => self.find(),
                Output::Poll { id } => self.request(|line| async move {
                    let answer = line.provider().status(&id).await.inspect_err(|error| report(error, "status"));
                    Input::Polled(answer.map(|standing| standing.status).map_err(|error| error.failure()))
                }),
                Output::HangUp { id, answered } => self.request(move |line| async move {
                    let answer =
                        line.provider().hang_up(&id, answered).await.inspect_err(|error| report(error, "hang-up"));
                    Input::HungUp(answer.map(|standing| standing.status).map_err(|error| error.failure()))
                }),
                Output::Known { id } => {
                    tracing::info!(provider_call_id = id, "the provider has the call");
                    if let Some(session) = &self.session {
                        session.provider_call_id(&id);
                    }
                }
                Output::Session(event) => {
                    if let Some(session) = &self.session {
                        session.provider(event);
                    }
                }
                Output::CancelSession => self.cancel_session(),
                Output::Moved(state) => tracing::info!(?state, "the attempt moved"),
                Output::Ended(outcome) => self.finish(outcome).await,
                Output::Unused(_) => self.finish(Outcome::unanswered(Disposition::Canceled)).await,
                Output::Over => return true,
            }
        }
        false
    }

    fn request<F>(&self, ask: impl FnOnce(Arc<Line>) -> F)
    where
        F: Future<Output = Input> + Send + 'static,
    {
        self.requests.push(Box::pin(ask(Arc::clone(&self.calls.line))));
    }

    fn dial(&mut self) {
        self.dialed_unix_ms = clock::unix_ms();
        let request = self.dial_request();
        self.request(|line| async move {
            let answer = line.dial(&request).await;
            Input::Dialed(answer.map_err(|error| {
                tracing::warn!(provider = line.name(), operation = "dial", %error, "the dial brought no call");
                error.failure()
            }))
        });
    }

    fn dial_request(&self) -> DialRequest {
        let settings = &self.calls.settings;
        let (line, attempt) = (&self.calls.line, &self.record.attempt);
        let addresses = &settings.addresses;
        DialRequest {
            to: self.number.clone(),
            callback_url: format!("{}/v1/webhooks/{}/{attempt}", addresses.callbacks, line.name()),
            media_url: format!(
                "{}/media/{}/{}",
                addresses.media,
                line.provider().capabilities().dialect,
                addresses.node
            ),
            call_ref: attempt.to_string(),
            secret: self.secret.clone(),
            ring_timeout: std::time::Duration::from_micros(settings.times.ring_timeout.0),
            max_duration: settings.max_duration,
        }
    }

    fn find(&mut self) {
        let lost = LostDial { to: self.number.clone(), sent_unix_ms: self.dialed_unix_ms };
        self.request(|line| async move {
            let answer = line.provider().find(&lost).await.inspect_err(|error| report(error, "find"));
            Input::Found(answer.map_err(|error| error.failure()))
        });
    }

    /// A session that talks still owes its outcome; one that is only expected goes.
    fn cancel_session(&mut self) {
        if let Some(session) = &self.session {
            session.cancel();
        }
        if !self.media_up {
            self.session = None;
        }
    }

    async fn finish(&mut self, outcome: Outcome) {
        if let Some(done) = self.done.take() {
            self.record.finish(&self.calls, outcome, self.recording.take(), done).await;
        }
    }
}

impl Record {
    pub(super) fn of(order: &CallOrder) -> Self {
        Self {
            call: order.session.call.clone(),
            attempt: order.session.attempt.clone(),
            to: order.to.clone(),
            dialplan: order.dialplan.clone(),
        }
    }

    /// Writes the outcome down, then tells it.
    pub(super) async fn finish(
        &self,
        calls: &Calls,
        outcome: Outcome,
        recording: Option<RecordingInfo>,
        done: oneshot::Sender<AttemptRecord>,
    ) {
        let record = self.with(outcome, recording);
        tracing::info!(disposition = %record.disposition, failure_code = ?record.failure_code, "the attempt ended");
        if let Err(error) = calls.outcomes.record(&record).await {
            tracing::error!(%error, "the outcome could not be stored");
        }
        // Nobody may be waiting for it.
        let _ = done.send(record);
    }

    fn with(&self, outcome: Outcome, recording: Option<RecordingInfo>) -> AttemptRecord {
        AttemptRecord {
            call_id: self.call.clone(),
            attempt_id: self.attempt.clone(),
            to: self.to.clone(),
            dialplan: self.dialplan.clone(),
            disposition: Disposition::Failed,
            failure_code: None,
            dialog_result: None,
            answers: Default::default(),
            answered_by: None,
            message_left: false,
            attempts: 1,
            recording_incomplete: recording.as_ref().is_some_and(|r| r.incomplete),
            recording: recording.map(|r| r.path.display().to_string()),
            queue: None,
            manual_task_id: None,
            ended_at_ms: clock::unix_ms(),
        }
        .with_outcome(outcome)
    }
}

fn unknown_status(input: &Input) -> Option<&str> {
    match input {
        Input::Polled(Ok(CallStatus::Unknown { raw }))
        | Input::HungUp(Ok(CallStatus::Unknown { raw }))
        | Input::Dialed(Ok(Accepted { status: CallStatus::Unknown { raw }, .. }))
        | Input::Provider(ProviderEvent { happened: Happened::Status(CallStatus::Unknown { raw }), .. }) => Some(raw),
        Input::Place
        | Input::Token
        | Input::Dialed(_)
        | Input::Found(_)
        | Input::Polled(_)
        | Input::HungUp(_)
        | Input::Provider(_)
        | Input::MediaUp { .. }
        | Input::SessionHangUp
        | Input::SessionEnded(_)
        | Input::Cancel
        | Input::Withdraw => None,
    }
}

fn report(error: &RequestError, operation: &'static str) {
    match error {
        RequestError::UnknownCall => tracing::debug!(operation, "the provider does not know the call any more"),
        RequestError::Refused { .. } | RequestError::Lost(_) => {
            tracing::warn!(operation, %error, "a request to the provider failed");
        }
    }
}

async fn next_notice(session: &mut Option<SessionHandle>) -> SessionNotice {
    match session {
        Some(session) => session.next().await,
        None => pending().await,
    }
}

/// Ready once somebody asks to stop. A sender that is gone asks for nothing.
pub(super) async fn wish(canceled: &mut watch::Receiver<bool>) {
    match canceled.changed().await {
        Ok(()) => {}
        Err(_) => pending().await,
    }
}
