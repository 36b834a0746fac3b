//! Accounts, for admins.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use tintype_library::model::User;

use super::page::{Page, Section, icon, show};
use super::text::bytes;
use super::timeline::{heading, or_notice};
use super::visitor::{Admin, Visitor};
use crate::app::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/users", get(users))
}

async fn users(State(app): State<App>, Admin(visitor): Admin) -> Response {
    let found = app.run(|library| library.users(true)).await;
    or_notice(&visitor, found.map(|users| show(page(&visitor, &users))))
}

fn page(visitor: &Visitor, users: &[User]) -> Markup {
    let create = html! {
        button.button.primary type="button" data-create-user { (icon("plus")) span { "New user" } }
    };
    let body = html! {
        (heading("Users", &create))
        p.under-heading { "Everybody has a library of their own." }
        ul.rows id="users" { @for user in users { (row(user)) } }
    };
    Page::new("Users", Section::Users).script("users.js").body(visitor, &body)
}

fn row(user: &User) -> Markup {
    let used = bytes(u64::try_from(user.usage_bytes).unwrap_or(0));
    let quota = user.quota_bytes.and_then(|quota| u64::try_from(quota).ok());
    html! {
        li.row {
            span.initial aria-hidden="true" { (user.name.chars().next().unwrap_or('?').to_uppercase()) }
            div.row-text { strong { (user.name) } span { (user.email) } }
            span.row-fact {
                (used)
                @if let Some(quota) = quota { " of " (bytes(quota)) }
            }
            @if user.is_admin { span.tag { "Admin" } }
            @if user.deleted_at.is_some() { span.tag.bad { "Being deleted" } }
        }
    }
}
