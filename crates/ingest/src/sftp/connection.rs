//! One SSH connection: who is there, and which of its channels speak SFTP. Everything else that SSH can do is refused.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session as Ssh, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::accounts::Account;
use super::channel;
use super::reception::Reception;

/// Sessions that one connection may open at once; clients that share connections open some.
const MAX_CHANNELS: usize = 8;
/// Bytes that have come and wait for the disk, for each channel. Then nothing more is read from the connection.
const INBOX_BYTES: usize = 4 << 20;
/// A disk that takes nothing for so long, or a client that sends on while it does not read its answers: the connection
/// is given up.
const STALL: Duration = Duration::from_secs(120);
/// The kind of data that SSH shows as error output.
const ERROR_OUTPUT: u32 = 1;
const ONLY_SFTP: &str = "tintype: this server speaks SFTP only (sftp, scp, rclone, lftp, sshfs); no shell, no commands, \
                         no rsync. For rsync, sync into a folder that is a landing zone.\r\n";

/// See the module's description.
pub(crate) struct Connection {
    pub(super) reception: Arc<Reception>,
    pub(super) address: IpAddr,
    /// Set when the client has proven who it is.
    pub(super) is_known: Arc<AtomicBool>,
    account: Option<Account>,
    channels: HashMap<ChannelId, Option<Inbox>>,
}

/// Where what comes for a session goes.
struct Inbox {
    sender: mpsc::UnboundedSender<Arrived>,
    room: Arc<Semaphore>,
}

/// Bytes that have come, and the room that they take until they are dropped.
pub(super) type Arrived = (Bytes, OwnedSemaphorePermit);

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionError {
    #[error(transparent)]
    Ssh(#[from] russh::Error),
    #[error("nothing moved for {} s", STALL.as_secs())]
    Stalled,
}

impl Connection {
    pub(super) fn new(reception: Arc<Reception>, address: IpAddr, is_known: Arc<AtomicBool>) -> Connection {
        Connection { reception, address, is_known, account: None, channels: HashMap::new() }
    }

    fn accept(&mut self, account: Account) -> Auth {
        tracing::info!(account = account.name, address = %self.address, "sftp: signed in");
        self.account = Some(account);
        self.is_known.store(true, Ordering::Release);
        Auth::Accept
    }

    /// Says that only SFTP is served, and ends the channel.
    fn refuse_command(&mut self, channel: ChannelId, ssh: &mut Ssh) -> Result<(), ConnectionError> {
        self.channels.remove(&channel);
        ssh.channel_success(channel)?;
        ssh.extended_data(channel, ERROR_OUTPUT, ONLY_SFTP)?;
        ssh.exit_status_request(channel, 1)?;
        ssh.eof(channel)?;
        ssh.close(channel)?;
        Ok(())
    }
}

impl Handler for Connection {
    type Error = ConnectionError;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, ConnectionError> {
        let found = self.reception.by_password(user, password, self.address).await;
        Ok(found.map_or_else(Auth::reject, |account| self.accept(account)))
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, ConnectionError> {
        let found = self.reception.by_key(user, offer.public_key).await;
        Ok(if found.is_some() { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, ConnectionError> {
        let found = self.reception.by_key(user, key.public_key).await;
        Ok(found.map_or_else(Auth::reject, |account| self.accept(account)))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Ssh,
    ) -> Result<(), ConnectionError> {
        if self.channels.len() >= MAX_CHANNELS {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        }
        self.channels.insert(channel.id(), None);
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(&mut self, id: ChannelId, name: &str, ssh: &mut Ssh) -> Result<(), ConnectionError> {
        let is_new = matches!(self.channels.get(&id), Some(None));
        let seat = self
            .account
            .as_ref()
            .filter(|_| is_new && name == "sftp")
            .and_then(|account| self.reception.enter(account));
        let Some(seat) = seat else {
            ssh.channel_failure(id)?;
            return Ok(());
        };
        let (sender, receiver) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(INBOX_BYTES));
        if let Err(error) = channel::start(seat, &self.reception, receiver, ssh.handle(), id) {
            tracing::error!(error = &error as &dyn std::error::Error, "sftp: a session could not be started");
            ssh.channel_failure(id)?;
            return Ok(());
        }
        self.channels.insert(id, Some(Inbox { sender, room }));
        ssh.channel_success(id)?;
        Ok(())
    }

    async fn data(&mut self, id: ChannelId, data: &[u8], _: &mut Ssh) -> Result<(), ConnectionError> {
        let Some(Some(inbox)) = self.channels.get(&id) else { return Ok(()) };
        let size = u32::try_from(data.len().min(INBOX_BYTES)).expect("no more than the room");
        let room = tokio::time::timeout(STALL, Arc::clone(&inbox.room).acquire_many_owned(size)).await;
        let Ok(Ok(room)) = room else { return Err(ConnectionError::Stalled) };
        // A session that ended takes nothing more; its channel is being closed.
        let _ = inbox.sender.send((Bytes::copy_from_slice(data), room));
        Ok(())
    }

    async fn channel_eof(&mut self, id: ChannelId, _: &mut Ssh) -> Result<(), ConnectionError> {
        // The session ends after what has come; it then closes the channel.
        if let Some(inbox) = self.channels.get_mut(&id) {
            *inbox = None;
        }
        Ok(())
    }

    async fn channel_close(&mut self, id: ChannelId, _: &mut Ssh) -> Result<(), ConnectionError> {
        self.channels.remove(&id);
        Ok(())
    }

    async fn exec_request(&mut self, id: ChannelId, _: &[u8], ssh: &mut Ssh) -> Result<(), ConnectionError> {
        self.refuse_command(id, ssh)
    }

    async fn shell_request(&mut self, id: ChannelId, ssh: &mut Ssh) -> Result<(), ConnectionError> {
        self.refuse_command(id, ssh)
    }

    async fn pty_request(
        &mut self,
        id: ChannelId,
        _: &str,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        ssh: &mut Ssh,
    ) -> Result<(), ConnectionError> {
        ssh.channel_failure(id)?;
        Ok(())
    }

    async fn env_request(&mut self, id: ChannelId, _: &str, _: &str, ssh: &mut Ssh) -> Result<(), ConnectionError> {
        ssh.channel_failure(id)?;
        Ok(())
    }
}
