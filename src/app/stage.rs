//! What calls need of scripts and sessions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use voxgate_core::calls::local_time;
use voxgate_core::dialog::{Dialog, Kind};
use voxgate_core::model::AttemptId;
use voxgate_core::session::Settings;

use crate::calls;
use crate::clock;
use crate::dialplans::Dialplans;
use crate::session::{ClipSource, SessionSpec};
use crate::store::CallRow;

/// Scripts, prompts, and how sessions behave.
pub(super) struct Stage {
    pub(super) dialplans: Dialplans,
    pub(super) clips: Arc<dyn ClipSource>,
    pub(super) settings: Settings,
    /// Where recordings go; none: no call is recorded.
    pub(super) recordings: Option<PathBuf>,
}

impl calls::Stage for Stage {
    fn session(&self, call: &CallRow, attempt: &AttemptId) -> Result<SessionSpec, String> {
        let plan = self.dialplans.load(&call.order.dialplan).map_err(|error| error.to_string())?;
        let binding = plan.bind(&call.order.language, &call.order.variables).map_err(|error| error.to_string())?;
        // While it is dialed and rings there is time to make what will be said.
        binding.prompts().for_each(|prompt| self.clips.prepare(prompt));
        let recording = self.recording(attempt);
        let settings = Settings { record: recording.is_some(), ..self.settings };
        let (zone, now) = (call.order.time_zone.as_deref(), clock::unix_ms());
        let dialog = Dialog::new(plan, binding, local_time(zone, &call.order.to, now));
        Ok(SessionSpec { call: call.id.clone(), attempt: attempt.clone(), dialog, settings, recording })
    }

    fn kind(&self, dialplan: &str) -> Kind {
        self.dialplans.load(dialplan).map_or(Kind::Survey, |plan| plan.kind())
    }

    fn recording(&self, attempt: &AttemptId) -> Option<PathBuf> {
        self.recordings.as_deref().map(|folder: &Path| folder.join(format!("{attempt}.wav")))
    }
}
