//! `tintype folder`, `tintype reconcile` and `tintype verify`

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use tintype_library::model::FolderPolicy;
use tintype_reconcile::Strictness;

use super::upstreams::interval;

/// `tintype folder`
#[derive(Debug, Subcommand)]
pub(crate) enum FolderCommand {
    /// Keep a folder in agreement with the library, by a policy
    #[command(after_help = "Examples:
  tintype folder add /media/phone --policy backup --album \"{folder}\"
  tintype folder add ~/Pictures --policy two-way
  tintype folder add /srv/frame --policy download --album Frame --tree \"{year}/{name}\"
  tintype folder add /mnt/photos --policy index    files stay there, and are only read")]
    Add(Box<AddFolder>),
    /// Say something else about a folder: what is not named stays
    ///
    /// Its policy and its owner stay: another one of these is another folder.
    #[command(after_help = "Examples:
  tintype folder set ~/Pictures --quarantine-days 30 --strictness strict
  tintype folder set ~/Pictures --exclude \"Screenshots/**\"
  tintype folder set /srv/frame --no-album")]
    Set(Box<SetFolder>),
    /// List the folders
    #[command(after_help = "Example:\n  tintype folder list --json")]
    List {
        /// As JSON, a line for each
        #[arg(long)]
        json: bool,
    },
    /// Forget a folder: nothing in it is touched
    #[command(after_help = "Examples:
  tintype folder remove /media/phone
  tintype folder remove /mnt/photos --drop-assets    an indexed one, with its assets")]
    Remove {
        /// Its number or its path
        folder: String,
        /// Assets whose files stay in this folder leave the library with it; the files stay
        #[arg(long)]
        drop_assets: bool,
        /// As JSON: the folder, as it was
        #[arg(long)]
        json: bool,
    },
    /// Say how folders stand: photos on both sides, what the last plan found, when it was
    #[command(after_help = "Example:\n  tintype folder status")]
    Status {
        /// As JSON, a line for each
        #[arg(long)]
        json: bool,
    },
}

/// `tintype folder add`
#[derive(Debug, Args)]
pub(crate) struct AddFolder {
    /// The folder
    pub(crate) path: PathBuf,
    /// How it agrees with the library
    #[arg(long, value_enum)]
    pub(crate) policy: Policy,
    /// Put its photos into this album; {folder} is the folder that a file lies in, {path} its path. Without either, only
    /// photos of the album come down
    #[arg(long, value_name = "RULE")]
    pub(crate) album: Option<String>,
    /// Whose photos they are [default: the first admin]
    #[arg(long, alias = "user", value_name = "EMAIL")]
    pub(crate) owner: Option<String>,
    /// Where photos that come down are put
    #[arg(long, value_name = "TREE", default_value = "{year}/{month}/{name}")]
    pub(crate) tree: String,
    /// Who lets deletes through: a person each time, whoever applies a plan, or nobody
    #[arg(long, value_enum, default_value_t = StrictnessChoice::Strict)]
    pub(crate) strictness: StrictnessChoice,
    /// For how many days a delete is only observed, 90 at most
    #[arg(long, value_name = "DAYS", default_value_t = tintype_reconcile::settings::QUARANTINE_DAYS)]
    pub(crate) quarantine_days: u32,
    /// Leave out what is like this, e.g. "Screenshots/**"; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tintype folder set`
#[derive(Debug, Args)]
pub(crate) struct SetFolder {
    /// Its number or its path
    pub(crate) folder: String,
    /// Put its photos into this album, as in `folder add`
    #[arg(long, value_name = "RULE")]
    pub(crate) album: Option<String>,
    /// Put its photos into no album, and bring down photos of all
    #[arg(long, conflicts_with = "album")]
    pub(crate) no_album: bool,
    /// Where photos that come down are put; those that are there stay
    #[arg(long, value_name = "TREE")]
    pub(crate) tree: Option<String>,
    /// Who lets deletes through: a person each time, whoever applies a plan, or nobody
    #[arg(long, value_enum)]
    pub(crate) strictness: Option<StrictnessChoice>,
    /// For how many days a delete is only observed, 90 at most
    #[arg(long, value_name = "DAYS")]
    pub(crate) quarantine_days: Option<u32>,
    /// Leave out what is like this, too, e.g. "Screenshots/**"; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<String>,
    /// Do not leave out any more what is like this; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) include: Vec<String>,
    /// As JSON: the folder, as it is then
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a folder agrees with the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Policy {
    /// New files go into the library; deletes never travel
    Backup,
    /// The folder follows the library
    Mirror,
    /// Both follow each other
    TwoWay,
    /// The library or an album comes into the folder; deletes never travel
    Download,
    /// Nothing is done, only told
    Audit,
    /// Files stay where they are and are only read, as an external library
    Index,
}

impl From<Policy> for FolderPolicy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Backup => Self::Backup,
            Policy::Mirror => Self::Mirror,
            Policy::TwoWay => Self::TwoWay,
            Policy::Download => Self::Download,
            Policy::Audit => Self::Audit,
            Policy::Index => Self::Index,
        }
    }
}

/// Who lets deletes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StrictnessChoice {
    /// A person says yes to each
    Strict,
    /// Whoever applies the plan says yes
    Trusting,
    /// `tintype reconcile watch` applies them by itself
    Autonomous,
}

impl From<StrictnessChoice> for Strictness {
    fn from(choice: StrictnessChoice) -> Self {
        match choice {
            StrictnessChoice::Strict => Self::Strict,
            StrictnessChoice::Trusting => Self::Trusting,
            StrictnessChoice::Autonomous => Self::Autonomous,
        }
    }
}

/// `tintype reconcile`
#[derive(Debug, Subcommand)]
pub(crate) enum ReconcileCommand {
    /// Say what would be done, and why; nothing is done
    #[command(after_help = "Examples:
  tintype reconcile plan
  tintype reconcile plan ~/Pictures -o plan.json")]
    Plan(PlanArguments),
    /// Show a plan again
    #[command(after_help = "Example:\n  tintype reconcile show plan.json")]
    Show {
        /// The plan: a file, or its name
        plan: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Do what a plan says, if it still holds
    ///
    /// An action is done when its `decision` in the plan is `do`; edit the file to change it. Interrupted, the same command
    /// goes on.
    #[command(after_help = "Examples:
  tintype reconcile apply plan.json
  tintype reconcile apply plan.json --accept-all    with all that only waits for a yes")]
    Apply(ApplyArguments),
    /// Say what was done: runs, or the lines of one
    #[command(after_help = "Examples:\n  tintype reconcile journal\n  tintype reconcile journal 7")]
    Journal {
        /// The run's number
        run: Option<i64>,
        /// As JSON, a line for each
        #[arg(long)]
        json: bool,
    },
    /// Take back what runs put into the trash, on both sides
    #[command(after_help = "Examples:
  tintype reconcile restore 7               everything that run 7 did
  tintype reconcile restore IMG_1234.jpg    by name, path or pattern
  tintype reconcile restore 0b7e8c1e-4d5c-4a52-9f0a-3f1d2c7b9a10")]
    Restore {
        /// A run, an asset's id, a name or path, or a pattern for one
        what: String,
        /// Only what was deleted in this folder: its number or its path
        #[arg(long)]
        folder: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Bring folders and the library together again and again, until interrupted
    ///
    /// Photos come and go up at once; deletes only in folders that are autonomous, and by the same rules as in plans.
    #[command(after_help = "Example:\n  tintype reconcile watch --every 10m")]
    Watch {
        /// Only this folder: its number or its path
        folder: Option<String>,
        /// How often
        #[arg(long, value_name = "TIME", default_value = "5m", value_parser = interval)]
        every: Duration,
        /// As JSON, a line for each thing that happens
        #[arg(long)]
        json: bool,
    },
}

/// `tintype reconcile plan`
#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// Only this folder: its number or its path
    #[arg(conflicts_with = "all")]
    pub(crate) folder: Option<String>,
    /// Every folder (the default)
    #[arg(long)]
    pub(crate) all: bool,
    /// Where to write the plan [default: plans/ in the data folder]
    #[arg(short, long, value_name = "PLAN")]
    pub(crate) output: Option<PathBuf>,
    /// Let so many photos go at once, whatever the size of the folder
    #[arg(long, value_name = "N")]
    pub(crate) allow: Option<usize>,
    /// Try files again that the library could not take, also those that have not changed since
    #[arg(long)]
    pub(crate) retry_refused: bool,
    /// Do not ask the server that is followed what is new first
    #[arg(long)]
    pub(crate) offline: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tintype reconcile apply`
#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// The plan: a file, or its name
    pub(crate) plan: String,
    /// Say yes to this, by its id in the plan; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) accept: Vec<String>,
    /// Say yes to all that only waits for that
    #[arg(long, conflicts_with = "accept")]
    pub(crate) accept_all: bool,
    /// As JSON, a line for each action, and one at the end
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tintype verify`
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Read every original and compare its checksum; without it, only whether it is there
    #[arg(long)]
    pub(crate) originals: bool,
    /// Also originals that only a server which is followed has: each is fetched
    #[arg(long, requires = "originals")]
    pub(crate) upstream: bool,
    /// The files of a folder instead: its number or its path
    #[arg(long, value_name = "FOLDER", conflicts_with = "upstream")]
    pub(crate) folder: Option<String>,
    /// Read at most so many MiB in a second
    #[arg(long, value_name = "MIB")]
    pub(crate) rate: Option<u64>,
    /// Fetch what is missing or changed again from the server that its owner follows; a damaged file is left where it lies
    #[arg(long, conflicts_with = "folder")]
    pub(crate) mend: bool,
    /// Begin anew, and not where the last one was interrupted
    #[arg(long)]
    pub(crate) anew: bool,
    /// As JSON, a line for each fault, and one at the end
    #[arg(long)]
    pub(crate) json: bool,
}
