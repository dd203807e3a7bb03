//! A plain load: media sockets straight to an address, with no REST, no document and no signature.
//!
//! It measures what a bare loop server costs under the very client that drives the gateway.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use futures_util::{Sink as _, StreamExt as _};
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use voxgate_media::frame::{FRAME_MS, FRAME_SAMPLES};
use voxgate_media::g711::ULAW_SILENCE;

use crate::clock::Clock;
use crate::config::ACCOUNT_SID;
use crate::stream::dial;
use crate::stream::metronome::{Beat, Metronome};
use crate::stream::wire::{Names, Writer};

/// Sockets opened per second: a ramp, so that opening does not disturb the measurement.
const OPENED_PER_SECOND: u32 = 200;

/// What came of a load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BareReport {
    /// Sockets that opened.
    pub opened: u64,
    /// Sockets that did not open.
    pub failed: u64,
    /// Sockets that ended before their time.
    pub ended_early: u64,
    /// Frames of 20 ms sent.
    pub frames_sent: u64,
    /// Frames that the server did not take in time.
    pub frames_dropped: u64,
    /// Messages received.
    pub messages: u64,
    /// Bytes of their text.
    pub bytes: u64,
}

/// Opens `sessions` sockets to `url` (`ws://`), sends silence on each every 20 ms for `seconds`, and counts what comes.
///
/// Runs on the calling thread until the time is over; the error tells why it could not begin.
pub fn drive(url: &str, sessions: u32, seconds: u32) -> std::io::Result<BareReport> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(run(url.to_owned(), sessions, Duration::from_secs(seconds.into()))))
}

async fn run(url: String, sessions: u32, length: Duration) -> BareReport {
    let clock = Clock::start();
    let metronome = Arc::new(Metronome::new(clock));
    let beats = metronome.clone();
    tokio::spawn(async move { beats.run().await });
    let ramp = Duration::from_secs(1) / OPENED_PER_SECOND;
    let end = clock.now() + ramp * sessions + length;
    let mut tasks = Vec::new();
    for n in 0..sessions {
        tokio::time::sleep(ramp).await;
        tasks.push(tokio::spawn(session(url.clone(), n, clock, end, metronome.clone())));
    }
    let mut report = BareReport::default();
    for task in tasks {
        match task.await {
            Ok(Some(one)) => report.add(&one),
            Ok(None) | Err(_) => report.failed += 1,
        }
    }
    report
}

async fn session(url: String, n: u32, clock: Clock, end: Duration, metronome: Arc<Metronome>) -> Option<BareReport> {
    let socket = dial::open(&url, None).await.ok()?;
    let line = Arc::new(Line(Mutex::new(Inner::new(n, socket))));
    line.lock().greet();
    metronome.join(line.clone());
    let early = tokio::select! {
        () = line.listen() => 1,
        () = tokio::time::sleep_until(clock.instant(end)) => 0,
    };
    let mut inner = line.lock();
    inner.over = true;
    Some(BareReport { ended_early: early, ..inner.report })
}

impl BareReport {
    fn add(&mut self, other: &Self) {
        self.opened += other.opened;
        self.ended_early += other.ended_early;
        self.frames_sent += other.frames_sent;
        self.frames_dropped += other.frames_dropped;
        self.messages += other.messages;
        self.bytes += other.bytes;
    }
}

struct Line(Mutex<Inner>);

struct Inner {
    socket: WebSocketStream<TcpStream>,
    writer: Writer,
    report: BareReport,
    over: bool,
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn listen(&self) {
        loop {
            let message = poll_fn(|cx| self.lock().socket.poll_next_unpin(cx)).await;
            let Some(Ok(message)) = message else { return };
            let mut inner = self.lock();
            inner.report.messages += 1;
            inner.report.bytes += message.len() as u64;
        }
    }
}

impl Beat for Line {
    fn beat(&self, _now: Duration) -> bool {
        let mut inner = self.lock();
        if !inner.over {
            inner.frame();
        }
        !inner.over
    }
}

impl Inner {
    fn new(n: u32, socket: WebSocketStream<TcpStream>) -> Self {
        let names = Names {
            account_sid: ACCOUNT_SID.to_owned(),
            call_sid: format!("CA{n:032x}"),
            stream_sid: format!("MZ{n:032x}"),
        };
        let report = BareReport { opened: 1, ..BareReport::default() };
        Self { socket, writer: Writer::new(names), report, over: false }
    }

    fn greet(&mut self) {
        let (connected, start) = (self.writer.connected(), self.writer.start(&[]));
        self.send(connected);
        self.send(start);
    }

    fn frame(&mut self) {
        let timestamp = self.report.frames_sent * u64::from(FRAME_MS);
        let media = self.writer.media(timestamp, &[ULAW_SILENCE; FRAME_SAMPLES]);
        if self.send(media) {
            self.report.frames_sent += 1;
        } else {
            self.report.frames_dropped += 1;
        }
    }

    fn send(&mut self, text: bytes::Bytes) -> bool {
        let Ok(text) = Utf8Bytes::try_from(text) else { return false };
        let sent = Pin::new(&mut self.socket).start_send(Message::Text(text)).is_ok();
        // Pending means a slow server, an error one that is gone; the reader learns of the latter.
        let _ = Pin::new(&mut self.socket).poll_flush(&mut Context::from_waker(Waker::noop()));
        sent
    }
}
