//! Media workers: each a thread with a runtime of its own that accepts media, owns its sessions and times their frames.
//!
//! A slow query or a busy API delays no frame: nothing but media runs here.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_setaffinity};
use socket2::{Domain, Protocol, Socket as RawSocket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::LocalSet;
use tracing::Instrument;

use super::driver::Driver;
use super::registry::Registry;
use super::speaking::ClipSource;
use crate::clock::Epoch;
use crate::journal::Journal;
use crate::meters::{Meters, count};
use crate::recordings::Recorder;
use crate::speech::SttBackend;
use crate::telemetry::session_span;
use crate::transport::websocket::twilio::{Introduction, TwilioLeg, introduce};
use crate::transport::websocket::{Refused, Socket, Upgrade, accept};

/// What the kernel may hold of a session's outgoing audio, in bytes: about a second. More would hide a peer that does
/// not read.
const SEND_BUFFER: usize = 16 * 1024;
/// Connections that wait to be accepted.
const BACKLOG: i32 = 1_024;
/// How long to wait when no connection can be accepted, as when file descriptors run out.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// Tells whether a handshake for this path carries the right signature.
pub type HandshakeCheck = dyn Fn(&Upgrade<'_>) -> bool + Send + Sync;

/// How the media plane listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaSettings {
    /// Where to listen; port 0 takes a free one.
    pub bind: SocketAddr,
    /// How many workers share the port.
    pub workers: usize,
    /// CPUs that the workers are bound to, in turn; none: wherever the system puts them.
    pub pin: Vec<usize>,
}

/// What sessions need of the rest of the house.
pub struct Services {
    /// Who is expected.
    pub registry: Arc<Registry>,
    /// The recogniser.
    pub stt: Arc<dyn SttBackend>,
    /// The prompts.
    pub clips: Arc<dyn ClipSource>,
    /// Where recordings go.
    pub recorder: Recorder,
    /// Where decisions and facts go.
    pub journal: Journal,
    /// What is counted.
    pub meters: Arc<Meters>,
}

/// A worker's view of the house.
struct Worker {
    services: Arc<Services>,
    handshake: Box<HandshakeCheck>,
}

/// The running workers.
#[derive(Debug)]
pub struct MediaPlane {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

impl MediaPlane {
    /// Binds the port and starts the workers. `handshake` makes the check of who is let in, once the port is known.
    ///
    /// # Errors
    /// When the port is taken or a thread or runtime cannot be started.
    pub fn start(
        settings: &MediaSettings,
        services: &Arc<Services>,
        handshake: impl FnOnce(SocketAddr) -> Box<HandshakeCheck>,
    ) -> io::Result<Self> {
        is_free(settings.bind)?;
        let first = listen(settings.bind)?;
        let address = first.local_addr()?;
        let worker = Arc::new(Worker { services: Arc::clone(services), handshake: handshake(address) });
        let more = (1..settings.workers.max(1)).map(|_| listen(address));
        let (stop, stopped) = watch::channel(false);
        let threads = std::iter::once(Ok(first))
            .chain(more)
            .enumerate()
            .map(|(k, listener)| {
                let cpu = settings.pin.get(k % settings.pin.len().max(1)).copied();
                spawn(k, cpu, listener?, Arc::clone(&worker), stopped.clone())
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { address, stop, threads })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more media, ends the sessions that are left, and waits for the workers.
    pub fn stop(self) {
        self.stop.send_replace(true);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a media worker had panicked");
            }
        }
    }
}

/// Workers share their port, and so would a second gateway unseen: whoever comes later must fail.
fn is_free(address: SocketAddr) -> io::Result<()> {
    let probe = RawSocket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    probe.set_reuse_address(true)?;
    probe.bind(&address.into())
}

fn listen(address: SocketAddr) -> io::Result<StdListener> {
    let socket = RawSocket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn spawn(
    number: usize,
    cpu: Option<usize>,
    listener: StdListener,
    worker: Arc<Worker>,
    stopped: watch::Receiver<bool>,
) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name(format!("media-{number}")).spawn(move || {
        if let Some(Err(error)) = cpu.map(bind_to_cpu) {
            tracing::warn!(%error, cpu, "media.pin: a media worker cannot be bound to this CPU and runs anywhere");
        }
        let local = LocalSet::new();
        local.block_on(&runtime, work(listener, worker, stopped));
    })
}

/// Binds the calling thread, and every thread that it will start, to one CPU.
///
/// # Errors
/// When the machine has no such CPU or the system does not allow it.
pub fn bind_to_cpu(cpu: usize) -> io::Result<()> {
    if cpu >= CpuSet::MAX_CPU {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no such CPU"));
    }
    let mut set = CpuSet::new();
    set.set(cpu);
    Ok(sched_setaffinity(None::<Pid>, &set)?)
}

async fn work(listener: StdListener, worker: Arc<Worker>, mut stopped: watch::Receiver<bool>) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "a media worker cannot listen"),
    };
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _peer)) => {
                    tokio::task::spawn_local(serve(stream, Arc::clone(&worker)));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            },
            _ = stopped.wait_for(|&stopped| stopped) => return,
        }
    }
}

/// From a connection to the end of its session.
async fn serve(stream: TcpStream, worker: Arc<Worker>) {
    match admit(stream, &worker.handshake).await {
        Ok((socket, introduction, epoch)) => converse(socket, introduction, epoch, Arc::clone(&worker.services)).await,
        Err(why) => {
            count(&worker.services.meters.refused);
            tracing::warn!(why, "media was turned away");
        }
    }
}

async fn admit(stream: TcpStream, signed: &HandshakeCheck) -> Result<(Socket, Introduction, Epoch), String> {
    tune(&stream).map_err(|error| error.to_string())?;
    let greet = |upgrade: &Upgrade<'_>| {
        if !upgrade.path.starts_with("/media/twilio/") {
            return Err(Refused::NotFound);
        }
        signed(upgrade).then_some(()).ok_or(Refused::Forged)
    };
    let (mut socket, ()) = accept(stream, &greet).await.map_err(|refused| refused.to_string())?;
    let introduction = introduce(&mut socket).await.map_err(|no_start| no_start.to_string())?;
    Ok((socket, introduction, Epoch::begin()))
}

fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    socket2::SockRef::from(stream).set_send_buffer_size(SEND_BUFFER)
}

async fn converse(socket: Socket, introduction: Introduction, epoch: Epoch, services: Arc<Services>) {
    let claim = match services.registry.claim(&introduction.token, &introduction.provider_call_id) {
        Ok(claim) => claim,
        Err(why) => {
            count(&services.meters.refused);
            return tracing::warn!(%why, "media was turned away");
        }
    };
    let span = session_span(&claim.spec.call, &claim.spec.attempt);
    let live = Live::begin(Arc::clone(&services));
    let driver = Driver::new(Arc::clone(&services), claim, TwilioLeg::new(socket, introduction), epoch);
    driver.run().instrument(span).await;
    drop(live);
}

/// Counts a session as live for as long as it exists, whatever ends it.
struct Live(Arc<Services>);

impl Live {
    fn begin(services: Arc<Services>) -> Self {
        count(&services.meters.live);
        Self(services)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.meters.live.fetch_sub(1, Ordering::Relaxed);
        count(&self.0.meters.ended);
    }
}
