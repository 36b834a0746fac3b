//! Pictures, originals and videos of assets, as bytes that are read while they come. Nothing is verified here.

use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use tintype_protocol::id::AssetId;
use ureq::http::header;

use crate::connection::Client;
use crate::error::ClientError;

/// How long a server may take until bytes of an asset begin to come.
pub const DOWNLOAD_PATIENCE: Duration = Duration::from_secs(20);
/// Longest picture that is made of an asset, in bytes.
pub const PICTURE_LIMIT: u64 = 256 << 20;
/// Longest original or video, in bytes.
pub const ORIGINAL_LIMIT: u64 = 256 << 30;

/// What pictures of an asset there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureSize {
    /// For grids.
    Thumbnail,
    /// To look at.
    Preview,
    /// In full size, as something that browsers show.
    FullSize,
}

impl PictureSize {
    fn name(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumbnail",
            Self::Preview => "preview",
            Self::FullSize => "fullsize",
        }
    }
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte.
    pub from: u64,
    /// The last one; `None` is that of the file.
    pub to: Option<u64>,
}

/// Bytes on their way.
pub struct Download {
    /// What the server says they are.
    pub media_type: Option<String>,
    /// Where in the file they begin: servers may send all of a file when a part was asked for.
    pub begins_at: u64,
    /// How many there are to come, where the server says so.
    pub length: Option<u64>,
    /// How long the whole file is, where the server says so.
    pub whole: Option<u64>,
    /// The bytes. Ends with an error when there are more than any such file has.
    pub reader: Box<dyn Read + Send>,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("media_type", &self.media_type)
            .field("begins_at", &self.begins_at)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A picture of an asset; with `edited` that of the edited asset, where it is.
    pub fn picture(&self, asset: AssetId, size: PictureSize, edited: bool) -> Result<Download, ClientError> {
        let path = format!("/assets/{asset}/thumbnail?size={}&edited={edited}", size.name());
        self.download(&path, None, PICTURE_LIMIT)
    }

    /// The original of an asset, or a part of it; with `edited` the edited picture in full size, where it is.
    pub fn original(&self, asset: AssetId, edited: bool, range: Option<ByteRange>) -> Result<Download, ClientError> {
        // Servers that know no edits know no such parameter.
        let query = if edited { "?edited=true" } else { "" };
        self.download(&format!("/assets/{asset}/original{query}"), range, ORIGINAL_LIMIT)
    }

    /// A video as players can show it, or a part of it.
    pub fn playback(&self, asset: AssetId, range: Option<ByteRange>) -> Result<Download, ClientError> {
        self.download(&format!("/assets/{asset}/video/playback"), range, ORIGINAL_LIMIT)
    }

    fn download(&self, path: &str, range: Option<ByteRange>, limit: u64) -> Result<Download, ClientError> {
        let range = range.map(|ByteRange { from, to }| match to {
            Some(to) => format!("bytes={from}-{to}"),
            None => format!("bytes={from}-"),
        });
        let answer = self.fetch(path, range.as_deref(), DOWNLOAD_PATIENCE)?;
        let text = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
        // What is compressed on the way has another length than the file.
        let is_plain = text(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
        let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()).filter(|_| is_plain);
        let (begins_at, whole) = match text(header::CONTENT_RANGE).and_then(content_range) {
            Some((from, whole)) if answer.status.as_u16() == 206 => (from, whole),
            _ => (0, length),
        };
        let media_type = text(header::CONTENT_TYPE).map(str::to_owned);
        let reader = Box::new(Bounded { source: answer.body, left: limit });
        Ok(Download { media_type, begins_at, length, whole, reader })
    }
}

/// `bytes 5-9/10`: where it begins, and how long the file is.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (span, whole) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    Some((span.split_once('-')?.0.trim().parse().ok()?, whole.trim().parse().ok()))
}

/// Ends with an error behind the limit, so that nobody takes a piece for the whole.
struct Bounded<R> {
    source: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::new(io::ErrorKind::FileTooLarge, "the file is longer than is taken"))?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use ureq::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

    use super::*;
    use crate::transport::{Answer, NoAnswer, Request, Transport};

    /// Answers everything the same, and remembers what was asked.
    struct Always {
        status: u16,
        headers: Vec<(&'static str, &'static str)>,
        asked: Mutex<Vec<String>>,
    }

    impl Transport for Always {
        fn exchange(&self, request: Request, _: Duration) -> Result<Answer, NoAnswer> {
            let range = request.headers().get("range").map_or("", |value| value.to_str().unwrap());
            self.asked.lock().unwrap().push(format!("{} {range}", request.uri()));
            let header = |(name, value): &(&'static str, &'static str)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            };
            Ok(Answer {
                status: StatusCode::from_u16(self.status).unwrap(),
                headers: HeaderMap::from_iter(self.headers.iter().map(header)),
                url: request.uri().to_string(),
                body: Box::new(&b"56789"[..]),
            })
        }
    }

    fn server(status: u16, headers: &[(&'static str, &'static str)]) -> (Arc<Always>, Client) {
        let server = Arc::new(Always { status, headers: headers.to_vec(), asked: Mutex::default() });
        (Arc::clone(&server), Client::over(server, "http://nas/api"))
    }

    #[test]
    fn parts_are_asked_for_and_told_from_the_whole() {
        let asset = AssetId::from_bytes([7; 16]);
        let part = Some(ByteRange { from: 5, to: None });
        let (asked, client) = server(206, &[("content-range", "bytes 5-9/10"), ("content-length", "5")]);
        let mut got = client.original(asset, false, part).unwrap();
        assert_eq!((got.begins_at, got.length, got.whole), (5, Some(5), Some(10)));
        let mut text = String::new();
        got.reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "56789");
        client.playback(asset, Some(ByteRange { from: 1, to: Some(3) })).unwrap();
        client.picture(asset, PictureSize::Preview, true).unwrap();
        assert_eq!(
            *asked.asked.lock().unwrap(),
            [
                format!("http://nas/api/assets/{asset}/original bytes=5-"),
                format!("http://nas/api/assets/{asset}/video/playback bytes=1-3"),
                format!("http://nas/api/assets/{asset}/thumbnail?size=preview&edited=true "),
            ]
        );
        // A server that does not know parts sends all.
        let (_, client) = server(200, &[("content-length", "10"), ("content-type", "image/jpeg")]);
        let got = client.original(asset, true, part).unwrap();
        assert_eq!((got.begins_at, got.length, got.whole), (0, Some(10), Some(10)));
        assert_eq!(got.media_type.as_deref(), Some("image/jpeg"));
        // The length of what is compressed says nothing about the file.
        let (_, client) = server(200, &[("content-length", "10"), ("content-encoding", "gzip")]);
        assert_eq!(client.original(asset, false, None).unwrap().length, None);
    }

    #[test]
    fn what_is_too_long_is_no_file() {
        let mut bounded = Bounded { source: io::repeat(1), left: 10 };
        let error = bounded.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        let mut all = Vec::new();
        Bounded { source: &[1; 10][..], left: 10 }.read_to_end(&mut all).unwrap();
        assert_eq!(all.len(), 10);
    }
}
