//! G.711 μ-law and A-law, bit-exact to the reference of ITU-T G.191 (the Software Tool Library).
//!
//! Linear samples are 16 bits, left-justified: μ-law looks at the upper 14, A-law at the upper 13. As in the reference,
//! a negative sample is measured by its ones' complement, so that −1 is the mirror of 0. Many libraries differ from
//! the reference by one code at the thresholds of negative samples.

/// The μ-law code of a zero sample.
pub const ULAW_SILENCE: u8 = 0xFF;

/// The A-law code of a zero sample.
pub const ALAW_SILENCE: u8 = 0xD5;

/// Added to a 14-bit magnitude so that every μ-law segment begins at a power of two (G.711, table 2).
const ULAW_BIAS: u32 = 33;

/// The largest biased 14-bit magnitude: louder samples share the last code.
const ULAW_CLIP: u32 = 0x1FFF;

/// Every second bit of an A-law code is inverted on the line (G.711, table 1a, note 2).
const ALAW_TOGGLE: u8 = 0x55;

static ULAW_LINEAR: [i16; 256] = ulaw_linear();
static ALAW_LINEAR: [i16; 256] = alaw_linear();

/// The μ-law code of a linear sample.
#[must_use]
pub const fn ulaw_encode(sample: i16) -> u8 {
    let magnitude = (ones_complement(sample) >> 2) + ULAW_BIAS;
    let magnitude = if magnitude > ULAW_CLIP { ULAW_CLIP } else { magnitude };
    // The bias sets bit 5 at least, so the segment is at least zero.
    let segment = magnitude.ilog2() - 5;
    let step = (magnitude >> (segment + 1)) & 0x0F;
    let code = 0x7F - (segment << 4 | step) as u8;
    code | sign_bit(sample)
}

/// The linear sample of a μ-law code: the middle of its interval.
#[must_use]
pub fn ulaw_decode(code: u8) -> i16 {
    ULAW_LINEAR[usize::from(code)]
}

/// The A-law code of a linear sample.
#[must_use]
pub const fn alaw_encode(sample: i16) -> u8 {
    let magnitude = ones_complement(sample) >> 4;
    // The first two segments have the same step, so the first is the plain magnitude.
    let code = if magnitude < 32 {
        magnitude
    } else {
        let segment = magnitude.ilog2() - 3;
        segment << 4 | ((magnitude >> (segment - 1)) & 0x0F)
    };
    (code as u8 | sign_bit(sample)) ^ ALAW_TOGGLE
}

/// The linear sample of an A-law code: the middle of its interval.
#[must_use]
pub fn alaw_decode(code: u8) -> i16 {
    ALAW_LINEAR[usize::from(code)]
}

/// Encodes as many samples as both slices hold; returns how many.
pub fn encode_ulaw(samples: &[i16], codes: &mut [u8]) -> usize {
    convert(samples, codes, ulaw_encode)
}

/// Decodes as many codes as both slices hold; returns how many.
pub fn decode_ulaw(codes: &[u8], samples: &mut [i16]) -> usize {
    convert(codes, samples, ulaw_decode)
}

/// Encodes as many samples as both slices hold; returns how many.
pub fn encode_alaw(samples: &[i16], codes: &mut [u8]) -> usize {
    convert(samples, codes, alaw_encode)
}

/// Decodes as many codes as both slices hold; returns how many.
pub fn decode_alaw(codes: &[u8], samples: &mut [i16]) -> usize {
    convert(codes, samples, alaw_decode)
}

fn convert<A: Copy, B>(from: &[A], to: &mut [B], each: impl Fn(A) -> B) -> usize {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = each(from);
    }
    from.len().min(to.len())
}

const fn ones_complement(sample: i16) -> u32 {
    (if sample < 0 { !sample } else { sample }) as u32
}

const fn sign_bit(sample: i16) -> u8 {
    if sample < 0 { 0 } else { 0x80 }
}

const fn ulaw_linear() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let inverted = !(code as u8);
        let segment = (inverted >> 4) & 7;
        let step = (inverted & 0x0F) as i32;
        // 33 half-steps and the bias of 33 are in units of 14 bits: four times that at 16.
        let magnitude = (((2 * step + 33) << segment) - 33) * 4;
        table[code] = if code < 128 { -magnitude } else { magnitude } as i16;
        code += 1;
    }
    table
}

const fn alaw_linear() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let plain = code as u8 ^ ALAW_TOGGLE;
        let segment = (plain >> 4) & 7;
        let step = (plain & 0x0F) as i32;
        let magnitude = if segment == 0 { 2 * step + 1 } else { (2 * step + 33) << (segment - 1) };
        table[code] = if code < 128 { -8 * magnitude } else { 8 * magnitude } as i16;
        code += 1;
    }
    table
}
