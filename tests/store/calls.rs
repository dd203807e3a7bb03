//! Orders: kept, listed, begun, canceled.

use voxgate::store::*;
use voxgate_core::calls::*;
use voxgate_core::model::*;

use crate::bed::*;

crate::on_both! {
    /// Row 003-04: an order that was taken is there, with all that it said, for whoever opens the store next.
    async fn an_order_is_kept_as_it_was(bed: Bed) {
        let new = NewCall {
            campaign: Some("spring".to_owned()),
            not_after_ms: Some(NOW + 5_000),
            when_full: WhenFull::Reject,
            ..order("+12065550110")
        };
        let call = created(&bed.store, &new).await;
        bed.store.close().await;
        let store = bed.another().await;
        let kept = store.call(&call.id).await.unwrap();
        assert_eq!((&kept, &kept.order, kept.state, kept.due_at_ms), (&call, &new, CallState::Pending, Some(NOW)));
        let missing = store.call(&CallId::new("call-0")).await.unwrap_err();
        assert_eq!(missing.to_string(), r#"there is no call "call-0""#);
    }

    /// The whole way of a call: every state with its history, and its events.
    async fn a_call_goes_its_way(bed: Bed) {
        let store = &bed.store;
        let Underway { call, attempt } = dialed(store, "+12065550110").await;
        let ringing = Move {
            to: AttemptState::Ringing,
            at_ms: NOW + 1_000,
            reason: "ringing".to_owned(),
            provider_call_id: Some("CA1".to_owned()),
            media_up: false,
        };
        store.moved(&attempt.id, attempt.fence, &ringing).await.unwrap();
        let up = Move { to: AttemptState::Answered, at_ms: NOW + 2_000, media_up: true, ..ringing.clone() };
        store.moved(&attempt.id, attempt.fence, &up).await.unwrap();
        store.moved(&attempt.id, attempt.fence, &up).await.unwrap();
        let end = finished(store, &attempt, outcome(Disposition::Completed)).await.unwrap();
        assert_eq!((end.call.state, end.attempt.state, end.first), (CallState::Completed, AttemptState::Finalized, true));
        store.release_slot(&attempt.id, attempt.fence, NOW + 31_000).await.unwrap();
        let states = |rows: Vec<HistoryRow>| rows.into_iter().map(|row| row.to).collect::<Vec<_>>();
        assert_eq!(states(store.history_of(call.id.as_str()).await.unwrap()), ["pending", "in_progress", "completed"]);
        assert_eq!(
            states(store.history_of(attempt.id.as_str()).await.unwrap()),
            ["created", "placing", "accepted", "ringing", "answered", "ended", "finalized", "free"]
        );
        let events: Vec<_> = store.events_of(&call.id).await.unwrap().iter().map(|event| event.name).collect();
        assert_eq!(events, [LifecycleEvent::Initiated, LifecycleEvent::Started, LifecycleEvent::Completed]);
        assert_eq!(store.slots_in_use().await.unwrap(), SlotsInUse::default());
    }
}
