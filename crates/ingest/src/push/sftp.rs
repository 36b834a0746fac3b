//! An SFTP server as the target.
//!
//! A file goes under a hidden name first and gets its own when it is complete, so that servers which look into the folder see
//! no half ones, whatever server it is. Proof is what is read back, before the file has its name: afterwards somebody may take
//! it away at once.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use sha1::Digest as _;
use tintype_protocol::checksum::Sha1;

use super::outgoing::open;
use super::pace::Pace;
use super::remote::{Remote, RemoteError};
use super::ssh::{Address, Login, Ssh};
use super::target::{Outgoing, Proof, SendError, Sent, Target};
use crate::hash::{Content, content};
use crate::scan::is_unchanged;

/// What stands around a name until the file is complete.
const START: &[u8] = b".";
const END: &[u8] = b".tintype-push";
const MAX_NAME_BYTES: usize = 255;
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
}

impl Sftp {
    /// A target that is connected to when the first file goes.
    #[must_use]
    pub fn new(address: Address, login: Login, state: PathBuf) -> Sftp {
        Sftp { name: address.to_string(), address, login, state, remote: None }
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
        RemoteError::Refused { code: 3, .. } => SendError::Refused { source: Box::new(error) },
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
        let outcome = self.remote().and_then(|remote| send(remote, &base, file, pace));
        // After anything unexpected the next file gets a connection of its own.
        if !matches!(outcome, Ok(_) | Err(SendError::Refused { .. } | SendError::Changed)) {
            self.remote = None;
        }
        outcome
    }
}

/// Where a file goes: its folder, its path, and its path until it is complete.
struct Paths {
    folder: Vec<u8>,
    whole: Vec<u8>,
    partial: Vec<u8>,
}

fn paths(base: &[u8], path: &[u8]) -> Paths {
    let whole = if base.is_empty() { path.to_vec() } else { [base, b"/", path].concat() };
    // On a server whose root is the account's folder an absolute path and a relative one are the same.
    let (folder, name) = match whole.iter().rposition(|byte| *byte == b'/') {
        Some(end) => (whole[..end].to_vec(), whole[end + 1..].to_vec()),
        None => (Vec::new(), whole.clone()),
    };
    let hidden = if START.len() + name.len() + END.len() <= MAX_NAME_BYTES {
        [START, &name, END].concat()
    } else {
        [START, Sha1(sha1::Sha1::digest(&name).into()).to_hex().as_bytes(), END].concat()
    };
    let partial = if whole.len() == name.len() { hidden } else { [&folder[..], b"/", &hidden].concat() };
    Paths { folder, whole, partial }
}

fn send(remote: &mut Remote, base: &[u8], file: &Outgoing<'_>, pace: &Pace) -> Result<Sent, SendError> {
    let mut bytes = open(file.file, file.stamp).map_err(SendError::Local)?.ok_or(SendError::Changed)?;
    let Content { sha1, size_bytes: length, .. } = content(&bytes).map_err(SendError::Local)?;
    if length != file.stamp.size_bytes {
        return Err(SendError::Changed);
    }
    let paths = paths(base, file.path);
    remote.make_folders(&paths.folder).map_err(failed)?;
    let begin = resume_at(remote, &paths.partial, &mut bytes, length)?;
    bytes.seek(SeekFrom::Start(begin)).map_err(SendError::Local)?;
    let opened = remote.open_for_writing(&paths.partial, begin == 0).map_err(failed)?;
    let source = pace.reader(bytes.take(length - begin));
    let sent_bytes = remote.write_all(&opened, begin, source).map_err(failed)?;
    remote.close(&opened).map_err(failed)?;
    if begin + sent_bytes != length || !is_unchanged(file.file, file.stamp) {
        remote.remove(&paths.partial).map_err(failed)?;
        return Err(SendError::Changed);
    }
    let modified = u32::try_from(file.stamp.modified_ns.div_euclid(NS_PER_S)).unwrap_or(0);
    remote.set_times(&paths.partial, modified).map_err(failed)?;
    // What went on where an earlier upload ended is read back in any case: nobody else would find out that it is mixed.
    let proof = if file.wants_proof || begin > 0 {
        read_back(remote, &paths.partial, sha1, length)?;
        Proof::ReadBack
    } else {
        Proof::Closed
    };
    remote.replace(&paths.partial, &paths.whole).map_err(failed)?;
    Ok(Sent { sha1, proof, sent_bytes })
}

/// How much of a file is there already from an upload that broke off.
fn resume_at(remote: &mut Remote, partial: &[u8], bytes: &mut File, length: u64) -> Result<u64, SendError> {
    let there = remote.stat(partial).map_err(failed)?.and_then(|about| about.size_bytes).unwrap_or(0);
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
    let opened = remote.open_for_reading(partial).map_err(failed)?;
    let (mut digest, mut count) = (sha1::Sha1::new(), 0);
    // One byte more than there should be, so that a longer file is found out.
    let read = remote.read_all(&opened, 0, length + 1, &mut |part| {
        digest.update(part);
        count += part.len() as u64;
    });
    read.map_err(failed)?;
    remote.close(&opened).map_err(failed)?;
    let there = Sha1(digest.finalize().into());
    if there == sent && count == length {
        return Ok(());
    }
    remote.remove(partial).map_err(failed)?;
    Err(SendError::Different { sent, there: there.to_hex() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_below_the_base() {
        for (base, path, folder, whole, partial) in [
            ("", "a.jpg", "", "a.jpg", ".a.jpg.tintype-push"),
            ("", "x/a.jpg", "x", "x/a.jpg", "x/.a.jpg.tintype-push"),
            ("/in", "x/a.jpg", "/in/x", "/in/x/a.jpg", "/in/x/.a.jpg.tintype-push"),
            ("in", "a.jpg", "in", "in/a.jpg", "in/.a.jpg.tintype-push"),
        ] {
            let paths = paths(base.as_bytes(), path.as_bytes());
            let all = [paths.folder, paths.whole, paths.partial].map(|path| String::from_utf8(path).unwrap());
            assert_eq!(all, [folder, whole, partial]);
        }
        assert!(paths(b"", &[b'x'; 250]).partial.len() <= MAX_NAME_BYTES);
    }
}
