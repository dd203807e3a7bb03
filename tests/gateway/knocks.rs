//! Requests from outside, right and wrong ones.

use std::path::Path;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use voxgate_sandbox::AUTH_TOKEN;
use voxgate_sandbox::signature::{HEADER, sign};

use crate::house::House;

/// Whoever stands before a gateway with the first key.
pub(crate) struct Knocks {
    base: String,
    key: String,
    client: Client,
}

/// Status and code of an answer; the code is empty where it is no problem.
pub(crate) type Said = (u16, String);

impl Knocks {
    pub(crate) fn at(house: &House) -> Self {
        let key = std::fs::read_to_string(Path::new(house.folder()).join("api-key")).unwrap().trim().to_owned();
        let client = Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        Self { base: format!("http://{}", house.app.http_address()), key, client }
    }

    async fn said(request: RequestBuilder) -> (Said, Value) {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        let code = if status >= 400 { body["code"].as_str().unwrap_or_default().to_owned() } else { String::new() };
        ((status, code), body)
    }

    /// A body as it is, with this key of the API.
    pub(crate) async fn post(&self, key: &str, path: &str, body: impl Into<String>) -> (Said, Value) {
        let request = self.client.post(format!("{}{path}", self.base)).bearer_auth(key);
        Self::said(request.header("content-type", "application/json").body(body.into())).await
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// An order that is due in years.
    pub(crate) fn later() -> Value {
        json!({"to": "+12065580001", "dialplan": "short", "language": "en-US", "not_before": "2090-01-01T00:00:00Z"})
    }

    pub(crate) async fn order_later(&self, idempotency_key: &str) -> Said {
        self.order(idempotency_key, &Self::later()).await
    }

    pub(crate) async fn order(&self, idempotency_key: &str, order: &Value) -> Said {
        let request = self.client.post(format!("{}/v1/calls", self.base)).bearer_auth(&self.key);
        let request = request.header("content-type", "application/json").header("idempotency-key", idempotency_key);
        Self::said(request.body(order.to_string())).await.0
    }

    pub(crate) async fn ready(&self) -> Said {
        Self::said(self.client.get(format!("{}/readyz", self.base))).await.0
    }

    /// A callback about an attempt, with the carrier's signature over what `signed` says.
    pub(crate) async fn callback(&self, attempt: &str, form: &[(&str, &str)], signed: Signed) -> Said {
        let url = format!("{}/v1/webhooks/network/{attempt}", self.base);
        let own = |form: &[(&str, &str)]| -> Vec<(String, String)> {
            form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let request = self.client.post(&url).form(form);
        let request = match signed {
            Signed::Right => request.header(HEADER, sign(AUTH_TOKEN, &url, &own(form))),
            Signed::WithAnotherToken => request.header(HEADER, sign("another", &url, &own(form))),
            Signed::OverAnotherForm => request.header(HEADER, sign(AUTH_TOKEN, &url, &own(&form[1..]))),
            Signed::Not => request,
        };
        Self::said(request).await.0
    }
}

/// How a callback is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signed {
    Right,
    WithAnotherToken,
    OverAnotherForm,
    Not,
}
