//! The store: calls and all that becomes of them, in SQLite or PostgreSQL, with one SQL text.
//!
//! Every operation of [`Store`] is one transaction that is durable when it is answered. It decides nothing: decisions
//! come in as closures over the rows and are kept with what they rest on; states move by the diagrams of
//! `voxgate-core` alone. On SQLite one writer groups what waits into one commit; on PostgreSQL each operation is a
//! transaction of its own, and rows that are claimed are locked.
//!
//! An operation that failed left nothing, but for one: where the connection breaks, or the file is moved away, during the commit, nobody knows. What is
//! [`StoreError::Unavailable`] may be tried again: what is written of an attempt, and what has a key or an id of its own, is
//! the same written twice.

mod accesses;
mod attempts;
mod call_row;
mod calls;
mod cells;
mod database;
mod depths;
mod dial;
mod dnc;
mod error;
mod events;
mod finish;
mod gate;
mod handle;
mod history;
mod idempotency;
mod ids;
mod journal;
mod keys;
mod leases;
mod listing;
mod pick_up;
#[cfg(test)]
mod plans;
mod provider_log;
mod recording_row;
mod recording_state;
mod recordings;
mod retention;
mod revisions;
mod settle;
mod slots;
mod start;
mod switches;
mod task_work;
mod tasks;
mod telecallers;
mod timeline;
mod transcript;
mod tx;
mod writer;

pub use accesses::Access;
pub use attempts::{AttemptRow, Move};
pub use call_row::{CallRow, NewCall, WhenFull};
pub use calls::{CallFilter, Canceled, Created};
pub use database::Kind;
pub use depths::Depths;
pub use dial::{Dial, Dialing};
pub use dnc::{DncRow, NewDnc};
pub use error::StoreError;
pub use events::EventRow;
pub use finish::{Finish, Finished};
pub use gate::{GateFacts, Ruling, Verdict};
pub use handle::{Store, StoreCounts, StoreOptions};
pub use history::HistoryRow;
pub use idempotency::{Done, Idempotent, Reply};
pub use journal::{JournalLine, Kept, Learned};
pub use keys::KeyRow;
pub use leases::Lease;
pub use listing::MOST_PER_PAGE;
pub use pick_up::{PickUp, PickedUp, Underway};
pub use provider_log::{Noted, ProviderNote, RequestNote};
pub use recording_state::RecordingState;
pub use recordings::{Availability, FileSeal, NewRecording, RecordingFilter, RecordingRow};
pub use revisions::{Revised, Revision};
pub use slots::{SlotLimits, SlotsInUse};
pub use start::{StartNow, StartedNow};
pub use switches::{STOP_DIALING, Switch};
pub use task_work::{Resolution, TakeTask};
pub use tasks::{TaskFilter, TaskRow};
pub use telecallers::{Load, TelecallerRow};
pub use timeline::TimelineEntry;
pub use voxgate_core::model::{KeyId, RecordingId, TaskId, TelecallerId};

use attempts::attempt_columns;
use call_row::call_columns;
