//! Before a call is dialed: its time must have come, and a slot be free.

use std::fmt;
use std::future::pending;

use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};

use super::Calls;
use super::placing::wish;

/// When a call may be dialed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Not before this.
    pub not_before: Option<Instant>,
    /// Not after this.
    pub not_after: Option<Instant>,
}

/// What to do with an order while every slot is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits for its turn.
    #[default]
    Wait,
    /// It is refused. That speaks of now: such an order cannot be for later.
    Reject,
}

/// A place among the concurrent calls. Held until the call is proven over.
#[derive(Debug)]
pub(super) struct Slot {
    _permit: OwnedSemaphorePermit,
}

/// Every slot is taken, and the order does not want to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// How many there are.
    pub limit: u32,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = self.limit;
        write!(f, "session_limit_exceeded: {limit} calls are under way, as many as limits.sessions allows; try later")
    }
}

impl std::error::Error for Full {}

impl Calls {
    /// A slot, if one is free now.
    pub(super) fn free_slot(&self) -> Result<Slot, Full> {
        let permit = self.slots.clone().try_acquire_owned();
        permit.map(|permit| Slot { _permit: permit }).map_err(|_| Full { limit: self.settings.sessions })
    }

    /// Waits for the time and for a slot. `None` when the call was canceled or its time passed meanwhile.
    pub(super) async fn turn(&self, window: Window, canceled: &mut watch::Receiver<bool>) -> Option<Slot> {
        if let Some(not_before) = window.not_before {
            tokio::select! {
                () = sleep_until(not_before) => {}
                () = wish(canceled) => return None,
            }
        }
        let too_late = async {
            match window.not_after {
                Some(not_after) => sleep_until(not_after).await,
                None => pending().await,
            }
        };
        tokio::select! {
            // Its time decides first: a slot that comes free too late is left to others.
            biased;
            () = wish(canceled) => None,
            () = too_late => None,
            // The semaphore is never closed.
            permit = self.slots.clone().acquire_owned() => Some(Slot { _permit: permit.ok()? }),
        }
    }
}
