//! The check estimates how long prompts take; here its estimate is held against voices that speak the shipped prompts.
//!
//! Where a language's voice is not installed, the test says so and has nothing to compare.

use std::path::Path;
use std::process::{Command, Stdio};

use voxgate_core::dialog::finding::Code;
use voxgate_core::dialog::{Dialplan, check};

/// A voice: how it is asked to speak a text into a file.
struct Voice {
    language: &'static str,
    program: &'static str,
    /// Before the file's name.
    arguments: &'static [&'static str],
    /// Between the file's name and the text.
    text: &'static str,
}

/// As in `tools/render-prompts`, which knows two of the languages; 165 words a minute is a calm speaker.
const ENGLISH: Voice = Voice {
    language: "en-US",
    program: "flite",
    arguments: &["-voice", "slt", "--setf", "duration_stretch=0.95", "-o"],
    text: "-t",
};
const SPANISH: Voice = espeak("es-US", &["-v", "es-419", "-s", "165", "-w"]);
const GERMAN: Voice = espeak("de-DE", &["-v", "de", "-s", "165", "-w"]);
const FRENCH: Voice = espeak("fr-FR", &["-v", "fr-fr", "-s", "165", "-w"]);

const fn espeak(language: &'static str, arguments: &'static [&'static str]) -> Voice {
    Voice { language, program: "espeak-ng", arguments, text: "--" }
}

/// All prompts of a language together: estimated by spoken seconds.
const TOGETHER: std::ops::RangeInclusive<f64> = 0.9..=1.15;
/// A single prompt of some length.
const ALONE: std::ops::RangeInclusive<f64> = 0.65..=1.5;
/// What the check lets pass as a prompt of 12 s, in seconds, as a voice speaks it.
const LONGEST: f64 = 12.5;
/// Shorter ones are mostly the silence around them, in seconds.
const SOME_LENGTH: f64 = 3.0;

impl Voice {
    fn is_installed(&self) -> bool {
        let asked = Command::new(self.program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok()
    }

    /// How long it takes to speak a text, in seconds, by the header of the WAV file that it writes.
    fn seconds(&self, text: &str, folder: &Path) -> f64 {
        let file = folder.join(format!("voxgate-speech-time-{}-{}.wav", std::process::id(), self.language));
        let status = Command::new(self.program).args(self.arguments).arg(&file).args([self.text, text]).status();
        assert!(status.is_ok_and(|status| status.success()), "{} speaks {text:?}", self.program);
        let wav = std::fs::read(&file).expect("the voice has written a file");
        std::fs::remove_file(&file).expect("it can be removed");
        let bytes_per_second = u32::from_le_bytes(wav[28..32].try_into().expect("four bytes"));
        (wav.len() - 44) as f64 / f64::from(bytes_per_second)
    }
}

/// The shipped prompts in a language, the examples of their variables filled in.
fn prompts(language: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dialplans");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let mut prompts: Vec<String> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .map(|path| check("shipped", &std::fs::read(path).expect("it can be read")).plan.expect("it checks"))
        .filter(|plan| plan.languages().iter().any(|l| l == language))
        .flat_map(|plan| texts(&plan, language))
        .collect();
    prompts.sort();
    prompts.dedup();
    prompts
}

fn texts(plan: &Dialplan, language: &str) -> Vec<String> {
    let binding = plan.bind(language, &plan.examples()).expect("the examples are right");
    binding.prompts().map(|prompt| prompt.text.clone()).collect()
}

/// What the check tells an author: the text a hundred times over is a prompt that is too long, by so many seconds.
fn estimated(text: &str, language: &str) -> f64 {
    const TIMES: usize = 100;
    let script = format!(
        "dialplan: long\nversion: 1\nkind: reminder\nlanguages: [{language}]\nanswered_by: {{}}\n\
         states: {{bye: {{say: long, end: completed}}}}\nprompts: {{long: {{{language}: \"{}\"}}}}\n",
        text.repeat(TIMES)
    );
    let report = check("long", script.as_bytes()).report;
    let finding = report.findings.iter().find(|f| f.code == Code::LongPrompt).expect("it is too long");
    let seconds = finding.message.split(' ').filter_map(|word| word.parse::<f64>().ok()).next();
    seconds.expect("the message names the seconds") / TIMES as f64
}

/// Compares a voice with the estimate, prompt by prompt and together.
fn compare(voice: &Voice) {
    if !voice.is_installed() {
        println!("{}: {} is not installed, nothing to compare", voice.language, voice.program);
        return;
    }
    let (mut all_estimated, mut all_spoken, mut longest) = (0.0, 0.0, 0.0_f64);
    let mut beyond = Vec::new();
    for text in prompts(voice.language) {
        let (estimated, spoken) = (estimated(&text, voice.language), voice.seconds(&text, &std::env::temp_dir()));
        (all_estimated, all_spoken) = (all_estimated + estimated, all_spoken + spoken);
        longest = longest.max(spoken);
        if spoken > SOME_LENGTH && !ALONE.contains(&(estimated / spoken)) {
            beyond.push(format!("{estimated:.1} s for {spoken:.1} s: {text}"));
        }
    }
    let ratio = all_estimated / all_spoken;
    println!(
        "{}: {all_estimated:.0} s estimated, {all_spoken:.0} s spoken, ratio {ratio:.2}, the longest {longest:.1} s",
        voice.language
    );
    assert!(longest <= LONGEST, "the longest prompt takes {longest:.1} s");
    assert!(beyond.is_empty(), "{}", beyond.join("\n"));
    assert!(TOGETHER.contains(&ratio), "{ratio:.2}");
}

#[test]
fn english_prompts_take_about_as_long_as_the_check_says() {
    compare(&ENGLISH);
}

#[test]
fn spanish_prompts_take_about_as_long_as_the_check_says() {
    compare(&SPANISH);
}

#[test]
fn german_prompts_take_about_as_long_as_the_check_says() {
    compare(&GERMAN);
}

#[test]
fn french_prompts_take_about_as_long_as_the_check_says() {
    compare(&FRENCH);
}
