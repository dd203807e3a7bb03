//! A database that gives trouble while somebody talks: the call goes on, and what it came to is kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use tokio::time::{sleep, timeout};
use voxgate::config::DatabaseUrl;
use voxgate::store::{CallFilter, Store};
use voxgate_core::calls::CallState;

use crate::house::{House, short_scripts};
use crate::knocks::Knocks;
use crate::peer::Peer;
use crate::postgres::Server;
use crate::small_disk::SmallDisk;

/// Longer than the store waits for a lock.
const HOLDS: Duration = Duration::from_millis(2_500);

/// What happens to the database.
enum Trouble {
    /// Another process holds the lock.
    Locked(PathBuf, Option<SqliteConnection>),
    /// The folder is moved away.
    Moved(PathBuf),
    /// The disk is full.
    Full(PathBuf),
    /// The server is gone.
    Stopped(Box<Server>),
}

impl Trouble {
    async fn begins(&mut self, store: &Store) {
        match self {
            Self::Locked(folder, lock) => {
                let file = format!("sqlite://{}", folder.join("voxgate.db").display());
                let mut other = SqliteConnection::connect(&file).await.unwrap();
                sqlx::query("PRAGMA busy_timeout = 10000").execute(&mut other).await.unwrap();
                sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
                *lock = Some(other);
            }
            Self::Moved(folder) => std::fs::rename(&folder, aside(folder)).unwrap(),
            Self::Full(folder) => {
                // What does not fit is not written; the rest fills the disk.
                std::fs::write(folder.join("ballast"), vec![1; 8 << 20]).unwrap_err();
                while store.ping().await.is_ok() {}
            }
            Self::Stopped(server) => server.stop(),
        }
    }

    async fn ends(&mut self) {
        match self {
            Self::Locked(_, lock) => {
                sqlx::query("ROLLBACK").execute(&mut lock.take().unwrap()).await.unwrap();
            }
            Self::Moved(folder) => std::fs::rename(aside(folder), &folder).unwrap(),
            Self::Full(folder) => std::fs::remove_file(folder.join("ballast")).unwrap(),
            Self::Stopped(server) => server.go_on().unwrap(),
        }
    }
}

fn aside(folder: &Path) -> PathBuf {
    folder.with_extension("aside")
}

async fn house(url: &str) -> House {
    let url = DatabaseUrl::new(url).unwrap();
    House::with(|config| {
        config.calls.dialplans = Some(short_scripts());
        config.media.workers = Some(1);
        config.store.url = Some(url);
    })
    .await
}

/// Whoever is called answers, the trouble begins, they say yes, and hear us out while it lasts.
async fn call_through(house: &House, trouble: &mut Trouble) {
    let record = house
        .answered("+12065570101", "short", |dialed| async move {
            let knocks = Knocks::at(house);
            let mut peer = dialed.stream().await;
            peer.first_audio().await;
            trouble.begins(house.app.store()).await;
            talk(&mut peer, refused(&knocks)).await;
            trouble.ends().await;
            accepted(&knocks).await;
        })
        .await;
    assert_eq!((record.disposition.as_str(), record.dialog_result.as_deref()), ("completed", Some("confirmed")));
    let store = house.app.store();
    let states: Vec<_> = store.history_of(record.attempt_id.as_str()).await.unwrap();
    let states: Vec<_> = states.iter().filter(|row| row.kind == "attempt").map(|row| row.to.as_str()).collect();
    assert_eq!(states, ["created", "placing", "accepted", "answered", "ended", "finalized"]);
    let learned = async {
        while store.learned(&record.attempt_id).await.unwrap().last_state.as_deref() != Some("thanks") {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(10), learned).await.expect("what was learned meanwhile reaches the store");
    assert!(store.revisions_of(&record.attempt_id).await.unwrap().is_empty());
    let waiting = CallFilter { state: Some(CallState::Scheduled), ..CallFilter::default() };
    assert_eq!(store.calls(&waiting, None, 10).await.unwrap().len(), 1, "the order of the same key is there once");
}

/// Says yes and listens to the end, while other things happen.
async fn talk(peer: &mut Peer, meanwhile: impl Future<Output = ()>) {
    let talk = async {
        peer.key('1').await;
        peer.listen().await;
    };
    tokio::join!(talk, meanwhile, sleep(HOLDS));
}

/// Orders are refused in words, and the gateway says what is wrong with it.
async fn refused(knocks: &Knocks) {
    assert_eq!(knocks.order_later("k-trouble").await, (503, "store_unavailable".to_owned()));
    assert_eq!(knocks.ready().await, (503, "not_serving".to_owned()));
}

async fn accepted(knocks: &Knocks) {
    let served = async {
        while knocks.ready().await.0 != 200 || knocks.order_later("k-trouble").await.0 != 202 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(15), served).await.expect("it serves again");
}

#[tokio::test]
async fn another_process_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let house = house(&format!("sqlite:{}/voxgate.db", folder.path().display())).await;
    call_through(&house, &mut Trouble::Locked(folder.path().to_owned(), None)).await;
    house.close(1).await;
}

#[tokio::test]
async fn the_folder_is_moved_away_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("there");
    let house = house(&format!("sqlite:{}/voxgate.db", there.display())).await;
    call_through(&house, &mut Trouble::Moved(there)).await;
    house.close(1).await;
}

#[tokio::test]
async fn the_disk_is_full_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(folder.path()) else {
        return println!("not shown here: a small disk cannot be mounted");
    };
    let house = house(&format!("sqlite:{}/voxgate.db", folder.path().display())).await;
    call_through(&house, &mut Trouble::Full(folder.path().to_owned())).await;
    house.close(1).await;
}

#[tokio::test]
async fn the_server_stops_and_is_started_again() {
    let server = match Server::start(false) {
        Ok(server) => server,
        Err(why) => return println!("the PostgreSQL half does not run: {why}"),
    };
    let house = house(&server.database()).await;
    let mut trouble = Trouble::Stopped(Box::new(server));
    call_through(&house, &mut trouble).await;
    house.close(1).await;
}
