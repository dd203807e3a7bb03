//! `X-Twilio-Signature`, computed by our own code: the gateway's check is judged by it and shares nothing with it.
//!
//! Source: <https://www.twilio.com/docs/usage/security#validating-requests>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;

/// Name of the header that carries the signature.
pub const HEADER: &str = "X-Twilio-Signature";

/// Signs a request: HMAC-SHA1 under the account's token over the URL and, for a form, each distinct name with each of
/// its distinct values, both in byte order, with nothing between them. A fragment of the URL is not signed.
pub fn sign(auth_token: &str, url: &str, form: &[(String, String)]) -> String {
    let url = url.split_once('#').map_or(url, |(before, _fragment)| before);
    let mut pairs: Vec<&(String, String)> = form.iter().collect();
    pairs.sort_unstable();
    pairs.dedup();
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
    let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(url.as_bytes());
    for (name, value) in pairs {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Signs a media handshake: the stream's URL exactly as the TwiML gave it, always with the scheme `wss`.
///
/// The carrier signs the `wss://` form whatever a proxy did to the request. The sandbox dials plain `ws://` on the
/// loopback, and still signs the form that the carrier would.
pub fn sign_handshake(auth_token: &str, stream_url: &str) -> String {
    match stream_url.strip_prefix("ws://") {
        Some(rest) => sign(auth_token, &format!("wss://{rest}"), &[]),
        None => sign(auth_token, stream_url, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "12345";
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";

    fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn call_form() -> Vec<(String, String)> {
        form(&[
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
        ])
    }

    /// Vectors of the carrier's own Python library.
    #[test]
    fn the_published_vectors_hold() {
        let with_port = URL.replace(".com/", ".com:443/");
        let plain = URL.replace("https", "http").replace(".com/", ".com:80/");
        let hashed = format!("{URL}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620");
        let repeated = form(&[
            ("Sid", "CA123"),
            ("SidAccount", "AC123"),
            ("Digits", "5678"),
            ("Digits", "1234"),
            ("Digits", "1234"),
        ]);
        for (url, body, expected) in [
            (URL, call_form(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (with_port.as_str(), call_form(), "kvajT1Ptam85bY51eRf/AJRuM3w="),
            (plain.as_str(), call_form(), "0ZXoZLH/DfblKGATFgpif+LLRf4="),
            (URL, repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
            (hashed.as_str(), Vec::new(), "a9nBmqA0ju/hNViExpshrM61xv4="),
        ] {
            assert_eq!(sign(TOKEN, url, &body), expected, "{url}");
        }
    }

    #[test]
    fn a_handshake_is_signed_over_the_wss_form() {
        let expected = "DuZb2DBNmRQ3P2PLxE2/QE2qf+s=";
        assert_eq!(sign_handshake(TOKEN, "wss://gw.example.com/media/twilio"), expected);
        assert_eq!(sign_handshake(TOKEN, "ws://gw.example.com/media/twilio"), expected);
    }

    #[test]
    fn a_fragment_is_not_signed() {
        assert_eq!(sign(TOKEN, &format!("{URL}#rc=2&rt=5000"), &call_form()), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }
}
