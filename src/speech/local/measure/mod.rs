//! What the local recogniser is worth, measured on the library that is really loaded.
//!
//! Clips are rendered by voices that no weight was tuned with, sent through a telephone line in noise, and recognised by
//! the very pool that the gateway uses. The same seed gives the same clips and, since decoding is deterministic, the same
//! figures, latencies aside.

mod line;
mod report;
mod texts;
mod voices;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde::Serialize;
use voxgate_media::FRAME_SAMPLES;

use self::line::Conditions;
use self::report::Outcome;
use self::voices::Speaker;
use crate::clock;
use crate::speech::{
    Hints, Pcm, Phrase, SpeechError, SttBackend, SttEvent, SttSpec, SttStream, TELEPHONE_RATE_HZ, TurnId,
};

pub use self::report::{GrammarReport, Latency, Share};
pub use self::voices::Set;

/// What to measure, and where rendered clips are kept.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Voices and texts.
    pub set: Set,
    /// Clips out of the grammar; those in the grammar come in proportion.
    pub clips: usize,
    /// Seed of noise, level and everything else that is drawn.
    pub seed: u64,
    /// Folder of rendered clips; a second run with it is quick.
    pub cache: PathBuf,
    /// Turns decoded at the same time.
    pub streams: usize,
}

/// The figures of a measurement.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Seed of the clips.
    pub seed: u64,
    /// Speakers of the clips.
    pub speakers: usize,
    /// By grammar.
    pub grammars: Vec<GrammarReport>,
}

/// One thing said by one speaker.
#[derive(Clone, Copy)]
struct Clip {
    text: &'static str,
    meant: Option<&'static str>,
    speaker: &'static Speaker,
}

/// Renders the clips, recognises them and counts. `progress` gets a line now and then.
///
/// # Errors
/// When an engine or the recogniser fails.
pub async fn run(plan: &Plan, stt: &dyn SttBackend, mut progress: impl FnMut(&str)) -> Result<Report, SpeechError> {
    let commands: Vec<_> = texts::YES_NO.iter().chain(texts::COMMANDS).copied().collect();
    let grammars = [("yes_no", texts::YES_NO.to_vec()), ("commands", commands)];
    let mut reports = Vec::new();
    for (name, grammar) in grammars {
        let clips = clips(plan, &grammar);
        let rendered = render(plan, &clips, &mut progress).await?;
        progress(&format!("{name}: {} clips, decoding", clips.len()));
        let lines = lines(plan, &clips, &rendered);
        let outcomes = recognise(plan, stt, &hints(&grammar), &clips, &lines, &mut progress).await?;
        reports.push(GrammarReport::of(name, &outcomes));
    }
    Ok(Report { seed: plan.seed, speakers: plan.set.speakers().len(), grammars: reports })
}

fn hints(grammar: &[(&str, &[&str])]) -> Hints {
    let phrase = |text: &str, value: &str| Phrase { text: text.to_owned(), meaning: value.to_owned() };
    let phrases = grammar.iter().flat_map(|(value, texts)| texts.iter().map(|text| phrase(text, value)));
    Hints { language: "en-US".to_owned(), phrases: phrases.collect() }
}

/// Every answer by every speaker, and texts out of the grammar by changing speakers until there are enough.
fn clips(plan: &Plan, grammar: &[(&'static str, &'static [&'static str])]) -> Vec<Clip> {
    let speakers = plan.set.speakers();
    let mut clips = Vec::new();
    for (value, texts) in grammar {
        for text in *texts {
            clips.extend(speakers.iter().map(|speaker| Clip { text, meant: Some(value), speaker }));
        }
    }
    let outside = plan.set.out_of_grammar();
    for number in 0..plan.clips {
        let round = number / outside.len();
        let speaker = &speakers[(number + round) % speakers.len()];
        clips.push(Clip { text: outside[number % outside.len()], meant: None, speaker });
    }
    clips
}

type Rendered = HashMap<(String, &'static str), Vec<i16>>;

async fn render(plan: &Plan, clips: &[Clip], progress: &mut impl FnMut(&str)) -> Result<Rendered, SpeechError> {
    let failed = |error: std::io::Error| SpeechError::Recogniser {
        what: format!("{}: {error}", plan.cache.display()),
        remedy: "give a folder that can be written".to_owned(),
    };
    crate::folders::make_private(&plan.cache).map_err(failed)?;
    let mut rendered = Rendered::new();
    for (number, clip) in clips.iter().enumerate() {
        if let Entry::Vacant(place) = rendered.entry((clip.speaker.identity(), clip.text)) {
            place.insert(render_one(plan, clip).await?);
        }
        if number % 200 == 199 {
            progress(&format!("rendered {} of {}", number + 1, clips.len()));
        }
    }
    Ok(rendered)
}

async fn render_one(plan: &Plan, clip: &Clip) -> Result<Vec<i16>, SpeechError> {
    let identity = format!("{} | {}", clip.speaker.identity(), clip.text);
    let digest = ring::digest::digest(&ring::digest::SHA256, identity.as_bytes());
    let name: String = digest.as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let path = plan.cache.join(format!("{name}.wav"));
    if let Ok(kept) = super::engine::read(&path) {
        return Ok(kept.samples);
    }
    let sound = clip.speaker.engine().speak(clip.text, "en", &plan.cache).await?.resampled(TELEPHONE_RATE_HZ);
    keep(&path, &sound).map_err(|error| SpeechError::Recogniser {
        what: format!("{}: {error}", path.display()),
        remedy: "make room for some 30 MB of clips".to_owned(),
    })?;
    Ok(sound.samples)
}

fn keep(path: &Path, sound: &Pcm) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: sound.rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec)?;
    sound.samples.iter().try_for_each(|sample| wav.write_sample(*sample))?;
    wav.finalize()
}

/// Each clip as the gateway would hear it, with the level of its noise.
fn lines(plan: &Plan, clips: &[Clip], rendered: &Rendered) -> Vec<(f32, Vec<i16>)> {
    let sound = |clip: &Clip| &rendered[&(clip.speaker.identity(), clip.text)];
    let babble: Vec<Vec<i16>> = clips.iter().rev().take(40).map(|clip| sound(clip).clone()).collect();
    let carried = clips.iter().enumerate().map(|(number, clip)| {
        let mut rng = SmallRng::seed_from_u64(plan.seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        let conditions = Conditions::draw(&mut rng);
        (conditions.snr_db, line::carry(sound(clip), &conditions, &babble, &mut rng))
    });
    carried.collect()
}

async fn recognise(
    plan: &Plan,
    stt: &dyn SttBackend,
    hints: &Hints,
    clips: &[Clip],
    lines: &[(f32, Vec<i16>)],
    progress: &mut impl FnMut(&str),
) -> Result<Vec<Outcome>, SpeechError> {
    let spec = SttSpec::default();
    let mut streams = (0..plan.streams.max(1)).map(|_| stt.open(&spec)).collect::<Result<Vec<_>, _>>()?;
    let mut outcomes = Vec::with_capacity(clips.len());
    let width = streams.len();
    for (batch, heard) in clips.chunks(width).zip(lines.chunks(width)) {
        let started = clock::now();
        for ((stream, _), (_, line)) in streams.iter_mut().zip(batch).zip(heard) {
            stream.begin_turn(TurnId(outcomes.len() as u32), hints);
            line.chunks(FRAME_SAMPLES).for_each(|frame| stream.push(frame));
            stream.end_turn();
        }
        for ((stream, clip), (snr_db, _)) in streams.iter_mut().zip(batch).zip(heard) {
            let heard = answer(stream.as_mut()).await?;
            let ms = (clock::now() - started).as_secs_f64() * 1_000.0;
            outcomes.push(Outcome { said: clip.text, meant: clip.meant, heard, snr_db: *snr_db, ms });
        }
        if outcomes.len() / 100 != (outcomes.len() - batch.len()) / 100 {
            progress(&format!("decoded {} of {}", outcomes.len(), clips.len()));
        }
    }
    Ok(outcomes)
}

async fn answer(stream: &mut dyn SttStream) -> Result<Result<String, crate::speech::NoMatch>, SpeechError> {
    match std::future::poll_fn(|cx| stream.poll_event(cx)).await {
        SttEvent::Heard { value, text, .. } => Ok(Ok(value.unwrap_or(text))),
        SttEvent::NoMatch { why, .. } => Ok(Err(why)),
        SttEvent::Failed { reason, .. } => {
            Err(SpeechError::Recogniser { what: reason, remedy: "see that the recogniser works at all".to_owned() })
        }
    }
}
