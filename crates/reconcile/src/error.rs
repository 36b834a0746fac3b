//! What can go wrong with a folder as a whole. What goes wrong with one photo is a line of the journal.

use std::io;
use std::path::PathBuf;

use tintype_library::{Disposition, LibraryError};

/// Why nothing was planned, applied or restored.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ReconcileError {
    #[error("{text}")]
    Settings { text: String },
    #[error("{path} is no folder that can be read")]
    Unreachable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "{path} does not have the mark that was left in it ({marker}): is the disk mounted? If the folder was made anew, \
         remove it with `tintype folder remove` and add it again"
    )]
    NotMounted { path: PathBuf, marker: &'static str },
    #[error(
        "none of the {files} photos that were in {path} is there any more: is another disk mounted? If it is meant, remove it \
         with `tintype folder remove` and add it again"
    )]
    AllGone { path: PathBuf, files: usize },
    #[error(
        "the files of {path} cannot be indexed: what is read in place is this library's own, and its owner follows {server}"
    )]
    Follows { path: PathBuf, server: String },
    #[error("{path} cannot be indexed: clients are told where files are, and its name is no text")]
    NoText { path: PathBuf },
    #[error(
        "{assets} assets are files of {path}: they leave the library with it, and their albums, tags and edits with them; \
         the files stay. Say --drop-assets if that is meant"
    )]
    DropsAssets { path: PathBuf, assets: usize },
    #[error(
        "{path} is empty, and {files} photos were there before: is the disk mounted? If somebody did empty it, remove it \
         with `tintype folder remove` and add it again"
    )]
    SuddenlyEmpty { path: PathBuf, files: usize },
    #[error(
        "{path} in {folder} could not be read, and there are photos in it: let it be read, or leave it out with \
         `tintype folder set` and --exclude"
    )]
    Unreadable {
        folder: PathBuf,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "{files} photos below {path} were on a disk of their own, which is not mounted now: mount it. If it is not to come \
         back, leave it out with `tintype folder set` and --exclude"
    )]
    PartNotMounted { path: PathBuf, files: usize },
    #[error(
        "the library says that it has no photo at all, and {files} of this folder were there before: nothing is done"
    )]
    LibraryEmpty { files: usize },
    #[error(
        "the library is following {server} and does not have everything yet: run `tintype sync` first, and where it waits for you, \
         do what it says"
    )]
    LibraryIncomplete { server: String },
    #[error(
        "{path} has no assets of its own that could be dropped: its policy is {policy}, and what came from it into the library \
         stays there"
    )]
    NoAssets { path: PathBuf, policy: &'static str },
    #[error("no folder is known as {name}: `tintype folder list` shows them")]
    UnknownFolder { name: String },
    #[error("{path} is, holds or lies in {other}, which is known already: folders cannot overlap")]
    Overlap { path: PathBuf, other: PathBuf },
    #[error("the plan has expired at {at}: make another one")]
    Expired { at: String },
    #[error("the plan of {folder} only reports: {why}")]
    ReportOnly { folder: String, why: &'static str },
    #[error("the plan does not hold any more: {what}. Make another one")]
    Changed { what: String },
    #[error("{what} cannot be done: {why}")]
    Barred { what: String, why: String },
    #[error(
        "{count} deletes are chosen in {folder}, and {cap} may go in one run: choose fewer, or plan with --allow {count}"
    )]
    TooMany { folder: PathBuf, count: usize, cap: usize },
    #[error("{path} is no plan that this version understands")]
    NoPlan {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("it was interrupted")]
    Interrupted,
    #[error("another run is at work: wait for its end, or interrupt it")]
    Busy,
    #[error("{what} means something in several folders: say in which with --folder ({folders})")]
    SeveralFolders { what: String, folders: String },
    #[error(
        "no run put anything into a trash that is called {what}, or all of it is taken back. What people deleted in the library \
         themselves is in its trash"
    )]
    NothingToRestore { what: String },
    #[error("no run is known as {run}: `tintype reconcile journal` shows them")]
    UnknownRun { run: i64 },
    #[error(
        "run {run}, of {folder}, has nothing left to take back: `tintype reconcile journal {run}` shows what became of it"
    )]
    NothingInRun { run: i64, folder: String },
    #[error("{what} {path} failed")]
    Io {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Library(#[from] LibraryError),
}

impl ReconcileError {
    /// Whether the same may succeed later without a person's doing.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Library(error) => error.disposition(),
            Self::Unreachable { .. }
            | Self::NotMounted { .. }
            | Self::SuddenlyEmpty { .. }
            | Self::AllGone { .. }
            | Self::Unreadable { .. }
            | Self::PartNotMounted { .. }
            | Self::LibraryIncomplete { .. }
            | Self::Busy => Disposition::Retry { after: None },
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => Disposition::Fatal,
            _ => Disposition::Permanent,
        }
    }

    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}
