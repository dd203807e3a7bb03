//! G.711 against the Recommendation's own tables and against the ITU-T reference software.

use proptest::prelude::*;
use voxgate_media::g711::{
    ALAW_SILENCE, ULAW_SILENCE, alaw_decode, alaw_encode, decode_alaw, decode_ulaw, encode_alaw, encode_ulaw,
    ulaw_decode, ulaw_encode,
};

/// The positive half of a law as G.711 prints it: decision values x₁, x₂ … on the 16-bit scale, 128 intervals.
struct Law {
    decisions: Vec<i32>,
    /// Flips the code of an interval number 0..=127 into what is sent.
    invert: u8,
}

impl Law {
    /// Table 2a: the first interval is half a step; then 15 of step 2 and seven segments of 16, each step twice the
    /// last, in units of the 14-bit scale.
    fn mu() -> Self {
        let steps = std::iter::once(1)
            .chain(std::iter::repeat_n(2, 15))
            .chain((2..=8).flat_map(|segment| std::iter::repeat_n(1 << segment, 16)));
        Self { decisions: running_sum(steps, 4), invert: 0x7F }
    }

    /// Table 1a: 32 intervals of one step, then six segments of 16, each step twice the last, in units of the 12-bit
    /// magnitude's half.
    fn a() -> Self {
        let steps = std::iter::repeat_n(1, 32).chain((1..=6).flat_map(|segment| std::iter::repeat_n(1 << segment, 16)));
        Self { decisions: running_sum(steps, 16), invert: 0x55 }
    }

    fn encode(&self, sample: i16) -> u8 {
        let magnitude = i32::from(if sample < 0 { !sample } else { sample });
        let interval = self.decisions[..127].partition_point(|&decision| decision <= magnitude) as u8;
        let sign = if sample < 0 { 0 } else { 0x80 };
        (interval | sign) ^ self.invert
    }

    /// The middle of the interval; the interval of μ-law around zero has its middle at zero.
    fn decode(&self, code: u8) -> i16 {
        let interval = usize::from((code ^ self.invert) & 0x7F);
        let upper = self.decisions[interval];
        let lower = match interval.checked_sub(1) {
            Some(below) => self.decisions[below],
            None if self.invert == 0x7F => -upper,
            None => 0,
        };
        let middle = (lower + upper) / 2;
        (if code < 0x80 { -middle } else { middle }) as i16
    }
}

fn running_sum(steps: impl Iterator<Item = i32>, unit: i32) -> Vec<i32> {
    let mut sum = 0;
    let decisions: Vec<i32> = steps
        .map(|step| {
            sum += step * unit;
            sum
        })
        .collect();
    assert_eq!(decisions.len(), 128);
    decisions
}

#[test]
fn ulaw_follows_table_2_of_the_recommendation() {
    let law = Law::mu();
    assert_eq!(law.decisions[127], 4 * 8159, "the virtual decision value that table 2a prints");
    for sample in i16::MIN..=i16::MAX {
        assert_eq!(ulaw_encode(sample), law.encode(sample), "sample {sample}");
    }
    for code in 0..=255 {
        assert_eq!(ulaw_decode(code), law.decode(code), "code {code:#04x}");
    }
}

#[test]
fn alaw_follows_table_1_of_the_recommendation() {
    let law = Law::a();
    assert_eq!(law.decisions[127], 8 * 4096, "the virtual decision value that table 1a prints");
    for sample in i16::MIN..=i16::MAX {
        assert_eq!(alaw_encode(sample), law.encode(sample), "sample {sample}");
    }
    for code in 0..=255 {
        assert_eq!(alaw_decode(code), law.decode(code), "code {code:#04x}");
    }
}

/// FNV-1a, 64 bits.
fn checksum(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}

/// The checksums were computed by the C routines of ITU-T G.191 (`ulaw_compress` and its three companions).
#[test]
fn every_input_gives_what_the_reference_software_gives() {
    let samples = || i16::MIN..=i16::MAX;
    assert_eq!(checksum(samples().map(ulaw_encode)), 0x04EC_1F08_3FD7_8C2D);
    assert_eq!(checksum(samples().map(alaw_encode)), 0xF030_666E_B780_CF25);
    let codes = || 0..=255_u8;
    assert_eq!(checksum(codes().flat_map(|code| ulaw_decode(code).to_le_bytes())), 0xB91E_65D6_8481_A1A8);
    assert_eq!(checksum(codes().flat_map(|code| alaw_decode(code).to_le_bytes())), 0x693A_40CA_62A3_D2A5);
}

/// Samples at which libraries like to differ: both ends, around zero, and beside thresholds.
#[test]
fn known_values_of_the_reference_software() {
    for (sample, ulaw, alaw) in [
        (-32768, 0x00, 0x2A),
        (-8031, 0x20, 0x0A),
        (-5000, 0x2B, 0x06),
        (-133, 0x6F, 0x5D),
        (-4, 0x7F, 0x55),
        (-1, 0x7F, 0x55),
        (0, 0xFF, 0xD5),
        (3, 0xFF, 0xD5),
        (4, 0xFE, 0xD5),
        (12, 0xFD, 0xD5),
        (1000, 0xCE, 0xFA),
        (5000, 0xAB, 0x86),
        (32767, 0x80, 0xAA),
    ] {
        assert_eq!((ulaw_encode(sample), alaw_encode(sample)), (ulaw, alaw), "sample {sample}");
    }
    assert_eq!((ULAW_SILENCE, ALAW_SILENCE), (ulaw_encode(0), alaw_encode(0)));
}

#[test]
fn a_code_survives_decoding_and_encoding() {
    for code in 0..=255 {
        assert_eq!(alaw_encode(alaw_decode(code)), code);
        // 0x7F is the second code for zero.
        assert_eq!(ulaw_encode(ulaw_decode(code)), if code == 0x7F { 0xFF } else { code });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn louder_never_comes_back_quieter(a: i16, b: i16) {
        let (low, high) = (a.min(b), a.max(b));
        prop_assert!(ulaw_decode(ulaw_encode(low)) <= ulaw_decode(ulaw_encode(high)));
        prop_assert!(alaw_decode(alaw_encode(low)) <= alaw_decode(alaw_encode(high)));
    }

    #[test]
    fn slices_convert_what_both_sides_hold(samples in prop::collection::vec(any::<i16>(), 0..50), room in 0..50_usize) {
        let len = samples.len().min(room);
        let (mut codes, mut back) = (vec![0; room], vec![0; 50]);

        prop_assert_eq!(encode_ulaw(&samples, &mut codes), len);
        prop_assert_eq!(decode_ulaw(&codes[..len], &mut back), len);
        for n in 0..len {
            prop_assert_eq!(back[n], ulaw_decode(ulaw_encode(samples[n])));
        }

        prop_assert_eq!(encode_alaw(&samples, &mut codes), len);
        prop_assert_eq!(decode_alaw(&codes[..len], &mut back), len);
        for n in 0..len {
            prop_assert_eq!(back[n], alaw_decode(alaw_encode(samples[n])));
        }
    }
}
