//! What makes files smaller on their way to another server.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tempfile::TempPath;
use tintype_media::recipes::{Destination, Engine, Input, Outcome, Profile, RecipeError};
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
    /// Where it lies, until this is dropped or the file was moved.
    pub path: TempPath,
    /// What it was made of.
    pub original_sha1: Sha1,
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

/// Why nothing could be made for now. What is wrong with a file is no error: it is kept as it is.
#[derive(Debug, thiserror::Error)]
pub enum OptimiseError {
    /// The process is about to end.
    #[error("it was stopped")]
    Stopped,
    /// The file is not what it was.
    #[error("it changed meanwhile")]
    Changed,
    /// The disk is full, for example.
    #[error("it could not be made smaller yet")]
    NotNow(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Makes files smaller, and proves that nothing was lost that the recipe does not give up.
pub trait Optimise: Send + Sync {
    /// Makes something of a file, in the pipeline's working folder; `name` is the file's name on the device. Ends early when
    /// `stop` is set.
    fn optimise(&self, file: &Path, name: &str, stop: &AtomicBool) -> Result<Optimised, OptimiseError>;
}

/// A profile of recipes, for destinations that show what they get.
pub struct Recipes {
    engine: Arc<Engine>,
    name: String,
    profile: Profile,
}

impl Recipes {
    /// Files go through the steps of `profile`, which is called `name`; the engine's scratch folder is the pipeline's
    /// working folder.
    pub fn new(engine: Arc<Engine>, name: String, profile: Profile) -> Self {
        Self { engine, name, profile }
    }
}

impl Optimise for Recipes {
    fn optimise(&self, file: &Path, name: &str, stop: &AtomicBool) -> Result<Optimised, OptimiseError> {
        let input = Input { path: file, name, destination: Destination::TakesAsIs };
        let outcome = self.engine.run(&input, &self.name, &self.profile, stop).map_err(|error| match error {
            RecipeError::Stopped => OptimiseError::Stopped,
            RecipeError::Changed { .. } => OptimiseError::Changed,
            error => OptimiseError::NotNow(Box::new(error)),
        });
        Ok(match outcome? {
            Outcome::Derived(made) => Optimised::Derived(Derived {
                is_lossless: made.proof.is_exact(),
                path: made.file,
                original_sha1: made.original_sha1,
                sha1: made.sha1,
                size_bytes: made.size_bytes,
                media_type: made.media_type.to_owned(),
                extension: made.extension.to_owned(),
                recipe: made.recipe,
            }),
            Outcome::Kept { reasons } => {
                for reason in reasons {
                    tracing::debug!(name, %reason, "a step made nothing of a file");
                }
                Optimised::Kept
            }
        })
    }
}
