//! What a request with an `Idempotency-Key` makes, and the reply to it, are one transaction.

use voxgate::store::{Done, Idempotent, KeyRow, Reply, Revision, Store, StoreError, TelecallerRow};
use voxgate_core::model::{AttemptId, Disposition};

use crate::bed::{NOW, dialed, done, finished, number, outcome, said};

/// What makes something once.
#[derive(Clone, Copy, Debug)]
enum Making {
    Key,
    Telecaller,
    Revision,
}

const ALL: [Making; 3] = [Making::Key, Making::Telecaller, Making::Revision];

fn request(path: Making) -> Idempotent {
    Idempotent {
        key_id: "key-1".to_owned(),
        key: "again".to_owned(),
        method: "POST".to_owned(),
        path: format!("/{path:?}"),
        body_sha256: "aa".to_owned(),
    }
}

fn created(name: &str) -> Reply {
    Reply { status: 201, body: name.to_owned() }
}

fn revision() -> Revision {
    Revision {
        disposition: Disposition::Completed,
        dialog_result: None,
        actor: "key-1".to_owned(),
        reason: "called back".to_owned(),
        at_ms: NOW + 90_000,
        flagged: false,
    }
}

async fn ended(store: &Store) -> AttemptId {
    let at = dialed(store, &number(1)).await;
    finished(store, &at.attempt, outcome(Disposition::NoAnswer)).await.unwrap();
    at.attempt.id
}

/// What was replied, and whether it was done now.
fn told<T>(done: Done<T>, reply: impl Fn(&T) -> Reply) -> (bool, Reply) {
    match done {
        Done::Now(what) => (true, reply(&what)),
        Done::Before(reply) => (false, reply),
    }
}

async fn make(
    store: &Store,
    making: Making,
    once: &Idempotent,
    attempt: &AttemptId,
) -> Result<(bool, Reply), StoreError> {
    let of_key = |row: &KeyRow| created(row.id.as_str());
    let of_telecaller = |row: &TelecallerRow| created(row.id.as_str());
    // A hash of its own: of two that were made, both would be there.
    let hash = uuid::Uuid::now_v7().to_string();
    Ok(match making {
        Making::Key => told(store.add_key("crm", &hash, &[], Some(once), NOW, of_key).await?, of_key),
        Making::Telecaller => told(store.add_telecaller("Ana", Some(once), NOW, of_telecaller).await?, of_telecaller),
        Making::Revision => {
            told(store.set_disposition(attempt, &revision(), Some(once), |_| created("revised")).await?, |_| {
                created("revised")
            })
        }
    })
}

async fn made(store: &Store, making: Making, attempt: &AttemptId) -> usize {
    match making {
        Making::Key => store.keys().await.unwrap().len(),
        Making::Telecaller => store.telecallers().await.unwrap().len(),
        Making::Revision => store.revisions_of(attempt).await.unwrap().len(),
    }
}

crate::on_both! {
    /// Asked for twenty times at once, a key, a telecaller and a revision are made once, and everybody is told the same;
    /// another request under the same key is refused.
    async fn what_is_asked_for_again_is_made_once(bed: Bed) {
        let attempt = ended(&bed.store).await;
        for making in ALL {
            let once = Idempotent { key: format!("{making:?}"), ..request(making) };
            let all = (0..20).map(|_| make(&bed.store, making, &once, &attempt));
            let all: Vec<_> = futures_util::future::join_all(all).await.into_iter().map(Result::unwrap).collect();
            assert_eq!(all.iter().filter(|(now, _)| *now).count(), 1, "{all:?}");
            assert!(all.iter().all(|(_, reply)| *reply == all[0].1), "{all:?}");
            assert_eq!(made(&bed.store, making, &attempt).await, 1, "{making:?}");
            let other = Idempotent { body_sha256: "bb".to_owned(), ..once };
            let refused = make(&bed.store, making, &other, &attempt).await.unwrap_err();
            assert!(matches!(refused, StoreError::Conflict { code: "idempotency_key_reused", .. }), "{refused}");
            assert_eq!(made(&bed.store, making, &attempt).await, 1, "{making:?}");
        }
    }

    /// What breaks between the work and its reply leaves neither: asked again, it is done, once.
    async fn what_broke_before_its_reply_was_not_done(bed: Bed) {
        let attempt = ended(&bed.store).await;
        let (store, id, once) = (bed.store.clone(), attempt.clone(), request(Making::Revision));
        let breaks = tokio::spawn(async move {
            let reply = |_: &_| panic!("it breaks, on purpose");
            store.set_disposition(&id, &revision(), Some(&once), reply).await
        });
        assert!(breaks.await.is_err_and(|error| error.is_panic()) || bed.url.starts_with("sqlite:"));
        let once = request(Making::Revision);
        assert_eq!(bed.store.reply_to(&once).await, Ok(None));
        assert_eq!(made(&bed.store, Making::Revision, &attempt).await, 0);
        assert_eq!(bed.store.attempt(&attempt).await.unwrap().effective, Some(Disposition::NoAnswer));
        assert_eq!(make(&bed.store, Making::Revision, &once, &attempt).await, Ok((true, created("revised"))));
        assert_eq!(make(&bed.store, Making::Revision, &once, &attempt).await, Ok((false, created("revised"))));
        assert_eq!(made(&bed.store, Making::Revision, &attempt).await, 1);
    }

    /// A request that was refused keeps no reply: mended, it may come again under its key.
    async fn what_was_refused_keeps_no_reply(bed: Bed) {
        let at = dialed(&bed.store, &number(1)).await;
        let once = request(Making::Revision);
        let early = make(&bed.store, Making::Revision, &once, &at.attempt.id).await.unwrap_err();
        assert!(early.to_string().starts_with("attempt_not_ended"), "{early}");
        finished(&bed.store, &at.attempt, outcome(Disposition::NoAnswer)).await.unwrap();
        assert_eq!(make(&bed.store, Making::Revision, &once, &at.attempt.id).await, Ok((true, created("revised"))));
        let revised = bed.store.set_disposition(&at.attempt.id, &revision(), None, said).await.unwrap();
        assert_eq!((done(revised).revisions.len(), made(&bed.store, Making::Revision, &at.attempt.id).await), (2, 2));
    }
}
