//! The desk: where orders are handed in, and where those under way are stopped.

use std::fmt;

use futures_util::future::BoxFuture;
use voxgate_core::calls::TelecallerState;
use voxgate_core::model::CallId;

use super::{Full, NewOrder, OrderProblem};
use crate::store::{CallRow, Created, Idempotent, Reply, StoreError, TelecallerId, TelecallerRow};

/// An order that may come again: how it is recognised, and what is replied, now and then.
#[derive(Clone, Debug)]
pub struct Once {
    /// The request.
    pub request: Idempotent,
    /// The reply to it, kept with the call in one transaction.
    pub reply: fn(&CallRow) -> Reply,
}

/// What the interfaces to the outside ask of the gateway that runs, beside reading the store: what wakes or stops
/// something.
pub trait Desk: Send + Sync {
    /// Takes an order: checked, durable, and the scheduler woken when this returns. The same request come again makes
    /// nothing new.
    fn order(&self, order: NewOrder, once: Option<Once>) -> BoxFuture<'_, Result<Created, Refusal>>;

    /// Stops a call, however far it came. One that waits is canceled when this returns; one in progress is hung up.
    fn cancel<'a>(&'a self, call: &'a CallId, actor: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Stops all dialing, or lets it go on: durable, and heeded by every process within a second.
    fn set_dialing<'a>(&'a self, dialing: bool, actor: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Moves a telecaller by the diagram; whoever is available is given what waits, and whoever goes leaves it to others.
    fn set_telecaller<'a>(
        &'a self,
        id: &'a TelecallerId,
        to: TelecallerState,
        actor: &'a str,
    ) -> BoxFuture<'a, Result<TelecallerRow, StoreError>>;

    /// Brings the gauges of the metrics up to date.
    fn measure(&self) -> BoxFuture<'_, ()>;

    /// Why it does not serve now, each with what to do. None: it does.
    fn not_ready(&self) -> BoxFuture<'_, Vec<String>>;
}

/// Why an order is not taken. Nothing of it was kept.
#[derive(Debug)]
pub enum Refusal {
    /// What is wrong with it: at least one.
    Wrong(Vec<OrderProblem>),
    /// Every slot is taken, and it does not want to wait.
    Full(Full),
    /// The gateway is stopping.
    Draining,
    /// The store does not take it.
    Store(StoreError),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(problems) => {
                for (k, problem) in problems.iter().enumerate() {
                    let before = if k > 0 { "; " } else { "" };
                    write!(f, "{before}{problem}")?;
                }
                Ok(())
            }
            Self::Full(full) => write!(f, "session_limit_exceeded: {full}"),
            Self::Draining => f.write_str("the gateway is stopping and takes no new calls"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Refusal {}
