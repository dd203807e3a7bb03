//! How people act: what an attempt comes to, by chance.

use std::fmt;
use std::str::FromStr;

use rand::Rng;
use rand::rngs::SmallRng;
use voxgate_core::dialog::Kind;
use voxgate_core::model::{Disposition, FailureCode, Outcome};

/// What attempts come to, each with its weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Odds(Vec<(End, f64)>);

/// What one attempt comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    By(Disposition),
    Failed(FailureCode),
}

/// Why a text does not say how people act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddsError(String);

impl fmt::Display for OddsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OddsError {}

impl Default for Odds {
    /// Rather more people who do not answer than such who do.
    fn default() -> Self {
        Self(vec![
            (End::By(Disposition::Completed), 30.0),
            (End::By(Disposition::NoAnswer), 32.0),
            (End::By(Disposition::Voicemail), 18.0),
            (End::By(Disposition::Busy), 7.0),
            (End::By(Disposition::PartiallyCompleted), 4.0),
            (End::By(Disposition::Declined), 3.0),
            (End::By(Disposition::DoNotCall), 1.0),
            (End::Failed(FailureCode::HangupEarly), 3.0),
            (End::Failed(FailureCode::NumberNotInService), 1.0),
            (End::Failed(FailureCode::Network), 1.0),
        ])
    }
}

impl FromStr for Odds {
    type Err = OddsError;

    /// Reads weights by disposition or failure code, as in `completed=40,no-answer=55,network=5`.
    fn from_str(text: &str) -> Result<Self, OddsError> {
        let odds: Vec<_> = text.split(',').map(one).collect::<Result<_, _>>()?;
        if odds.iter().map(|(_, weight)| weight).sum::<f64>() > 0.0 {
            return Ok(Self(odds));
        }
        Err(OddsError("every weight is 0: nothing could ever happen".to_owned()))
    }
}

fn one(text: &str) -> Result<(End, f64), OddsError> {
    let wrong = |what: String| OddsError(format!("{text:?}: {what}; write as in completed=40,no-answer=60"));
    let (name, weight) = text.split_once('=').ok_or_else(|| wrong("has no =".to_owned()))?;
    let weight = weight.trim().parse().ok().filter(|weight: &f64| weight.is_finite() && *weight >= 0.0);
    let weight = weight.ok_or_else(|| wrong("the weight is not a number from 0".to_owned()))?;
    let name = name.trim();
    if let Ok(code) = name.parse() {
        return Ok((End::Failed(code), weight));
    }
    match name.parse() {
        Ok(Disposition::Failed) => Err(wrong("`failed` needs its failure code, as in network=5".to_owned())),
        Ok(Disposition::Canceled) => Err(wrong("nobody cancels calls here".to_owned())),
        Ok(disposition) => Ok((End::By(disposition), weight)),
        Err(error) => Err(wrong(error.to_string())),
    }
}

impl Odds {
    /// Draws what an attempt comes to.
    pub(super) fn draw(&self, chance: &mut SmallRng, kind: Kind) -> Outcome {
        let sum: f64 = self.0.iter().map(|(_, weight)| weight).sum();
        let mut at = chance.random::<f64>() * sum;
        let found = self.0.iter().find(|(_, weight)| {
            at -= weight;
            at < 0.0
        });
        // Rounding may leave a drawn number just beyond the last weight.
        let end = found.or(self.0.last()).map_or(End::By(Disposition::NoAnswer), |(end, _)| *end);
        match end {
            End::Failed(code) => Outcome::failed(code),
            // Only a reminder leaves its message on a machine.
            End::By(disposition) => Outcome {
                message_left: disposition == Disposition::Voicemail && kind == Kind::Reminder,
                ..Outcome::unanswered(disposition)
            },
        }
    }
}
