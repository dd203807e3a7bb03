//! The end of an attempt: once, with all that follows.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;
use voxgate::store::{FileSeal, Finish, JournalLine, NewRecording, Revision, StoreError, TaskFilter, Underway};
use voxgate_core::calls::{AttemptState, CallState, LifecycleEvent, Priority, TaskReason};
use voxgate_core::model::{Answer, AnswerSource, AttemptId, Disposition, Fact, FailureCode, Outcome};

use crate::bed::{
    LEASE, NOW, dial_it, dialed, done, failed, finish, finished, finished_as, number, ordered, outcome, pick_up,
    picked, said, wish,
};

pub(crate) fn line(id: &str, attempt: &AttemptId, fact: &Fact) -> JournalLine {
    let body = serde_json::to_string(fact).unwrap();
    JournalLine { id: id.to_owned(), attempt: attempt.clone(), at_ms: NOW + 9_000, session_ms: 9_000, body }
}

crate::on_both! {
    /// Rows 002-36 and 000-41: the same end a hundred times at once is one outcome, one move of the call, one task, one
    /// terminal event, one recording.
    async fn an_end_is_written_once(bed: Bed) {
        let store = &bed.store;
        let Underway { call, attempt } = dialed(store, &number(1)).await;
        let recording = NewRecording { path: "rec/1.wav".to_owned(), seal: None, incomplete: false, expires_at_ms: None };
        let end = Finish { recording: Some(recording), ..finish(failed(FailureCode::ProviderRejected)) };
        let all: Vec<_> = (0..100)
            .map(|_| {
                let (store, attempt, end) = (store.clone(), attempt.clone(), end.clone());
                tokio::spawn(async move { finished_as(&store, &attempt, end).await.unwrap() })
            })
            .collect();
        let (mut first, mut tasks, mut recordings) = (0, HashSet::new(), HashSet::new());
        for one in all {
            let one = one.await.unwrap();
            first += u32::from(one.first);
            tasks.insert(one.task);
            recordings.insert(one.recording);
            assert_eq!((one.call.state, one.attempt.state), (CallState::Failed, AttemptState::Finalized));
        }
        assert_eq!((first, tasks.len(), recordings.len()), (1, 1, 1));
        assert_eq!(store.tasks(&TaskFilter::default(), None, 10).await.unwrap().len(), 1);
        let ended = store.history_of(attempt.id.as_str()).await.unwrap();
        assert_eq!(ended.iter().filter(|row| row.to == "ended").count(), 1);
        let events: Vec<_> = store.events_of(&call.id).await.unwrap().into_iter().map(|event| event.name).collect();
        assert_eq!(events, [LifecycleEvent::Failed]);
        assert!(store.revisions_of(&attempt.id).await.unwrap().is_empty());
        assert_eq!(store.call(&call.id).await.unwrap().attempts_used, 1);
    }

    /// Row 002-36: an outcome that contradicts the first is kept beside it, flagged, once; the first one stays.
    async fn a_second_outcome_is_a_flagged_revision(bed: Bed) {
        let store = &bed.store;
        let Underway { call, attempt } = dialed(store, &number(1)).await;
        finished(store, &attempt, outcome(Disposition::Completed)).await.unwrap();
        for _ in 0..3 {
            let second = finished(store, &attempt, outcome(Disposition::NoAnswer)).await.unwrap();
            assert!(!second.first);
        }
        let kept = store.attempt(&attempt.id).await.unwrap();
        assert_eq!((kept.outcome, kept.effective), (Some(outcome(Disposition::Completed)), Some(Disposition::Completed)));
        let revisions = store.revisions_of(&attempt.id).await.unwrap();
        assert_eq!(revisions.iter().map(|r| (r.disposition, r.flagged)).collect::<Vec<_>>(), [(Disposition::NoAnswer, true)]);
        assert_eq!(store.call(&call.id).await.unwrap().state, CallState::Completed);
    }

    /// A person's revision is in effect, the last one wins, and the first word stays beside it.
    async fn a_revision_is_in_effect(bed: Bed) {
        let store = &bed.store;
        let Underway { attempt, .. } = dialed(store, &number(1)).await;
        let revision = |disposition| Revision {
            disposition,
            dialog_result: Some("confirmed".to_owned()),
            actor: "key-1".to_owned(),
            reason: "called back".to_owned(),
            at_ms: NOW + 90_000,
            flagged: false,
        };
        let early = store.set_disposition(&attempt.id, &revision(Disposition::Completed), None, said).await.unwrap_err();
        assert!(early.to_string().starts_with("attempt_not_ended"), "{early}");
        finished(store, &attempt, outcome(Disposition::NoAnswer)).await.unwrap();
        for disposition in [Disposition::Busy, Disposition::Completed] {
            done(store.set_disposition(&attempt.id, &revision(disposition), None, said).await.unwrap());
        }
        let row = store.attempt(&attempt.id).await.unwrap();
        assert_eq!((row.outcome.unwrap().disposition, row.effective), (Disposition::NoAnswer, Some(Disposition::Completed)));
        assert_eq!(store.revisions_of(&attempt.id).await.unwrap().len(), 2);
        let nobody = store.set_disposition(&AttemptId::new("att-0"), &revision(Disposition::Busy), None, said).await;
        assert!(matches!(nobody, Err(StoreError::NotFound { .. })));
    }

    /// Invariant 3: a person's word that somebody opted out lists the number in the same moment, with its history; a
    /// call that waits for its redial is not dialed any more, and a later word leaves the number on the list.
    async fn an_opt_out_in_a_revision_is_on_the_list_at_once(bed: Bed) {
        let store = &bed.store;
        let Underway { call, attempt } = dialed(store, &number(1)).await;
        let waits = finished(store, &attempt, outcome(Disposition::NoAnswer)).await.unwrap().call;
        store.release_slot(&attempt.id, attempt.fence, NOW).await.unwrap();
        let revision = |disposition| Revision {
            disposition,
            dialog_result: None,
            actor: "key-1".to_owned(),
            reason: "wrote to us".to_owned(),
            at_ms: NOW + 90_000,
            flagged: false,
        };
        for disposition in [Disposition::DoNotCall, Disposition::NoAnswer] {
            done(store.set_disposition(&attempt.id, &revision(disposition), None, said).await.unwrap());
        }
        let listed = store.dnc(&number(1)).await.unwrap().expect("it is listed");
        assert_eq!((listed.source.as_str(), listed.actor.as_str(), listed.reason.as_str()), ("api", "key-1", "wrote to us"));
        assert_eq!(listed.attempt_id.as_deref(), Some(attempt.id.as_str()));
        let history: Vec<_> = store.history_of(&number(1)).await.unwrap().into_iter().map(|row| row.to).collect();
        assert_eq!(history, ["listed"]);
        let due = waits.due_at_ms.unwrap();
        assert!(store.pick_up(&wish("a", due, 10, 10), crate::bed::gate).await.unwrap().started.is_empty());
        assert_eq!(store.call(&call.id).await.unwrap().state, CallState::Suppressed);
    }

    /// Whoever takes up a call reads what was said in it: prompts by name, words, keys; no more of it than fits on a page.
    async fn a_task_has_what_was_said(bed: Bed) {
        let store = &bed.store;
        let Underway { attempt, .. } = dialed(store, &number(1)).await;
        let note = |id: &str, body: &str| JournalLine {
            body: body.to_owned(),
            ..line(id, &attempt.id, &Fact::OptOut { input: String::new() })
        };
        let long = format!(r#"{{"event":"turn","turn":2,"text":"{}"}}"#, "a".repeat(2_000));
        let lines = [
            note("l-1", r#"{"event":"said","utterance":1,"from_ms":0,"prompts":[{"name":"greet","text_sha256":"x"},{"name":"ask","text_sha256":"y"}]}"#),
            note("l-2", r#"{"event":"heard","utterance":1}"#),
            note("l-3", r#"{"event":"turn","turn":1,"text":"what was that"}"#),
            note("l-4", r#"{"event":"turn","turn":2,"text":null}"#),
            note("l-5", r#"{"event":"key","key":"0"}"#),
            note("l-6", &long),
        ];
        store.commit_facts(&lines).await.unwrap();
        let end = finished(store, &attempt, failed(FailureCode::Interrupted)).await.unwrap();
        let task = store.task(&end.task.unwrap()).await.unwrap();
        let transcript = task.context["transcript"].as_array().unwrap();
        let expected = json!([
            {"at_ms": 9_000, "by": "gateway", "prompts": ["greet", "ask"]},
            {"at_ms": 9_000, "by": "callee", "text": "what was that"},
            {"at_ms": 9_000, "by": "callee", "text": null},
            {"at_ms": 9_000, "by": "callee", "key": "0"},
            {"at_ms": 9_000, "by": "callee", "text": "a".repeat(500)},
        ]);
        assert_eq!(json!(transcript), expected);

        let Underway { attempt, .. } = dialed(store, &number(2)).await;
        let many: Vec<_> = (0..300)
            .map(|n| JournalLine {
                body: format!(r#"{{"event":"key","key":"{}"}}"#, n % 10),
                ..line(&format!("m-{n:03}"), &attempt.id, &Fact::OptOut { input: String::new() })
            })
            .collect();
        store.commit_facts(&many).await.unwrap();
        let end = finished(store, &attempt, failed(FailureCode::Interrupted)).await.unwrap();
        let task = store.task(&end.task.unwrap()).await.unwrap();
        assert_eq!(task.context["transcript"].as_array().unwrap().len(), 200);
    }

    /// Opt-outs of many attempts are kept while their leases are renewed: neither waits for the other in a circle.
    async fn opt_outs_and_renewals_do_not_meet(bed: Bed) {
        let store = &bed.store;
        let mut attempts = Vec::new();
        for n in 0..60 {
            attempts.push(picked(store, &number(n)).await.attempt.id);
        }
        let renewing = store.clone();
        let renewals = tokio::spawn(async move {
            for n in 0..100 {
                assert_eq!(renewing.renew("a", NOW + LEASE + n).await.unwrap().len(), 60);
            }
        });
        for round in 0..20 {
            let out = Fact::OptOut { input: "9".to_owned() };
            let name = |n: usize| format!("o-{round}-{n}");
            let lines: Vec<_> = attempts.iter().enumerate().rev().map(|(n, id)| line(&name(n), id, &out)).collect();
            assert_eq!(store.commit_facts(&lines).await.unwrap().new, 60);
        }
        renewals.await.unwrap();
    }

    /// Row 002-51: nobody answers: redialed twice, with a wait that doubles. Row 000-29: then the call has failed and its
    /// task is there, in one transaction.
    async fn nobody_answers_three_times(bed: Bed) {
        let store = &bed.store;
        let mut call = ordered(store, &number(1)).await;
        let mut now = NOW;
        for minutes in [Some(15), Some(30), None] {
            let at = store.pick_up(&wish("a", now, 10, 10), crate::bed::gate).await.unwrap().started.remove(0);
            let at = dial_it(store, &at).await;
            let end = finished(store, &at.attempt, outcome(Disposition::NoAnswer)).await.unwrap();
            store.release_slot(&at.attempt.id, at.attempt.fence, NOW).await.unwrap();
            call = end.call;
            let due = minutes.map(|minutes: u64| NOW + 30_000 + minutes * 60_000);
            assert_eq!((call.due_at_ms, end.task.is_some()), (due, due.is_none()));
            if let Some(due) = due {
                assert_eq!(call.state, CallState::RedialWait);
                now = due;
            }
        }
        assert_eq!((call.state, call.attempts_used), (CallState::Failed, 3));
        let tasks = store.tasks(&TaskFilter::default(), None, 10).await.unwrap();
        assert_eq!((tasks.len(), tasks[0].reason, tasks[0].priority), (1, TaskReason::NoAnswer, Priority::Low));
        let numbers: Vec<_> = store.attempts_of(&call.id).await.unwrap().iter().map(|a| a.number_of_call).collect();
        assert_eq!(numbers, [1, 2, 3]);
    }

    /// What does not wait for an analysis goes out at the end, the rest when the attempt is final; each once.
    async fn the_terminal_event_waits_for_the_analysis(bed: Bed) {
        let store = &bed.store;
        let Underway { call, attempt } = dialed(store, &number(1)).await;
        let end = Finish { finalize: false, ..finish(outcome(Disposition::Completed)) };
        finished_as(store, &attempt, end).await.unwrap();
        assert!(store.events_of(&call.id).await.unwrap().is_empty());
        assert_eq!(store.not_final(NOW + 60_000, 10).await.unwrap(), std::slice::from_ref(&attempt.id));
        for _ in 0..2 {
            store.finalize(&attempt.id, NOW + 60_000).await.unwrap();
        }
        let events = store.events_of(&call.id).await.unwrap();
        assert_eq!(events.iter().map(|event| event.name).collect::<Vec<_>>(), [LifecycleEvent::Completed]);
        assert_eq!(events[0].body["disposition"], "completed");
        assert!(store.not_final(u64::MAX, 10).await.unwrap().is_empty());
        let live = picked(store, &number(2)).await;
        assert!(matches!(store.finalize(&live.attempt.id, NOW).await, Err(StoreError::Illegal { .. })));
    }

    /// Events are read after a place, each once, in the order of their commits, whoever wrote them.
    async fn events_follow_their_commits(bed: Bed) {
        let other = bed.another().await;
        let mut writers = Vec::new();
        for n in 0..20 {
            let Underway { attempt, .. } = dialed(&bed.store, &number(n)).await;
            let store = if n % 2 == 0 { bed.store.clone() } else { other.clone() };
            writers.push(tokio::spawn(async move { finished(&store, &attempt, outcome(Disposition::Busy)).await.unwrap() }));
        }
        let mut seen = Vec::new();
        while seen.len() < 20 {
            let last = seen.last().copied().unwrap_or(0);
            seen.extend(bed.store.events_after(last, 3).await.unwrap().iter().map(|event| event.seq));
            tokio::task::yield_now().await;
        }
        for writer in writers {
            writer.await.unwrap();
        }
        assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
        assert_eq!(bed.store.last_event().await.unwrap(), seen[19]);
    }

    /// Invariant: an opt-out that is kept is on the list in the same moment, and no later pick-up passes it. Lines that
    /// come twice are one; those of nobody are told and hold up no others.
    async fn an_opt_out_is_on_the_list_at_once(bed: Bed) {
        let store = &bed.store;
        let Underway { attempt, .. } = dialed(store, &number(1)).await;
        let answer = Answer { value: "agree".to_owned(), source: AnswerSource::Keys, input: "1".to_owned() };
        let lines = [
            line("l-1", &attempt.id, &Fact::Checkpoint { state: "ask".to_owned() }),
            line("l-2", &attempt.id, &Fact::Answer { slot: "consent".to_owned(), answer: answer.clone() }),
            line("l-3", &AttemptId::new("att-0"), &Fact::OptOut { input: "9".to_owned() }),
            line("l-4", &attempt.id, &Fact::OptOut { input: "9".to_owned() }),
            JournalLine { body: r#"{"event":"heard"}"#.to_owned(), ..line("l-5", &attempt.id, &Fact::OptOut { input: String::new() }) },
        ];
        let kept = store.commit_facts(&lines).await.unwrap();
        assert_eq!((kept.new, kept.known, kept.strange), (4, 0, 1));
        let again = store.commit_facts(&lines).await.unwrap();
        assert_eq!((again.new, again.known, again.strange), (0, 4, 1));
        assert_eq!(store.journal_of(&attempt.id).await.unwrap().len(), 4);
        let learned = store.learned(&attempt.id).await.unwrap();
        assert_eq!(learned.answers, BTreeMap::from([("consent".to_owned(), answer)]));
        assert_eq!((learned.opted_out, learned.last_state.as_deref()), (true, Some("ask")));
        assert_eq!(store.dnc(&number(1)).await.unwrap().unwrap().attempt_id.as_deref(), Some(attempt.id.as_str()));
        assert!(store.attempt(&attempt.id).await.unwrap().opted_out);
        finished(store, &attempt, failed(FailureCode::Interrupted)).await.unwrap();
        store.release_slot(&attempt.id, 1, NOW).await.unwrap();
        let second = ordered(store, &number(1)).await;
        assert!(pick_up(store, "a", 10).await.started.is_empty());
        assert_eq!(store.call(&second.id).await.unwrap().state, CallState::Suppressed);
    }

    /// An outcome that says so lists the number as well.
    async fn an_opt_out_in_the_outcome_counts(bed: Bed) {
        let store = &bed.store;
        let Underway { attempt, .. } = dialed(store, &number(1)).await;
        finished(store, &attempt, outcome(Disposition::DoNotCall)).await.unwrap();
        assert_eq!(store.dnc(&number(1)).await.unwrap().unwrap().source, "dialog");
    }

    /// Row 000-44: the task links call, attempt, failure code, answers, last state and recording.
    async fn a_task_says_what_a_person_needs(bed: Bed) {
        let store = &bed.store;
        let Underway { call, attempt } = dialed(store, &number(1)).await;
        let asked = Fact::Checkpoint { state: "ask_time".to_owned() };
        store.commit_facts(&[line("l-1", &attempt.id, &asked)]).await.unwrap();
        let seal = FileSeal { sha256: "ab".repeat(32), bytes: 44, length_ms: 0 };
        let recording =
            NewRecording { path: "rec/1.wav".to_owned(), seal: Some(seal), incomplete: true, expires_at_ms: None };
        let answer = Answer { value: "monday".to_owned(), source: AnswerSource::Speech, input: "monday".to_owned() };
        let ended = Outcome {
            queue: Some("front-desk".to_owned()),
            answers: BTreeMap::from([("day".to_owned(), answer)]),
            ..failed(FailureCode::Interrupted)
        };
        let end = finished_as(store, &attempt, Finish { recording: Some(recording), ..finish(ended) }).await.unwrap();
        let task = store.task(&end.task.unwrap()).await.unwrap();
        assert_eq!((&task.call, task.attempt.as_ref(), task.queue.as_deref()), (&call.id, Some(&attempt.id), Some("front-desk")));
        assert_eq!((task.reason, task.priority), (TaskReason::Interrupted, Priority::High));
        let context = &task.context;
        assert_eq!(context["failure_code"], "interrupted");
        assert_eq!(context["answers"]["day"]["value"], "monday");
        assert_eq!(context["last_state"], "ask_time");
        assert_eq!(context["attempts"], 1);
        assert_eq!(context["recording_id"], end.recording.unwrap().as_str());
        assert_eq!(context["attempt_id"], attempt.id.as_str());
    }
}
