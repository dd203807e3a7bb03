//! What one 20 ms frame costs a whole session core: VAD, keys in band, dialog, play-out and recording, all on. Run with
//! `cargo bench -p voxgate-core`.

#[path = "../tests/steady/mod.rs"]
mod steady;

use std::time::Instant;

use steady::SteadyCall;

/// Rounds of each measurement; the fastest counts, so that other work on the machine does not.
const ROUNDS: usize = 20;

fn main() {
    measure("speaking", || SteadyCall::begin(60_000), 1_000, false);
    measure("listening", || after(100, false), 100, false);
    measure("hearing", || after(150, true), 600, true);
}

/// A call after a short prompt and so many frames, the last second with a voice in it or without.
fn after(frames: usize, voice: bool) -> SteadyCall {
    let mut call = SteadyCall::begin(200);
    call.frames(frames - 50, false);
    call.frames(50, voice);
    call
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn measure(name: &str, begin: impl Fn() -> SteadyCall, frames: usize, voice: bool) {
    let round = || {
        let mut call = begin();
        let start = Instant::now();
        call.frames(frames, voice);
        start.elapsed().as_nanos() as f64 / frames as f64
    };
    let fastest = (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min);
    println!("{name:<12} {fastest:>7.0} ns a frame, {:>6.2} ms of CPU per minute", fastest * 3_000.0 / 1e6);
}
