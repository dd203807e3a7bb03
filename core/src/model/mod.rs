//! The words of the project as types.

mod answered;
pub(crate) mod closed_list;
mod fact;
mod hash;
mod ids;
mod number;
mod outcome;

pub use answered::AnsweredBy;
pub use closed_list::Unlisted;
pub use fact::{Answer, AnswerSource, Evidence, Fact};
pub use hash::sha256_hex;
pub use ids::{
    AttemptId, CallId, DialplanId, FactId, KeyId, LegId, RecordingId, TaskId, TelecallerId, TurnId, UtteranceId,
};
pub use number::{NumberError, PhoneNumber};
pub use outcome::{Disposition, FailureCode, Outcome};
