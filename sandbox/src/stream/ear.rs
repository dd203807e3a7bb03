//! What a person makes of what they hear: somebody begins to speak, stops, says the same words once more.
//!
//! A prompt is a stretch of sound. It has ended when it has been quiet for a while: for a short while when the queue
//! has run empty behind a mark (nobody is in the middle of a sentence), else for longer than any pause between two
//! sentences.

use std::collections::VecDeque;

/// A frame at least this loud is speech.
const SOUND_DBFS: f32 = -50.0;
/// Quiet that ends a prompt once its audio and mark are behind us: 300 ms.
const QUIET_AFTER_MARK: u32 = 15;
/// Quiet that ends a prompt whatever else: 900 ms; text-to-speech pauses 200-600 ms between sentences.
const QUIET_ALWAYS: u32 = 45;
/// Less sound than this is a click, not a prompt: 100 ms.
const LEAST_SOUND: u32 = 5;
/// How much of a prompt's beginning and end is remembered: 6 s.
const REMEMBERED: usize = 300;
/// Loudness contours are compared over at least this much (800 ms), or 2 s when their lengths differ.
const LEAST_ALIKE: usize = 40;
const LEAST_ALIKE_CUT: usize = 100;
/// Lengths within this are the same (300 ms).
const SAME_LENGTH: usize = 15;
/// The same recording scores 0.95 and more, two different sentences seldom above 0.7.
const ALIKE: f32 = 0.9;
/// Contours are shifted against each other by up to this many frames.
const SHIFT: usize = 3;
/// Floor of the contour: quieter is all the same.
const FLOOR_DB: f32 = -70.0;

/// What the ear tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    PromptBegan,
    /// With `again` when these words had been heard just before.
    PromptEnded {
        again: bool,
    },
}

/// One frame as the ear takes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sound {
    /// Level of the frame; `-inf` when nothing was played.
    pub(crate) dbfs: f32,
    /// The queue is empty and a mark stands behind its last audio.
    pub(crate) said_out: bool,
}

/// The ear of one callee.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    hearing: Option<Contour>,
    sound: u32,
    quiet: u32,
    last: Option<Contour>,
    prompts: u32,
}

impl Ear {
    /// Hears one frame of 20 ms.
    pub(crate) fn hear(&mut self, sound: Sound) -> Option<Heard> {
        let loud = sound.dbfs >= SOUND_DBFS;
        let Some(contour) = &mut self.hearing else {
            if !loud {
                return None;
            }
            self.hearing = Some(Contour::starting(sound.dbfs));
            (self.sound, self.quiet) = (1, 0);
            return Some(Heard::PromptBegan);
        };
        contour.push(sound.dbfs);
        if loud {
            self.sound += 1;
            self.quiet = 0;
            return None;
        }
        self.quiet += 1;
        let enough = if sound.said_out { QUIET_AFTER_MARK } else { QUIET_ALWAYS };
        if self.quiet < enough { None } else { self.end() }
    }

    /// The gateway has cut its own words off.
    pub(crate) fn cut(&mut self) -> Option<Heard> {
        self.hearing.is_some().then(|| self.end()).flatten()
    }

    /// Somebody is speaking to us.
    pub(crate) fn is_hearing(&self) -> bool {
        self.hearing.is_some()
    }

    /// Prompts heard to their end or cut so far.
    pub(crate) fn prompts(&self) -> u32 {
        self.prompts
    }

    fn end(&mut self) -> Option<Heard> {
        let mut contour = self.hearing.take()?;
        if self.sound < LEAST_SOUND {
            return None;
        }
        contour.trim(self.quiet);
        let again = self.last.as_ref().is_some_and(|last| last.is_like(&contour));
        self.last = Some(contour);
        self.prompts += 1;
        Some(Heard::PromptEnded { again })
    }
}

/// The loudness of a prompt over time, in dB per frame: its first and its last six seconds.
#[derive(Debug)]
struct Contour {
    head: Vec<i8>,
    tail: VecDeque<i8>,
    frames: usize,
}

impl Contour {
    fn starting(dbfs: f32) -> Self {
        let mut contour = Self { head: Vec::new(), tail: VecDeque::new(), frames: 0 };
        contour.push(dbfs);
        contour
    }

    fn push(&mut self, dbfs: f32) {
        #[expect(clippy::cast_possible_truncation, reason = "clamped to -70..=0 on this line")]
        let level = dbfs.clamp(FLOOR_DB, 0.0) as i8;
        if self.head.len() < REMEMBERED {
            self.head.push(level);
        }
        if self.tail.len() == REMEMBERED {
            self.tail.pop_front();
        }
        self.tail.push_back(level);
        self.frames += 1;
    }

    /// Takes the quiet at the end off.
    fn trim(&mut self, quiet: u32) {
        let quiet = usize::try_from(quiet).unwrap_or(0).min(self.tail.len());
        self.frames -= quiet;
        self.tail.truncate(self.tail.len() - quiet);
        self.head.truncate(self.frames);
    }

    /// One ends as the other ends, or (where one was cut) begins as the other begins.
    fn is_like(&self, other: &Self) -> bool {
        let same_length = self.frames.abs_diff(other.frames) <= SAME_LENGTH;
        let least = if same_length { LEAST_ALIKE } else { LEAST_ALIKE_CUT };
        let reversed = |contour: &Self| contour.tail.iter().rev().copied().collect::<Vec<_>>();
        alike(&reversed(self), &reversed(other), least) || alike(&self.head, &other.head, least)
    }
}

fn alike(a: &[i8], b: &[i8], least: usize) -> bool {
    let shifted = |a: &[i8], b: &[i8]| {
        (0..=SHIFT).filter_map(|shift| a.get(shift..)).any(|a| {
            let n = a.len().min(b.len());
            n + SHIFT >= least && correlation(&a[..n], &b[..n]) >= ALIKE
        })
    };
    shifted(a, b) || shifted(b, a)
}

/// Pearson's correlation of two contours of one length; 0 where one of them is flat.
fn correlation(a: &[i8], b: &[i8]) -> f32 {
    let n = a.len() as f32;
    let mean = |x: &[i8]| x.iter().map(|v| f32::from(*v)).sum::<f32>() / n;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (f32::from(*x) - mean_a, f32::from(*y) - mean_b);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    if aa * bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personas::clips::{Clips, level_dbfs};
    use voxgate_media::frame::FRAME_SAMPLES;

    /// Levels of the frames of some clips with quiet between them.
    fn levels(names: &[&str]) -> Vec<f32> {
        let clips = Clips::embedded().expect("the shipped clips open");
        let mut all = Vec::new();
        for name in names {
            let clip = clips.get(name).expect("a shipped clip");
            all.extend(clip.ulaw.chunks(FRAME_SAMPLES).map(level_dbfs));
            all.extend([f32::NEG_INFINITY; 15]);
        }
        all
    }

    fn listen(ear: &mut Ear, levels: &[f32]) -> Vec<Heard> {
        let speech = levels.iter().map(|dbfs| Sound { dbfs: *dbfs, said_out: false });
        let quiet = std::iter::repeat_n(Sound { dbfs: f32::NEG_INFINITY, said_out: true }, 20);
        speech.chain(quiet).filter_map(|sound| ear.hear(sound)).collect()
    }

    fn heard(prompts: &[&[&str]]) -> Vec<bool> {
        let mut ear = Ear::default();
        let all = prompts.iter().flat_map(|names| listen(&mut ear, &levels(names))).collect::<Vec<_>>();
        all.into_iter()
            .filter_map(|heard| match heard {
                Heard::PromptBegan => None,
                Heard::PromptEnded { again } => Some(again),
            })
            .collect()
    }

    const LONG: &[&str] = &["rms/what_is_this", "rms/talk_to_a_person"];

    #[test]
    fn sentences_with_pauses_are_one_prompt() {
        assert_eq!(heard(&[&["slt/hello", "slt/yes_i_agree", "slt/that_is_right"]]), [false]);
    }

    #[test]
    fn the_same_words_are_known_again_also_behind_an_apology() {
        assert_eq!(heard(&[LONG, LONG]), [false, true]);
        assert_eq!(heard(&[LONG, &["slt/repeat_that", "rms/what_is_this", "rms/talk_to_a_person"]]), [false, true]);
    }

    #[test]
    fn other_words_are_not() {
        assert_eq!(
            heard(&[LONG, &["slt/voicemail_greeting"], &["awb/screening"], &["slt/what_is_this", "slt/no"]]),
            [false; 4]
        );
    }

    #[test]
    fn words_that_were_cut_are_known_again() {
        let mut ear = Ear::default();
        let whole = levels(LONG);
        for dbfs in &whole[..120] {
            ear.hear(Sound { dbfs: *dbfs, said_out: false });
        }
        assert_eq!(ear.cut(), Some(Heard::PromptEnded { again: false }));
        assert_eq!(listen(&mut ear, &whole), [Heard::PromptBegan, Heard::PromptEnded { again: true }]);
    }

    #[test]
    fn a_click_is_no_prompt_and_without_a_mark_the_ear_waits_longer() {
        let mut ear = Ear::default();
        let quiet = |n| vec![Sound { dbfs: f32::NEG_INFINITY, said_out: false }; n];
        let loud = |n| vec![Sound { dbfs: -20.0, said_out: false }; n];
        let mut ends = |sounds: Vec<Sound>| {
            sounds.into_iter().filter_map(|sound| ear.hear(sound)).filter(|h| *h != Heard::PromptBegan).count()
        };
        assert_eq!(ends([loud(3), quiet(60)].concat()), 0);
        assert_eq!(ends([loud(30), quiet(44)].concat()), 0);
        assert_eq!(ends(quiet(1)), 1);
    }
}
