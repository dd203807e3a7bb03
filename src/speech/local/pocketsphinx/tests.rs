//! On the library that is installed; without it, only what then remains is tested.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::path::PathBuf;

use voxgate_core::dialog::Hints;
use voxgate_core::model::TurnId;

use super::dictionary::Dictionary;
use super::grammar::Grammar;
use super::recogniser::{Evidence, Recogniser, Verdict};
use super::*;
use crate::speech::local::engine::Engine;
use crate::speech::none::NoStt;
use crate::speech::{NoMatch, SttEvent, TELEPHONE_RATE_HZ};

fn phrases() -> Vec<Phrase> {
    let phrase = |(text, meaning): &(&str, &str)| Phrase { text: (*text).to_owned(), meaning: (*meaning).to_owned() };
    [("yes", "yes"), ("no", "no"), ("no thank you", "no"), ("stop calling me", "opt_out")].iter().map(phrase).collect()
}

fn hints(language: &str) -> Hints {
    Hints { language: language.to_owned(), phrases: phrases() }
}

/// The materials, or none where the library is not installed.
fn materials(folder: &Path) -> Option<Arc<Materials>> {
    let library = match ffi::Library::load() {
        Ok(library) => library,
        Err(what) => {
            println!("PocketSphinx is not installed ({what}): decoding is not tested");
            return None;
        }
    };
    Some(Arc::new(Materials::prepare(library, Path::new(MODEL), folder).unwrap()))
}

fn said(text: &str, folder: &Path) -> Vec<i16> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let engine = Engine::flite(PathBuf::from("flite"), "slt");
    runtime.block_on(engine.speak(text, "en-US", folder)).unwrap().resampled(TELEPHONE_RATE_HZ).samples
}

fn dictionary() -> Dictionary {
    Dictionary::parse("no N OW\nknow N OW\nyes Y EH S\nread R EH D\nread(2) R IY D\nyes(2) Y AE S\n".to_owned())
}

#[test]
fn the_dictionary_gives_every_pronunciation_and_knows_what_sounds_alike() {
    let dictionary = dictionary();
    let read = dictionary.pronunciations("read");
    assert_eq!(read, [("read".to_owned(), "R EH D"), ("read(2)".to_owned(), "R IY D")]);
    assert!(dictionary.pronunciations("rea").is_empty() && dictionary.pronunciations("zebra").is_empty());
    assert!(dictionary.sound_alike("no", "know") && !dictionary.sound_alike("no", "yes"));
}

#[test]
fn phrases_with_unknown_words_are_left_out_and_the_words_are_named() {
    let phrase = |text: &str| Phrase { text: text.to_owned(), meaning: "x".to_owned() };
    let (grammar, unknown) = Grammar::new(&[phrase("Yes!"), phrase("no, Zaphod"), phrase("read")], &dictionary());
    assert_eq!(unknown, ["zaphod"]);
    assert_eq!(grammar.jsgf(), "#JSGF V1.0;\ngrammar turn;\npublic <turn> = read | yes;\n");
    assert_ne!(grammar.key(), Grammar::of([("yes", "x")]).key());
}

/// For every word, what may follow it sums to one, as the format asks: bigrams, and the rest by way of the back-off.
#[test]
fn the_language_model_is_a_distribution() {
    let grammar = Grammar::of([("yes", "yes"), ("no", "no"), ("no thank you", "no"), ("thank you", "thanks")]);
    let text = grammar.language_model(&dictionary());
    let (head, pairs) = text.split_once("\\2-grams:").unwrap();
    let rows = head.split_once("\\1-grams:").unwrap().1.lines().filter(|line| !line.is_empty());
    let (mut shares, mut back_off) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        let row: Vec<&str> = row.split(' ').collect();
        shares.insert(row[1].to_owned(), 10_f64.powf(row[0].parse().unwrap()));
        back_off.insert(row[1].to_owned(), 10_f64.powf(row[2].parse().unwrap()));
    }
    assert!((shares.values().sum::<f64>() - 1.0).abs() < 0.01);
    assert!(!shares.contains_key("know"), "it sounds like \"no\"");
    for word in ["<s>", "no", "thank", "you", "yes"] {
        let followed: Vec<(&str, f64)> = pairs
            .lines()
            .filter_map(|line| match *line.split(' ').collect::<Vec<_>>() {
                [share, first, next] if first == word => Some((next, 10_f64.powf(share.parse().unwrap()))),
                _ => None,
            })
            .collect();
        let seen: f64 = followed.iter().map(|(_, share)| share).sum();
        let unseen: f64 =
            shares.iter().filter(|(w, _)| followed.iter().all(|(next, _)| next != w)).map(|(_, s)| s).sum();
        let sum = seen + unseen * back_off[word];
        assert!((sum - 1.0).abs() < 0.01, "{word}: {sum}");
    }
}

/// What caller B gets does not depend on caller A: words and scores of both decodes are the same to the last digit.
#[test]
fn a_caller_leaves_nothing_behind_for_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let Some(materials) = materials(folder.path()) else { return };
    let grammar = Grammar::new(&phrases(), &materials.dictionary).0;
    let other = Grammar::of([("remove me", "opt_out"), ("call me later", "call_back"), ("bizarre zebra", "odd")]);
    let texts = ["yes", "no thank you", "stop calling me", "the zebra crossed the road", "remove me"];
    let clips: Vec<Vec<i16>> = texts.iter().map(|text| said(text, folder.path())).collect();
    let alone = |clip: &[i16]| Recogniser::new(&materials).unwrap().recognise(&grammar, clip).unwrap();
    let expected: Vec<(Verdict, Evidence)> = clips.iter().map(|clip| alone(clip)).collect();
    assert!(expected.iter().filter(|(verdict, _)| matches!(verdict, Verdict::Heard { .. })).count() >= 2);

    let mut shared = Recogniser::new(&materials).unwrap();
    for before in &clips {
        for (clip, expected) in clips.iter().zip(&expected) {
            let loud: Vec<i16> = before.iter().map(|sample| sample.saturating_mul(3)).collect();
            shared.recognise(&other, &loud).unwrap();
            assert_eq!(shared.recognise(&grammar, clip).unwrap(), *expected);
        }
    }
}

#[tokio::test]
async fn turns_are_answered_by_the_pool_and_only_in_its_language() {
    let folder = tempfile::tempdir().unwrap();
    let stt: Box<dyn SttBackend> = match PocketSphinx::start(&Settings::below(folder.path(), 1)) {
        Ok(stt) => Box::new(stt),
        Err(error) => {
            println!("{error}");
            Box::new(NoStt)
        }
    };
    let mut stream = stt.open(&SttSpec::default()).unwrap();
    stream.begin_turn(TurnId(1), &hints("es-US"));
    stream.end_turn();
    let event = poll_fn(|cx| stream.poll_event(cx)).await;
    assert_eq!(event, SttEvent::NoMatch { turn: TurnId(1), why: NoMatch::KeysOnly });
    if stt.name() == "none" {
        return;
    }
    stream.begin_turn(TurnId(2), &hints("en-US"));
    stream.push(&[0; 160]);
    stream.end_turn();
    let event = poll_fn(|cx| stream.poll_event(cx)).await;
    assert_eq!(event, SttEvent::NoMatch { turn: TurnId(2), why: NoMatch::TooShort });
}

#[test]
fn a_missing_model_says_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { model: folder.path().join("nowhere"), ..Settings::below(folder.path(), 1) };
    let said = PocketSphinx::start(&settings).unwrap_err().to_string();
    assert!(said.contains("is not installed") && said.contains("apt install libpocketsphinx3"), "{said}");
}
