//! The cookies that keep a browser, and the phone app, logged in.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};

/// Carries the session token.
pub(crate) const ACCESS_TOKEN: &str = "immich_access_token";
/// How the session began.
const AUTH_TYPE: &str = "immich_auth_type";
/// Readable by scripts: whether there is a session.
const IS_AUTHENTICATED: &str = "immich_is_authenticated";
/// Tokens of shared links whose password was given, joined by commas.
pub(crate) const LINK_TOKENS: &str = "immich_shared_link_token";
/// How long a guest need not give the password again.
const LINK_SECONDS: i64 = 24 * 3_600;
/// Most tokens kept: those given last.
const LINKS_KEPT: usize = 20;
/// Browsers keep cookies for 400 days at most.
const MAX_AGE_SECONDS: i64 = 400 * 24 * 3_600;

/// The value of a cookie.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// Sets the cookies of a login.
pub(crate) fn log_in(headers: &mut HeaderMap, token: &str, is_secure: bool) {
    let until = Timestamp::now() + SignedDuration::from_secs(MAX_AGE_SECONDS);
    let secure = if is_secure { "; Secure" } else { "" };
    for (name, value, hidden) in
        [(ACCESS_TOKEN, token, "; HttpOnly"), (AUTH_TYPE, "password", "; HttpOnly"), (IS_AUTHENTICATED, "true", "")]
    {
        let expires = until.strftime("%a, %d %b %Y %H:%M:%S GMT");
        append(
            headers,
            &format!(
                "{name}={value}; Max-Age={MAX_AGE_SECONDS}; Path=/; Expires={expires}{hidden}{secure}; SameSite=Lax"
            ),
        );
    }
}

/// Takes the cookies of a login back.
pub(crate) fn log_out(headers: &mut HeaderMap) {
    for name in [ACCESS_TOKEN, AUTH_TYPE, IS_AUTHENTICATED] {
        append(headers, &format!("{name}=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"));
    }
}

/// Adds the token of a shared link to those that the browser has.
pub(crate) fn let_in(headers: &mut HeaderMap, known: Option<&str>, token: &str, is_secure: bool) {
    let secure = if is_secure { "; Secure" } else { "" };
    let others = known.into_iter().flat_map(|tokens| tokens.split(',')).filter(|other| *other != token);
    let tokens: Vec<&str> = std::iter::once(token).chain(others).take(LINKS_KEPT).collect();
    let tokens = tokens.join(",");
    append(headers, &format!("{LINK_TOKENS}={tokens}; Max-Age={LINK_SECONDS}; Path=/; HttpOnly{secure}; SameSite=Lax"));
}

fn append(headers: &mut HeaderMap, cookie: &str) {
    // Tokens consist of letters and digits, so this holds for every cookie of ours.
    if let Ok(value) = HeaderValue::from_str(cookie) {
        headers.append(SET_COOKIE, value);
    }
}

/// Whether the client's side of the connection is encrypted, by the word of a proxy in front.
pub(crate) fn is_secure(headers: &HeaderMap) -> bool {
    headers
        .get("x-forwarded-proto")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|proto| proto.starts_with("https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; immich_access_token=abc=; b=2"));
        headers.append(COOKIE, HeaderValue::from_static("c=3"));
        assert_eq!(cookie(&headers, ACCESS_TOKEN), Some("abc="));
        assert_eq!(cookie(&headers, "c"), Some("3"));
        assert_eq!(cookie(&headers, "immich_access"), None);
    }
}
