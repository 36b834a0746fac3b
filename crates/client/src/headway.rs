//! Whether bytes come, or go, as fast as they have to. Each wait has a limit of its own, but who gives a byte within each of these
//! holds whoever waits for as long as they like.

use std::io::{self, Read};
use std::time::{Duration, Instant};

/// The least that has to come, or go, while somebody waits for [`SPAN`].
const LEAST_BYTES: u64 = 64 * 1024;
/// Servers think for long between the parts of a stream, so this is more than all that takes.
const SPAN: Duration = Duration::from_secs(600);

/// How much came in how much time of waiting. What whoever reads does in between does not count.
#[derive(Debug, Default)]
struct Headway {
    waited: Duration,
    bytes: u64,
}

impl Headway {
    fn note(&mut self, waited: Duration, bytes: usize) -> io::Result<()> {
        self.waited += waited;
        self.bytes += bytes as u64;
        if self.waited < SPAN {
            return Ok(());
        }
        if self.bytes < LEAST_BYTES {
            let text = format!("only {} bytes in {} minutes", self.bytes, self.waited.as_secs() / 60);
            return Err(io::Error::new(io::ErrorKind::TimedOut, text));
        }
        *self = Self::default();
        Ok(())
    }
}

/// What comes from the other side: waiting is inside of each read.
pub(crate) struct Coming<R> {
    source: R,
    headway: Headway,
}

impl<R: Read> Coming<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, headway: Headway::default() }
    }
}

impl<R: Read> Read for Coming<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let begin = Instant::now();
        let count = self.source.read(target)?;
        if count > 0 {
            self.headway.note(begin.elapsed(), count)?;
        }
        Ok(count)
    }
}

/// What goes to the other side: waiting is between reads, as what was read is on its way then.
pub(crate) struct Going<R> {
    source: R,
    headway: Headway,
    /// What was read last, and when.
    last: Option<(Instant, usize)>,
}

impl<R: Read> Going<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, headway: Headway::default(), last: None }
    }
}

impl<R: Read> Read for Going<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if let Some((at, count)) = self.last.take() {
            self.headway.note(at.elapsed(), count)?;
        }
        let count = self.source.read(target)?;
        self.last = Some((Instant::now(), count));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drip_is_given_up_and_a_slow_line_is_not() {
        let mut drip = Headway::default();
        let outcome = (0..1_000).try_for_each(|_| drip.note(Duration::from_secs(5), 1));
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), drip.bytes), (io::ErrorKind::TimedOut, 120), "after ten minutes");
        let mut slow = Headway::default();
        (0..10_000).try_for_each(|_| slow.note(Duration::from_secs(10), 2_048)).unwrap();
        let mut thinking = Headway::default();
        (0..6).try_for_each(|_| thinking.note(Duration::from_secs(89), 100)).unwrap();
    }

    #[test]
    fn bytes_are_handed_on_as_they_are() {
        let bytes: Vec<u8> = (0..=255).cycle().take(200_000).collect();
        let (mut coming, mut going) = (Vec::new(), Vec::new());
        Coming::new(bytes.as_slice()).read_to_end(&mut coming).unwrap();
        Going::new(bytes.as_slice()).read_to_end(&mut going).unwrap();
        assert!(coming == bytes && going == bytes);
    }
}
