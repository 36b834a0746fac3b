//! Filling a store with very many rows at once.

use super::Subject;
use super::scene::Scene;
use crate::model::BucketFilter;

/// What is asked while things are put off is answered as before and after, also when the store was closed meanwhile.
pub(super) fn answers_stay_the_same_while_it_is_filled(subject: &Subject) {
    let scene = Scene::of(subject);
    let ada = scene.user(1);
    let filter = BucketFilter { owners: vec![ada], ..BucketFilter::default() };
    let ask =
        |scene: &Scene| scene.read(|tx| Ok((tx.months(&filter)?.len(), tx.device_asset_ids(ada, "device")?.len())));
    scene.asset(ada, 1);
    assert!(scene.read(|tx| tx.has_more_assets_than(0)) && !scene.read(|tx| tx.has_more_assets_than(1)));
    assert!(!scene.write(|tx| tx.end_filling()), "nothing was put off");
    scene.write(|tx| tx.begin_filling());
    // Another one who fills.
    scene.write(|tx| tx.begin_filling());
    scene.asset(ada, 2);
    assert!(scene.read(|tx| tx.is_filling()));
    assert_eq!(ask(&scene), (2, 2));
    scene.store.close();
    drop(scene);

    let scene = Scene::of(subject);
    assert!(!scene.read(|tx| tx.is_filling()), "who opens it finds it as fast as it was");
    assert_eq!(ask(&scene), (2, 2));
    scene.write(|tx| tx.begin_filling());
    scene.asset(ada, 3);
    let mut parts = 0;
    while scene.write(|tx| tx.end_filling()) {
        parts += 1;
    }
    assert!(parts > 0 && !scene.read(|tx| tx.is_filling()));
    assert_eq!(ask(&scene), (3, 3));
}
