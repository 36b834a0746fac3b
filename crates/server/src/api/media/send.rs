//! A file as an answer: whole, in part, or "you have it already".

use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::RangeInclusive;
use std::time::UNIX_EPOCH;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use tintype_library::blobs::Blob;
use tintype_library::fetching::Found;
use tintype_library::renditions::Rendition;
use tintype_library::{Library, LibraryError};

use crate::body::Answer;
use crate::conditional::has_already;
use crate::error::ApiError;

/// Files up to this size are read in one piece.
const SMALL_BYTES: u64 = 256 * 1024;
/// For pictures that change under the same address: clients ask again each time.
pub(in crate::api) const ASK_AGAIN: &str = "private, no-cache, no-transform";
/// Larger files are read in pieces of this size.
const PIECE_BYTES: usize = 256 * 1024;

/// An open file, and all of its bytes if it is small.
pub(in crate::api) struct Content {
    blob: Blob,
    bytes: Option<Bytes>,
    media_type: String,
    rendition: Option<Rendition>,
    name: String,
}

impl Content {
    /// Opens a JPEG that is kept under `key`. Blocks.
    pub(in crate::api) fn open(library: &Library, key: &str) -> Result<Self, LibraryError> {
        let blob = library.blobs().open(key)?;
        Self::of(Found {
            blob,
            key: key.to_owned(),
            media_type: "image/jpeg".to_owned(),
            rendition: None,
            name: String::new(),
        })
    }

    /// What was opened. Blocks.
    pub(in crate::api) fn of(found: Found) -> Result<Self, LibraryError> {
        let Found { mut blob, key, media_type, rendition, name } = found;
        let mut bytes = None;
        if blob.size_bytes <= SMALL_BYTES {
            bytes = Some(Bytes::from(blob.read_whole(&key)?));
        }
        Ok(Self { blob, bytes, media_type, rendition, name })
    }

    /// Which picture of an asset it is, if it is one.
    pub(in crate::api) fn rendition(&self) -> Option<Rendition> {
        self.rendition
    }

    /// The name of the asset, with the extension of what this is.
    pub(in crate::api) fn name(&self) -> &str {
        &self.name
    }

    /// What it is.
    pub(in crate::api) fn media_type(&self) -> &str {
        &self.media_type
    }

    fn modified_seconds(&self) -> u64 {
        self.blob.modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
    }

    fn tag(&self) -> String {
        let modified = self.blob.modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        format!("\"{:x}-{modified:x}\"", self.blob.size_bytes)
    }

    /// The bytes of a range.
    fn body(self, range: RangeInclusive<u64>) -> Body {
        if let Some(bytes) = self.bytes {
            let to = usize::try_from(*range.end() + 1).unwrap_or(bytes.len()).min(bytes.len());
            let from = usize::try_from(*range.start()).unwrap_or(to).min(to);
            return Body::from(bytes.slice(from..to));
        }
        let left = range.end() - range.start() + 1;
        let start = Some(*range.start());
        Body::from_stream(stream::try_unfold(Reading { blob: self.blob, start, left }, Reading::next))
    }
}

/// A file on its way to a client. Between two pieces it holds no thread, however slow the client is.
struct Reading {
    blob: Blob,
    /// Where to begin; `None` once that is done.
    start: Option<u64>,
    left: u64,
}

impl Reading {
    /// The next piece, read on a thread that may block.
    async fn next(self) -> Result<Option<(Bytes, Self)>, io::Error> {
        if self.left == 0 {
            return Ok(None);
        }
        // A file that fails breaks the connection.
        tokio::task::spawn_blocking(move || self.read().map(Some)).await.map_err(io::Error::other)?
    }

    fn read(mut self) -> Result<(Bytes, Self), io::Error> {
        if let Some(start) = self.start.take() {
            self.blob.reader.seek(SeekFrom::Start(start))?;
        }
        let mut piece = vec![0; PIECE_BYTES.min(usize::try_from(self.left).unwrap_or(PIECE_BYTES))];
        self.blob.reader.read_exact(&mut piece)?;
        self.left -= piece.len() as u64;
        Ok((Bytes::from(piece), self))
    }
}

/// What a `Range` header asks of a file of `size` bytes.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    /// Everything: no header, one that is not understood, or several ranges at once.
    Whole,
    /// These bytes.
    Part(RangeInclusive<u64>),
    /// Bytes that do not exist.
    Nothing,
}

fn wanted(range: Option<&str>, size: u64) -> Wanted {
    let Some(spec) = range.and_then(|text| text.trim().strip_prefix("bytes=")) else { return Wanted::Whole };
    let Some((from, to)) = spec.split_once('-').filter(|_| !spec.contains(',')) else { return Wanted::Whole };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    match (from.trim().is_empty(), number(from), to.trim().is_empty(), number(to)) {
        (true, _, _, Some(0)) => Wanted::Nothing,
        (true, _, _, Some(_)) if size == 0 => Wanted::Nothing,
        (true, _, _, Some(last)) => Wanted::Part(size.saturating_sub(last)..=size - 1),
        (_, Some(from), _, _) if from >= size => Wanted::Nothing,
        (_, Some(from), true, _) => Wanted::Part(from..=size - 1),
        (_, Some(from), _, Some(to)) if to >= from => Wanted::Part(from..=to.min(size - 1)),
        _ => Wanted::Whole,
    }
}

/// Answers a request for a file.
pub(in crate::api) fn send(
    content: Content,
    request: &HeaderMap,
    media_type: &str,
    cache: &'static str,
    disposition: Option<String>,
) -> Answer {
    let (size, tag) = (content.blob.size_bytes, content.tag());
    let modified = UNIX_EPOCH + std::time::Duration::from_secs(content.modified_seconds());
    let mut headers = HeaderMap::new();
    let mut put = |name: header::HeaderName, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    put(header::ETAG, &tag);
    put(header::LAST_MODIFIED, &httpdate::fmt_http_date(modified));
    put(header::CACHE_CONTROL, cache);
    put(header::ACCEPT_RANGES, "bytes");
    // What users upload must not run as a page of this server: an SVG can hold scripts.
    put(header::CONTENT_SECURITY_POLICY, "sandbox");
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if is_known(request, &tag, modified) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    put(header::CONTENT_TYPE, media_type);
    if let Some(disposition) = disposition {
        put(header::CONTENT_DISPOSITION, &disposition);
    }
    let text = |name: header::HeaderName| request.get(name).and_then(|value| value.to_str().ok());
    // A range of an older state of the file is of no use.
    let is_same = text(header::IF_RANGE).is_none_or(|known| known == tag);
    let (status, range) = match wanted(text(header::RANGE).filter(|_| is_same), size) {
        Wanted::Nothing => return Err(ApiError::RangeNotSatisfiable(size)),
        Wanted::Whole if size == 0 => return Ok((StatusCode::OK, headers).into_response()),
        Wanted::Whole => (StatusCode::OK, 0..=size - 1),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
    };
    put(header::CONTENT_LENGTH, &(range.end() - range.start() + 1).to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        put(header::CONTENT_RANGE, &format!("bytes {}-{}/{size}", range.start(), range.end()));
    }
    let mut response = Response::new(content.body(range));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

fn is_known(request: &HeaderMap, tag: &str, modified: std::time::SystemTime) -> bool {
    if request.contains_key(header::IF_NONE_MATCH) {
        return has_already(request, tag);
    }
    let since = request.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    since.and_then(|text| httpdate::parse_http_date(text).ok()).is_some_and(|since| modified <= since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        let ask = |text: &str| wanted(Some(text), 100);
        assert_eq!(ask("bytes=10-19"), Wanted::Part(10..=19));
        assert_eq!(ask("bytes=-5"), Wanted::Part(95..=99));
        assert_eq!(ask("bytes=-500"), Wanted::Part(0..=99));
        assert_eq!(ask("bytes=90-"), Wanted::Part(90..=99));
        assert_eq!(ask("bytes=0-1000"), Wanted::Part(0..=99));
        assert_eq!(ask("bytes=100-"), Wanted::Nothing);
        assert_eq!(ask("bytes=-0"), Wanted::Nothing);
        assert_eq!(ask("bytes=5-2"), Wanted::Whole);
        assert_eq!(ask("bytes=0-1,5-6"), Wanted::Whole);
        assert_eq!(ask("lines=0-1"), Wanted::Whole);
        assert_eq!(wanted(None, 100), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=-1"), 0), Wanted::Nothing);
    }
}
