//! What comes out of a recipe, and why the rest did not.

use std::time::Duration;

use serde::Serialize;
use tempfile::TempPath;
use tintype_protocol::checksum::Sha1;

use super::special::Special;

/// What a recipe made of a file.
#[derive(Debug)]
pub enum Outcome {
    /// A smaller file that stood up to its proof.
    Derived(Box<Derived>),
    /// The original stays as it is.
    Kept {
        /// What each step said, in the order they were tried. Empty if no step takes files of this kind.
        reasons: Vec<Refusal>,
    },
}

/// A file made from an original.
#[derive(Debug)]
pub struct Derived {
    /// The file, in the scratch folder. Deletes itself when dropped.
    pub file: TempPath,
    /// Its content.
    pub sha1: Sha1,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// The content of the original, as it was read before and, by the proof, when it was packed.
    pub original_sha1: Sha1,
    /// The length of the original in bytes.
    pub original_bytes: u64,
    /// Its media type, by its own first bytes.
    pub media_type: &'static str,
    /// The extension that belongs to it, in lower case and without the dot.
    pub extension: &'static str,
    /// Profile and method, such as `lossless/jpeg-to-jxl-lossless`.
    pub recipe: String,
    /// Nothing of the picture is lost. Whether the original's very bytes can be had again says [`Proof::is_exact`].
    pub is_lossless: bool,
    /// Why it was accepted.
    pub proof: Proof,
    /// What the steps before the successful one said.
    pub reasons: Vec<Refusal>,
}

/// Why a derived file stands for its original.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Proof {
    /// The original's bytes were rebuilt from it by the decoder of this crate, and had the original's SHA-1 and length.
    Rebuilt,
    /// Every sample of every pixel, the colour profile and the metadata are the same.
    SamePixels,
    /// What a viewer sees and what the file says about itself are the same within the tolerances of this crate.
    Compared {
        /// What was compared, one word or two each.
        checks: Vec<&'static str>,
    },
}

impl Proof {
    /// Whether [`rebuild`](super::rebuild) gives the original's bytes.
    pub fn is_exact(&self) -> bool {
        *self == Self::Rebuilt
    }
}

/// A step that made nothing of the file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refusal {
    /// The name of its method.
    pub step: String,
    /// Why.
    pub reason: Reason,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.step, self.reason)
    }
}

/// Why a step made nothing of a file. None of these goes away by itself.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Reason {
    /// The recipe ends here for such files.
    #[error("the recipe leaves it as it is")]
    Passed,
    /// Files like this one are left alone unless the step includes them.
    #[error("{special}: left alone unless the step includes it")]
    LeftAlone {
        /// What is special about it.
        special: Special,
    },
    /// A program is not there.
    #[error("{tool} is not installed")]
    MissingTool {
        /// Its name.
        tool: String,
    },
    /// A program did not succeed.
    #[error("{program} failed ({status}) {complaint}")]
    Failed {
        /// Its name.
        program: String,
        /// How it ended, in words.
        status: String,
        /// The end of what it wrote to standard error.
        complaint: String,
    },
    /// A program took too long and was killed.
    #[error("{program} took longer than {} s", limit.as_secs_f32())]
    TimedOut {
        /// Its name.
        program: String,
        /// The time it had.
        limit: Duration,
    },
    /// A program wrote too much and was killed.
    #[error("{program} wrote more than {limit} bytes")]
    WroteTooMuch {
        /// Its name.
        program: String,
        /// What it was allowed, in bytes.
        limit: u64,
    },
    /// A program succeeded, and left no file or an empty one.
    #[error("{program} left no result")]
    NoResult {
        /// Its name.
        program: String,
    },
    /// What was written is not the kind of file it should be.
    #[error("the result is {found}, not {expected}")]
    WrongKind {
        /// What the step makes.
        expected: String,
        /// What the first bytes say.
        found: String,
    },
    /// The result saves too little.
    #[error("{bytes} bytes are no gain over {original} (at most {limit} would be)")]
    NotSmaller {
        /// Length of the result.
        bytes: u64,
        /// Length of the original.
        original: u64,
        /// The most that would have been accepted.
        limit: u64,
    },
    /// The original's bytes did not come back.
    #[error("the original does not come back: {why}")]
    NotRebuilt {
        /// What came instead.
        why: String,
    },
    /// The original or the result could not be decoded to compare them.
    #[error("{which} cannot be decoded: {why}")]
    Undecodable {
        /// `the original` or `the result`.
        which: &'static str,
        /// What the decoder said.
        why: String,
    },
    /// Something about the result is not as in the original.
    #[error("{what}: {original} became {derived}")]
    Differs {
        /// What was compared.
        what: String,
        /// What the original has.
        original: String,
        /// What the result has.
        derived: String,
    },
    /// The original carries something that the new format has no place for.
    #[error("{what} would be lost")]
    WouldLose {
        /// What that is.
        what: String,
    },
    /// A property that has to be compared cannot be told.
    #[error("{what} cannot be told")]
    Unknown {
        /// The property.
        what: &'static str,
    },
}
