//! How a sandbox is set up.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::faults::Fault;

/// Account that the sandbox serves by default.
pub const ACCOUNT_SID: &str = "AC00000000000000000000000000000001";
/// Its token. It protects nothing: the sandbox is a test peer on the loopback.
pub const AUTH_TOKEN: &str = "sandbox-auth-token-000000000001";

/// Settings of one sandbox.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the REST API listens; port 0 takes a free one.
    pub bind: SocketAddr,
    /// The account: `AC` and 32 hex digits.
    pub account_sid: String,
    /// Its token: the password of REST requests, the key of signatures.
    pub auth_token: String,
    /// Calls that leave the queue per second; the carrier's own default is 1.
    pub calls_per_second: f64,
    /// Calls that may be queued or live at once; a further one is refused with code 10004.
    pub concurrent_calls: Option<usize>,
    /// Numbers that may be dialed from; any when empty. Others are refused with code 21210.
    pub from_numbers: Vec<String>,
    /// A folder with personas, `numbers.toml` and `audio/`, laid over the shipped ones.
    pub personas: Option<PathBuf>,
    /// Seed of all randomness: noise, jitter, faults of some probability.
    pub seed: u64,
    /// Keeps each call's audio at the callee's end as `<folder>/<call sid>.wav`: left said, right heard.
    pub keep_heard: Option<PathBuf>,
    /// Faults that are there from the start.
    pub faults: Vec<Fault>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            account_sid: ACCOUNT_SID.to_owned(),
            auth_token: AUTH_TOKEN.to_owned(),
            calls_per_second: 1.0,
            concurrent_calls: None,
            from_numbers: Vec::new(),
            personas: None,
            seed: 1,
            keep_heard: None,
            faults: Vec::new(),
        }
    }
}
