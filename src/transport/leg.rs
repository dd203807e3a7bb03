//! What every kind of leg can do.

use std::task::{Context, Poll};

use voxgate_core::model::UtteranceId;
use voxgate_core::session::LegEvent;
use voxgate_media::time::Samples;

/// What arrived on a leg.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// Audio: μ-law at 8 kHz.
    Audio {
        /// Where it begins on the leg's clock.
        at: Samples,
        /// One byte a sample.
        ulaw: &'a [u8],
    },
    /// Anything else.
    Event(LegEvent),
    /// Something that asks for nothing: it was counted.
    Nothing,
}

/// The leg takes no more audio now: it was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// One party's media connection. It is polled on the thread of its session and need not be `Send`.
pub trait Leg {
    /// The next thing that arrived. After [`LegEvent::Stopped`], [`LegEvent::Lost`] or [`LegEvent::Broken`] there is
    /// none.
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Incoming<'_>>;

    /// Takes audio to be sent, μ-law at 8 kHz in whole frames.
    ///
    /// # Errors
    /// [`Full`] when the far side does not keep up.
    fn send(&mut self, ulaw: &[u8]) -> Result<(), Full>;

    /// Asks the far side to tell when all that was sent before has been played. Never dropped.
    fn mark(&mut self, utterance: UtteranceId);

    /// Asks the far side to flush what it has not played. Never dropped.
    fn clear(&mut self);

    /// Writes what was taken, as far as the connection allows; tells when a full leg takes audio again.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Option<LegEvent>;

    /// Closes the connection; ready when all that was taken has been written or cannot be.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}
