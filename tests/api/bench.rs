//! A gateway's API on a store of its own, with a desk that takes orders and dials nobody.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Request, StatusCode, request};
use axum::response::Response;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;
use voxgate::calls::{Desk, Directory, NewOrder, Once, Refusal};
use voxgate::clock;
use voxgate::dialplans::Dialplans;
use voxgate::http::access::{ApiKey, Role};
use voxgate::http::{Gateway, router};
use voxgate::metrics::Metrics;
use voxgate::providers::Providers;
use voxgate::store::{
    CallRow, Created, KeyRow, Reply, STOP_DIALING, SlotLimits, StartNow, StartedNow, Store, StoreError, StoreOptions,
    TelecallerId, TelecallerRow, WhenFull,
};
use voxgate_core::calls::TelecallerState;
use voxgate_core::model::CallId;

use crate::story::allow;

pub(crate) const NUMBER: &str = "+12065550110";
/// As providers know us: a proxy stands between.
pub(crate) const PUBLIC: &str = "https://gw.example.com";
pub(crate) const PROVIDER: &str = "line";
/// The longest body that is read here, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024 + 7;

/// The API with what lies behind it.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) desk: Arc<TestDesk>,
    pub(crate) folder: TempDir,
    pub(crate) stop: watch::Sender<bool>,
    router: Router,
    keys: BTreeMap<&'static str, String>,
}

/// Checks and keeps orders as a gateway does; nobody picks them up.
pub(crate) struct TestDesk {
    store: Store,
    dialplans: Dialplans,
    /// Slots that there are.
    pub(crate) slots: std::sync::atomic::AtomicU32,
    /// Whether an order makes it panic.
    pub(crate) broken: AtomicBool,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(Providers::build(&BTreeMap::new()).unwrap()).await
    }

    pub(crate) async fn with(providers: Providers) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/voxgate.db", folder.path().display());
        let store = Store::open(&url, &StoreOptions::default()).await.unwrap();
        let mut keys = BTreeMap::new();
        for role in Role::ALL {
            let key = ApiKey::new().unwrap();
            let unasked = |_: &KeyRow| Reply { status: 201, body: String::new() };
            let roles = [role.to_string()];
            store.add_key(role.as_str(), &key.hash(), &roles, None, clock::unix_ms(), unasked).await.unwrap();
            keys.insert(role.as_str(), key.reveal().to_owned());
        }
        let desk = Arc::new(TestDesk {
            store: store.clone(),
            dialplans: Dialplans::shipped(),
            slots: 10.into(),
            broken: AtomicBool::new(false),
        });
        let (stop, stopping) = watch::channel(false);
        let router = router(Gateway {
            store: store.clone(),
            desk: Arc::clone(&desk) as Arc<dyn Desk>,
            providers,
            directory: Arc::new(Directory::default()),
            metrics: Metrics::new(),
            recordings: folder.path().to_owned(),
            slots: 10,
            task_lease: Duration::from_secs(900),
            max_body: MAX_BODY,
            public_url: PUBLIC.to_owned(),
            stopping,
        });
        Self { store, desk, folder, stop, router, keys }
    }

    pub(crate) fn key(&self, role: Role) -> &str {
        &self.keys[role.as_str()]
    }

    /// A request with a key of this role.
    pub(crate) fn request(&self, role: Role, method: &str, path: &str) -> request::Builder {
        let bearer = format!("Bearer {}", self.key(role));
        Request::builder().method(method).uri(path).header(AUTHORIZATION, bearer)
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// The response as it begins.
    pub(crate) async fn open(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.open(request).await).await
    }

    pub(crate) async fn get(&self, role: Role, path: &str) -> Answer {
        self.send(self.request(role, "GET", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn delete(&self, role: Role, path: &str) -> Answer {
        self.send(self.request(role, "DELETE", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, role: Role, path: &str, body: Value) -> Answer {
        self.post_text(role, path, body.to_string()).await
    }

    pub(crate) async fn post_text(&self, role: Role, path: &str, body: impl Into<Body>) -> Answer {
        let request = self.request(role, "POST", path).header(CONTENT_TYPE, "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    /// A call that waits to be picked up.
    pub(crate) async fn call(&self) -> CallId {
        let answer = self.post(Role::Operator, "/v1/calls", order()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        CallId::new(answer.json()["call_id"].as_str().unwrap())
    }
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of a problem document that is as RFC 9457 wants it.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json", "{self:?}");
        let document = self.json();
        assert_eq!(document["status"], self.status.as_u16());
        assert!(!document["detail"].as_str().unwrap().is_empty(), "{document}");
        document["code"].as_str().unwrap().to_owned()
    }
}

/// An order that can be kept.
pub(crate) fn order() -> Value {
    serde_json::json!({
        "to": NUMBER, "dialplan": "reminder", "language": "en-US",
        "variables": {"first_name": "Ana", "appointment": "2030-12-01T10:30:00-08:00"},
    })
}

impl TestDesk {
    async fn take(&self, order: NewOrder, once: Option<Once>) -> Result<Created, Refusal> {
        assert!(!self.broken.load(Ordering::Relaxed), "the desk is broken");
        let now_ms = clock::unix_ms();
        order.check(&self.dialplans, now_ms).map_err(Refusal::Wrong)?;
        let (request, reply): (_, fn(&CallRow) -> Reply) = match once {
            Some(Once { request, reply }) => (Some(request), reply),
            None => (None, |_| Reply { status: 0, body: String::new() }),
        };
        let call = order.placed_with(PROVIDER);
        if call.when_full == WhenFull::Wait {
            return self.store.create_call(&call, request.as_ref(), now_ms, reply).await.map_err(Refusal::Store);
        }
        let with = StartNow { now_ms, slot_until_ms: now_ms + 60_000, limits: self.limits() };
        let started = self.store.create_and_start(&call, request.as_ref(), &with, |_, _| allow(), reply).await;
        match started.map_err(Refusal::Store)? {
            StartedNow::Started(underway) => Ok(Created::New(Box::new(underway.call))),
            StartedNow::Refused(call, _) => Ok(Created::New(call)),
            StartedNow::Before(reply) => Ok(Created::Before(reply)),
        }
    }

    fn limits(&self) -> SlotLimits {
        let providers = BTreeMap::from([(PROVIDER.to_owned(), None)]);
        SlotLimits { deployment: self.slots.load(Ordering::Relaxed), providers }
    }
}

impl Desk for TestDesk {
    fn order(&self, order: NewOrder, once: Option<Once>) -> BoxFuture<'_, Result<Created, Refusal>> {
        Box::pin(self.take(order, once))
    }

    fn cancel<'a>(&'a self, call: &'a CallId, actor: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.store.cancel_call(call, actor, "asked", clock::unix_ms()).await.map(drop) })
    }

    fn set_dialing<'a>(&'a self, dialing: bool, actor: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.store.set_switch(STOP_DIALING, !dialing, actor, clock::unix_ms()).await })
    }

    fn set_telecaller<'a>(
        &'a self,
        id: &'a TelecallerId,
        to: TelecallerState,
        actor: &'a str,
    ) -> BoxFuture<'a, Result<TelecallerRow, StoreError>> {
        Box::pin(self.store.set_telecaller(id, to, actor, clock::unix_ms()))
    }

    fn measure(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }

    fn not_ready(&self) -> BoxFuture<'_, Vec<String>> {
        Box::pin(async { Vec::new() })
    }
}
