//! What must not be dialed is not, however late that is known.

use super::*;
use crate::store::NewDnc;

fn busy_provider(again_ms: u64) -> Result<Accepted, DialError> {
    Err(DialError::RateLimited { retry_after: Some(Duration::from_millis(again_ms)) })
}

async fn opt_out(store: &Store, number: &str) {
    let entry = NewDnc { number, reason: "asked for it", source: "api", actor: "test", attempt: None };
    store.add_dnc(&entry, 1).await.unwrap();
}

/// A dial that was not taken is repeated later: the gate is asked again then, and the switch may have been thrown.
#[tokio::test]
async fn a_dial_is_not_repeated_once_dialing_is_stopped() {
    let (_base, house) = house([busy_provider(200), Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    house.dialed(1).await;
    house.calls.store.set_switch(STOP_DIALING, true, "test", 1).await.unwrap();
    let row = house.until(&call, |row| row.state == CallState::Deferred).await;
    assert_eq!((house.dials(), row.reason.as_str(), row.attempts_used), (1, "stop_dialing", 0));
}

/// The same of somebody who opted out in between.
#[tokio::test]
async fn a_dial_is_not_repeated_once_the_person_has_opted_out() {
    let (_base, house) = house([busy_provider(200), Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    house.dialed(1).await;
    opt_out(&house.calls.store, "+12065550110").await;
    let row = house.until(&call, |row| row.state.is_terminal()).await;
    assert_eq!((house.dials(), row.state), (1, CallState::Suppressed));
}

/// A call that somebody cancels through another process is not dialed here, though nobody here was told.
#[tokio::test]
async fn a_call_that_was_canceled_elsewhere_is_not_dialed() {
    let (_base, house) = house([busy_provider(200), Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    house.dialed(1).await;
    house.calls.store.cancel_call(&call, "elsewhere", "canceled", clock::unix_ms()).await.unwrap();
    let row = house.until(&call, |row| row.state.is_terminal()).await;
    assert_eq!((house.dials(), row.state), (1, CallState::Canceled));
}

/// Whatever a canceled call came to, it is not dialed again and leaves nobody a task.
#[tokio::test]
async fn a_canceled_call_is_not_redialed() {
    let (_base, house) = house([Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    let claim = house.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    let attempt = house.attempt(&call).await;
    while house.calls.store.attempt(&attempt).await.unwrap().state != AttemptState::Answered {
        tokio::task::yield_now().await;
    }
    house.calls.cancel(&call, "test").await.unwrap();
    claim.notices.send(report(Disposition::Voicemail)).await.unwrap();
    let record = house.record(&call).await;
    let row = house.calls.store.call(&call).await.unwrap();
    assert_eq!((row.state, row.due_at_ms, record.disposition), (CallState::Canceled, None, Disposition::Voicemail));
    assert_eq!(record.manual_task_id, None);
}

/// A gateway that stops dials nothing more: whatever waits is put back, and used no attempt.
#[tokio::test]
async fn a_gateway_that_stops_puts_back_what_it_has_not_dialed() {
    let (base, house) = house([busy_provider(60_000)]).await;
    let call = house.order(to("+12065550110")).await;
    house.dialed(1).await;
    house.until(&call, |row| row.state == CallState::InProgress).await;
    house.conductor.drain(Duration::from_secs(10)).await;
    let row = base.store.call(&call).await.unwrap();
    assert_eq!((row.state, row.attempts_used), (CallState::Deferred, 0));
    assert_eq!(base.store.slots_in_use().await.unwrap().deployment, 0);
}

/// Nobody has answered when the time to end by itself is over: the phone is let go, and dialed again another time.
#[tokio::test]
async fn a_gateway_that_stops_loses_no_call_that_rings() {
    let (base, house) = house([Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    house.happens(&call, Happened::Status(CallStatus::Ringing)).await;
    while house.calls.store.attempts_of(&call).await.unwrap()[0].state != AttemptState::Ringing {
        tokio::task::yield_now().await;
    }
    house.conductor.drain(Duration::from_millis(1)).await;
    let row = base.store.call(&call).await.unwrap();
    assert_eq!(
        (row.state, base.told.requests.lock().unwrap().last().unwrap().as_str()),
        (CallState::RedialWait, "hang up P1 false")
    );
}

/// What was learned and is not in the store yet may be an opt-out: not even an order that does not want to wait is dialed.
#[tokio::test]
async fn nothing_is_dialed_before_the_store_knows_what_was_learned() {
    let (base, house) = house([Ok(accepted())]).await;
    base.complete.store(false, Ordering::SeqCst);
    let with = house.calls.start_now("line", clock::unix_ms());
    let call = NewCall { when_full: WhenFull::Reject, ..to("+12065550110") };
    let keeper = Arc::clone(&house.calls);
    let decide = move |call: &CallRow, facts: &_| keeper.ruling(call, facts, clock::unix_ms());
    let reply = |_: &CallRow| crate::store::Reply { status: 202, body: String::new() };
    house.calls.store.create_and_start(&call, None, &with, decide, reply).await.unwrap();
    house.calls.wake.notify_one();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(house.dials(), 0);
    base.complete.store(true, Ordering::SeqCst);
    house.calls.wake.notify_one();
    house.dialed(1).await;
}

/// Calls that the gate turns away stand in nobody's way: the one behind them gets the slot at once.
#[tokio::test]
async fn refused_calls_do_not_keep_a_slot_waiting() {
    let mut base = Base::new(true, [Ok(accepted())]).await;
    base.interval = Duration::from_secs(3_600);
    for k in 0..5 {
        opt_out(&base.store, &format!("+120655501{k:02}")).await;
    }
    let house = base.process("p1");
    for k in 0..5 {
        house.order(to(&format!("+120655501{k:02}"))).await;
    }
    house.order(to("+12065550120")).await;
    tokio::time::timeout(Duration::from_secs(5), house.dialed(1)).await.expect("the slot was free");
}
