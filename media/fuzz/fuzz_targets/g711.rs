#![no_main]
use libfuzzer_sys::fuzz_target;
use voxgate_media::g711::{alaw_decode, alaw_encode, ulaw_decode, ulaw_encode};

// What was encoded once is not changed by going round again.
fuzz_target!(|sample: i16| {
    let (ulaw, alaw) = (ulaw_decode(ulaw_encode(sample)), alaw_decode(alaw_encode(sample)));
    assert_eq!((ulaw_decode(ulaw_encode(ulaw)), alaw_decode(alaw_encode(alaw))), (ulaw, alaw));
});
