//! Folders that are kept in agreement with a library.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, LibraryId, UserId};
use tintype_protocol::model::AssetStatus;
use tintype_protocol::time::Timestamp;

use super::Subject;
use super::scene::{NOW, Scene, uuid};
use crate::model::{
    ActionTally, DeletedContent, FileStamp, Folder, FolderAction, FolderFailure, FolderFile, FolderPolicy, FolderRun,
    InPlace, Indexed, JournalState, LibraryUsage,
};
use crate::store::{Ledger, Place, StoreError};

fn folder(owner_id: UserId, path: &[u8]) -> Folder {
    Folder {
        id: 0,
        path: path.to_vec(),
        owner_id,
        policy: FolderPolicy::Backup,
        settings: "{}".to_owned(),
        marker: None,
        added_at: NOW,
        scanned_at: None,
        reported_at: None,
        planned_at: None,
        summary: None,
        library: Some(LibraryId(uuid(110, 1))),
        failure: None,
    }
}

fn file(folder: i64, path: &[u8], number: u8) -> FolderFile {
    let stamp = FileStamp { size_bytes: 9, modified_ns: -3, inode: u64::MAX - 1 };
    FolderFile::seen(folder, path.to_vec(), stamp, Sha1([number; 20]), NOW)
}

/// Every column comes back, paths need not be text, one file is at a place, and what was there may be known beside it.
pub(super) fn folders_and_their_files_are_kept(subject: &Subject) {
    let scene = Scene::of(subject);
    let ada = scene.user(1);
    let last = scene.read(|tx| tx.last_update_id());
    let first = folder(ada, b"/photos/\xff");
    let id = scene.write(move |tx| tx.add_folder(&first));
    let twice = folder(ada, b"/photos/\xff");
    let refused = scene.try_write(move |tx| tx.add_folder(&twice));
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    let full = Folder {
        id,
        policy: FolderPolicy::TwoWay,
        settings: r#"{"a":1}"#.to_owned(),
        marker: Some("m".to_owned()),
        scanned_at: Some(Timestamp(1)),
        reported_at: Some(Timestamp(2)),
        planned_at: Some(Timestamp(3)),
        summary: Some("{}".to_owned()),
        failure: Some(FolderFailure { at: Timestamp(9), text: "it was away".to_owned() }),
        ..folder(ada, b"/photos/\xff")
    };
    let changed = full.clone();
    scene.write(move |tx| tx.update_folder(&changed));
    assert_eq!(scene.read(|tx| tx.reconciled_folder(id)), Some(full.clone()));
    assert_eq!(scene.read(|tx| tx.reconciled_folders()), [full]);

    let place = file(id, b"a/\xfe.jpg", 1);
    let file_id = scene.write(move |tx| tx.add_folder_file(&place));
    let twice = file(id, b"a/\xfe.jpg", 2);
    assert!(scene.try_write(move |tx| tx.add_folder_file(&twice)).is_err(), "two files at one place");
    let gone = FolderFile {
        id: file_id,
        last_seen: Some(Timestamp(4)),
        absent_since: Some(Timestamp(5)),
        replaced_by: Some(Sha1([2; 20])),
        agreed_since: Some(Timestamp(6)),
        held_last: Some(Timestamp(7)),
        unheld_since: Some(Timestamp(8)),
        placed: Some(b"b".to_vec()),
        indexed: Some(Indexed { asset: AssetId(uuid(100, 1)), sha1: Sha1([3; 20]) }),
        mounts: 2,
        refused: Some("it is empty".to_owned()),
        ..file(id, b"a/\xfe.jpg", 1)
    };
    let changed = gone.clone();
    scene.write(move |tx| tx.update_folder_file(&changed));
    let next = file(id, b"a/\xfe.jpg", 2);
    let next_id = scene.write(move |tx| tx.add_folder_file(&next));
    let files = |scene: &Scene| {
        let mut files = Vec::new();
        scene.read(|tx| tx.folder_files(id, &mut |file| files.push(file)));
        files.sort_by_key(|file| file.id);
        files
    };
    let next = FolderFile { id: next_id, ..file(id, b"a/\xfe.jpg", 2) };
    assert_eq!(scene.read(|tx| tx.folder_file_at(id, b"a/\xfe.jpg")), Some(next.clone()), "the one that is there");
    assert_eq!(scene.read(|tx| tx.folder_file_at(id, b"a")), None);
    assert_eq!(files(&scene), [gone.clone(), next]);
    assert_eq!(scene.read(|tx| tx.folder_files_with(id, &Sha1([1; 20]))), [gone]);
    scene.write(move |tx| tx.forget_folder_file(next_id));
    assert_eq!(files(&scene).len(), 1);
    scene.write(move |tx| tx.remove_folder(id));
    assert_eq!((files(&scene).len(), scene.read(|tx| tx.reconciled_folders()).len()), (0, 0));
    assert_eq!(scene.read(|tx| tx.last_update_id()), last, "nothing has moved");
}

/// An asset whose original is a file of a folder says where that is, and counts for its external library only.
pub(super) fn files_in_place_are_assets_of_an_external_library(subject: &Subject) {
    let scene = Scene::of(subject);
    let ada = scene.user(1);
    let (library, other) = (LibraryId(uuid(110, 1)), LibraryId(uuid(110, 2)));
    let (first, second) = (scene.asset(ada, 1), scene.asset(ada, 2));
    let id = scene.write(move |tx| tx.add_folder(&folder(ada, b"/photos")));
    let row = FolderFile { indexed: Some(Indexed { asset: first, sha1: Sha1([3; 20]) }), ..file(id, b"a.jpg", 3) };
    let row_id = scene.write(move |tx| tx.add_folder_file(&row));
    let before = scene.read(|tx| tx.last_update_id());
    let place = Place {
        library,
        checksum: Sha1([9; 20]),
        path: "/photos/a.jpg".to_owned(),
        name: "a.jpg".to_owned(),
        size_bytes: 77,
    };
    scene.write(move |tx| tx.set_in_place(first, &place));
    assert_ne!(scene.read(|tx| tx.last_update_id()), before, "clients are told");
    let asset = scene.read(|tx| tx.asset(first)).expect("the asset");
    assert!(asset.is_in_place());
    assert_eq!((asset.library_id, asset.checksum, asset.size_bytes), (Some(library), Sha1([9; 20]), 77));
    assert_eq!(scene.read(|tx| tx.asset_in_place("/photos/A.JPG")), Some(first));
    assert_eq!(scene.read(|tx| tx.asset_in_place("/photos/b.jpg")), None);
    assert_eq!(scene.read(|tx| tx.folder_file_of(first)).map(|row| row.id), Some(row_id));
    let mut places = Vec::new();
    scene.read(|tx| tx.assets_in_place(library, &mut |place| places.push(place)));
    assert_eq!(places, [InPlace { asset: first, path: "/photos/a.jpg".to_owned(), is_offline: false }]);
    let usage = LibraryUsage { photos: 1, videos: 0, bytes: 77 };
    assert_eq!(scene.read(|tx| tx.library_usage(library)), usage);
    assert_eq!(scene.read(|tx| tx.library_usage(other)), LibraryUsage::default());
    let mut keys = Vec::new();
    scene.read(|tx| tx.visit_blob_keys(&mut |key| keys.push(key.to_owned())));
    assert_eq!(keys, [scene.read(|tx| tx.asset(second)).expect("the asset").original_path], "it is no bytes of ours");
    scene.write(move |tx| tx.forget_indexed(first));
    assert_eq!(scene.read(|tx| tx.folder_file_of(first)), None);
    assert_eq!(scene.read(|tx| tx.folder_file_at(id, b"a.jpg")).map(|row| row.indexed), Some(None), "the file stays");
}

/// The journal only grows, and outlives the folder.
pub(super) fn what_runs_did_is_told_line_by_line(subject: &Subject) {
    let scene = Scene::of(subject);
    let ada = scene.user(1);
    let asset = scene.asset(ada, 1);
    let folder_id = scene.write(move |tx| tx.add_folder(&folder(ada, b"/photos")));
    let run = FolderRun {
        id: 0,
        plan: "p".to_owned(),
        folder: folder_id,
        root: b"/photos".to_vec(),
        owner_id: ada,
        began_at: NOW,
        ended_at: None,
        restores: None,
    };
    let action = |number| FolderAction {
        number,
        kind: "trash-asset".to_owned(),
        name: "a.jpg".to_owned(),
        path: (number == 1).then(|| b"a\xff.jpg".to_vec()),
        asset: (number == 1).then_some(asset),
        sha1: Sha1([1; 20]),
        action: "{}".to_owned(),
    };
    let (begun, actions) = (run.clone(), [action(1), action(2)]);
    let id = scene.write(move |tx| tx.begin_folder_run(&begun, &actions));
    let again = run.clone();
    assert!(scene.try_write(move |tx| tx.begin_folder_run(&again, &[])).is_err(), "a plan has one run in a folder");
    scene.write(move |tx| {
        tx.note_folder_action(id, 1, JournalState::Planned, "")?;
        tx.note_folder_action(id, 1, JournalState::Done, "there")
    });
    let states: Vec<_> = scene.read(|tx| tx.folder_actions(id));
    assert_eq!(states[0].0, action(1));
    let line = states[0].1.clone().map(|line| (line.state, line.text, line.at));
    assert_eq!(line, Some((JournalState::Done, "there".to_owned(), NOW)));
    assert_eq!(states[1], (action(2), None));
    let mut tally = scene.read(|tx| tx.tally_folder_actions(id));
    tally.sort_by_key(|alike| alike.state.map(JournalState::as_str));
    let alike = |state| ActionTally { kind: "trash-asset".to_owned(), state, count: 1 };
    assert_eq!(tally, [alike(None), alike(Some(JournalState::Done))]);
    assert_eq!(
        scene.read(|tx| tx.last_path_of(folder_id, asset, ["trash-file", "trash-asset"])),
        Some(b"a\xff.jpg".to_vec())
    );
    assert_eq!(scene.read(|tx| tx.last_path_of(folder_id, asset, ["trash-file", "upload"])), None);
    assert_eq!(scene.read(|tx| tx.last_path_of(folder_id + 1, asset, ["trash-file", "trash-asset"])), None);
    let journal = scene.read(|tx| tx.folder_journal(Some(id), 0, 9));
    assert_eq!(journal.iter().map(|line| line.state).collect::<Vec<_>>(), [JournalState::Planned, JournalState::Done]);
    assert_eq!(scene.read(|tx| tx.folder_journal(None, journal[0].id, 9)), journal[1..]);
    scene.write(move |tx| tx.end_folder_run(id, Timestamp(7)));
    let taken_back = FolderRun { restores: Some(id), ..run.clone() };
    let second = scene.write(move |tx| tx.begin_folder_run(&taken_back, &[]));
    scene.write(move |tx| tx.remove_folder(folder_id));
    let ended = FolderRun { id, ended_at: Some(Timestamp(7)), ..run };
    assert_eq!(scene.read(|tx| tx.folder_run(id)), Some(ended.clone()));
    assert_eq!(scene.read(|tx| tx.folder_run_of("p", folder_id)), Some(ended));
    assert_eq!(scene.read(|tx| tx.folder_runs(9)).iter().map(|run| run.id).collect::<Vec<_>>(), [second, id]);
}

/// Everything of an owner's, whatever its state; and what the ledger says.
pub(super) fn all_that_a_library_holds_is_shown(subject: &Subject) {
    let scene = Scene::of(subject);
    let (ada, bob) = (scene.user(1), scene.user(2));
    let (first, second, _) = (scene.asset(ada, 1), scene.asset(ada, 2), scene.asset(bob, 3));
    scene.write(move |tx| {
        let mut asset = tx.asset(second)?.expect("the asset");
        (asset.status, asset.deleted_at) = (AssetStatus::Trashed, Some(Timestamp(5)));
        tx.update_asset(&asset)?;
        tx.note(&Ledger::Deleted { sha1: Sha1([8; 20]), owner: ada, by: bob })?;
        tx.note(&Ledger::Deleted { sha1: Sha1([9; 20]), owner: bob, by: bob })?;
        let (original, derived) = (Sha1([1; 20]), Sha1([7; 20]));
        tx.note(&Ledger::Derivation { original, derived, recipe: "r".to_owned(), lossless: true })
    });
    let mut holdings = Vec::new();
    scene.read(|tx| tx.holdings(ada, &mut |holding| holdings.push(holding)));
    holdings.sort_by_key(|holding| holding.sha1);
    let seen: Vec<_> = holdings.iter().map(|h| (h.asset, h.sha1, h.status, h.deleted_at, h.size_bytes)).collect();
    assert_eq!(
        seen,
        [
            (first, Sha1([1; 20]), AssetStatus::Active, None, 1_000),
            (second, Sha1([2; 20]), AssetStatus::Trashed, Some(Timestamp(5)), 2_000)
        ]
    );
    let (mut pairs, mut deleted) = (Vec::new(), Vec::new());
    scene.read(|tx| tx.visit_derivations(&mut |original, derived| pairs.push((original, derived))));
    scene.read(|tx| tx.visit_deleted(ada, &mut |content| deleted.push(content)));
    assert_eq!(pairs, [(Sha1([1; 20]), Sha1([7; 20]))]);
    assert_eq!(deleted, [DeletedContent { sha1: Sha1([8; 20]), at: NOW, by: bob }]);
}
