//! Stands between a client and a node, and remembers what the client asks.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};

/// What the first line of a request ends with. No JSON has it inside.
const REQUEST_LINE: &[u8] = b" HTTP/1.1";
/// Longest first line that is looked for, in bytes.
const LINE_LIMIT: usize = 8 * 1024;

/// Bytes that are passed on at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Passes bytes on until the program ends.
pub struct Relay {
    url: String,
    requests: Asked,
}

type Asked = Arc<Mutex<Vec<String>>>;

impl Relay {
    /// Listens on a port of its own, in front of `http://ADDRESS`.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn to(url: &str) -> Result<Self> {
        let node = url.strip_prefix("http://").with_context(|| format!("{url} is no address"))?.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen")?;
        let url = format!("http://{}", listener.local_addr()?);
        let requests = Asked::default();
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

    /// What clients have asked until now: methods and paths, as in `GET /api/server/ping`.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn join(client: TcpStream, node: &str, requests: &Asked) -> io::Result<()> {
    let server = TcpStream::connect(node)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = (client.try_clone()?, client);
    let (from_server, to_server) = (server.try_clone()?, server);
    let requests = Arc::clone(requests);
    thread::spawn(move || {
        let mut lines = Lines::default();
        pass(from_client, to_server, |piece| {
            let found = lines.find(piece);
            requests.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
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
struct Lines {
    /// What came since the last end of a line.
    last: Vec<u8>,
}

impl Lines {
    fn find(&mut self, piece: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.last.extend_from_slice(part);
            if self.last.ends_with(b"\n") {
                let line = self.last.trim_ascii_end();
                found.extend(line.strip_suffix(REQUEST_LINE).map(|asked| {
                    // A body that does not end with a line stands before the next request.
                    let text = String::from_utf8_lossy(asked);
                    let begin = text.rfind(['}', ']']).map_or(0, |at| at + 1);
                    text[begin..].to_owned()
                }));
                self.last.clear();
            }
            // Bodies have lines of any length: only an end can be the one that is looked for.
            let kept = self.last.len().saturating_sub(LINE_LIMIT);
            self.last.drain(..kept);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_found_however_they_are_cut() {
        let text = b"POST /c HTTP/1.1\r\nHost: b\r\n\r\n{\"a\":1}GET /a?b=c HTTP/1.1\r\n\r\n";
        for size in 1..=text.len() {
            let mut lines = Lines::default();
            let found: Vec<String> = text.chunks(size).flat_map(|piece| lines.find(piece)).collect();
            assert_eq!(found, ["POST /c", "GET /a?b=c"], "in pieces of {size}");
        }
    }
}
