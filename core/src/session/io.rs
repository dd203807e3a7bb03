//! What goes into a session and what comes out of it.

use std::sync::Arc;

use voxgate_media::dtmf::Key;
use voxgate_media::frame::Frame;
use voxgate_media::playout::{Chunk, Clip};
use voxgate_media::time::Samples;

use super::journal::SessionEvent;
use super::record::Block;
use crate::dialog::{Hints, Prompt};
use crate::model::{AnsweredBy, Fact, FactId, LegId, Outcome, TurnId, UtteranceId};
use crate::time::Micros;

/// Audio that arrived on a leg: μ-law at 8 kHz, of any length.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Whose audio it is.
    pub leg: LegId,
    /// Where it begins on the leg's own clock.
    pub at: Samples,
    /// G.711 μ-law, one byte a sample.
    pub payload: &'a [u8],
}

/// What happened on a leg, audio aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegEvent {
    /// The media is up: the callee can be spoken to.
    Up,
    /// A key arrived out of band.
    Key(Key),
    /// The far side played what was sent before this mark, or flushed it.
    MarkReturned(UtteranceId),
    /// The leg takes audio again after it was full.
    Writable,
    /// The leg took no more audio: a message was dropped.
    Full,
    /// The far side ended the call.
    Stopped,
    /// The connection is gone without a word.
    Lost,
    /// The far side broke the protocol beyond repair.
    Broken,
}

/// What the provider says of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderEvent {
    /// Who answered.
    AnsweredBy(AnsweredBy),
    /// The call is over at the provider's side.
    Ended,
}

/// What a speech backend reports. An event of a turn or utterance that is not the current one is dropped.
#[derive(Clone, Debug)]
pub enum SpeechEvent {
    /// The next stretch of an utterance's audio is ready. They come in order.
    Ready {
        /// Which utterance.
        utterance: UtteranceId,
        /// Its audio.
        clip: Arc<Clip>,
        /// Whether this is all of it.
        last: bool,
    },
    /// An utterance cannot be made.
    SpeakFailed {
        /// Which utterance.
        utterance: UtteranceId,
    },
    /// A recogniser that listens by itself noticed that somebody began to speak.
    Onset,
    /// The words of a turn. Over a prompt they cut it: words are meant.
    Heard {
        /// Which turn.
        turn: TurnId,
        /// Transcript.
        text: String,
    },
    /// The turn was not understood.
    NotUnderstood {
        /// Which turn.
        turn: TurnId,
    },
    /// The recogniser failed in this turn.
    ListenFailed {
        /// Which turn.
        turn: TurnId,
    },
}

/// What an operator or the placing of the call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Hang up now.
    Cancel,
}

/// Everything that may happen to a session.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// Audio arrived.
    Packet(Packet<'a>),
    /// Something else happened on a leg.
    Leg(LegId, LegEvent),
    /// The provider reports.
    Provider(ProviderEvent),
    /// A speech backend reports.
    Speech(SpeechEvent),
    /// A fact is durable.
    Committed(FactId),
    /// Somebody asks.
    Command(Command),
}

/// What a session asks of speech backends.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a frame travels by value: nothing is allocated per frame")]
pub enum SpeechCommand {
    /// Make the audio of this prompt soon: it may be said next.
    Prepare(Arc<Prompt>),
    /// Make the audio of these prompts now; answered by [`SpeechEvent::Ready`]s or [`SpeechEvent::SpeakFailed`].
    Speak(UtteranceId, Vec<Arc<Prompt>>),
    /// Its audio is not wanted any more.
    Cancel(UtteranceId),
    /// Somebody began to speak.
    BeginTurn(TurnId, Arc<Hints>),
    /// A frame of the turn's audio, those from shortly before the onset first.
    Audio(TurnId, Frame),
    /// The speaker has finished; answered by what was heard.
    EndTurn(TurnId),
    /// The turn is of no interest any more.
    CancelTurn(TurnId),
}

/// Why a session hangs up or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The dialog came to an end.
    DialogEnded,
    /// The callee, or the provider, ended the call.
    FarEndHungUp,
    /// The longest time that the script or the limits allow has passed.
    MaxDuration,
    /// The media never came, stalled, broke, or took no more audio.
    MediaFailed,
    /// A prompt could not be made.
    SpeechFailed,
    /// Somebody asked for it.
    Canceled,
}

/// What a session wants done, in order.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a frame travels by value: nothing is allocated per frame")]
pub enum Output {
    /// Send audio to the callee.
    Send {
        /// The audio.
        chunk: Chunk,
        /// When it should have been sent: how late it is tells how well the machine keeps up.
        due: Micros,
    },
    /// Ask to be told when all that was sent before has been played.
    Mark(UtteranceId),
    /// Flush what the far side has buffered.
    Clear,
    /// Ask something of a speech backend.
    Speech(SpeechCommand),
    /// A stretch of the recording is final.
    Record(Block),
    /// Make a fact durable and answer with [`Input::Committed`].
    Commit(FactId, Fact),
    /// Something worth telling happened.
    Event(SessionEvent),
    /// End the call at the provider's side and close the leg.
    HangUp(Reason),
    /// The session is over. Last output.
    Ended(Outcome),
}
