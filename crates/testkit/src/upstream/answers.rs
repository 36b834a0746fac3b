//! What it answers, as the reference would.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use tintype_client::Answer;
use tintype_protocol::sync::{AckToken, EntityType, RequestType};
use tintype_protocol::version::Version;

use super::faults::{self, Body, Ending, STREAM};
use super::{Asked, State};

/// Acks in one call.
const ACK_LIMIT: usize = 1_000;
/// Who everybody is there.
const USER: &str = "0f9d3c1e-7a4b-4c2d-9e8f-000000000001";
/// From this version on there are edits, and the second form of faces (events-after-2.7.5 §1).
const EDITS: Version = Version { major: 2, minor: 6, patch: 0 };
/// From this version on there is the second form of assets and albums, and recognised text.
const SECOND: Version = Version { major: 3, minor: 0, patch: 0 };
/// From this version on the first form is refused (events-after-2.7.5 §2).
const RETIRED: Version = Version { major: 3, minor: 1, patch: 0 };

/// An answer.
#[derive(Debug)]
pub(super) struct Said {
    status: u16,
    kind: &'static str,
    pub(super) retry_after: Option<u64>,
    body: Body,
}

/// Who asks.
enum Identity {
    /// By the token of their session.
    Session(String),
    /// By a key that may do it.
    Key,
}

impl Said {
    fn json(status: u16, body: &Value) -> Self {
        let body = Body::new(body.to_string().into_bytes(), Ending::Clean);
        Self { status, kind: "application/json", retry_after: None, body }
    }

    fn nothing() -> Self {
        Self { status: 204, kind: "application/json", retry_after: None, body: Body::new(Vec::new(), Ending::Clean) }
    }

    /// An error, in the shape that all of them have.
    pub(super) fn refusal(status: u16, message: &str) -> Self {
        let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let body = json!({ "message": message, "error": reason, "statusCode": status, "correlationId": "abcdefgh" });
        Self::json(status, &body)
    }

    pub(super) fn into_answer(self, url: String) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        let status = StatusCode::from_u16(self.status).expect("a status of three digits");
        Answer { status, headers, url, body: Box::new(self.body) }
    }
}

impl State {
    pub(super) fn answer(&mut self, asked: &Asked, headers: &HeaderMap) -> Said {
        match self.respond(asked, headers) {
            Ok(said) | Err(said) => said,
        }
    }

    fn respond(&mut self, asked: &Asked, headers: &HeaderMap) -> Result<Said, Said> {
        let Version { major, minor, patch } = self.version;
        Ok(match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/.well-known/immich") => Said::json(200, &json!({ "api": { "endpoint": "/api" } })),
            ("GET", "/server/ping") => Said::json(200, &json!({ "res": "pong" })),
            ("GET", "/server/version") => Said::json(200, &json!({ "major": major, "minor": minor, "patch": patch })),
            ("POST", "/auth/login") => {
                let token = self.begin_session();
                let email = &asked.body["email"];
                let said = json!({ "accessToken": token, "userId": USER, "userEmail": email, "name": "Ada" });
                Said::json(201, &said)
            }
            ("POST", "/auth/logout") => {
                if let Identity::Session(token) = self.identity(headers, None)? {
                    self.sessions.remove(&token);
                }
                Said::json(200, &json!({ "successful": true, "redirectUri": "/auth/login?autoLaunch=0" }))
            }
            ("GET", "/users/me") => {
                self.identity(headers, Some("user.read"))?;
                Said::json(200, &json!({ "id": USER, "email": "ada@example.org", "name": "Ada" }))
            }
            ("GET", "/assets/statistics") => {
                self.identity(headers, Some("asset.statistics"))?;
                let total = self.script.assets();
                Said::json(200, &json!({ "images": total, "videos": 0, "total": total }))
            }
            // Nothing else shows an asset here: what a line has spoken of counts as locked away.
            ("POST", "/assets/bulk-upload-check") => {
                self.identity(headers, Some("asset.upload"))?;
                let results: Vec<Value> = self.script.check_contents(&asked.body["assets"]);
                Said::json(200, &json!({ "results": results }))
            }
            ("POST", STREAM) => {
                let token = self.session(headers, "sync.stream")?;
                self.stream(&token, &asked.body)?
            }
            ("GET", "/sync/ack") => {
                let token = self.session(headers, "syncCheckpoint.read")?;
                let line = |ack: AckToken| json!({ "type": ack.entity, "ack": ack });
                Said::json(200, &self.sessions[&token].acks().map(line).collect())
            }
            ("POST", "/sync/ack") => {
                let token = self.session(headers, "syncCheckpoint.update")?;
                self.ack(&token, &asked.body)?
            }
            ("DELETE", "/sync/ack") => {
                let token = self.session(headers, "syncCheckpoint.delete")?;
                let types: Vec<EntityType> = parse(&asked.body["types"]).unwrap_or_default();
                self.sessions.entry(token).or_default().forget(&types);
                Said::nothing()
            }
            ("GET" | "PUT", path) if self.shown_at(path).is_some() => {
                self.identity(headers, Some("asset.read"))?;
                Said::json(200, &self.change_shown(path, &asked.body))
            }
            (method, path) => Said::refusal(404, &format!("Cannot {method} /api{path}")),
        })
    }

    fn shown_at(&mut self, path: &str) -> Option<&mut Value> {
        self.shown.get_mut(path.strip_prefix("/assets/")?)
    }

    /// What is shown there, after what a request says of it.
    fn change_shown(&mut self, path: &str, change: &Value) -> Value {
        let Some(shown) = self.shown_at(path) else { return Value::Null };
        for (key, value) in change.as_object().into_iter().flatten() {
            shown[key] = value.clone();
        }
        shown.clone()
    }

    /// Who asks; a key needs the permission, where one is named.
    fn identity(&self, headers: &HeaderMap, permission: Option<&str>) -> Result<Identity, Said> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(key) = text("x-api-key") {
            let known = self.keys.get(key).ok_or_else(|| Said::refusal(401, "Invalid API key"))?;
            return match permission {
                Some(needed) if !known.iter().any(|known| known == "all" || known == needed) => {
                    Err(Said::refusal(403, &format!("Missing required permission: {needed}")))
                }
                _ => Ok(Identity::Key),
            };
        }
        let token = text("authorization").and_then(|value| value.strip_prefix("Bearer "));
        match token {
            None => Err(Said::refusal(401, "Authentication required")),
            Some(token) if self.sessions.contains_key(token) => Ok(Identity::Session(token.to_owned())),
            Some(_) => Err(Said::refusal(401, "Invalid user token")),
        }
    }

    /// The token of whoever asks, who must not have come with a key.
    fn session(&self, headers: &HeaderMap, permission: &str) -> Result<String, Said> {
        match self.identity(headers, Some(permission))? {
            Identity::Session(token) => Ok(token),
            Identity::Key => Err(Said::refusal(403, "Sync endpoints cannot be used with API keys")),
        }
    }

    fn stream(&mut self, token: &str, body: &Value) -> Result<Said, Said> {
        let types = requested(body, self.version)?;
        let number = self.next_number();
        let session = self.sessions.entry(token.to_owned()).or_default();
        if body["reset"] == true {
            session.begin_again();
        }
        let lines = if session.is_pending_reset {
            vec![r#"{"type":"SyncResetV1","data":{},"ack":"SyncResetV1|reset"}"#.to_owned()]
        } else {
            let mut lines = self.script.due(session, &types);
            let now = format!("019f0000-0000-7000-8000-{number:012}");
            lines.push(format!(r#"{{"type":"SyncCompleteV1","data":{{}},"ack":"SyncCompleteV1|{now}"}}"#));
            lines
        };
        let (bytes, whole, ending) = faults::bend(&mut self.faults, lines);
        self.streamed.push(whole);
        let kind = "application/jsonlines+json";
        Ok(Said { status: 200, kind, retry_after: None, body: Body::new(bytes, ending) })
    }

    fn ack(&mut self, token: &str, body: &Value) -> Result<Said, Said> {
        let texts: Vec<String> = parse(&body["acks"]).ok_or_else(|| Said::refusal(400, "acks must be an array"))?;
        if texts.len() > ACK_LIMIT {
            return Err(Said::refusal(400, "acks must contain no more than 1000 elements"));
        }
        let acks = texts.iter().map(|text| text.parse::<AckToken>()).collect::<Result<Vec<_>, _>>();
        let acks = acks.map_err(|error| Said::refusal(400, &error.to_string()))?;
        let kept: Vec<AckToken> =
            acks.iter().copied().filter(|ack| !self.forgets_ends || ack.entity != EntityType::SyncCompleteV1).collect();
        self.sessions.entry(token.to_owned()).or_default().ack(&kept);
        self.acked.push(acks);
        Ok(Said::nothing())
    }
}

fn parse<'v, T: Deserialize<'v>>(value: &'v Value) -> Option<T> {
    T::deserialize(value).ok()
}

/// The types that a request asks for; one that this version does not know, or not any more, fails all of it.
fn requested(body: &Value, version: Version) -> Result<Vec<RequestType>, Said> {
    let names: Vec<String> = parse(&body["types"]).ok_or_else(|| Said::refusal(400, "types must be an array"))?;
    names.iter().map(|name| known(name, version)).collect()
}

fn known(name: &str, version: Version) -> Result<RequestType, Said> {
    use RequestType as R;
    let unknown = || Said::refusal(400, "each value in types must be one of the values of SyncRequestType");
    let kind: RequestType = name.parse().map_err(|_| unknown())?;
    let (since, successor) = match kind {
        R::AssetsV1 => (None, Some(R::AssetsV2)),
        R::PartnerAssetsV1 => (None, Some(R::PartnerAssetsV2)),
        R::AlbumAssetsV1 => (None, Some(R::AlbumAssetsV2)),
        R::AssetFacesV1 => (None, Some(R::AssetFacesV2)),
        R::AssetEditsV1 | R::AssetFacesV2 => (Some(EDITS), None),
        R::AssetsV2 | R::PartnerAssetsV2 | R::AlbumAssetsV2 | R::AlbumsV2 | R::AssetOcrV1 => (Some(SECOND), None),
        _ => (None, None),
    };
    match successor {
        _ if since.is_some_and(|since| version < since) => Err(unknown()),
        Some(successor) if version >= RETIRED => {
            let text = format!("SyncRequestType.{kind} is deprecated, use SyncRequestType.{successor} instead");
            Err(Said::refusal(400, &text))
        }
        _ => Ok(kind),
    }
}
