//! What a provider says, in our words.

use crate::model::{AnsweredBy, Disposition, FailureCode, Outcome};
use crate::time::Micros;

/// Where a call stands at its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallStatus {
    /// The provider has it, and has not begun to dial.
    Queued,
    /// The provider dials.
    Dialing,
    /// The far end rings.
    Ringing,
    /// Somebody or something picked up.
    Answered,
    /// It is over.
    Ended(CallEnd),
    /// The provider says something that we do not know: the attempt's state stays as it is.
    Unknown {
        /// What it said.
        raw: String,
    },
}

/// How a call ended, as far as its provider knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// It was answered, and ended. What it came to is the session's to say.
    Completed,
    /// The line was busy.
    Busy,
    /// Nobody picked up.
    NoAnswer,
    /// The called party rejected the ring.
    Declined,
    /// We, or somebody with our account, stopped it before it was answered.
    Canceled,
    /// It failed.
    Failed(FailureCode),
}

impl CallEnd {
    /// What an attempt comes to whose media never came up. Answered without media is a failure of the media.
    #[must_use]
    pub fn without_media(self) -> Outcome {
        match self {
            Self::Busy => Outcome::unanswered(Disposition::Busy),
            Self::NoAnswer => Outcome::unanswered(Disposition::NoAnswer),
            Self::Declined => Outcome::unanswered(Disposition::Declined),
            Self::Canceled => Outcome::unanswered(Disposition::Canceled),
            Self::Failed(code) => Outcome::failed(code),
            Self::Completed => Outcome::failed(FailureCode::MediaFailed),
        }
    }
}

/// Something that a provider reported of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderEvent {
    /// The provider's name for the call.
    pub provider_call_id: String,
    /// The provider's own count of this call's events, where it counts them.
    pub sequence: Option<u64>,
    /// What it reports.
    pub happened: Happened,
}

/// What a provider may report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Where the call stands.
    Status(CallStatus),
    /// Who answered.
    AnsweredBy(AnsweredBy),
}

/// A call that the provider took, or was found to have taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The provider's name for the call.
    pub provider_call_id: String,
    /// Where it stands.
    pub status: CallStatus,
}

/// Why a dial request brought no call, as far as it matters to what is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialFailure {
    /// It provably never reached the provider.
    NotSent,
    /// The provider had no time for it and provably did not take it.
    RateLimited {
        /// How long the provider asks us to wait.
        retry_after: Option<Micros>,
    },
    /// The provider refused it for good.
    Refused(FailureCode),
    /// We did not send it: right before the dial the gate said no.
    Withheld,
    /// Nobody knows whether there is a call now.
    Unknown,
}

/// Why a question about a call, or a wish to end it, brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestFailure {
    /// The provider knows no such call, or not any more.
    Gone,
    /// It may work later.
    Later {
        /// How long the provider asks us to wait.
        retry_after: Option<Micros>,
    },
}
