//! The post of one call: signed forms to the gateway, one after the other, and what faults do to them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::form::Form;
use crate::faults::CallbackFault;
use crate::network::exchange::Exchange;
use crate::signature;

/// Letters of one call that wait at most; a call has about six in all.
const WAITING: usize = 32;
/// The carrier gives a callback this long to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// A letter held back for the next one to overtake it leaves after this long if no other comes.
const OVERTAKING: Duration = Duration::from_secs(2);

/// A form for the gateway.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) url: String,
    pub(crate) form: Form,
}

/// Where one call's letters are dropped.
pub(crate) type Postbox = mpsc::Sender<Letter>;

/// Opens a call's postbox; its post runs until the box is dropped and empty.
pub(crate) fn open(exchange: &Arc<Exchange>, call_sid: &str, to: &str) -> Postbox {
    let (sender, letters) = mpsc::channel(WAITING);
    let post = Post { exchange: exchange.clone(), call_sid: call_sid.to_owned(), to: to.to_owned() };
    tokio::spawn(post.run(letters));
    sender
}

struct Post {
    exchange: Arc<Exchange>,
    call_sid: String,
    to: String,
}

impl Post {
    async fn run(self, mut letters: mpsc::Receiver<Letter>) {
        let mut held: Option<Letter> = None;
        loop {
            let next = match held {
                None => letters.recv().await,
                Some(_) => tokio::time::timeout(OVERTAKING, letters.recv()).await.ok().flatten(),
            };
            match (next, held.take()) {
                (None, None) => return,
                (None, Some(late)) => self.deliver(&late).await,
                (Some(letter), late) => {
                    held = self.carry(letter, late.is_none()).await;
                    if let Some(late) = late {
                        self.deliver(&late).await;
                    }
                }
            }
        }
    }

    /// Delivers a letter as its fault wills; gives it back when it is to be overtaken.
    async fn carry(&self, letter: Letter, may_hold: bool) -> Option<Letter> {
        let fault = self.exchange.world().faults.callback(&self.to);
        match fault {
            Some(CallbackFault::Lost) => return None,
            Some(CallbackFault::Reordered) if may_hold => return Some(letter),
            Some(CallbackFault::Delayed(length)) => tokio::time::sleep(length).await,
            Some(CallbackFault::Doubled) => self.deliver(&letter).await,
            Some(CallbackFault::Reordered) | None => {}
        }
        self.deliver(&letter).await;
        None
    }

    async fn deliver(&self, letter: &Letter) {
        let answer = self.exchange.post(letter, PATIENCE).await.map(|_body| ());
        self.exchange.note_callback(&self.call_sid, answer.err());
    }
}

impl Exchange {
    /// Posts a signed form and reads the answer's body; an error tells what came instead of a 2xx.
    pub(crate) async fn post(&self, letter: &Letter, patience: Duration) -> Result<String, String> {
        let signature = signature::sign(&self.config.auth_token, &letter.url, &letter.form);
        let sent = self
            .http
            .post(&letter.url)
            .header(signature::HEADER, signature)
            .header("User-Agent", "TwilioProxy/1.1")
            .form(&letter.form)
            .timeout(patience)
            .send()
            .await;
        let name = |text: String| format!("POST {}: {text}", letter.url);
        let answer = sent.map_err(|error| name(error.to_string()))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(name(format!("status {}", status.as_u16())));
        }
        answer.text().await.map_err(|error| name(error.to_string()))
    }
}
