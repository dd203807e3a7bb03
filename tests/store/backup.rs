//! The documented way to back up and bring back what a gateway keeps.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use voxgate::store::{CallRow, STOP_DIALING, Store, TaskFilter};
use voxgate_core::model::FailureCode;

use crate::bed::{dialed, failed, finished, number, open, ordered};
use crate::postgres::Server;

/// The manual.
const OPERATIONS: &str = include_str!("../../docs/operations.md");

/// The commands of the block under a heading, as somebody runs them who has other folders.
fn documented(begins: &str, folders: &[(&str, &Path)]) -> String {
    let text = OPERATIONS.split_once(begins).unwrap_or_else(|| panic!("{begins:?} is not in the manual")).1;
    let block = text.split_once("```\n").unwrap().1.split_once("```").unwrap().0;
    let here = |text: String, (from, to): &(&str, &Path)| text.replace(from, to.to_str().unwrap());
    folders.iter().fold(block.to_owned(), here)
}

fn run(commands: &str) -> bool {
    let output = Command::new("sh").args(["-euc", commands]).output().unwrap();
    assert!(output.stderr.is_empty(), "{commands}: {}", String::from_utf8_lossy(&output.stderr));
    output.status.success()
}

fn has(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap().status.success();
    if !found {
        println!("not shown here: {program} is not installed; tools/setup tests installs it");
    }
    found
}

/// Orders calls until told to stop: what was acknowledged, in order.
fn busy(store: &Store, from: u32) -> (Arc<AtomicBool>, tokio::task::JoinHandle<Vec<CallRow>>) {
    let (stop, store) = (Arc::new(AtomicBool::new(false)), store.clone());
    let stopping = Arc::clone(&stop);
    let work = tokio::spawn(async move {
        let mut all = Vec::new();
        while !stopping.load(Ordering::Relaxed) {
            all.push(ordered(&store, &number(from + u32::try_from(all.len()).unwrap())).await);
        }
        all
    });
    (stop, work)
}

/// What was there before the backup began: calls, one of them failed with its task.
async fn before(store: &Store) -> Vec<CallRow> {
    let mut all = Vec::new();
    for n in 0..300 {
        all.push(ordered(store, &number(n)).await);
    }
    let at = dialed(store, &number(9_999)).await;
    finished(store, &at.attempt, failed(FailureCode::Interrupted)).await.unwrap();
    all.push(store.call(&at.call.id).await.unwrap());
    all
}

async fn all_are_in(store: &Store, acknowledged: &[CallRow]) {
    for call in acknowledged {
        let kept = store.call(&call.id).await.unwrap();
        assert_eq!(kept.order, call.order);
    }
    assert_eq!(store.tasks(&TaskFilter::default(), None, 10).await.unwrap().len(), 1);
}

/// Whatever else the backup has is whole: each call with its history.
async fn is_whole(store: &Store) {
    let mut cursor = None;
    loop {
        let page = store.calls(&Default::default(), cursor.as_ref(), 500).await.unwrap();
        for call in &page {
            assert!(!store.history_of(call.id.as_str()).await.unwrap().is_empty(), "{call:?}");
        }
        let Some(last) = page.last() else { return };
        cursor = Some(last.id.clone());
    }
}

fn folders() -> (tempfile::TempDir, [PathBuf; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let both = ["data", "backup"].map(|name| folder.path().join(name));
    for folder in &both {
        std::fs::create_dir(folder).unwrap();
    }
    (folder, both)
}

/// A backup that is taken by the manual while the gateway writes is brought back elsewhere and opens, with all that was
/// acknowledged before the backup began, and nothing of it half; a recording, the spool and the first key are with it.
#[tokio::test]
async fn a_backup_while_it_writes_is_brought_back() {
    if !has("sqlite3") {
        return;
    }
    let (_folder, [data, backup]) = folders();
    let store = open(&format!("sqlite:{}/voxgate.db", data.display())).await;
    std::fs::create_dir(data.join("recordings")).unwrap();
    for name in ["recordings/a.wav", "spool.jsonl", "api-key"] {
        std::fs::write(data.join(name), name).unwrap();
    }
    let acknowledged = before(&store).await;
    let (stop, work) = busy(&store, 1_000);
    let at = [("/var/lib/voxgate", data.as_path()), ("/backup", backup.as_path())];
    let commands = documented("**Back up**", &at);
    assert!(tokio::task::spawn_blocking(move || run(&commands)).await.unwrap());
    stop.store(true, Ordering::Relaxed);
    let meanwhile = work.await.unwrap();
    assert!(!meanwhile.is_empty(), "nothing was written while the backup was taken");
    store.close().await;

    let elsewhere = data.with_file_name("elsewhere");
    let at = [("/var/lib/voxgate", elsewhere.as_path()), ("/backup", backup.as_path())];
    assert!(run(&documented("**Restore**", &at)));
    let restored = open(&format!("sqlite:{}/voxgate.db", elsewhere.display())).await;
    all_are_in(&restored, &acknowledged).await;
    is_whole(&restored).await;
    assert!(restored.switch(STOP_DIALING).await.unwrap().on, "nobody is dialed before somebody has looked");
    for name in ["recordings/a.wav", "spool.jsonl", "api-key"] {
        assert_eq!(std::fs::read_to_string(elsewhere.join(name)).unwrap(), name);
    }
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(elsewhere.join("voxgate.db")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "numbers stand in it");
}

/// The same with PostgreSQL.
#[tokio::test]
async fn a_dump_while_it_writes_is_brought_back() {
    let server = match Server::start(false) {
        Ok(server) => server,
        Err(why) => return println!("the PostgreSQL half does not run: {why}"),
    };
    let (_folder, [_, backup]) = folders();
    let (from, to) = (server.database(), server.database());
    let store = open(&from).await;
    let acknowledged = before(&store).await;
    let (stop, work) = busy(&store, 1_000);
    let commands = documented(
        "With PostgreSQL the database is dumped",
        &[("postgres://voxgate@db.example.com/voxgate", Path::new(&from)), ("/backup", backup.as_path())],
    );
    assert!(tokio::task::spawn_blocking(move || run(&commands)).await.unwrap());
    stop.store(true, Ordering::Relaxed);
    assert!(!work.await.unwrap().is_empty(), "nothing was written while the dump was taken");
    let commands = documented(
        "and brought back into an empty one",
        &[("postgres://voxgate@db.example.com/voxgate", Path::new(&to)), ("/backup", backup.as_path())],
    );
    assert!(run(&commands));
    let restored = open(&to).await;
    all_are_in(&restored, &acknowledged).await;
    is_whole(&restored).await;
}
