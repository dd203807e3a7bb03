//! How far the setup of a call came, and when.

use std::time::Duration;

use voxgate_core::time::Micros;

/// When the setup of a call came how far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Milestones {
    pub(super) token: Option<Micros>,
    pub(super) accepted: Option<Micros>,
    pub(super) answered: Option<Micros>,
    pub(super) media: Option<Micros>,
}

impl Milestones {
    /// From the token to media, the ringing aside.
    pub(super) fn setup(&self) -> Option<Duration> {
        let (token, accepted) = (self.token?, self.accepted?);
        let (answered, media) = (self.answered?, self.media?);
        Some(Duration::from_micros(accepted.since(token).0 + media.since(answered).0))
    }
}
