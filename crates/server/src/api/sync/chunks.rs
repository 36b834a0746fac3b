//! Lines are collected into chunks before they go to the network.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use tintype_protocol::sync::{AppendJson, Line};

use crate::outbound::{Ended, Outbound};

/// Bytes of a chunk, before the line that fills it.
const CHUNK_BYTES: usize = 64 * 1024;
/// Room for the line that fills a chunk.
const LINE_BYTES: usize = 4 * 1024;
/// How long a stream may go on. Its snapshot keeps the database's log from being folded in, so a client that reads a
/// little now and then must not hold it for days. Broken off, it goes on behind what it has acknowledged.
const LIFETIME: Duration = Duration::from_hours(1);

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
    until: Instant,
}

impl Chunks {
    pub(super) fn new(outbound: Outbound) -> Self {
        Self::lasting(outbound, LIFETIME)
    }

    fn lasting(outbound: Outbound, lifetime: Duration) -> Self {
        let buffer = Vec::with_capacity(CHUNK_BYTES + LINE_BYTES);
        Self { outbound, buffer, until: Instant::now() + lifetime }
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
        if Instant::now() > self.until {
            return Err(Ended::TooSlow);
        }
        let full = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK_BYTES + LINE_BYTES));
        self.outbound.send(Bytes::from(full))
    }

    /// Ends the answer in a way that no client can take for complete.
    pub(super) fn break_off(self) {
        self.outbound.break_off();
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use tintype_protocol::sync::{AckToken, Empty, EntityType};

    use super::*;
    use crate::outbound::outbound;

    fn fill(chunks: &mut Chunks) -> Result<(), LineError> {
        let line = || Line { entity: EntityType::SyncResetV1, data: Empty {}, ack: AckToken::RESET };
        chunks.push(&line())?;
        Ok(chunks.flush()?)
    }

    #[tokio::test]
    async fn a_stream_that_lasts_too_long_is_broken_off() {
        let (sender, body) = outbound();
        let mut chunks = Chunks::lasting(sender, Duration::ZERO);
        std::thread::sleep(Duration::from_millis(1));
        assert!(matches!(fill(&mut chunks), Err(LineError::Ended(Ended::TooSlow))));
        chunks.break_off();
        assert!(body.collect().await.is_err(), "the client takes it for complete");

        let (sender, body) = outbound();
        let mut chunks = Chunks::new(sender);
        fill(&mut chunks).unwrap();
        drop(chunks);
        assert!(body.collect().await.unwrap().to_bytes().starts_with(b"{\"type\":\"SyncResetV1\""));
    }
}
