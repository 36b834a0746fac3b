//! One photo library: who owns what, where the bytes are, and everything that has changed.
//!
//! * [`Library`] is the door: its services are grouped by resource ([`users`], [`sessions`], [`uploads`], [`assets`],
//!   [`albums`], [`timeline`], …);
//! * [`store`] keeps rows behind traits of domain operations; [`store::sqlite`] is the embedded engine;
//! * [`blobs`] keeps bytes behind a trait; [`blobs::FileBlobs`] is the one that keeps them as plain files;
//! * [`feed`] describes what changed since a position, for whoever wants to follow;
//! * [`recorder`] is told what a user changed, inside the transaction that changed it;
//! * [`fetching`] gets bytes that only an upstream has, from an [`origin`] that others know how to ask;
//! * [`jobs`] works on new assets in the background, from a queue that survives restarts.
//!
//! The crate knows neither HTTP nor the sync protocol, reads no environment and prints nothing. Calls block; callers
//! in async code run them on threads made for that.

pub mod activities;
pub mod albums;
pub mod api_keys;
pub mod asset_metadata;
pub mod assets;
pub mod blobs;
pub mod clock;
pub mod copies;
pub mod downloads;
pub mod each;
pub mod edits;
pub mod error;
pub mod explore;
pub mod faces;
pub mod feed;
pub mod fetching;
pub mod fields;
mod filling;
pub mod folders;
pub mod import;
pub mod in_place;
pub mod jobs;
pub mod landing;
pub mod memories;
pub mod model;
pub mod news;
pub mod notifications;
pub mod ocr;
pub mod offer;
pub mod optimising;
pub mod origin;
pub mod originals;
pub mod outbox;
pub mod people;
pub mod places;
pub mod portraits;
pub mod preferences;
pub mod profile_images;
pub mod recorder;
pub mod removal;
pub mod renditions;
pub mod replica;
pub mod secrets;
pub mod sessions;
pub mod shared_links;
pub mod sharing;
pub mod stacks;
pub mod store;
pub mod stored;
pub mod sync_positions;
pub mod synthetic;
pub mod tags;
pub mod timeline;
pub mod titles;
pub mod trash;
pub mod uploads;
pub mod upstreams;
pub mod users;
pub mod write_back;

mod library;

pub use error::LibraryError;
pub use library::{Library, Parts, Settings};
pub use tintype_protocol::disposition::Disposition;
