//! The tables of the replica, and what each type of line does to them.

/// Parents before children.
pub(super) const TABLES: &[&str] = &[
    "user",
    "auth_user",
    "partner",
    "asset",
    "exif",
    "stack",
    "album",
    "album_user",
    "album_asset",
    "memory",
    "memory_asset",
    "person",
    "face",
    "edit",
    "metadata",
    "ocr",
    "user_metadata",
];

pub(super) const SCHEMA: &str = r#"
PRAGMA foreign_keys = ON;
CREATE TABLE user (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL, avatarColor TEXT, deletedAt TEXT,
  profileChangedAt TEXT NOT NULL, hasProfileImage INTEGER NOT NULL);
CREATE TABLE auth_user (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL, isAdmin INTEGER NOT NULL,
  oauthId TEXT NOT NULL, quotaUsageInBytes INTEGER NOT NULL);
CREATE TABLE partner (sharedById TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  sharedWithId TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE, inTimeline INTEGER NOT NULL,
  PRIMARY KEY (sharedById, sharedWithId));
CREATE TABLE asset (id TEXT PRIMARY KEY NOT NULL, ownerId TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  originalFileName TEXT NOT NULL, type TEXT NOT NULL, visibility TEXT NOT NULL, checksum TEXT NOT NULL,
  isFavorite INTEGER NOT NULL, isEdited INTEGER NOT NULL, deletedAt TEXT, stackId TEXT, livePhotoVideoId TEXT,
  libraryId TEXT);
CREATE UNIQUE INDEX asset_content ON asset (ownerId, checksum) WHERE libraryId IS NULL;
CREATE TABLE exif (assetId TEXT PRIMARY KEY NOT NULL REFERENCES asset (id) ON DELETE CASCADE, description TEXT, city TEXT,
  latitude REAL, rating INTEGER);
CREATE TABLE stack (id TEXT PRIMARY KEY NOT NULL, ownerId TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  primaryAssetId TEXT NOT NULL);
CREATE TABLE album (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, thumbnailAssetId TEXT,
  "order" TEXT NOT NULL);
CREATE TABLE album_user (albumId TEXT NOT NULL REFERENCES album (id) ON DELETE CASCADE,
  userId TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE, role TEXT NOT NULL, PRIMARY KEY (albumId, userId));
CREATE TABLE album_asset (albumId TEXT NOT NULL REFERENCES album (id) ON DELETE CASCADE,
  assetId TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE, PRIMARY KEY (albumId, assetId));
CREATE TABLE memory (id TEXT PRIMARY KEY NOT NULL, ownerId TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  type TEXT NOT NULL, data TEXT NOT NULL, isSaved INTEGER NOT NULL, memoryAt TEXT NOT NULL,
  deletedAt TEXT, seenAt TEXT, showAt TEXT, hideAt TEXT);
CREATE TABLE memory_asset (memoryId TEXT NOT NULL REFERENCES memory (id) ON DELETE CASCADE,
  assetId TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE, PRIMARY KEY (memoryId, assetId));
CREATE TABLE person (id TEXT PRIMARY KEY NOT NULL, ownerId TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  name TEXT NOT NULL, isHidden INTEGER NOT NULL, isFavorite INTEGER NOT NULL, birthDate TEXT, faceAssetId TEXT);
CREATE TABLE face (id TEXT PRIMARY KEY NOT NULL, assetId TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
  personId TEXT REFERENCES person (id) ON DELETE SET NULL, imageWidth INTEGER NOT NULL, imageHeight INTEGER NOT NULL,
  boundingBoxX1 INTEGER NOT NULL, sourceType TEXT NOT NULL);
CREATE TABLE edit (id TEXT PRIMARY KEY NOT NULL, assetId TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL, action TEXT NOT NULL, parameters TEXT NOT NULL);
CREATE TABLE metadata (assetId TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (assetId, key));
CREATE TABLE ocr (id TEXT PRIMARY KEY NOT NULL, assetId TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
  x1 REAL NOT NULL, y1 REAL NOT NULL, x2 REAL NOT NULL, y2 REAL NOT NULL, x3 REAL NOT NULL, y3 REAL NOT NULL,
  x4 REAL NOT NULL, y4 REAL NOT NULL, boxScore REAL NOT NULL, textScore REAL NOT NULL, text TEXT NOT NULL,
  isVisible INTEGER NOT NULL);
CREATE TABLE user_metadata (userId TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE, key TEXT NOT NULL,
  value TEXT NOT NULL, PRIMARY KEY (userId, key));
"#;

/// What a line does.
pub(super) enum Rule {
    /// It is only acked.
    Nothing,
    /// Everything is forgotten.
    Reset,
    /// A row is added or changed. Columns with `?` may be null.
    Put { table: &'static str, key: &'static str, columns: &'static [&'static str] },
    /// A row goes.
    Take { table: &'static str, columns: &'static [&'static str] },
}

const fn put(table: &'static str, key: &'static str, columns: &'static [&'static str]) -> Rule {
    Rule::Put { table, key, columns }
}

const fn take(table: &'static str, columns: &'static [&'static str]) -> Rule {
    Rule::Take { table, columns }
}

const ASSET: &[&str] = &[
    "id",
    "ownerId",
    "originalFileName",
    "type",
    "visibility",
    "checksum",
    "isFavorite",
    "isEdited",
    "deletedAt?",
    "stackId?",
    "livePhotoVideoId?",
    "libraryId?",
];
const MEMORY: &[&str] =
    &["id", "ownerId", "type", "data", "isSaved", "memoryAt", "deletedAt?", "seenAt?", "showAt?", "hideAt?"];
const OCR: &[&str] =
    &["id", "assetId", "x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4", "boxScore", "textScore", "text", "isVisible"];
const FACE: &[&str] = &["id", "assetId", "personId?", "imageWidth", "imageHeight", "boundingBoxX1", "sourceType"];

/// What a type of line does; `None` for types that the app does not know.
pub(super) fn rule(entity: &str) -> Option<Rule> {
    Some(match entity {
        "SyncAckV1" | "SyncCompleteV1" => Rule::Nothing,
        "SyncResetV1" => Rule::Reset,
        "UserV1" => put(
            "user",
            "id",
            &["id", "name", "email", "avatarColor?", "deletedAt?", "profileChangedAt", "hasProfileImage"],
        ),
        "UserDeleteV1" => take("user", &["id=userId"]),
        "AuthUserV1" => put("auth_user", "id", &["id", "name", "email", "isAdmin", "oauthId", "quotaUsageInBytes"]),
        "PartnerV1" => put("partner", "sharedById, sharedWithId", &["sharedById", "sharedWithId", "inTimeline"]),
        "PartnerDeleteV1" => take("partner", &["sharedById", "sharedWithId"]),
        "AssetDeleteV1" | "PartnerAssetDeleteV1" => take("asset", &["id=assetId"]),
        "StackV1" | "PartnerStackV1" | "PartnerStackBackfillV1" => {
            put("stack", "id", &["id", "ownerId", "primaryAssetId"])
        }
        "StackDeleteV1" | "PartnerStackDeleteV1" => take("stack", &["id=stackId"]),
        "AlbumV1" | "AlbumV2" => put("album", "id", &["id", "name", "description", "thumbnailAssetId?", "order"]),
        "AlbumDeleteV1" => take("album", &["id=albumId"]),
        "AlbumUserV1" | "AlbumUserBackfillV1" => put("album_user", "albumId, userId", &["albumId", "userId", "role"]),
        "AlbumUserDeleteV1" => take("album_user", &["albumId", "userId"]),
        "AlbumToAssetV1" | "AlbumToAssetBackfillV1" => put("album_asset", "albumId, assetId", &["albumId", "assetId"]),
        "AlbumToAssetDeleteV1" => take("album_asset", &["albumId", "assetId"]),
        "AssetExifV1"
        | "PartnerAssetExifV1"
        | "PartnerAssetExifBackfillV1"
        | "AlbumAssetExifCreateV1"
        | "AlbumAssetExifUpdateV1"
        | "AlbumAssetExifBackfillV1" => {
            put("exif", "assetId", &["assetId", "description?", "city?", "latitude?", "rating?"])
        }
        "MemoryV1" => put("memory", "id", MEMORY),
        "MemoryDeleteV1" => take("memory", &["id=memoryId"]),
        "MemoryToAssetV1" => put("memory_asset", "memoryId, assetId", &["memoryId", "assetId"]),
        "MemoryToAssetDeleteV1" => take("memory_asset", &["memoryId", "assetId"]),
        "PersonV1" => {
            put("person", "id", &["id", "ownerId", "name", "isHidden", "isFavorite", "birthDate?", "faceAssetId?"])
        }
        "PersonDeleteV1" => take("person", &["id=personId"]),
        "AssetFaceV1" | "AssetFaceV2" => put("face", "id", FACE),
        "AssetFaceDeleteV1" => take("face", &["id=assetFaceId"]),
        "AssetEditV1" => put("edit", "id", &["id", "assetId", "sequence", "action", "parameters"]),
        "AssetEditDeleteV1" => take("edit", &["id=editId"]),
        "AssetMetadataV1" => put("metadata", "assetId, key", &["assetId", "key", "value"]),
        "AssetMetadataDeleteV1" => take("metadata", &["assetId", "key"]),
        "AssetOcrV1" => put("ocr", "id", OCR),
        "AssetOcrDeleteV1" => take("ocr", &["assetId"]),
        "UserMetadataV1" => put("user_metadata", "userId, key", &["userId", "key", "value"]),
        "UserMetadataDeleteV1" => take("user_metadata", &["userId", "key"]),
        "AssetV1"
        | "AssetV2"
        | "PartnerAssetV1"
        | "PartnerAssetV2"
        | "PartnerAssetBackfillV1"
        | "PartnerAssetBackfillV2"
        | "AlbumAssetCreateV1"
        | "AlbumAssetCreateV2"
        | "AlbumAssetUpdateV1"
        | "AlbumAssetUpdateV2"
        | "AlbumAssetBackfillV1"
        | "AlbumAssetBackfillV2" => put("asset", "id", ASSET),
        _ => return None,
    })
}
