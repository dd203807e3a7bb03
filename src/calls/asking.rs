//! Requests to a provider on behalf of an attempt: asked, measured, logged, and noted for the store.

use std::sync::Arc;
use std::time::Duration;

use voxgate_core::calls::{CallStatus, Happened, Input, ProviderEvent, RequestFailure};

use crate::clock;
use crate::metrics::{Answer, Metrics, Operation};
use crate::providers::{DialRequest, Line, LostDial, RequestError, Told};
use crate::store::RequestNote;
use crate::telemetry::ProviderFailure;

/// Who asks, and where that is counted.
pub(super) struct Asker {
    pub(super) line: Arc<Line>,
    pub(super) metrics: Metrics,
}

/// An answer: what the machine is told, and what is kept of it.
pub(super) struct Asked {
    pub(super) input: Input,
    pub(super) note: RequestNote,
}

/// Dials. `retries` says how often that was tried before.
pub(super) async fn dial(asker: &Asker, request: DialRequest, retries: u32) -> Asked {
    let asking = Asking::begin(asker, Operation::Dial);
    let answer = asker.line.dial(&request).await;
    let (note, dialed) = match answer {
        Ok(told) => {
            warn_if_unknown(&told.what.status);
            (asking.answered(told.raw, told.http_status), Ok(told.what))
        }
        Err(error) => {
            let failure = ProviderFailure::of_dial(asker.line.name(), retries, &error);
            (asking.failed(&failure, &error, error.answer()), Err(error.failure()))
        }
    };
    Asked { input: Input::Dialed(dialed), note }
}

/// Asks where a call stands.
pub(super) async fn status(asker: Arc<Asker>, id: String) -> Asked {
    let asking = Asking::begin(&asker, Operation::Status);
    let answer = asker.line.provider().status(&id).await;
    let (note, standing) = asking.standing(answer);
    Asked { input: Input::Polled(standing), note }
}

/// Ends a call.
pub(super) async fn hang_up(asker: Arc<Asker>, id: String, answered: bool) -> Asked {
    let asking = Asking::begin(&asker, Operation::HangUp);
    let answer = asker.line.provider().hang_up(&id, answered).await;
    let (note, standing) = asking.standing(answer);
    Asked { input: Input::HungUp(standing), note }
}

/// Looks for a call whose dial brought no answer.
pub(super) async fn find(asker: Arc<Asker>, lost: LostDial) -> Asked {
    let asking = Asking::begin(&asker, Operation::Find);
    let answer = asker.line.provider().find(&lost).await;
    let (note, found) = match answer {
        Ok(told) => (asking.answered(told.raw, told.http_status), Ok(told.what)),
        Err(error) => (asking.refused(&error), Err(error.failure())),
    };
    Asked { input: Input::Found(found), note }
}

/// A status that nobody knows is kept as the provider said it, and told.
pub(super) fn warn_of_unknown(event: &ProviderEvent) {
    if let Happened::Status(status) = &event.happened {
        warn_if_unknown(status);
    }
}

fn warn_if_unknown(status: &CallStatus) {
    if let CallStatus::Unknown { raw } = status {
        tracing::warn!(raw, "the provider has a status that nobody knows: the attempt stays where it is");
    }
}

/// A request under way.
struct Asking<'a> {
    asker: &'a Asker,
    operation: Operation,
    at_ms: u64,
    begun: tokio::time::Instant,
}

impl<'a> Asking<'a> {
    fn begin(asker: &'a Asker, operation: Operation) -> Self {
        Self { asker, operation, at_ms: clock::unix_ms(), begun: clock::now() }
    }

    fn standing(
        self,
        answer: Result<Told<CallStatus>, RequestError>,
    ) -> (RequestNote, Result<CallStatus, RequestFailure>) {
        match answer {
            Ok(told) => {
                warn_if_unknown(&told.what);
                (self.answered(told.raw, told.http_status), Ok(told.what))
            }
            Err(error) => (self.refused(&error), Err(error.failure())),
        }
    }

    fn answered(self, raw: String, http_status: u16) -> RequestNote {
        RequestNote { raw_status: Some(raw), http_status: Some(http_status), ..self.note(Answer::Accepted) }
    }

    fn refused(self, error: &RequestError) -> RequestNote {
        let failure = ProviderFailure::of_request(self.asker.line.name(), self.operation, error);
        self.failed(&failure, error, error.answer())
    }

    fn failed(self, failure: &ProviderFailure<'_>, error: &dyn std::fmt::Display, answer: Answer) -> RequestNote {
        failure.log(error);
        RequestNote {
            http_status: failure.http_status,
            provider_code: failure.provider_error_code.map(|code| code.to_string()),
            error: Some(error.to_string()),
            ..self.note(answer)
        }
    }

    fn note(self, answer: Answer) -> RequestNote {
        let took: Duration = clock::now() - self.begun;
        self.asker.metrics.request(self.asker.line.name(), self.operation, answer, took);
        RequestNote {
            at_ms: self.at_ms,
            operation: self.operation.as_str().to_owned(),
            http_status: None,
            provider_code: None,
            raw_status: None,
            latency_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            error: None,
        }
    }
}
