//! A typed client of any Immich-compatible server, the reference or Tintype.
//!
//! * [`Client::find`] goes from what a person typed to a server that answers;
//! * [`Client::log_in`] gets a session, which the sync stream needs;
//! * [`Client::search`] and its neighbours show everything page by page, where there is only an API key;
//! * [`LineStream`] hands the stream out line by line, in bounded memory;
//! * [`ClientError`] says whether another try is worth it.
//!
//! Calls block. Nothing here knows a library: what to do with lines is for others.

mod address;
mod changes;
mod connection;
mod details;
mod downloads;
mod error;
mod headway;
mod search;
mod server;
mod session;
mod stream;
mod transport;
mod uploads;

pub use changes::{ListedAlbum, ListedTag, Outcome};
pub use connection::{Client, Options};
pub use details::{AssetDetails, FoundFace, FoundPerson, FoundTag};
pub use downloads::{ByteRange, DOWNLOAD_PATIENCE, Download, ORIGINAL_LIMIT, PICTURE_LIMIT, PictureSize};
pub use error::{ClientError, Refusal};
pub use search::{AssetCounts, FoundAlbum, FoundAsset, FoundExif, FoundMember, FoundStack, FoundUser, Page, Stacked};
pub use session::{Account, Login};
pub use stream::LineStream;
pub use transport::{Answer, NoAnswer, Payload, Request, Transport};
pub use uploads::{Known, Upload, Uploaded};
