//! Processes that share a store, and die.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use voxgate::clock;
use voxgate::store::{Dialing, PickUp, Store, StoreError, Underway};
use voxgate_core::calls::Moving as _;
use voxgate_core::model::Disposition;

use crate::bed::{dial, finished, gate, number, open, ordered, outcome, wish};

const SLOTS: u32 = 7;
const CALLS: u32 = 600;
const KILLS: usize = 12;
/// Workers of one process; three of them are 64 and two more.
const WORKERS: u32 = 22;
/// How long an attempt is a process's without a word from it, in ms.
const LEASE: u64 = 400;
/// How long a slot is held beyond the outcome.
const HOLD: Duration = Duration::from_millis(40);
/// Where a child finds its store.
const URL: &str = "VOXGATE_RACE_URL";

crate::on_both! {
    /// Row 002-66: 66 workers in three processes race for 7 slots, and a process is killed again and again. Whoever looks
    /// never sees more than 7 taken; what the dead held is taken over; in the end every call is over once and every
    /// slot free.
    async fn slots_are_never_exceeded_by_processes_that_die(bed: Bed) {
        let store = &bed.store;
        let calls = join_all((0..CALLS).map(|n| async move { ordered(store, &number(n)).await })).await;
        let mut racers: Vec<Child> = (0..3).map(|_| racer(&bed.url)).collect();
        for kill in 0..KILLS {
            watch(&bed.store, Duration::from_millis(150 + 70 * (kill as u64 % 4))).await;
            let racer_to_die = &mut racers[kill % 3];
            racer_to_die.kill().unwrap();
            racer_to_die.wait().unwrap();
            *racer_to_die = racer(&bed.url);
        }
        while !is_done(&bed.store).await {
            watch(&bed.store, Duration::from_millis(50)).await;
        }
        for mut racer in racers {
            assert!(racer.wait().unwrap().success(), "a racer saw too many slots taken, or broke");
        }
        let mut taken_over = 0;
        for call in calls {
            for attempt in bed.store.attempts_of(&call.id).await.unwrap() {
                taken_over += u32::from(attempt.fence > 1);
                assert!(attempt.outcome.is_some() && !attempt.slot, "{attempt:?}");
                assert!(bed.store.revisions_of(&attempt.id).await.unwrap().is_empty(), "{attempt:?}");
            }
        }
        assert!(taken_over > 0, "no process died at work: the test shows nothing");
    }
}

/// One of the processes: this program again, with the one test below.
fn racer(url: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "processes::a_racer", "--ignored"]).env(URL, url);
    command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
}

async fn watch(store: &Store, span: Duration) {
    let until = clock::now() + span;
    while clock::now() < until {
        let taken = patiently(|| store.slots_in_use()).await.unwrap().deployment;
        assert!(taken <= SLOTS, "{taken} slots are taken");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn is_done(store: &Store) -> bool {
    let states = patiently(|| store.calls_by_state()).await.unwrap();
    let taken = patiently(|| store.slots_in_use()).await.unwrap().deployment;
    states.keys().all(|state| state.is_terminal()) && taken == 0
}

#[tokio::test]
#[ignore = "a part of the test above, in a process of its own"]
async fn a_racer() {
    let store = open(&std::env::var(URL).unwrap()).await;
    let owner = format!("process-{}", std::process::id());
    let workers: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(work(store.clone(), owner.clone()))).collect();
    for worker in workers {
        worker.await.unwrap();
    }
}

/// Takes over what is left behind, begins what is due, ends both; until all is done.
async fn work(store: Store, owner: String) {
    while !is_done(&store).await {
        let now_ms = clock::unix_ms();
        for left in patiently(|| store.adopt(&owner, now_ms, now_ms + LEASE, 1)).await.unwrap() {
            end(&store, &left).await;
        }
        let wish = PickUp { lease_until_ms: now_ms + LEASE, ..wish(&owner, now_ms, 1, SLOTS) };
        for begun in patiently(|| store.pick_up(&wish, gate)).await.unwrap().started {
            let intent = dial(&begun.attempt);
            let dialed = patiently(|| store.allow_dial(&intent, |call, _, facts| gate(call, facts))).await;
            match dialed {
                Ok(Dialing::Go(attempt)) => end(&store, &Underway { attempt: *attempt, ..begun }).await,
                // Slower than its lease: another one has it.
                Err(StoreError::Fenced) => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(patiently(|| store.slots_in_use()).await.unwrap().deployment <= SLOTS);
    }
}

/// Holds the slot for a moment beyond the outcome, as a call does.
async fn end(store: &Store, at: &Underway) {
    let ended = patiently(|| finished(store, &at.attempt, outcome(Disposition::Completed))).await;
    tokio::time::sleep(HOLD).await;
    let released = patiently(|| store.release_slot(&at.attempt.id, at.attempt.fence, clock::unix_ms())).await;
    for result in [ended.map(drop), released.map(drop)] {
        assert!(matches!(result, Ok(()) | Err(StoreError::Fenced)), "{result:?}");
    }
}

/// What is unavailable is tried again.
async fn patiently<T, F: Future<Output = Result<T, StoreError>>>(work: impl Fn() -> F) -> Result<T, StoreError> {
    loop {
        match work().await {
            Err(StoreError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(5)).await,
            other => return other,
        }
    }
}
