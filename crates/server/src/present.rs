//! From rows to bodies, in the shape of the generation that the server speaks.

mod album;
mod asset;
mod user;

pub(crate) use album::album;
pub(crate) use asset::{AssetPresenter, duration, tag};
pub(crate) use user::{admin_view, api_key, session, user};
