//! What a transcript means in a state.

use jiff::civil::DateTime;

use crate::dialog::grammar::{self, Words, within};
use crate::dialog::plan::{Dialplan, GrammarIx, GrammarPhrase, Ix, Meaning, Question, State, StateIx};
use crate::dialog::values::{self, Open};
use crate::model::Disposition;

/// Everything that a question listens for.
pub(super) fn listened_for(plan: &Dialplan, question: &Question) -> Vec<(Meaning, GrammarIx)> {
    let mut heard: Vec<_> =
        question.grammars.iter().enumerate().filter_map(|(i, g)| Some((Meaning::Value(i), (*g)?))).collect();
    heard.extend(anywhere(plan));
    for (meaning, grammar) in [(Meaning::Repeat, plan.repeat), (Meaning::Wait, plan.wait)] {
        if !heard.iter().any(|(_, taken)| *taken == grammar) {
            heard.push((meaning, grammar));
        }
    }
    heard
}

fn anywhere(plan: &Dialplan) -> impl Iterator<Item = (Meaning, GrammarIx)> {
    plan.anywhere.iter().enumerate().filter_map(|(i, a)| Some((Meaning::Anywhere(i), a.hear?)))
}

/// Whether an `anywhere` entry is an opt-out.
pub(super) fn opts_out(plan: &Dialplan, meaning: Meaning) -> bool {
    match meaning {
        Meaning::Anywhere(place) => {
            let ending = plan.state(plan.anywhere[place].next).ending();
            ending.is_some_and(|e| e.disposition == Disposition::DoNotCall)
        }
        Meaning::Value(_) | Meaning::Repeat | Meaning::Wait => false,
    }
}

/// What may be meant in a state that says something and asks nothing: anything of `anywhere`, but in an end no more than
/// an opt-out, and nothing while a machine listens.
pub(super) fn allowed(plan: &Dialplan, state: &State, meaning: Meaning) -> bool {
    if state.to_machine {
        return false;
    }
    match state.ending() {
        Some(ending) => ending.disposition != Disposition::DoNotCall && opts_out(plan, meaning),
        None => true,
    }
}

/// The name of a meaning, for recognisers.
pub(super) fn name(plan: &Dialplan, question: &Question, meaning: Meaning) -> String {
    match meaning {
        Meaning::Value(place) => plan.slots[question.slot.index()].values[place].clone(),
        Meaning::Anywhere(place) => format!("anywhere:{}", plan.anywhere[place].name),
        Meaning::Repeat => "anywhere:repeat".to_owned(),
        Meaning::Wait => "anywhere:wait".to_owned(),
    }
}

/// What was said or typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// Something that was listened for word by word.
    Known(Meaning),
    /// A value of a question whose values are not listed.
    Value(String),
}

/// What a transcript means; `None` where it means nothing here, or could mean two things.
///
/// A phrase word for word comes first, then phrases of one meaning among fillers, then an opt-out within a longer
/// sentence: that one is honoured the first time it is heard.
///
/// A free answer is whatever means nothing else.
pub(super) fn understand(plan: &Dialplan, at: StateIx, language: usize, text: &str, now: DateTime) -> Option<Meant> {
    let open = plan.state(at).question().filter(|q| q.speech).and_then(|q| q.open);
    let value = || values::spoken(open?, text, &plan.languages[language], now).map(Meant::Value);
    let said = grammar::words(text);
    if open == Some(Open::Text) {
        return known(plan, at, language, &said).map(Meant::Known).or_else(value);
    }
    value().or_else(|| known(plan, at, language, &said).map(Meant::Known))
}

fn known(plan: &Dialplan, at: StateIx, language: usize, said: &Words) -> Option<Meaning> {
    let state = plan.state(at);
    let heard = match state.question() {
        Some(question) => listened_for(plan, question),
        None => anywhere(plan).filter(|(meaning, _)| allowed(plan, state, *meaning)).collect(),
    };
    let phrases = |g: GrammarIx| plan.grammars[g.index()].phrases[language].iter();
    let exact = |g: GrammarIx| phrases(g).any(|p| p.words == *said);
    if let Some((meaning, _)) = heard.iter().find(|(_, g)| exact(*g)) {
        return Some(*meaning);
    }
    let words = grammar::language(&plan.languages[language]);
    let fillers = words.map(|w| &w.fillers[..]).unwrap_or_default();
    let made_of = |g: GrammarIx| grammar::meant(said, phrases(g).map(|p| &p.words), fillers);
    let mut meant = heard.iter().filter(|(_, g)| made_of(*g));
    if let (Some((meaning, _)), None) = (meant.next(), meant.next()) {
        return Some(*meaning);
    }
    let negations = words.map(|w| &w.negations[..]).unwrap_or_default();
    let mut opt_outs = heard.iter().filter(|(meaning, _)| opts_out(plan, *meaning));
    let found = opt_outs.find(|(_, g)| phrases(*g).any(|p| stands_within(said, p, negations)));
    found.map(|(meaning, _)| *meaning)
}

/// Whether a phrase of several words stands in a sentence, and not right after a negation.
fn stands_within(said: &Words, phrase: &GrammarPhrase, negations: &[Words]) -> bool {
    let Some(place) = within(said, &phrase.words).filter(|_| phrase.words.len() > 1) else { return false };
    !negations.iter().any(|n| said[..place].ends_with(n))
}
