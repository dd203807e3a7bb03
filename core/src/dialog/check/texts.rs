//! Prompts and grammars in every language.

use std::collections::BTreeSet;

use super::speech::characters_per_second;
use crate::dialog::finding::{Code, Findings};
use crate::dialog::grammar;
use crate::dialog::plan::{Dialplan, Ix, Spoken, VariableIx};
use crate::dialog::schema::{GrammarDecl, Name, PromptDecl, Script};
use crate::dialog::spoken::can_read;

/// The longest prompt a listener bears, in seconds.
const LONGEST_PROMPT: usize = 12;

pub(super) fn check(script: &Script, plan: &Dialplan, findings: &mut Findings) {
    check_languages(script, findings);
    for (declared, resolved) in script.prompts.iter().zip(&plan.prompts) {
        check_prompt_languages(script, declared, findings);
        check_placeholders(plan, declared, &resolved.spoken, findings);
        check_length(declared, findings);
        check_readings(script, plan, declared, &resolved.spoken, findings);
    }
    for declared in &script.grammars {
        check_grammar(script, declared, findings);
    }
}

fn check_languages(script: &Script, findings: &mut Findings) {
    for language in script.languages.iter().filter(|l| grammar::language(l.as_str()).is_none()) {
        let message = format!("no built-in grammar speaks `{}`", language.text);
        findings.add(
            Code::MissingGrammar,
            language.at,
            message,
            "use a language that begins with `en`, `es`, `de` or `fr`",
        );
    }
}

fn listed(script: &Script, language: &Name, findings: &mut Findings) {
    // With no languages at all, that is what is wrong.
    if !script.languages.is_empty() && !script.languages.iter().any(|l| l.text == language.text) {
        let message = format!("`languages` does not list `{}`", language.text);
        findings.add(Code::UnknownLanguage, language.at, message, "add it there, or remove this text");
    }
}

fn check_prompt_languages(script: &Script, declared: &PromptDecl, findings: &mut Findings) {
    declared.spoken.iter().for_each(|s| listed(script, &s.language, findings));
    for language in &script.languages {
        if !declared.spoken.iter().any(|s| s.language.text == language.text) {
            let message = format!("prompt `{}` has no text in `{}`", declared.name.text, language.text);
            findings.add(
                Code::MissingPrompt,
                declared.name.at,
                message,
                format!("add it, as in `{}: \"…\"`", language.text),
            );
        }
    }
}

fn check_grammar(script: &Script, declared: &GrammarDecl, findings: &mut Findings) {
    declared.words.iter().for_each(|w| listed(script, &w.language, findings));
    for language in &script.languages {
        let words = declared.words.iter().find(|w| w.language.text == language.text);
        if words.is_none_or(|w| w.phrases.is_empty()) {
            let message = format!("grammar `{}` has no phrase in `{}`", declared.name.text, language.text);
            findings.add(
                Code::MissingGrammar,
                declared.name.at,
                message,
                format!("add some, as in `{}: [yes]`", language.text),
            );
        }
    }
    for phrase in declared.words.iter().flat_map(|w| &w.phrases).filter(|p| grammar::words(p.as_str()).is_empty()) {
        findings.add(Code::BadValue, phrase.at, "a phrase without a word in it", "write the words a caller says");
    }
}

fn check_placeholders(plan: &Dialplan, declared: &PromptDecl, spoken: &[Spoken], findings: &mut Findings) {
    let used = |s: &Spoken| s.variables().collect::<BTreeSet<VariableIx>>();
    let texts = || spoken.iter().zip(&plan.languages).filter(|(s, _)| !s.pieces.is_empty());
    let Some((first, first_language)) = texts().next() else { return };
    for (other, language) in texts().skip(1).filter(|(s, _)| used(s) != used(first)) {
        let at = declared.spoken.iter().find(|s| s.language.text == **language).map_or(declared.name.at, |s| s.text.at);
        let (here, there) = (used(other), used(first));
        let name = |v: &VariableIx| format!("`{{{}}}`", plan.variables[v.index()].name);
        let differing: Vec<String> = here.symmetric_difference(&there).map(name).collect();
        let message = format!("{} is spoken in only one of `{first_language}` and `{language}`", differing.join(", "));
        findings.add(Code::OtherPlaceholders, at, message, "say the same things in every language");
    }
}

fn check_length(declared: &PromptDecl, findings: &mut Findings) {
    for spoken in &declared.spoken {
        let characters = spoken.text.text.chars().count() as f64;
        let seconds = (characters / characters_per_second(spoken.language.as_str())) as usize;
        if seconds > LONGEST_PROMPT {
            let message = format!("prompt `{}` takes about {seconds} s", declared.name.text);
            findings.add(
                Code::LongPrompt,
                spoken.text.at,
                message,
                format!("say it in {LONGEST_PROMPT} s, or in two states"),
            );
        }
    }
}

fn check_readings(script: &Script, plan: &Dialplan, declared: &PromptDecl, spoken: &[Spoken], findings: &mut Findings) {
    for (spoken, language) in spoken.iter().zip(&script.languages) {
        let unreadable = |v: &VariableIx| !can_read(plan.variables[v.index()].kind, language.as_str());
        for variable in spoken.variables().filter(unreadable) {
            let name = &plan.variables[variable.index()].name;
            let message = format!("`{{{name}}}` cannot be read aloud in `{}`", language.text);
            findings.add(Code::NoReadingRule, declared.name.at, message, "give it as `type: text`, in words");
        }
    }
}
