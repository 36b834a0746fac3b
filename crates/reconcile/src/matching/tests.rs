use proptest::prelude::*;

use super::*;

const FOLDER: i64 = 3;

fn stamp(inode: u64) -> FileStamp {
    FileStamp { size_bytes: 5, modified_ns: 1_000, inode }
}

fn seen(path: &str, inode: u64) -> Seen {
    Seen { path: path.into(), stamp: stamp(inode), is_media: true, mounts: 0 }
}

fn row(id: i64, path: &str, inode: u64, sha1: u8) -> FolderFile {
    let seen = FolderFile::seen(FOLDER, path.into(), stamp(inode), Sha1([sha1; 20]), Timestamp(1));
    FolderFile { id, agreed_since: Some(Timestamp(2)), ..seen }
}

const LOOK: Look = Look { folder: FOLDER, before: Some(Timestamp(50)), now: Timestamp(100) };

fn after(known: &[FolderFile], seen: &[Seen], contents: &[(&str, u8)]) -> Vec<FolderFile> {
    let contents =
        contents.iter().map(|(path, sha1)| (path.as_bytes().to_vec(), Content::Is(Sha1([*sha1; 20])))).collect();
    apply(known, resolve(known, seen, &contents, LOOK))
}

/// As the store does it, its refusals included.
fn apply(known: &[FolderFile], changes: Vec<FolderFileChange>) -> Vec<FolderFile> {
    let mut rows = known.to_vec();
    for change in changes {
        match change {
            FolderFileChange::Forget(id) => rows.retain(|row| row.id != id),
            FolderFileChange::Update(file) => {
                let row = rows.iter_mut().find(|row| row.id == file.id).unwrap();
                *row = file;
            }
            FolderFileChange::Add(file) => {
                assert!(!rows.iter().any(|row| row.is_present() && row.path == file.path), "two at {:?}", file.path);
                let id = rows.iter().map(|row| row.id).max().unwrap_or(0) + 1_000;
                rows.push(FolderFile { id, ..file });
            }
        }
    }
    rows
}

fn unread_paths(known: &[FolderFile], seen: &[Seen]) -> Vec<String> {
    unread(known, seen).into_iter().map(|file| String::from_utf8(file.path).unwrap()).collect()
}

#[test]
fn what_is_the_same_or_was_renamed_is_not_read_again() {
    let known = [row(1, "a.jpg", 1, 1), row(2, "b.jpg", 2, 2)];
    assert!(unread_paths(&known, &[seen("a.jpg", 1), seen("c/b.jpg", 2)]).is_empty());
    // Two that changed places keep their rows' histories.
    let sized = |id, path, inode, sha1| {
        let row = row(id, path, inode, sha1);
        FolderFile { stamp: FileStamp { size_bytes: inode, ..row.stamp }, ..row }
    };
    let known = [sized(1, "a.jpg", 1, 1), sized(2, "b.jpg", 2, 2)];
    let swapped = [("a.jpg", 2), ("b.jpg", 1)]
        .map(|(path, inode)| Seen { stamp: FileStamp { size_bytes: inode, ..stamp(inode) }, ..seen(path, inode) });
    assert!(unread_paths(&known, &swapped).is_empty());
    let rows = after(&known, &swapped, &[]);
    let found: Vec<_> = rows.iter().map(|row| (row.path.as_slice(), row.sha1.0[0], row.agreed_since)).collect();
    let agreed = Some(Timestamp(2));
    assert_eq!(found, [(&b"a.jpg"[..], 2, agreed), (b"b.jpg", 1, agreed)]);
    let known = [row(1, "a.jpg", 1, 1), row(2, "b.jpg", 2, 2)];
    assert_eq!(unread_paths(&known, &[seen("a.jpg", 9), seen("b.jpg", 2), seen("new.jpg", 7)]), ["a.jpg", "new.jpg"]);
}

#[test]
fn inodes_that_a_mount_gave_out_anew_make_no_file_another_one() {
    let known = [row(1, "a.jpg", 2, 1), row(2, "b.jpg", 3, 2), row(3, "c.jpg", 4, 3)];
    // Of one size and date, as a camera's burst on a card.
    let remounted = [seen("a.jpg", 3), seen("b.jpg", 4), seen("c.jpg", 5)];
    assert_eq!(unread_paths(&known, &remounted), ["a.jpg", "b.jpg", "c.jpg"]);
    let rows = after(&known, &remounted, &[("a.jpg", 1), ("b.jpg", 2), ("c.jpg", 3)]);
    let found: Vec<_> = rows.iter().map(|row| (row.id, row.path.as_slice(), row.sha1.0[0], row.stamp.inode)).collect();
    assert_eq!(found, [(1, &b"a.jpg"[..], 1, 3), (2, b"b.jpg", 2, 4), (3, b"c.jpg", 3, 5)]);
}

#[test]
fn what_may_lie_unread_elsewhere_is_not_gone() {
    let known = [row(1, "a.jpg", 1, 1)];
    let unread = HashMap::from([(b"Archive/a.jpg".to_vec(), Content::Unknown)]);
    assert!(resolve(&known, &[seen("Archive/a.jpg", 9)], &unread, LOOK).is_empty(), "a copy that only root may read");
    let other = Seen { stamp: FileStamp { modified_ns: 7, ..stamp(9) }, ..seen("Archive/a.jpg", 9) };
    assert_eq!(apply(&known, resolve(&known, &[other], &unread, LOOK))[0].absent_since, Some(LOOK.now));
}

#[test]
fn a_clock_that_was_behind_begins_the_days_anew_once_it_is_right() {
    let behind = Look { before: Some(Timestamp(900)), now: Timestamp(100), ..LOOK };
    let rows = apply(&[row(1, "a.jpg", 1, 1)], resolve(&[row(1, "a.jpg", 1, 1)], &[], &HashMap::new(), behind));
    assert_eq!((rows[0].last_seen, rows[0].absent_since), (Some(Timestamp(900)), Some(Timestamp(100))));
    let still = Look { before: Some(Timestamp(100)), now: Timestamp(200), ..LOOK };
    assert!(resolve(&rows, &[], &HashMap::new(), still).is_empty(), "days are days");
    let right = Look { before: Some(Timestamp(200)), now: Timestamp(1_000), ..LOOK };
    let rows = apply(&rows, resolve(&rows, &[], &HashMap::new(), right));
    assert_eq!(rows[0].absent_since, Some(Timestamp(1_000)));
    // Also where the look before was wrong already: it was there when both sides were found to have it.
    let known = [FolderFile { agreed_since: Some(Timestamp(800)), ..row(1, "a.jpg", 1, 1) }];
    let rows = apply(&known, resolve(&known, &[], &HashMap::new(), still));
    assert_eq!((rows[0].last_seen, rows[0].absent_since), (Some(Timestamp(800)), Some(Timestamp(200))));
    assert_eq!(apply(&rows, resolve(&rows, &[], &HashMap::new(), right))[0].absent_since, Some(Timestamp(1_000)));
}

#[test]
fn a_move_to_another_disk_is_known_by_its_content() {
    let known = [row(1, "a.jpg", 1, 1)];
    let rows = after(&known, &[seen("b.jpg", 77)], &[("b.jpg", 1)]);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].path.as_slice(), rows[0].first_seen, rows[0].absent_since),
        (&b"b.jpg"[..], Timestamp(1), None)
    );
}

#[test]
fn what_is_gone_is_noted_once() {
    let known = [row(1, "a.jpg", 1, 1)];
    let rows = after(&known, &[], &[]);
    assert_eq!((rows[0].last_seen, rows[0].absent_since), (LOOK.before, Some(LOOK.now)));
    let later =
        resolve(&rows, &[], &HashMap::new(), Look { folder: FOLDER, before: Some(LOOK.now), now: Timestamp(200) });
    assert!(later.is_empty(), "the first look that missed it counts: {later:?}");
    let earlier =
        resolve(&rows, &[], &HashMap::new(), Look { folder: FOLDER, before: Some(LOOK.now), now: Timestamp(60) });
    assert_eq!(apply(&rows, earlier)[0].absent_since, Some(Timestamp(60)), "the clock was ahead before");
}

#[test]
fn a_copy_that_goes_takes_nothing_away() {
    let known = [row(1, "a.jpg", 1, 1), row(2, "copy.jpg", 2, 1)];
    let rows = after(&known, &[seen("a.jpg", 1)], &[]);
    assert_eq!(rows, [row(1, "a.jpg", 1, 1)]);
}

#[test]
fn an_edit_in_place_is_no_delete() {
    let rows = after(&[row(1, "a.jpg", 1, 1)], &[seen("a.jpg", 2)], &[("a.jpg", 2)]);
    assert_eq!((rows[0].absent_since, rows[0].replaced_by), (Some(LOOK.now), Some(Sha1([2; 20]))));
    assert_eq!((rows[1].sha1, rows[1].first_seen), (Sha1([2; 20]), LOOK.now));
}

#[test]
fn what_cannot_be_read_is_as_it_was() {
    let known = [row(1, "a.jpg", 1, 1)];
    let contents = HashMap::from([(b"a.jpg".to_vec(), Content::Unknown), (b"b.jpg".to_vec(), Content::Unknown)]);
    let changes = resolve(&known, &[seen("a.jpg", 2), seen("b.jpg", 3)], &contents, LOOK);
    assert!(changes.is_empty(), "{changes:?}");
}

#[test]
fn what_was_refused_is_tried_again_once_it_looks_otherwise() {
    let known = [FolderFile { refused: Some("it is empty".to_owned()), ..row(1, "a.jpg", 1, 1) }];
    assert!(resolve(&known, &[seen("a.jpg", 1)], &HashMap::new(), LOOK).is_empty());
    let moved = [Seen { mounts: 1, ..seen("a.jpg", 1) }];
    let rows = after(&known, &moved, &[]);
    assert!(rows[0].mounts == 1 && rows[0].refused.is_some(), "only the disk is another one");
    for (again, contents) in
        [(seen("a.jpg", 2), vec![("a.jpg", 1)]), (seen("b.jpg", 1), vec![]), (seen("a.jpg", 2), vec![("a.jpg", 2)])]
    {
        let rows = after(&known, &[again], &contents);
        assert_eq!(rows.iter().find(|row| row.is_present()).unwrap().refused, None, "{rows:?}");
    }
}

#[test]
fn what_comes_back_begins_anew() {
    let gone = FolderFile { last_seen: Some(Timestamp(9)), absent_since: Some(Timestamp(10)), ..row(1, "a.jpg", 1, 1) };
    let rows = after(&[gone], &[seen("b.jpg", 5)], &[("b.jpg", 1)]);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].first_seen, rows[0].agreed_since, rows[0].absent_since), (LOOK.now, None, None));
}

#[test]
fn files_that_may_still_grow_are_waited_for() {
    let file = |ms: i64| Seen { stamp: FileStamp { modified_ns: ms * 1_000_000, ..stamp(1) }, ..seen("a.jpg", 1) };
    let now = Timestamp(1_000_000);
    for (ms, expected) in [(1_000_000, true), (996_000, true), (995_000, false), (2_000_000, false), (0, false)] {
        assert_eq!(is_settling(&file(ms), now), expected, "{ms}");
    }
}

proptest! {
    /// Whatever happens to a few files: after each look the rows say exactly what is there, each content that was there is
    /// either there or known to be gone, and a second look changes nothing.
    #[test]
    fn rows_say_what_is_there(worlds in prop::collection::vec(prop::collection::btree_map(0_u8..5, (0_u8..4, 0_u64..6), 0..5), 1..6)) {
        let mut rows = vec![FolderFile { absent_since: Some(Timestamp(0)), ..row(1, "seed.jpg", 99, 99) }];
        let mut ever = HashSet::from([Sha1([99; 20])]);
        for (turn, world) in worlds.iter().enumerate() {
            // A stamp belongs to one content.
            let seen: Vec<Seen> =
                world.iter().map(|(place, (sha1, inode))| seen(&format!("{place}.jpg"), u64::from(*sha1) * 10 + inode)).collect();
            let contents: HashMap<_, _> =
                world.iter().map(|(place, (sha1, _))| (format!("{place}.jpg").into_bytes(), Content::Is(Sha1([*sha1; 20])))).collect();
            let now = Timestamp(1_000 + turn as i64);
            let look = Look { folder: FOLDER, before: Some(Timestamp(now.0 - 1)), now };
            let asked: HashMap<_, _> =
                unread(&rows, &seen).into_iter().map(|file| (file.path.clone(), contents[&file.path])).collect();
            rows = apply(&rows, resolve(&rows, &seen, &asked, look));
            let mut there: Vec<_> =
                rows.iter().filter(|row| row.is_present()).map(|row| (row.path.clone(), row.sha1)).collect();
            there.sort();
            let expected: Vec<_> = world
                .iter()
                .map(|(place, (sha1, _))| (format!("{place}.jpg").into_bytes(), Sha1([*sha1; 20])))
                .collect();
            prop_assert_eq!(there, expected);
            ever.extend(world.values().map(|(sha1, _)| Sha1([*sha1; 20])));
            let known: HashSet<Sha1> = rows.iter().map(|row| row.sha1).collect();
            prop_assert_eq!(&known, &ever);
            let again = resolve(&rows, &seen, &HashMap::new(), Look { folder: FOLDER, before: Some(now), now });
            prop_assert!(again.is_empty());
        }
    }
}
