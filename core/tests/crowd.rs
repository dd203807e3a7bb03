//! A crowd of simulated callees through the shipped scripts, without any telephony.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use voxgate_core::dialog::script_tests::Deed;
use voxgate_core::dialog::{Dialog, Dialplan, Kind, check};
use voxgate_core::model::{AnsweredBy, Disposition, Evidence, Fact, UtteranceId};
use voxgate_core::rehearsal::{Callee, Move, Rehearsed, rehearse};
use voxgate_core::session::SessionEvent;
use voxgate_core::time::Micros;
use voxgate_media::dtmf::Key;

const CALLEES: usize = 3_000;
const SCRIPTS: [&str; 3] = [
    include_str!("../../dialplans/consent.yaml"),
    include_str!("../../dialplans/reminder.yaml"),
    include_str!("../../dialplans/survey.yaml"),
];
const WORDS: [&str; 14] = [
    "yes",
    "yes",
    "yes please",
    "no",
    "four",
    "speaking",
    "I agree",
    "I do not agree",
    "what was that",
    "please stop calling me",
    "can I talk to a person",
    "I will be there",
    "sí",
    "número equivocado",
];

/// Somebody with a temper, who does anything at any time.
struct Anybody {
    random: SmallRng,
    /// Of a hundred turns, those with a sensible answer.
    sense: u32,
}

impl Callee for Anybody {
    fn on_turn(&mut self, _state: &str) -> Option<Move> {
        let random = &mut self.random;
        let after = random.random_bool(0.3).then(|| Micros::from_ms(random.random_range(0..9_000)));
        let key = |keys: &str| Deed::Keys(keys.chars().filter_map(Key::new).collect());
        let does = match random.random_range(0..100) {
            sensible if sensible < self.sense => match random.random_range(0..3) {
                0 => Deed::Say("yes".to_owned()),
                1 => key("1"),
                _ => Deed::Say((*WORDS.choose(random)?).to_owned()),
            },
            odd => match odd % 10 {
                0 => Deed::HangUp,
                1 | 2 => key(["2", "9", "*9", "0", "*", "5#", "77", "3"].choose(random)?),
                3 => Deed::MissPrompt,
                4 => Deed::TurnOutToBe(*[AnsweredBy::Machine, AnsweredBy::Human].choose(random)?),
                5 | 6 => Deed::Mumble,
                7 => return None,
                _ => Deed::Say((*WORDS.choose(random)?).to_owned()),
            },
        };
        Some(Move { after, does })
    }
}

fn call(plan: &Arc<Dialplan>, random: &mut SmallRng) -> Rehearsed {
    let everybody =
        [AnsweredBy::Human, AnsweredBy::Unknown, AnsweredBy::Machine, AnsweredBy::Screening, AnsweredBy::Fax];
    let who = if random.random_bool(0.8) { AnsweredBy::Human } else { everybody[random.random_range(0..5)] };
    let language = &plan.languages()[random.random_range(0..plan.languages().len())];
    let binding = plan.bind(language, &plan.examples()).expect("the examples are right");
    let mut callee = Anybody { random: SmallRng::seed_from_u64(random.random()), sense: random.random_range(40..100) };
    rehearse(Dialog::new(Arc::clone(plan), binding, jiff::civil::date(2026, 1, 5).at(9, 0, 0, 0)), who, &mut callee)
}

fn crowd(seed: u64) -> Vec<(Kind, Rehearsed)> {
    let plans = SCRIPTS.map(|script| check("script", script.as_bytes()).plan.expect("it checks"));
    let mut random = SmallRng::seed_from_u64(seed);
    let mut called = |k: usize| {
        let plan = &plans[k % plans.len()];
        let call = call(plan, &mut random);
        hold_the_invariants(plan, &call);
        (plan.kind(), call)
    };
    (0..CALLEES).map(&mut called).collect()
}

fn hold_the_invariants(plan: &Dialplan, call: &Rehearsed) {
    let outcome = call.outcome.as_ref().unwrap_or_else(|| panic!("it never ended: {}", told(call)));
    assert_eq!(outcome.failure_code.is_some(), outcome.disposition == Disposition::Failed, "{}", told(call));
    let opted_out = call.facts.iter().any(|fact| matches!(fact, Fact::OptOut { .. }));
    assert_eq!(opted_out, outcome.disposition == Disposition::DoNotCall, "{}", told(call));
    let mut durable = BTreeMap::new();
    for fact in &call.facts {
        if let Fact::Answer { slot, answer } = fact {
            durable.insert(slot.clone(), answer.clone());
        }
    }
    assert_eq!(outcome.answers, durable, "every answer is durable, and nothing else is: {}", told(call));
    assert!(call.lasted <= plan.limits().call, "{}", told(call));
    if outcome.disposition == Disposition::PartiallyCompleted {
        assert!(
            !outcome.answers.is_empty() || outcome.dialog_result.as_deref() == Some("wants_person"),
            "{}",
            told(call)
        );
    }
    if outcome.dialog_result.as_deref() == Some("consent_given") {
        assert_eq!(outcome.answers["consent"].value, "agree");
        let proven = call.path.windows(3).any(|path| *path == ["ask", "read_back", "given"].map(Into::into));
        assert!(proven, "{}", told(call));
        assert!(acknowledged(call, "notice"), "{}", told(call));
    }
    let ends = call.events.iter().filter(|(_, event)| matches!(event, SessionEvent::HangUp { .. })).count();
    assert_eq!(ends, 1, "{}", told(call));
}

fn told(call: &Rehearsed) -> String {
    let Rehearsed { outcome, path, facts, heard, .. } = call;
    format!("{outcome:?}\n{path:?}\n{facts:?}\n{heard:?}")
}

/// Whether a mark has shown that the prompt was heard in full.
fn acknowledged(call: &Rehearsed, name: &str) -> bool {
    let mut said: Option<UtteranceId> = None;
    for (_, event) in &call.events {
        if let SessionEvent::Said { utterance, prompts, .. } = event
            && prompts.iter().any(|prompt| prompt.name == name)
        {
            said = Some(*utterance);
        }
        if let SessionEvent::Heard { utterance, evidence: Evidence::Acknowledged, .. } = event
            && said == Some(*utterance)
        {
            return true;
        }
    }
    false
}

/// Row 001-01 in its first form: outbound calls are processed without any telephony, the same way each time by seed, and
/// every one of them comes to an outcome that is consistent with what happened in it.
#[test]
fn a_crowd_is_called_the_same_way_twice() {
    let seed: u64 = RandomState::new().build_hasher().finish();
    println!("seed {seed}");
    let (first, again) = (crowd(seed), crowd(seed));
    assert!(first == again, "seed {seed} came out differently");
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    for (kind, call) in &first {
        let outcome = call.outcome.as_ref().expect("the invariants hold");
        let result = outcome.dialog_result.as_deref().unwrap_or("-");
        *tally.entry(format!("{kind:?} {} {result}", outcome.disposition)).or_default() += 1;
    }
    for (outcome, calls) in &tally {
        println!("{calls:>5} {outcome}");
    }
    assert!(tally.len() >= 12, "a crowd comes to many ends: {tally:#?}");
    assert!(tally.contains_key("Consent completed consent_given") && tally.contains_key("Survey completed answered"));
}
