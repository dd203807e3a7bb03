//! Calls over virtual time: what is reported when, per kind of callee.

use super::super::order::{Detection, StatusCallback};
use super::*;
use crate::personas::plan::NumberPlan;

const STREAM: &str = "<Response><Connect><Stream url=\"ws://127.0.0.1:1/m\"/></Connect></Response>";

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn call(number: &str, twiml: &str, detection: Option<Detection>) -> Call {
    let plan = NumberPlan::load(None).expect("the shipped plan loads");
    let order = CallOrder {
        to: number.to_owned(),
        from: "+12065550100".to_owned(),
        document: Document::Inline(twiml.to_owned()),
        callback: None::<StatusCallback>,
        ring_timeout: Duration::from_secs(5),
        time_limit: Duration::from_secs(60),
        detection,
    };
    Call::new("CA01".to_owned(), order, plan.callee(number, 0), ms(0), ms(0))
}

/// Runs to `until` from deadline to deadline; every want with its time in ms.
fn run(call: &mut Call, until: u64) -> Vec<(u64, Want)> {
    let mut wants = Vec::new();
    let mut now = ms(0);
    for _ in 0..100 {
        call.handle_timeout(now);
        let at = u64::try_from(now.as_millis()).expect("short");
        wants.extend(std::iter::from_fn(|| call.poll_want()).map(|want| (at, want)));
        match call.poll_timeout().filter(|due| *due <= ms(until)) {
            Some(due) => now = due,
            None => return wants,
        }
    }
    panic!("the call spins");
}

fn progress(wants: &[(u64, Want)]) -> Vec<Progress> {
    wants
        .iter()
        .filter_map(|(_, want)| match want {
            Want::Report(progress) => Some(*progress),
            Want::ReportVerdict { .. }
            | Want::Fetch(_)
            | Want::OpenStream(_)
            | Want::StopStream
            | Want::Refuse { .. } => None,
        })
        .collect()
}

const RANG: [Progress; 3] = [Progress::Initiated, Progress::Ringing, Progress::Completed];

#[test]
fn an_answered_call_opens_its_stream_and_ends_when_the_gateway_closes_it() {
    let mut call = call("+12065550110", STREAM, None);
    let wants = run(&mut call, 5000);
    assert_eq!(progress(&wants), [Progress::Initiated, Progress::Ringing, Progress::Answered]);
    assert!(matches!(wants.last(), Some((_, Want::OpenStream(_)))));
    call.on_stream_closed(ms(9000));
    assert_eq!(call.poll_want(), Some(Want::Report(Progress::Completed)));
    assert_eq!(call.status(), Status::Completed);
    assert!(call.duration_s() > 5);
}

#[test]
fn each_way_of_not_being_reached_has_its_status() {
    for (number, status, sip) in [
        ("+12065550115", Status::Busy, Some(486)),
        ("+12065550116", Status::NoAnswer, None),
        ("+12065550122", Status::Busy, Some(603)),
    ] {
        let mut call = call(number, STREAM, None);
        let wants = run(&mut call, 60_000);
        assert_eq!((call.status(), call.sip_code), (status, sip), "{number}");
        assert_eq!(progress(&wants), RANG, "{number}");
        assert_eq!(call.duration_s(), 0);
    }
    let mut none = call("+4930999999", STREAM, None);
    assert_eq!(progress(&run(&mut none, 60_000)), [Progress::Initiated, Progress::Completed]);
    assert_eq!((none.status(), none.sip_code), (Status::Failed, Some(404)));
}

#[test]
fn one_who_refuses_the_media_is_answered_and_over_without_a_stream() {
    let mut call = call("+12065550125", STREAM, None);
    let wants = run(&mut call, 60_000);
    assert_eq!(progress(&wants), [Progress::Initiated, Progress::Ringing, Progress::Answered, Progress::Completed]);
    assert!(!wants.iter().any(|(_, want)| matches!(want, Want::OpenStream(_))));
}

fn detection(mode: DetectionMode, asynchronous: bool) -> Option<Detection> {
    let callback = asynchronous.then_some(Some("http://127.0.0.1:1/amd".to_owned()));
    Some(Detection { mode, timeout: Duration::from_secs(30), asynchronous: callback })
}

#[test]
fn a_machine_is_told_at_its_beep() {
    let mut call = call("+12065550117", STREAM, detection(DetectionMode::DetectMessageEnd, true));
    run(&mut call, 5000);
    call.on_opening_ended(ms(9000));
    call.handle_timeout(ms(9500));
    let told = std::iter::from_fn(|| call.poll_want()).find(|want| matches!(want, Want::ReportVerdict { .. }));
    assert!(
        matches!(&told, Some(Want::ReportVerdict { answered_by, .. }) if answered_by == "machine_end_beep"),
        "{told:?}"
    );
}

#[test]
fn synchronous_detection_holds_the_document_back() {
    let mut call = call("+12065550117", STREAM, detection(DetectionMode::Enable, false));
    let wants = run(&mut call, 20_000);
    let at = |find: fn(&Want) -> bool| wants.iter().find(|(_, want)| find(want)).map(|(at, _)| *at);
    let verdict = at(|want| matches!(want, Want::ReportVerdict { answered_by, .. } if answered_by == "machine_start"));
    assert!(verdict.is_some());
    assert_eq!(at(|want| matches!(want, Want::OpenStream(_))), verdict);
}

#[test]
fn the_caller_can_cancel_end_and_redirect() {
    let mut ringing = call("+12065550110", STREAM, None);
    run(&mut ringing, 200);
    assert_eq!(ringing.redirect(ms(210), Document::Inline("<Response/>".into())), Err(WrongState));
    assert_eq!(ringing.hang_up(ms(220), true), Ok(()));
    assert_eq!(ringing.status(), Status::Canceled);
    assert_eq!(ringing.hang_up(ms(230), false), Err(WrongState));

    let mut live = call("+12065550110", STREAM, None);
    run(&mut live, 5000);
    assert_eq!(live.hang_up(ms(5100), true), Ok(()));
    assert_eq!(live.status(), Status::InProgress, "canceled does not end a live call");
    assert_eq!(live.redirect(ms(5200), Document::Inline("<Response><Pause/></Response>".into())), Ok(()));
    assert_eq!(live.poll_want(), Some(Want::StopStream));
    live.on_stream_closed(ms(5300));
    assert_eq!(live.status(), Status::InProgress, "the new document runs");
    live.handle_timeout(ms(6200));
    assert_eq!(live.status(), Status::Completed);
}

#[test]
fn a_bad_document_is_refused_and_the_time_limit_holds() {
    let mut bad = call("+12065550110", "<Response><Dial/></Response>", None);
    let wants = run(&mut bad, 5000);
    assert!(wants.iter().any(|(_, want)| matches!(want, Want::Refuse { code: 12_200, .. })));
    let mut long = call("+12065550110", STREAM, None);
    let wants = run(&mut long, 100_000);
    assert!(wants.iter().any(|(_, want)| *want == Want::StopStream));
    assert_eq!(long.status(), Status::Completed);
}
