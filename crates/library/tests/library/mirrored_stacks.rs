//! A stack that was made here before its user followed the server, and what the server says of its photos.

use serde_json::json;
use tintype_library::model::{Asset, ExternalKind};
use tintype_protocol::id::{AssetId, StackId};
use tintype_protocol::sync::EntityType;

use crate::mirrored_rows::{apply_all, stack};
use crate::replica::{asset, follow, id, local};
use crate::scene::{Scene, jpeg};

/// Photos that are here and there; the first three are a stack here.
const PHOTOS: usize = 5;
/// The number of the server's stack.
const THERE: u32 = 30;

struct Pile {
    scene: Scene,
    photos: Vec<Asset>,
    ours: StackId,
}

impl Pile {
    fn new() -> Self {
        let scene = Scene::new();
        let ids: Vec<AssetId> =
            (0..PHOTOS).map(|number| scene.add(&format!("{number}.jpg"), &jpeg(number as u32))).collect();
        let ours = scene.library.create_stack(&scene.caller(), &ids[..3]).unwrap().stack.id;
        let photo = |id: &AssetId| scene.library.read(|tx| Ok(tx.asset(*id)?)).unwrap().unwrap();
        let photos = ids.iter().map(photo).collect();
        Self { scene, photos, ours }
    }

    /// What the server says of some photos, in this order: each is in its stack, or in none.
    fn hear(&self, said: &[(usize, bool)], front: Option<usize>) {
        let number = |photo: usize| u32::try_from(photo).unwrap() + 2;
        let mut lines: Vec<_> = said
            .iter()
            .map(|(photo, is_stacked)| {
                let checksum = tintype_protocol::bytes::base64(&self.photos[*photo].checksum.0);
                let stack = is_stacked.then(|| id(THERE));
                (EntityType::AssetV2, asset(number(*photo), 0, &json!({ "checksum": checksum, "stackId": stack })))
            })
            .collect();
        lines.extend(front.map(|front| stack(THERE, number(front))));
        let upstream = self.scene.library.upstream_of(self.scene.owner).unwrap().unwrap();
        apply_all(&self.scene.library, &upstream, lines);
    }

    /// Every stack with its photos, the one in front first, and whether the server knows it; those that it does come last.
    fn stacks(&self) -> Vec<(StackId, Vec<usize>, bool)> {
        let server = self.scene.library.upstream_of(self.scene.owner).unwrap().unwrap().server_id;
        let place = |id: AssetId| self.photos.iter().position(|photo| photo.id == id).unwrap();
        let read = self.scene.library.read(|tx| {
            let mut found = Vec::new();
            for stack in tx.stacks_of(self.scene.owner, None)? {
                let inside: Vec<AssetId> = tx.stack_assets(&stack)?.iter().map(|asset| asset.id).collect();
                assert_eq!(inside.first(), Some(&stack.primary), "the one in front is in it");
                let mut inside: Vec<usize> = inside.into_iter().map(place).collect();
                inside[1..].sort_unstable();
                let is_known = tx.external_id(server, ExternalKind::Stack, stack.id.0)?.is_some();
                found.push((stack.id, inside, is_known));
            }
            Ok(found)
        });
        let mut found = read.unwrap();
        found.sort_by_key(|(_, _, is_known)| *is_known);
        found
    }
}

#[test]
fn photos_that_are_in_no_stack_there_stay_in_ours() {
    let pile = Pile::new();
    follow(&pile.scene);
    for _ in 0..2 {
        pile.hear(&[(0, false), (1, false), (2, false)], None);
        assert_eq!(pile.stacks(), [(pile.ours, vec![0, 1, 2], false)]);
    }
}

/// Whichever line comes first, and whether the photos had names before.
#[test]
fn a_stack_that_the_server_made_of_ours_is_ours_with_what_is_in_it_there() {
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
        for had_names in [false, true] {
            let pile = Pile::new();
            follow(&pile.scene);
            if had_names {
                pile.hear(&order.map(|photo| (photo, false)), None);
            }
            // There, the second is in front, the third is in none, and the fourth is in it.
            pile.hear(&order.map(|photo| (photo, photo != 2)), Some(1));
            assert_eq!(pile.stacks(), [(pile.ours, vec![1, 0, 3], true)], "{order:?}, {had_names}");
        }
    }
}

#[test]
fn what_goes_into_a_stack_of_the_server_leaves_ours_in_order() {
    let pile = Pile::new();
    follow(&pile.scene);
    let there = StackId(local(THERE).0);
    pile.hear(&[(0, false), (1, false), (2, false), (3, true), (4, true)], Some(3));
    assert_eq!(pile.stacks(), [(pile.ours, vec![0, 1, 2], false), (there, vec![3, 4], true)]);
    pile.hear(&[(0, true)], None);
    assert_eq!(pile.stacks(), [(pile.ours, vec![1, 2], false), (there, vec![3, 0, 4], true)]);
    // What is left is no stack.
    pile.hear(&[(1, true)], None);
    assert_eq!(pile.stacks(), [(there, vec![3, 0, 1, 4], true)]);
}
