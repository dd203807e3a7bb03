//! A call: the durable order that owns its attempts, and what becomes of it after each of them.
//!
//! [`CallState`] has the moves, [`LeadStatus`] is a view of it. [`after`] is the disposition table: from what an attempt
//! came to, to the call's next state, its redial and its manual task. [`put_back`] does the same where no attempt was
//! used, and [`turned_away`] where the gate says no. [`CallPolicy`] holds the settings of both.

mod aftermath;
mod event;
#[cfg(test)]
mod histories;
mod lead_status;
mod policy;
mod put_back;
mod state;
#[cfg(test)]
mod tests;

pub use aftermath::{Aftermath, CallContext, after};
pub use event::LifecycleEvent;
pub use lead_status::LeadStatus;
pub use policy::{Backoff, CallPolicy, DeferralPolicy, RedialCause, RedialCounts, RedialPolicy, RedialRule};
pub use put_back::{DeferralCause, PutBack, put_back, turned_away};
pub use state::CallState;
