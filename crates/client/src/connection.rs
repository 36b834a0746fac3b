//! Requests and answers.

use std::fmt;
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{header, request};

use crate::address::is_loopback;
use crate::error::{ClientError, Refusal};
use crate::transport::{Answer, Network, Payload, SILENCE_LIMIT, Transport};

/// Longest answer that is no stream and no file, in bytes.
const ANSWER_LIMIT: u64 = 32 << 20;
/// Longest error that is read, in bytes.
const ERROR_LIMIT: u64 = 64 * 1024;
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
    transport: Arc<dyn Transport>,
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

impl Client {
    /// A server whose API is at `base`, as [`Client::base`] said it once.
    pub fn new(base: &str, options: &Options) -> Self {
        Self::over(Arc::new(Network::new(&options.user_agent)), base)
    }

    /// The same, over something else than the network.
    pub fn over(transport: Arc<dyn Transport>, base: &str) -> Self {
        Self { transport, base: base.trim_end_matches('/').to_owned(), credential: None }
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
    ) -> Result<Answer, ClientError> {
        successful(self.exchange(method, &self.url(path), accept, body, SILENCE_LIMIT)?)
    }

    /// Sends bytes that need not fit into memory, described by `headers`; an answer that is no success is an error.
    pub(crate) fn send_payload(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        payload: Payload,
    ) -> Result<Answer, ClientError> {
        let url = self.url(path);
        let request = headers.iter().fold(self.request(method, &url, "application/json"), |request, (name, value)| {
            request.header(*name, *value)
        });
        successful(self.carry(request, &url, payload, SILENCE_LIMIT)?)
    }

    /// Asks for a file as it is, or for a part of it (the value of a `Range` header); an answer that is no success is an
    /// error.
    pub(crate) fn fetch(&self, path: &str, range: Option<&str>, patience: Duration) -> Result<Answer, ClientError> {
        let url = self.url(path);
        let mut request = self.request("GET", &url, "*/*");
        if !is_loopback(&url) {
            request = request.header(header::ACCEPT_ENCODING, "identity");
        }
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        successful(self.carry(request, &url, Payload::Whole(Vec::new()), patience)?)
    }

    /// Sends a request and gives whatever comes back, which may begin `patience` later.
    pub(crate) fn exchange(
        &self,
        method: &str,
        url: &str,
        accept: &str,
        body: Option<&impl Serialize>,
        patience: Duration,
    ) -> Result<Answer, ClientError> {
        let mut request = self.request(method, url, accept);
        let bytes = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                serde_json::to_vec(body).map_err(|source| ClientError::Answer { url: url.to_owned(), source })?
            }
            None => Vec::new(),
        };
        self.carry(request, url, Payload::Whole(bytes), patience)
    }

    fn request(&self, method: &str, url: &str, accept: &str) -> request::Builder {
        let request = request::Builder::new().method(method).uri(url).header(header::ACCEPT, accept);
        let request = match &self.credential {
            Some(Credential::Token(token)) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            Some(Credential::Key(key)) => request.header("x-api-key", key),
            None => request,
        };
        if is_loopback(url) { request.header(header::ACCEPT_ENCODING, "identity") } else { request }
    }

    fn carry(
        &self,
        request: request::Builder,
        url: &str,
        payload: Payload,
        patience: Duration,
    ) -> Result<Answer, ClientError> {
        let unreachable = |source| ClientError::Unreachable { url: url.to_owned(), source };
        let request = request.body(payload).map_err(|error| unreachable(error.into()))?;
        self.transport.exchange(request, patience).map_err(unreachable)
    }

    /// A request with a JSON answer.
    pub(crate) fn ask<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, ClientError> {
        self.send(method, path, "application/json", body)?.json(ANSWER_LIMIT)
    }

    /// A request whose answer says nothing but yes.
    pub(crate) fn tell(&self, method: &str, path: &str, body: Option<&impl Serialize>) -> Result<(), ClientError> {
        self.send(method, path, "application/json", body).map(|_| ())
    }
}

/// No body.
pub(crate) const NOTHING: Option<&()> = None;

impl Answer {
    /// What it says, if that is JSON and has at most `limit` bytes.
    pub(crate) fn json<T: DeserializeOwned>(self, limit: u64) -> Result<T, ClientError> {
        let (url, mut bytes) = (self.url, Vec::new());
        if let Err(source) = self.body.take(limit).read_to_end(&mut bytes) {
            return Err(ClientError::Unreachable { url, source: source.into() });
        }
        serde_json::from_slice(&bytes).map_err(|source| ClientError::Answer { url, source })
    }
}

fn successful(answer: Answer) -> Result<Answer, ClientError> {
    if answer.status.is_success() { Ok(answer) } else { Err(refused(answer)) }
}

fn refused(answer: Answer) -> ClientError {
    let seconds = answer.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let mut bytes = Vec::new();
    // What was read before the connection broke is better than nothing; the status says what matters.
    let _ = answer.body.take(ERROR_LIMIT).read_to_end(&mut bytes);
    ClientError::Refused {
        refusal: Refusal::of(answer.status.as_u16(), message(&String::from_utf8_lossy(&bytes))),
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
