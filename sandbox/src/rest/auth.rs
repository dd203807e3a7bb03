//! Basic authentication: the account's SID and token.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::problem::Problem;
use crate::config::Config;

/// Passes a request of the account that its path names, with the account's own credentials.
pub(super) fn check(config: &Config, account: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let sent = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let encoded = sent.and_then(|value| value.strip_prefix("Basic ")).ok_or_else(Problem::unauthorized)?;
    let decoded = STANDARD.decode(encoded.trim()).map_err(|_not_base64| Problem::unauthorized())?;
    let expected = format!("{}:{}", config.account_sid, config.auth_token);
    if account != config.account_sid || decoded != expected.as_bytes() {
        return Err(Problem::unauthorized());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_accounts_own_credentials_pass() {
        let config = Config::default();
        let headers = |value: &str| HeaderMap::from_iter([(AUTHORIZATION, value.parse().expect("a header"))]);
        let basic = |user: &str, password: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        let (sid, token) = (config.account_sid.as_str(), config.auth_token.as_str());
        assert_eq!(check(&config, sid, &headers(&basic(sid, token))), Ok(()));
        for (account, headers) in [
            (sid, HeaderMap::new()),
            (sid, headers("Bearer x")),
            (sid, headers("Basic ***")),
            (sid, headers(&basic(sid, "wrong"))),
            (sid, headers(&basic("ACother", token))),
            ("ACother", headers(&basic(sid, token))),
        ] {
            assert_eq!(check(&config, account, &headers).map_err(|problem| problem.code), Err(20_003), "{headers:?}");
        }
    }
}
