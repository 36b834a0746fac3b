//! What is only here, as it was here before the server was followed.

use maud::{Markup, html};
use tintype_library::offer::Offer;

use super::view::View;
use crate::web::page::icon;
use crate::web::text::{bytes, count};

/// A quiet line, if there is anything.
pub(super) fn line(view: &View) -> Markup {
    let Some(words) = words(&view.offer) else { return html! {} };
    let is_one = view.offer.photos + view.offer.albums + view.offer.stacks == 1;
    html! {
        form.offer method="post" action="/sync/offer" {
            (icon("upload"))
            p {
                (words) (if is_one { " is only here." } else { " are only here." })
                @if view.offer.bytes > 0 { " " span { (bytes(view.offer.bytes)) } }
            }
            button.button type="submit" { (if is_one { "Send it" } else { "Send them" }) }
        }
    }
}

/// `3 photos, 1 album and 2 stacks`; nothing for nothing.
pub(super) fn words(offer: &Offer) -> Option<String> {
    let known =
        [(offer.photos, "photo", "photos"), (offer.albums, "album", "albums"), (offer.stacks, "stack", "stacks")];
    let mut words: Vec<String> = known
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| count(number, one, many))
        .collect();
    let last = words.pop()?;
    Some(if words.is_empty() { last } else { format!("{} and {last}", words.join(", ")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_is_named() {
        let offer = |photos, albums, stacks| words(&Offer { photos, bytes: photos * 1_000, albums, stacks });
        for (offer, said) in [
            (offer(0, 0, 0), None),
            (offer(1, 0, 0), Some("1 photo")),
            (offer(12_345, 1, 0), Some("12,345 photos and 1 album")),
            (offer(2, 3, 1), Some("2 photos, 3 albums and 1 stack")),
        ] {
            assert_eq!(offer.as_deref(), said);
        }
    }
}
