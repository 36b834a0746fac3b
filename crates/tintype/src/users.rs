//! `tintype user`: accounts.

use std::process::ExitCode;

use anyhow::Context as _;
use tintype_library::Library;
use tintype_library::clock::SystemEntropy;
use tintype_library::secrets::new_secret;
use tintype_library::users::{NewUser, UserChange};

use crate::arguments::UserCommand;
use crate::client;
use crate::config::Config;
use crate::control::{Event, Listener, Request};

/// Characters of a generated password.
const PASSWORD_LENGTH: usize = 16;

pub(crate) fn run(config: &Config, command: &UserCommand) -> anyhow::Result<ExitCode> {
    let request = match command {
        UserCommand::List => Request::ListUsers,
        UserCommand::Add { email, name, admin } => {
            Request::AddUser { email: email.clone(), name: name.clone(), admin: *admin }
        }
        UserCommand::Password { email } => Request::SetPassword { email: email.clone() },
    };
    client::run(config, &request, &mut client::print)?;
    Ok(ExitCode::SUCCESS)
}

/// A password that can be read from a screen and typed.
pub(crate) fn generate_password() -> String {
    new_secret(&SystemEntropy).chars().filter(|c| !"0O1lI".contains(*c)).take(PASSWORD_LENGTH).collect()
}

pub(crate) fn list(library: &Library, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    for user in library.users(true)? {
        let role = if user.is_admin { "admin" } else { "user" };
        let state = if user.deleted_at.is_some() { ", deleted" } else { "" };
        tell(Event::Say { text: format!("{}  {}  ({role}{state})", user.email, user.name) })?;
    }
    Ok(())
}

pub(crate) fn add(
    library: &Library,
    email: &str,
    name: Option<&str>,
    is_admin: bool,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let (local, domain) = email.split_once('@').context("that is no e-mail address: it has no @")?;
    anyhow::ensure!(!local.is_empty() && !domain.is_empty(), "{email} is no e-mail address");
    let password = generate_password();
    let new = NewUser {
        email: email.to_owned(),
        name: name.unwrap_or(local).to_owned(),
        password: password.clone(),
        is_admin,
        should_change_password: true,
        ..NewUser::default()
    };
    let user = library.create_user(&new)?;
    tell(Event::Say { text: format!("{} can sign in with the password {password}", user.email) })
}

pub(crate) fn set_password(library: &Library, email: &str, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    let user = library.user_by_email(email)?.with_context(|| format!("nobody has the e-mail {email}"))?;
    let password = generate_password();
    let change =
        UserChange { password: Some(password.clone()), should_change_password: Some(true), ..UserChange::default() };
    library.update_user(user.id, change)?;
    library.end_other_sessions(user.id, None)?;
    tell(Event::Say { text: format!("{} can sign in with the password {password}; all sessions ended", user.email) })
}
