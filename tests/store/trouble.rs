//! A database that is locked, read-only, full or gone: told as unavailable, nothing half done, and fine afterwards.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use voxgate::store::{CallFilter, Store, StoreError, StoreOptions};

use crate::bed::{Bed, NOW, dialed, finished, gate, number, order, ordered, outcome, reply, wish};
use crate::postgres::Server;
use crate::small_disk::SmallDisk;
use voxgate_core::model::Disposition;

/// Where the child of a test finds the database.
const CHILD: &str = "VOXGATE_TEST_STORE";

async fn hasty(url: &str) -> Store {
    let options = StoreOptions { patience: Duration::from_millis(100), ..StoreOptions::default() };
    Store::open(url, &options).await.unwrap()
}

async fn a_call(store: &Store) -> Result<(), StoreError> {
    store.create_call(&order(&number(1)), None, NOW, reply).await.map(drop)
}

async fn calls(store: &Store) -> usize {
    store.calls(&CallFilter::default(), None, 500).await.unwrap().len()
}

fn why(result: Result<(), StoreError>) -> String {
    match result {
        Err(StoreError::Unavailable(what)) => what,
        other => panic!("it is to be unavailable, not {other:?}"),
    }
}

fn file(folder: &Path) -> (PathBuf, String) {
    let file = folder.join("voxgate.db");
    let url = format!("sqlite:{}", file.display());
    (file, url)
}

/// Another process holds the lock: told after the patience, nothing stored, reading goes on, fine once it is free.
#[tokio::test]
async fn a_locked_file_is_unavailable_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let (file, url) = file(folder.path());
    let store = hasty(&url).await;
    let mut other = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let what = why(a_call(&store).await);
    assert!(what.contains("another process holds its lock"), "{what}");
    assert_eq!(calls(&store).await, 0);
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    a_call(&store).await.unwrap();
    assert_eq!(calls(&store).await, 1);
}

/// A file that may only be read is opened and read; what would be written is refused with advice.
#[tokio::test]
async fn a_read_only_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (_, url) = file(folder.path());
    let writer = hasty(&url).await;
    ordered(&writer, &number(1)).await;
    writer.close().await;
    let store = hasty(&format!("{url}?mode=ro")).await;
    assert_eq!(calls(&store).await, 1);
    let what = why(a_call(&store).await);
    assert!(what.contains("it is read-only"), "{what}");
}

/// The disk fills up: told, nothing half done; with room again all is as before. Needs the right to mount.
#[tokio::test]
async fn a_full_disk_is_unavailable_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(folder.path()) else {
        return println!("not shown here: a small disk cannot be mounted");
    };
    let (_, url) = file(folder.path());
    let store = hasty(&url).await;
    let ballast = folder.path().join("ballast");
    std::fs::write(&ballast, vec![1; 1 << 20]).unwrap();
    let mut stored = 0;
    let what = loop {
        match a_call(&store).await {
            Ok(()) => stored += 1,
            Err(StoreError::Unavailable(what)) => break what,
            Err(error) => panic!("{error}"),
        }
        assert!(stored < 10_000, "the disk never fills");
    };
    assert!(what.contains("full"), "{what}");
    assert_eq!(calls(&store).await, stored);
    std::fs::remove_file(ballast).unwrap();
    a_call(&store).await.unwrap();
    assert_eq!(calls(&store).await, stored + 1);
}

/// The folder is moved away under the running store and comes back: nothing is written into the void, nothing is lost.
#[tokio::test]
async fn a_file_that_is_gone_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (there, away) = (folder.path().join("there"), folder.path().join("away"));
    std::fs::create_dir(&there).unwrap();
    let (_, url) = file(&there);
    let store = hasty(&url).await;
    a_call(&store).await.unwrap();
    std::fs::rename(&there, &away).unwrap();
    let what = why(a_call(&store).await);
    assert!(what.contains("is gone"), "{what}");
    std::fs::rename(&away, &there).unwrap();
    a_call(&store).await.unwrap();
    assert_eq!(calls(&store).await, 2);
}

/// Another file in its place, as after a restore of a backup, is written and read from then on.
#[tokio::test]
async fn a_restored_file_is_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let (file, url) = file(folder.path());
    let store = hasty(&url).await;
    a_call(&store).await.unwrap();
    store.close().await;
    let backup = folder.path().join("backup.db");
    std::fs::copy(&file, &backup).unwrap();
    let store = hasty(&url).await;
    for _ in 0..3 {
        a_call(&store).await.unwrap();
    }
    for name in ["voxgate.db", "voxgate.db-wal", "voxgate.db-shm"] {
        std::fs::remove_file(folder.path().join(name)).ok(); // the last two are there while it is open
    }
    std::fs::rename(&backup, &file).unwrap();
    a_call(&store).await.unwrap();
    assert_eq!(calls(&store).await, 2);
}

/// Nobody but the owner reads the files, numbers stand in them.
#[tokio::test]
async fn the_files_are_their_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (_, url) = file(&folder.path().join("new/data"));
    let store = hasty(&url).await;
    a_call(&store).await.unwrap();
    for entry in std::fs::read_dir(folder.path().join("new/data")).unwrap().flatten() {
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.path());
    }
}

/// One commit takes along what waits: far fewer commits than operations, and an operation that fails takes none with it.
#[tokio::test]
async fn what_waits_shares_a_commit() {
    let bed = Bed::sqlite().await;
    let before = bed.store.counts();
    let all: Vec<_> = (0..200)
        .map(|n| {
            let store = bed.store.clone();
            tokio::spawn(async move {
                match n % 10 {
                    0 => store.remove_dnc("+1", "key-1", "asked", NOW).await.is_err(),
                    _ => store.create_call(&order(&number(n)), None, NOW, reply).await.is_ok(),
                }
            })
        })
        .collect();
    for one in all {
        assert!(one.await.unwrap());
    }
    let counts = bed.store.counts();
    let (operations, commits) = (counts.operations - before.operations, counts.commits - before.commits);
    assert_eq!((operations, calls(&bed.store).await), (200, 180));
    assert!(commits <= 20, "{commits} commits for {operations} operations");
    assert_eq!(counts.waiting, 0);
}

/// A decision that panics undoes its own operation and no other; the store goes on.
#[tokio::test]
async fn a_panic_in_a_decision_harms_no_other() {
    let bed = Bed::sqlite().await;
    ordered(&bed.store, &number(1)).await;
    let broken = bed.store.pick_up(&wish("a", NOW, 1, 1), |_, _| panic!("a defect, on purpose")).await;
    assert!(matches!(broken, Err(StoreError::Defect(_))), "{broken:?}");
    assert_eq!(bed.store.slots_in_use().await.unwrap().deployment, 0);
    assert_eq!(bed.store.pick_up(&wish("a", NOW, 1, 1), gate).await.unwrap().started.len(), 1);
}

/// Two processes on one file: both write, nothing is lost, no call is begun twice.
#[tokio::test]
async fn two_processes_share_a_file() {
    let bed = Bed::sqlite().await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["trouble::works_as_a_child", "--exact", "--ignored", "--quiet"])
        .env(CHILD, &bed.url)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    work(&bed.store, "parent", 0).await;
    let ended = tokio::task::spawn_blocking(move || child.wait()).await.unwrap();
    assert!(ended.unwrap().success());
    assert_eq!(calls(&bed.store).await, 100);
    for call in bed.store.calls(&CallFilter::default(), None, 500).await.unwrap() {
        assert!(bed.store.attempts_of(&call.id).await.unwrap().len() <= 1);
    }
}

#[tokio::test]
#[ignore = "the other process of two_processes_share_a_file"]
async fn works_as_a_child() {
    let Ok(url) = std::env::var(CHILD) else { return };
    work(&crate::bed::open(&url).await, "child", 50).await;
}

async fn work(store: &Store, owner: &str, from: u32) {
    for n in from..from + 50 {
        ordered(store, &number(n)).await;
        for at in store.pick_up(&wish(owner, NOW, 2, 100), gate).await.unwrap().started {
            finished(store, &at.attempt, outcome(Disposition::Canceled)).await.unwrap();
        }
    }
}

/// A server that dies and comes back: told while it is away, fine afterwards, and all that was answered is there.
#[tokio::test]
async fn a_server_that_is_gone_comes_back() {
    let mut server = match Server::start(false) {
        Ok(server) => server,
        Err(why) => return println!("the PostgreSQL half does not run: {why}"),
    };
    let store = hasty(&server.database()).await;
    let at = dialed(&store, &number(1)).await;
    server.stop();
    let what = why(finished(&store, &at.attempt, outcome(Disposition::Busy)).await.map(drop));
    assert!(!what.is_empty());
    assert!(store.call(&at.call.id).await.unwrap_err().is_unavailable());
    server.go_on().unwrap();
    let end = patiently(|| finished(&store, &at.attempt, outcome(Disposition::Busy))).await;
    assert!(end.first);
}

/// As callers do: what is unavailable is tried again. The server is up; connections that died are found out one by one.
async fn patiently<T, F: Future<Output = Result<T, StoreError>>>(work: impl Fn() -> F) -> T {
    for _ in 0..100 {
        match work().await {
            Ok(done) => return done,
            Err(StoreError::Unavailable(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("it stays unavailable");
}

/// Eight processes that start at once on a new file all find the schema made.
#[tokio::test]
async fn who_opens_second_finds_it_made() {
    let folder = tempfile::tempdir().unwrap();
    let (_, url) = file(folder.path());
    let all: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { a_call(&crate::bed::open(&url).await).await })
        })
        .collect();
    for one in all {
        one.await.unwrap().unwrap();
    }
    assert_eq!(calls(&crate::bed::open(&url).await).await, 8);
}

/// What cannot be opened says which setting is wrong.
#[tokio::test]
async fn what_cannot_be_opened_says_so() {
    let open = async |url: &str| Store::open(url, &StoreOptions::default()).await.unwrap_err().to_string();
    assert!(open("mysql://h/n").await.contains("store.url"));
    assert!(open("sqlite:/proc/nowhere/x.db").await.contains("/proc/nowhere/x.db cannot be made"));
    assert!(open("postgres://u@localhost:1/n").await.contains("cannot be reached"));
    let folder = tempfile::tempdir().unwrap();
    let (file, url) = file(folder.path());
    std::fs::write(file, "this is no database, whatever its name says, and never was").unwrap();
    let error = open(&url).await;
    assert!(error.contains("not a database"), "{error}");
}
