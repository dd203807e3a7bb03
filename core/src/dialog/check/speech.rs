//! How long prompts take.

use crate::dialog::plan::{Dialplan, Ix, Piece, PromptIx};

/// How fast a calm voice speaks, in characters a second; measured on flite and espeak-ng at their usual speed.
pub(super) const CHARACTERS_PER_SECOND: usize = 15;
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
    characters as f64 / CHARACTERS_PER_SECOND as f64
}
