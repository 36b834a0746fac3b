//! Finding a server, and what it is.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tintype_protocol::version::Version;

use crate::address::{api_addresses, candidates, endpoint};
use crate::connection::{Client, NOTHING, Options};
use crate::error::ClientError;

/// How long a server may take to say that it is one.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest answer to that question, in bytes.
const ANSWER_LIMIT: u64 = 64 * 1024;

#[derive(Deserialize)]
struct WellKnown {
    api: WellKnownApi,
}

#[derive(Deserialize)]
struct WellKnownApi {
    endpoint: String,
}

#[derive(Deserialize)]
struct Ping {
    res: String,
}

impl Client {
    /// Finds the server that a person means: by what its `/.well-known/immich` says, below `/api`, or where the address
    /// itself leads (client-behaviour §1).
    pub fn find(typed: &str, options: &Options) -> Result<Self, ClientError> {
        let bases = candidates(typed)?;
        let mut source = None;
        for base in &bases {
            match Self::new(base, options).look() {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => {}
                Err(error) => source = Some(Box::new(error)),
            }
        }
        Err(ClientError::NoServer { tried: bases.join(" and "), source })
    }

    /// The API of the server at this address, if there is one.
    fn look(self) -> Result<Option<Self>, ClientError> {
        let said: Option<WellKnown> = self.peek(&format!("{}/.well-known/immich", self.base()))?.map(|(said, _)| said);
        let known = said.map(|said| endpoint(self.base(), &said.api.endpoint));
        for base in known.into_iter().chain(api_addresses(self.base())) {
            let found: Option<(Ping, String)> = self.peek(&format!("{base}/server/ping"))?;
            if let Some((ping, url)) = found
                && ping.res == "pong"
            {
                // Where redirects led is where the server is: later requests must not be redirected, as they would lose
                // their body.
                let base = url.strip_suffix("/server/ping").map_or(base, str::to_owned);
                return Ok(Some(self.with_base(base)));
            }
        }
        Ok(None)
    }

    /// What is at an address, and which it was in the end; `None` if it is not what was expected.
    fn peek<T: DeserializeOwned>(&self, url: &str) -> Result<Option<(T, String)>, ClientError> {
        let answer = self.exchange("GET", url, "application/json", NOTHING, PATIENCE)?;
        if !answer.status.is_success() {
            return Ok(None);
        }
        let place = answer.url.clone();
        Ok(answer.json(ANSWER_LIMIT).ok().map(|value| (value, place)))
    }

    /// The version of the reference that the server is compatible with.
    pub fn version(&self) -> Result<Version, ClientError> {
        #[derive(Deserialize)]
        struct Answer {
            major: u32,
            minor: u32,
            patch: u32,
        }
        let Answer { major, minor, patch } = self.ask("GET", "/server/version", NOTHING)?;
        Ok(Version { major, minor, patch })
    }
}
