//! The words that Tintype and Immich clients exchange: identifiers, times, checksums, request and response bodies,
//! and the lines of the sync stream, for the generations 2.x and 3.x of the protocol.
//!
//! * [`id`], [`time`] and [`checksum`] hold the scalar types;
//! * [`sync`] holds request types, entity types, acks and the data of every line;
//! * [`dto`] holds the bodies of the HTTP API, one module per resource;
//! * [`permission`] lists what an API key may be allowed to do;
//! * [`version`] decides which generation a server speaks.
//!
//! There is no I/O here. Everything else in the workspace may use this crate.
//!
//! ```
//! use tintype_protocol::sync::AckToken;
//! let ack: AckToken = "AssetV1|019b7c10-1111-7bbb-8bbb-000000000002".parse().unwrap();
//! assert_eq!(ack.entity.as_str(), "AssetV1");
//! ```

mod wire;

pub mod bytes;
pub mod causes;
pub mod checksum;
pub mod disposition;
pub mod dto;
pub mod id;
pub mod link_key;
pub mod model;
pub mod permission;
pub mod sync;
pub mod time;
pub mod version;
