//! `tintype dev`: tools for developing Tintype.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use tintype_library::clock::{ManualClock, SeededEntropy};
use tintype_library::synthetic::{self, Amounts};
use tintype_protocol::time::Timestamp;

use crate::arguments::Seed;
use crate::config::Config;
use crate::node::{self, Folder};
use crate::serve::DEFAULT_ADMIN;
use crate::users::generate_password;

/// Made-up libraries begin on 1 January 2026.
const BEGIN: Timestamp = Timestamp(1_767_225_600_000);

/// Decodes one picture for a node.
pub(crate) fn decode() -> anyhow::Result<ExitCode> {
    tintype_media::pictures::decode_child(std::io::stdin().lock(), std::io::stdout().lock())
        .context("the picture could not be decoded")?;
    Ok(ExitCode::SUCCESS)
}

/// Fills an empty library.
pub(crate) fn seed(config: &Config, arguments: &Seed) -> anyhow::Result<ExitCode> {
    let has_both = arguments.assets > 0 && arguments.people > 0;
    ensure!(arguments.faces == 0 || has_both, "faces need people and assets: add --people and --assets");
    let owned = Folder::own(&config.data)?;
    let library =
        node::open_with(config, Arc::new(ManualClock::new(BEGIN)), Arc::new(SeededEntropy::new(arguments.seed)))?;
    ensure!(!library.is_initialized()?, "{} is not empty: seed only fills an empty library", config.data.display());
    let email = arguments.admin_email.as_deref().unwrap_or(DEFAULT_ADMIN);
    let password = arguments.admin_password.clone().unwrap_or_else(generate_password);
    let admin = library.sign_up_admin(email, "Admin", &password)?;
    let amounts = Amounts {
        assets: arguments.assets,
        albums: arguments.albums,
        people: arguments.people,
        faces: arguments.faces,
        users: arguments.users,
    };
    synthetic::fill(&library, admin.id, amounts, arguments.seed)?;
    library.close();
    drop(owned);
    crate::output::say(&format!(
        "{} assets, {} albums, {} people, {} faces, {} more users.",
        arguments.assets, arguments.albums, arguments.people, arguments.faces, arguments.users
    ));
    if arguments.admin_password.is_none() {
        crate::output::say(&format!("Sign in as {email} with the password {password}."));
    }
    Ok(ExitCode::SUCCESS)
}
