//! The command line, exactly as typed. What it means is decided in `config`.

mod ingest;
mod optimise;
mod push;
mod reconcile;
mod upstreams;
mod write_back;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use ingest::{IngestCommand, RetryChoice};
pub(crate) use optimise::{Optimize, RestoreOriginal};
pub(crate) use push::Push;
pub(crate) use reconcile::{
    AddFolder, ApplyArguments, FolderCommand, PlanArguments, ReconcileCommand, SetFolder, Verify,
};
pub(crate) use upstreams::{
    ConflictsCommand, Login, Logout, Mode, Originals, OutboxCommand, QuarantineCommand, Status, Sync,
};
pub(crate) use write_back::{
    Favorite as WriteBackFavorite, RemoteArguments, StatsFormat, To as WriteBackTo, WriteBack, WriteBackCommand,
};

/// A photo library that is whole, in sync and in your own hands.
///
/// One program is an Immich-compatible server with its web pages; phones, browsers, @immich/cli and the SDK work
/// against it. Everything it keeps is in one data folder: originals as plain files, the rest in one SQLite database.
#[derive(Debug, Parser)]
#[command(name = "tintype", version, propagate_version = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "Examples:
  tintype serve --import ~/Pictures     start, and take in a folder of photos
  tintype import /media/card            take in more, whether a node is running or not
  tintype user password ada@example.org set a forgotten password
  tintype doctor                        is everything well?";

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Folder of the library [default: ./tintype-data]
    #[arg(long, global = true, value_name = "DIR", env = "TINTYPE_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// Configuration file [default: tintype.toml in the data folder, if it is there]
    #[arg(long, global = true, value_name = "FILE", env = "TINTYPE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// What goes into the log, e.g. `info` or `tintype_server=debug` [default: warn]
    #[arg(long, alias = "log-level", global = true, value_name = "FILTER", env = "TINTYPE_LOG")]
    pub(crate) log: Option<String>,
    /// The version of Immich that clients are told they talk to [default: 3.2.2]
    #[arg(long, global = true, value_name = "VERSION", env = "TINTYPE_REPORTED_VERSION", hide_short_help = true)]
    pub(crate) reported_version: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the library until interrupted
    Serve(Serve),
    /// Take a folder of photos into the library; the folder itself stays as it is
    Import(Import),
    /// Follow an Immich-compatible server: log in to it
    ///
    /// What is known of your photos and albums there comes into this library; pictures are fetched when somebody looks at
    /// them, and `tintype sync --originals all` makes a full copy.
    ///
    /// The sync stream of every server refuses API keys, so a session is begun with your password, which is not kept.
    /// Where you have only a key, `--mode search` asks for everything each time instead: slower, and blind for what is
    /// locked away.
    #[command(after_help = "Examples:
  tintype login photos.example.org --email ada@example.org
  tintype login photos.example.org --api-key-file key.txt --mode search")]
    Login(Login),
    /// Bring in what changed on the servers that are followed
    #[command(after_help = "Examples:
  tintype sync
  tintype sync --dry-run        what would come?
  tintype sync --watch 5m       again every five minutes, until interrupted
  tintype sync --originals all  a full copy of your photos, verified; run again, it goes on")]
    Sync(Sync),
    /// Say which servers are followed and how that stands
    #[command(after_help = "Example:\n  tintype status --json")]
    Status(Status),
    /// Look after what a server said and this library could not apply
    ///
    /// Such lines block nothing. They are tried again when later ones may have brought what they wait for, and at the end
    /// of each sync.
    #[command(after_help = "Example:\n  tintype quarantine list")]
    Quarantine {
        #[command(subcommand)]
        command: QuarantineCommand,
    },
    /// Look after what was changed here and has not reached the server
    ///
    /// Changes are sent with each sync. One that the server says no to is tried again, less and less often; after ten
    /// times it is given up and waits for you. What was here before the server was followed goes when you offer it.
    #[command(after_help = "Examples:\n  tintype outbox list\n  tintype outbox offer --dry-run")]
    Outbox {
        #[command(subcommand)]
        command: OutboxCommand,
    },
    /// Decide about what was changed both here and on the server
    ///
    /// What was changed here wins and goes to the server; what it was made there is kept, so that you may prefer it.
    #[command(after_help = "Example:\n  tintype conflicts list")]
    Conflicts {
        #[command(subcommand)]
        command: ConflictsCommand,
    },
    /// Stop following a server; what came from there stays
    #[command(after_help = "Example:\n  tintype logout --user ada@example.org")]
    Logout(Logout),
    /// Keep originals as something smaller, proven to stand for them
    ///
    /// By the recipe `lossless`, JPEGs are packed as JPEG XL; whoever downloads one gets its very bytes. Run again, it goes
    /// on with what is left. Interrupted, it ends after the file at hand.
    #[command(after_help = "Examples:
  tintype optimize --plan                 what would be saved?
  tintype optimize                        without any loss
  tintype optimize --recipe small IMG_20  with loss, only names with this part")]
    Optimize(Optimize),
    /// Put originals that were packed without loss back into their places
    #[command(after_help = "Example:\n  tintype restore-original 0b7e8c1e-4d5c-4a52-9f0a-3f1d2c7b9a10")]
    RestoreOriginal(RestoreOriginal),
    /// Write what the library knows into the files: people, faces, places, captions, times, ratings, albums, tags
    ///
    /// By default into XMP files beside the originals, which stay as they are. What other programs wrote is kept; only what
    /// was written here is ever changed or taken away. Interrupted, it ends after the batch at hand; `--resume` goes on.
    #[command(after_help = "Examples:
  tintype write-back --all --dry-run        what would be written?
  tintype write-back --all --only-new
  tintype write-back --people --caption --to embedded --backup /srv/before
  tintype write-back undo 7                 take run 7 back")]
    WriteBack(Box<WriteBack>),
    /// Look after the landing zones, where devices drop files
    ///
    /// A node takes files from its zones by itself: what is complete is delivered, confirmed, and only then let go. What
    /// failed for good lies in undone/ in its zone, beside a note that says why.
    #[command(after_help = "Examples:
  tintype ingest status
  tintype ingest list --state undone
  tintype ingest retry --matching quota")]
    Ingest {
        #[command(subcommand)]
        command: IngestCommand,
    },
    /// Send a folder one way to an SFTP server or an Immich-compatible one
    ///
    /// What was sent is remembered and not sent again; what broke off goes on where it was. Hidden and unfinished files are
    /// left, links are not followed. Nothing is replaced there: by SFTP a file whose name is taken goes as NAME+1. Exit codes:
    /// 0 everything is there, 3 some files failed, 4 some wait (somebody writes to them, the server is away, or it is not the
    /// hour).
    #[command(after_help = "Examples:
  tintype push ~/Pictures sftp://phone@node:2022/ --key-file ~/.ssh/phone
  tintype push /media/card photos.example.org --api-key-file key.txt --delete-after
  tintype push ~/Pictures sftp://ada@node:2022/ --password-file pw --watch 5m --window 22:00-06:00 --limit-rate 500")]
    Push(Box<Push>),
    /// Keep folders in agreement with the library: which, and how
    #[command(after_help = "Example:\n  tintype folder add ~/Pictures --policy backup")]
    Folder {
        #[command(subcommand)]
        command: FolderCommand,
    },
    /// Say what is in folders and not in the library, and the other way round, and why; and bring them together
    ///
    /// Deletes travel only when somebody was seen to delete: what is merely absent is never taken for that. Everything goes
    /// to a trash, and can be taken back.
    #[command(after_help = "Examples:
  tintype reconcile plan
  tintype reconcile apply PLAN
  tintype reconcile restore 7")]
    Reconcile {
        #[command(subcommand)]
        command: ReconcileCommand,
    },
    /// Look whether every original is there and what it should be
    ///
    /// Fails if one is not. With --originals every byte is read; interrupted, the same command goes on.
    #[command(after_help = "Examples:
  tintype verify
  tintype verify --originals --rate 20")]
    Verify(Verify),
    /// List and change accounts
    #[command(after_help = "Example:\n  tintype user add ada@example.org --name Ada")]
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Say what is configured, what is missing and what is broken; fails if something is
    #[command(after_help = "Example:\n  tintype doctor --data /srv/photos")]
    Doctor,
    /// Print completions for a shell
    #[command(after_help = "Example:\n  tintype completions bash > ~/.local/share/bash-completion/completions/tintype")]
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  tintype man | man -l -")]
    Man,
    /// Tools for developing Tintype
    #[command(hide = true)]
    Dev {
        #[command(subcommand)]
        command: DevCommand,
    },
}

/// `tintype serve`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tintype serve --import ~/Pictures\n  tintype serve --data /srv/photos --listen 0.0.0.0:2283"
)]
pub(crate) struct Serve {
    /// Address and port [default: 127.0.0.1:2283]; 0.0.0.0:2283 lets other machines in
    #[arg(long, value_name = "ADDR:PORT", env = "TINTYPE_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    /// Take in this folder first
    #[arg(long, value_name = "DIR")]
    pub(crate) import: Option<PathBuf>,
    /// Make a small library of generated pictures to look around in
    #[arg(long, conflicts_with = "import")]
    pub(crate) demo: bool,
    /// Make no account: the first sign-up becomes the admin
    #[arg(long)]
    pub(crate) no_setup: bool,
    /// E-mail of the first admin (default: admin at tintype.local)
    #[arg(long, value_name = "EMAIL", env = "TINTYPE_ADMIN_EMAIL")]
    pub(crate) admin_email: Option<String>,
    /// Password of the first admin [default: generated and shown once]
    #[arg(long, value_name = "PASSWORD", env = "TINTYPE_ADMIN_PASSWORD", hide_env_values = true)]
    pub(crate) admin_password: Option<String>,
}

/// `tintype import`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tintype import /media/card --user ada@example.org")]
pub(crate) struct Import {
    /// Folder to take in
    pub(crate) folder: PathBuf,
    /// Whose photos they are [default: the first admin]
    #[arg(long, value_name = "EMAIL")]
    pub(crate) user: Option<String>,
}

/// `tintype user`
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// List the accounts
    #[command(after_help = "Example:\n  tintype user list")]
    List,
    /// Make an account; its password is generated and shown once
    #[command(after_help = "Example:\n  tintype user add ada@example.org --name Ada --admin")]
    Add {
        /// E-mail, with which the user signs in
        email: String,
        /// Name that others see
        #[arg(long)]
        name: Option<String>,
        /// May manage other accounts
        #[arg(long)]
        admin: bool,
    },
    /// Give an account a new password, which is generated and shown once
    #[command(after_help = "Example:\n  tintype user password ada@example.org")]
    Password {
        /// E-mail of the account
        email: String,
    },
}

/// `tintype dev`
#[derive(Debug, Subcommand)]
pub(crate) enum DevCommand {
    /// Fill an empty library with made-up rows, without files
    #[command(after_help = "Example:\n  tintype dev seed --data /tmp/big --assets 100000 --albums 200")]
    Seed(Seed),
    /// Decode one picture whose description comes on standard input; used by the node for risky files
    #[command(hide = true)]
    Decode {
        /// Passed by the node for the process list; the description on standard input counts
        #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

/// `tintype dev seed`
#[derive(Debug, Args)]
pub(crate) struct Seed {
    /// Photos and videos of the admin
    #[arg(long, default_value_t = 1_000)]
    pub(crate) assets: u64,
    /// Albums, each with about a hundred of them
    #[arg(long, default_value_t = 0)]
    pub(crate) albums: u64,
    /// People, half of them with a name
    #[arg(long, default_value_t = 0)]
    pub(crate) people: u64,
    /// Faces of these people on these assets
    #[arg(long, default_value_t = 0)]
    pub(crate) faces: u64,
    /// Accounts beside the admin
    #[arg(long, default_value_t = 0)]
    pub(crate) users: u64,
    /// The same number makes the same rows
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// E-mail of the admin (default: admin at tintype.local)
    #[arg(long, value_name = "EMAIL", env = "TINTYPE_ADMIN_EMAIL")]
    pub(crate) admin_email: Option<String>,
    /// Password of the admin [default: generated and shown once]
    #[arg(long, value_name = "PASSWORD", env = "TINTYPE_ADMIN_PASSWORD", hide_env_values = true)]
    pub(crate) admin_password: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example() {
        fn check(command: &clap::Command) {
            let has_children = command.get_subcommands().next().is_some();
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example") || has_children || command.is_hide_set(), "{}", command.get_name());
            command.get_subcommands().filter(|child| child.get_name() != "help").for_each(check);
        }
        check(&Arguments::command());
    }
}
