//! No line is streamed whose parent the client cannot hold yet, whatever is written meanwhile.
//!
//! `TINTYPE_CHURN_ROUNDS` sets how many streams are taken while a writer is at work.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tintype_library::Library;
use tintype_library::assets::AssetChange;
use tintype_library::memories::{MemoryChange, NewMemory};
use tintype_library::model::{AssetFilter, MemoryFilter, TextLine};
use tintype_library::sessions::Caller;
use tintype_library::synthetic::{self, Amounts};
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::{AlbumRole, SortOrder, Visibility};

use crate::scene::{ADMIN, Scene};
use crate::sharing::Phone;

/// Streams taken while the writer is at work, where nobody says otherwise.
const ROUNDS: usize = 300;
/// The writer keeps about this many assets.
const ASSETS: usize = 150;

/// Adds, changes, shares and removes until told to stop. Answers how often.
fn churn(library: &Library, caller: &Caller, member: UserId, is_over: &AtomicBool) -> u64 {
    let mut round = 0_u64;
    while !is_over.load(Ordering::SeqCst) {
        round += 1;
        let amounts = Amounts { assets: 3, ..Amounts::default() };
        synthetic::fill_more(library, caller.user.id, amounts, 100 + round).expect("assets");
        let filter = tintype_library::assets::ordinary(caller.user.id);
        let some = library.search_random(&filter, 4).expect("a search");
        let ids: Vec<AssetId> = some.into_iter().map(|(asset, _)| asset.id).collect();
        let change = |change| library.update_assets(caller, &ids[..2], change).expect("a change");
        change(AssetChange { is_favorite: Some(round.is_multiple_of(2)), ..AssetChange::default() });
        change(AssetChange { description: Some(format!("{round}")), ..AssetChange::default() });
        share(library, caller, member, round, &ids);
        remember(library, caller, round, &ids);
        if round.is_multiple_of(3) {
            let visibility = if round.is_multiple_of(2) { Visibility::Locked } else { Visibility::Archive };
            change(AssetChange { visibility: Some(visibility), ..AssetChange::default() });
        }
        let all = library.search_by_id(&AssetFilter::default(), 100_000).expect("a search");
        for surplus in all.iter().skip(ASSETS) {
            library.purge_now(caller, &[surplus.id]).expect("a removal");
        }
    }
    round
}

/// Albums come, are shared and go; a partner comes and goes.
fn share(library: &Library, caller: &Caller, member: UserId, round: u64, ids: &[AssetId]) {
    let members = if round.is_multiple_of(2) { vec![(member, AlbumRole::Editor)] } else { vec![] };
    let order = SortOrder::Ascending;
    let album = library.create_album(caller, format!("A{round}"), String::new(), order, ids.to_vec(), members);
    let album = album.expect("an album").album.id;
    match round % 4 {
        0 => library.leave_album(caller, album, member).expect("a member less"),
        1 => drop(library.share_album(caller, album, vec![(member, AlbumRole::Viewer)]).expect("a member")),
        2 => drop(library.remove_album_assets(caller, album, ids[..1].to_vec()).expect("a link less")),
        _ => {}
    }
    for old in library.albums(caller, None).expect("albums").into_iter().skip(10) {
        library.delete_album(caller, old.album.id).expect("an album less");
    }
    match round % 10 {
        3 => drop(library.add_partner(caller, member).expect("a partner")),
        9 => library.remove_partner(caller, member).expect("a partner less"),
        _ => {}
    }
}

/// Memories come, gain and lose assets, and go; text is read on assets, and read otherwise.
fn remember(library: &Library, caller: &Caller, round: u64, ids: &[AssetId]) {
    let at = library.now();
    let new = NewMemory {
        year: 2020,
        memory_at: at,
        is_saved: false,
        seen_at: None,
        show_at: Some(at),
        hide_at: None,
        assets: ids[1..].to_vec(),
    };
    let memory = library.create_memory(caller, new).expect("a memory").memory.id;
    match round % 3 {
        0 => drop(library.add_memory_assets(caller, memory, ids[..1].to_vec()).expect("a link")),
        1 => drop(library.remove_memory_assets(caller, memory, ids[1..2].to_vec()).expect("a link less")),
        _ => {
            let change = MemoryChange { is_saved: Some(true), ..MemoryChange::default() };
            drop(library.update_memory(caller, memory, change).expect("a change"));
        }
    }
    let filter = MemoryFilter { is_shuffled: true, offset: 10, ..MemoryFilter::default() };
    for old in library.memories(caller, &filter).expect("memories") {
        library.delete_memory(caller, old.memory.id).expect("a memory less");
    }
    let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
    let line = TextLine { corners, box_score: 1.0, text_score: 1.0, text: format!("{round}"), is_visible: true };
    library.replace_ocr(ids[0], vec![line.clone(), line]).expect("a text");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_line_comes_before_its_parent_while_a_writer_churns() {
    let rounds = std::env::var("TINTYPE_CHURN_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let scene = Scene::new("3.2.2").await;
    let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
    synthetic::fill(&scene.library, owner.id, Amounts { assets: 50, albums: 1, ..Amounts::default() }, 1).unwrap();
    let admin = scene.admin().await;
    let ben = serde_json::json!({ "email": "ben@example.org", "password": "Ben-Pass-1", "name": "Ben" });
    scene.call("POST", "/api/admin/users", &admin, ben).await.is(201);
    let member = scene.library.user_by_email("ben@example.org").unwrap().unwrap().id;
    let caller = Caller { is_elevated: true, ..Caller::of(owner.clone()) };
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = {
        let (library, is_over) = (Arc::clone(&scene.library), Arc::clone(&is_over));
        std::thread::spawn(move || churn(&library, &caller, member, &is_over))
    };
    let mut phones = [Phone::new(&scene, ADMIN).await, Phone::new(&scene, ("ben@example.org", "Ben-Pass-1")).await];
    let mut lines = 0;
    for _ in 0..rounds {
        for phone in &mut phones {
            lines += phone.sync(&scene).await.into_iter().map(|(_, count)| count).sum::<usize>();
        }
    }
    is_over.store(true, Ordering::SeqCst);
    let written = writer.join().unwrap();
    assert!(written > 10 && lines > rounds * 2, "the writer was at work: {written} rounds, {lines} lines");
    // What is left after the writer has ended brings the owner's replica to the library's state.
    phones[0].sync(&scene).await;
    let held = |table: &str| phones[0].replica.column(table, "id").unwrap().into_iter().collect::<BTreeSet<String>>();
    let all = scene.library.search_by_id(&AssetFilter::default(), 100_000).unwrap();
    assert_eq!(held("asset"), all.iter().map(|asset| asset.id.to_string()).collect());
    let caller = Caller { is_elevated: true, ..Caller::of(owner) };
    let memories = scene.library.memories(&caller, &MemoryFilter::default()).unwrap();
    assert_eq!(held("memory"), memories.iter().map(|view| view.memory.id.to_string()).collect());
    let (mut links, mut texts) = (0, BTreeSet::new());
    scene
        .library
        .read(|tx| {
            for asset in &all {
                texts.extend(tx.ocr_rows(asset.id)?.into_iter().map(|row| row.id.to_string()));
                for view in &memories {
                    links += u64::from(tx.memories_with(asset.id)?.contains(&view.memory.id));
                }
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(phones[0].replica.count("memory_asset").unwrap(), links);
    assert_eq!(held("ocr"), texts);
}
