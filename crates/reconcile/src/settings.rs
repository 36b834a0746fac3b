//! What is said about a folder beside its policy.

use serde::{Deserialize, Serialize};
use tintype_library::model::FolderPolicy;

use crate::error::ReconcileError;
use crate::tree::Tree;

/// Days for which a delete is only observed, unless somebody says otherwise.
pub const QUARANTINE_DAYS: u32 = 14;
/// The longest that can be set, in days.
pub const MAX_QUARANTINE_DAYS: u32 = 90;
/// Patterns of what is left out, at most.
const MAX_EXCLUSIONS: usize = 100;
/// What stands for the folder that a file lies in, in the name of an album.
const FOLDER: &str = "{folder}";
/// What stands for the path of that folder.
const PATH: &str = "{path}";

/// Who lets deletes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strictness {
    /// A person says yes to each of them, or to all at once.
    #[default]
    Strict,
    /// Whoever applies a plan says yes to its deletes.
    Trusting,
    /// A watched folder applies them by itself.
    Autonomous,
}

impl Strictness {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Trusting => "trusting",
            Self::Autonomous => "autonomous",
        }
    }
}

/// What is said about a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FolderSettings {
    /// The album that photos of the folder go into: a name, in which `{folder}` is the folder that a file lies in and `{path}`
    /// the path of that folder. Without either, only photos of that album come down into the folder.
    pub album: Option<String>,
    /// Where photos that come down are put, as in `{year}/{month}/{name}`.
    pub tree: String,
    /// Who lets deletes through.
    pub strictness: Strictness,
    /// For how many days a delete is only observed.
    pub quarantine_days: u32,
    /// Patterns of paths that are left out, as in `Screenshots/**`.
    pub exclude: Vec<String>,
}

impl Default for FolderSettings {
    fn default() -> Self {
        Self {
            album: None,
            tree: "{year}/{month}/{name}".to_owned(),
            strictness: Strictness::default(),
            quarantine_days: QUARANTINE_DAYS,
            exclude: Vec::new(),
        }
    }
}

impl FolderSettings {
    /// Reads what a folder's row says.
    pub fn parse(text: &str) -> Result<Self, ReconcileError> {
        serde_json::from_str(text).map_err(|source| ReconcileError::Settings { text: source.to_string() })
    }

    /// For the folder's row.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers can be written as JSON")
    }

    /// Says what cannot be.
    pub fn check(&self, policy: FolderPolicy) -> Result<(), ReconcileError> {
        let refuse = |text: String| Err(ReconcileError::Settings { text });
        if self.quarantine_days > MAX_QUARANTINE_DAYS {
            return refuse(format!("a quarantine has {MAX_QUARANTINE_DAYS} days at most"));
        }
        if self.exclude.len() > MAX_EXCLUSIONS {
            return refuse(format!("at most {MAX_EXCLUSIONS} patterns can be left out"));
        }
        for pattern in &self.exclude {
            if let Err(error) = glob::Pattern::new(pattern) {
                return refuse(format!("{pattern} is no pattern: {error}"));
            }
        }
        if let Some(album) = &self.album {
            let rest = album.replace(FOLDER, "").replace(PATH, "");
            if album.trim().is_empty() || rest.contains(['{', '}']) {
                return refuse(format!("{album}: name an album; {FOLDER} and {PATH} are what can stand in it"));
            }
            if matches!(policy, FolderPolicy::Mirror | FolderPolicy::Download) && self.source_album().is_none() {
                return refuse(format!(
                    "{album}: photos come down from one album, so its name cannot depend on a file"
                ));
            }
        }
        Tree::parse(&self.tree).map(drop)
    }

    /// What is left out.
    pub fn exclusions(&self) -> Vec<glob::Pattern> {
        self.exclude.iter().filter_map(|pattern| glob::Pattern::new(pattern).ok()).collect()
    }

    /// The album to which what comes down is limited.
    pub fn source_album(&self) -> Option<&str> {
        self.album.as_deref().filter(|album| !album.contains(FOLDER) && !album.contains(PATH))
    }

    /// The album that a file goes into which lies in `parent`, below a root of this name.
    pub fn album_for(&self, root_name: &str, parent: &[u8]) -> Option<String> {
        let path = String::from_utf8_lossy(parent);
        let folder = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(root_name);
        let path = if path.is_empty() { root_name } else { &path };
        Some(self.album.as_ref()?.replace(FOLDER, folder).replace(PATH, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_name_albums_after_folders() {
        let rule = |album: &str| FolderSettings { album: Some(album.to_owned()), ..FolderSettings::default() };
        for (album, parent, expected) in [
            ("Phone", "DCIM/100", "Phone"),
            ("{folder}", "DCIM/Summer", "Summer"),
            ("{folder}", "", "root"),
            ("From {path}", "DCIM/Summer", "From DCIM/Summer"),
        ] {
            assert_eq!(rule(album).album_for("root", parent.as_bytes()).as_deref(), Some(expected));
        }
        assert_eq!(FolderSettings::default().album_for("root", b"a"), None);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let settings = FolderSettings::default;
        let good = |settings: FolderSettings, policy| settings.check(policy).is_ok();
        assert!(good(settings(), FolderPolicy::TwoWay));
        assert!(!good(FolderSettings { quarantine_days: 91, ..settings() }, FolderPolicy::TwoWay));
        assert!(!good(FolderSettings { exclude: vec!["[".to_owned()], ..settings() }, FolderPolicy::TwoWay));
        assert!(!good(FolderSettings { tree: "../{name}".to_owned(), ..settings() }, FolderPolicy::TwoWay));
        let by_folder = || FolderSettings { album: Some("{folder}".to_owned()), ..settings() };
        assert!(good(by_folder(), FolderPolicy::Backup));
        assert!(!good(by_folder(), FolderPolicy::Download));
        assert!(!good(FolderSettings { album: Some("{year}".to_owned()), ..settings() }, FolderPolicy::Backup));
        assert_eq!(FolderSettings::parse(&by_folder().to_text()).unwrap(), by_folder());
        assert!(FolderSettings::parse(r#"{"quarantine": 3}"#).is_err(), "unknown words are not passed over");
    }
}
