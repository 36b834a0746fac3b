//! The types of declared recipes.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;

use super::declared::{InvalidProfile, ProfileDeclaration};
use super::special::Special;
use super::template::Template;

/// The largest part of the original that a lossy result may have, unless the recipe says otherwise.
pub const LOSSY_AT_MOST: f64 = 0.9;

/// What to do with files, by their content type: steps in the order they are tried.
///
/// Deserialised from a table with an array `step`; each step has `takes`, and either `use` (a built-in method with its
/// settings, or `pass`) or `command` with `output`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(try_from = "ProfileDeclaration")]
pub struct Profile {
    /// Tried one after the other; the first whose result is accepted wins.
    pub steps: Vec<Step>,
}

/// One way to make a file smaller.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Content types, `image/*`, `video/*` or `*`.
    pub takes: Vec<String>,
    /// How.
    pub method: Method,
    /// Special files that this step takes all the same.
    pub includes: BTreeSet<Special>,
    /// The largest part of the original that the result may have. It has to be smaller than the original in any case.
    pub at_most: f64,
    /// Longest time; `None` for the usual.
    pub time: Option<Duration>,
    /// Address space of programs in bytes; `None` for the usual.
    pub memory: Option<u64>,
}

/// How a step makes its result.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// The original stays, and no later step is tried.
    Pass,
    /// A JPEG becomes a JPEG XL from which its bytes can be rebuilt.
    JpegToJxlLossless,
    /// A PNG becomes a JPEG XL with the same pixels.
    PngToJxlLossless,
    /// A picture becomes an AVIF.
    Avif {
        /// 0 (worst) to 100.
        quality: u8,
        /// 0 (slowest) to 10.
        speed: u8,
    },
    /// A picture becomes a JPEG XL with loss.
    Jxl {
        /// How far from the original, as its encoder counts; 1 is not to be seen. More than 0, at most 15.
        distance: f64,
    },
    /// The film of a video becomes H.265; sound and subtitles stay as they are.
    H265 {
        /// 0 (no loss) to 51.
        crf: u8,
    },
    /// The film of a video becomes AV1; sound and subtitles stay as they are.
    Av1 {
        /// 0 to 63.
        crf: u8,
    },
    /// Somebody else's program.
    Command(Template),
}

impl Method {
    /// Its name, as in declarations; `command` for somebody else's program.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::JpegToJxlLossless => "jpeg-to-jxl-lossless",
            Self::PngToJxlLossless => "png-to-jxl-lossless",
            Self::Avif { .. } => "avif",
            Self::Jxl { .. } => "jxl",
            Self::H265 { .. } => "h265",
            Self::Av1 { .. } => "av1",
            Self::Command(_) => "command",
        }
    }

    /// Whether nothing of a picture is lost.
    pub fn is_lossless(&self) -> bool {
        matches!(self, Self::Pass | Self::JpegToJxlLossless | Self::PngToJxlLossless)
    }

    /// The content types it can take; empty for all.
    pub(crate) fn can_take(&self) -> &'static [&'static str] {
        match self {
            Self::Pass | Self::Command(_) => &[],
            Self::JpegToJxlLossless => &["image/jpeg"],
            Self::PngToJxlLossless => &["image/png"],
            Self::Avif { .. } | Self::Jxl { .. } => &["image/jpeg", "image/png"],
            Self::H265 { .. } | Self::Av1 { .. } => &["video/*"],
        }
    }
}

impl Step {
    /// Whether it is for files of this content type.
    pub fn takes(&self, media_type: &str) -> bool {
        self.takes.iter().any(|pattern| covers(pattern, media_type))
    }

    /// The word for it in reasons and in the name of the recipe: the method's, or the program's.
    pub fn name(&self) -> &str {
        match &self.method {
            Method::Command(template) => template.program_name(),
            method => method.name(),
        }
    }
}

impl Profile {
    /// Whether any step would do something to files of this content type.
    pub fn takes(&self, media_type: &str) -> bool {
        let first = self.steps.iter().find(|step| step.takes(media_type));
        first.is_some_and(|step| step.method != Method::Pass)
    }
}

/// Whether a pattern of [`Step::takes`] is for this content type.
pub(crate) fn covers(pattern: &str, media_type: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => media_type.starts_with(start),
        None => pattern == media_type,
    }
}

impl TryFrom<ProfileDeclaration> for Profile {
    type Error = InvalidProfile;

    fn try_from(declaration: ProfileDeclaration) -> Result<Self, InvalidProfile> {
        declaration.check()
    }
}
