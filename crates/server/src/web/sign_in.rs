//! Signing in and out, and the first account. Plain forms: they work without scripts.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use serde::Deserialize;
use tintype_library::LibraryError;

use super::page::{Page, Section, icon, show};
use super::visitor::{HOME, Visitor, next_or_home};
use crate::app::App;
use crate::authorize::caller_if_any;
use crate::body::Input;
use crate::error::ApiError;
use crate::params::Params;
use crate::{cookies, device};

/// Shortest password of a first account, as for changed ones.
const MIN_PASSWORD: usize = 8;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(start))
        .route("/login", get(form).post(sign_in))
        .route("/welcome", get(welcome).post(sign_up))
        .route("/sign-out", post(sign_out))
}

async fn start(State(app): State<App>, headers: HeaderMap) -> Redirect {
    Redirect::to(if caller_if_any(&app, &headers).await.is_some() { HOME } else { "/login" })
}

/// Whether somebody can sign in at all. When the library cannot say, the sign-in form is the safe answer.
async fn has_accounts(app: &App) -> bool {
    app.run(|library| library.is_initialized()).await.unwrap_or(true)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Credentials {
    email: String,
    password: String,
    next: Option<String>,
}

async fn form(State(app): State<App>, headers: HeaderMap, params: Params) -> Response {
    if !has_accounts(&app).await {
        return Redirect::to("/welcome").into_response();
    }
    let next = next_or_home(params.get("next"));
    if caller_if_any(&app, &headers).await.is_some() {
        return Redirect::to(next).into_response();
    }
    show(sign_in_page("", next, None)).into_response()
}

async fn sign_in(State(app): State<App>, headers: HeaderMap, Input(form): Input<Credentials>) -> Response {
    let device = device::device(&headers);
    let next = next_or_home(form.next.as_deref()).to_owned();
    let (email, password) = (form.email.trim().to_owned(), form.password);
    let typed = email.clone();
    match app.run_password(move |library| library.login(&email, &password, device)).await {
        Ok((_, token)) => enter(&headers, &token, &next),
        Err(error) => {
            let (status, text) = refusal(&error);
            (status, Html(sign_in_page(&typed, &next, Some(text)).into_string())).into_response()
        }
    }
}

fn refusal(error: &ApiError) -> (StatusCode, &'static str) {
    match error {
        ApiError::Library(LibraryError::Unauthenticated(_) | LibraryError::Invalid(_)) | ApiError::Validation(_) => {
            (StatusCode::UNAUTHORIZED, "That e-mail address and password do not belong together.")
        }
        error => {
            tracing::error!(error = error as &dyn std::error::Error, "a sign-in failed");
            (StatusCode::INTERNAL_SERVER_ERROR, "The server ran into a fault. Try again in a moment.")
        }
    }
}

/// Sets the cookies and goes on.
fn enter(headers: &HeaderMap, token: &str, next: &str) -> Response {
    let mut response = Redirect::to(next).into_response();
    cookies::log_in(response.headers_mut(), token, cookies::is_secure(headers));
    response
}

async fn sign_out(State(app): State<App>, visitor: Visitor) -> Response {
    if let Some(session) = visitor.session.as_ref().map(|session| session.id)
        && let Err(error) = app.run(move |library| library.end_session(session)).await
    {
        tracing::error!(error = &error as &dyn std::error::Error, "a session could not be ended");
    }
    let mut response = Redirect::to("/login").into_response();
    cookies::log_out(response.headers_mut());
    response
}

fn sign_in_page(email: &str, next: &str, problem: Option<&str>) -> Markup {
    let body = html! {
        form.card method="post" action="/login" {
            (masthead("Your photos, in your own hands."))
            @if let Some(problem) = problem { p.problem role="alert" { (icon("warning")) span { (problem) } } }
            input type="hidden" name="next" value=(next);
            (field("E-mail address", "email", "email", email, "username", email.is_empty()))
            (field("Password", "password", "password", "", "current-password", !email.is_empty()))
            button.button.primary type="submit" { "Sign in" }
        }
    };
    Page::new("Sign in", Section::None).plain(&body)
}

fn masthead(line: &str) -> Markup {
    html! {
        div.masthead { (icon("plate")) h1 { "Tintype" } p { (line) } }
    }
}

fn field(label: &str, name: &str, kind: &str, value: &str, autocomplete: &str, focus: bool) -> Markup {
    html! {
        label.field {
            span { (label) }
            input type=(kind) name=(name) value=(value) autocomplete=(autocomplete) autofocus[focus] required;
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FirstAccount {
    name: String,
    email: String,
    password: String,
}

async fn welcome(State(app): State<App>) -> Response {
    if has_accounts(&app).await {
        return Redirect::to("/login").into_response();
    }
    show(welcome_page(&FirstAccount::default(), None)).into_response()
}

async fn sign_up(State(app): State<App>, headers: HeaderMap, Input(form): Input<FirstAccount>) -> Response {
    if has_accounts(&app).await {
        return Redirect::to("/login").into_response();
    }
    if let Some(problem) = problem_of(&form) {
        return (StatusCode::BAD_REQUEST, Html(welcome_page(&form, Some(&problem)).into_string())).into_response();
    }
    let device = device::device(&headers);
    let (email, name, password) = (form.email.trim().to_owned(), form.name.trim().to_owned(), form.password.clone());
    let made = app.run_password(move |library| {
        library.sign_up_admin(&email, &name, &password)?;
        library.login(&email, &password, device)
    });
    match made.await {
        Ok((_, token)) => enter(&headers, &token, HOME),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the first account could not be made");
            let problem = Some("The account could not be made. Look at the server's log for the reason.");
            (StatusCode::BAD_REQUEST, Html(welcome_page(&form, problem).into_string())).into_response()
        }
    }
}

fn problem_of(form: &FirstAccount) -> Option<String> {
    let email = form.email.trim();
    let is_email = email.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty());
    if form.name.trim().is_empty() {
        Some("Tell Tintype your name.".to_owned())
    } else if !is_email || email.contains(char::is_whitespace) {
        Some("That is not an e-mail address.".to_owned())
    } else if form.password.chars().count() < MIN_PASSWORD {
        Some(format!("The password needs at least {MIN_PASSWORD} characters."))
    } else {
        None
    }
}

fn welcome_page(form: &FirstAccount, problem: Option<&str>) -> Markup {
    let body = html! {
        form.card method="post" action="/welcome" {
            (masthead("Welcome. The first account runs this server."))
            @if let Some(problem) = problem { p.problem role="alert" { (icon("warning")) span { (problem) } } }
            (field("Your name", "name", "text", &form.name, "name", true))
            (field("E-mail address", "email", "email", &form.email, "username", false))
            label.field {
                span { "Password" }
                input type="password" name="password" autocomplete="new-password" minlength=(MIN_PASSWORD) required
                    aria-describedby="password-hint";
            }
            p.hint id="password-hint" { "At least " (MIN_PASSWORD) " characters. There is no way to look it up later." }
            button.button.primary type="submit" { "Create account" }
        }
    };
    Page::new("Welcome", Section::None).plain(&body)
}
