//! The policy of a call: how an attempt moves from its order to its outcome, and how fast a provider may be asked.
//!
//! [`Attempt`] decides what is asked of the provider and when, and emits exactly one outcome. [`Pace`] keeps to a
//! provider's calls per second, [`RetryPolicy`] says when one request is repeated.

mod attempt;
mod event;
mod pace;
mod retry;

pub use attempt::{Attempt, AttemptState, AttemptTimes, Input, Output, Timer};
pub use event::{Accepted, CallEnd, CallStatus, DialFailure, Happened, ProviderEvent, RequestFailure};
pub use pace::Pace;
pub use retry::RetryPolicy;
