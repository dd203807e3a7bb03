//! The sessions that are expected or live: where the control plane and the media workers meet.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use voxgate_core::dialog::Dialog;
use voxgate_core::model::{AttemptId, CallId, FailureCode, Outcome, sha256_hex};
use voxgate_core::session::{Command, ProviderEvent, Reason, Settings};

use crate::recordings::RecordingInfo;

/// Messages to a session that may wait: provider events and commands are few.
const INBOX: usize = 64;
/// A session gives out three notices in its life.
const NOTICES: usize = 4;

/// What a session is made of, before its media is there.
#[derive(Debug)]
pub struct SessionSpec {
    /// Whose call.
    pub call: CallId,
    /// Which try.
    pub attempt: AttemptId,
    /// The dialog at its beginning.
    pub dialog: Dialog,
    /// How the session behaves.
    pub settings: Settings,
    /// Where the recording goes; `None` where none is made.
    pub recording: Option<PathBuf>,
}

/// Something that the control plane tells a session.
#[derive(Debug)]
pub(crate) enum ToSession {
    Provider(ProviderEvent),
    Command(Command),
}

/// Something that a session tells the control plane.
#[derive(Debug)]
pub enum SessionNotice {
    /// The callee's media is up.
    MediaUp,
    /// The call must be ended at the provider's side.
    HangUp(Reason),
    /// The session is over. Last notice.
    Ended(Box<SessionReport>),
    /// The session's worker is gone without a report: a defect of ours.
    Vanished,
}

/// What a session leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionReport {
    /// What the attempt came to.
    pub outcome: Outcome,
    /// The recording, if one was made.
    pub recording: Option<RecordingInfo>,
}

/// A session that is expected: what the far end must be told, and the handle.
#[derive(Debug)]
pub struct Expected {
    /// To be repeated by the media's first message. Good for one use.
    pub secret: String,
    /// How the control plane follows the session.
    pub handle: SessionHandle,
}

/// The control plane's end of a session. Dropped before the media came, it takes the expectation back.
#[derive(Debug)]
pub struct SessionHandle {
    registry: Arc<Registry>,
    secret_hash: String,
    provider_call_id: ProviderCallId,
    inbox: mpsc::Sender<ToSession>,
    notices: mpsc::Receiver<SessionNotice>,
}

type ProviderCallId = Arc<Mutex<Option<String>>>;

/// A media worker's end of a session.
#[derive(Debug)]
pub struct Claim {
    /// What the session is made of.
    pub spec: SessionSpec,
    pub(crate) inbox: mpsc::Receiver<ToSession>,
    pub(crate) notices: mpsc::Sender<SessionNotice>,
}

/// Why media is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimError {
    /// Nobody expects this secret, or it was used before.
    UnknownSecret,
    /// The provider's call id is not that of the call that was dialed.
    WrongCall,
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownSecret => "the media's secret is unknown or was used before",
            Self::WrongCall => "the media belongs to another call than the one that was dialed",
        })
    }
}

impl std::error::Error for ClaimError {}

/// Sessions that wait for their media, by the SHA-256 of the secret: what is stored of a secret lets nobody in.
#[derive(Debug, Default)]
pub struct Registry {
    waiting: Mutex<HashMap<String, Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    claim: Claim,
    provider_call_id: ProviderCallId,
}

impl Registry {
    /// Announces a session.
    #[must_use]
    pub fn expect(self: &Arc<Self>, spec: SessionSpec) -> Expected {
        let secret = secret();
        let handle = self.expect_again(spec, sha256_hex(secret.as_bytes()));
        Expected { secret, handle }
    }

    /// Announces a session whose secret another process gave out; its SHA-256 is known.
    #[must_use]
    pub fn expect_again(self: &Arc<Self>, spec: SessionSpec, secret_hash: String) -> SessionHandle {
        let (to_session, inbox) = mpsc::channel(INBOX);
        let (notices, from_session) = mpsc::channel(NOTICES);
        let provider_call_id = ProviderCallId::default();
        let claim = Claim { spec, inbox, notices };
        let waiting = Waiting { claim, provider_call_id: Arc::clone(&provider_call_id) };
        self.lock().insert(secret_hash.clone(), waiting);
        SessionHandle {
            registry: Arc::clone(self),
            secret_hash,
            provider_call_id,
            inbox: to_session,
            notices: from_session,
        }
    }

    /// The media of a session arrived. A secret is good for one use, whatever comes of it.
    ///
    /// # Errors
    /// [`ClaimError`].
    pub fn claim(&self, secret: &str, provider_call_id: &str) -> Result<Claim, ClaimError> {
        let waiting = self.lock().remove(&sha256_hex(secret.as_bytes())).ok_or(ClaimError::UnknownSecret)?;
        if agree(&waiting.provider_call_id, provider_call_id) {
            return Ok(waiting.claim);
        }
        // The attempt need not wait for media that cannot be let in any more.
        let report = SessionReport { outcome: Outcome::failed(FailureCode::MediaFailed), recording: None };
        if waiting.claim.notices.try_send(SessionNotice::Ended(Box::new(report))).is_err() {
            tracing::debug!("nobody follows this session any more");
        }
        Err(ClaimError::WrongCall)
    }

    /// How many sessions wait for their media.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Media may come before the dial request is answered: whoever knows the id first writes it down, the other compares.
fn agree(known: &ProviderCallId, id: &str) -> bool {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.get_or_insert_with(|| id.to_owned()) == id
}

/// 256 bits that nobody can guess.
fn secret() -> String {
    let mut bytes = [0; 32];
    #[expect(clippy::expect_used, reason = "without randomness no secret is safe, and no call may be made")]
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives out random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

impl SessionHandle {
    /// The dial was accepted: media of another call is turned away, and ended if it is here already.
    pub fn provider_call_id(&self, id: &str) {
        if !agree(&self.provider_call_id, id) {
            tracing::warn!(expected = id, "media of another call used this attempt's secret; its session is ended");
            self.cancel();
        }
    }

    /// The provider's name for the call, as soon as the dial's answer or the media told it.
    #[must_use]
    pub fn known_call_id(&self) -> Option<String> {
        self.provider_call_id.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Passes on what the provider says.
    pub fn provider(&self, event: ProviderEvent) {
        self.tell(ToSession::Provider(event));
    }

    /// Asks the session to end.
    pub fn cancel(&self) {
        self.tell(ToSession::Command(Command::Cancel));
    }

    /// The next thing that the session has to tell.
    pub async fn next(&mut self) -> SessionNotice {
        self.notices.recv().await.unwrap_or(SessionNotice::Vanished)
    }

    /// Never waits: an attempt that hung on a session which takes nothing would miss its own timers, and they end both.
    fn tell(&self, message: ToSession) {
        match self.inbox.try_send(message) {
            Ok(()) => {}
            Err(TrySendError::Closed(_)) => tracing::debug!("a session was told something after its end"),
            Err(TrySendError::Full(message)) => tracing::error!(?message, "a session is stuck: it takes no messages"),
        }
    }
}

impl Drop for SessionHandle {
    fn drop(&mut self) {
        self.registry.lock().remove(&self.secret_hash);
    }
}
