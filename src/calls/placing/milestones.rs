//! How far the setup of a call came, and how long the call was asked about.

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

/// How long a call was asked about, its conversation left out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Polling {
    since: Option<Micros>,
    before: Option<Micros>,
}

impl Polling {
    /// Its provider is asked.
    pub(super) fn ask(&mut self, now: Micros) {
        self.since.get_or_insert(now);
    }

    /// For now there is nothing to ask.
    pub(super) fn stop(&mut self, now: Micros) {
        if let Some(since) = self.since.take() {
            self.before = Some(self.before.unwrap_or_default() + now.since(since));
        }
    }

    /// There is nothing to ask any more. None where nothing ever was asked.
    pub(super) fn end(&mut self, now: Micros) -> Option<Duration> {
        self.stop(now);
        self.before.take().map(|span| Duration::from_micros(span.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_asked_about_until_that_is_needless() {
        let at = Micros::from_secs;
        let mut polling = Polling::default();
        assert_eq!(polling.end(at(1)), None);
        polling.ask(at(2));
        polling.ask(at(5));
        polling.stop(at(7));
        polling.stop(at(50));
        polling.ask(at(60));
        assert_eq!(polling.end(at(63)), Some(Duration::from_secs(5 + 3)));
        assert_eq!(polling.end(at(64)), None);
    }
}
