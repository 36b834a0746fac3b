//! SFTP as a client: the few requests that sending needs. Calls block; writes and reads are under way several at a time.

use std::collections::VecDeque;
use std::io::Read;

use sha1::Digest as _;
use tintype_protocol::checksum::Sha1;

use super::ssh::{Ssh, SshError};
use crate::sftp::wire::{Attributes, Code, Fields, Packets, TooLong, attributes, number, open_flags, text};

/// Bytes in one write or read. Every server takes so many.
const PIECE_BYTES: usize = 32 * 1024;
/// Writes and reads under way.
const UNDER_WAY: usize = 32;
const VERSION: u32 = 3;
const SYNC: &str = "fsync@openssh.com";

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RemoteError {
    #[error(transparent)]
    Ssh(#[from] SshError),
    #[error("the server closed the connection")]
    Closed,
    #[error("the server does not speak SFTP as expected")]
    Strange,
    #[error(transparent)]
    TooLong(#[from] TooLong),
    #[error("the server says no ({code}): {message}")]
    Refused { code: u32, message: String },
    #[error("too many files have this name there")]
    Taken,
    #[error("the file could not be read")]
    Local(#[source] std::io::Error),
}

impl RemoteError {
    fn is(&self, wanted: Code) -> bool {
        matches!(self, RemoteError::Refused { code, .. } if *code == wanted as u32)
    }
}

/// A session.
pub(crate) struct Remote {
    ssh: Ssh,
    packets: Packets,
    buffer: Vec<u8>,
    next_id: u32,
    /// Whether the server brings a file to its disk when it is asked to.
    can_sync: bool,
}

/// An open file there.
pub(crate) struct Opened(Vec<u8>);

enum Answer {
    Status { code: u32, message: String },
    Handle(Vec<u8>),
    Data(Vec<u8>),
    Attributes(Attributes),
}

impl Remote {
    pub(crate) fn begin(ssh: Ssh) -> Result<Remote, RemoteError> {
        let buffer = vec![0; 2 * PIECE_BYTES];
        let mut remote = Remote { ssh, packets: Packets::default(), buffer, next_id: 0, can_sync: false };
        let mut packet = vec![1];
        number(&mut packet, VERSION);
        remote.send_packet(&packet)?;
        let greeting = remote.packet()?;
        let mut fields = Fields(&greeting);
        if fields.byte() != Some(2) || fields.number() != Some(VERSION) {
            return Err(RemoteError::Strange);
        }
        while let (Some(name), Some(_)) = (fields.text(), fields.text()) {
            remote.can_sync |= name == SYNC.as_bytes();
        }
        Ok(remote)
    }

    fn send_packet(&mut self, packet: &[u8]) -> Result<(), RemoteError> {
        let mut framed = Vec::with_capacity(packet.len() + 4);
        text(&mut framed, packet);
        Ok(self.ssh.write(&framed)?)
    }

    fn packet(&mut self) -> Result<Vec<u8>, RemoteError> {
        loop {
            if let Some(packet) = self.packets.next()? {
                return Ok(packet.to_vec());
            }
            let count = self.ssh.read(&mut self.buffer)?;
            if count == 0 {
                return Err(RemoteError::Closed);
            }
            self.packets.push(&self.buffer[..count]);
        }
    }

    /// Sends a request without waiting; its id.
    fn send(&mut self, kind: u8, body: impl FnOnce(&mut Vec<u8>)) -> Result<u32, RemoteError> {
        self.next_id = self.next_id.wrapping_add(1);
        let mut packet = vec![kind];
        number(&mut packet, self.next_id);
        body(&mut packet);
        self.send_packet(&packet)?;
        Ok(self.next_id)
    }

    fn answer(&mut self) -> Result<(u32, Answer), RemoteError> {
        let packet = self.packet()?;
        read_answer(&packet).ok_or(RemoteError::Strange)
    }

    fn ask(&mut self, kind: u8, body: impl FnOnce(&mut Vec<u8>)) -> Result<Answer, RemoteError> {
        let id = self.send(kind, body)?;
        match self.answer()? {
            (answered, answer) if answered == id => Ok(answer),
            _ => Err(RemoteError::Strange),
        }
    }

    fn done(&mut self, kind: u8, body: impl FnOnce(&mut Vec<u8>)) -> Result<(), RemoteError> {
        succeeded(self.ask(kind, body)?)
    }

    /// What is said of a path; `None` if nothing is there.
    pub(crate) fn stat(&mut self, path: &[u8]) -> Result<Option<Attributes>, RemoteError> {
        self.about(17, path)
    }

    /// The same, of a link and not of what it leads to.
    pub(crate) fn look(&mut self, path: &[u8]) -> Result<Option<Attributes>, RemoteError> {
        self.about(7, path)
    }

    fn about(&mut self, kind: u8, path: &[u8]) -> Result<Option<Attributes>, RemoteError> {
        match self.ask(kind, |packet| text(packet, path))? {
            Answer::Attributes(attributes) => Ok(Some(attributes)),
            answer => match succeeded(answer) {
                Err(error) if error.is(Code::NoSuchFile) => Ok(None),
                Err(error) => Err(error),
                Ok(()) => Err(RemoteError::Strange),
            },
        }
    }

    /// Makes a folder and those that it is in, as far as they are missing.
    pub(crate) fn make_folders(&mut self, path: &[u8]) -> Result<(), RemoteError> {
        if path.is_empty() || self.stat(path)?.is_some() {
            return Ok(());
        }
        if let Some(end) = path.iter().rposition(|byte| *byte == b'/') {
            self.make_folders(&path[..end])?;
        }
        let made = self.done(14, |packet| {
            text(packet, path);
            number(packet, 0);
        });
        match made {
            // Somebody else may have made it in this moment.
            Err(error) if self.stat(path)?.is_none() => Err(error),
            _ => Ok(()),
        }
    }

    pub(crate) fn open_for_writing(&mut self, path: &[u8], is_new: bool) -> Result<Opened, RemoteError> {
        let more = if is_new { open_flags::TRUNCATE } else { 0 };
        self.open(path, open_flags::WRITE | open_flags::CREATE | more)
    }

    pub(crate) fn open_for_reading(&mut self, path: &[u8]) -> Result<Opened, RemoteError> {
        self.open(path, open_flags::READ)
    }

    fn open(&mut self, path: &[u8], flags: u32) -> Result<Opened, RemoteError> {
        let answer = self.ask(3, |packet| {
            text(packet, path);
            number(packet, flags);
            number(packet, 0);
        })?;
        match answer {
            Answer::Handle(handle) => Ok(Opened(handle)),
            answer => succeeded(answer).and(Err(RemoteError::Strange)),
        }
    }

    /// What was written is on the server's disk, if it can be asked for that.
    pub(crate) fn sync(&mut self, file: &Opened) -> Result<(), RemoteError> {
        if !self.can_sync {
            return Ok(());
        }
        self.done(200, |packet| {
            text(packet, SYNC.as_bytes());
            text(packet, &file.0);
        })
    }

    /// Closes a file: everything that was written is there, or this fails.
    pub(crate) fn close(&mut self, file: &Opened) -> Result<(), RemoteError> {
        self.done(4, |packet| text(packet, &file.0))
    }

    pub(crate) fn set_times(&mut self, path: &[u8], modified: u32) -> Result<(), RemoteError> {
        let times = Attributes { times: Some((modified, modified)), ..Attributes::default() };
        self.done(9, |packet| {
            text(packet, path);
            attributes(packet, &times);
        })
    }

    pub(crate) fn remove(&mut self, path: &[u8]) -> Result<(), RemoteError> {
        match self.done(13, |packet| text(packet, path)) {
            Err(error) if error.is(Code::NoSuchFile) => Ok(()),
            removed => removed,
        }
    }

    /// Gives a file a name that nothing has. Whether it did: something else may have got the name first.
    pub(crate) fn rename_new(&mut self, from: &[u8], to: &[u8]) -> Result<bool, RemoteError> {
        // The protocol's own rename replaces nothing. Where a server's does, this look is all that there is.
        if self.look(to)?.is_some() {
            return Ok(false);
        }
        let renamed = self.done(18, |packet| {
            text(packet, from);
            text(packet, to);
        });
        match renamed {
            Err(RemoteError::Refused { .. }) if self.look(to)?.is_some() => Ok(false),
            renamed => renamed.map(|()| true),
        }
    }

    /// What can be read of a file, up to one byte more than `length`, so that a longer one is found out.
    pub(crate) fn content(&mut self, path: &[u8], length: u64) -> Result<(Sha1, u64), RemoteError> {
        let opened = self.open_for_reading(path)?;
        let (mut digest, mut count) = (sha1::Sha1::new(), 0);
        self.read_all(&opened, 0, length.saturating_add(1), &mut |part| {
            digest.update(part);
            count += part.len() as u64;
        })?;
        self.close(&opened)?;
        Ok((Sha1(digest.finalize().into()), count))
    }

    /// Writes all that a source has, from an offset on. How many bytes that was.
    pub(crate) fn write_all(
        &mut self,
        file: &Opened,
        mut offset: u64,
        mut source: impl Read,
    ) -> Result<u64, RemoteError> {
        let (mut under_way, mut refused, begin) = (0, Ok(()), offset);
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let count = if refused.is_ok() { fill(&mut source, &mut piece).map_err(RemoteError::Local)? } else { 0 };
            if count == 0 && under_way == 0 {
                return refused.map(|()| offset - begin);
            }
            if count > 0 {
                self.send(6, |packet| {
                    text(packet, &file.0);
                    packet.extend_from_slice(&offset.to_be_bytes());
                    text(packet, &piece[..count]);
                })?;
                offset += count as u64;
                under_way += 1;
            }
            if count == 0 || under_way >= UNDER_WAY {
                let (_, answer) = self.answer()?;
                refused = refused.and(succeeded(answer));
                under_way -= 1;
            }
        }
    }

    /// Reads `length` bytes from an offset on, in order, as far as there are any.
    pub(crate) fn read_all(
        &mut self,
        file: &Opened,
        offset: u64,
        length: u64,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), RemoteError> {
        let (mut asked, mut under_way) = (0, VecDeque::new());
        let mut ended = Ok(false);
        loop {
            while under_way.len() < UNDER_WAY && asked < length && matches!(ended, Ok(false)) {
                let count = (length - asked).min(PIECE_BYTES as u64) as u32;
                under_way.push_back((self.ask_for(file, offset + asked, count)?, offset + asked, count));
                asked += u64::from(count);
            }
            let Some((id, at, count)) = under_way.pop_front() else { return ended.map(drop) };
            let (answered, answer) = self.answer()?;
            if answered != id {
                return Err(RemoteError::Strange);
            }
            match answer {
                _ if !matches!(ended, Ok(false)) => {}
                Answer::Data(data) if data.len() == count as usize => take(&data),
                Answer::Data(data) if !data.is_empty() && data.len() < count as usize => {
                    take(&data);
                    // The rest of this piece comes before the pieces behind it, which are asked for anew.
                    for _ in 0..under_way.len() {
                        self.answer()?;
                    }
                    under_way.clear();
                    asked = at + data.len() as u64 - offset;
                }
                Answer::Data(_) => return Err(RemoteError::Strange),
                answer => {
                    ended = match succeeded(answer) {
                        Err(error) if error.is(Code::Eof) => Ok(true),
                        Err(error) => Err(error),
                        Ok(()) => Err(RemoteError::Strange),
                    }
                }
            }
        }
    }

    fn ask_for(&mut self, file: &Opened, offset: u64, count: u32) -> Result<u32, RemoteError> {
        self.send(5, |packet| {
            text(packet, &file.0);
            packet.extend_from_slice(&offset.to_be_bytes());
            number(packet, count);
        })
    }
}

fn succeeded(answer: Answer) -> Result<(), RemoteError> {
    match answer {
        Answer::Status { code: 0, .. } => Ok(()),
        Answer::Status { code, message } => Err(RemoteError::Refused { code, message }),
        _ => Err(RemoteError::Strange),
    }
}

fn read_answer(packet: &[u8]) -> Option<(u32, Answer)> {
    let mut fields = Fields(packet);
    let (kind, id) = (fields.byte()?, fields.number()?);
    let answer = match kind {
        101 => {
            let code = fields.number()?;
            let message = String::from_utf8_lossy(fields.text().unwrap_or_default()).into_owned();
            Answer::Status { code, message }
        }
        102 => Answer::Handle(fields.text()?.to_vec()),
        103 => Answer::Data(fields.text()?.to_vec()),
        105 => Answer::Attributes(fields.attributes()?),
        _ => return None,
    };
    Some((id, answer))
}

/// Fills a buffer as far as the source goes.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
