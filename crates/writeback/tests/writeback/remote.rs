//! Photos of another server in a folder here: found, proven, written, told to the server; and a server that fails.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use tintype_client::{Answer, Client, NoAnswer, Request, Transport};
use tintype_writeback::engine::Source;
use tintype_writeback::folder::PhotoFolder;
use tintype_writeback::modules::{Choice, Module};
use tintype_writeback::order::{Became, FileReport, Happened};
use tintype_writeback::remote::Remote;
use tintype_writeback::{Order, Report, RunError, Targets};

use crate::scene::{Scene, all_written, everything, jpeg, tools};

const OWNER: &str = "0f9d3c1e-7a4b-4c2d-9e8f-000000000001";
const BASE: &str = "http://server.invalid/api";

/// How a call goes wrong, once.
#[derive(Clone, Copy)]
enum Fault {
    /// With this status, and perhaps with a time to wait.
    Status(u16, Option<u64>),
    /// The answer breaks off.
    Cut,
    /// No answer comes.
    Lost,
}

#[derive(Default)]
struct State {
    assets: Vec<Value>,
    /// Albums: name, owner, what is in it.
    albums: Vec<(String, Vec<String>)>,
    faults: Vec<(&'static str, Fault)>,
    /// Permissions that the key lacks, by the beginning of paths.
    denied: Vec<&'static str>,
    page_size: usize,
    asked: Vec<(String, Value)>,
    waits: Vec<Duration>,
}

/// A server behind the client's transport.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<State>>);

/// Where a connection breaks off.
struct Broken;

impl std::io::Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::ConnectionReset.into())
    }
}

fn answer(status: u16, body: &Value, whole: bool, after: Option<u64>) -> Answer {
    let mut bytes = body.to_string().into_bytes();
    if !whole {
        bytes.truncate(bytes.len() / 2);
    }
    let mut headers = HeaderMap::new();
    after.map(|seconds| headers.insert(header::RETRY_AFTER, seconds.into()));
    let end: Box<dyn std::io::Read + Send> = if whole { Box::new(std::io::empty()) } else { Box::new(Broken) };
    let body = Box::new(Cursor::new(bytes).chain(end));
    Answer { status: StatusCode::from_u16(status).unwrap(), headers, url: BASE.to_owned(), body }
}

impl Transport for Server {
    fn exchange(&self, request: Request, _: Duration) -> Result<Answer, NoAnswer> {
        let mut state = self.0.lock().unwrap();
        let path = request.uri().path().strip_prefix("/api").unwrap_or_default().to_owned();
        assert_eq!(request.headers()["x-api-key"], "key");
        let mut bytes = Vec::new();
        request.into_body().into_reader().read_to_end(&mut bytes).unwrap();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        state.asked.push((path.clone(), body.clone()));
        if state.denied.iter().any(|denied| path.starts_with(denied)) {
            let message = json!({ "message": "Missing required permission: x" });
            return Ok(answer(403, &message, true, None));
        }
        let fault = state.faults.iter().position(|(at, _)| path.starts_with(at)).map(|at| state.faults.remove(at).1);
        match fault {
            Some(Fault::Status(status, after)) => return Ok(answer(status, &json!({}), true, after)),
            Some(Fault::Lost) => return Err("lost".into()),
            _ => {}
        }
        let said = state.said(&path, &body);
        Ok(answer(if said.is_null() { 404 } else { 200 }, &said, !matches!(fault, Some(Fault::Cut)), None))
    }
}

impl State {
    fn said(&self, path: &str, body: &Value) -> Value {
        match path {
            "/users/me" => json!({ "id": OWNER, "email": "ada@example.org", "name": "Ada" }),
            "/assets/statistics" => json!({ "images": self.assets.len(), "videos": 0, "total": self.assets.len() }),
            "/search/metadata" => self.found(body),
            "/albums" => {
                let album = |(index, (name, _)): (usize, &(String, Vec<String>))| {
                    json!({
                        "id": format!("0f9d3c1e-7a4b-4c2d-9e8f-0000000000a{index}"), "albumName": name, "description": "",
                        "albumThumbnailAssetId": null, "createdAt": "2024-01-01T00:00:00.000Z",
                        "updatedAt": "2024-01-01T00:00:00.000Z", "isActivityEnabled": true, "order": "asc",
                        "albumUsers": [], "owner": {
                            "id": OWNER, "name": "Ada", "email": "ada@example.org", "avatarColor": null,
                            "profileImagePath": "", "profileChangedAt": "2024-01-01T00:00:00.000Z",
                        },
                    })
                };
                self.albums.iter().enumerate().map(album).collect()
            }
            "/assets/jobs" | "/jobs/sidecar" => json!({}),
            "/faces" => {
                let mut face = self.assets.iter().find_map(|asset| asset.get("placed")).cloned().unwrap_or_default();
                face["person"] = json!({ "id": OWNER, "name": "Ada" });
                json!([face])
            }
            path => {
                let id = path.strip_prefix("/assets/").unwrap_or_default();
                self.assets.iter().find(|asset| asset["id"] == id).cloned().unwrap_or_default()
            }
        }
    }

    fn found(&self, body: &Value) -> Value {
        let album = body["albumIds"][0].as_str().and_then(|id| id.chars().last()?.to_digit(10));
        let is_in = |asset: &&Value| {
            let inside = album.map(|album| &self.albums[album as usize].1);
            let id = asset["id"].as_str().unwrap().to_owned();
            asset["visibility"] == body["visibility"] && inside.is_none_or(|inside| inside.contains(&id))
        };
        let all: Vec<Value> = self.assets.iter().filter(is_in).cloned().collect();
        let (page, size) = (body["page"].as_u64().unwrap() as usize, self.page_size.max(1));
        let items: Vec<Value> = all.iter().skip((page - 1) * size).take(size).cloned().collect();
        let next = (page * size < all.len()).then(|| (page + 1).to_string());
        json!({ "assets": { "items": items, "nextPage": next } })
    }
}

/// A server with photos, and the folder where they lie.
struct Foreign {
    server: Server,
    folder: tempfile::TempDir,
}

impl Foreign {
    fn new() -> Self {
        let server = Server::default();
        server.0.lock().unwrap().page_size = 2;
        Self { server, folder: tempfile::tempdir().unwrap() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.server.0.lock().unwrap()
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// A photo in the folder that the server knows under `/data/library/ada/`.
    fn photo(&self, number: u8, path: &str) -> String {
        let file = self.file(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        jpeg(&file, number);
        self.tell_of(number, path, &std::fs::read(&file).unwrap())
    }

    fn tell_of(&self, number: u8, path: &str, bytes: &[u8]) -> String {
        let id = format!("0f9d3c1e-7a4b-4c2d-9e8f-0000000001{number:02}");
        let sha1: [u8; 20] = sha1::Digest::finalize(<sha1::Sha1 as sha1::Digest>::new_with_prefix(bytes)).into();
        let name = Path::new(path).file_name().unwrap().to_str().unwrap();
        let face = json!({
            "imageWidth": 400, "imageHeight": 300, "boundingBoxX1": 40, "boundingBoxX2": 120, "boundingBoxY1": 60,
            "boundingBoxY2": 120,
        });
        self.state().assets.push(json!({
            "id": id, "ownerId": OWNER, "type": "IMAGE", "originalFileName": name,
            "originalPath": format!("/data/library/ada/{path}"), "thumbhash": null,
            "fileCreatedAt": "2024-07-02T10:00:00.000Z", "fileModifiedAt": "2024-07-05T00:00:00.000Z",
            "localDateTime": "2024-07-02T12:00:00.000Z", "updatedAt": "2024-07-05T00:00:00.000Z", "isFavorite": false,
            "isTrashed": false, "visibility": "timeline", "duration": "0:00:00.00000",
            "checksum": tintype_protocol::bytes::base64(&sha1),
            "exifInfo": {
                "description": format!("word {number}"), "rating": 4, "latitude": -33.5, "longitude": -70.25,
                "timeZone": "Europe/Berlin", "orientation": "1", "fileSizeInByte": bytes.len(),
                "exifImageWidth": 400, "exifImageHeight": 300,
            },
            "people": [{ "id": OWNER, "name": "Ada", "isHidden": false, "faces": [face] }],
            "tags": [{ "id": OWNER, "value": "Travel/Wales" }],
        }));
        id
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Value)) {
        let mut state = self.state();
        change(state.assets.iter_mut().find(|asset| asset["id"] == id).unwrap());
    }

    fn run(&self, scene: &Scene, order: &Order) -> (Result<Report, RunError>, Vec<FileReport>) {
        self.run_in(scene, order, &PhotoFolder::open(Some(self.folder.path()), 3, Vec::new()).unwrap())
    }

    fn run_in(
        &self,
        scene: &Scene,
        order: &Order,
        folder: &PhotoFolder,
    ) -> (Result<Report, RunError>, Vec<FileReport>) {
        let client = Client::over(Arc::new(self.server.clone()), BASE).with_key("key".to_owned());
        let told = self.server.clone();
        let wait = move |time| {
            told.0.lock().unwrap().waits.push(time);
            true
        };
        let remote = Remote::new(client, 0, Box::new(wait), None);
        let source = Source { remote: &remote, folder, query: None };
        let mut files = Vec::new();
        let report = scene.engine(Some(scene.program())).run_remote(order, &source, &mut |happened| {
            if let Happened::File(file) = happened {
                files.push(file);
            }
            true
        });
        (report, files)
    }

    /// Bodies of requests to a path.
    fn asked(&self, path: &str) -> Vec<Value> {
        self.state().asked.iter().filter(|(asked, _)| asked == path).map(|(_, body)| body.clone()).collect()
    }

    /// Names of everything in the folder.
    fn names(&self, below: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.file(below)).unwrap().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn reasons(files: &[FileReport]) -> BTreeMap<String, &'static str> {
    let reason = |file: &FileReport| match &file.became {
        Became::Skipped(reason, _) | Became::Failed(reason, _) => *reason,
        Became::Written(_) => "written",
        Became::Equal => "equal",
    };
    files.iter().map(|file| (file.name.clone(), reason(file))).collect()
}

#[test]
fn photos_of_a_server_get_what_it_knows() {
    let Some(tools) = tools("photos of another server") else { return };
    let (scene, foreign) = (Scene::new(&tools), Foreign::new());
    let ids: Vec<String> = (1..=3).map(|number| foreign.photo(number, &format!("2024/07/{number}.jpg"))).collect();
    foreign.state().albums.push(("Summer".to_owned(), vec![ids[0].clone()]));
    foreign.change(&ids[1], |asset| {
        asset["visibility"] = "archive".into();
        let face = asset["people"][0].as_object_mut().unwrap().remove("faces").unwrap()[0].clone();
        asset["placed"] = face;
    });
    let (report, files) = foreign.run(&scene, &Order { is_dry: true, ..everything(Targets::Sidecar) });
    assert_eq!((report.unwrap().written, foreign.names("2024/07").len()), (3, 3), "a dry run writes nothing");
    all_written(&files);

    let (report, files) = foreign.run(&scene, &everything(Targets::Sidecar));
    let report = report.unwrap();
    all_written(&files);
    assert_eq!(foreign.names("2024/07"), ["1.jpg", "1.jpg.xmp", "2.jpg", "2.jpg.xmp", "3.jpg", "3.jpg.xmp"]);
    let said = scene.ask(&foreign.file("2024/07/1.jpg.xmp"));
    assert_eq!(said["XMP-tiff:ImageDescription"], json!("word 1"));
    assert_eq!(said["XMP-iptcExt:PersonInImage"], json!(["Ada"]));
    assert_eq!(said["XMP-digiKam:TagsList"], json!(["People/Ada", "Albums/Summer", "Travel/Wales"]));
    assert_eq!((&said["XMP-exif:GPSLatitude"], &said["XMP-exif:GPSLongitude"]), (&json!(-33.5), &json!(-70.25)));
    assert_eq!(said["XMP-photoshop:DateCreated"], json!("2024:07:02 12:00:00+02:00"));
    assert_eq!(said["XMP-xmp:Rating"], json!(4));
    let regions = |number: u8| {
        let said = scene.ask(&foreign.file(&format!("2024/07/{number}.jpg.xmp")));
        said["XMP-mwg-rs:RegionInfo"]["RegionList"][0].clone()
    };
    assert_eq!((&regions(1)["Name"], &regions(1)["Area"]["X"]), (&json!("Ada"), &json!(0.2)));
    assert_eq!(regions(1), regions(2), "the second one's server is of generation 3");
    let told: Vec<String> = foreign
        .asked("/assets/jobs")
        .iter()
        .flat_map(|body| body["assetIds"].as_array().unwrap().clone())
        .map(|id| id.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, [&ids[0][..], &ids[2], &ids[1]], "timeline first");
    assert_eq!(foreign.asked("/jobs/sidecar").len(), 2, "a page each");
    assert!(report.notices[0].contains("was asked to read the files of 3"), "{report:?}");

    // The server read `People/Ada` and `Albums/Summer` as tags; Ada has another name now.
    foreign.change(&ids[0], |asset| {
        asset["tags"] = json!([{ "value": "Travel/Wales" }, { "value": "People/Ada" }, { "value": "Albums/Summer" }]);
        asset["people"][0]["name"] = "Ada L.".into();
    });
    let only_new = Order { only_new: true, ..everything(Targets::Sidecar) };
    let (report, _) = foreign.run(&scene, &only_new);
    let report = report.unwrap();
    assert_eq!((report.written, report.equal), (1, 2));
    let said = scene.ask(&foreign.file("2024/07/1.jpg.xmp"));
    assert_eq!(said["XMP-digiKam:TagsList"], json!(["Albums/Summer", "Travel/Wales", "People/Ada L."]));
    let (report, _) = foreign.run(&scene, &everything(Targets::Sidecar));
    assert_eq!((report.unwrap().written, foreign.asked("/assets/jobs").len()), (0, 3), "nothing to tell");
}

#[test]
fn files_themselves_are_exchanged_and_known_again() {
    let Some(tools) = tools("photos of another server") else { return };
    let (scene, foreign) = (Scene::new(&tools), Foreign::new());
    let id = foreign.photo(1, "2024/07/1.jpg");
    let (path, backup) = (foreign.file("2024/07/1.jpg"), foreign.file("backup"));
    let before = std::fs::read(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
    let order = Order { backup: Some(backup.clone()), ..everything(Targets::Both) };
    let (report, files) = foreign.run(&scene, &order);
    all_written(&files);
    let first = report.unwrap().run.unwrap();
    let said = scene.ask(&path);
    assert_eq!((&said["IFD0:ImageDescription"], &said["GPS:GPSLatitudeRef"]), (&json!("word 1"), &json!("S")));
    let about = std::fs::metadata(&path).unwrap();
    assert_eq!((about.mode() & 0o777, about.modified().unwrap()), (0o640, modified));
    assert_eq!(std::fs::read(backup.join(path.strip_prefix("/").unwrap())).unwrap(), before);
    std::fs::remove_dir_all(&backup).unwrap();
    // The server still goes by the checksum of the upload: the ledger knows what stands for it, even from another place.
    std::fs::create_dir_all(foreign.file("2025/01")).unwrap();
    std::fs::rename(&path, foreign.file("2025/01/1.jpg")).unwrap();
    std::fs::rename(foreign.file("2024/07/1.jpg.xmp"), foreign.file("2025/01/1.jpg.xmp")).unwrap();
    foreign.change(&id, |asset| {
        asset["originalPath"] = "/data/library/ada/2025/01/1.jpg".into();
        asset["exifInfo"]["description"] = "another word".into();
    });
    let dated = Order { dates_files: true, ..everything(Targets::Both) };
    let (report, files) = foreign.run(&scene, &dated);
    all_written(&files);
    let age = std::fs::metadata(foreign.file("2025/01/1.jpg")).unwrap().mtime();
    assert_eq!(age * 1_000, crate::scene::moment("2024-07-02T10:00:00Z").0, "on request it is as old as the capture");
    let second = report.unwrap().run.unwrap();
    let path = foreign.file("2025/01/1.jpg");
    assert_eq!(scene.ask(&path)["IFD0:ImageDescription"], json!("another word"));

    for run in [second, first] {
        let report = scene.undo(run);
        assert_eq!((report.written, report.failures()), (2, 0), "{report:?}");
    }
    let said = scene.ask(&path);
    assert!(!said.keys().any(|name| name.starts_with("XMP-") || name.starts_with("GPS:")), "{said:?}");
    assert_eq!(foreign.names("2025/01"), ["1.jpg"], "a sidecar that says nothing goes");
    let (report, files) = foreign.run(&scene, &everything(Targets::Both));
    all_written(&files);
    assert_eq!(report.unwrap().written, 2, "what was taken back is still known to stand for the upload");
    assert!(scene.library.read(|tx| Ok(tx.has_derivations()?)).unwrap());
}

#[test]
fn nothing_is_guessed() {
    let Some(tools) = tools("photos of another server") else { return };
    let (scene, foreign) = (Scene::new(&tools), Foreign::new());
    // Two files of one name: the content says which one it is.
    foreign.photo(1, "ada/2024/07/known.jpg");
    std::fs::create_dir_all(foreign.file("ben/2024/07")).unwrap();
    jpeg(&foreign.file("ben/2024/07/known.jpg"), 77);
    // Twice the same.
    foreign.photo(2, "ada/2024/07/twice.jpg");
    std::fs::copy(foreign.file("ada/2024/07/twice.jpg"), foreign.file("ben/2024/07/twice.jpg")).unwrap();
    foreign.photo(3, "ada/2024/07/gone.jpg");
    std::fs::remove_file(foreign.file("ada/2024/07/gone.jpg")).unwrap();
    foreign.photo(4, "ada/2024/07/other.jpg");
    jpeg(&foreign.file("ada/2024/07/other.jpg"), 44);
    // A folder that the server only reads: it knows the length, and no content.
    let external = foreign.photo(5, "ada/2024/07/external.jpg");
    let shorter = foreign.photo(6, "ada/2024/07/shorter.jpg");
    for id in [&external, &shorter] {
        foreign.change(id, |asset| {
            asset["libraryId"] = OWNER.into();
            asset["checksum"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=".into();
        });
    }
    foreign.change(&shorter, |asset| asset["exifInfo"]["fileSizeInByte"] = 1.into());
    let trashed = foreign.photo(7, "ada/2024/07/trashed.jpg");
    foreign.change(&trashed, |asset| asset["isTrashed"] = true.into());
    let partners = foreign.photo(8, "ada/2024/07/partners.jpg");
    foreign.change(&partners, |asset| asset["ownerId"] = "0f9d3c1e-7a4b-4c2d-9e8f-000000000002".into());
    let (_, files) = foreign.run(&scene, &everything(Targets::Both));
    let expected = [
        ("known.jpg", "written"),
        ("twice.jpg", "ambiguous"),
        ("gone.jpg", "missing"),
        ("other.jpg", "other-content"),
        ("external.jpg", "written"),
        ("shorter.jpg", "other-content"),
    ];
    assert_eq!(reasons(&files), expected.map(|(name, reason)| (name.to_owned(), reason)).into());
    assert_eq!(foreign.names("ben/2024/07"), ["known.jpg", "twice.jpg"], "nothing of the other one was touched");
    let asked = foreign.state().asked.iter().filter(|(path, _)| path.starts_with("/libraries/")).count();
    assert!(asked >= 1, "the external library is looked through again");
    // The length has changed with the writing; the file is known all the same.
    let (_, files) = foreign.run(&scene, &everything(Targets::Both));
    assert_eq!(reasons(&files)["external.jpg"], "equal");
}

#[test]
fn a_server_that_fails_is_asked_again_and_one_that_is_gone_stops_the_run() {
    let Some(tools) = tools("photos of another server") else { return };
    let (scene, foreign) = (Scene::new(&tools), Foreign::new());
    let ids: Vec<String> = (1..=5).map(|number| foreign.photo(number, &format!("2024/07/{number}.jpg"))).collect();
    foreign.state().faults = vec![
        ("/users/me", Fault::Lost),
        ("/search/metadata", Fault::Status(429, Some(7))),
        ("/search/metadata", Fault::Cut),
        ("/assets/0f9d", Fault::Status(500, None)),
        ("/assets/0f9d", Fault::Cut),
        ("/assets/jobs", Fault::Status(503, Some(2))),
    ];
    let (report, files) = foreign.run(&scene, &everything(Targets::Sidecar));
    all_written(&files);
    assert_eq!(report.unwrap().written, 5);
    assert_eq!(foreign.state().waits.iter().map(Duration::as_secs).collect::<Vec<_>>(), [1, 7, 2, 1, 2, 2]);

    for id in &ids {
        foreign.change(id, |asset| asset["exifInfo"]["description"] = "new".into());
    }
    // From the third photo on nothing works any more.
    let path: &'static str = Box::leak(format!("/assets/{}", ids[2]).into_boxed_str());
    foreign.state().faults = vec![(path, Fault::Status(500, None)); 6];
    let (report, files) = foreign.run(&scene, &everything(Targets::Sidecar));
    let error = report.unwrap_err();
    assert!(matches!(error, RunError::Server(_)), "{error}");
    assert_eq!(files.len(), 2, "the page before");
    let (report, files) = foreign.run(&scene, &Order { resumes: true, ..everything(Targets::Sidecar) });
    assert_eq!((report.unwrap().written, files.len()), (3, 3), "and the rest");

    // A key that may not ask for anything: the user is told.
    for id in &ids {
        foreign.change(id, |asset| asset["exifInfo"]["description"] = "newer".into());
    }
    foreign.state().denied = vec!["/assets/jobs", "/assets/statistics", "/jobs"];
    let (report, _) = foreign.run(&scene, &Order::of(Choice::of([Module::Caption]), Targets::Sidecar));
    let report = report.unwrap();
    assert!(report.written == 5 && report.notices.concat().contains("Extract Metadata: All"), "{report:?}");
    foreign.state().denied = vec!["/users/me"];
    let (report, _) = foreign.run(&scene, &everything(Targets::Sidecar));
    let error = report.unwrap_err().to_string();
    assert!(error.contains("permission"), "{error}");
}

#[test]
fn a_folder_that_is_not_ours_is_treated_with_care() {
    let Some(tools) = tools("photos of another server") else { return };
    let (scene, foreign) = (Scene::new(&tools), Foreign::new());
    foreign.photo(1, "2024/07/1.jpg");
    foreign.photo(2, "2024/07/2.jpg");
    // Another program's sidecar under the short name, and a link in the place of one.
    let theirs = foreign.file("2024/07/1.xmp");
    scene.write_as_other(
        &foreign.file("2024/07/1.jpg"),
        &["-q", "-XMP-dc:Subject=theirs", "-o", theirs.to_str().unwrap()],
    );
    let elsewhere = foreign.file("elsewhere");
    std::fs::write(&elsewhere, "precious").unwrap();
    std::os::unix::fs::symlink(&elsewhere, foreign.file("2024/07/2.jpg.xmp")).unwrap();
    let (_, files) = foreign.run(&scene, &everything(Targets::Sidecar));
    assert_eq!(reasons(&files), [("1.jpg".to_owned(), "written"), ("2.jpg".to_owned(), "occupied")].into());
    assert_eq!(scene.ask(&theirs)["XMP-dc:Subject"], json!(["theirs", "Ada"]));
    assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "precious");
    assert_eq!(foreign.names("2024/07"), ["1.jpg", "1.xmp", "2.jpg", "2.jpg.xmp"]);
    // By a known beginning of the path instead.
    let prefixes = vec![(PathBuf::from("/data/library/ada"), foreign.folder.path().to_owned())];
    let (_, files) =
        foreign.run_in(&scene, &everything(Targets::Embedded), &PhotoFolder::open(None, 3, prefixes).unwrap());
    assert_eq!(reasons(&files)["2.jpg"], "written");
}
