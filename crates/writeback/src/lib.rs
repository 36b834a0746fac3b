//! What a library knows, written into the files: beside the photo as an XMP sidecar, or into it.
//!
//! [`wish::wishes`] says which values tags should have; [`merge::plan`] merges them with what a file says and with what was
//! written into it earlier, and lists the changes. Only entries that were written here are ever changed or taken away. What
//! others wrote stays, value by value, and every file is read again before it takes the place of the old one.
//!
//! [`Engine::run`] writes for the library's own photos; [`Engine::run_remote`] asks another server ([`remote::Remote`]) what it
//! knows, and writes into its files where they lie in a folder here ([`folder::PhotoFolder`]).

pub mod container;
pub mod contents;
pub mod engine;
pub mod exiftool;
mod fault;
pub mod folder;
mod halt;
mod jpeg;
pub mod known;
pub mod merge;
pub mod modules;
pub mod order;
pub mod regions;
pub mod remote;
pub mod state;
pub mod tag;
mod text;
pub mod value;
pub mod wish;
pub mod xmp;

pub use engine::Engine;
pub use fault::Fault;
pub use halt::Halt;
pub use order::{Order, Report, RunError, Targets};

#[cfg(test)]
mod tests;
