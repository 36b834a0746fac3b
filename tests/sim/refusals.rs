//! What is counted against a change that does not get through, and what is not.

use tintype_library::assets::AssetChange;
use tintype_library::model::OutboxRow;
use tintype_library::sessions::Caller;

use crate::world::World;

/// Longer than the longest rest of a row.
const LATER_MS: i64 = 2 * 3_600_000;

/// A node with one change that waits.
fn waiting() -> World {
    let mut world = World::with_nodes(7, 1);
    let (library, user) = (world.nodes[0].place.library.clone(), world.nodes[0].user);
    let id = world.add_picture(&library, user).expect("a picture");
    world.settle().expect("an agreement");
    let caller = Caller::of(library.user(user).expect("a read").expect("the user"));
    let change = AssetChange { is_favorite: Some(true), ..AssetChange::default() };
    library.update_asset(&caller, id, change).expect("a change");
    world
}

fn rows(world: &World) -> Vec<OutboxRow> {
    let node = &world.nodes[0];
    let upstream = node.upstream().expect("an upstream");
    node.place.library.outbox(upstream.id, 0, 10).expect("the outbox")
}

#[test]
fn time_without_a_connection_is_no_attempt() {
    let mut world = waiting();
    world.nodes[0].network.set_trouble(1_000);
    for _ in 0..40 {
        let _ = world.nodes[0].sync();
        world.pass(LATER_MS);
    }
    let rows = rows(&world);
    assert!(rows.len() == 1 && rows[0].attempts == 0 && !rows[0].is_dead, "{rows:?}");
    world.settle().expect("it goes as soon as there is a connection");
}

#[test]
fn ten_refusals_are_enough_and_only_a_person_tries_again() {
    let mut world = waiting();
    world.nodes[0].network.set_refusal(Some(409));
    for attempt in 1..=10 {
        world.nodes[0].sync().expect("the refusal is the row's affair");
        // It rests: nothing is asked for at once.
        world.nodes[0].sync().expect("nothing is due");
        let rows = rows(&world);
        assert_eq!((rows[0].attempts, rows[0].is_dead), (attempt, attempt == 10), "{rows:?}");
        assert!(rows[0].error.as_ref().is_some_and(|error| error.contains("409")), "{rows:?}");
        world.pass(LATER_MS);
    }
    world.nodes[0].network.set_refusal(None);
    assert_eq!(world.nodes[0].sync().expect("a sync").sent, 0, "what was given up is not sent");
    let library = world.nodes[0].place.library.clone();
    let row = &rows(&world)[0];
    assert_eq!(library.retry_outbox(row.upstream_id, &[row.id]).expect("a retry"), 1);
    world.settle().expect("it goes now");
}
