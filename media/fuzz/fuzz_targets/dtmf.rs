#![no_main]
use libfuzzer_sys::fuzz_target;
use voxgate_media::{Frame, dtmf::Detector};

// A key takes five windows of 5 ms that no other key has, and a frame has four.
fuzz_target!(|audio: Vec<[i16; 160]>| {
    let mut detector = Detector::new();
    let keys = audio.iter().filter(|samples| detector.push(&Frame::from_samples(samples)).is_some()).count();
    assert!(keys * 5 <= audio.len() * 4);
});
