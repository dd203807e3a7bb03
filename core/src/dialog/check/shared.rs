//! Phrases and keys that mean two things at once.

use std::collections::{HashMap, HashSet};

use crate::dialog::finding::{Code, Findings};
use crate::dialog::plan::{Dialplan, GrammarIx, Ix, Meaning, Question};
use crate::dialog::schema::Script;

pub(super) fn check(script: &Script, plan: &Dialplan, findings: &mut Findings) {
    anywhere_keys(script, findings);
    let mut seen: HashSet<&[Option<GrammarIx>]> = HashSet::new();
    for (declared, state) in script.states.iter().zip(&plan.states) {
        let Some(question) = state.question() else { continue };
        // States that listen for the same would be told the same.
        if seen.insert(&question.grammars[..]) {
            let at = declared.listen.as_ref().map_or(declared.name.at, |l| l.at);
            for message in shared_phrases(plan, question) {
                findings.add(Code::SharedPhrase, at, message, "keep the phrase in one grammar only");
            }
        }
    }
}

fn anywhere_keys(script: &Script, findings: &mut Findings) {
    let mut owners: HashMap<&str, &str> = HashMap::new();
    for entry in &script.anywhere {
        for key in &entry.keys {
            if let Some(owner) = owners.insert(key.as_str(), entry.name.as_str()) {
                let message = format!("key `{}` belongs to `{owner}` already", key.text);
                findings.add(Code::SharedKey, key.at, message, "choose another key");
            }
        }
    }
}

fn shared_phrases(plan: &Dialplan, question: &Question) -> Vec<String> {
    // There may be no slot at all, which has been told.
    let Some(slot) = plan.slots.get(question.slot.index()) else { return Vec::new() };
    let values = question.grammars.iter().enumerate().filter_map(|(i, g)| Some((Meaning::Value(i), (*g)?)));
    let anywhere = plan.anywhere.iter().enumerate().filter_map(|(i, a)| Some((Meaning::Anywhere(i), a.hear?)));
    let built_in = [(Meaning::Repeat, plan.repeat), (Meaning::Wait, plan.wait)];
    let heard: Vec<(Meaning, GrammarIx)> = values.chain(anywhere).chain(built_in).collect();
    let name = |meaning: Meaning| match meaning {
        Meaning::Value(i) => slot.values[i].clone(),
        Meaning::Anywhere(i) => plan.anywhere[i].name.clone(),
        Meaning::Repeat => "repeat".to_owned(),
        Meaning::Wait => "wait".to_owned(),
    };
    let mut messages = Vec::new();
    for (language, tag) in plan.languages.iter().enumerate() {
        let mut owners = HashMap::new();
        for &(meaning, grammar) in &heard {
            for phrase in &plan.grammars[grammar.index()].phrases[language] {
                let owner = *owners.entry(&phrase.words).or_insert(meaning);
                // Two ways to the same built-in entry, as when `anywhere` lists `repeat` itself.
                if owner != meaning && !same_grammar(&heard, owner, meaning) {
                    let (one, other) = (name(owner), name(meaning));
                    messages.push(format!("`{}` in `{tag}` means both `{one}` and `{other}`", phrase.text));
                }
            }
        }
    }
    messages
}

fn same_grammar(heard: &[(Meaning, GrammarIx)], one: Meaning, other: Meaning) -> bool {
    let of = |meaning| heard.iter().find(|(m, _)| *m == meaning).map(|(_, g)| *g);
    matches!(other, Meaning::Repeat | Meaning::Wait) && of(one) == of(other)
}
