//! Beginning to follow a server.

use maud::{Markup, html};
use tintype_library::model::{Upstream, UpstreamMode};

use crate::following::About;
use crate::web::page::{Page, Section, icon};
use crate::web::timeline::heading;
use crate::web::visitor::Visitor;

/// What was typed, but for what is secret, and why that was not enough.
pub(super) struct Refused {
    pub(super) address: String,
    pub(super) email: String,
    pub(super) is_key: bool,
    pub(super) about: About,
    pub(super) text: String,
}

/// For those who follow nobody.
pub(super) fn page(visitor: &Visitor, refused: Option<&Refused>) -> Markup {
    let body = html! {
        (heading("Follow a server", &html! {}))
        p.under-heading {
            "Your photos on an Immich server, or on another Tintype, come here, with albums and people. What you change \
             here goes there. Without a connection both sides work on, and agree afterwards."
        }
        div.sync {
            section.panel aria-labelledby="follow-title" {
                h2 id="follow-title" { "Sign in there" }
                (form(visitor, refused.filter(|refused| !refused.is_key), false))
            }
            details.panel.other open[refused.is_some_and(|refused| refused.is_key)] {
                summary { "With an API key instead" }
                p.hint {
                    "Servers do not tell programs with a key what has changed, so everything is searched for each time: slower, \
                     and without people and memories. Sign in with your password where you can."
                }
                (form(visitor, refused.filter(|refused| refused.is_key), true))
            }
        }
    };
    Page::new("Follow a server", Section::Sync).script("sync.js").body(visitor, &body)
}

fn form(visitor: &Visitor, refused: Option<&Refused>, is_key: bool) -> Markup {
    let address = refused.map_or("", |refused| &refused.address);
    let email = refused.map_or(&*visitor.user.email, |refused| &refused.email);
    html! {
        form.stack.follow method="post" action="/sync/follow" {
            label.field {
                span { "Address of the server" }
                input name="address" value=(address) placeholder="photos.example.org" autocomplete="url" required
                    autocapitalize="none" spellcheck="false";
            }
            (problem(refused, About::Address))
            @if is_key {
                label.field { span { "API key" } input type="password" name="key" autocomplete="off" required; }
            } @else {
                label.field { span { "E-mail address there" } input type="email" name="email" value=(email) autocomplete="off" required; }
                label.field { span { "Password there" } input type="password" name="password" autocomplete="off" required; }
            }
            (problem(refused, About::Credentials))
            (problem(refused, About::Else))
            button.button.primary type="submit" { (icon("sync")) span { "Follow this server" } }
        }
    }
}

/// For those whose session there has ended.
pub(super) fn again(upstream: &Upstream, refused: Option<&Refused>) -> Markup {
    html! {
        section.panel aria-labelledby="again-title" {
            h2 id="again-title" { "Sign in there again" }
            form.stack.follow method="post" action="/sync/follow" {
                input type="hidden" name="address" value=(upstream.address);
                input type="hidden" name="email" value=(upstream.email);
                (problem(refused, About::Address))
                @match upstream.mode {
                    UpstreamMode::Stream => label.field {
                        span { "Password of " (upstream.email) " there" }
                        input type="password" name="password" autocomplete="off" required;
                    },
                    UpstreamMode::Search => label.field {
                        span { "API key of " (upstream.email) " there" }
                        input type="password" name="key" autocomplete="off" required;
                    },
                }
                (problem(refused, About::Credentials))
                (problem(refused, About::Else))
                button.button.primary type="submit" { "Sign in" }
            }
        }
    }
}

/// Where a script, or the server, says what is wrong.
fn problem(refused: Option<&Refused>, about: About) -> Markup {
    let text = refused.filter(|refused| refused.about == about).map(|refused| refused.text.as_str());
    html! { p.problem role="alert" data-about=(about.as_str()) hidden[text.is_none()] { (text.unwrap_or_default()) } }
}
