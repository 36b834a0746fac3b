//! A node that follows with an API key only, by searching: it comes to the same as one that streams.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tintype_client::{Client, Options};
use tintype_protocol::sync::{AckToken, RequestType};
use tintype_testkit::{Api, Node};

use crate::fake_server::fake_server;
use crate::follow::{PATIENCE, Pair, rows};

/// Everything that a search makes use of.
const PERMISSIONS: [&str; 7] =
    ["user.read", "asset.read", "album.read", "stack.read", "asset.upload", "asset.statistics", "session.read"];

/// A node beside the one that streams, with a key for the same upstream.
struct Searching {
    pair: Pair,
    node: Node,
}

impl Searching {
    fn new() -> Result<Self> {
        let node = Node::start()?;
        node.api().sign_up()?;
        Ok(Self { pair: Pair::new()?, node })
    }

    fn run(&self, arguments: &[&str]) -> Result<(bool, String)> {
        let output = self.node.command(arguments)?.output().context("cannot run a command")?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        Ok((output.status.success(), said))
    }

    fn key(&self, permissions: &[&str]) -> Result<String> {
        let wish = json!({ "name": "x", "permissions": permissions });
        let made = self.pair.call("POST", "/api-keys", &wish)?;
        Ok(made["secret"].as_str().context("no secret")?.to_owned())
    }

    /// Logs in with a key; what the command says, and whether it is content.
    fn log_in(&self, url: &str, key: &str, more: &[&str]) -> Result<(bool, String)> {
        let file = self.pair.folder.path().join("key");
        fs::write(&file, format!("{key}\n")).context("cannot write the key")?;
        let file = file.to_str().context("no text")?;
        self.run(&[&["login", url, "--api-key-file", file], more].concat())
    }

    fn follow(&self, permissions: &[&str]) -> Result<()> {
        let (is_well, said) = self.log_in(self.pair.upstream.url(), &self.key(permissions)?, &["--mode", "search"])?;
        ensure!(is_well && said.contains("by searching"), "{said}");
        Ok(())
    }

    fn sync(&self) -> Result<Value> {
        let (is_well, said) = self.run(&["sync", "--json"])?;
        ensure!(is_well, "{said}");
        serde_json::from_str(&said).with_context(|| said)
    }

    /// Whether both nodes tell an app the same. The API does not say when a stack was made.
    fn agree(&self) -> Result<()> {
        self.agree_but_for_times_of(&["StackV1"])
    }

    fn agree_but_for_times_of(&self, kinds: &[&str]) -> Result<()> {
        let (mut streamed, mut searched) = (rows(&self.pair.node)?, rows(&self.node)?);
        for (key, row) in streamed.iter_mut().chain(&mut searched) {
            if kinds.iter().any(|kind| key.starts_with(&format!("\"{kind}\""))) {
                row.as_object_mut().context("no row")?.remove("createdAt");
            }
        }
        ensure!(!streamed.is_empty());
        for (key, row) in &streamed {
            ensure!(searched.get(key) == Some(row), "{key} streamed:\n{row}\nsearched:\n{:?}", searched.get(key));
        }
        let more: Vec<&String> = searched.keys().filter(|key| !streamed.contains_key(*key)).collect();
        ensure!(more.is_empty(), "only searched: {more:?}");
        Ok(())
    }

    /// A photo on the upstream, with something said of it.
    fn photo(&self, number: u64, said: &Value) -> Result<String> {
        let id = self.pair.upload(&self.pair.admin, number)?;
        self.pair.call("PUT", &format!("/assets/{id}"), said)?;
        Ok(id)
    }

    /// Deletes a photo for good and waits until it is gone.
    fn delete(&self, id: &str) -> Result<()> {
        self.pair.call("DELETE", "/assets", &json!({ "ids": [id], "force": true }))?;
        let begin = Instant::now();
        while rows(&self.pair.upstream)?.contains_key(&format!("\"AssetV2\" {id}")) {
            ensure!(begin.elapsed() < PATIENCE, "the server does not delete");
        }
        Ok(())
    }
}

#[test]
fn both_ways_lead_to_the_same_library() -> Result<()> {
    let both = Searching::new()?;
    let (pair, admin) = (&both.pair, &both.pair.admin);
    let known = json!({ "description": "at the sea", "rating": 4, "latitude": 43.7, "longitude": 7.25 });
    let plain = both.photo(1, &known)?;
    let favorite =
        both.photo(2, &json!({ "isFavorite": true, "dateTimeOriginal": "2020-02-03T04:05:06.000+02:00" }))?;
    let archived = both.photo(3, &json!({ "visibility": "archive" }))?;
    let hidden = both.photo(4, &json!({ "visibility": "hidden" }))?;
    let trashed = both.photo(5, &json!({}))?;
    let doomed = both.photo(6, &json!({}))?;
    let ben = json!({ "email": "ben@example.org", "password": "Ben-Pass-1", "name": "Ben" });
    let ben = pair.call("POST", "/admin/users", &ben)?["id"].clone();
    let inside = [&plain, &archived, &trashed, &doomed, &hidden];
    let trip = json!({
        "albumName": "Trip", "description": "by train", "assetIds": inside,
        "albumUsers": [{ "userId": ben, "role": "viewer" }],
    });
    let trip = pair.call("POST", "/albums", &trip)?["id"].as_str().context("no id")?.to_owned();
    let other = pair.call("POST", "/albums", &json!({ "albumName": "Other", "assetIds": [favorite] }))?["id"].clone();
    let other = other.as_str().context("no id")?;
    let stack = pair.call("POST", "/stacks", &json!({ "assetIds": [plain, favorite] }))?["id"].clone();
    let loose = pair.call("POST", "/stacks", &json!({ "assetIds": [archived, hidden] }))?["id"].clone();
    // The API says when a photo was changed last, not when it came into the trash: for photos that rest it is the same.
    admin.wait_for_jobs(PATIENCE)?;
    pair.call("DELETE", "/assets", &json!({ "ids": [trashed] }))?;

    pair.log_in()?;
    pair.sync()?;
    both.follow(&PERMISSIONS)?;
    let first = both.sync()?;
    ensure!(first["quarantined"] == 0 && first["swept"] == 0, "{first}");
    both.agree()?;
    let kept = fs::metadata(both.node.data_dir().join("upstreams/1.token"))?;
    ensure!(std::os::unix::fs::PermissionsExt::mode(&kept.permissions()) & 0o777 == 0o600);

    pair.call("PUT", &format!("/assets/{plain}"), &json!({ "isFavorite": true, "description": "", "rating": null }))?;
    pair.call("PUT", &format!("/assets/{archived}"), &json!({ "visibility": "timeline" }))?;
    pair.call("PUT", &format!("/assets/{hidden}"), &json!({ "visibility": "archive" }))?;
    pair.call("POST", "/trash/restore/assets", &json!({ "ids": [trashed] }))?;
    both.delete(&doomed)?;
    pair.call("DELETE", &format!("/albums/{trip}/assets"), &json!({ "ids": [archived] }))?;
    pair.call("DELETE", &format!("/albums/{trip}/user/{}", ben.as_str().context("no id")?), &Value::Null)?;
    pair.call("PATCH", &format!("/albums/{trip}"), &json!({ "albumName": "Journey", "order": "asc" }))?;
    pair.call("DELETE", &format!("/albums/{other}"), &Value::Null)?;
    let front = json!({ "primaryAssetId": favorite });
    pair.call("PUT", &format!("/stacks/{}", stack.as_str().context("no id")?), &front)?;
    pair.call("DELETE", &format!("/stacks/{}", loose.as_str().context("no id")?), &Value::Null)?;
    both.photo(9, &json!({}))?;
    admin.wait_for_jobs(PATIENCE)?;
    pair.call("DELETE", "/assets", &json!({ "ids": [favorite] }))?;
    pair.sync()?;
    let second = both.sync()?;
    // A photo, an album, a stack, a member, and three places in albums: nobody says that they are gone.
    ensure!(second["swept"].as_u64() >= Some(5) && second["held"] == 0, "{second}");
    both.agree()
}

#[test]
fn a_folder_gets_the_same_plan_whether_the_library_came_by_a_stream_or_by_searches() -> Result<()> {
    let both = Searching::new()?;
    let (pair, folder) = (&both.pair, tempfile::tempdir()?);
    for number in 1..=4 {
        both.photo(number, &json!({}))?;
    }
    let trashed = both.photo(5, &json!({}))?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.call("DELETE", "/assets", &json!({ "ids": [trashed] }))?;
    pair.log_in()?;
    both.follow(&PERMISSIONS)?;
    // Two that both have, one that is in the trash there, one that is new.
    let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
    for number in [1, 2, 5, 9] {
        let path = folder.path().join(format!("here {number}.jpg"));
        fs::write(&path, tintype_testkit::picture(number, 64, 48)?)?;
        fs::File::options().write(true).open(&path)?.set_modified(hour_ago)?;
    }
    let path = folder.path().to_str().context("no text")?;
    for node in [&pair.node, &both.node] {
        let added = node.command(&["folder", "add", path, "--policy", "two-way"])?.output()?;
        ensure!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    }
    let told = |node: &Node| -> Result<Vec<Value>> {
        let plan = crate::reconcile::plan(node, folder.path())?;
        let mut actions = plan["folders"][0]["actions"].as_array().cloned().context("no actions")?;
        // When each node looked is its own affair.
        for action in &mut actions {
            let action = action.as_object_mut().context("no action")?;
            action.remove("evidence");
        }
        ensure!(plan["folders"][0]["problems"].is_null(), "{plan}");
        Ok(actions)
    };
    let (streamed, searched) = (told(&pair.node)?, told(&both.node)?);
    ensure!(streamed == searched, "streamed: {streamed:#?}\nsearched: {searched:#?}");
    let heaps: Vec<_> = streamed.iter().map(|action| action["bucket"].as_str().unwrap_or_default()).collect();
    ensure!(heaps == ["upload", "download", "download", "review"], "{heaps:?}");
    Ok(())
}

#[test]
fn an_older_server_is_searched_as_well() -> Result<()> {
    let mut both = Searching::new()?;
    let upstream = tintype_testkit::Options::default().environment("TINTYPE_REPORTED_VERSION", "2.7.5").start()?;
    both.pair.admin = upstream.api().sign_up()?;
    both.pair.upstream = upstream;
    let photo = both.photo(1, &json!({ "isFavorite": true, "description": "at the sea" }))?;
    let trashed = both.photo(2, &json!({ "visibility": "archive" }))?;
    both.pair.call("POST", "/albums", &json!({ "albumName": "Trip", "assetIds": [photo, trashed] }))?;
    both.pair.admin.wait_for_jobs(PATIENCE)?;
    both.pair.call("DELETE", "/assets", &json!({ "ids": [trashed] }))?;
    both.pair.log_in()?;
    both.pair.sync()?;
    both.follow(&PERMISSIONS)?;
    ensure!(both.sync()?["quarantined"] == 0);
    // Its stream does not say when a photo was uploaded; its API does.
    both.agree_but_for_times_of(&["StackV1", "AssetV2"])
}

#[test]
fn what_is_shown_again_moves_nothing() -> Result<()> {
    let both = Searching::new()?;
    let id = both.photo(1, &json!({ "isFavorite": true }))?;
    both.pair.call("POST", "/albums", &json!({ "albumName": "Trip", "assetIds": [id] }))?;
    let trashed = both.photo(2, &json!({}))?;
    both.pair.call("DELETE", "/assets", &json!({ "ids": [trashed] }))?;
    both.pair.admin.wait_for_jobs(PATIENCE)?;
    both.follow(&PERMISSIONS)?;
    both.sync()?;
    let client = Client::find(both.node.url(), &Options { user_agent: "tintype-test/1.0".to_owned() })?;
    let (email, password) = Api::admin();
    let client = client.clone().with_token(client.log_in(email, password)?.access_token);
    let news = || -> Result<Vec<String>> {
        let types =
            [RequestType::AssetsV2, RequestType::AssetExifsV1, RequestType::AlbumsV2, RequestType::AlbumToAssetsV1];
        let (mut stream, mut acks, mut entities) = (client.stream(&types, false)?, Vec::new(), Vec::new());
        while let Some(line) = stream.next_line()? {
            let line: Value = serde_json::from_slice(line)?;
            acks.push(line["ack"].as_str().context("no ack")?.parse::<AckToken>()?);
            entities.push(line["type"].as_str().context("no type")?.to_owned());
        }
        client.ack(&acks)?;
        Ok(entities)
    };
    ensure!(news()?.len() > 4);
    both.sync()?;
    let moved = news()?;
    ensure!(moved == ["SyncCompleteV1"], "{moved:?}");
    Ok(())
}

#[test]
fn what_is_locked_away_is_not_taken_for_deleted() -> Result<()> {
    let both = Searching::new()?;
    let (locked, deleted, kept) = (both.photo(1, &json!({}))?, both.photo(2, &json!({}))?, both.photo(3, &json!({}))?);
    both.pair.admin.wait_for_jobs(PATIENCE)?;
    both.follow(&["user.read", "asset.read", "album.read"])?;
    both.sync()?;
    both.pair.call("PUT", &format!("/assets/{locked}"), &json!({ "visibility": "locked" }))?;
    both.delete(&deleted)?;
    let (is_well, said) = both.run(&["sync"])?;
    ensure!(!is_well && said.contains("asset.upload") && said.contains("2 photos"), "{said}");
    let here = |id: &str| -> Result<Option<Value>> { Ok(rows(&both.node)?.get(&format!("\"AssetV2\" {id}")).cloned()) };
    ensure!(here(&locked)?.is_some() && here(&deleted)?.is_some(), "nothing goes while it is not known");

    let (is_well, said) = both.run(&["logout"])?;
    ensure!(is_well && said.contains("still works"), "{said}");
    both.follow(&PERMISSIONS)?;
    let (is_well, said) = both.run(&["sync"])?;
    ensure!(!is_well && said.contains("--sweep"), "{said}");
    ensure!(here(&locked)?.is_some() && here(&deleted)?.is_some(), "who follows again has to say so first");
    let (is_well, said) = both.run(&["sync", "--sweep"])?;
    ensure!(is_well && here(&locked)?.is_some() && here(&deleted)?.is_none(), "{said}");
    let (second, third) = (both.photo(4, &json!({}))?, both.photo(5, &json!({}))?);
    both.sync()?;
    both.pair.call("PUT", &format!("/assets/{second}"), &json!({ "visibility": "locked" }))?;
    both.delete(&third)?;
    both.sync()?;
    let shown = here(&second)?.context("it is gone")?;
    ensure!(shown["visibility"] == "locked", "{shown}");
    ensure!(here(&third)?.is_none() && here(&kept)?.is_some());
    Ok(())
}

#[test]
fn keys_that_will_not_do_are_told_why() -> Result<()> {
    let both = Searching::new()?;
    let url = both.pair.upstream.url();
    let whole = both.key(&["all"])?;
    let search = ["--mode", "search"];
    let cases: [(&str, &[&str], &[&str]); 5] = [
        (&whole, &[], &["cannot be used with API keys", "session", "--mode search"]),
        (&both.key(&["user.read", "asset.read"])?, &search, &["lacks the permission album.read", "add it"]),
        (&both.key(&["user.read", "album.read"])?, &search, &["lacks the permission asset.read", "add it"]),
        (&both.key(&["asset.read"])?, &search, &["lacks the permission user.read", "add it"]),
        ("nonsense", &search, &["does not know this session, key or password"]),
    ];
    for (key, more, words) in cases {
        let (is_well, said) = both.log_in(url, key, more)?;
        ensure!(!is_well && words.iter().all(|word| said.contains(word)), "{more:?} {words:?}: {said}");
        ensure!(!said.contains(key) || key == "nonsense", "the key is told");
    }
    let (_, said) = both.run(&["status", "--json"])?;
    ensure!(said.is_empty(), "nothing is followed: {said}");
    let (is_well, said) = both.run(&["login", url, "--mode", "search"])?;
    ensure!(!is_well && said.contains("--api-key-file"), "{said}");

    // Something before the server may have rules of its own.
    let (is_well, said) = both.log_in(&forbidding()?, &whole, &search)?;
    ensure!(!is_well && said.contains("the server answered 403: not from here"), "{said}");

    let (is_well, said) = both.log_in(url, &whole, &search)?;
    ensure!(is_well, "{said}");
    let (_, said) = both.run(&["status"])?;
    ensure!(said.contains("by searching") && said.contains("never"), "{said}");
    let (is_well, said) = both.run(&["sync", "--dry-run"])?;
    ensure!(is_well && said.contains("0 lines would come"), "{said}");
    Ok(())
}

/// Where something answers that lets nobody in.
fn forbidding() -> Result<String> {
    fake_server(|_| Some((403, r#"{"message":"not from here"}"#)))
}
