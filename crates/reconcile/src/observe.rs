//! What the rows of a folder's files remember of the library: when it was first found to have a content, and since when it has
//! it no more. A function of the rows, of what is held and of the time.

use std::collections::HashSet;

use tintype_library::folders::FolderFileChange;
use tintype_library::model::FolderFile;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::time::Timestamp;

use crate::identity::Identity;
use crate::matching::is_wrong;

/// What is to be remembered of a row from now on, if that is anything new. `held` are the photos that the library has outside its
/// trash, by their roots; `planned_before` is when they were last compared.
pub fn observe(
    row: &FolderFile,
    identity: &Identity,
    held: &HashSet<Sha1>,
    planned_before: Option<Timestamp>,
    now: Timestamp,
) -> Option<FolderFileChange> {
    let is_held = held.contains(&identity.root(row.sha1));
    match (is_held, row.is_present()) {
        // Somebody took it out of the trash: it is wanted, and that it was gone from the folder says nothing any more.
        (true, false) if row.unheld_since.is_some() => Some(FolderFileChange::Forget(row.id)),
        (true, true) if row.unheld_since.is_some() || row.agreed_since.is_none() => {
            let agreed_since = row.agreed_since.or(Some(now));
            let again = FolderFile { agreed_since, held_last: None, unheld_since: None, ..row.clone() };
            Some(FolderFileChange::Update(again))
        }
        (false, _) if row.agreed_since.is_some() => unheld(row, planned_before, now),
        _ => None,
    }
}

/// The first look that misses it is the one that counts, unless the clock was wrong then.
fn unheld(row: &FolderFile, planned_before: Option<Timestamp>, now: Timestamp) -> Option<FolderFileChange> {
    let (held_last, unheld_since) = match row.unheld_since {
        // The later one: a clock that was behind in the look before says too little.
        None => (planned_before.max(row.agreed_since), now),
        Some(since) if is_wrong(row.held_last, since, now) => (row.held_last, now),
        Some(_) => return None,
    };
    Some(FolderFileChange::Update(FolderFile { held_last, unheld_since: Some(unheld_since), ..row.clone() }))
}

#[cfg(test)]
mod tests {
    use tintype_library::model::FileStamp;

    use super::*;

    fn row() -> FolderFile {
        let stamp = FileStamp { size_bytes: 1, modified_ns: 1, inode: 1 };
        FolderFile { id: 1, ..FolderFile::seen(1, b"a.jpg".to_vec(), stamp, Sha1([1; 20]), Timestamp(1)) }
    }

    fn look(row: &FolderFile, is_held: bool, now: i64) -> Option<FolderFileChange> {
        let held = if is_held { HashSet::from([row.sha1]) } else { HashSet::new() };
        observe(row, &Identity::default(), &held, Some(Timestamp(7)), Timestamp(now))
    }

    fn updated(change: Option<FolderFileChange>) -> FolderFile {
        match change {
            Some(FolderFileChange::Update(row)) => row,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn first_observations_win() {
        assert!(look(&row(), false, 10).is_none(), "what the library never had, it does not miss");
        let agreed = updated(look(&row(), true, 10));
        assert_eq!(agreed.agreed_since, Some(Timestamp(10)));
        assert!(look(&agreed, true, 20).is_none());
        let missed = updated(look(&agreed, false, 30));
        assert_eq!((missed.held_last, missed.unheld_since), (Some(Timestamp(10)), Some(Timestamp(30))));
        assert!(look(&missed, false, 40).is_none());
        assert_eq!(updated(look(&missed, false, 20)).unheld_since, Some(Timestamp(20)), "the clock was ahead");
        let behind = FolderFile { held_last: Some(Timestamp(90)), ..missed.clone() };
        assert!(look(&behind, false, 80).is_none());
        assert_eq!(updated(look(&behind, false, 95)).unheld_since, Some(Timestamp(95)), "the clock was behind");
        let again = updated(look(&missed, true, 50));
        assert_eq!((again.agreed_since, again.unheld_since), (Some(Timestamp(10)), None));
    }

    #[test]
    fn what_is_taken_out_of_the_trash_is_not_missed_in_the_folder() {
        let gone = FolderFile {
            absent_since: Some(Timestamp(5)),
            agreed_since: Some(Timestamp(2)),
            unheld_since: Some(Timestamp(6)),
            ..row()
        };
        assert!(matches!(look(&gone, true, 10), Some(FolderFileChange::Forget(1))));
        let only_gone = FolderFile { unheld_since: None, ..gone };
        assert!(look(&only_gone, true, 10).is_none());
    }
}
