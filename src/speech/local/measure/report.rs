//! Figures of a measurement, and how sure they are.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::speech::NoMatch;

/// A count among others, with the interval that its true share lies in at 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// How many.
    pub count: usize,
    /// Of how many.
    pub of: usize,
    /// Lower end of the interval, per cent.
    pub low: f64,
    /// Upper end of the interval, per cent.
    pub high: f64,
}

impl Share {
    /// E. B. Wilson's score interval (1927), which holds for small counts and for none.
    pub fn new(count: usize, of: usize) -> Self {
        const Z: f64 = 1.959_964;
        if of == 0 {
            return Self { count, of, low: 0.0, high: 100.0 };
        }
        let (n, p) = (of as f64, count as f64 / of as f64);
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        let middle = p + Z * Z / (2.0 * n);
        let per_cent = |share: f64| (share / scale * 1_000.0).round().clamp(0.0, 1_000.0) / 10.0;
        Self { count, of, low: per_cent(middle - spread), high: per_cent(middle + spread) }
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let per_cent = 100.0 * self.count as f64 / self.of.max(1) as f64;
        write!(f, "{} of {} = {per_cent:.1} % ({:.1} to {:.1})", self.count, self.of, self.low, self.high)
    }
}

/// One clip and what came of it.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) said: &'static str,
    /// The value that the grammar gives to it; none for what is out of the grammar.
    pub(super) meant: Option<&'static str>,
    pub(super) heard: Result<String, NoMatch>,
    pub(super) snr_db: f32,
    pub(super) ms: f64,
}

/// What the recogniser did with one grammar.
#[derive(Clone, Debug, Serialize)]
pub struct GrammarReport {
    /// The grammar.
    pub grammar: &'static str,
    /// Answers that were taken for what they are.
    pub accepted: Share,
    /// Answers that were taken for another answer.
    pub wrong: Share,
    /// What is no answer, taken for one.
    pub false_accepts: Share,
    /// Answers taken for what they are, at 20 dB of signal over noise and above.
    pub accepted_on_quiet_lines: Share,
    /// What is no answer, taken for an opt-out: the costliest mistake that this grammar can make.
    pub false_opt_outs: Share,
    /// Every mistake: what was said and what it was taken for, how often.
    pub mistakes: BTreeMap<String, usize>,
    /// Why clips in the grammar were not taken.
    pub refusals: BTreeMap<String, usize>,
    /// From the end of the turn to the event, over all clips.
    pub decode_ms: Latency,
}

/// Percentiles of a time, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latency {
    /// Median.
    pub p50: f64,
    /// 95 of 100 are at or below it.
    pub p95: f64,
    /// 99 of 100 are at or below it.
    pub p99: f64,
}

impl Latency {
    fn of(times: impl Iterator<Item = f64>) -> Self {
        let mut times: Vec<f64> = times.collect();
        times.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = ((times.len() as f64 * share).ceil() as usize).saturating_sub(1);
            times.get(index).map_or(0.0, |ms| (ms * 10.0).round() / 10.0)
        };
        Self { p50: at(0.50), p95: at(0.95), p99: at(0.99) }
    }
}

/// A clip's part in the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Right,
    Wrong,
    Refused,
    FalseAccept,
    Ignored,
}

impl Outcome {
    fn class(&self) -> Class {
        match (self.meant, &self.heard) {
            (Some(meant), Ok(heard)) if meant == heard => Class::Right,
            (Some(_), Ok(_)) => Class::Wrong,
            (Some(_), Err(_)) => Class::Refused,
            (None, Ok(_)) => Class::FalseAccept,
            (None, Err(_)) => Class::Ignored,
        }
    }
}

impl GrammarReport {
    pub(super) fn of(grammar: &'static str, outcomes: &[Outcome]) -> Self {
        let count = |class: Class| outcomes.iter().filter(|outcome| outcome.class() == class).count();
        let answers = outcomes.iter().filter(|outcome| outcome.meant.is_some());
        let (inside, quiet): (usize, Vec<&Outcome>) =
            (answers.clone().count(), answers.filter(|outcome| outcome.snr_db >= 20.0).collect());
        let outside = outcomes.len() - inside;
        let quiet_right = quiet.iter().filter(|outcome| outcome.class() == Class::Right).count();
        let opted_out = |outcome: &&Outcome| outcome.meant.is_none() && outcome.heard.as_deref() == Ok("opt_out");
        let mut report = Self {
            grammar,
            accepted: Share::new(count(Class::Right), inside),
            wrong: Share::new(count(Class::Wrong), inside),
            false_accepts: Share::new(count(Class::FalseAccept), outside),
            accepted_on_quiet_lines: Share::new(quiet_right, quiet.len()),
            false_opt_outs: Share::new(outcomes.iter().filter(opted_out).count(), outside),
            mistakes: BTreeMap::new(),
            refusals: BTreeMap::new(),
            decode_ms: Latency::of(outcomes.iter().map(|outcome| outcome.ms)),
        };
        outcomes.iter().for_each(|outcome| report.note(outcome));
        report
    }

    fn note(&mut self, outcome: &Outcome) {
        match (outcome.class(), &outcome.heard) {
            (Class::Wrong | Class::FalseAccept, Ok(heard)) => {
                *self.mistakes.entry(format!("{} -> {heard}", outcome.said)).or_default() += 1;
            }
            (Class::Refused, Err(why)) => *self.refusals.entry(format!("{why:?}")).or_default() += 1,
            _ => {}
        }
    }
}

impl std::fmt::Display for GrammarReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Latency { p50, p95, p99 } = self.decode_ms;
        writeln!(f, "grammar {}", self.grammar)?;
        writeln!(f, "  answers accepted as meant     {}", self.accepted)?;
        writeln!(f, "    of these at SNR 20 dB or more {}", self.accepted_on_quiet_lines)?;
        writeln!(f, "  answers accepted as another   {}", self.wrong)?;
        writeln!(f, "  no answer, but accepted       {}", self.false_accepts)?;
        writeln!(f, "    of these as an opt-out        {}", self.false_opt_outs)?;
        writeln!(f, "  decoding, ms                  p50 {p50:.0}  p95 {p95:.0}  p99 {p99:.0}")?;
        let lines = |counts: &BTreeMap<String, usize>| {
            counts.iter().map(|(what, count)| format!("{what} ({count})")).collect::<Vec<_>>().join("; ")
        };
        writeln!(f, "  mistakes: {}", lines(&self.mistakes))?;
        write!(f, "  answers refused: {}", lines(&self.refusals))
    }
}
