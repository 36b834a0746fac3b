//! The HTTP door of a library: Immich's API for its apps, web page and command line, and pages of our own.
//!
//! * [`App`] is what every request shares; [`router`] makes the whole service of it;
//! * `api` holds one file per family of endpoints; `present` turns rows into bodies;
//! * `authorize` decides who is behind a request before its handler runs, from the table that [`operations`] shows;
//! * `error` alone knows how failures look on the wire.
//!
//! Nothing above this crate knows HTTP, and nothing in it knows SQL or files.

mod access;
mod api;
mod app;
mod authorize;
mod body;
mod caller_cache;
mod conditional;
mod cookies;
mod device;
mod error;
pub mod following;
mod guesses;
pub mod landing;
mod lines;
mod outbound;
mod params;
mod present;
pub mod reconciling;
mod routes;
mod serving;
mod socket;
mod web;
pub mod writing;

pub use access::Access;
pub use app::{App, Options};
pub use routes::{Operation, operations, router};
pub use serving::serve;
