//! Whose voices the clips have: one set to tune with, another to judge by, with no speaker in both.

use std::path::PathBuf;

use super::super::engine::Engine;

/// Which voices, and which texts outside the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// For choosing weights and thresholds.
    Tuning,
    /// For judging what was chosen.
    HeldOut,
}

/// An engine's voice with its options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speaker {
    pub(super) name: &'static str,
    flite: bool,
    options: &'static [&'static str],
}

const fn flite(name: &'static str) -> Speaker {
    Speaker { name, flite: true, options: &[] }
}

const fn espeak(name: &'static str, options: &'static [&'static str]) -> Speaker {
    Speaker { name, flite: false, options }
}

const TUNING: &[Speaker] = &[
    flite("slt"),
    espeak("en-us", &["-s", "150", "-p", "50"]),
    flite("awb"),
    espeak("en-us+f2", &["-s", "140", "-p", "60"]),
    espeak("en-gb+m3", &["-s", "160", "-p", "40"]),
    espeak("en-us+m7", &["-s", "135", "-p", "35"]),
];

const HELD_OUT: &[Speaker] = &[
    flite("rms"),
    espeak("en-us+f4", &["-s", "150", "-p", "55"]),
    flite("kal16"),
    espeak("en-us+m2", &["-s", "165", "-p", "45"]),
    espeak("en-gb-x-rp", &["-s", "145", "-p", "50"]),
    espeak("en-us-nyc", &["-s", "140", "-p", "40"]),
    espeak("en-gb-scotland+f1", &["-s", "155", "-p", "50"]),
    espeak("en-us+m5", &["-s", "130", "-p", "60"]),
];

impl Set {
    pub(super) fn speakers(self) -> &'static [Speaker] {
        match self {
            Self::Tuning => TUNING,
            Self::HeldOut => HELD_OUT,
        }
    }

    pub(super) fn out_of_grammar(self) -> &'static [&'static str] {
        match self {
            Self::Tuning => super::texts::TUNING,
            Self::HeldOut => super::texts::HELD_OUT,
        }
    }
}

impl Speaker {
    pub(super) fn engine(&self) -> Engine {
        if self.flite {
            return Engine::flite(PathBuf::from("flite"), self.name);
        }
        Engine::espeak(PathBuf::from("espeak-ng"), self.name, self.options)
    }

    /// Everything that makes a rendering this speaker's, for the name of a cached clip.
    pub(super) fn identity(&self) -> String {
        format!("{} {} {}", if self.flite { "flite" } else { "espeak-ng" }, self.name, self.options.join(" "))
    }
}
