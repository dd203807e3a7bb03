//! The policy of calls: what an attempt does, what becomes of its call, whether it may be dialed at all, and who takes
//! up what is left.
//!
//! [`Attempt`] decides what is asked of the provider and when, and emits exactly one outcome. [`after`] is the
//! disposition table: it turns that outcome into the call's next state, its redial and its manual task. Every stored
//! state machine has its arrows in one place and moves by [`transition`] alone. [`Pace`] keeps to a provider's calls per
//! second, [`RetryPolicy`] says when one request is repeated.

mod attempt;
mod call;
mod event;
mod moves;
mod pace;
mod retry;
mod task;

pub use attempt::{Attempt, AttemptState, AttemptTimes, Input, Output, Timer};
pub use call::{
    Aftermath, Backoff, CallContext, CallPolicy, CallState, DeferralCause, DeferralPolicy, LeadStatus, LifecycleEvent,
    PutBack, RedialCause, RedialCounts, RedialPolicy, RedialRule, after, put_back,
};
pub use event::{Accepted, CallEnd, CallStatus, DialFailure, Happened, ProviderEvent, RequestFailure};
pub use moves::{IllegalMove, Moving, transition};
pub use pace::Pace;
pub use retry::RetryPolicy;
pub use task::{Candidate, Priority, TaskDraft, TaskPriorities, TaskReason, TaskState, TelecallerState, assignee};
