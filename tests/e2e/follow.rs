//! A node that follows another one, by its commands: what is there is here, and stays so.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tintype_client::{Client, Options};
use tintype_protocol::sync::RequestType;
use tintype_testkit::{Api, Node, Options as NodeOptions, Upload, picture};

/// How long a server may take to delete a photo in the background.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const TYPES: &[RequestType] = &[
    RequestType::AssetsV2,
    RequestType::AlbumsV2,
    RequestType::AlbumUsersV1,
    RequestType::AlbumToAssetsV1,
    RequestType::AssetExifsV1,
    RequestType::StacksV1,
    RequestType::MemoriesV1,
    RequestType::MemoryToAssetsV1,
    RequestType::PeopleV1,
    RequestType::AssetFacesV2,
    RequestType::AssetMetadataV1,
    RequestType::AssetEditsV1,
    RequestType::AssetOcrV1,
];

/// The upstream, and the node that follows it; both with the same admin, under another id.
pub(crate) struct Pair {
    pub(crate) upstream: Node,
    pub(crate) admin: Api,
    pub(crate) node: Node,
    pub(crate) folder: tempfile::TempDir,
}

impl Pair {
    pub(crate) fn new() -> Result<Self> {
        Self::with(NodeOptions::default())
    }

    /// A node that is started like this, and follows a plain one.
    pub(crate) fn with(options: NodeOptions) -> Result<Self> {
        let (upstream, node) = (Node::start()?, options.start()?);
        let admin = upstream.api().sign_up()?;
        node.api().sign_up()?;
        Ok(Self { upstream, admin, node, folder: tempfile::tempdir().context("cannot make a folder")? })
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Result<(bool, String)> {
        let output = self.node.command(arguments)?.output().context("cannot run a command")?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        Ok((output.status.success(), said))
    }

    pub(crate) fn log_in(&self) -> Result<String> {
        let (is_well, said) = self.log_in_at(self.upstream.url())?;
        ensure!(is_well, "{said}");
        Ok(said)
    }

    fn log_in_at(&self, url: &str) -> Result<(bool, String)> {
        let (email, password) = Api::admin();
        let file = self.folder.path().join("password");
        fs::write(&file, password).context("cannot write the password")?;
        self.run(&["login", url, "--email", email, "--password-file", file.to_str().context("no text")?])
    }

    /// Brings in what changed; what the command says about it.
    pub(crate) fn sync(&self) -> Result<Value> {
        self.sync_with(&[])
    }

    pub(crate) fn sync_with(&self, more: &[&str]) -> Result<Value> {
        let (is_well, said) = self.run(&[&["sync", "--json"], more].concat())?;
        ensure!(is_well, "{said}");
        serde_json::from_str(&said).with_context(|| said)
    }

    pub(crate) fn upload(&self, to: &Api, number: u64) -> Result<String> {
        let name = format!("{number}.jpg");
        let upload = Upload { name: &name, bytes: &picture(number, 64, 48)?, created: "2024-05-06T07:08:09.000Z" };
        Ok(to.upload(&upload)?.json()?["id"].as_str().context("no id")?.to_owned())
    }

    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let answer = self.admin.call(method, path, Some(body))?;
        ensure!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.text());
        Ok(if answer.body.is_empty() { Value::Null } else { answer.json()? })
    }

    /// Whether an app is told the same by both, but for who the owner is and when it came.
    fn agree(&self) -> Result<()> {
        let (there, here) = (rows(&self.upstream)?, rows(&self.node)?);
        ensure!(!there.is_empty());
        for (key, row) in &there {
            ensure!(here.get(key) == Some(row), "{key} there:\n{row}\nhere:\n{:?}", here.get(key));
        }
        let more: Vec<&String> = here.keys().filter(|key| !there.contains_key(*key)).collect();
        ensure!(more.is_empty(), "only here: {more:?}");
        Ok(())
    }
}

/// What a fresh app is told, by kind and name.
pub(crate) fn rows(node: &Node) -> Result<BTreeMap<String, Value>> {
    let client = Client::find(node.url(), &Options { user_agent: "tintype-test/1.0".to_owned() })?;
    let (email, password) = Api::admin();
    let login = client.log_in(email, password)?;
    let mut stream = client.with_token(login.access_token).stream(TYPES, false)?;
    let mut rows = BTreeMap::new();
    while let Some(line) = stream.next_line()? {
        let mut line: Value = serde_json::from_slice(line)?;
        let data = line["data"].as_object_mut().context("no data")?;
        let is_owner_row = data.get("role") == Some(&json!("owner"));
        for name in ["ownerId", "updatedAt", "userId"] {
            data.remove(name);
        }
        let ids: Vec<String> = ["id", "albumId", "memoryId", "assetId", "key"]
            .iter()
            .filter_map(|name| data.get(*name)?.as_str().map(str::to_owned))
            .collect();
        if !ids.is_empty() {
            rows.insert(
                format!("{} {}{}", line["type"], ids.join("/"), if is_owner_row { " owner" } else { "" }),
                line["data"].clone(),
            );
        }
    }
    Ok(rows)
}

#[test]
fn what_happens_upstream_happens_here() -> Result<()> {
    let pair = Pair::new()?;
    let ids = (0..4).map(|number| pair.upload(&pair.admin, number)).collect::<Result<Vec<_>>>()?;
    let album = pair.call("POST", "/albums", &json!({ "albumName": "Trip", "assetIds": &ids[..3] }))?["id"].clone();
    let album = album.as_str().context("no id")?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    let said = pair.log_in()?;
    ensure!(said.contains("follows"), "{said}");
    let first = pair.sync()?;
    ensure!(first["quarantined"] == 0 && first["lines"].as_u64() > Some(10), "{first}");
    pair.agree()?;
    // Nothing has changed: nothing comes.
    ensure!(pair.sync()?["lines"] == 1);

    pair.call(
        "PUT",
        &format!("/assets/{}", ids[0]),
        &json!({ "isFavorite": true, "description": "at the sea", "rating": 4 }),
    )?;
    pair.call("DELETE", "/assets", &json!({ "ids": [ids[1]] }))?;
    pair.call("DELETE", "/assets", &json!({ "ids": [ids[3]], "force": true }))?;
    pair.call("PATCH", &format!("/albums/{album}"), &json!({ "albumName": "Summer" }))?;
    pair.call("DELETE", &format!("/albums/{album}/assets"), &json!({ "ids": [ids[2]] }))?;
    pair.upload(&pair.admin, 9)?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.sync()?;
    pair.agree()?;
    pair.call("DELETE", &format!("/albums/{album}"), &Value::Null)?;
    pair.sync()?;
    pair.agree()
}

#[test]
fn all_that_hangs_on_photos_comes_along() -> Result<()> {
    let pair = Pair::new()?;
    let ids = (0..3).map(|number| pair.upload(&pair.admin, number)).collect::<Result<Vec<_>>>()?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.log_in()?;
    pair.sync()?;
    let stack = pair.call("POST", "/stacks", &json!({ "assetIds": &ids[..2] }))?["id"].clone();
    let person = pair.call("POST", "/people", &json!({ "name": "Eve", "birthDate": "1990-05-01" }))?["id"].clone();
    let face = json!({
        "assetId": ids[2], "personId": person, "imageWidth": 64, "imageHeight": 48, "x": 1, "y": 2, "width": 20, "height": 20,
    });
    pair.call("POST", "/faces", &face)?;
    let edit = json!({ "edits": [{ "action": "rotate", "parameters": { "angle": 90 } }] });
    pair.call("PUT", &format!("/assets/{}/edits", ids[2]), &edit)?;
    let memory = json!({
        "type": "on_this_day", "data": { "year": 2020 }, "memoryAt": "2020-05-06T00:00:00.000Z", "assetIds": [ids[0]],
    });
    let memory = pair.call("POST", "/memories", &memory)?["id"].clone();
    let metadata = json!({ "items": [{ "key": "mobile-app", "value": { "iCloudId": "x" } }] });
    pair.call("PUT", &format!("/assets/{}/metadata", ids[1]), &metadata)?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    let come = pair.sync()?;
    ensure!(come["quarantined"] == 0, "{come}");
    pair.agree()?;
    let here = rows(&pair.node)?;
    for kind in ["Stack", "Person", "AssetFace", "AssetEdit", "Memory", "MemoryToAsset", "AssetMetadata"] {
        ensure!(here.keys().any(|key| key.starts_with(&format!("\"{kind}V"))), "{kind}: {:?}", here.keys());
    }
    let id = |value: &Value| value.as_str().map(str::to_owned).context("no id");
    pair.call("DELETE", &format!("/stacks/{}", id(&stack)?), &Value::Null)?;
    pair.call("DELETE", &format!("/memories/{}", id(&memory)?), &Value::Null)?;
    pair.call("DELETE", "/people", &json!({ "ids": [person] }))?;
    pair.call("DELETE", &format!("/assets/{}/edits", ids[2]), &Value::Null)?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.sync()?;
    pair.agree()
}

#[test]
fn what_is_here_already_keeps_its_id() -> Result<()> {
    let pair = Pair::new()?;
    let mine = pair.upload(&pair.node.api().log_in()?, 1)?;
    let theirs = pair.upload(&pair.admin, 1)?;
    ensure!(mine != theirs);
    pair.call("PUT", &format!("/assets/{theirs}"), &json!({ "isFavorite": true }))?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.log_in()?;
    pair.sync()?;
    let rows = rows(&pair.node)?;
    let assets: Vec<&Value> =
        rows.iter().filter(|(key, _)| key.starts_with("\"AssetV2\"")).map(|(_, row)| row).collect();
    ensure!(assets.len() == 1 && assets[0]["id"] == json!(mine) && assets[0]["isFavorite"] == true, "{assets:?}");
    let original = pair.node.api().log_in()?.call("GET", &format!("/assets/{mine}/original"), None)?;
    ensure!(original.body == picture(1, 64, 48)?, "its bytes are here as before");
    Ok(())
}

#[test]
fn a_server_that_begins_again_is_followed_from_its_beginning() -> Result<()> {
    let pair = Pair::new()?;
    let ids = (1..3).map(|number| pair.upload(&pair.admin, number)).collect::<Result<Vec<_>>>()?;
    let mine = pair.upload(&pair.node.api().log_in()?, 7)?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.log_in()?;
    pair.sync()?;
    let sessions = pair.call("GET", "/sessions", &Value::Null)?;
    let all = sessions.as_array().context("no list")?;
    for session in all.iter().filter(|session| session["current"] == false) {
        let id = session["id"].as_str().context("no id")?;
        pair.call("PUT", &format!("/sessions/{id}"), &json!({ "isPendingSyncReset": true }))?;
    }
    pair.call("DELETE", "/assets", &json!({ "ids": [ids[0]], "force": true }))?;
    let has = |rows: &BTreeMap<String, Value>, id: &str| rows.contains_key(&format!("\"AssetV2\" {id}"));
    let begin = Instant::now();
    while has(&rows(&pair.upstream)?, &ids[0]) {
        ensure!(begin.elapsed() < PATIENCE, "the server does not delete");
        std::thread::yield_now();
    }
    let again = pair.sync()?;
    ensure!(again["wasReset"] == true && again["held"] == 0, "{again}");
    ensure!(pair.sync()?["lines"] == 1);
    let here = rows(&pair.node)?;
    ensure!(has(&here, &ids[1]) && !has(&here, &ids[0]), "{here:?}");
    ensure!(has(&here, &mine), "what only this node has stays");
    Ok(())
}

#[test]
fn who_is_signed_out_there_signs_in_again_and_loses_nothing() -> Result<()> {
    let pair = Pair::new()?;
    let id = pair.upload(&pair.admin, 1)?;
    pair.log_in()?;
    pair.sync()?;
    let sessions = || Ok::<_, anyhow::Error>(pair.call("GET", "/sessions", &Value::Null)?.as_array().map(Vec::len));
    let before = sessions()?;
    // All but the one that asks.
    pair.call("DELETE", "/sessions", &Value::Null)?;
    let favourite = json!({ "isFavorite": true });
    let answer = pair.node.api().log_in()?.call("PUT", &format!("/assets/{id}"), Some(&favourite))?;
    ensure!(answer.status == 200, "{}", answer.text());
    for command in ["sync", "status"] {
        let (is_well, said) = pair.run(&[command])?;
        ensure!(is_well == (command == "status") && said.contains("Sign in again by `tintype login http"), "{said}");
    }
    let said = pair.log_in()?;
    ensure!(said.contains("again"), "{said}");
    pair.sync()?;
    ensure!(pair.call("GET", &format!("/assets/{id}"), &Value::Null)?["isFavorite"] == true);
    ensure!(sessions()? == before);
    // Nor does another login leave a session behind.
    pair.log_in()?;
    ensure!(sessions()? == before);
    Ok(())
}

#[test]
fn commands_say_what_is_wrong() -> Result<()> {
    let mut pair = Pair::new()?;
    let (is_well, said) = pair.run(&["sync"])?;
    ensure!(!is_well && said.contains("tintype login"), "{said}");
    let (is_well, said) = pair.log_in_at(pair.node.url())?;
    ensure!(!is_well && said.contains("is this library itself"), "{said}");
    pair.log_in()?;
    let (is_well, said) = pair.run(&["status"])?;
    ensure!(is_well && said.contains("never"), "{said}");
    pair.upstream.stop()?;
    let (is_well, said) = pair.run(&["sync"])?;
    ensure!(!is_well && said.contains("cannot be reached"), "{said}");
    let (is_well, said) = pair.run(&["logout"])?;
    ensure!(is_well && said.contains("no longer follows"), "{said}");
    let (is_well, said) = pair.run(&["status", "--json"])?;
    ensure!(is_well && said.is_empty(), "{said}");
    Ok(())
}
