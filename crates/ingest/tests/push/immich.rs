//! As much of an Immich-compatible server as sending needs, with faults.

use std::collections::VecDeque;
use std::io::{Cursor, Read as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sha1::Digest as _;
use tintype_client::{Answer, Client, NoAnswer, Request, Transport};
use tintype_ingest::push::Http;
use tintype_protocol::checksum::Sha1;
use uuid::Uuid;

/// How the next upload goes wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// It is answered with this status; how long the server asks to be left alone.
    Status(u16, Option<u64>),
    /// It arrives, and the answer is lost.
    LostAnswer,
    /// It is kept with another checksum.
    Damage,
}

#[derive(Default)]
pub(crate) struct Immich {
    pub(crate) kept: Mutex<Vec<(Uuid, Sha1)>>,
    pub(crate) trashed: Mutex<Vec<Sha1>>,
    pub(crate) faults: Mutex<VecDeque<Fault>>,
    pub(crate) uploads: Mutex<usize>,
    /// What came as sidecars.
    pub(crate) sidecars: Mutex<Vec<String>>,
    /// Where all originals are read from, if not from a folder of its own.
    pub(crate) lies_at: Mutex<Option<PathBuf>>,
    /// Called in the middle of the next upload.
    pub(crate) meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Immich {
    pub(crate) fn target(self: &Arc<Self>) -> Http {
        let server = Arc::clone(self);
        let connect = move || {
            let transport = Arc::clone(&server) as Arc<dyn Transport>;
            Ok(Client::over(transport, "http://immich.invalid/api").with_key("key".to_owned()))
        };
        Http::new("immich".to_owned(), connect)
    }

    fn check(&self, body: &Value) -> Value {
        let checksum: Sha1 = body["assets"][0]["checksum"].as_str().unwrap().parse().unwrap();
        let kept = self.kept.lock().unwrap().iter().find(|(_, sha1)| *sha1 == checksum).map(|(id, _)| *id);
        let trashed = self.trashed.lock().unwrap().contains(&checksum);
        let id = kept.or(trashed.then(Uuid::nil));
        json!({ "results": [{ "id": "1", "action": "reject", "assetId": id, "isTrashed": trashed }] })
    }

    fn upload(&self, request: Request) -> Result<(u16, Value, Option<u64>), NoAnswer> {
        *self.uploads.lock().unwrap() += 1;
        let promised: Sha1 = request.headers()["x-immich-checksum"].to_str().unwrap().parse().unwrap();
        let length = request.body().length();
        let (mut source, mut form) = (request.into_body().into_reader(), vec![0; 1_000]);
        let count = source.read(&mut form)?;
        form.truncate(count);
        if let Some(meanwhile) = self.meanwhile.lock().unwrap().take() {
            meanwhile();
        }
        source.read_to_end(&mut form)?;
        if form.len() as u64 != length {
            return Err("the body ended too early".into());
        }
        let fault = self.faults.lock().unwrap().pop_front();
        if let Some(Fault::Status(status, after)) = fault {
            return Ok((status, json!({ "message": "no" }), after));
        }
        let text = form.windows(9).rposition(|window| window == b"assetData").unwrap();
        if let Some((_, sidecar)) = String::from_utf8_lossy(&form[..text]).split_once("\"sidecarData\"") {
            let (_, sidecar) = sidecar.split_once("\r\n\r\n").unwrap();
            self.sidecars.lock().unwrap().push(sidecar.split("\r\n--").next().unwrap().to_owned());
        }
        let start = text + form[text..].windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        let end = form.windows(4).rposition(|window| window == b"\r\n--").unwrap();
        let mut sha1 = Sha1(sha1::Sha1::digest(&form[start..end]).into());
        if sha1 != promised {
            return Ok((400, json!({ "message": "the checksum is another one" }), None));
        }
        if let Some(Fault::Damage) = fault {
            sha1 = Sha1([0; 20]);
        }
        let id = Uuid::new_v4();
        self.kept.lock().unwrap().push((id, sha1));
        if let Some(Fault::LostAnswer) = fault {
            return Err("the connection was lost".into());
        }
        Ok((201, json!({ "id": id, "status": "created" }), None))
    }

    fn asset(&self, id: &str) -> (u16, Value) {
        let kept = self.kept.lock().unwrap().iter().find(|(kept, _)| kept.to_string() == id).copied();
        let Some((id, sha1)) = kept else { return (404, json!({ "message": "not found" })) };
        let time = "2026-01-01T00:00:00.000Z";
        let asset = json!({
            "id": id, "ownerId": Uuid::nil(), "libraryId": null, "type": "IMAGE", "originalFileName": "a.jpg", "thumbhash": null,
            "fileCreatedAt": time, "fileModifiedAt": time, "localDateTime": time, "createdAt": time, "updatedAt": time,
            "isFavorite": false, "isTrashed": false, "isEdited": false, "visibility": "timeline", "duration": null,
            "livePhotoVideoId": null, "checksum": serde_json::to_value(sha1).unwrap(), "width": null, "height": null, "tags": [], "people": [],
            "stack": null, "exifInfo": null, "duplicateId": null, "hasMetadata": true,
        });
        (200, asset)
    }
}

impl Transport for Immich {
    fn exchange(&self, request: Request, _: Duration) -> Result<Answer, NoAnswer> {
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let (status, body, after) = match (method.as_str(), path.as_str()) {
            ("POST", "/api/assets/bulk-upload-check") => {
                let mut text = Vec::new();
                request.into_body().into_reader().read_to_end(&mut text)?;
                (200, self.check(&serde_json::from_slice(&text)?), None)
            }
            ("POST", "/api/assets") => self.upload(request)?,
            ("GET", path) if path.ends_with("/original") => match self.lies_at.lock().unwrap().as_ref() {
                Some(lies_at) if !lies_at.exists() => (404, json!({ "message": "not found" }), None),
                _ => (206, json!(1), None),
            },
            ("GET", path) => {
                let (status, body) = self.asset(path.rsplit('/').next().unwrap());
                (status, body, None)
            }
            _ => panic!("{method} {path} is not needed for sending"),
        };
        let mut headers = http::HeaderMap::new();
        if let Some(after) = after {
            headers.insert("retry-after", after.into());
        }
        let body = Box::new(Cursor::new(serde_json::to_vec(&body)?));
        Ok(Answer { status: http::StatusCode::from_u16(status)?, headers, url: path, body })
    }
}
