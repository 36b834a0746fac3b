//! What makes files smaller on their way to another server.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use tintype_protocol::checksum::Sha1;

/// What became of a file.
#[derive(Debug)]
pub enum Optimised {
    /// Something that stands for it, verified.
    Derived(Derived),
    /// It stays as it is.
    Kept,
}

/// A derivation of a file.
#[derive(Debug)]
pub struct Derived {
    /// Where it lies. Whoever gets it moves or removes it.
    pub path: PathBuf,
    /// Its content.
    pub sha1: Sha1,
    /// Its length.
    pub size_bytes: u64,
    /// What it is.
    pub media_type: String,
    /// Extension of its name, without the dot.
    pub extension: String,
    /// The recipe's name.
    pub recipe: String,
    /// Whether the original can be made of it again, bit for bit.
    pub is_lossless: bool,
}

/// Why nothing could be made for now: the disk is full, for example. What is wrong with a file is no error, it is kept.
#[derive(Debug, thiserror::Error)]
#[error("optimising failed")]
pub struct OptimiseError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Makes files smaller, and proves that nothing was lost that the recipe does not give up.
pub trait Optimise: Send + Sync {
    /// Makes something of a file in the folder `scratch`; `name` is the file's name on the device. Ends early when `stop` is set.
    fn optimise(&self, file: &Path, name: &str, scratch: &Path, stop: &AtomicBool) -> Result<Optimised, OptimiseError>;
}
