//! Lines to be said, and to whom.

use serde::Deserialize;
use serde_json::{Value, json};
use tintype_protocol::sync::{AckToken, EntityType, RequestType};

use super::checkpoints::Session;

/// Lines, in the order in which they are said.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    lines: Vec<Line>,
}

#[derive(Debug, Clone)]
struct Line {
    text: String,
    /// The rest of what is known about it, if it is a line of a known type.
    known: Option<Known>,
}

#[derive(Debug, Clone)]
struct Known {
    entity: EntityType,
    ack: AckToken,
}

impl Script {
    pub(super) fn add(&mut self, lines: &str) {
        // Not `lines()`, which would also take a carriage return away.
        let lines = lines.split_terminator('\n').filter(|line| !line.is_empty()).map(Line::of);
        self.lines.extend(lines.filter(|line| !line.is_end()));
    }

    /// How many lines there are about assets of the user's.
    pub(super) fn assets(&self) -> usize {
        let known = self.lines.iter().filter_map(|line| line.known.as_ref());
        known.filter(|known| matches!(known.entity, EntityType::AssetV1 | EntityType::AssetV2)).count()
    }

    /// For each file of a check, which asset has its content, by what the lines say.
    pub(super) fn check_contents(&self, asked: &Value) -> Vec<Value> {
        let said: Vec<Value> = self.lines.iter().filter_map(|line| serde_json::from_str(&line.text).ok()).collect();
        let holder = |checksum: &Value| {
            let line = said.iter().find(|line| !checksum.is_null() && line["data"]["checksum"] == *checksum);
            line.map(|line| line["data"]["id"].clone())
        };
        let asked = asked.as_array().into_iter().flatten();
        let answer = asked.map(|file| match holder(&file["checksum"]) {
            Some(id) => json!({ "id": file["id"], "action": "reject", "reason": "duplicate", "assetId": id }),
            None => json!({ "id": file["id"], "action": "accept" }),
        });
        answer.collect()
    }

    /// The lines that a session has not acked, of the types that it asks for.
    pub(super) fn due(&self, session: &Session, types: &[RequestType]) -> Vec<String> {
        let mut due = Vec::new();
        for (place, line) in self.lines.iter().enumerate() {
            let is_due = match &line.known {
                None => true,
                Some(known) if !asked_by(known.ack.entity).iter().any(|kind| types.contains(kind)) => false,
                Some(known) => match created_behind(known) {
                    // Said before creates, and not without them (sync-protocol §7).
                    Some(created) => self.next_of(place, created).is_some_and(|ack| session.is_due(ack)),
                    None => session.is_due(&known.ack),
                },
            };
            if is_due {
                due.push(line.text.clone());
            }
        }
        due
    }

    /// The ack of the last line of a type in the run of creates that follows a place.
    fn next_of(&self, place: usize, entity: EntityType) -> Option<&AckToken> {
        let known = self.lines[place + 1..].iter().filter_map(|line| line.known.as_ref());
        let run = known.skip_while(|known| known.entity != entity).take_while(|known| known.entity == entity);
        run.last().map(|known| &known.ack)
    }
}

impl Line {
    fn of(text: &str) -> Self {
        #[derive(Deserialize)]
        struct Outside {
            #[serde(rename = "type")]
            entity: EntityType,
            ack: AckToken,
        }
        let known = serde_json::from_str(text).ok().map(|Outside { entity, ack }| Known { entity, ack });
        Self { text: text.to_owned(), known }
    }

    fn is_end(&self) -> bool {
        self.known.as_ref().is_some_and(|known| known.entity == EntityType::SyncCompleteV1)
    }
}

/// The type of the creates that a line announces, if it is one that does.
fn created_behind(line: &Known) -> Option<EntityType> {
    use EntityType as E;
    match (line.entity, line.ack.entity) {
        (E::SyncAckV1, E::AlbumAssetUpdateV1) => Some(E::AlbumAssetCreateV1),
        (E::SyncAckV1, E::AlbumAssetUpdateV2) => Some(E::AlbumAssetCreateV2),
        (E::SyncAckV1, E::AlbumAssetExifUpdateV1) => Some(E::AlbumAssetExifCreateV1),
        _ => None,
    }
}

/// Who asks for one of these types gets lines with acks of this one.
fn asked_by(entity: EntityType) -> &'static [RequestType] {
    use {EntityType as E, RequestType as R};
    match entity {
        E::AuthUserV1 => &[R::AuthUsersV1],
        E::UserDeleteV1 | E::UserV1 => &[R::UsersV1],
        E::PartnerDeleteV1 | E::PartnerV1 => &[R::PartnersV1],
        E::AssetDeleteV1 => &[R::AssetsV1, R::AssetsV2],
        E::AssetV1 => &[R::AssetsV1],
        E::AssetV2 => &[R::AssetsV2],
        E::StackDeleteV1 | E::StackV1 => &[R::StacksV1],
        E::PartnerAssetDeleteV1 => &[R::PartnerAssetsV1, R::PartnerAssetsV2],
        E::PartnerAssetBackfillV1 | E::PartnerAssetV1 => &[R::PartnerAssetsV1],
        E::PartnerAssetBackfillV2 | E::PartnerAssetV2 => &[R::PartnerAssetsV2],
        E::PartnerStackDeleteV1 | E::PartnerStackBackfillV1 | E::PartnerStackV1 => &[R::PartnerStacksV1],
        E::AlbumAssetBackfillV1 | E::AlbumAssetUpdateV1 | E::AlbumAssetCreateV1 => &[R::AlbumAssetsV1],
        E::AlbumAssetBackfillV2 | E::AlbumAssetUpdateV2 | E::AlbumAssetCreateV2 => &[R::AlbumAssetsV2],
        E::AlbumDeleteV1 => &[R::AlbumsV1, R::AlbumsV2],
        E::AlbumV1 => &[R::AlbumsV1],
        E::AlbumV2 => &[R::AlbumsV2],
        E::AlbumUserDeleteV1 | E::AlbumUserBackfillV1 | E::AlbumUserV1 => &[R::AlbumUsersV1],
        E::AlbumToAssetDeleteV1 | E::AlbumToAssetBackfillV1 | E::AlbumToAssetV1 => &[R::AlbumToAssetsV1],
        E::AssetExifV1 => &[R::AssetExifsV1],
        E::AlbumAssetExifBackfillV1 | E::AlbumAssetExifUpdateV1 | E::AlbumAssetExifCreateV1 => &[R::AlbumAssetExifsV1],
        E::AssetOcrDeleteV1 | E::AssetOcrV1 => &[R::AssetOcrV1],
        E::PartnerAssetExifBackfillV1 | E::PartnerAssetExifV1 => &[R::PartnerAssetExifsV1],
        E::MemoryDeleteV1 | E::MemoryV1 => &[R::MemoriesV1],
        E::MemoryToAssetDeleteV1 | E::MemoryToAssetV1 => &[R::MemoryToAssetsV1],
        E::PersonDeleteV1 | E::PersonV1 => &[R::PeopleV1],
        E::AssetFaceDeleteV1 => &[R::AssetFacesV1, R::AssetFacesV2],
        E::AssetFaceV1 => &[R::AssetFacesV1],
        E::AssetFaceV2 => &[R::AssetFacesV2],
        E::UserMetadataDeleteV1 | E::UserMetadataV1 => &[R::UserMetadataV1],
        E::AssetMetadataDeleteV1 | E::AssetMetadataV1 => &[R::AssetMetadataV1],
        E::AssetEditDeleteV1 | E::AssetEditV1 => &[R::AssetEditsV1],
        // Not for the asking.
        E::SyncAckV1 | E::SyncResetV1 | E::SyncCompleteV1 => &[],
    }
}
