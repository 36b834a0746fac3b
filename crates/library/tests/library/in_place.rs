//! Files of indexed folders: read where they lie, and nothing else.

use std::fs;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;

use tintype_library::LibraryError;
use tintype_library::feed::{FeedKind, FeedRow, Visit};
use tintype_library::folders::FolderFileChange;
use tintype_library::in_place::{FileInPlace, Took, place_checksum};
use tintype_library::model::{Asset, FileStamp, Folder, FolderFile, FolderPolicy, JobKind};
use tintype_library::origin::Wanted;
use tintype_library::renditions::Rendition;
use tintype_library::store::Durability;
use tintype_library::write_back::may_be_rewritten;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, LibraryId, UpdateId};
use tintype_protocol::model::{AssetStatus, Visibility};
use uuid::Uuid;

use crate::scene::{NOW, Scene, jpeg, upload};

const LIBRARY: LibraryId = LibraryId(Uuid::from_u128(7));

/// A library, and an indexed folder beside it.
struct Beside {
    scene: Scene,
    photos: tempfile::TempDir,
    folder: i64,
}

impl Beside {
    fn new() -> Self {
        let (scene, photos) = (Scene::new(), tempfile::tempdir().unwrap());
        let folder = Folder {
            id: 0,
            path: fs::canonicalize(photos.path()).unwrap().as_os_str().as_bytes().to_vec(),
            owner_id: scene.owner,
            policy: FolderPolicy::Index,
            settings: "{}".to_owned(),
            marker: None,
            added_at: NOW,
            scanned_at: None,
            reported_at: None,
            planned_at: None,
            summary: None,
            library: Some(LIBRARY),
            failure: None,
        };
        let folder = scene.library.add_reconciled_folder(&folder).unwrap();
        Self { scene, photos, folder }
    }

    fn root(&self) -> String {
        fs::canonicalize(self.photos.path()).unwrap().to_str().unwrap().to_owned()
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        fs::write(self.photos.path().join(path), bytes).unwrap();
    }

    fn seen(&self, path: &str, content: u8) -> FileInPlace {
        FileInPlace {
            folder: self.folder,
            library: LIBRARY,
            owner: self.scene.owner,
            root: self.root(),
            path: path.to_owned(),
            stamp: FileStamp::of(&fs::metadata(self.photos.path().join(path)).unwrap()),
            sha1: Sha1([content; 20]),
        }
    }

    /// What a look through the folder would write down: the file is there, at `path`, with this content.
    fn note(&self, path: &str, content: u8, before: Option<&str>) -> FileInPlace {
        let (file, library) = (self.seen(path, content), &self.scene.library);
        let known = before.and_then(|path| library.folder_file_at(self.folder, path.as_bytes()).unwrap());
        let row = FolderFile {
            indexed: known.as_ref().and_then(|row| row.indexed),
            ..FolderFile::seen(self.folder, path.as_bytes().to_vec(), file.stamp, file.sha1, NOW)
        };
        let forget = known.map(|row| FolderFileChange::Forget(row.id));
        library.note_folder_files(forget.into_iter().chain([FolderFileChange::Add(row)]).collect()).unwrap();
        file
    }

    fn add(&self, path: &str, number: u32) -> AssetId {
        self.write(path, &jpeg(number));
        let file = self.note(path, number as u8, None);
        let Took::Added(id) = self.scene.library.take_in_place(&file).unwrap() else { panic!("it is new") };
        id
    }

    fn asset(&self, id: AssetId) -> Option<Asset> {
        self.scene.library.read(|tx| Ok(tx.asset(id)?)).unwrap()
    }

    fn usage(&self) -> i64 {
        self.scene.library.user(self.scene.owner).unwrap().unwrap().usage_bytes
    }

    fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.photos.path().join(path)).unwrap()
    }
}

fn read(asset: &Asset, scene: &Scene) -> Vec<u8> {
    let mut bytes = Vec::new();
    scene.library.open_original(asset).unwrap().blob.reader.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn files_are_read_where_they_lie_and_nothing_is_copied() {
    let beside = Beside::new();
    let id = beside.add("beach.jpg", 1);
    beside.scene.work();
    let asset = beside.asset(id).unwrap();
    let path = format!("{}/beach.jpg", beside.root());
    assert_eq!((asset.library_id, &asset.original_path), (Some(LIBRARY), &path));
    assert_eq!(asset.checksum, place_checksum(&path), "the wire names the place");
    assert_eq!(asset.local_date_time.to_iso(), "2025-08-01T10:00:00.000Z", "by the camera's date");
    assert!(asset.is_rendered && asset.thumbhash.is_some() && asset.width == Some(64));
    assert_eq!(read(&asset, &beside.scene), jpeg(1));
    assert!(beside.scene.files().iter().all(|file| file.starts_with("thumbs/")), "{:?}", beside.scene.files());
    assert_eq!(beside.usage(), 0, "no quota counts it");
    let usage = beside.scene.library.library_usage(LIBRARY).unwrap();
    assert_eq!((usage.photos, usage.videos, usage.bytes), (1, 0, jpeg(1).len() as i64));
    // The same bytes may be there as an upload, too.
    beside.scene.add("beach.jpg", &jpeg(1));
}

#[test]
fn what_lies_beside_a_file_is_read_with_it() {
    let beside = Beside::new();
    let xmp = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>"#;
    beside.write("beach.jpg.xmp", xmp.as_bytes());
    let id = beside.add("beach.jpg", 1);
    beside.scene.work();
    let exif = beside.scene.library.read(|tx| Ok(tx.exif(id)?)).unwrap().unwrap();
    assert_eq!(exif.rating, Some(4));
    assert_eq!(beside.asset(id).unwrap().sidecar_path, None, "it is not the library's");
}

#[test]
fn an_original_that_cannot_be_read_says_so_and_its_pictures_stay() {
    let beside = Beside::new();
    let id = beside.add("beach.jpg", 1);
    beside.scene.work();
    fs::rename(beside.photos.path().join("beach.jpg"), beside.photos.path().join("away")).unwrap();
    let asset = beside.asset(id).unwrap();
    let library = &beside.scene.library;
    assert!(matches!(library.open_original(&asset), Err(LibraryError::OutOfReach { .. })));
    assert!(matches!(library.original_file(&asset), Err(LibraryError::OutOfReach { .. })));
    assert!(matches!(library.here(&asset, Wanted::Original), Err(LibraryError::OutOfReach { .. })));
    assert!(matches!(library.check_archive(std::slice::from_ref(&asset)), Err(LibraryError::OutOfReach { .. })));
    assert!(library.here(&asset, Wanted::Picture(Rendition::Preview)).unwrap().is_some());
    // A link in its place leads nowhere.
    std::os::unix::fs::symlink("/etc/hostname", beside.photos.path().join("beach.jpg")).unwrap();
    assert!(matches!(library.open_original(&asset), Err(LibraryError::OutOfReach { .. })));
}

#[test]
fn no_delete_reaches_a_file_in_place() {
    let beside = Beside::new();
    let (first, second) = (beside.add("a.jpg", 1), beside.add("b.jpg", 2));
    beside.scene.work();
    let (library, caller) = (&beside.scene.library, beside.scene.caller());
    library.delete_assets(&caller, &[first, second], false).unwrap();
    library.empty_trash(beside.scene.owner).unwrap();
    beside.scene.clock.advance(1_000);
    beside.scene.work();
    assert!(beside.asset(first).is_none() && beside.asset(second).is_none());
    assert_eq!((beside.bytes("a.jpg"), beside.bytes("b.jpg")), (jpeg(1), jpeg(2)));
    assert_eq!((beside.scene.files(), beside.usage()), (Vec::new(), 0), "only what was made of them is gone");
    let row = library.folder_file_at(beside.folder, b"a.jpg").unwrap().unwrap();
    assert_eq!(row.indexed.map(|indexed| indexed.asset), Some(first), "that it was deleted on purpose is known");
}

#[test]
fn what_went_with_its_file_is_not_deleted_on_purpose() {
    let beside = Beside::new();
    let id = beside.add("a.jpg", 1);
    let (library, caller) = (&beside.scene.library, beside.scene.caller());
    library.trash_gone(&caller, id).unwrap();
    let asset = beside.asset(id).unwrap();
    assert_eq!((asset.status, asset.is_offline), (AssetStatus::Trashed, true));
    // Its file is there again: so is the asset.
    let file = beside.seen("a.jpg", 1);
    assert_eq!(library.take_in_place(&file).unwrap(), Took::Followed(id));
    let asset = beside.asset(id).unwrap();
    assert_eq!((asset.status, asset.is_offline, asset.deleted_at), (AssetStatus::Active, false, None));
    library.trash_gone(&caller, id).unwrap();
    library.purge_now(&caller, &[id]).unwrap();
    assert_eq!(library.folder_file_at(beside.folder, b"a.jpg").unwrap().unwrap().indexed, None);
    assert!(matches!(library.take_in_place(&file).unwrap(), Took::Added(again) if again != id));
}

#[test]
fn an_asset_follows_its_file() {
    let beside = Beside::new();
    let id = beside.add("a.jpg", 1);
    beside.scene.work();
    let library = &beside.scene.library;
    let before = beside.asset(id).unwrap();
    fs::rename(beside.photos.path().join("a.jpg"), beside.photos.path().join("b.jpg")).unwrap();
    let file = beside.note("b.jpg", 1, Some("a.jpg"));
    assert_eq!(library.take_in_place(&file).unwrap(), Took::Followed(id));
    let after = beside.asset(id).unwrap();
    assert_eq!((after.original_name.as_str(), after.checksum), ("b.jpg", place_checksum(&after.original_path)));
    assert_eq!((&after.thumbhash, library.pending_jobs().unwrap()), (&before.thumbhash, 0), "nothing is made anew");
    assert_eq!(read(&before, &beside.scene), jpeg(1), "whoever looked before finds it, too");
    // Other bytes in the same place.
    beside.write("b.jpg", &jpeg(9));
    let file = beside.note("b.jpg", 9, Some("b.jpg"));
    assert_eq!(library.take_in_place(&file).unwrap(), Took::Followed(id));
    beside.scene.work();
    let changed = beside.asset(id).unwrap();
    assert_eq!((changed.checksum, changed.size_bytes), (after.checksum, jpeg(9).len() as i64));
    assert_ne!(changed.thumbhash, after.thumbhash, "pictures are made anew");
}

#[test]
fn no_two_assets_are_at_one_place() {
    let beside = Beside::new();
    let (first, second) = (beside.add("a.jpg", 1), beside.add("b.jpg", 2));
    fs::rename(beside.photos.path().join("a.jpg"), beside.photos.path().join("b.jpg")).unwrap();
    let library = &beside.scene.library;
    let gone = library.folder_file_at(beside.folder, b"b.jpg").unwrap().unwrap();
    let gone = FolderFile { absent_since: Some(NOW), ..gone };
    library.note_folder_files(vec![FolderFileChange::Update(gone)]).unwrap();
    let file = beside.note("b.jpg", 1, Some("a.jpg"));
    assert_eq!(library.take_in_place(&file).unwrap(), Took::Followed(first));
    let (first, second) = (beside.asset(first).unwrap(), beside.asset(second).unwrap());
    assert_ne!(first.checksum, second.checksum);
    assert_eq!(second.checksum, place_checksum(&second.original_path));
    assert!(matches!(library.open_original(&second), Err(LibraryError::OutOfReach { .. })), "not the other's bytes");
    assert_eq!(read(&first, &beside.scene), jpeg(1));
    // Whoever was away learns of the one that has gone before they learn who is in its place.
    library.trash_gone(&beside.scene.caller(), second.id).unwrap();
    let mut told = Vec::new();
    let all = |tx: &dyn tintype_library::store::Read| {
        Ok(tx.changes(FeedKind::Assets, beside.scene.owner, UpdateId::MIN, &mut |_, row| {
            if let FeedRow::Asset(asset) = row {
                told.push(asset.id);
            }
            Visit::Continue
        })?)
    };
    library.read(all).unwrap();
    assert_eq!(told, [second.id, first.id]);
}

#[test]
fn nothing_that_changes_originals_takes_them() {
    let beside = Beside::new();
    let id = beside.add("a.jpg", 1);
    beside.scene.work();
    let (library, caller) = (&beside.scene.library, beside.scene.caller());
    let other = upload(library, beside.scene.owner, "new.jpg", &jpeg(5));
    let refused = library.replace_content(&caller, id, other);
    assert!(matches!(&refused, Err(LibraryError::Invalid(text)) if text.contains("indexed folder")), "{refused:?}");
    let asset = beside.asset(id).unwrap();
    assert!(!library.read(|tx| may_be_rewritten(tx, &asset)).unwrap());
    assert_eq!(beside.bytes("a.jpg"), jpeg(1));
    assert!(beside.scene.files().iter().all(|file| file.starts_with("thumbs/")));
}

#[test]
fn a_folder_that_leaves_takes_its_assets_along_and_no_file() {
    let beside = Beside::new();
    let id = beside.add("a.jpg", 1);
    let own = beside.scene.add("own.jpg", &jpeg(2));
    beside.scene.work();
    assert_eq!(beside.scene.library.remove_in_place(beside.scene.owner, LIBRARY).unwrap(), 1);
    assert!(beside.asset(id).is_none() && beside.asset(own).is_some());
    assert_eq!(beside.bytes("a.jpg"), jpeg(1));
    let row = beside.scene.library.folder_file_at(beside.folder, b"a.jpg").unwrap().unwrap();
    assert_eq!(row.indexed, None, "nobody deleted it on purpose");
}

#[test]
fn a_file_that_is_not_what_was_seen_is_not_taken() {
    let beside = Beside::new();
    beside.write("a.jpg", &jpeg(1));
    let file = beside.note("a.jpg", 1, None);
    beside.write("a.jpg", &jpeg(2)[..40]);
    assert!(matches!(beside.scene.library.take_in_place(&file), Err(LibraryError::Invalid(_))));
    beside.write("b.jpg", b"no picture at all");
    let file = beside.note("b.jpg", 2, None);
    assert!(matches!(beside.scene.library.take_in_place(&file), Err(LibraryError::Unrecognised(_))));
    fs::remove_file(beside.photos.path().join("b.jpg")).unwrap();
    assert!(matches!(beside.scene.library.take_in_place(&file), Err(LibraryError::OutOfReach { .. })));
}

#[test]
fn what_is_deleted_for_good_after_the_plan_does_not_come_back() {
    let beside = Beside::new();
    let id = beside.add("a.jpg", 1);
    let (library, caller) = (&beside.scene.library, beside.scene.caller());
    let file = beside.seen("a.jpg", 1);
    let refused = || {
        let refused = library.take_in_place(&file);
        assert!(matches!(&refused, Err(LibraryError::Invalid(text)) if text.contains("for good")), "{refused:?}");
    };
    library.delete_assets(&caller, &[id], true).unwrap();
    refused();
    library.purge_now(&caller, &[id]).unwrap();
    refused();
    let row = library.folder_file_at(beside.folder, b"a.jpg").unwrap().unwrap();
    assert_eq!(row.indexed.map(|indexed| indexed.asset), Some(id), "that is still known");
}

#[test]
fn what_could_not_be_read_before_the_file_moved_is_read_after() {
    let beside = Beside::new();
    let id = beside.add("a.jpg", 1);
    let library = &beside.scene.library;
    // Its file is not where it was when the jobs look for it: they are given up in the end.
    fs::rename(beside.photos.path().join("a.jpg"), beside.photos.path().join("b.jpg")).unwrap();
    let give_up = library.write(Durability::Full, |tx| {
        for job in tx.claim_jobs(&JobKind::ALL, 10)? {
            tx.fail_job(job.id, "not there", None)?;
        }
        Ok(())
    });
    give_up.unwrap();
    assert_eq!(library.pending_jobs().unwrap(), 0);
    let file = beside.note("b.jpg", 1, Some("a.jpg"));
    assert_eq!(library.take_in_place(&file).unwrap(), Took::Followed(id));
    beside.scene.work();
    let asset = beside.asset(id).unwrap();
    assert_eq!((asset.is_rendered, asset.width), (true, Some(64)));
}

#[test]
fn what_is_being_read_while_the_file_moves_is_read_again() {
    let beside = Beside::new();
    let id = beside.add("a.jpg", 1);
    let library = &beside.scene.library;
    beside.scene.work();
    library.request_jobs(&beside.scene.caller(), &[id], JobKind::Metadata).unwrap();
    let begun = library.write(Durability::Full, |tx| Ok(tx.claim_jobs(&JobKind::ALL, 10)?)).unwrap();
    fs::rename(beside.photos.path().join("a.jpg"), beside.photos.path().join("b.jpg")).unwrap();
    let file = beside.note("b.jpg", 1, Some("a.jpg"));
    library.take_in_place(&file).unwrap();
    let [job] = begun.as_slice() else { panic!("{begun:?}") };
    let job = job.id;
    library.write(Durability::Full, move |tx| Ok(tx.finish_job(job)?)).unwrap();
    assert_eq!(library.pending_jobs().unwrap(), 1, "once more");
}

#[test]
fn the_motion_part_of_what_went_with_its_file_is_not_deleted_on_purpose() {
    for is_gone in [true, false] {
        let beside = Beside::new();
        // What the parts are does not matter here, only that one is shown with the other.
        let (still, part) = (beside.add("a.jpg", 1), beside.add("b.jpg", 2));
        let (library, caller) = (&beside.scene.library, beside.scene.caller());
        let join = library.write(Durability::Full, move |tx| {
            let [mut shown, mut hidden] = [still, part].map(|id| tx.asset(id).ok().flatten().expect("an asset"));
            shown.live_photo_video_id = Some(part);
            hidden.visibility = Visibility::Hidden;
            tx.update_asset(&shown)?;
            Ok(tx.update_asset(&hidden)?)
        });
        join.unwrap();
        if is_gone {
            library.trash_gone(&caller, still).unwrap();
        }
        library.purge_now(&caller, &[still]).unwrap();
        let row = library.folder_file_at(beside.folder, b"b.jpg").unwrap().unwrap();
        assert_eq!(row.indexed.is_none(), is_gone);
    }
}
