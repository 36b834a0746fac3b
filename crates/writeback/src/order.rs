//! What a run is asked to do, and what it tells.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tintype_library::model::WriteTarget;
use tintype_protocol::id::AssetId;

use crate::merge::Change;
use crate::modules::Choice;

/// Where it is written to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Targets {
    /// XMP files beside the originals.
    #[default]
    Sidecar,
    /// The originals themselves.
    Embedded,
    /// Both.
    Both,
}

impl Targets {
    pub(crate) fn each(self) -> &'static [WriteTarget] {
        match self {
            Self::Sidecar => &[WriteTarget::Sidecar],
            Self::Embedded => &[WriteTarget::Embedded],
            Self::Both => &[WriteTarget::Sidecar, WriteTarget::Embedded],
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What is written.
    pub choice: Choice,
    /// Where to.
    pub targets: Targets,
    /// Only say what would be changed.
    pub is_dry: bool,
    /// Trust what is remembered: files that look as they were left, and of which nothing else is known now, are not read.
    pub only_new: bool,
    /// Go on with the last run: what it is done with is left out, what failed is tried again.
    pub resumes: bool,
    /// It is one of many that follow what changes: how far other runs came stays known, and where nothing had to be written,
    /// nothing is kept of it.
    #[serde(default)]
    pub watches: bool,
    /// Give originals that are written the time of the capture as their age; else they keep the one they have.
    #[serde(default)]
    pub dates_files: bool,
    /// Where files are copied to before something is written into them.
    pub backup: Option<PathBuf>,
}

impl Order {
    /// Everything into sidecars.
    pub fn of(choice: Choice, targets: Targets) -> Self {
        let (is_dry, only_new, resumes, watches, dates_files) = (false, false, false, false, false);
        Self { choice, targets, is_dry, only_new, resumes, watches, dates_files, backup: None }
    }

    /// What has to be the same for a run to go on: what is written, where to, and of which other server, if not of the
    /// library.
    pub(crate) fn wish(&self, server: Option<&str>) -> String {
        let (choice, targets) = (&self.choice, self.targets);
        let mut wish = serde_json::json!({ "choice": choice, "targets": targets, "watches": self.watches });
        if let Some(server) = server {
            wish[SERVER] = server.into();
        }
        wish.to_string()
    }
}

/// Under which name a wish has the server.
const SERVER: &str = "server";

/// The server whose photos a run wrote, by its wish; `None`: the library's own.
pub(crate) fn server_of(wish: &str) -> Option<String> {
    let wish: serde_json::Value = serde_json::from_str(wish).ok()?;
    wish[SERVER].as_str().map(str::to_owned)
}

/// What happens meanwhile.
#[derive(Debug)]
pub enum Happened {
    /// A run begins, over so many photos and videos.
    Began {
        /// Its number, by which it can be undone; `None` if nothing is written.
        run: Option<i64>,
        /// Photos and videos.
        total: u64,
    },
    /// A file was looked at.
    File(FileReport),
    /// So many photos and videos are done.
    Progress {
        /// Of all.
        done: u64,
    },
}

/// What became of a file.
#[derive(Debug)]
pub struct FileReport {
    /// Whose file it is.
    pub asset: AssetId,
    /// How people call it.
    pub name: String,
    /// The sidecar, or the original.
    pub target: WriteTarget,
    /// What became of it.
    pub became: Became,
    /// What was left out, and why.
    pub notes: Vec<&'static str>,
}

/// What became of a file.
#[derive(Debug)]
pub enum Became {
    /// This was changed, or would be.
    Written(Vec<Change>),
    /// It says all that it should.
    Equal,
    /// Nothing is written into it; why, as it is counted and for people.
    Skipped(&'static str, String),
    /// It could not be written, and is as it was; why, as it is counted and for people.
    Failed(&'static str, String),
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The run's number.
    pub run: Option<i64>,
    /// Files that were looked at.
    pub seen: u64,
    /// Files that were written, or would be.
    pub written: u64,
    /// Files that said all that they should.
    pub equal: u64,
    /// Files left out, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Files that failed, by reason.
    pub failed: BTreeMap<String, u64>,
    /// How long it took.
    pub seconds: f64,
    /// Whether it ended before its end.
    pub is_interrupted: bool,
    /// What is to be known or done beside that, for people.
    #[serde(default)]
    pub notices: Vec<String>,
}

impl Report {
    pub(crate) fn count(&mut self, became: &Became) {
        self.seen += 1;
        match became {
            Became::Written(_) => self.written += 1,
            Became::Equal => self.equal += 1,
            Became::Skipped(reason, _) => *self.skipped.entry((*reason).to_owned()).or_default() += 1,
            Became::Failed(reason, _) => *self.failed.entry((*reason).to_owned()).or_default() += 1,
        }
    }

    /// Files in a second.
    pub fn rate(&self) -> f64 {
        if self.seconds > 0.0 { self.seen as f64 / self.seconds } else { 0.0 }
    }

    /// How many failed.
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }
}

/// Why a run did not take place.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The library could not go on.
    #[error(transparent)]
    Library(#[from] tintype_library::LibraryError),
    /// There is nothing to go on with.
    #[error("there is no run to go on with; leave out --resume")]
    NothingToResume,
    /// The last run wrote something else.
    #[error("the last run wrote other things, or to other places: ask for the same, or use --clear-checkpoint first")]
    OtherChoice,
    /// The other server cannot be asked, or will not answer. What was done until then is done.
    #[error("the server cannot be asked: {0}")]
    Server(#[from] tintype_client::ClientError),
    /// The folder of photos cannot be used.
    #[error("{path} cannot be read", path = .path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No such run.
    #[error("there is no run {0}; `tintype write-back runs` lists them")]
    NoSuchRun(i64),
}
