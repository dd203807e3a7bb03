//! What the measured children do.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};
use tokio::task::LocalSet;
use tokio::time::Instant;
use voxgate_core::calls::CallState;
use voxgate_core::model::CallId;

use super::process::Usage;
use super::report::{Measured, Outcomes};
use super::{CALLS_PER_SECOND, Size, reference, script};
use crate::app::App;
use crate::calls::NewOrder;
use crate::clock;
use crate::config::{Config, Provider, Secret, TimeOfDay};
use crate::meters::{Distribution, Meters};
use crate::store::StoreError;
use crate::telemetry;

/// Between looks at whether every session is up.
const LOOK: Duration = Duration::from_millis(50);
/// For the last call to come up, once its turn to be dialed has come.
const GREETING: Duration = Duration::from_secs(15);
/// An attempt that finds its line busy has its slot for less than this.
const BUSY_SECONDS: u32 = 4;
/// For the end of every call once they are asked to end.
const FAREWELL: Duration = Duration::from_secs(60);

/// A child's part.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Part {
    /// The bare loop.
    Reference,
    /// A whole gateway.
    Gateway,
}

/// Lines from the process that measures.
struct Commands(Lines<BufReader<Stdin>>);

impl Commands {
    fn listen() -> Self {
        Self(BufReader::new(tokio::io::stdin()).lines())
    }

    /// `None` when that process is gone.
    async fn next(&mut self) -> Option<String> {
        self.0.next_line().await.ok().flatten()
    }
}

/// A stretch of time that is being measured.
struct Stretch {
    from: Instant,
    usage: Usage,
}

impl Stretch {
    fn begin() -> Result<Self, String> {
        Ok(Self { from: clock::now(), usage: Usage::now().map_err(|error| error.to_string())? })
    }

    fn end(&self, idle_rss_mib: f64, late: &Distribution, meters: Option<&Meters>) -> Result<Measured, String> {
        let usage = Usage::now().map_err(|error| error.to_string())?;
        let seconds = clock::now().duration_since(self.from).as_secs_f64();
        Ok(Measured {
            cores: (usage.cpu_seconds - self.usage.cpu_seconds) / seconds,
            idle_rss_mib,
            rss_mib: self.usage.rss_mib,
            end_rss_mib: usage.rss_mib,
            late_ms: late.percentiles(),
            first_audio_ms: meters.map(|meters| meters.first_audio.percentiles()).unwrap_or_default(),
            setup_ms: meters.map(|meters| meters.setup.percentiles()).unwrap_or_default(),
            dropped: meters.map_or(0, |meters| meters.dropped.load(Ordering::Relaxed)),
        })
    }
}

fn answer<T: Serialize>(value: &T) -> Result<(), String> {
    println!("{}", serde_json::to_string(value).map_err(|error| error.to_string())?);
    Ok(())
}

/// Runs the bare loop.
pub(super) async fn reference() -> Result<(), String> {
    let (listener, address) = reference::bind().await.map_err(|error| error.to_string())?;
    let late = Arc::new(Distribution::default());
    println!("{address}");
    let served = Arc::clone(&late);
    let local = LocalSet::new();
    let looping = local.run_until(async move { reference::serve(listener, served).await });
    tokio::select! {
        ended = looping => Err(format!("the bare loop ended: {ended:?}")),
        done = measure_on_command(&late, None, 0.0) => done.map(|_| ()),
    }
}

/// Answers `begin` and `end` until something else is said, or nothing any more.
async fn measure_on_command(
    late: &Distribution,
    meters: Option<&Meters>,
    idle_rss_mib: f64,
) -> Result<Option<String>, String> {
    let mut commands = Commands::listen();
    let mut stretch = Stretch::begin()?;
    loop {
        match commands.next().await.as_deref() {
            Some("begin") => {
                late.reset();
                stretch = Stretch::begin()?;
            }
            Some("end") => answer(&stretch.end(idle_rss_mib, late, meters)?)?,
            other => return Ok(other.map(str::to_owned)),
        }
    }
}

/// Runs a whole gateway with that many calls, and room for those that are ordered meanwhile.
pub(super) async fn gateway(network: &str, folder: &Path, size: Size) -> Result<(), String> {
    telemetry::start_on_stderr("warn").map_err(|error| error.to_string())?;
    let app = App::start(config(network, folder, size)?).await.map_err(|error| error.to_string())?;
    let idle = Usage::now().map_err(|error| error.to_string())?.rss_mib;
    let mut placed = Vec::new();
    for k in 0..size.sessions {
        placed.push(place(&app, k).await?);
    }
    let meters = app.meters();
    all_up(meters, size.sessions).await?;
    println!("{}", app.http_address());
    measure_on_command(&meters.late, Some(meters), idle).await?;
    end(&app, &placed).await?;
    let outcomes = Outcomes::count(&app).await?;
    app.stop().await;
    answer(&outcomes)
}

async fn all_up(meters: &Meters, sessions: u32) -> Result<(), String> {
    let deadline = clock::now() + Duration::from_secs_f64(f64::from(sessions) / CALLS_PER_SECOND) + GREETING;
    loop {
        let live = meters.live.load(Ordering::Relaxed);
        if live >= u64::from(sessions) {
            return Ok(());
        }
        if meters.ended.load(Ordering::Relaxed) > 0 {
            return Err("a session ended before all were up".to_owned());
        }
        if clock::now() > deadline {
            return Err(format!("only {live} of {sessions} sessions came up in time"));
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn place(app: &App, k: u32) -> Result<CallId, String> {
    let order = NewOrder::new(&format!("+1206556{k:04}"), script::NAME, "en-US", BTreeMap::new(), "load");
    app.order(order).await.map(|call| call.id).map_err(|error| error.to_string())
}

/// Ends every call and waits until it is proven over.
async fn end(app: &App, placed: &[CallId]) -> Result<(), String> {
    let farewell = async {
        for call in placed {
            app.cancel(call).await?;
        }
        for call in Outcomes::calls(app).await? {
            app.settled(&call.id, |call| !call.state.is_waiting() || call.state == CallState::RedialWait).await?;
        }
        Ok::<_, StoreError>(())
    };
    let ended = tokio::time::timeout(FAREWELL, farewell).await;
    ended.map_err(|_| "calls did not end when asked to".to_owned())?.map_err(|error| error.to_string())
}

fn config(network: &str, folder: &Path, Size { sessions, orders }: Size) -> Result<Config, String> {
    let mut config = Config::default();
    config.limits.sessions = sessions + orders * BUSY_SECONDS;
    config.calls.batch = sessions;
    config.calls.hours_from = TimeOfDay::hour(0);
    config.calls.hours_to = TimeOfDay::hour(24);
    config.server.bind.set_port(0);
    config.media.bind.set_port(0);
    config.media.workers = Some(1);
    config.media.inband_keys = true;
    config.store.dir = folder.to_owned();
    config.recordings.dir = folder.join("recordings");
    config.speech.cache_dir = folder.join("speech");
    config.speech.stt = "scripted".to_owned();
    config.speech.tts = "scripted".to_owned();
    config.calls.provider = Some("sandbox".to_owned());
    config.calls.dialplans = Some(folder.join("dialplans"));
    config.calls.max_duration = Duration::from_secs(7_200);
    let sandbox = Provider {
        kind: "twilio".to_owned(),
        base_url: Some(network.parse().map_err(|error| format!("--network: {error}"))?),
        account_sid: Some(voxgate_sandbox::ACCOUNT_SID.to_owned()),
        auth_token: Some(Secret::new(voxgate_sandbox::AUTH_TOKEN.to_owned())),
        from: Some("+12065550100".parse().map_err(|error| format!("the caller's number: {error}"))?),
        calls_per_second: CALLS_PER_SECOND + f64::from(orders),
        live: true,
        ..Provider::default()
    };
    config.providers.insert("sandbox".to_owned(), sandbox);
    Ok(config)
}
