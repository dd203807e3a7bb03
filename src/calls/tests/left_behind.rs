//! What one process leaves behind, the next one takes up.

use super::*;

/// A process dies while the far end rings: the next one goes on with the very call, and the media that the first one's
/// secret lets in finds somebody to talk to.
#[tokio::test]
async fn a_ringing_call_goes_on_in_the_next_process_and_is_not_dialed_again() {
    let (base, first) = house([Ok(accepted())]).await;
    let call = first.order(to("+12065550110")).await;
    first.dialed(1).await;
    let attempt = first.attempt(&call).await;
    while first.calls.store.attempt(&attempt).await.unwrap().provider_call_id.is_none() {
        tokio::task::yield_now().await;
    }
    first.die();
    base.told.status.lock().unwrap().replace(CallStatus::Ringing);
    let second = base.process("p2");
    let claim = second.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    claim.notices.send(report(Disposition::Completed)).await.unwrap();
    let record = second.record(&call).await;
    assert_eq!((record.disposition, record.attempt_id, second.dials()), (Disposition::Completed, attempt, 1));
}

/// A process dies while somebody talks: nobody is dialed again, what was learned is kept, and a person gets a task.
#[tokio::test]
async fn a_conversation_that_the_process_did_not_survive_is_interrupted() {
    let (base, first) = house([Ok(accepted())]).await;
    let call = first.order(to("+12065550110")).await;
    let claim = first.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    let attempt = first.attempt(&call).await;
    while first.calls.store.attempt(&attempt).await.unwrap().state != AttemptState::Answered {
        tokio::task::yield_now().await;
    }
    let answer = r#"{"fact":"answer","slot":"attends","answer":{"value":"confirmed","source":"keys","input":"1"}}"#;
    let line = crate::store::JournalLine {
        id: "l-1".to_owned(),
        attempt: attempt.clone(),
        at_ms: 1,
        session_ms: 1,
        body: answer.to_owned(),
    };
    first.calls.store.commit_facts(&[line]).await.unwrap();
    first.die();
    let second = base.process("p2");
    let record = second.record(&call).await;
    assert_eq!((record.failure_code, second.dials()), (Some(FailureCode::Interrupted), 1));
    assert_eq!(record.answers.get("attends").map(String::as_str), Some("confirmed"));
    let task = second.calls.store.tasks(&Default::default(), None, 10).await.unwrap().pop().unwrap();
    assert_eq!((task.reason.as_str(), task.priority.as_str()), ("interrupted", "high"));
    assert!(second.requests().contains(&"hang up P1 true".to_owned()), "whoever is on the line is not kept there");
}

/// A provider that is gone from the config cannot be asked: the call may go on, so its slot stays taken, and nobody says
/// what became of it.
#[tokio::test]
async fn an_attempt_whose_provider_is_gone_keeps_its_slot() {
    let (base, first) = house([Ok(accepted())]).await;
    let call = first.order(to("+12065550110")).await;
    first.dialed(1).await;
    let attempt = first.attempt(&call).await;
    first.die();
    let second = base.process_without_provider("p2");
    while second.calls.store.attempt(&attempt).await.unwrap().owner.as_deref() != Some("p2") {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let row = second.calls.store.attempt(&attempt).await.unwrap();
    assert_eq!((row.slot, row.outcome), (true, None));
}
