//! Speech by script, for tests and load: a recogniser that is told what was said, a synthesiser that makes tones.
//!
//! Both are deterministic, start no process, and cost next to nothing per frame.

use std::collections::VecDeque;
use std::f32::consts::TAU;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::Sleep;

use super::{
    BoxFuture, Hints, NoMatch, Pcm, SpeechError, SttBackend, SttEvent, SttSpec, SttStream, TELEPHONE_RATE_HZ,
    TtsBackend, TurnId, Voice,
};

/// A turn that has ended, as the script sees it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The session's name.
    pub session: &'a str,
    /// How many turns of this session ended before it.
    pub number: usize,
    /// What the session listens for.
    pub hints: &'a Hints,
}

/// What the script answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// These words were said.
    Words(String),
    /// Nothing was understood.
    Nothing,
    /// The recogniser fails.
    Broken(String),
}

type Script = dyn Fn(&Asked<'_>) -> Reply + Send + Sync;

/// A recogniser that answers by a script.
#[derive(Clone)]
pub struct ScriptedStt {
    script: Arc<Script>,
    delay: Duration,
}

impl ScriptedStt {
    /// Answers each turn by a closure, at once.
    pub fn new(script: impl Fn(&Asked<'_>) -> Reply + Send + Sync + 'static) -> Self {
        Self { script: Arc::new(script), delay: Duration::ZERO }
    }

    /// Hears the first phrase of each grammar: what `scripted` in the config means.
    pub fn first_phrase() -> Self {
        Self::new(|asked| match asked.hints.phrases.first() {
            Some(phrase) => Reply::Words(phrase.text.clone()),
            None => Reply::Nothing,
        })
    }

    /// Hears these replies, one turn after the other, in every session; then nothing.
    pub fn answering(replies: Vec<Reply>) -> Self {
        Self::new(move |asked| replies.get(asked.number).cloned().unwrap_or(Reply::Nothing))
    }

    /// The same, each answer that much after the end of its turn.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl fmt::Debug for ScriptedStt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedStt").field("delay", &self.delay).finish_non_exhaustive()
    }
}

impl SttBackend for ScriptedStt {
    fn name(&self) -> &str {
        "scripted"
    }

    fn speaks(&self, _: &str) -> bool {
        true
    }

    fn open(&self, spec: &SttSpec) -> Result<Box<dyn SttStream>, SpeechError> {
        let (script, session) = (Arc::clone(&self.script), spec.session.clone());
        let ended = VecDeque::new();
        Ok(Box::new(Stream { script, delay: self.delay, session, number: 0, turn: None, ended, waker: None }))
    }
}

struct Stream {
    script: Arc<Script>,
    delay: Duration,
    session: String,
    number: usize,
    turn: Option<(TurnId, Hints)>,
    ended: VecDeque<(SttEvent, Option<Pin<Box<Sleep>>>)>,
    waker: Option<Waker>,
}

impl SttStream for Stream {
    fn begin_turn(&mut self, turn: TurnId, hints: &Hints) {
        self.cancel_turn();
        self.turn = Some((turn, hints.clone()));
    }

    fn push(&mut self, _: &[i16]) {}

    fn end_turn(&mut self) {
        let Some((turn, hints)) = self.turn.take() else { return };
        let event = match (self.script)(&Asked { session: &self.session, number: self.number, hints: &hints }) {
            Reply::Words(text) => {
                let phrase = hints.phrases.iter().find(|phrase| phrase.text.eq_ignore_ascii_case(&text));
                let value = phrase.map(|phrase| phrase.meaning.clone());
                SttEvent::Heard { turn, text, value }
            }
            Reply::Nothing => SttEvent::NoMatch { turn, why: NoMatch::OutOfGrammar },
            Reply::Broken(reason) => SttEvent::Failed { turn, reason },
        };
        self.number += 1;
        let wait = (!self.delay.is_zero()).then(|| Box::pin(tokio::time::sleep(self.delay)));
        self.ended.push_back((event, wait));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn cancel_turn(&mut self) {
        self.turn = None;
        self.ended.clear();
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<SttEvent> {
        let waiting = self.ended.front_mut().and_then(|(_, wait)| wait.as_mut());
        let ready = waiting.is_none_or(|wait| wait.as_mut().poll(cx).is_ready());
        match ready.then(|| self.ended.pop_front()).flatten() {
            Some((event, _)) => Poll::Ready(event),
            None => {
                self.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Length of the sound for each character of a text, ms: the pace of unhurried speech.
const CHARACTER_MS: usize = 60;

/// A burst of tone and the pause after it.
const BURST: usize = TELEPHONE_RATE_HZ as usize * 200 / 1_000;
const PAUSE: usize = TELEPHONE_RATE_HZ as usize * 60 / 1_000;

/// A synthesiser that makes a burst of tone for each stretch of text: as long as speech, and told apart by pitch.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScriptedTts;

impl TtsBackend for ScriptedTts {
    fn name(&self) -> &str {
        "scripted"
    }

    fn voice(&self, _: &str) -> Result<Voice, SpeechError> {
        Ok(Voice { engine: "tones 1".to_owned(), voice: "sine".to_owned() })
    }

    fn synthesize<'a>(&'a self, text: &'a str, _: &'a str) -> BoxFuture<'a, Result<Pcm, SpeechError>> {
        Box::pin(std::future::ready(Ok(bursts(text))))
    }
}

fn bursts(text: &str) -> Pcm {
    let length = (text.chars().count().max(4) * CHARACTER_MS) * TELEPHONE_RATE_HZ as usize / 1_000;
    let pitch = 300.0 + (text.bytes().map(u32::from).sum::<u32>() % 40) as f32 * 10.0;
    let sample = |at: usize| {
        let at = at % (BURST + PAUSE);
        if at >= BURST {
            return 0;
        }
        // Half a sine over the burst, so that it neither begins nor ends with a click.
        let swell = (TAU / 2.0 * at as f32 / BURST as f32).sin();
        (swell * 6_000.0 * (TAU * pitch * at as f32 / TELEPHONE_RATE_HZ as f32).sin()) as i16
    };
    Pcm { rate_hz: TELEPHONE_RATE_HZ, samples: (0..length).map(sample).collect() }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use crate::speech::Phrase;

    use super::*;

    fn hints() -> Hints {
        let phrase = |text: &str| Phrase { text: text.to_owned(), meaning: text.to_uppercase() };
        Hints { language: "en-US".to_owned(), phrases: vec![phrase("yes"), phrase("no")] }
    }

    async fn turn(stream: &mut dyn SttStream, id: u32) -> SttEvent {
        stream.begin_turn(TurnId(id), &hints());
        stream.push(&[0; 160]);
        stream.end_turn();
        poll_fn(|cx| stream.poll_event(cx)).await
    }

    #[tokio::test]
    async fn turns_are_heard_as_the_script_says() {
        let replies = vec![Reply::Words("no".to_owned()), Reply::Nothing, Reply::Broken("cut".to_owned())];
        let stt = ScriptedStt::answering(replies).after(Duration::from_millis(30));
        let mut stream = stt.open(&SttSpec::default()).unwrap();
        let began = crate::clock::now();
        let heard = SttEvent::Heard { turn: TurnId(7), text: "no".to_owned(), value: Some("NO".to_owned()) };
        assert_eq!(turn(stream.as_mut(), 7).await, heard);
        assert!(crate::clock::now() - began >= Duration::from_millis(30));
        assert_eq!(turn(stream.as_mut(), 8).await, SttEvent::NoMatch { turn: TurnId(8), why: NoMatch::OutOfGrammar });
        assert_eq!(turn(stream.as_mut(), 9).await, SttEvent::Failed { turn: TurnId(9), reason: "cut".to_owned() });
    }

    #[tokio::test]
    async fn a_cancelled_turn_gives_no_event() {
        let mut stream = ScriptedStt::first_phrase().open(&SttSpec::default()).unwrap();
        stream.begin_turn(TurnId(1), &hints());
        stream.cancel_turn();
        stream.end_turn();
        assert_eq!(turn(stream.as_mut(), 2).await.turn(), TurnId(2));
    }

    #[test]
    fn tones_are_as_long_as_their_text() {
        assert_eq!(bursts("Hello there").samples.len(), 11 * 60 * 8);
        assert_eq!(bursts("same"), bursts("same"));
    }
}
