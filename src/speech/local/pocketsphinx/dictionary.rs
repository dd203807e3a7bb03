//! Pronunciations from the installed CMU dictionary: found by word, and cut to what the decoders need.

use std::fs;
use std::path::Path;

/// Words that English uses most, the most common first: ranked by the unigrams of PocketSphinx's en-us language model
/// (BSD licence), and the telephone's own words after them.
const COMMON_WORDS: &str = include_str!("common_words.txt");

/// The background words, the most common first.
pub(super) fn common_words() -> impl Iterator<Item = &'static str> {
    COMMON_WORDS.lines().filter(|line| !line.starts_with('#'))
}

/// The whole dictionary as its file holds it, with an index: some 4 MB, shared by all decoders.
pub(super) struct Dictionary {
    text: String,
    /// Offsets of the lines of `text`, in the order of their words.
    lines: Vec<u32>,
}

impl Dictionary {
    /// Reads a dictionary of lines such as `yes Y EH S`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn read(path: &Path) -> std::io::Result<Self> {
        Ok(Self::parse(fs::read_to_string(path)?))
    }

    pub(super) fn parse(text: String) -> Self {
        let mut lines = Vec::new();
        let mut start = 0_u32;
        for line in text.split_inclusive('\n') {
            lines.push(start);
            start = start.saturating_add(u32::try_from(line.len()).unwrap_or(u32::MAX));
        }
        lines.sort_by(|a, b| word_at(&text, *a).cmp(word_at(&text, *b)));
        Self { text, lines }
    }

    /// Every pronunciation of a word, as the decoder wants them: `("read", "R EH D")`, `("read(2)", "R IY D")`.
    pub(super) fn pronunciations(&self, word: &str) -> Vec<(String, &str)> {
        let mut found = Vec::new();
        let mut entry = word.to_owned();
        while let Some(phones) = self.phones(&entry) {
            found.push((entry, phones));
            entry = format!("{word}({})", found.len() + 1);
        }
        found
    }

    fn phones(&self, entry: &str) -> Option<&str> {
        let at = self.lines.binary_search_by(|line| word_at(&self.text, *line).cmp(entry)).ok()?;
        let line = self.text.get(self.lines[at] as usize..)?.lines().next()?;
        line.split_once(char::is_whitespace).map(|(_, phones)| phones.trim())
    }

    /// Whether two words can sound the same.
    pub(super) fn sound_alike(&self, one: &str, other: &str) -> bool {
        let other = self.pronunciations(other);
        self.pronunciations(one).iter().any(|(_, phones)| other.iter().any(|(_, same)| phones == same))
    }

    /// The dictionary of the background words, as a file's text.
    pub(super) fn common(&self) -> String {
        let entries = common_words().flat_map(|word| self.pronunciations(word));
        entries.map(|(entry, phones)| format!("{entry} {phones}\n")).collect()
    }
}

fn word_at(text: &str, offset: u32) -> &str {
    let line = text.get(offset as usize..).unwrap_or_default();
    line.split([' ', '\t', '\n']).next().unwrap_or_default()
}
