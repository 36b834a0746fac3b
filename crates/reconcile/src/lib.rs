//! Folders and a library that agree, with deletes one can trust.
//!
//! Four steps, each of which can be looked at: [`scan`] says what lies in a folder, [`diff`] what each photo is on both sides,
//! [`plan`] what would be done about it and why, [`apply`] does what a person, or the folder's strictness, let through.
//! [`Engine`] joins them with a [`tintype_library::Library`]; [`restore`] takes runs back, [`verify`] reads originals again.
//!
//! A photo is its content as the ledger knows it: an original and everything that was derived from it are one. A delete
//! travels only when it was seen: the photo was on both sides, and somebody took it away on one. Absence alone is never one.
//! Assets are only put into the trash, files only moved into [`trash`](places::TRASH) folders; both are in the journal.

pub mod apply;
pub mod decide;
pub mod diff;
pub mod engine;
mod error;
mod file_path;
pub mod folders;
pub mod hashing;
pub mod identity;
pub mod in_place;
pub mod matching;
mod mounts;
pub mod observe;
pub mod places;
pub mod plan;
pub mod plan_file;
pub mod rails;
pub mod restore;
pub mod scan;
pub mod settings;
pub mod tree;
pub mod units;
pub mod verify;

pub use engine::Engine;
pub use error::ReconcileError;
pub use file_path::FilePath;
pub use plan::{Action, Bar, Bucket, Decision, FolderPlan, Kind, Plan};
pub use settings::{FolderSettings, Strictness};
