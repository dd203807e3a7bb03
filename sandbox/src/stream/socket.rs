//! The socket of one stream: dials the gateway with a signed handshake, and moves bytes and time in and out of [`Peer`].

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Waker};
use std::time::Duration;

use futures_util::{Sink as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error as WsError, Message, Utf8Bytes};

use super::dial;
use super::keep::Keep;
use super::meters::{Counts, Sample};
use super::metronome::Beat;
use super::peer::{Ending, Outgoing, Peer, PeerEvent};
use super::wire::Names;
use crate::network::exchange::{Entry, Exchange};
use crate::twiml::StreamOrder;

/// After our close the gateway has this many beats (1 s) to close too.
const CLOSING_BEATS: u32 = 50;
/// A stream may commit a fault once in this many beats (1 s).
const FAULT_BEATS: u64 = 50;

/// A callee's seat at an open socket.
pub(crate) struct Seat {
    exchange: Weak<Exchange>,
    call_sid: String,
    inner: Mutex<Inner>,
    /// The socket is to be dropped.
    gone: Notify,
}

struct Inner {
    socket: WebSocketStream<TcpStream>,
    peer: Peer,
    keep: Option<Keep>,
    beats: u64,
    closing_beats: u32,
    frames_dropped: u64,
    closed: bool,
}

/// Runs one stream of a call from its dialing to its end, and lets the call go on.
pub(crate) async fn run(exchange: Arc<Exchange>, call_sid: String, stream_sid: String, order: StreamOrder) {
    match dial::dial(&order.url, &exchange.config.auth_token).await {
        Ok(socket) => {
            if let Some(seat) = sit(&exchange, &call_sid, &stream_sid, &order, socket) {
                seat.listen(&exchange).await;
                seat.leave(&exchange, &stream_sid);
            }
        }
        Err(text) => exchange.note_violation(Some(&call_sid), 31_920, text),
    }
    exchange.with_call(&call_sid, |entry, now| {
        if entry.stream_sid.take_if(|current| *current == stream_sid).is_some() {
            entry.call.on_stream_closed(now);
        }
    });
}

/// Takes a seat at the socket; `None` when the call has left the stream meanwhile.
fn sit(
    exchange: &Arc<Exchange>,
    call_sid: &str,
    stream_sid: &str,
    order: &StreamOrder,
    socket: WebSocketStream<TcpStream>,
) -> Option<Arc<Seat>> {
    let seed = exchange.config.seed.wrapping_add(exchange.world().placed.len() as u64);
    let keep = open_keep(exchange, call_sid);
    let seat = exchange.with_call(call_sid, |entry, now| {
        let current = entry.stream_sid.as_deref() == Some(stream_sid);
        current.then(|| {
            let names = Names {
                account_sid: exchange.config.account_sid.clone(),
                call_sid: call_sid.to_owned(),
                stream_sid: stream_sid.to_owned(),
            };
            let peer = Peer::new(names, &order.parameters, entry.call.persona.clone(), seed, now);
            let seat = Arc::new(Seat::new(exchange, call_sid, socket, peer, keep));
            entry.report.streams += 1;
            entry.seat = Some(seat.clone());
            seat
        })
    })??;
    seat.lock().flush();
    exchange.metronome.join(seat.clone());
    Some(seat)
}

fn open_keep(exchange: &Exchange, call_sid: &str) -> Option<Keep> {
    let folder = exchange.config.keep_heard.as_ref()?;
    Keep::create(folder, call_sid)
        .inspect_err(|error| tracing::error!(call_sid, %error, "what the callee hears is not kept"))
        .ok()
}

impl Seat {
    fn new(
        exchange: &Arc<Exchange>,
        call_sid: &str,
        socket: WebSocketStream<TcpStream>,
        peer: Peer,
        keep: Option<Keep>,
    ) -> Self {
        let inner = Inner { socket, peer, keep, beats: 0, closing_beats: 0, frames_dropped: 0, closed: false };
        Self {
            exchange: Arc::downgrade(exchange),
            call_sid: call_sid.to_owned(),
            inner: Mutex::new(inner),
            gone: Notify::new(),
        }
    }

    /// The call leaves the stream: `stop`, then close.
    pub(crate) fn stop(&self) {
        self.lock().peer.stop();
    }

    /// What was counted, prompts heard, frames dropped; zeros once these have been handed over.
    pub(crate) fn counts(&self) -> (Counts, u32, u64) {
        let inner = self.lock();
        (inner.peer.meters.counts, inner.peer.prompts(), inner.frames_dropped)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what the gateway sends until the socket is closed or to be dropped.
    async fn listen(&self, exchange: &Exchange) {
        let mut gone = pin!(self.gone.notified());
        loop {
            let next = poll_fn(|cx| self.lock().socket.poll_next_unpin(cx));
            let message = tokio::select! {
                message = next => message,
                () = &mut gone => return,
            };
            match message {
                Some(Ok(message)) => self.lock().take(exchange.clock.now(), message),
                Some(Err(WsError::Protocol(error))) => return self.lock().peer.on_protocol_error(&error.to_string()),
                Some(Err(WsError::Capacity(error))) => return self.lock().peer.on_protocol_error(&error.to_string()),
                Some(Err(WsError::Utf8(error))) => return self.lock().peer.on_protocol_error(&error),
                Some(Err(_)) | None => return,
            }
        }
    }

    /// The stream is over: hands its counts and last events over, and seals the kept audio.
    fn leave(&self, exchange: &Exchange, stream_sid: &str) {
        let (events, samples) = {
            let mut inner = self.lock();
            inner.closed = true;
            if let Some(Err(error)) = inner.keep.take().map(Keep::seal) {
                tracing::error!(call_sid = self.call_sid, %error, "the kept audio of a callee is not complete");
            }
            inner.collect()
        };
        self.hand_over(exchange, events, samples);
        let (counts, prompts, dropped) = self.counts();
        exchange.with_call(&self.call_sid, |entry, _| {
            entry.report.add_stream(counts, prompts, dropped);
            if entry.stream_sid.as_deref() == Some(stream_sid) || entry.stream_sid.is_none() {
                entry.seat = None;
            }
        });
    }

    fn hand_over(&self, exchange: &Exchange, events: Vec<PeerEvent>, samples: Vec<Sample>) {
        if !samples.is_empty() {
            let mut world = exchange.world();
            samples.iter().for_each(|sample| world.timings.add(*sample));
            if let Some(entry) = world.calls.get_mut(&self.call_sid) {
                samples.iter().for_each(|sample| entry.report.note(*sample));
            }
        }
        for event in events {
            let act: fn(&mut Entry, Duration) = match event {
                PeerEvent::OpeningEnded => |entry, now| entry.call.on_opening_ended(now),
                PeerEvent::HungUp => |entry, now| entry.call.on_callee_hung_up(now),
                PeerEvent::Refused { code, text } => {
                    exchange.note_violation(Some(&self.call_sid), code, text);
                    continue;
                }
            };
            exchange.with_call(&self.call_sid, act);
        }
    }

    /// Lets the stream commit a fault, if one is ordered for it.
    fn tempt(&self, exchange: &Exchange) {
        let fault = {
            let mut world = exchange.world();
            if world.faults.pending().is_empty() {
                return;
            }
            let to = world.calls.get(&self.call_sid).map(|entry| entry.call.order.to.clone());
            to.and_then(|to| world.faults.media(&to))
        };
        if let Some(fault) = fault {
            self.lock().peer.inject(fault);
        }
    }
}

impl Beat for Seat {
    fn beat(&self, now: Duration) -> bool {
        let Some(exchange) = self.exchange.upgrade() else { return false };
        let (events, samples, due_for_fault) = {
            let mut inner = self.lock();
            if inner.closed {
                return false;
            }
            inner.beat(now, &self.gone);
            let (events, samples) = inner.collect();
            (events, samples, inner.beats.is_multiple_of(FAULT_BEATS))
        };
        self.hand_over(&exchange, events, samples);
        if due_for_fault {
            self.tempt(&exchange);
        }
        true
    }
}

impl Inner {
    fn take(&mut self, now: Duration, message: Message) {
        match message {
            Message::Text(text) => {
                self.peer.on_text(now, &text);
                self.flush();
            }
            Message::Binary(_) => self.peer.on_protocol_error("a binary message"),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => {}
        }
    }

    fn beat(&mut self, now: Duration, gone: &Notify) {
        self.beats += 1;
        if self.peer.ending().is_none() {
            self.peer.tick(now);
            self.keep_frame();
        }
        self.flush();
        match self.peer.ending() {
            None => {}
            Some(Ending::Drop) => gone.notify_one(),
            Some(Ending::Stop | Ending::ProtocolError) => {
                if self.closing_beats == 0 {
                    // A close that cannot be written is a connection that is gone: the reader sees its end.
                    let _ = Pin::new(&mut self.socket).start_send(Message::Close(None));
                }
                self.closing_beats += 1;
                if self.closing_beats == CLOSING_BEATS {
                    gone.notify_one();
                }
            }
        }
    }

    fn keep_frame(&mut self) {
        let Some(keep) = &mut self.keep else { return };
        let (said, heard) = self.peer.last_frames();
        if let Err(error) = keep.add(said, heard) {
            tracing::error!(%error, "the audio of a callee is kept no further");
            self.keep = None;
        }
    }

    fn collect(&mut self) -> (Vec<PeerEvent>, Vec<Sample>) {
        let events = std::iter::from_fn(|| self.peer.pop_event()).collect();
        let samples = std::iter::from_fn(|| self.peer.meters.pop_sample()).collect();
        (events, samples)
    }

    /// Writes what the peer has to send. What the gateway does not take piles up to the socket's cap; then it is
    /// dropped and counted. No waker is needed: the next beat tries again.
    fn flush(&mut self) {
        while let Some(out) = self.peer.pop_outgoing() {
            let message = match out {
                Outgoing::Text(text) => match Utf8Bytes::try_from(text) {
                    Ok(text) => Message::Text(text),
                    Err(_not_text) => continue,
                },
                Outgoing::Binary(bytes) => Message::Binary(bytes),
            };
            if Pin::new(&mut self.socket).start_send(message).is_err() {
                self.frames_dropped += 1;
            }
        }
        // Pending means that the gateway reads slowly, an error that it is gone; the reader learns of the latter.
        let _ = Pin::new(&mut self.socket).poll_flush(&mut Context::from_waker(Waker::noop()));
    }
}
