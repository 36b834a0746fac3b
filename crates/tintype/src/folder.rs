//! `tintype import`: taking in a folder.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use tintype_library::import::scan;
use tintype_library::model::User;
use tintype_library::uploads::Added;
use tintype_library::{Disposition, Library};

use crate::arguments::Import;
use crate::client;
use crate::config::Config;
use crate::control::{Event, FileOutcome, Listener, Request};
use crate::progress::Progress;

pub(crate) fn run(config: &Config, arguments: &Import) -> anyhow::Result<ExitCode> {
    let folder = std::path::absolute(&arguments.folder)?;
    let mut progress = Progress::new();
    let request = Request::Import { folder, user: arguments.user.clone() };
    client::run(config, &request, &mut |event| progress.show(event))?;
    Ok(if progress.finish() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Takes a folder in, file by file. One bad file never ends a run; a full disk does.
pub(crate) fn import(
    library: &Library,
    folder: &Path,
    user: Option<&str>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let owner = owner(library, user)?;
    anyhow::ensure!(folder.is_dir(), "{} is no folder", folder.display());
    let found = scan(folder);
    let bytes = found.found.iter().map(|file| file.size_bytes).sum();
    tell(Event::Found { files: found.found.len() as u64, bytes, ignored: found.ignored })?;
    for (path, error) in found.errors {
        tell(Event::File { bytes: 0, outcome: FileOutcome::Failed { path, reason: error.to_string() } })?;
    }
    for file in found.found {
        let outcome = match library.import_file(owner.id, &file.path) {
            Ok(Added::Created(_)) => FileOutcome::Created,
            Ok(Added::Duplicate(_)) => FileOutcome::Duplicate,
            Err(tintype_library::import::ImportError::Library(error))
                if error.disposition() != Disposition::Permanent =>
            {
                return Err(error).with_context(|| format!("{} could not be kept", file.path.display()));
            }
            Err(error) => {
                let reason = format!("{:#}", anyhow::Error::from(error));
                FileOutcome::Failed { path: file.path, reason }
            }
        };
        tell(Event::File { bytes: file.size_bytes, outcome })?;
    }
    Ok(())
}

pub(crate) fn owner(library: &Library, email: Option<&str>) -> anyhow::Result<User> {
    match email {
        Some(email) => library.user_by_email(email)?.with_context(|| format!("nobody has the e-mail {email}")),
        None => library
            .users(false)?
            .into_iter()
            .find(|user| user.is_admin)
            .context("the library has no admin yet: sign up first, or run `tintype user add EMAIL --admin`"),
    }
}
