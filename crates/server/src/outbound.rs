//! From a thread that produces bytes to a client that may be slow: pieces travel over a short channel.

use std::io;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Pieces between the producer and the network: a client that stops reading stops the producer.
pub(crate) const PIECES: usize = 4;
/// A client that reads or sends nothing for this long is given up, with the thread and the snapshot it holds.
pub(crate) const STALL_LIMIT: Duration = Duration::from_secs(120);

/// Why no more pieces are wanted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error("the client has gone")]
    Gone,
    #[error("the client has not read for {} s", STALL_LIMIT.as_secs())]
    Stalled,
    #[error("the client reads too slowly")]
    TooSlow,
}

type Piece = Result<Bytes, io::Error>;

/// The producer's end. Used on a thread that may block.
pub(crate) struct Outbound {
    pieces: mpsc::Sender<Piece>,
    /// Room that is kept for the news that there is no more: a client that is slow has filled all the rest.
    last: mpsc::OwnedPermit<Piece>,
    runtime: Handle,
}

/// A channel to the body of an answer. Called inside the runtime.
pub(crate) fn outbound() -> (Outbound, Body) {
    let (outbound, receiver) = channel();
    (outbound, Body::from_stream(ReceiverStream::new(receiver)))
}

fn channel() -> (Outbound, mpsc::Receiver<Piece>) {
    let (pieces, receiver) = mpsc::channel(PIECES + 1);
    let last = pieces.clone().try_reserve_owned().expect("a new channel has room");
    (Outbound { pieces, last, runtime: Handle::current() }, receiver)
}

impl Outbound {
    /// Passes a piece on. Waits for the client, but not for ever.
    pub(crate) fn send(&self, piece: Bytes) -> Result<(), Ended> {
        match self.pieces.try_send(Ok(piece)) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Ended::Gone),
            Err(mpsc::error::TrySendError::Full(piece)) => {
                // Made inside the runtime, as the timer belongs to it.
                let sending = async { tokio::time::timeout(STALL_LIMIT, self.pieces.send(piece)).await };
                match self.runtime.block_on(sending) {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(_)) => Err(Ended::Gone),
                    Err(_) => Err(Ended::Stalled),
                }
            }
        }
    }

    /// Ends the answer in a way that no client can take for complete.
    pub(crate) fn break_off(self) {
        self.last.send(Err(io::ErrorKind::ConnectionAborted.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_client_that_stops_reading_stops_the_producer_and_one_that_goes_ends_it() {
        let (outbound, mut receiver) = channel();
        let sent = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&sent);
        let producer = tokio::task::spawn_blocking(move || {
            loop {
                if let Err(ended) = outbound.send(Bytes::from_static(b"piece")) {
                    return ended;
                }
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        // The channel is full and the producer stands still.
        while receiver.len() < PIECES {
            tokio::task::yield_now().await;
        }
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
            assert!(sent.load(Ordering::SeqCst) <= PIECES, "pieces pile up behind a client that does not read");
        }
        assert!(receiver.recv().await.is_some());
        drop(receiver);
        assert!(matches!(producer.await.unwrap(), Ended::Gone));
    }

    #[tokio::test]
    async fn a_slow_client_hears_of_the_break_behind_what_waits_for_it() {
        let (outbound, mut receiver) = channel();
        for _ in 0..PIECES {
            outbound.send(Bytes::from_static(b"piece")).unwrap();
        }
        outbound.break_off();
        for _ in 0..PIECES {
            assert!(receiver.recv().await.unwrap().is_ok());
        }
        assert!(receiver.recv().await.unwrap().is_err(), "the client takes what it got for all there is");
        assert!(receiver.recv().await.is_none());
    }
}
