//! What a dialog does with what happens, one behaviour a test.

use std::collections::BTreeMap;
use std::sync::Arc;

use voxgate_core::dialog::{Action, Checked, Dialog, Dialplan, End, Event, Hints, check};
use voxgate_core::model::{AnsweredBy, Disposition, Evidence, Fact, FailureCode};
use voxgate_media::dtmf::Key;

const SCRIPT: &str = r#"
dialplan: example
version: 3
kind: survey
languages: [en-US, es-US]
limits: {call: 90s, turns: 8}
variables: {first_name: {type: text, max: 12, example: Ana}, tier: {type: text, example: gold}}
slots:
  willing: {values: [yes, no]}
  score: {scale: 0-10}
  steer: {values: [yes, no], store: false}
defaults:
  no_input: {after: 4s, tries: 2, next: bye}
  no_match: {tries: 4, next: bye}
answered_by: {human: hello, unknown: hello, machine: message, screening: hello, fax: hang_up}
anywhere:
  stop: {hear: opt_out, keys: ["9", "*9"], next: out}
  person: {hear: operator, keys: ["*0"], next: person}
states:
  hello: {say: greet, reprompt: again, by_keys: press, listen: {slot: willing, keys: {"1": yes, "2": no}}, next: {yes: notice, no: bye}}
  notice: {say: notice, must_hear: true, next: score}
  score: {say: rate, listen: {slot: score}, barge_in: false, next: [{when: {tier: gold, score: ["9", "10"]}, to: gold}, {to: thanks}]}
  gold: {say: [thanks, greet], end: completed, result: delighted}
  thanks: {say: thanks, end: completed, result: answered}
  bye: {say: bye, end: partially-completed, result: unclear}
  out: {say: bye, end: do-not-call}
  person: {say: bye, end: partially-completed, queue: desk, result: wants_person}
  message: {say: bye, after: beep, end: voicemail}
  hang_up: {end: failed}
prompts:
  greet: {en-US: "An automated assistant for {first_name}.", es-US: "Un asistente automático para {first_name}."}
  again: {en-US: "Again.", es-US: "Otra vez."}
  press: {en-US: "Press.", es-US: "Marque."}
  notice: {en-US: {text: "Notice.", audio: n.wav}, es-US: {text: "Aviso.", audio: n.wav, says: "Otro aviso."}}
  rate: {en-US: "Rate.", es-US: "Valore."}
  thanks: {en-US: "Thanks.", es-US: "Gracias."}
  bye: {en-US: "Bye.", es-US: "Adiós."}
"#;

fn plan(script: &str) -> Arc<Dialplan> {
    let Checked { report, plan } = check("example.yaml", script.as_bytes());
    plan.unwrap_or_else(|| panic!("{}", report.render(script)))
}

fn begin_with(script: &str, language: &str, who: AnsweredBy) -> Dialog {
    let plan = plan(script);
    let binding = plan.bind(language, &plan.examples()).expect("the examples are right");
    let mut dialog = Dialog::new(plan, binding, jiff::civil::date(2026, 1, 5).at(9, 0, 0, 0));
    dialog.handle_event(Event::AnsweredBy(who));
    dialog
}

fn begin() -> Dialog {
    begin_with(SCRIPT, "en-US", AnsweredBy::Human)
}

fn heard(text: &str) -> Event {
    Event::Heard { text: text.to_owned() }
}

fn key(key: char) -> Event {
    Event::Key(Key::new(key).expect("a key"))
}

fn said(heard: Evidence) -> Event {
    Event::SayEnded { heard }
}

const TO_ITS_END: Event = Event::SayEnded { heard: Evidence::Acknowledged };

/// Everything the dialog wants, as short lines.
fn wants(dialog: &mut Dialog) -> Vec<String> {
    std::iter::from_fn(|| dialog.poll_action()).map(line).collect()
}

fn line(action: Action) -> String {
    match action {
        Action::Commit(Fact::Checkpoint { state }) => format!("at {state}"),
        Action::Commit(Fact::Answer { slot, answer }) => {
            format!("answer {slot}={} by {:?}", answer.value, answer.source)
        }
        Action::Commit(Fact::OptOut { input }) => format!("opt-out by {input:?}"),
        Action::Turn { say, listen, .. } => {
            let prompts: Vec<_> = say.iter().flat_map(|s| &s.prompts).map(|p| p.name.clone()).collect();
            let ears = match listen.map(|l| l.hints.is_some()) {
                None => "",
                Some(true) => ", listens",
                Some(false) => ", keys only",
            };
            format!("says {}{ears}", prompts.join("+"))
        }
        Action::AwaitKeys(time) => format!("awaits keys {} ms", time.as_ms()),
        Action::End(end) => format!("ends {}", ended(&end)),
    }
}

fn ended(end: &End) -> String {
    let mut text = end.disposition.to_string();
    text.extend(end.failure_code.map(|c| format!("/{c}")));
    text.extend(end.result.as_ref().map(|r| format!(" {r}")));
    text.extend(end.queue.as_ref().map(|q| format!(" to {q}")));
    text
}

fn after(dialog: &mut Dialog, events: impl IntoIterator<Item = Event>) -> Vec<String> {
    wants(dialog);
    let mut last = Vec::new();
    for event in events {
        dialog.handle_event(event);
        last = wants(dialog);
    }
    last
}

#[test]
fn it_enters_a_state_speaks_and_listens() {
    let mut dialog = begin();
    assert_eq!(wants(&mut dialog), ["at hello", "says greet, listens"]);
    assert_eq!(dialog.state().map(|s| &**s), Some("hello"));
}

#[test]
fn an_answer_is_durable_before_what_follows() {
    let mut dialog = begin();
    assert_eq!(after(&mut dialog, [heard("yes")]), ["answer willing=yes by Speech", "at notice", "says notice"]);
    assert_eq!(dialog.answers()["willing"].input, "yes");
}

/// Row 002-49: only what was heard in full is left by `next`, else it is said again, and given up in the end.
#[test]
fn what_must_be_heard_is_left_only_when_it_was() {
    let table = [
        (SCRIPT.to_owned(), vec![Evidence::Acknowledged], "score"),
        (SCRIPT.to_owned(), vec![Evidence::NotHeard, Evidence::Acknowledged], "score"),
        (SCRIPT.to_owned(), vec![Evidence::Estimated], "notice"),
        (SCRIPT.to_owned(), vec![Evidence::NotHeard, Evidence::Estimated, Evidence::NotHeard], "bye"),
        (SCRIPT.replace("limits:", "evidence: estimated\nlimits:"), vec![Evidence::Estimated], "score"),
        (SCRIPT.replace("limits:", "evidence: estimated\nlimits:"), vec![Evidence::NotHeard], "notice"),
    ];
    for (script, evidence, state) in table {
        let mut dialog = begin_with(&script, "en-US", AnsweredBy::Human);
        after(&mut dialog, [key('1')]);
        after(&mut dialog, evidence.iter().map(|e| said(*e)));
        assert_eq!(dialog.state().map(|s| &**s), Some(state), "{evidence:?}");
    }
}

#[test]
fn speech_does_not_cut_what_must_be_heard_but_an_opt_out_is_honoured() {
    let mut dialog = begin();
    assert!(after(&mut dialog, [key('1'), heard("yes yes")]).is_empty());
    assert_eq!(after(&mut dialog, [key('9')]), ["opt-out by \"9\"", "at out", "says bye"]);
}

#[test]
fn silence_is_asked_again_and_then_given_up() {
    let mut dialog = begin();
    assert_eq!(after(&mut dialog, [TO_ITS_END, Event::NoInput]), ["says again, listens"]);
    assert_eq!(after(&mut dialog, [Event::NoInput]), ["at bye", "says bye"]);
    assert_eq!(after(&mut dialog, [TO_ITS_END]), ["ends failed/hangup_early unclear"]);
}

#[test]
fn after_two_misunderstandings_only_keys_are_listened_for() {
    let mut dialog = begin();
    assert_eq!(after(&mut dialog, [heard("perhaps")]), ["says again, listens"]);
    assert_eq!(after(&mut dialog, [Event::NotUnderstood]), ["says press, keys only"]);
    assert_eq!(after(&mut dialog, [key('7')]), ["says press, keys only"]);
    assert_eq!(after(&mut dialog, [Event::NotUnderstood]), ["at bye", "says bye"]);
}

#[test]
fn counters_do_not_leak_into_the_next_state() {
    let mut dialog = begin();
    after(&mut dialog, [Event::NotUnderstood, Event::NotUnderstood, Event::NotUnderstood, key('1'), TO_ITS_END]);
    assert_eq!(after(&mut dialog, [Event::NotUnderstood]), ["says rate, listens"]);
    assert_eq!(after(&mut dialog, [Event::NoInput]), ["says rate, listens"]);
}

#[test]
fn a_key_that_may_go_on_waits_for_the_next() {
    let table: [(&[Event], &str); 8] = [
        (&[key('4')], "answer score=4 by Keys"),
        (&[key('1')], "awaits keys 2000 ms"),
        (&[key('1'), key('0')], "answer score=10 by Keys"),
        (&[key('1'), Event::KeysEnded], "answer score=1 by Keys"),
        (&[key('1'), key('#')], "answer score=1 by Keys"),
        (&[key('1'), key('5')], "says rate, listens"),
        // The scale takes 9; the opt-out keeps its other key.
        (&[key('9')], "answer score=9 by Keys"),
        (&[key('*'), key('9')], "opt-out by \"*9\""),
    ];
    for (keys, expected) in table {
        let mut dialog = begin();
        after(&mut dialog, [key('1'), TO_ITS_END]);
        assert_eq!(after(&mut dialog, keys.iter().cloned())[0], expected, "{keys:?}");
    }
}

#[test]
fn branches_look_at_slots_and_variables() {
    let script = |tier: &str| SCRIPT.replace("example: gold", &format!("example: {tier}"));
    for (tier, score, end) in [("gold", '9', "gold"), ("gold", '8', "thanks"), ("iron", '9', "thanks")] {
        let mut dialog = begin_with(&script(tier), "en-US", AnsweredBy::Human);
        after(&mut dialog, [key('1'), TO_ITS_END, key(score)]);
        assert_eq!(dialog.state().map(|s| &**s), Some(end), "{tier} {score}");
    }
}

/// Row 002-49: a yes is a yes in either language, and nothing with a no in it is one.
#[test]
fn words_mean_what_they_say() {
    let yes = "answer willing=yes by Speech";
    let no = "answer willing=no by Speech";
    let table = [
        ("en-US", "Yes.", yes),
        ("en-US", "um, yes please", yes),
        ("en-US", "yeah yeah, of course", yes),
        ("en-US", "No, thank you!", no),
        ("en-US", "I don’t", no),
        ("en-US", "no no", no),
        ("en-US", "yes no", "says again, listens"),
        ("en-US", "yes I do not", "says again, listens"),
        ("en-US", "not yes", "says again, listens"),
        ("en-US", "no I do", "says again, listens"),
        ("en-US", "", "says again, listens"),
        ("en-US", "yes and tell my wife that I said so", "says again, listens"),
        ("es-US", "Sí", yes),
        ("es-US", "eh, claro que sí, gracias", yes),
        ("es-US", "si\u{301} señor", yes),
        ("es-US", "claro que no", no),
        ("es-US", "no, gracias", no),
        ("es-US", "no sí", "says again, listens"),
        ("es-US", "yes", "says again, listens"),
    ];
    for (language, text, expected) in table {
        let mut dialog = begin_with(SCRIPT, language, AnsweredBy::Human);
        assert_eq!(after(&mut dialog, [heard(text)])[0], expected, "{text}");
    }
}

#[test]
fn an_opt_out_is_honoured_the_first_time_even_within_a_sentence() {
    let table = [
        ("en-US", "stop calling me", true),
        ("en-US", "No! Stop calling me.", true),
        ("en-US", "I told you people to take me off your list", true),
        ("en-US", "yes but do not call me again", true),
        ("en-US", "don't stop calling me", false),
        ("en-US", "never stop calling", false),
        ("en-US", "stop", false),
        ("es-US", "por favor no me llamen más", true),
        ("es-US", "ya les dije que dejen de llamarme", true),
    ];
    for (language, text, honoured) in table {
        let mut dialog = begin_with(SCRIPT, language, AnsweredBy::Human);
        let first = after(&mut dialog, [heard(text)]).remove(0);
        assert_eq!(first == format!("opt-out by {text:?}"), honoured, "{text}: {first}");
    }
}

#[test]
fn a_callee_may_opt_out_while_the_end_is_said() {
    let mut dialog = begin();
    after(&mut dialog, [key('1'), TO_ITS_END, key('5'), key('9')]);
    assert_eq!(after(&mut dialog, [Event::Gone]), ["ends do-not-call answered"]);
    let mut dialog = begin();
    after(&mut dialog, [key('9')]);
    assert!(after(&mut dialog, [key('9'), heard("stop calling"), key('1')]).is_empty(), "once is enough");
}

/// Row 002-48: said again only when asked, and not without end.
#[test]
fn a_prompt_is_repeated_when_asked_but_not_for_ever() {
    let mut dialog = begin();
    assert_eq!(after(&mut dialog, [heard("can you repeat that please")]), ["says greet, listens"]);
    assert_eq!(after(&mut dialog, [heard("pardon?")]), ["says greet, listens"]);
    assert_eq!(after(&mut dialog, [heard("what?")]), ["says again, listens"], "now it counts as not understood");
}

#[test]
fn turns_are_bounded() {
    let mut dialog = begin();
    for _ in 0..3 {
        after(&mut dialog, [heard("repeat"), Event::NotUnderstood]);
    }
    let script = SCRIPT.replace("turns: 8", "turns: 2");
    let mut dialog = begin_with(&script, "en-US", AnsweredBy::Human);
    assert_eq!(after(&mut dialog, [Event::NotUnderstood]), ["says again, listens"]);
    assert_eq!(after(&mut dialog, [Event::NotUnderstood]), ["at bye", "says bye"]);
}

#[test]
fn who_answered_may_be_learned_late_but_not_after_an_answer() {
    let table: [(AnsweredBy, &[Event], &str); 7] = [
        (AnsweredBy::Machine, &[], "message"),
        (AnsweredBy::Fax, &[], "hang_up"),
        (AnsweredBy::Unknown, &[Event::AnsweredBy(AnsweredBy::Machine)], "message"),
        (AnsweredBy::Unknown, &[Event::NotUnderstood, Event::AnsweredBy(AnsweredBy::Machine)], "message"),
        (AnsweredBy::Unknown, &[key('1'), Event::AnsweredBy(AnsweredBy::Machine)], "notice"),
        (AnsweredBy::Machine, &[Event::AnsweredBy(AnsweredBy::Human)], "message"),
        (AnsweredBy::Machine, &[key('9'), heard("stop calling me")], "message"),
    ];
    for (who, events, state) in table {
        let mut dialog = begin_with(SCRIPT, "en-US", who);
        after(&mut dialog, events.iter().cloned());
        assert_eq!(dialog.state().map(|s| &**s), Some(state), "{who:?} {events:?}");
    }
}

/// The table of dispositions, for a callee who goes.
#[test]
fn who_goes_leaves_what_was_captured() {
    let table: [(AnsweredBy, &[Event], &str); 9] = [
        (AnsweredBy::Human, &[], "ends failed/hangup_early"),
        (AnsweredBy::Human, &[Event::NotUnderstood], "ends failed/hangup_early"),
        (AnsweredBy::Human, &[key('1')], "ends partially-completed"),
        (AnsweredBy::Human, &[key('1'), TO_ITS_END, key('4')], "ends completed answered"),
        (AnsweredBy::Human, &[heard("operator")], "ends partially-completed wants_person to desk"),
        (AnsweredBy::Human, &[key('9')], "ends do-not-call"),
        (AnsweredBy::Human, &[key('2')], "ends partially-completed unclear"),
        (AnsweredBy::Machine, &[], "ends voicemail"),
        (AnsweredBy::Fax, &[], "ends failed/hangup_early"),
    ];
    for (who, events, end) in table {
        let mut dialog = begin_with(SCRIPT, "en-US", who);
        after(&mut dialog, events.iter().cloned());
        assert_eq!(after(&mut dialog, [Event::Gone]), [end], "{events:?}");
        assert!(after(&mut dialog, [Event::Gone, TO_ITS_END, key('1'), Event::AnsweredBy(who)]).is_empty());
    }
}

#[test]
fn a_dialog_that_never_began_ends_too() {
    let plan = plan(SCRIPT);
    let binding = plan.bind("en-US", &plan.examples()).expect("the examples are right");
    let mut dialog = Dialog::new(plan, binding, jiff::civil::date(2026, 1, 5).at(9, 0, 0, 0));
    assert!(after(&mut dialog, [key('1'), heard("yes"), Event::NoInput]).is_empty());
    assert_eq!(after(&mut dialog, [Event::Gone]), ["ends failed/hangup_early"]);
}

#[test]
fn facts_not_yet_taken_survive_the_callee() {
    let mut dialog = begin();
    wants(&mut dialog);
    dialog.handle_event(key('9'));
    dialog.handle_event(Event::Gone);
    assert_eq!(wants(&mut dialog), ["opt-out by \"9\"", "at out", "ends do-not-call"]);
}

#[test]
fn a_turn_says_what_to_listen_for_and_what_to_prepare() {
    let mut dialog = begin();
    let turn = std::iter::from_fn(|| dialog.poll_action()).find_map(|action| match action {
        Action::Turn { listen, ahead, .. } => Some((listen, ahead)),
        Action::Commit(_) | Action::AwaitKeys(_) | Action::End(_) => None,
    });
    let (listen, ahead) = turn.expect("a turn");
    let listen = listen.expect("it listens");
    assert_eq!(listen.no_input.as_ms(), 4_000);
    assert_eq!(listen.barge_in.map(|b| b.confirm.as_ms()), Some(300));
    let Hints { language, phrases } = &**listen.hints.as_ref().expect("speech");
    assert_eq!(language, "en-US");
    let meaning = |text: &str| phrases.iter().find(|p| p.text == text).map(|p| p.meaning.as_str());
    assert_eq!(meaning("i don't"), Some("no"));
    assert_eq!(meaning("stop calling me"), Some("anywhere:stop"));
    assert_eq!(meaning("say that again"), Some("anywhere:repeat"));
    let names: Vec<_> = ahead.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["again", "press", "notice", "bye"]);
}

/// Row 000-15: the name and the other variables reach what is said.
#[test]
fn prompts_have_their_variables_and_recordings() {
    let plan = plan(SCRIPT);
    let mut dialog = begin_with(SCRIPT, "es-US", AnsweredBy::Human);
    let mut prompts = Vec::new();
    for event in [key('1'), TO_ITS_END] {
        while let Some(action) = dialog.poll_action() {
            if let Action::Turn { say: Some(say), .. } = action {
                prompts.extend(say.prompts);
            }
        }
        dialog.handle_event(event);
    }
    assert_eq!(prompts[0].text, "Un asistente automático para Ana.");
    assert_eq!(prompts[1].recorded.as_ref().map(|r| (r.path.as_str(), r.exact)), Some(("n.wav", false)));
    assert_eq!(plan.recordings().map(|r| r.says).collect::<Vec<_>>(), ["Notice.", "Otro aviso."]);
    assert_eq!((plan.id().name.as_str(), plan.id().version, plan.id().hash.len()), ("example", 3, 64));
    assert_eq!(dialog.max_duration().as_ms(), 90_000);
}

#[test]
fn wrong_variables_are_named_all_at_once() {
    let plan = plan(SCRIPT);
    let given = [("frist_name", "Ana"), ("tier", "a very long tier\nindeed")];
    let given: BTreeMap<String, String> = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let error = plan.bind("fr-FR", &given).expect_err("nothing is right here").to_string();
    for part in [
        "no variable \"frist_name\"; did you mean \"first_name\"?",
        "variable \"first_name\" is missing; give it, as in \"Ana\"",
        "variable \"tier\": it has a line break",
        "not spoken in \"fr-FR\", only in en-US, es-US",
    ] {
        assert!(error.contains(part), "{part} not in {error}");
    }
    let long = BTreeMap::from([("first_name".to_owned(), "A".repeat(13)), ("tier".to_owned(), "gold".to_owned())]);
    let error = plan.bind("en-US", &long).expect_err("it is too long").to_string();
    assert_eq!(error, "variable \"first_name\": it has 13 characters, give at most 12");
}

#[test]
fn only_failures_have_a_failure_code() {
    for end in ["completed", "do-not-call", "partially-completed", "failed", "voicemail"] {
        let script = SCRIPT.replace("hang_up: {end: failed}", &format!("hang_up: {{end: {end}}}"));
        let mut dialog = begin_with(&script, "en-US", AnsweredBy::Fax);
        dialog.handle_event(TO_ITS_END);
        let Some(Action::End(end)) = std::iter::from_fn(|| dialog.poll_action()).last() else { panic!("an end") };
        let failed = end.disposition == Disposition::Failed;
        assert_eq!(end.failure_code, failed.then_some(FailureCode::HangupEarly), "{end:?}");
    }
}
