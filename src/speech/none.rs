//! No speech at all: callers answer by keys, prompts are recorded. Also what a missing engine leaves.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use super::{
    BoxFuture, Hints, NoMatch, Pcm, SpeechError, SttBackend, SttEvent, SttSpec, SttStream, TtsBackend, TurnId, Voice,
};

/// A recogniser that hears nothing: each turn ends as [`NoMatch::KeysOnly`].
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStt;

impl SttBackend for NoStt {
    fn name(&self) -> &str {
        "none"
    }

    fn speaks(&self, _: &str) -> bool {
        false
    }

    fn open(&self, _: &SttSpec) -> Result<Box<dyn SttStream>, SpeechError> {
        Ok(Box::<Deaf>::default())
    }
}

#[derive(Default)]
struct Deaf {
    turn: Option<TurnId>,
    ended: VecDeque<TurnId>,
    waker: Option<Waker>,
}

impl SttStream for Deaf {
    fn begin_turn(&mut self, turn: TurnId, _: &Hints) {
        self.turn = Some(turn);
    }

    fn push(&mut self, _: &[i16]) {}

    fn end_turn(&mut self) {
        self.ended.extend(self.turn.take());
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn cancel_turn(&mut self) {
        self.turn = None;
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<SttEvent> {
        match self.ended.pop_front() {
            Some(turn) => Poll::Ready(SttEvent::NoMatch { turn, why: NoMatch::KeysOnly }),
            None => {
                self.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// A synthesiser without a voice.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTts;

impl TtsBackend for NoTts {
    fn name(&self) -> &str {
        "none"
    }

    fn voice(&self, language: &str) -> Result<Voice, SpeechError> {
        Err(SpeechError::NoVoice { backend: "none".to_owned(), language: language.to_owned() })
    }

    fn synthesize<'a>(&'a self, _: &'a str, language: &'a str) -> BoxFuture<'a, Result<Pcm, SpeechError>> {
        let error = SpeechError::NoVoice { backend: "none".to_owned(), language: language.to_owned() };
        Box::pin(std::future::ready(Err(error)))
    }

    fn health(&self) -> Vec<String> {
        vec!["speech.tts is \"none\": only recorded prompts are said; a script without them fails its calls".to_owned()]
    }
}
