//! One session's turns: buffered while the caller speaks, decoded when the turn ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::grammar::Grammar;
use super::pool::{Answer, Job, Pool};
use super::recogniser::Materials;
use crate::speech::{Hints, NoMatch, SttEvent, SttStream, TELEPHONE_RATE_HZ, TurnId};

/// Audio kept of a turn: the newest 8 s.
const KEPT: usize = 8 * TELEPHONE_RATE_HZ as usize;

/// What is dropped at once when the buffer is full, so that the rest is not moved with every frame.
const DROPPED: usize = TELEPHONE_RATE_HZ as usize;

/// Turns of one session that may be decoded or wait to be read at the same time.
const PENDING: usize = 4;

pub(super) struct Stream {
    materials: Arc<Materials>,
    pool: Arc<Pool>,
    turn: Option<Turn>,
    /// The turn being decoded.
    cancelled: Option<Arc<AtomicBool>>,
    answers: Sender<SttEvent>,
    heard: Receiver<SttEvent>,
}

struct Turn {
    id: TurnId,
    /// None where the recogniser does not know the language, or none of the words.
    grammar: Option<Arc<Grammar>>,
    samples: Vec<i16>,
}

impl Stream {
    pub(super) fn new(materials: Arc<Materials>, pool: Arc<Pool>) -> Self {
        let (answers, heard) = channel(PENDING);
        Self { materials, pool, turn: None, cancelled: None, answers, heard }
    }

    fn grammar(&self, hints: &Hints) -> Option<Arc<Grammar>> {
        if !hints.language.eq_ignore_ascii_case("en-US") {
            return None;
        }
        let (grammar, unknown) = Grammar::new(&hints.phrases, &self.materials.dictionary);
        if !unknown.is_empty() {
            tracing::debug!(words = ?unknown, "the recogniser's dictionary lacks words of this turn's grammar");
        }
        (!grammar.is_empty()).then(|| Arc::new(grammar))
    }
}

impl SttStream for Stream {
    fn begin_turn(&mut self, turn: TurnId, hints: &Hints) {
        self.cancel_turn();
        self.turn = Some(Turn { id: turn, grammar: self.grammar(hints), samples: Vec::new() });
    }

    fn push(&mut self, samples: &[i16]) {
        let Some(turn) = &mut self.turn else { return };
        if turn.samples.len() >= KEPT {
            turn.samples.drain(..DROPPED);
        }
        turn.samples.extend_from_slice(samples);
    }

    fn end_turn(&mut self) {
        let Some(turn) = self.turn.take() else { return };
        let Ok(place) = self.answers.clone().try_reserve_owned() else {
            tracing::error!(turn = turn.id.0, "a session does not read what its recogniser hears");
            return;
        };
        let answer = Answer::new(turn.id, place);
        let Some(grammar) = turn.grammar else { return answer.no_match(NoMatch::KeysOnly) };
        let cancelled = Arc::new(AtomicBool::new(false));
        self.cancelled = Some(Arc::clone(&cancelled));
        self.pool.submit(Job { samples: turn.samples, grammar, cancelled, answer });
    }

    fn cancel_turn(&mut self) {
        self.turn = None;
        if let Some(cancelled) = self.cancelled.take() {
            cancelled.store(true, Ordering::Relaxed);
        }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<SttEvent> {
        match self.heard.poll_recv(cx) {
            Poll::Ready(Some(event)) => Poll::Ready(event),
            // We hold a sender ourselves, so that the channel is never closed.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.cancel_turn();
    }
}
