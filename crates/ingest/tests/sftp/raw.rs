//! SFTP packets by hand, through OpenSSH's `ssh -s sftp`: what no well-behaved client sends.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::site::{Site, USER};

pub(crate) const READ: u32 = 1;
pub(crate) const WRITE: u32 = 2;
pub(crate) const APPEND: u32 = 4;
pub(crate) const CREATE: u32 = 8;
pub(crate) const TRUNCATE: u32 = 16;
pub(crate) const EXCLUSIVE: u32 = 32;

pub(crate) const OK: u32 = 0;
pub(crate) const MISSING: u32 = 2;
pub(crate) const DENIED: u32 = 3;
pub(crate) const FAILURE: u32 = 4;
pub(crate) const BAD: u32 = 5;
pub(crate) const UNSUPPORTED: u32 = 8;

/// One session.
pub(crate) struct Raw {
    child: Child,
    to: ChildStdin,
    from: ChildStdout,
    next: u32,
}

/// An answer: its type and what follows the id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer(pub(crate) u8, pub(crate) Vec<u8>);

impl Answer {
    /// The code, if it is a status.
    #[track_caller]
    pub(crate) fn code(&self) -> u32 {
        assert_eq!(self.0, 101, "{self:?}");
        u32::from_be_bytes(self.1[..4].try_into().unwrap())
    }

    pub(crate) fn message(&self) -> String {
        self.code();
        let length = u32::from_be_bytes(self.1[4..8].try_into().unwrap()) as usize;
        String::from_utf8_lossy(&self.1[8..8 + length]).into_owned()
    }

    #[track_caller]
    /// The handle, as it is sent: with its length.
    pub(crate) fn handle(&self) -> Vec<u8> {
        assert_eq!(self.0, 102, "{self:?}");
        self.1.clone()
    }

    /// The size, if it is attributes with one.
    #[track_caller]
    pub(crate) fn size(&self) -> u64 {
        assert_eq!(self.0, 105, "{self:?}");
        u64::from_be_bytes(self.1[4..12].try_into().unwrap())
    }
}

pub(crate) fn text(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

impl Raw {
    pub(crate) fn open(site: &Site) -> Raw {
        let mut raw = Raw::silent(site);
        raw.send_packet(b"\x01\0\0\0\x03");
        assert_eq!(raw.packet().expect("a greeting")[0], 2);
        raw
    }

    /// Without the greeting.
    pub(crate) fn silent(site: &Site) -> Raw {
        let mut ssh = Command::new("ssh");
        ssh.args(site.ssh_options()).arg("-i").arg(site.key()).args(["-p", &site.port(), "-s"]);
        ssh.args([&format!("{USER}@127.0.0.1"), "sftp"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = ssh.stderr(Stdio::null()).spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Raw { child, to, from, next: 0 }
    }

    pub(crate) fn send_packet(&mut self, packet: &[u8]) {
        self.send_bytes(&text(packet));
    }

    /// The other end may have closed.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.to.write_all(bytes).and_then(|()| self.to.flush());
    }

    /// The next packet; `None` when the session is over.
    pub(crate) fn packet(&mut self) -> Option<Vec<u8>> {
        let mut length = [0; 4];
        self.from.read_exact(&mut length).ok()?;
        let mut packet = vec![0; u32::from_be_bytes(length) as usize];
        self.from.read_exact(&mut packet).ok()?;
        Some(packet)
    }

    /// Sends a request without waiting for its answer.
    pub(crate) fn send(&mut self, kind: u8, body: &[u8]) -> u32 {
        self.next += 1;
        self.send_packet(&[&[kind][..], &self.next.to_be_bytes(), body].concat());
        self.next
    }

    #[track_caller]
    pub(crate) fn ask(&mut self, kind: u8, body: &[u8]) -> Answer {
        let id = self.send(kind, body);
        let packet = self.packet().expect("an answer");
        assert_eq!(packet[1..5], id.to_be_bytes(), "answers come in order");
        Answer(packet[0], packet[5..].to_vec())
    }

    #[track_caller]
    pub(crate) fn open_file(&mut self, path: impl AsRef<[u8]>, flags: u32) -> Answer {
        self.ask(3, &[text(path), flags.to_be_bytes().to_vec(), vec![0; 4]].concat())
    }

    #[track_caller]
    pub(crate) fn write(&mut self, handle: &[u8], offset: u64, data: &[u8]) -> Answer {
        self.ask(6, &[handle, &offset.to_be_bytes(), &text(data)].concat())
    }

    #[track_caller]
    pub(crate) fn close(&mut self, handle: &[u8]) -> Answer {
        self.ask(4, handle)
    }

    #[track_caller]
    pub(crate) fn stat(&mut self, path: &str) -> Answer {
        self.ask(17, &text(path))
    }

    /// Breaks the connection, as a phone that leaves the house.
    pub(crate) fn cut(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
