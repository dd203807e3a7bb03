//! Recorded prompts: WAV files at 8 kHz, mono, μ-law or 16-bit.

use std::io::Cursor;

use hound::{SampleFormat, WavReader, WavSpec};
use voxgate_media::playout::Clip;

/// `WAVE_FORMAT_MULAW`, RFC 2361 appendix A.
const MULAW: u16 = 7;
const RATE: u32 = 8_000;
const WANTED: &str = "give a WAV at 8 kHz, mono, μ-law or 16-bit";

/// Reads a recording.
///
/// # Errors
/// What the file is instead, and what to give.
pub(super) fn clip(file: &[u8]) -> Result<Clip, String> {
    match ulaw(file)? {
        Some(samples) => Ok(Clip::from_ulaw(samples.to_vec())),
        None => linear(file),
    }
}

/// The samples of a μ-law file, which hound does not read; `None` for other formats.
fn ulaw(file: &[u8]) -> Result<Option<&[u8]>, String> {
    let is_wave = file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WAVE");
    let mut rest = file.get(12..).filter(|_| is_wave).ok_or_else(|| format!("it is no WAV file; {WANTED}"))?;
    let mut format = None;
    while let Some((header, body)) = rest.split_at_checked(8) {
        let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        let chunk = &body[..length.min(body.len())];
        match &header[..4] {
            b"fmt " => format = chunk.first_chunk::<16>().copied(),
            b"data" => return samples(format, chunk),
            _ => {}
        }
        // Chunks begin at even offsets.
        rest = body.get(length.next_multiple_of(2)..).unwrap_or_default();
    }
    Err(format!("it has no samples; {WANTED}"))
}

fn samples(format: Option<[u8; 16]>, data: &[u8]) -> Result<Option<&[u8]>, String> {
    let Some(format) = format else { return Err(format!("it does not say its format; {WANTED}")) };
    if u16::from_le_bytes([format[0], format[1]]) != MULAW {
        return Ok(None);
    }
    let channels = u16::from_le_bytes([format[2], format[3]]);
    let rate = u32::from_le_bytes([format[4], format[5], format[6], format[7]]);
    if (channels, rate) != (1, RATE) {
        return Err(format!("it has {channels} channels at {rate} Hz; {WANTED}"));
    }
    Ok(Some(data))
}

fn linear(file: &[u8]) -> Result<Clip, String> {
    let unreadable = |error: hound::Error| format!("{error}; {WANTED}");
    let mut wav = WavReader::new(Cursor::new(file)).map_err(unreadable)?;
    let spec = wav.spec();
    let wanted = WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
    if spec != wanted {
        let (channels, rate, bits) = (spec.channels, spec.sample_rate, spec.bits_per_sample);
        return Err(format!("it has {channels} channels at {rate} Hz with {bits} bits; {WANTED}"));
    }
    let samples: Vec<i16> = wav.samples().collect::<Result<_, _>>().map_err(unreadable)?;
    Ok(Clip::from_pcm(&samples))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(tag: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        file.extend(tag.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend((rate * u32::from(channels * bits / 8)).to_le_bytes());
        file.extend((channels * bits / 8).to_le_bytes());
        file.extend(bits.to_le_bytes());
        file.extend(b"data");
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn both_formats_give_the_same_clip() {
        let silence = clip(&wav(MULAW, 1, 8_000, 8, &[0xff; 320])).unwrap();
        assert!(silence == clip(&wav(1, 1, 8_000, 16, &[0; 640])).unwrap());
    }

    #[test]
    fn other_files_are_refused_with_what_they_are() {
        let table: [(Vec<u8>, &str); 6] = [
            (wav(MULAW, 2, 8_000, 8, &[0; 8]), "2 channels at 8000 Hz"),
            (wav(1, 1, 44_100, 16, &[0; 8]), "1 channels at 44100 Hz with 16 bits"),
            (b"ID3 a song".to_vec(), "it is no WAV file"),
            (b"RIFF\0\0\0\0WAVE".to_vec(), "it has no samples"),
            (b"RIFF\0\0\0\0WAVEdata\xff\xff\xff\xff".to_vec(), "it does not say its format"),
            (Vec::new(), "it is no WAV file"),
        ];
        for (file, what) in table {
            let error = clip(&file).err().unwrap();
            assert!(error.contains(what) && error.contains(WANTED), "{error}");
        }
    }
}
