//! From what a person typed to addresses that may be meant.

use std::net::IpAddr;

use crate::error::ClientError;

/// Addresses to try for `typed`, without a slash at the end, the likeliest first.
///
/// Without a scheme it is https, and plain http only for machines nearby: a password must not go through the internet
/// in clear because somebody was short of words.
pub(crate) fn candidates(typed: &str) -> Result<Vec<String>, ClientError> {
    let text = typed.trim();
    let invalid = || ClientError::Address { typed: typed.to_owned() };
    if text.contains(char::is_whitespace) {
        return Err(invalid());
    }
    let (schemes, rest): (&[&str], &str) = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (&["https"], rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (&["http"], rest),
        Some(_) => return Err(invalid()),
        None if is_nearby(host(text)) => (&["https", "http"], text),
        None => (&["https"], text),
    };
    let rest = rest.trim_end_matches('/');
    if host(rest).is_empty() || rest.contains('@') || rest.contains(['?', '#']) {
        return Err(invalid());
    }
    Ok(schemes.iter().map(|scheme| format!("{scheme}://{rest}")).collect())
}

/// The host of `host:port/path`.
fn host(rest: &str) -> &str {
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Whether a host can only be in the same network: this machine, a private address, a name without dots.
fn is_nearby(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        Err(_) => {
            !host.contains('.') || host.ends_with(".local") || host.ends_with(".lan") || host.ends_with(".home.arpa")
        }
    }
}

/// Whether an address is on this machine, where compressing costs more than it saves.
pub(crate) fn is_loopback(address: &str) -> bool {
    let host = host(address.split_once("://").map_or(address, |(_, rest)| rest));
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Where the API of a server at `base` may be: below `/api`, or at `base` itself.
pub(crate) fn api_addresses(base: &str) -> Vec<String> {
    if base.ends_with("/api") { vec![base.to_owned()] } else { vec![format!("{base}/api"), base.to_owned()] }
}

/// Where `/.well-known/immich` of a server at `base` says that the API is: an address, or a path on the same server.
pub(crate) fn endpoint(base: &str, said: &str) -> String {
    let said = said.trim_end_matches('/');
    if said.contains("://") {
        return said.to_owned();
    }
    format!("{base}/{}", said.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_is_guessed_with_care() {
        let guess = |typed: &str| candidates(typed).unwrap();
        assert_eq!(guess("photos.example.org"), ["https://photos.example.org"]);
        assert_eq!(guess(" https://photos.example.org/immich/ "), ["https://photos.example.org/immich"]);
        assert_eq!(guess("HTTP://photos.example.org"), ["http://photos.example.org"]);
        assert_eq!(guess("nas:2283"), ["https://nas:2283", "http://nas:2283"]);
        assert_eq!(guess("192.168.1.4:2283").len(), 2);
        assert_eq!(guess("[fd00::1]:2283").len(), 2);
        assert_eq!(guess("8.8.8.8").len(), 1);
        assert_eq!(guess("nas.local").len(), 2);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for typed in ["", "  ", "ftp://nas", "a b", "https://", "https://ada:secret@nas", "nas?x=1", "nas/#a"] {
            assert!(matches!(candidates(typed), Err(ClientError::Address { .. })), "{typed}");
        }
    }

    #[test]
    fn an_api_is_looked_for_where_it_may_be() {
        assert_eq!(api_addresses("https://a/x"), ["https://a/x/api", "https://a/x"]);
        assert_eq!(api_addresses("https://a/api"), ["https://a/api"]);
        assert_eq!(endpoint("https://a", "/api"), "https://a/api");
        assert_eq!(endpoint("https://a", "https://b/api/"), "https://b/api");
        assert!(
            is_loopback("http://127.0.0.1:2283/api") && is_loopback("http://localhost") && !is_loopback("https://a")
        );
    }
}
