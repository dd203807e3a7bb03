//! Section `media`.

use std::net::SocketAddr;

use url::Url;

use super::section::{Finding, section};
use super::server::{base_url, public_url_findings};

section! {
    /// The listener for the audio of calls, and the threads that work on it.
    pub struct Media {
        /// Address and port to listen on; port 0 takes a free one.
        bind: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8081)),
        /// How providers reach it, `ws://` or `wss://`. Carriers want `wss://`: a proxy in front ends TLS. Default: `ws://` and `bind`.
        public_url: Option<Url> = None,
        /// Threads; each owns its sessions. Default: one per core.
        workers: Option<usize> = None,
        /// Whether keys are looked for in the audio too. Only where a provider does not send them apart: else each counts twice.
        inband_keys: bool = false,
        /// Numbers of the CPUs that the threads are bound to, in turn; none: unbound.
        pin: Vec<usize> = Vec::new(),
    }
}

impl Media {
    /// How providers reach the listener that was bound to `bound`, without a slash at its end.
    #[must_use]
    pub fn base_url(&self, bound: SocketAddr) -> String {
        base_url(self.public_url.as_ref(), "ws", bound)
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = public_url_findings(self.public_url.as_ref(), &["ws", "wss"]);
        if self.workers.is_some_and(|n| n == 0 || n > 256) {
            findings.push(("workers", "must be from 1 to 256".to_owned()));
        }
        findings
    }
}
