//! The desk of a running gateway.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use voxgate_core::model::CallId;

use crate::calls::{Calls, Desk, Full, NewOrder, Once, Refusal};
use crate::clock;
use crate::dialplans::Dialplans;
use crate::store::{CallRow, Created, NewCall, Reply, STOP_DIALING, StartedNow, StoreError, WhenFull};

/// Takes orders for the calls of this process.
#[derive(Debug)]
pub(super) struct Counter {
    pub(super) calls: Arc<Calls>,
    pub(super) dialplans: Dialplans,
    /// Whoever dials what is ordered here.
    pub(super) provider: String,
}

impl Counter {
    async fn take(&self, order: NewOrder, once: Option<Once>) -> Result<Created, Refusal> {
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
            Ok(StartedNow::Refused(call)) => Ok(Created::New(call)),
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

    fn not_ready(&self) -> BoxFuture<'_, Vec<String>> {
        Box::pin(async {
            let mut reasons = Vec::new();
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
