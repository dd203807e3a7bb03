//! Random histories: whatever happens, a dialog ends, and a consent is proven.

use proptest::prelude::*;
use voxgate_core::dialog::{Action, Dialog, Event, check};
use voxgate_core::model::{AnsweredBy, Disposition, Evidence, Fact};
use voxgate_media::dtmf::Key;

const SCRIPTS: [&str; 3] = [
    include_str!("../../dialplans/consent.yaml"),
    include_str!("../../dialplans/reminder.yaml"),
    include_str!("../../dialplans/survey.yaml"),
];

fn event() -> impl Strategy<Value = Event> {
    let texts = ["yes", "no", "I agree", "I do not agree", "yes no", "stop calling me", "operator", "what?", "sí", ""];
    let who = [AnsweredBy::Human, AnsweredBy::Machine, AnsweredBy::Unknown, AnsweredBy::Screening, AnsweredBy::Fax];
    let evidence = [Evidence::NotHeard, Evidence::Estimated, Evidence::Acknowledged];
    prop_oneof![
        1 => prop::sample::select(who.to_vec()).prop_map(Event::AnsweredBy),
        8 => prop::sample::select(evidence.to_vec()).prop_map(|heard| Event::SayEnded { heard }),
        8 => prop::sample::select(texts.to_vec()).prop_map(|text| Event::Heard { text: text.to_owned() }),
        1 => Just(Event::NotUnderstood),
        1 => Just(Event::NoInput),
        6 => prop::sample::select("1111222055*#9".chars().filter_map(Key::new).collect::<Vec<_>>()).prop_map(Event::Key),
        1 => Just(Event::KeysEnded),
    ]
}

/// What an observer outside has seen of one dialog.
#[derive(Default)]
struct Observer {
    state: String,
    notice_heard: bool,
    yeses: Vec<String>,
    opted_out: bool,
    ended: bool,
    turns: usize,
}

impl Observer {
    /// An explicit yes is a word or a key that says so, given while a question stands.
    fn gives(&mut self, event: &Event) {
        let yes = match event {
            Event::Heard { text } => ["yes", "I agree", "sí"].contains(&text.as_str()),
            Event::Key(key) => key.as_char() == '1',
            Event::SayEnded { heard } => {
                self.notice_heard |= self.state == "notice" && *heard == Evidence::Acknowledged;
                false
            }
            Event::AnsweredBy(_) | Event::NotUnderstood | Event::NoInput | Event::KeysEnded | Event::Gone => false,
        };
        if yes && self.notice_heard {
            self.yeses.push(self.state.clone());
        }
    }

    fn sees(&mut self, action: Action) {
        assert!(!self.ended, "nothing comes after the end: {action:?}");
        match action {
            Action::Turn { state, .. } => {
                self.state = state.to_string();
                self.turns += 1;
            }
            Action::Commit(Fact::OptOut { .. }) => self.opted_out = true,
            Action::Commit(Fact::Answer { .. } | Fact::Checkpoint { .. }) | Action::AwaitKeys(_) => {}
            Action::End(end) => {
                self.ended = true;
                assert_eq!(end.failure_code.is_some(), end.disposition == Disposition::Failed);
                assert_eq!(end.disposition == Disposition::DoNotCall, self.opted_out, "an opt-out is never lost");
                if end.result.as_deref() == Some("consent_given") {
                    assert!(self.notice_heard, "the notice was heard in full");
                    assert!(self.yeses.iter().any(|s| s == "ask"), "asked and agreed: {:?}", self.yeses);
                    assert!(self.yeses.iter().any(|s| s == "read_back"), "read back and agreed: {:?}", self.yeses);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Row 002-49: a consent is never given without its proofs; every dialog ends when its callee is gone.
    #[test]
    fn dialogs_end_and_consents_are_proven(
        script in 0..SCRIPTS.len(),
        spanish in any::<bool>(),
        history in prop::collection::vec(event(), 0..40),
    ) {
        let plan = check("script", SCRIPTS[script].as_bytes()).plan.expect("it checks");
        let language = if spanish { "es-US" } else { "en-US" };
        let binding = plan.bind(language, &plan.examples()).expect("the examples are right");
        let mut dialog = Dialog::new(plan, binding, jiff::civil::date(2026, 1, 5).at(9, 0, 0, 0));
        let mut observer = Observer::default();
        let first = Event::AnsweredBy(AnsweredBy::Unknown);
        for event in std::iter::once(first).chain(history).chain([Event::Gone]) {
            if !observer.ended {
                observer.gives(&event);
            }
            dialog.handle_event(event);
            let mut actions = 0;
            while let Some(action) = dialog.poll_action() {
                actions += 1;
                prop_assert!(actions <= 6, "one event leads to few actions");
                observer.sees(action);
            }
        }
        prop_assert!(observer.ended);
        prop_assert!(observer.turns <= 40);
    }
}
