//! What the pages about following need: [`Following`], as the commands do it.

use tintype_client::{ClientError, Refusal};
use tintype_library::model::{Upstream, User};
use tintype_library::offer::Offer;
use tintype_library::{Disposition, Library, LibraryError};
use tintype_server::following::{About, Activity, Credentials, FollowError, Following, Wish};

use crate::follower::Follower;
use crate::{control, linking, offer};

impl Following for Follower {
    fn begin(
        &self,
        library: &Library,
        user: &User,
        address: &str,
        credentials: &Credentials,
    ) -> Result<(), FollowError> {
        let (credentials, is_key) = match credentials.clone() {
            Credentials::Password { email, password } => (control::Credentials::Password { email, password }, false),
            Credentials::Key(key) => (control::Credentials::Key { key }, true),
        };
        linking::begin(library, self, user, address, &credentials).map(drop).map_err(|error| refusal(&error, is_key))
    }

    fn end(&self, library: &Library, user: &User) -> Result<Option<String>, FollowError> {
        let ended = linking::end(library, self, user, true).map_err(|error| refusal(&error, false))?;
        Ok(ended.note())
    }

    fn wish(&self, upstream: &Upstream, wish: Wish) {
        self.activities.wish(upstream, wish);
    }

    fn only_here(&self, library: &Library, upstream: &Upstream) -> Result<Offer, LibraryError> {
        self.offers.count(library, upstream)
    }

    fn offer(&self, library: &Library, upstream: &Upstream) -> Result<Offer, LibraryError> {
        offer::record(library, self, upstream)
    }

    fn activity(&self, upstream: &Upstream) -> Activity {
        self.activities.of(upstream)
    }
}

/// Why it was refused, in words for whoever typed it.
fn refusal(error: &anyhow::Error, is_key: bool) -> FollowError {
    let (about, text) = match error.chain().find_map(|cause| cause.downcast_ref::<ClientError>()) {
        Some(ClientError::Address { typed }) => {
            let text =
                format!("“{typed}” is no address. Something like photos.example.org or http://192.168.1.4:2283 is.");
            (About::Address, text)
        }
        Some(ClientError::NoServer { tried, .. }) => {
            (About::Address, format!("No Immich-compatible server answers at {tried}."))
        }
        Some(ClientError::Unreachable { .. } | ClientError::Answer { .. }) => {
            (About::Address, format!("The server does not answer as it should: {error:#}"))
        }
        Some(ClientError::Refused { refusal: Refusal::Unauthenticated(_), .. }) if is_key => {
            (About::Credentials, "The server does not know this key.".to_owned())
        }
        Some(ClientError::Refused { refusal: Refusal::Unauthenticated(_), .. }) => {
            (About::Credentials, "The server does not know this e-mail address with this password.".to_owned())
        }
        Some(ClientError::Refused { refusal: refusal @ Refusal::MissingPermission(_), .. }) => {
            (About::Credentials, refusal.to_string())
        }
        Some(_) => (About::Else, format!("{error:#}")),
        None => (About::Else, of_library(error)),
    };
    FollowError { about, text }
}

/// What is no affair of the server; what went wrong inside is for the log only.
fn of_library(error: &anyhow::Error) -> String {
    match error.downcast_ref::<LibraryError>() {
        Some(inner) if inner.disposition() != Disposition::Permanent => {
            tracing::error!("following could not be begun or ended: {error:#}");
            "This server ran into a fault. Try again in a moment.".to_owned()
        }
        _ => format!("{error:#}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_shown_where_they_belong() {
        let refused = |refusal| ClientError::Refused { refusal, retry_after: None };
        let unknown = || refused(Refusal::Unauthenticated("no".to_owned()));
        let invalid = LibraryError::invalid("another user follows it already");
        for (error, is_key, about, words) in [
            (ClientError::Address { typed: "a b".to_owned() }.into(), false, About::Address, "“a b” is no address"),
            (
                ClientError::NoServer { tried: "https://a.example".to_owned(), source: None }.into(),
                false,
                About::Address,
                "answers at https://a.example",
            ),
            (unknown().into(), false, About::Credentials, "this password"),
            (unknown().into(), true, About::Credentials, "this key"),
            (
                refused(Refusal::MissingPermission("asset.read".to_owned())).into(),
                true,
                About::Credentials,
                "asset.read",
            ),
            (ClientError::Truncated.into(), false, About::Else, "ended"),
            (anyhow::Error::from(invalid), false, About::Else, "another user"),
        ] {
            let refused = refusal(&error, is_key);
            assert_eq!(refused.about, about, "{}", refused.text);
            assert!(refused.text.contains(words), "{}", refused.text);
        }
    }
}
