//! How fast bytes leave, and what the sender takes from its surroundings.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes that may go at once after a pause, as time.
const BURST: Duration = Duration::from_millis(250);
/// The least that is read at once, so that a slow pace does not mean single bytes.
const PIECE_BYTES: usize = 4 * 1024;

/// Time and the wish to end, which the process has.
pub trait Surroundings: Send + Sync {
    /// The clock on the wall, for windows and the journal.
    fn now(&self) -> jiff::Zoned;
    /// Waits. Says whether somebody wants the end; then it has not waited to the end.
    fn wait(&self, time: Duration) -> bool;
    /// Whether somebody wants the end.
    fn is_over(&self) -> bool;
}

/// A limit of bytes in a second, for all that is sent together. Clones share it.
#[derive(Clone)]
pub struct Pace {
    bytes_per_second: Option<u64>,
    surroundings: Arc<dyn Surroundings>,
    /// When what was sent until now is paid off.
    free_at: Arc<Mutex<Instant>>,
}

impl Pace {
    /// `None` is as fast as it goes.
    pub fn new(bytes_per_second: Option<u64>, surroundings: Arc<dyn Surroundings>) -> Pace {
        let bytes_per_second = bytes_per_second.filter(|limit| *limit > 0);
        Pace { bytes_per_second, surroundings, free_at: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Waits until so many bytes may go. Fails when somebody wants the end.
    pub(crate) fn take(&self, bytes: usize) -> io::Result<()> {
        if self.surroundings.is_over() {
            return Err(interrupted());
        }
        let Some(limit) = self.bytes_per_second else { return Ok(()) };
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let begin = (*free_at).max(now.checked_sub(BURST).unwrap_or(now));
        let wait = begin.saturating_duration_since(now);
        *free_at = begin + Duration::from_secs_f64(bytes as f64 / limit as f64);
        drop(free_at);
        if !wait.is_zero() && self.surroundings.wait(wait) {
            return Err(interrupted());
        }
        Ok(())
    }

    /// A source that gives its bytes no faster.
    pub(crate) fn reader<R: Read + Send + 'static>(&self, source: R) -> Box<dyn Read + Send> {
        Box::new(Paced { source, pace: self.clone() })
    }
}

fn interrupted() -> io::Error {
    io::Error::other("somebody asked for the end")
}

struct Paced<R> {
    source: R,
    pace: Pace,
}

impl<R: Read> Read for Paced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = match self.pace.bytes_per_second {
            Some(limit) => PIECE_BYTES.max(usize::try_from(limit / 8).unwrap_or(usize::MAX)).min(buffer.len()),
            None => buffer.len(),
        };
        let count = self.source.read(&mut buffer[..most])?;
        self.pace.take(count)?;
        Ok(count)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Real time, and an end on request.
    #[derive(Default)]
    pub(crate) struct Real(pub(crate) AtomicBool);

    impl Surroundings for Real {
        fn now(&self) -> jiff::Zoned {
            jiff::Zoned::now()
        }
        fn wait(&self, time: Duration) -> bool {
            std::thread::sleep(time);
            self.is_over()
        }
        fn is_over(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn bytes_leave_no_faster_than_allowed() {
        let pace = Pace::new(Some(100_000), Arc::new(Real::default()));
        let start = Instant::now();
        let mut read = Vec::new();
        pace.reader(io::repeat(7).take(100_000)).read_to_end(&mut read).unwrap();
        let took = start.elapsed();
        assert_eq!(read.len(), 100_000);
        assert!(took > Duration::from_millis(600) && took < Duration::from_secs(4), "{took:?}");
    }

    #[test]
    fn whoever_wants_the_end_gets_it() {
        let real = Arc::new(Real::default());
        let pace = Pace::new(Some(1), Arc::clone(&real) as Arc<dyn Surroundings>);
        real.0.store(true, Ordering::Relaxed);
        assert!(pace.reader(io::repeat(7)).read(&mut [0; 10]).is_err());
    }
}
