//! An HTTP client that does as little as possible, so that what is measured is the node.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use memchr::memmem;

/// Large reads: fewer calls into the kernel for the same bytes.
const BUFFER_BYTES: usize = 256 * 1024;

/// Longer than any answer takes.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A connection that is kept alive, for one request after the other.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    from: usize,
    to: usize,
}

/// How the end of a body is told.
enum Framing {
    Length(usize),
    Chunks,
}

/// The bytes of a request to a path below `/api`, without any wish for compression.
#[must_use]
pub fn request(method: &str, path: &str, token: &str, body: Option<&str>) -> Vec<u8> {
    let mut text = format!("{method} /api{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n");
    if let Some(body) = body {
        // Writing to a string cannot fail.
        let _ = write!(text, "Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    }
    text.push_str("\r\n");
    text.push_str(body.unwrap_or_default());
    text.into_bytes()
}

impl Connection {
    /// Connects to an address such as `http://127.0.0.1:2283`.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn open(url: &str) -> Result<Self> {
        let address = url.strip_prefix("http://").with_context(|| format!("{url} is no address"))?;
        let stream = TcpStream::connect(address).with_context(|| format!("cannot connect to {url}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self { stream, buffer: vec![0; BUFFER_BYTES], from: 0, to: 0 })
    }

    /// Sends a request and hands the parts of the answer's body over as they come. Answers the status.
    ///
    /// # Errors
    /// When there is no complete answer.
    pub fn exchange(&mut self, request: &[u8], mut visit: impl FnMut(&[u8])) -> Result<u16> {
        self.stream.write_all(request).context("cannot send")?;
        let (status, framing) = self.head()?;
        match framing {
            Framing::Length(length) => self.take(length, &mut visit)?,
            Framing::Chunks => loop {
                let length = self.chunk_length()?;
                self.take(length, &mut visit)?;
                self.line()?;
                if length == 0 {
                    break;
                }
            },
        }
        Ok(status)
    }

    /// Sends a request and answers status and body.
    ///
    /// # Errors
    /// When there is no complete answer.
    pub fn fetch(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>)> {
        let mut body = Vec::new();
        let status = self.exchange(request, |part| body.extend_from_slice(part))?;
        Ok((status, body))
    }

    fn head(&mut self) -> Result<(u16, Framing)> {
        let head = self.until(b"\r\n\r\n")?.to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok()).context("no status came")?;
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let framing = match (header("content-length:"), header("transfer-encoding:")) {
            (Some(length), _) => Framing::Length(length.parse().context("a length that is none")?),
            (None, Some("chunked")) => Framing::Chunks,
            (None, None) => Framing::Length(0),
            (None, Some(other)) => bail!("the body is {other}"),
        };
        Ok((status, framing))
    }

    fn chunk_length(&mut self) -> Result<usize> {
        let line = self.line()?;
        usize::from_str_radix(line.trim(), 16).with_context(|| format!("no length of a chunk: {line:?}"))
    }

    fn line(&mut self) -> Result<String> {
        self.until(b"\r\n")
    }

    /// What comes before `end`, which is consumed, too.
    fn until(&mut self, end: &[u8]) -> Result<String> {
        let mut text = Vec::new();
        loop {
            let known = self.to - self.from;
            text.extend_from_slice(&self.buffer[self.from..self.to]);
            if let Some(at) = memmem::find(&text, end) {
                // What was read beyond stays in the buffer.
                self.from += at + end.len() - (text.len() - known);
                text.truncate(at);
                return Ok(String::from_utf8_lossy(&text).into_owned());
            }
            self.fill()?;
        }
    }

    fn take(&mut self, mut length: usize, visit: &mut impl FnMut(&[u8])) -> Result<()> {
        while length > 0 {
            if self.from == self.to {
                self.fill()?;
            }
            let part = length.min(self.to - self.from);
            visit(&self.buffer[self.from..self.from + part]);
            self.from += part;
            length -= part;
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<()> {
        self.from = 0;
        self.to = self.stream.read(&mut self.buffer).context("cannot receive")?;
        if self.to == 0 {
            bail!("the connection ended in the middle of an answer");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    /// Sends these pieces as the answer to a request.
    fn answering(pieces: &'static [&'static str]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            for piece in pieces {
                stream.write_all(piece.as_bytes()).unwrap();
                thread::sleep(Duration::from_millis(5));
            }
        });
        url
    }

    #[track_caller]
    fn check(pieces: &'static [&'static str], expected: &str) {
        let mut connection = Connection::open(&answering(pieces)).unwrap();
        let (status, body) = connection.fetch(&request("GET", "/a", "t", None)).unwrap();
        assert_eq!((status, String::from_utf8(body).unwrap().as_str()), (200, expected));
        assert_eq!(connection.from, connection.to, "something is left over");
    }

    #[test]
    fn bodies_end_where_they_say() {
        check(&["HTTP/1.1 200 OK\r\nContent-Le", "ngth: 5\r\n\r\nab", "cde"], "abcde");
        check(&["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r", "\nabc\r\n2\r\nde\r\n0\r\n\r\n"], "abcde");
        check(&["HTTP/1.1 200 OK\r", "\n\r\n"], "");
    }
}
