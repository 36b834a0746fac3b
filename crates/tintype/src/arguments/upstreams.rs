//! Commands about servers that are followed.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

/// How a server is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// By the stream of what changed; needs a session, so a password
    Stream,
    /// By searching for everything each time; for those who have only an API key
    Search,
}

/// `tintype login`
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The server, e.g. photos.example.org or http://192.168.1.4:2283
    pub(crate) server: String,
    /// Your e-mail address there [default: asked for]
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: Option<String>,
    /// File whose first line is your password there [default: asked for]
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// File whose first line is an API key of yours there; needs `--mode search`
    ///
    /// The key needs the permissions user.read, asset.read and album.read. With asset.upload it may also ask whether a
    /// photo that is no longer listed was deleted or locked away (nothing is uploaded for that); with stack.read stacks
    /// are known, and with asset.statistics the progress has an end. asset.view lets pictures be seen, asset.download
    /// originals.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["email", "password_file"])]
    pub(crate) api_key_file: Option<PathBuf>,
    /// How to follow it
    #[arg(long, value_enum, value_name = "MODE", default_value = "stream")]
    pub(crate) mode: Mode,
    /// Who follows it here [default: the first admin]
    #[arg(long, value_name = "EMAIL")]
    pub(crate) user: Option<String>,
}

/// `tintype sync`
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// Only what this user follows
    #[arg(long, value_name = "EMAIL")]
    pub(crate) user: Option<String>,
    /// Let everything go that a server no longer has, also when that is much of the library
    #[arg(long, conflicts_with = "watch")]
    pub(crate) sweep: bool,
    /// Go on until interrupted, with this pause between two syncs: 90, 90s, 5m or 2h [default: 60s]
    #[arg(long, value_name = "INTERVAL", num_args = 0..=1, default_missing_value = "60s", value_parser = interval)]
    pub(crate) watch: Option<Duration>,
    /// Say what would come, by type, and bring nothing in: the next sync brings it all the same
    #[arg(long, conflicts_with_all = ["sweep", "watch"])]
    pub(crate) dry_run: bool,
    /// Copy originals into this library, each verified by its SHA-1, and say how the copy stands
    #[arg(long, value_name = "WHICH", value_enum, default_value = "none", conflicts_with = "dry_run")]
    pub(crate) originals: Originals,
    /// Say what happened as JSON, a line for each server
    #[arg(long)]
    pub(crate) json: bool,
}

/// Originals that are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Originals {
    /// Every one of yours
    All,
    /// Those of the last 90 days
    Recent,
    /// None; pictures are fetched when somebody looks at them
    None,
}

/// `tintype status`
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// As JSON, a line for each server
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tintype logout`
#[derive(Debug, Args)]
pub(crate) struct Logout {
    /// Who stops following [default: the first admin]
    #[arg(long, value_name = "EMAIL")]
    pub(crate) user: Option<String>,
    /// Also where changes wait to be sent, or conflicts to be decided: they are lost
    #[arg(long)]
    pub(crate) force: bool,
}

/// `tintype quarantine`
#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineCommand {
    /// List them: type, reason, how often they were tried, since when they wait
    #[command(after_help = "Example:\n  tintype quarantine list --json")]
    List {
        /// Only of the server that this user follows
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
        /// As JSON, a line for each, with what the server said
        #[arg(long)]
        json: bool,
    },
    /// Try them again now
    #[command(after_help = "Examples:\n  tintype quarantine retry\n  tintype quarantine retry 12 13")]
    Retry {
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Let them go for good: what they say will not be part of this library
    #[command(after_help = "Examples:\n  tintype quarantine drop 12\n  tintype quarantine drop --all")]
    Drop {
        #[command(flatten)]
        chosen: Chosen,
    },
}

/// `tintype outbox`
#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// List them: what was changed, to what, and why the server said no
    #[command(after_help = "Example:\n  tintype outbox list --json")]
    List {
        /// Only for the server that this user follows
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
        /// As JSON, a line for each
        #[arg(long)]
        json: bool,
    },
    /// Try to send them now, also those that were given up
    #[command(after_help = "Examples:\n  tintype outbox retry\n  tintype outbox retry 12 13")]
    Retry {
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Do not send them: here becomes again what the server has, as far as that is known
    #[command(after_help = "Examples:\n  tintype outbox drop 12\n  tintype outbox drop --all")]
    Drop {
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Send also what was here before the server was followed: photos that it does not have, albums and stacks
    ///
    /// What is changed or imported from then on goes by itself. This is for libraries that were full already. It may be
    /// repeated: what the server has, or what waits already, is left as it is. What lies in the trash stays here.
    #[command(
        after_help = "Examples:\n  tintype outbox offer --dry-run\n  tintype outbox offer --user ada@example.org"
    )]
    Offer {
        /// Only to the server that this user follows
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
        /// Say how many there are and how large they are, and send nothing
        #[arg(long)]
        dry_run: bool,
        /// As JSON, a line for each server
        #[arg(long)]
        json: bool,
    },
}

/// `tintype conflicts`
#[derive(Debug, Subcommand)]
pub(crate) enum ConflictsCommand {
    /// List them, with both values
    #[command(after_help = "Example:\n  tintype conflicts list --json")]
    List {
        /// Only with the server that this user follows
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
        /// As JSON, a line for each
        #[arg(long)]
        json: bool,
    },
    /// What was made here is right; it is on its way to the server already
    #[command(after_help = "Examples:\n  tintype conflicts take-mine 12\n  tintype conflicts take-mine --all")]
    TakeMine {
        #[command(flatten)]
        chosen: Chosen,
    },
    /// What was made on the server is right: it is put here, and goes back to the server
    #[command(after_help = "Examples:\n  tintype conflicts take-theirs 12\n  tintype conflicts take-theirs --all")]
    TakeTheirs {
        #[command(flatten)]
        chosen: Chosen,
    },
}

/// Some of what a list shows.
#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// Numbers from the list
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<i64>,
    /// All of them
    #[arg(long, conflicts_with = "ids")]
    pub(crate) all: bool,
    /// Only of the server that this user follows
    #[arg(long, value_name = "EMAIL")]
    pub(crate) user: Option<String>,
    /// As JSON, a line for each server
    #[arg(long)]
    pub(crate) json: bool,
}

impl Chosen {
    /// The numbers, or nothing for all, if somebody said so.
    pub(crate) fn named(&self, list: &str) -> anyhow::Result<Option<Vec<i64>>> {
        anyhow::ensure!(
            self.all || !self.ids.is_empty(),
            "which ones? Name their numbers, as `tintype {list} list` shows them, or say --all"
        );
        Ok((!self.all).then(|| self.ids.clone()))
    }

    /// The same, where saying nothing means all.
    pub(crate) fn named_or_all(&self) -> Option<Vec<i64>> {
        (!self.ids.is_empty()).then(|| self.ids.clone())
    }
}

/// Reads a time: a number of seconds, or one with its unit.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err("write it as 90, 90s, 5m or 2h".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "write it as 90, 90s, 5m or 2h".to_owned())?;
    match number.checked_mul(seconds) {
        None | Some(0) => Err("it has to be at least a second, and less than for ever".to_owned()),
        Some(seconds) => Ok(Duration::from_secs(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_do() {
        let cases = [("90", Some(90)), ("90s", Some(90)), ("5m", Some(300)), ("2h", Some(7_200)), ("1", Some(1))];
        let wrong = ["", "0", "0m", "-1", "m", "5 m", "1.5h", "1d", "99999999999999999999", "9999999999999999999h"];
        for (text, seconds) in cases.into_iter().chain(wrong.map(|text| (text, None))) {
            assert_eq!(interval(text).ok(), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
