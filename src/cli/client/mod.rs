//! The command line as a client of a running gateway's API.

mod error;
mod key;
#[cfg(test)]
pub(super) mod tests;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use reqwest::header::{AUTHORIZATION, RANGE};
use reqwest::{Method, RequestBuilder, Response};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::Value;
use url::Url;

pub(super) use error::ClientError;

use crate::config::{Config, Loaded};

/// Longer than the gateway takes for any answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Which gateway to talk to. The key comes from VOXGATE_KEY, or from the key file in the data folder.
#[derive(Clone, Debug, Args)]
pub(super) struct Remote {
    /// The gateway's address; without it, where the config says that one listens.
    #[arg(long, value_name = "URL", global = true)]
    server: Option<Url>,
    /// The config that names address and data folder; without it voxgate.toml, if there is one.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

/// A connection to a gateway.
pub(super) struct Client {
    http: reqwest::Client,
    server: Url,
    key: String,
    /// Where the key came from, for whoever has to mend it.
    from: &'static str,
}

const FROM_ENV: &str = "in VOXGATE_KEY";
const FROM_FILE: &str = "in the data folder's key file";

impl Remote {
    /// Does the work with a connection, and tells how it went.
    pub(super) fn run(&self, work: impl AsyncFnOnce(&Client) -> Result<ExitCode, ClientError>) -> ExitCode {
        let worked = self.connect().and_then(|client| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(ClientError::Runtime)?.block_on(work(&client))
        });
        worked.unwrap_or_else(|error| {
            eprintln!("voxgate: {error}");
            error.exit()
        })
    }

    fn connect(&self) -> Result<Client, ClientError> {
        let from_env = std::env::var("VOXGATE_KEY").ok();
        let from = if from_env.is_some() { FROM_ENV } else { FROM_FILE };
        // Where both are given there is nothing to ask the config for, and nothing that could be wrong with it.
        let (server, key) = match (&self.server, from_env) {
            (Some(server), Some(key)) => (server.clone(), key),
            (server, key) => {
                let config = Loaded::load(self.config.as_deref()).map_err(ClientError::Config)?.config;
                let key = key.map_or_else(|| key::from_file(&config.store.key_file()), Ok)?;
                (server.clone().map_or_else(|| address(&config), Ok)?, key)
            }
        };
        Ok(Client { from, ..Client::new(server, &key)? })
    }
}

/// Where a gateway of this config is reached from the same machine.
fn address(config: &Config) -> Result<Url, ClientError> {
    let bound = config.server.bind;
    let loopback = if bound.is_ipv4() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(Ipv6Addr::LOCALHOST) };
    let ip = if bound.ip().is_unspecified() { loopback } else { bound.ip() };
    if bound.port() == 0 {
        return Err(ClientError::NoAddress(bound));
    }
    Url::parse(&format!("http://{}", SocketAddr::new(ip, bound.port()))).map_err(|_| ClientError::NoAddress(bound))
}

impl Client {
    /// With a gateway at this address.
    pub(super) fn new(server: Url, key: &str) -> Result<Self, ClientError> {
        let key = key.trim().to_owned();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ClientError::NotAKey);
        }
        let http = reqwest::Client::builder().connect_timeout(Duration::from_secs(5)).build();
        Ok(Self { http: http.map_err(|error| ClientError::Broken(error.to_string()))?, server, key, from: FROM_ENV })
    }

    /// Asks for something, and reads the answer.
    pub(super) async fn get(&self, path: &str, query: &[(&str, Option<&str>)]) -> Result<Value, ClientError> {
        read(self.answer(self.request(Method::GET, path, query)?).await?).await
    }

    /// Asks for every page of a list.
    pub(super) async fn list(&self, path: &str, query: &[(&str, Option<&str>)]) -> Result<Vec<Value>, ClientError> {
        let mut rows = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            query.push(("cursor", cursor.as_deref()));
            let mut page = self.get(path, &query).await?;
            let Value::Array(items) = page["items"].take() else {
                return Err(ClientError::Broken(format!("{path} is answered without a list of items")));
            };
            rows.extend(items);
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return Ok(rows);
            }
        }
    }

    /// Changes something.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, ClientError> {
        read(self.answer(self.request(Method::POST, path, &[])?.json(body)).await?).await
    }

    /// Makes something. Where the answer is lost the request is sent again, and yet only one thing is made.
    pub(super) async fn create(&self, path: &str, body: &Value) -> Result<Value, ClientError> {
        let once = once()?;
        let request = || Ok(self.request(Method::POST, path, &[])?.header("Idempotency-Key", &once).json(body));
        match self.answer(request()?).await {
            Err(ClientError::NoServer { .. } | ClientError::Silent(_)) => read(self.answer(request()?).await?).await,
            answered => read(answered?).await,
        }
    }

    /// Takes something away.
    pub(super) async fn delete(&self, path: &str, query: &[(&str, Option<&str>)]) -> Result<Value, ClientError> {
        read(self.answer(self.request(Method::DELETE, path, query)?).await?).await
    }

    /// Asks for a file from a byte on; the caller reads it as it comes.
    pub(super) async fn download(&self, path: &str, from: u64) -> Result<Response, ClientError> {
        let mut request = self.request(Method::GET, path, &[])?;
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        self.answer(request).await
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, Option<&str>)],
    ) -> Result<RequestBuilder, ClientError> {
        let mut url = self.server.clone();
        url.set_path(&format!("{}{path}", self.server.path().trim_end_matches('/')));
        for (name, value) in query {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        Ok(self.http.request(method, url).header(AUTHORIZATION, format!("Bearer {}", self.key)))
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let sent = tokio::time::timeout(ANSWER_TIMEOUT, request.send()).await;
        let response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(ClientError::unreached(&self.server, &error)),
            Err(_) => return Err(ClientError::Silent(self.server.clone())),
        };
        if response.status().is_success() { Ok(response) } else { Err(ClientError::refused(response, self.from).await) }
    }
}

async fn read(response: Response) -> Result<Value, ClientError> {
    let body = response.bytes().await.map_err(|error| ClientError::Broken(error.without_url().to_string()))?;
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&body).map_err(|_| ClientError::NotAGateway)
}

/// A name that no other request has.
fn once() -> Result<String, ClientError> {
    let mut bytes = [0; 16];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| ClientError::Broken("the operating system gives out no random bytes".to_owned()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A name as a part of a path.
pub(super) fn part(name: &str) -> String {
    url::form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}
