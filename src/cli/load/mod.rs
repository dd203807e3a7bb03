//! `voxgate load`: what sessions cost on this machine, beside a bare loop that does nothing.
//!
//! Three processes: this one runs the sandbox, that is the callees; a child runs first the bare loop, then another child
//! runs a whole gateway. Each child measures itself when this one says so.

mod child;
mod orders;
mod part;
mod process;
mod reference;
mod report;
mod script;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use voxgate_sandbox::{Config as SandboxConfig, Sandbox, bare};

use self::child::Child;
use self::part::Part;
use self::report::{GatewayMeasured, Measured, Outcomes, Report};
use super::client::Client;
use crate::config::Store;
use crate::session::bind_to_cpu;

/// Sessions come up at this rate, so that their beginning is not one burst.
const CALLS_PER_SECOND: f64 = 50.0;
/// After the last session is up: what only a beginning costs is not measured.
const SETTLE: Duration = Duration::from_secs(3);
/// The bare loop is measured for at most this long: it does the same all the time.
const REFERENCE: u64 = 20;

/// Measure what sessions cost on this machine.
#[derive(Debug, Args)]
pub(super) struct Load {
    /// Sessions at the same time.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    sessions: u32,
    /// How long to measure, in seconds, once all sessions are up.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=420))]
    seconds: u64,
    /// Order so many more calls a second meanwhile, over the API, to lines that are busy.
    #[arg(long, value_name = "PER SECOND", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=500))]
    orders: u32,
    /// Bind the measured process to this CPU.
    #[arg(long, value_name = "CPU")]
    pin: Option<usize>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// What a child process of this command does.
    #[arg(long, hide = true)]
    part: Option<Part>,
    /// Where a gateway finds its network.
    #[arg(long, hide = true, default_value = "")]
    network: String,
    /// Where a gateway keeps its files.
    #[arg(long, hide = true, default_value = "")]
    folder: String,
}

impl Load {
    /// Measures, or does a child's part in it.
    pub(super) fn run(self) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return super::failed(error),
        };
        if let Err(error) = self.part.and(self.pin).map_or(Ok(()), bind_to_cpu) {
            return super::failed(format!("--pin: this process cannot be bound to that CPU: {error}"));
        }
        let done = runtime.block_on(async {
            match self.part {
                None => self.measure().await.map(|report| self.show(&report)),
                Some(Part::Reference) => part::reference().await,
                Some(Part::Gateway) => {
                    let size = Size { sessions: self.sessions, orders: self.orders };
                    part::gateway(&self.network, Path::new(&self.folder), size).await
                }
            }
        });
        done.map_or_else(super::failed, |()| ExitCode::SUCCESS)
    }

    fn show(&self, report: &Report) {
        print!("{}", if self.json { report.as_json() } else { report.as_text() });
    }

    async fn measure(&self) -> Result<Report, String> {
        let reference = self.measure_reference().await?;
        let network = SandboxConfig { calls_per_second: 10_000.0, ..SandboxConfig::default() };
        let sandbox = Sandbox::start(network).map_err(|error| error.to_string())?;
        let folder = std::env::temp_dir().join(format!("voxgate-load-{}", std::process::id()));
        let gateway = tokio::select! {
            measured = self.measure_gateway(&sandbox, &folder) => measured,
            _ = tokio::signal::ctrl_c() => Err("interrupted".to_owned()),
        };
        let heard = sandbox.shut_down();
        // Recordings of tones are of no use to anybody; where they cannot be removed the system will.
        std::fs::remove_dir_all(&folder).ok();
        Ok(Report::new(self.sessions, self.seconds, gateway?, reference, &heard))
    }

    async fn measure_reference(&self) -> Result<Measured, String> {
        let seconds = self.seconds.min(REFERENCE);
        eprintln!("measuring a bare loop with {} sockets for {seconds} s", self.sessions);
        let mut child = Child::start(&["--part", "reference"], self.pin)?;
        let url = format!("ws://{}/", child.line().await?);
        let ramp = u64::from(self.sessions) / 100 + SETTLE.as_secs();
        let sessions = self.sessions;
        let length = u32::try_from(ramp + seconds + 1).map_err(|_| "--seconds is too large".to_owned())?;
        let callees = tokio::task::spawn_blocking(move || bare::drive(&url, sessions, length));
        tokio::time::sleep(Duration::from_secs(ramp)).await;
        child.say("begin").await?;
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        let measured = child.ask("end").await?;
        let driven = callees.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        child.finish().await?;
        if driven.opened < u64::from(sessions) {
            return Err(format!("only {} of {sessions} sockets to the bare loop opened", driven.opened));
        }
        Ok(measured)
    }

    async fn measure_gateway(&self, sandbox: &Sandbox, folder: &Path) -> Result<GatewayMeasured, String> {
        let length = Duration::from_secs(self.seconds)
            + SETTLE
            + Duration::from_secs_f64(f64::from(self.sessions) / CALLS_PER_SECOND);
        script::write(&folder.join("dialplans"), length).map_err(|error| format!("{}: {error}", folder.display()))?;
        let (network, path) = (sandbox.base_url(), folder.display().to_string());
        let (sessions, orders) = (self.sessions.to_string(), self.orders.to_string());
        let gateway = ["--part", "gateway", "--network", &network, "--folder", &path];
        let mut child =
            Child::start(&[&gateway[..], &["--sessions", &sessions, "--orders", &orders]].concat(), self.pin)?;
        eprintln!("dialing {} callees, {CALLS_PER_SECOND} a second", self.sessions);
        let client = client(&child.line().await?, folder)?;
        tokio::time::sleep(SETTLE).await;
        eprintln!("measuring {} sessions for {} s", self.sessions, self.seconds);
        child.say("begin").await?;
        let taken = orders::place(client, self.orders, self.seconds).await?;
        let measured = child.ask("end").await?;
        let outcomes: Outcomes = child.ask("stop").await?;
        child.finish().await?;
        let ordered = u64::from(self.sessions) + taken.as_ref().map_or(0, |taken| taken.accepted);
        Ok(GatewayMeasured { measured, outcomes: outcomes.of(ordered), taken })
    }
}

/// How much a gateway gets to do.
#[derive(Clone, Copy, Debug)]
struct Size {
    sessions: u32,
    /// A second.
    orders: u32,
}

/// The API of a gateway that keeps its files in this folder.
fn client(address: &str, folder: &Path) -> Result<Client, String> {
    let url =
        format!("http://{address}").parse().map_err(|error| format!("a child process said {address:?}: {error}"))?;
    let file = Store { dir: folder.to_owned(), ..Store::default() }.key_file();
    let key = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    Client::new(url, &key).map_err(|error| error.to_string())
}
