//! Lines that cannot be applied wait, and are tried again, unless the server has said something newer about the same.

use serde_json::Value;
use tintype_protocol::sync::{AckToken, EntityType};

use super::{Outcome, Replica};
use crate::error::LibraryError;
use crate::model::Quarantined;

/// Lines that are tried again at a time.
const RETRIES: u32 = 1_000;

/// What a line is about: lines about the same have the same text. An id where it has one of its own, else what kind of
/// line it is and all ids in it. A line without any is about nothing that another one could be about. What is shown to
/// whoever an asset is shared with does not take the place of what its owner is told.
fn subject(entity: EntityType, data: &[u8]) -> Option<String> {
    let line: Value = serde_json::from_slice(data).ok()?;
    let (mut subject, is_shared) = family(entity);
    if let Some(id) = line.get("id").and_then(Value::as_str) {
        return Some(if is_shared { format!("shared|{id}") } else { id.to_owned() });
    }
    for name in ["albumId", "memoryId", "assetId", "userId", "sharedById", "sharedWithId", "key"] {
        if let Some(value) = line.get(name).and_then(Value::as_str) {
            subject.push('|');
            subject.push_str(value);
        }
    }
    if subject.contains('|') { Some(subject) } else { None }
}

/// What is left of a type's name without its version and the occasion, and whether it is about an asset that is shared.
fn family(entity: EntityType) -> (String, bool) {
    let mut name =
        entity.as_str().trim_end_matches(|last: char| last.is_ascii_digit()).trim_end_matches('V').to_owned();
    for occasion in ["Backfill", "Create", "Update", "Delete"] {
        name = name.replace(occasion, "");
    }
    // What is known about a shared asset is the same through whatever it is seen.
    let shared = name.strip_prefix("PartnerAsset").or_else(|| name.strip_prefix("AlbumAsset"));
    match shared {
        Some(rest) => (format!("SharedAsset{rest}"), true),
        None => (name, false),
    }
}

/// The one thing that a line says is gone; nothing for lines about links, which have two.
fn gone(entity: EntityType, data: &[u8]) -> Option<String> {
    if !entity.as_str().contains("Delete") {
        return None;
    }
    let line: Value = serde_json::from_slice(data).ok()?;
    let members = line.as_object()?;
    if members.len() == 1 { members.values().next()?.as_str().map(str::to_owned) } else { None }
}

impl Replica<'_> {
    /// Keeps a line that could not be applied, to be tried again.
    pub fn quarantine(
        &mut self,
        entity: EntityType,
        data: &[u8],
        ack: AckToken,
        reason: &str,
    ) -> Result<(), LibraryError> {
        let subject = subject(entity, data).unwrap_or_default();
        let data = String::from_utf8_lossy(data);
        self.has_quarantine = true;
        Ok(self.tx.quarantine(self.upstream.id, entity, &subject, &data, &ack.to_string(), reason)?)
    }

    /// The server says something new: what it said before about the same, and what waits in vain for something that is
    /// gone, is not to be tried again.
    pub(super) fn supersede(&mut self, entity: EntityType, data: &[u8]) -> Result<(), LibraryError> {
        if let Some(gone) = gone(entity, data) {
            self.tx.release_quarantined_about(self.upstream.id, &gone)?;
        }
        match subject(entity, data) {
            Some(subject) => Ok(self.tx.release_quarantined_subject(self.upstream.id, &subject)?),
            None => Ok(()),
        }
    }

    /// Tries lines in quarantine again; answers how many could be applied.
    pub fn retry_quarantine(&mut self) -> Result<u64, LibraryError> {
        let (mut after, mut applied) = (0, 0);
        loop {
            let lines = self.tx.quarantined(self.upstream.id, after, RETRIES)?;
            let Some(last) = lines.last() else { return Ok(applied) };
            after = last.id;
            applied += self.retry(lines)?;
        }
    }

    /// Tries the oldest lines in quarantine again; answers how many could be applied. For the middle of a stream, where
    /// what they wait for may come much later: very many would be tried in vain after each batch.
    pub fn retry_oldest(&mut self) -> Result<u64, LibraryError> {
        let lines = self.tx.quarantined(self.upstream.id, 0, RETRIES)?;
        self.retry(lines)
    }

    /// Tries these lines in quarantine again; answers how many could be applied.
    pub fn retry_quarantined(&mut self, ids: &[i64]) -> Result<u64, LibraryError> {
        let lines: Result<Vec<_>, _> = ids.iter().map(|id| self.tx.quarantined_line(self.upstream.id, *id)).collect();
        self.retry(lines?.into_iter().flatten().collect())
    }

    fn retry(&mut self, lines: Vec<Quarantined>) -> Result<u64, LibraryError> {
        let mut applied = 0;
        for line in lines {
            match self.attempt(line.entity, line.data.as_bytes())? {
                Outcome::Applied => {
                    self.tx.release_quarantined(line.id)?;
                    applied += 1;
                }
                Outcome::Refused(reason) => self.tx.note_attempt(line.id, &reason)?,
            }
        }
        Ok(applied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_about_the_same_are_known() {
        let of = |entity, data: &str| subject(entity, data.as_bytes()).unwrap();
        let asset = r#"{"id":"a","ownerId":"u"}"#;
        assert_eq!(of(EntityType::AssetV1, asset), of(EntityType::AssetV2, asset));
        assert_eq!(of(EntityType::PartnerAssetBackfillV2, asset), of(EntityType::AlbumAssetUpdateV2, asset));
        assert_ne!(of(EntityType::AssetV1, asset), of(EntityType::AlbumAssetCreateV2, asset));
        let (link, other) = (r#"{"assetId":"a","albumId":"b"}"#, r#"{"albumId":"b","assetId":"c"}"#);
        assert_eq!(of(EntityType::AlbumToAssetV1, link), of(EntityType::AlbumToAssetDeleteV1, link));
        assert_ne!(of(EntityType::AlbumToAssetV1, link), of(EntityType::AlbumToAssetV1, other));
        let exif = r#"{"assetId":"a"}"#;
        assert_eq!(of(EntityType::PartnerAssetExifV1, exif), of(EntityType::AlbumAssetExifUpdateV1, exif));
        assert_ne!(of(EntityType::AssetExifV1, exif), of(EntityType::AlbumAssetExifUpdateV1, exif));
        assert_ne!(of(EntityType::AssetExifV1, exif), of(EntityType::AssetMetadataV1, exif));
        for data in ["[]", "null", "7", r#"{"personId":"p"}"#, "{"] {
            assert_eq!(subject(EntityType::PersonV1, data.as_bytes()), None, "{data}");
        }
        assert_eq!(gone(EntityType::PersonDeleteV1, br#"{"personId":"p"}"#), Some("p".to_owned()));
        assert_eq!(gone(EntityType::AlbumToAssetDeleteV1, link.as_bytes()), None);
        assert_eq!(gone(EntityType::PersonV1, br#"{"id":"p"}"#), None);
    }
}
