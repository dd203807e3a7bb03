//! The desk of a running gateway.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::BoxFuture;
use voxgate_core::calls::TelecallerState;
use voxgate_core::model::CallId;

use super::gauges::Gauges;
use crate::calls::{Calls, Desk, Full, NewOrder, Once, Refusal};
use crate::clock;
use crate::dialplans::Dialplans;
use crate::store::{
    CallRow, Created, NewCall, Reply, STOP_DIALING, StartedNow, StoreError, TelecallerId, TelecallerRow, WhenFull,
};

/// Takes orders for the calls of this process.
pub(super) struct Counter {
    pub(super) calls: Arc<Calls>,
    pub(super) dialplans: Dialplans,
    /// Whoever dials what is ordered here.
    pub(super) provider: String,
    pub(super) gauges: Gauges,
    /// The gateway is about to stop.
    pub(super) draining: AtomicBool,
}

impl Counter {
    async fn take(&self, order: NewOrder, once: Option<Once>) -> Result<Created, Refusal> {
        if self.is_draining() {
            return Err(Refusal::Draining);
        }
        let now_ms = clock::unix_ms();
        order.check(&self.dialplans, now_ms).map_err(Refusal::Wrong)?;
        let call = order.placed_with(&self.provider);
        let created = match call.when_full {
            WhenFull::Wait => self.wait_for_slot(&call, once, now_ms).await,
            WhenFull::Reject => self.start_now(&call, once, now_ms).await,
        }?;
        self.calls.wake.notify_one();
        Ok(created)
    }

    /// From now on nothing is ordered here.
    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    async fn wait_for_slot(&self, call: &NewCall, once: Option<Once>, now_ms: u64) -> Result<Created, Refusal> {
        let (request, reply) = parts(once);
        self.calls.store.create_call(call, request.as_ref(), now_ms, reply).await.map_err(Refusal::Store)
    }

    async fn start_now(&self, call: &NewCall, once: Option<Once>, now_ms: u64) -> Result<Created, Refusal> {
        let (request, reply) = parts(once);
        let with = self.calls.start_now(&self.provider, now_ms);
        let keeper = Arc::clone(&self.calls);
        let decide = move |call: &CallRow, facts: &_| keeper.ruling(call, facts, now_ms);
        let started = self.calls.store.create_and_start(call, request.as_ref(), &with, decide, reply).await;
        match started {
            Ok(StartedNow::Started(begun)) => Ok(Created::New(Box::new(begun.call))),
            Ok(StartedNow::Refused(call, escalated)) => {
                if let Some(reason) = escalated {
                    self.calls.escalated(reason);
                }
                Ok(Created::New(call))
            }
            Ok(StartedNow::Before(reply)) => Ok(Created::Before(reply)),
            Err(StoreError::Conflict { code: "session_limit_exceeded", detail }) => Err(Refusal::Full(Full(detail))),
            Err(error) => Err(Refusal::Store(error)),
        }
    }
}

type Parts = (Option<crate::store::Idempotent>, fn(&CallRow) -> Reply);

fn parts(once: Option<Once>) -> Parts {
    match once {
        Some(Once { request, reply }) => (Some(request), reply),
        None => (None, |_| Reply { status: 202, body: String::new() }),
    }
}

impl Desk for Counter {
    fn order(&self, order: NewOrder, once: Option<Once>) -> BoxFuture<'_, Result<Created, Refusal>> {
        Box::pin(self.take(order, once))
    }

    fn cancel<'a>(&'a self, call: &'a CallId, actor: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { self.calls.cancel(call, actor).await.map(drop) })
    }

    fn set_dialing<'a>(&'a self, dialing: bool, actor: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.calls.store.set_switch(STOP_DIALING, !dialing, actor, clock::unix_ms()).await?;
            self.calls.wake.notify_one();
            Ok(())
        })
    }

    fn set_telecaller<'a>(
        &'a self,
        id: &'a TelecallerId,
        to: TelecallerState,
        actor: &'a str,
    ) -> BoxFuture<'a, Result<TelecallerRow, StoreError>> {
        Box::pin(async move {
            let row = self.calls.store.set_telecaller(id, to, actor, clock::unix_ms()).await?;
            self.calls.people.notify_one();
            Ok(row)
        })
    }

    fn measure(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.gauges.read(&self.calls))
    }

    fn not_ready(&self) -> BoxFuture<'_, Vec<String>> {
        Box::pin(async {
            let mut reasons = Vec::new();
            if self.is_draining() {
                reasons.push("the gateway is stopping and takes no new calls".to_owned());
            }
            if let Err(error) = self.calls.store.ping().await {
                reasons.push(error.to_string());
            }
            if !(self.calls.complete)() {
                reasons.push(
                    "what sessions learned waits on local disk for the store; nothing is dialed before".to_owned(),
                );
            }
            reasons
        })
    }
}
