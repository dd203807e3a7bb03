//! Making the audio of what a session says: prompt by prompt, in order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

use voxgate_core::dialog::Prompt;
use voxgate_core::model::UtteranceId;
use voxgate_core::session::SpeechEvent;
use voxgate_media::playout::Clip;

use crate::speech::{BoxFuture, Prompts, SpeechError};

/// Makes the audio of prompts.
pub trait ClipSource: Send + Sync {
    /// The audio of a prompt. Ready at once where it was made before.
    fn clip(&self, prompt: &Prompt) -> BoxFuture<'static, Result<Arc<Clip>, SpeechError>>;

    /// The prompt may be said soon.
    fn prepare(&self, prompt: &Prompt);
}

impl ClipSource for Prompts {
    fn clip(&self, prompt: &Prompt) -> BoxFuture<'static, Result<Arc<Clip>, SpeechError>> {
        Box::pin(self.get(prompt))
    }

    fn prepare(&self, prompt: &Prompt) {
        Self::prepare(self, prompt);
    }
}

type Making = BoxFuture<'static, Result<Arc<Clip>, SpeechError>>;

/// The utterance whose audio is being made.
#[derive(Default)]
pub(super) struct Speaking {
    utterance: UtteranceId,
    making: VecDeque<Making>,
}

impl Speaking {
    /// Begins to make an utterance; one that is not finished is forgotten.
    pub(super) fn begin(&mut self, source: &dyn ClipSource, utterance: UtteranceId, prompts: &[Arc<Prompt>]) {
        self.utterance = utterance;
        self.making = prompts.iter().map(|prompt| source.clip(prompt)).collect();
    }

    /// Forgets an utterance.
    pub(super) fn cancel(&mut self, utterance: UtteranceId) {
        if self.utterance == utterance {
            self.making.clear();
        }
    }

    /// The next audio, if there is any.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Option<SpeechEvent> {
        let Poll::Ready(made) = self.making.front_mut()?.as_mut().poll(cx) else { return None };
        self.making.pop_front();
        let utterance = self.utterance;
        Some(match made {
            Ok(clip) => SpeechEvent::Ready { utterance, clip, last: self.making.is_empty() },
            Err(error) => {
                tracing::error!(%error, "a prompt cannot be said");
                self.making.clear();
                SpeechEvent::SpeakFailed { utterance }
            }
        })
    }
}
