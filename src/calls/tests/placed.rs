//! One process, and what its provider and its sessions say.

use super::*;

/// Rows 000-33..35: a malformed number fails with its code, and the provider hears nothing of it; a person gets a task.
#[tokio::test]
async fn a_malformed_number_is_never_dialed() {
    let (_base, house) = house([]).await;
    for number in ["12065550110", "+1 206 555 0110", "call me", ""] {
        let record = house.record(&house.order(to(number)).await).await;
        assert_eq!((record.disposition, record.failure_code), (Disposition::Failed, Some(FailureCode::InvalidNumber)));
        assert!(record.manual_task_id.is_some() && record.to == number, "{record:?}");
    }
    assert_eq!((house.requests().len(), house.calls.sessions.waiting()), (0, 0));
}

/// The gate's decision stands in the store, and nothing is dialed.
#[tokio::test]
async fn a_provider_that_is_not_live_dials_nothing() {
    let base = Base::new(false, []).await;
    let house = base.process("p1");
    let call = house.order(to("+12065550110")).await;
    let row = house.until(&call, |row| row.state.is_terminal()).await;
    assert_eq!((row.state, row.reason.as_str()), (CallState::Suppressed, "not_allowed"));
    let timeline = house.calls.store.timeline(&call).await.unwrap();
    let decision = timeline.iter().find(|entry| entry.kind == "gate").unwrap();
    assert!(decision.detail.to_string().contains(RULES_VERSION), "{:?}", decision.detail);
    assert_eq!(house.requests().len(), 0);
}

/// Rows 002-08, 002-28, with each callback doubled: one outcome, a redial that waits, and no session is left.
#[tokio::test]
async fn a_busy_line_ends_the_attempt_once_and_is_dialed_again_later() {
    let (_base, house) = house([Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    house.dialed(1).await;
    house.happens_times(2, &call, &Happened::Status(CallStatus::Ended(CallEnd::Busy))).await;
    assert_eq!(house.record(&call).await.disposition, Disposition::Busy);
    let row = house.calls.store.call(&call).await.unwrap();
    assert_eq!(row.state, CallState::RedialWait);
    assert_eq!(row.due_at_ms.unwrap() - row.updated_at_ms, 15 * 60 * 1_000, "the table's quarter of an hour");
    assert_eq!((house.calls.sessions.waiting(), house.calls.directory.live()), (0, 0));
    let attempt = house.calls.store.attempts_of(&call).await.unwrap().pop().unwrap().id;
    assert_eq!(
        house.requests(),
        [format!(
            "dial +12065550110 https://gw.example.com/v1/webhooks/line/{attempt} wss://gw.example.com/media/obedient/n1"
        )]
    );
}

/// Row 002-66: the limit is never exceeded: an order waits for a slot, and a slot is free only once a call is over.
#[tokio::test]
async fn there_are_never_more_calls_than_slots() {
    let (_base, house) = house([Ok(accepted()), Ok(accepted())]).await;
    let first = house.order(to("+12065550110")).await;
    house.dialed(1).await;
    let second = house.order(to("+12065550111")).await;
    for _ in 0..3 {
        house.calls.wake.notify_one();
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert_eq!((house.dials(), house.calls.store.call(&second).await.unwrap().state), (1, CallState::Pending));
    house.happens(&first, Happened::Status(CallStatus::Ended(CallEnd::Busy))).await;
    house.dialed(2).await;
    house.happens(&second, Happened::Status(CallStatus::Ended(CallEnd::NoAnswer))).await;
    assert_eq!(house.record(&second).await.disposition, Disposition::NoAnswer);
}

/// Row 002-42: an order is dialed within its window or not at all, however long the slots are taken.
#[tokio::test]
async fn an_order_expires_when_its_time_is_over() {
    let (_base, house) = house([Ok(accepted())]).await;
    house.order(to("+12065550110")).await;
    house.dialed(1).await;
    let soon = clock::unix_ms() + 60;
    let call = house.order(NewCall { not_after_ms: Some(soon), ..to("+12065550111") }).await;
    let row = house.until(&call, |row| row.state.is_terminal()).await;
    assert_eq!((row.state, house.dials()), (CallState::Expired, 1));
}

/// Row 002-45: a call that was talked through has its session's outcome, and is hung up at the provider.
#[tokio::test]
async fn a_conversation_gives_its_own_outcome() {
    let (_base, house) = house([Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    let claim = house.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    claim.notices.send(SessionNotice::HangUp(voxgate_core::session::Reason::DialogEnded)).await.unwrap();
    claim.notices.send(report(Disposition::Completed)).await.unwrap();
    let record = house.record(&call).await;
    assert_eq!((record.disposition, record.attempts), (Disposition::Completed, 1));
    assert_eq!(house.requests().last().unwrap(), "hang up P1 true");
    let asked = house.calls.store.requests_of(&record.attempt_id).await.unwrap();
    let asked: Vec<_> = asked.iter().map(|note| (note.operation.as_str(), note.raw_status.is_some())).collect();
    assert_eq!(asked, [("dial", true), ("hang_up", true)], "row 000-08: every request is on record");
}

/// Callee and media may go so quickly that the provider's word of the end is here before the session's was read.
#[tokio::test]
async fn a_session_is_asked_before_the_providers_word_of_the_end() {
    const CALLS: usize = 20;
    let (_base, house) = house((0..CALLS).map(|_| Ok(accepted()))).await;
    for k in 0..CALLS {
        let call = house.order(to(&format!("+120655501{k:02}"))).await;
        house.dialed(k + 1).await;
        let claim = house.media().await;
        claim.notices.try_send(SessionNotice::MediaUp).unwrap();
        claim.notices.try_send(report(Disposition::DoNotCall)).unwrap();
        house.happens(&call, Happened::Status(CallStatus::Ended(CallEnd::Completed))).await;
        assert_eq!(house.record(&call).await.disposition, Disposition::DoNotCall);
    }
}

/// A dial whose answer was lost is proven by its media, and never repeated.
#[tokio::test]
async fn a_lost_answer_is_proven_by_the_media() {
    let (_base, house) = house([Err(DialError::Unknown("the connection broke".to_owned()))]).await;
    let call = house.order(to("+12065550110")).await;
    let claim = house.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    claim.notices.send(report(Disposition::Completed)).await.unwrap();
    assert_eq!((house.record(&call).await.disposition, house.dials()), (Disposition::Completed, 1));
}

#[tokio::test]
async fn a_dial_that_was_not_sent_is_repeated() {
    let refused = || Err(DialError::NotSent("refused".to_owned()));
    let (_base, house) = house([refused(), refused(), Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    house.dialed(3).await;
    house.happens(&call, Happened::Status(CallStatus::Ended(CallEnd::NoAnswer))).await;
    assert_eq!(house.record(&call).await.disposition, Disposition::NoAnswer);
}

#[tokio::test]
async fn a_session_that_vanishes_is_a_defect_and_the_call_is_ended() {
    let (_base, house) = house([Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    let claim = house.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    drop(claim);
    assert_eq!(house.record(&call).await.failure_code, Some(FailureCode::InternalError));
}

#[tokio::test]
async fn canceling_a_ringing_call_hangs_it_up() {
    let (_base, house) = house([Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    let _claim = house.media().await;
    house.calls.cancel(&call, "test").await.unwrap();
    assert_eq!(house.record(&call).await.disposition, Disposition::Canceled);
    assert_eq!(house.requests().last().unwrap(), "hang up P1 false");
    assert!(matches!(house.calls.cancel(&call, "test").await, Err(StoreError::Illegal { .. })));
}

#[tokio::test]
async fn while_dialing_is_stopped_nothing_is_dialed() {
    let (_base, house) = house([Ok(accepted())]).await;
    house.calls.store.set_switch(STOP_DIALING, true, "test", 1).await.unwrap();
    let call = house.order(to("+12065550110")).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((house.dials(), house.calls.store.call(&call).await.unwrap().state), (0, CallState::Pending));
    house.calls.store.set_switch(STOP_DIALING, false, "test", 2).await.unwrap();
    house.dialed(1).await;
}

/// A task that breaks takes nothing with it: its attempt goes on in another one, and is not dialed again.
#[tokio::test]
async fn an_attempt_outlives_its_task() {
    // A provider without an answer breaks whoever dials.
    let (_base, house) = house([]).await;
    let record = house.record(&house.order(to("+12065550110")).await).await;
    assert_eq!((record.failure_code, house.dials()), (Some(FailureCode::MediaFailed), 1));
}
