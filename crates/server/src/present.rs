//! From rows to bodies, in the shape of the generation that the server speaks.

mod album;
mod asset;
mod notification;
mod person;
mod user;

pub(crate) use album::album;
pub(crate) use asset::{AssetPresenter, Surroundings, duration, tag};
pub(crate) use notification::notification;
pub(crate) use person::{face, on_asset, person};
pub(crate) use user::{admin_view, api_key, session, user};
