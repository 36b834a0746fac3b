//! The sync stream, line by line, and acks.

use std::fmt;
use std::io::Read;

use serde::{Deserialize, Serialize};
use tintype_protocol::sync::{AckToken, RequestType};

use crate::connection::{Client, NOTHING};
use crate::error::ClientError;

/// Longest line in bytes. Values that apps keep with assets are the longest there are.
const LINE_LIMIT: usize = 16 << 20;
/// Bytes read at a time.
const PIECE_BYTES: usize = 256 * 1024;
/// Acks in one call (sync-protocol §2.2).
const ACK_LIMIT: usize = 1_000;

#[derive(Serialize)]
struct StreamRequest<'a> {
    types: &'a [RequestType],
    reset: bool,
}

/// Where a session is with one type (sync-protocol §2): `ack` may be of a form that only later versions know.
#[derive(Deserialize)]
struct Checkpoint {
    ack: String,
}

#[derive(Serialize)]
struct Acks<'a> {
    acks: &'a [AckToken],
}

impl Client {
    /// Begins a stream of everything behind the session's checkpoints. With `reset` they are forgotten first.
    pub fn stream(&self, types: &[RequestType], reset: bool) -> Result<LineStream, ClientError> {
        let body = StreamRequest { types, reset };
        let answer = self.send("POST", "/sync/stream", "application/jsonlines+json", Some(&body))?;
        Ok(LineStream::new(answer.body))
    }

    /// The session's checkpoints, as the server has them; those that are not understood are left out.
    pub fn checkpoints(&self) -> Result<Vec<AckToken>, ClientError> {
        let known: Vec<Checkpoint> = self.ask("GET", "/sync/ack", NOTHING)?;
        Ok(known.iter().filter_map(|checkpoint| checkpoint.ack.parse().ok()).collect())
    }

    /// Moves the session's checkpoints; to be called once what the lines say is safe.
    pub fn ack(&self, acks: &[AckToken]) -> Result<(), ClientError> {
        for acks in acks.chunks(ACK_LIMIT) {
            self.tell("POST", "/sync/ack", Some(&Acks { acks }))?;
        }
        Ok(())
    }
}

/// A stream that is being read. Memory is that of one piece, or of the longest line.
///
/// Lines end with `\n` and nothing else: U+2028 and its like may stand in texts.
pub struct LineStream {
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// What is unread begins here, and ends there.
    start: usize,
    end: usize,
    /// How far ahead there is no end of a line.
    searched: usize,
}

impl fmt::Debug for LineStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineStream").field("buffered", &(self.end - self.start)).finish_non_exhaustive()
    }
}

impl LineStream {
    /// Reads lines from anywhere.
    pub fn new(source: Box<dyn Read + Send>) -> Self {
        Self { source, buffer: vec![0; PIECE_BYTES], start: 0, end: 0, searched: 0 }
    }

    /// The next line without its end; `None` after the last one. Whether the stream was complete is for the lines to
    /// say.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, ClientError> {
        loop {
            let unread = &self.buffer[self.start..self.end];
            if let Some(end) = memchr::memchr(b'\n', &unread[self.searched..]) {
                let line = self.start..self.start + self.searched + end;
                (self.start, self.searched) = (line.end + 1, 0);
                return Ok(Some(&self.buffer[line]));
            }
            self.searched = unread.len();
            if self.searched > LINE_LIMIT {
                return Err(ClientError::LineTooLong { limit: LINE_LIMIT });
            }
            if !self.read_more()? {
                return if self.searched == 0 { Ok(None) } else { Err(ClientError::Truncated) };
            }
        }
    }

    /// Whether there was more.
    fn read_more(&mut self) -> Result<bool, ClientError> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.buffer.len() - self.end < PIECE_BYTES / 2 {
            self.buffer.resize(self.buffer.len() + PIECE_BYTES, 0);
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(count) => {
                    self.end += count;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ClientError::Broken(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Hands bytes out in small pieces.
    struct Dripping(Vec<u8>, usize);

    impl Read for Dripping {
        fn read(&mut self, target: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(self.0.len()).min(target.len());
            target[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }

    fn lines(bytes: Vec<u8>, piece: usize) -> (Vec<Vec<u8>>, bool) {
        let mut stream = LineStream::new(Box::new(Dripping(bytes, piece)));
        let mut lines = Vec::new();
        loop {
            match stream.next_line() {
                Ok(Some(line)) => lines.push(line.to_vec()),
                Ok(None) => return (lines, true),
                Err(ClientError::Truncated) => return (lines, false),
                Err(error) => panic!("{error}"),
            }
        }
    }

    proptest! {
        #[test]
        fn lines_are_what_stood_between_their_ends(
            texts in proptest::collection::vec("[^\n]{0,40}", 0..20), piece in 1_usize..50, cut in any::<bool>(),
        ) {
            let mut bytes: Vec<u8> = texts.iter().flat_map(|text| format!("{text}\n").into_bytes()).collect();
            let expected: Vec<Vec<u8>> = texts.iter().map(|text| text.clone().into_bytes()).collect();
            if cut {
                bytes.extend_from_slice("half a line\u{2028}".as_bytes());
            }
            prop_assert_eq!(lines(bytes, piece), (expected, !cut));
        }
    }

    #[test]
    fn a_line_without_end_is_given_up() {
        let endless = std::io::repeat(b'x');
        let mut stream = LineStream::new(Box::new(endless));
        assert!(matches!(stream.next_line(), Err(ClientError::LineTooLong { .. })));
    }
}
