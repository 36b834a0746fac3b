//! Running a command where the library is: in the node that owns the folder, else here.

use crate::config::Config;
use crate::control::{self, Event, Listener, Request};
use crate::follower::Follower;
use crate::node::{self, Folder, Held};

/// Does it, and tells of what happens meanwhile.
pub(crate) fn run(config: &Config, request: &Request, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    match Folder::own(&config.data) {
        Ok(folder) => {
            let library = node::open(config)?;
            let outcome = control::execute(&library, &Follower::new(&config.data), request, tell);
            library.close();
            drop(folder);
            outcome
        }
        Err(error) if error.downcast_ref::<Held>().is_some() => {
            control::ask(&node::socket(&config.data), request, tell).map_err(|cause| cause.context(error.to_string()))
        }
        Err(error) => Err(error),
    }
}

/// Prints lines for people and leaves the rest.
pub(crate) fn print(event: Event) -> anyhow::Result<()> {
    if let Event::Say { text } = event {
        crate::output::say(&text);
    }
    Ok(())
}
