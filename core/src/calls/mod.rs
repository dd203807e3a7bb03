//! The policy of calls: what an attempt does, what becomes of its call, whether it may be dialed at all, and who takes
//! up what is left.
//!
//! [`Attempt`] decides what is asked of the provider and when, and emits exactly one outcome. [`after`] is the
//! disposition table: it turns that outcome into the call's next state, its redial and its manual task. Every stored
//! state machine has its arrows in one place and moves by [`transition`] alone. [`decide`] is
//! the gate: no dial without its word. [`Pace`] keeps to a provider's calls per
//! second, [`RetryPolicy`] says when one request is repeated.

mod attempt;
mod call;
mod event;
mod gate;
mod moves;
mod pace;
mod retry;
mod task;

pub use attempt::{Attempt, AttemptState, AttemptTimes, Input, Output, Resumed, Timer, Unused, interrupted};
pub use call::{
    Aftermath, Backoff, CallContext, CallPolicy, CallState, DeferralCause, DeferralPolicy, LeadStatus, LifecycleEvent,
    PutBack, RedialCause, RedialCounts, RedialPolicy, RedialRule, after, put_back, turned_away,
};
pub use event::{Accepted, CallEnd, CallStatus, DialFailure, Happened, ProviderEvent, RequestFailure};
pub use gate::{
    CallingHours, Decision, Question, RULES_VERSION, RuleFinding, RuleId, Rules, SuppressReason, UnknownTimeZone,
    Verdict, decide, local_time, parse_time_zone, zones_of,
};
pub use moves::{IllegalMove, Moving, transition};
pub use pace::Pace;
pub use retry::RetryPolicy;
pub use task::{Candidate, Priority, TaskDraft, TaskPriorities, TaskReason, TaskState, TelecallerState, assignee};
