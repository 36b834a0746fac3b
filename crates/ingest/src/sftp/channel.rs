//! A session on a thread of its own, between an SSH channel and the disk.

use std::io;
use std::sync::Arc;

use russh::ChannelId;
use russh::server::Handle;
use tokio::runtime::Handle as Runtime;
use tokio::sync::mpsc::UnboundedReceiver;

use super::accounts::Seat;
use super::connection::Arrived;
use super::reception::Reception;
use super::session::{Broken, Session};
use super::wire::Answers;

/// Answers are gathered as long as more requests are there, up to so many bytes.
const ANSWER_BYTES: usize = 64 * 1024;

/// Starts a session. It ends when the sender is dropped, and closes its channel.
pub(super) fn start(
    seat: Seat,
    reception: &Arc<Reception>,
    arrived: UnboundedReceiver<Arrived>,
    ssh: Handle,
    id: ChannelId,
) -> io::Result<()> {
    let (runtime, reception) = (Runtime::current(), Arc::clone(reception));
    std::thread::Builder::new().name("sftp".to_owned()).spawn(move || {
        let output = Output { runtime, ssh, id };
        let account = &seat.presence().account;
        match run(&seat, &reception, arrived, &output) {
            Ok(()) => tracing::debug!(account = account.name, "sftp: a session ended"),
            Err(error) => {
                tracing::warn!(
                    account = account.name,
                    error = &error as &dyn std::error::Error,
                    "sftp: a session broke"
                );
            }
        }
        output.close();
    })?;
    Ok(())
}

#[derive(Debug, thiserror::Error)]
enum SessionError {
    #[error("the account's folder cannot be used")]
    Folder(#[source] io::Error),
    #[error(transparent)]
    Broken(#[from] Broken),
}

fn run(
    seat: &Seat,
    reception: &Reception,
    mut arrived: UnboundedReceiver<Arrived>,
    output: &Output,
) -> Result<(), SessionError> {
    let mut session = Session::new(reception.folder_of(seat).map_err(SessionError::Folder)?);
    let mut answers = Answers::default();
    while let Some((bytes, room)) = arrived.blocking_recv() {
        session.push(&bytes);
        drop((bytes, room));
        loop {
            let stepped = session.step(&mut answers)?;
            let is_last = !stepped && arrived.is_empty();
            if (is_last || answers.0.len() >= ANSWER_BYTES) && !output.send(&mut answers) {
                return Ok(());
            }
            if !stepped {
                break;
            }
        }
    }
    Ok(())
}

/// Where answers go.
struct Output {
    runtime: Runtime,
    ssh: Handle,
    id: ChannelId,
}

impl Output {
    /// Sends what has gathered. Waits while the client does not read. Says whether the connection is still there.
    fn send(&self, answers: &mut Answers) -> bool {
        if answers.0.is_empty() {
            return true;
        }
        let bytes = std::mem::take(&mut answers.0);
        self.runtime.block_on(self.ssh.data(self.id, bytes)).is_ok()
    }

    fn close(&self) {
        self.runtime.block_on(async {
            let _ = self.ssh.exit_status_request(self.id, 0).await;
            let _ = self.ssh.eof(self.id).await;
            let _ = self.ssh.close(self.id).await;
        });
    }
}
