//! No line is streamed whose parent the client cannot hold yet, whatever is written meanwhile.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tintype_library::Library;
use tintype_library::assets::AssetChange;
use tintype_library::sessions::Caller;
use tintype_library::synthetic::{self, Amounts};
use tintype_protocol::id::{AlbumId, AssetId};
use tintype_protocol::model::SortOrder;

use crate::scene::{ADMIN, Scene};

/// Streams taken while the writer is at work.
const ROUNDS: usize = 200;

/// What a client keeps, with its foreign keys.
#[derive(Default)]
struct Replica {
    users: HashSet<String>,
    assets: HashMap<String, String>,
    albums: HashSet<String>,
    lines: usize,
}

impl Replica {
    /// Applies a line; a missing parent is what must not happen.
    fn apply(&mut self, line: &Value) {
        self.lines += 1;
        let data = &line["data"];
        let text = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
        match line["type"].as_str().expect("a type") {
            "UserV1" => drop(self.users.insert(text("id"))),
            "AssetV2" => {
                assert!(self.users.contains(&text("ownerId")), "an asset without its owner: {line}");
                let (id, checksum) = (text("id"), text("checksum"));
                let twin = self.assets.iter().find(|(known, sum)| **sum == checksum && **known != id);
                assert!(twin.is_none(), "two assets with one checksum: {line}");
                self.assets.insert(id, checksum);
            }
            "AssetDeleteV1" => drop(self.assets.remove(&text("assetId"))),
            "AssetExifV1" => assert!(self.assets.contains_key(&text("assetId")), "exif without its asset: {line}"),
            "AlbumV2" => drop(self.albums.insert(text("id"))),
            "AlbumDeleteV1" => drop(self.albums.remove(&text("albumId"))),
            "AlbumUserV1" => {
                assert!(self.albums.contains(&text("albumId")), "a user of an unknown album: {line}");
                assert!(self.users.contains(&text("userId")), "an unknown user of an album: {line}");
            }
            "AlbumToAssetV1" => {
                assert!(self.albums.contains(&text("albumId")), "a link into an unknown album: {line}");
                assert!(self.assets.contains_key(&text("assetId")), "a link to an unknown asset: {line}");
            }
            _ => {}
        }
    }
}

/// Adds, changes and removes albums, links and assets until told to stop.
fn churn(library: &Library, caller: &Caller, seed: u64, is_over: &AtomicBool) {
    let amounts = Amounts { assets: 5, albums: 0, users: 0 };
    let mut round = 0_u64;
    while !is_over.load(Ordering::SeqCst) {
        round += 1;
        synthetic::fill_more(library, caller.user.id, amounts, seed + round).expect("assets");
        let filter = tintype_library::assets::ordinary(caller.user.id);
        let ids: Vec<AssetId> =
            library.search_random(&filter, 4).expect("a search").into_iter().map(|(asset, _)| asset.id).collect();
        let album = library
            .create_album(caller, format!("A{round}"), String::new(), SortOrder::Ascending, ids.clone(), vec![])
            .expect("an album");
        let album: AlbumId = album.album.id;
        let change = AssetChange { is_favorite: Some(round.is_multiple_of(2)), ..AssetChange::default() };
        library.update_assets(caller, &ids, change).expect("a change");
        let described = AssetChange { description: Some(format!("{round}")), ..AssetChange::default() };
        library.update_assets(caller, &ids[..1], described).expect("a change");
        if round.is_multiple_of(3) {
            library.delete_album(caller, album).expect("a removal");
        }
        if round.is_multiple_of(4) {
            library.purge_now(caller, &ids[1..2]).expect("a removal");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_line_comes_before_its_parent_while_a_writer_churns() {
    let scene = Scene::new("3.2.2").await;
    let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
    synthetic::fill(&scene.library, owner.id, Amounts { assets: 50, albums: 1, users: 1 }, 1).unwrap();
    let caller = Caller { user: owner, session: None, api_key: None, is_elevated: false };
    let token = scene.admin().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = {
        let (library, is_over) = (Arc::clone(&scene.library), Arc::clone(&is_over));
        std::thread::spawn(move || churn(&library, &caller, 100, &is_over))
    };
    let types =
        json!({ "types": ["UsersV1", "AssetsV2", "AlbumsV2", "AlbumUsersV1", "AlbumToAssetsV1", "AssetExifsV1"] });
    let mut replica = Replica::default();
    for round in 0..ROUNDS {
        let lines = scene.call("POST", "/api/sync/stream", &token, types.clone()).await.is(200).lines();
        assert_eq!(lines.last().unwrap()["type"], "SyncCompleteV1", "round {round}");
        let mut acks: HashMap<&str, &Value> = HashMap::new();
        for line in &lines {
            replica.apply(line);
            acks.insert(line["type"].as_str().unwrap(), &line["ack"]);
        }
        let acks: Vec<&Value> = acks.into_values().collect();
        scene.call("POST", "/api/sync/ack", &token, json!({ "acks": acks })).await.is(204);
    }
    is_over.store(true, Ordering::SeqCst);
    writer.join().unwrap();
    assert!(replica.lines > ROUNDS * 5, "the writer was at work: {} lines", replica.lines);
    // What is left after the writer has ended brings the replica to the library's state.
    for line in scene.call("POST", "/api/sync/stream", &token, types).await.is(200).lines() {
        replica.apply(&line);
    }
    let held: HashSet<String> = replica.assets.into_keys().collect();
    let filter = tintype_library::model::AssetFilter::default();
    let kept: HashSet<String> =
        scene.library.search_by_id(&filter, 100_000).unwrap().into_iter().map(|asset| asset.id.to_string()).collect();
    assert_eq!(held, kept);
}
