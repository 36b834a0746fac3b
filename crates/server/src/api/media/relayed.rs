//! Bytes of another server as an answer, handed on as they come.

use std::io::{self, Read as _};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use tintype_library::origin::{Arriving, Span};
use tokio::sync::OwnedSemaphorePermit;

use super::send::Content;

/// Bytes handed on at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Where the bytes of an answer come from.
pub(super) enum Opened {
    /// This machine.
    Here(Content),
    /// Another server.
    Relayed(Relayed),
}

/// Bytes on their way through.
pub(super) struct Relayed {
    pub(super) arriving: Arriving,
    /// What the client asked for.
    pub(super) span: Option<Span>,
    /// Held until they are through.
    pub(super) _room: OwnedSemaphorePermit,
}

impl Relayed {
    /// The answer. A client that wants a part gets it where the other server can give parts, else everything.
    pub(super) fn send(self, media_type: &str, cache: &'static str, disposition: Option<String>) -> Response {
        let Arriving { begins_at, length, whole, .. } = self.arriving;
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        let mut put = |name: HeaderName, text: &str| {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(name, value);
            }
        };
        put(header::CONTENT_TYPE, media_type);
        put(header::CACHE_CONTROL, cache);
        put(header::ACCEPT_RANGES, "bytes");
        // As with files that lie here: what users upload must not run as a page of this server.
        put(header::CONTENT_SECURITY_POLICY, "sandbox");
        put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        if let Some(disposition) = disposition {
            put(header::CONTENT_DISPOSITION, &disposition);
        }
        if let Some(length) = length {
            put(header::CONTENT_LENGTH, &length.to_string());
        }
        if let (Some(span), Some(length), Some(whole)) = (self.span, length, whole)
            && span.from == begins_at
            && length > 0
        {
            put(header::CONTENT_RANGE, &format!("bytes {begins_at}-{}/{whole}", begins_at + length - 1));
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        *response.body_mut() = Body::from_stream(stream::try_unfold(self, Self::next));
        response
    }

    /// The next piece, read on a thread that may block. Between two pieces none is held, however slow the client is.
    async fn next(self) -> Result<Option<(Bytes, Self)>, io::Error> {
        tokio::task::spawn_blocking(move || self.read()).await.map_err(io::Error::other)?
    }

    fn read(mut self) -> Result<Option<(Bytes, Self)>, io::Error> {
        let mut piece = vec![0; PIECE_BYTES];
        let count = loop {
            match self.arriving.reader.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        piece.truncate(count);
        Ok((count > 0).then(|| (Bytes::from(piece), self)))
    }
}

/// The part that a `Range` header asks for, where it names its first byte; else everything is asked for.
pub(super) fn span(headers: &HeaderMap) -> Option<Span> {
    // What a part is to be compared with is not known here: all of it is always right.
    if headers.contains_key(header::IF_RANGE) {
        return None;
    }
    let text = headers.get(header::RANGE)?.to_str().ok()?;
    let (from, to) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let from = from.trim().parse().ok()?;
    let to = match to.trim() {
        "" => None,
        to => Some(to.parse().ok().filter(|to| *to >= from)?),
    };
    Some(Span { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_parts_are_passed_on() {
        let ask = |text: &'static str| span(&HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static(text))]));
        assert_eq!(ask("bytes=5-"), Some(Span { from: 5, to: None }));
        assert_eq!(ask("bytes=5-9"), Some(Span { from: 5, to: Some(9) }));
        for whole in ["bytes=-5", "bytes=9-5", "bytes=0-1,4-5", "lines=1-2", "bytes=", "bytes=x-"] {
            assert_eq!(ask(whole), None, "{whole}");
        }
        assert_eq!(span(&HeaderMap::new()), None);
    }
}
