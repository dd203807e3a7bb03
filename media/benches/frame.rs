//! What one 20 ms frame costs, stage by stage, and that none of them allocates. Run with `cargo bench -p voxgate-media`.

#![expect(unsafe_code, reason = "a global allocator that counts has to be one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use voxgate_media::dtmf::{Detector, Key, render};
use voxgate_media::{Concealer, Endpointer, FRAME_SAMPLES, Frame, Rate, Resampler, Vad, WebRtcVad, beep, g711};

/// Frames of the material: half of it keys, the other half noise.
const FRAMES: usize = 1_000;

/// Rounds over the material; the fastest counts, so that other work on the machine does not.
const ROUNDS: usize = 20;

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
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

/// Stages measured so far.
#[derive(Default)]
struct Report {
    allocations: u64,
}

impl Report {
    fn measure(&mut self, stage: &str, mut run: impl FnMut(usize)) {
        // The first round fills tables and caches.
        (0..FRAMES).for_each(&mut run);
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        let fastest = (0..ROUNDS).map(|_| timed(|| (0..FRAMES).for_each(&mut run))).min().unwrap_or_default();
        let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
        let frame = fastest.as_nanos() as f64 / FRAMES as f64;
        println!("{stage:<28} {frame:>8.0} ns a frame, {allocations} allocations");
        self.allocations += allocations;
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn timed(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

fn material() -> Vec<Frame> {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as i16 / 16
    };
    let mut audio: Vec<i16> = Key::ALL.repeat(6).into_iter().flat_map(|key| render(key, 60, 60)).collect();
    audio.truncate(FRAMES / 2 * FRAME_SAMPLES);
    audio.extend(std::iter::repeat_with(&mut noise).take(FRAMES / 2 * FRAME_SAMPLES));
    audio.as_chunks().0.iter().map(Frame::from_samples).collect()
}

fn main() -> ExitCode {
    let frames = material();
    let packets: Vec<_> = frames.iter().map(Frame::to_ulaw).collect();
    let mut report = Report::default();

    measure_codecs(&mut report, &frames, &packets);
    measure_machines(&mut report, &frames);
    for (from, to) in pairs() {
        measure_resampler(&mut report, from, to);
    }

    if report.allocations == 0 {
        return ExitCode::SUCCESS;
    }
    eprintln!("{} allocations in steady state: there must be none", report.allocations);
    ExitCode::FAILURE
}

fn measure_codecs(report: &mut Report, frames: &[Frame], packets: &[[u8; FRAME_SAMPLES]]) {
    report.measure("u-law decode", |n| _ = black_box(Frame::from_ulaw(black_box(&packets[n]))));
    report.measure("u-law encode", |n| _ = black_box(black_box(&frames[n]).to_ulaw()));
    let mut codes = [0; FRAME_SAMPLES];
    report.measure("A-law encode", |n| _ = black_box(g711::encode_alaw(black_box(frames[n].samples()), &mut codes)));
}

fn measure_machines(report: &mut Report, frames: &[Frame]) {
    let mut vad = WebRtcVad::new();
    report.measure("vad", |n| _ = black_box(vad.is_speech(&frames[n])));
    let mut endpointer = Endpointer::default();
    report.measure("endpoint", |n| _ = black_box(endpointer.push(black_box(n % 100 < 50))));
    let mut keys = Detector::new();
    report.measure("dtmf", |n| _ = black_box(keys.push(&frames[n])));
    let mut beeps = beep::Detector::new();
    report.measure("beep", |n| _ = black_box(beeps.push(&frames[n])));
    let mut concealer = Concealer::new();
    report.measure("conceal: good", |n| concealer.good(black_box(&frames[n])));
    report.measure("conceal: 1 in 2 missing", |n| match n % 2 {
        0 => concealer.good(black_box(&frames[n])),
        _ => _ = black_box(concealer.missing()),
    });
}

fn pairs() -> impl Iterator<Item = (Rate, Rate)> {
    Rate::ALL
        .into_iter()
        .flat_map(|from| Rate::ALL.into_iter().map(move |to| (from, to)))
        .filter(|(from, to)| from != to)
}

fn measure_resampler(report: &mut Report, from: Rate, to: Rate) {
    let input: Vec<i16> = (0..from.hz() / 50).map(|n| (n as i16).wrapping_mul(7_919)).collect();
    let mut resampler = Resampler::new(from, to);
    let mut output = vec![0; resampler.output_len_max(input.len())];
    let stage = format!("resample {} to {} kHz", from.hz() / 1000, to.hz() / 1000);
    report.measure(&stage, |_| _ = black_box(resampler.process(black_box(&input), &mut output)));
}
