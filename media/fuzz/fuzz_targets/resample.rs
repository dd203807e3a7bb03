#![no_main]
use libfuzzer_sys::fuzz_target;
use voxgate_media::{Rate, Resampler};

// Whatever the pieces, the output is as long as it says, and as long as the input lasts.
fuzz_target!(|stream: (u8, u8, Vec<Vec<i16>>)| {
    let (from, to) = (Rate::ALL[usize::from(stream.0 % 4)], Rate::ALL[usize::from(stream.1 % 4)]);
    let mut resampler = Resampler::new(from, to);
    let mut count = |piece: &Vec<i16>| resampler.process(piece, &mut vec![0; resampler.output_len_max(piece.len())]);
    let written: usize = stream.2.iter().map(&mut count).sum();
    let taken: usize = stream.2.iter().map(Vec::len).sum();
    assert_eq!(written, (taken * to.hz() as usize).div_ceil(from.hz() as usize));
});
