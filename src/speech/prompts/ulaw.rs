//! μ-law WAV files, which hound does not read: half the size of 16-bit ones, and what the telephone carries anyway.

/// `WAVE_FORMAT_MULAW`, RFC 2361 appendix A.
const MULAW: u16 = 7;

/// The samples of a mono μ-law WAV file at 8 kHz; `None` for any other file.
pub(super) fn samples(file: &[u8]) -> Option<&[u8]> {
    if !file.starts_with(b"RIFF") || file.get(8..12)? != b"WAVE" {
        return None;
    }
    let mut is_ulaw = false;
    let mut rest = file.get(12..)?;
    while let Some((header, body)) = rest.split_at_checked(8) {
        let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        let chunk = &body[..length.min(body.len())];
        match &header[..4] {
            b"fmt " => is_ulaw = is_telephone_ulaw(chunk.first_chunk()?),
            b"data" => return Some(chunk).filter(|_| is_ulaw),
            _ => {}
        }
        // Chunks begin at even offsets.
        rest = body.get(length.next_multiple_of(2)..)?;
    }
    None
}

fn is_telephone_ulaw(format: &[u8; 16]) -> bool {
    let tag = u16::from_le_bytes([format[0], format[1]]);
    let channels = u16::from_le_bytes([format[2], format[3]]);
    let rate = u32::from_le_bytes([format[4], format[5], format[6], format[7]]);
    (tag, channels, rate) == (MULAW, 1, super::super::TELEPHONE_RATE_HZ)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(tag: u16, channels: u16, rate: u32, data: &[u8]) -> Vec<u8> {
        // A chunk of odd length, as editors leave them, stands before the format.
        let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x12\0\0\0".to_vec();
        file.extend(tag.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend([0; 10]);
        file.extend(b"data");
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn telephone_ulaw_is_read_as_it_is() {
        assert_eq!(samples(&wav(MULAW, 1, 8_000, &[1, 2, 3])), Some(&[1, 2, 3][..]));
    }

    #[test]
    fn other_files_are_left_to_others() {
        let cut = wav(MULAW, 1, 8_000, &[1, 2, 3]);
        let others = [wav(1, 1, 8_000, &[0]), wav(MULAW, 2, 8_000, &[0]), wav(MULAW, 1, 16_000, &[0]), b"ID3".to_vec()];
        for file in others.iter().map(Vec::as_slice).chain((0..cut.len() - 4).map(|end| &cut[..end])) {
            assert!(samples(file).is_none_or(<[u8]>::is_empty), "{file:?}");
        }
    }
}
