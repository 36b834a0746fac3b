//! The endpoints, one file per family.

mod activities;
mod admin_users;
mod album_users;
mod albums;
mod api_keys;
mod assets;
mod auth;
mod download;
mod edits;
mod explore;
mod faces;
mod jobs;
mod legacy;
mod libraries;
mod licenses;
mod map;
mod media;
mod memories;
mod metadata;
mod notifications;
mod ocr;
mod partners;
mod people;
mod preferences;
mod profile_images;
mod search;
mod server;
mod sessions;
mod shared_links;
mod singular;
mod stacks;
mod sync;
mod system;
mod tags;
mod timeline;
mod trash;
mod upload;
mod users;

use crate::routes::Routes;
pub(crate) use server::reported_version;

/// Every operation.
pub(crate) fn routes(routes: Routes) -> Routes {
    let routes = server::routes(routes);
    let routes = system::routes(routes);
    let routes = auth::routes(routes);
    let routes = users::routes(routes);
    let routes = profile_images::routes(routes);
    let routes = licenses::routes(routes);
    let routes = preferences::routes(routes);
    let routes = admin_users::routes(routes);
    let routes = api_keys::routes(routes);
    let routes = sessions::routes(routes);
    let routes = upload::routes(routes);
    let routes = assets::routes(routes);
    let routes = metadata::routes(routes);
    let routes = media::routes(routes);
    let routes = trash::routes(routes);
    let routes = albums::routes(routes);
    let routes = album_users::routes(routes);
    let routes = activities::routes(routes);
    let routes = shared_links::routes(routes);
    let routes = partners::routes(routes);
    let routes = stacks::routes(routes);
    let routes = tags::routes(routes);
    let routes = edits::routes(routes);
    let routes = notifications::routes(routes);
    let routes = memories::routes(routes);
    let routes = people::routes(routes);
    let routes = faces::routes(routes);
    let routes = ocr::routes(routes);
    let routes = timeline::routes(routes);
    let routes = search::routes(routes);
    let routes = explore::routes(routes);
    let routes = map::routes(routes);
    let routes = download::routes(routes);
    let routes = jobs::routes(routes);
    let routes = legacy::routes(routes);
    let routes = libraries::routes(routes);
    let routes = singular::routes(routes);
    sync::routes(routes)
}
