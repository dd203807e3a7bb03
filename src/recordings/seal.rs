//! Sealing: a recording that is over gets its hash, over the very bytes that anybody who holds the file can hash again.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use ring::digest::{Context, SHA256};

/// Bytes of the header that stands before the audio: RIFF, `fmt ` of 16 bytes, `data`.
const HEADER: u64 = 44;
/// Bytes of one sample of both channels.
const SAMPLE: u64 = 4;
/// What is hashed at a time, bytes.
const PIECE: usize = 64 * 1024;

/// What identifies a sealed recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// SHA-256 of the whole file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Length of the file.
    pub bytes: u64,
    /// Length of the audio, ms.
    pub length_ms: u64,
}

/// Cuts off what a crash left behind the last whole block, waits until the file is on disk, and hashes it.
///
/// # Errors
/// When the file cannot be read, cut or synced, or is no recording.
pub fn seal(path: &Path) -> io::Result<Seal> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let audio = audio_bytes(&mut file)?;
    if file.metadata()?.len() > HEADER + audio {
        file.set_len(HEADER + audio)?;
    }
    file.sync_all()?;
    let (sha256, bytes) = hash(file)?;
    Ok(Seal { sha256, bytes, length_ms: audio / SAMPLE / 8 })
}

/// The SHA-256 of a file as it is now, and its length in bytes.
///
/// # Errors
/// When the file cannot be read.
pub fn hash_file(path: &Path) -> io::Result<(String, u64)> {
    hash(File::open(path)?)
}

fn audio_bytes(file: &mut File) -> io::Result<u64> {
    let mut header = [0; HEADER as usize];
    file.read_exact(&mut header)?;
    if !header.starts_with(b"RIFF") || &header[36..40] != b"data" {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it does not begin as our recordings do"));
    }
    let [.., a, b, c, d] = header;
    Ok(u32::from_le_bytes([a, b, c, d]).into())
}

fn hash(mut file: File) -> io::Result<(String, u64)> {
    file.seek(SeekFrom::Start(0))?;
    let mut digest = Context::new(&SHA256);
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        digest.update(&piece[..read]);
        bytes += read as u64;
    }
    let hex = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((hex, bytes))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use voxgate_core::session::Block;
    use voxgate_media::time::Samples;

    use super::super::wav::WavFile;
    use super::*;

    fn recording(path: &Path) {
        let mut file = WavFile::create(path).unwrap();
        file.append(&Block { at: Samples(0), callee: vec![0x80; 800], ours: vec![0; 800] }).unwrap();
        file.finish().unwrap();
    }

    #[test]
    fn a_seal_is_the_hash_of_the_file_as_anybody_computes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        recording(&path);
        let seal = seal(&path).unwrap();
        assert_eq!((seal.bytes, seal.length_ms), (44 + 3_200, 100));
        let told = std::process::Command::new("sha256sum").arg(&path).output().unwrap();
        assert!(String::from_utf8(told.stdout).unwrap().starts_with(&seal.sha256));
        assert_eq!(hash_file(&path).unwrap(), (seal.sha256, seal.bytes));
    }

    #[test]
    fn half_a_block_behind_the_last_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        recording(&path);
        let whole = seal(&path).unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(&[1; 700]).unwrap();
        assert_eq!(seal(&path).unwrap(), whole);
    }

    #[test]
    fn what_is_no_recording_is_not_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        assert_eq!(seal(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        for (bytes, kind) in [(&b"RIFF"[..], io::ErrorKind::UnexpectedEof), (&[7; 60], io::ErrorKind::InvalidData)] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(seal(&path).unwrap_err().kind(), kind);
        }
    }
}
