//! The figures of a load.

use serde::{Deserialize, Serialize};
use voxgate_sandbox::Report as Heard;
use voxgate_sandbox::report::Spread;

use super::orders::Taken;
use crate::app::App;
use crate::meters::Percentiles;
use crate::store::{CallFilter, CallRow, MOST_PER_PAGE, StoreError};

/// What a child measured of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Measured {
    /// CPU time over wall time.
    pub(super) cores: f64,
    /// Resident memory before the first session, in MiB.
    pub(super) idle_rss_mib: f64,
    /// Resident memory at the beginning of the measured time, in MiB.
    pub(super) rss_mib: f64,
    /// Resident memory at its end, in MiB.
    pub(super) end_rss_mib: f64,
    /// Messages against their deadlines.
    pub(super) late_ms: Percentiles,
    /// From `start` received to the first audio sent.
    pub(super) first_audio_ms: Percentiles,
    /// From the provider's token to media up, the ringing aside.
    pub(super) setup_ms: Percentiles,
    /// Messages of audio that found their leg full.
    pub(super) dropped: u64,
}

/// Whether every attempt has its outcome, once.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Outcomes {
    calls: u64,
    pub(super) lost: u64,
    pub(super) doubled: u64,
}

impl Outcomes {
    /// Counts them: each call had one attempt, and that has one outcome.
    pub(super) async fn count(app: &App) -> Result<Self, String> {
        let calls = Self::calls(app).await.map_err(|error| error.to_string())?;
        let mut outcomes = Self { calls: calls.len() as u64, ..Self::default() };
        for call in calls {
            let attempts = app.store().attempts_of(&call.id).await.map_err(|error| error.to_string())?;
            let ended = attempts.iter().filter(|attempt| attempt.outcome.is_some()).count();
            outcomes.lost += u64::from(ended == 0);
            outcomes.doubled += u64::from(ended > 1);
        }
        Ok(outcomes)
    }

    /// Every call that the store knows.
    pub(super) async fn calls(app: &App) -> Result<Vec<CallRow>, StoreError> {
        let mut calls: Vec<CallRow> = Vec::new();
        loop {
            let cursor = calls.last().map(|call| &call.id);
            let page = app.store().calls(&CallFilter::default(), cursor, MOST_PER_PAGE).await?;
            if page.is_empty() {
                return Ok(calls);
            }
            calls.extend(page);
        }
    }

    /// Where so many were ordered, those that the store does not know are lost.
    pub(super) fn of(self, ordered: u64) -> Self {
        Self { lost: self.lost + ordered.saturating_sub(self.calls), ..self }
    }
}

/// What came of a gateway.
#[derive(Debug)]
pub(super) struct GatewayMeasured {
    pub(super) measured: Measured,
    pub(super) outcomes: Outcomes,
    pub(super) taken: Option<Taken>,
}

/// Everything.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    sessions: u32,
    seconds: u64,
    cores: f64,
    reference_cores: f64,
    rss_mib_per_session: f64,
    rss_growth_mib: f64,
    late_ms: Percentiles,
    reference_late_ms: Percentiles,
    ran_dry: u64,
    lost: u64,
    doubled: u64,
    orders: Option<Taken>,
    dropped: u64,
    violations: u64,
    setup_ms: Percentiles,
    first_audio_ms: Percentiles,
    key_to_prompt_ms: Spread,
    speech_end_to_prompt_ms: Spread,
    barge_in_ms: BargeIn,
}

/// At the callee's end: from the first sound over a prompt.
#[derive(Debug, Serialize)]
struct BargeIn {
    to_last_audio: Spread,
    to_clear: Spread,
}

impl Report {
    pub(super) fn new(
        sessions: u32,
        seconds: u64,
        GatewayMeasured { measured: gateway, outcomes, taken }: GatewayMeasured,
        reference: Measured,
        heard: &Heard,
    ) -> Self {
        Self {
            sessions,
            seconds,
            cores: gateway.cores,
            reference_cores: reference.cores,
            rss_mib_per_session: (gateway.end_rss_mib - gateway.idle_rss_mib) / f64::from(sessions.max(1)),
            rss_growth_mib: gateway.end_rss_mib - gateway.rss_mib,
            late_ms: gateway.late_ms,
            reference_late_ms: reference.late_ms,
            ran_dry: heard.calls.iter().map(|call| call.ran_dry).sum(),
            lost: outcomes.lost,
            doubled: outcomes.doubled,
            orders: taken,
            dropped: gateway.dropped,
            violations: heard.violations_total,
            setup_ms: gateway.setup_ms,
            first_audio_ms: gateway.first_audio_ms,
            key_to_prompt_ms: heard.timings.key_to_prompt,
            speech_end_to_prompt_ms: heard.timings.speech_end_to_prompt,
            barge_in_ms: BargeIn {
                to_last_audio: heard.timings.onset_to_last_media,
                to_clear: heard.timings.onset_to_clear,
            },
        }
    }

    pub(super) fn as_json(&self) -> String {
        // Numbers always have a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    pub(super) fn as_text(&self) -> String {
        let orders = self.orders.as_ref().map_or_else(String::new, Taken::as_line);
        format!(
            "\
{} sessions for {} s
  CPU                 {:.2} cores; the bare loop takes {:.2}
  memory              {:.0} KiB a session; {:+.1} MiB in that time
  lateness            p99 {:.1} ms, p99.9 {:.1} ms; the bare loop {:.1} and {:.1} ms
  ran dry             {} times
  outcomes            {} lost, {} doubled
  first audio         p99 {:.1} ms after the stream began
  key to next prompt  p99 {:.1} ms
  barge-in            audio stops {:.0} ms after the first sound, cleared after {:.0} ms (p95)
  call setup          p99 {:.0} ms, the ringing aside
{orders}",
            self.sessions,
            self.seconds,
            self.cores,
            self.reference_cores,
            self.rss_mib_per_session * 1_024.0,
            self.rss_growth_mib,
            self.late_ms.p99,
            self.late_ms.p999,
            self.reference_late_ms.p99,
            self.reference_late_ms.p999,
            self.ran_dry,
            self.lost,
            self.doubled,
            self.first_audio_ms.p99,
            self.key_to_prompt_ms.p99,
            self.barge_in_ms.to_last_audio.p95,
            self.barge_in_ms.to_clear.p95,
            self.setup_ms.p99,
        )
    }
}
