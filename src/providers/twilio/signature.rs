//! The provider's signature on what it sends us.
//!
//! HMAC-SHA1 over the address, and for a form over its distinct names and values in order.
//! Source: <https://www.twilio.com/docs/usage/security#validating-requests>.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac};
use url::Url;

/// Name of the header that carries it.
pub(super) const HEADER: &str = "x-twilio-signature";

/// A form: every name with its distinct values, both in byte order.
pub(super) type Form = BTreeMap<String, BTreeSet<String>>;

/// Reads a form body.
pub(super) fn form(body: &[u8]) -> Form {
    let mut form = Form::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        form.entry(name.into_owned()).or_default().insert(value.into_owned());
    }
    form
}

/// Checks signatures with an account's secret.
pub(super) struct Verifier(hmac::Key);

impl Verifier {
    pub(super) fn new(auth_token: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth_token.as_bytes()))
    }

    /// Whether `signature` is right for a request to `url` with this form; an empty form is none. Takes the same time
    /// wherever a wrong signature differs. The provider is not consistent about default ports, so both spellings are
    /// tried.
    pub(super) fn form_is_signed(&self, url: &str, form: &Form, signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        spellings(url).iter().any(|url| {
            let mut message = url.clone();
            for (name, values) in form {
                for value in values {
                    message.push_str(name);
                    message.push_str(value);
                }
            }
            hmac::verify(&self.0, message.as_bytes(), &signature).is_ok()
        })
    }

    /// Whether `signature` is right for a request whose body is no form: the address then carries the body's hash.
    pub(super) fn body_is_signed(&self, url: &str, body: &[u8], signature: &str) -> bool {
        hash_fits(url, body) && self.form_is_signed(url, &Form::new(), signature)
    }
}

/// A hash that is missing or there twice proves nothing.
fn hash_fits(url: &str, body: &[u8]) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let mut hashes = url.query_pairs().filter(|(name, _)| name == "bodySHA256");
    let (Some((_, stated)), None) = (hashes.next(), hashes.next()) else { return false };
    let actual = digest::digest(&digest::SHA256, body);
    let hex: String = actual.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    hex == stated.as_ref()
}

/// The address as it stands, and without its port or with the scheme's own.
fn spellings(url: &str) -> Vec<String> {
    let url = url.split('#').next().unwrap_or(url);
    let mut spellings = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return spellings };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let port = if matches!(scheme, "https" | "wss") { 443 } else { 80 };
    let bare = match authority.rsplit_once(':') {
        Some((host, digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(host),
        _ => None,
    };
    spellings.push(match bare {
        Some(host) => format!("{scheme}://{host}{path}"),
        None => format!("{scheme}://{authority}:{port}{path}"),
    });
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const FORM: &str =
        "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";

    fn verifier() -> Verifier {
        Verifier::new("12345")
    }

    /// The vectors of the provider's own libraries.
    #[test]
    fn the_published_vectors_are_accepted() {
        let table = [
            (URL, FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (URL, FORM, "kvajT1Ptam85bY51eRf/AJRuM3w="),
            ("http://mycompany.com/myapp.php?foo=1&bar=2", FORM, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
            (URL, "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234", "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
            ("wss://gw.example.com/media/twilio", "", "DuZb2DBNmRQ3P2PLxE2/QE2qf+s="),
        ];
        for (url, body, signature) in table {
            assert!(verifier().form_is_signed(url, &form(body.as_bytes()), signature), "{url} {body}");
        }
        let with_port = URL.replace(".com", ".com:443");
        assert!(verifier().form_is_signed(&with_port, &form(FORM.as_bytes()), "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
    }

    #[test]
    fn a_body_that_is_no_form_is_checked_by_its_hash() {
        let url = format!("{URL}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620");
        let body = br#"{"property": "value", "boolean": true}"#;
        let signature = "a9nBmqA0ju/hNViExpshrM61xv4=";
        assert!(verifier().body_is_signed(&url, body, signature));
        assert!(!verifier().body_is_signed(&url, b"{}", signature));
        assert!(!verifier().body_is_signed(URL, body, "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
        assert!(!verifier().body_is_signed(&format!("{url}&bodySHA256=0a"), body, signature));
    }

    #[test]
    fn any_change_breaks_the_signature() {
        let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
        let changed = FORM.replace("Digits=1234", "Digits=1235");
        assert!(!verifier().form_is_signed(URL, &form(changed.as_bytes()), signature));
        assert!(!verifier().form_is_signed(&URL.replace("bar=2", "bar=3"), &form(FORM.as_bytes()), signature));
        assert!(!verifier().form_is_signed(&URL.replace("https", "http"), &form(FORM.as_bytes()), signature));
        assert!(!Verifier::new("12346").form_is_signed(URL, &form(FORM.as_bytes()), signature));
        for nonsense in ["", "=", "RSOYDt4T1cUTdK1PDd93", "\u{fc}", &signature[..27]] {
            assert!(!verifier().form_is_signed(URL, &form(FORM.as_bytes()), nonsense), "{nonsense:?}");
        }
    }
}
