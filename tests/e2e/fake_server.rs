//! A server that says what a test wants it to, beyond what it takes to be found.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use anyhow::Result;

/// Starts one; `answer` gives status and body for a path, or nothing for an answer that begins and never ends. It lives
/// as long as the test.
pub(crate) fn fake_server(answer: fn(&str) -> Option<(u16, &'static str)>) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let path = path(&mut stream);
            let said = match path.as_str() {
                "/api/server/ping" => Some((200, r#"{"res":"pong"}"#)),
                "/api/server/version" => Some((200, r#"{"major":3,"minor":2,"patch":2}"#)),
                "/.well-known/immich" => Some((404, "{}")),
                path => answer(path),
            };
            // A client that has gone needs no answer.
            let _ = match said {
                Some((status, body)) => {
                    let length = body.len();
                    write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
                }
                None => write!(stream, "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"),
            };
            if said.is_none() {
                held.push(stream);
            }
        }
    });
    Ok(url)
}

/// Reads a request to its end, bodies included, as a connection that is closed on unread bytes loses the answer.
fn path(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = stream.read_exact(&mut body);
    head.split(' ').nth(1).unwrap_or_default().to_owned()
}
