//! Writing what the library knows into files: whoever runs this server brings it along.

use tintype_library::LibraryError;

/// Writes into files, in the background. Calls block shortly.
pub trait Writing: Send + Sync {
    /// Begins a run, unless one is at work.
    fn begin(&self, wish: WritingWish) -> Result<(), WritingError>;

    /// Takes back what a run wrote, unless one is at work.
    fn undo(&self, run: i64) -> Result<(), WritingError>;

    /// What runs ends after the batch at hand.
    fn stop(&self);

    /// How the run at work stands, or how the last one ended.
    fn state(&self) -> Result<WritingState, LibraryError>;
}

/// What is to be written.
#[derive(Debug, Clone)]
pub struct WritingWish {
    /// Names of the modules.
    pub modules: Vec<String>,
    /// `sidecar`, `embedded` or `both`.
    pub to: String,
    /// What a favourite without stars becomes: `rating`, `label` or `none`.
    pub favorite_as: String,
    /// Folder on the server that old files are copied to before something is written into them.
    pub backup: Option<String>,
    /// E-mail address of whose photos; `None`: everybody's.
    pub owner: Option<String>,
    /// Only say what would be changed.
    pub is_dry: bool,
}

/// Why nothing was begun.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct WritingError {
    /// For people.
    pub text: String,
}

/// How writing stands.
#[derive(Debug, Clone, Default)]
pub struct WritingState {
    /// Names of all modules, each with what it is in words.
    pub modules: Vec<(&'static str, &'static str)>,
    /// E-mail addresses of everybody.
    pub owners: Vec<String>,
    /// Whether a run of this page is at work.
    pub is_running: bool,
    /// Whether it only says what would be changed.
    pub is_dry: bool,
    /// Photos and videos that are done, and all of them.
    pub progress: Option<(u64, u64)>,
    /// About how many seconds it will still take.
    pub seconds_left: Option<u64>,
    /// How the last run ended, in words; and whether that was well.
    pub ended: Option<(String, bool)>,
    /// Files that were changed or would be, and files that failed: the first ones.
    pub files: Vec<WritingFile>,
    /// How many more of them there are.
    pub more_files: u64,
    /// The last runs, newest first.
    pub runs: Vec<WritingRun>,
}

/// What became of a file.
#[derive(Debug, Clone)]
pub struct WritingFile {
    /// Id of its asset.
    pub asset: String,
    /// How people call it.
    pub name: String,
    /// The sidecar, or the original, in words.
    pub target: &'static str,
    /// Why it failed.
    pub failure: Option<String>,
    /// Tags with their old and new values.
    pub changes: Vec<(String, Option<String>, Option<String>)>,
}

/// A run that wrote.
#[derive(Debug, Clone)]
pub struct WritingRun {
    /// Its number.
    pub run: i64,
    /// When it began.
    pub began_at: tintype_protocol::time::Timestamp,
    /// Whether it came to its end.
    pub has_ended: bool,
    /// The run that it took back.
    pub undoes: Option<i64>,
}
