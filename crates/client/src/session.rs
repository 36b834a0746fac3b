//! Logging in and out.

use serde::{Deserialize, Serialize};
use tintype_protocol::id::UserId;

use crate::connection::{Client, NOTHING};
use crate::error::ClientError;

/// A session that has begun.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Login {
    /// Opens everything that the user may do; to be kept like a password.
    pub access_token: String,
    /// Who it is.
    pub user_id: UserId,
    /// Their e-mail address.
    pub user_email: String,
    /// Their name.
    pub name: String,
}

/// Who one is on the server.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Account {
    pub id: UserId,
    pub email: String,
    pub name: String,
}

#[derive(Serialize)]
struct Credentials<'a> {
    email: &'a str,
    password: &'a str,
}

impl Client {
    /// Begins a session. The client itself stays who it is; see [`Client::with_token`].
    pub fn log_in(&self, email: &str, password: &str) -> Result<Login, ClientError> {
        self.ask("POST", "/auth/login", Some(&Credentials { email, password }))
    }

    /// Ends the session.
    pub fn log_out(&self) -> Result<(), ClientError> {
        self.tell("POST", "/auth/logout", NOTHING)
    }

    /// Who one is.
    pub fn account(&self) -> Result<Account, ClientError> {
        self.ask("GET", "/users/me", NOTHING)
    }
}
