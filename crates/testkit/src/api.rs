//! Talks to a node as a person's program would, over its HTTP API.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use ureq::http::Request;
use ureq::{Agent, RequestExt};

/// Longer than any single answer should take, so that a hung node fails a test instead of blocking it.
const TIMEOUT: Duration = Duration::from_secs(60);
/// A connection is not kept for longer than this: the node may have closed it.
const IDLE_LIMIT: Duration = Duration::from_secs(4);

/// The largest body that is taken in.
const LARGEST_BODY: u64 = 256 << 20;

const ADMIN_EMAIL: &str = "admin@example.org";
const ADMIN_PASSWORD: &str = "Admin-Pass-1";

/// A connection to a node, as one user or as nobody.
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
    agent: Agent,
    token: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

/// A file to upload.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    /// Its name, with the extension by which it is told what it is.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
    /// When it was made, as `2024-05-06T07:08:09.000Z`.
    pub created: &'a str,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// When the status is no success or the body is no JSON.
    pub fn json(&self) -> Result<Value> {
        ensure!((200..300).contains(&self.status), "answered {}: {}", self.status, self.text());
        serde_json::from_slice(&self.body).with_context(|| format!("no JSON: {}", self.text()))
    }

    /// The body as text, for messages.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(400).collect()
    }
}

impl Api {
    /// A connection as nobody. `base` is an address such as `http://127.0.0.1:2283`.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .max_idle_age(IDLE_LIMIT)
            .max_redirects(0);
        Self { base: base.to_owned(), agent: config.build().into(), token: None }
    }

    /// Makes the first account and logs in as it.
    ///
    /// # Errors
    /// When the node refuses.
    pub fn sign_up(&self) -> Result<Self> {
        let account = json!({ "email": ADMIN_EMAIL, "password": ADMIN_PASSWORD, "name": "Admin" });
        self.call("POST", "/auth/admin-sign-up", Some(&account))?.json().context("the sign-up of the admin failed")?;
        self.log_in()
    }

    /// Logs in as the account that [`Api::sign_up`] made.
    ///
    /// # Errors
    /// When the node refuses.
    pub fn log_in(&self) -> Result<Self> {
        let credentials = json!({ "email": ADMIN_EMAIL, "password": ADMIN_PASSWORD });
        let answer = self.call("POST", "/auth/login", Some(&credentials))?.json().context("the login failed")?;
        let token = answer["accessToken"].as_str().context("the login gave no token")?;
        Ok(Self { token: Some(token.to_owned()), ..self.clone() })
    }

    /// The e-mail address and password of the account that [`Api::sign_up`] makes.
    #[must_use]
    pub fn admin() -> (&'static str, &'static str) {
        (ADMIN_EMAIL, ADMIN_PASSWORD)
    }

    /// Makes an API key that may do everything.
    ///
    /// # Errors
    /// When the node refuses.
    pub fn api_key(&self) -> Result<String> {
        let wish = json!({ "name": "test", "permissions": ["all"] });
        let answer = self.call("POST", "/api-keys", Some(&wish))?.json()?;
        Ok(answer["secret"].as_str().context("no secret came with the key")?.to_owned())
    }

    /// Sends a request to a path below `/api`, with a JSON body if one is given.
    ///
    /// # Errors
    /// When there is no complete answer. An answer that says no is not an error here.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
        let request = self.request(method, path)?;
        match body {
            Some(body) => self.send(request, "application/json", serde_json::to_vec(body)?.as_slice()),
            None => self.send(request, "", &[]),
        }
        .with_context(|| format!("{method} {path}"))
    }

    /// The JSON that a path below `/api` answers.
    ///
    /// # Errors
    /// When it answers no success.
    pub fn get(&self, path: &str) -> Result<Value> {
        self.call("GET", path, None)?.json().with_context(|| format!("GET {path}"))
    }

    /// The bytes at a path below `/api`.
    ///
    /// # Errors
    /// When it answers anything but 200.
    pub fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        let answer = self.call("GET", path, None)?;
        ensure!(answer.status == 200, "GET {path} answered {}: {}", answer.status, answer.text());
        Ok(answer.body)
    }

    /// Uploads a file. A new one is answered with 201, one that is there already with 200.
    ///
    /// # Errors
    /// When there is no complete answer.
    pub fn upload(&self, file: &Upload<'_>) -> Result<Answer> {
        const BOUNDARY: &str = "----tintype-testkit-boundary";
        let fields = [
            ("deviceAssetId", file.name),
            ("deviceId", "testkit"),
            ("fileCreatedAt", file.created),
            ("fileModifiedAt", file.created),
        ];
        let mut body = Vec::with_capacity(file.bytes.len() + 1024);
        for (name, value) in fields {
            let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"assetData\"; filename=\"{}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n",
            file.name
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file.bytes);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let request = self.request("POST", "/assets")?;
        self.send(request, &format!("multipart/form-data; boundary={BOUNDARY}"), &body)
    }

    /// All assets of the user, archived, hidden and trashed ones included. Locked ones are not: they need a PIN.
    ///
    /// # Errors
    /// When a page does not come.
    pub fn assets(&self) -> Result<Vec<Value>> {
        const PAGE: u64 = 1000;
        let mut all = Vec::new();
        for visibility in ["timeline", "archive", "hidden"] {
            for page in 1.. {
                let wish = json!({ "page": page, "size": PAGE, "withDeleted": true, "visibility": visibility });
                let answer = self.call("POST", "/search/metadata", Some(&wish))?.json()?;
                all.extend(answer["assets"]["items"].as_array().context("no list of assets")?.iter().cloned());
                if answer["assets"]["nextPage"].is_null() {
                    break;
                }
            }
        }
        Ok(all)
    }

    /// Waits until no job is active or waiting.
    ///
    /// # Errors
    /// When the jobs do not end in time.
    pub fn wait_for_jobs(&self, limit: Duration) -> Result<()> {
        const PAUSE: Duration = Duration::from_millis(100);
        let rounds = limit.as_millis() / PAUSE.as_millis();
        let mut quiet = 0;
        for _ in 0..rounds {
            let queues = self.get("/jobs")?;
            let queues = queues.as_object().context("the queues are no object")?;
            let count = |queue: &Value, kind: &str| queue["jobCounts"][kind].as_u64().unwrap_or(0);
            let busy = queues.values().any(|queue| count(queue, "active") + count(queue, "waiting") > 0);
            // One job may start another, so one quiet moment is not enough.
            quiet = if busy { 0 } else { quiet + 1 };
            if quiet >= 2 {
                return Ok(());
            }
            std::thread::sleep(PAUSE);
        }
        anyhow::bail!("jobs were still running after {} s", limit.as_secs())
    }

    fn request(&self, method: &str, path: &str) -> Result<ureq::http::request::Builder> {
        let mut request = Request::builder().method(method).uri(format!("{}/api{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        Ok(request)
    }

    fn send(&self, mut request: ureq::http::request::Builder, media_type: &str, body: &[u8]) -> Result<Answer> {
        if !media_type.is_empty() {
            request = request.header("Content-Type", media_type);
        }
        let mut answer = if media_type.is_empty() {
            request.body(())?.with_agent(&self.agent).run()?
        } else {
            // The reference takes a body with DELETE, too.
            request.body(body)?.with_agent(&self.agent).configure().allow_non_standard_methods(true).build().run()?
        };
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(LARGEST_BODY).read_to_vec()?;
        Ok(Answer { status, body })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers one request with this status and the request itself.
    fn echo(status: u16) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut part = [0; 4096];
            while !String::from_utf8_lossy(&request).contains("end-of-body") {
                let length = stream.read(&mut part).unwrap();
                if length == 0 {
                    break;
                }
                request.extend_from_slice(&part[..length]);
            }
            let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", request.len());
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&request).unwrap();
        });
        address
    }

    #[test]
    fn a_refusal_is_an_answer_and_delete_has_a_body() {
        let answer = Api::new(&echo(400)).call("DELETE", "/assets", Some(&json!({ "ids": ["end-of-body"] }))).unwrap();
        assert_eq!(answer.status, 400);
        assert!(answer.text().starts_with("DELETE /api/assets HTTP/1.1"), "{}", answer.text());
        assert!(answer.text().ends_with(r#"{"ids":["end-of-body"]}"#), "{}", answer.text());
        assert!(answer.json().is_err());
    }

    #[test]
    fn an_upload_is_a_form_with_the_file() {
        let file = Upload { name: "a.jpg", bytes: b"end-of-body", created: "2024-05-06T07:08:09.000Z" };
        let answer = Api::new(&echo(201)).upload(&file).unwrap();
        let text = String::from_utf8(answer.body).unwrap();
        assert!(text.contains("name=\"assetData\"; filename=\"a.jpg\""), "{text}");
        assert!(text.contains("\r\n\r\n2024-05-06T07:08:09.000Z\r\n"), "{text}");
    }
}
