//! Where a recording stands.

use std::fmt;
use std::str::FromStr;

use voxgate_core::calls::Moving;

/// Where a recording stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordingState {
    /// Its session writes it, or died while it did.
    Recording,
    /// It is whole, and has its hash.
    Sealed,
    /// It may be fetched.
    Available,
    /// It may be fetched, and is kept beyond its time.
    LegalHold,
    /// Its time is over.
    Expired,
    /// The file is gone; the row stays.
    Deleted,
}

impl RecordingState {
    const ALL: [Self; 6] =
        [Self::Recording, Self::Sealed, Self::Available, Self::LegalHold, Self::Expired, Self::Deleted];

    /// Its name in the API and the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Sealed => "sealed",
            Self::Available => "available",
            Self::LegalHold => "legal_hold",
            Self::Expired => "expired",
            Self::Deleted => "deleted",
        }
    }
}

impl fmt::Display for RecordingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RecordingState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| format!("{text:?} is no state"))
    }
}

impl Moving for RecordingState {
    const OF: &'static str = "a recording";

    fn next(self) -> &'static [Self] {
        match self {
            Self::Recording => &[Self::Sealed],
            Self::Sealed => &[Self::Available],
            Self::Available => &[Self::LegalHold, Self::Expired],
            Self::LegalHold => &[Self::Available],
            Self::Expired => &[Self::Deleted],
            Self::Deleted => &[],
        }
    }
}
