//! Running a command where the library is: in the node that owns the folder, else here.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tintype_library::Library;
use tintype_library::store::sqlite::FILE_NAME;
use tintype_writeback::Halt;

use crate::answering::Answering;
use crate::config::Config;
use crate::control::{self, Doors, Event, Listener, Request};
use crate::node::{self, Folder, Held};
use crate::output::count;

/// How long a command may take that answers nobody.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked whether it has ended.
const PAUSE: Duration = Duration::from_millis(50);

/// Does it, and tells of what happens meanwhile.
pub(crate) fn run(config: &Config, request: &Request, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    if !request.may_come_first() {
        return Place::find(config)?.run(request, tell);
    }
    let is_there = config.data.join(FILE_NAME).is_file();
    let place = Place::find_or_make(config)?;
    // Following is mostly begun in a library that is there: another folder may be meant.
    if matches!(request, Request::Login { .. }) && !is_there {
        let text = format!("There was no library in {}: a new one begins there.", config.data.display());
        tell(Event::Say { text })?;
    }
    place.run(request, tell)
}

/// Where commands are run.
pub(crate) enum Place {
    /// In this process, which owns the folder for as long as this is held.
    Here(Box<Owned>),
    /// In the process that owns the folder.
    There { socket: PathBuf, held: anyhow::Error },
}

/// A library that this process has to itself.
pub(crate) struct Owned {
    library: Arc<Library>,
    doors: Arc<Doors>,
    answering: Option<Answering>,
    // The last to go: then somebody else may have the folder.
    folder: Folder,
}

impl Place {
    /// Looks who owns the folder; this process does, if nobody did. A folder without a library is refused: it is rather
    /// another one that is meant, and an empty library would say that all is well.
    pub(crate) fn find(config: &Config) -> anyhow::Result<Self> {
        let is_there = config.data.join(FILE_NAME).is_file();
        anyhow::ensure!(
            is_there,
            "there is no library in {} yet: say with --data where it is, or begin one with `tintype serve`",
            config.data.display()
        );
        Self::find_or_make(config)
    }

    /// The same, also for the first command of a new library. Commands that answer nobody are short: their end is waited
    /// for.
    pub(crate) fn find_or_make(config: &Config) -> anyhow::Result<Self> {
        let socket = node::socket(&config.data);
        let begin = Instant::now();
        loop {
            match Folder::own(&config.data) {
                Ok(folder) => {
                    let (library, doors) = (node::open(config)?, Arc::new(Doors::new(config)));
                    return Ok(Self::Here(Box::new(Owned { library, doors, answering: None, folder })));
                }
                Err(held) if held.is::<Held>() => {
                    if UnixStream::connect(&socket).is_ok() || begin.elapsed() > PATIENCE {
                        return Ok(Self::There { socket, held });
                    }
                    std::thread::sleep(PAUSE);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// For commands that take long: others are answered meanwhile, as by a node.
    pub(crate) fn answer(&mut self, what: &str) -> anyhow::Result<()> {
        if let Self::Here(owned) = self {
            owned.folder.describe(what)?;
            let (library, doors) = (Arc::clone(&owned.library), Arc::clone(&owned.doors));
            owned.answering = Some(control::listen(&owned.folder.socket(), library, doors)?);
        }
        Ok(())
    }

    /// Does it, and tells of what happens meanwhile.
    pub(crate) fn run(&self, request: &Request, tell: &mut Listener<'_>) -> anyhow::Result<()> {
        match self {
            Self::Here(owned) => control::execute(&owned.library, &owned.doors, request, &Halt::default(), tell),
            Self::There { socket, held } => {
                control::ask(socket, request, tell).map_err(|cause| match cause.is::<control::Answered>() {
                    true => cause,
                    false => cause.context(held.to_string()),
                })
            }
        }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(answering) = &self.answering {
            answering.end(|running| {
                let commands = count(running as u64, "other command", "other commands");
                eprintln!("tintype: done; {commands} that this process runs as well are waited for");
            });
            let _ = std::fs::remove_file(self.folder.socket());
        }
        self.library.close();
    }
}

/// Prints lines for people and leaves the rest.
pub(crate) fn print(event: Event) -> anyhow::Result<()> {
    if let Event::Say { text } = event {
        crate::output::say(&text);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::Arguments;
    use crate::config;
    use crate::control::Credentials;

    #[test]
    fn a_library_that_login_begins_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("photos");
        let arguments = Arguments::parse_from(["tintype", "--data", folder.to_str().unwrap(), "status"]);
        let config = config::resolve(&arguments).unwrap();
        let credentials = Credentials::Key { key: "key".to_owned() };
        let request = Request::Login { server: "http://127.0.0.1:1".to_owned(), credentials, user: None };
        for is_new in [true, false] {
            let mut said = Vec::new();
            let outcome = run(&config, &request, &mut |event| {
                said.extend(match event {
                    Event::Say { text } => Some(text),
                    _ => None,
                });
                Ok(())
            });
            assert!(outcome.is_err(), "nobody is there to follow");
            assert_eq!(said.iter().any(|text| text.contains("a new one begins there")), is_new, "{said:?}");
        }
    }
}
