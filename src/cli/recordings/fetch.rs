//! Bytes of recordings, checked against their seal.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use reqwest::StatusCode;
use ring::digest::{Context, SHA256};

use crate::cli::client::{Client, ClientError, part};
use crate::cli::shown::cell;

/// Fetches a recording to a file, which has its name only when it is whole and right. Returns its length in bytes.
pub(super) async fn fetch(client: &Client, id: &str, to: &Path) -> Result<u64, ClientError> {
    let sealed = seal(client, id).await?;
    let partial = PathBuf::from(format!("{}.part", to.display()));
    let mut written = open(&partial).map_err(in_file(&partial))?;
    let mut hash = Hash::new();
    hash.read(&mut written).map_err(in_file(&partial))?;
    if hash.hex() != sealed {
        download(client, id, &mut hash, |bytes| written.write_all(bytes).map_err(in_file(&partial))).await?;
    }
    written.sync_all().map_err(in_file(&partial))?;
    if hash.hex() != sealed {
        std::fs::remove_file(&partial).map_err(in_file(&partial))?;
        return Err(ClientError::Altered(id.to_owned()));
    }
    std::fs::rename(&partial, to).map_err(in_file(to))?;
    Ok(hash.bytes)
}

/// Reads a recording and keeps nothing of it but its hash. Returns its length in bytes.
pub(super) async fn verify(client: &Client, id: &str) -> Result<u64, ClientError> {
    let sealed = seal(client, id).await?;
    let mut hash = Hash::new();
    download(client, id, &mut hash, |_| Ok(())).await?;
    if hash.hex() == sealed { Ok(hash.bytes) } else { Err(ClientError::Altered(id.to_owned())) }
}

async fn seal(client: &Client, id: &str) -> Result<String, ClientError> {
    let row = client.get(&format!("/v1/recordings/{}", part(id)), &[]).await?;
    Ok(cell(&row, "sha256"))
}

async fn download(
    client: &Client,
    id: &str,
    hash: &mut Hash,
    mut keep: impl FnMut(&[u8]) -> Result<(), ClientError>,
) -> Result<(), ClientError> {
    let path = format!("/v1/recordings/{}/content", part(id));
    let mut response = client.download(&path, hash.bytes).await?;
    let asked_for_a_part = hash.bytes > 0;
    if asked_for_a_part && response.status() != StatusCode::PARTIAL_CONTENT {
        return Err(ClientError::Broken("a part was asked for and the whole came".to_owned()));
    }
    let broken = |error: reqwest::Error| ClientError::Broken(error.without_url().to_string());
    while let Some(bytes) = response.chunk().await.map_err(broken)? {
        hash.add(&bytes);
        keep(&bytes)?;
    }
    Ok(())
}

/// For its owner alone, as the gateway has it; what an earlier fetch left open to others too.
fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

fn in_file(path: &Path) -> impl Fn(io::Error) -> ClientError {
    move |error| ClientError::File { path: path.to_owned(), error }
}

struct Hash {
    context: Context,
    bytes: u64,
}

impl Hash {
    fn new() -> Self {
        Self { context: Context::new(&SHA256), bytes: 0 }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.context.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// Takes in what a fetch that broke off has left.
    fn read(&mut self, file: &mut File) -> io::Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(()),
                n => self.add(&buffer[..n]),
            }
        }
    }

    fn hex(&self) -> String {
        self.context.clone().finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::client::tests::Counterpart;

    const CONTENT: &str = "RIFF and so on";

    async fn counterpart(sealed: &str) -> Counterpart {
        let mut hash = Hash::new();
        hash.add(sealed.as_bytes());
        let row = json!({"recording_id": "rec-1", "sha256": hash.hex()}).to_string();
        Counterpart::serving(move |path| match path.ends_with("/content") {
            true => (200, CONTENT.to_owned()),
            false => (200, row.clone()),
        })
        .await
    }

    #[tokio::test]
    async fn a_recording_is_fetched_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("one.wav");
        let right = counterpart(CONTENT).await;
        assert_eq!(fetch(&right.client, "rec-1", &file).await.unwrap(), 14);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), CONTENT);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(right.asked()[1].split(' ').nth(1), Some("/v1/recordings/rec-1/content"));
        let altered = counterpart("RIFF and so oN").await;
        let other = folder.path().join("other.wav");
        assert!(matches!(fetch(&altered.client, "rec-1", &other).await, Err(ClientError::Altered(_))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left of it");
    }

    #[tokio::test]
    async fn a_fetch_that_broke_off_is_finished_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("one.wav");
        let whole = counterpart(CONTENT).await;
        std::fs::write(folder.path().join("one.wav.part"), CONTENT).unwrap();
        assert_eq!(fetch(&whole.client, "rec-1", &file).await.unwrap(), 14);
        assert_eq!(whole.asked().len(), 1, "nothing was left to fetch");
        std::fs::write(folder.path().join("one.wav.part"), "RIFF").unwrap();
        let told = fetch(&whole.client, "rec-1", &file).await.unwrap_err().to_string();
        assert!(told.contains("a part was asked for and the whole came"), "{told}");
    }

    #[tokio::test]
    async fn a_recording_that_is_not_what_was_sealed_is_told_apart() {
        assert_eq!(verify(&counterpart(CONTENT).await.client, "rec-1").await.unwrap(), 14);
        let told = verify(&counterpart("other").await.client, "rec-1").await.unwrap_err().to_string();
        assert!(told.contains("rec-1 is not what was sealed"), "{told}");
    }
}
