//! Manual tasks: work for a person, where a call could not be completed.
//!
//! A task has a reason from a closed list and a priority that follows from it; [`assignee`] says which telecaller takes
//! it up.

mod assign;
mod priority;
mod reason;
mod state;

pub use assign::{Candidate, assignee};
pub use priority::{Priority, TaskPriorities};
pub use reason::TaskReason;
pub use state::{TaskState, TelecallerState};

/// A task to be written, in the transaction that ends the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskDraft {
    /// Why a person is needed.
    pub reason: TaskReason,
    /// How urgently.
    pub priority: Priority,
}
