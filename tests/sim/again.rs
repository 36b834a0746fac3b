//! What was deleted comes again, what is made on two sides at once, and what is made twice.

use tintype_library::Library;
use tintype_library::albums::AlbumChange;
use tintype_library::replica::album_mark;
use tintype_library::sessions::Caller;
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::{AssetStatus, SortOrder};

use crate::view::view;
use crate::world::World;

fn caller(library: &Library, user: UserId) -> Caller {
    Caller::of(library.user(user).expect("a read").expect("the user"))
}

/// Deletes the only picture for good.
fn delete(library: &Library, user: UserId) {
    let all = crate::view::assets(library, user).expect("a read");
    let ids: Vec<AssetId> = all.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids.len(), 1, "{all:?}");
    library.delete_assets(&caller(library, user), &ids, true).expect("a delete");
}

/// What the upstream calls a picture.
fn name_there(world: &World, id: AssetId) -> AssetId {
    let node = &world.nodes[0];
    let (upstream, kind) = (node.upstream().expect("an upstream"), tintype_library::model::ExternalKind::Asset);
    let name = node.place.library.read(|tx| Ok(tx.external_id(upstream.server_id, kind, id.0)?)).expect("a read");
    AssetId(name.expect("a name"))
}

/// Both sides have one picture that is not in the trash.
fn assert_there(world: &World) {
    let node = &world.nodes[0];
    for (library, user) in [(&world.upstream.library, node.user_there), (&node.place.library, node.user)] {
        let all = view(library, user).expect("a view").assets;
        let lives: Vec<_> = all.values().map(|fields| fields["life"].clone()).collect();
        assert_eq!(lives, [format!("\"{}\"", AssetStatus::Active.as_str())], "{all:?}");
    }
}

/// A node whose picture the upstream has.
fn agreed() -> World {
    let mut world = World::with_nodes(11, 1);
    let (library, user) = (world.nodes[0].place.library.clone(), world.nodes[0].user);
    world.add_picture(&library, user).expect("a picture");
    world.settle().expect("an agreement");
    world
}

#[test]
fn what_is_deleted_and_added_here_is_there_in_the_end() {
    let mut world = agreed();
    let (library, user) = (world.nodes[0].place.library.clone(), world.nodes[0].user);
    delete(&library, user);
    world.pictures -= 1;
    world.add_picture(&library, user).expect("the same picture");
    world.settle().expect("an agreement");
    assert_there(&world);
}

#[test]
fn what_is_deleted_there_and_added_here_is_there_in_the_end() {
    let mut world = World::with_nodes(12, 1);
    let (library, user) = (world.nodes[0].place.library.clone(), world.nodes[0].user);
    let (there, user_there) = (world.upstream.library.clone(), world.nodes[0].user_there);
    world.add_picture(&there, user_there).expect("a picture");
    // The background has not come to it when the upload does.
    delete(&there, user_there);
    world.pictures -= 1;
    world.add_picture(&library, user).expect("the same picture");
    world.nodes[0].sync().expect("a sync");
    world.settle().expect("an agreement");
    assert_there(&world);
}

#[test]
fn two_stacks_with_the_same_front_become_one() {
    let mut world = World::with_nodes(13, 1);
    let (library, user) = (world.nodes[0].place.library.clone(), world.nodes[0].user);
    let (there, user_there) = (world.upstream.library.clone(), world.nodes[0].user_there);
    let pictures: Vec<AssetId> = (0..3).map(|_| world.add_picture(&library, user).expect("a picture")).collect();
    world.settle().expect("an agreement");
    let [first, third] = [pictures[0], pictures[2]].map(|id| name_there(&world, id));
    library.create_stack(&caller(&library, user), &[pictures[0], pictures[1]]).expect("a stack");
    there.create_stack(&caller(&there, user_there), &[first, third]).expect("a stack");
    world.settle().expect("an agreement");
    let stacks = view(&there, user_there).expect("a view").stacks;
    assert!(stacks.len() == 1 && stacks[0].len() == 3, "{stacks:?}");
}

/// Its second stack is never made there, as one of the two pictures is gone by then; the first one is none any more all the
/// same.
#[test]
fn a_picture_that_leaves_a_stack_for_one_that_does_not_last_has_left_it() {
    for (front, others) in [(0, [1, 2]), (1, [0, 2])] {
        let mut world = World::with_nodes(14, 1);
        let (library, user) = (world.nodes[0].place.library.clone(), world.nodes[0].user);
        let pictures: Vec<AssetId> = (0..4).map(|_| world.add_picture(&library, user).expect("a picture")).collect();
        let me = caller(&library, user);
        library.create_stack(&me, &[pictures[front], pictures[others[0]], pictures[others[1]]]).expect("a stack");
        world.settle().expect("an agreement");
        library.create_stack(&me, &[pictures[0], pictures[3]]).expect("a stack");
        library.delete_assets(&me, &[pictures[3]], true).expect("a delete");
        if front == 0 {
            // All of the old stack is in the new one.
            let stacks = library.stacks(&me, None).expect("the stacks");
            library.delete_stacks(&me, &[stacks[0].stack.id]).expect("none");
        }
        world.settle().expect("an agreement");
        let stacks = view(&world.upstream.library, world.nodes[0].user_there).expect("a view").stacks;
        assert_eq!(stacks.iter().map(Vec::len).collect::<Vec<_>>(), if front == 0 { vec![] } else { vec![2] });
    }
}

/// The request to make it came twice, and the user thought better of it.
#[test]
fn an_album_that_is_deleted_is_deleted_with_its_twin() {
    let mut world = World::with_nodes(15, 1);
    let (library, user) = (world.nodes[0].place.library.clone(), world.nodes[0].user);
    let (there, user_there) = (world.upstream.library.clone(), world.nodes[0].user_there);
    let (me, me_there) = (caller(&library, user), caller(&there, user_there));
    let make = |library: &Library, caller: &Caller, words: String| {
        let made = library.create_album(caller, "Sea".to_owned(), words, SortOrder::Descending, Vec::new(), Vec::new());
        made.expect("an album").album.id
    };
    let album = make(&library, &me, String::new());
    world.settle().expect("an agreement");
    let twin = make(&there, &me_there, album_mark(album));
    library.delete_album(&me, album).expect("a delete");
    // What happens to the twin there meanwhile does not keep it.
    let change = AlbumChange { name: Some("The sea".to_owned()), ..AlbumChange::default() };
    there.update_album(&me_there, twin, change).expect("a change");
    world.settle().expect("an agreement");
    assert_eq!(view(&there, user_there).expect("a view").albums, []);
}
