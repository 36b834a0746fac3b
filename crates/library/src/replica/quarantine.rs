//! Lines that cannot be applied wait, and are tried again, unless the server has said something newer about the same.

use serde_json::Value;
use tintype_protocol::sync::{AckToken, EntityType};
use uuid::Uuid;

use super::Replica;
use crate::error::LibraryError;

/// Ids by which a line in quarantine is found. No line has so many, but for values that apps keep.
const MAX_IDS: usize = 16;

/// What a line is about: lines about the same have the same text. An id where it has one of its own, else what kind of
/// line it is and all ids in it. A line without any is about nothing that another one could be about. What is shown to
/// whoever an asset is shared with does not take the place of what its owner is told.
fn subject(entity: EntityType, line: &Value) -> Option<String> {
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
fn gone(entity: EntityType, line: &Value) -> Option<Uuid> {
    if !entity.as_str().contains("Delete") {
        return None;
    }
    let members = line.as_object()?;
    if members.len() == 1 { members.values().next().and_then(as_id) } else { None }
}

fn as_id(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

/// The ids that stand in a line, as far as it is [found](MAX_IDS) by them.
fn ids(line: &Value) -> Vec<Uuid> {
    let members = line.as_object().into_iter().flat_map(|members| members.values());
    members.filter_map(as_id).take(MAX_IDS).collect()
}

/// The row that a line is about, if it says so by an id of its own.
pub(super) fn row_of(data: &[u8]) -> Option<Uuid> {
    serde_json::from_slice::<Value>(data).ok()?.get("id").and_then(as_id)
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
        let line: Value = serde_json::from_slice(data).unwrap_or_default();
        let subject = subject(entity, &line).unwrap_or_default();
        let data = String::from_utf8_lossy(data);
        self.has_quarantine = true;
        let upstream = self.upstream.id;
        let kept = self.tx.quarantine(upstream, entity, &subject, &data, &ack.to_string(), reason)?;
        Ok(self.tx.note_quarantined_ids(upstream, kept, &ids(&line))?)
    }

    /// The server says something new: what it said before about the same, and what waits in vain for something that is
    /// gone, is not to be tried again. Answers which row it speaks of: others may wait for that.
    pub(super) fn supersede(&mut self, entity: EntityType, data: &[u8]) -> Result<Option<Uuid>, LibraryError> {
        let Ok(line) = serde_json::from_slice::<Value>(data) else { return Ok(None) };
        if let Some(gone) = gone(entity, &line) {
            self.tx.release_quarantined_about(self.upstream.id, gone)?;
        }
        if let Some(subject) = subject(entity, &line) {
            self.tx.release_quarantined_subject(self.upstream.id, &subject)?;
        }
        Ok(line.get("id").and_then(as_id))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_about_the_same_are_known() {
        let read = |data: &str| serde_json::from_str::<Value>(data).unwrap();
        let of = |entity, data: &str| subject(entity, &read(data)).unwrap();
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
        for data in ["[]", "null", "7", r#"{"personId":"p"}"#] {
            assert_eq!(subject(EntityType::PersonV1, &read(data)), None, "{data}");
        }
        let person = Uuid::from_u128(7);
        let (one, two) = (json!({ "personId": person }), json!({ "albumId": person, "assetId": person }));
        assert_eq!(gone(EntityType::PersonDeleteV1, &one), Some(person));
        assert_eq!(gone(EntityType::AlbumToAssetDeleteV1, &two), None);
        assert_eq!(gone(EntityType::PersonV1, &one), None);
        assert_eq!(ids(&json!({ "id": person, "name": "p", "owner": { "id": person } })), [person]);
    }
}
