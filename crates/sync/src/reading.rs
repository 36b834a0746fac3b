//! A stream that is read while what it said before is being applied.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use tintype_client::LineStream;

use crate::batch::{Batch, Taken};
use crate::pull::PullError;

/// Batches that are read and wait to be applied, at most: the stream waits then.
const READY_BATCHES: usize = 2;
/// How long lines of a stream that comes slowly wait for others: then they are handed over.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long a transaction is kept open for a batch that is still being read.
const PATIENCE: Duration = Duration::from_millis(20);

/// A part of a stream.
pub(crate) struct Piece {
    pub(crate) batch: Batch,
    /// How the stream ended, behind the last one.
    pub(crate) end: Option<Result<Taken, PullError>>,
}

/// See the module's description. The thread ends with the stream, or when nobody wants more of it.
pub(crate) struct Reading {
    pieces: Receiver<Piece>,
}

impl Reading {
    /// Begins to read.
    pub(crate) fn begin(stream: LineStream) -> Result<Self, PullError> {
        let (sender, pieces) = sync_channel(READY_BATCHES);
        let thread = std::thread::Builder::new().name("stream-reader".to_owned());
        thread.spawn(move || read(stream, &sender)).map_err(PullError::Thread)?;
        Ok(Self { pieces })
    }

    /// The next piece, however long it takes.
    pub(crate) fn next(&self) -> Piece {
        self.pieces.recv().unwrap_or_else(|_| Piece::broken_off())
    }

    /// The next piece, if it comes soon.
    pub(crate) fn soon(&self) -> Option<Piece> {
        match self.pieces.recv_timeout(PATIENCE) {
            Ok(piece) => Some(piece),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Piece::broken_off()),
        }
    }
}

impl Piece {
    /// Whether it is the word that the server begins again.
    pub(crate) fn is_reset(&self) -> bool {
        matches!(self.end, Some(Ok(Taken::Reset)))
    }

    /// The thread is gone without having said why.
    fn broken_off() -> Self {
        Self { batch: Batch::default(), end: Some(Err(PullError::Incomplete)) }
    }
}

/// Reads to the end of the stream, or to the word that the server begins again, which makes what was not handed over yet
/// worthless. In front of damage everything is worth keeping: it need not come again.
fn read(mut stream: LineStream, sender: &SyncSender<Piece>) {
    let (mut batch, mut begin) = (Batch::default(), Instant::now());
    loop {
        let taken = match stream.next_line() {
            Ok(Some(line)) => batch.take(line).map_err(PullError::from),
            Ok(None) => Err(PullError::Incomplete),
            Err(error) => Err(error.into()),
        };
        let piece = match taken {
            Ok(Taken::More) if !batch.is_full() && begin.elapsed() < LONGEST_WAIT => continue,
            Ok(Taken::More) => Piece { batch: std::mem::take(&mut batch), end: None },
            Ok(Taken::Reset) => Piece { batch: Batch::default(), end: Some(Ok(Taken::Reset)) },
            end => Piece { batch: std::mem::take(&mut batch), end: Some(end) },
        };
        let is_last = piece.end.is_some();
        if sender.send(piece).is_err() || is_last {
            return;
        }
        begin = Instant::now();
    }
}
