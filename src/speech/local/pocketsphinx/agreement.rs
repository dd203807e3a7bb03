//! Whether what was heard among common words says the same as what was heard by the grammar.

use super::grammar::Grammar;

/// Words that noise at the ends of a turn is taken for, and that change no answer.
const EMPTY: &[&str] = &[
    "a", "an", "and", "as", "at", "but", "er", "he", "hmm", "i", "if", "in", "is", "it", "me", "my", "of", "oh", "on",
    "or", "so", "that", "the", "they", "to", "uh", "um", "we", "well", "you",
];

/// A phrase of this many words and letters may lose one of its words: nothing else sounds like the rest of it.
const LONG_WORDS: usize = 3;
const LONG_LETTERS: usize = 10;

/// Whether `heard`, among common words, means what `phrase` means in the grammar.
pub(super) fn agrees(grammar: &Grammar, phrase: &str, heard: &str) -> bool {
    let meaning = grammar.value(phrase);
    meaning.is_some()
        && (grammar.value(heard) == meaning || grammar.value(&bare(heard)) == meaning || nearly(phrase, heard))
}

/// The text without empty words at its ends.
fn bare(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let full = |word: &&str| !EMPTY.contains(word);
    let (Some(first), Some(last)) = (words.iter().position(full), words.iter().rposition(full)) else {
        return String::new();
    };
    words[first..=last].join(" ")
}

/// Whether all words of a long phrase but one were heard, in order, with at most one stranger among them.
fn nearly(phrase: &str, heard: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    let heard: Vec<&str> = heard.split(' ').collect();
    let letters: usize = phrase.iter().map(|word| word.len()).sum();
    let long = phrase.len() >= LONG_WORDS && letters >= LONG_LETTERS;
    long && heard.len() <= phrase.len() + 1 && common_in_order(&phrase, &heard) + 1 >= phrase.len()
}

/// Length of the longest common subsequence.
fn common_in_order(one: &[&str], other: &[&str]) -> usize {
    let mut row = vec![0; other.len() + 1];
    for word in one {
        let mut diagonal = 0;
        for (at, same) in other.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == same { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grammar() -> Grammar {
        let phrases = [("yes", "yes"), ("yes I do", "yes"), ("no", "no"), ("I do not", "no")];
        let commands = [("take me off your list", "opt_out"), ("call me back", "call_back")];
        Grammar::of(phrases.into_iter().chain(commands))
    }

    #[test]
    fn agreement_is_by_meaning_and_forgives_noise_and_one_word_of_a_long_phrase() {
        let table = [
            ("yes", "yes i do", true),
            ("yes", "the yes to a", true),
            ("yes", "no", false),
            ("yes", "the to a", false),
            ("yes", "yes we can talk", false),
            ("no", "", false),
            ("i do not", "do not where", false),
            ("take me off your list", "take me off your leave", true),
            ("take me off your list", "take it off", false),
            ("call me back", "we call me back", true),
            ("call me back", "call we", false),
            ("stranger", "stranger", false),
        ];
        for (phrase, heard, wanted) in table {
            assert_eq!(agrees(&grammar(), phrase, heard), wanted, "{phrase} and {heard}");
        }
    }
}
