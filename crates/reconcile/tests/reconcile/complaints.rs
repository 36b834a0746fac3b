//! What people complain about most, each as it happens to them.

use tintype_library::model::FolderPolicy;
use tintype_protocol::model::AssetStatus;
use tintype_reconcile::{Bucket, Decision, Kind};

use crate::scene::{LONG, Scene, about, accept, verdict, with_metadata};

/// "I deleted it on the server, and my phone uploads it again."
#[test]
fn what_was_deleted_on_the_server_is_not_uploaded_again() {
    for empties_trash in [false, true] {
        let scene = Scene::new(FolderPolicy::Backup);
        scene.put("a.jpg", 1);
        scene.put("b.jpg", 2);
        scene.settle();
        scene.take_away(1, empties_trash);
        for _ in 0..3 {
            scene.days(LONG);
            let plan = scene.run();
            let action = about(&plan, "a.jpg");
            assert_eq!((action.bucket, action.kind), (Bucket::Left, Kind::None));
            assert!(action.reason.contains("is not brought again"), "{}", action.reason);
            assert_eq!(empties_trash, action.reason.contains("by Ada"), "{}", action.reason);
        }
        assert_ne!(scene.status(1), Some(AssetStatus::Active));
        assert_eq!(scene.files(), ["a.jpg", "b.jpg"], "and the backup keeps its file");
    }
}

/// "I want it back, and it is silently not uploaded: it is in the trash."
#[test]
fn what_is_in_the_trash_is_told_and_comes_back_when_somebody_says_so() {
    for empties_trash in [false, true] {
        let scene = Scene::new(FolderPolicy::Backup);
        scene.put("a.jpg", 1);
        scene.put("b.jpg", 2);
        scene.settle();
        scene.take_away(1, empties_trash);
        scene.run();
        let report = scene.engine().restore("a.jpg", None).unwrap();
        assert_eq!((report.assets.len(), report.welcome.len()), if empties_trash { (0, 1) } else { (1, 0) });
        scene.run();
        assert_eq!(scene.status(1), Some(AssetStatus::Active));
        assert!(scene.plan().is_settled());
    }
}

/// The same, put back by hand: the file comes again after the delete.
#[test]
fn a_file_that_is_put_back_after_the_delete_asks() {
    for (policy, empties_trash) in
        [(FolderPolicy::Backup, false), (FolderPolicy::TwoWay, false), (FolderPolicy::TwoWay, true)]
    {
        let scene = Scene::new(policy);
        scene.put("a.jpg", 1);
        scene.put("b.jpg", 2);
        scene.settle();
        scene.delete("a.jpg");
        scene.take_away(1, empties_trash);
        scene.days(1);
        scene.run();
        scene.days(1);
        scene.put("again.jpg", 1);
        let mut plan = scene.plan();
        let kind = if empties_trash { Kind::Upload } else { Kind::RestoreAsset };
        assert_eq!(verdict(&plan, "again.jpg"), (Bucket::Conflict, kind, Decision::Hold), "{policy:?}");
        accept(&mut plan);
        scene.try_apply(&scene.whole(plan)).unwrap();
        assert_eq!(scene.status(1), Some(AssetStatus::Active));
        assert_eq!(scene.files(), ["again.jpg", "b.jpg"]);
        assert!(scene.plan().is_settled());
    }
}

/// "I deleted it on the phone, and it is still on the server."
#[test]
fn what_was_deleted_on_the_phone_leaves_the_server_in_the_end() {
    let scene = Scene::new(FolderPolicy::TwoWay);
    scene.put("a.jpg", 1);
    scene.put("b.jpg", 2);
    scene.settle();
    scene.delete("a.jpg");
    let plan = scene.run();
    assert_eq!(verdict(&plan, "a.jpg"), (Bucket::Quarantine, Kind::TrashAsset, Decision::Hold));
    assert_eq!(scene.status(1), Some(AssetStatus::Active), "it is only observed");
    scene.days(LONG);
    let plan = scene.run();
    let action = about(&plan, "a.jpg");
    assert_eq!((action.bucket, action.decision), (Bucket::Trash, Decision::Do));
    assert!(action.evidence.agreed_since.is_some() && action.evidence.gone_from_folder_since.is_some());
    assert_eq!(scene.status(1), Some(AssetStatus::Trashed));
    assert_eq!(scene.status(2), Some(AssetStatus::Active));
    assert!(scene.plan().is_settled());
}

/// "I optimised my photos, and now I have everything twice."
#[test]
fn an_optimised_file_is_not_another_photo() {
    for policy in [FolderPolicy::Backup, FolderPolicy::TwoWay] {
        let scene = Scene::new(policy);
        scene.put("a.jpg", 1);
        scene.put("b.jpg", 2);
        scene.settle();
        // Somewhere else it was made smaller, and the ledger was told.
        scene.delete("a.jpg");
        scene.put("a.jxl.jpg", 70);
        let (original, derived) = (crate::scene::sha1(1), crate::scene::sha1(70));
        scene.library.note_derivation(original, (derived, 40, "image/jpeg"), "lossless", true).unwrap();
        scene.days(1);
        assert!(scene.run().is_settled());
        scene.days(LONG);
        assert!(scene.run().is_settled());
        assert_eq!(scene.status(1), Some(AssetStatus::Active));
        assert_eq!(scene.status(70), None, "it was not uploaded");
    }
}

/// "I wrote a caption into the file, and now I have it twice."
#[test]
fn other_metadata_do_not_make_another_photo() {
    for policy in [FolderPolicy::Backup, FolderPolicy::TwoWay] {
        let scene = Scene::new(policy);
        scene.put("a.jpg", 1);
        scene.put("b.jpg", 2);
        scene.settle();
        std::fs::write(scene.at("a.jpg"), with_metadata(1, b"II*\0a caption")).unwrap();
        scene.days(1);
        let plan = scene.run();
        assert!(plan.is_settled(), "{policy:?} {:#?}", plan.actions);
        scene.days(LONG);
        assert!(scene.run().is_settled());
        let counted = scene.library.holdings(scene.owner).unwrap();
        assert_eq!(counted.assets.len(), 2, "nothing was uploaded again");
        assert_eq!(scene.status(1), Some(AssetStatus::Active));
    }
}

/// An edit of the picture itself is another photo; the one before stays.
#[test]
fn an_edited_picture_deletes_nothing() {
    let scene = Scene::new(FolderPolicy::TwoWay);
    scene.put("a.jpg", 1);
    scene.put("b.jpg", 2);
    scene.settle();
    scene.put("a.jpg", 3);
    scene.days(1);
    scene.run();
    assert_eq!(scene.status(3), Some(AssetStatus::Active));
    scene.days(LONG);
    let plan = scene.run();
    assert_eq!(verdict(&plan, "a.jpg"), (Bucket::Review, Kind::TrashAsset, Decision::Hold));
    assert_eq!(scene.status(1), Some(AssetStatus::Active));
}
