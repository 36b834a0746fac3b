//! Stands between a client and a node, and counts what the client asks.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::{Context, Result};
use memchr::memmem;

/// What the first line of a request ends with. No JSON has it inside.
const REQUEST_LINE: &[u8] = b" HTTP/1.1\r\n";

/// Bytes that are passed on at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Passes bytes on until the program ends.
pub struct Relay {
    url: String,
    requests: Arc<AtomicU64>,
}

impl Relay {
    /// Listens on a port of its own, in front of `http://ADDRESS`.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn to(url: &str) -> Result<Self> {
        let node = url.strip_prefix("http://").with_context(|| format!("{url} is no address"))?.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen")?;
        let url = format!("http://{}", listener.local_addr()?);
        let requests = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&requests);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A connection that cannot be passed on is closed, which the client notices.
                let _ = join(client, &node, &counted);
            }
        });
        Ok(Self { url, requests })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Requests that clients have sent until now.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }
}

fn join(client: TcpStream, node: &str, requests: &Arc<AtomicU64>) -> io::Result<()> {
    let server = TcpStream::connect(node)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = (client.try_clone()?, client);
    let (from_server, to_server) = (server.try_clone()?, server);
    let requests = Arc::clone(requests);
    thread::spawn(move || {
        let mut counter = Counter::default();
        pass(from_client, to_server, |piece| {
            requests.fetch_add(counter.count(piece), Ordering::SeqCst);
        });
    });
    thread::spawn(move || pass(from_server, to_client, |_| {}));
    Ok(())
}

/// Until one side has no more, or takes no more.
fn pass(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8])) {
    let mut piece = vec![0; PIECE_BYTES];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        look(&piece[..length]);
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}

/// Finds the first lines of requests, also where they are cut.
#[derive(Default)]
struct Counter {
    last: Vec<u8>,
}

impl Counter {
    fn count(&mut self, piece: &[u8]) -> u64 {
        self.last.extend_from_slice(piece);
        let found = memmem::find_iter(&self.last, REQUEST_LINE).count() as u64;
        let kept = self.last.len().saturating_sub(REQUEST_LINE.len() - 1);
        self.last.drain(..kept);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_however_they_are_cut() {
        let text = b"GET /a HTTP/1.1\r\nHost: b\r\n\r\nPOST /c HTTP/1.1\r\n\r\n{}";
        for size in 1..=text.len() {
            let mut counter = Counter::default();
            let counted: u64 = text.chunks(size).map(|piece| counter.count(piece)).sum();
            assert_eq!(counted, 2, "in pieces of {size}");
        }
    }
}
