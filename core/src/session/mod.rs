//! One call's media session: who speaks, who listens, what was heard, and when it is over.
//!
//! [`Input`]s and the time go in, [`Output`]s come out, and a call is a pure function of the two. [`Session`] routes;
//! `talking` speaks for the dialog, `listening` follows the callee, `closing` drains what is owed.

mod closing;
mod ear;
mod far_end;
mod io;
mod journal;
mod leg_clock;
mod listening;
mod mouth;
mod record;
mod recorder;
mod settings;
mod talking;
mod timers;

use std::collections::{BTreeSet, VecDeque};

pub use io::{Command, Input, LegEvent, Output, Packet, ProviderEvent, Reason, SpeechCommand, SpeechEvent};
pub use journal::{SaidPrompt, SessionEvent};
pub use record::Block;
pub use settings::Settings;
pub use timers::Timer;
use voxgate_media::vad::Vad;

use crate::dialog::{Dialog, End, Event, Listen};
use crate::model::{AnsweredBy, Evidence, FactId, LegId, TurnId};
use crate::time::Micros;
use ear::Ear;
use mouth::Mouth;
use recorder::Recorder;
use timers::Timers;

/// One call's session.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    dialog: Dialog,
    state: State,
    ear: Ear,
    mouth: Mouth,
    recorder: Option<Recorder>,
    timers: Timers,
    /// What the dialog wants listened for now.
    listen: Option<Listen>,
    /// Whether what is said now must be heard in full.
    must_hear: bool,
    /// What is being made and was not begun to be sent.
    unsaid: Option<Vec<SaidPrompt>>,
    next_turn: TurnId,
    next_fact: FactId,
    /// Facts that are on their way to the store.
    uncommitted: BTreeSet<FactId>,
    /// The fact that must be durable before the dialog goes on.
    awaited: Option<FactId>,
    answered_by: Option<AnsweredBy>,
    /// How the last utterance was heard.
    last_heard: Evidence,
    outputs: VecDeque<Output>,
}

/// Where the call stands.
#[derive(Debug)]
enum State {
    /// Nobody is there yet.
    New,
    /// Somebody is there, and who it is may be learned in a moment.
    Classifying,
    /// The dialog runs.
    Active(Floor),
    /// What is owed is drained: facts on their way.
    Ending { end: End, reason: Reason },
    /// Nothing more will happen.
    Ended,
}

/// Who has the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Floor {
    /// Nobody: the dialog waits for a fact to be durable.
    Deciding,
    /// We speak, or a prompt is being made.
    Speaking,
    /// Somebody began to speak over our prompt.
    Held { turn: TurnId },
    /// The callee may speak.
    Listening,
    /// The callee speaks.
    Hearing { turn: TurnId },
    /// The callee has spoken; what was said is being made out.
    Thinking { turn: TurnId },
}

impl Session {
    /// A session that waits for its callee. `vad` is built by the caller, for it may belong to one thread.
    #[must_use]
    pub fn new(settings: Settings, dialog: Dialog, vad: Box<dyn Vad>) -> Self {
        Self {
            ear: Ear::new(&settings, vad),
            mouth: Mouth::new(&settings),
            recorder: settings.record.then(Recorder::new),
            settings,
            dialog,
            state: State::New,
            timers: Timers::default(),
            listen: None,
            must_hear: false,
            unsaid: None,
            next_turn: TurnId(0),
            next_fact: FactId(0),
            uncommitted: BTreeSet::new(),
            awaited: None,
            answered_by: None,
            last_heard: Evidence::NotHeard,
            outputs: VecDeque::with_capacity(16),
        }
    }

    /// Something happened. Trouble ends the session; it is not returned.
    pub fn handle_input(&mut self, now: Micros, input: Input<'_>) {
        if matches!(self.state, State::Ended) {
            return;
        }
        match input {
            Input::Packet(packet) => self.on_packet(now, packet),
            Input::Leg(leg, event) => self.on_leg(now, leg, event),
            Input::Provider(event) => self.on_provider(now, event),
            Input::Speech(event) => self.on_speech(now, event),
            Input::Committed(fact) => self.on_committed(now, fact),
            Input::Command(Command::Cancel) => self.gone(now, Reason::Canceled),
        }
        debug_assert!(self.has_a_way_out(), "{:?} waits for nothing: {:?}", self.state, self.timers);
    }

    /// Time passed: everything that is due happens.
    pub fn handle_timeout(&mut self, now: Micros) {
        while let Some(timer) = self.timers.take_due(now) {
            self.on_timer(now, timer);
        }
        debug_assert!(self.has_a_way_out(), "{:?} waits for nothing: {:?}", self.state, self.timers);
    }

    /// The next thing to be done, until there is none.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called, and why.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Micros, Timer)> {
        self.timers.next()
    }

    /// Whether the session is over.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// Whether the callee is waited for to say something or press a key.
    pub(crate) fn is_listening(&self) -> bool {
        matches!(self.floor(), Some(Floor::Listening))
    }

    /// Whether the callee is, or will be, listened to in this turn.
    pub(crate) fn is_question(&self) -> bool {
        self.listen.is_some()
    }

    /// Whether a timer ends what the session waits for, whoever else fails to.
    fn has_a_way_out(&self) -> bool {
        let any = |timers: &[Timer]| timers.iter().any(|&timer| self.timers.get(timer).is_some());
        match self.state {
            State::New | State::Ended => true,
            State::Classifying => any(&[Timer::Classify]),
            State::Ending { .. } => any(&[Timer::Commit]),
            State::Active(floor) => match floor {
                Floor::Deciding => any(&[Timer::Commit]),
                Floor::Speaking => any(&[Timer::Send, Timer::Ready, Timer::Mark]),
                Floor::Held { .. } => any(&[Timer::Confirm]),
                Floor::Listening => any(&[Timer::NoInput]),
                Floor::Hearing { .. } => any(&[Timer::Turn]),
                Floor::Thinking { .. } => any(&[Timer::Answer]),
            },
        }
    }

    fn on_leg(&mut self, now: Micros, _leg: LegId, event: LegEvent) {
        match event {
            LegEvent::Up => self.on_up(now),
            LegEvent::Key(key) => self.on_key(now, key),
            LegEvent::MarkReturned(id) => self.on_mark(now, id),
            LegEvent::Writable => self.timers.stop(Timer::Stall),
            LegEvent::Full => self.on_full(now),
            LegEvent::Stopped => self.gone(now, Reason::FarEndHungUp),
            LegEvent::Lost | LegEvent::Broken => self.gone(now, Reason::MediaFailed),
        }
    }

    fn on_provider(&mut self, now: Micros, event: ProviderEvent) {
        match event {
            ProviderEvent::AnsweredBy(who) => self.on_answered_by(now, who),
            ProviderEvent::Ended => self.gone(now, Reason::FarEndHungUp),
        }
    }

    fn on_timer(&mut self, now: Micros, timer: Timer) {
        match timer {
            Timer::Send => self.send_due(now),
            Timer::Confirm => self.on_confirm(now),
            Timer::NoInput => self.on_no_input(now),
            Timer::Keys => self.tell_dialog(now, Event::KeysEnded),
            Timer::Turn => self.on_end_of_speech(now),
            Timer::Answer => self.on_no_answer(now),
            Timer::Ready => self.gone(now, Reason::SpeechFailed),
            Timer::Mark => self.on_mark_overdue(now),
            Timer::Classify => self.begin_dialog(now),
            Timer::MediaGap | Timer::Stall => self.gone(now, Reason::MediaFailed),
            Timer::MaxDuration => self.gone(now, Reason::MaxDuration),
            Timer::Commit => self.on_commit_overdue(now),
        }
    }

    /// The callee is there.
    fn on_up(&mut self, now: Micros) {
        if !matches!(self.state, State::New) {
            return;
        }
        self.emit(SessionEvent::MediaUp);
        self.timers.set(Timer::MaxDuration, now + self.settings.max_duration.min(self.dialog.max_duration()));
        self.timers.set(Timer::MediaGap, now + self.settings.media_gap);
        if self.answered_by.is_some() || self.settings.classify == Micros::ZERO {
            self.begin_dialog(now);
        } else {
            self.state = State::Classifying;
            self.timers.set(Timer::Classify, now + self.settings.classify);
        }
    }

    /// Who answered is known, or known better.
    fn on_answered_by(&mut self, now: Micros, who: AnsweredBy) {
        self.answered_by = Some(who);
        self.emit(SessionEvent::AnsweredBy { who });
        match self.state {
            State::Classifying => self.begin_dialog(now),
            State::Active(_) => self.tell_dialog(now, Event::AnsweredBy(who)),
            State::New | State::Ending { .. } | State::Ended => {}
        }
    }

    fn begin_dialog(&mut self, now: Micros) {
        self.timers.stop(Timer::Classify);
        self.state = State::Active(Floor::Deciding);
        let dialplan = Box::new(self.dialog.plan().id().clone());
        let language = self.dialog.language().to_owned();
        self.emit(SessionEvent::Began { dialplan, language });
        let who = self.answered_by.unwrap_or(AnsweredBy::Unknown);
        self.tell_dialog(now, Event::AnsweredBy(who));
    }

    fn on_full(&mut self, now: Micros) {
        const PATIENCE: Micros = Micros::from_secs(2);
        if self.timers.get(Timer::Stall).is_none() {
            self.timers.set(Timer::Stall, now + PATIENCE);
        }
    }

    fn floor(&self) -> Option<Floor> {
        match self.state {
            State::Active(floor) => Some(floor),
            State::New | State::Classifying | State::Ending { .. } | State::Ended => None,
        }
    }

    fn emit(&mut self, event: SessionEvent) {
        self.outputs.push_back(Output::Event(event));
    }

    fn ask(&mut self, command: SpeechCommand) {
        self.outputs.push_back(Output::Speech(command));
    }
}
