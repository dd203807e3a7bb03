//! The callee's end of a media stream. `peer` is the machine; around it `socket` moves bytes and `metronome` time.

pub(crate) mod dial;
pub(crate) mod ear;
mod keep;
pub(crate) mod line;
pub(crate) mod meters;
pub(crate) mod metronome;
mod mouth;
pub(crate) mod peer;
mod playout;
pub(crate) mod socket;
pub(crate) mod wire;
