//! What can go wrong between a client and its server, and whether to try again.

use std::io;
use std::time::Duration;

use tintype_protocol::disposition::Disposition;

use crate::transport::NoAnswer;

/// A failed call.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// What a person typed is no address.
    #[error("`{typed}` is no address of a server; something like photos.example.org or http://192.168.1.4:2283 is")]
    Address {
        /// What was typed.
        typed: String,
    },
    /// Something answers there, or nothing does, but no Immich-compatible server.
    #[error("no Immich-compatible server answers at {tried}")]
    NoServer {
        /// What was tried.
        tried: String,
        /// Why the last try failed, where it did.
        source: Option<Box<ClientError>>,
    },
    /// No answer: the network, the name, the certificate, or silence for too long.
    #[error("{url} cannot be reached")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// Why.
        source: NoAnswer,
    },
    /// The server says no.
    #[error("{refusal}")]
    Refused {
        /// In what way.
        refusal: Refusal,
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The answer is not what this call is answered with.
    #[error("the answer of {url} was not understood")]
    Answer {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The stream broke off, or went silent.
    #[error("the stream broke off")]
    Broken(#[source] io::Error),
    /// The stream ended in the middle of a line.
    #[error("the stream ended in the middle of a line")]
    Truncated,
    /// A line is longer than any that makes sense.
    #[error("a line of the stream has more than {limit} bytes")]
    LineTooLong {
        /// The limit.
        limit: usize,
    },
}

/// In what way a server says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 401: the session has ended, or the credentials are wrong.
    #[error("the server does not know this session, key or password: {0}")]
    Unauthenticated(String),
    /// 403 to an API key on a sync endpoint, whatever its permissions.
    #[error("sync endpoints cannot be used with API keys: a session is needed, from logging in with a password")]
    NeedsSession,
    /// 403 to an API key without this permission.
    #[error(
        "the key lacks the permission {0}: add it to the key in your account settings on the server, or make a key that \
         has it"
    )]
    MissingPermission(String),
    /// Any other answer that is no success.
    #[error("the server answered {status}: {message}")]
    Other {
        /// The HTTP status.
        status: u16,
        /// What it says about that.
        message: String,
    },
}

impl Refusal {
    /// Reads an answer that is no success.
    pub(crate) fn of(status: u16, message: String) -> Self {
        match status {
            401 => Self::Unauthenticated(message),
            403 if message.contains("cannot be used with API keys") => Self::NeedsSession,
            403 => match message.strip_prefix("Missing required permission: ") {
                Some(permission) => Self::MissingPermission(permission.to_owned()),
                None => Self::Other { status, message },
            },
            _ => Self::Other { status, message },
        }
    }

    /// Whether it is only about what is locked away, which needs a session with a PIN.
    pub(crate) fn is_of_the_lock(&self) -> bool {
        let (Self::Unauthenticated(message) | Self::Other { status: 401 | 403, message }) = self else { return false };
        message.to_ascii_lowercase().contains("elevated")
    }
}

impl ClientError {
    /// Whether the same call may succeed later. A broken stream may; so may a server that is busy or away.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Unreachable { .. } | Self::Broken(_) | Self::Truncated => Disposition::Retry { after: None },
            Self::NoServer { source: Some(source), .. } => source.disposition(),
            Self::Refused { refusal: Refusal::Unauthenticated(_) | Refusal::NeedsSession, .. } => Disposition::Fatal,
            Self::Refused { refusal: Refusal::Other { status: 408 | 425 | 429 | 500..=599, .. }, retry_after } => {
                Disposition::Retry { after: *retry_after }
            }
            _ => Disposition::Permanent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, message: &str) -> ClientError {
        let retry_after = Some(Duration::from_secs(3));
        ClientError::Refused { refusal: Refusal::of(status, message.to_owned()), retry_after }
    }

    #[test]
    fn refusals_are_told_apart() {
        let of = |status, message: &str| Refusal::of(status, message.to_owned());
        assert_eq!(of(403, "Sync endpoints cannot be used with API keys"), Refusal::NeedsSession);
        assert_eq!(
            of(403, "Missing required permission: sync.stream"),
            Refusal::MissingPermission("sync.stream".to_owned())
        );
        assert!(matches!(of(403, "Forbidden"), Refusal::Other { status: 403, .. }));
        assert!(of(401, "Elevated permission is required").is_of_the_lock());
        assert!(!of(401, "Invalid API key").is_of_the_lock() && !of(400, "elevated").is_of_the_lock());
    }

    #[test]
    fn only_what_may_succeed_is_tried_again() {
        let after = Some(Duration::from_secs(3));
        assert_eq!(refused(429, "slow down").disposition(), Disposition::Retry { after });
        assert_eq!(refused(503, "busy").disposition(), Disposition::Retry { after });
        assert_eq!(refused(400, "no").disposition(), Disposition::Permanent);
        assert_eq!(refused(401, "Invalid user token").disposition(), Disposition::Fatal);
        assert_eq!(ClientError::Truncated.disposition(), Disposition::Retry { after: None });
    }
}
