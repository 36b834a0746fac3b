//! Time and randomness are passed in: the same ones make the same library.

use std::sync::Arc;

use tintype_library::feed::{FeedKind, Visit};
use tintype_library::synthetic::{self, Amounts};
use tintype_protocol::id::UpdateId;

use crate::scene::Scene;

fn whole_feed() -> Vec<String> {
    let scene = Scene::new();
    synthetic::fill(&scene.library, scene.owner, Amounts { assets: 50, albums: 2, users: 1, people: 3, faces: 20 }, 9)
        .unwrap();
    let library = Arc::clone(&scene.library);
    library
        .read(|tx| {
            let mut lines = Vec::new();
            for kind in [
                FeedKind::Users,
                FeedKind::Assets,
                FeedKind::Exifs,
                FeedKind::Albums,
                FeedKind::AlbumAssets,
                FeedKind::People,
                FeedKind::Faces,
            ] {
                tx.changes(kind, scene.owner, UpdateId::MIN, &mut |at, row| {
                    lines.push(format!("{at} {row:?}"));
                    Visit::Continue
                })?;
            }
            Ok(lines)
        })
        .unwrap()
}

#[test]
fn the_same_clock_and_seed_make_the_same_library() {
    let (one, two) = (whole_feed(), whole_feed());
    assert!(one.len() > 100, "{}", one.len());
    assert_eq!(one, two);
}
