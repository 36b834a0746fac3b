//! Lines are collected into chunks before they go to the network.

use bytes::Bytes;
use serde::Serialize;
use tintype_protocol::sync::{AppendJson, Line};

use crate::outbound::{Ended, Outbound};

/// Bytes of a chunk, before the line that fills it.
const CHUNK_BYTES: usize = 64 * 1024;
/// Room for the line that fills a chunk.
const LINE_BYTES: usize = 4 * 1024;

/// Why a line was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    #[error(transparent)]
    Ended(#[from] Ended),
    #[error("a line could not be written")]
    Line(#[source] serde_json::Error),
}

/// Collects lines. Used on a thread of its own.
pub(super) struct Chunks {
    outbound: Outbound,
    buffer: Vec<u8>,
}

impl Chunks {
    pub(super) fn new(outbound: Outbound) -> Self {
        Self { outbound, buffer: Vec::with_capacity(CHUNK_BYTES + LINE_BYTES) }
    }

    /// Adds a line, and passes the chunk on when it is full.
    pub(super) fn push<T: Serialize>(&mut self, line: &Line<T>) -> Result<(), LineError> {
        serde_json::to_writer(&mut self.buffer, line).map_err(LineError::Line)?;
        self.buffer.push(b'\n');
        Ok(self.pass_on()?)
    }

    /// [`Self::push`] for the lines of which there are many.
    pub(super) fn push_row<T: AppendJson>(&mut self, line: &Line<T>) -> Result<(), LineError> {
        line.append_to(&mut self.buffer);
        Ok(self.pass_on()?)
    }

    fn pass_on(&mut self) -> Result<(), Ended> {
        if self.buffer.len() >= CHUNK_BYTES { self.flush() } else { Ok(()) }
    }

    /// Passes on what is there.
    pub(super) fn flush(&mut self) -> Result<(), Ended> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK_BYTES + LINE_BYTES));
        self.outbound.send(Bytes::from(full))
    }

    /// Ends the answer in a way that no client can take for complete.
    pub(super) fn break_off(self) {
        self.outbound.break_off();
    }
}
