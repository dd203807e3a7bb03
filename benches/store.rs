//! What the store costs: calls begun per second, picking up and opening with 100,000 calls, on SQLite and PostgreSQL, both
//! waiting for their disk.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made ends")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

#[expect(dead_code, reason = "shared with the tests of the store")]
#[path = "../tests/store/postgres.rs"]
mod postgres;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sqlx::{AnyConnection, Connection};
use voxgate::store::{
    Dial, Dialing, NewCall, PickUp, Reply, Ruling, SlotLimits, Store, StoreError, StoreOptions, Verdict, WhenFull,
};

const NOW: u64 = 1_700_000_000_000;
const ROWS: u32 = 100_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir_in(".").unwrap();
    runtime.block_on(measure("sqlite", |n| format!("sqlite:{}/{n}.db", folder.path().display())));
    match postgres::Server::start(true) {
        Ok(server) => runtime.block_on(measure("postgres", |_| server.database())),
        Err(why) => println!("postgres: {why}"),
    }
}

async fn measure(kind: &str, database: impl Fn(u32) -> String) {
    let store = open(&database(0)).await;
    let (begun, took) = starts(&store).await;
    println!("{kind}: {:.0} durable call starts/s ({begun} in {took:.1?})", f64::from(begun) / took.as_secs_f64());
    store.close().await;

    let url = database(1);
    open(&url).await.close().await;
    fill(&url).await;
    let clock = Instant::now();
    let store = open(&url).await;
    store.ping().await.unwrap();
    println!("{kind}: open with {ROWS} calls: {:.1?}", clock.elapsed());
    let mut times: Vec<_> = Vec::new();
    for _ in 0..50 {
        let clock = Instant::now();
        let picked = store.pick_up(&wish(10), |_, _| allow()).await.unwrap();
        times.push(clock.elapsed());
        assert_eq!(picked.started.len(), 10);
    }
    // A connection that is new has to prepare its statements first.
    let first = times.remove(0);
    times.sort();
    let (middle, worst) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "{kind}: pick-up of 10 from {ROWS} calls: {first:.1?} the first, then {middle:.1?} in the middle, {worst:.1?} at worst"
    );
    store.close().await;
}

async fn open(url: &str) -> Store {
    Store::open(url, &StoreOptions { patience: Duration::from_secs(10), ..StoreOptions::default() }).await.unwrap()
}

/// Orders from 32 askers, one scheduler, each attempt made `placing` by a task of its own: for five seconds.
async fn starts(store: &Store) -> (u32, Duration) {
    let dialed = Arc::new(AtomicU32::new(0));
    let clock = Instant::now();
    let over = move || clock.elapsed() > Duration::from_secs(5);
    let askers: Vec<_> = (0..32)
        .map(|asker| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0.. {
                    if over() {
                        break;
                    }
                    store.create_call(&order(asker * 1_000_000 + n), None, NOW, reply).await.unwrap();
                }
            })
        })
        .collect();
    let mut dials = tokio::task::JoinSet::new();
    while !over() {
        let picked = store.pick_up(&wish(25), |_, _| allow()).await.unwrap();
        if picked.started.is_empty() {
            tokio::task::yield_now().await;
        }
        for at in picked.started {
            let (store, dialed) = (store.clone(), Arc::clone(&dialed));
            let dial = Dial {
                attempt: at.attempt.id,
                fence: at.attempt.fence,
                secret_hash: None,
                slot_until_ms: NOW + 1_000,
                now_ms: NOW,
            };
            dials.spawn(async move {
                let said: Result<Dialing, StoreError> = store.allow_dial(&dial, |_, _, _| allow()).await;
                assert!(matches!(said, Ok(Dialing::Go(_))), "{said:?}");
                dialed.fetch_add(1, Ordering::Relaxed);
            });
        }
    }
    let took = clock.elapsed();
    let begun = dialed.load(Ordering::Relaxed);
    for asker in askers {
        asker.await.unwrap();
    }
    dials.join_all().await;
    (begun, took)
}

/// Calls that wait, every second one due.
async fn fill(url: &str) {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let text =
        "INSERT INTO calls (id, to_number, dialplan, language, variables, when_full, provider, state, reason, due_at,
         attempts_used, deferrals, redials, actor, created_at, updated_at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
         SELECT 'call-' || i, '+1' || i, 'reminder', 'en-US', '{}', 'wait', 'line', 'pending', 'ordered',
         $2 + (i % 2) * 1000000, 0, 0, '{}', 'bench', $2, $2 FROM n";
    let due = i64::try_from(NOW - 1_000).unwrap();
    sqlx::query(text).bind(i64::from(ROWS)).bind(due).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn order(n: u32) -> NewCall {
    NewCall {
        to: format!("+1{n:010}"),
        dialplan: "reminder".to_owned(),
        language: "en-US".to_owned(),
        variables: BTreeMap::new(),
        time_zone: None,
        campaign: None,
        not_before_ms: None,
        not_after_ms: None,
        when_full: WhenFull::Wait,
        provider: "line".to_owned(),
        actor: "bench".to_owned(),
    }
}

fn reply(call: &voxgate::store::CallRow) -> Reply {
    Reply { status: 202, body: call.id.to_string() }
}

fn wish(most: u32) -> PickUp {
    PickUp {
        owner: "bench".to_owned(),
        now_ms: NOW,
        lease_until_ms: NOW + 15_000,
        slot_until_ms: NOW + 1_000,
        most,
        limits: SlotLimits { deployment: u32::MAX, providers: BTreeMap::from([("line".to_owned(), None)]) },
    }
}

fn allow() -> Ruling {
    Ruling {
        verdict: Verdict::Allow,
        reason: "allowed".to_owned(),
        rules: "{}".to_owned(),
        rule_version: "1".to_owned(),
    }
}
