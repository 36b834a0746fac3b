//! What is to be written: people, faces, places, captions, times, ratings, albums, tags.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One kind of what a library knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Module {
    /// Names of people, as keywords.
    People,
    /// Where their faces are.
    Faces,
    /// Where it was taken.
    Gps,
    /// What it shows, in words.
    Caption,
    /// When it was taken.
    Time,
    /// Stars, or that it is a favourite.
    Rating,
    /// Albums that it is in.
    Albums,
    /// Labels that people gave it.
    Tags,
}

impl Module {
    /// Every module.
    pub const ALL: [Self; 8] =
        [Self::People, Self::Faces, Self::Gps, Self::Caption, Self::Time, Self::Rating, Self::Albums, Self::Tags];

    /// Its name, for people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Faces => "faces",
            Self::Gps => "gps",
            Self::Caption => "caption",
            Self::Time => "time",
            Self::Rating => "rating",
            Self::Albums => "albums",
            Self::Tags => "tags",
        }
    }
}

/// What becomes of a favourite that has no stars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FavoriteAs {
    /// The label [`FAVORITE_LABEL`], where there is none.
    Label,
    /// Five stars, where the file has none.
    #[default]
    Rating,
    /// Nothing.
    None,
}

/// The text label that stands for a favourite.
pub const FAVORITE_LABEL: &str = "Favorite";

/// Shortest limit of captions, in characters.
pub const MIN_CAPTION_CHARS: usize = 50;
/// Limit of captions, in characters: as much as the IPTC caption holds.
pub const DEFAULT_CAPTION_CHARS: usize = 2_000;

/// What is written, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is written. What an earlier run wrote of others stays.
    pub modules: BTreeSet<Module>,
    /// What becomes of favourites.
    pub favorite_as: FavoriteAs,
    /// Longest caption, in characters.
    pub caption_chars: usize,
}

impl Choice {
    /// Everything, as by default.
    pub fn everything() -> Self {
        Self::of(Module::ALL)
    }

    /// These modules, as by default.
    pub fn of(modules: impl IntoIterator<Item = Module>) -> Self {
        let modules = modules.into_iter().collect();
        Self { modules, favorite_as: FavoriteAs::default(), caption_chars: DEFAULT_CAPTION_CHARS }
    }

    /// Whether it is written.
    pub fn has(&self, module: Module) -> bool {
        self.modules.contains(&module)
    }
}
