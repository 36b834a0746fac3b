//! A server over a library of its own, without a socket.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Value, json};
use tintype_library::blobs::FileBlobs;
use tintype_library::clock::{ManualClock, SeededEntropy};
use tintype_library::places::Gazetteer;
use tintype_library::store::sqlite::SqliteStore;
use tintype_library::{Library, Parts, Settings};
use tintype_protocol::time::Timestamp;
use tintype_server::following::Following;
use tintype_server::{App, Options, router};
use tower::ServiceExt as _;

/// 1 November 2026.
const BEGIN: Timestamp = Timestamp(1_793_491_200_000);
/// Longest answer of a test.
const ANSWER_LIMIT: usize = 128 << 20;

pub(crate) const ADMIN: (&str, &str) = ("ada@example.org", "Ada-Pass-1");

pub(crate) struct Scene {
    pub(crate) library: Arc<Library>,
    pub(crate) clock: Arc<ManualClock>,
    router: Router,
    folder: tempfile::TempDir,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).expect("a JSON answer")
    }

    /// The lines of a stream.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = std::str::from_utf8(&self.bytes).expect("UTF-8");
        assert!(text.ends_with('\n'), "the last line needs its end");
        text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
    }
}

impl Scene {
    /// A server that reports `version`, with an admin.
    pub(crate) async fn new(version: &str) -> Self {
        let scene = Self::empty(version);
        scene.sign_up().await;
        scene
    }

    async fn sign_up(&self) {
        let (email, password) = ADMIN;
        let body = json!({ "email": email, "password": password, "name": "Ada" });
        self.call("POST", "/api/auth/admin-sign-up", "", body).await.is(201);
    }

    /// The same on a node that can follow others.
    pub(crate) async fn following(following: Arc<dyn Following>) -> Self {
        let scene = Self::made("3.2.2", Some(following));
        scene.sign_up().await;
        scene
    }

    /// A server that nobody has signed up at.
    pub(crate) fn empty(version: &str) -> Self {
        Self::made(version, None)
    }

    fn made(version: &str, following: Option<Arc<dyn Following>>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::new(BEGIN));
        let entropy = Arc::new(SeededEntropy::new(11));
        let path = folder.path().join("library.sqlite");
        let store = SqliteStore::open(&path, clock.clone(), entropy.clone()).expect("a store");
        let blobs = FileBlobs::open(folder.path()).expect("blobs");
        let settings = Settings { bcrypt_cost: 4, ..Settings::default() };
        let parts = Parts { clock: clock.clone(), entropy, settings, ..Parts::new(Arc::new(store), Arc::new(blobs)) };
        let library = Arc::new(Library::open(parts).expect("a library"));
        let options = Options { version: version.parse().expect("a version"), following, ..Options::default() };
        let app = App::new(Arc::clone(&library), Arc::new(Gazetteer::new()), options);
        Self { library, clock, router: router(&app), folder }
    }

    /// Where everything of the library lies.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> String {
        let body = json!({ "email": email, "password": password });
        let answer = self.call("POST", "/api/auth/login", "", body).await.is(201);
        answer.json()["accessToken"].as_str().expect("a token").to_owned()
    }

    /// A session of the admin.
    pub(crate) async fn admin(&self) -> String {
        self.login(ADMIN.0, ADMIN.1).await
    }

    /// Sends JSON (nothing for `null`) with a session token (none for an empty one).
    pub(crate) async fn call(&self, method: &str, path: &str, token: &str, body: Value) -> Answer {
        let authorization = format!("Bearer {token}");
        let headers = if token.is_empty() { vec![] } else { vec![("authorization", authorization.as_str())] };
        self.send(method, path, &headers, body).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.call("GET", path, token, Value::Null).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        self.answer(request.body(body).expect("a request")).await
    }

    /// Sends a file as apps do, with more fields.
    pub(crate) async fn upload(&self, token: &str, name: &str, bytes: &[u8], more: &[(&str, &str)]) -> Answer {
        let at = "2025-08-01T10:00:00.000Z";
        let usual = [("deviceAssetId", name), ("deviceId", "phone"), ("fileCreatedAt", at), ("fileModifiedAt", at)];
        let fields: Vec<_> = usual.iter().chain(more).copied().collect();
        self.send_form("/api/assets", token, &fields, ("assetData", name, bytes)).await
    }

    /// Sends a form with one file: the name of its part, its own name, its content.
    pub(crate) async fn send_form(
        &self,
        path: &str,
        token: &str,
        fields: &[(&str, &str)],
        file: (&str, &str, &[u8]),
    ) -> Answer {
        self.form("POST", path, token, fields, file).await
    }

    pub(crate) async fn form(
        &self,
        method: &str,
        path: &str,
        token: &str,
        fields: &[(&str, &str)],
        (part, name, bytes): (&str, &str, &[u8]),
    ) -> Answer {
        const BOUNDARY: &str = "boundary-of-a-form";
        let mut body = Vec::new();
        for (key, value) in fields {
            let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let file = format!("Content-Disposition: form-data; name=\"{part}\"; filename=\"{name}\"");
        body.extend_from_slice(format!("--{BOUNDARY}\r\n{file}\r\n\r\n").as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
        self.answer(request.body(Body::from(body)).expect("a request")).await
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), ANSWER_LIMIT).await.expect("a whole answer").to_vec();
        Answer { status, headers, bytes }
    }
}
