//! A folder of a node that follows another one: what it asks of that one to know the library's side.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tintype_testkit::{Api, Node, Options, Relay};

use crate::reconcile::plan;
use crate::scene::output;

/// Assets of the library that is followed: a listing of them would take several pages.
const ASSETS: usize = 5_000;

/// A node with a library of made-up rows.
fn seeded() -> Result<Node> {
    let (email, password) = Api::admin();
    let options = Options::default();
    let options = options.environment("TINTYPE_ADMIN_EMAIL", email).environment("TINTYPE_ADMIN_PASSWORD", password);
    let mut node = options.start()?;
    node.stop()?;
    output(&mut node.command(&["dev", "seed", "--assets", &ASSETS.to_string()])?, &node)?;
    node.restart()?;
    Ok(node)
}

#[test]
fn a_run_after_the_first_asks_for_one_stream_and_for_no_pages() -> Result<()> {
    let (upstream, folder) = (seeded()?, tempfile::tempdir()?);
    let relay = Relay::to(upstream.url())?;
    let mut node = Node::start()?;
    node.api().sign_up()?;
    // Nothing but the commands is to ask anything.
    node.stop()?;
    let (email, password) = Api::admin();
    let secret = folder.path().join("password");
    fs::write(&secret, password)?;
    let secret = secret.to_str().context("no text")?;
    output(&mut node.command(&["login", relay.url(), "--email", email, "--password-file", secret])?, &node)?;
    let camera = folder.path().join("camera");
    fs::create_dir(&camera)?;
    fs::write(camera.join("here.jpg"), tintype_testkit::picture(1, 64, 48)?)?;
    let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
    fs::File::options().write(true).open(camera.join("here.jpg"))?.set_modified(hour_ago)?;
    let path = camera.to_str().context("no text")?;
    output(&mut node.command(&["folder", "add", path, "--policy", "two-way"])?, &node)?;
    let first = plan(&node, &camera)?;
    ensure!(first["folders"][0]["actions"].as_array().map(Vec::len) == Some(ASSETS + 1), "not everything is known");

    let admin = upstream.api().log_in()?;
    let gone = admin.call("POST", "/search/metadata", Some(&json!({ "size": 1 })))?.json()?;
    let gone = gone["assets"]["items"][0]["id"].clone();
    for (is_news, what) in [(false, "nothing changed"), (true, "an asset went to the trash")] {
        if is_news {
            admin.call("DELETE", "/assets", Some(&json!({ "ids": [gone] })))?;
        }
        let before = relay.requests().len();
        let again = plan(&node, &camera)?;
        let asked = relay.requests().split_off(before);
        let entries = ASSETS + 1 - usize::from(is_news);
        ensure!(again["folders"][0]["actions"].as_array().map(Vec::len) == Some(entries), "{what}: {asked:?}");
        let streams = asked.iter().filter(|line| line.starts_with("POST /api/sync/stream")).count();
        ensure!(streams == 1, "{what}: {asked:?}");
        // Which version it is, that the session holds, and how far it was read.
        let known = [
            "POST /api/sync/stream",
            "POST /api/sync/ack",
            "GET /api/sync/ack",
            "GET /api/server/",
            "GET /api/users/me",
        ];
        let others = asked.iter().filter(|line| !known.iter().any(|known| line.starts_with(known)));
        ensure!(others.count() == 0 && asked.len() <= 4, "{what}: {asked:?}");
    }
    Ok(())
}
