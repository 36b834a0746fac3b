//! `tintype outbox offer`: what was here before somebody began to follow a server is to go there, too.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::DecimalBytes;
use tintype_library::model::{Upstream, User};
use tintype_library::offer::Offer;
use tintype_library::{Library, LibraryError};
use tintype_server::following::Wish;

use crate::config::Config;
use crate::control::{Event, Listener, Request};
use crate::follower::{Follower, chosen, email_of};
use crate::reports::Offered;
use crate::{client, output};

/// What was counted is shown again for so many times as long as counting took: pages look often, and libraries are large.
const KEPT_TIMES: u32 = 50;

/// What there was to offer when somebody looked last. One entry for each upstream at most.
#[derive(Default)]
pub(crate) struct Offers {
    counted: Mutex<HashMap<i64, Counted>>,
}

struct Counted {
    offer: Offer,
    until: Instant,
}

impl Offers {
    /// What is only here, as of a moment ago.
    pub(crate) fn count(&self, library: &Library, upstream: &Upstream) -> Result<Offer, LibraryError> {
        let mut known = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = Instant::now();
        if let Some(counted) = known.get(&upstream.id).filter(|counted| begin < counted.until) {
            return Ok(counted.offer);
        }
        // Whoever else wants to know waits for this count.
        let offer = library.only_here(upstream.user_id)?;
        let until = Instant::now() + kept(begin.elapsed());
        known.insert(upstream.id, Counted { offer, until });
        Ok(offer)
    }

    /// It is another number now, or the upstream is followed no more.
    pub(crate) fn forget(&self, upstream: i64) {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).remove(&upstream);
    }
}

fn kept(took: Duration) -> Duration {
    took * KEPT_TIMES
}

/// All that is only here is to go up, and goes now if a node serves: before the first sync, once that knows what the
/// server has.
pub(crate) fn record(library: &Library, follower: &Follower, upstream: &Upstream) -> Result<Offer, LibraryError> {
    let offer = library.offer_all(upstream.user_id);
    follower.offers.forget(upstream.id);
    let offer = offer?;
    if !offer.is_empty() {
        follower.activities.wish(upstream, if upstream.synced_at.is_some() { Wish::Push } else { Wish::Sync });
    }
    Ok(offer)
}

pub(crate) fn run(config: &Config, user: Option<String>, is_dry: bool, json: bool) -> anyhow::Result<ExitCode> {
    client::run(config, &Request::OfferOutbox { user, is_dry }, &mut |event| {
        if let Event::Offered(offered) = event {
            output::say(&if json { serde_json::to_string(&offered)? } else { line(&offered) });
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Offers, or only counts, server by server.
pub(crate) fn offer(
    library: &Library,
    follower: &Follower,
    user: Option<&str>,
    is_dry: bool,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    for upstream in chosen(library, user)? {
        let Offer { photos, bytes, albums, stacks } = match is_dry {
            true => library.only_here(upstream.user_id)?,
            false => record(library, follower, &upstream)?,
        };
        let (user, address) = (email_of(library, &upstream)?, upstream.address);
        let was_synced = upstream.synced_at.is_some();
        tell(Event::Offered(Offered { user, address, photos, bytes, albums, stacks, is_dry, was_synced }))?;
    }
    Ok(())
}

/// What somebody who begins to follow may want to do next, if there is anything; `named` says who was meant.
pub(crate) fn hint(library: &Library, user: &User, named: Option<&str>) -> anyhow::Result<Option<String>> {
    let offer = library.only_here(user.id)?;
    let of = named.map(|_| format!(" --user {}", user.email)).unwrap_or_default();
    Ok((!offer.is_empty()).then(|| {
        format!("Here before: {}. After a sync, `tintype outbox offer{of}` sends what is only here.", words(&offer))
    }))
}

fn line(offered: &Offered) -> String {
    let Offered { user, address, photos, bytes, albums, stacks, is_dry, was_synced } = offered;
    let offer = Offer { photos: *photos, bytes: *bytes, albums: *albums, stacks: *stacks };
    if offer.is_empty() {
        return format!("{user}: nothing is only here; everything is on {address}, or waits to be sent");
    }
    let mut text = match is_dry {
        true => format!("{user}: only here: {}; without --dry-run they go to {address}", words(&offer)),
        false => format!(
            "{user}: will go to {address}: {}; a node that serves sends them now, else `tintype sync` does",
            words(&offer)
        ),
    };
    if !was_synced {
        text.push_str("\n  No sync has run yet: what the server has already is not sent again.");
    }
    text
}

/// `3 photos and videos (1.20 MB), 1 album, 2 stacks`.
fn words(offer: &Offer) -> String {
    let count = |number: u64, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{number} {many}")),
    };
    let photos = count(offer.photos, "photo or video", "photos and videos");
    let photos = photos.map(|photos| format!("{photos} ({})", DecimalBytes(offer.bytes)));
    let rest = [count(offer.albums, "album", "albums"), count(offer.stacks, "stack", "stacks")];
    photos.into_iter().chain(rest.into_iter().flatten()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_says_what_goes() {
        let offered = |photos, albums, stacks, is_dry, was_synced| {
            let (user, address) = ("ada@example.org".to_owned(), "http://there/api".to_owned());
            line(&Offered { user, address, photos, bytes: photos * 400_000, albums, stacks, is_dry, was_synced })
        };
        for (line, said) in [
            (
                offered(3, 1, 2, false, true),
                "ada@example.org: will go to http://there/api: 3 photos and videos (1.20 MB), 1 album, 2 stacks; a node \
                 that serves sends them now, else `tintype sync` does",
            ),
            (
                offered(1, 0, 0, true, false),
                "ada@example.org: only here: 1 photo or video (400.00 kB); without --dry-run they go to \
                 http://there/api\n  No sync has run yet: what the server has already is not sent again.",
            ),
            (
                offered(0, 2, 0, true, true),
                "ada@example.org: only here: 2 albums; without --dry-run they go to http://there/api",
            ),
            (
                offered(0, 0, 0, false, false),
                "ada@example.org: nothing is only here; everything is on http://there/api, or waits to be sent",
            ),
        ] {
            assert_eq!(line, said);
        }
    }

    #[test]
    fn what_took_long_is_counted_less_often() {
        assert_eq!(kept(Duration::from_millis(2)), Duration::from_millis(100));
        assert_eq!(kept(Duration::from_secs(2)), Duration::from_secs(100));
    }
}
