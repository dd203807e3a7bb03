//! A call in steady state allocates nothing in this crate.

#![expect(unsafe_code, reason = "a global allocator that counts has to be one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use voxgate_media::beep;
use voxgate_media::dtmf::{Detector, Key, Tone};
use voxgate_media::{Concealer, Endpointer, FRAME_SAMPLES, Frame, Rate, Resampler, Vad, WebRtcVad};

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

/// Everything that works on the frames of one call, in the order of a call.
struct Call {
    vad: WebRtcVad,
    endpointer: Endpointer,
    keys: Detector,
    beeps: beep::Detector,
    concealer: Concealer,
    up: Resampler,
    down: Resampler,
    wide: [i16; 6 * FRAME_SAMPLES],
    narrow: [i16; FRAME_SAMPLES],
}

impl Call {
    fn new() -> Self {
        Self {
            vad: WebRtcVad::new(),
            endpointer: Endpointer::default(),
            keys: Detector::new(),
            beeps: beep::Detector::new(),
            concealer: Concealer::new(),
            up: Resampler::new(Rate::Hz8000, Rate::Hz48000),
            down: Resampler::new(Rate::Hz48000, Rate::Hz8000),
            wide: [0; 6 * FRAME_SAMPLES],
            narrow: [0; FRAME_SAMPLES],
        }
    }

    /// One packet in and one out; tells whether a key was pressed.
    fn step(&mut self, packet: &[u8; FRAME_SAMPLES], lost: bool) -> bool {
        let frame = if lost { self.concealer.missing() } else { Frame::from_ulaw(packet) };
        if !lost {
            self.concealer.good(&frame);
        }
        let speech = self.vad.is_speech(&frame);
        self.endpointer.push(speech);
        let key = self.keys.push(&frame);
        self.beeps.push(&frame);
        let len = self.up.process(frame.samples(), &mut self.wide);
        self.down.process(&self.wide[..len], &mut self.narrow);
        assert!(Frame::from_samples(&self.narrow).to_ulaw().len() == FRAME_SAMPLES);
        key.is_some()
    }
}

#[test]
fn a_thousand_frames_of_a_call_allocate_nothing() {
    let key = Key::new('5').expect("a key");
    let tone: Vec<i16> = Tone::new(key, 20_000, -13.0).collect();
    let packets: Vec<[u8; FRAME_SAMPLES]> =
        tone.as_chunks().0.iter().map(|samples| Frame::from_samples(samples).to_ulaw()).collect();
    assert_eq!(packets.len(), 1_000);
    let mut call = Call::new();
    // What is shared by all calls is made by the first frame of the first.
    call.step(&packets[0], false);

    let before = ALLOCATIONS.get();
    let mut presses = 0;
    for (at, packet) in packets.iter().enumerate() {
        presses += u32::from(call.step(packet, at % 50 == 49));
    }
    let allocated = ALLOCATIONS.get() - before;

    assert_eq!(presses, 1, "the tone was looked at");
    assert_eq!(allocated, 0, "allocations in 1,000 frames");
}
