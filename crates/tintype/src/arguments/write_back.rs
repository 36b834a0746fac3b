//! `tintype write-back`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `tintype write-back`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct WriteBack {
    #[command(subcommand)]
    pub(crate) command: Option<WriteBackCommand>,
    /// Everything below
    #[arg(long)]
    pub(crate) all: bool,
    /// Names of people, as separate keywords
    #[arg(long)]
    pub(crate) people: bool,
    /// Where people's faces are
    #[arg(long)]
    pub(crate) faces: bool,
    /// Where it was taken
    #[arg(long)]
    pub(crate) gps: bool,
    /// Captions
    #[arg(long)]
    pub(crate) caption: bool,
    /// When it was taken, in the zone of the place
    #[arg(long)]
    pub(crate) time: bool,
    /// Stars
    #[arg(long)]
    pub(crate) rating: bool,
    /// Albums, as keywords below `Albums`
    #[arg(long)]
    pub(crate) albums: bool,
    /// Tags
    #[arg(long)]
    pub(crate) tags: bool,
    /// Where to write
    #[arg(long, value_enum, default_value_t = To::Sidecar)]
    pub(crate) to: To,
    /// What becomes of a favourite without stars: five stars where the file has none, the label `Favorite`, or nothing
    #[arg(long, value_enum, default_value_t = Favorite::Rating)]
    pub(crate) favorite_as: Favorite,
    /// Longest caption, in characters; at least 50
    #[arg(long, value_name = "CHARACTERS", env = "CAPTION_MAX_LEN", default_value_t = tintype_writeback::modules::DEFAULT_CAPTION_CHARS)]
    pub(crate) caption_max_len: usize,
    /// Copy files here before something is written into them
    #[arg(long, value_name = "DIR")]
    pub(crate) backup: Option<PathBuf>,
    /// Give originals that are written the time of the capture as the time of their last change; else they keep theirs
    #[arg(long)]
    pub(crate) file_time: bool,
    /// Only say what would be changed: every tag, old and new
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not read files that look as they were left and of which nothing new is known
    #[arg(long)]
    pub(crate) only_new: bool,
    /// Read every file again, also with --only-new
    #[arg(long)]
    pub(crate) thorough: bool,
    /// Go on with the last run; what failed is tried again
    #[arg(long)]
    pub(crate) resume: bool,
    /// Forget how far the last run came, first
    #[arg(long)]
    pub(crate) clear_checkpoint: bool,
    /// Write how many files were seen, written, equal, skipped and failed to a file
    #[arg(long, num_args = 2, value_names = ["json|csv", "FILE"])]
    pub(crate) export_stats: Option<Vec<String>>,
    /// Append what becomes of each file to this one, too; a new one is begun every 10 MiB
    #[arg(long, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
    /// Only the photos and videos of this user
    #[arg(long, value_name = "EMAIL")]
    pub(crate) owner: Option<String>,
    /// As JSON, a line for each file, and one at the end
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
    /// Only files with this in their name
    #[arg(value_name = "QUERY")]
    pub(crate) query: Vec<String>,
}

/// Photos of another server instead of the library's own.
#[derive(Debug, Args)]
#[command(next_help_heading = "Photos of another server")]
pub(crate) struct RemoteArguments {
    /// Write for the photos of this Immich-compatible server, with or without `/api`; they must lie in --photo-dir
    #[arg(long, value_name = "URL", env = "IMMICH_INSTANCE_URL")]
    pub(crate) server: Option<String>,
    /// File whose first line is an API key of that server
    #[arg(long, value_name = "FILE")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// The key itself, as an environment variable: a typed one would be seen by everybody on this machine
    #[arg(long, value_name = "KEY", env = "IMMICH_API_KEY", hide_env_values = true, hide_short_help = true)]
    pub(crate) api_key: Option<String>,
    /// Folder below which that server's files are found by the last parts of their paths. Without a server, those of the one
    /// that is followed (`tintype login`) are found there by their content, and nobody needs to be asked
    #[arg(long, value_name = "DIR", env = "PHOTO_DIR")]
    pub(crate) photo_dir: Option<PathBuf>,
    #[arg(long, hide = true, env = "IMMICH_PHOTO_DIR")]
    pub(crate) immich_photo_dir: Option<PathBuf>,
    /// How many of the last parts: 3 are year, month and name
    #[arg(long, value_name = "COUNT", env = "IMMICH_PATH_SEGMENTS", default_value_t = tintype_writeback::folder::DEFAULT_SEGMENTS)]
    pub(crate) path_segments: usize,
    /// What the beginning of paths on that server is here; may be repeated, and goes before --photo-dir
    #[arg(long, value_name = "THERE=HERE")]
    pub(crate) map_path: Vec<String>,
    /// How often that server is asked at most
    #[arg(long, value_name = "COUNT", default_value_t = tintype_writeback::remote::DEFAULT_REQUESTS_PER_SECOND)]
    pub(crate) requests_per_second: u32,
    /// Zone of photos of which that server knows none, e.g. Europe/Berlin
    #[arg(long, value_name = "ZONE", env = "TZ", hide_env_values = true)]
    pub(crate) time_zone: Option<String>,
}

/// What else there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum WriteBackCommand {
    /// Take back every tag that a run changed, unless somebody has changed it since
    #[command(after_help = "Example:\n  tintype write-back undo 7 --dry-run")]
    Undo {
        /// Its number, as `tintype write-back runs` shows it
        run: i64,
        /// Only say what would be changed
        #[arg(long)]
        dry_run: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// List the runs, the newest first
    #[command(after_help = "Example:\n  tintype write-back runs")]
    Runs {
        /// As JSON, a line for each
        #[arg(long)]
        json: bool,
    },
}

/// Where to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum To {
    /// XMP files beside the originals
    Sidecar,
    /// The originals themselves
    Embedded,
    /// Both
    Both,
}

/// What becomes of a favourite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Favorite {
    /// The label `Favorite`, where there is none
    Label,
    /// Five stars, where there are none
    Rating,
    /// Nothing
    None,
}

/// The form of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatsFormat {
    /// One object
    Json,
    /// A line for each number
    Csv,
}
