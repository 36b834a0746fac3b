//! An SFTP server as the target.
//!
//! A file goes under a hidden name first and gets its own when it is complete, so that servers which look into the folder see
//! no half ones, whatever server it is. Proof is what is read back, before the file has its name: afterwards somebody may take
//! it away at once. For the same reason nothing that was there in an earlier run is believed to be there still.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use tintype_protocol::checksum::Sha1;

use super::outgoing::open;
use super::pace::Pace;
use super::remote::{Remote, RemoteError};
use super::ssh::{Address, Login, Ssh};
use super::target::{Outgoing, Proof, SendError, Sent, Target};
use super::there::{Room, There};
use crate::hash::{Content, content};

/// An upload is gone on with only where so many bytes before its end are the file's.
const COMPARED_BYTES: u64 = 64 * 1024;
const NS_PER_S: i64 = 1_000_000_000;

/// See the module's description.
pub struct Sftp {
    name: String,
    address: Address,
    login: Login,
    /// Where known servers are remembered.
    state: PathBuf,
    remote: Option<Remote>,
    /// Where the last file was found.
    found: Option<Vec<u8>>,
}

impl Sftp {
    /// A target that is connected to when the first file goes.
    #[must_use]
    pub fn new(address: Address, login: Login, state: PathBuf) -> Sftp {
        Sftp { name: address.to_string(), address, login, state, remote: None, found: None }
    }

    fn remote(&mut self) -> Result<&mut Remote, SendError> {
        if self.remote.is_none() {
            let ssh = Ssh::connect(&self.address, &self.login, &self.state)?;
            self.remote = Some(Remote::begin(ssh).map_err(failed)?);
        }
        Ok(self.remote.as_mut().expect("connected above"))
    }
}

fn failed(error: RemoteError) -> SendError {
    match error {
        RemoteError::Local(error) => SendError::Local(error),
        RemoteError::Ssh(error) => error.into(),
        RemoteError::Closed => SendError::Away { after: None, source: Box::new(error) },
        RemoteError::Taken | RemoteError::Refused { code: 3, .. } => SendError::Refused { source: Box::new(error) },
        error => SendError::Failed { after: None, source: Box::new(error) },
    }
}

impl Target for Sftp {
    fn name(&self) -> &str {
        &self.name
    }

    fn takes(&self, _: &[u8]) -> bool {
        true
    }

    fn send(&mut self, file: &Outgoing<'_>, pace: &Pace) -> Result<Sent, SendError> {
        let base = self.address.path.clone().into_bytes();
        let mut found = None;
        let outcome = self.remote().and_then(|remote| send(remote, &base, file, pace, &mut found));
        self.found = found;
        // After anything unexpected the next file gets a connection of its own.
        if !matches!(outcome, Ok(_) | Err(SendError::Refused { .. } | SendError::Changed)) {
            self.remote = None;
        }
        outcome
    }

    fn still_has(&mut self) -> Result<bool, SendError> {
        let Some(path) = self.found.take() else { return Ok(true) };
        Ok(self.remote()?.look(&path).map_err(failed)?.is_some())
    }
}

/// With the path where it lay already, if it did, in `found`.
fn send(
    remote: &mut Remote,
    base: &[u8],
    file: &Outgoing<'_>,
    pace: &Pace,
    found: &mut Option<Vec<u8>>,
) -> Result<Sent, SendError> {
    let mut bytes = open(file.file, file.stamp).map_err(SendError::Local)?.ok_or(SendError::Changed)?;
    let Content { sha1, size_bytes: length, .. } = content(&bytes).map_err(SendError::Local)?;
    if length != file.stamp.size_bytes {
        return Err(SendError::Changed);
    }
    let there = There::new(base, file.path, sha1, length);
    remote.make_folders(&there.folder).map_err(failed)?;
    let mut room = there.room(remote, 0).map_err(failed)?;
    let (mut proof, mut sent_bytes) = (Proof::ReadBack, 0);
    if let Room::Free(_) = room {
        (proof, sent_bytes) = upload(remote, &there.partial, file, &mut bytes, sha1, pace)?;
    }
    loop {
        let number = match room {
            Room::Free(number) => number,
            Room::Same(path) => {
                remote.remove(&there.partial).map_err(failed)?;
                *found = Some(path);
                return Ok(Sent { sha1, proof: Proof::ReadBack, sent_bytes });
            }
        };
        if remote.rename_new(&there.partial, &there.numbered(number)).map_err(failed)? {
            return Ok(Sent { sha1, proof, sent_bytes });
        }
        // Somebody else got the name in this moment.
        room = there.room(remote, number).map_err(failed)?;
    }
}

/// Brings a content under its hidden name. By what it is known to be there, and how many bytes went.
fn upload(
    remote: &mut Remote,
    partial: &[u8],
    file: &Outgoing<'_>,
    bytes: &mut File,
    sha1: Sha1,
    pace: &Pace,
) -> Result<(Proof, u64), SendError> {
    let length = file.stamp.size_bytes;
    let lies = remote.stat(partial).map_err(failed)?.and_then(|about| about.size_bytes).unwrap_or(0);
    let begin = resume_at(remote, partial, lies, bytes, length)?;
    bytes.seek(SeekFrom::Start(begin)).map_err(SendError::Local)?;
    // Nothing is cut off but what is wrong: another sender of this content may be ahead.
    let opened = remote.open_for_writing(partial, begin < lies).map_err(failed)?;
    let source = bytes.try_clone().map_err(SendError::Local)?.take(length - begin);
    let sent_bytes = remote.write_all(&opened, begin, pace.reader(source)).map_err(failed)?;
    if file.wants_proof {
        remote.sync(&opened).map_err(failed)?;
    }
    remote.close(&opened).map_err(failed)?;
    if begin + sent_bytes != length || !file.stamp.is_of(file.file) {
        remote.remove(partial).map_err(failed)?;
        return Err(SendError::Changed);
    }
    let modified = u32::try_from(file.stamp.modified_ns.div_euclid(NS_PER_S)).unwrap_or(0);
    remote.set_times(partial, modified).map_err(failed)?;
    // What went on where an earlier upload ended is read back in any case: nobody else would find out that it is mixed.
    if file.wants_proof || begin > 0 {
        read_back(remote, partial, sha1, length)?;
        return Ok((Proof::ReadBack, sent_bytes));
    }
    Ok((Proof::Closed, sent_bytes))
}

/// How much of a file is there already from an upload that broke off.
fn resume_at(remote: &mut Remote, partial: &[u8], there: u64, bytes: &mut File, length: u64) -> Result<u64, SendError> {
    if there == 0 || there > length {
        return Ok(0);
    }
    let compared = there.min(COMPARED_BYTES);
    let mut here = vec![0; compared as usize];
    bytes.seek(SeekFrom::Start(there - compared)).map_err(SendError::Local)?;
    bytes.read_exact(&mut here).map_err(SendError::Local)?;
    let opened = remote.open_for_reading(partial).map_err(failed)?;
    let mut read = Vec::new();
    remote.read_all(&opened, there - compared, compared, &mut |part| read.extend_from_slice(part)).map_err(failed)?;
    remote.close(&opened).map_err(failed)?;
    Ok(if read == here { there } else { 0 })
}

fn read_back(remote: &mut Remote, partial: &[u8], sent: Sha1, length: u64) -> Result<(), SendError> {
    let (there, count) = remote.content(partial, length).map_err(failed)?;
    if there == sent && count == length {
        return Ok(());
    }
    remote.remove(partial).map_err(failed)?;
    Err(SendError::Different { sent, there: there.to_hex() })
}
