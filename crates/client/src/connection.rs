//! Requests and answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Request, Response, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, RequestExt as _};

use crate::address::is_loopback;
use crate::error::{ClientError, Refusal};

/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);
/// How long either side may be silent. Servers may take their time before the first line of a long stream.
const SILENCE_LIMIT: Duration = Duration::from_secs(90);
/// Longest answer that is no stream and no file, in bytes.
const ANSWER_LIMIT: u64 = 32 << 20;
/// Bytes of an error's text that are kept.
const MESSAGE_LIMIT: usize = 500;

/// How to talk to a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who asks, as in `tintype/1.0.0`; the server's owner sees it among the sessions.
    pub user_agent: String,
}

/// A server, and who one is there. Cheap to clone; connections are kept and shared.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    /// Of the API, without a slash at the end.
    base: String,
    credential: Option<Credential>,
}

/// By what a server knows who asks.
#[derive(Clone)]
enum Credential {
    /// Of a session.
    Token(String),
    /// Of a program; not enough for the sync stream.
    Key(String),
}

impl fmt::Debug for Client {
    /// Without the token, as this ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base).field("has_credential", &self.credential.is_some()).finish()
    }
}

fn agent(options: &Options) -> Agent {
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT_LIMIT))
        .timeout_per_read(Some(SILENCE_LIMIT))
        .timeout_per_write(Some(SILENCE_LIMIT))
        .user_agent(options.user_agent.as_str())
        .tls_config(tls);
    config.build().into()
}

impl Client {
    /// A server whose API is at `base`, as [`Client::base`] said it once.
    pub fn new(base: &str, options: &Options) -> Self {
        Self { agent: agent(options), base: base.trim_end_matches('/').to_owned(), credential: None }
    }

    /// Where the server's API is, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The same server, in a session.
    pub fn with_token(self, token: String) -> Self {
        Self { credential: Some(Credential::Token(token)), ..self }
    }

    /// The same server, with an API key.
    pub fn with_key(self, key: String) -> Self {
        Self { credential: Some(Credential::Key(key)), ..self }
    }

    pub(crate) fn with_base(&self, base: String) -> Self {
        Self { base, ..self.clone() }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Sends a request; an answer that is no success is an error.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        accept: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Response<Body>, ClientError> {
        let url = self.url(path);
        let answer = self.exchange(method, &url, accept, body, SILENCE_LIMIT)?;
        if answer.status().is_success() { Ok(answer) } else { Err(refused(answer)) }
    }

    /// Sends a request and gives whatever comes back, which may begin `patience` later.
    pub(crate) fn exchange(
        &self,
        method: &str,
        url: &str,
        accept: &str,
        body: Option<&impl Serialize>,
        patience: Duration,
    ) -> Result<Response<Body>, ClientError> {
        let unreachable =
            |source: ureq::Error| ClientError::Unreachable { url: url.to_owned(), source: Box::new(source) };
        let mut request = Request::builder().method(method).uri(url).header(header::ACCEPT, accept);
        request = match &self.credential {
            Some(Credential::Token(token)) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            Some(Credential::Key(key)) => request.header("x-api-key", key),
            None => request,
        };
        if is_loopback(url) {
            request = request.header(header::ACCEPT_ENCODING, "identity");
        }
        let bytes = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                serde_json::to_vec(body).map_err(|source| ClientError::Answer { url: url.to_owned(), source })?
            }
            None => Vec::new(),
        };
        let request = request.body(bytes).map_err(|error| unreachable(error.into()))?;
        let request = request.with_agent(&self.agent).configure().timeout_recv_response(Some(patience)).build();
        request.run().map_err(unreachable)
    }

    /// A request with a JSON answer.
    pub(crate) fn ask<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, ClientError> {
        let mut answer = self.send(method, path, "application/json", body)?;
        let url = self.url(path);
        let bytes = answer.body_mut().with_config().limit(ANSWER_LIMIT).read_to_vec();
        let bytes = bytes.map_err(|source| ClientError::Unreachable { url: url.clone(), source: Box::new(source) })?;
        serde_json::from_slice(&bytes).map_err(|source| ClientError::Answer { url, source })
    }

    /// A request whose answer says nothing but yes.
    pub(crate) fn tell(&self, method: &str, path: &str, body: Option<&impl Serialize>) -> Result<(), ClientError> {
        self.send(method, path, "application/json", body).map(|_| ())
    }
}

/// No body.
pub(crate) const NOTHING: Option<&()> = None;

fn refused(mut answer: Response<Body>) -> ClientError {
    let seconds = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let text = answer.body_mut().with_config().limit(ANSWER_LIMIT).read_to_string().unwrap_or_default();
    ClientError::Refused {
        refusal: Refusal::of(answer.status().as_u16(), message(&text)),
        retry_after: seconds.map(Duration::from_secs),
    }
}

/// What an error body says: `message` is a text or a list of them; proxies send pages.
fn message(body: &str) -> String {
    let said = serde_json::from_str::<serde_json::Value>(body).ok().map(|body| body["message"].clone());
    let text = match said {
        Some(serde_json::Value::String(text)) => text,
        Some(serde_json::Value::Array(texts)) => {
            texts.iter().filter_map(|text| text.as_str()).collect::<Vec<_>>().join(", ")
        }
        _ => body.trim().to_owned(),
    };
    text.chars().take(MESSAGE_LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_the_server_said() {
        assert_eq!(message(r#"{"message":"no","statusCode":400}"#), "no");
        assert_eq!(message(r#"{"message":["a","b"]}"#), "a, b");
        assert_eq!(message("<html>busy</html>"), "<html>busy</html>");
        assert_eq!(message(&"x".repeat(2_000)).len(), MESSAGE_LIMIT);
    }

    #[test]
    fn tokens_stay_out_of_logs() {
        let options = Options { user_agent: "test".to_owned() };
        let client = Client::new("http://nas/api/", &options).with_token("secret".to_owned());
        assert_eq!(client.base(), "http://nas/api");
        assert!(!format!("{client:?}").contains("secret"));
    }
}
