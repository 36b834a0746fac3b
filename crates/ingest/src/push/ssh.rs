//! An SSH connection to the server that files go to: a server that is seen for the first time is remembered, and one that
//! has another key than it had is refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use russh::client::{self, AuthResult, Config, Handle, Msg};
use russh::keys::known_hosts::{known_host_keys_path, learn_known_hosts_path};
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, PublicKeyOrCertificate, load_secret_key};
use russh::{ChannelStream, Disconnect};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::Runtime;

use super::target::SendError;

/// How long a connection may take until it is made, and an answer until it comes.
const PATIENCE: Duration = Duration::from_secs(60);
/// A server that says nothing is asked so often whether it is there, and so many times.
const KEEPALIVE: Duration = Duration::from_secs(15);
const MAX_KEEPALIVES: usize = 3;
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);
const DEFAULT_PORT: u16 = 22;

/// Name of the file of known servers, in OpenSSH's format.
const KNOWN_HOSTS: &str = "known_hosts";

/// `sftp://user@host[:port]/path`. A path that begins with `~/` is below the account's folder there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Who signs in.
    pub user: String,
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The folder there.
    pub path: String,
}

/// The text is no such address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no address: write it like sftp://user@host:2022/folder")]
pub struct BadAddress(String);

impl std::str::FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Address, BadAddress> {
        let parse = || {
            let rest = text.strip_prefix("sftp://")?;
            let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
            // A user may be an e-mail address.
            let (user, host) = place.rsplit_once('@')?;
            let (host, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                Some((address, rest)) => (address, rest.strip_prefix(':').or(rest.is_empty().then_some(""))?),
                None => host.split_once(':').unwrap_or((host, "")),
            };
            let port = if port.is_empty() { DEFAULT_PORT } else { port.parse().ok().filter(|port| *port > 0)? };
            let is_whole = !user.is_empty() && !user.contains(':') && !host.is_empty();
            let path = path.strip_prefix("~/").map_or_else(|| format!("/{path}"), str::to_owned);
            let path = path.trim_end_matches('/').to_owned();
            is_whole.then(|| Address { user: user.to_owned(), host: host.to_owned(), port, path })
        };
        parse().ok_or_else(|| BadAddress(text.to_owned()))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Address { user, host, port, path } = self;
        let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
        let separator = if path.starts_with('/') || path.is_empty() { "" } else { "/~/" };
        write!(f, "sftp://{user}@{open}{host}{close}:{port}{separator}{path}")
    }
}

/// How to sign in.
#[derive(Clone)]
pub enum Login {
    /// With a password.
    Password(String),
    /// With a private key in a file, without a passphrase.
    Key(PathBuf),
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SshError {
    #[error("the connection failed")]
    Ssh(#[from] russh::Error),
    #[error("the connection failed")]
    Io(#[from] std::io::Error),
    #[error("no answer within {} s", PATIENCE.as_secs())]
    Silence,
    #[error("no threads for a connection")]
    Threads(#[source] std::io::Error),
    #[error("the file of known servers, or of the key, cannot be used")]
    Keys(#[source] russh::keys::Error),
    #[error(
        "{host} has another key than it had ({fingerprint} now). Somebody may be listening in, or the server was set up \
         anew: ask its administrator for the fingerprint, and only if it is this one remove the line of {host} from {}",
        file.display()
    )]
    OtherKey { host: String, fingerprint: String, file: PathBuf },
    #[error("the server does not let {0} in with this password or key")]
    NotLetIn(String),
}

impl From<SshError> for SendError {
    fn from(error: SshError) -> SendError {
        let source = Box::new(error);
        match *source {
            SshError::Ssh(_) | SshError::Io(_) | SshError::Silence => SendError::Away { after: None, source },
            SshError::Threads(_) => SendError::Failed { after: None, source },
            SshError::Keys(_) | SshError::OtherKey { .. } | SshError::NotLetIn(_) => SendError::Hopeless { source },
        }
    }
}

/// Knows servers again.
struct KnownHosts {
    host: String,
    port: u16,
    file: PathBuf,
}

impl client::Handler for KnownHosts {
    type Error = SshError;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, SshError> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else { return Ok(false) };
        let known = known_host_keys_path(&self.host, self.port, &self.file).map_err(SshError::Keys)?;
        if known.is_empty() {
            learn_known_hosts_path(&self.host, self.port, key, &self.file).map_err(SshError::Keys)?;
            return Ok(true);
        }
        // Also a key of another kind is another key: whoever listens in could choose the kind.
        if known.iter().any(|(_, known)| known.key_data() == key.key_data()) {
            return Ok(true);
        }
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        Err(SshError::OtherKey { host: self.host.clone(), fingerprint, file: self.file.clone() })
    }
}

/// A connection with one channel that speaks SFTP. Calls block.
pub(crate) struct Ssh {
    runtime: Runtime,
    /// There until the end.
    stream: Option<ChannelStream<Msg>>,
    handle: Handle<KnownHosts>,
}

impl Drop for Ssh {
    /// A channel says its farewell in a task, which needs the runtime.
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
        drop(self.stream.take());
        let farewell = self.handle.disconnect(Disconnect::ByApplication, "", "en");
        // The server may be gone.
        let _ = self.runtime.block_on(async { tokio::time::timeout(FAREWELL, farewell).await });
    }
}

impl Ssh {
    pub(crate) fn connect(address: &Address, login: &Login, state: &Path) -> Result<Ssh, SshError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("ssh")
            .enable_all()
            .build()
            .map_err(SshError::Threads)?;
        let connected = runtime.block_on(async {
            tokio::time::timeout(PATIENCE, connect(address, login, state)).await.unwrap_or(Err(SshError::Silence))
        });
        let (handle, stream) = connected?;
        Ok(Ssh { runtime, stream: Some(stream), handle })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), SshError> {
        let stream = self.stream.as_mut().expect("there until the end");
        let written = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        let written = async { tokio::time::timeout(PATIENCE, written).await };
        Ok(self.runtime.block_on(written).map_err(|_| SshError::Silence)??)
    }

    /// Some bytes; none when the server has closed.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, SshError> {
        let stream = self.stream.as_mut().expect("there until the end");
        let read = stream.read(buffer);
        let read = async { tokio::time::timeout(PATIENCE, read).await };
        Ok(self.runtime.block_on(read).map_err(|_| SshError::Silence)??)
    }
}

async fn connect(
    address: &Address,
    login: &Login,
    state: &Path,
) -> Result<(Handle<KnownHosts>, ChannelStream<Msg>), SshError> {
    let config = Config {
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: MAX_KEEPALIVES,
        nodelay: true,
        ..Config::default()
    };
    let known = KnownHosts { host: address.host.clone(), port: address.port, file: state.join(KNOWN_HOSTS) };
    let place = (address.host.as_str(), address.port);
    let mut handle = client::connect(Arc::new(config), place, known).await?;
    let answer = match login {
        Login::Password(password) => handle.authenticate_password(&address.user, password).await?,
        Login::Key(file) => {
            let key = load_secret_key(file, None).map_err(SshError::Keys)?;
            let hash = handle.best_supported_rsa_hash().await?.flatten();
            handle.authenticate_publickey(&address.user, PrivateKeyWithHashAlg::new(Arc::new(key), hash)).await?
        }
    };
    if !matches!(answer, AuthResult::Success) {
        return Err(SshError::NotLetIn(address.user.clone()));
    }
    let channel = handle.channel_open_session().await?;
    channel.request_subsystem(true, "sftp").await?;
    Ok((handle, channel.into_stream()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for (text, user, host, port, path, shown) in [
            ("sftp://ada@node", "ada", "node", 22, "", "sftp://ada@node:22"),
            ("sftp://ada@node:2022/", "ada", "node", 2022, "", "sftp://ada@node:2022"),
            ("sftp://a@b.org@node/x/y/", "a@b.org", "node", 22, "/x/y", "sftp://a@b.org@node:22/x/y"),
            ("sftp://ada@[::1]:2022/~/in", "ada", "::1", 2022, "in", "sftp://ada@[::1]:2022/~/in"),
        ] {
            let address: Address = text.parse().unwrap();
            let expected = Address { user: user.to_owned(), host: host.to_owned(), port, path: path.to_owned() };
            assert_eq!((&address, address.to_string().as_str()), (&expected, shown), "{text}");
        }
        for text in [
            "node",
            "sftp://node",
            "sftp://ada@",
            "sftp://ada@node:x",
            "sftp://ada@node:0",
            "sftp://ada:pw@node",
            "sftp://a@[::1]x",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
