//! Originals in `undone/` that a person wants to be tried again.

use tintype_library::model::{IngestFile, IngestState as State};
use tintype_library::store::Durability;

use crate::pipeline::Pipeline;
use crate::undone::{RetryError, take_back};

/// Rows read at a time.
const PAGE: u32 = 1_000;

/// Which originals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// One, by its number.
    One(i64),
    /// Those in a zone whose place begins so, as `zone/folder/name`; a zone's name alone is all of the zone.
    Below(String),
    /// Those whose name or reason has this in it, whatever the case.
    Matching(String),
}

impl Selection {
    fn has(&self, file: &IngestFile) -> bool {
        let place = file.came_as.as_ref().unwrap_or(&file.path);
        let place = format!("{}/{}", file.zone, String::from_utf8_lossy(place));
        match self {
            Self::All => true,
            Self::One(id) => file.id == *id,
            Self::Below(start) => place.strip_prefix(start.as_str()).is_some_and(is_end_of_a_name),
            Self::Matching(text) => {
                let text = text.to_lowercase();
                let reason = file.reason.as_deref().unwrap_or_default();
                place.to_lowercase().contains(&text) || reason.to_lowercase().contains(&text)
            }
        }
    }
}

/// Whether what is left of a path begins another part of it.
fn is_end_of_a_name(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// What became of a retry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retried {
    /// Originals that are back in their zone.
    pub again: u64,
    /// Originals that somebody had taken away.
    pub gone: u64,
}

impl Pipeline {
    /// Puts originals back where they came from and begins anew with them; what had been deleted on purpose is taken in
    /// all the same this time.
    pub fn retry(&self, selection: &Selection) -> Result<Retried, RetryError> {
        let mut retried = Retried::default();
        let mut after = 0;
        loop {
            let page = self.journal.library.ingest_files_in(None, State::Undone, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(retried) };
            after = last.id;
            for mut file in page.into_iter().filter(|file| selection.has(file)) {
                let Some(zone) = self.zones.iter().find(|zone| zone.name == file.zone) else { continue };
                let _looking = self.hold_looks();
                if !take_back(zone, &mut file)? {
                    self.journal.forget(&file)?;
                    retried.gone += 1;
                    continue;
                }
                let now = self.journal.now();
                (file.state, file.changed_at, file.due_at) = (State::Seen, now, now);
                (file.attempts, file.reason, file.is_wanted) = (0, None, true);
                (file.asset, file.belongs_to, file.sha1) = (None, None, None);
                self.journal.keep(&file, Durability::Full)?;
                retried.again += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_or_a_folder_and_no_part_of_a_name() {
        let zone = crate::zone::tests::zone("phone");
        let seen = crate::scan::Found {
            path: b"undone/2026/a.jpg".to_vec(),
            stamp: tintype_library::model::FileStamp { size_bytes: 1, modified_ns: 0, inode: 1 },
            device: 1,
        };
        let file = crate::watch::new_file(&zone, &seen, State::Undone, tintype_protocol::time::Timestamp(0));
        let file = IngestFile { came_as: Some(b"2026/a.jpg".to_vec()), reason: Some("Too LARGE".to_owned()), ..file };
        let below = |text: &str| Selection::Below(text.to_owned()).has(&file);
        let matching = |text: &str| Selection::Matching(text.to_owned()).has(&file);
        assert!(below("phone") && below("phone/2026") && below("phone/2026/a.jpg"));
        assert!(!below("pho") && !below("phone/2026/a") && !below("card"));
        assert!(matching("too large") && matching("A.JPG") && !matching("quota"));
    }
}
