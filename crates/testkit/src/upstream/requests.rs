//! What a server was asked.

use http::request::Parts;
use serde_json::Value;

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// `GET` and so on.
    pub method: String,
    /// Below the API's address: `/sync/stream`.
    pub path: String,
    /// What it carried; `null` if that is no JSON.
    pub body: Value,
}

impl Asked {
    pub(super) fn of(parts: &Parts, body: &[u8]) -> Self {
        let path = parts.uri.path();
        Self {
            method: parts.method.to_string(),
            path: path.strip_prefix("/api").unwrap_or(path).to_owned(),
            body: serde_json::from_slice(body).unwrap_or(Value::Null),
        }
    }

    /// Whether it is this one, as in `POST /sync/ack`.
    #[must_use]
    pub fn is(&self, what: &str) -> bool {
        what.split_once(' ') == Some((&self.method, &self.path))
    }
}
