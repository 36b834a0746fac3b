//! From the network to a file: chunks travel over a short channel to a thread that writes and hashes them.

use bytes::Bytes;
use tintype_library::LibraryError;
use tintype_library::blobs::Received;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::JoinHandle;

use crate::app::App;
use crate::error::ApiError;

/// Chunks between network and disk; a slow disk slows the sender.
const CHUNKS: usize = 8;

/// A file being received.
pub(super) struct Sink {
    chunks: mpsc::Sender<Bytes>,
    writing: JoinHandle<Result<Received, LibraryError>>,
    _room: OwnedSemaphorePermit,
}

impl Sink {
    /// Waits for its turn.
    pub(super) async fn start(app: &App) -> Result<Self, ApiError> {
        let room = app.upload_room().await?;
        let library = app.library();
        let (chunks, mut receiver) = mpsc::channel::<Bytes>(CHUNKS);
        let writing = tokio::task::spawn_blocking(move || {
            let mut incoming = library.receive()?;
            while let Some(chunk) = receiver.blocking_recv() {
                incoming.write(&chunk)?;
            }
            Ok(incoming.finish()?)
        });
        Ok(Self { chunks, writing, _room: room })
    }

    /// Passes a chunk on. A writer that has failed is noticed here and explained by [`Sink::finish`].
    pub(super) async fn write(&self, chunk: Bytes) -> bool {
        self.chunks.send(chunk).await.is_ok()
    }

    /// All chunks were passed on: waits until they are on disk.
    pub(super) async fn finish(self) -> Result<Received, ApiError> {
        drop(self.chunks);
        Ok(self.writing.await.map_err(|_| ApiError::Internal)??)
    }
}
