//! Scripts at and beyond the limits of size.

use std::fmt::Write;
use std::time::Duration;

use voxgate_core::dialog::check;

/// A script with a chain of so many questions.
fn chain(states: usize) -> String {
    let head = r#"
dialplan: chain
version: 1
kind: survey
languages: [en-US, es-US]
limits: {call: 60m, turns: 100}
slots: {answer: {values: [yes, no]}}
defaults: {no_input: {tries: 2, next: bye}, no_match: {tries: 2, next: bye}}
answered_by: {human: s0, unknown: s0, machine: bye, screening: s0, fax: bye}
anywhere: {stop: {hear: opt_out, keys: ["9"], next: out}, person: {hear: operator, keys: ["0"], next: bye}}
prompts:
  ask: {en-US: "I am an automated assistant. Yes?", es-US: "Soy un asistente automático. ¿Sí?"}
  bye: {en-US: "Goodbye.", es-US: "Adiós."}
states:
  out: {say: bye, end: do-not-call}
  bye: {say: bye, end: completed}
"#;
    let mut script = head.to_owned();
    for i in 0..states {
        let next = if i + 1 == states { "bye".to_owned() } else { format!("s{}", i + 1) };
        writeln!(script, "  s{i}: {{say: ask, listen: {{slot: answer, keys: {{\"1\": yes, \"2\": no}}}}, next: {{yes: {next}, no: bye}}}}")
            .expect("a string takes everything");
    }
    script
}

/// The time a check takes of this thread, whatever else the machine does.
fn timed(source: &str) -> (voxgate_core::dialog::Checked, Duration) {
    let mut best = Duration::MAX;
    let mut checked = None;
    for _ in 0..3 {
        #[expect(clippy::disallowed_methods, reason = "the speed of the check is what this shows")]
        let began = std::time::Instant::now();
        checked = Some(check("large.yaml", source.as_bytes()));
        best = best.min(began.elapsed());
    }
    (checked.expect("it was checked"), best)
}

/// How many times longer a check may take for ten times the states: 10 if it is linear, 100 if it is quadratic.
const MOST: u32 = 30;

#[test]
fn ten_thousand_states_check_in_linear_time() {
    let (_, small) = timed(&chain(1_000));
    let (checked, large) = timed(&chain(10_000));
    assert!(checked.report.findings.is_empty(), "{:?}", checked.report.findings.first());
    println!("10,000 states: {} ms; 1,000: {} ms", large.as_millis(), small.as_millis());
    assert!(large < small * MOST, "{large:?} {small:?}");
}

#[test]
fn ten_thousand_mistakes_are_told_in_linear_time() {
    let wrong = |states| chain(states).replace("no: bye", "no: byebye");
    let (_, small) = timed(&wrong(1_000));
    let (checked, large) = timed(&wrong(10_000));
    assert_eq!(checked.report.findings.len(), 201, "the first 200, and how many more");
    println!("10,000 mistakes: {} ms; 1,000: {} ms", large.as_millis(), small.as_millis());
    assert!(large < small * MOST, "{large:?} {small:?}");
}

#[test]
fn a_script_beyond_all_bounds_is_refused_sooner_than_one_is_checked() {
    let (_, allowed) = timed(&chain(10_000));
    let (checked, refused) = timed(&chain(60_000));
    assert_eq!(checked.report.findings[0].code.as_str(), "too-large");
    assert!(refused < allowed, "{refused:?} {allowed:?}");
}
