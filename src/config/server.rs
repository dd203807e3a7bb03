//! Section `server`.

use std::net::SocketAddr;

use url::Url;

use super::section::{Finding, section};

section! {
    /// The listener for the API and for providers' callbacks.
    pub struct Server {
        /// Address and port to listen on; port 0 takes a free one.
        bind: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080)),
        /// How providers reach it: callbacks are addressed and their signatures checked with it. Default: `http://` and `bind`.
        public_url: Option<Url> = None,
        /// The longest request that is read, in bytes, 1024 to 16777216.
        max_body: usize = 64 * 1024,
    }
}

impl Server {
    /// How providers reach the listener that was bound to `bound`, without a slash at its end.
    #[must_use]
    pub fn base_url(&self, bound: SocketAddr) -> String {
        base_url(self.public_url.as_ref(), "http", bound)
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = public_url_findings(self.public_url.as_ref(), &["http", "https"]);
        if !(1024..=16 * 1024 * 1024).contains(&self.max_body) {
            findings.push(("max_body", format!("{} is not within 1024 to 16777216 bytes", self.max_body)));
        }
        findings
    }
}

/// A public URL without the slash at its end, or one made of the bound address.
pub(super) fn base_url(url: Option<&Url>, scheme: &str, bound: SocketAddr) -> String {
    url.map_or_else(|| format!("{scheme}://{bound}"), |url| url.as_str().trim_end_matches('/').to_owned())
}

pub(super) fn public_url_findings(url: Option<&Url>, schemes: &[&str]) -> Vec<Finding> {
    let Some(url) = url else { return Vec::new() };
    let mut findings = Vec::new();
    if !schemes.contains(&url.scheme()) {
        findings.push(("public_url", format!("begins with {}://; use {}://", url.scheme(), schemes.join(":// or "))));
    }
    if url.port() == Some(0) {
        findings.push((
            "public_url",
            "port 0 can be bound but not reached: name the port that the outside sees".to_owned(),
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        findings.push((
            "public_url",
            "has a query or a fragment: paths are appended to it, so end it before the `?`".to_owned(),
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        findings.push(("public_url", "holds a user name or password, which providers would see: remove it".to_owned()));
    }
    findings
}
