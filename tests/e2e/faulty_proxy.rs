//! A proxy that lets a share of calls fail: some get a 500, some are cut in the middle of their body, and of some the
//! answer is lost, though the server did what was asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use tintype_testkit::Chance;

/// Longest head of a request or an answer, in bytes.
const HEAD_LIMIT: usize = 64 * 1024;

/// How a call goes.
#[derive(Clone, Copy)]
enum Fate {
    Passes,
    Fails,
    CutInside,
    LosesAnswer,
}

/// What a proxy has done so far.
#[derive(Default)]
pub(crate) struct Calls {
    pub(crate) passed: AtomicU64,
    pub(crate) failed: AtomicU64,
}

/// Starts one before `upstream` (`http://127.0.0.1:PORT`); of ten calls one fails. It lives as long as the test.
pub(crate) fn faulty_proxy(upstream: &str, seed: u64) -> Result<(String, Arc<Calls>)> {
    let target = upstream.strip_prefix("http://").context("no address")?.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let (chance, calls) = (Arc::new(Mutex::new(Chance::new(seed))), Arc::new(Calls::default()));
    let told = Arc::clone(&calls);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (target, chance, calls) = (target.clone(), Arc::clone(&chance), Arc::clone(&calls));
            std::thread::spawn(move || {
                let mut client = client;
                // Whoever goes away ends the connection.
                while let Ok(true) = pass(&mut client, &target, &chance, &calls) {}
            });
        }
    });
    Ok((url, told))
}

fn fate(chance: &Mutex<Chance>) -> Fate {
    let number = chance.lock().unwrap_or_else(PoisonError::into_inner).below(30);
    [Fate::Fails, Fate::CutInside, Fate::LosesAnswer]
        .get(usize::try_from(number).unwrap_or(9))
        .copied()
        .unwrap_or(Fate::Passes)
}

/// One call; whether the connection goes on.
fn pass(client: &mut TcpStream, target: &str, chance: &Mutex<Chance>, calls: &Calls) -> std::io::Result<bool> {
    let (head, rest) = head(client)?;
    if head.is_empty() {
        return Ok(false);
    }
    let length = length(&head);
    let fate = fate(chance);
    let counter = if matches!(fate, Fate::Passes) { &calls.passed } else { &calls.failed };
    counter.fetch_add(1, Ordering::Relaxed);
    let mut server = TcpStream::connect(target)?;
    match fate {
        Fate::Fails => {
            drain(client, length.saturating_sub(rest.len()))?;
            client.write_all(b"HTTP/1.1 500 X\r\nContent-Length: 2\r\n\r\n{}")?;
            return Ok(true);
        }
        Fate::CutInside => {
            server.write_all(&head)?;
            server.write_all(&rest[..rest.len() / 2])?;
            return Ok(false);
        }
        Fate::Passes | Fate::LosesAnswer => {}
    }
    server.write_all(&head)?;
    server.write_all(&rest)?;
    std::io::copy(&mut client.take(length.saturating_sub(rest.len()) as u64), &mut server)?;
    let (answer, begin) = self::head(&mut server)?;
    let mut body = begin;
    let missing = self::length(&answer).saturating_sub(body.len());
    server.take(missing as u64).read_to_end(&mut body)?;
    if matches!(fate, Fate::LosesAnswer) {
        return Ok(false);
    }
    client.write_all(&answer)?;
    client.write_all(&body)?;
    Ok(true)
}

fn drain(client: &mut TcpStream, bytes: usize) -> std::io::Result<()> {
    std::io::copy(&mut client.take(bytes as u64), &mut std::io::sink()).map(drop)
}

/// A head, with the empty line behind it, and what came of the body with it.
fn head(stream: &mut TcpStream) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return Ok((bytes, rest));
        }
        let count = stream.read(&mut piece)?;
        if count == 0 || bytes.len() > HEAD_LIMIT {
            return Ok((Vec::new(), Vec::new()));
        }
        bytes.extend_from_slice(&piece[..count]);
    }
}

fn length(head: &[u8]) -> usize {
    let text = String::from_utf8_lossy(head).to_lowercase();
    let line = text.lines().find_map(|line| line.strip_prefix("content-length:"));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}
