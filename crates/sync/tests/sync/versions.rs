//! What a server is asked for depends on what it is (client-behaviour §2, events-after-2.7.5 §1).

use std::collections::BTreeSet;

use tintype_protocol::version::Version;

use crate::lines::ME;
use crate::scene::Scene;

/// Types that every version has.
const ALWAYS: &[&str] = &[
    "AuthUsersV1",
    "UsersV1",
    "PartnersV1",
    "StacksV1",
    "PartnerStacksV1",
    "AlbumUsersV1",
    "AlbumToAssetsV1",
    "AssetExifsV1",
    "AlbumAssetExifsV1",
    "PartnerAssetExifsV1",
    "MemoriesV1",
    "MemoryToAssetsV1",
    "PeopleV1",
    "UserMetadataV1",
    "AssetMetadataV1",
];
const FIRST: &[&str] = &["AssetsV1", "PartnerAssetsV1", "AlbumAssetsV1", "AlbumsV1"];
const SECOND: &[&str] = &["AssetsV2", "PartnerAssetsV2", "AlbumAssetsV2", "AlbumsV2", "AssetOcrV1"];
const OLD_FACES: &[&str] = &["AssetFacesV1"];
const EDITS: &[&str] = &["AssetFacesV2", "AssetEditsV1"];

/// What a pull from a server of a version asks for.
fn asked(version: &str) -> BTreeSet<String> {
    let scene = Scene::of(version.parse::<Version>().unwrap(), ME);
    scene.pull().unwrap();
    let mut requests = scene.server.asked();
    requests.retain(|asked| asked.path != "/assets/statistics");
    let paths: Vec<&str> = requests.iter().map(|asked| asked.path.as_str()).collect();
    // How far the session is, the acks, and whether the end was noted.
    assert_eq!(paths, ["/server/version", "/sync/stream", "/sync/ack", "/sync/ack", "/sync/ack"], "{version}");
    assert!(requests[1].is("POST /sync/stream"));
    assert_eq!(requests[1].body["reset"], false, "nobody resets on their own");
    let types = requests[1].body["types"].as_array().unwrap();
    let names: BTreeSet<String> = types.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    assert_eq!(names.len(), types.len(), "none twice");
    names
}

#[test]
fn each_version_is_asked_for_all_that_it_knows_and_for_nothing_else() {
    for (version, more) in [
        ("2.5.0", [FIRST, OLD_FACES]),
        ("2.5.6", [FIRST, OLD_FACES]),
        ("2.6.0", [FIRST, EDITS]),
        ("2.6.3", [FIRST, EDITS]),
        ("2.7.5", [FIRST, EDITS]),
        ("3.0.0", [SECOND, EDITS]),
        ("3.2.2", [SECOND, EDITS]),
        ("3.9.0", [SECOND, EDITS]),
    ] {
        let expected = ALWAYS.iter().chain(more[0]).chain(more[1]).map(ToString::to_string).collect();
        assert_eq!(asked(version), expected, "{version}");
    }
}

/// A server that is updated between two pulls: the types of the older generation are not asked for any more.
#[test]
fn a_server_that_grows_up_is_noticed_at_the_next_pull() {
    let scene = Scene::of("2.7.5".parse().unwrap(), ME);
    scene.pull().unwrap();
    scene.server.set_version("3.2.2".parse().unwrap());
    scene.pull().unwrap();
    assert_eq!(scene.upstream().version.to_string(), "3.2.2");
    let types = scene.server.asked().last_chunk::<2>().unwrap()[0].body["types"].to_string();
    assert!(types.contains("\"AssetsV2\"") && !types.contains("\"AssetsV1\""), "{types}");
}

#[test]
fn nothing_new_takes_two_requests() {
    let scene = Scene::new();
    scene.pull().unwrap();
    let before = scene.server.asked().len();
    assert_eq!(scene.pull().unwrap().lines, 1);
    let paths: Vec<String> = scene.server.asked().split_off(before).into_iter().map(|asked| asked.path).collect();
    assert_eq!(paths, ["/sync/stream", "/sync/ack"]);
}

/// Who was asked what it is a while ago is asked again.
#[test]
fn a_server_is_asked_what_it_is_from_time_to_time() {
    let scene = Scene::of("2.6.0".parse().unwrap(), ME);
    scene.pull().unwrap();
    // It knows the same types, and more.
    scene.server.set_version("2.7.5".parse().unwrap());
    scene.pull().unwrap();
    assert_eq!(scene.upstream().version.to_string(), "2.6.0", "nothing was refused");
    scene.clock.advance(10 * 60 * 1_000);
    scene.pull().unwrap();
    assert_eq!(scene.upstream().version.to_string(), "2.7.5");
}
