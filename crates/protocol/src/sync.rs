//! The sync stream: what a client may ask for, what lines it gets, and how it acknowledges them.
//!
//! One request delivers the whole backlog as JSONL ([`Line`]), in the order of [`RequestType::ALL`]. Cursors live on
//! the server, per session and [`EntityType`]; the client moves them by posting acks ([`AckToken`]).

mod ack;
mod edits;
mod json;
mod line;
mod memories;
mod names;
mod ocr;
mod people;

pub use ack::{AckId, AckToken, InvalidAck};
pub use edits::{AssetEditDelete, AssetEditV1};
pub use json::AppendJson;
pub use line::{
    AlbumToAssetDelete, AlbumToAssetV1, AlbumUserDelete, AlbumUserV1, AlbumV1, AssetDelete, AssetExifV1,
    AssetMetadataDelete, AssetMetadataV1, AssetV1, AuthUserV1, DeleteAlbum, Empty, Line, LineDuration, Number,
    PartnerDelete, PartnerV1, StackDelete, StackV1, UserDelete, UserMetadataDelete, UserMetadataV1, UserV1,
};
pub use memories::{MemoryDelete, MemoryToAssetV1, MemoryV1};
pub use names::{EntityType, RequestType};
pub use ocr::{AssetOcrDelete, AssetOcrV1};
pub use people::{AssetFaceDelete, AssetFaceV1, PersonDelete, PersonV1};
