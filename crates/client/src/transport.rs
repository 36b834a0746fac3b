//! What carries requests to a server and answers back: the network, or a simulation of it.

use std::fmt;
use std::io::{Cursor, Read};
use std::sync::Arc;
use std::time::Duration;

use ureq::config::RedirectAuthHeaders;
use ureq::http::{self, HeaderMap, StatusCode, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, AsSendBody, RequestExt as _, ResponseExt as _, SendBody};

use crate::headway::{Coming, Going};

/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);
/// How long either side may be silent. Servers may take their time before the first line of a long stream.
pub(crate) const SILENCE_LIMIT: Duration = Duration::from_secs(90);
/// How long a connection is kept for the next request. Node.js closes one that was idle for five seconds, and a request
/// that crosses that is lost.
const IDLE_LIMIT: Duration = Duration::from_secs(4);

/// Bytes that go to a server.
pub enum Payload {
    /// All of them at once, or none.
    Whole(Vec<u8>),
    /// As many as said, read while they are sent.
    Streamed {
        /// How many.
        length: u64,
        /// Where they come from.
        source: Box<dyn Read + Send>,
    },
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            Self::Streamed { length, .. } => write!(f, "Streamed({length} bytes)"),
        }
    }
}

impl Payload {
    /// How many bytes there are.
    pub fn length(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Streamed { length, .. } => *length,
        }
    }

    /// The bytes.
    pub fn into_reader(self) -> Box<dyn Read + Send> {
        match self {
            Self::Whole(bytes) => Box::new(Cursor::new(bytes)),
            Self::Streamed { source, .. } => source,
        }
    }
}

/// A request: its address is absolute.
pub type Request = http::Request<Payload>;

/// What a server answers, whatever it says; the body is read as it comes.
pub struct Answer {
    /// Whether it says yes.
    pub status: StatusCode,
    /// What it says about the body.
    pub headers: HeaderMap,
    /// Which address answered in the end, after redirects.
    pub url: String,
    /// The body; compression is undone.
    pub body: Box<dyn Read + Send>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("url", &self.url).finish_non_exhaustive()
    }
}

/// Why there is no answer.
pub type NoAnswer = Box<dyn std::error::Error + Send + Sync>;

/// Carries requests. An error means that no answer came; whether the server did what it was asked to is unknown then.
pub trait Transport: Send + Sync {
    /// Sends a request and waits up to `patience` for the answer to begin.
    fn exchange(&self, request: Request, patience: Duration) -> Result<Answer, NoAnswer>;
}

/// The network. Connections are kept and shared.
pub(crate) struct Network {
    agent: Agent,
}

impl Network {
    /// `user_agent` says who asks, as in `tintype/1.0.0`.
    pub(crate) fn new(user_agent: &str) -> Self {
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_LIMIT))
            .timeout_per_read(Some(SILENCE_LIMIT))
            .timeout_per_write(Some(SILENCE_LIMIT))
            .max_idle_age(IDLE_LIMIT)
            // A server that sends one from a picture to another one still wants to know who asks.
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
            .user_agent(user_agent)
            .tls_config(tls);
        Self { agent: config.build().into() }
    }

    fn run(&self, request: http::Request<impl AsSendBody>, patience: Duration) -> Result<Answer, NoAnswer> {
        let request = request.with_agent(&self.agent).configure().timeout_recv_response(Some(patience)).build();
        let answer = request.run()?;
        let url = answer.get_uri().to_string();
        let (parts, body) = answer.into_parts();
        let body = Box::new(Coming::new(body.into_with_config().limit(u64::MAX).reader()));
        Ok(Answer { status: parts.status, headers: parts.headers, url, body })
    }
}

impl Transport for Network {
    fn exchange(&self, request: Request, patience: Duration) -> Result<Answer, NoAnswer> {
        let (mut parts, payload) = request.into_parts();
        match payload {
            Payload::Whole(bytes) => self.run(http::Request::from_parts(parts, bytes), patience),
            Payload::Streamed { length, source } => {
                parts.headers.insert(header::CONTENT_LENGTH, length.into());
                self.run(http::Request::from_parts(parts, SendBody::from_owned_reader(Going::new(source))), patience)
            }
        }
    }
}
