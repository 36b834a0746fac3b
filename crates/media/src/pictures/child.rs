//! Decoding in a process of its own, so that a decoder that runs wild takes nothing else with it.
//!
//! The parent starts its own executable with the arguments `dev decode` and writes one [`Request`] as JSON to its
//! standard input. The child limits its own memory and CPU time, decodes, and answers on standard output: one line of
//! JSON, an [`Answer`]; then, if it is a picture, `icc_bytes` bytes of colour profile and the pixels as they are in
//! a raster. A child that ends without a whole answer crashed or was stopped by its limits.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Limits;
use super::error::PictureError;
use super::orientation::Orientation;
use super::process::{self, RunLimits};
use super::raster::{Decoded, Layout, Raster};
use super::young;
use crate::sniff::Container;

/// Arguments that make the executable call [`decode_child`].
const CHILD_ARGUMENTS: [&str; 2] = ["dev", "decode"];

/// The largest request and the largest answer without pixels, in bytes.
const MAX_MESSAGE_BYTES: u64 = 64 << 10;

/// The largest colour profile in an answer, in bytes.
const MAX_PROFILE_BYTES: u64 = 1 << 20;

/// Address space of the child besides the limit for one picture, in bytes: the executable, stacks, the file.
const OVERHEAD_BYTES: u64 = 1 << 30;

/// What the child shall do.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    /// The file, as the bytes of its path, which need not be UTF-8.
    path: Vec<u8>,
    container: Container,
    max_pixels: u64,
    max_bytes: u64,
    cpu_seconds: u64,
}

/// How it went.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Answer {
    Picture { width: u32, height: u32, opacity: bool, orientation: u8, icc_bytes: u64 },
    TooLarge { width: u32, height: u32, limit: u64 },
    Unsupported { what: String },
    Damaged { why: String },
    Unreadable { why: String },
}

/// Decodes `path` in a child process of `program`.
pub(crate) fn decode(
    program: &Path,
    path: &Path,
    container: Container,
    limits: &Limits,
) -> Result<Decoded<Raster>, PictureError> {
    let failed = |source: io::Error| PictureError::Program { program: program.to_owned(), source };
    let request = Request {
        path: path.as_os_str().as_bytes().to_vec(),
        container,
        max_pixels: limits.max_pixels,
        max_bytes: limits.max_bytes,
        cpu_seconds: limits.timeout.as_secs() + 1,
    };
    let request = serde_json::to_vec(&request).map_err(|error| failed(error.into()))?;
    let run_limits = RunLimits {
        timeout: limits.timeout,
        max_output: limits.max_bytes.saturating_add(MAX_MESSAGE_BYTES + MAX_PROFILE_BYTES),
        max_memory: limits.max_bytes.saturating_add(OVERHEAD_BYTES),
    };
    let outcome = process::run(Command::new(program).args(CHILD_ARGUMENTS), &request, run_limits)?;
    read_answer(outcome.output, path, container).unwrap_or_else(|| {
        let why = format!("the decoder ended without an answer ({}) {}", outcome.status, outcome.complaint);
        Err(PictureError::damaged(young::format_name(container), why))
    })
}

/// `None` if the output is not a whole answer.
fn read_answer(
    mut output: Vec<u8>,
    path: &Path,
    container: Container,
) -> Option<Result<Decoded<Raster>, PictureError>> {
    let line = memchr::memchr(b'\n', &output)?;
    let failure = match serde_json::from_slice(&output[..line]).ok()? {
        Answer::Picture { width, height, opacity, orientation, icc_bytes } => {
            let pixels_at = line.checked_add(1)?.checked_add(usize::try_from(icc_bytes).ok()?)?;
            let icc = output.get(line + 1..pixels_at)?.to_vec();
            output.drain(..pixels_at);
            let layout = if opacity { Layout::Rgba } else { Layout::Rgb };
            let raster = Raster::new(width, height, layout, output).ok()?;
            let icc = (!icc.is_empty()).then_some(icc);
            return Some(Ok(Decoded::full(raster, Orientation::from_exif(orientation.into()), icc)));
        }
        Answer::TooLarge { width, height, limit } => PictureError::TooLarge { width, height, limit },
        Answer::Unsupported { what } => PictureError::Unsupported { what },
        Answer::Damaged { why } => PictureError::damaged(young::format_name(container), why),
        Answer::Unreadable { why } => PictureError::Io { path: path.to_owned(), source: io::Error::other(why) },
    };
    Some(Err(failure))
}

/// The child's side: reads one request from `input`, limits this process, decodes, writes the answer to `output`. To be
/// called by the executable when it is started with the arguments `dev decode`, and by nothing else: the limits stay.
///
/// What is wrong with the picture is part of the answer. An error means that the request was none or that the parent is
/// gone.
pub fn decode_child(input: impl Read, output: impl Write) -> Result<(), PictureError> {
    let request = read_request(input)?;
    limit_this_process(&request);
    answer(&request, output)
}

fn read_request(input: impl Read) -> Result<Request, PictureError> {
    serde_json::from_reader(input.take(MAX_MESSAGE_BYTES))
        .map_err(|error| PictureError::Program { program: PathBuf::from("standard input"), source: error.into() })
}

/// A limit that cannot be set is left: the parent still has its clock, and sets the memory limit, too.
fn limit_this_process(request: &Request) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let fixed = |value| Rlimit { current: Some(value), maximum: Some(value) };
    let _ = setrlimit(Resource::Cpu, fixed(request.cpu_seconds));
    let _ = setrlimit(Resource::As, fixed(request.max_bytes.saturating_add(OVERHEAD_BYTES)));
    let _ = setrlimit(Resource::Core, fixed(0));
}

fn answer(request: &Request, mut output: impl Write) -> Result<(), PictureError> {
    let path = PathBuf::from(OsString::from_vec(request.path.clone()));
    let limits = Limits {
        max_pixels: request.max_pixels,
        max_bytes: request.max_bytes,
        timeout: Duration::from_secs(request.cpu_seconds),
    };
    let (answer, icc, pixels) = match young::decode(&path, request.container, &limits) {
        Ok(decoded) => {
            let icc = decoded.icc.unwrap_or_default();
            let answer = Answer::Picture {
                width: decoded.pixels.width(),
                height: decoded.pixels.height(),
                opacity: decoded.pixels.layout() == Layout::Rgba,
                orientation: decoded.orientation.to_exif(),
                icc_bytes: icc.len() as u64,
            };
            (answer, icc, decoded.pixels.into_pixels())
        }
        Err(error) => (failure(error), Vec::new(), Vec::new()),
    };
    let write = || -> io::Result<()> {
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
        output.write_all(&icc)?;
        output.write_all(&pixels)?;
        output.flush()
    };
    let mut write = write;
    write().map_err(|source| PictureError::Program { program: PathBuf::from("standard output"), source })
}

fn failure(error: PictureError) -> Answer {
    match error {
        PictureError::TooLarge { width, height, limit } => Answer::TooLarge { width, height, limit },
        PictureError::Unsupported { what } => Answer::Unsupported { what },
        PictureError::Damaged { source, .. } => Answer::Damaged { why: source.to_string() },
        PictureError::Io { source, .. } => Answer::Unreadable { why: source.to_string() },
        other => Answer::Damaged { why: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_come_back_as_what_they_were() {
        let request = Request {
            path: b"/nonexistent".to_vec(),
            container: Container::Heif,
            max_pixels: 1,
            max_bytes: 1,
            cpu_seconds: 1,
        };
        let mut output = Vec::new();
        answer(&request, &mut output).unwrap();
        let error = read_answer(output, Path::new("x"), Container::Heif).unwrap().unwrap_err();
        assert!(matches!(error, PictureError::Io { .. }), "{error}");
    }

    #[test]
    fn pictures_come_back_whole_or_not_at_all() {
        let answer = br#"{"picture":{"width":2,"height":1,"opacity":false,"orientation":6,"icc_bytes":3}}"#;
        let mut output = answer.to_vec();
        output.extend_from_slice(b"\niccabcdef");
        let decoded = read_answer(output.clone(), Path::new("x"), Container::Heif).unwrap().unwrap();
        assert_eq!(decoded.icc.as_deref(), Some(&b"icc"[..]));
        assert_eq!(decoded.pixels.pixels(), b"abcdef");
        assert_eq!(decoded.orientation.to_exif(), 6);
        output.pop();
        assert!(read_answer(output, Path::new("x"), Container::Heif).is_none());
        assert!(read_answer(b"thread panicked\n".to_vec(), Path::new("x"), Container::Heif).is_none());
    }

    #[test]
    fn a_request_that_is_none_is_an_error() {
        assert!(matches!(read_request(&b"hello"[..]), Err(PictureError::Program { .. })));
    }
}
