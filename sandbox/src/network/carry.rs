//! Carries one call: does what its machine wants, wakes it when it is due.

use std::sync::Arc;
use std::time::Duration;

use super::call::Want;
use super::exchange::Exchange;
use super::order::Progress;
use crate::callbacks::form;
use crate::callbacks::post::{self, Letter, Postbox};
use crate::stream::socket;
use crate::twiml::StreamOrder;

/// The carrier gives a document this long to be fetched.
const FETCH_PATIENCE: Duration = Duration::from_secs(15);

/// Runs a placed call to its end.
pub(crate) async fn carry(exchange: Arc<Exchange>, sid: String) {
    let Some((wake, to)) = exchange.with_call(&sid, |entry, _| (entry.wake.clone(), entry.call.order.to.clone()))
    else {
        return;
    };
    let mut carrier = Carrier { postbox: post::open(&exchange, &sid, &to), exchange, sid, sequence: 0 };
    loop {
        let Some((wants, due, over)) = carrier.step() else { return };
        wants.into_iter().for_each(|want| carrier.serve(want));
        if over {
            return;
        }
        let deadline = carrier.exchange.clock.instant(due.unwrap_or(carrier.exchange.clock.now() + FETCH_PATIENCE));
        tokio::select! {
            () = tokio::time::sleep_until(deadline) => {}
            () = wake.notified() => {}
        }
    }
}

struct Carrier {
    exchange: Arc<Exchange>,
    sid: String,
    postbox: Postbox,
    /// Number of the next status callback.
    sequence: u32,
}

impl Carrier {
    /// Lets time pass for the call: what it wants, when it is due next, and whether it is over. `None` once deleted.
    fn step(&self) -> Option<(Vec<Want>, Option<Duration>, bool)> {
        let now = self.exchange.clock.now();
        let mut world = self.exchange.world();
        let call = &mut world.calls.get_mut(&self.sid)?.call;
        call.handle_timeout(now);
        let wants: Vec<Want> = std::iter::from_fn(|| call.poll_want()).collect();
        Some((wants, call.poll_timeout(), call.status().is_final()))
    }

    fn serve(&mut self, want: Want) {
        match want {
            Want::Report(step) => self.report(step),
            Want::ReportVerdict { answered_by, after } => self.report_verdict(&answered_by, after),
            Want::Fetch(url) => self.fetch(url),
            Want::OpenStream(order) => self.open_stream(order),
            Want::StopStream => self.stop_stream(),
            Want::Refuse { code, text } => self.exchange.note_violation(Some(&self.sid), code, text),
        }
    }

    fn report(&mut self, step: Progress) {
        let letter = {
            let world = self.exchange.world();
            let Some(entry) = world.calls.get(&self.sid) else { return };
            let Some(callback) = entry.call.order.callback.as_ref().filter(|to| to.events.contains(&step)) else {
                return;
            };
            let account = &self.exchange.config.account_sid;
            let form = form::progress(account, &entry.call, step, self.sequence, &self.exchange.clock);
            Letter { url: callback.url.clone(), form }
        };
        self.sequence += 1;
        self.send(letter);
    }

    fn report_verdict(&self, answered_by: &str, after: Duration) {
        let letter = {
            let world = self.exchange.world();
            let Some(entry) = world.calls.get(&self.sid) else { return };
            let detection = entry.call.order.detection.as_ref();
            let Some(url) = detection.and_then(|detection| detection.asynchronous.clone().flatten()) else { return };
            let account = &self.exchange.config.account_sid;
            Letter { url, form: form::verdict(account, &entry.call, answered_by, after.as_millis()) }
        };
        self.send(letter);
    }

    fn send(&self, letter: Letter) {
        if self.postbox.try_send(letter).is_err() {
            self.exchange.note_callback(&self.sid, Some("not posted: too many callbacks are waiting".to_owned()));
        }
    }

    fn fetch(&self, url: String) {
        let (exchange, sid) = (self.exchange.clone(), self.sid.clone());
        tokio::spawn(async move {
            let form = exchange.with_call(&sid, |entry, _| {
                form::common(&exchange.config.account_sid, &entry.call, entry.call.status().name())
            });
            let Some(form) = form else { return };
            let answer = exchange.post(&Letter { url, form }, FETCH_PATIENCE).await;
            let document = answer.as_deref().map_err(String::as_str);
            exchange.with_call(&sid, |entry, now| entry.call.on_document(now, document));
        });
    }

    fn open_stream(&self, order: StreamOrder) {
        let stream_sid = self.exchange.world().new_sid("MZ");
        self.exchange.with_call(&self.sid, |entry, _| entry.stream_sid = Some(stream_sid.clone()));
        tokio::spawn(socket::run(self.exchange.clone(), self.sid.clone(), stream_sid, order));
    }

    fn stop_stream(&self) {
        let seat = self.exchange.with_call(&self.sid, |entry, _| {
            entry.stream_sid = None;
            entry.seat.clone()
        });
        if let Some(seat) = seat.flatten() {
            seat.stop();
        }
    }
}
