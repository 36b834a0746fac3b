//! One's own account: name, password, sessions, API keys.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use tintype_library::model::{ApiKey, Session, Upstream};
use tintype_protocol::time::Timestamp;

use super::page::{Page, Section, icon, show};
use super::text::{day, machine_time};
use super::timeline::{heading, or_notice};
use super::visitor::Visitor;
use crate::app::App;

/// Permissions named beside a key before the rest is only counted.
const PERMISSIONS_SHOWN: usize = 4;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/account", get(account))
}

async fn account(State(app): State<App>, visitor: Visitor) -> Response {
    let id = visitor.user.id;
    let can_follow = app.following().is_some();
    let found =
        app.run(move |library| Ok((library.sessions(id)?, library.api_keys(id)?, library.upstream_of(id)?))).await;
    let shown = found.map(|(sessions, keys, upstream)| {
        let upstream = html! { @if can_follow { (followed(upstream.as_ref())) } };
        show(page(&visitor, &sessions, &keys, &upstream))
    });
    or_notice(&visitor, shown)
}

fn page(visitor: &Visitor, sessions: &[Session], keys: &[ApiKey], followed: &Markup) -> Markup {
    let body = html! {
        (heading("Account", &html! {}))
        div.panels {
            (profile(visitor))
            (password())
            (followed)
            (session_list(visitor, sessions))
            (key_list(keys))
        }
    };
    Page::new("Account", Section::Account).script("account.js").body(visitor, &body)
}

fn profile(visitor: &Visitor) -> Markup {
    html! {
        section.panel aria-labelledby="profile-title" {
            h2 id="profile-title" { "You" }
            form.stack id="profile" {
                label.field { span { "Name" } input name="name" value=(visitor.user.name) autocomplete="name" required; }
                label.field { span { "E-mail address" } input type="email" name="email" value=(visitor.user.email) autocomplete="email" required; }
                p.problem role="alert" hidden {}
                button.button type="submit" { "Save" }
            }
        }
    }
}

fn password() -> Markup {
    html! {
        section.panel aria-labelledby="password-title" {
            h2 id="password-title" { "Password" }
            form.stack id="password" {
                label.field {
                    span { "Current password" }
                    input type="password" name="password" autocomplete="current-password" required;
                }
                label.field {
                    span { "New password" }
                    input type="password" name="newPassword" autocomplete="new-password" minlength="8" required
                        aria-describedby="new-password-hint";
                }
                p.hint id="new-password-hint" { "At least 8 characters. Everywhere else you will be signed out." }
                p.problem role="alert" hidden {}
                button.button type="submit" { "Change password" }
            }
        }
    }
}

/// The way to the page about the server that one follows.
fn followed(upstream: Option<&Upstream>) -> Markup {
    html! {
        section.panel.wide aria-labelledby="upstream-title" {
            div.panel-title {
                h2 id="upstream-title" { "Another server" }
                a.button href="/sync" {
                    (icon("sync"))
                    span { @if upstream.is_some() { "Show sync" } @else { "Follow a server" } }
                }
            }
            p.hint {
                @match upstream {
                    Some(upstream) => { "You follow " (upstream.address) " as " (upstream.email) "." },
                    None => "Your photos on an Immich server, or on another Tintype, can be here as well: what changes on one side comes to the other.",
                }
            }
        }
    }
}

fn time(at: Timestamp) -> Markup {
    html! { time datetime=(machine_time(at)) { (day(at)) } }
}

/// `Chrome on Linux`, or what little is known.
fn device(session: &Session) -> String {
    match (session.device_type.as_str(), session.device_os.as_str()) {
        ("", "") => "Unknown device".to_owned(),
        (kind, "") => kind.to_owned(),
        ("", os) => os.to_owned(),
        (kind, os) => format!("{kind} on {os}"),
    }
}

fn session_list(visitor: &Visitor, sessions: &[Session]) -> Markup {
    let current = visitor.session.as_ref().map(|session| session.id);
    let others = sessions.iter().filter(|session| Some(session.id) != current).count();
    html! {
        section.panel.wide aria-labelledby="sessions-title" {
            div.panel-title {
                h2 id="sessions-title" { "Where you are signed in" }
                @if others > 0 { button.button type="button" data-end-others { "End all others" } }
            }
            ul.rows id="sessions" {
                @for session in sessions {
                    li.row data-session=(session.id) {
                        (icon("device"))
                        div.row-text {
                            strong {
                                (device(session))
                                @if let Some(version) = &session.app_version { " · app " (version) }
                            }
                            span { "Since " (time(session.created_at)) ", last used " (time(session.updated_at)) }
                        }
                        @if Some(session.id) == current {
                            span.tag { "This one" }
                        } @else {
                            button.button type="button" data-end-session aria-label=(format!("End {}", device(session))) { "End" }
                        }
                    }
                }
            }
        }
    }
}

fn key_list(keys: &[ApiKey]) -> Markup {
    html! {
        section.panel.wide aria-labelledby="keys-title" {
            div.panel-title {
                h2 id="keys-title" { "API keys" }
                button.button type="button" data-create-key { (icon("plus")) span { "New key" } }
            }
            p.hint { "Programs such as the command line client sign in with a key." }
            ul.rows id="keys" {
                @if keys.is_empty() { li.nothing { "There are no keys." } }
                @for key in keys {
                    li.row data-key=(key.id) {
                        (icon("key"))
                        div.row-text {
                            strong { (key.name) }
                            span { "Made " (time(key.created_at)) " · " (permissions(key)) }
                        }
                        button.button type="button" data-delete-key aria-label=(format!("Delete the key {}", key.name)) { "Delete" }
                    }
                }
            }
        }
    }
}

fn permissions(key: &ApiKey) -> String {
    let names: Vec<String> = key.permissions.iter().take(PERMISSIONS_SHOWN).map(ToString::to_string).collect();
    let rest = key.permissions.len().saturating_sub(PERMISSIONS_SHOWN);
    if names == ["all"] {
        "may do everything".to_owned()
    } else if rest > 0 {
        format!("{} and {rest} more", names.join(", "))
    } else {
        names.join(", ")
    }
}
