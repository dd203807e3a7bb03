//! Starting and stopping a sandbox: its own thread with its own runtime, so that it shares no timing with its host.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::config::Config;
use crate::error::Error;
use crate::network::exchange::Exchange;
use crate::personas::plan::{Number, NumberPlan};
use crate::report::Report;
use crate::rest;

/// A running sandbox. Dropping it ends its calls and its thread.
pub struct Sandbox {
    address: SocketAddr,
    exchange: Arc<Exchange>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Loads the personas, binds the address, starts the thread. Returns once requests are taken.
    pub fn start(config: Config) -> Result<Self, Error> {
        check(&config)?;
        let plan = NumberPlan::load(config.personas.as_deref())?;
        let address = config.bind;
        let listener = TcpListener::bind(address).map_err(|source| Error::Bind { address, source })?;
        listener.set_nonblocking(true).map_err(Error::Start)?;
        let address = listener.local_addr().map_err(Error::Start)?;
        let exchange = Arc::new(Exchange::new(config, Clock::start(), plan, client()?));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
        let (stop, stopped) = oneshot::channel();
        let served = exchange.clone();
        let thread = std::thread::Builder::new()
            .name("voxgate-sandbox".to_owned())
            .spawn(move || runtime.block_on(run(served, listener, stopped)))
            .map_err(Error::Start)?;
        Ok(Self { address, exchange, stop: Some(stop), thread: Some(thread) })
    }

    /// What a client takes for `https://api.twilio.com`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address of the REST API.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The account that is served.
    pub fn account_sid(&self) -> &str {
        &self.exchange.config.account_sid
    }

    /// Its token.
    pub fn auth_token(&self) -> &str {
        &self.exchange.config.auth_token
    }

    /// The number plan.
    pub fn numbers(&self) -> Vec<Number> {
        self.exchange.plan.listing()
    }

    /// What was seen until now.
    pub fn report(&self) -> Report {
        self.exchange.report()
    }

    /// Ends every call and the thread, and gives the last report.
    pub fn shut_down(mut self) -> Report {
        self.stop();
        self.exchange.report()
    }

    fn stop(&mut self) {
        // The receiver is gone only when the thread has ended already.
        let _ = self.stop.take().map(|stop| stop.send(()));
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!(?panic, "the sandbox's thread panicked");
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn run(exchange: Arc<Exchange>, listener: TcpListener, stopped: oneshot::Receiver<()>) {
    let beats = exchange.clone();
    tokio::spawn(async move { beats.metronome.run().await });
    tokio::select! {
        result = rest::serve(exchange, listener) => {
            if let Err(error) = result {
                tracing::error!(%error, "the sandbox's API has ended");
            }
        }
        _ = stopped => {}
    }
}

fn check(config: &Config) -> Result<(), Error> {
    let setting = |name, text: &str| Err(Error::Setting { name, text: text.to_owned() });
    let sid = config.account_sid.strip_prefix("AC").unwrap_or_default();
    if sid.len() != 32 || !sid.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return setting("account_sid", "must be AC and 32 hex digits");
    }
    if config.auth_token.is_empty() {
        return setting("auth_token", "is empty; name any word that the gateway is given too");
    }
    if !(0.01..=10_000.0).contains(&config.calls_per_second) {
        return setting("calls_per_second", "must be between 0.01 and 10000");
    }
    Ok(())
}

/// The client of callbacks. Plain HTTP needs no certificates, and a proxy of the environment is none of its business.
fn client() -> Result<reqwest::Client, Error> {
    // An error means that a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().map_err(|error| Error::Client(error.to_string()))
}
