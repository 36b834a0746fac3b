//! What goes wrong on purpose.

use std::io::{self, Read};
use std::time::Duration;

use super::answers::Said;
use super::requests::Asked;

/// The path of the stream, which is broken in ways of its own.
pub(super) const STREAM: &str = "/sync/stream";

/// Something that goes wrong, once.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The next stream ends after this many of its lines.
    CutAfterLines(usize, Ending),
    /// The next stream ends after this many of its bytes.
    CutAfterBytes(usize, Ending),
    /// Before this line of the next stream, counted from 0, comes another one.
    Insert(usize, String),
    /// The next request to a path (`/sync/ack`, or `POST /sync/ack`) is not carried out, and answered with this status and message. With a
    /// time, the server says when it may be asked again.
    Refuse(&'static str, u16, String, Option<Duration>),
    /// The next request to a path does not arrive.
    LoseRequest(&'static str),
    /// The next request to a path is carried out, and its answer does not arrive.
    LoseAnswer(&'static str),
}

/// How a stream ends too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As if that had been all.
    Clean,
    /// The connection breaks.
    Broken,
    /// Nothing comes any more, until whoever reads has waited long enough. Here they need not wait.
    Silent,
}

/// The answer did not arrive.
#[derive(Debug)]
pub(super) struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection was lost on purpose")
    }
}

impl std::error::Error for Interrupted {}

/// What a fault does to a request.
pub(super) enum Effect {
    Said(Said),
    Lost { is_done: bool },
}

/// Takes the first fault out that a request meets; the stream's own ones stay for [`bend`].
pub(super) fn take(faults: &mut Vec<Fault>, asked: &Asked) -> Option<Effect> {
    let place = faults.iter().position(|fault| match fault {
        Fault::Refuse(at, ..) | Fault::LoseRequest(at) | Fault::LoseAnswer(at) => *at == asked.path || asked.is(at),
        Fault::CutAfterLines(..) | Fault::CutAfterBytes(..) | Fault::Insert(..) => false,
    })?;
    match faults.remove(place) {
        Fault::Refuse(_, status, message, after) => {
            let mut said = Said::refusal(status, &message);
            said.retry_after = after.map(|after| after.as_secs());
            Some(Effect::Said(said))
        }
        Fault::LoseRequest(_) => Some(Effect::Lost { is_done: false }),
        _ => Some(Effect::Lost { is_done: true }),
    }
}

/// Bends the lines of a stream as the faults say, and takes those out; gives the bytes, the lines that are whole, and
/// how it ends.
pub(super) fn bend(faults: &mut Vec<Fault>, mut lines: Vec<String>) -> (Vec<u8>, Vec<String>, Ending) {
    let mut cut = None;
    faults.retain(|fault| match fault {
        Fault::Insert(at, line) => {
            lines.insert((*at).min(lines.len()), line.clone());
            false
        }
        Fault::CutAfterLines(..) | Fault::CutAfterBytes(..) if cut.is_none() => {
            cut = Some(fault.clone());
            false
        }
        _ => true,
    });
    let length_of = |lines: &[String]| lines.iter().map(|line| line.len() + 1).sum();
    let whole: usize = length_of(&lines);
    let (end, ending) = match cut {
        Some(Fault::CutAfterLines(count, ending)) => (length_of(&lines[..count.min(lines.len())]), ending),
        Some(Fault::CutAfterBytes(count, ending)) => (count.min(whole), ending),
        _ => (whole, Ending::Clean),
    };
    let mut bytes = Vec::with_capacity(whole);
    for line in &lines {
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }
    bytes.truncate(end);
    lines.truncate(bytes.iter().filter(|byte| **byte == b'\n').count());
    (bytes, lines, ending)
}

/// A body that ends in its own way.
#[derive(Debug)]
pub(super) struct Body {
    bytes: io::Cursor<Vec<u8>>,
    ending: Ending,
}

impl Body {
    pub(super) fn new(bytes: Vec<u8>, ending: Ending) -> Self {
        Self { bytes: io::Cursor::new(bytes), ending }
    }
}

impl Read for Body {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        match (self.bytes.read(target)?, self.ending) {
            (0, Ending::Broken) => Err(io::ErrorKind::ConnectionReset.into()),
            (0, Ending::Silent) => Err(io::ErrorKind::TimedOut.into()),
            (count, _) => Ok(count),
        }
    }
}
