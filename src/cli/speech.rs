//! `voxgate speech`: what the local recogniser is worth on this machine.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::config::Report;
use crate::speech::SpeechError;
use crate::speech::local::measure::{self, Plan, Set};
use crate::speech::local::pocketsphinx::{PocketSphinx, Settings};

/// Verbs of `voxgate speech`.
#[derive(Debug, Subcommand)]
pub enum SpeechCommand {
    /// Measure false, wrong and right accepts of the recogniser that is installed, on synthetic callers in noise.
    Measure {
        /// Clips out of the grammar.
        #[arg(long, default_value_t = 500)]
        clips: usize,
        /// Seed of noise and levels: the same seed gives the same clips.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Whose voices.
        #[arg(long, value_enum, default_value_t = Voices::HeldOut)]
        voices: Voices,
        /// Threads that decode.
        #[arg(long, default_value_t = 2)]
        threads: usize,
        /// Folder that keeps rendered clips, so that a second run is quick.
        #[arg(long, value_name = "FOLDER", default_value = "voxgate-data/measure")]
        cache: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Voices and texts of the clips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Voices {
    /// Those that no weight was tuned with.
    HeldOut,
    /// Those to tune with.
    Tuning,
}

impl SpeechCommand {
    /// Does it; progress goes to standard error.
    #[must_use]
    pub fn run(&self) -> Report {
        match self.measured() {
            Ok(text) => Report { text, exit: 0 },
            Err(error) => {
                eprintln!("voxgate: {error}");
                Report { text: String::new(), exit: 1 }
            }
        }
    }

    fn measured(&self) -> Result<String, SpeechError> {
        let Self::Measure { clips, seed, voices, threads, cache, json } = self;
        let stt = PocketSphinx::start(&Settings::below(cache, *threads))?;
        let set = match voices {
            Voices::HeldOut => Set::HeldOut,
            Voices::Tuning => Set::Tuning,
        };
        let plan = Plan { set, clips: *clips, seed: *seed, cache: cache.join("clips"), streams: *threads };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| SpeechError::Recogniser {
            what: format!("no runtime ({error})"),
            remedy: "see the limits of this process".to_owned(),
        })?;
        let report = runtime.block_on(measure::run(&plan, &stt, |line| eprintln!("{line}")))?;
        if *json {
            let text = serde_json::to_string_pretty(&report).unwrap_or_default();
            return Ok(format!("{text}\n"));
        }
        let grammars: Vec<String> = report.grammars.iter().map(ToString::to_string).collect();
        let head = format!("{} speakers, seed {}, SNR 10 to 30 dB; 95 % intervals\n", report.speakers, report.seed);
        Ok(format!("{head}{}\n", grammars.join("\n")))
    }
}
