//! Transcripts and phrases as words, and what a transcript means.

/// Lower-case words without punctuation and apostrophes, accents kept.
pub(crate) type Words = Box<[Box<str>]>;

/// The longest transcript that can be an answer, in words. Whoever says more tells a story.
const MOST_WORDS: usize = 40;

/// The words of a text. `don't` and `dont` are one word, and so are a letter with its accent as one character or two.
pub(crate) fn words(text: &str) -> Words {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\'' | '’' | '`' => {}
            '\u{301}' | '\u{303}' | '\u{308}' => accent(&mut plain, c),
            c if c.is_alphanumeric() => plain.extend(c.to_lowercase()),
            _ => plain.push(' '),
        }
    }
    plain.split_whitespace().map(Box::from).collect()
}

/// Joins a combining accent with the letter before it.
fn accent(text: &mut String, accent: char) {
    const JOINED: [(char, char, char); 7] = [
        ('a', '\u{301}', 'á'),
        ('e', '\u{301}', 'é'),
        ('i', '\u{301}', 'í'),
        ('o', '\u{301}', 'ó'),
        ('u', '\u{301}', 'ú'),
        ('n', '\u{303}', 'ñ'),
        ('u', '\u{308}', 'ü'),
    ];
    let last = text.chars().next_back();
    if let Some((_, _, joined)) = JOINED.into_iter().find(|(letter, mark, _)| Some(*letter) == last && *mark == accent)
    {
        text.pop();
        text.push(joined);
    }
}

/// Whether `said` consists of these phrases and fillers alone, with at least one phrase.
pub(crate) fn meant<'p>(
    said: &[Box<str>],
    phrases: impl Iterator<Item = &'p Words> + Clone,
    fillers: &[Words],
) -> bool {
    if said.is_empty() || said.len() > MOST_WORDS {
        return false;
    }
    // reached[i]: the first i words are covered, without a phrase yet (bit 0) or with one (bit 1).
    let mut reached = [0u8; MOST_WORDS + 1];
    reached[0] = 1;
    for at in 0..said.len() {
        if reached[at] == 0 {
            continue;
        }
        for filler in fillers.iter().filter(|f| said[at..].starts_with(f)) {
            reached[at + filler.len()] |= reached[at];
        }
        for phrase in phrases.clone().filter(|p| said[at..].starts_with(p)) {
            reached[at + phrase.len()] |= 2;
        }
    }
    reached[said.len()] & 2 != 0
}

/// Where a phrase stands within what was said.
pub(crate) fn within(said: &[Box<str>], phrase: &[Box<str>]) -> Option<usize> {
    if phrase.is_empty() {
        return None;
    }
    said.windows(phrase.len()).position(|w| w == phrase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means_yes(said: &str) -> bool {
        let yes: Vec<Words> = ["yes", "yeah", "I agree", "sí"].map(words).into();
        let fillers: Vec<Words> = ["um", "uh", "please", "i mean"].map(words).into();
        meant(&words(said), yes.iter(), &fillers)
    }

    #[test]
    fn case_punctuation_and_fillers_do_not_matter() {
        for said in
            ["yes", "Yes.", " YES! ", "um, yes please", "I agree", "yeah, I agree.", "uh i mean yes", "Sí", "si\u{301}"]
        {
            assert!(means_yes(said), "{said:?}");
        }
    }

    #[test]
    fn what_is_not_made_of_the_phrases_does_not_mean_them() {
        for said in ["", "um", "no", "I do not agree", "yes but no", "not yes", "yesterday", "if I agree", "agree"] {
            assert!(!means_yes(said), "{said:?}");
        }
        assert!(!means_yes(&"yes ".repeat(10_000)));
    }

    #[test]
    fn apostrophes_are_dropped() {
        assert_eq!(words("Don’t, don't dont"), words("dont dont dont"));
    }
}
