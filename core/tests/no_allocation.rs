//! A session in steady state allocates nothing per frame.

#![expect(unsafe_code, reason = "a global allocator that counts has to be one")]

mod steady;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use steady::SteadyCall;

struct Counting;

thread_local! {
    /// Of this thread alone: the test harness has others.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// A second of the recording is handed out in one block of two tracks, for good: they are written by another thread.
const PER_BLOCK: u64 = 2;

/// Runs so many frames; tells how often memory was allocated, the recorder's blocks apart.
fn allocations(call: &mut SteadyCall, frames: usize, voice: bool) -> u64 {
    let (before, blocks) = (ALLOCATIONS.get(), call.blocks);
    call.frames(frames, voice);
    ALLOCATIONS.get() - before - PER_BLOCK * (call.blocks - blocks)
}

/// Keys are looked for in band, and the call is recorded.
#[test]
fn speaking_listening_and_hearing_allocate_nothing_per_frame() {
    let mut speaking = SteadyCall::begin(60_000);
    speaking.frames(100, false);
    let (sent, blocks) = (speaking.sent, speaking.blocks);
    assert_eq!(allocations(&mut speaking, 1_000, false), 0, "20 s of speaking");
    assert_eq!((speaking.sent - sent, speaking.blocks - blocks), (1_000, 20), "it spoke, and was recorded");

    let mut listening = SteadyCall::begin(200);
    listening.frames(100, false);
    let sent = listening.sent;
    assert_eq!(allocations(&mut listening, 100, false), 0, "2 s of listening");
    assert_eq!((listening.sent - sent, listening.recognised), (0, 0), "nobody said anything");

    let mut hearing = listening;
    hearing.frames(50, true);
    let recognised = hearing.recognised;
    assert_eq!(allocations(&mut hearing, 600, true), 0, "12 s of hearing");
    assert_eq!(hearing.recognised - recognised, 600, "every frame went to the recogniser");
}
