//! No change is lost, however many are made at once and however long that takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tintype_library::assets::AssetChange;
use tintype_library::model::AssetFilter;
use tintype_library::sessions::Caller;
use tintype_library::synthetic::{self, Amounts};
use tintype_protocol::id::AssetId;

use crate::scene::{ADMIN, Scene};
use crate::sharing::Phone;

/// Assets changed in one transaction.
const MANY: usize = 15_000;
/// Assets changed one by one meanwhile.
const SINGLE: usize = 150;
/// Those who change.
const WRITERS: usize = 2;

/// While 15,000 assets change in one transaction and others one by one, an app streams and acknowledges. Every change
/// reaches it. (The reference lost 13,039 of 15,000.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_of_many_reaches_the_app() {
    let scene = Scene::new("3.2.2").await;
    let user = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
    let owner = user.id;
    let amounts = Amounts { assets: MANY as u64, ..Amounts::default() };
    synthetic::fill(&scene.library, owner, amounts, 7).unwrap();
    let mut phone = Phone::new(&scene, ADMIN).await;
    phone.sync(&scene).await;
    let caller = Caller { is_elevated: true, ..Caller::of(user) };
    let all = scene.library.search_by_id(&AssetFilter::default(), 100_000).unwrap();
    let ids: Vec<AssetId> = all.iter().map(|asset| asset.id).collect();
    assert_eq!(ids.len(), MANY);
    let ended = Arc::new(AtomicUsize::new(0));
    let run = |work: Box<dyn FnOnce() + Send>| {
        let ended = Arc::clone(&ended);
        std::thread::spawn(move || {
            work();
            ended.fetch_add(1, Ordering::SeqCst);
        })
    };
    let (library, every, asker) = (Arc::clone(&scene.library), ids.clone(), caller.clone());
    let bulk = run(Box::new(move || {
        let change = AssetChange { rating: Some(Some(5)), ..AssetChange::default() };
        library.update_assets(&asker, &every, change).expect("the change of all");
    }));
    let (library, some) = (Arc::clone(&scene.library), ids[..SINGLE].to_vec());
    let single = run(Box::new(move || {
        for (number, id) in some.into_iter().enumerate() {
            let change = AssetChange { description: Some(format!("photo {number}")), ..AssetChange::default() };
            library.update_asset(&caller, id, change).expect("a change");
        }
    }));
    let mut streams = 0;
    while ended.load(Ordering::SeqCst) < WRITERS {
        phone.sync(&scene).await;
        streams += 1;
    }
    bulk.join().unwrap();
    single.join().unwrap();
    phone.sync(&scene).await;
    assert!(streams > 1, "the app streamed meanwhile");
    let ratings = phone.replica.column("exif", "rating").unwrap();
    assert_eq!(ratings.iter().filter(|rating| *rating == "5").count(), MANY);
    let described = phone.replica.column("exif", "description").unwrap();
    assert_eq!(described.iter().filter(|text| text.starts_with("photo ")).count(), SINGLE);
}
