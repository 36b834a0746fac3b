//! From lines to the network: lines are collected into chunks, chunks go over a short channel.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tintype_protocol::sync::{AppendJson, Line};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Bytes of a chunk, before the line that fills it.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks between the query and the network: a client that stops reading stops the query.
pub(super) const CHUNKS: usize = 4;
/// A client that reads nothing for this long is given up, so that its database snapshot does not live for ever.
const STALL_LIMIT: Duration = Duration::from_secs(120);

/// What comes out of the channel; an error breaks the connection.
pub(super) type Chunk = Result<Bytes, io::Error>;

/// Why no more lines are wanted.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("the client has gone")]
    Gone,
    #[error("the client has not read for {} s", STALL_LIMIT.as_secs())]
    Stalled,
    #[error("a line could not be written")]
    Line(#[source] serde_json::Error),
}

/// Collects lines. Used on a thread of its own.
pub(super) struct Chunks {
    sender: mpsc::Sender<Chunk>,
    runtime: Handle,
    buffer: Vec<u8>,
}

impl Chunks {
    pub(super) fn new(sender: mpsc::Sender<Chunk>, runtime: Handle) -> Self {
        Self { sender, runtime, buffer: Vec::with_capacity(CHUNK_BYTES + 4 * 1024) }
    }

    /// Adds a line, and passes the chunk on when it is full.
    pub(super) fn push<T: Serialize>(&mut self, line: &Line<T>) -> Result<(), Ended> {
        serde_json::to_writer(&mut self.buffer, line).map_err(Ended::Line)?;
        self.buffer.push(b'\n');
        self.pass_on()
    }

    /// [`Self::push`] for the lines of which there are many.
    pub(super) fn push_row<T: AppendJson>(&mut self, line: &Line<T>) -> Result<(), Ended> {
        line.append_to(&mut self.buffer);
        self.pass_on()
    }

    fn pass_on(&mut self) -> Result<(), Ended> {
        if self.buffer.len() >= CHUNK_BYTES { self.flush() } else { Ok(()) }
    }

    /// Passes on what is there. Waits for the client, but not for ever.
    pub(super) fn flush(&mut self) -> Result<(), Ended> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK_BYTES + 4 * 1024));
        match self.sender.try_send(Ok(Bytes::from(full))) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Ended::Gone),
            Err(mpsc::error::TrySendError::Full(chunk)) => {
                // Made inside the runtime, as the timer belongs to it.
                let sending = async { tokio::time::timeout(STALL_LIMIT, self.sender.send(chunk)).await };
                match self.runtime.block_on(sending) {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(_)) => Err(Ended::Gone),
                    Err(_) => Err(Ended::Stalled),
                }
            }
        }
    }

    /// Ends the answer in a way that no client can take for complete.
    pub(super) fn break_off(self) {
        // A client that has gone need not be told.
        let _ = self.sender.try_send(Err(io::ErrorKind::ConnectionAborted.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tintype_protocol::sync::{AckToken, EntityType};

    fn push_until_refused(chunks: &mut Chunks, pushed: &AtomicUsize) -> Ended {
        let line = Line { entity: EntityType::SyncResetV1, data: "x".repeat(1_000), ack: AckToken::RESET };
        loop {
            if let Err(ended) = chunks.push(&line) {
                return ended;
            }
            pushed.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_client_that_stops_reading_stops_the_query_and_one_that_goes_ends_it() {
        let (sender, mut receiver) = mpsc::channel(CHUNKS);
        let mut chunks = Chunks::new(sender, Handle::current());
        let pushed = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&pushed);
        let producer = tokio::task::spawn_blocking(move || push_until_refused(&mut chunks, &count));
        // The channel is full and the producer stands still: no more than the channel and one chunk in hand.
        while receiver.len() < CHUNKS {
            tokio::task::yield_now().await;
        }
        let most = (CHUNKS + 1) * (CHUNK_BYTES / 1_000 + 1);
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
            assert!(pushed.load(Ordering::SeqCst) <= most, "lines pile up behind a client that does not read");
        }
        assert!(receiver.recv().await.is_some());
        drop(receiver);
        assert!(matches!(producer.await.unwrap(), Ended::Gone));
    }
}
