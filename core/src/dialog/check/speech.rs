//! How long prompts take.

use crate::dialog::plan::{Dialplan, Ix, Piece, PromptIx};

/// How fast a calm voice speaks a language, in characters a second; measured on the shipped prompts with flite (English)
/// and espeak-ng.
pub(super) fn characters_per_second(language: &str) -> f64 {
    match language.split('-').next() {
        Some("es") => 12.75,
        Some("de") => 14.5,
        Some(_) | None => 15.5,
    }
}

/// What a value takes whose words nobody knows yet, in characters: a date and a time.
const UNKNOWN: usize = 40;

/// A prompt in a language, in seconds.
pub(super) fn seconds(plan: &Dialplan, prompt: PromptIx, language: usize) -> f64 {
    let pieces = plan.prompts[prompt.index()].spoken[language].pieces.iter();
    let characters: usize = pieces
        .map(|piece| match piece {
            Piece::Words(words) => words.chars().count(),
            Piece::Variable(_) | Piece::Slot(_) => UNKNOWN,
        })
        .sum();
    characters as f64 / characters_per_second(&plan.languages[language])
}
