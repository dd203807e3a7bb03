//! The sample rates that legs and speech backends use.

/// A sample rate. The set is closed: every pair has measured resampling figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rate {
    /// 8 kHz: the telephone network.
    Hz8000,
    /// 16 kHz: most speech recognisers.
    Hz16000,
    /// 24 kHz: most speech synthesisers.
    Hz24000,
    /// 48 kHz: Opus and browsers.
    Hz48000,
}

impl Rate {
    /// Every rate, lowest first.
    pub const ALL: [Self; 4] = [Self::Hz8000, Self::Hz16000, Self::Hz24000, Self::Hz48000];

    /// Samples a second.
    #[must_use]
    pub const fn hz(self) -> u32 {
        match self {
            Self::Hz8000 => 8_000,
            Self::Hz16000 => 16_000,
            Self::Hz24000 => 24_000,
            Self::Hz48000 => 48_000,
        }
    }

    /// The rate with this many samples a second, if it is one of ours.
    #[must_use]
    pub fn from_hz(hz: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|rate| rate.hz() == hz)
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} Hz", self.hz())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_found_by_its_figure_and_no_other_is_accepted() {
        for rate in Rate::ALL {
            assert_eq!(Rate::from_hz(rate.hz()), Some(rate));
        }
        assert_eq!(Rate::from_hz(44_100), None);
        assert_eq!(Rate::Hz16000.to_string(), "16000 Hz");
    }
}
